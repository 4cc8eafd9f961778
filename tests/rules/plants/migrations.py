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
    return {
        f"{VERSIONS}/{name}.py": source.rstrip() + "\n",
        "migrations/head": f"{name}\n",
    }


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

BATCH_PRODUCTS = 'with op.batch_alter_table("products") as batch_op:\n        batch_op.'
ON_ROWS = {
    "a rename as drop and add": (
        "products.version is lost",
        BATCH_PRODUCTS
        + 'add_column(sa.Column("edition", sa.Integer()))\n        batch_op.drop_column("version")',
        BATCH_PRODUCTS
        + 'add_column(sa.Column("version", sa.Integer()))\n        batch_op.drop_column("edition")',
    ),
    "a required column without a default": (
        "(with rows in the tables upgrade.. fails|products.weight is required)",
        BATCH_PRODUCTS
        + 'add_column(sa.Column("weight", sa.Integer(), nullable=False))\n'
        + '        batch_op.alter_column("stock", existing_type=sa.Integer(), nullable=False)',
        BATCH_PRODUCTS + 'drop_column("weight")',
    ),
    "a column that gets shorter": (
        "(with rows in the tables upgrade.. fails|customers.name is lost)",
        'op.execute("UPDATE customers SET name = substr(name, 1, 9)")\n    '
        + BATCH_PRODUCTS.replace("products", "customers")
        + 'alter_column("name", existing_type=sa.String(200), type_=sa.String(10), '
        + "existing_nullable=False)",
        BATCH_PRODUCTS.replace("products", "customers")
        + 'alter_column("name", existing_type=sa.String(10), type_=sa.String(200), '
        + "existing_nullable=False)",
    ),
    "a column that is dropped": (
        "products.version is lost|with rows in the tables",
        BATCH_PRODUCTS + 'drop_column("version")',
        BATCH_PRODUCTS
        + 'add_column(sa.Column("version", sa.Integer(), server_default="7"))',
    ),
}

