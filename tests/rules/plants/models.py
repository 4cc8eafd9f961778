"""What the checks of models and layers have to find."""

from textwrap import dedent

from rules.plants.faults import SOURCE, Fault

IMPORTS = """\
from datetime import UTC, datetime
from enum import Enum as PythonEnum
from enum import auto
from typing import Annotated

from sqlalchemy import (
    TIMESTAMP,
    CheckConstraint,
    Column,
    DateTime,
    Enum,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    Integer,
    SmallInteger,
    String,
    Table,
    Text,
    TypeDecorator,
    UniqueConstraint,
    func,
    text,
)
from sqlalchemy.ext.hybrid import hybrid_property
from sqlalchemy.orm import (
    Mapped,
    MappedAsDataclass,
    declared_attr,
    mapped_column,
    relationship,
)

from ..catalogue.models import Product
from ..database import Base, IntegerKey, Str64, Timestamps
from ..orders.models import Customer, Order


"""


def modelled(rule: str, code: str, cells: str = "") -> Fault:
    """Models that break a rule."""
    file = f"{SOURCE}/models.py"
    return Fault(rule, "models", IMPORTS + dedent(code), file, cells)


def a_model(
    rule: str, name: str, body: str, before: str = "", cells: str = ""
) -> Fault:
    """One model that breaks a rule."""
    lines = "".join(f"    {line}\n" for line in dedent(body).strip().splitlines())
    head = f'class {name}(IntegerKey, Timestamps, Base):\n    __tablename__ = "{name.lower()}"\n'
    return modelled(rule, f"{dedent(before)}\n\n{head}{lines}", cells)


KEY = 'mapped_column(ForeignKey("products.id", ondelete="CASCADE"), index=True)'
PARTS = """
class {whole}(IntegerKey, Timestamps, Base):
    __tablename__ = "{whole}s"

    parts: Mapped[list["{whole}Part"]] = relationship({one})


class {whole}Part(IntegerKey, Timestamps, Base):
    __tablename__ = "{whole}_parts"

    whole_id: Mapped[int] = mapped_column(ForeignKey("{whole}s.id"{key}), index=True)

    whole: Mapped[{whole}] = relationship(back_populates="parts", lazy="raise")
"""


def parts(rule: str, whole: str, key: str, one: str) -> Fault:
    """A whole and its parts that break a rule."""
    one = f'back_populates="whole", lazy="raise"{one}'
    return modelled(rule, PARTS.format(whole=whole, key=key, one=one))


PAIRS = """
{name} = Table("{name}", Base.metadata, {columns})


class {name}_end(IntegerKey, Timestamps, Base):
    __tablename__ = "{name}_ends"

    products: Mapped[list[Product]] = relationship(secondary={name}, lazy="raise"{options})
"""


def pairs(rule: str, name: str, columns: str, options: str = "") -> Fault:
    """A many-to-many relationship that breaks a rule."""
    return modelled(rule, PAIRS.format(name=name, columns=columns, options=options))


def ends(name: str, options: str, ondelete: str = ', ondelete="CASCADE"') -> str:
    """The columns of such a table."""
    return (
        f'Column("end_id", ForeignKey("{name}_ends.id"{ondelete}), index=True{options}), '
        f'Column("product_id", ForeignKey("products.id"{ondelete}), index=True{options})'
    )


CASCADE = ', ondelete="CASCADE"'
OWNED = ', cascade="all, delete-orphan", passive_deletes=True'
PRIMARY = ", primary_key=True"

