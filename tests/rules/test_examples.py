"""The wrong examples of CONVENTIONS.md, typed in as they stand, are found: each, by its rule."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from textwrap import indent

import pytest
from cells import Cell
from installed import Installed
from projects import Project

from rules.plants.faults import REVISIONS, SOURCE
from rules.plants.hurried import ROUTES
from rules.plants.models import IMPORTS
from rules.rules_table import ADVICE
from rules.tools import SIX, Findings, check_conventions, in_lines

ENTRY = re.compile(r'(?ms)^### <a id="(\w+)"></a>\1 [^\n]+\n(.*?)(?=^### |^## |\Z)')
DIFF = re.compile(r"(?ms)^```diff\n(.*?)^```$")
# What it is not possible to type: they have no code, or (M24) need a model that the shop has not.
WITHOUT_CODE = {"G05", "G08", "G10", "G11", "G13", "M24"} | ADVICE
FUNCTION = """
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from ..catalogue.models import Product
from ..catalogue.repository import ProductRepository
from ..database import Sessions


async def work(
    session: AsyncSession, sessions: Sessions, products: ProductRepository, key: int, **more: Any
) -> None:
{code}
"""
MODEL = (
    IMPORTS
    + """
from enum import Enum as PythonEnum
from typing import Any

from sqlalchemy import JSON

from ..database import Cents, SoftDelete, Str200


class Status(PythonEnum):
    OPEN = "open"


class {name}(IntegerKey, Timestamps, {softly}Base):
    __tablename__ = "{name}"

{code}
"""
)
PRODUCT = """
the_product_id: Mapped[int] = mapped_column(
    ForeignKey("products.id", ondelete="CASCADE"), index=True
)
"""
RELATED = PRODUCT + 'product: Mapped[Product] = relationship(lazy="raise")\n'
CODE = "code: Mapped[Str64]\n"
MODELS = {
    # Before the example, and behind it.
    "M03": ("", ""),
    "M04": ("", ""),
    "M05": ("", ""),
    "M09": ("", ""),
    "M10": ("", ""),
    "M13": ("email: Mapped[Str64]\n", ""),
    "M15": ("", ""),
    "M17": ("", ""),
    "M18": ("", ""),
    "M19": (PRODUCT, ""),
    "M20": (RELATED, ""),
    "M22": (CODE, ""),
    "M25": ("", ""),
    "M26": ("", ""),
    "M27": ("", ""),
    "M30": ("", ""),
    "M31": ("", ""),
}
PART = """

class Part(IntegerKey, Timestamps, Base):
    __tablename__ = "Part"

    whole_id: Mapped[int] = mapped_column(
        ForeignKey("M08.id", ondelete="CASCADE"), index=True
    )
    whole: Mapped["M08"] = relationship(back_populates="lines", lazy="raise")
"""
TABLE = (
    IMPORTS
    + """
pairs = Table(
    "pairs",
    Base.metadata,
    Column("end_id", ForeignKey("ends.id", ondelete="CASCADE"), primary_key=True),
{code}
)


class End(IntegerKey, Timestamps, Base):
    __tablename__ = "ends"

    products: Mapped[list[Product]] = relationship(secondary=pairs, lazy="raise")
"""
)
AS_IT_STANDS = {
    "A02": "routes.py",
    "G02": "unseen.py",
    "M01": "routes.py",
    "M02": "routes.py",
    "M06": "routes.py",
    "M07": "routes.py",
    "M12": "indexes.py",
    "Q03": "repository.py",
    "S03": "routes.py",
    "S06": "routes.py",
    "X03": "routes.py",
    "X04": "routes.py",
    "X05": "routes.py",
}
IN_A_CLASS = {"M02", "M06", "M07"}
IN_REVISIONS = {"G03", "G04", "G06", "G12", "G14", "G15"}
IN_TESTS = {"T01", "T03", "T04", "T05"}
IN_REPOSITORIES = {"Q04", "Q12", "Q13", "Q16", "Q17", "Q19", "Q21", "Q23", "S18"}
BY_GUARDS = {"M11", "Q05", "Q07", "Q18", "Q24", "S09"}
BY_SQLALCHEMY = {"E06", "E07"}  # those of plants/raising.py are the same
BY_THE_GATE = {"G14", "G16"}  # those of plants/migrations.py are the same
GUARDED = """
from sqlalchemy import select
from sqlalchemy.orm import joinedload
from sqlalchemy.ext.asyncio import AsyncSession

from .catalogue.models import Product
from .catalogue.repository import ProductRepository
from .orders.models import Customer, Order
from .examples_models import Account


async def work(
    session: AsyncSession, product: Product, account: Account, amount: int, name: str
) -> None:
    products = ProductRepository(session)
{code}
    await session.flush()
    await session.commit()
"""


@dataclass(frozen=True)
class Example:
    """The wrong half of a rule's example."""

    rule: str
    code: str


def examples(project: Path) -> Iterator[Example]:
    """Yield what is wrong in CONVENTIONS.md, with what stands around it."""
    text = (project / "CONVENTIONS.md").read_text("utf-8")
    for rule, entry in ENTRY.findall(text):
        for diff in DIFF.findall(entry):
            lines = [line[2:] for line in diff.splitlines() if line[:1] in "- "]
            yield Example(rule, "\n".join(lines))


