"""The plugin of pytest: a test for each rule, and guards in all other tests.

`pytest conventions::M14` and `-k M14` run one; `--conventions` lists all.
"""

import os
from collections.abc import Generator, Iterable, Iterator
from pathlib import Path
from typing import Any

import pytest

from . import guards
from .findings import Finding, baseline, formatted
from .git import UnknownHistoryError
from .hints import hint
from .project import PACKAGE, BadConfigError, held, is_on, project
from .waivers import not_waived, waivers

ASKED = pytest.StashKey[set[str]]()
PASSED = pytest.StashKey[bool]()
FOUND = "convention"
# What is told at the end of a run: findings, and whether guards found them.
told: dict[Finding, bool] = {}
other_failures: list[str] = []


def pytest_addoption(parser: pytest.Parser) -> None:
    group = parser.getgroup("conventions")
    group.addoption("--conventions", action="store_true", help="list the rules, and run nothing")
    says = "write what is found to .conventions-baseline; one that is there only shrinks"
    group.addoption("--conventions-baseline", action="store_true", help=says)
    formats, says = ("text", "github", "sarif"), "print annotations, or write conventions.sarif"
    group.addoption("--conventions-format", choices=formats, default="text", help=says)


@pytest.hookimpl(tryfirst=True)
def pytest_configure(config: pytest.Config) -> None:
    """Start the guards; run the rules when all tests run, or when they are asked for."""
    try:
        is_on("X04")
    except BadConfigError as error:
        raise pytest.UsageError(str(error)) from error
    baseline.in_use = not config.getoption("conventions_baseline")
    guards.listen()
    given = config.args if config.args_source is pytest.Config.ArgsSource.ARGS else []
    mine = [a for a in given if a.split("::")[0].rstrip("/") in ("conventions", str(PACKAGE))]
    if mine or not given:
        config.args = [*(a for a in config.args if a not in mine), str(PACKAGE)]
    config.stash[ASKED] = {a.partition("::")[2] for a in mine} - {""}


def pytest_cmdline_main(config: pytest.Config) -> int | None:
    """List instead of running, if asked to."""
    if not config.getoption("conventions"):
        return None
    print("\n".join(listed()))
    return 0


def listed() -> Iterator[str]:
    """Yield the lines of the list; the waivers of other tools' rules come last."""
    left, old, off = list(waivers()), baseline.known(), project().off
    for rule, says in project().rules.items():
        yield f"{rule}  {says}  [{', '.join(sorted(held().get(rule, ()))) or 'advice'}]"
        if rule in off:
            yield f"     off: {off[rule]}"
        if count := sum(n for line, n in old.items() if line.startswith(rule)):
            yield f"     {count} in the baseline"
        for one in [one for one in left if one.rule == rule]:
            left.remove(one)
            yield f"     waived at {one.place}: {one.why} ({one.tool})"
    numbers = f"{len(project().rules)} rules, {len(off)} off, {old.total()} in the baseline"
    yield f"\n{numbers}, {len(waivers())} waivers; of the tools' own rules:"
    yield from (f"     {one.rule} waived at {one.place}: {one.why} ({one.tool})" for one in left)


@pytest.hookimpl(tryfirst=True)
def pytest_collect_directory(path: Path, parent: pytest.Collector) -> pytest.Collector | None:
    """Collect this package as the tests of the rules."""
    if path != PACKAGE:
        return None
    return Conventions.from_parent(parent, path=path, nodeid="conventions")


class Conventions(pytest.Directory):
    """All rules of the project that can be checked without other tests."""

    def collect(self) -> Iterator[pytest.Item]:
        from . import checks  # takes a moment to load

        names = [*checks.rules(), *(["baseline"] if baseline.known() else [])]
        asked = self.config.stash[ASKED]
        yield from (Rule.from_parent(self, name=n) for n in names if not asked or n in asked)


