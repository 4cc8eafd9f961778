"""Connections to MySQL and MariaDB: their timeouts, open streams and large rows."""

import asyncio
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from time import monotonic
from typing import Any

from asyncmy.connection import Connection as DriverConnection
from asyncmy.constants import CR, ER
from asyncmy.errors import OperationalError
from sqlalchemy import Connection, Engine, ExceptionContext, event, func, select, text
from sqlalchemy.engine.interfaces import DBAPIConnection

from ..config import DatabaseConfig
from ..errors import CheckFailed, Interrupted, Unavailable

# As Alembic makes it.
VERSIONS = """CREATE TABLE IF NOT EXISTS alembic_version
    (version_num VARCHAR(32) NOT NULL PRIMARY KEY)"""
REPLICATED_AT_ONCE = """SET wsrep_trx_fragment_unit = 'statements',
    wsrep_trx_fragment_size = 1, innodb_lock_wait_timeout = :wait,
    idle_transaction_timeout = 0"""


def connect_args(config: DatabaseConfig) -> dict[str, Any]:
    """Return what the driver and the server are told on each new connection."""
    seconds = config.database_statement_timeout
    connecting = round(config.database_connect_timeout)
    isolation = config.database_isolation.upper().replace(" ", "-")
    return {
        "charset": "utf8mb4",
        "program_name": config.database_application_name,
        "connect_timeout": connecting,
        # The comments are read by MariaDB only and by MySQL only.
        "init_command": (
            "SET time_zone = '+00:00', "
            f"innodb_lock_wait_timeout = {round(config.database_lock_timeout)}, "
            f"lock_wait_timeout = {round(config.database_lock_timeout)} "
            f"/*M! , max_statement_time = {seconds}, tx_isolation = '{isolation}'"
            f", idle_transaction_timeout = {round(config.database_idle_timeout)} */ "
            f"/*!80000 , max_execution_time = {round(seconds * 1000)}"
            f", transaction_isolation = '{isolation}' */"
        ),
    }


def configure(engine: Engine, config: DatabaseConfig) -> None:
    """Limit how long the engine's connections wait; refuse what the driver spoils."""
    # Later than the server's own timeout, which leaves the connection whole.
    read_timeout = round(config.database_statement_timeout) + 5

    async def connect_with_timeout(**options: Any) -> ConnectionWithReadTimeout:
        connection = await connect(**options)
        connection.read_timeout = read_timeout
        return connection

    def prepare(_: object, __: object, args: object, options: dict[str, Any]) -> None:
        options["async_creator_fn"] = connect_with_timeout

    event.listen(engine, "do_connect", prepare)

    event.listen(engine, "before_cursor_execute", _refuse_during_stream)
    _name_large_rows(engine)


class ConnectionWithReadTimeout(DriverConnection):
    """Closes itself when the server gives no answer within `read_timeout` seconds.

    In place of the driver's own timeouts: in Python 3.11 their asyncio.wait_for() forgets
    that a task was cancelled when the answer comes at the same time.
    """

    read_timeout: float
    _connect_timeout: float | None

    async def _fill_buffer(self, need: int) -> None:
        # Here the driver waits for the server, and nowhere else (asyncmy 0.2.14 to 0.2.18).
        driver: Any = super()
        try:
            async with asyncio.timeout(self.read_timeout):
                await driver._fill_buffer(need)
        except TimeoutError as error:
            self.close()
            raise OperationalError(CR.CR_SERVER_LOST, "no answer in time") from error


async def connect(
    *, connect_timeout: float, **options: Any
) -> ConnectionWithReadTimeout:
    """Connect and log in. Raises OperationalError when that takes `connect_timeout`."""
    driver: Any = ConnectionWithReadTimeout
    connection: ConnectionWithReadTimeout = driver(**options)
    connection.read_timeout = connect_timeout
    connection._connect_timeout = None
    try:
        async with asyncio.timeout(connect_timeout):
            await connection.connect()
    except TimeoutError as error:
        connection.close()
        raise OperationalError(CR.CR_CONN_HOST_ERROR, "no answer in time") from error
    return connection


def _name_large_rows(engine: Engine) -> None:
    """Take a row that is too large for what it is: the server hangs up when it comes."""
    limits: list[int] = []

    def ask_limit(connection: DBAPIConnection, _: object) -> None:
        cursor = connection.cursor()
        cursor.execute("SELECT @@max_allowed_packet")
        limits.extend(cursor.fetchall()[0])
        cursor.close()

    def name_it(context: ExceptionContext) -> CheckFailed | None:
        cause, sent = context.original_exception, context.parameters
        refused = cause.args[:1] == (ER.NET_PACKET_TOO_LARGE,)
        if refused or (sent and limits and _size(sent) >= limits[0]):
            context.is_disconnect = True
            return CheckFailed("a row is larger than the database takes")
        return None

    event.listen(engine, "first_connect", ask_limit)
    event.listen(engine, "handle_error", name_it)


def _refuse_during_stream(connection: Connection, *_: object) -> None:
    # The driver would end an open stream without a word (private names of asyncmy).
    driver: Any = connection.connection.driver_connection
    if driver._result is not None and driver._result.unbuffered_active:
        raise RuntimeError("read the stream to its end, or close it, before")


def _size(sent: object) -> int:
    """Return the bytes of a value, of the values of a row, or of the largest row."""
    if isinstance(sent, str | bytes):
        return len(sent.encode() if isinstance(sent, str) else sent)
    if isinstance(sent, list):
        return max(map(_size, sent), default=0)
    values = sent.values() if isinstance(sent, dict) else sent
    return sum(map(_size, values)) if isinstance(values, Iterable) else 0


@contextmanager
def migration_lock(connection: Connection, config: DatabaseConfig) -> Iterator[None]:
    """Wait until nobody else migrates. Raises Unavailable after DATABASE_MIGRATION_WAIT.

    The lock ends with the connection, also when the process is killed.
    """
    wait = config.database_migration_wait
    # The locks of a server have one name space for all of its databases.
    name = func.md5(func.concat("alembic ", func.database()))
    with connection.begin():
        taken = connection.scalar(select(func.get_lock(name, wait)))
        galera = connection.execute(text("SHOW VARIABLES LIKE 'wsrep_on'")).first()
    if not taken:
        raise Unavailable(f"another process migrates for over {wait:g} s")
    if galera is None or galera[1] != "ON":
        yield
        return
    # That lock holds on one node.
    with connection.engine.connect() as other:
        _lock_cluster(other, wait)
        with connection.begin():
            connection.execute(text("SET wsrep_sync_wait = 1"))
        yield


def _lock_cluster(connection: Connection, wait: float) -> None:
    """Lock by a row that is never committed, but replicated at once, to every node."""
    end = monotonic() + wait
    connection.execute(text(VERSIONS))
    connection.execute(text(REPLICATED_AT_ONCE), {"wait": round(wait)})
    while True:
        try:
            connection.execute(text("INSERT INTO alembic_version VALUES ('locked')"))
        except Interrupted:  # somebody else was sooner
            connection.rollback()
            if monotonic() > end:
                raise
        else:
            return
