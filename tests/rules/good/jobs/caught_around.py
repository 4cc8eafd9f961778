"""An error that is caught around the unit of work."""

from ...catalogue.models import Category
from ...catalogue.repository import CategoryRepository
from ...database import Conflict, Sessions, unit_of_work


async def make(sessions: Sessions, name: str) -> bool:
    """Make a category; tell whether it is new."""
    try:
        async with unit_of_work(sessions) as session:
            await CategoryRepository(session).add(Category(name=name))
    except Conflict:
        return False
    return True
