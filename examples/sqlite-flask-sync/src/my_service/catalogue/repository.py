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

    def get_or_create(self, names: Collection[str]) -> list[Category]:
        """Return the categories of these names. Insert those that are new."""
        rows = [{"name": name} for name in sorted(set(names))]
        self.upsert_many(rows, key=["name"], update=[])
        statement = select(Category).where(Category.name.in_(names))
        return list(self.session.scalars(statement))


class ProductRepository(Repository[Product]):
    model = Product

    def create(self, new: ProductRow, categories: Collection[str]) -> Product:
        """Insert a product under categories of these names. Raises as `add` does."""
        product = Product(
            sku=new.sku,
            name=new.name,
            price_cents=new.price_cents,
            stock=new.stock,
            categories=[],
        )
        self.add(product)
        named = CategoryRepository(self.session).get_or_create(categories)
        product.categories += named
        self.flush()
        return product

    def change(
        self, product_id: int, values: Mapping[str, object], *, versions: Versions
    ) -> None:
        """Change a product that has one of the versions; None stands for any.

        Raises NotFound, Stale, or as `flush` does.
        """
        product = self._expected(product_id, versions)
        for name, value in values.items():
            setattr(product, name, value)
        self.flush()

    def remove(self, product_id: int, *, versions: Versions) -> None:
        """Delete a product softly. Takes versions and raises as `change` does."""
        product = self._expected(product_id, versions)
        product.delete()
        self.flush()

    def read(self, product_id: int) -> ProductRead:
        """Return what is shown of a product. Raises NotFound."""
        rows = self.session.execute(PRODUCTS.where(Product.id == product_id))
        products = self._with_categories(rows.all())
        if not products:
            raise NotFound(Product, product_id)
        return products[0]

    def list_page(
        self, category: str | None, *, limit: int, cursor: str | None
    ) -> Page[ProductRead]:
        """Return a page of products with their categories, the oldest first."""
        page = self.page_of_rows(
            PRODUCTS if category is None else PRODUCTS_IN_CATEGORY,
            [Product.id],
            limit=limit,
            cursor=cursor,
            parameters={"category": category},
        )
        return page.with_items(self._with_categories(page.items))

    def _expected(self, product_id: int, versions: Versions) -> Product:
        # An order may change it meanwhile: whoever takes any version waits for that.
        product = self.get_one(product_id, for_update=True)
        if versions is not None:
            product.expect(*versions)
        return product

    def _with_categories(
        self, rows: Iterable[Row[*tuple[Any, ...]]]
    ) -> list[ProductRead]:
        products = {row.id: ProductRead(**row._asdict()) for row in rows}
        ids = {"products": list(products)}
        for row in self.session.execute(CATEGORIES, ids):
            products[row.product_id].categories.append(row.name)
        return list(products.values())
