"""Logs: one line for each event, as JSON or, on a terminal, for people.

No line shows a parameter, a body, a header or a path that was asked for.
"""

import json
import logging
import re
import sys
from contextvars import ContextVar
from datetime import UTC, datetime
from types import TracebackType
from typing import Annotated, Any, Literal, TextIO, TypeAlias

from pydantic import BeforeValidator
from pydantic_settings import BaseSettings
from sqlalchemy.exc import DBAPIError

ExcInfo: TypeAlias = (
    tuple[type[BaseException], BaseException, TracebackType | None]
    | tuple[None, None, None]
)
Level = Literal["DEBUG", "INFO", "WARNING", "ERROR"]

# Fields of each line, such as the id of a request; a function is called for its value.
context: ContextVar[dict[str, Any] | None] = ContextVar("context", default=None)

# What a record has besides what was passed to it as `extra`.
STANDARD = {*vars(logging.makeLogRecord({})), "message", "asctime", "color_message"}
# Values in a message of a database: from the first quote to the last.
QUOTED = re.compile("'.*'|: \".*\"", re.DOTALL)
COLOURS = {"WARNING": 33, "ERROR": 31, "CRITICAL": 31}


class LogConfig(BaseSettings):
    """Settings of the logs."""

    log_level: Annotated[Level, BeforeValidator(str.upper)] = "INFO"
    log_format: Literal["console", "json"] | None = None


def configure(config: LogConfig) -> None:
    """Log to standard error, unless this process logs already, as in tests."""
    console = config.log_format == "console"
    if config.log_format is None:
        console = sys.stderr.isatty()
    handler = logging.StreamHandler[TextIO]()
    handler.setFormatter(ConsoleFormatter() if console else JSONFormatter())
    logging.basicConfig(level=config.log_level, handlers=[handler])
    logging.captureWarnings(True)
    # Each check of readiness would tell which database it is.
    logging.getLogger("alembic").setLevel(logging.WARNING)
    # So that DATABASE_ECHO adds no handler of its own.
    logging.getLogger("sqlalchemy.engine.Engine").addHandler(logging.NullHandler())


def note(**fields: Any) -> None:
    """Add fields to all further lines of the present request."""
    if (present := context.get()) is not None:
        present.update(fields)


def current_fields() -> dict[str, Any]:
    """Return the fields that the lines of the present request have."""
    fields = context.get() or {}
    values = {name: v() if callable(v) else v for name, v in fields.items()}
    return {name: value for name, value in values.items() if value is not None}


class SafeFormatter(logging.Formatter):
    """Leaves values out of exceptions."""

    def formatException(self, ei: ExcInfo) -> str:  # noqa: N802 (its name in logging)
        text, error = super().formatException(ei), ei[1]
        while error is not None:
            if isinstance(error, DBAPIError):
                said = str(error.orig)
                text = text.replace(said, QUOTED.sub("'…'", said))
            elif hasattr(error, "errors"):  # of pydantic, which shows what it was given
                text = text.replace(str(error), "…")
            error = error.__cause__ or error.__context__
        return text


class JSONFormatter(SafeFormatter):
    """Writes a line as an object; its time is in UTC."""

    def format(self, record: logging.LogRecord) -> str:
        moment = datetime.fromtimestamp(record.created, UTC)
        line = {
            "time": moment.isoformat(timespec="milliseconds"),
            "level": record.levelname,
            "logger": record.name,
            "message": record.getMessage().strip(),
            **current_fields(),
            **fields_of(record),
        }
        if record.exc_info:
            line["exception"] = self.formatException(record.exc_info)
        return json.dumps(line, default=str)


class ConsoleFormatter(SafeFormatter):
    """Writes a line for people; with colours on a terminal."""

    def __init__(self) -> None:
        super().__init__()
        self.colours = sys.stderr.isatty()

    def formatMessage(self, record: logging.LogRecord) -> str:  # noqa: N802 (its name in logging)
        fields = {**current_fields(), **fields_of(record)}
        parts = [
            f"{datetime.fromtimestamp(record.created, UTC):%H:%M:%SZ}",
            f"{record.levelname:7} {record.name}: {record.message.strip()}",
            *(f"{name}={value}" for name, value in fields.items()),
        ]
        line, colour = " ".join(parts), COLOURS.get(record.levelname)
        return f"\033[{colour}m{line}\033[0m" if self.colours and colour else line


def fields_of(record: logging.LogRecord) -> dict[str, Any]:
    """Return what was passed as `extra`."""
    return {k: v for k, v in vars(record).items() if k not in STANDARD}
