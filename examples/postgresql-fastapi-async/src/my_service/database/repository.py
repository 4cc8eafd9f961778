"""The base class of every repository."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from functools import cache
from types import MappingProxyType
from typing import Any, TypeVar, TypeVarTuple

from sqlalchemy import ColumnElement, Row, Select, func, inspect, select
from sqlalchemy.ext.asyncio import AsyncScalarResult
from sqlalchemy.orm.interfaces import ORMOption

from .base import Base
from .errors import NotFound
from .keyset import OrderBy
from .pages import Page, PageRequest
from .postgresql.bulk import BulkWriter
from .rows import rows_with_keys
from .soft_delete import SoftDelete

Model = TypeVar("Model", bound=Base)
Columns = TypeVarTuple("Columns")
Parameters = Mapping[str, Any]
MAX_PARAMETERS = 30_000  # in one statement; databases take at least 32,766


class Repository(BulkWriter[Model]):
    """Finds and stores one kind of model. Its caller owns the transaction.

    Writes raise Conflict, ReferenceMissing or CheckFailed.
    """

    async def get(
        self, key: object, *options: ORMOption, for_update: bool = False
    ) -> Model | None:
        """Return the model with this primary key, or None.

        With `for_update` nobody else can change it until the end of the unit of work;
        what the session has changed is written before.
        """
        if for_update:
            await self.session.flush()
        # Where no relationship is loaded, checking `deleted_at` below is cheaper.
        alone = not options and not _loads_others(self.model)
        model = await self.session.get(
            self.model,
            key,
            options=options,
            populate_existing=for_update,
            with_for_update={"of": self.model} if for_update else None,
            execution_options={"include_deleted": alone},
        )
        deleted = isinstance(model, SoftDelete) and model.deleted_at is not None
        return None if deleted else model

    async def get_one(
        self, key: object, *options: ORMOption, for_update: bool = False
    ) -> Model:
        """Return the model as `get` does. Raises NotFound."""
        model = await self.get(key, *options, for_update=for_update)
        if model is None:
            raise NotFound(self.model, key)
        return model

    async def by_keys(self, keys: Sequence[object], *options: ORMOption) -> list[Model]:
        """Return the models that have these primary keys, in the order of the keys."""
        columns = inspect(self.model).primary_key
        statement = select(self.model).options(*options)
        models: dict[Any, Model] = {}
        size = MAX_PARAMETERS // len(columns)
        for start in range(0, len(keys), size):
            wanted = rows_with_keys(columns, keys[start : start + size])
            for model in await self.session.scalars(statement.where(wanted)):
                models[inspect(model).identity] = model
        identities = [key if isinstance(key, tuple) else (key,) for key in keys]
        return [models[identity] for identity in identities if identity in models]

    async def find(
        self,
        *criteria: ColumnElement[bool],
        order_by: OrderBy = (),
        limit: int | None = None,
        options: Sequence[ORMOption] = (),
    ) -> list[Model]:
        """Return the models that match."""
        statement = select(self.model).where(*criteria).options(*options)
        models = await self.session.scalars(statement.order_by(*order_by).limit(limit))
        return list(models)

    async def find_one(
        self, *criteria: ColumnElement[bool], options: Sequence[ORMOption] = ()
    ) -> Model | None:
        """Return the model that matches, or None. Raises MultipleResultsFound."""
        statement = select(self.model).where(*criteria).options(*options)
        models = await self.session.scalars(statement)
        return models.one_or_none()

    async def for_update(
        self,
        *criteria: ColumnElement[bool],
        options: Sequence[ORMOption] = (),
        include_deleted: bool = False,
        nowait: bool = False,
        skip_locked: bool = False,
    ) -> list[Model]:
        """Return the models that match, locked until the end of the unit of work.

        What the session has changed is written before. All lock in the order of the
        primary key, so that two cannot wait for each other.
        `nowait` raises LockTimeout for a row that is locked, `skip_locked` leaves it out.
        """
        await self.session.flush()
        primary = inspect(self.model).primary_key
        statement = select(self.model).where(*criteria).options(*options)
        statement = statement.with_for_update(
            of=self.model, nowait=nowait, skip_locked=skip_locked
        )
        models = await self.session.scalars(
            statement.order_by(*primary),
            execution_options={
                "populate_existing": True,
                "include_deleted": include_deleted,
            },
        )
        return list(models)

    async def count(self, *criteria: ColumnElement[bool]) -> int:
        """Return how many rows match."""
        statement = select(func.count()).select_from(self.model).where(*criteria)
        return await self.session.scalar(statement) or 0

    async def exists(self, *criteria: ColumnElement[bool]) -> bool:
        """Return whether a row matches."""
        statement = select(select(self.model).where(*criteria).exists())
        return bool(await self.session.scalar(statement))

    async def stream(self, statement: Select[Model]) -> AsyncScalarResult[Model]:
        """Return models as they arrive, in constant memory."""
        batched = statement.execution_options(yield_per=1000)
        return await self.session.stream_scalars(batched)

    async def page(
        self,
        statement: Select[Model],
        order: OrderBy,
        *,
        limit: int,
        cursor: str | None = None,
        with_total: bool = False,
        parameters: Parameters = MappingProxyType({}),
    ) -> Page[Model]:
        """Return `limit` models from the cursor on, or else from the beginning.

        `parameters` are those of the statement, which can then be built once and kept.
        Raises InvalidCursor; ValueError for a statement with an order or limit of its own.
        """
        cursors = self.session.info["cursors"]
        request = PageRequest(self.model, statement, order, limit, cursors, cursor)
        models = await self.session.scalars(
            request.statement, {**parameters, **request.parameters}
        )
        page = request.page(models.all())
        return await self._with_total(page, with_total, statement, parameters)

    async def page_of_rows(
        self,
        statement: Select[*Columns],
        order: OrderBy,
        *,
        limit: int,
        cursor: str | None = None,
        with_total: bool = False,
        parameters: Parameters = MappingProxyType({}),
    ) -> Page[Row[*Columns]]:
        """Return rows of selected columns, as `page` does models.

        Raises ValueError also when two rows have the same place in the order: where a
        join lists a model more than once, the joined table's key belongs to the order.
        """
        cursors = self.session.info["cursors"]
        request = PageRequest(self.model, statement, order, limit, cursors, cursor)
        rows = await self.session.execute(
            request.statement, {**parameters, **request.parameters}
        )
        page = request.page(rows.all())
        return await self._with_total(page, with_total, statement, parameters)

    async def add(self, model: Model) -> Model:
        """Insert at once, in a savepoint, so that a conflict spoils nothing else."""
        await self.add_all([model])
        return model

    async def add_all(self, models: Iterable[Model]) -> None:
        """Insert all or none at once, in a savepoint."""
        async with self.session.begin_nested():
            self.session.add_all(models)
            await self.session.flush()

    async def delete(self, model: Model) -> None:
        """Delete at once, in a savepoint; softly, where the model can."""
        async with self.session.begin_nested():
            if isinstance(model, SoftDelete):
                model.delete()
            else:
                await self.session.delete(model)
            await self.session.flush()

    async def flush(self) -> None:
        """Write pending changes."""
        await self.session.flush()

    async def _with_total(
        self,
        page: Page[Any],
        wanted: bool,
        statement: Select[*Columns],
        parameters: Parameters,
    ) -> Page[Any]:
        if not wanted:
            return page
        count = select(func.count()).select_from(statement.subquery())
        return replace(page, total=await self.session.scalar(count, parameters))


@cache
def _loads_others(model: type[Base]) -> bool:
    lazily = {"raise", "raise_on_sql", "select", "noload", "write_only", "dynamic"}
    return any(item.lazy not in lazily for item in inspect(model).relationships)
