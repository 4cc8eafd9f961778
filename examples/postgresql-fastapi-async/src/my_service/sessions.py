"""The session of a request: one unit of work."""

from collections.abc import AsyncIterator
from typing import cast

from fastapi import Request
from sqlalchemy.ext.asyncio import AsyncSession

from .database import Sessions, unit_of_work


async def request_sessions(request: Request) -> Sessions:
    """Return the source of sessions, for units of work that are run again."""
    return cast("Sessions", request.app.state.sessions)


async def request_session(request: Request) -> AsyncIterator[AsyncSession]:
    """Yield the request's session: committed when the route returns, else rolled back."""
    async with unit_of_work(request.app.state.sessions) as session:
        yield session
