"""The URL of the database, as people and platforms write it."""

import re
from pathlib import Path

import pytest
from pydantic import ValidationError

from {{ package_name }}.database import DatabaseConfig
from {{ package_name }}.database.config import DRIVER, SCHEMES
from {{ package_name }}.settings import Settings


@pytest.mark.parametrize("scheme", [DRIVER, *sorted(SCHEMES)])
def test_our_driver_is_added_where_none_is_named(scheme: str) -> None:
    config = DatabaseConfig.model_validate({"database_url": f"{scheme}:///app"})
    assert config.database_url.drivername == DRIVER
    assert config.database_url.database == "app"


@pytest.mark.parametrize("scheme", ["{{ database }}+other", "oracle"])
def test_another_driver_or_database_is_refused(scheme: str) -> None:
    with pytest.raises(ValidationError, match="must begin with"):
        DatabaseConfig.model_validate({"database_url": f"{scheme}:///app"})


def test_the_readme_lists_each_setting_with_its_default() -> None:
    readme = Path(__file__).parents[2].joinpath("README.md").read_text("utf-8")
    table = readme.partition("\n## Settings\n")[2].partition("\n## ")[0]
    rows = dict(re.findall(r"^\| `([A-Z_]+)` \| (.*?) ?\| ", table, re.MULTILINE))
    fields = {name.upper(): field for name, field in Settings.model_fields.items()}
    assert rows.keys() == fields.keys()
    for name, shown in rows.items():
        default = fields[name].default
        if isinstance(default, bool | int | float) and not shown.endswith("MiB"):
            assert shown == str(default).lower(), name
