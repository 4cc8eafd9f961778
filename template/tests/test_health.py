{% from "hooks/unasync.jinja" import unasync with context %}
{% call unasync() %}
"""Whether the service knows when it is ready."""

import pytest
from typer.testing import CliRunner

from {{ package_name }} import health
from {{ package_name }}.database.session import Sessions
from {{ package_name }}.health import problem_with
from {{ package_name }}.main import create_cli


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


def test_the_command_line_says_so(settings: object) -> None:
    assert CliRunner().invoke(create_cli(), ["ready"]).output == "ready\n"
{% endcall %}
