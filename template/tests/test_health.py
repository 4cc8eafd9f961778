{% from "hooks/unasync.jinja" import unasync with context %}
{% call unasync() %}
"""Whether the service knows when it is ready."""

{% if not is_async %}
from threading import Event

{% endif %}
import pytest
{% if example %}
from sqlalchemy import column, delete, insert, table
{% endif %}
from typer.testing import CliRunner

from {{ package_name }} import health
from {{ package_name }}.database.session import Sessions
from {{ package_name }}.health import (
    problem_in_time,
    problem_with,
)
from {{ package_name }}.main import create_cli

{% if example %}
VERSIONS = table("alembic_version", column("version_num"))

{% endif %}

async def test_a_migrated_database_is_ready(sessions: Sessions) -> None:
    assert await problem_with(sessions) is None


async def test_another_schema_is_not_ready(
    sessions: Sessions, monkeypatch: pytest.MonkeyPatch
) -> None:
    at = ", ".join(health.newest_revisions()) or "no revision"
    monkeypatch.setattr(health, "newest_revisions", lambda: {"newer"})
    assert await problem_with(sessions) == (
        f"the schema is at {at}, the code expects newer: run `alembic upgrade head`"
    )


{% if example %}
async def test_a_newer_schema_is_ready_with_one_warning(
    sessions: Sessions, caplog: pytest.LogCaptureFixture
) -> None:
    async with sessions() as session:
        await session.execute(delete(VERSIONS))
        await session.execute(insert(VERSIONS).values(version_num="newer"))
        await session.commit()
    assert [await problem_with(sessions) for _ in range(3)] == [None] * 3
    told = "the schema is at newer, which is newer than this version"
    assert caplog.messages.count(told) == 1


{% endif %}
async def test_it_does_not_wait_for_a_database_that_does_not_answer(
    sessions: Sessions, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(health, "PATIENCE", 0)
{% if not is_async %}
    answered = Event()
    monkeypatch.setattr(health, "schema_problem", lambda _: answered.wait() and None)
{% endif %}
    assert await problem_in_time(sessions) == "the database does not answer in time"
    monkeypatch.undo()
{% if not is_async %}
    answered.set()
{% endif %}
    assert await problem_in_time(sessions) is None


def test_the_command_line_says_so(settings: object) -> None:
    assert CliRunner().invoke(create_cli(), ["ready"]).output == "ready\n"
{% endcall %}
