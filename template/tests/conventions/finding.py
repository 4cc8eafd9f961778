"""What a check finds, told in one line."""

from collections.abc import Iterable
from dataclasses import dataclass

import pytest


@dataclass(frozen=True)
class Finding:
    """A rule of CONVENTIONS.md that is broken.

    `place` is `path:line` where there is one, else a name.
    """

    rule: str
    place: str
    wrong: str
    instead: str

    def __str__(self) -> str:
        see = f"see CONVENTIONS.md#{self.rule}"
        return f"{self.rule} {self.place}: {self.wrong}; {self.instead} ({see})"


def fail(findings: Iterable[Finding]) -> None:
    """Fail the test with a line for each finding, if there are any."""
    if lines := [str(finding) for finding in findings]:
        pytest.fail("\n".join(lines), pytrace=False)
