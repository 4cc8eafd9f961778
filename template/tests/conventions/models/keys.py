"""Foreign keys: indexed, and clear about deletes."""

from collections.abc import Iterator

from sqlalchemy import Table

from ..finding import Finding
from .schema import keys, name_of, where


def foreign_keys_say_what_a_delete_does(table: Table) -> Iterator[Finding]:
    """M09."""
    for key in table.foreign_key_constraints:
        columns = list(key.columns)
        name, place = name_of(table, columns), where(table, columns)
        action = (key.ondelete or "").upper()
        if not action:
            wrong = f"{name} does not say what a delete does"
            instead = (
                'add ondelete="CASCADE", "RESTRICT" or "SET NULL" to its ForeignKey'
            )
            yield Finding("M09", place, wrong, instead)
        if action == "SET NULL" and not all(column.nullable for column in columns):
            wrong = f"a delete sets {name} to NULL, which it cannot be"
            instead = "annotate it `| None`, or choose another ondelete"
            yield Finding("M09", place, wrong, instead)


def foreign_keys_are_indexed(table: Table) -> Iterator[Finding]:
    """M10."""
    for key in table.foreign_key_constraints:
        columns = list(key.columns)
        names = {column.name for column in columns}
        if not any(set(others[: len(names)]) == names for others in keys(table)):
            wrong = f"{name_of(table, columns)} is a foreign key without an index"
            instead = (
                "add index=True"
                if len(columns) == 1
                else f"add Index(None, {', '.join(map(repr, sorted(names)))})"
            )
            yield Finding("M10", where(table, columns), wrong, instead)


def columns_without_an_index(table: Table) -> Iterator[tuple[str, str]]:
    """Yield M11 and the place of each column that leads no index.

    Which of them are asked for is known to the guards of the tests.
    """
    leading = {names[0] for names in keys(table)}
    for column in table.columns:
        if column.name not in leading:
            yield "M11", where(table, [column])