def typed(example: Example) -> tuple[str, str]:
    """Return a file, and what is in it."""
    rule, code = example.rule, example.code
    folder = f"{SOURCE}/example_{rule.lower()}"
    if rule in MODELS:
        before, after = MODELS[rule]
        softly = "SoftDelete, " if rule == "M31" else ""
        body = indent(before + code + after, "    ")
        if rule == "M22":
            body = body.replace("@hybrid_property", "@hybrid_property")
        text = MODEL.format(name=rule, code=body, softly=softly)
        if rule == "M05":
            text = text.replace('__tablename__ = "M05"\n', "", 1)
        return f"{folder}/models.py", text
    if rule == "M08":
        text = MODEL.format(name=rule, code=indent(code, "    "), softly="")
        return f"{folder}/models.py", text + PART
    if rule == "M14":
        body = 'class M14(IntegerKey, Base):\n    __tablename__ = "m14"\n'
        assert code == "class Customer(IntegerKey, Base): ..."
        return f"{folder}/models.py", IMPORTS + body
    if rule == "M21":
        return f"{folder}/models.py", TABLE.format(code=indent(code, "    ") + ",")
    if rule == "G02":
        body = code.replace(": ...", ':\n    __tablename__ = "invoices"')
        return f"{SOURCE}/unseen.py", IMPORTS.replace("..", ".") + body
    if rule in IN_A_CLASS:
        return f"{folder}/routes.py", "class Example(Base):\n" + indent(code, "    ")
    if rule == "S06" and "Depends" in code:
        imports = ROUTES.replace("RequestSession", "request_session")
        route = f'{imports}@router.get("/example")\n{code}\n'
        return f"{folder}/routes.py", route
    if rule in AS_IT_STANDS:
        return f"{folder}/{AS_IT_STANDS[rule]}", code
    if rule == "G07":
        return "migrations/env.py", code
    if rule in IN_REVISIONS:
        if rule not in ("G03", "G04"):
            heads = [line for line in code.splitlines() if line.startswith("from")]
            rest = [line for line in code.splitlines() if not line.startswith("from")]
            upgrade = indent("\n".join(rest), "    ")
            code = "\n".join(heads) + f"\n\n\ndef upgrade() -> None:\n{upgrade}\n"
        return f"{REVISIONS}/example_{rule.lower()}.py", code
    body = FUNCTION.format(code=indent(code, "    ") + "\n        ...")
    if not code.rstrip().endswith(":"):
        body = body.removesuffix("\n        ...\n") + "\n"
    if rule in IN_TESTS:
        return f"tests/test_example_{rule.lower()}.py", body
    name = "repository.py" if rule in IN_REPOSITORIES else "routes.py"
    return f"{folder}/{name}", body


@pytest.mark.cells(*SIX)
def test_wrong_examples_are_found(cell: Cell, copy: Project) -> None:
    path = copy.path
    every = list(examples(path))
    expected: Findings = set()
    main = path / SOURCE / "main.py"
    for example in every:
        if example.rule not in BY_GUARDS | BY_THE_GATE | BY_SQLALCHEMY:
            name, text = typed(example)
            (path / name).parent.mkdir(parents=True, exist_ok=True)
            if name.startswith(f"{SOURCE}/example"):
                (path / name).parent.joinpath("__init__.py").touch()
            (path / name).write_text(text, "utf-8")
            expected.add((example.rule, name))
            kind = Path(name).stem
            if kind == "models" or "APIRouter" in text:
                module = name.removeprefix(f"{SOURCE}/").split("/")[0]
                with main.open("a", encoding="utf-8") as wiring:
                    wiring.write(f"from .{module} import {kind} as {module}\n")
    printed = check_conventions(copy)
    assert expected - in_lines(printed) == set(), printed
    rules = {
        rule for rule, _ in ENTRY.findall((path / "CONVENTIONS.md").read_text("utf-8"))
    }
    assert rules - {example.rule for example in every} <= WITHOUT_CODE


ACCOUNT = """
from sqlalchemy.orm import Mapped

from .database import Base, IntegerKey, Timestamps


class Account(IntegerKey, Timestamps, Base):
    __tablename__ = "accounts"

    balance: Mapped[int]
    details: Mapped[dict[str, object]]
"""
TEST = """
import pytest
from my_service.catalogue.models import Product
from my_service import {modules}
from my_service.examples_models import Account


@pytest.fixture(scope="session", autouse=True)
async def _accounts(engine):
    async with engine.begin() as connection:
        await connection.run_sync(Account.__table__.create)
    yield
    async with engine.begin() as connection:
        await connection.run_sync(Account.__table__.drop)


@pytest.mark.parametrize("example", [{modules}])
async def test_it(session, example):
    product = Product(sku="TEA", name="Tea", price_cents=1, stock=1)
    account = Account(balance=1, details={{}})
    session.add_all([product, account])
    await session.commit()
    session.expunge_all()
    product = await session.get_one(Product, product.id)
    account = await session.get_one(Account, account.id)
    product = account if example.__name__.endswith("m24") else product
    await example.work(session, product, account, 1, "Ada")
"""


@pytest.mark.cells(*SIX[:1])
def test_wrong_examples_are_found_by_guards(cell: Cell, installed: Installed) -> None:
    project = installed(cell, example=True)
    path = project.path
    modules = []
    for example in examples(path):
        if example.rule in BY_GUARDS:
            modules.append(f"example_{example.rule.lower()}")
            code = GUARDED.format(code=indent(example.code, "    "))
            (path / SOURCE / f"{modules[-1]}.py").write_text(code, "utf-8")
    (path / SOURCE / "examples_models.py").write_text(ACCOUNT, "utf-8")
    names = ", ".join(modules)
    (path / "tests/test_examples.py").write_text(TEST.format(modules=names), "utf-8")
    try:
        printed = project.find("pytest", "-q", "--tb=short", "tests/test_examples.py")
        found = in_lines([line.removeprefix("E   ") for line in printed])
        expected = {(name[-3:].upper(), f"{SOURCE}/{name}.py") for name in modules}
        assert expected - found == set(), "\n".join(printed)
    finally:
        project.run("git", "clean", "--force", "--quiet", "src", "tests")
