"""What every repository can do."""

from collections.abc import Iterable, Sequence
from typing import TypeVar

{% if is_async %}
from sqlalchemy import ColumnElement, Select, func, inspect, select
from sqlalchemy.ext.asyncio import AsyncScalarResult, AsyncSession
{% else %}
from sqlalchemy import ColumnElement, ScalarResult, Select, func, inspect, select
from sqlalchemy.orm import Session
{% endif %}
from sqlalchemy.orm.interfaces import ORMOption

from .base import Base
from .bulk import BulkWriter
from .errors import NotFound
from .mixins import SoftDelete
from .order import OrderBy, keys
from .page import Page, fetched, one_page
from .translation import own_errors

Model = TypeVar("Model", bound=Base)

{% from "hooks/unasync.jinja" import unasync with context %}
{% call unasync() %}

class Repository(BulkWriter[Model]):
    """Finds and stores one kind of model. Its caller owns the transaction."""

    def __init__(self, session: AsyncSession) -> None:
        self.session = session

    async def get(self, key: object, *options: ORMOption) -> Model | None:
        """Return the model with this primary key, or None."""
        model = await self.session.get(self.model, key, options=options)
        # The session still knows what was deleted in it.
        deleted = isinstance(model, SoftDelete) and model.deleted_at is not None
        return None if deleted else model

    async def get_one(self, key: object, *options: ORMOption) -> Model:
        """Return the model with this primary key. Raises NotFound."""
        model = await self.get(key, *options)
        if model is None:
            raise NotFound(self.model, key)
        return model

    async def by_keys(
        self,
        keys: Sequence[object],
        *options: ORMOption,
    ) -> list[Model]:
        """Return the models that have these primary keys, in the order of the keys."""
        column = inspect(self.model).primary_key[0]
        statement = select(self.model).where(column.in_(keys)).options(*options)
        models = await self.session.scalars(statement)
        found = {inspect(model).identity: model for model in models}
        return [found[(key,)] for key in keys if (key,) in found]

    async def add(self, model: Model) -> Model:
        """Insert at once, in a savepoint, so that a conflict spoils nothing else.

        Raises Conflict, ReferenceMissing or CheckFailed.
        """
        await self.add_all([model])
        return model

    async def add_all(self, models: Iterable[Model]) -> None:
        """Insert all or none at once, in a savepoint. Raises as `add` does."""
        async with self.session.begin_nested():
            self.session.add_all(models)
            await self.flush()

    async def flush(self) -> None:
        """Write what was changed. Raises Conflict, ReferenceMissing or CheckFailed."""
        with own_errors():
            await self.session.flush()

    async def count(self, *criteria: ColumnElement[bool]) -> int:
        """Return how many rows fit."""
        statement = select(func.count()).select_from(self.model).where(*criteria)
        return await self.session.scalar(statement) or 0

    async def exists(self, *criteria: ColumnElement[bool]) -> bool:
        """Tell whether a row fits."""
        statement = select(select(self.model).where(*criteria).exists())
        return bool(await self.session.scalar(statement))

    async def page(
        self,
        statement: Select[Model],
        order: OrderBy,
        *,
        limit: int,
        cursor: str | None = None,
    ) -> Page[Model]:
        """Return `limit` models from the cursor on, or else from the beginning.

        Raises InvalidCursor.
        """
        columns = keys(self.model, order)
        cursors = self.session.info["cursors"]
        position = cursors.read(cursor, columns)
        models = await self.session.scalars(
            one_page(statement, columns, limit, position),
        )
        return fetched(models.all(), columns, limit, position, cursors)

    async def stream(self, statement: Select[Model]) -> AsyncScalarResult[Model]:
        """Return models as they arrive, in constant memory."""
        return await self.session.stream_scalars(
            statement.execution_options(yield_per=1000),
        )
{% endcall %}
