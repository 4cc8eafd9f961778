{% from "hooks/unasync.jinja" import unasync with context %}
{% call unasync() %}
"""A schema that the code was not written for."""

import pytest
from sqlalchemy import column, delete, insert, table
from typer.testing import CliRunner

from {{ package_name }}.database import Sessions
from {{ package_name }}.health import problem_with
from {{ package_name }}.main import create_cli

VERSIONS = table("alembic_version", column("version_num"))


@pytest.mark.usefixtures("empty_database")
def test_no_revision_is_not_ready() -> None:
    result = CliRunner().invoke(create_cli(), ["ready"])
    assert result.exit_code == 1
    assert "run `alembic upgrade head`" in str(result.exception)


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
{% endcall %}
