"""The plugin of pytest: a test for each rule, and guards in all other tests.

`pytest conventions::M14` and `-k M14` run one; `--conventions` lists all.
"""

from collections.abc import Generator, Iterator
from pathlib import Path
from typing import Any

import pytest

from . import baseline, guards, running
from .config import BadConfigError, project
from .finding import Finding, findings_in, formatted
from .git import UnknownHistoryError, in_ci
from .guards.frames import found
from .guards.sessions import begun, left_open, taken
from .hints import hint
from .rules import explained, held, is_on
from .waivers import waivers

PACKAGE = Path(__file__).parent
PASSED = pytest.StashKey[bool]()
# What is told at the end of a run: findings, and whether guards found them.
told: dict[Finding, bool] = {}
other_failures: list[str] = []


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the options."""
    group = parser.getgroup("conventions")
    group.addoption("--conventions", action="store_true", help="list the rules, and run nothing")
    group.addoption(
        "--conventions-baseline",
        action="store_true",
        help="write what is found to .conventions-baseline; one that is there only shrinks",
    )
    group.addoption(
        "--conventions-format",
        choices=("text", "github", "sarif"),
        default="text",
        help="print findings for GitHub too, or write them to conventions.sarif",
    )


@pytest.hookimpl(tryfirst=True)
def pytest_configure(config: pytest.Config) -> None:
    """Register the marker and the guards; run the rules when all tests run."""
    try:
        project()
        is_on("X04")
    except BadConfigError as error:
        raise pytest.UsageError(str(error)) from error
    baseline.use(not config.getoption("conventions_baseline"))
    guards.listen()
    args = config.args if config.args_source is pytest.Config.ArgsSource.ARGS else None
    mine = [a for a in args or () if a.split("::")[0].rstrip("/") in ("conventions", str(PACKAGE))]
    if args is None or mine:
        others = [a for a in config.args if a not in mine]
        config.args = [*others, str(PACKAGE)]
    config.stash[ASKED] = {a.partition("::")[2] for a in mine} - {""}


ASKED = pytest.StashKey[set[str]]()


def pytest_cmdline_main(config: pytest.Config) -> int | None:
    """List instead of running, if asked to."""
    if not config.getoption("conventions"):
        return None
    print("\n".join(listed()))
    return 0


def listed() -> Iterator[str]:
    """Yield the lines of the list; the waivers of other tools' rules come last."""
    left, old = list(waivers()), baseline.known()
    for rule, says in explained().items():
        yield f"{rule}  {says}  [{', '.join(sorted(held().get(rule, ()))) or 'advice'}]"
        if why := project().off.get(rule):
            yield f"     off: {why}"
        if count := sum(n for line, n in old.items() if line.startswith(rule)):
            yield f"     {count} in the baseline"
        for one in [one for one in left if one.rule == rule]:
            left.remove(one)
            yield f"     waived at {one.place}: {one.why} ({one.tool})"
    numbers = f"{len(explained())} rules, {len(project().off)} off, {old.total()} in the baseline"
    yield f"\n{numbers}, {len(waivers())} waivers; of the tools' own rules:"
    yield from (f"     {one.rule} waived at {one.place}: {one.why} ({one.tool})" for one in left)


# A test for each rule


@pytest.hookimpl(tryfirst=True)
def pytest_collect_directory(path: Path, parent: pytest.Collector) -> pytest.Collector | None:
    """Collect this package as the tests of the rules."""
    if path != PACKAGE:
        return None
    return Conventions.from_parent(parent, path=path, nodeid="conventions")


class Conventions(pytest.Directory):
    """All rules of the project that can be checked without other tests."""

    def collect(self) -> Iterator[pytest.Item]:
        """Yield a test for each; those of the text first, those of the migrations last."""
        asked = self.config.stash[ASKED]
        names = running.rules()
        if baseline.known():
            names.append("baseline")
        for name in names:
            if not asked or name in asked:
                kind = Baseline if name == "baseline" else Rule
                yield kind.from_parent(self, name=name)


