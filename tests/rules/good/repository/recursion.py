"""Walk a tree in one query."""

from sqlalchemy import literal, select
from sqlalchemy.orm import aliased

from ...database import Repository
from ..tree.models import Section


class RecursionRepository(Repository[Section]):
    """Finds sections."""

    model = Section

    async def below(self, key: int) -> list[tuple[int, int]]:
        """Return every section under one, with its depth."""
        tree = (
            select(Section.id, literal(0).label("depth"))
            .where(Section.id == key)
            .cte("tree", recursive=True)
        )
        child = aliased(Section)
        tree = tree.union_all(
            select(child.id, tree.c.depth + 1).join(tree, child.parent_id == tree.c.id)
        )
        found = await self.session.execute(select(tree.c.id, tree.c.depth))
        return [(row.id, row.depth) for row in found]
