"""Code that breaks rules; the lines that do so say which."""

from collections.abc import AsyncIterator
from typing import Any

from sqlalchemy import or_, select, update
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import (
    Session,
    aliased,
    defer,
    joinedload,
    lazyload,
    selectinload,
)

from .catalogue.models import Category, Product
from .catalogue.repository import ProductRepository
from .database import Repository, Sessions, unit_of_work
from .good import Box
from .orders.models import Customer, Order, OrderLine

KEPT: list[Any] = []


async def one(session: AsyncSession, sku: str) -> Product | None:
    return await session.scalar(select(Product).where(Product.sku == sku))


async def in_a_for(session: AsyncSession, skus: list[str]) -> list[str]:
    names = []
    for sku in skus:
        product = await one(session, sku)  # breaks Q06
        names.append(product.name if product else "")
    return names


async def in_a_comprehension(session: AsyncSession, skus: list[str]) -> list[Any]:
    return [await one(session, sku) for sku in skus]  # breaks Q06


async def in_a_dictionary(session: AsyncSession, skus: list[str]) -> dict[str, Any]:
    products = {
        sku: await one(session, sku)  # breaks Q06
        for sku in skus
    }
    return products


async def in_a_branch(sessions: Sessions, skus: list[str]) -> None:
    async with unit_of_work(sessions) as session:
        for sku in skus:
            if sku:
                await in_a_function(session, sku)  # breaks Q06


async def in_a_function(session: AsyncSession, sku: str) -> None:
    await ProductRepository(session).exists(Product.sku == sku)


async def in_a_stream(session: AsyncSession) -> None:
    statement = select(Product).order_by(Product.id)
    async for product in await ProductRepository(session).stream(statement):
        await session.scalar(  # breaks Q06
            select(OrderLine.quantity).where(OrderLine.product_id == product.id)
        )


async def behind_a_new_one(session: AsyncSession) -> None:
    session.add(Customer(email="new@example.com", name="New"))
    await session.scalars(select(Customer.email))  # breaks S09


async def behind_a_change(session: AsyncSession, sku: str) -> None:
    product = await one(session, sku)
    if product is not None:
        product.stock = 0
    await ProductRepository(session).count(Product.stock > 0)  # breaks S09 M11


async def behind_a_deleted_one(session: AsyncSession, category: Category) -> None:
    await session.delete(category)
    await session.scalars(select(Category))  # breaks S09


async def behind_a_hidden_one(session: AsyncSession, sku: str) -> None:
    product = await one(session, sku)
    if product is not None:
        product.delete()
    await ProductRepository(session).count()  # breaks S09


async def behind_a_new_part(session: AsyncSession, line: OrderLine) -> None:
    session.add(line)
    await session.get(  # breaks S09
        Order, line.order_id, options=[selectinload(Order.lines)]
    )


async def behind_another_owner(session: AsyncSession, order: Order) -> None:
    order.customer_id += 1
    await Repository.count(orders_of(session), Order.customer_id == 1)  # breaks S09
    order.customer_id -= 1


async def behind_a_new_pair(session: AsyncSession, category: Category) -> None:
    load = selectinload(Product.categories)
    for product in await session.scalars(select(Product).options(load)):
        product.categories.append(category)
    statement = select(Product).where(Product.categories.any(name="food"))
    await session.scalars(statement)  # breaks S09


async def over_a_new_one(session: AsyncSession) -> None:
    session.add(Product(sku="NEW", name="New", price_cents=1, stock=1))
    await ProductRepository(session).update_where(stock=2)  # breaks S09


class OrdersRepository(Repository[Order]):
    model = Order


def orders_of(session: AsyncSession) -> OrdersRepository:
    return OrdersRepository(session)


async def use_at_once(session: AsyncSession, statement: Any) -> None:
    await session.scalar(statement)  # breaks S04


async def join_a_collection(session: AsyncSession) -> None:
    statement = select(Order).options(joinedload(Order.lines))
    (await session.scalars(statement)).unique().all()  # breaks Q07


async def join_a_collection_of_one(session: AsyncSession) -> None:
    path = joinedload(OrderLine.order).joinedload(Order.lines)
    (await session.scalars(select(OrderLine).options(path))).unique().all()  # breaks Q07


