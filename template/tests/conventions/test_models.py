"""What every table and every relationship has to be."""

import pytest
from sqlalchemy import Constraint, ForeignKeyConstraint, Index, Table
from sqlalchemy.orm import RelationshipProperty

import {{ package_name }}.main  # noqa: F401 (every model of the application)
from {{ package_name }}.database.base import Base

TABLES = list(Base.metadata.tables.values())
RELATIONSHIPS = [
    relationship
    for mapper in Base.registry.mappers
    if mapper.local_table in TABLES
    for relationship in mapper.relationships
]


@pytest.mark.parametrize("table", TABLES, ids=str)
def test_names_fit_every_database(table: Table) -> None:
    items: list[Constraint | Index] = [*table.constraints, *table.indexes]
    for item in items:
        assert 0 < len(str(item.name or "")) <= 63


@pytest.mark.parametrize("table", TABLES, ids=str)
def test_foreign_keys_are_indexed_and_say_what_a_delete_does(table: Table) -> None:
    indexed = [next(iter(index.columns)) for index in table.indexes]
    indexed.append(next(iter(table.primary_key.columns)))
    for key in table.constraints:
        if isinstance(key, ForeignKeyConstraint):
            assert key.ondelete, f"{key.name} has no ondelete"
            assert key.columns[0] in indexed, f"{key.name} has no index"


@pytest.mark.parametrize("relationship", RELATIONSHIPS, ids=str)
def test_relationships_load_nothing_by_surprise(
    relationship: RelationshipProperty[object],
) -> None:
    assert relationship.lazy in {"raise", "raise_on_sql", "write_only"}
