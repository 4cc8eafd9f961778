"""What grows with load and rows, on paper; run as a program, it writes docs/growth.md's tables.

The figures are those of RESULTS.md and of the template's settings. What nobody measured is an
assumption, and named as such on the page.
"""

import math
import re
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[1]
RESULTS = ROOT / "benchmarks/RESULTS.md"
SETTINGS = ROOT / "template/src/{{ package_name }}/database/config.py"
PAGE = ROOT / "docs/growth.md"

LOADS = [10, 100, 1_000, 10_000, 100_000]  # requests a second
ROWS = [10**6, 10**7, 10**8, 10**9]
# Assumptions.
USED = 0.5  # of a core, so that a peak finds room
APPLICATION_CORES = 8  # of a machine
DATABASE_CORES = 32
WRITES = 0.1  # of the requests
WRITE_COST = 5  # of a read: its log, its indexes, its locks
MAX_CONNECTIONS = 100 - 3  # PostgreSQL's default, without those that it reserves
BYTES = 150  # of a row with its indexes; an order of the shop takes 117, a line 139
KEYS = 300  # of a page of an index


@dataclass(frozen=True)
class Figures:
    """What was measured or is set."""

    served: float  # requests a second of a process, by a core
    answered: float  # the same by a core of the database, at least
    imported: float  # microseconds a row
    updated: float
    pool: int  # connections that a process keeps
    overflow: int

    @property
    def held(self) -> float:
        """Seconds that a request holds a connection when it waits for nothing."""
        return 1 / self.served + 1 / self.answered


def figures() -> Figures:
    """Read them."""
    results, settings = RESULTS.read_text("utf-8"), SETTINGS.read_text("utf-8")
    cell = results.partition("### PostgreSQL, async")[2]
    update = one(r"update 10,000 by key \| (\d+) \|", cell)
    times = one(r"update 10,000 by key(?: \|[^|]*){4} \| ([\d.]+) \[", cell)
    return Figures(
        served=one(r"\| ours, async \|(?:[^|]*\|){2} (\d+) \|", results),
        answered=one(r"\| raw asyncpg, async \|(?:[^|]*\|){2} (\d+) \|", results),
        imported=one(
            r"\| PostgreSQL, async \| 1,000,000 \| [\d.]+ \| (\d+) \|", results
        ),
        updated=update * times / 10,
        pool=int(one(r"database_pool_size: int = Field\((\d+)", settings)),
        overflow=int(one(r"database_max_overflow: int = Field\((\d+)", settings)),
    )


def one(pattern: str, text: str) -> float:
    found = re.search(pattern, text)
    assert found, f"{pattern} is not there"
    return float(found[1])


def load(known: Figures, requests: int) -> list[str]:
    """Return the line of the machines that a load needs."""
    processes, most = pools(known, requests)
    writing, reading = (
        requests * cost / known.answered / USED
        for cost in (WRITES * WRITE_COST, 1 - WRITES)
    )
    shards = math.ceil(writing / DATABASE_CORES)
    fits = writing + reading <= DATABASE_CORES
    replicas = 0 if fits else math.ceil(reading / DATABASE_CORES)
    if shards > 1:
        needed = f"writes on {shards} primaries, reads on {replicas} replicas"
    elif replicas:
        needed = f"reads on {replicas} replicas"
    elif most > MAX_CONNECTIONS:
        needed = "a pooler"
    else:
        needed = "one database"
    return [
        f"{requests:,}",
        f"{processes:,}",
        f"{math.ceil(processes / APPLICATION_CORES):,}",
        f"{writing + reading:,.1f}",
        needed,
    ]


def pools(known: Figures, requests: int) -> tuple[int, int]:
    """Return how many processes a load needs, and how many connections they open at most."""
    processes = math.ceil(requests / (known.served * USED))
    return processes, processes * (known.pool + known.overflow)


def connections(known: Figures, requests: int) -> list[str]:
    """Return the line of the connections that a load needs."""
    processes, most = pools(known, requests)
    at_work = requests * known.held
    return [
        f"{requests:,}",
        f"{processes * known.pool:,} to {most:,}",
        f"{at_work:,.1f}" if at_work < 10 else f"{at_work:,.0f}",
        f"{math.ceil(at_work / USED):,}",
    ]


def amount(known: Figures, rows: int) -> list[str]:
    """Return the line of a table of so many rows."""
    return [
        f"10^{len(str(rows)) - 1}",
        f"{rows * BYTES / 1e9:,.2f}".rstrip("0").rstrip(".") + " GB",
        str(math.ceil(math.log(rows, KEYS))),
        duration(rows * known.imported / 1e6),
        duration(rows * known.updated / 1e6),
    ]


def duration(seconds: float) -> str:
    for unit, size in (("h", 3600), ("min", 60)):
        if seconds >= size:
            return f"{seconds / size:.1f} {unit}"
    return f"{seconds:.0f} s"


def table(head: list[str], lines: list[list[str]]) -> str:
    rows = [head, ["---"] * len(head), *lines]
    return "".join(f"| {' | '.join(row)} |\n" for row in rows)


def tables() -> dict[str, str]:
    """Return the tables of the page by their names."""
    known = figures()
    measured = [
        ["requests a second that a process serves, by one core", f"{known.served:g}"],
        [
            "requests a second that a core of the database answers, at least",
            f"{known.answered:g}",
        ],
        [
            "milliseconds that a request holds a connection",
            f"{known.held * 1000:.1f}",
        ],
        ["connections of a process", f"{known.pool} to {known.pool + known.overflow}"],
        [
            "microseconds to import or update a row",
            f"{known.imported:g}, {known.updated:.0f}",
        ],
    ]
    assumed = [
        ["cores are used to", f"{USED:.0%}"],
        [
            "cores of a machine of the application, of the database",
            f"{APPLICATION_CORES}, {DATABASE_CORES}",
        ],
        ["requests that write, and their cost in reads", f"{WRITES:.0%}, {WRITE_COST}"],
        ["connections that PostgreSQL allows", str(MAX_CONNECTIONS)],
        ["bytes of a row with its indexes", str(BYTES)],
        ["keys of a page of an index", str(KEYS)],
    ]
    loads = (
        "requests a second",
        "processes",
        "machines",
        "cores of databases",
        "needed at least",
    )
    connected = (
        "requests a second",
        "connections of all pools",
        "of them at work",
        "with a pooler",
    )
    amounts = (
        "rows",
        "size",
        "pages of an index to a row",
        "to import all",
        "to update all",
    )
    return {
        "figures": table(["measured, or set", ""], measured),
        "assumptions": table(["assumed", ""], assumed),
        "loads": table(list(loads), [load(known, each) for each in LOADS]),
        "connections": table(
            list(connected), [connections(known, each) for each in LOADS]
        ),
        "rows": table(list(amounts), [amount(known, each) for each in ROWS]),
    }


def page() -> str:
    """Return the page with its tables as they are now."""
    text = PAGE.read_text("utf-8")
    for name, lines in tables().items():
        before, begins, rest = text.partition(
            f"<!-- {name}: written by `make growth` -->\n"
        )
        _, ends, after = rest.partition(f"<!-- {name} ends -->\n")
        assert ends, f"{PAGE.name} has no place for {name}"
        text = before + begins + lines + ends + after
    return text


if __name__ == "__main__":
    PAGE.write_text(page(), "utf-8")
