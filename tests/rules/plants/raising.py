"""What SQLAlchemy and the settings have to refuse when the code runs."""

import re
from dataclasses import dataclass
from textwrap import dedent

from cells import Cell

from rules.plants import Plant
from rules.plants.faults import in_terms_of

IMPORTS = """\
import sys

from sqlalchemy import *
from sqlalchemy.orm import *

from my_service.database import Base, DatabaseConfig


"""


@dataclass(frozen=True)
class Raising(Plant):
    """Code that raises an error which says `message`, a pattern."""

    message: str
    code: str
    cells: str = ""

    def fits(self, cell: Cell) -> bool:
        """Whether the rule is one of the cell's."""
        return re.search(self.cells, str(cell)) is not None

    def written_for(self, cell: Cell) -> str:
        """The code, as it is run in a project of the cell."""
        return in_terms_of(cell, IMPORTS + dedent(self.code))


def raising(rule: str, message: str, code: str, cells: str = "") -> Raising:
    """What SQLAlchemy refuses."""
    return Raising(rule, "SQLAlchemy", message, code, cells)


PLANTS = [
    Raising(
        "S20",
        "SQLAlchemy",
        "S20: a unit of work begins inside another one",
        """
        import asyncio

        from my_service.database import forbid_nesting


        async def nest():
            with forbid_nesting(), forbid_nesting():
                pass


        asyncio.run(nest())
        """,
    ),
    Raising(
        "E06",
        "SQLAlchemy",
        "database_url",
        'DatabaseConfig(database_url="DATABASE+other:///app")',
    ),
    raising(
        "A01",
        "requires an async driver",
        """
        from sqlalchemy.ext.asyncio import create_async_engine

        create_async_engine("sqlite:///app.db")
        """,
        cells="-async",
    ),
    raising(
        "M05",
        "__tablename__",
        """
        class Umbrella(Base):
            id: Mapped[int] = mapped_column(primary_key=True)
        """,
    ),
    raising(
        "M13",
        "Naming convention",
        """
        from sqlalchemy.schema import CreateTable

        class Vase(Base):
            __tablename__ = "vases"
            __table_args__ = (CheckConstraint("id > 0"),)
            id: Mapped[int] = mapped_column(primary_key=True)


        str(CreateTable(Vase.__table__))
        """,
    ),
    Raising(
        "M16",
        "SQLAlchemy",
        "has no time zone",
        """
        from datetime import datetime

        from my_service.database.types import UTCDateTime

        UTCDateTime().process_bind_param(datetime(2026, 1, 1), None)
        """,
    ),
    raising(
        "M17",
        "VARCHAR requires a length",
        """
        from sqlalchemy.dialects import mysql

        String().compile(dialect=mysql.dialect())
        """,
        cells="mysql",
    ),
    raising(
        "M19",
        "lazy='raise'",
        """
        from my_service.orders.models import Order

        engine = create_engine("sqlite://")
        with Session(engine) as session:
            order = Order(id=1)
            make_transient_to_detached(order)
            session.add(order)
            order.lines
        """,
    ),
    raising(
        "Q05",
        "unique",
        """
        from sqlalchemy.pool import StaticPool

        class Mine(DeclarativeBase): ...


        class Whole(Mine):
            __tablename__ = "whole"
            id: Mapped[int] = mapped_column(primary_key=True)
            parts: Mapped[list["Part"]] = relationship()


        class Part(Mine):
            __tablename__ = "part"
            id: Mapped[int] = mapped_column(primary_key=True)
            whole_id: Mapped[int] = mapped_column(ForeignKey("whole.id"))


        engine = create_engine("sqlite://", poolclass=StaticPool)
        Mine.metadata.create_all(engine)
        with Session(engine) as session:
            session.add(Whole(parts=[Part(), Part()]))
            session.commit()
            session.scalars(select(Whole).options(joinedload(Whole.parts))).all()
        """,
    ),
    raising(
        "G02",
        "failed to locate a name",
        """
        class Mine(DeclarativeBase):
            pass


        class Whole(Mine):
            __tablename__ = "whole"
            id: Mapped[int] = mapped_column(primary_key=True)
            parts: Mapped[list["Nowhere"]] = relationship()


        Mine.registry.configure()
        """,
    ),
    raising(
        "M30",
        "Could not determine join condition",
        """
        class Mine(DeclarativeBase):
            pass


        class Whole(Mine):
            __tablename__ = "whole"
            id: Mapped[int] = mapped_column(primary_key=True)
            parts: Mapped[list["Part"]] = relationship()


        class Part(Mine):
            __tablename__ = "part"
            id: Mapped[int] = mapped_column(primary_key=True)
            whole_id: Mapped[int]


        Mine.registry.configure()
        """,
    ),
    raising(
        "M07",
        "has no property",
        """
        class Mine(DeclarativeBase):
            pass


        class Whole(Mine):
            __tablename__ = "whole"
            id: Mapped[int] = mapped_column(primary_key=True)
            parts: Mapped[list["Part"]] = relationship(back_populates="whole")


        class Part(Mine):
            __tablename__ = "part"
            id: Mapped[int] = mapped_column(primary_key=True)
            whole_id: Mapped[int] = mapped_column(ForeignKey("whole.id"))


        Mine.registry.configure()
        """,
    ),
    raising(
        "Q18",
        "cartesian product",
        """
        import warnings

        from sqlalchemy.exc import SAWarning

        warnings.simplefilter("error", SAWarning)
        table = lambda name: Table(name, MetaData(), Column("id", Integer))
        with create_engine("sqlite://").connect() as connection:
            connection.execute(select(table("a"), table("b")))
        """,
    ),
    # The last, since it takes SQLAlchemy apart.
    raising(
        "E07",
        "greenlet",
        """
        sys.modules["greenlet"] = None
        for name in [name for name in sys.modules if "sqlalchemy" in name]:
            del sys.modules[name]
        import sqlalchemy.ext.asyncio
        """,
        cells="-async",
    ),
]
