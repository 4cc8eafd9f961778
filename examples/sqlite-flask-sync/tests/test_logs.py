"""Each line of the log is a JSON object, and shows no value."""

import json
import logging
import sys
from typing import Any

from pydantic import TypeAdapter
from sqlalchemy.exc import DBAPIError

from my_service import logs


def line_of(**given: Any) -> dict[str, Any]:
    """Return the line that is written of a record."""
    record = logging.makeLogRecord({"levelname": "INFO", "msg": "sold", **given})
    line: dict[str, Any] = json.loads(logs.JSONFormatter().format(record))
    return line


def exception_of(error: Exception) -> str:
    """Return how an exception is shown whose cause this is."""
    try:
        raise RuntimeError("no order") from error
    except RuntimeError:
        return str(line_of(exc_info=sys.exc_info())["exception"])


def test_a_line_has_the_fields_of_its_request_and_its_own() -> None:
    token = logs.context.set({"request_id": "abc"})
    try:
        logs.note(route=lambda: "/orders")
        line = line_of(order=3)
    finally:
        logs.context.reset(token)
    assert line["time"].endswith("+00:00")
    assert line.items() >= {"request_id": "abc", "route": "/orders", "order": 3}.items()
    assert (line["level"], line["message"]) == ("INFO", "sold")


def test_an_exception_shows_where_but_no_value() -> None:
    refused = DBAPIError("SELECT 1", {}, Exception("Duplicate entry 'planted' for 'x'"))
    try:
        TypeAdapter(int).validate_python("planted")
    except ValueError as error:
        invalid = error
    for each in (refused, invalid):
        text = exception_of(each)
        assert "RuntimeError: no order" in text
        assert "test_logs.py" in text
        assert "planted" not in text.replace('validate_python("planted")', "")
