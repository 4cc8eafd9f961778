"""The ORM as FastAPI's own documents use it: entities, a session, a response model."""

from collections.abc import AsyncIterator
from typing import Annotated, Any

from fastapi import Depends, FastAPI
from my_service.orders.models import Order, OrderLine
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker
from sqlalchemy.ext.asyncio.engine import create_async_engine
from sqlalchemy.orm import selectinload

from .responses import PageResponse, page
from .settings import OVERFLOW, POOL_SIZE, URL

ENGINE = create_async_engine(URL, pool_size=POOL_SIZE, max_overflow=OVERFLOW)
SESSIONS = async_sessionmaker(ENGINE, expire_on_commit=False)
LOADED = selectinload(Order.lines).joinedload(OrderLine.product)
app = FastAPI()


async def request_session() -> AsyncIterator[AsyncSession]:
    """Give the session of a request."""
    async with SESSIONS() as session:
        yield session


@app.get("/orders", response_model=PageResponse)
async def list_orders(
    session: Annotated[AsyncSession, Depends(request_session)], limit: int = 20
) -> Any:
    """List orders with their lines, by two statements."""
    statement = select(Order).options(LOADED).order_by(Order.id.desc())
    orders = await session.scalars(statement.limit(limit + 1))
    return page(orders.all(), limit)
