"""The schema of a database, as facts that can be compared."""

{% if is_async %}
import asyncio
from collections.abc import Mapping
{% else %}
from collections.abc import Mapping
{% endif %}

from sqlalchemy import Connection, MetaData, inspect
from sqlalchemy.types import TypeEngine

import {{ package_name }}.main  # noqa: F401 (every model of the application)
from {{ package_name }}.database import Base, build_engine
from {{ package_name }}.settings import Settings, load_settings

from ...databases import temporary_database

# A table, and something that is true of it.
Fact = tuple[str, str]

KINDS = (
    "columns",
    "pk_constraint",
    "foreign_keys",
    "unique_constraints",
    "indexes",
    "check_constraints",
{% if not sqlite %}
    "table_comment",
{% endif %}
)


def facts(connection: Connection) -> set[Fact]:
    """Tell all of a schema but the order of columns, and what Alembic itself keeps."""
    inspector = inspect(connection)
    found = {(name, f"the table {name}") for name in inspector.get_table_names()}
    for name in inspector.get_view_names():
        definition = inspector.get_view_definition(name)
        found.add((name, f"the view {name}: {definition}"))
{% if postgresql %}
    for enum in inspector.get_enums():  # type: ignore[attr-defined]  # PostgreSQL only
        found.add((enum["name"], f"the type {_told(enum)}"))
{% endif %}
    for kind in KINDS:
        for (_, table), items in getattr(inspector, f"get_multi_{kind}")().items():
            for item in items if isinstance(items, list) else [items]:
                found.add((table, f"in {kind} of {table} {_told(item)}"))
    return {fact for fact in found if not fact[0].startswith("alembic_")}


def _told(item: object) -> str:
    if isinstance(item, Mapping):
        told = ((key, item[key]) for key in sorted(item) if item[key] is not None)
        return ", ".join(f"{key} {_told(value)}" for key, value in told)
    return repr(item) if isinstance(item, TypeEngine) else str(item)


{% from "hooks/unasync.jinja" import unasync with context %}
{% call unasync() %}
def migrated_schema() -> set[Fact]:
    """Tell the schema of the database of the settings."""
    return asyncio.run(_facts(load_settings()))


def modelled_schema() -> set[Fact]:
    """Tell the schema of the models, made without migrations in another database."""
    with temporary_database() as url:
        settings = load_settings().model_copy(update={"database_url": url})
        return asyncio.run(_facts(settings, Base.metadata))


async def _facts(settings: Settings, made: MetaData | None = None) -> set[Fact]:
    engine = build_engine(settings)
    async with engine.begin() as connection:
        if made is not None:
            await connection.run_sync(made.create_all)
        found = await connection.run_sync(facts)
    await engine.dispose()
    return found
{% endcall %}
