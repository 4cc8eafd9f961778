"""URLs of databases, as people and platforms write them."""

from contextlib import suppress

from pydantic import ValidationInfo
from sqlalchemy import URL, make_url
from sqlalchemy.exc import ArgumentError

DRIVER = "postgresql+psycopg"
# What platforms write, without a driver.
SCHEMES = {"postgresql", "postgres"}


def parse_url(value: str | URL) -> URL:
    """Add our driver where none is named."""
    try:
        url = make_url(value)
    except (ArgumentError, ValueError):
        raise ValueError(f"must look like {DRIVER}://…") from None
    if url.drivername in SCHEMES:
        url = url.set(drivername=DRIVER)
    if url.drivername != DRIVER:
        raise ValueError(f"must begin with {DRIVER}://, not {url.drivername}://")
    if not url.database:
        raise ValueError("must name a database")
    return url


def parse_server(value: str | URL | None, info: ValidationInfo) -> URL | None:
    """Complete a URL by the database of DATABASE_URL, which it need not name."""
    if not value:
        return None
    database = getattr(info.data.get("database_url"), "database", None)
    with suppress(ArgumentError, ValueError):  # the next step says what is wrong
        url = make_url(value)
        value = url.set(database=url.database or database)
    url = parse_url(value)
    if database and url.database != database:
        raise ValueError("must lead to the database of DATABASE_URL, or name none")
    return url
