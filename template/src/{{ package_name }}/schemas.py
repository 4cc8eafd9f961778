{% if served %}
"""Parts of requests, responses and files that many routes share."""

from typing import Annotated, Generic, TypeVar

from pydantic import BaseModel, Field, StringConstraints

from .web import FromText

Item = TypeVar("Item")

Id = Annotated[int, Field(strict=True, ge=1, lt=10**18, examples=[1])]
{% else %}
"""The types of the fields of files."""

from typing import Annotated

from pydantic import Field, StringConstraints

{% endif %}
Price = Annotated[int, Field(strict=True, ge=0, le=10**12, examples=[450])]

# No control characters: databases cannot store 0, and others drive a terminal.
PRINTABLE = r"^[^\x00-\x1f\x7f-\x9f]*$"
Text = Annotated[
    str, StringConstraints(strip_whitespace=True, min_length=1, pattern=PRINTABLE)
]
Text64 = Annotated[Text, StringConstraints(max_length=64)]
Text200 = Annotated[Text, StringConstraints(max_length=200)]
EMAIL = r"^[^@\s\x00-\x1f\x7f-\x9f]+@[^@\s\x00-\x1f\x7f-\x9f]+$"
Email = Annotated[
    str, Field(max_length=254, pattern=EMAIL, examples=["ada@example.com"])
]
{% if served %}


class Paging(BaseModel, extra="forbid"):
    """The query of a list."""

    limit: FromText[Annotated[int, Field(strict=True, ge=1, le=100)]] = 20
    cursor: str | None = None


class PageRead(BaseModel, Generic[Item], from_attributes=True):
    """The answer of a list; the cursor, given back, asks for the next page."""

    items: list[Item]
    next_cursor: str | None


class IfMatch(BaseModel):
    """The header of a change that has to be made to one version."""

    if_match: str | None = Field(None, alias="If-Match", examples=['"1"'])


class IfNoneMatch(BaseModel):
    """The header of a request for what the client does not have yet."""

    if_none_match: str | None = Field(None, alias="If-None-Match", examples=['"1"'])


class Idempotent(BaseModel):
    """The header of a request that may be repeated, and is carried out once."""

    idempotency_key: Annotated[str, Field(min_length=1, max_length=64)] | None = Field(
        None, alias="Idempotency-Key"
    )
{% endif %}
