"""Connections to PostgreSQL: their timeouts, and what their errors may show."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from time import monotonic, sleep
from typing import Any, TypeVar
from zlib import crc32

import sqlalchemy as sa
from psycopg import AsyncConnection, Error, OperationalError
from psycopg.abc import PQGen
from psycopg.errors import PipelineAborted
from sqlalchemy import event
from sqlalchemy.exc import DBAPIError

from ..config import DatabaseConfig
from ..errors import StorageError, Unavailable

Result = TypeVar("Result")


class ConnectionWithReadTimeout(AsyncConnection[Any]):
    """Closes itself when the server gives no answer within `read_timeout` seconds."""

    read_timeout: float

    async def wait(self, gen: PQGen[Result], *args: Any, **kwargs: Any) -> Result:
        kwargs.setdefault("timeout", self.read_timeout)
        try:
            return await super().wait(gen, *args, **kwargs)
        except OperationalError as error:
            # One with a code is an answer, and what comes after it in a pipeline.
            if error.sqlstate is None and not isinstance(error, PipelineAborted):
                self.pgconn.finish()
            raise


def connect_args(config: DatabaseConfig) -> dict[str, Any]:
    """Return what psycopg and the server are told on each new connection."""
    arguments = {
        "application_name": config.database_application_name,
        "connect_timeout": round(config.database_connect_timeout),
        # A machine that vanished is noticed while waiting (keepalives) and while sending.
        "keepalives_idle": 5,
        "keepalives_interval": 5,
        "keepalives_count": 2,
        "tcp_user_timeout": 15_000,
    }
    if is_pooled(config):
        # The next transaction may be on a connection that has prepared nothing.
        return arguments | {"prepare_threshold": None}
    # Those of the URL would be replaced by ours.
    given = config.database_url.normalized_query.get("options", ())
    ours = (f"-c {name}={value}" for name, value in server_settings(config).items())
    return arguments | {"options": " ".join([*given, *ours])}


def is_pooled(config: DatabaseConfig) -> bool:
    """Return whether a pooler is in between; migrations go past it."""
    direct = config.database_url == config.database_migration_url
    return config.database_pooler is not None and not direct


def server_settings(config: DatabaseConfig) -> dict[str, object]:
    """Return what has to be set while the server works for us."""
    return {
        "statement_timeout": round(config.database_statement_timeout * 1000),
        "lock_timeout": round(config.database_lock_timeout * 1000),
        "idle_in_transaction_session_timeout": round(
            config.database_idle_timeout * 1000
        ),
        "TimeZone": "UTC",  # in which psycopg gives moments
    }


def configure(engine: sa.Engine, config: DatabaseConfig) -> None:
    """Limit how long the engine's connections wait; keep values out of their errors."""
    # Later than the server's own timeout, which leaves the connection whole.
    read_timeout = config.database_statement_timeout + 5

    async def connect(*args: Any, **options: Any) -> ConnectionWithReadTimeout:
        connection = await ConnectionWithReadTimeout.connect(*args, **options)
        connection.read_timeout = read_timeout
        return connection

    def prepare(_: object, __: object, args: object, options: dict[str, Any]) -> None:
        options["async_creator_fn"] = connect

    event.listen(engine, "do_connect", prepare)
    if is_pooled(config):
        event.listen(engine, "begin", _set_in_transaction(config))
    if engine.hide_parameters:
        event.listen(engine, "handle_error", _hide_details)


def _set_in_transaction(config: DatabaseConfig) -> Callable[[sa.Connection], None]:
    # What is set for longer would meet whom the pooler gives the connection next.
    settings = server_settings(config).items()
    statement = "; ".join(f"SET LOCAL {name} = '{value}'" for name, value in settings)

    def send(connection: sa.Connection) -> None:
        # waive: Q10 (settings of ours)
        connection.exec_driver_sql(statement)

    return send


def _hide_details(context: sa.ExceptionContext) -> None:
    original, wrapped = context.original_exception, context.sqlalchemy_exception
    message = str(original)
    hide_details(original)
    if wrapped is not None:
        wrapped.args = (str(wrapped.args[0]).replace(message, str(original)),)


def hide_details(error: BaseException) -> None:
    """Keep the primary message of the server: DETAIL and CONTEXT show what was sent."""
    if isinstance(error, Error) and error.diag.message_primary:
        error.args = (error.diag.message_primary,)


@contextmanager
def migration_lock(connection: sa.Connection, config: DatabaseConfig) -> Iterator[None]:
    """Wait until nobody else migrates. Raises Unavailable after DATABASE_MIGRATION_WAIT,
    and behind a pooler.

    The lock ends with the connection, also when the process is killed.
    """
    if config.database_pooler and not config.database_migration_url:
        raise Unavailable(
            "behind a pooler no lock holds: set DATABASE_MIGRATION_URL to the server"
        )
    wait = config.database_migration_wait
    end = monotonic() + wait
    # By polling: CREATE INDEX CONCURRENTLY would wait for a statement that waits.
    while not _lock_taken(connection):
        if monotonic() > end:
            raise Unavailable(f"another process migrates for over {wait:g} s")
        sleep(0.2)
    # What a killed process was doing ends soon; a server on Windows cannot tell.
    with suppress(DBAPIError, StorageError), connection.begin():
        connection.execute(sa.text("SET client_connection_check_interval = '2s'"))
    yield


def _lock_taken(connection: sa.Connection) -> bool:
    lock = sa.func.pg_try_advisory_lock(crc32(b"alembic"))
    with connection.begin():
        return bool(connection.scalar(sa.select(lock)))
