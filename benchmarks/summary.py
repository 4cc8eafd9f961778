"""What the data layer promises about its speed, and whether this run kept it."""

import statistics
from collections.abc import Iterator
from typing import Any, NamedTuple

from contestants import inputs
from race import BEFORE
from ratios import races, ratio, shown

LIMITS = {
    "hand": ("ours to by hand", 1.1),
    "rows": ("ours, rows to Core", 1.1),
    "advanced": ("ours to advanced-alchemy", 1.0),
    "best": ("ours to fastest way", 1.3),
    "page": ("page 10,000 to page 1", 1.2),
    "before": ("ours to the commit before", 1.02),
}
INTRODUCTION = """\
For each operation the worst cell is shown; what misses its limit is in bold. By hand is the ORM where
entities are read, and the faster of Core and ORM where rows are written.
"""


class Value(NamedTuple):
    """A median, and where it was measured."""

    median: float
    where: str

    def text(self, limit: float, *, least: bool = False) -> str:
        """Return it in bold where it misses the limit."""
        missed = self.median < limit if least else self.median > limit
        text = f"**{shown(self.median)}**" if missed else shown(self.median)
        return f"{text} ({self.where})"


def targets(found: dict[str, Any]) -> list[str]:
    """Return the section, or nothing when nothing was measured that was promised."""
    parts = [*_data_layer(found), *_others(found)]
    return ["## Targets\n", INTRODUCTION, *parts] if parts else []


def _data_layer(found: dict[str, Any]) -> Iterator[str]:
    worst: dict[tuple[str, str], Value] = {}
    for (database, concurrency), cell in races(found).items():
        for operation, name, median in _comparisons(cell):
            value = Value(median, f"{database} {concurrency}")
            key = operation, name
            worst[key] = max(value, worst.get(key, value))
    if not worst:
        return
    yield f"| | {' | '.join(f'{what}, ≤ {limit}' for what, limit in LIMITS.values())} |"
    yield f"|---{'|---' * len(LIMITS)}|"
    for operation in dict.fromkeys(operation for operation, _ in worst):
        texts = [
            worst[operation, name].text(limit) if (operation, name) in worst else ""
            for name, (_, limit) in LIMITS.items()
        ]
        yield f"| {operation} | {' | '.join(texts)} |"
    yield ""


def _comparisons(
    cell: dict[str, dict[str, list[float]]],
) -> Iterator[tuple[str, str, float]]:
    """Yield operations, what ours is compared with, and the ratio."""
    for operation, seconds in cell.items():
        ours = seconds["ours"]
        by_hand = ("orm", "core") if operation in inputs.WRITES else ("orm",)
        for name in by_hand:
            yield operation, "hand", ratio(ours, seconds[name]).median
        if "rows" in seconds:
            value = ratio(seconds["rows"], seconds["core"])
            yield operation, "rows", value.median
        if "advanced" in seconds:
            yield operation, "advanced", ratio(ours, seconds["advanced"]).median
        for name, now in BEFORE.items():
            if name in seconds:
                value = ratio(seconds[now], seconds[name])
                yield operation, "before", value.median
        if operation in ("insert", "upsert"):
            best = seconds.get("best", seconds["raw"])
            yield operation, "best", ratio(ours, best).median
    if {"first_page", "far_page"} <= set(cell):
        for name in ("ours", "rows"):
            value = ratio(cell["far_page"][name], cell["first_page"][name])
            yield "far_page", "page", value.median


def _others(found: dict[str, Any]) -> Iterator[str]:
    lines = [
        f"- {what}, {'≥' if least else '≤'} {limit:g}: {value.text(limit, least=least)}"
        for what, value, limit, least in (
            *_imports(found),
            *_web(found),
            *_growth(found),
        )
    ]
    if lines:
        yield from [*lines, ""]


Line = tuple[str, Value, float, bool]


def _imports(found: dict[str, Any]) -> Iterator[Line]:
    """Compare the largest import with smaller ones of the same cell."""
    cells: dict[str, dict[int, dict[str, Any]]] = {}
    for item in found["imports"]:
        where = f"{item['database']} {item['concurrency']}"
        cells.setdefault(where, {})[item["rows"]] = item
    if not cells:
        return
    large, middle, small = 10**6, 10**5, 10**3
    memory = [Value(c[large]["peak"] / c[small]["peak"], w) for w, c in cells.items()]
    yield "import of 10^6 rows: memory to that of 10^3", max(memory), 1.2, False
    time = [
        Value(c[large]["seconds"] / c[middle]["seconds"] * middle / large, w)
        for w, c in cells.items()
    ]
    yield "import of 10^6 rows: time a row to that of 10^5", max(time), 1.2, False


def _web(found: dict[str, Any]) -> Iterator[Line]:
    web = {(item["contestant"], item["concurrency"]): item for item in found["web"]}
    if ("ours", "async") not in web:
        return
    ours = web["ours", "async"]["per_second"]
    for name, limit in (("raw psycopg", 0.4), ("raw asyncpg", 0.4), ("entities", 2)):
        median = ratio(ours, web[name, "async"]["per_second"]).median
        what = f"requests a second of ours to {name}"
        yield what, Value(median, "postgresql async"), limit, True


def _growth(found: dict[str, Any]) -> Iterator[Line]:
    where = "postgresql async"
    if found["growth"]:
        value = Value(statistics.median(found["growth"][0]["cpu"]), where)
        yield "a read that is routed: CPU to one that is not", value, 1.03, False
