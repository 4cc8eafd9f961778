"""Settings from the environment."""

from typing import Any

from pydantic import ValidationError
from pydantic_settings import SettingsConfigDict

from .database import DatabaseConfig
from .http_config import HTTPConfig
from .logs import LogConfig


class Settings(DatabaseConfig, HTTPConfig, LogConfig):
    """Settings by environment variable or `.env`: DATABASE_URL …"""

    model_config = SettingsConfigDict(
        env_file=".env",
        extra="ignore",
        # A URL is a tuple to pydantic, which would expect it as JSON.
        enable_decoding=False,
    )


def load_settings(**given: Any) -> Settings:
    """Read the settings that are not given. Ends the program with one line a mistake."""
    try:
        return Settings(**given)
    except ValidationError as error:
        problems = [
            f"{str(problem['loc'][0]).upper()}: {problem['msg'].removeprefix('Value error, ')}"
            for problem in error.errors()
        ]
        raise SystemExit("\n".join(problems)) from None
