"""The rules: those that CONVENTIONS.md explains. What names a rule in this package holds it."""

import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

from .config import BadConfigError, project

HEAD = re.compile(r'^### (?:<a id="\w+"></a>)?(?P<rule>[A-Z]\d\d) (?P<says>.+)$', re.MULTILINE)
NAMED = re.compile(r'"([A-Z]\d\d)"|^id: ([A-Z]\d\d)-', re.MULTILINE)
INSTRUMENTS = {
    "guards": "guard",
    "hints.py": "SQLAlchemy",
    "migrations": "migrations",
    "models": "models",
    "routes.py": "routes",
    "shapes": "ast-grep",
    "source": "source",
    "tools.py": "ruff",
}
# What a check yields: the rule, where it is broken, what is wrong, what to write instead.
Found = Iterator[tuple[str, Any, str, str]]


@cache
def explained() -> dict[str, str]:
    """Return what each rule of the project says. Raises BadConfigError."""
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


@cache
def held() -> dict[str, set[str]]:
    """Return what holds each rule: "source", "models", "guard" …; nothing holds advice."""
    found: dict[str, set[str]] = {}
    for name, instrument in INSTRUMENTS.items():
        path = Path(__file__).with_name(name)
        for file in [path] if path.is_file() else [*path.glob("*.py"), *path.glob("*.yml")]:
            for one, other in NAMED.findall(file.read_text("utf-8")):
                found.setdefault(one or other, set()).add(instrument)
    return found
