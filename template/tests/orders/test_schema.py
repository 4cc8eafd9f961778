{% from "hooks/unasync.jinja" import unasync with context %}
{% call unasync() %}
"""A schema that the code was not written for."""

import pytest
from typer.testing import CliRunner

from {{ package_name }}.main import create_cli


@pytest.mark.usefixtures("empty_database")
def test_no_revision_is_not_ready() -> None:
    result = CliRunner().invoke(create_cli(), ["ready"])
    assert result.exit_code == 1
    assert "run `alembic upgrade head`" in str(result.exception)
{% endcall %}
