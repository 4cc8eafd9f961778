"""Orders on the command line."""

from pathlib import Path

import pytest
from alembic import command
from alembic.config import Config
from typer.testing import CliRunner

from {{ package_name }}.main import create_cli
from {{ package_name }}.orders.commands import described
from {{ package_name }}.orders.read_models import LineRead

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


def test_a_name_does_not_drive_the_terminal() -> None:
    line = LineRead("TEA", "\x1b]0;OWNED\x07\x1b[31mT\x9bea\u202e", 2, 450)
    assert described(line) == "2 x ]0;OWNED[31mTea"


def test_old_idempotency_keys_are_forgotten(
    empty_database: None, alembic: Config
) -> None:
    command.upgrade(alembic, "head")
    assert run("purge-idempotency-keys") == "order_requests: 0 deleted\n"
    assert run("purge-idempotency-keys", "--older-than", "1").endswith(" 0 deleted\n")


@one_by_one
def test_a_name_is_printed_as_it_is(
    empty_database: None, alembic: Config, tmp_path: Path
) -> None:
    command.upgrade(alembic, "head")
    path = tmp_path / "products.csv"
    path.write_text("sku,name,price_cents,stock\nTEA-S,[/b] tea,1,1000\n", "utf-8")
    run("seed", "--orders", "24")
    run("import-products", str(path))
    assert "[/b] tea" in run("list-orders", "--limit", "100")
