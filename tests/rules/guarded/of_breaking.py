"""Each of these passes, but for the rules that its code breaks."""

from typing import Any

import pytest
from my_service import breaking
from my_service.database import Sessions
from my_service.good import Box
from sqlalchemy.ext.asyncio import AsyncSession

from ..exhaustive.slow import busy
from ..exhaustive.together import at_once
from .conftest import SKUS, Shop

pytestmark = pytest.mark.usefixtures("shop")


@pytest.mark.parametrize(
    "work",
    [breaking.in_a_for, breaking.in_a_comprehension, breaking.in_a_dictionary],
)
async def test_a_query_in_a_loop(session: AsyncSession, work: Any) -> None:
    await work(session, SKUS)


async def test_a_query_in_a_branch_of_a_loop(sessions: Sessions) -> None:
    await breaking.in_a_branch(sessions, SKUS)


@pytest.mark.parametrize(
    "work",
    [
        breaking.in_a_stream,
        breaking.behind_a_new_one,
        breaking.join_a_collection,
        breaking.join_a_collection_of_one,
        breaking.join_below,
        breaking.leave_out_what_is_gone,
        breaking.last_seen,
        breaking.sell_out,
        breaking.search_without_an_index,
        breaking.search_for_some,
        breaking.search_by_an_alias,
        breaking.search_either_way,
        breaking.search_below,
        breaking.search_behind_a_join,
        breaking.change_without_an_index,
        breaking.over_a_new_one,
    ],
)
async def test_a_session(session: AsyncSession, work: Any) -> None:
    await work(session)


@pytest.mark.parametrize(
    "work",
    [
        breaking.read_what_was_not_loaded,
        breaking.read_what_was_put_off,
        breaking.read_what_has_expired,
    ],
)
async def test_reading(session: AsyncSession, work: Any) -> None:
    await session.run_sync(work)


@pytest.mark.parametrize(
    "work", [breaking.behind_a_change, breaking.behind_a_hidden_one]
)
async def test_a_change(session: AsyncSession, work: Any) -> None:
    await work(session, "TEA")


async def test_a_deleted_one(session: AsyncSession, shop: Shop) -> None:
    await breaking.behind_a_deleted_one(session, await session.merge(shop.category))


async def test_a_new_pair(session: AsyncSession, shop: Shop) -> None:
    await breaking.behind_a_new_pair(session, await session.merge(shop.category))


async def test_a_new_part(session: AsyncSession, shop: Shop) -> None:
    line = breaking.OrderLine(
        order_id=shop.order.id,
        product_id=shop.products[3].id,
        quantity=1,
        price_cents=1,
    )
    await breaking.behind_a_new_part(session, line)


async def test_another_owner(session: AsyncSession, shop: Shop) -> None:
    order = await session.get_one(breaking.Order, shop.order.id)
    await breaking.behind_another_owner(session, order)


@pytest.mark.parametrize(
    "work",
    [
        breaking.two_at_once,
    ],
)
async def test_a_unit_of_work(sessions: Sessions, work: Any) -> None:
    await work(sessions)


async def test_a_session_in_two_tasks(session: AsyncSession) -> None:
    await session.connection()

    async def use(statement: Any) -> None:
        await breaking.use_at_once(session, statement)

    await at_once(use, [busy(150), busy(150)])


@pytest.mark.waive("Q06", "it is not broken")  # breaks X04
async def test_a_waiver_for_nothing(session: AsyncSession) -> None:
    await breaking.one(session, "TEA")


@pytest.mark.waive("Q06")  # breaks X04
async def test_a_waiver_without_a_reason(session: AsyncSession) -> None:
    await breaking.in_a_for(session, SKUS)


async def test_a_stream_that_is_read_later(sessions: Sessions) -> None:
    async for _ in breaking.stream_later(sessions):
        pass


async def test_a_number_that_may_have_changed(session: AsyncSession) -> None:
    box = Box(size="M", labels={}, places=[])
    session.add(box)
    await session.commit()
    key = box.id
    session.expunge_all()
    await breaking.count_down(session, key)
