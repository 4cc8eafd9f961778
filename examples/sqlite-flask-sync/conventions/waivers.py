"""Waivers: where somebody said that a rule does not hold, and why.

`# waive: M10 (why)` is for the statement on its line or below it, `# waive-module: M10 (why)`
for a module, `@pytest.mark.waive("M10", "why")` for a test.
"""

import ast
import io
import re
import tokenize
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from .findings import Finding
from .project import PARTS, held, is_on, modules, place, project, text, tree

COMMENT = re.compile(
    r"#\s*(?P<tool>waive-module|waive|(ruff:\s*)?noqa|type:\s*ignore)\b[:\[\s]*"
    r"(?P<rules>\w[\w-]*(?:,\s*\w[\w-]*)*)?\]?\s*[(#]*\s*(?P<why>.*?)[)\s]*$"
)
CALLED = (ast.Call, ast.Await, ast.For, ast.With, ast.Attribute)
used: set["Waiver"] = set()
# What these waive is not looked at again, so nobody knows whether it is still there.
UNJUDGED = ("G11", "G14")


@dataclass(frozen=True)
class Waiver:
    """A rule that does not hold at a place: a statement, a module or a test."""

    tool: str
    rule: str
    place: str
    why: str

    @property
    def file(self) -> str:
        return self.place.rpartition(":")[0]


@cache
def waivers() -> tuple[Waiver, ...]:
    return tuple(one for path in modules(*PARTS) for one in waivers_in(path))


@cache
def waivers_in(path: Path) -> tuple[Waiver, ...]:
    """Return the waivers of a module; "" is their rule or reason where there is none."""
    said_here = re.search("waive|noqa|ignore", text(path))
    if not said_here or (not tree(path).body and re.search(r"(?m)^\w", text(path))):
        return ()  # there is none, or Python refuses the module
    found = []
    for token in tokenize.generate_tokens(io.StringIO(text(path)).readline):
        if token.type == tokenize.COMMENT and (said := COMMENT.search(token.string)):
            where = place(path, statement(path, token.start[0], above=True))
            for rule in re.split(r",\s*", said["rules"] or ""):
                found.append(Waiver(said["tool"], rule, where, said["why"]))
    for node in ast.walk(tree(path)):
        match node:
            case ast.Call(func=ast.Attribute(attr="waive"), args=[ast.Constant(value=rule), *why]):
                says = str(getattr(why[0], "value", "?")) if why else ""
                found.append(Waiver("pytest", str(rule), place(path, node.lineno), says))
    return tuple(found)


def statement(path: Path, line: int, *, above: bool = False) -> int:
    """Return where the innermost statement begins that a line is of, or a comment above."""
    lines = text(path).splitlines()
    while above and line < len(lines) and lines[line - 1].lstrip().startswith("#"):
        line += 1
    return _begins(path).get(line, line)


@cache
def _begins(path: Path) -> dict[int, int]:
    found = {}
    for node in ast.walk(tree(path)):
        if isinstance(node, ast.stmt | ast.excepthandler):
            first = min([node.lineno, *(d.lineno for d in getattr(node, "decorator_list", []))])
            found.update(dict.fromkeys(range(first, (node.end_lineno or first) + 1), node.lineno))
    return found


@cache
def _by_place(path: Path) -> dict[tuple[str, str], Waiver]:
    ours = [one for one in waivers_in(path) if one.tool in ("waive", "waive-module")]
    return {(one.rule, one.place if one.tool == "waive" else one.file): one for one in ours}


def not_waived(findings: Iterable[Finding]) -> Iterator[Finding]:
    """Leave out what is off or waived; a waiver anywhere in its statement counts."""
    for one in dict.fromkeys(findings):
        path = project().root / one.file
        known = path.is_file() and path.suffix == ".py"
        line, by_place = (statement(path, one.line), _by_place(path)) if known else (one.line, {})
        for where in (one.place, f"{one.file}:{line}", one.file):
            if by := by_place.get((one.rule, where)):
                used.add(by)
                break
        else:
            if is_on(one.rule):
                yield one


def unused(without_index: set[str], old: frozenset[str]) -> Iterator[Finding]:
    """Yield the waivers that waive nothing.

    What guards find is known when tests run: a waiver of it is unused where nothing is
    called; one of M11 where the column leads an index. Old revisions stay as they are.
    """
    for one in waivers():
        if not one.tool.startswith("waive") or one.rule in UNJUDGED or one.file in old:
            continue
        needed = one in used
        if one.rule == "M11":
            needed = needed or one.place in without_index
        elif "guard" in held().get(one.rule, ()):
            needed = needed or one.tool == "waive-module" or _calls_at(one)
        if one.rule not in project().rules:
            yield Finding("X04", one.place, f"there is no rule {one.rule}; delete it")
        elif is_on(one.rule) and not needed:
            yield Finding("X04", one.place, f"the waiver of {one.rule} waives nothing; delete it")


def _calls_at(one: Waiver) -> bool:
    nodes = ast.walk(tree(project().root / one.file))
    at = int(one.place.rpartition(":")[2])
    return any(isinstance(node, CALLED) and node.lineno == at for node in nodes)
