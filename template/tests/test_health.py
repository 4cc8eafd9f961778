{% from "hooks/unasync.jinja" import unasync with context %}
"""Whether the service tells the truth about itself."""

{% if example %}
import pytest
{% endif %}
{% if fastapi and is_async %}
from httpx2 import AsyncClient
{% endif %}
{% if fastapi and not is_async %}
from fastapi.testclient import TestClient as Client
{% endif %}
{% if flask %}
from httpx2 import Client
{% endif %}
{% if example %}
from sqlalchemy import text
{% endif %}
from typer.testing import CliRunner

{% if example %}
from {{ package_name }}.database.session import Sessions, unit_of_work
{% else %}
from {{ package_name }}.database.session import Sessions
{% endif %}
from {{ package_name }}.health import problem_with
from {{ package_name }}.main import create_cli

{% call unasync() %}

async def test_a_migrated_database_is_ready(sessions: Sessions) -> None:
    assert await problem_with(sessions) is None
{% if example %}


async def test_a_schema_of_another_version_is_not_ready(sessions: Sessions) -> None:
    async with unit_of_work(sessions) as session:
        await session.execute(text("INSERT INTO alembic_version VALUES ('elsewhere')"))
    assert "run `alembic upgrade head`" in str(await problem_with(sessions))
{% endif %}
{% if served %}


async def test_the_service_says_so(client: AsyncClient) -> None:
    assert (await client.get("/health/live")).status_code == 200
    assert (await client.get("/health/ready")).status_code == 200
{% endif %}
{% endcall %}


def test_the_command_line_says_so(settings: object) -> None:
    assert CliRunner().invoke(create_cli(), ["ready"]).output == "ready\n"
{% if example %}


@pytest.mark.usefixtures("empty_database")
def test_without_its_tables_it_says_what_to_do() -> None:
    result = CliRunner().invoke(create_cli(), ["ready"])
    assert result.exit_code == 1
    assert "run `alembic upgrade head`" in str(result.exception)
{% endif %}
