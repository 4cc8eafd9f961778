"""The catalogue on the command line."""

from pathlib import Path

import pytest
from alembic import command
from alembic.config import Config
from typer.testing import CliRunner

from my_service.database import InvalidInput
from my_service.main import create_cli

GOOD = "sku,name,price_cents,stock\nA,Tea,450,7\nB,Salt,90,7\n"
BAD = GOOD + "C,Rice,cheap,7\n"


@pytest.fixture(autouse=True)
def _migrated(empty_database: None, alembic: Config) -> None:
    command.upgrade(alembic, "head")


def import_products(path: Path, content: str, *options: str) -> str:
    path.write_text(content, "utf-8")
    arguments = ["import-products", str(path), *options]
    result = CliRunner().invoke(create_cli(), arguments, catch_exceptions=False)
    return result.stdout


def test_a_file_is_imported_once(tmp_path: Path) -> None:
    path = tmp_path / "products.csv"
    assert import_products(path, GOOD) == "2 inserted, 0 updated, 0 rejected\n"
    changed = BAD.replace("450", "500")
    assert import_products(path, changed) == "0 inserted, 1 updated, 1 rejected\n"


def test_a_strict_import_of_a_bad_file_stores_nothing(tmp_path: Path) -> None:
    path = tmp_path / "products.csv"
    with pytest.raises(InvalidInput, match="line 4"):
        import_products(path, BAD, "--strict")
    assert import_products(path, GOOD) == "2 inserted, 0 updated, 0 rejected\n"
