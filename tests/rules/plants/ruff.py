"""What ruff has to find."""

from rules.plants.faults import SOURCE, Fault, in_function


def banned(
    rule: str, code: str, file: str = f"{SOURCE}/routes.py", cells: str = ""
) -> Fault:
    """What is banned by its name, under the id of our rule."""
    return Fault(rule, "ruff", rule, code, file, cells)


def linted(
    rule: str, check: str, code: str, file: str = f"{SOURCE}/routes.py", cells: str = ""
) -> Fault:
    """What is wrong by a rule of ruff."""
    return Fault(rule, "ruff", check, code, file, cells)


FAST002 = """
from fastapi import APIRouter, Query

router = APIRouter()


@router.get("/")
async def read(limit: int = Query(20)) -> int:
    return limit
"""

PLANTS = [
    banned(
        "E01",
        """
        import sqlalchemy.ext.asyncio as aio
        engine = aio.create_async_engine("")
        """,
        cells="-async",
    ),
    banned("E01", "from sqlalchemy import create_engine", cells="-sync"),
    banned("S01", "from sqlalchemy.ext.asyncio import async_sessionmaker"),
    banned("S11", "from sqlalchemy.orm import scoped_session"),
    banned(
        "S11", "from sqlalchemy.ext.asyncio import async_scoped_session", cells="-async"
    ),
    banned("A01", "from sqlalchemy.orm import Session", cells="-async"),
    banned("A01", "from sqlalchemy import create_engine", cells="-async"),
    linted(
        "A01", "ASYNC251", in_function("import time\ntime.sleep(1)"), cells="-async"
    ),
    banned("M01", "from sqlalchemy.orm import declarative_base"),
    banned("M01", "from sqlalchemy.orm import DeclarativeBase"),
    banned("M07", "from sqlalchemy.orm import backref"),
    banned("M16", "import datetime\nnow = datetime.datetime.utcnow"),
    linted("M16", "DTZ005", "from datetime import datetime\ndatetime.now()"),
    banned("M19", "from sqlalchemy.orm import lazyload"),
    banned("Q01", "from sqlalchemy.orm import Query"),
    banned("Q08", "from sqlalchemy.orm import subqueryload"),
    banned("Q08", "from sqlalchemy import orm\norm.noload"),
    linted("Q10", "S608", "rows = f\"SELECT * FROM products WHERE sku = '{sku}'\""),
    banned("Q11", "import sqlalchemy as sa\nsa.text"),
    banned("Q11", "from sqlalchemy.sql import text"),
    linted("Q16", "E711", "where(Product.deleted_at == None)"),
    linted("Q16", "E712", "where(Product.sold == True)"),
    linted("X04", "RUF100", "size = 1  # noqa: TID251 (it was banned once)"),
    linted("X04", "PGH004", "import time  # noqa"),
    linted("M05", "N815", "class Shelf(Base):\n    upperEdge: Mapped[int]"),
    linted("X03", "FAST002", FAST002, cells="fastapi"),
]
