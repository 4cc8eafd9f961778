"""The URL of the database, as people and platforms write it."""

import pytest
from pydantic import ValidationError

from {{ package_name }}.database import DatabaseConfig
from {{ package_name }}.database.urls import DRIVER, SCHEMES


@pytest.mark.parametrize("scheme", [DRIVER, *sorted(SCHEMES)])
def test_our_driver_is_added_where_none_is_named(scheme: str) -> None:
    config = DatabaseConfig.model_validate({"database_url": f"{scheme}:///app"})
    assert config.database_url.drivername == DRIVER
    assert config.database_url.database == "app"


@pytest.mark.parametrize("scheme", ["{{ database }}+other", "oracle"])
def test_another_driver_or_database_is_refused(scheme: str) -> None:
    with pytest.raises(ValidationError, match="must begin with"):
        DatabaseConfig.model_validate({"database_url": f"{scheme}:///app"})
