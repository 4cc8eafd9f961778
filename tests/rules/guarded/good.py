"""Good code, some of it unusual: no guard has anything to say."""

from collections.abc import Iterable
from itertools import islice

from sqlalchemy import JSON, func, or_, select, tuple_
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.ext.mutable import MutableList
from sqlalchemy.orm import (
    Mapped,
    aliased,
    contains_eager,
    defer,
    joinedload,
    mapped_column,
    selectinload,
    undefer,
)
from sqlalchemy.orm.attributes import flag_modified

from .catalogue.models import Category, Product
from .catalogue.repository import ProductRepository
from .database import (
    Base,
    Conflict,
    IntegerKey,
    Repository,
    Sessions,
    Str64,
    Timestamps,
    unit_of_work,
)
from .orders.models import Customer, Order, OrderLine
from .orders.repository import OrderRepository


class Box(IntegerKey, Timestamps, Base):
    """A table that is never large."""

    __tablename__ = "boxes"

    size: Mapped[Str64] = mapped_column()  # waive: M11 (there are five sizes)
    count: Mapped[int] = mapped_column(default=0)
    labels: Mapped[dict[str, object]]
    places: Mapped[list[object]] = mapped_column(MutableList.as_mutable(JSON))


class BoxRepository(Repository[Box]):
    model = Box


async def one(session: AsyncSession, sku: str) -> Product | None:
    return await session.scalar(select(Product).where(Product.sku == sku))


async def count_each(session: AsyncSession) -> list[int | None]:
    """Different statements in a loop."""
    counts = []
    for model in (Category, Customer, Order, OrderLine, Product):
        counts.append(await session.scalar(select(func.count()).select_from(model)))
    return counts


async def turn_pages(session: AsyncSession) -> list[Product]:
    """The same statement, as often as there are pages."""
    products, cursor = [], None
    while True:
        page = await ProductRepository(session).page(
            select(Product), [Product.id], limit=1, cursor=cursor
        )
        products += page.items
        cursor = page.next_cursor
        if cursor is None:
            return products


async def wait_for_stock(session: AsyncSession, sku: str) -> int:
    """The same statement, until something happens."""
    asked = 0
    while asked < 5:
        await session.scalar(select(Product.stock).where(Product.sku == sku))
        asked += 1
    return asked


async def try_often(sessions: Sessions, sku: str) -> None:
    """The same statement, each time in a session of its own."""
    for _ in range(5):
        async with unit_of_work(sessions) as session:
            await one(session, sku)


async def many(session: AsyncSession, keys: list[int]) -> list[Product]:
    return await ProductRepository(session).by_keys(keys)


async def in_few_parts(session: AsyncSession, keys: Iterable[int]) -> list[Product]:
    """The same statement in a loop, which is waived."""
    left, products = iter(keys), []
    for part in iter(lambda: list(islice(left, 1)), []):
        # waive: Q06 (the driver takes so many parameters)
        products += await ProductRepository(session).by_keys(part)
    return products


async def what_is_known(session: AsyncSession, order: Order) -> list[str]:
    """In a loop, but of models that the session has already."""
    lines = select(OrderLine).where(OrderLine.order_id == order.id)
    found = await session.scalars(lines.options(joinedload(OrderLine.product)))
    names = []
    for line in found:
        product = await session.get_one(Product, line.product_id)
        names.append(product.name)
    return names


async def change_each(session: AsyncSession) -> None:
    """No query in the loop, one flush behind it."""
    for product in await session.scalars(select(Product).order_by(Product.id)):
        product.stock += 1
    await session.flush()


async def store_each(session: AsyncSession) -> None:
    """Each row in a savepoint of its own, since any may be refused."""
    for sku in ("NEW", "NEW", "NEWER", "NEWER", "NEWEST"):
        product = Product(sku=sku, name=sku, price_cents=1, stock=1)
        try:
            await ProductRepository(session).add(product)
        except Conflict:
            session.expunge_all()


