"""Guards: they watch what the code under test does with its sessions, in every test.

A plugin of pytest. A test in which a rule is broken fails, with a line for each place.
`@pytest.mark.waive("Q06", "why")` lets a test break a rule.
"""

from collections.abc import Iterator

import pytest
from sqlalchemy import Engine, Pool, event
from sqlalchemy.orm import Mapper, ORMExecuteState, Session

from ..finding import Finding, fail
from . import (
    commits,
    implicit,
    in_place,
    joined,
    leaked,
    repeated,
    shared,
    unflushed,
    unindexed,
)
from .callers import callers
from .findings import found

PASSED = pytest.StashKey[bool]()


def pytest_configure() -> None:
    """Let the guards listen to SQLAlchemy."""
    event.listen(Session, "do_orm_execute", watch)
    event.listen(Session, "after_commit", commits.guard)
    event.listen(Mapper, "load", in_place.loaded)
    event.listen(Mapper, "refresh", in_place.loaded)
    event.listen(Session, "after_flush", in_place.flushed)
    event.listen(Session, "before_commit", in_place.guard)
    event.listen(Session, "after_rollback", in_place.forget)
    event.listen(Engine, "handle_error", shared.guard)
    event.listen(Pool, "checkout", leaked.takes)
    event.listen(Pool, "checkin", leaked.gives_back)
    event.listen(Pool, "detach", leaked.gives_back)
    event.listen(Session, "after_begin", leaked.begins)
    event.listen(Session, "after_transaction_end", leaked.ends)


def watch(state: ORMExecuteState) -> None:
    """Show a statement, and who sends it, to the guards of statements."""
    frames = callers()
    for module in (implicit, joined, repeated, unflushed, unindexed):
        module.guard(state, frames)


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_setup() -> None:
    """Forget what other tests did."""
    found.clear()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_call(item: pytest.Item) -> Iterator[None]:
    """Note what the test itself takes and begins, and whether it passes."""
    leaked.taken.clear()
    leaked.begun.clear()
    yield
    item.stash[PASSED] = True


@pytest.hookimpl(wrapper=True)
def pytest_runtest_teardown(item: pytest.Item) -> Iterator[None]:
    """Fail for each rule that was broken, and for each that was waived for nothing."""
    yield
    leaked.guard()
    leaked.guard_sessions()
    fail(dict.fromkeys([*not_waived(item), *wrongly_waived(item)]))


def not_waived(item: pytest.Item) -> list[Finding]:
    """Return what the test breaks and does not waive."""
    waived = {mark.args[0] for mark in item.iter_markers("waive")}
    return [finding for finding in found if finding.rule not in waived]


def wrongly_waived(item: pytest.Item) -> Iterator[Finding]:
    """Yield the waivers that do not say why, or waive nothing in a test that passed."""
    broken = {finding.rule for finding in found}
    path, line, _ = item.location
    place = f"{path}:{(line or 0) + 1}"
    for mark in item.iter_markers("waive"):
        rule, *why = mark.args
        if not why:
            wrong = f"the waiver of {rule} has no reason"
            yield Finding("X04", place, wrong, "say why")
        if rule not in broken and item.stash.get(PASSED, False):
            wrong = f"the waiver of {rule} waives nothing"
            yield Finding("X04", place, wrong, "delete it")
