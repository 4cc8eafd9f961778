"""psycopg and plain JSON: as fast as its rows come."""

from typing import Any

from fastapi import FastAPI
from fastapi.responses import JSONResponse
from psycopg_pool import AsyncConnectionPool

from .answers import LINES, ORDERS, answer, keys
from .settings import OVERFLOW, PLAIN_URL, POOL_SIZE

POOL: AsyncConnectionPool[Any] = AsyncConnectionPool(
    PLAIN_URL,
    min_size=POOL_SIZE,
    max_size=POOL_SIZE + OVERFLOW,
    kwargs={"options": "-c timezone=UTC"},
    open=False,
)
app = FastAPI()


@app.get("/orders")
async def list_orders(limit: int = 20) -> JSONResponse:
    """List orders with their lines, by two statements."""
    if POOL.closed:
        await POOL.open(wait=True)
    async with POOL.connection() as connection:
        cursor = await connection.execute(ORDERS, (limit + 1,))
        orders = await cursor.fetchall()
        cursor = await connection.execute(LINES, (keys(orders[:limit]),))
        lines = await cursor.fetchall()
    return JSONResponse(answer(orders, lines, limit))
