# mypy: disable-error-code="import-not-found"
"""What README.md takes for granted."""

from collections.abc import AsyncIterator, Iterator
from typing import Annotated

from fastapi import APIRouter, Depends
from fastapi.responses import StreamingResponse
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from .database.repository import Repository
from .database.retry import run
from .database.session import unit_of_work
from .orders.models import Customer as User
from .web import RequestSessions


class UserRepository(Repository[User]):
    model = User

    async def with_token(self, token: str) -> User:
        return (await self.session.scalars(select(User).where(User.email == token))).one()
