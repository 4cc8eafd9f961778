"""What is particular to MySQL, MariaDB and {{ 'asyncmy' if is_async else 'PyMySQL' }}."""

from collections.abc import Iterable
from typing import Any

from {{ driver }}.constants import ER
from sqlalchemy import (
    JSON,
    BigInteger,
    Connection,
    Engine,
    ExceptionContext,
    Float,
    String,
    Uuid,
    event,
    text,
)
from sqlalchemy.dialects.mysql import DATETIME, FLOAT, LONGBLOB, LONGTEXT
from sqlalchemy.dialects.mysql import TIME as MYSQL_TIME
from sqlalchemy.engine.interfaces import DBAPIConnection
{% if not is_async %}
from sqlalchemy.pool import ConnectionPoolEntry
{% endif %}

from .config import DatabaseConfig
from .errors import CheckFailed
{% if is_async %}
from .patience import PatientConnection, connect
{% endif %}

MOMENT = DATETIME(fsp=6)
PLAIN_MOMENT = "mysql.DATETIME(fsp=6)"
TIME = MYSQL_TIME(fsp=6)
# TEXT and BLOB end at 64 KiB.
LONG_TEXT = LONGTEXT(collation="utf8mb4_bin")
BLOB = LONGBLOB()
# The same column on MySQL and on MariaDB, which has a type of its own for it.
UUID = Uuid(native_uuid=False)
NOW = text("CURRENT_TIMESTAMP(6)")
DOCUMENT = JSON(none_as_null=True)
BIG_KEY = BigInteger()
# Read with fewer digits than are stored and compared.
ROUNDED = {Float, FLOAT}


def string(length: int) -> String:
    """Return the type of a text of at most `length` characters.

    It is compared letter by letter; MySQL's default collation takes "a" for "A".
    """
    return String(length, collation="utf8mb4_bin")


# As on other databases: each statement sees what is committed by then.
ISOLATION = "READ-COMMITTED"


def connect_args(config: DatabaseConfig) -> dict[str, Any]:
    """Return what the driver and the server are told on each new connection."""
    seconds = config.database_statement_timeout
    connecting = round(config.database_connect_timeout)
    return {
        "charset": "utf8mb4",
        "program_name": config.database_application_name,
        "connect_timeout": connecting,
{% if not is_async %}
        # For the log-in; `notice_silence` sets it for what comes then.
        "read_timeout": connecting,
        "write_timeout": round(seconds) + 5,
{% endif %}
        # The comments are read by MariaDB only and by MySQL only.
        "init_command": (
            "SET time_zone = '+00:00', "
            f"innodb_lock_wait_timeout = {round(config.database_lock_timeout)}, "
            f"lock_wait_timeout = {round(config.database_lock_timeout)} "
            f"/*M! , max_statement_time = {seconds}, tx_isolation = '{ISOLATION}' */ "
            f"/*!80000 , max_execution_time = {round(seconds * 1000)}"
            f", transaction_isolation = '{ISOLATION}' */"
        ),
    }


def notice_silence(engine: Engine, config: DatabaseConfig) -> None:
    """Make connections give up a server that no longer answers, not even too late."""

{% if is_async %}
    async def connect_patiently(**options: Any) -> PatientConnection:
        connection = await connect(**options)
        connection.patience = config.database_statement_timeout + 5
        return connection

    def prepare(_: object, __: object, args: object, options: dict[str, Any]) -> None:
        options["async_creator_fn"] = connect_patiently

    event.listen(engine, "do_connect", prepare)
{% else %}
    def configure(connection: DBAPIConnection, record: ConnectionPoolEntry) -> None:
        driver: Any = record.driver_connection
        driver._read_timeout = round(config.database_statement_timeout) + 5

    event.listen(engine, "connect", configure)
{% endif %}
    event.listen(engine, "before_cursor_execute", _leave_streams_whole)


def _leave_streams_whole(connection: Connection, *_: object) -> None:
    # The driver would end a stream that is open, without a word.
    driver: Any = connection.connection.driver_connection
    if driver._result is not None and driver._result.unbuffered_active:
        raise RuntimeError("read the stream to its end, or close it, before")


def clarify_errors(engine: Engine) -> None:
    """Take a row that is too large for what it is: the server hangs up when it comes."""
    limits: list[int] = []

    def ask(connection: DBAPIConnection, _: object) -> None:
        cursor = connection.cursor()
        cursor.execute("SELECT @@max_allowed_packet")
        limits.extend(cursor.fetchall()[0])
        cursor.close()

    def tell(context: ExceptionContext) -> None:
        cause, sent = context.original_exception, context.parameters
        refused = cause.args[:1] == (ER.NET_PACKET_TOO_LARGE,)
        if refused or (sent and limits and _size(sent) >= limits[0]):
            context.is_disconnect = True
            raise CheckFailed("a row is larger than the database takes") from cause

    event.listen(engine, "first_connect", ask)
    event.listen(engine, "handle_error", tell)


def _size(sent: object) -> int:
    """Return the bytes of a value, of the values of a row, or of the largest row."""
    if isinstance(sent, str | bytes):
        return len(sent.encode() if isinstance(sent, str) else sent)
    if isinstance(sent, list):
        return max(map(_size, sent), default=0)
    values = sent.values() if isinstance(sent, dict) else sent
    return sum(map(_size, values)) if isinstance(values, Iterable) else 0
