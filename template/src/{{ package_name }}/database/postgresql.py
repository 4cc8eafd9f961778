"""What is particular to PostgreSQL and psycopg."""

from typing import Any

from sqlalchemy import (
    BigInteger,
    DateTime,
    Engine,
    ExceptionContext,
    LargeBinary,
    String,
    Text,
    Time,
    Uuid,
    event,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB

from .config import DatabaseConfig
from .faults import leave_out_details
from .patience import PatientConnection

MOMENT = DateTime(timezone=True)
PLAIN_MOMENT = "sa.DateTime(timezone=True)"
TIME = Time()
LONG_TEXT = Text()
BLOB = LargeBinary()
UUID = Uuid()
NOW = text("now()")
DOCUMENT = JSONB(none_as_null=True)
BIG_KEY = BigInteger()


def string(length: int) -> String:
    """Return the type of a text of at most `length` characters."""
    return String(length)


def connect_args(config: DatabaseConfig) -> dict[str, Any]:
    """Return what psycopg and the server are told on each new connection."""
    timeouts = {
        "statement_timeout": config.database_statement_timeout,
        "lock_timeout": config.database_lock_timeout,
    }
    return {
        "application_name": config.database_application_name,
        "connect_timeout": round(config.database_connect_timeout),
        "options": " ".join(
            f"-c {name}={round(seconds * 1000)}" for name, seconds in timeouts.items()
        ),
        # A machine that vanished is noticed while waiting (keepalives) and while sending.
        "keepalives_idle": 5,
        "keepalives_interval": 5,
        "keepalives_count": 2,
        "tcp_user_timeout": 15_000,
    }


def notice_silence(engine: Engine, config: DatabaseConfig) -> None:
    """Make connections give up a server that no longer answers, not even too late."""
    patience = config.database_statement_timeout + 5

{% if is_async %}
    async def connect(*args: Any, **options: Any) -> PatientConnection:
        connection = await PatientConnection.connect(*args, **options)
        connection.patience = patience
        return connection

    def prepare(_: object, __: object, args: object, options: dict[str, Any]) -> None:
        options["async_creator_fn"] = connect

    event.listen(engine, "do_connect", prepare)
{% else %}
    def connect(
        _: object, __: object, args: Any, options: dict[str, Any]
    ) -> PatientConnection:
        connection = PatientConnection.connect(*args, **options)
        connection.patience = patience
        return connection

    event.listen(engine, "do_connect", connect)
{% endif %}


def clarify_errors(engine: Engine) -> None:
    """Leave what was sent out of errors, and so out of the tracebacks in the log."""

    def hide(context: ExceptionContext) -> None:
        cause, ours = context.original_exception, context.sqlalchemy_exception
        told = str(cause)
        leave_out_details(cause)
        if ours is not None:
            ours.args = (str(ours.args[0]).replace(told, str(cause)),)

    if engine.hide_parameters:
        event.listen(engine, "handle_error", hide)
