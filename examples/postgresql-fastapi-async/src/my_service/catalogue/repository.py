"""Repositories of products and categories."""

from collections.abc import Collection, Iterable, Mapping
from typing import Any

from sqlalchemy import Row, bindparam, select

from ..database import NotFound, Page, Repository
from .models import Category, Product, product_categories
from .read_models import ProductRead
from .schemas import ProductRow

Versions = Collection[int] | None

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
    model = Category

    async def get_or_create(self, names: Collection[str]) -> list[Category]:
        """Return the categories of these names. Insert those that are new."""
        rows = [{"name": name} for name in sorted(set(names))]
        await self.upsert_many(rows, key=["name"], update=[])
        statement = select(Category).where(Category.name.in_(names))
        return list(await self.session.scalars(statement))


class ProductRepository(Repository[Product]):
    model = Product

    async def create(self, new: ProductRow, categories: Collection[str]) -> Product:
        """Insert a product under categories of these names. Raises as `add` does."""
        product = Product(
            sku=new.sku,
            name=new.name,
            price_cents=new.price_cents,
            stock=new.stock,
            categories=[],
        )
        await self.add(product)
        named = await CategoryRepository(self.session).get_or_create(categories)
        product.categories += named
        await self.flush()
        return product

    async def change(
        self, product_id: int, values: Mapping[str, object], *, versions: Versions
    ) -> None:
        """Change a product that has one of the versions; None stands for any.

        Raises NotFound, Stale, or as `flush` does.
        """
        product = await self._expected(product_id, versions)
        for name, value in values.items():
            setattr(product, name, value)
        await self.flush()

    async def remove(self, product_id: int, *, versions: Versions) -> None:
        """Delete a product softly. Takes versions and raises as `change` does."""
        product = await self._expected(product_id, versions)
        product.delete()
        await self.flush()

    async def read(self, product_id: int) -> ProductRead:
        """Return what is shown of a product. Raises NotFound."""
        rows = await self.session.execute(PRODUCTS.where(Product.id == product_id))
        products = await self._with_categories(rows.all())
        if not products:
            raise NotFound(Product, product_id)
        return products[0]

    async def list_page(
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
        return page.with_items(await self._with_categories(page.items))

    async def _expected(self, product_id: int, versions: Versions) -> Product:
        # An order may change it meanwhile: whoever takes any version waits for that.
        product = await self.get_one(product_id, for_update=True)
        if versions is not None:
            product.expect(*versions)
        return product

    async def _with_categories(
        self, rows: Iterable[Row[*tuple[Any, ...]]]
    ) -> list[ProductRead]:
        products = {row.id: ProductRead(**row._asdict()) for row in rows}
        ids = {"products": list(products)}
        for row in await self.session.execute(CATEGORIES, ids):
            products[row.product_id].categories.append(row.name)
        return list(products.values())
