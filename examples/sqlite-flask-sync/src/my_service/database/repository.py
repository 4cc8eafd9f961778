"""The base class of every repository."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from functools import cache
from types import MappingProxyType
from typing import Any, TypeVar, TypeVarTuple

from sqlalchemy import ColumnElement, Row, ScalarResult, Select, func, inspect, select
from sqlalchemy.orm.interfaces import ORMOption

from .base import Base
from .errors import NotFound
from .keyset import OrderBy
from .pages import Page, PageRequest
from .rows import rows_with_keys
from .soft_delete import SoftDelete
from .sqlite.bulk import BulkWriter

Model = TypeVar("Model", bound=Base)
Columns = TypeVarTuple("Columns")
Parameters = Mapping[str, Any]
MAX_PARAMETERS = 30_000  # in one statement; databases take at least 32,766


class Repository(BulkWriter[Model]):
    """Finds and stores one kind of model. Its caller owns the transaction.

    Writes raise Conflict, ReferenceMissing or CheckFailed.
    """

    def get(
        self, key: object, *options: ORMOption, for_update: bool = False
    ) -> Model | None:
        """Return the model with this primary key, or None.

        With `for_update` nobody else can change it until the end of the unit of work;
        what the session has changed is written before.
        """
        if for_update:
            self.session.flush()
        # Where no relationship is loaded, checking `deleted_at` below is cheaper.
        alone = not options and not _loads_others(self.model)
        model = self.session.get(
            self.model,
            key,
            options=options,
            populate_existing=for_update,
            with_for_update={"of": self.model} if for_update else None,
            execution_options={"include_deleted": alone},
        )
        deleted = isinstance(model, SoftDelete) and model.deleted_at is not None
        return None if deleted else model

    def get_one(
        self, key: object, *options: ORMOption, for_update: bool = False
    ) -> Model:
        """Return the model as `get` does. Raises NotFound."""
        model = self.get(key, *options, for_update=for_update)
        if model is None:
            raise NotFound(self.model, key)
        return model

    def by_keys(self, keys: Sequence[object], *options: ORMOption) -> list[Model]:
        """Return the models that have these primary keys, in the order of the keys."""
        columns = inspect(self.model).primary_key
        statement = select(self.model).options(*options)
        models: dict[Any, Model] = {}
        size = MAX_PARAMETERS // len(columns)
        for start in range(0, len(keys), size):
            wanted = rows_with_keys(columns, keys[start : start + size])
            for model in self.session.scalars(statement.where(wanted)):
                models[inspect(model).identity] = model
        identities = [key if isinstance(key, tuple) else (key,) for key in keys]
        return [models[identity] for identity in identities if identity in models]

    def find(
        self,
        *criteria: ColumnElement[bool],
        order_by: OrderBy = (),
        limit: int | None = None,
        options: Sequence[ORMOption] = (),
    ) -> list[Model]:
        """Return the models that match."""
        statement = select(self.model).where(*criteria).options(*options)
        models = self.session.scalars(statement.order_by(*order_by).limit(limit))
        return list(models)

    def find_one(
        self, *criteria: ColumnElement[bool], options: Sequence[ORMOption] = ()
    ) -> Model | None:
        """Return the model that matches, or None. Raises MultipleResultsFound."""
        statement = select(self.model).where(*criteria).options(*options)
        models = self.session.scalars(statement)
        return models.one_or_none()

    def for_update(
        self,
        *criteria: ColumnElement[bool],
        options: Sequence[ORMOption] = (),
        include_deleted: bool = False,
    ) -> list[Model]:
        """Return the models that match, locked until the end of the unit of work.

        What the session has changed is written before. All lock in the order of the
        primary key, so that two cannot wait for each other.
        """
        self.session.flush()
        primary = inspect(self.model).primary_key
        statement = select(self.model).where(*criteria).options(*options)
        models = self.session.scalars(
            statement.order_by(*primary),
            execution_options={
                "populate_existing": True,
                "include_deleted": include_deleted,
            },
        )
        return list(models)

    def count(self, *criteria: ColumnElement[bool]) -> int:
        """Return how many rows match."""
        statement = select(func.count()).select_from(self.model).where(*criteria)
        return self.session.scalar(statement) or 0

    def exists(self, *criteria: ColumnElement[bool]) -> bool:
        """Return whether a row matches."""
        statement = select(select(self.model).where(*criteria).exists())
        return bool(self.session.scalar(statement))

    def stream(self, statement: Select[Model]) -> ScalarResult[Model]:
        """Return models as they arrive, in constant memory."""
        batched = statement.execution_options(yield_per=1000)
        return self.session.scalars(batched)

    def page(
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
        models = self.session.scalars(
            request.statement, {**parameters, **request.parameters}
        )
        page = request.page(models.all())
        return self._with_total(page, with_total, statement, parameters)

    def page_of_rows(
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
        rows = self.session.execute(
            request.statement, {**parameters, **request.parameters}
        )
        page = request.page(rows.all())
        return self._with_total(page, with_total, statement, parameters)

    def add(self, model: Model) -> Model:
        """Insert at once, in a savepoint, so that a conflict spoils nothing else."""
        self.add_all([model])
        return model

    def add_all(self, models: Iterable[Model]) -> None:
        """Insert all or none at once, in a savepoint."""
        with self.session.begin_nested():
            self.session.add_all(models)
            self.session.flush()

    def delete(self, model: Model) -> None:
        """Delete at once, in a savepoint; softly, where the model can."""
        with self.session.begin_nested():
            if isinstance(model, SoftDelete):
                model.delete()
            else:
                self.session.delete(model)
            self.session.flush()

    def flush(self) -> None:
        """Write pending changes."""
        self.session.flush()

    def _with_total(
        self,
        page: Page[Any],
        wanted: bool,
        statement: Select[*Columns],
        parameters: Parameters,
    ) -> Page[Any]:
        if not wanted:
            return page
        count = select(func.count()).select_from(statement.subquery())
        return replace(page, total=self.session.scalar(count, parameters))


@cache
def _loads_others(model: type[Base]) -> bool:
    lazily = {"raise", "raise_on_sql", "select", "noload", "write_only", "dynamic"}
    return any(item.lazy not in lazily for item in inspect(model).relationships)
