"""Faults to plant in rendered projects: each has to be found, by the rule that it breaks."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Plant:
    """A fault that an instrument has to find.

    `rule` is an id of CONVENTIONS.md, `instrument` what finds it: "text", "routes", "mypy",
    "model check", "guard", "migration test", "test" or "SQLAlchemy".
    """

    rule: str
    instrument: str
