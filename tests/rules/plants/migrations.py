"""Faults in migrations, for the gate to find."""

from dataclasses import dataclass, field

from cells import Cell

from rules.plants import Plant

CELLS = {
    "sqlite": Cell("sqlite", "none", "async"),
    "postgresql": Cell("postgresql", "fastapi", "async"),
    "mysql": Cell("mysql", "flask", "sync"),
}
VERSIONS = "migrations/versions"
FIRST = f"{VERSIONS}/2026_11_21_create_the_shop_3f6c1d20a94e.py"
CATALOGUE = "src/my_service/catalogue/models.py"
ORDERS = "src/my_service/orders/models.py"
REVISION = '''\
"""A fault."""

import sqlalchemy as sa
from alembic import op
{imports}
revision = "{name}"
down_revision = "{after}"
branch_labels = None
depends_on = None


def upgrade() -> None:
    {up}


{down}
'''
Files = dict[str, str]


@dataclass(frozen=True)
class Fault(Plant):
    """What somebody did to a project, and how the gate tells it: place and reason."""

    found: str
    database: str
    files: Files = field(default_factory=dict)
    replaced: dict[str, tuple[str, str]] = field(default_factory=dict)
    commands: tuple[str, ...] = ()


def revision(
    up: str,
    down: str | None,
    *,
    name: str = "fault",
    after: str = "3f6c1d20a94e",
    imports: str = "",
) -> Files:
    """A revision, by default behind the first one; without a way back if `down` is None."""
    back = "" if down is None else f"def downgrade() -> None:\n    {down}"
    source = REVISION.format(name=name, after=after, imports=imports, up=up, down=back)
    return {f"{VERSIONS}/{name}.py": source.rstrip() + "\n"}


ADD = 'op.add_column("products", sa.Column("weight", sa.Integer()))'
DROP = 'op.drop_column("products", "weight")'
INDEX = 'op.create_index("ix_products_name", "products", ["name"])'
DROP_INDEX = 'op.drop_index("ix_products_name", "products")'
BATCH = 'with op.batch_alter_table("products") as batch_op:\n        batch_op.'
MOOD = 'sa.Enum("good", "bad", name="mood")'
BACKFILL = (
    'backfill(sa.table("t", sa.column("a")).update().values(a=1), key=sa.column("a"))'
)
IMPORT = "from my_service.database.migrating.backfill import backfill"
LONG = "ix_products_" + "long_" * 11
NEW = r"migrations/versions/fault\.py:\d+: "

