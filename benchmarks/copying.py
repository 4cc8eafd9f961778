"""What `copy-data` takes, from SQLite to PostgreSQL, against `import-products` of the same rows.

    PYTHONPATH=tests .cache/bench/venv/bin/python benchmarks/copying.py --rows 1000000

Each is a process of its own on an empty database, in turns; the seconds of CPU are those of
that process, without the server's.
"""

import argparse
import json
import resource
import time
from pathlib import Path

import web_race
import workshop
from projects import Project
from ratios import ratio
from workshop import Cell

LIMIT = 1.5
FROM, TO = Cell("sqlite", "sync"), Cell("postgresql", "sync")


def timed(project: Project, *command: str) -> tuple[float, float]:
    """Run a command; return what it took in seconds, and in seconds of CPU."""
    began, used = time.perf_counter(), cpu()
    project.run(*command, timeout=3600)
    return time.perf_counter() - began, cpu() - used


def cpu() -> float:
    """Return the seconds of CPU of all processes that have ended."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def main() -> None:
    """Copy and import in turns, and print the ratios."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=10**6)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--folder", type=Path, default=workshop.ROOT / ".cache/bench")
    asked = parser.parse_args()
    importing = (".venv/bin/python", "-m", "contestants.importing")
    taken: dict[str, list[tuple[float, float]]] = {"import": [], "copy": []}
    with workshop.servers() as servers:
        source = workshop.build(FROM, asked.folder / "copying")
        target = workshop.build(TO, asked.folder / "copying", extras=["copy-data"])
        old = servers.database("sqlite", "copying")
        web_race.migrate(source, FROM.url(old))
        source.run(*importing, FROM.url(old), str(asked.rows), timeout=3600)
        for _ in range(asked.rounds):
            for name, seconds in taken.items():
                new = TO.url(servers.database("postgresql", "copying"))
                web_race.migrate(target, new)
                command: tuple[str, ...] = (*importing, new, str(asked.rows))
                if name == "copy":
                    command = (".venv/bin/my-service", "copy-data", old)
                seconds.append(timed(target, *command))
    print(json.dumps(taken))
    for kind, what in enumerate(("seconds", "seconds of CPU")):
        of = {name: [each[kind] for each in seconds] for name, seconds in taken.items()}
        print(f"{what}: {ratio(of['copy'], of['import'])}, at most {LIMIT}")


if __name__ == "__main__":
    main()
