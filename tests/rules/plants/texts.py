"""What the checks of texts have to find: those of source/ and shapes/, and ruff for them."""

from textwrap import dedent, indent

from rules.plants.faults import REVISIONS, SOURCE, Fault, in_function


def found(
    rule: str, code: str, file: str = f"{SOURCE}/routes.py", cells: str = ""
) -> Fault:
    """What breaks a rule as text."""
    return Fault(rule, "text", code, file, cells)


FAST002 = """
from fastapi import APIRouter, Query

router = APIRouter()


@router.get("/")
async def read(limit: int = Query(20)) -> int:
    return limit
"""

GET_ALL = """
from fastapi import APIRouter

from .repository import RoomRepository

router = APIRouter()


@router.get("/rooms")
async def rooms(session: RequestSession) -> list[RoomRead]:
    return [RoomRead.model_validate(one) for one in await RoomRepository(session).find()]
"""
ENDED = """
async def work(sessions: Sessions, key: int) -> None:
    async with unit_of_work(sessions) as session:
        products = ProductRepository(session)
        product = await products.get_one(key)
    {code}
"""

AT_ONCE = """
import threading

from ..catalogue.repository import ProductRepository
from ..orders.models import Customer, Order
from ..orders.repository import CustomerRepository, OrderRepository
from ..database import unit_of_work

lock = threading.Lock()


async def work(session: AsyncSession, key: int, other: int) -> None:
{code}
"""


def at_once(rule: str, code: str, cells: str = "") -> Fault:
    """What goes wrong where two do the same."""
    body = indent(dedent(code).strip(), "    ")
    return found(rule, AT_ONCE.format(code=body), cells=cells)


