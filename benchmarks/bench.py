"""Race the rendered project's data layer against drivers, SQLAlchemy and its peers.

`make bench` runs it. A run of everything is written to RESULTS.md, a smaller one is
printed.
"""

import argparse
import json
import sys
import time
from dataclasses import asdict
from pathlib import Path
from typing import Any

import imports
import plots
import race
import report
import routing
import versions
import web_race
import workshop
from contestants import inputs
from judge import CheatError
from projects import Project
from workshop import Cell, Servers

DATABASES = ("postgresql", "mysql", "sqlite")
CONCURRENCIES = ("async", "sync")
OPERATIONS = (*inputs.SIZES, "import", "http", "growth")
WEB_ROUNDS, GROWTH_ROUNDS = 3, 20
HERE = Path(__file__).parent
KEPT = "results.json"
FOLDER = workshop.ROOT / ".cache/bench"


def arguments() -> argparse.Namespace:
    """Return what was asked for."""
    parser = argparse.ArgumentParser(description=__doc__)
    add = parser.add_argument
    add("--database", nargs="+", choices=DATABASES, default=DATABASES)
    add("--concurrency", nargs="+", choices=CONCURRENCIES, default=CONCURRENCIES)
    add("--operation", nargs="+", choices=OPERATIONS, default=OPERATIONS)
    add("--rounds", type=int, default=7, help="of each operation (7)")
    add("--seconds", type=float, default=10, help="of load for each server (10)")
    add("--folder", type=Path, default=FOLDER, help="for the rendered projects")
    add("--against", metavar="COMMIT", help="race the data layer of a commit, too")
    add("--output", type=Path, help="folder for RESULTS.md and plots of any run")
    add("--again", action="store_true", help="show the results of the last run again")
    asked = parser.parse_args()
    if {"http", "growth"}.issuperset(asked.operation):
        asked.database = ["postgresql"]
    return asked


def main() -> None:
    """Run what was asked for, and show it."""
    asked = arguments()
    if not asked.again:
        with workshop.servers() as servers:
            run(asked, servers)
    found = json.loads((asked.folder / KEPT).read_text("utf-8"))
    show(found, asked.output or (HERE if found["complete"] else None))


def show(found: dict[str, Any], output: Path | None) -> None:
    """Write the results into a folder, or print them."""
    text = report.text(found)
    if output is None:
        print(text)
        return
    output.mkdir(parents=True, exist_ok=True)
    (output / "RESULTS.md").write_text(text, "utf-8")
    plots.draw(found, output)
    print(f"written to {output}")


def everything(asked: argparse.Namespace) -> bool:
    """Tell whether nothing was left out."""
    chosen = {*asked.database, *asked.concurrency, *asked.operation}
    complete = chosen == {*DATABASES, *CONCURRENCIES, *OPERATIONS}
    return complete and not asked.against


def run(asked: argparse.Namespace, servers: Servers) -> None:
    """Run all races that were asked for, and keep their results in the folder."""
    began = time.monotonic()
    cells = [
        Cell(database, concurrency)
        for database in asked.database
        for concurrency in asked.concurrency
    ]
    projects, before = {}, {}
    for cell in cells:
        tell(f"{cell}: rendering and installing")
        projects[cell] = workshop.build(cell, asked.folder)
    if asked.against:
        with workshop.commit(asked.against) as tree:
            before = {
                cell: workshop.build(cell, asked.folder / "before", tree)
                for cell in cells
            }
    found: dict[str, Any] = {
        "complete": False,
        "against": asked.against,
        "rounds": asked.rounds,
        "seconds": asked.seconds,
        "versions": {},
        "races": [],
        "imports": [],
        "web": [],
        "growth": [],
    }
    for project in projects.values():
        found["versions"] |= versions.of_project(project)
    for database in asked.database:
        own = {cell: projects[cell] for cell in cells if cell.database == database}
        run_database(asked, servers, database, own, before, found)
        found["minutes"] = round((time.monotonic() - began) / 60)
        found["complete"] = database == asked.database[-1] and everything(asked)
        # Now, so that what comes later can fail.
        (asked.folder / KEPT).write_text(json.dumps(found, indent=1), "utf-8")


def run_database(
    asked: argparse.Namespace,
    servers: Servers,
    database: str,
    projects: dict[Cell, Project],
    before: dict[Cell, Project],
    found: dict[str, Any],
) -> None:
    """Run all races on one database, whose rows async and sync share."""
    url = servers.database(database, "bench")
    found["versions"] |= versions.of_server(url)
    operations = [name for name in inputs.SIZES if name in asked.operation]
    for cell, project in projects.items():
        if operations:
            tell(f"{cell}: {', '.join(operations)}")
            races = race.race(
                project, cell, url, operations, asked.rounds, before.get(cell)
            )
            found["races"] += map(asdict, races)
        if "import" in asked.operation:
            tell(f"{cell}: import")
            found["imports"] += map(asdict, imports.run(project, cell, servers))
    servers.drop(database, "bench")
    if "http" in asked.operation and database == "postgresql":
        tell("http")
        url = servers.database(database, "shop")
        own = {cell.concurrency: project for cell, project in projects.items()}
        rounds = min(asked.rounds, WEB_ROUNDS)
        url = next(iter(projects)).url(url)
        found["web"] = web_race.race(own, url, rounds, asked.seconds)
    if "growth" in asked.operation and database == "postgresql":
        tell("growth")
        found["growth"] = routing.run(servers, asked.folder, GROWTH_ROUNDS)


def tell(text: str) -> None:
    """Say what is done now."""
    print(f"{time.strftime('%H:%M:%S')} {text}", file=sys.stderr, flush=True)


if __name__ == "__main__":
    try:
        main()
    except CheatError as error:
        sys.exit(f"the run ended: {error}")
