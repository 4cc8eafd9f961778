# mypy: disable-error-code="import-not-found"
"""What read routing costs the data layer: units of work with it and without, in turns.

    PYTHONPATH=tests .cache/bench/venv/bin/python benchmarks/routing.py

The replica is the primary once more, so that all else is equal. Measured is the time of
the CPU in the thread of the service: it hardly depends on other load.
"""

import argparse
import asyncio
import os
import random
import statistics
import time
from collections.abc import Awaitable, Callable
from dataclasses import replace
from pathlib import Path


def main() -> None:
    """Build the project, and measure in it."""
    import web_race
    import workshop

    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=20)
    parser.add_argument("--units", type=int, default=200)
    parser.add_argument("--folder", type=Path, default=workshop.ROOT / ".cache/bench")
    asked = parser.parse_args()
    cell = workshop.Cell("postgresql", "async")
    with workshop.servers() as servers:
        url = cell.url(servers.database("postgresql", "routing"))
        project = workshop.build(cell, asked.folder / "routing", extras=["replicas"])
        variables = {
            "DATABASE_URL": url,
            "DATABASE_READ_URLS": url,
            "SECRET_KEY": 40 * "x",
            "MEASURE": f"{asked.rounds} {asked.units}",
        }
        project = replace(project, variables=variables)
        web_race.migrate(project, url)
        project.run(".venv/bin/my-service", "seed", "--orders=10")
        print(project.run(".venv/bin/python", __file__))


async def measure(rounds: int, units: int) -> None:
    """Print how much longer units of work take that are routed."""
    from my_service.catalogue.repository import ProductRepository
    from my_service.connection import connected
    from my_service.database import unit_of_work
    from my_service.database.replicas import Written, written
    from my_service.orders.models import Customer
    from my_service.orders.repository import CustomerRepository
    from my_service.settings import load_settings

    async with connected(load_settings()) as sessions:
        replicas = sessions.kw["info"]["replicas"]
        while not replicas.states()[0].startswith("in use"):
            await asyncio.sleep(0.1)
        client = Written(replicas.all[0].position, follow=False)
        async with unit_of_work(sessions) as session:
            product = (await ProductRepository(session).find(limit=1))[0].id

        async def read_plain() -> None:
            written.set(None)
            async with unit_of_work(sessions) as session:
                await ProductRepository(session).read(product)

        async def read_routed() -> None:
            written.set(client)
            async with unit_of_work(sessions, read_only=True) as session:
                await ProductRepository(session).read(product)

        async def write(known: Written | None) -> None:
            written.set(known)
            async with unit_of_work(sessions) as session:
                new = Customer(email=f"{random.random()}@a.org", name="A")
                await CustomerRepository(session).add(new)

        report("reads", await race(read_plain, read_routed, rounds, units))
        writer = Written({}, follow=True)
        ways = (lambda: write(None)), (lambda: write(writer))
        report("writes", await race(*ways, rounds // 2, units // 2))


async def race(
    plain: Callable[[], Awaitable[None]],
    routed: Callable[[], Awaitable[None]],
    rounds: int,
    units: int,
) -> list[float]:
    """Return the ratios of the CPU time of both, a round each."""

    async def timed(work: Callable[[], Awaitable[None]]) -> float:
        began = time.thread_time()
        await work()
        return time.thread_time() - began

    await plain()
    await routed()
    ratios = []
    for _ in range(rounds):
        spent = {plain: 0.0, routed: 0.0}
        for _ in range(units):
            for work in random.sample([plain, routed], 2):
                spent[work] += await timed(work)
        ratios.append(spent[routed] / spent[plain])
    return ratios


def report(name: str, ratios: list[float]) -> None:
    """Print the median and its quartiles."""
    low, median, high = (value - 1 for value in statistics.quantiles(ratios, n=4))
    print(f"{name}: {median:+.1%} of CPU time (quartiles {low:+.1%}, {high:+.1%})")


if __name__ == "__main__":
    if given := os.environ.get("MEASURE"):
        asyncio.run(measure(*map(int, given.split())))
    else:
        main()
