"""Settings of the connection to the database."""

from pathlib import Path
from typing import Annotated

from pydantic import BaseModel, BeforeValidator, Field
from sqlalchemy import URL

from .urls import DRIVER, parse_url


class DatabaseConfig(BaseModel, arbitrary_types_allowed=True):
    """Settings of the engine; times are in seconds."""

    database_pool_size: int = Field(5, ge=1)
    database_max_overflow: int = Field(10, ge=0)
    database_pool_timeout: float = Field(5, gt=0)
    database_pool_recycle: int = Field(1800, gt=0)
    database_lock_timeout: float = Field(5, ge=1)
    database_slow_statement: float = Field(0.5, ge=0)
    database_slow_transaction: float = Field(3, gt=0)
    database_echo: bool = False
    database_migration_wait: float = Field(60, ge=0)
    database_url: Annotated[URL, BeforeValidator(parse_url)] = URL.create(
        DRIVER, database=str(Path(__file__).parents[3] / "app.db")
    )
