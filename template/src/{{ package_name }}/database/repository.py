{% from "hooks/unasync.jinja" import unasync with context %}
{% call unasync() %}
"""What every repository can do."""

from collections.abc import Iterable
from typing import TypeVar

from sqlalchemy.ext.asyncio import AsyncSession

from .base import Base
from .bulk import BulkWriter
from .paging import Pager
from .protocol import RepositoryProtocol
from .reading import Reader
from .session import savepoint
from .translation import own_errors

Model = TypeVar("Model", bound=Base)


class Repository(
    Reader[Model], Pager[Model], BulkWriter[Model], RepositoryProtocol[Model]
):
    """Finds and stores one kind of model. Its caller owns the transaction."""

    def __init__(self, session: AsyncSession) -> None:
        self.session = session

    async def add(self, model: Model) -> Model:
        """Insert at once, in a savepoint, so that a conflict spoils nothing else.

        Raises Conflict, ReferenceMissing or CheckFailed.
        """
        await self.add_all([model])
        return model

    async def add_all(self, models: Iterable[Model]) -> None:
        """Insert all or none at once, in a savepoint. Raises as `add` does."""
        async with savepoint(self.session):
            self.session.add_all(models)
            await self.session.flush()

    async def flush(self) -> None:
        """Write what was changed. Raises Conflict, ReferenceMissing or CheckFailed."""
        with own_errors():
            await self.session.flush()
{% endcall %}
