"""Waivers: where somebody said that a rule does not hold, and why."""

import ast
import io
import re
import tokenize
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from .finding import Finding
from .sources import modules, place, tree

FOLDERS = ("migrations", "src", "tests")
WORD = re.compile("waive|noqa|ignore")
# `# waive: M10 (why)`, and those of ruff, ast-grep and mypy in their own forms.
COMMENT = re.compile(
    r"#\s*(?P<tool>waive|noqa|ast-grep-ignore|type:\s*ignore)\b[:\[\s]*"
    r"(?P<rules>\w[\w-]*(?:,\s*\w[\w-]*)*)?\]?\s*[(#]?\s*(?P<why>.*?)\)?$"
)


@dataclass(frozen=True)
class Waiver:
    """A rule that does not hold at a place: that of the statement it stands at."""

    tool: str
    rule: str
    place: str
    why: str


@cache
def waivers() -> list[Waiver]:
    """Return every waiver in force."""
    return [waiver for path in modules(*FOLDERS) for waiver in waivers_in(path)]


@cache
def waivers_in(path: Path) -> list[Waiver]:
    """Return the waivers of a module."""
    if not WORD.search(path.read_text("utf-8")):
        return []
    return [*_comments(path), *_markers(path)]


def without_waived(
    findings: Iterable[Finding],
    folder: str,
    others: Iterable[tuple[str, str]] = (),
) -> Iterator[Finding]:
    """Leave out what is waived; add each waiver in the folder that waives nothing.

    `others` are rules and places that may be waived for the sake of other checks.
    """
    here = {
        (waiver.rule, waiver.place)
        for waiver in waivers()
        if waiver.tool == "waive" and waiver.place.startswith(f"{folder}/")
    }
    unused = here.difference(others)
    for finding in findings:
        unused.discard((finding.rule, finding.place))
        if (finding.rule, finding.place) not in here:
            yield finding
    for rule, where in sorted(unused):
        yield Finding("X04", where, f"the waiver of {rule} waives nothing", "delete it")


def _comments(path: Path) -> Iterator[Waiver]:
    source = io.StringIO(path.read_text("utf-8"))
    for token in tokenize.generate_tokens(source.readline):
        found = token.type == tokenize.COMMENT and COMMENT.match(token.string)
        if found:
            where = place(path, _statement_at(path, token.start[0]))
            for rule in re.split(r",\s*", found["rules"] or "everything"):
                yield Waiver(found["tool"], rule, where, found["why"])


def _statement_at(path: Path, line: int) -> int:
    """Return where the statement begins that a comment is about: on its lines, or above."""
    lines = path.read_text("utf-8").splitlines()
    while line < len(lines) and lines[line - 1].lstrip().startswith("#"):
        line += 1
    begins = [
        (min(decorator.lineno for decorator in (*decorators, node)), node.lineno)
        for node in ast.walk(tree(path))
        if isinstance(node, ast.stmt) and line <= (node.end_lineno or 0)
        for decorators in [getattr(node, "decorator_list", [])]
    ]
    return max((begin for begin in begins if begin[0] <= line), default=(line, line))[1]


def _markers(path: Path) -> Iterator[Waiver]:
    """Yield each `@pytest.mark.waive("Q06", "why")`."""
    for node in ast.walk(tree(path)):
        match node:
            case ast.Call(
                func=ast.Attribute(attr="waive"),
                args=[ast.Constant(value=str(rule)), ast.Constant(value=str(why))],
            ):
                yield Waiver("pytest", rule, place(path, node.lineno), why)
