"""Who lays out the rows before each contestant, and looks at them afterwards."""

from functools import cache

import sqlalchemy as sa
import stores
from contestants import inputs, readings
from contestants.inputs import Row

SUMMED = ("price_cents", "stock", "version")


class CheatError(Exception):
    """A contestant did not do its work."""


class Judge:
    """Works between the contestants, by a connection of its own."""

    def __init__(self, url: str) -> None:
        self.engine = sa.create_engine(url)
        self.tables = stores.tables(self.engine)
        self.items = self.tables["bench_items"]

    def fill(self, *, archive: bool) -> None:
        """Fill what is only read."""
        stores.fill(self.engine, self.tables, archive=archive)

    def close(self) -> None:
        """Close the connection."""
        self.engine.dispose()

    def prepare(self, operation: str) -> None:
        """Put into the table of items what the operation begins with."""
        dialect = self.engine.dialect.name
        words = "DELETE FROM" if dialect == "sqlite" else "TRUNCATE TABLE"
        with self.engine.begin() as connection:
            connection.exec_driver_sql(f"{words} bench_items")
            if operation != "insert":
                stored = sa.select(self.tables["bench_stored"])
                names = list(self.items.c.keys())
                connection.execute(self.items.insert().from_select(names, stored))
                stores.analyze(connection, "bench_items")
            if dialect == "postgresql":
                next_key = f"setval('bench_items_id_seq', {inputs.BASE})"
                connection.exec_driver_sql(f"SELECT {next_key}")
        if dialect == "sqlite":
            with self.engine.connect() as connection:
                connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")

    def check_reading(self, operation: str, size: int, digest: str) -> None:
        """Raise CheatError unless that is the checksum of what had to be read."""
        if digest != reading(operation, size):
            raise CheatError("it read other rows")

    def check_writing(self, operation: str, size: int, *, versions: bool) -> None:
        """Raise CheatError unless the rows are those that were asked for.

        Without versions these are not looked at.
        """
        columns = (*inputs.COLUMNS, "version") if versions else inputs.COLUMNS
        wanted = [self.items.c[name] for name in columns]
        with self.engine.connect() as connection:
            rows = connection.execute(sa.select(*wanted).order_by(self.items.c.sku))
            found = readings.rows(rows, columns)
        if found != readings.rows(mappings(operation, size, columns), columns):
            raise CheatError("it wrote other rows")

    def check_sums(self, operation: str, size: int, *, versions: bool) -> None:
        """Do the same by a count and sums, which takes no time."""
        columns = SUMMED if versions else SUMMED[:-1]
        sums = [sa.func.sum(self.items.c[name]) for name in columns]
        with self.engine.connect() as connection:
            found = connection.execute(sa.select(sa.func.count(), *sums)).one()
        if [int(value) for value in found] != expected_sums(operation, size, columns):
            raise CheatError("it wrote other rows")


def mappings(
    operation: str, size: int, columns: tuple[str, ...]
) -> list[tuple[object, ...]]:
    """Return the rows that have to be there, in the order of their skus."""
    rows = sorted(written(operation, size), key=lambda row: str(row["sku"]))
    return [tuple(row[name] for name in columns) for row in rows]


@cache
def expected_sums(operation: str, size: int, columns: tuple[str, ...]) -> list[int]:
    """Return the count of the rows that have to be there, and their sums."""
    rows = written(operation, size)
    return [len(rows), *(sum(row[name] for row in rows) for name in columns)]


def written(operation: str, size: int) -> list[Row]:
    """Return the rows that have to be there after a write."""
    if operation == "insert":
        return [{**row, "version": 1} for row in inputs.inserts(size)]
    rows = {
        row["sku"]: {**row, "version": 1} for row in inputs.stored(1, inputs.BASE + 1)
    }
    changed = inputs.upserts(size)
    if operation == "update":
        # By its key it is known as this one.
        changed = [
            {**row, "sku": inputs.row(row["id"])["sku"]} for row in inputs.updates(size)
        ]
    for row in changed:
        before = rows.get(row["sku"], {"version": 0})
        rows[row["sku"]] = {**before, **row, "version": before["version"] + 1}
    return list(rows.values())


@cache
def reading(operation: str, size: int) -> str:
    """Return the checksum of what has to be read."""
    if operation == "tree":
        return readings.tree(inputs.shelf(inputs.shelves(size)[-1]))
    if operation == "stream":
        cents = sum(row["price_cents"] for row in inputs.stored(1, size + 1))
        return readings.counted((size, cents))
    skipped = 0 if operation == "first_page" else inputs.PAGE * (inputs.FAR - 1)
    numbers = inputs.keys(size) if operation == "get" else inputs.newest(skipped)
    return readings.rows((number, *inputs.row(number).values()) for number in numbers)
