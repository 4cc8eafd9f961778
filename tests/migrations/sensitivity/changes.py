"""Changes of models, one of each kind: the tables before it and after it."""

from collections.abc import Callable
from typing import Any

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Column,
    Computed,
    DateTime,
    Enum,
    ForeignKey,
    Index,
    Integer,
    MetaData,
    Numeric,
    String,
    Table,
    UniqueConstraint,
    text,
)
from sqlalchemy.dialects.mysql import DATETIME
from sqlalchemy.dialects.postgresql import TIMESTAMP

# Columns and constraints belong to one table: each table gets new ones.
Item = Callable[[], Any]
Tables = Callable[[MetaData], Any]


def column(name: str, *arguments: Any, **options: Any) -> Item:
    return lambda: Column(name, *arguments, **options)


def index(*columns: Any, **options: Any) -> Item:
    return lambda: Index("ix_samples", *columns, **options)


def partial(condition: str) -> Item:
    where = text(condition)
    return index("a", postgresql_where=where, sqlite_where=where)


def check(condition: str) -> Item:
    return lambda: CheckConstraint(condition, name="positive")


def reference(**options: Any) -> Item:
    return column("other", ForeignKey("others.id", **options), index=True)


def others(metadata: MetaData) -> None:
    Table("others", metadata, Column("id", Integer, primary_key=True))


def tables(*items: Item, name: str = "samples", **options: Any) -> Tables:
    """Two tables, of which one has the items."""

    def make(metadata: MetaData) -> None:
        others(metadata)
        made = [item() for item in items]
        if not any(getattr(item, "primary_key", False) for item in made):
            made.insert(0, Column("id", Integer, primary_key=True))
        Table(name, metadata, *made, **options)

    return make


def typed(before: Any, after: Any) -> tuple[Tables, Tables]:
    return tables(column("a", before)), tables(column("a", after))


def seconds(digits: int) -> Any:
    """The type of a moment, with digits behind the seconds."""
    return (
        DateTime()
        .with_variant(DATETIME(fsp=digits), "mysql", "mariadb")
        .with_variant(TIMESTAMP(precision=digits), "postgresql")
    )


def words(*members: str) -> Enum:
    return Enum(*members, name="words")


PLAIN = tables(column("a", Integer), column("b", Integer))
A, B = column("a", Integer), column("b", Integer)
DEFAULT = column("a", Integer, server_default=text("1"))
KEY = column("id", Integer, primary_key=True, autoincrement=False)

CHANGES: dict[str, tuple[Tables, Tables]] = {
    "column added": (tables(A), PLAIN),
    "column removed": (PLAIN, tables(A)),
    "column renamed": (tables(A), tables(B)),
    "nullable": (tables(A), tables(column("a", Integer, nullable=False))),
    "type": typed(Integer, String(50)),
    "size of an integer": typed(Integer, BigInteger),
    "length": typed(String(50), String(80)),
    "precision": typed(Numeric(10, 2), Numeric(12, 2)),
    "scale": typed(Numeric(10, 2), Numeric(10, 4)),
    "digits of seconds": typed(seconds(0), seconds(6)),
    "time zone": typed(DateTime(timezone=False), DateTime(timezone=True)),
    "default added": (tables(A), tables(DEFAULT)),
    "default changed": (
        tables(DEFAULT),
        tables(column("a", Integer, server_default=text("2"))),
    ),
    "default removed": (tables(DEFAULT), tables(A)),
    "computed value": (
        tables(A, column("b", Integer, Computed("a + 1"))),
        tables(A, column("b", Integer, Computed("a + 2"))),
    ),
    "primary key": (
        tables(KEY, column("a", Integer, nullable=False)),
        tables(
            KEY,
            column("a", Integer, nullable=False, primary_key=True, autoincrement=False),
        ),
    ),
    "autoincrement": (tables(KEY), tables(column("id", Integer, primary_key=True))),
    "index added": (PLAIN, tables(A, B, index("a"))),
    "index removed": (tables(A, B, index("a")), PLAIN),
    "columns of an index": (tables(A, B, index("a")), tables(A, B, index("b"))),
    "order of an index": (tables(A, B, index("a", "b")), tables(A, B, index("b", "a"))),
    "uniqueness of an index": (
        tables(A, index("a")),
        tables(A, index("a", unique=True)),
    ),
    "condition of an index": (tables(A, partial("a > 0")), tables(A, partial("a > 1"))),
    "unique added": (tables(A), tables(A, lambda: UniqueConstraint("a"))),
    "unique removed": (tables(A, lambda: UniqueConstraint("a")), tables(A)),
    "foreign key added": (
        tables(column("other", Integer, index=True)),
        tables(reference()),
    ),
    "foreign key removed": (
        tables(reference()),
        tables(column("other", Integer, index=True)),
    ),
    "ON DELETE": (tables(reference()), tables(reference(ondelete="CASCADE"))),
    "CHECK added": (tables(A), tables(A, check("a > 0"))),
    "CHECK removed": (tables(A, check("a > 0")), tables(A)),
    "CHECK changed": (tables(A, check("a > 0")), tables(A, check("a > 1"))),
    "comment of a column": (tables(A), tables(column("a", Integer, comment="why"))),
    "comment of a table": (tables(A), tables(A, comment="why")),
    "table added": (others, tables(A)),
    "table removed": (tables(A), others),
    "table renamed": (tables(name="samples"), tables(name="examples")),
    "member of an enum": typed(words("one", "two"), words("one", "two", "four")),
}
