"""A pytest plugin: all tests of a cell on one worker, one line for each, and a table."""

import re
from collections import Counter, defaultdict
from collections.abc import Generator
from typing import Any

import pytest
from cells import CELLS
from rich.console import Console
from rich.table import Table
from xdist.scheduler import LoadScopeScheduling

CELL = re.compile(
    r"(?:matrix/test_cells|contract/\w+|faults/\w+|migrations/test_(?!migrating)\w+)\.py::\w+"
    rf"\[({'|'.join(map(str, CELLS))})\b"
)


class CellScheduling(LoadScopeScheduling):
    """Sends the tests of a cell to one worker, every other test to any."""

    def _split_scope(self, nodeid: str) -> str:
        found = CELL.search(nodeid)
        return found.group(1) if found else nodeid


class CellReport:
    """Adds up what the tests of each cell report."""

    def __init__(self, terminal: Any) -> None:
        self.terminal = terminal
        self.waiting: Counter[str] = Counter()
        self.seconds: defaultdict[str, float] = defaultdict(float)
        self.passed: Counter[str] = Counter()
        self.failed: Counter[str] = Counter()

    def expect(self, nodeids: list[str]) -> None:
        """Learn which tests there are; each worker tells, all the same."""
        self.waiting = Counter(
            found.group(1) for nodeid in nodeids if (found := CELL.search(nodeid))
        )

    def pytest_collection_finish(self, session: pytest.Session) -> None:
        self.expect([item.nodeid for item in session.items])

    @pytest.hookimpl(optionalhook=True)
    def pytest_xdist_node_collection_finished(self, node: Any, ids: list[str]) -> None:
        if not self.waiting:
            self.expect(ids)

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        found = CELL.search(report.nodeid)
        if found is None:
            return
        cell = found.group(1)
        self.seconds[cell] += report.duration
        self.failed[cell] += report.failed
        self.passed[cell] += (
            sum(
                int(str(value))
                for name, value in report.user_properties
                if name == "passed"
            )
            if report.when == "call"
            else 0
        )
        if report.when == "teardown":
            self.waiting[cell] -= 1
            if self.waiting[cell] == 0:
                self.terminal.ensure_newline()
                self.terminal.write_line(" ".join(self._row(cell)))

    def _row(self, cell: str) -> tuple[str, str, str]:
        result = "FAILED" if self.failed[cell] else f"{self.passed[cell]} tests passed"
        return f"{cell:26}", f"{result:18}", f"{self.seconds[cell]:6.1f} s"

    def pytest_terminal_summary(self) -> None:
        if not self.seconds:
            return
        table = Table("cell", "tests passed", "seconds")
        for cell in sorted(self.seconds):
            table.add_row(*(text.strip() for text in self._row(cell)))
        with (console := Console(force_terminal=False, width=80)).capture() as text:
            console.print(table)
        self.terminal.ensure_newline()
        self.terminal.write(text.get())


@pytest.hookimpl(optionalhook=True, wrapper=True)
def pytest_xdist_auto_num_workers(config: pytest.Config) -> Generator[None, int, int]:
    """Start one worker more than there are processors: many wait for a server."""
    return (yield) + 1


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> CellScheduling:
    return CellScheduling(config, log)


@pytest.hookimpl(trylast=True)  # when there is a terminal to report to
def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", "cell: a test that runs once in each cell")
    config.addinivalue_line("markers", "cells(*cells): those that it is only for")
    terminal = config.pluginmanager.getplugin("terminalreporter")
    if terminal is not None and not hasattr(config, "workerinput"):
        config.pluginmanager.register(CellReport(terminal), "cell-report")
