"""The guide to backing up SQLite: its script serves, is killed, loses its file and restores it."""

import os
import re
import shutil
import signal
import sqlite3
import sysconfig
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor, wait
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from itertools import count
from pathlib import Path
from uuid import UUID

import httpx2
import pytest
from cells import Cell
from installed import Installed
from projects import GUIDES, UV, Project
from serving.service import Service, served

# LITESTREAM_SECONDS=60 orders for a minute.
SECONDS = float(os.environ.get("LITESTREAM_SECONDS", "4"))
CLIENTS = 4
SCRIPTS = re.findall(
    r"(?s)```(?:yaml|bash)\n(.*?)```",
    (GUIDES / "backing-up-sqlite.md").read_text("utf-8"),
)


@dataclass
class Ordered:
    """A request for an order; times are seconds of the clock."""

    key: str
    sent: float
    acknowledged: float = 0
    id: UUID | None = None


@dataclass
class Clients:
    """Clients that order one thing after the other, each request under a key of its own."""

    service: Service
    customer: str
    requests: list[Ordered] = field(default_factory=list)
    stalled: float = 0  # seconds that this machine let its processes wait

    def run_until_killed(self) -> float:
        """Order from all clients; kill service and litestream at once; return when."""
        end = time.time() + SECONDS
        with ThreadPoolExecutor(CLIENTS) as threads:
            running = [threads.submit(self.order, number) for number in range(CLIENTS)]
            while (now := time.time()) < end:
                wait(running, timeout=0.05)
                self.stalled = max(self.stalled, time.time() - now - 0.05)
            os.killpg(self.service.process.pid, signal.SIGKILL)
            self.service.killed = True
            for one in running:
                one.result()
        return now

    def order(self, client: int) -> None:
        """Order until the service is gone."""
        for number in count():
            request = Ordered(f"{client}-{number}", time.time())
            self.requests.append(request)
            try:
                request.id = self.send(self.service, request)
            except httpx2.TransportError:
                return
            request.acknowledged = time.time()

    def send(self, service: Service, request: Ordered) -> UUID:
        order = {
            "customer_id": self.customer,
            "lines": [{"sku": "TEA", "quantity": 1}],
        }
        headers = {"Idempotency-Key": request.key}
        answer = service.call("POST", "/orders", 201, json=order, headers=headers)
        return UUID(answer["id"])

    def acknowledged(self, until: float) -> set[UUID]:
        """The orders that were acknowledged before a moment."""
        return {one.id for one in self.requests if one.id and one.acknowledged < until}


@pytest.fixture
def project(
    cell: Cell, installed: Installed, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Project]:
    """The service, set up as the guide says."""
    tools = sysconfig.get_path("scripts")
    file = tmp_path / "app.db"
    variables = {
        "DATABASE_FILE": str(file),
        "DATABASE_URL": f"sqlite+aiosqlite:///{file}",
        "BACKUP_URL": f"file://{tmp_path / 'backup'}",
        "PATH": f"{tools}:{os.environ['PATH']}:{UV}",
    }
    shop = replace(installed(cell, example=True), variables=variables)
    config = shop.path / "litestream.yml"
    config.write_text(SCRIPTS[0], "utf-8")
    yield shop
    config.unlink()


@pytest.mark.cells(Cell("sqlite", "fastapi", "async"))
def test_what_was_acknowledged_is_restored(project: Project, tmp_path: Path) -> None:
    _, start, restore = SCRIPTS
    with served(project, workers=1, script=start) as service:
        clients = with_tea(service)
        killed = clients.run_until_killed()
    lose(tmp_path / "app.db")

    before = clients.acknowledged(killed - 1 - clients.stalled)
    assert len(before) > CLIENTS
    with served(project, workers=1, script=start) as service:
        restored = orders(tmp_path / "app.db")
        assert before <= restored
        # Whoever got no answer, or whose order is gone, asks again; and so do the others.
        with ThreadPoolExecutor(CLIENTS) as threads:
            again = [
                threads.submit(clients.send, service, one) for one in clients.requests
            ]
        for request, answer in zip(clients.requests, again, strict=True):
            assert request.id not in restored or answer.result() == request.id
        assert len(orders(tmp_path / "app.db")) == len(clients.requests)

    moment = killed - SECONDS / 2
    said = datetime.fromtimestamp(moment, UTC).isoformat().replace("+00:00", "Z")
    restore = re.sub(r"(?<=-timestamp )\S+", said, restore)
    copy = tmp_path / "before.db"
    project.run("bash", "-euc", restore.replace("before.db", str(copy)))
    then = orders(copy)
    assert clients.acknowledged(moment - 1 - clients.stalled) <= then
    assert not then & {one.id for one in clients.requests if one.sent > moment}
    lost = len(clients.acknowledged(killed) - restored)
    total = len(clients.acknowledged(killed))
    print(f"{total} acknowledged, {lost} of them lost, all in the last second")


def with_tea(service: Service) -> Clients:
    """Store what can be ordered, and who orders."""
    tea = {"sku": "TEA", "name": "Tea", "price_cents": 450, "stock": 10**6}
    service.call("POST", "/products", 201, json=tea)
    eve = service.call(
        "POST", "/customers", 201, json={"email": "e@a.org", "name": "E"}
    )
    return Clients(service, eve["id"])


def lose(file: Path) -> None:
    """Delete a database, and what litestream keeps beside it."""
    for name in (file.name, f"{file.name}-wal", f"{file.name}-shm"):
        file.with_name(name).unlink()
    shutil.rmtree(file.with_name(f".{file.name}-litestream"))


def orders(file: Path) -> set[UUID]:
    """The orders in a database that is sound, each with its lines."""
    connection = sqlite3.connect(file)
    assert connection.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
    assert connection.execute("PRAGMA foreign_key_check").fetchall() == []
    ids = {UUID(one) for (one,) in connection.execute("SELECT id FROM orders")}
    lines = connection.execute("SELECT order_id FROM order_lines")
    lined = {UUID(one) for (one,) in lines}
    connection.close()
    assert ids == lined
    return ids
