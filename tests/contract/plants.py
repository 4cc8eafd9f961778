"""Promises of the data layer, broken one by one."""

from dataclasses import dataclass

from cells import Cell

POSTGRESQL = Cell("postgresql", "fastapi", "async")
MYSQL = Cell("mysql", "none", "async")
SQLITE = Cell("sqlite", "none", "sync")


@dataclass(frozen=True)
class Broken:
    """`old` in a file of the package becomes `new`, and then `test` fails.

    What all databases share is broken on PostgreSQL, what is one's own on that one.
    """

    test: str
    file: str
    old: str
    new: str
    cell: Cell = POSTGRESQL


NEVER = "if False:\n"
PLANTS = [
    # Units of work
    Broken(
        "test_a_unit_of_work_is_committed",
        "database/session.py",
        "await _commit(session)\n",
        "pass\n",
    ),
    Broken(
        "test_a_unit_of_work_that_raises_is_rolled_back",
        "database/session.py",
        "await session.rollback()\n",
        "await session.commit()\n",
    ),
    Broken(
        "test_a_nested_unit_of_work_is_refused",
        "database/session.py",
        "raise RuntimeError(NESTED)\n",
        "yield\n        return\n",
    ),
    Broken(
        "test_a_nested_unit_of_work_is_refused",
        "database/session.py",
        "raise RuntimeError(NESTED)\n",
        "yield\n        return\n",
        SQLITE,
    ),
    Broken(
        "test_a_savepoint_fails_alone",
        "database/repository.py",
        "async with self.session.begin_nested():\n"
        "            self.session.add_all(models)\n",
        "async with self.session.no_autoflush:\n"
        "            self.session.add_all(models)\n",
    ),
    Broken(
        "test_an_interrupted_unit_of_work_is_retried",
        "database/session.py",
        "return isinstance(error, kinds) and lock_timeouts < 2\n",
        "return False\n",
    ),
    Broken(
        "test_other_errors_are_not_retried[conflict]",
        "database/session.py",
        "return isinstance(error, kinds) and lock_timeouts < 2\n",
        "return lock_timeouts < 2\n",
    ),
    Broken(
        "test_other_errors_are_not_retried[unknown commit]",
        "database/session.py",
        "return isinstance(error, kinds) and lock_timeouts < 2\n",
        "return isinstance(error, Unavailable) and lock_timeouts < 2\n",
    ),
    Broken(
        "test_other_errors_are_not_retried[lock timeout]",
        "database/session.py",
        "return isinstance(error, kinds) and lock_timeouts < 2\n",
        "return isinstance(error, kinds)\n",
    ),
    Broken(
        "test_a_request_with_a_key_is_carried_out_once",
        "database/idempotency.py",
        "if done.request != fingerprint:\n",
        NEVER,
    ),
    Broken(
        "test_a_request_with_a_key_is_carried_out_once",
        "database/idempotency.py",
        "return False\n    return True\n",
        "pass\n    return True\n",
    ),
    # Errors
    Broken(
        "test_a_refused_write_says_why[taken]",
        "database/translation.py",
        "columns = _attributes(mapper, _columns(item))\n",
        "pass\n",
    ),
    Broken(
        "test_a_refused_write_says_why[reference]",
        "database/postgresql/errors.py",
        "errors.ForeignKeyViolation: ReferenceMissing,\n",
        "",
    ),
    Broken(
        "test_a_refused_write_says_why[reference]",
        "database/sqlite/connection.py",
        'cursor.execute("PRAGMA foreign_keys = ON")\n',
        "pass\n",
        SQLITE,
    ),
    Broken(
        "test_a_refused_write_says_why[check]",
        "database/mysql/errors.py",
        "ER.CONSTRAINT_FAILED: CheckFailed,  # MariaDB\n"
        "    CHECK_CONSTRAINT_VIOLATED: CheckFailed,\n",
        "",
        MYSQL,
    ),
    Broken(
        "test_a_refused_write_says_why[null]",
        "database/postgresql/errors.py",
        "columns = (diagnosis.column_name,) if diagnosis.column_name else ()\n",
        "columns = ()\n",
    ),
    Broken(
        "test_a_refused_write_says_why[taken]",
        "database/postgresql/bulk.py",
        "return translated(wrapped) or wrapped\n",
        "return wrapped\n",
    ),
    Broken(
        "test_a_row_in_use_is_not_deleted",
        "database/postgresql/errors.py",
        "kind = Conflict\n",
        "pass\n",
    ),
    Broken(
        "test_what_is_not_there_is_not_found",
        "database/repository.py",
        "raise NotFound(self.model, key)\n",
        "raise LookupError(key)\n",
    ),
    Broken(
        "test_no_error_shows_what_was_sent",
        "database/engine.py",
        "hide_parameters=not config.database_echo,\n",
        "",
    ),
    # Models
    Broken(
        "test_the_database_fills_in_with_the_write",
        "database/base.py",
        '__mapper_args__ = {"eager_defaults": True}\n',
        '__mapper_args__ = {"eager_defaults": False}\n',
    ),
    Broken(
        "test_a_stale_write_is_refused",
        "database/mixins.py",
        '{**Base.__mapper_args__, "version_id_col": cls.version}',
        "Base.__mapper_args__",
    ),
    Broken(
        "test_a_stale_write_is_refused",
        "database/session.py",
        "raise Stale(",
        "raise ValueError(",
    ),
    Broken(
        "test_a_stale_write_is_refused",
        "database/mixins.py",
        "server_default=NOW, onupdate=NOW, sort_order=90\n",
        "server_default=NOW, sort_order=90\n",
    ),
    Broken(
        "test_what_is_deleted_softly_is_hidden",
        "database/session.py",
        "known[given] = given.options(NOT_DELETED)\n",
        "known[given] = given\n",
    ),
    Broken(
        "test_what_is_deleted_softly_is_hidden",
        "database/repository.py",
        "return None if deleted else model\n",
        "return model\n",
    ),
    Broken(
        "test_what_is_deleted_softly_is_hidden",
        "database/soft_delete.py",
        ", postgresql_where=where",
        "",
    ),
    Broken(
        "test_what_is_deleted_softly_is_hidden",
        "database/soft_delete.py",
        'Computed("CASE WHEN deleted_at IS NULL THEN 1 END")',
        'Computed("1")',
        MYSQL,
    ),
    Broken(
        "test_a_value_comes_back",
        "database/types.py",
        "return value and value.astimezone(UTC)\n",
        "return value and value.replace(tzinfo=UTC)\n",
    ),
    Broken(
        "test_a_value_comes_back",
        "database/types.py",
        "return self._members.get(value) or _unknown(self.members, value)\n",
        "return value\n",
    ),
    Broken(
        "test_a_value_comes_back",
        "database/rows.py",
        "if convert is not None:\n",
        "if False:\n",
    ),
    Broken(
        "test_a_value_comes_back",
        "database/types.py",
        "return value and value.replace(tzinfo=UTC)\n",
        "return value\n",
        SQLITE,
    ),
    Broken(
        "test_an_invalid_value_is_refused[naive]",
        "database/types.py",
        "if value is not None and value.utcoffset() is None:\n",
        NEVER,
    ),
    Broken(
        "test_an_invalid_value_is_refused[no member]",
        "database/translation.py",
        "return errors.CheckFailed(str(error.orig))\n",
        "return None\n",
    ),
    Broken(
        "test_an_invalid_value_is_refused[too long]",
        "database/base.py",
        "if length:\n",
        "if False:\n",
        SQLITE,
    ),
    # Many rows
    Broken(
        "test_rows_are_inserted_and_updated",
        "database/postgresql/bulk.py",
        "inserted += counts.inserted\n",
        "inserted += len(chunk)\n",
    ),
    Broken(
        "test_rows_are_inserted_and_updated",
        "database/postgresql/bulk.py",
        "where=sa.or_(*(stored[name].is_distinct_from(new[name]) for name in update)),\n",
        "",
    ),
    Broken(
        "test_rows_are_inserted_and_updated",
        "database/sqlite/bulk.py",
        "where=sa.or_(*(stored[name].is_distinct_from(new[name]) for name in update)),\n",
        "",
        SQLITE,
    ),
    Broken(
        "test_rows_are_inserted_and_updated",
        "database/mysql/bulk.py",
        "return Upserted(len(rows) - there, sent - len(rows))\n",
        "return Upserted(len(rows) - there, sent)\n",
        MYSQL,
    ),
    Broken(
        "test_rows_are_inserted_and_updated",
        "database/rows.py",
        'values[version.name] = version + sa.literal_column("1")\n',
        "pass\n",
    ),
    Broken(
        "test_models_are_returned_in_order",
        "database/mysql/bulk.py",
        "return [inserted[tuple(key)] for key in keys]\n",
        "return [inserted[tuple(key)] for key in reversed(keys)]\n",
        MYSQL,
    ),
    Broken(
        "test_models_are_returned_in_order",
        "database/repository.py",
        "statement.execution_options(yield_per=1000)\n",
        "statement.limit(1)\n",
    ),
    Broken(
        "test_the_pages_together_are_the_list[NULLs last]",
        "database/keyset.py",
        "if self.nullable and not self.nulls_first:\n",
        NEVER,
    ),
    Broken(
        "test_the_pages_together_are_the_list[NULLs first]",
        "database/keyset.py",
        "return self.column.is_not(None) if self.nulls_first else sa.false()\n",
        "return sa.false()\n",
    ),
    Broken(
        "test_the_pages_together_are_the_list[three columns]",
        "database/keyset.py",
        "sa.or_(key.after(value), criterion)",
        "key.after(value)",
    ),
    Broken(
        "test_a_forged_cursor_is_refused",
        "database/pages.py",
        "if name != _name(keys):\n",
        NEVER,
    ),
    Broken(
        "test_a_forged_cursor_is_refused",
        "database/pages.py",
        "secret, salt=",
        '"secret", salt=',
    ),
    # Locks and settings
    Broken(
        "test_what_is_locked_is_read_again",
        "database/repository.py",
        '"populate_existing": True,\n',
        "",
    ),
    Broken(
        "test_what_is_locked_is_read_again",
        "database/repository.py",
        "statement.order_by(*primary),\n",
        "statement,\n",
    ),
    Broken(
        "test_what_is_locked_is_read_again",
        "database/repository.py",
        '"populate_existing": True,\n',
        "",
        SQLITE,
    ),
    Broken(
        "test_a_lock_is_not_waited_for_longer_than_set",
        "database/postgresql/connection.py",
        '"lock_timeout": round(config.database_lock_timeout * 1000),\n',
        '"lock_timeout": 2000,\n        "statement_timeout": 1000,\n',
    ),
    Broken(
        "test_a_lock_is_not_waited_for_longer_than_set",
        "database/sqlite/errors.py",
        "return LockTimeout if locked else None\n",
        "return None\n",
        SQLITE,
    ),
    Broken(
        "test_no_more_connections_than_set_are_used",
        "database/session.py",
        "if isinstance(error, PoolTimeout):\n",
        "if False:\n",
    ),
    Broken(
        "test_no_more_connections_than_set_are_used",
        "database/engine.py",
        "max_overflow=config.database_max_overflow,\n",
        "",
    ),
    Broken(
        "test_a_slow_statement_is_logged_without_parameters",
        "database/engine.py",
        "if seconds >= slow:\n",
        "if seconds >= 3600:\n",
    ),
    Broken(
        "test_a_slow_statement_is_logged_without_parameters",
        "database/engine.py",
        'logger.warning("slow statement, %.3f s: %s", seconds, text)\n',
        'logger.warning("slow statement, %s: %s", text, __)\n',
    ),
    # Requests
    Broken(
        "test_what_the_commit_refuses_is_told[-1-422]",
        "web.py",
        'RequestSession = Annotated[AsyncSession, Depends(request_session, scope="function")]',
        "RequestSession = Annotated[AsyncSession, Depends(request_session)]",
    ),
]