async def stream(session: AsyncSession) -> int:
    total = 0
    statement = select(Product).order_by(Product.id)
    async for product in await ProductRepository(session).stream(statement):
        total += product.stock
    return total


async def write_in_bulk(session: AsyncSession) -> None:
    rows = [
        {"sku": f"BULK-{n}", "name": "Bulk", "price_cents": 1, "stock": 1}
        for n in range(2500)
    ]
    products = ProductRepository(session)
    await products.insert_many(rows)
    await products.upsert_many(rows, key=["sku"], update=["stock"])
    await products.delete_where(Product.sku.like("BULK-%"))


async def nest(session: AsyncSession) -> None:
    """A savepoint is committed, and one in it; the unit of work is not."""
    async with session.begin_nested():
        session.add(Category(name="outer"))
        async with session.begin_nested():
            session.add(Category(name="inner"))
    await session.scalars(select(Category))


async def work_in_batches(sessions: Sessions) -> None:
    for number in range(5):
        async with unit_of_work(sessions) as session:
            session.add(Category(name=f"batch {number}"))


async def commit_in_batches(session: AsyncSession) -> None:
    for number in range(3):
        session.add(Category(name=f"batch {number}"))
        await session.commit()


async def join_one(session: AsyncSession) -> None:
    path = joinedload(OrderLine.order), joinedload(OrderLine.product, innerjoin=True)
    (await session.scalars(select(OrderLine).options(*path))).all()


async def join_by_hand(session: AsyncSession) -> None:
    """Orders with those of their lines that are asked for."""
    statement = select(Order).join(Order.lines).where(OrderLine.product_id > 0)
    found = await session.scalars(statement.options(contains_eager(Order.lines)))
    found.unique().all()


async def load_deep(session: AsyncSession) -> None:
    path = selectinload(Order.lines).joinedload(OrderLine.product)
    more = path.selectinload(Product.categories)
    (await session.scalars(select(Order).options(more))).all()


async def read_something_else(session: AsyncSession, sku: str) -> None:
    """What is changed and what is read have nothing to do with each other."""
    product = await one(session, sku)
    if product is not None:
        product.stock -= 1
    session.add(Category(name="new"))
    await session.scalars(select(Customer))


async def read_by_key(session: AsyncSession, keys: list[int]) -> None:
    """A transfer: one row is changed, then another is read by its key."""
    source = await session.get_one(Product, keys[0])
    source.stock -= 1
    target = await session.get_one(Product, keys[1])
    target.stock += 1
    session.add(Product(sku="NEW", name="New", price_cents=1, stock=1))
    await session.get_one(Product, keys[2])


async def read_other_columns(session: AsyncSession, sku: str) -> None:
    """The change is of a column that the query does not ask about."""
    product = await one(session, sku)
    if product is not None:
        product.stock -= 1
    await ProductRepository(session).exists(Product.sku == "SALT")


async def read_the_whole(session: AsyncSession, order: Order) -> None:
    """A part is new; what the query asks about is not."""
    order = await session.get_one(Order, order.id, options=[selectinload(Order.lines)])
    order.lines = order.lines[:1]
    await session.scalars(select(Order.id, Order.status))


async def flush_before(session: AsyncSession) -> None:
    session.add(Category(name="new"))
    await session.flush()
    await session.scalars(select(Category))


async def set_to_what_it_is(session: AsyncSession, sku: str) -> None:
    """It is set, but not changed."""
    product = await one(session, sku)
    if product is not None:
        product.deleted_at = None
    await ProductRepository(session).count()


async def search_with_an_index(session: AsyncSession, keys: list[int]) -> None:
    """The index finds the rows; what else is asked for is looked up in these."""
    mine = Order.customer_id == 1, Order.status == "placed"
    await session.scalars(select(Order).where(*mine))
    either = or_(Customer.email == "ada@example.com", Customer.id == 1)
    await session.scalars(select(Customer).where(either))
    other = aliased(Product)
    await session.scalars(select(other).where(other.sku == "TEA", other.stock > 0))
    both = tuple_(OrderLine.order_id, OrderLine.product_id)
    await session.scalars(select(OrderLine).where(both.in_([])))


