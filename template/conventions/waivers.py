"""Waivers: where somebody said that a rule does not hold, and why.

`# waive: M10 (why)` is for the statement on its line or below it, `# waive-module: M10 (why)`
for a module, `@pytest.mark.waive("M10", "why")` for a test.
"""

import ast
import io
import re
import tokenize
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from .finding import Finding
from .places import PARTS, modules, place, text, tree
from .rules import explained, held, is_on

WORD = re.compile("waive|noqa|ignore")
COMMENT = re.compile(
    r"#\s*(?P<tool>waive-module|waive|noqa|type:\s*ignore)\b[:\[\s]*"
    r"(?P<rules>\w[\w-]*(?:,\s*\w[\w-]*)*)?\]?\s*[(#]*\s*(?P<why>.*?)[)\s]*$"
)


@dataclass(frozen=True)
class Waiver:
    """A rule that does not hold at a place: a statement, a module or a test."""

    tool: str
    rule: str
    place: str
    why: str

    def covers(self, finding: Finding) -> bool:
        """Tell whether it waives a finding."""
        if self.rule != finding.rule:
            return False
        if self.tool == "waive-module":
            return self.place.rpartition(":")[0] == finding.file
        return self.tool == "waive" and self.place == finding.place


@cache
def waivers() -> tuple[Waiver, ...]:
    """Return every waiver in force."""
    return tuple(one for path in modules(*PARTS) for one in waivers_in(path))


@cache
def waivers_in(path: Path) -> tuple[Waiver, ...]:
    """Return the waivers of a module."""
    if not WORD.search(text(path)) or not tree(path).body:
        return ()
    return (*_comments(path), *_markers(path))


@cache
def _of_rule(rule: str) -> list[Waiver]:
    return [one for one in waivers() if one.rule == rule]


def waived(finding: Finding) -> list[Waiver]:
    """Return the waivers of a finding; one that stands anywhere in its statement counts."""
    file, line = finding.file, finding.line
    return [
        one
        for one in _of_rule(finding.rule)
        if one.covers(finding)
        or (one.tool == "waive" and one.place == f"{file}:{statement(file, line)}")
    ]


def unused(used: set[Waiver], without_index: set[str], old: frozenset[str]) -> Iterator[Finding]:
    """Yield the waivers that waive nothing.

    What guards find is known when tests run: a waiver of it is unused where nothing is
    called; one of M11 where the column leads an index. Old revisions stay as they are.
    """
    for one in waivers():
        if one.rule == "G11" or one.place.rpartition(":")[0] in old:
            continue
        ours = one.tool in ("waive", "waive-module") and is_on(one.rule)
        needed = one in used
        if one.rule == "M11":
            needed = one.place in without_index
        elif "guard" in held().get(one.rule, ()):
            needed = needed or one.tool == "waive-module" or _calls_at(one.place)
        if one.tool.startswith("waive") and one.rule not in explained():
            yield Finding("X04", one.place, f"there is no rule {one.rule}", "delete it")
        elif ours and not needed:
            wrong = f"the waiver of {one.rule} waives nothing"
            yield Finding("X04", one.place, wrong, "delete it")


def _calls_at(where: str) -> bool:
    file, _, line = where.rpartition(":")
    return any(
        isinstance(node, ast.Call | ast.Await | ast.For | ast.With | ast.Attribute)
        for node in ast.walk(tree(_path(file)))
        if getattr(node, "lineno", 0) == int(line)
    )


@cache
def _path(file: str) -> Path:
    return next(path for path in modules(*PARTS) if place(path, 0) == f"{file}:0")


def statement(file: str, line: int) -> int:
    """Return where the innermost statement begins that a line is of."""
    try:
        return statement_at(_path(file), line)
    except StopIteration:
        return line


def statement_at(path: Path, line: int) -> int:
    """Return where the statement begins that a comment is about: on its lines, or above."""
    lines = text(path).splitlines()
    while line < len(lines) and lines[line - 1].lstrip().startswith("#"):
        line += 1
    begins = [(first, begin) for first, begin, end in _statements(path) if first <= line <= end]
    return max(begins, default=(line, line))[1]


@cache
def _statements(path: Path) -> list[tuple[int, int, int]]:
    """Return for each statement its first line, decorators included, its own, its last."""
    return [
        (
            min([node.lineno, *(one.lineno for one in getattr(node, "decorator_list", []))]),
            node.lineno,
            node.end_lineno or node.lineno,
        )
        for node in ast.walk(tree(path))
        if isinstance(node, ast.stmt | ast.excepthandler)
    ]


def _comments(path: Path) -> Iterator[Waiver]:
    source = io.StringIO(text(path))
    for token in tokenize.generate_tokens(source.readline):
        found = token.type == tokenize.COMMENT and COMMENT.match(token.string)
        if found:
            where = place(path, statement_at(path, token.start[0]))
            for rule in re.split(r",\s*", found["rules"] or "everything"):
                yield Waiver(found["tool"], rule, where, found["why"])


def _markers(path: Path) -> Iterator[Waiver]:
    """Yield each `@pytest.mark.waive("Q06", "why")`."""
    for node in ast.walk(tree(path)):
        match node:
            case ast.Call(
                func=ast.Attribute(attr="waive"),
                args=[ast.Constant(value=str(rule)), ast.Constant(value=str(why))],
            ):
                yield Waiver("pytest", rule, place(path, node.lineno), why)
