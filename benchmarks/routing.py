# mypy: disable-error-code="import-not-found"
"""What read routing and a pooler cost the data layer: units of work with and without.

    PYTHONPATH=tests .cache/bench/venv/bin/python benchmarks/routing.py

Both ways take turns in one process. The replica is the primary once more, and the pooler
has one client, so that all else is equal.
"""

import argparse
import asyncio
import json
import os
import random
import time
from collections.abc import Awaitable, Callable
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from workshop import Servers

CELL = "postgresql", "async"
Work = Callable[[], Awaitable[None]]


def main() -> None:
    """Measure, and print it."""
    import report
    import workshop

    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=20)
    parser.add_argument("--folder", type=Path, default=workshop.ROOT / ".cache/bench")
    asked = parser.parse_args()
    with workshop.servers() as servers:
        print(report.growth(run(servers, asked.folder, asked.rounds)))


def run(servers: "Servers", folder: Path, rounds: int) -> list[dict[str, Any]]:
    """Build the project, and measure in it."""
    import web_race
    import workshop
    from servers.kinds import BEHIND_POOLER
    from sqlalchemy import make_url

    cell = workshop.Cell(*CELL)
    url = servers.database(cell.database, "growth")
    os.environ[BEHIND_POOLER] = url
    pooler = make_url(servers.run.url("pgbouncer")).set(database="growth")
    project = workshop.build(cell, folder / "growth", extras=["replicas"])
    web_race.migrate(project, cell.url(url))
    project.run(".venv/bin/my-service", "seed", "--orders=10")
    variables = {
        "DATABASE_URL": cell.url(url),
        "DATABASE_READ_URLS": cell.url(url),
        "SECRET_KEY": 40 * "x",
        "MEASURE": f"{rounds} {pooler.render_as_string(hide_password=False)}",
    }
    project = replace(project, variables=variables)
    printed = project.run(".venv/bin/python", __file__)
    found: list[dict[str, Any]] = json.loads(printed.splitlines()[-1])
    return found


async def measure(rounds: int, pooler: str) -> None:
    """Print how many times as long units of work take that are routed, or pooled."""
    from my_service.catalogue.repository import ProductRepository
    from my_service.connection import connected
    from my_service.database import Sessions, unit_of_work
    from my_service.database.replicas import Written, written
    from my_service.database.urls import parse_url
    from my_service.orders.models import Customer
    from my_service.orders.repository import CustomerRepository
    from my_service.settings import load_settings

    settings = load_settings()
    other = {"database_read_urls": [], "database_pooler": "transaction"}
    pooled = settings.model_copy(update={"database_url": parse_url(pooler), **other})
    async with connected(settings) as sessions, connected(pooled) as through:
        replicas = sessions.kw["info"]["replicas"]
        while not replicas.states()[0].startswith("in use"):
            await asyncio.sleep(0.1)
        client = Written(replicas.all[0].position, follow=False)
        async with unit_of_work(sessions) as session:
            product = (await ProductRepository(session).find(limit=1))[0].id

        async def read(sessions: Sessions) -> None:
            written.set(None)
            async with unit_of_work(sessions) as session:
                await ProductRepository(session).read(product)

        async def read_routed() -> None:
            written.set(client)
            async with unit_of_work(sessions, read_only=True) as session:
                await ProductRepository(session).read(product)

        async def write(sessions: Sessions, known: Written | None = None) -> None:
            written.set(known)
            async with unit_of_work(sessions) as session:
                new = Customer(email=f"{random.random()}@a.org", name="A")
                await CustomerRepository(session).add(new)

        writer = Written({}, follow=True)
        ways: dict[str, tuple[Work, Work]] = {
            "a row is read, routed": (lambda: read(sessions), read_routed),
            "a row is written, and where is noted": (
                lambda: write(sessions),
                lambda: write(sessions, writer),
            ),
            "a row is read, pooled": (lambda: read(sessions), lambda: read(through)),
            "a row is written, pooled": (
                lambda: write(sessions),
                lambda: write(through),
            ),
        }
        found = [{"what": what, **await race(*w, rounds)} for what, w in ways.items()]
    print(json.dumps(found))


async def race(plain: Work, other: Work, rounds: int) -> dict[str, list[float]]:
    """Return the ratios of each round: of the CPU's time in this thread, and of time."""
    found: dict[str, list[float]] = {"cpu": [], "elapsed": []}
    await asyncio.gather(plain(), other())
    for _ in range(rounds):
        spent = {plain: [0.0, 0.0], other: [0.0, 0.0]}
        for _ in range(200):
            for work in random.sample([plain, other], 2):
                cpu, elapsed = time.thread_time(), time.perf_counter()
                await work()
                spent[work][0] += time.thread_time() - cpu
                spent[work][1] += time.perf_counter() - elapsed
        for kind, a, b in zip(found, spent[other], spent[plain], strict=True):
            found[kind].append(a / b)
    return found


if __name__ == "__main__":
    if given := os.environ.get("MEASURE"):
        asked_rounds, address = given.split()
        asyncio.run(measure(int(asked_rounds), address))
    else:
        main()
