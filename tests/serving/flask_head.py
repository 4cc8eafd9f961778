# mypy: disable-error-code="import-not-found"
"""What README.md takes for granted."""

from collections.abc import Iterator

from flask import Blueprint, Response, abort, g, request
from sqlalchemy import select

from .database.repository import Repository
from .database.retry import run
from .database.session import unit_of_work
from .orders.models import Customer as User
from .web import answer, service

blueprint = Blueprint("works", __name__)


class UserRepository(Repository[User]):
    model = User

    async def with_token(self, token: str) -> User:
        return (await self.session.scalars(select(User).where(User.email == token))).one()
