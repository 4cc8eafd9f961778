"""What the checks of routes have to find: bodies, paths, queries and answers."""

from rules.plants.faults import SOURCE, Fault
from rules.plants.hurried import route

OF_FLASK = """
from flask import Blueprint, Response
from pydantic import BaseModel

from ..operations import operation
from ..web import answer

blueprint = Blueprint("rooms", __name__)


class RoomCreate(BaseModel):
    name: str


@blueprint.post("/rooms")
@operation(RoomCreate, 201)
def create_room(body: RoomCreate) -> Response:
    return answer(body, 201)
"""
BODY = """
from typing import Literal

from pydantic import BaseModel, Field


class Part(BaseModel):
    size: {inner}


class RoomCreate(BaseModel):
    field: {outer}
    parts: list[Part] = Field([], max_length=9)


@router.post("/rooms")
async def create_room(new: RoomCreate) -> None: ...
"""


def routed(rule: str, code: str) -> Fault:
    """A route that breaks a rule."""
    return Fault(rule, "routes", route(code), f"{SOURCE}/routes.py", "fastapi")


def with_body(outer: str, inner: str = 'Literal["small"]') -> Fault:
    """A route that takes a value of any size."""
    return routed("X03", BODY.replace("{outer}", outer).replace("{inner}", inner))


PLANTS = [
    with_body("str"),
    with_body("str | None = None"),
    with_body("int"),
    with_body("Annotated[int, Field(ge=0)]"),
    with_body("list[Part] = []"),
    with_body("dict[str, str]"),
    with_body('Literal["large"]', "str"),
    routed(
        "X03",
        """
        @router.get("/rooms/{number}")
        async def read_room(number: int) -> None: ...
        """,
    ),
    routed(
        "X03",
        """
        @router.get("/rooms/{floor:int}")
        async def read_floor(floor: int) -> None: ...
        """,
    ),
    routed(
        "X03",
        """
        @router.get("/rooms")
        async def list_rooms(floor: int | None = None) -> None: ...
        """,
    ),
    Fault("X03", "routes", OF_FLASK, f"{SOURCE}/routes.py", "flask"),
    routed(
        "X06",
        """
        @router.get("/rooms", response_model=None)
        async def list_rooms() -> list[Product]: ...
        """,
    ),
    routed(
        "X06",
        """
        @router.get("/rooms")
        async def list_rooms(): ...
        """,
    ),
    routed(
        "X06",
        """
        from pydantic import BaseModel


        class KeyRead(BaseModel):
            api_key: str


        @router.get("/keys/{name}")
        async def read_key(name: str) -> KeyRead: ...
        """,
    ),
    routed(
        "S18",
        """
        from pydantic import BaseModel


        class FloorRead(BaseModel):
            number: int


        @router.get("/floors/{name}")
        async def read_floor(name: str) -> FloorRead | None: ...
        """,
    ),
    routed(
        "Q21",
        """
        from pydantic import BaseModel


        class DoorRead(BaseModel):
            number: int


        @router.get("/doors", response_model=list[DoorRead])
        async def list_doors() -> list[DoorRead]: ...
        """,
    ),
    routed(
        "X03",
        """
        @router.get("/halls/{name}")
        async def read_hall(name: str) -> None: ...


        @router.get("/halls/export")
        async def export_halls() -> None: ...
        """,
    ),
    routed(
        "X06",
        """
        @router.get("/secrets")
        async def read_secret(token: str) -> None: ...
        """,
    ),
]
