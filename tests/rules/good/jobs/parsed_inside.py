"""An error of something else is handled inside a unit of work."""

from ...catalogue.models import Category
from ...catalogue.repository import CategoryRepository
from ...database import Sessions, unit_of_work


async def store_number(sessions: Sessions, given: str) -> None:
    """Store a number, or none."""
    async with unit_of_work(sessions) as session:
        try:
            number = int(given)
        except ValueError:
            number = 0
        await CategoryRepository(session).add(Category(name=str(number)))
