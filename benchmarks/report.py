"""RESULTS.md, from the results of a run."""

import statistics
from typing import Any

import summary
from ratios import Key, quartiles, races, ratio
from texts import CONTESTANTS, DATABASES, GROWTH, HEAD, IMPORTS, NOTES, OPERATIONS, WEB


def text(found: dict[str, Any]) -> str:
    """Return the whole file."""
    versions = ", ".join(f"{k} {v}" for k, v in sorted(found["versions"].items()))
    parts = [HEAD.format(**{**found, "versions": f"Versions: {versions}."})]
    parts += summary.targets(found)
    if found["races"]:
        parts.append("## Data layer, as ratios to the raw driver: smaller is better\n")
        parts.append("![Data layer](results.svg)\n")
        parts += [_cell(key, cell) for key, cell in races(found).items()]
    if found["imports"]:
        parts.append(_imports(found["imports"]))
    if found["web"]:
        parts.append(_web(found))
    if found["growth"]:
        parts.append(growth(found["growth"]))
    parts.append(NOTES)
    return "\n".join(parts)


def table(head: list[str], rows: list[list[str]]) -> str:
    """Return a table of Markdown."""
    lines = [head, ["---"] * len(head), *rows]
    return "".join(f"| {' | '.join(line)} |\n" for line in lines)


def _cell(key: Key, cell: dict[str, dict[str, list[float]]]) -> str:
    database, concurrency = key
    present = [c for c in CONTESTANTS if any(c in seconds for seconds in cell.values())]
    head = ["", "raw driver, ms", *(CONTESTANTS[name] for name in present)]
    rows = []
    for operation, seconds in cell.items():
        raw = seconds["raw"]
        ratios = [
            str(ratio(seconds[name], raw)) if name in seconds else ""
            for name in present
        ]
        milliseconds = f"{1000 * statistics.median(raw):.0f}"
        rows.append([OPERATIONS[operation], milliseconds, *ratios])
    return f"### {DATABASES[database]}, {concurrency}\n\n{table(head, rows)}"


def _imports(imports: list[dict[str, Any]]) -> str:
    """Tell how time and memory grow with the rows of an import."""
    smallest: dict[Key, dict[str, Any]] = {}
    rows = []
    for item in imports:
        key = item["database"], item["concurrency"]
        first = smallest.setdefault(key, item)
        numbers = [
            f"{item['rows']:,}",
            f"{item['seconds']:.2f}",
            f"{item['seconds'] / item['rows'] * 1e6:.0f}",
            f"{item['peak']:.0f}",
            f"{item['peak'] / first['peak']:.2f}",
        ]
        rows.append([f"{DATABASES[key[0]]}, {key[1]}", *numbers])
    head = ["", "rows", "s", "µs a row", "peak, MiB", "peak to that of 1,000"]
    return IMPORTS.format(table=table(head, rows))


def _web(found: dict[str, Any]) -> str:
    """Tell the requests a second as ratios to the drivers of the first concurrency."""
    web = {(item["contestant"], item["concurrency"]): item for item in found["web"]}
    first = found["web"][0]["concurrency"]
    bases = [key for key in web if key[0].startswith("raw") and key[1] == first]
    rows = []
    for (name, concurrency), item in web.items():
        ratios = [ratio(item["per_second"], web[base]["per_second"]) for base in bases]
        numbers = [
            f"{statistics.median(item['per_second']):.0f}",
            *(f"{1000 * statistics.median(item[n]):.0f}" for n in ("p50", "p99")),
        ]
        rows.append([f"{name}, {concurrency}", *map(str, ratios), *numbers])
    head = ["", *(f"to {name}, {kind}" for name, kind in bases)]
    head += ["requests/s", "p50, ms", "p99, ms"]
    return WEB.format(
        seconds=found["seconds"],
        rounds=len(found["web"][0]["per_second"]),
        table=table(head, rows),
    )


def growth(races: list[dict[str, Any]]) -> str:
    """Tell what routing and a pooler cost a unit of work."""
    rows = [
        [race["what"], str(quartiles(race["cpu"])), str(quartiles(race["elapsed"]))]
        for race in races
    ]
    head = ["", "CPU of the process", "time"]
    return GROWTH.format(rounds=len(races[0]["cpu"]), table=table(head, rows))
