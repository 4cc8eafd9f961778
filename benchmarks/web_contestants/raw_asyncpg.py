"""asyncpg and plain JSON: the fastest driver there is for Python."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import asyncpg
from fastapi import FastAPI, Request
from fastapi.responses import JSONResponse

from .answers import LINES, ORDERS, answer, keys
from .settings import OVERFLOW, PLAIN_URL, POOL_SIZE


@asynccontextmanager
async def lifespan(app: FastAPI) -> AsyncIterator[None]:
    """Hold the connections."""
    async with asyncpg.create_pool(
        PLAIN_URL, min_size=POOL_SIZE, max_size=POOL_SIZE + OVERFLOW
    ) as app.state.pool:
        yield


app = FastAPI(lifespan=lifespan)


@app.get("/orders")
async def list_orders(request: Request, limit: int = 20) -> JSONResponse:
    """List orders with their lines, by two statements."""
    async with request.app.state.pool.acquire() as connection:
        orders = await connection.fetch(ORDERS.replace("%s", "$1"), limit + 1)
        wanted = keys(orders[:limit])
        lines = await connection.fetch(LINES.replace("%s", "$1"), wanted)
    return JSONResponse(answer(orders, lines, limit))
