"""Finding models: by key, by criteria, one after the other."""

from collections.abc import Sequence
from typing import Any, Generic, TypeVar

{% if is_async %}
from sqlalchemy import ColumnElement, Select, func, inspect, select
from sqlalchemy.ext.asyncio import AsyncScalarResult, AsyncSession
{% else %}
from sqlalchemy import ColumnElement, ScalarResult, Select, func, inspect, select
from sqlalchemy.orm import Session
{% endif %}
from sqlalchemy.orm.interfaces import ORMOption

from .base import Base, among
from .errors import NotFound
{% if mysql %}
from .locking import BY_KEY, by_keys, keys_of
{% endif %}
from .mixins import SoftDelete
from .translation import own_errors

Model = TypeVar("Model", bound=Base)
PARAMETERS = 30_000  # in one statement; databases take at least 32,766

{% from "hooks/unasync.jinja" import unasync with context %}
{% call unasync() %}

class Reader(Generic[Model]):
    """Finds one kind of model."""

    model: type[Model]
    session: AsyncSession

    async def get(
        self, key: object, *options: ORMOption, for_update: bool = False
    ) -> Model | None:
        """Return the model with this primary key, or None.

        With `for_update` nobody else can change it until the end of the unit of work;
        what the session has changed is written before.
        """
        if for_update:
            await self._flush()
        model = await self.session.get(
            self.model,
            key,
            options=options,
            populate_existing=for_update,
            with_for_update=for_update or None,
        )
        # The session still knows what was deleted in it.
        deleted = isinstance(model, SoftDelete) and model.deleted_at is not None
        return None if deleted else model

    async def get_one(
        self, key: object, *options: ORMOption, for_update: bool = False
    ) -> Model:
        """Return the model as `get` does. Raises NotFound."""
        model = await self.get(key, *options, for_update=for_update)
        if model is None:
            raise NotFound(self.model, key)
        return model

    async def by_keys(
        self,
        keys: Sequence[object],
        *options: ORMOption,
    ) -> list[Model]:
        """Return the models that have these primary keys, in the order of the keys."""
        columns = inspect(self.model).primary_key
        statement = select(self.model).where(among(columns)).options(*options)
        found: dict[Any, Model] = {}
        size = PARAMETERS // len(columns)
        for start in range(0, len(keys), size):
            part = {"keys": keys[start : start + size]}
            models = await self.session.scalars(statement, part)
            found |= {inspect(model).identity: model for model in models}
        identities = [key if isinstance(key, tuple) else (key,) for key in keys]
        return [found[identity] for identity in identities if identity in found]

    async def for_update(
        self,
        *criteria: ColumnElement[bool],
        options: Sequence[ORMOption] = (),
        include_deleted: bool = False,
    ) -> list[Model]:
        """Return the models that fit, locked until the end of the unit of work.

        What the session has changed is written before. All lock in the order of the
        primary key, so that two cannot wait for each other.
        """
        await self._flush()
        statement = select(self.model).where(*criteria).options(*options)
        statement = statement.order_by(*inspect(self.model).primary_key)
{% if mysql %}
        keys = await keys_of(
            self.session, self.model, *criteria, include_deleted=include_deleted
        )
        statement = statement.where(by_keys(self.model, keys))
        statement = statement.with_hint(self.model, BY_KEY)
{% endif %}
        models = await self.session.scalars(
            statement.with_for_update(of=self.model),
            execution_options={
                "populate_existing": True,
                "include_deleted": include_deleted,
            },
        )
        return list(models)

    async def count(self, *criteria: ColumnElement[bool]) -> int:
        """Return how many rows fit."""
        statement = select(func.count()).select_from(self.model).where(*criteria)
        return await self.session.scalar(statement) or 0

    async def exists(self, *criteria: ColumnElement[bool]) -> bool:
        """Tell whether a row fits."""
        statement = select(select(self.model).where(*criteria).exists())
        return bool(await self.session.scalar(statement))

    async def stream(self, statement: Select[Model]) -> AsyncScalarResult[Model]:
{% if mysql %}
        """Return models as they arrive, in constant memory.

        Until it is read to its end or closed, the session can send nothing else.
        """
{% else %}
        """Return models as they arrive, in constant memory."""
{% endif %}
        return await self.session.stream_scalars(
            statement.execution_options(yield_per=1000),
        )

    async def _flush(self) -> None:
        # What is locked is read again: what was not written would be lost.
        with own_errors():
            await self.session.flush()
{% endcall %}
