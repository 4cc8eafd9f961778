{% from "hooks/unasync.jinja" import unasync with context %}
{% call unasync() %}
"""How products and categories are found and stored."""

from collections.abc import Collection, Iterable
from typing import Any

from sqlalchemy import bindparam, select

from ..database.errors import NotFound
from ..database.page import Page
from ..database.repository import Repository
from .models import Category, Product, product_categories
from .read_models import ProductRead

PRODUCTS = select(
    Product.id,
    Product.sku,
    Product.name,
    Product.price_cents,
    Product.stock,
    Product.version,
    Product.created_at,
    Product.updated_at,
)
PRODUCTS_IN_CATEGORY = PRODUCTS.where(
    Product.categories.any(Category.name == bindparam("category"))
)
CATEGORIES = (
    select(product_categories.c.product_id, Category.name)
    .join_from(product_categories, Category)
    .where(product_categories.c.product_id.in_(bindparam("products", expanding=True)))
    .order_by(Category.name)
)


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

    async def shown(self, key: int) -> ProductRead:
        """Return what is shown of a product. Raises NotFound."""
        found = await self.session.execute(PRODUCTS.where(Product.id == key))
        products = await self._with_categories(found.all())
        if not products:
            raise NotFound(Product, key)
        return products[0]

    async def listed(
        self, category: str | None, *, limit: int, cursor: str | None
    ) -> Page[ProductRead]:
        """Return a page of products with their categories, the oldest first."""
        page = await self.page_of_rows(
            PRODUCTS if category is None else PRODUCTS_IN_CATEGORY,
            [Product.id],
            limit=limit,
            cursor=cursor,
            parameters={"category": category},
        )
        return page.holding(await self._with_categories(page.items))

    async def _with_categories(self, found: Iterable[Any]) -> list[ProductRead]:
        products = {row.id: ProductRead(*row) for row in found}
        keys = {"products": list(products)}
        for key, name in await self.session.execute(CATEGORIES, keys):
            products[key].categories.append(name)
        return list(products.values())
{% endcall %}
