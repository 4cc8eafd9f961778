"""The baseline: what was found when the rules came, and is left until somebody mends it."""

from collections import Counter
from collections.abc import Iterable
from functools import cache

from .config import project
from .finding import Finding

IN_TESTS = " (in tests)"


def key(finding: Finding, *, in_tests: bool = False) -> str:
    """Return what a finding is known by: no line, since lines move."""
    wrong = f"{finding.wrong}{IN_TESTS if in_tests else ''}"
    return f"{finding.rule} {finding.file}: {wrong}"


_in_use = True


def use(wanted: object) -> None:
    """Say whether the baseline counts; while it is written it does not."""
    global _in_use
    _in_use = bool(wanted)


@cache
def read() -> Counter[str]:
    """Read the baseline."""
    file = project().baseline
    return Counter(file.read_text("utf-8").splitlines() if file.exists() else ())


def known() -> Counter[str]:
    """Return the lines of the baseline, each with how often it is there."""
    return read() if _in_use else Counter()


def without_known(findings: Iterable[Finding]) -> list[Finding]:
    """Leave out as many findings of a kind as there were."""
    left = known().copy()
    new = []
    for finding in findings:
        if left[key(finding)] > 0:
            left[key(finding)] -= 1
        else:
            new.append(finding)
    return new


def is_known(finding: Finding) -> bool:
    """Tell whether guards found this before; a test that does not run finds nothing."""
    return known()[key(finding, in_tests=True)] > 0


def mended(findings: Iterable[Finding], rules: Iterable[str]) -> list[str]:
    """Return what the baseline has for nothing, of these rules."""
    there = Counter(map(key, findings))
    chosen = set(rules)
    return [
        line
        for line in (known() - there).elements()
        if not line.endswith(IN_TESTS) and line[:3] in chosen
    ]


def write(findings: Iterable[str]) -> int:
    """Write the baseline; one that is there only shrinks. Returns how many it has."""
    found = Counter(findings)
    if project().baseline.exists():
        found &= read()
    lines = sorted(found.elements())
    project().baseline.write_text("".join(f"{line}\n" for line in lines), "utf-8")
    return len(lines)
