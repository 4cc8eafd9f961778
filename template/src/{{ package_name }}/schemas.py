"""Parts of requests and responses that many routes share."""

from typing import Annotated, Generic, TypeVar

from pydantic import BaseModel, Field

from .fields import FromText, IdempotencyHeader

Item = TypeVar("Item")


class Paging(BaseModel, extra="forbid"):
    """The query of a list."""

    limit: FromText[Annotated[int, Field(strict=True, ge=1, le=100)]] = 20
    cursor: str | None = None


class HealthRead(BaseModel):
    """The state of the service."""

    status: str


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

    idempotency_key: IdempotencyHeader | None = Field(None, alias="Idempotency-Key")


class FieldProblem(BaseModel):
    """A field of the request that is not valid."""

    field: str
    message: str


class ProblemRead(BaseModel, title="Problem"):
    """A problem (RFC 9457); programs go by `code`."""

    type: str
    title: str
    status: int
    detail: str
    code: str
    request_id: str | None = None
    errors: list[FieldProblem] = []
