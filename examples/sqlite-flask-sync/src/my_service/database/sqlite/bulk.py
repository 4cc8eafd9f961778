"""Writing many rows with few statements, each prepared once for all of them."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any, Generic, TypeVar, cast

import sqlalchemy as sa
from sqlalchemy.dialects.sqlite import Insert, insert
from sqlalchemy.orm import Session

from ..base import Base
from ..rows import (
    Encoder,
    RowValues,
    Upserted,
    chunks,
    deduplicate,
    implicit_updates,
    rows_like,
    table_of,
)
from ..soft_delete import SoftDelete

Model = TypeVar("Model", bound=Base)


@dataclass(eq=False)
class BulkWriter(Generic[Model]):
    """Writes rows, given as mappings from column to value, past the identity map.

    All rows of a call are written or none. Raises Conflict, ReferenceMissing or
    CheckFailed; ValueError unless all rows have the same columns.
    """

    session: Session
    model: type[Model] = field(init=False)  # each subclass names its own

    def insert_many(self, rows: Iterable[RowValues]) -> int:
        """Insert rows in chunks and return how many."""
        count = 0
        with self.session.begin_nested():
            for chunk in chunks(self.model, rows):
                insert_rows(self.session, table_of(self.model), chunk)
                count += len(chunk)
        return count

    def insert_returning(self, rows: Iterable[RowValues]) -> list[Model]:
        """Insert rows in chunks and return their models, in the order of the rows."""
        new = insert(self.model).returning(self.model, sort_by_parameter_order=True)
        models: list[Model] = []
        with self.session.begin_nested():
            for chunk in chunks(self.model, rows):
                models += self.session.scalars(new, chunk)
        return models

    def upsert_many(
        self, rows: Iterable[RowValues], *, key: Sequence[str], update: Sequence[str]
    ) -> Upserted:
        """Insert rows in chunks, or update those whose `key` is there already.

        `key` names the columns of a unique constraint, `update` what is overwritten in
        a row that is there; one that does not differ in these is not written. Of rows
        with the same key in one chunk the last counts. Raises TypeError when something
        else is to be set with every update and is not SQL.
        """
        for column in table_of(self.model).columns:
            onupdate: Any = column.onupdate
            if onupdate and not onupdate.is_clause_element and column.key not in update:
                reason = f"the onupdate of {column} is not SQL: add it to `update`"
                raise TypeError(reason)
        inserted = updated = 0
        with self.session.begin_nested():
            for chunk in chunks(self.model, rows, needed=[*key, *update]):
                counts = self._upsert(deduplicate(chunk, key), key, update)
                inserted += counts.inserted
                updated += counts.updated
        return Upserted(inserted, updated)

    def update_many(self, rows: Iterable[RowValues]) -> int:
        """Update rows, found by their primary key, in chunks; return how many."""
        primary = table_of(self.model).primary_key
        keys = {column.key: f"_{column.key}" for column in primary}
        criteria = [column == sa.bindparam(keys[column.key]) for column in primary]
        if issubclass(self.model, SoftDelete):
            criteria.append(self.model.deleted_at.is_(None))
        statement = sa.update(primary.table).where(*criteria)
        count = 0
        with self.session.begin_nested():
            connection = self.session.connection()
            for chunk in chunks(self.model, rows, needed=keys):
                values = [{keys.get(n, n): row[n] for n in row} for row in chunk]
                changes = implicit_updates(self.model, chunk[0])
                result = connection.execute(statement.values(changes), values)
                count += result.rowcount
        return count

    def update_where(
        self,
        *criteria: sa.ColumnElement[bool],
        include_deleted: bool = False,
        **values: Any,
    ) -> int:
        """Set columns of every row that matches and return how many were changed."""
        statement = sa.update(self.model).values(implicit_updates(self.model) | values)
        return self._write(statement.where(*criteria), include_deleted)

    def delete_where(
        self, *criteria: sa.ColumnElement[bool], include_deleted: bool = False
    ) -> int:
        """Delete every row that matches, for good, and return how many."""
        statement = sa.delete(self.model).where(*criteria)
        return self._write(statement, include_deleted)

    def _write(
        self,
        statement: sa.Update | sa.Delete,
        include_deleted: bool,
    ) -> int:
        options = {"include_deleted": include_deleted}
        result = self.session.execute(statement, execution_options=options)
        return cast("sa.CursorResult[Any]", result).rowcount

    def _upsert(
        self, rows: Sequence[RowValues], key: Sequence[str], update: Sequence[str]
    ) -> Upserted:
        table, statement = table_of(self.model), _or_update(self.model, key, update)
        number: sa.ColumnElement[int] = sa.literal_column("rowid")
        if any(column.key in rows[0] for column in table.primary_key):
            there = self._count(rows_like(self.model, rows, key))
            inserted = len(rows) - there
            written = _send(self.session, table, statement, rows)
        else:
            # New rows get the next numbers, and nobody else writes meanwhile.
            newest = sa.select(sa.func.max(number)).select_from(table)
            last = self.session.scalar(newest)
            written = _send(self.session, table, statement, rows)
            inserted = self._count(number > (last or 0))
        return Upserted(inserted, written - inserted)

    def _count(self, criterion: sa.ColumnElement[bool]) -> int:
        statement = sa.select(sa.func.count()).select_from(self.model).where(criterion)
        return self.session.scalar(statement) or 0


def _or_update(
    model: type[Base], key: Collection[str], update: Collection[str]
) -> Insert:
    table, statement = table_of(model), insert(table_of(model))
    where = sa.text("deleted_at IS NULL") if issubclass(model, SoftDelete) else None
    if not update:
        return statement.on_conflict_do_nothing(index_elements=key, index_where=where)
    stored, new = table.columns, statement.excluded
    return statement.on_conflict_do_update(
        index_elements=key,
        index_where=where,
        set_={name: new[name] for name in update} | implicit_updates(model, update),
        where=sa.or_(*(stored[name].is_distinct_from(new[name]) for name in update)),
    )


def insert_rows(
    session: Session,
    table: sa.Table,
    rows: Sequence[RowValues],
) -> None:
    """Insert rows that have the same columns."""
    _send(session, table, insert(table), rows)


def _send(
    session: Session,
    table: sa.Table,
    statement: Insert,
    rows: Sequence[RowValues],
) -> int:
    connection = session.connection()
    encode = Encoder(table, rows[0].keys(), connection.dialect)
    names = [column.key for column in encode.columns]
    compiled = statement.compile(dialect=connection.dialect, column_keys=names)
    values = list(map(encode, rows))
    # waive: Q10 (SQLAlchemy has compiled it)
    result = connection.exec_driver_sql(str(compiled), values)
    return result.rowcount
