"""URLs of databases, as people and platforms write them."""

from sqlalchemy import URL, make_url
from sqlalchemy.exc import ArgumentError

DRIVER = "sqlite+pysqlite"
# What platforms write, without a driver.
SCHEMES = {"sqlite", "sqlite3"}


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