PLANTS = [
    found("E01", in_function("engine = build_engine(settings)")),
    found("E02", "create_async_engine(url)"),
    found("E03", "create_async_engine(url, pool_size=5)"),
    found("E04", 'url = "DATABASE://localhost/shop"'),
    found(
        "E04",
        'url = "DATABASE+driver://app:secret@localhost/shop"',
        f"{REVISIONS}/address.py",
    ),
    found("E05", "create_async_engine(url, echo=True)"),
    found("S01", in_function("AsyncSession(engine)")),
    found("S02", in_function("session = sessions()")),
    found("S03", "session = sessions()"),
    found(
        "S04",
        in_function("await asyncio.gather(one(session), other(session))"),
        cells="-async",
    ),
    found(
        "S04",
        in_function("executor.submit(one, session)"),
        cells="-sync",
    ),
    found(
        "S04",
        in_function("await asyncio.gather(one(), other())"),
        f"{SOURCE}/repository.py",
        cells="-async",
    ),
    found(
        "S04",
        in_function("executor.submit(one)"),
        f"{SOURCE}/repository.py",
        cells="-sync",
    ),
    found("S02", ENDED.format(code="await session.refresh(product)")),
    found("S02", ENDED.format(code="await products.delete(product)")),
    found("S05", in_function("await session.commit()")),
    found(
        "S05",
        in_function("await self.session.rollback()"),
        f"{SOURCE}/repository.py",
    ),
    found("S08", "async_sessionmaker(engine)"),
    found("S09", "async_sessionmaker(engine)"),
    found("S12", 'text("BEGIN")'),
    found("S12", 'op.execute("COMMIT")', f"{REVISIONS}/commit.py"),
    found(
        "S14",
        in_function(
            """
            for key in keys:
                async with unit_of_work(sessions) as session:
                    pass
            """
        ),
    ),
    found(
        "S15",
        in_function(
            """
            async with session.begin_nested():
                try:
                    await session.flush()
                except Conflict:
                    pass
            """
        ),
    ),
    found(
        "S16",
        in_function(
            """
            try:
                await session.flush()
            except IntegrityError:
                pass
            """
        ),
    ),
    found("A02", "async def read(): ...", cells="-sync"),
    found(
        "A02",
        "from sqlalchemy.ext.asyncio import AsyncSession",
        cells="-sync",
    ),
    found(
        "M02",
        """
        class Shelf(Base):
            name = Column(String(64))
        """,
        f"{SOURCE}/models.py",
    ),
    found(
        "M02",
        """
        class Shelf(Base):
            name = mapped_column(String(64))
        """,
        f"{SOURCE}/models.py",
    ),
    found(
        "M06",
        """
        class Shelf(Base):
            products = relationship("Product", lazy="raise")
        """,
        f"{SOURCE}/models.py",
    ),
    found(
        "M03",
        """
        class Shelf(Base):
            details: Mapped[Any] = mapped_column(JSON)
        """,
        f"{SOURCE}/models.py",
    ),
    found(
        "M07",
        """
        class Shelf(Base):
            products: Mapped[list["Product"]] = relationship(backref="shelf")
        """,
        f"{SOURCE}/models.py",
    ),
    found("M12", "Index(None, Product.name)", f"{SOURCE}/models.py"),
    found("M16", "made_at = mapped_column(default=datetime.now)"),
    found("Q01", in_function("session.query(Product)")),
    found("Q02", "from sqlalchemy import select"),
    found("Q02", in_function("session.add(product)")),
    found(
        "Q04",
        in_function("(await session.scalars(select(Product))).first()"),
        f"{SOURCE}/repository.py",
    ),
    found(
        "Q06",
        in_function(
            """
            for key in keys:
                await self.session.get(Product, key)
            """
        ),
        f"{SOURCE}/repository.py",
    ),
    found(
        "Q06",
        in_function(
            """
            products = ProductRepository(session)
            return [await products.get_one(key) for key in keys]
            """
        ),
    ),
    found(
        "Q10",
        """
        from sqlalchemy import text
        text(f"sku = '{sku}'")
        """,
    ),
    found(
        "Q10",
        'op.execute("DROP TABLE %s" % name)',
        f"{REVISIONS}/drop.py",
    ),
    found("Q11", in_function("c.exec_driver_sql('SELECT 1')")),
    found(
        "Q12",
        in_function("len((await session.scalars(statement)).all())"),
    ),
    found(
        "Q14",
        in_function(
            """
            for row in rows:
                await ProductRepository(session).add(Product(**row))
            """
        ),
    ),
    found(
        "Q15",
        in_function(
            """
            for product in products:
                await session.delete(product)
            """
        ),
    ),
    found("Q17", "select(Product).limit(20)"),
    found("G01", "Base.metadata.create_all(engine)"),
    found(
        "G03",
        "# ### commands auto generated by Alembic - please adjust! ###",
        f"{REVISIONS}/unread.py",
    ),
    found(
        "G03",
        "# Not read yet: compare it with what you meant, then delete this line.",
        f"{REVISIONS}/new.py",
    ),
    found(
        "G04",
        """
        def downgrade() -> None:
            pass
        """,
        f"{REVISIONS}/one_way.py",
    ),
    found(
        "G06",
        """
        def upgrade() -> None:
            op.add_column("products", sa.Column("weight", sa.Integer()))
            op.execute("UPDATE products SET weight = 0")
        """,
        f"{REVISIONS}/both.py",
    ),
    found(
        "G06",
        "from my_service.database import Base",
        f"{REVISIONS}/application.py",
    ),
    found(
        "G06",
        """
        def upgrade() -> None:
            with Session(op.get_bind()) as session:
                session.execute(products.update().values(weight=0))
        """,
        f"{REVISIONS}/session.py",
    ),
    found(
        "G07",
        "context.configure(connection=connection, compare_type=True)",
        "migrations/env.py",
    ),
    found(
        "G12",
        'op.alter_column("products", "name", nullable=True)',
        f"{REVISIONS}/altered.py",
        cells="sqlite",
    ),
    found(
        "G15",
        """
        def upgrade() -> None:
            op.add_column("products", sa.Column("weight", sa.Integer()))
            op.create_index("ix_products_weight", "products", ["weight"])
        """,
        f"{REVISIONS}/two.py",
        cells="mysql",
    ),
    found(
        "M13",
        f'op.drop_index("ix_{"long_" * 13}")',
        f"{REVISIONS}/long_name.py",
    ),
    found(
        "T01",
        "Base.metadata.create_all(engine)",
        "tests/orders/test_new.py",
    ),
    found(
        "T03",
        in_function("session = AsyncMock()"),
        "tests/test_mock.py",
    ),
    found(
        "X04",
        "size: int = get()  # type: ignore[no-any-return]",
    ),
    found("X04", "stock: Mapped[int]  # waive: M11"),
    found(
        "X04",
        '@pytest.mark.waive("Q06")\ndef test_it(): ...',
        "tests/test_waived.py",
    ),
    found("X04", "name = 1  # noqa: S105"),
    found(
        "X04",
        "# waive: Q06 (there was a loop)\nsize = 1",
    ),
    found("X04", "size: int = 'one'  # type: ignore  # (why)\n"),
    found(
        "E01",
        """
        import sqlalchemy.ext.asyncio as aio
        engine = aio.create_async_engine("")
        """,
        cells="-async",
    ),
    found("E01", "from sqlalchemy import create_engine", cells="-sync"),
    found("S01", "from sqlalchemy.ext.asyncio import async_sessionmaker"),
    found("S11", "from sqlalchemy.orm import scoped_session"),
    found(
        "S11", "from sqlalchemy.ext.asyncio import async_scoped_session", cells="-async"
    ),
    found("A01", "from sqlalchemy.orm import Session", cells="-async"),
    found("A01", "from sqlalchemy import create_engine", cells="-async"),
    found("A01", in_function("import time\ntime.sleep(1)"), cells="-async"),
    found("M01", "from sqlalchemy.orm import declarative_base"),
    found("M01", "from sqlalchemy.orm import DeclarativeBase"),
    found("M07", "from sqlalchemy.orm import backref"),
    found("M16", "import datetime\nnow = datetime.datetime.utcnow"),
    found("M16", "from datetime import datetime\ndatetime.now()"),
    found("M19", "from sqlalchemy.orm import lazyload"),
    found("Q01", "from sqlalchemy.orm import Query"),
    found("Q08", "from sqlalchemy.orm import subqueryload"),
    found("Q08", "from sqlalchemy import orm\norm.noload"),
    found("Q10", "rows = f\"SELECT * FROM products WHERE sku = '{sku}'\""),
    found("Q11", "import sqlalchemy as sa\nsa.text"),
    found("Q11", "from sqlalchemy.sql import text"),
    found("Q16", "where(Product.deleted_at == None)"),
    found("Q16", "where(Product.sold == True)"),
    found("X04", "size = 1  # noqa: S105 (it was a password once)"),
    found("X04", "import time  # noqa"),
    found("X03", FAST002, cells="fastapi"),
    found(
        "E09",
        in_function(
            """
            try:
                await session.flush()
            except sqlalchemy.exc.TimeoutError:
                pass
            """
        ),
    ),
    found("S18", in_function("await session.get_one(Product, 1)")),
    found(
        "S06",
        """
        @app.teardown_request
        def commit(error): g.session.commit()
        """,
        cells="flask",
    ),
    found(
        "S17",
        "def create(session):\n    store(session)\n    return {}, 409",
        cells="flask",
    ),
    found("T01", "engine = create_async_engine('')", "tests/orders/test_own.py"),
    # What names hold, and what helpers do.
    found(
        "S13",
        """
        import httpx2
        from ..database import unit_of_work


        async def tell(number: int) -> None:
            await httpx2.AsyncClient().post("https://example.com", json=number)


        async def work(sessions) -> None:
            async with unit_of_work(sessions) as session:
                await tell(1)
        """,
        f"{SOURCE}/checkout.py",
    ),
    found(
        "S13",
        "import typer\n\n\n"
        + in_function(
            """
            async with unit_of_work(sessions) as session:
                typer.confirm("Delete all?")
            """
        ),
        f"{SOURCE}/commands.py",
    ),
    found(
        "Q06",
        """
        from ..catalogue.models import Product


        async def name_of(session: AsyncSession, key: int) -> str:
            return (await session.get_one(Product, key)).name


        async def names(session: AsyncSession, keys: list[int]) -> list[str]:
            return [await name_of(session, key) for key in keys]
        """,
        f"{SOURCE}/repository.py",
    ),
    found(
        "Q01",
        in_function("await session.run_sync(lambda s: s.query(Product).all())"),
        cells="-async",
    ),
    found("Q01", in_function("session.bulk_insert_mappings(Product, keys)")),
    found(
        "S03",
        "from sqlalchemy.ext.asyncio import AsyncSession\n\n"
        "current: AsyncSession | None = None",
    ),
    found(
        "S03",
        "from ..catalogue.models import Product\n\nSEEN: dict[int, Product] = {}",
    ),
    found("S03", in_function("session.expunge_all()")),
    found("S09", in_function("with session.no_autoflush:\n    pass")),
    found(
        "S17",
        """
        @router.patch("/products/{key}")
        async def change(session: AsyncSession, key: int, name: str) -> object:
            product = await session.get_one(Product, key)
            product.name = name
            if not name:
                return JSONResponse({"detail": "no name"}, status_code=400)
            return {}
        """,
        cells="fastapi|flask",
    ),
    # Queries of a statement that a variable holds, or that is put together.
    found(
        "Q04",
        in_function(
            "rows = (await session.scalars(select(Product))).all()\nreturn rows[0]"
        ),
        f"{SOURCE}/repository.py",
    ),
    found(
        "Q04",
        in_function(
            """
            statement = select(Product)
            statement = statement.order_by(Product.created_at.desc())
            return (await session.scalars(statement)).first()
            """
        ),
        f"{SOURCE}/repository.py",
    ),
    found(
        "Q17",
        in_function("query = select(Product)\nquery = query.limit(20)"),
        f"{SOURCE}/repository.py",
    ),
    found(
        "Q12",
        in_function("rows = await session.scalars(select(Product))\nlen(rows.all())"),
        f"{SOURCE}/repository.py",
    ),
    found(
        "Q12",
        in_function(
            """
            rows = await session.scalars(select(Product))
            return [row for row in rows if row.stock == 0]
            """
        ),
        f"{SOURCE}/repository.py",
    ),
    found(
        "Q12",
        in_function(
            """
            statement = select(func.count()).select_from(Product)
            return (await session.scalar(statement) or 0) > 0
            """
        ),
        f"{SOURCE}/repository.py",
    ),
    found(
        "Q14",
        in_function(
            "for key in keys:\n    session.add(key)\n    await session.flush()"
        ),
        f"{SOURCE}/repository.py",
    ),
    found(
        "Q24",
        """
        from ..orders.models import Customer


        async def visit(session: AsyncSession, key: int) -> None:
            customer = await session.get_one(Customer, key)
            customer.visits += 1
        """,
        f"{SOURCE}/repository.py",
    ),
    found(
        "Q24",
        """
        from ..orders.repository import CustomerRepository


        async def visit(session: AsyncSession, key: int) -> None:
            customer = await CustomerRepository(session).get_one(key)
            customer.visits = customer.visits + 1
        """,
    ),
    found(
        "Q24",
        in_function(
            """
            newest = await session.scalar(select(func.max(Product.id)))
            return (newest or 0) + 1
            """
        ),
        f"{SOURCE}/repository.py",
    ),
    found(
        "Q24",
        in_function(
            """
            product = await session.scalar(select(Product).where(Product.sku == keys))
            if product is None:
                product = Product(sku=keys)
                session.add(product)
            """
        ),
        f"{SOURCE}/repository.py",
    ),
    found(
        "Q24",
        in_function(
            """
            found = await ProductRepository(session).find(Product.sku == keys)
            if not found:
                await ProductRepository(session).add(Product(sku=keys))
            """
        ),
    ),
    *(
        found(
            "Q12",
            in_function(
                f"rows = await session.scalars(select(Product))\nreturn {code}"
            ),
            f"{SOURCE}/repository.py",
        )
        for code in (
            "len(list(rows))",
            "max(rows, key=lambda row: row.stock)",
            "sorted(rows, key=lambda row: row.name)",
            "list(filter(lambda row: row.stock > 0, rows))",
        )
    ),
    found(
        "Q12",
        in_function("bool(await session.scalar(select(func.count(Product.id))))"),
        f"{SOURCE}/repository.py",
    ),
    found(
        "Q21",
        in_function(
            "await session.scalars(select(Product).options(selectinload(Product.categories)))"
        ),
        f"{SOURCE}/repository.py",
    ),
    found(
        "S14",
        in_function("for key in keys:\n    async with sessions() as own: ..."),
    ),
    found(
        "S20",
        in_function(
            "async with unit_of_work(sessions) as one, unit_of_work(sessions) as two: ..."
        ),
    ),
    found(
        "Q06",
        """
        class Report:
            def __init__(self, session: AsyncSession) -> None:
                self.session = session

            async def product(self, key: int) -> Product:
                return await self.session.get_one(Product, key)

            async def names(self, keys: list[int]) -> list[str]:
                return [(await self.product(key)).name for key in keys]
        """,
    ),
    found(
        "S13",
        """
        import urllib.request


        class Report:
            def __init__(self, session: AsyncSession) -> None:
                self.session = session

            def send(self) -> None:
                urllib.request.urlopen("https://example.com")
        """,
    ),
    found(
        "M11",
        "select(Product).where(func.date(Product.created_at) == today)",
        f"{SOURCE}/repository.py",
    ),
    found(
        "M11",
        "select(Product).order_by(func.random()).limit(1)",
        f"{SOURCE}/repository.py",
    ),
    *(
        found(
            "M27",
            f"class ProductCreate(BaseModel):\n    {name}: float",
            f"{SOURCE}/schemas.py",
        )
        for name in ("price", "yearly_budget", "refunds")
    ),
    *(
        found("X03", f"sku: Annotated[str, {code}]", f"{SOURCE}/schemas.py")
        for code in (
            'Field(max_length=9, pattern="[A-Z]+")',
            'StringConstraints(pattern=r"tea|salt")',
            'Query(pattern=r"\\d{3}")',
        )
    ),
    found(
        "X03",
        """
        from fastapi import Request


        async def create(request: Request) -> None:
            given = await request.json()
        """,
        cells="fastapi",
    ),
    found(
        "X06",
        in_function("return (await ProductRepository(session).get_one(1)).__dict__"),
        cells="fastapi|flask",
    ),
    *(
        found("T04", f"def test_it(client) -> None:\n    {code}", "tests/test_own.py")
        for code in (
            "time.sleep(0.5)",
            "assert time.time() - start < 1",
            "assert greeting(name) == 'Hello' if datetime.now(UTC).hour < 12 else 'Bye'",
            "today = datetime.now(UTC)\n    assert is_open() == (today.weekday() < 5)",
            "assert report.day == datetime.today().day",
            "key = random.randint(1, 9)\n    assert twice(key) == 2 * key",
            "assert invoice.due == date.today()",
            "assert order.id == 1",
            "assert session.scalars(select(Product)).all() == [tea, salt]",
            "global number",
            'os.environ["DEBUG"] = "1"',
        )
    ),
    found(
        "T03",
        'def test_it() -> None:\n    with patch("my_service.orders.checkout.select"): ...',
        "tests/test_patched.py",
    ),
    found("Q21", GET_ALL, cells="fastapi"),
    found(
        "T05",
        "async def test_it(client):\n    await client.get('/rooms')\n",
        "tests/test_it.py",
    ),
    found(
        "T05",
        "def test_it(answer):\n    assert answer.status_code\n",
        "tests/test_it.py",
    ),
    found(
        "T05",
        "def test_it(answer):\n    assert answer.status_code in (200, 404)\n",
        "tests/test_it.py",
    ),
    *(
        found(
            "T05",
            f"async def test_it(client, rooms):\n    {code}\n",
            "tests/test_it.py",
        )
        for code in (
            "assert await client.get('/rooms')",
            "answer = await client.get(path('/rooms'))\n    assert answer",
            "assert await rooms.add(Room(name='a'))",
            "assert RoomRepository(session).add(Room(name='a'))",
            "pytest.skip()",
        )
    ),
    *(
        found(
            "T05",
            f"@pytest.mark.{mark}\ndef test_it(): assert total() == 1\n",
            "tests/test_it.py",
        )
        for mark in ("skip", "skip()", "xfail", "xfail(strict=True)", "skip(reason='')")
    ),
    *(
        found("T04", f"{code}\n\n\ndef test_it(): ...", "tests/test_it.py")
        for code in ("created = []", "_seen: dict[str, int] = {}", "names = set()")
    ),
    *(
        found(
            "T01",
            in_function(f"await session.execute(text('{code}'))"),
            "tests/test_it.py",
        )
        for code in ("TRUNCATE rooms", "delete from rooms", "DROP TABLE rooms")
    ),
    found("Q02", "class RoomRepo:\n    def __init__(self, session): ...\n"),
    found("Q12", in_function("bool((await session.scalars(select(Room.id))).all())")),
    found(
        "Q12",
        in_function(
            "[room for room in await session.scalars(select(Room)) if room.open]"
        ),
    ),
    found("M26", "mapped_column(default=str(uuid.uuid4()))", f"{SOURCE}/models.py"),
    found("M27", "class Bill(BaseModel):\n    total: float\n"),
    at_once(
        "Q24",
        """
        customer = await CustomerRepository(session).get_one(key)
        customer.visits, customer.name = customer.visits + 1, "again"
        """,
    ),
    at_once(
        "Q24",
        """
        customer = await CustomerRepository(session).get_one(key)
        customer.visits = max(0, customer.visits - 1)
        """,
    ),
    at_once(
        "Q24",
        """
        product = await ProductRepository(session).get_one(key, for_update=True)
        customer = await CustomerRepository(session).get_one(key)
        customer.visits += product.stock
        """,
    ),
    at_once(
        "Q24",
        """
        customers = CustomerRepository(session)
        if await customers.by_email("a@example.com") is not None:
            raise Conflict("taken")
        await customers.add(Customer(name="A"))
        """,
    ),
    at_once(
        "Q24",
        """
        customers = CustomerRepository(session)
        taken = await customers.exists(Customer.name == "A")
        if await customers.exists(Customer.name == "A"):
            raise Conflict("taken")
        await customers.add(Customer(name="A"))
        """,
    ),
    at_once(
        "Q23",
        """
        customers = CustomerRepository(session)
        for each in (key, other):
            await customers.get_one(each, for_update=True)
        """,
    ),
    at_once(
        "Q23",
        """
        customers = CustomerRepository(session)
        source = await customers.get_one(key, for_update=True)
        target = await customers.get_one(other, for_update=True)
        """,
    ),
    at_once("A01", "with lock:\n    await session.flush()", "async"),
    found(
        "A01",
        """
        import smtplib


        async def tell(host: str) -> None:
            with smtplib.SMTP(host) as server:
                server.noop()
        """,
        cells="async",
    ),
    found(
        "A01",
        """
        from fastapi import UploadFile


        async def read(upload: UploadFile) -> bytes:
            return upload.file.read()
        """,
        cells="fastapi-async",
    ),
    found(
        "S05",
        in_function("async with sessions() as session:\n    session.add(keys)"),
        f"{SOURCE}/repository.py",
    ),
    found(
        "S07",
        """
        async def work(session: AsyncSession) -> None:
            try:
                await session.flush()
            except Conflict:
                pass
        """,
    ),
    found(
        "S12",
        in_function("await session.execute(func.pg_advisory_lock(7))"),
        f"{SOURCE}/repository.py",
    ),
    found(
        "S12",
        in_function("await session.execute(text(\"SET work_mem = '1GB'\"))"),
        f"{SOURCE}/repository.py",
    ),
    found(
        "S13",
        """
        async def work(sessions: Sessions) -> None:
            async with sessions.begin() as session:
                await session.flush()
                httpx.post("https://example.com")
        """,
    ),
    found(
        "S17",
        """
        @router.post("/orders")
        def order(key: int) -> dict[str, str]:
            return {"error": "taken"}
        """,
        cells="fastapi|flask",
    ),
    found("X06", in_function("return vars(keys)"), cells="fastapi|flask"),
    found(
        "Q02",
        """
        from fastapi import HTTPException


        def refuse() -> None:
            raise HTTPException(409)
        """,
        f"{SOURCE}/services.py",
        "fastapi",
    ),
    found(
        "M11",
        """
        from ..orders.models import Customer


        async def work(session: AsyncSession, name: str) -> None:
            await session.scalars(select(Customer).where(func.lower(Customer.name) == name))
        """,
        f"{SOURCE}/repository.py",
    ),
    found(
        "Q03",
        """
        class RoomRepository(Repository[Room]):
            async def sold_out(self) -> list[dict[str, object]]: ...
        """,
        f"{SOURCE}/repository.py",
    ),
    found("E04", 'TOKEN = os.environ.get("API_TOKEN", "changeme")'),
    found("S04", in_function("session.sync_session.flush()")),
    found(
        "Q15",
        in_function(
            """
            await session.execute(
                update(Product).where(Product.id == keys).values(stock=0),
                execution_options={"synchronize_session": False},
            )
            """
        ),
        f"{SOURCE}/repository.py",
    ),
    found(
        "Q07",
        in_function(
            "select(Order).options(contains_eager(Order.lines)).order_by(Order.id).limit(9)"
        ),
        f"{SOURCE}/repository.py",
    ),
    found(
        "Q04",
        in_function("await session.scalar(select(Product).where(keys).limit(1))"),
        f"{SOURCE}/repository.py",
    ),
    found(
        "Q17",
        in_function("select(Order).distinct(Order.customer_id)"),
        f"{SOURCE}/repository.py",
    ),
    found(
        "Q13",
        in_function("ProductRepository(session).find(Product.stock > 0 and keys)"),
    ),
    found(
        "Q13", in_function("ProductRepository(session).find_one(Product.name is None)")
    ),
    found(
        "Q16",
        """
        async def work(session: AsyncSession) -> None:
            select(Product).where(Product.id.not_in(select(Room.product_id)))


        class Room(Base):
            __tablename__ = "rooms"

            product_id: Mapped[int | None]
        """,
        f"{SOURCE}/repository.py",
    ),
    found(
        "M11",
        in_function(
            "ProductRepository(session).find(func.date(Product.created_at) == keys)"
        ),
    ),
    at_once(
        "Q24",
        """
        customers = CustomerRepository(session)
        customer = await customers.find_one(Customer.name == "A")
        return customer or await customers.add(Customer(name="A"))
        """,
    ),
    found(
        "Q24",
        """
        import asyncio

        lock = asyncio.Lock()


        async def work(session: AsyncSession, key: int) -> None:
            async with lock:
                await session.flush()
        """,
        cells="async",
    ),
    found(
        "S13",
        """
        import asyncio
        from urllib.request import urlopen


        def push() -> None:
            urlopen("https://example.com")


        def push_again() -> None:
            push()


        async def work(session: AsyncSession) -> None:
            await session.flush()
            await asyncio.to_thread(push_again)
        """,
    ),
    found(
        "S20",
        """
        async def audit(sessions: Sessions) -> None:
            async with unit_of_work(sessions) as session:
                await session.flush()


        async def work(sessions: Sessions) -> None:
            async with unit_of_work(sessions) as session:
                await audit(sessions)
        """,
    ),
    found(
        "S02",
        """
        async def work(sessions: Sessions, key: int) -> None:
            async with unit_of_work(sessions) as session:
                products = await ProductRepository(session).by_keys([key])
            for product in products:
                product.stock = 0
        """,
    ),
    found(
        "S07",
        """
        from contextlib import suppress


        async def work(session: AsyncSession) -> None:
            with suppress(Conflict):
                await session.flush()
        """,
    ),
    found(
        "M24",
        """
        from ..database import Base, Repository


        class Room(Base):
            __tablename__ = "rooms"

            details: Mapped[dict[str, object]]


        class RoomRepository(Repository[Room]):
            model = Room


        async def work(session: AsyncSession, key: int) -> None:
            room = await RoomRepository(session).get_one(key)
            room.details["doors"] = 2
        """,
    ),
    found(
        "M24",
        """
        class Room(Base):
            __tablename__ = "rooms"

            doors: Mapped[list[str]] = mapped_column(JSON)


        async def work(session: AsyncSession, key: int) -> None:
            room = await session.get(Room, key)
            room.doors.append("north")
        """,
        f"{SOURCE}/repository.py",
    ),
    found(
        "M26",
        """
        class RoomRead(BaseModel):
            at: datetime = Field(default=datetime.now(UTC))
        """,
    ),
    found(
        "M26",
        """
        class Room(Base):
            at: Mapped[datetime] = mapped_column(server_default="now()")
        """,
        f"{SOURCE}/models.py",
    ),
    found(
        "G04",
        'op.create_table("rooms", if_not_exists=True)',
        f"{REVISIONS}/there.py",
    ),
    found(
        "X03",
        """
        @router.patch("/rooms")
        async def change(given: RoomUpdate) -> None:
            values = given.model_dump()
        """,
    ),
    found(
        "X03",
        """
        @router.get("/files/{name}")
        async def read(name: str) -> FileResponse:
            return FileResponse(FOLDER / name)
        """,
    ),
    found(
        "X03",
        """
        @router.post("/login")
        async def login(then: str = "/") -> RedirectResponse:
            return RedirectResponse(then)
        """,
    ),
    found(
        "X03",
        """
        import httpx


        @router.post("/hooks")
        async def hook(given: Hook) -> None:
            httpx.get(given.url)
        """,
    ),
    found("X03", 'class Room(BaseModel, extra="allow"): ...'),
    found(
        "X06", in_function("return keys.api_token != session"), cells="flask|fastapi"
    ),
    found(
        "T04",
        """
        from my_service.catalogue.models import Product


        async def test_it(session: AsyncSession) -> None:
            session.add(Product(id=1, sku="TEA"))
        """,
        "tests/test_it.py",
    ),
    found(
        "T05",
        """
        async def test_it(client: Client) -> None:
            assert (await client.get("/")).status_code == 201 or 200
        """,
        "tests/test_it.py",
    ),
    found(
        "T01",
        'engine = create_async_engine("DATABASE://")',
        "tests/conftest.py",
    ),
    found(
        "Q19",
        in_function(
            "ProductRepository(session).find(order_by=[getattr(Product, keys)])"
        ),
    ),
    found(
        "S18",
        in_function(
            """
            new = insert(Product).values(sku=keys).on_conflict_do_nothing()
            (await session.scalars(new.returning(Product.id))).one()
            """
        ),
        f"{SOURCE}/repository.py",
    ),
    at_once(
        "S04",
        """
        calls = [one.flush() for one in (session, session)]
        await asyncio.gather(*calls)
        """,
        "async",
    ),
    at_once("S10", "tasks.add_task(work, session, key)", "fastapi|flask"),
    found(
        "T04", "def test_it() -> None:\n    assert randint(1, 9)", "tests/test_it.py"
    ),
    found(
        "T05",
        """
        def test_it() -> None:
            try:
                assert 1 == 2
            except AssertionError:
                pass
        """,
        "tests/test_it.py",
    ),
    found("T01", "session = AsyncSession(engine)", "tests/test_it.py"),
    found(
        "X03",
        """
        @router.get("/files/{name}")
        async def read(name: str) -> FileResponse:
            path = FOLDER / name
            return FileResponse(path)
        """,
    ),
    found(
        "A01",
        """
        import smtplib


        def send(text: str) -> None:
            smtplib.SMTP("localhost").sendmail("a@a.org", "b@b.org", text)


        async def tell() -> None:
            send("hello")
        """,
        cells="async",
    ),
    found(
        "T05",
        """
        def test_it(mail: Mock) -> None:
            mail.assert_called_once
        """,
        "tests/test_it.py",
    ),
    found(
        "Q03",
        """
        class RoomRepository(Repository[Room]):
            async def _sold_out(self) -> Any: ...
        """,
        f"{SOURCE}/repository.py",
    ),
]
