{% from "hooks/unasync.jinja" import unasync with context %}
{% call unasync() %}
"""How products and categories are found and stored."""

from collections.abc import Collection, Iterable
from typing import Any

from sqlalchemy import ColumnElement, select
from sqlalchemy.orm import selectinload

from ..database.page import Page
from ..database.repository import Repository
from ..database.rows import Row, Upserted
from .models import Category, Product


class CategoryRepository(Repository[Category]):
    """Finds and stores categories."""

    model = Category

    async def named(self, names: Collection[str]) -> list[Category]:
        """Return the categories of these names; those that are new are inserted."""
        rows = [{"name": name} for name in sorted(set(names))]
        await self.upsert_many(rows, key=["name"], update=[])
        statement = select(Category).where(Category.name.in_(names))
        return list(await self.session.scalars(statement))


class ProductRepository(Repository[Product]):
    """Finds and stores products."""

    model = Product

    async def create(self, categories: Collection[str], **values: Any) -> Product:
        """Insert a product under categories of these names. Raises as `add` does."""
        product = await self.add(Product(**values, categories=[]))
        product.categories += await CategoryRepository(self.session).named(categories)
        await self.flush()
        return product

    async def detailed(self, key: int) -> Product:
        """Return a product with its categories. Raises NotFound."""
        return await self.get_one(key, selectinload(Product.categories))

    async def listed(
        self, category: str | None, *, limit: int, cursor: str | None
    ) -> Page[Product]:
        """Return a page of products with their categories, the oldest first."""
        statement = select(Product).options(selectinload(Product.categories))
        if category is not None:
            statement = statement.where(Product.categories.any(name=category))
        return await self.page(statement, [Product.id], limit=limit, cursor=cursor)

    async def locked(
        self, criterion: ColumnElement[bool], *, include_deleted: bool = False
    ) -> list[Product]:
        """Return the products that fit, locked until the end of the unit of work.

        The order of the locks is the same for all, so that two orders cannot deadlock.
        """
        statement = (
            select(Product)
            .where(criterion)
            .order_by(Product.id)
            .with_for_update()
            .execution_options(populate_existing=True, include_deleted=include_deleted)
        )
        return list(await self.session.scalars(statement))

    async def import_rows(self, rows: Iterable[Row]) -> Upserted:
        """Insert the products that are new, update those that differ."""
        return await self.upsert_many(
            rows, key=["sku"], update=["name", "price_cents", "stock"]
        )
{% endcall %}
