{% from "hooks/unasync.jinja" import unasync with context %}
"""What a repository promises. Code that asks for no more can be tested with a fake."""

from collections.abc import Iterable, Sequence
from types import MappingProxyType
from typing import Any, Protocol, TypeVar

{% if is_async %}
from sqlalchemy import ColumnElement, Select
from sqlalchemy import Row as Found
from sqlalchemy.ext.asyncio import AsyncScalarResult
{% else %}
from sqlalchemy import ColumnElement, ScalarResult, Select
from sqlalchemy import Row as Found
{% endif %}
from sqlalchemy.orm.interfaces import ORMOption

from .base import Base
from .keyset import OrderBy
from .page import Columns, Page
from .paging import Parameters
from .rows import Row, Upserted

Model = TypeVar("Model", bound=Base)

{% call unasync() %}

class RepositoryProtocol(Protocol[Model]):
    """Finds and stores one kind of model."""

    async def get(
        self, key: object, *options: ORMOption, for_update: bool = False
    ) -> Model | None:
        """Return the model with this primary key, or None."""

    async def get_one(
        self, key: object, *options: ORMOption, for_update: bool = False
    ) -> Model:
        """Return the model with this primary key. Raises NotFound."""

    async def by_keys(
        self,
        keys: Sequence[object],
        *options: ORMOption,
    ) -> list[Model]:
        """Return the models that have these primary keys, in the order of the keys."""

    async def for_update(
        self,
        *criteria: ColumnElement[bool],
        options: Sequence[ORMOption] = (),
        include_deleted: bool = False,
    ) -> list[Model]:
        """Return the models that fit, locked until the end of the unit of work."""

    async def count(self, *criteria: ColumnElement[bool]) -> int:
        """Return how many rows fit."""

    async def exists(self, *criteria: ColumnElement[bool]) -> bool:
        """Tell whether a row fits."""

    async def stream(self, statement: Select[Model]) -> AsyncScalarResult[Model]:
        """Return models as they arrive, in constant memory."""

    async def page(
        self,
        statement: Select[Model],
        order: OrderBy,
        *,
        limit: int,
        cursor: str | None = None,
        parameters: Parameters = MappingProxyType({}),
    ) -> Page[Model]:
        """Return `limit` models from the cursor on. Raises InvalidCursor."""

    async def page_of_rows(
        self,
        statement: Select[*Columns],
        order: OrderBy,
        *,
        limit: int,
        cursor: str | None = None,
        parameters: Parameters = MappingProxyType({}),
    ) -> Page[Found[*Columns]]:
        """Return rows of selected columns, as `page` does models."""

    async def add(self, model: Model) -> Model:
        """Insert at once. Raises Conflict, ReferenceMissing or CheckFailed."""

    async def add_all(self, models: Iterable[Model]) -> None:
        """Insert all or none at once. Raises as `add` does."""

    async def flush(self) -> None:
        """Write what was changed. Raises as `add` does."""

    async def insert_many(self, rows: Iterable[Row]) -> int:
        """Insert rows in chunks and return how many."""

    async def insert_returning(self, rows: Iterable[Row]) -> list[Model]:
        """Insert rows in chunks and return their models, in the order of the rows."""

    async def upsert_many(
        self, rows: Iterable[Row], *, key: Sequence[str], update: Sequence[str]
    ) -> Upserted:
        """Insert rows in chunks, or update those whose `key` is there already."""

    async def update_many(self, rows: Iterable[Row]) -> int:
        """Update rows, found by their primary key, in chunks; return how many."""

    async def update_where(
        self,
        *criteria: ColumnElement[bool],
        include_deleted: bool = False,
        **values: Any,
    ) -> int:
        """Set columns of every row that fits and return how many were changed."""

    async def delete_where(
        self, *criteria: ColumnElement[bool], include_deleted: bool = False
    ) -> int:
        """Delete every row that fits, for good, and return how many."""
{% endcall %}
