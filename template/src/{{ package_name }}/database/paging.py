{% from "hooks/unasync.jinja" import unasync with context %}
{% call unasync() %}
"""Reading lists page by page."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, Generic, TypeVar

from sqlalchemy import Row, Select
from sqlalchemy.ext.asyncio import AsyncSession

from .base import Base
from .keyset import OrderBy, keyset
from .page import Columns, Page, PageRequest

Model = TypeVar("Model", bound=Base)
Parameters = Mapping[str, Any]


class Pager(Generic[Model]):
    """Finds the models of one kind, or rows of them, page by page."""

    model: type[Model]
    session: AsyncSession

    async def page(
        self,
        statement: Select[Model],
        order: OrderBy,
        *,
        limit: int,
        cursor: str | None = None,
        parameters: Parameters = MappingProxyType({}),
    ) -> Page[Model]:
        """Return `limit` models from the cursor on, or else from the beginning.

        `parameters` are the values of the statement's: one that comes again need not be
        built again. Raises InvalidCursor; ValueError for a statement with an order or a
        limit of its own.
        """
        request = self._request(statement, order, limit, cursor)
        models = await self.session.scalars(
            request.narrow(statement),
            {**parameters, **request.parameters()},
        )
        return request.page(models.all())

    async def page_of_rows(
        self,
        statement: Select[*Columns],
        order: OrderBy,
        *,
        limit: int,
        cursor: str | None = None,
        parameters: Parameters = MappingProxyType({}),
    ) -> Page[Row[*Columns]]:
        """Return rows of selected columns, as `page` does models.

        Raises ValueError also when two rows have the same place in the order: where a
        join lists a model more than once, the joined table's key belongs to the order.
        """
        request = self._request(statement, order, limit, cursor)
        rows = await self.session.execute(
            request.narrow(statement),
            {**parameters, **request.parameters()},
        )
        return request.page(rows.all())

    def _request(
        self,
        statement: Select[*Columns],
        order: OrderBy,
        limit: int,
        cursor: str | None,
    ) -> PageRequest:
        keys = keyset(self.model, statement, order)
        return PageRequest(keys, limit, self.session.info["cursors"], cursor)
{% endcall %}
