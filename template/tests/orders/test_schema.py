{% from "hooks/unasync.jinja" import unasync with context %}
{% call unasync() %}
"""A schema that the code was not written for."""

import pytest
from sqlalchemy import text
from typer.testing import CliRunner

from {{ package_name }}.database.session import (
    Sessions,
    unit_of_work,
)
from {{ package_name }}.health import problem_with
from {{ package_name }}.main import create_cli


async def test_another_revision_is_not_ready(sessions: Sessions) -> None:
    async with unit_of_work(sessions) as session:
        await session.execute(text("INSERT INTO alembic_version VALUES ('elsewhere')"))
    assert "run `alembic upgrade head`" in str(await problem_with(sessions))


@pytest.mark.usefixtures("empty_database")
def test_no_revision_is_not_ready() -> None:
    result = CliRunner().invoke(create_cli(), ["ready"])
    assert result.exit_code == 1
    assert "run `alembic upgrade head`" in str(result.exception)
{% endcall %}
