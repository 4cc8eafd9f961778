"""The types of the fields that requests and files carry."""

import re
from typing import Annotated, TypeVar

from pydantic import BeforeValidator, Field, StringConstraints

Value = TypeVar("Value")


def _number(text: object) -> object:
    if isinstance(text, str) and re.fullmatch("-?[0-9]{1,18}", text):
        return int(text)
    return text


# An integer in a query or a header, which carry text: digits, and nothing else.
FromText = Annotated[Value, BeforeValidator(_number)]

Id = Annotated[int, Field(strict=True, ge=1, lt=10**18, examples=[1])]
Price = Annotated[int, Field(strict=True, ge=0, le=10**12, examples=[450])]

# No control characters: databases cannot store 0, and others drive a terminal.
PRINTABLE = r"^[^\x00-\x1f\x7f-\x9f]*$"
Text64 = Annotated[
    str,
    StringConstraints(
        strip_whitespace=True, min_length=1, max_length=64, pattern=PRINTABLE
    ),
]
Text200 = Annotated[
    str,
    StringConstraints(
        strip_whitespace=True, min_length=1, max_length=200, pattern=PRINTABLE
    ),
]
Email = Annotated[
    str,
    StringConstraints(
        max_length=254, pattern=r"^[^@\s\x00-\x1f\x7f-\x9f]+@[^@\s\x00-\x1f\x7f-\x9f]+$"
    ),
    Field(examples=["ada@example.com"]),
]
IdempotencyHeader = Annotated[str, StringConstraints(min_length=1, max_length=64)]