FAULTS = {
    # G05: up, down and up again
    "an index stays": Fault(
        "G05",
        "migrations",
        NEW + "downgrade.. leaves in indexes of products",
        "sqlite",
        revision(INDEX, "op.get_bind()"),
    ),
    "a table stays": Fault(
        "G05",
        "migrations",
        NEW + "downgrade.. leaves the table units",
        "postgresql",
        revision(
            'op.create_table("units", sa.Column("id", sa.Integer(), primary_key=True))',
            "op.get_bind()",
        ),
    ),
    "a type stays": Fault(
        "G05",
        "migrations",
        NEW + "downgrade.. leaves the type labels .'good', 'bad'.",
        "postgresql",
        revision(
            f'op.create_table("moods", sa.Column("mood", {MOOD}))',
            'op.drop_table("moods")',
        ),
    ),
    "a default is lost": Fault(
        "G05",
        "migrations",
        NEW + "downgrade.. lacks in columns of products .*name version",
        "mysql",
        revision(
            'op.drop_column("products", "version")',
            'op.add_column("products", sa.Column("version", sa.Integer(), nullable=False))',
        ),
    ),
    "a CHECK is lost": Fault(
        "G05",
        "migrations",
        NEW + "downgrade.. lacks in check_constraints of products",
        "postgresql",
        revision(
            'op.drop_constraint("ck_products_stock_not_negative", "products")',
            "op.get_bind()",
        ),
    ),
    "ON DELETE is lost": Fault(
        "G05",
        "migrations",
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
        "migrations",
        NEW + "downgrade.. leaves in table_comment of products .*sold",
        "mysql",
        revision('op.create_table_comment("products", "sold")', "op.get_bind()"),
    ),
    "a length stays": Fault(
        "G05",
        "migrations",
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
        "migrations",
        NEW + "downgrade.. fails: .*nowhere",
        "sqlite",
        revision(INDEX, 'op.drop_table("nowhere")'),
    ),
    "a way that SQLite cannot go": Fault(
        "G05",
        "migrations",
        NEW + "upgrade.. fails: .*syntax error",
        "sqlite",
        revision(
            'op.alter_column("products", "stock", nullable=True)', "op.get_bind()"
        ),
    ),
    "a second time is another": Fault(
        "G05",
        "migrations",
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
        "migrations",
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
        "migrations",
        ORDERS + r":\d+: only the models have in check_constraints of order_lines",
        "mysql",
        replaced={ORDERS: ("quantity > 0", "quantity > 1")},
    ),
    "a CHECK stays NOT VALID": Fault(
        "G08",
        "migrations",
        ORDERS
        + r":\d+: only the migrations have in check_constraints .*not_valid True",
        "postgresql",
        revision(
            'name = "ck_order_lines_quantity_positive"\n'
            '    op.drop_constraint(name, "order_lines")\n'
            "    op.create_check_constraint(\n"
            '        op.f(name), "order_lines", "quantity > 0", postgresql_not_valid=True\n'
            "    )",
            'op.execute("ALTER TABLE order_lines VALIDATE CONSTRAINT '
            'ck_order_lines_quantity_positive")',
        ),
    ),
    "a model is gone": Fault(
        "G08",
        "migrations",
        "migrations/versions: a revision is missing: remove_table order_requests",
        "postgresql",
        replaced={
            ORDERS: (
                '__tablename__ = "order_requests"',
                '__tablename__ = "order_inquiries"',
            )
        },
    ),
    "the migrations cannot be taken": Fault(
        "G08",
        "migrations",
        NEW + "this cannot be checked: CommandError: ",
        "postgresql",
        revision('op.execute("INSERT INTO order_lines DEFAULT VALUES")', "op.f('')"),
    ),
    "a revision is behind one that is not there": Fault(
        "G08",
        "migrations",
        r"migrations/env.py:\d+: this cannot be checked: .*Revision nowhere",
        "sqlite",
        revision(INDEX, DROP_INDEX, after="nowhere"),
    ),
    # What is checked as text
    "a table past the migrations": Fault(
        "G01",
        "migrations",
        NEW + ".*create_all",
        "sqlite",
        revision("sa.MetaData().create_all(op.get_bind())", "op.get_bind()"),
    ),
    "nobody has read it": Fault(
        "G03",
        "migrations",
        NEW + "nobody has read this yet",
        "sqlite",
        revision(
            f"# ### commands auto generated by Alembic - please adjust! ###\n    {INDEX}",
            DROP_INDEX,
        ),
    ),
    "no way back, said with pass": Fault(
        "G04",
        "migrations",
        NEW + "the way back is missing",
        "mysql",
        revision(INDEX, "pass"),
    ),
    "no way back, said with words": Fault(
        "G04",
        "migrations",
        NEW + "the way back is missing",
        "mysql",
        revision(INDEX, '"""Nothing."""'),
    ),
    "no way back at all": Fault(
        "G04",
        "migrations",
        NEW + "the way back is missing",
        "mysql",
        revision(INDEX, None),
    ),
    "schema and data": Fault(
        "G06",
        "migrations",
        NEW + "schema and data in one revision",
        "postgresql",
        revision(f'{ADD}\n    op.execute("UPDATE products SET weight = 0")', DROP),
    ),
    "schema and a backfill": Fault(
        "G06",
        "migrations",
        NEW + "schema and data in one revision",
        "postgresql",
        revision(f"{ADD}\n    {BACKFILL}", DROP, imports=IMPORT),
    ),
    "the application is imported": Fault(
        "G06",
        "migrations",
        NEW + "what is imported will change",
        "sqlite",
        revision(INDEX, DROP_INDEX, imports="import my_service.catalogue.models"),
    ),
    "a long name": Fault(
        "M13",
        "migrations",
        NEW + "a name of over 63 characters",
        "mysql",
        revision(
            INDEX.replace("ix_products_name", LONG),
            DROP_INDEX.replace("ix_products_name", LONG),
        ),
    ),
    "data in one statement": Fault(
        "G06",
        "migrations",
        NEW + "this locks all rows",
        "sqlite",
        revision('op.execute("UPDATE products SET stock = 0")', "op.get_bind()"),
    ),
    "data row by row": Fault(
        "G06",
        "migrations",
        NEW + "this locks all rows",
        "sqlite",
        revision(
            "for row in op.get_bind().execute(sa.text('SELECT id FROM products')):\n"
            "        op.get_bind().execute(PRODUCTS, row._asdict())",
            "op.get_bind()",
            imports="\nPRODUCTS = sa.text('INSERT INTO products (id) VALUES (:id)')",
        ),
    ),
    # G16: with rows in the tables, on all databases
    **{
        f"{what}, on {database}": Fault(
            "G16", "migrations", NEW + found, database, revision(up, down)
        )
        for database in CELLS
        for what, (found, up, down) in ON_ROWS.items()
    },
    "the way back deletes rows": Fault(
        "G16",
        "migrations",
        NEW + "the rows of order_requests are deleted on the way back",
        "sqlite",
        revision(INDEX, f'{DROP_INDEX}\n    op.execute("DELETE FROM order_requests")'),
    ),
    **{
        what: Fault(
            "G16",
            "migrations",
            NEW + "what is not named goes too",
            "postgresql",
            revision(f'op.execute("{up}")', "op.get_bind()"),
        )
        for what, up in {
            "DROP takes others along": "DROP TABLE product_categories CASCADE",
            "TRUNCATE takes all rows": "TRUNCATE order_requests",
        }.items()
    },
    # The history
    "two heads": Fault(
        "G13",
        "migrations",
        r"migrations/versions/\w+\.py:\d+: it is one of 2 revisions",
        "sqlite",
        {**revision(INDEX, DROP_INDEX), **revision(INDEX, DROP_INDEX, name="other")},
    ),
    "a parent that nobody has": Fault(
        "G13",
        "migrations",
        r"migrations/versions/fault\.py:1: it follows nobody, which is not here",
        "sqlite",
        revision(INDEX, DROP_INDEX, after="nobody"),
    ),
    "another head than is said": Fault(
        "G13",
        "migrations",
        r"migrations/head:1: it says 3f6c1d20a94e, and the head is fault",
        "sqlite",
        {**revision(INDEX, DROP_INDEX), "migrations/head": "3f6c1d20a94e\n"},
    ),
    "no head is said": Fault(
        "G13",
        "migrations",
        r"migrations/head:1: it says nothing, and the head is 3f6c1d20a94e",
        "sqlite",
        commands=("rm --quiet migrations/head",),
    ),
    "git ignores it": Fault(
        "G10",
        "migrations",
        r"migrations/versions/fault\.py:1: git ignores it",
        "sqlite",
        {**revision(INDEX, DROP_INDEX), f"{VERSIONS}/.gitignore": "fault.py\n"},
    ),
    "an applied revision is edited": Fault(
        "G11",
        "migrations",
        FIRST + ":1: databases have taken it",
        "sqlite",
        replaced={FIRST: ("length=64", "length=65")},
    ),
    "an edit is committed to a branch": Fault(
        "G11",
        "migrations",
        FIRST + ":1: databases have taken it",
        "postgresql",
        replaced={FIRST: ("length=64", "length=65")},
        commands=("switch -qc work", "commit -qam edit"),
    ),
    "an applied revision is removed": Fault(
        "G11",
        "migrations",
        FIRST + ":1: databases have taken it",
        "mysql",
        commands=(f"rm -q {FIRST}",),
    ),
    # G14: locks, on PostgreSQL
    "an index locks the table": Fault(
        "G14",
        "migrations",
        NEW + "During normal index creation, table updates are blocked",
        "postgresql",
        revision(INDEX, DROP_INDEX),
    ),
    "a new column is required": Fault(
        "G14",
        "migrations",
        NEW + ".*adding-required-field",
        "postgresql",
        revision(ADD.replace("sa.Integer()", "sa.Integer(), nullable=False"), DROP),
    ),
    "a column is renamed at once": Fault(
        "G14",
        "migrations",
        NEW + "Renaming a column may break existing clients",
        "postgresql",
        revision(
            'op.alter_column("products", "name", new_column_name="title")',
            'op.alter_column("products", "title", new_column_name="name")',
        ),
    ),
    "what is done depends on rows": Fault(
        "G14",
        "migrations",
        NEW + "what it does depends on rows",
        "postgresql",
        revision(
            'op.get_bind().execute(sa.text("SELECT sku FROM products")).fetchall()',
            "op.f('')",
        ),
    ),
    # G14 on MySQL, which says itself what it cannot do beside writers
    "a column gets another type": Fault(
        "G14",
        "migrations",
        NEW + "writes wait while this runs",
        "mysql",
        revision(
            'op.alter_column("products", "name", existing_type=sa.String(200), '
            "type_=sa.Text(), existing_nullable=False)",
            'op.alter_column("products", "name", existing_type=sa.Text(), '
            "type_=sa.String(200), existing_nullable=False)",
        ),
    ),
}

PLANTS = list(FAULTS.values())