class Rule(pytest.Item):
    """A rule of CONVENTIONS.md."""

    def runtest(self) -> None:
        """Fail with a line for each finding."""
        try:
            findings = running.found_by(self.name)
        except UnknownHistoryError as error:
            reason = f"git knows no history of the revisions: {error}"
            if in_ci():
                pytest.fail(reason, pytrace=False)
            pytest.skip(reason)
        except BadConfigError as error:
            pytest.fail(str(error), pytrace=False)
        fail(findings)

    def reportinfo(self) -> tuple[Path, None, str]:
        """Name it in reports."""
        return PACKAGE, None, f"conventions::{self.name}"


class Baseline(Rule):
    """What the baseline has, and nothing breaks any more."""

    def runtest(self) -> None:
        """Fail when it could be shorter."""
        if lines := running.mended():
            how = "shorten it: pytest --conventions-baseline"
            pytest.fail("\n".join([f"{how}; nothing breaks these:", *lines]), pytrace=False)


def fail(findings: list[Finding]) -> None:
    """Fail the test with a line for each finding, if there are any."""
    if findings:
        pytest.fail("\n".join(map(str, dict.fromkeys(findings))), pytrace=False)


# Guards in all other tests


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_setup() -> None:
    """Forget what other tests did."""
    found.clear()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_call(item: pytest.Item) -> Iterator[None]:
    """Note which connections the test itself takes, and whether it passes."""
    taken.clear()
    begun.clear()
    yield
    item.stash[PASSED] = True


@pytest.hookimpl(wrapper=True)
def pytest_runtest_teardown(item: pytest.Item) -> Iterator[None]:
    """Fail for each rule that was broken, and for each that was waived for nothing."""
    yield
    left_open()
    fail([*not_waived(item), *wrongly_waived(item)])


def not_waived(item: pytest.Item) -> list[Finding]:
    """Return what the test breaks; a waiver of the test counts, or one where it happens."""
    here = {mark.args[0] for mark in item.iter_markers("waive")}
    left = (one for one in running.not_waived(found) if one.rule not in here)
    return [one for one in left if not baseline.is_known(one)]


def wrongly_waived(item: pytest.Item) -> Iterator[Finding]:
    """Yield the waivers that do not say why, or waive nothing in a test that passed."""
    if not is_on("X04"):
        return
    broken = {finding.rule for finding in found}
    path, line, _ = item.location
    place = f"{path}:{(line or 0) + 1}"
    for mark in item.iter_markers("waive"):
        rule, *why = mark.args
        if not why:
            yield Finding("X04", place, f"the waiver of {rule} has no reason", "say why")
        if rule not in broken and is_on(rule) and item.stash.get(PASSED, False):
            yield Finding("X04", place, f"the waiver of {rule} waives nothing", "delete it")


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[Any]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Say which rule an error of SQLAlchemy is about."""
    report = yield
    if call.excinfo is not None and not isinstance(item, Rule):
        if finding := hint(call.excinfo.value, call.excinfo.tb):
            report.sections.append(("conventions", str(finding)))
    return report


# What is told at the end


def pytest_runtest_logreport(report: pytest.TestReport) -> None:
    """Collect the findings, wherever the test ran."""
    if report.failed:
        told_here = dict(report.sections).get("conventions", "")
        findings = findings_in(f"{report.longreprtext}\n{told_here}")
        told.update(dict.fromkeys(findings, report.when == "teardown"))
        if not findings or report.when == "setup":
            other_failures.append(report.nodeid)


@pytest.hookimpl(trylast=True)
def pytest_sessionfinish(session: pytest.Session) -> None:
    """Write the baseline. What it has is no failure."""
    config = session.config
    if config.getoption("conventions_baseline") and not hasattr(config, "workerinput"):
        lines = [baseline.key(one, in_tests=in_tests) for one, in_tests in told.items()]
        count = baseline.write(lines)
        print(f"\n{project().baseline.name}: {count} findings")
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