FAULTS = {
    # G05: up, down and up again
    "an index stays": Fault(
        "G05",
        "migration test",
        NEW + "downgrade.. leaves in indexes of products",
        "sqlite",
        revision(INDEX, "op.get_bind()"),
    ),
    "a table stays": Fault(
        "G05",
        "migration test",
        NEW + "downgrade.. leaves the table units",
        "postgresql",
        revision(
            'op.create_table("units", sa.Column("id", sa.Integer(), primary_key=True))',
            "op.get_bind()",
        ),
    ),
    "a type stays": Fault(
        "G05",
        "migration test",
        NEW + "downgrade.. leaves the type labels .'good', 'bad'.",
        "postgresql",
        revision(
            f'op.create_table("moods", sa.Column("mood", {MOOD}))',
            'op.drop_table("moods")',
        ),
    ),
    "a default is lost": Fault(
        "G05",
        "migration test",
        NEW + "downgrade.. lacks in columns of products .*name version",
        "mysql",
        revision(
            'op.drop_column("products", "version")',
            'op.add_column("products", sa.Column("version", sa.Integer(), nullable=False))',
        ),
    ),
    "a CHECK is lost": Fault(
        "G05",
        "migration test",
        NEW + "downgrade.. lacks in check_constraints of products",
        "postgresql",
        revision(
            'op.drop_constraint("ck_products_stock_not_negative", "products")',
            "op.get_bind()",
        ),
    ),
    "ON DELETE is lost": Fault(
        "G05",
        "migration test",
        NEW + "downgrade.. lacks in foreign_keys of orders .*RESTRICT",
        "postgresql",
        revision(
            'op.drop_constraint("fk_orders_customer_id_customers", "orders")',
            'op.create_foreign_key("fk_orders_customer_id_customers", "orders", '
            '"customers", ["customer_id"], ["id"])',
        ),
    ),
    "a comment stays": Fault(
        "G05",
        "migration test",
        NEW + "downgrade.. leaves in table_comment of products .*sold",
        "mysql",
        revision('op.create_table_comment("products", "sold")', "op.get_bind()"),
    ),
    "a length stays": Fault(
        "G05",
        "migration test",
        NEW + "downgrade.. leaves in columns of products .*300",
        "mysql",
        revision(
            'op.alter_column("products", "name", '
            "existing_type=sa.String(200), type_=sa.String(300), nullable=False)",
            "op.get_bind()",
        ),
    ),
    "a way back that fails": Fault(
        "G05",
        "migration test",
        NEW + "downgrade.. fails: .*nowhere",
        "sqlite",
        revision(INDEX, 'op.drop_table("nowhere")'),
    ),
    "a way that SQLite cannot go": Fault(
        "G05",
        "migration test",
        NEW + "upgrade.. fails: .*syntax error",
        "sqlite",
        revision(
            'op.alter_column("products", "stock", nullable=True)', "op.get_bind()"
        ),
    ),
    "a second time is another": Fault(
        "G05",
        "migration test",
        NEW + "a second upgrade.. differs in .*ix_products_second",
        "sqlite",
        revision(
            'name = os.environ.pop("INDEX", "ix_products_first")\n'
            '    op.create_index(name, "products", ["name"])\n'
            '    os.environ["INDEX"] = "ix_products_second"',
            'op.drop_index("ix_products_first", "products")',
            imports="\nimport os\n",
        ),
    ),
    # G08: models and migrations agree
    "a model has a new column": Fault(
        "G08",
        "migration test",
        "migrations/versions: a revision is missing: add_column products weight",
        "sqlite",
        replaced={
            CATALOGUE: (
                "    stock: Mapped[BigInt]\n",
                "    stock: Mapped[BigInt]\n    weight: Mapped[int]\n",
            )
        },
    ),
    "a CHECK of a model changed": Fault(
        "G08",
        "migration test",
        ORDERS + r":\d+: only the models have in check_constraints of order_lines",
        "mysql",
        replaced={ORDERS: ("quantity > 0", "quantity > 1")},
    ),
    "a model is gone": Fault(
        "G08",
        "migration test",
        "migrations/versions: a revision is missing: remove_table order_requests",
        "postgresql",
        replaced={
            ORDERS: (
                '__tablename__ = "order_requests"',
                '__tablename__ = "order_inquiries"',
            )
        },
    ),
    # What is checked as text
    "a table past the migrations": Fault(
        "G01",
        "migration test",
        NEW + "tables made here have no history",
        "sqlite",
        revision("sa.MetaData().create_all(op.get_bind())", "op.get_bind()"),
    ),
    "nobody has read it": Fault(
        "G03",
        "migration test",
        NEW + "nobody has read this yet",
        "sqlite",
        revision(
            f"# ### commands auto generated by Alembic - please adjust! ###\n    {INDEX}",
            DROP_INDEX,
        ),
    ),
    "no way back, said with pass": Fault(
        "G04",
        "migration test",
        NEW + "the way back is missing",
        "mysql",
        revision(INDEX, "pass"),
    ),
    "no way back, said with words": Fault(
        "G04",
        "migration test",
        NEW + "the way back is missing",
        "mysql",
        revision(INDEX, '"""Nothing."""'),
    ),
    "no way back at all": Fault(
        "G04",
        "migration test",
        NEW + "the way back is missing",
        "mysql",
        revision(INDEX, None),
    ),
    "schema and data": Fault(
        "G06",
        "migration test",
        NEW + "this revision changes schema and data",
        "postgresql",
        revision(f'{ADD}\n    op.execute("UPDATE products SET weight = 0")', DROP),
    ),
    "schema and a backfill": Fault(
        "G06",
        "migration test",
        NEW + "this revision changes schema and data",
        "postgresql",
        revision(f"{ADD}\n    {BACKFILL}", DROP, imports=IMPORT),
    ),
    "the application is imported": Fault(
        "G06",
        "migration test",
        NEW + "the application will change",
        "sqlite",
        revision(INDEX, DROP_INDEX, imports="import my_service.catalogue.models"),
    ),
    "a long name": Fault(
        "M13",
        "migration test",
        NEW + "a name of more than 63 characters",
        "mysql",
        revision(
            INDEX.replace("ix_products_name", LONG),
            DROP_INDEX.replace("ix_products_name", LONG),
        ),
    ),
    # The history
    "two heads": Fault(
        "G13",
        "migration test",
        r"migrations/versions/\w+\.py:\d+: it is one of 2 revisions",
        "sqlite",
        {**revision(INDEX, DROP_INDEX), **revision(INDEX, DROP_INDEX, name="other")},
    ),
    "git ignores it": Fault(
        "G10",
        "migration test",
        r"migrations/versions/fault\.py:1: git ignores it",
        "sqlite",
        {**revision(INDEX, DROP_INDEX), f"{VERSIONS}/.gitignore": "fault.py\n"},
    ),
    "an applied revision is edited": Fault(
        "G11",
        "migration test",
        FIRST + ":1: databases have taken it",
        "sqlite",
        replaced={FIRST: ("length=64", "length=65")},
    ),
    "an edit is committed to a branch": Fault(
        "G11",
        "migration test",
        FIRST + ":1: databases have taken it",
        "postgresql",
        replaced={FIRST: ("length=64", "length=65")},
        commands=("switch -qc work", "commit -qam edit"),
    ),
    "an applied revision is removed": Fault(
        "G11",
        "migration test",
        FIRST + ":1: databases have taken it",
        "mysql",
        commands=(f"rm -q {FIRST}",),
    ),
    # G14: locks, on PostgreSQL
    "an index locks the table": Fault(
        "G14",
        "migration test",
        NEW + "During normal index creation, table updates are blocked",
        "postgresql",
        revision(INDEX, DROP_INDEX),
    ),
    "a new column is required": Fault(
        "G14",
        "migration test",
        NEW + ".*adding-required-field",
        "postgresql",
        revision(ADD.replace("sa.Integer()", "sa.Integer(), nullable=False"), DROP),
    ),
    "a column is renamed at once": Fault(
        "G14",
        "migration test",
        NEW + "Renaming a column may break existing clients",
        "postgresql",
        revision(
            'op.alter_column("products", "name", new_column_name="title")',
            'op.alter_column("products", "title", new_column_name="name")',
        ),
    ),
}

PLANTS = list(FAULTS.values())
