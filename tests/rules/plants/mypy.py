"""What mypy has to find."""

from textwrap import dedent

from rules.plants.faults import SOURCE, Fault

IMPORTS = """\
from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from ..catalogue.models import Product
from ..database.protocol import RepositoryProtocol


"""


def typed(rule: str, check: str, code: str, cells: str = "") -> Fault:
    """Code that a type checker refuses with the code `check`."""
    file = f"{SOURCE}/repository.py"
    return Fault(rule, "mypy", check, IMPORTS + dedent(code), file, cells)


PLANTS = [
    typed(
        "S19",
        "unused-coroutine",
        "async def work(session: AsyncSession) -> None:\n    session.flush()\n",
        cells="-async",
    ),
    typed(
        "S19",
        "attr-defined",
        """
        async def work(session: AsyncSession) -> list[Product]:
            return list(session.scalars(select(Product)).all())
        """,
        cells="-async",
    ),
    typed(
        "Q01",
        "attr-defined",
        """
        async def work(session: AsyncSession) -> object:
            return session.query(Product)
        """,
        cells="-async",
    ),
    typed("Q03", "no-untyped-def", "async def sold_out(session: AsyncSession): ...\n"),
    typed(
        "Q03",
        "return-value",
        """
        async def names(session: AsyncSession) -> Sequence[int]:
            return (await session.scalars(select(Product.name))).all()
        """,
    ),
    typed(
        "Q04",
        "return-value",
        """
        async def products(session: AsyncSession) -> Sequence[Product]:
            return (await session.execute(select(Product))).all()
        """,
    ),
    typed("M16", "deprecated", "NOW = datetime.utcnow()\n"),
    typed(
        "T03",
        "assignment",
        """
        class FakeProducts:
            async def get(self, key: str) -> None: ...


        repository: RepositoryProtocol[Product] = FakeProducts()
        """,
    ),
    typed("X03", "type-arg", "def create(new: dict) -> None: ...\n"),
    typed(
        "X04",
        "ignore-without-code",
        "size: int = 'one'  # type: ignore  # (why)\n",
    ),
    typed(
        "X04",
        "unused-ignore",
        "size: int = 1  # type: ignore[assignment]  # (it was a text once)\n",
    ),
]
