"""The service is ready when the schema is the one that the code expects."""

import pytest

from my_service import health
from my_service.database import Sessions
from my_service.health import readiness_problem


def test_another_schema_is_not_ready(
    sessions: Sessions, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert readiness_problem(sessions) is None
    monkeypatch.setattr(health, "newest_revisions", lambda: {"newer"})
    problem = readiness_problem(sessions)
    assert problem is not None
    assert "the code expects newer: run `alembic upgrade head`" in problem
