"""Each fault that is planted in a rendered project is found, by the id of its rule."""

import json
import re
import shutil
from collections.abc import Iterable
from pathlib import Path

import pytest
from cells import Cell
from conftest import Render
from projects import Project

from rules.plants import edited, hurried, models, mypy, raising, routes, texts
from rules.plants.faults import SOURCE, Fault
from rules.tools import (
    FINDING,
    SIX,
    TYPED,
    Findings,
    check_conventions,
    check_types,
    in_lines,
    lines_of_texts,
    scan,
)

TEXTS = [*texts.PLANTS, *mypy.PLANTS, *hurried.TEXTS]
MODELS = [*models.PLANTS, *routes.PLANTS, *hurried.MODELS]


def plant(faults: Iterable[Fault], cell: Cell, project: Path) -> Findings:
    """Write faults into a project; return what has to be found in it."""
    expected: Findings = set()
    for number, fault in enumerate(faults):
        if fault.fits(cell):
            file = project / fault.place(number)
            file.parent.mkdir(exist_ok=True)
            (file.parent / "__init__.py").touch()
            file.write_text(fault.written_for(cell), "utf-8")
            expected.add((fault.rule, fault.place(number)))
    return expected


def test_text_that_breaks_a_rule_is_found(
    cell: Cell, render: Render, tmp_path: Path
) -> None:
    project = tmp_path / "project"
    shutil.copytree(render(**cell.answers, example=True), project)
    # A waiver for nothing is found where everything is known.
    faults = [one for one in TEXTS if "there was a loop" not in one.code]
    expected = plant(faults, cell, project)
    assert expected - scan(project) == set()


OF_ANOTHER_MODULE = """
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker

SessionLocal = async_sessionmaker(engine)
Unit = AsyncSession
"""
FOLLOWED = """
from . import deps
from .deps import SessionLocal, Unit as Db


async def one(db: Db) -> None:
    await db.commit()


async def other(keys: list[int]) -> None:
    async with SessionLocal() as mine, deps.SessionLocal() as yours:
        await mine.rollback()
        await yours.rollback()
"""


@pytest.mark.cells(*SIX[:1])
def test_names_are_followed_to_other_modules(cell: Cell, copy: Project) -> None:
    (copy.path / SOURCE / "deps.py").write_text(OF_ANOTHER_MODULE, "utf-8")
    (copy.path / SOURCE / "followed.py").write_text(FOLLOWED, "utf-8")
    found = [line for line in lines_of_texts(copy.path) if "/followed.py:" in line]
    assert [line.split(": ")[0].split(":")[-1] for line in found if "S05" in line] == [
        "7",
        "12",
        "13",
    ]


@pytest.mark.cells(*SIX)
def test_models_that_break_a_rule_are_found(cell: Cell, copy: Project) -> None:
    waiver = [one for one in TEXTS if "there was a loop" in one.code]
    faults = [*MODELS, *waiver]
    expected = plant(faults, cell, copy.path)
    with (copy.path / SOURCE / "main.py").open("a", encoding="utf-8") as main:
        for number, fault in enumerate(faults):
            name = Path(fault.place(number)).stem
            if name in ("models", "routes") and fault in MODELS and fault.fits(cell):
                main.write(
                    f"from .planted_{number} import {name} as planted_{number}\n"
                )
    lines = check_conventions(copy)
    assert expected - in_lines(lines) == set()


@pytest.mark.cells(*(cell for cell in SIX if str(cell) in TYPED))
def test_types_that_are_wrong_are_found(cell: Cell, copy: Project) -> None:
    plant(mypy.TYPED, cell, copy.path)
    expected = {
        (one.code_of_mypy, one.place(number))
        for number, one in enumerate(mypy.TYPED)
        if one.fits(cell)
    }
    assert expected - check_types(copy) == set()


UNMAPPED = """
from ..database import Base, IntegerKey, Timestamps
from ..orders.models import Customer


class Whole(IntegerKey, Timestamps, Base):
    __tablename__ = "wholes"

    price: Mapped[float]
    parts: Mapped[list[{kind}]] = relationship({options}lazy="raise")
"""


