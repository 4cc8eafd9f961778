"""What every table and every relationship has to be; CONVENTIONS.md says why."""

from collections.abc import Iterator

from sqlalchemy import Constraint, ForeignKeyConstraint, Index, Table

import {{ package_name }}.main  # noqa: F401 (every model of the application)
from {{ package_name }}.database.base import Base

TABLES = list(Base.metadata.tables.values())
MAPPERS = [mapper for mapper in Base.registry.mappers if mapper.local_table in TABLES]


def constraints_and_indexes() -> Iterator[tuple[Table, Constraint | Index]]:
    for table in TABLES:
        for item in (*table.constraints, *table.indexes):
            if isinstance(item, Constraint | Index):
                yield table, item


def test_names_fit_every_database() -> None:
    for table, item in constraints_and_indexes():
        assert 0 < len(str(item.name or "")) <= 63, f"M13: {table}: {item.name!r}"


def test_foreign_keys_are_indexed_and_say_what_a_delete_does() -> None:
    for table, key in constraints_and_indexes():
        if isinstance(key, ForeignKeyConstraint):
            firsts = [next(iter(index.columns)) for index in table.indexes]
            firsts.append(next(iter(table.primary_key.columns)))
            assert key.ondelete, f"M09: {key.name} has no ondelete"
            assert key.columns[0] in firsts, f"M10: {key.name} has no index"


def test_relationships_load_nothing_by_surprise() -> None:
    for mapper in MAPPERS:
        for relationship in mapper.relationships:
            assert relationship.lazy in {"raise", "raise_on_sql", "write_only"}, (
                f"M19: {relationship} is lazy={relationship.lazy!r}"
            )
