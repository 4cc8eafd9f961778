{% from "hooks/unasync.jinja" import unasync with context %}
{% call unasync() %}
"""Whether the service knows when it is ready."""

{% if not is_async %}
from threading import Event

{% endif %}
import pytest
from typer.testing import CliRunner

from {{ package_name }} import health
from {{ package_name }}.database import Sessions
from {{ package_name }}.health import (
    probe_readiness,
    readiness_problem,
)
from {{ package_name }}.main import create_cli


async def test_another_schema_is_not_ready(
    sessions: Sessions, monkeypatch: pytest.MonkeyPatch
) -> None:
    at = ", ".join(health.newest_revisions()) or "no revision"
    monkeypatch.setattr(health, "newest_revisions", lambda: {"newer"})
    assert await readiness_problem(sessions) == (
        f"the schema is at {at}, the code expects newer: run `alembic upgrade head`"
    )


async def test_it_does_not_wait_for_a_database_that_does_not_answer(
    sessions: Sessions, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(health, "PROBE_TIMEOUT", 0)
{% if not is_async %}
    answered = Event()
    monkeypatch.setattr(health, "schema_problem", lambda _: answered.wait() and None)
{% endif %}
    assert await probe_readiness(sessions) == "the database does not answer in time"
    monkeypatch.undo()
{% if not is_async %}
    answered.set()
{% endif %}
    assert await probe_readiness(sessions) is None


def test_the_command_line_says_so(settings: object) -> None:
    assert CliRunner().invoke(create_cli(), ["ready"]).output == "ready\n"
{% endcall %}