async def search_without_one(session: AsyncSession) -> None:
    """What no plain index is of use for, and what is joined by keys."""
    await session.scalars(select(Product).where(Product.name.icontains("tea")))
    await session.scalars(select(Customer).where(func.lower(Customer.name) == "ada"))
    await session.scalars(select(Product).where(Product.deleted_at.is_(None)))
    await session.scalars(select(Product).where(Product.categories.any(name="food")))
    joined = select(Order).join(Order.lines).where(Order.customer_id == 1)
    await session.scalars(joined.group_by(Order.id).having(func.count() > 1))


async def search_a_small_table(session: AsyncSession) -> None:
    await BoxRepository(session).count(Box.size == "M")


async def load_later(session: AsyncSession, order: Order) -> None:
    """What is said is no surprise."""
    order = await session.get_one(Order, order.id)
    await session.refresh(order, ["lines"])
    assert len(order.lines) == 3
    session.expire(order)
    await session.refresh(order)
    assert order.status == "placed"


async def leave_out(session: AsyncSession) -> None:
    statement = select(Product).options(defer(Product.name), undefer(Product.stock))
    for product in await session.scalars(statement):
        assert product.stock


async def place_and_show(session: AsyncSession, order: Order) -> None:
    await OrderRepository(session).read(order.id)
    await OrderRepository(session).list_page(1, limit=2, cursor=None)


async def count_locked(session: AsyncSession) -> None:
    """A number that nobody else can change meanwhile, and one that is set."""
    session.add(Box(size="S", labels={}, places=[]))
    await session.flush()
    statement = select(Box).order_by(Box.id).with_for_update()
    for box in await session.scalars(statement):
        box.count += 1
    await session.flush()


async def replace_values(sessions: Sessions) -> None:
    """Each of these changes is stored."""
    box = Box(size="M", labels={"colour": "red"}, places=[1])
    box.labels["weight"] = 1
    async with unit_of_work(sessions) as session:
        session.add(box)
        await session.flush()
        box.labels = {**box.labels, "colour": "green"}
        box.places.append(2)
    async with unit_of_work(sessions) as session:
        session.add(box)
        box.labels["colour"] = "blue"
        flag_modified(box, "labels")
    async with unit_of_work(sessions) as session:
        box = await session.get_one(Box, box.id)
        assert box.labels == {"colour": "blue", "weight": 1}
        assert box.places == [1, 2]


async def drop_what_was_changed(sessions: Sessions) -> None:
    """What is read again need not be stored."""
    async with unit_of_work(sessions) as session:
        box = Box(size="L", labels={}, places=[])
        session.add(box)
        await session.flush()
        box.labels["colour"] = "blue"
        await session.refresh(box)


async def leave_out_but_nulls(session: AsyncSession) -> None:
    """NOT IN a list that has no NULL, or in keys."""
    gone = select(Product.deleted_at).where(Product.deleted_at.is_not(None)).limit(9)
    await session.scalars(select(Product.id).where(Product.created_at.not_in(gone)))
    keys = select(OrderLine.product_id)
    await session.scalars(select(Product.id).where(Product.id.not_in(keys)))


def router() -> None: ...


router.get = router.post = lambda _: lambda route: route  # type: ignore[attr-defined]


@router.get("/boxes")  # type: ignore[attr-defined]
async def read_boxes(session: AsyncSession) -> None:
    """A GET that reads, beside what it has not changed."""
    box = await session.scalar(select(Box).order_by(Box.id).limit(1))
    if box is not None:
        box.size = f"{box.size}"
    await session.flush()


@router.post("/boxes")  # type: ignore[attr-defined]
async def add_box(session: AsyncSession) -> None:
    """A POST may write."""
    session.add(Box(size="XL", labels={}, places=[]))
    await session.flush()
    await read_boxes(session)
