"""Each rule of a rendered project bites, in every cell, and leaves the project alone."""

import json
import re
import shutil
import subprocess
import sysconfig
import tomllib
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from textwrap import dedent

import pytest
import yaml
from cells import CELLS, Cell
from conftest import Render

Findings = set[tuple[str, str]]

SOURCE = "src/my_service"
REVISIONS = "migrations/versions"


@dataclass(frozen=True)
class Violation:
    """Code that breaks a rule, written for async.

    `rule` is the id of a rule of ast-grep, or "ruff" and the id that ruff's finding names.
    """

    rule: str
    code: str
    file: str = f"{SOURCE}/routes.py"
    cells: str = ""

    def fits(self, cell: Cell) -> bool:
        """Whether the rule is one of the cell's."""
        return re.search(self.cells, str(cell)) is not None

    def written_for(self, cell: Cell) -> str:
        """The code, as somebody would write it in a project of the cell."""
        code = dedent(self.code).replace("DATABASE", cell.database)
        if cell.concurrency == "async" or "A02" in self.rule:
            return code
        code = code.replace("sqlalchemy.ext.asyncio", "sqlalchemy.orm")
        return re.sub("async[ _]|await |Async", "", code)


def in_function(code: str) -> str:
    return "async def work(session, sessions, keys):\n" + "".join(
        f"    {line}\n" for line in dedent(code).strip().splitlines()
    )


