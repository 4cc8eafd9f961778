"""advanced-alchemy's repository, as in its documents for FastAPI, and a response model."""

from collections.abc import AsyncIterator
from typing import Annotated, Any

from advanced_alchemy.filters import LimitOffset
from advanced_alchemy.repository import SQLAlchemyAsyncRepository
from fastapi import Depends, FastAPI
from my_service.orders.models import Order
from sqlalchemy.ext.asyncio import AsyncSession

from .entities import LOADED, request_session
from .responses import PageResponse, page

app = FastAPI()


class OrderRepository(SQLAlchemyAsyncRepository[Order]):
    """Finds orders."""

    model_type = Order


async def request_repository(
    session: Annotated[AsyncSession, Depends(request_session)],
) -> AsyncIterator[OrderRepository]:
    """Give the repository of a request."""
    yield OrderRepository(session=session, load=[LOADED])


@app.get("/orders", response_model=PageResponse)
async def list_orders(
    repository: Annotated[OrderRepository, Depends(request_repository)],
    limit: int = 20,
) -> Any:
    """List orders with their lines, by two statements."""
    orders = await repository.get_many(LimitOffset(limit + 1, 0), order_by=("id", True))
    return page(orders, limit)
