"""What the environment decides."""

import hashlib
from typing import Any

from pydantic import Field, SecretStr, ValidationError
from pydantic_settings import BaseSettings, SettingsConfigDict

from .database.config import DatabaseConfig


def _secret_from_url(values: dict[str, Any]) -> SecretStr:
    """Make a secret that all processes of the service share from the one they have."""
    url = values["database_url"].render_as_string(hide_password=False)
    return SecretStr(hashlib.sha256(url.encode()).hexdigest())


class Settings(DatabaseConfig, BaseSettings):
    """Settings by environment variable or `.env`: DATABASE_URL, SECRET_KEY …"""

    model_config = SettingsConfigDict(
        env_file=".env",
        extra="ignore",
        # A URL is a tuple to pydantic, which would expect it as JSON.
        enable_decoding=False,
    )

{% if served %}
    # In seconds: for a request to come in whole, and without one.
    http_request_timeout: float = Field(30, gt=0)
    http_keep_alive: int = Field(75, ge=1)
{% endif %}
{% if flask %}
    http_threads: int = Field(8, ge=1)
{% endif %}
    # Signs the cursors of pages.
    secret_key: SecretStr = Field(default_factory=_secret_from_url, min_length=16)


def load_settings(**given: Any) -> Settings:
    """Read the settings that are not given. Ends the program with one line a mistake."""
    try:
        return Settings(**given)
    except ValidationError as error:
        problems = [
            f"{str(problem['loc'][0]).upper()}: {problem['msg'].removeprefix('Value error, ')}"
            for problem in error.errors()
            if problem["type"] != "default_factory_not_called"
        ]
        raise SystemExit("\n".join(problems)) from None
