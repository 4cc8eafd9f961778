{% from "hooks/unasync.jinja" import unasync with context %}
"""Whether the service tells the truth about itself."""

import pytest
from alembic import command
from alembic.config import Config
{% if fastapi and is_async %}
from httpx2 import AsyncClient
{% endif %}
{% if fastapi and not is_async %}
from fastapi.testclient import TestClient as Client
{% endif %}
{% if flask %}
from httpx2 import Client
{% endif %}
from typer.testing import CliRunner

from {{ package_name }}.database.session import Sessions
from {{ package_name }}.health import problem_with
from {{ package_name }}.main import create_cli

{% call unasync() %}

async def test_a_migrated_database_is_ready(sessions: Sessions) -> None:
    assert await problem_with(sessions) is None
{% if served %}


async def test_the_service_says_so(client: AsyncClient) -> None:
    assert (await client.get("/health/live")).status_code == 200
    assert (await client.get("/health/ready")).status_code == 200
{% endif %}
{% endcall %}


def test_the_command_line_says_so(settings: object) -> None:
    assert CliRunner().invoke(create_cli(), ["ready"]).output == "ready\n"


@pytest.mark.usefixtures("empty_database")
def test_a_schema_that_is_behind_is_not_ready(alembic: Config) -> None:
    command.ensure_version(alembic)
    result = CliRunner().invoke(create_cli(), ["ready"])
    assert result.exit_code == 1
    assert "run `alembic upgrade head`" in str(result.exception)
