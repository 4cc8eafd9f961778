"""What is unsafe under load, by the list of strong_migrations: written safely, or refused.

What autogenerate writes of SAFE passes the gate as it is; of each of UNSAFE the gate says why
not. Of the list do not apply, since nobody generates them: `force` of a table, a new name of a
schema, an exclusion constraint, SQL and data in a revision of the schema (G06); json, which no
type of ours is; and indexes of many columns, a matter of taste. A rename is drop and add here.
How long a writer waits for the safe forms is measured by benchmarks/waiting.py.
"""

import re
from collections.abc import Iterator

import pytest
from cells import Cell
from installed import engine_of
from projects import Project

MODELS = "src/my_service/orders/models.py"
NAME = "    name: Mapped[Str200]\n"
QUANTITY = "    quantity: Mapped[int]\n"
IMPORT = "from sqlalchemy import CheckConstraint, ForeignKey\n"
CELLS = (Cell("postgresql", "none", "sync"), Cell("mysql", "none", "sync"))

SAFE = """\
    name: Mapped[Str200] = mapped_column(index=True)
    with_default: Mapped[int] = mapped_column(server_default="7")
    required_later: Mapped[int | None] = mapped_column(server_default="7")
    alone: Mapped[Str200 | None] = mapped_column(unique=True)
"""
CONSTRAINTS = """\
    referrer_id: Mapped[int | None] = mapped_column(
        sa.BigInteger(), ForeignKey("customers.id", ondelete="RESTRICT"), index=True
    )
    __table_args__ = (CheckConstraint("referrer_id > 0", name="referrer_positive"),)
"""
WRITTEN = {
    "postgresql": (
        r"autocommit_block\(\):\n +op\.drop_index\(\n +op\.f\(\"ix_customers_name\"\)",
        r"UNIQUE USING INDEX uq_customers_alone",
        r"postgresql_not_valid=True",
        r"VALIDATE CONSTRAINT fk_customers_referrer_id_customers",
        r"(?s)VALIDATE CONSTRAINT ck_customers_required_later_not_null.*nullable=False",
    ),
    "mysql": (
        r"ADD COLUMN with_default \w+ NOT NULL DEFAULT '7', ALGORITHM=INSTANT",
        r"INDEX ix_customers_name .*ALGORITHM=INPLACE LOCK=NONE",
        r"UNIQUE \(alone\), ALGORITHM=INPLACE, LOCK=NONE",
        r"MODIFY required_later \w+ NOT NULL DEFAULT 7, ALGORITHM=INPLACE, LOCK=NONE",
    ),
}

UNSAFE = """\
    full_name: Mapped[Str200]
    stored: Mapped[int | None] = mapped_column(sa.Computed("1 + 1", persisted=True))
    token: Mapped[Str200] = mapped_column(server_default=sa.text("{uuid}"))
"""
UUIDS = {"postgresql": "gen_random_uuid()", "mysql": "(uuid())"}
WIDER = "    quantity: Mapped[int] = mapped_column(sa.BigInteger())\n"
REFUSED = {
    "postgresql": (
        "adding-required-field",  # the name that came,
        "ban-drop-column",  # and the one that went
        "adding-field-with-default",  # the stored column, and the token
        "changing-column-type",
    ),
    "mysql": (
        r"customers\.full_name is required, and rows that are there have no value",
        r"LOCK=NONE is not supported.*Cannot change column type",
        r"LOCK=NONE is not supported.*foreign_key_checks",
        r"(?s)(is not supported.*){5}",  # stored, token and the CHECK
    ),
}


@pytest.fixture
def project(shop: Project) -> Iterator[Project]:
    """The shop, as it was again afterwards."""
    count = "SELECT count(*) FROM customers"
    with engine_of(shop).connect() as connection:
        before = connection.exec_driver_sql(count).scalar()
    yield shop
    shop.run("uv", "run", "alembic", "downgrade", "3f6c1d20a94e")
    shop.run("git", "checkout", "--quiet", "src")
    shop.run("git", "checkout", "--quiet", "migrations")
    shop.run("git", "clean", "--force", "--quiet", "migrations")
    with engine_of(shop).connect() as connection:
        assert connection.exec_driver_sql(count).scalar() == before


def written(project: Project, **lines: str) -> str:
    """Change the models, and return what autogenerate writes."""
    project.run("git", "checkout", "--quiet", "src")
    models, before = (
        project.path / MODELS,
        set(project.path.glob("migrations/versions/*")),
    )
    source = models.read_text("utf-8").replace(
        IMPORT, f"import sqlalchemy as sa\n{IMPORT}"
    )
    source = source.replace(NAME, lines["customer"])
    models.write_text(
        source.replace(QUANTITY, lines.get("quantity", QUANTITY)), "utf-8"
    )
    project.run("uv", "run", "alembic", "revision", "--autogenerate", "-m", "change")
    new = sorted(set(project.path.glob("migrations/versions/*.py")) - before)
    project.run(".venv/bin/ruff", "check", *map(str, new))
    project.run(".venv/bin/ruff", "format", "--check", *map(str, new))
    for file in new:
        text = file.read_text("utf-8")
        file.write_text(re.sub("# Not read yet.*\n\n", "", text), "utf-8")
    return "\n".join(file.read_text("utf-8") for file in new)


def found(project: Project, rules: str) -> str:
    """Return what the gate finds."""
    lines = project.find(
        "pytest", "-q", "--show-capture=no", "conventions", "-k", rules
    )
    return "\n".join(line for line in lines if re.match(r"[A-Z]\d\d |FAILED", line))


@pytest.mark.cells(*CELLS)
def test_what_can_be_safe_is_written_so(cell: Cell, project: Project) -> None:
    customer = SAFE + CONSTRAINTS * (cell.database == "postgresql")
    text = written(project, customer=customer)
    project.run("uv", "run", "alembic", "upgrade", "head")
    required = customer.replace("later: Mapped[int | None]", "later: Mapped[int]")
    text += written(project, customer=required)
    for pattern in WRITTEN[cell.database]:
        assert re.search(pattern, text), f"{pattern}\n{text}"
    assert found(project, "G0 or G1") == ""


@pytest.mark.cells(*CELLS)
def test_the_rest_is_refused(cell: Cell, project: Project) -> None:
    unsafe = UNSAFE.format(uuid=UUIDS[cell.database])
    if cell.database == "mysql":
        unsafe += CONSTRAINTS
    written(project, customer=unsafe, quantity=WIDER)
    told = found(project, "G14 or G16")
    for pattern in REFUSED[cell.database]:
        assert re.search(pattern, told), f"{pattern}\n{told}"
