"""How the shop's import grows: time and memory of 10^3 to 10^6 rows."""

import json
from dataclasses import dataclass

import web_race
from projects import Project
from workshop import Cell, Servers

SIZES = (10**3, 10**4, 10**5, 10**6)


@dataclass
class Import:
    """What one import took: seconds, and the most memory of its process in MiB."""

    database: str
    concurrency: str
    rows: int
    seconds: float
    peak: float


def run(project: Project, cell: Cell, servers: Servers) -> list[Import]:
    """Import into an empty database, in a fresh process each."""
    found = []
    for rows in SIZES:
        url = cell.url(servers.database(cell.database, "shop"))
        web_race.migrate(project, url)
        command = (".venv/bin/python", "-m", "contestants.importing", url, str(rows))
        told = json.loads(project.run(*command).splitlines()[-1])
        found.append(Import(cell.database, cell.concurrency, rows, **told))
    servers.drop(cell.database, "shop")
    return found
