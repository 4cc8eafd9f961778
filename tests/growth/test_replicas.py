"""Reads from a replica: never staler than what the client wrote, and without an error."""

import asyncio
import os
from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from math import inf
from pathlib import Path
from uuid import uuid4

import httpx2
import pytest
from cells import Cell
from faults.stage import wait_until
from installed import Installed
from serving.service import Service, served
from serving.test_metrics import Metrics

from growth.replicated import Replicated, replicated, states

# REPLICA_PAIRS=1000 takes a minute or two.
PAIRS = int(os.environ.get("REPLICA_PAIRS", "96"))
CLIENTS = 16
WORKERS = 4
BEHIND = 2  # seconds
CELLS = [Cell("postgresql", "fastapi", "async"), Cell("mysql", "fastapi", "async")]


class Clients:
    """Clients that write and read, each with a jar of cookies of its own."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.stale: list[str] = []
        self.statuses: Counter[int] = Counter()

    def _client(self) -> httpx2.AsyncClient:
        return httpx2.AsyncClient(base_url=self.url, timeout=60, trust_env=False)

    async def _get(self, client: httpx2.AsyncClient, path: str) -> httpx2.Response:
        answer = await client.get(path)
        self.statuses[answer.status_code] += 1
        return answer

    async def pairs(self, count: int, *, keep_cookies: bool = True) -> None:
        """Store or change a product, and read it at once."""
        numbers = iter(range(count))

        async def work() -> None:
            async with self._client() as client:
                for number in numbers:
                    new = {"sku": f"S{number}", "name": "A", "price_cents": 1}
                    made = await client.post("/products", json=new | {"stock": 1})
                    assert made.status_code == 201, made.text
                    if not keep_cookies:
                        client.cookies.clear()
                    place = made.headers["Location"]
                    read = await self._get(client, place)
                    if read.status_code != 200:
                        self.stale.append(f"{place}: {read.status_code}")
                        continue
                    change = {"version": read.json()["version"], "stock": 2}
                    changed = await client.patch(place, json=change)
                    assert changed.status_code == 200, changed.text
                    read = await self._get(client, place)
                    if read.json().get("stock") != 2:
                        self.stale.append(f"{place}: {read.text}")

        await asyncio.gather(*(work() for _ in range(CLIENTS)))

    async def read_during(self, event: Callable[[], None], count: int) -> None:
        """Read while something happens in the middle of it."""
        reading = asyncio.create_task(self.others(count))
        enough = self.statuses.total() + count // 4
        while self.statuses.total() < enough:
            await asyncio.sleep(0.01)
        await asyncio.to_thread(event)
        await reading

    async def others(self, count: int) -> None:
        """Read what nobody writes."""
        numbers = iter(range(count))

        async def work() -> None:
            async with self._client() as client:
                for _ in numbers:
                    await self._get(client, "/orders?limit=1")

        await asyncio.gather(*(work() for _ in range(CLIENTS)))


@pytest.mark.cells(*CELLS)
def test_clients_read_what_they_wrote(
    cell: Cell, installed: Installed, tmp_path: Path
) -> None:
    with replicated(cell, installed, tmp_path) as scene:
        scene.hold(BEHIND)
        with served(scene.project, workers=WORKERS) as service:
            wait_until(lambda: all_in_use(service), 30)
            clients = Clients(service.url)
            order(service)
            lines = "SELECT count(*) FROM order_lines"
            assert scene.ask(scene.replica, lines) == 0
            # MariaDB counts rows: there has to be one to read.
            wait_until(lambda: scene.ask(scene.replica, lines) == 1, 30)

            async def together() -> None:
                await asyncio.gather(clients.pairs(PAIRS), clients.others(PAIRS))

            asyncio.run(together())
            assert clients.stale == []
            assert clients.statuses.keys() == {200}
            on_replica, on_primary = shares(scene)
            print(
                f"{PAIRS} pairs; others: {on_replica} on the replica, {on_primary} not"
            )
            assert on_replica >= 9 * on_primary
            service.killed = True
            asyncio.run(clients.read_during(scene.replica.kill, PAIRS))
            assert clients.statuses.keys() == {200}
            wait_until(lambda: states(service) == ["left alone, no answer"], 30)
            scene.hold(0)
            wait_until(lambda: all_in_use(service), 60)


def order(service: Service) -> None:
    """Place an order, for others to read."""
    person = {"email": "eve@a.org", "name": "Eve"}
    customer = service.call("POST", "/customers", 201, json=person)["id"]
    tea = {"sku": "TEA", "name": "Tea", "price_cents": 450, "stock": 1}
    service.call("POST", "/products", 201, json=tea)
    lines = [{"sku": "TEA", "quantity": 1}]
    placed = {"customer_id": customer, "lines": lines}
    service.call("POST", "/orders", 201, json=placed)


def shares(scene: Replicated) -> tuple[int, int]:
    """Return how often others read on the replica and on the primary."""

    def reads() -> tuple[int, int]:
        return scene.reads(scene.replica), scene.reads(scene.primary)

    # PostgreSQL takes its time to tell.
    wait_until(lambda: sum(reads()) >= PAIRS, 30)
    return reads()


def all_in_use(service: Service) -> bool:
    """Whether each worker that is asked uses the replica; many are, one after the other."""
    return all(states(service)[0].startswith("in use") for _ in range(4 * WORKERS))


@pytest.mark.cells(CELLS[0])
def test_without_their_cookie_clients_would_read_stale(
    cell: Cell, installed: Installed, tmp_path: Path
) -> None:
    with replicated(cell, installed, tmp_path) as scene:
        scene.hold(BEHIND)
        with served(scene.project, workers=1) as service:
            wait_until(lambda: all_in_use(service), 30)
            clients = Clients(service.url)
            asyncio.run(clients.pairs(CLIENTS, keep_cookies=False))
            assert len(clients.stale) == CLIENTS
        # A standby cannot serialize: what reads there has to ask for less.
        variables = {**scene.project.variables, "DATABASE_ISOLATION": "serializable"}
        with served(replace(scene.project, variables=variables), workers=1) as service:
            wait_until(lambda: all_in_use(service), 30)
            service.call("GET", "/products", 200)
            assert all_in_use(service)


@pytest.mark.cells(CELLS[1])
def test_a_server_without_a_log_is_not_read_from(
    cell: Cell, installed: Installed
) -> None:
    """As the tests' own, which would be its own replica."""
    project = installed(cell, example=True, exhaustive=True)
    project.run("uv", "run", "alembic", "upgrade", "head")
    there = {"DATABASE_READ_URLS": project.variables["DATABASE_URL"]}
    reading = replace(project, variables={**project.variables, **there})
    told = reading.find(reading.script, "doctor")
    assert "left alone, no answer" in "\n".join(told)
    with served(reading, workers=1) as service:
        service.call("GET", "/products", 200)


