"""Settings of serving over HTTP, and the key that signs."""

import logging
import os
import re
from ipaddress import ip_address
from secrets import token_urlsafe
from typing import Annotated

from pydantic import BeforeValidator, ByteSize, Field, SecretStr
from pydantic_settings import BaseSettings

logger = logging.getLogger(__name__)


def _random_key() -> SecretStr:
    return SecretStr(token_urlsafe(32))


def _words(value: str | list[str]) -> list[str]:
    return re.findall(r"[^\s,]+", value) if isinstance(value, str) else value


Words = Annotated[list[str], BeforeValidator(_words)]


class HTTPConfig(BaseSettings):
    """Settings of the service; sizes are in bytes, or with a unit as in 10MB."""

    # Signs the cursors of pages; what else is signed takes a salt of its own. The
    # default is another one in each process.
    secret_key: SecretStr = Field(default_factory=_random_key, min_length=32)
    max_body_size: ByteSize = ByteSize(2**20)
    # Of an upload, which is streamed to a file.
    max_upload_size: ByteSize = ByteSize(100 * 2**20)
    trusted_hosts: Words = []
    # Whose word for the client's address and scheme counts (X-Forwarded-For, -Proto).
    trusted_proxies: Words = ["127.0.0.1"]
    cors_origins: Words = []
    api_docs: bool = True
    # In seconds: for a request to come in whole, and without one.
    http_request_timeout: float = Field(30, gt=0)
    http_keep_alive: int = Field(75, ge=1)
    http_threads: int = Field(8, ge=1)

    def require_secret_key(self) -> None:
        """End the program unless SECRET_KEY is set."""
        if "secret_key" not in self.model_fields_set:
            raise SystemExit(
                "SECRET_KEY: has to be set, the same in all processes, when others than "
                "this machine are served: 32 or more characters, such as "
                "`openssl rand -hex 32` prints"
            )

    def ensure_secret_key(self, host: str) -> None:
        """Make sure that all workers that serve on `host` will have one SECRET_KEY.

        Without one, a random key lasts as long as this process; on a host that others
        can reach, the program ends instead.
        """
        if not _is_loopback(host):
            self.require_secret_key()
        elif "secret_key" not in self.model_fields_set:
            logger.warning("SECRET_KEY is not set: cursors end with this process.")
            os.environ["SECRET_KEY"] = self.secret_key.get_secret_value()


def _is_loopback(host: str) -> bool:
    try:
        return host == "localhost" or ip_address(host).is_loopback
    except ValueError:
        return False
