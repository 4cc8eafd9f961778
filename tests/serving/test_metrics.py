"""Metrics agree with what the clients have counted, whatever is killed meanwhile."""

import asyncio
import json
import os
import re
import signal
import socket
from collections import Counter
from contextlib import ExitStack
from dataclasses import replace
from typing import Any
from uuid import uuid4

import httpx2
import pytest
import sqlalchemy as sa
import yaml
from cells import Cell
from installed import engine_of
from projects import Project
from servers.keeper import processes

from serving.service import Service, served
from serving.test_serving import GET, connect, wait_until, with_variables

# METRICS_REQUESTS=10000 takes some minutes.
REQUESTS = int(os.environ.get("METRICS_REQUESTS", "600"))
CLIENTS = 12
KILLS = 10
CONNECTIONS = {
    "postgresql": "SELECT pid FROM pg_stat_activity "
    "WHERE datname = current_database() AND pid <> pg_backend_pid()",
    "mysql": "SELECT id FROM information_schema.processlist "
    "WHERE db = database() AND id <> connection_id()",
}
KILL = {"postgresql": "SELECT pg_terminate_backend({})", "mysql": "KILL {}"}
SAMPLE = re.compile(r"^(\w+)(?:\{(.*)\})? (\S+)$", re.MULTILINE)
Answer = tuple[str, str, int]  # method, route, status
OUTCOMES = """
import asyncio
from contextlib import suppress

from prometheus_client import REGISTRY

from my_service import metrics
from my_service.connection import connected
from my_service.database import CommitUnknown, Conflict, unit_of_work
from my_service.settings import load_settings


async def main() -> None:
    async with connected(load_settings()) as sessions:
        for error in (None, Conflict("no"), CommitUnknown(), CommitUnknown()):
            with suppress(Conflict, CommitUnknown):
                async with unit_of_work(sessions):
                    if error:
                        raise error


asyncio.run(main())
name = "database_unit_of_work_duration_seconds_count"
for outcome in metrics.OUTCOMES:
    print(outcome, REGISTRY.get_sample_value(name, {"outcome": outcome}))
"""


class Metrics:
    """What is served at a port, and what of it was asked for."""

    def __init__(self) -> None:
        with socket.socket() as unused:
            unused.bind(("127.0.0.1", 0))
            self.port: int = unused.getsockname()[1]

    def samples(self) -> list[tuple[str, dict[str, str], float]]:
        """Return names, labels and values."""
        url = f"http://127.0.0.1:{self.port}/metrics"
        text = httpx2.get(url, trust_env=False).text
        return [
            (name, dict(re.findall(r'(\w+)="(.*?)"', labels)), float(value))
            for name, labels, value in SAMPLE.findall(text)
        ]

    def sum(self, name: str, **labels: str) -> float:
        """Return the sum of the samples that have these labels, among others."""
        return sum(
            value
            for named, given, value in self.samples()
            if named == name and labels.items() <= given.items()
        )

    def answers(self) -> Counter[Answer]:
        """Return how many requests were answered, but for those of health."""
        return Counter(
            {
                (given["method"], given["route"], int(given["status"])): int(value)
                for name, given, value in self.samples()
                if name == "http_request_duration_seconds_count"
                and not given["route"].startswith("/health/")
            }
        )