PLANTS = [
    a_model("M04", "Aisle", "note: Mapped[Str64] = mapped_column(nullable=True)"),
    a_model(
        "M04", "Alley", "note: Mapped[Str64 | None] = mapped_column(nullable=False)"
    ),
    a_model(
        "M04",
        "Arcade",
        "note: Mapped[Maybe] = mapped_column(nullable=False)",
        "Maybe = Annotated[str | None, mapped_column(String(64))]",
    ),
    a_model("M05", "Bin", "upperEdge: Mapped[int]"),
    a_model("M05", "Barrel", 'lid: Mapped[Str64] = mapped_column("lidColour")'),
    modelled(
        "M05",
        """
        class Basket(IntegerKey, Timestamps, Base):
            __tablename__ = "WickerBaskets"
        """,
    ),
    modelled(
        "M05",
        """
        class NamedByClass:
            @declared_attr.directive
            def __tablename__(cls) -> str:
                return cls.__name__.lower()


        class Bottle(NamedByClass, IntegerKey, Timestamps, Base):
            pass
        """,
    ),
    a_model(
        "M06",
        "Candle",
        f"""
        product_id: Mapped[int | None] = {KEY}
        product: Mapped[Product] = relationship(lazy="raise")
        """,
    ),
    a_model(
        "M06",
        "Carafe",
        f"""
        product_id: Mapped[int] = {KEY}
        product: Mapped["Product | None"] = relationship(lazy="raise")
        """,
    ),
    modelled(
        "M07",
        """
        class Depot(IntegerKey, Timestamps, Base):
            __tablename__ = "depots"

            doors: Mapped[list["DepotDoor"]] = relationship(
                lazy="raise", cascade="all, delete-orphan", passive_deletes=True
            )


        class DepotDoor(IntegerKey, Timestamps, Base):
            __tablename__ = "depot_doors"

            depot_id: Mapped[int] = mapped_column(
                ForeignKey("depots.id", ondelete="CASCADE"), index=True
            )

            depot: Mapped[Depot] = relationship(lazy="raise")
        """,
    ),
    parts(
        "M08",
        "easel",
        CASCADE,
        ', cascade="save-update, merge, delete", passive_deletes=True',
    ),
    a_model(
        "M08",
        "Engraving",
        f"""
        product_id: Mapped[int] = {KEY}
        product: Mapped[Product] = relationship(lazy="raise", cascade="all")
        """,
    ),
    pairs("M08", "emblem", ends("emblem", PRIMARY), ', cascade="all, delete"'),
    parts("M09", "fence", "", ""),
    parts("M09", "fiddle", CASCADE, ""),
    parts("M09", "flute", CASCADE, ', cascade="all, delete-orphan"'),
    parts("M09", "fork", ', ondelete="RESTRICT"', OWNED),
    parts("M09", "fringe", ', ondelete="RESTRICT"', ""),
    parts("M09", "frond", ', ondelete="NO ACTION"', ", passive_deletes=True"),
    a_model(
        "M09",
        "Funnel",
        """
        product_id: Mapped[int] = mapped_column(
            ForeignKey("products.id", ondelete="SET NULL"), index=True
        )
        """,
    ),
    a_model(
        "M09",
        "Flask",
        'product_id: Mapped[int] = mapped_column(ForeignKey("products.id"), index=True)',
    ),
    a_model(
        "M10",
        "Gate",
        """
        product_id: Mapped[int] = mapped_column(ForeignKey("products.id", ondelete="CASCADE"))
        """,
    ),
    a_model(
        "M10",
        "Grate",
        """
        __table_args__ = (Index(None, "bars", "product_id"),)
        bars: Mapped[int]
        product_id: Mapped[int] = mapped_column(ForeignKey("products.id", ondelete="CASCADE"))
        """,
    ),
    pairs(
        "M10",
        "grid",
        ends("grid", PRIMARY).replace("index=True, ", ""),
    ),
    a_model(
        "X04",
        "Hinge",
        """
        # waive: M11 (it was not indexed once)
        code: Mapped[Str64] = mapped_column(index=True)
        """,
    ),
    a_model(
        "M13",
        "Inkpot",
        """
        __table_args__ = (UniqueConstraint("colour", name="one_of_each"),)
        colour: Mapped[Str64]
        """,
    ),
    a_model(
        "M13",
        "Iron",
        """
        __table_args__ = (Index("idx_colour", "colour"),)
        colour: Mapped[Str64]
        """,
    ),
    a_model(
        "M13",
        "Ivory",
        f"""
        __table_args__ = (UniqueConstraint("a{"b" * 30}", "c{"d" * 30}"),)
        a{"b" * 30}: Mapped[int]
        c{"d" * 30}: Mapped[int]
        """,
    ),
    modelled(
        "M14",
        """
        class Jar(IntegerKey, Base):
            __tablename__ = "jars"
        """,
    ),
    modelled(
        "M14",
        """
        class Jug(IntegerKey, Base):
            __tablename__ = "jugs"

            created_at: Mapped[datetime] = mapped_column(default=lambda: datetime.now(UTC))
        """,
    ),
    modelled(
        "M15",
        """
        class Kettle(IntegerKey, Base):
            __tablename__ = "kettles"

            created_at: Mapped[datetime]
            updated_at: Mapped[datetime]
        """,
    ),
    a_model("M15", "Knob", '__mapper_args__ = {"confirm_deleted_rows": False}'),
    a_model(
        "M16",
        "Ladder",
        "used_at: Mapped[datetime] = mapped_column(DateTime(timezone=True))",
    ),
    *(
        a_model(
            "M16",
            name,
            f"lit_at: Mapped[datetime] = mapped_column({default})",
            cells=cells,
        )
        for name, default, cells in (
            ("Lantern", "server_default=func.now()", "mysql"),
            ("Light", "server_default=func.current_timestamp()", "sqlite"),
            ("Lighter", "onupdate=func.localtimestamp()", "sqlite"),
        )
    ),
    a_model(
        "M16", "Lamp", "used_at: Mapped[datetime | None] = mapped_column(TIMESTAMP)"
    ),
    a_model("M17", "Mallet", "name: Mapped[str]"),
    a_model("M17", "Mat", "name: Mapped[str] = mapped_column(String)"),
    a_model(
        "M17",
        "Mirror",
        "name: Mapped[str] = mapped_column(Shouted())",
        """
        class Shouted(TypeDecorator[str]):
            impl = String
            cache_ok = True
        """,
    ),
    a_model(
        "M18", "Needle", "code: Mapped[Str64] = mapped_column(unique=True, index=True)"
    ),
    *(
        a_model(
            "M19",
            f"Oar{number}",
            f"""
            product_id: Mapped[int] = {KEY}
            product: Mapped[Product] = relationship({lazy})
            """,
        )
        for number, lazy in enumerate(("", 'lazy="joined"', 'lazy="selectin"'))
    ),
    a_model(
        "M20",
        "Pan",
        f"""
        product_id: Mapped[int] = {KEY}
        product: Mapped[Product] = relationship(lazy="raise")

        def __repr__(self) -> str:
            return f"<Pan for {{self.product.name}}>"
        """,
    ),
    a_model(
        "M20",
        "Pot",
        """
        recipe: Mapped[Str64] = mapped_column(deferred=True)

        def __str__(self) -> str:
            return self.recipe
        """,
    ),
    pairs("M21", "quill", ends("quill", "")),
    pairs("M21", "quilt", ends("quilt", PRIMARY, "")),
    a_model(
        "M22",
        "Rack",
        """
        first: Mapped[Str64]
        last: Mapped[Str64]

        @hybrid_property
        def full(self) -> str:
            return f"{self.first} {self.last}"
        """,
    ),
    a_model(
        "M22",
        "Reel",
        """
        length: Mapped[int]

        @hybrid_property
        def long(self) -> bool:
            return self.length > 0 and self.length < 9
        """,
    ),
    *(
        a_model(
            "M25",
            f"Sign{number}",
            f"shape: Mapped[Shape{number}] = mapped_column({kind})",
            f"""
            class Shape{number}(PythonEnum):
                ROUND = "round"
            """,
        )
        for number, kind in enumerate(
            ("Enum(Shape0)", "Enum(Shape1, native_enum=False, length=32)")
        )
    ),
    a_model(
        "M25",
        "Counted",
        "level: Mapped[Level] = mapped_column(default=Level.LOW)",
        """
        class Level(PythonEnum):
            LOW = auto()
            HIGH = auto()
        """,
    ),
    Fault(
        "G02",
        "models",
        f'{IMPORTS}class Unseen(IntegerKey, Timestamps, Base):\n    __tablename__ = "unseen"\n',
        f"{SOURCE}/unseen.py",
    ),
    a_model("M16", "Seal", "broken_at: Mapped[Str64]"),
    a_model("M17", "Sign", "words: Mapped[str] = mapped_column(Text, index=True)"),
    a_model("X04", "Saw", "teeth: Mapped[int]  # waive: M10 (it was a key once)"),
    a_model(
        "Q16",
        "Scarf",
        """
        __table_args__ = (CheckConstraint("size > 0 OR size = NULL", name="size"),)
        size: Mapped[int | None]
        """,
    ),
    a_model(
        "Q16",
        "Screw",
        """
        __table_args__ = (
            Index(
                "ix_screws_size",
                "size",
                postgresql_where=text("size <> NULL"),
                sqlite_where=text("size != NULL"),
            ),
        )
        size: Mapped[int | None]
        """,
        cells="postgresql|sqlite",
    ),
    *(
        a_model(
            "M30",
            f"Shelf{number}",
            f"""
            other: Mapped[{kind}] = mapped_column(
                {stored}, ForeignKey("{to}", ondelete="CASCADE"), index=True
            )
            """,
            "from uuid import UUID",
            cells,
        )
        for number, (kind, stored, to, cells) in enumerate(
            (
                ("int", "Integer", "products.id", "postgresql|mysql"),
                ("str", "String(64)", "customers.email", ""),
                ("str", "String(36)", "orders.id", ""),
            )
        )
    ),
    *(
        modelled(
            "M27",
            f"""
            class Spool{kind}(Timestamps, Base):
                __tablename__ = "spool_{kind.lower()}"

                id: Mapped[int] = mapped_column({kind}, primary_key=True)
            """,
            "postgresql|mysql",
        )
        for kind in ("Integer", "SmallInteger")
    ),
    a_model(
        "M15",
        "Spade",
        "dug_at: Mapped[datetime | None] = mapped_column(server_onupdate=func.now())",
    ),
    *(
        a_model("M16", f"Spoon{number}", f"{name}: Mapped[Str64]")
        for number, name in enumerate(("due_on", "expiry_date", "date_of_birth"))
    ),
    a_model("M25", "Stage", "status: Mapped[Str64]"),
    *(
        a_model("M27", f"Stall{number}", f"{name}: Mapped[float]")
        for number, name in enumerate(("yearly_budget", "refund", "deposits"))
    ),
    modelled(
        "M18",
        """
        class Stamp(Timestamps, Base):
            __tablename__ = "stamps"

            code: Mapped[Str64] = mapped_column(primary_key=True, index=True)
        """,
    ),
    a_model("M14", "Stool", "deleted: Mapped[bool]"),
    a_model("M14", "Straw", "is_deleted: Mapped[bool] = mapped_column(default=False)"),
    Fault(
        "Q02",
        "text",
        "from my_service.main import app",
        f"{SOURCE}/database/upwards.py",
    ),
    Fault(
        "Q02",
        "text",
        "from ..main import build",
        f"{SOURCE}/shelves.py",
    ),
    Fault(
        "Q02",
        "text",
        "from fastapi import HTTPException",
        f"{SOURCE}/repository.py",
        "fastapi",
    ),
    Fault(
        "Q02",
        "text",
        "from werkzeug.exceptions import NotFound",
        f"{SOURCE}/repository.py",
        "flask",
    ),
    modelled(
        "Q24",
        """
        class NeverCounted(IntegerKey, Timestamps, Base):
            __tablename__ = "never_counted"

            version: Mapped[int] = mapped_column(default=1)

            __mapper_args__ = {
                **Base.__mapper_args__,
                "version_id_col": version,
                "version_id_generator": False,
            }
        """,
    ),
    modelled(
        "M06",
        """
        class Above(IntegerKey, Timestamps, Base):
            __tablename__ = "aboves"

            above_id: Mapped[int | None] = mapped_column(
                ForeignKey("aboves.id", ondelete="RESTRICT"), index=True
            )
            above: Mapped["Above | None"] = relationship(lazy="raise")
        """,
    ),
    modelled(
        "Q24",
        """
        from ..database import Versioned


        class ForgottenVersion(IntegerKey, Versioned, Timestamps, Base):
            __tablename__ = "forgotten_versions"

            __mapper_args__ = {**Base.__mapper_args__}
        """,
    ),
    modelled(
        "M25",
        """
        class Mood(PythonEnum):
            GOOD = "good"
            BAD = "bad"


        class Moody(IntegerKey, Timestamps, Base):
            __tablename__ = "moody"
            __table_args__ = (CheckConstraint("mood IN ('good', 'sad')", name="mood"),)

            mood: Mapped[Mood]
        """,
    ),
    modelled(
        "M31",
        """
        class Elsewhere(IntegerKey, Timestamps, Base):
            __tablename__ = "elsewhere"
            __table_args__ = (
                UniqueConstraint("row", "seat", postgresql_nulls_not_distinct=True),
            )

            row: Mapped[int | None]
            seat: Mapped[int]
        """,
        "sqlite|mysql",
    ),
]
