"""Changing many rows in a migration: in batches, each committed by itself."""

import logging
from hashlib import sha256
from time import monotonic
from typing import Any

import sqlalchemy as sa
from alembic import op
from alembic.runtime.migration import MigrationContext
from alembic.util import CommandError

SECONDS_BETWEEN_LINES = 5
PROGRESS = "%s: %d of %d rows, %d a second, %d s left"
# Below Alembic's logger, so that its lines are printed too.
logger = logging.getLogger("alembic.runtime.migration.progress")
# How far each change has come. The table is dropped when the revision is done.
POSITIONS = sa.Table(
    "alembic_backfill",
    sa.MetaData(),
    sa.Column("name", sa.String(64), primary_key=True),
    sa.Column("change", sa.Text, nullable=False),
    sa.Column("position", sa.Text),
    sa.Column("done", sa.Boolean, nullable=False),
)


class NoScript(CommandError):
    """A revision cannot be printed as SQL."""


def backfill(
    change: sa.Update | sa.Delete, *, key: sa.ColumnElement[Any], batch: int = 1000
) -> None:
    """Change the rows of a table, `batch` of them in a transaction.

    `key` is an indexed column of integers, texts or UUIDs that the change leaves alone.
    A change that was interrupted goes on after its last batch when the migration is run
    again, so that each row is changed once. Raises CommandError if it was another one.
    """
    context = op.get_context()
    if context.as_sql:
        raise NoScript("a backfill looks at the rows: upgrade without --sql")
    if not isinstance(key.type, sa.Integer | sa.String | sa.Uuid):
        raise CommandError(f"backfill(key={key}): give the type of its column")
    with context.autocommit_block(), op.get_bind().engine.connect() as connection:
        rows = _Rows(connection, change, key)
        rows.resume_or_begin()
        began = logged = monotonic()
        done, total = 0, rows.count()
        while changed := rows.change_next(batch):
            done, now = done + changed, monotonic()
            if now - logged >= SECONDS_BETWEEN_LINES or done >= total:
                logged, rate = now, done / max(now - began, 0.001)
                left = max(total - done, 0) / rate
                logger.info(PROGRESS, change.table, done, total, rate, left)
    context.on_version_apply_callbacks += (_forget,)


class _Rows:
    def __init__(
        self,
        connection: sa.Connection,
        change: sa.Update | sa.Delete,
        key: sa.ColumnElement[Any],
    ) -> None:
        self.connection, self.change, self.key = connection, change, key
        compiled = change.compile(connection)
        self.text = f"{compiled} {compiled.params}"
        self.name = sha256(self.text.encode()).hexdigest()
        self.mine = POSITIONS.c.name == self.name

    def resume_or_begin(self) -> None:
        """Find the position of the change, or store that it begins."""
        with self.connection.begin():
            POSITIONS.create(self.connection, checkfirst=True)
            known = self.connection.execute(sa.select(POSITIONS)).all()
            for other in known:
                if other.name != self.name and not other.done:
                    raise CommandError(f"a backfill was stopped: {other.change}")
            if self.name not in {one.name for one in known}:
                row = {"name": self.name, "change": self.text, "done": False}
                self.connection.execute(POSITIONS.insert().values(row))

    def count(self) -> int:
        """Count the rows that are still to change."""
        with self.connection.begin():
            count = sa.select(sa.func.count()).select_from(self.change.table)
            return self.connection.scalar(count.where(self._to_come())) or 0

    def change_next(self, batch: int) -> int:
        """Change the next rows, store the position, and return how many they were."""
        with self.connection.begin():
            rows = self._to_come()
            keys = sa.select(self.key).where(rows).order_by(self.key).limit(batch)
            batch_keys = self.connection.scalars(keys).all()
            now: dict[str, Any] = {"done": True}
            if batch_keys:
                last = batch_keys[-1]
                self.connection.execute(self.change.where(rows, self.key <= last))
                now = {"position": str(last)}
            self.connection.execute(POSITIONS.update().where(self.mine).values(now))
        return len(batch_keys)

    def _to_come(self) -> sa.ColumnElement[bool]:
        """Return the criterion of the remaining rows; lock the position until the commit."""
        position = sa.select(POSITIONS.c.position).where(self.mine).with_for_update()
        last = self.connection.scalar(position)
        return sa.true() if last is None else self.key > self.key.type.python_type(last)


def _forget(*, ctx: MigrationContext, **_: object) -> None:
    """Drop the positions in the transaction that records the revision."""
    connection = ctx.connection
    if connection is not None and sa.inspect(connection).has_table(POSITIONS.name):
        connection.execute(POSITIONS.delete())
        POSITIONS.drop(connection)