@pytest.mark.cells(*SIX[:1])
@pytest.mark.parametrize(
    ("kind", "options", "rule"),
    [
        ('"Nowhere"', "", "G02"),
        ("Customer", "", "M30"),
        ("Customer", 'back_populates="whole", ', "M30"),
        ("Customer", 'secondary="order_lines", back_populates="whole", ', "M30"),
    ],
)
def test_what_cannot_be_mapped_is_found_and_the_rest_is_checked(
    cell: Cell, copy: Project, kind: str, options: str, rule: str
) -> None:
    folder = copy.path / SOURCE / "unmapped"
    folder.mkdir()
    imports = "from sqlalchemy.orm import Mapped, relationship\n"
    code = imports + UNMAPPED.format(kind=kind, options=options)
    (folder / "models.py").write_text(code, "utf-8")
    expected = {
        (rule, f"{SOURCE}/unmapped/models.py:11"),
        ("M27", f"{SOURCE}/unmapped/models.py:10"),
    }
    printed = check_conventions(copy)
    found = {
        tuple(line.split(": ")[0].split(" ")) for line in printed if FINDING.match(line)
    }
    assert expected == found, printed


RUN_EACH = """
import json, sys, warnings

from conventions.hints import hint

said = []
for code in json.load(sys.stdin):
    try:
        exec(compile(code, "planted", "exec"), {"__name__": "planted"})
    except Exception as error:
        said.append(f"{hint(error)} {type(error).__name__}: {error}")
    else:
        said.append("")
print(json.dumps(said))
"""


@pytest.mark.cells(*SIX)
def test_code_that_breaks_a_rule_is_refused(cell: Cell, copy: Project) -> None:
    """SQLAlchemy refuses it; the plugin says by which rule."""
    faults = [fault for fault in raising.PLANTS if fault.fits(cell)]
    codes = json.dumps([fault.written_for(cell) for fault in faults])
    (line,) = copy.find("python", "-W", "ignore", "-c", RUN_EACH, given=codes)
    for fault, said in zip(faults, json.loads(line), strict=True):
        assert re.search(fault.message, said), (fault, said)
        assert said.startswith(f"{fault.rule} "), (fault, said)


@pytest.mark.cells(*SIX[:2])
def test_a_change_of_the_template_fails_a_test(cell: Cell, copy: Project) -> None:
    for change in filter(lambda change: change.fits(cell), edited.EDITED):
        file = copy.path / SOURCE / change.file
        sound = file.read_text("utf-8")
        assert sound.count(change.old) == 1, change
        file.write_text(sound.replace(change.old, change.new), "utf-8")
        assert " failed" in copy.find("pytest", "-qx", change.test)[-1], change
        file.write_text(sound, "utf-8")


WAIVED = """
from sqlalchemy import text

# waive: Q10, Q11 (a constant)
REPORT = text(str(1))
size: int = "1"  # type: ignore[assignment]  # a library without types
# waive: M10 (nobody asks)
name = "a"
"""
WAIVED_IN_A_TEST = """
import pytest

@pytest.mark.waive("Q06", "it counts them")
def test_it() -> None: ...
"""


@pytest.mark.cells(*SIX[:1])
def test_rules_and_waivers_are_listed(cell: Cell, copy: Project) -> None:
    (copy.path / SOURCE / "waived.py").write_text(WAIVED, "utf-8")
    (copy.path / "tests/test_waived.py").write_text(WAIVED_IN_A_TEST, "utf-8")
    text = copy.run("uv", "run", "pytest", "--conventions")
    assert "M10  Index foreign keys  [models]" in text
    for waiver in (
        f"waived at {SOURCE}/waived.py:5: a constant (waive)",
        f"assignment waived at {SOURCE}/waived.py:6: a library without types (type: ignore)",
        f"waived at {SOURCE}/waived.py:8: nobody asks (waive)",
        "waived at tests/test_waived.py:4: it counts them (pytest)",
    ):
        assert waiver in text, text
