"""The rules: those that CONVENTIONS.md explains. Each is held by the checks that name it."""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache
from typing import Any, TypeVar

from .config import BadConfigError, project

HEAD = re.compile(r'^### (?:<a id="\w+"></a>)?(?P<rule>[A-Z]\d\d) (?P<says>.+)$', re.MULTILINE)
Found = Iterator[tuple[Any, str, str]]  # where, what is wrong, what to write instead
Function = TypeVar("Function", bound=Callable[..., Found])


@dataclass(frozen=True)
class Check:
    """A function that yields what breaks a rule in one thing of a kind.

    `over` is the kind: "module", "table", "mapper", "relationship", "project" …; `parts`
    are those of the project whose modules it looks at.
    """

    rule: str
    over: str
    parts: frozenset[str]
    function: Callable[..., Found]


CHECKS: list[Check] = []
# What finds a rule, apart from CHECKS: "guard", "ruff" …
INSTRUMENTS: dict[str, set[str]] = {}


def check(rule: str, over: str, parts: str = "") -> Callable[[Function], Function]:
    """Register a function as a check of a rule."""

    def register(function: Function) -> Function:
        CHECKS.append(Check(rule, over, frozenset(parts.split()), function))
        return function

    return register


def held_by(instrument: str, *rules: str) -> None:
    """Note what else finds rules."""
    for rule in rules:
        INSTRUMENTS.setdefault(rule, set()).add(instrument)


@cache
def explained() -> dict[str, str]:
    """Return what each rule of the project says."""
    file = project().root / project().docs
    text = file.read_text("utf-8") if file.exists() else ""
    rules = {head["rule"]: head["says"].replace("`", "") for head in HEAD.finditer(text)}
    if not rules:
        raise BadConfigError(f"{project().docs} explains no rule")
    if unknown := project().off.keys() - rules.keys():
        names = ", ".join(sorted(unknown))
        raise BadConfigError(f"[tool.conventions] off: there is no rule {names}")
    return rules


@cache
def is_on(rule: str) -> bool:
    """Tell whether the project keeps to a rule."""
    return rule in explained() and rule not in project().off


def checks(over: str) -> list[Check]:
    """Return the checks of things of a kind, without those that are off."""
    return [one for one in CHECKS if one.over == over and is_on(one.rule)]
