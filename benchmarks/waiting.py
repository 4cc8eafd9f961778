"""How long a writer waits while a table of a million rows is changed as revisions change it.

    python benchmarks/waiting.py URL [ROWS]

URL is that of a database to make a table in, for a driver that is sync. The statements are
those that autogenerate writes; the last one of each kind is a plain form, to compare with.
Run it alone on the machine: a writer also waits for the processor.
"""

import sys
import threading
import time
from collections.abc import Callable

import sqlalchemy as sa

FORMS = {
    "postgresql": {
        "column with a default": ["ADD COLUMN state INTEGER NOT NULL DEFAULT 0"],
        "index, concurrently": ["CREATE INDEX CONCURRENTLY ix ON things (note)"],
        "unique constraint": [
            "CREATE UNIQUE INDEX CONCURRENTLY uq ON things (email)",
            "ADD CONSTRAINT uq UNIQUE USING INDEX uq",
        ],
        "check": [
            "ADD CONSTRAINT c CHECK (amount > 0) NOT VALID",
            "VALIDATE CONSTRAINT c",
        ],
        "foreign key": [
            "ADD CONSTRAINT f FOREIGN KEY (other) REFERENCES others (id) NOT VALID",
            "VALIDATE CONSTRAINT f",
        ],
        "NOT NULL": [
            "ADD CONSTRAINT n CHECK (amount IS NOT NULL) NOT VALID",
            "VALIDATE CONSTRAINT n",
            "ALTER amount SET NOT NULL",
            "DROP CONSTRAINT n",
        ],
        "column dropped": ["DROP COLUMN state"],
        "plain: index": ["CREATE INDEX plain ON things (note, email)"],
        "plain: type": ["ALTER amount TYPE BIGINT"],
    },
    "mysql": {
        "column with a default": [
            "ADD COLUMN state INTEGER NOT NULL DEFAULT 0, ALGORITHM=INSTANT"
        ],
        "index": ["CREATE INDEX ix ON things (note) ALGORITHM=INPLACE LOCK=NONE"],
        "unique constraint": [
            "ADD CONSTRAINT uq UNIQUE (email), ALGORITHM=INPLACE, LOCK=NONE"
        ],
        "NOT NULL": ["MODIFY amount INTEGER NOT NULL, ALGORITHM=INPLACE, LOCK=NONE"],
        "column dropped": ["DROP COLUMN state, ALGORITHM=INSTANT"],
        "plain: type": ["MODIFY amount BIGINT NOT NULL"],
    },
}
SERIAL = {
    "postgresql": "SERIAL PRIMARY KEY",
    "mysql": "INTEGER AUTO_INCREMENT PRIMARY KEY",
}
PAUSE = 0.002  # seconds between two writes: some hundreds a second


def make(engine: sa.Engine, rows: int) -> None:
    """Make the table anew, and the one that it refers to."""
    with engine.begin() as connection:
        for table in ("things", "others"):
            connection.exec_driver_sql(f"DROP TABLE IF EXISTS {table}")
        connection.exec_driver_sql("CREATE TABLE others (id INTEGER PRIMARY KEY)")
        connection.exec_driver_sql("INSERT INTO others VALUES (1)")
        columns = "email VARCHAR(200), note VARCHAR(200), amount INTEGER, other INTEGER"
        key = SERIAL[engine.dialect.name]
        connection.exec_driver_sql(f"CREATE TABLE things (id {key}, {columns})")
        names: list[sa.ColumnClause[object]] = [
            sa.column(name) for name in ("email", "note", "amount", "other")
        ]
        insert = sa.table("things", *names).insert()
        for first in range(0, rows, 10_000):
            connection.execute(
                insert,
                [
                    {"email": f"{n}@x", "note": "n", "amount": 1, "other": 1}
                    for n in range(first, min(first + 10_000, rows))
                ],
            )


def longest_wait(engine: sa.Engine, change: Callable[[], None]) -> tuple[float, int]:
    """Return the longest wait of a writer during a change, in seconds, and its writes."""
    ended, waits = threading.Event(), list[float]()

    def write() -> None:
        insert = (
            "INSERT INTO things (email, note, amount, other) VALUES (:email, 'n', 1, 1)"
        )
        with engine.connect() as connection:
            while not ended.wait(PAUSE):
                began = time.monotonic()
                given = {"email": f"{began}@{len(waits)}"}
                connection.execute(sa.text(insert), given)
                connection.commit()
                waits.append(time.monotonic() - began)

    writer = threading.Thread(target=write)
    writer.start()
    time.sleep(0.5)
    waits.clear()
    change()
    time.sleep(0.2)
    ended.set()
    writer.join()
    return max(waits), len(waits)


def main(url: str, rows: int = 10**6) -> None:
    """Print the longest wait for each form."""
    engine = sa.create_engine(url, isolation_level="AUTOCOMMIT")
    writers = sa.create_engine(url)
    make(engine, rows)
    for name, statements in FORMS[engine.dialect.name].items():

        def change(statements: list[str] = statements) -> None:
            with engine.connect() as connection:
                for statement in statements:
                    alter = (
                        "" if statement.startswith("CREATE") else "ALTER TABLE things "
                    )
                    connection.exec_driver_sql(alter + statement)

        began = time.monotonic()
        wait, count = longest_wait(writers, change)
        seconds = time.monotonic() - began - 0.7
        print(
            f"{name:24}{wait * 1000:8.0f} ms  ({count} writes in {seconds:.1f} s)",
            flush=True,
        )


if __name__ == "__main__":
    main(sys.argv[1], *map(int, sys.argv[2:]))
