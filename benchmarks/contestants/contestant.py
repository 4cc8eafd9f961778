"""What a contestant does. One that lacks an operation does not take part in it."""

from collections.abc import Sequence
from typing import Any

from my_service.database import Base, build_engine
from my_service.settings import Settings

from .inputs import Row


class Contestant:
    """Each method is a whole unit of work: it begins, works and commits."""

    def __init__(self, url: str) -> None:
        self.url = url

    async def open(self) -> None:
        """Connect, and prepare what an application prepares once."""

    async def close(self) -> None:
        """Close every connection."""

    async def insert(self, rows: list[Row]) -> Any:
        """Insert rows that are new."""
        raise NotImplementedError

    async def upsert(self, rows: list[Row]) -> Any:
        """Insert rows, or update all columns but the key of those that are there."""
        raise NotImplementedError

    async def update(self, rows: list[Row]) -> Any:
        """Set the given columns of the rows with the given keys."""
        raise NotImplementedError

    async def get(self, keys: list[int]) -> Sequence[Any]:
        """Return the rows of these keys, each by a statement of its own."""
        raise NotImplementedError

    async def tree(self, shelf: int) -> Sequence[Any]:
        """Return the parents of a shelf with children and grandchildren."""
        raise NotImplementedError

    async def page(self, position: Any) -> Sequence[Any]:
        """Return a page of the archive, the newest first."""
        raise NotImplementedError

    async def position(self, behind: Row) -> Any:
        """Return what `page` takes to begin behind a row."""
        return behind["listed_at"], behind["id"]

    async def stream(self, size: int) -> tuple[int, int]:
        """Count rows as they arrive, and sum up their cents."""
        raise NotImplementedError


class Alchemist(Contestant):
    """One that uses SQLAlchemy: on the rendered project's engine, as all of them."""

    async def open(self) -> None:
        """Make the engine."""
        self.engine = build_engine(Settings(database_url=self.url))

    async def create(self, _: Any) -> None:
        """Make the tables."""
        async with self.engine.begin() as connection:
            await connection.run_sync(Base.metadata.create_all)

    async def close(self) -> None:
        """Close its connections."""
        await self.engine.dispose()
