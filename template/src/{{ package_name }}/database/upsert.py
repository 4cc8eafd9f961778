"""The statement that inserts rows or updates the ones that are already there."""

from collections.abc import Sequence
from typing import Any

{% if mysql %}
from sqlalchemy import inspect, literal_column
{% else %}
from sqlalchemy import inspect, text
{% endif %}
from sqlalchemy.dialects.{{ database }} import Insert, insert
from sqlalchemy.sql.schema import ColumnElementColumnDefault

from .base import Base
{% if not mysql %}
from .mixins import SoftDelete
{% endif %}


def upsert(model: type[Base], key: Sequence[str], update: Sequence[str]) -> Insert:
    """Build the statement; the rows are given when it is executed.

    `key` names the columns of a unique constraint, `update` the columns to overwrite in
    a row that is there; with none of these such a row stays as it is.
    """
    statement = insert(model)
{% if mysql %}
    # MySQL finds the row by whichever unique constraint the new one collides with.
    changes = {name: statement.inserted[name] for name in update} | _touched(model)
    unchanged = {name: statement.inserted[name] for name in key}
    return statement.on_duplicate_key_update(changes if update else unchanged)
{% else %}
    living = text("deleted_at IS NULL") if issubclass(model, SoftDelete) else None
    if not update:
        return statement.on_conflict_do_nothing(index_elements=key, index_where=living)
    return statement.on_conflict_do_update(
        index_elements=key,
        index_where=living,
        set_={name: statement.excluded[name] for name in update} | _touched(model),
    )
{% endif %}


def _touched(model: type[Base]) -> dict[str, Any]:
    """Return what the ORM changes with every update: the time and the version."""
    mapper = inspect(model)
    touched: dict[str, Any] = {
        column.name: column.onupdate.arg
        for column in mapper.columns
        if isinstance(column.onupdate, ColumnElementColumnDefault)
    }
    version = mapper.version_id_col
    if version is not None:
{% if mysql %}
        # A literal: the drivers take no parameter behind VALUES.
        touched[version.name] = version + literal_column("1")
{% else %}
        touched[version.name] = version + 1
{% endif %}
    return touched