VIOLATIONS = [
    Violation("E01-one-engine", in_function("engine = build_engine(settings)")),
    Violation(
        "ruff E01",
        """
        import sqlalchemy.ext.asyncio as aio
        engine = aio.create_async_engine("")
        """,
        cells="-async",
    ),
    Violation("ruff E01", "from sqlalchemy import create_engine", cells="-sync"),
    Violation("E02-connections-are-tried", "create_async_engine(url)"),
    Violation("E03-pool-from-the-settings", "create_async_engine(url, pool_size=5)"),
    Violation("E04-no-address-in-code", 'url = "DATABASE://localhost/shop"'),
    Violation(
        "E04-no-address-in-code",
        'url = "DATABASE+driver://app:secret@localhost/shop"',
        f"{REVISIONS}/address.py",
    ),
    Violation("E05-no-echo-in-code", "create_async_engine(url, echo=True)"),
    Violation("S01-sessions-from-one-source", in_function("AsyncSession(engine)")),
    Violation(
        "ruff S01",
        "from sqlalchemy.ext.asyncio import async_sessionmaker",
    ),
    Violation("S02-sessions-are-closed", in_function("session = sessions()")),
    Violation("S03-no-global-session", "session = sessions()"),
    Violation(
        "S04-session-is-not-shared",
        in_function("await asyncio.gather(one(session), other(session))"),
        cells="-async",
    ),
    Violation(
        "S04-session-is-not-shared",
        in_function("executor.submit(one, session)"),
        cells="-sync",
    ),
    Violation(
        "S04-repository-is-not-shared",
        in_function("await asyncio.gather(one(), other())"),
        f"{SOURCE}/repository.py",
        cells="-async",
    ),
    Violation(
        "S04-repository-is-not-shared",
        in_function("executor.submit(one)"),
        f"{SOURCE}/repository.py",
        cells="-sync",
    ),
    Violation("S05-commit-at-the-edge", in_function("await session.commit()")),
    Violation(
        "S05-commit-at-the-edge",
        in_function("await self.session.rollback()"),
        f"{SOURCE}/repository.py",
    ),
    Violation(
        "S06-commit-before-the-response",
        """
        async def read(session: Annotated[AsyncSession, Depends(request_session)]): ...
        """,
        cells="fastapi",
    ),
    Violation("S08-readable-after-the-commit", "async_sessionmaker(engine)"),
    Violation("S09-flush-is-said", "async_sessionmaker(engine)"),
    Violation("ruff S11", "from sqlalchemy.orm import scoped_session"),
    Violation(
        "ruff S11",
        "from sqlalchemy.ext.asyncio import async_scoped_session",
        cells="-async",
    ),
    Violation("S12-no-transactions-by-hand", 'text("BEGIN")'),
    Violation(
        "S12-no-transactions-by-hand", 'op.execute("COMMIT")', f"{REVISIONS}/commit.py"
    ),
    Violation(
        "S14-no-commit-in-a-loop",
        in_function(
            """
            for key in keys:
                async with unit_of_work(sessions) as session:
                    pass
            """
        ),
    ),
    Violation(
        "S15-catch-around-the-savepoint",
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
    Violation(
        "S16-errors-are-translated",
        in_function(
            """
            try:
                await session.flush()
            except IntegrityError:
                pass
            """
        ),
    ),
    Violation("ruff A01", "from sqlalchemy.orm import Session", cells="-async"),
    Violation("ruff A01", "from sqlalchemy import create_engine", cells="-async"),
    Violation(
        "ruff ASYNC251", in_function("import time\ntime.sleep(1)"), cells="-async"
    ),
    Violation("A02-no-async-code", "async def read(): ...", cells="-sync"),
    Violation(
        "A02-no-async-code",
        "from sqlalchemy.ext.asyncio import AsyncSession",
        cells="-sync",
    ),
    Violation("ruff M01", "from sqlalchemy.orm import declarative_base"),
    Violation("ruff M01", "from sqlalchemy.orm import DeclarativeBase"),
    Violation(
        "M02-mapped-column",
        """
        class Shelf(Base):
            name = Column(String(64))
        """,
        f"{SOURCE}/models.py",
    ),
    Violation(
        "M02-annotated",
        """
        class Shelf(Base):
            products = relationship("Product", lazy="raise")
        """,
        f"{SOURCE}/models.py",
    ),
    Violation(
        "M03-mapped-to-a-type",
        """
        class Shelf(Base):
            details: Mapped[Any] = mapped_column(JSON)
        """,
        f"{SOURCE}/models.py",
    ),
    Violation(
        "M07-both-sides",
        """
        class Shelf(Base):
            products: Mapped[list["Product"]] = relationship(backref="shelf")
        """,
        f"{SOURCE}/models.py",
    ),
    Violation("ruff M07", "from sqlalchemy.orm import backref"),
    Violation(
        "M12-in-table-args",
        "Index(None, Product.name)",
        f"{SOURCE}/models.py",
    ),
    Violation("M16-aware-defaults", "made_at = mapped_column(default=datetime.now)"),
    Violation("ruff M16", "import datetime\nnow = datetime.datetime.utcnow"),
    Violation("ruff DTZ005", "from datetime import datetime\ndatetime.now()"),
    Violation("ruff M19", "from sqlalchemy.orm import lazyload"),
    Violation("Q01-select", in_function("session.query(Product)")),
    Violation("ruff Q01", "from sqlalchemy.orm import Query"),
    Violation("Q02-queries-in-repositories", "from sqlalchemy import select"),
    Violation("Q02-queries-in-repositories", in_function("session.add(product)")),
    Violation(
        "Q04-first-of-an-order",
        in_function("(await session.scalars(select(Product))).first()"),
        f"{SOURCE}/repository.py",
    ),
    Violation(
        "Q06-no-query-in-a-loop",
        in_function(
            """
            for key in keys:
                await self.session.get(Product, key)
            """
        ),
        f"{SOURCE}/repository.py",
    ),
    Violation(
        "Q06-no-query-in-a-loop",
        in_function(
            """
            products = ProductRepository(session)
            return [await products.get_one(key) for key in keys]
            """
        ),
    ),
    Violation("ruff Q08", "from sqlalchemy.orm import subqueryload"),
    Violation("ruff Q08", "from sqlalchemy import orm\norm.noload"),
    Violation(
        "Q10-sql-is-a-literal",
        """
        from sqlalchemy import text
        text(f"sku = '{sku}'")
        """,
    ),
    Violation(
        "Q10-sql-is-a-literal",
        'op.execute("DROP TABLE %s" % name)',
        f"{REVISIONS}/drop.py",
    ),
    Violation("ruff S608", "rows = f\"SELECT * FROM products WHERE sku = '{sku}'\""),
    Violation("ruff Q11", "import sqlalchemy as sa\nsa.text"),
    Violation("ruff Q11", "from sqlalchemy.sql import text"),
    Violation("Q11-no-driver-sql", in_function("c.exec_driver_sql('SELECT 1')")),
    Violation(
        "Q12-counted-by-the-database",
        in_function("len((await session.scalars(statement)).all())"),
    ),
    Violation(
        "Q14-no-add-in-a-loop",
        in_function(
            """
            for row in rows:
                await ProductRepository(session).add(Product(**row))
            """
        ),
    ),
    Violation(
        "Q15-no-write-in-a-loop",
        in_function(
            """
            for product in products:
                await session.delete(product)
            """
        ),
    ),
    Violation("ruff E711", "where(Product.deleted_at == None)"),
    Violation("ruff E712", "where(Product.sold == True)"),
    Violation("Q17-limit-of-an-order", "select(Product).limit(20)"),
    Violation("G01-schema-by-migrations", "Base.metadata.create_all(engine)"),
    Violation(
        "G03-reviewed",
        "# ### commands auto generated by Alembic - please adjust! ###",
        f"{REVISIONS}/unread.py",
    ),
    Violation(
        "G04-there-is-a-way-back",
        """
        def downgrade() -> None:
            pass
        """,
        f"{REVISIONS}/one_way.py",
    ),
    Violation(
        "G06-schema-or-data",
        """
        def upgrade() -> None:
            op.add_column("products", sa.Column("weight", sa.Integer()))
            op.execute("UPDATE products SET weight = 0")
        """,
        f"{REVISIONS}/both.py",
    ),
    Violation(
        "G06-revision-stands-alone",
        "from my_service.database.base import Base",
        f"{REVISIONS}/application.py",
    ),
    Violation(
        "G07-every-difference-is-found",
        "context.configure(connection=connection, compare_type=True)",
        "migrations/env.py",
    ),
    Violation("X04-waivers-say-why", "name = 1  # noqa: S105"),
]


def place(violation: Violation) -> str:
    """Where a violation is planted: a file of its own, unless there can be only one."""
    folder, name = violation.file.rsplit("/", 1)
    if violation.file == "migrations/env.py":
        return violation.file
    number = VIOLATIONS.index(violation)
    return f"{folder}/planted_{number}/{name}"


PLANTED = [
    pytest.param(
        cell,
        violation,
        id=f"{cell}-{violation.rule}",
        marks=[pytest.mark.xdist_group(str(cell)), pytest.mark.cell],
    )
    for cell in CELLS
    for violation in VIOLATIONS
    if violation.fits(cell)
]


@pytest.fixture
def project(cell: Cell, render: Render) -> Path:
    """The cell's project, untouched."""
    return render(**cell.answers, example=True)


@pytest.fixture(scope="session")
def findings(
    render: Render, tmp_path_factory: pytest.TempPathFactory
) -> Callable[[Cell], Findings]:
    """What is found in a cell's project in which every violation was planted."""
    found: dict[Cell, Findings] = {}

    def findings(cell: Cell) -> Findings:
        if cell not in found:
            project = tmp_path_factory.mktemp("planted") / "project"
            shutil.copytree(render(**cell.answers, example=True), project)
            for violation in VIOLATIONS:
                if violation.fits(cell):
                    file = project / place(violation)
                    file.parent.mkdir(exist_ok=True)
                    file.write_text(violation.written_for(cell), "utf-8")
            found[cell] = scan(project) | lint(project)
        return found[cell]

    return findings


def tool(project: Path, name: str, *arguments: str) -> str:
    """Run a tool on a project and give what it prints; it may well find something."""
    places = [sysconfig.get_path("scripts"), None]
    program = next(filter(None, (shutil.which(name, path=path) for path in places)))
    done = subprocess.run(
        [program, *arguments], cwd=project, capture_output=True, text=True, check=False
    )
    assert done.returncode <= 1, done.stderr
    return done.stdout


def scan(project: Path) -> Findings:
    """What ast-grep finds."""
    matches = json.loads(tool(project, "ast-grep", "scan", "--json"))
    return {(match["ruleId"], match["file"]) for match in matches}


def lint(project: Path) -> Findings:
    """What ruff finds; of what is banned, by the id of our rule."""
    options = ("--no-cache", "--output-format=json")
    found: Findings = set()
    for problem in json.loads(tool(project, "ruff", "check", *options)):
        ours = re.search(r"is banned: ([A-Z]\d\d): ", problem["message"])
        name = ours[1] if ours else problem["code"]
        file = Path(problem["filename"]).relative_to(project).as_posix()
        found.add((f"ruff {name}", file))
    return found


@cache
def rules(project: Path) -> list[dict[str, str]]:
    """The rules of ast-grep."""
    return [
        rule
        for file in sorted(project.glob("conventions/rules/*.yml"))
        for rule in yaml.safe_load_all(file.read_text("utf-8"))
    ]


def bans(project: Path) -> dict[str, str]:
    """What ruff bans, and the message of each."""
    settings = tomllib.loads((project / "pyproject.toml").read_text("utf-8"))
    tidy_imports = settings["tool"]["ruff"]["lint"]["flake8-tidy-imports"]
    return {name: ban["msg"] for name, ban in tidy_imports["banned-api"].items()}


def documented(project: Path) -> dict[str, str]:
    """What CONVENTIONS.md says, by rule."""
    text = (project / "CONVENTIONS.md").read_text("utf-8")
    _, *parts = re.split(r"^### ([A-Z]\d\d)$", text, flags=re.MULTILINE)
    return dict(zip(parts[::2], parts[1::2], strict=True))


@pytest.mark.parametrize(("where", "violation"), PLANTED)
def test_a_violation_is_found(
    where: Cell, violation: Violation, findings: Callable[[Cell], Findings]
) -> None:
    assert (violation.rule, place(violation)) in findings(where)


@pytest.mark.parametrize("example", [True, False], ids=["shop", "bare"])
def test_nothing_is_found_in_an_untouched_project(
    cell: Cell, example: bool, render: Render
) -> None:
    project = render(**cell.answers, example=example)
    assert scan(project) | lint(project) == set()


def test_the_rules_pass_their_own_tests(project: Path) -> None:
    output = tool(project, "ast-grep", "test", "--skip-snapshot-tests")
    passed = set(re.findall(r"^PASS (\S+)", output, flags=re.MULTILINE))
    assert passed == {rule["id"] for rule in rules(project)}, output


def test_every_rule_has_a_violation(project: Path) -> None:
    expected = {rule["id"] for rule in rules(project)}
    expected |= {f"ruff {message[:3]}" for message in bans(project).values()}
    assert expected <= {violation.rule for violation in VIOLATIONS}


def test_every_message_leads_to_its_rule(project: Path) -> None:
    text = documented(project)
    for rule in rules(project):
        number = rule["id"][:3]
        assert re.fullmatch(rf"{number}-[a-z-]+", rule["id"])
        assert rule["severity"] == "error"
        anchor = rf"\(see CONVENTIONS\.md#{number.lower()}\)"
        assert re.fullmatch(rf"{number}: [^;]+[;.?] .+ {anchor}", rule["message"])
        assert f"`{rule['id']}`" in "".join(text.values()), rule["id"]
    for name, message in bans(project).items():
        assert re.fullmatch(r"[A-Z]\d\d: [^;]+; .+", message), name
        assert "TID251" in text[message[:3]], message


def test_every_rule_is_explained(project: Path) -> None:
    known = {rule["id"] for rule in rules(project)}
    for number, text in documented(project).items():
        assert re.search(r"^\*\*.+\.\*\*", text, flags=re.MULTILINE), number
        assert re.search(r"^Checked by ", text, flags=re.MULTILINE), number
        assert set(re.findall(r"`([A-Z]\d\d-[a-z-]+)`", text)) <= known, number


def test_what_is_waived_is_not_found(render: Render, tmp_path: Path) -> None:
    project = tmp_path / "project"
    shutil.copytree(render(**CELLS[0].answers, example=True), project)
    (project / SOURCE / "waived.py").write_text(
        dedent(
            '''\
            """Two waivers."""

            from sqlalchemy import text  # noqa: TID251 (a test)

            # ast-grep-ignore: Q10-sql-is-a-literal (a test)
            statement = text(str(1))
            '''
        ),
        "utf-8",
    )
    assert scan(project) | lint(project) == set()