async def join_below(session: AsyncSession) -> None:
    path = selectinload(Product.categories).joinedload(Category.products)
    (await session.scalars(select(Product).options(path))).all()  # breaks Q07


async def search_without_an_index(session: AsyncSession) -> None:
    await session.scalars(select(Customer).where(Customer.name == "Ada"))  # breaks M11


async def search_for_some(session: AsyncSession) -> None:
    repository = ProductRepository(session)
    await repository.exists(Product.name.in_(["Tea", "Salt"]))  # breaks M11


async def search_by_an_alias(session: AsyncSession) -> None:
    other = aliased(Product)
    await session.scalars(select(other.id).where(other.stock < 3))  # breaks M11


async def search_either_way(session: AsyncSession) -> None:
    either = or_(Customer.email == "ada@example.com", Customer.name == "Ada")
    await session.scalars(select(Customer).where(either))  # breaks M11


async def search_below(session: AsyncSession) -> None:
    keys = select(Customer.id).where(Customer.name == "Ada")
    await session.scalars(select(Order).where(Order.customer_id.in_(keys)))  # breaks M11


async def search_behind_a_join(session: AsyncSession) -> None:
    statement = select(Order).join(Order.lines).where(OrderLine.quantity > 3)
    await session.scalars(statement)  # breaks M11


async def change_without_an_index(session: AsyncSession) -> None:
    await session.execute(  # breaks M11
        update(Product).where(Product.price_cents == 0).values(stock=0)
    )


async def leave_out_what_is_gone(session: AsyncSession) -> None:
    gone = select(Product.deleted_at).limit(9)
    statement = select(Product.id).where(Product.created_at.not_in(gone))
    await session.scalars(statement)  # breaks Q16


def router() -> None: ...


router.get = lambda _: lambda route: route  # type: ignore[attr-defined]


@router.get("/last")  # type: ignore[attr-defined]
async def last_seen(session: AsyncSession) -> None:
    await note(session, "seen")


async def note(session: AsyncSession, name: str) -> None:
    await CategoryRepository(session).add(Category(name=name, products=[]))  # breaks X05


@router.get("/sold")  # type: ignore[attr-defined]
async def sell_out(session: AsyncSession) -> None:
    await empty(session, 1)


async def empty(session: AsyncSession, key: int) -> None:
    await CategoryRepository(session).insert_returning([{"name": f"sold {key}"}])  # breaks X05


class CategoryRepository(Repository[Category]):
    model = Category


async def leave_a_session_open(sessions: Sessions) -> None:
    session = sessions()
    KEPT.append(session)
    await session.scalar(select(1))  # breaks S02


async def use_a_session_after_its_end(sessions: Sessions) -> None:
    async with unit_of_work(sessions) as session:
        KEPT.append(session)
    await session.scalar(select(1))  # breaks S02


async def leave_a_connection_open(engine: Any) -> None:
    connection = await engine.connect()  # breaks S02
    KEPT.append(connection)


async def two_at_once(sessions: Sessions) -> None:
    async with unit_of_work(sessions) as session:
        await session.scalar(select(Category.id))
        async with sessions() as other:
            await other.scalar(select(Category.id))  # breaks S20


async def stream_later(sessions: Sessions) -> AsyncIterator[int]:
    async with unit_of_work(sessions) as session:
        pass
    yield await session.scalar(select(Category.id)) or 0  # breaks S02


async def count_down(session: AsyncSession, key: int) -> None:
    box = await session.get_one(Box, key)
    box.count -= 1  # breaks Q24
    await session.flush()


def read_what_was_not_loaded(session: Session) -> None:
    for order in session.scalars(select(Order).options(lazyload("*"))):
        assert order.lines  # breaks M19


def read_what_was_put_off(session: Session) -> None:
    for order in session.scalars(select(Order).options(defer(Order.status))):
        assert order.status  # breaks S08


def read_what_has_expired(session: Session) -> None:
    for order in session.scalars(select(Order)):
        session.expire(order)
        assert order.status  # breaks S08
