"""Mistakes of engineers in a hurry, of a trial that did not look at the rules first.

By the numbers of that trial: B.. were thought of, K.. were made by developers. What no check
finds is in MISSED, with the reason. Those of migrations and of guards are planted elsewhere.
"""

from textwrap import dedent

from rules.plants.faults import SOURCE, Fault, in_function
from rules.plants.models import a_model
from rules.plants.models import modelled as of_models

ROUTES = """
from typing import Annotated

from fastapi import APIRouter, Depends
from sqlalchemy.ext.asyncio import AsyncSession

from ..catalogue.models import Product
from ..catalogue.repository import ProductRepository
from ..database import unit_of_work
from ..web import RequestSession

router = APIRouter()


"""


def route(code: str) -> str:
    """A route, with what it imports."""
    return ROUTES + dedent(code)


def text(rule: str, code: str, file: str = "routes.py", cells: str = "") -> Fault:
    """A mistake that is found as text."""
    folder = "" if file.startswith("tests/") else f"{SOURCE}/"
    return Fault(rule, "text", code, f"{folder}{file}", cells)


def routed(rule: str, code: str, cells: str = "") -> Fault:
    """A mistake that is found in a route."""
    return Fault(rule, "routes", code, f"{SOURCE}/routes.py", cells)


OF_TEXTS: dict[str, Fault] = {
    "B01": text(
        "Q13",
        in_function(
            "select(Product).where(Product.stock > 0 and Product.price_cents > 0)"
        ),
        "repository.py",
    ),
    "B20": text(
        "S17",
        route(
            """
            @router.post("/stock")
            async def store(session: RequestSession, sku: str) -> object:
                await ProductRepository(session).add(Product(sku=sku))
                if not sku:
                    return JSONResponse({"detail": "no sku"}, status_code=409)
                return {}
            """
        ),
        cells="fastapi",
    ),
    "B23": text(
        "S10",
        route(
            """
            @router.get("/lines")
            async def lines(session: RequestSession) -> StreamingResponse:
                async def rows():
                    async for row in await session.stream_scalars(ALL):
                        yield row.sku

                return StreamingResponse(rows())
            """
        ),
        cells="fastapi",
    ),
    "B24": text(
        "S20",
        in_function(
            """
            async with unit_of_work(sessions) as session:
                async with unit_of_work(sessions) as other:
                    await store(other)
            """
        ),
    ),
    "B21": text(
        "S13",
        "import httpx\nfrom sqlalchemy.ext.asyncio import AsyncSession\n\n\n"
        "async def tell(session: AsyncSession, client: httpx.AsyncClient) -> None:\n"
        "    await client.post('https://example.com')\n",
    ),
    "B19": text(
        "S07",
        in_function(
            """
            async with unit_of_work(sessions) as session:
                try:
                    await place_order(session, 1, {})
                except Exception:
                    logger.exception("failed")
            """
        ),
    ),
    "B34": text(
        "X03",
        route(
            """
            @router.post("/products")
            async def create(body: dict[str, Any], session: RequestSession) -> None:
                await ProductRepository(session).add(Product(**body))
            """
        ),
        cells="fastapi",
    ),
    "K08": text(
        "Q15", in_function("await session.execute(delete(Product))"), "repository.py"
    ),
    "B30": text(
        "Q06",
        """
        from sqlalchemy import select
        from sqlalchemy.ext.asyncio import AsyncSession


        async def names(database: AsyncSession, keys: list[int]) -> list[str]:
            return [(await database.get_one(Product, key)).name for key in keys]
        """,
        "repository.py",
    ),
    "B31": text(
        "Q06",
        """
        from ..catalogue.repository import ProductRepository


        async def names(stock: ProductRepository, keys: list[int]) -> list[str]:
            return [(await stock.get_one(key)).name for key in keys]
        """,
    ),
    "B07": text(
        "Q21",
        in_function(
            "return (await session.scalars(select(Product).order_by(Product.id))).all()"
        ),
        "repository.py",
    ),
    "B25": text(
        "X05",
        route(
            """
            @router.get("/products/{key}")
            async def read(session: RequestSession, key: int) -> None:
                products = ProductRepository(session)
                await products.update_where(Product.id == key, stock=0)
            """
        ),
        cells="fastapi",
    ),
    "B45": text(
        "Q11",
        in_function("await session.execute(Product.__table__.delete().where(True))"),
        "repository.py",
    ),
    "B46": text(
        "Q11",
        in_function("await session.execute(select(Product.__table__.c.id))"),
        "repository.py",
    ),
    "B04": text(
        "Q19",
        in_function('select(Product).where(Product.name.ilike(f"%{term}%"))'),
        "repository.py",
    ),
    "B05": text(
        "Q19",
        in_function("select(Product).order_by(getattr(Product, sort))"),
        "repository.py",
    ),
    "B06": text(
        "Q21",
        in_function("select(Product).order_by(Product.id).limit(20).offset(page * 20)"),
        "repository.py",
    ),
    "B27": text(
        "S13",
        in_function(
            """
            async with unit_of_work(sessions) as session:
                while True:
                    await socket.send_json(await newest(session))
            """
        ),
    ),
    "B33": text(
        "E05", 'import logging\nlogging.getLogger("sqlalchemy.engine").setLevel("INFO")'
    ),
    "B47": text(
        "Q23",
        in_function("select(Product).where(Product.id.in_(keys)).with_for_update()"),
        "repository.py",
    ),
    "B08": text(
        "Q04",
        in_function("return (await session.scalars(select(Product))).all()[0]"),
        "repository.py",
    ),
    "K04": text(
        "T01",
        "from sqlalchemy.ext.asyncio import create_async_engine\n\n\n"
        'async def test_it() -> None:\n    create_async_engine("x")',
        "tests/orders/test_own.py",
    ),
    "K07": text(
        "Q02",
        """
        from sqlalchemy.ext.asyncio import AsyncSession


        class ShelfRepository:
            def __init__(self, session: AsyncSession) -> None:
                self.session = session
        """,
        "repository.py",
    ),
    "B22": text(
        "S10",
        in_function(
            "product = await ProductRepository(session).get_one(1)\n"
            "tasks.add_task(tell, product)"
        ),
        cells="fastapi|flask",
    ),
    "B28": text(
        "S03",
        "from functools import lru_cache\n\n\n@lru_cache\n"
        "def product(session: AsyncSession, key: int) -> Product: ...\n",
    ),
    "B71": text(
        "Q12",
        in_function(
            "rows = await session.scalars(select(Product))\n"
            "return sum(product.stock for product in rows)"
        ),
        "repository.py",
    ),
    "K02": text(
        "Q12",
        in_function(
            "rows = await ProductRepository(session).by_keys(keys)\nreturn len(rows)"
        ),
    ),
    "B36": text(
        "X06",
        in_function(
            """
            try:
                await session.flush()
            except Exception as error:
                raise HTTPException(500, detail=str(error)) from error
            """
        ),
        cells="fastapi",
    ),
    "B51": text(
        "M16", "from datetime import datetime\n\nat = datetime.fromisoformat(given)"
    ),
    "K01": text(
        "Q04",
        in_function(
            "rows = await session.scalars(select(Product))\nreturn rows.first()"
        ),
        "repository.py",
    ),
    "B32": text("M16", "from datetime import datetime\n\nat = datetime.now()"),
}
# Found in the routes of the application, once it is imported.
OF_ROUTES: dict[str, Fault] = {
    "B61": routed(
        "S06",
        route(
            """
            async def transaction():
                async with unit_of_work(sessions) as session:
                    yield session


            @router.post("/stock")
            async def store(session: Annotated[AsyncSession, Depends(transaction)]) -> None: ...
            """
        ),
        cells="fastapi",
    ),
    "B35": routed(
        "Q21",
        route(
            """
            @router.get("/products")
            async def listed(session: RequestSession, limit: int = 20) -> None: ...
            """
        ),
        cells="fastapi",
    ),
}
OF_MODELS: dict[str, Fault] = {
    "K05": a_model(
        "M26",
        "Tin",
        "key: Mapped[UUID] = mapped_column(default=uuid4())",
        "from uuid import UUID, uuid4\n",
    ),
    "B09": a_model(
        "M26", "Tub", "tags: Mapped[dict[str, object]] = mapped_column(default={})"
    ),
    "B12": of_models(
        "M31",
        """
        from ..database import SoftDelete


        class Tray(IntegerKey, Timestamps, SoftDelete, Base):
            __tablename__ = "trays"

            code: Mapped[Str64] = mapped_column(unique=True)
        """,
    ),
    "K11": a_model(
        "M30", "Twig", "customer_id: Mapped[int] = mapped_column(index=True)"
    ),
    "B10": a_model(
        "M26", "Tent", 'open: Mapped[bool] = mapped_column(server_default="false")'
    ),
    "B16": a_model(
        "M25",
        "Tarp",
        'colour: Mapped[Colour] = mapped_column(default="green")',
        """
        class Colour(PythonEnum):
            RED = "red"
        """,
    ),
    "K06": a_model(
        "M27", "Till", "sum: Mapped[Decimal]", "from decimal import Decimal\n"
    ),
    "B15": a_model(
        "M27",
        "Tape",
        "parts: Mapped[object] = mapped_column(PickleType)",
        "from sqlalchemy import PickleType\n",
    ),
    "B18": a_model(
        "M31",
        "Tile",
        """
        __table_args__ = (UniqueConstraint("row", "place"),)
        row: Mapped[int]
        place: Mapped[int | None]
        """,
    ),
    "B13": a_model(
        "M20",
        "Token",
        """
        password_hash: Mapped[Str64]

        def __repr__(self) -> str:
            return f"<Token {self.password_hash}>"
        """,
    ),
    "B11": a_model("M27", "Tax", "price: Mapped[float]"),
}
# Planted as migrations (plants/migrations.py) and as lines that guards find (guarded/).
ELSEWHERE = {
    "B37": "G16",
    "K09": "G16",
    "B38": "G16",
    "B40": "G16",
    "B39": "G06",
    "K03": "G06",
    "K10": "Q24",
}
MISSED = {
    "B02": "mypy finds it (arg-type), under no rule",
    "B03": "mypy finds it (arg-type), under no rule",
    "B17": "a test of the project finds it",
    "B29": "it was found, under the id of another rule",
    "B43": "SQLAlchemy warns, and warnings are errors in tests",
    "B69": "whether a condition is unique is not written at the query",
}

TEXTS = list(OF_TEXTS.values())
MODELS = [*OF_MODELS.values(), *OF_ROUTES.values()]
PLANTS = [*TEXTS, *MODELS]