@pytest.mark.cells(CELLS[1])
def test_replicas_take_turns_and_metrics_tell(
    cell: Cell, installed: Installed, tmp_path: Path
) -> None:
    metrics = Metrics()
    with replicated(cell, installed, tmp_path, replicas=2) as scene:
        scene.hold(3)
        held, near = (f"127.0.0.1:{replica.port}" for replica in scene.replicas)
        told = {"METRICS_PORT": str(metrics.port), "DATABASE_REPLICA_LAG": "2"}
        variables = {**scene.project.variables, **told}
        with served(replace(scene.project, variables=variables), workers=1) as service:
            order(service)
            lines = "SELECT count(*) FROM order_lines"
            wait_until(lambda: scene.ask(scene.replica, lines) == 1, 30)
            wait_until(lambda: all_in_use(service), 30)

            before = [scene.reads(server) for server in scene.replicas]
            assert read(service, metrics) == {held: 10, near: 10}
            after = [scene.reads(server) for server in scene.replicas]
            assert [b - a for a, b in zip(before, after, strict=True)] == [10, 10]

            def lags() -> dict[str, float]:
                return {
                    labels["replica"]: value
                    for name, labels, value in metrics.samples()
                    if name == "database_replica_lag_seconds"
                }

            def far() -> bool:
                new = {"sku": uuid4().hex, "name": "A", "price_cents": 1, "stock": 1}
                service.call("POST", "/products", 201, json=new)
                return lags()[held] > 2.5

            assert lags().keys() == {held, near}
            wait_until(far, 30)
            assert lags()[held] < 5
            assert lags()[near] < 2
            assert states(service)[0].startswith("left alone, ")
            # While nobody writes, it comes near after three seconds.
            wait_until(lambda: far() and read(service, metrics) == {near: 20}, 60)
            service.killed = True
            scene.replica.kill()
            wait_until(lambda: lags()[held] == inf, 30)
            assert states(service)[0] == "left alone, no answer"


def read(service: Service, metrics: Metrics) -> dict[str, float]:
    """Read as clients that have not written; return how often which server was chosen."""

    def chosen() -> Counter[str]:
        return Counter(
            {
                labels["server"]: int(value)
                for name, labels, value in metrics.samples()
                if name == "database_reads_total"
            }
        )

    before = chosen()
    for _ in range(20):
        httpx2.get(f"{service.url}/orders?limit=1", trust_env=False).raise_for_status()
    return dict(chosen() - before)
