{% from "hooks/unasync.jinja" import unasync with context %}
{% call unasync() %}
"""The service is ready when the schema is the one that the code expects."""

import pytest

from {{ package_name }} import health
from {{ package_name }}.database import Sessions
from {{ package_name }}.health import readiness_problem


async def test_another_schema_is_not_ready(
    sessions: Sessions, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert await readiness_problem(sessions) is None
    monkeypatch.setattr(health, "newest_revisions", lambda: {"newer"})
    problem = await readiness_problem(sessions)
    assert problem is not None
    assert "the code expects newer: run `alembic upgrade head`" in problem
{% endcall %}
