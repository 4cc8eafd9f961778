"""Q06: a query in a loop."""

import ast
from collections import Counter
from collections.abc import Iterator
from functools import cache
from itertools import islice
from pathlib import Path
from types import FrameType
from weakref import WeakKeyDictionary

from sqlalchemy.orm import ORMExecuteState, Session

from ..finding import Finding
from ..sources import place as place_in
from ..sources import tree
from ..waivers import waivers_in
from .callers import part_of, place_of_first
from .findings import found

ROUNDS = 3
sent: WeakKeyDictionary[Session, Counter[tuple[str, str]]] = WeakKeyDictionary()


def guard(state: ORMExecuteState, frames: list[FrameType]) -> None:
    """Find a SELECT that a `for` of src/ sends for the third time in one session.

    A `while` may: it asks for page after page, or until something happens. So may the
    loop of a test.
    """
    if not state.is_select or state.is_column_load:
        return
    loop = next(filter(is_in_a_loop, frames), None)
    if loop is None:
        return
    place = place_of_first([loop])
    if any(finding.rule == "Q06" and finding.place == place for finding in found):
        return
    counts = sent.setdefault(state.session, Counter())
    counts[query := (place, str(state.statement))] += 1
    if counts[query] == ROUNDS and not is_waived(loop):
        wrong = "the loop sends this query for each item"
        found.append(Finding("Q06", place, wrong, "fetch all at once, by in_()"))


def is_in_a_loop(frame: FrameType) -> bool:
    """Tell whether what a frame of src/ is at is done for each item of a loop."""
    if part_of(frame) != "src":
        return False
    code = frame.f_code
    line, _, column, _ = next(islice(code.co_positions(), frame.f_lasti // 2, None))
    return any(
        (part.lineno, part.col_offset) <= (line, column)
        and (line, column) < (part.end_lineno, part.end_col_offset)
        for part in repeated_parts(Path(code.co_filename))
    )


@cache
def repeated_parts(path: Path) -> list[ast.stmt | ast.expr]:
    """Return what the loops of a module do for each item."""
    return [part for node in ast.walk(tree(path)) for part in parts_of_loop(node)]


def parts_of_loop(node: ast.AST) -> Iterator[ast.stmt | ast.expr]:
    """Yield what a `for` does for each item; nothing for all else."""
    match node:
{% if is_async %}
        case ast.For(body=body) | ast.AsyncFor(body=body):
{% else %}
        case ast.For(body=body):
{% endif %}
            yield from body
        case ast.ListComp() | ast.SetComp() | ast.GeneratorExp():
            yield node.elt
        case ast.DictComp():
            yield from (node.key, node.value)


def is_waived(frame: FrameType) -> bool:
    """Tell whether ast-grep, which has the same rule, is to ignore the statement."""
    path, line = Path(frame.f_code.co_filename), frame.f_lineno
    statements = [node for node in ast.walk(tree(path)) if isinstance(node, ast.stmt)]
    around = [s.lineno for s in statements if s.lineno <= line <= (s.end_lineno or 0)]
    begin = place_in(path, max(around))
    return any(w.rule.startswith("Q06") and w.place == begin for w in waivers_in(path))
