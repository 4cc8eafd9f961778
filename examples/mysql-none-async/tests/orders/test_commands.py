"""Orders on the command line."""

import pytest
from alembic import command
from alembic.config import Config
from typer.testing import CliRunner

from my_service.main import create_cli

one_by_one = pytest.mark.waive("Q06", "examples are ordered as customers do it")


def run(*arguments: str) -> str:
    return CliRunner().invoke(create_cli(), arguments, catch_exceptions=False).stdout


@one_by_one
def test_seeded_orders_are_listed(empty_database: None, alembic: Config) -> None:
    command.upgrade(alembic, "head")
    assert run("seed", "--orders", "7") == "7 orders placed\n"
    assert run("seed", "--orders", "3") == "3 orders placed\n"
    assert run("list-orders").count("placed") == 10
    assert run("list-orders", "--limit", "2").count("placed") == 2
