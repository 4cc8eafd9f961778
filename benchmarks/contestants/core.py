"""SQLAlchemy Core by hand: the project's tables and types, no entities, no repository."""

from collections.abc import Sequence
from typing import Any

from my_service.database.mixins import NOW
from sqlalchemy import (
    Executable,
    Select,
    and_,
    bindparam,
    insert,
    literal_column,
    or_,
    select,
    tuple_,
    update,
)
from sqlalchemy.dialects import mysql, postgresql, sqlite

from . import nested
from .contestant import Alchemist
from .inputs import CHANGED, COLUMNS, PAGE, Row
from .models import Archived, Child, Grandchild, Item, Parent

ITEMS: Any = Item.__table__
ARCHIVE: Any = Archived.__table__
PARENTS: Any = Parent.__table__
CHILDREN: Any = Child.__table__
GRANDCHILDREN: Any = Grandchild.__table__
NEXT_VERSION = ITEMS.c.version + literal_column("1")
READ = ("id", *COLUMNS, "created_at", "updated_at", "version")
ROWS = [ITEMS.c[name] for name in READ]
ARCHIVED = select(*(ARCHIVE.c[name] for name in READ))


def upsert_statement(target: Any, dialect: str) -> Executable:
    """Build the statement that inserts, or updates all but the key and counts it."""
    if dialect in ("mysql", "mariadb"):
        adding = mysql.insert(target)
        values = {name: adding.inserted[name] for name in CHANGED}
        return adding.on_duplicate_key_update(
            values | {"updated_at": NOW, "version": NEXT_VERSION}
        )
    make: Any = postgresql.insert if dialect == "postgresql" else sqlite.insert
    new = make(target)
    values = {name: new.excluded[name] for name in CHANGED}
    statement: Executable = new.on_conflict_do_update(
        index_elements=["sku"],
        set_=values | {"updated_at": NOW, "version": NEXT_VERSION},
    )
    return statement


def page_statement(
    statement: Select[Any], moment: Any, key: Any, position: Any, dialect: str
) -> Select[Any]:
    """Narrow a select to the page behind a position, in the way that its index takes."""
    statement = statement.order_by(moment.desc(), key.desc()).limit(PAGE)
    if position is None:
        return statement
    if dialect in ("mysql", "mariadb"):
        at, number = position
        behind = or_(moment < at, key < number)
        return statement.where(and_(moment <= at, behind))
    return statement.where(tuple_(moment, key) < position)


class Core(Alchemist):
    """Statements on tables, rows as results."""

    async def insert(self, rows: list[Row]) -> None:
        """Insert by executemany."""
        async with self.engine.begin() as connection:
            await connection.execute(insert(ITEMS), rows)

    async def upsert(self, rows: list[Row]) -> None:
        """Upsert by executemany."""
        statement = upsert_statement(ITEMS, self.engine.dialect.name)
        async with self.engine.begin() as connection:
            await connection.execute(statement, rows)

    async def update(self, rows: list[Row]) -> None:
        """Update by executemany; the project's column sets `updated_at` by itself."""
        names = [name for name in rows[0] if name != "id"]
        statement = (
            update(ITEMS)
            .where(ITEMS.c.id == bindparam("key"))
            .values({name: bindparam(name) for name in names})
            .values(version=NEXT_VERSION)
        )
        # A parameter must not have the name of the column that WHERE compares.
        keyed = [{"key": row["id"], **{n: row[n] for n in names}} for row in rows]
        async with self.engine.begin() as connection:
            await connection.execute(statement, keyed)

    async def get(self, keys: list[int]) -> Sequence[Any]:
        """Read row by row."""
        found = []
        async with self.engine.begin() as connection:
            for key in keys:
                result = await connection.execute(
                    select(*ROWS).where(ITEMS.c.id == key)
                )
                found.append(result.one())
        return found

    async def tree(self, shelf: int) -> Sequence[Any]:
        """Read each level by one statement."""
        async with self.engine.begin() as connection:
            result = await connection.execute(
                select(PARENTS).where(PARENTS.c.shelf == shelf).order_by(PARENTS.c.id)
            )
            parents = result.all()
            children = (
                await connection.execute(
                    _below(CHILDREN, "parent_id", "price_cents", parents)
                )
            ).all()
            grandchildren = (
                await connection.execute(
                    _below(GRANDCHILDREN, "child_id", "quantity", children)
                )
            ).all()
        return nested.parents(parents, children, grandchildren)

    async def page(self, position: Any) -> Sequence[Any]:
        """Read a page of rows."""
        statement = page_statement(
            ARCHIVED,
            ARCHIVE.c.listed_at,
            ARCHIVE.c.id,
            position,
            self.engine.dialect.name,
        )
        async with self.engine.begin() as connection:
            return list(await connection.execute(statement))

    async def stream(self, size: int) -> tuple[int, int]:
        """Take the rows as they arrive, a thousand at a time."""
        count = cents = 0
        statement = ARCHIVED.where(ARCHIVE.c.id <= size)
        async with self.engine.begin() as connection:
            result = await connection.stream(
                statement.execution_options(yield_per=1000)
            )
            async for row in result:
                count += 1
                cents += row.price_cents
        return count, cents


def _below(table: Any, reference: str, value: str, above: Sequence[Any]) -> Select[Any]:
    column = table.c[reference]
    columns = [table.c.id, table.c.name, table.c[value], column]
    keys = [row.id for row in above]
    return select(*columns).where(column.in_(keys)).order_by(table.c.id)