class Clients:
    """Send requests, some at once, and count how they are answered."""

    def __init__(self, service: Service, killed: sa.Engine, kind: str) -> None:
        self.service, self.killed, self.kind = service, killed, kind
        self.counted: Counter[Answer] = Counter()
        self.replayed = 0
        self.sku = uuid4().hex  # other tests may have left products

    def send(self, requests: int) -> None:
        """Send requests of many kinds, and kill all connections now and then."""
        asyncio.run(self._send(requests))

    async def _send(self, requests: int) -> None:
        numbers = iter(range(requests))
        async with httpx2.AsyncClient(
            base_url=self.service.url, timeout=60, trust_env=False
        ) as client:

            async def work() -> None:
                for number in numbers:
                    if number % (requests // KILLS) == 20:
                        await asyncio.to_thread(self._kill)
                    await self._one(client, number)

            await asyncio.gather(*(work() for _ in range(CLIENTS)))

    async def _one(self, client: httpx2.AsyncClient, number: int) -> None:
        async def call(method: str, path: str, route: str, **request: Any) -> int:
            status = (await client.request(method, path, **request)).status_code
            self.counted[method, route, status] += 1
            return status

        match number % 5:
            case 0:
                await call("GET", "/products?limit=5", "/products")
            case 1:
                person = {"email": f"{number % 40}@a.org", "name": "A"}
                await call("POST", "/customers", "/customers", json=person)
            case 2:
                order = {
                    "customer_id": self.customer,
                    "lines": [{"sku": self.sku, "quantity": 1}],
                }
                sent = {"json": order, "headers": {"Idempotency-Key": str(uuid4())}}
                if await call("POST", "/orders", "/orders", **sent) == 201:
                    again = await call("POST", "/orders", "/orders", **sent)
                    self.replayed += again == 201
            case 3:
                await call("GET", f"/nothing/{number}", "none")
            case _:
                await call("POST", "/products", "/products", json={})

    def prepare(self) -> None:
        """Store what is ordered, and who orders."""
        tea = {"sku": self.sku, "name": "Tea", "price_cents": 1, "stock": 10**6}
        self.service.call("POST", "/products", 201, json=tea)
        eve = {"email": f"{self.sku}@a.org", "name": "Eve"}
        self.customer = self.service.call("POST", "/customers", 201, json=eve)["id"]
        self.counted["POST", "/products", 201] += 1
        self.counted["POST", "/customers", 201] += 1

    def _kill(self) -> None:
        with self.killed.connect() as connection:
            numbers = connection.exec_driver_sql(CONNECTIONS[self.kind]).scalars()
            for number in list(numbers):
                try:
                    connection.exec_driver_sql(KILL[self.kind].format(number))
                except sa.exc.DBAPIError:  # it has gone meanwhile
                    assert self.kind == "mysql"


@pytest.mark.cells(
    Cell("postgresql", "fastapi", "async"), Cell("mysql", "flask", "sync")
)
def test_they_agree_with_the_clients(cell: Cell, shop: Project) -> None:
    metrics = Metrics()
    variables = {**shop.variables, "METRICS_PORT": str(metrics.port)}
    with served(replace(shop, variables=variables), workers=2) as service:
        service.killed = True
        clients = Clients(service, engine_of(shop), cell.database)
        clients.prepare()
        clients.send(REQUESTS)
        assert metrics.answers() == clients.counted
        assert metrics.sum("database_pool_connections", state="in use") == 0
        assert metrics.sum("database_pool_waiting") == 0
        assert metrics.sum("database_pool_limit") == 2 * 15
        unknown = metrics.sum(
            "database_unit_of_work_duration_seconds_count", outcome="unknown"
        )
        replayed = metrics.sum("idempotent_replays_total")
        assert clients.replayed <= replayed <= clients.replayed + unknown
        assert metrics.sum("database_retries_total") > 0
        check_queries(shop, metrics)

        # What a worker has counted stays when it is killed; its gauges go.
        workers = [
            pid for pid, parent, _ in processes() if parent == service.process.pid
        ]
        os.kill(max(workers), signal.SIGKILL)
        wait_until(lambda: metrics.sum("database_pool_limit") == 15, 60)
        assert metrics.answers() == clients.counted
        # The supervisor may have asked it for a sign of life, for which it waits a minute.
        wait_until(lambda: metrics.sum("database_pool_limit") == 30, 150)
        service.call("GET", "/products", 200)
        clients.counted["GET", "/products", 200] += 1
        assert metrics.answers() == clients.counted


@pytest.mark.cells(
    Cell("postgresql", "fastapi", "async"),
    Cell("postgresql", "fastapi", "sync"),
    Cell("postgresql", "flask", "sync"),
)
def test_who_waits_for_a_connection_is_seen(shop: Project) -> None:
    metrics = Metrics()
    one = {"DATABASE_POOL_SIZE": "1", "DATABASE_MAX_OVERFLOW": "0"}
    project = with_variables(shop, METRICS_PORT=str(metrics.port), **one)
    with (
        served(project, workers=1) as service,
        engine_of(shop).connect() as other,
        ExitStack() as stack,
    ):
        other.exec_driver_sql("LOCK TABLE products IN ACCESS EXCLUSIVE MODE")
        for _ in range(5):
            stack.enter_context(connect(service, GET))
        wait_until(lambda: metrics.sum("database_pool_waiting") == 4, 4)
        other.rollback()
        wait_until(lambda: metrics.sum("database_pool_waiting") == 0, 4)
        service.call("GET", "/products", 200)


@pytest.mark.cells(Cell("postgresql", "fastapi", "async"))
def test_a_commit_of_which_nothing_is_known_is_counted_apart(
    cell: Cell, shop: Project
) -> None:
    counted = shop.run("uv", "run", "python", "-c", OUTCOMES)
    assert counted == "committed 1.0\nrolled back 1.0\nunknown 2.0\n"


def check_queries(project: Project, metrics: Metrics) -> None:
    """Check that the queries of dashboard and alerts name what there is."""
    folder = project.path / "operations"
    dashboard = json.loads((folder / "dashboard.json").read_text("utf-8"))
    alerts = yaml.safe_load((folder / "alerts.yaml").read_text("utf-8"))
    queries = [t["expr"] for panel in dashboard["panels"] for t in panel["targets"]]
    queries += [rule["expr"] for group in alerts["groups"] for rule in group["rules"]]
    assert len(queries) > 20
    there = {name for name, *_ in metrics.samples()}
    labels = {name for _, given, _ in metrics.samples() for name in given}
    for query in queries:
        names = re.findall(r"\b(?:http|database|idempotent)_\w+", query)
        assert names, query
        assert set(names) <= there, query
        by = {
            name
            for group in re.findall(r"by \((.*?)\)", query)
            for name in group.split(", ")
        }
        assert by <= labels, query