class Rule(pytest.Item):
    """A rule of CONVENTIONS.md, or the baseline, which may not be longer than need be."""

    def runtest(self) -> None:
        from . import checks

        try:
            if self.name != "baseline":
                fail(self, checks.found_by(self.name))
            elif lines := checks.fixed():
                how = "shorten it: pytest --conventions-baseline"
                pytest.fail("\n".join([f"{how}; nothing breaks these:", *lines]), pytrace=False)
        except BadConfigError as error:
            pytest.fail(str(error), pytrace=False)
        except UnknownHistoryError as error:
            reason = f"git knows no history of the revisions: {error}"
            if os.environ.get("CI"):
                pytest.fail(reason, pytrace=False)
            pytest.skip(reason)

    def reportinfo(self) -> tuple[Path, None, str]:
        return PACKAGE, None, f"conventions::{self.name}"


def fail(item: pytest.Item, findings: Iterable[Finding], *, in_tests: bool = False) -> None:
    if once := list(dict.fromkeys(findings)):
        for one in once:
            item.user_properties.append((FOUND, [one.rule, one.place, one.says, in_tests]))
        pytest.fail("\n".join(map(str, once)), pytrace=False)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_call(item: pytest.Item) -> Iterator[None]:
    """Note which connections the test itself takes, and whether it passes."""
    guards.start()
    yield
    item.stash[PASSED] = True


@pytest.hookimpl(wrapper=True)
def pytest_runtest_teardown(item: pytest.Item) -> Iterator[None]:
    """Fail for each rule that was broken, and for each that was waived for nothing."""
    yield
    found = guards.end()
    here = {mark.args[0] for mark in item.iter_markers("waive")}
    left = (one for one in not_waived(found) if one.rule not in here)
    new = [one for one in left if not baseline.known()[one.key(in_tests=True)]]
    broken = {finding.rule for finding in found}
    fail(item, [*new, *wrongly_waived(item, broken)], in_tests=True)


def wrongly_waived(item: pytest.Item, broken: set[str]) -> Iterator[Finding]:
    """Yield the waivers that do not say why, or waive nothing in a test that passed."""
    where = f"{item.location[0]}:{(item.location[1] or 0) + 1}"
    for mark in item.iter_markers("waive") if is_on("X04") else ():
        rule, *why = mark.args
        if not why:
            yield Finding("X04", where, f"the waiver of {rule} has no reason; say why")
        if rule not in broken and is_on(rule) and item.stash.get(PASSED, False):
            yield Finding("X04", where, f"the waiver of {rule} waives nothing; delete it")


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[Any]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Say which rule an error of SQLAlchemy is about."""
    report = yield
    if call.excinfo is not None and not isinstance(item, Rule):
        if finding := hint(call.excinfo.value):
            report.sections.append(("conventions", str(finding)))
    return report


def pytest_runtest_logreport(report: pytest.TestReport) -> None:
    """Collect the findings, wherever the test ran."""
    here = [value for name, value in report.user_properties if name == FOUND]
    told.update({Finding(*map(str, one[:3])): bool(one[3]) for one in here})  # type: ignore[index]
    if report.failed and (not here or report.when == "setup"):
        other_failures.append(report.nodeid)


@pytest.hookimpl(trylast=True)
def pytest_sessionfinish(session: pytest.Session) -> None:
    """Write the baseline. What it has is no failure."""
    config = session.config
    if config.getoption("conventions_baseline") and not hasattr(config, "workerinput"):
        count = baseline.write(one.key(in_tests=in_tests) for one, in_tests in told.items())
        print(f"\n{baseline.file.name}: {count} findings")
        if session.exitstatus == pytest.ExitCode.TESTS_FAILED and not other_failures:
            session.exitstatus = pytest.ExitCode.OK


def pytest_terminal_summary(
    terminalreporter: pytest.TerminalReporter, config: pytest.Config
) -> None:
    """Print the findings in another format, if asked to."""
    style = config.getoption("conventions_format")
    if style == "sarif":
        (config.rootpath / "conventions.sarif").write_text(formatted(told, style), "utf-8")
    elif style == "github" and told:
        terminalreporter.write_line(formatted(told, style))
