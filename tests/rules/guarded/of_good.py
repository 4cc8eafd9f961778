"""Good code, of which no guard says anything."""

from typing import Any

import pytest
from my_service import good
from my_service.catalogue.models import Product
from my_service.catalogue.repository import ProductRepository
from my_service.database import Sessions, unit_of_work
from my_service.orders.checkout import place_order
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from .conftest import SKUS, Shop


@pytest.mark.parametrize(
    "work",
    [
        good.count_each,
        good.turn_pages,
        good.change_each,
        good.store_each,
        good.stream,
        good.write_in_bulk,
        good.nest,
        good.join_one,
        good.join_by_hand,
        good.load_deep,
        good.flush_before,
        good.search_without_one,
        good.search_a_small_table,
        good.leave_out,
        good.count_locked,
        good.leave_out_but_nulls,
        good.add_box,
    ],
)
async def test_in_a_session(session: AsyncSession, shop: Shop, work: Any) -> None:
    await work(session)


@pytest.mark.parametrize(
    "work",
    [
        good.wait_for_stock,
        good.read_something_else,
        good.read_other_columns,
        good.set_to_what_it_is,
    ],
)
async def test_with_a_sku(session: AsyncSession, shop: Shop, work: Any) -> None:
    await work(session, "TEA")


@pytest.mark.parametrize(
    "work",
    [good.many, good.in_few_parts, good.read_by_key, good.search_with_an_index],
)
async def test_with_keys(session: AsyncSession, shop: Shop, work: Any) -> None:
    await work(session, [product.id for product in shop.products])


@pytest.mark.parametrize(
    "work",
    [
        good.what_is_known,
        good.load_later,
        good.place_and_show,
        good.read_the_whole,
    ],
)
async def test_with_an_order(session: AsyncSession, shop: Shop, work: Any) -> None:
    await work(session, shop.order)


async def test_in_units_of_work(sessions: Sessions, shop: Shop) -> None:
    await good.work_in_batches(sessions)
    await good.try_often(sessions, "TEA")
    await good.replace_values(sessions)
    await good.drop_what_was_changed(sessions)


async def test_a_waiver(session: AsyncSession) -> None:
    await good.commit_in_batches(session)


async def test_a_test_may_ask_in_a_loop(session: AsyncSession, shop: Shop) -> None:
    for sku in SKUS:
        product = await good.one(session, sku)
        assert product is not None
        assert await ProductRepository(session).exists(Product.name == product.name)
    for _ in range(4):
        await place_order(session, shop.customer.id, {"TEA": 1})
    names = [await session.scalar(select(Product.name)) for _ in range(5)]
    assert len(names) == 5


async def test_a_test_may_commit(session: AsyncSession, sessions: Sessions) -> None:
    for number in range(3):
        session.add(Product(sku=str(number), name="", price_cents=1, stock=1))
        await session.commit()
    async with unit_of_work(sessions) as other:
        await good.stream(other)


async def test_a_test_may_join_and_search(session: AsyncSession, shop: Shop) -> None:
    path = good.joinedload(good.Order.lines)
    (await session.scalars(select(good.Order).options(path))).unique().all()
    await session.scalars(select(Product).where(Product.name == "Tea"))
