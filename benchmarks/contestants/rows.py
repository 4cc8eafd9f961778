"""The rendered project's read path: pages of rows, in read models, as its shop does."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from my_service.database import unit_of_work
from sqlalchemy import bindparam, select

from .inputs import COLUMNS, PAGE, PARENTS
from .models import Archived, Child, Grandchild, Parent
from .ours import NEWEST, ArchiveRepository, Ours, ParentRepository

READ = ("id", *COLUMNS, "created_at", "updated_at", "version")
ARCHIVE = select(*(getattr(Archived, name) for name in READ))
SHELF = select(Parent.id, Parent.shelf, Parent.name).where(
    Parent.shelf == bindparam("shelf")
)
CHILDREN = (
    select(Child.parent_id, Child.id, Child.name, Child.price_cents)
    .where(Child.parent_id.in_(bindparam("parents", expanding=True)))
    .order_by(Child.id)
)
GRANDCHILDREN = (
    select(Grandchild.child_id, Grandchild.id, Grandchild.name, Grandchild.quantity)
    .where(Grandchild.child_id.in_(bindparam("children", expanding=True)))
    .order_by(Grandchild.id)
)


@dataclass(slots=True)
class GrandchildRead:
    """What is shown of a grandchild."""

    id: int
    name: str
    quantity: int


@dataclass(slots=True)
class ChildRead:
    """What is shown of a child."""

    id: int
    name: str
    price_cents: int
    grandchildren: list[GrandchildRead] = field(default_factory=list)


@dataclass(slots=True)
class ParentRead:
    """What is shown of a parent."""

    id: int
    shelf: int
    name: str
    children: list[ChildRead] = field(default_factory=list)


class Rows(Ours):
    """Lists are rows of the needed columns; nothing else differs."""

    async def tree(self, shelf: int) -> Sequence[Any]:
        """Read each level by one statement."""
        async with unit_of_work(self.sessions) as session:
            page = await ParentRepository(session).page_of_rows(
                SHELF, [Parent.id], limit=PARENTS, parameters={"shelf": shelf}
            )
            parents = {row.id: ParentRead(*row) for row in page.items}
            children: dict[int, ChildRead] = {}
            found = await session.execute(CHILDREN, {"parents": list(parents)})
            for parent, *values in found:
                child = ChildRead(*values)
                children[child.id] = child
                parents[parent].children.append(child)
            found = await session.execute(GRANDCHILDREN, {"children": list(children)})
            for key, *values in found:
                children[key].grandchildren.append(GrandchildRead(*values))
        return list(parents.values())

    async def page(self, position: Any) -> Sequence[Any]:
        """Read a page of rows from a cursor on."""
        async with unit_of_work(self.sessions) as session:
            page = await ArchiveRepository(session).page_of_rows(
                ARCHIVE, NEWEST, limit=PAGE, cursor=position
            )
        return list(page.items)
