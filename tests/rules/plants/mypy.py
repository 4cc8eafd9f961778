"""What a type checker finds in its own words; where it is a rule of ours, the rule is named too."""

from dataclasses import dataclass
from textwrap import dedent

from rules.plants.faults import SOURCE, Fault

IMPORTS = """\
from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from ..catalogue.models import Product


"""


@dataclass(frozen=True)
class Typed(Fault):
    """Code that mypy refuses with `code_of_mypy`; "" as its rule if that is all."""

    code_of_mypy: str = ""


def typed(rule: str, check: str, code: str, cells: str = "") -> Typed:
    """Code that a type checker refuses with the code `check`."""
    file = f"{SOURCE}/repository.py"
    return Typed(rule, "text", IMPORTS + dedent(code), file, cells, check)


TYPED = [
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
        "",
        "return-value",
        """
        async def names(session: AsyncSession) -> Sequence[int]:
            return (await session.scalars(select(Product.name))).all()
        """,
    ),
    typed(
        "",
        "return-value",
        """
        async def products(session: AsyncSession) -> Sequence[Product]:
            return (await session.execute(select(Product))).all()
        """,
    ),
    typed("M16", "deprecated", "NOW = datetime.utcnow()\n"),
    typed("X03", "type-arg", "def create(new: dict) -> None: ...\n"),
    typed(
        "X04",
        "ignore-without-code",
        "size: int = 'one'  # type: ignore  # (why)\n",
    ),
    typed(
        "",
        "unused-ignore",
        "size: int = 1  # type: ignore[assignment]  # (it was a text once)\n",
    ),
]

PLANTS = [one for one in TYPED if one.rule]
