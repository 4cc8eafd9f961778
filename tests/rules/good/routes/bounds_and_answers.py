"""Bodies in bounds, and answers without a model that say so."""

from collections.abc import AsyncIterator
from datetime import date
from decimal import Decimal
from enum import StrEnum
from typing import Annotated, Literal, NoReturn
from uuid import UUID

from fastapi import APIRouter, HTTPException, Path, Query, Request, Response, WebSocket
from fastapi.responses import HTMLResponse, RedirectResponse, StreamingResponse
from pydantic import BaseModel, Field

router = APIRouter()


class Colour(StrEnum):
    """What can be had."""

    RED = "red"


class Label(BaseModel):
    """A part of a box."""

    colour: Colour
    size: Literal["small", "large"]
    code: Annotated[str, Field(pattern=r"^[A-Z]{3}$")]


class BoxCreate(BaseModel):
    """A box; it may be in another."""

    name: Annotated[str, Field(max_length=64)] | None = None
    weight: Annotated[int, Field(gt=0, lt=2**31)]
    price: Decimal
    made_on: date
    owner: UUID
    open: bool
    labels: Annotated[list[Label], Field(max_length=9)]
    inside: "BoxCreate | None" = None


class BoxQuery(BaseModel):
    """How boxes are found; the length of a query is the server's to bound."""

    name: str | None = None
    limit: Annotated[int, Field(le=100)] = 20


@router.post("/boxes", status_code=201)
async def create_box(new: BoxCreate) -> dict[str, str]:
    """Answer with its name."""
    return {"name": new.name or ""}


@router.put("/boxes/{key:id}/picture", status_code=204)
async def set_picture(key: int, request: Request) -> None:
    """Take what the middleware bounds."""
    picture = await request.body()
    if not picture:
        raise HTTPException(422, f"there is no picture of {key}")


@router.get("/boxes")
async def list_boxes(query: Annotated[BoxQuery, Query()]) -> RedirectResponse:
    """Go elsewhere."""
    return RedirectResponse(f"/boxes/{query.name}")


@router.get("/boxes/page", response_class=HTMLResponse)
async def show_boxes() -> str:
    """Show a page."""
    return "<p>boxes</p>"


@router.get("/boxes/lines", response_model=None)
async def stream_boxes() -> StreamingResponse | Response:
    """Send lines."""

    async def lines() -> AsyncIterator[str]:
        yield "box"

    return StreamingResponse(lines())


@router.get("/boxes/gone", response_model=None)
async def refuse_boxes() -> NoReturn:
    """Refuse."""
    raise HTTPException(410)


@router.websocket("/boxes/watch")
async def watch_boxes(socket: WebSocket) -> None:
    """Wait."""
    await socket.accept()


@router.get("/shelves/{number:int}/boxes")
async def list_boxes_of_shelf(number: Annotated[int, Path(le=99)]) -> list[Label]:
    """List the few of a shelf."""
    return []


@router.get("/shelves/export")
async def export_shelves(response: Response) -> Label:
    """Export; no number is called so."""
    raise HTTPException(410)
