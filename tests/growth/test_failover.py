"""Another server becomes the primary: nothing acknowledged is lost, nothing is doubled."""

import asyncio
import os
import time
from collections import Counter
from pathlib import Path
from uuid import uuid4

import httpx2
import pytest
from cells import Cell
from faults.stage import wait_until
from installed import Installed
from serving.service import Service, served

from growth.replicated import Replicated, replicated

# FAILOVER_ORDERS=1000 takes a minute or two.
ORDERS = int(os.environ.get("FAILOVER_ORDERS", "200"))
CLIENTS = 16
TEA = {"sku": "TEA", "name": "Tea", "price_cents": 450, "stock": 10**6}


class Orders:
    """Clients that order, each time until it is acknowledged."""

    def __init__(self, service: Service) -> None:
        self.service = service
        customer = {"email": "eve@a.org", "name": "Eve"}
        self.customer = service.call("POST", "/customers", 201, json=customer)["id"]
        service.call("POST", "/products", 201, json=TEA)
        self.acknowledged: dict[str, float] = {}  # when, by id
        self.refused: Counter[int] = Counter()

    async def place(self, count: int) -> None:
        """Place as many as that."""
        await asyncio.gather(*(self._work(count // CLIENTS) for _ in range(CLIENTS)))

    async def _work(self, count: int) -> None:
        url = self.service.url
        async with httpx2.AsyncClient(
            base_url=url, timeout=60, trust_env=False
        ) as client:
            for _ in range(count):
                await self._one(client)

    async def _one(self, client: httpx2.AsyncClient) -> None:
        order = {
            "customer_id": self.customer,
            "lines": [{"sku": "TEA", "quantity": 1}],
        }
        headers = {"Idempotency-Key": uuid4().hex}
        while True:
            answer = await client.post("/orders", json=order, headers=headers)
            if answer.status_code == 201:
                self.acknowledged[answer.json()["id"]] = time.monotonic()
                return
            assert answer.status_code == 503, answer.text
            self.refused[503] += 1
            await asyncio.sleep(0.05)


def fail_over(scene: Replicated, way: str) -> float:
    """Make the replica the primary, and return when it was told so."""
    if way == "killed":
        scene.primary.kill()
    else:
        # As operators do before: connections that are open are no longer good for writes.
        scene.ask(scene.primary, "ALTER SYSTEM SET default_transaction_read_only = on")
        scene.ask(scene.primary, "SELECT pg_reload_conf()")
    told = time.monotonic()
    scene.ask(scene.replica, "SELECT pg_promote()")
    return told


async def place_during(orders: Orders, scene: Replicated, way: str) -> float:
    """Place orders while the primary changes, and return when it did."""
    placing = asyncio.create_task(orders.place(ORDERS))
    while len(orders.acknowledged) < ORDERS // 4:
        await asyncio.sleep(0.01)
    promoted = await asyncio.to_thread(fail_over, scene, way)
    await placing
    return promoted


@pytest.mark.cells(Cell("postgresql", "fastapi", "async"))
@pytest.mark.parametrize("way", ["killed", "demoted"])
def test_no_order_is_lost_or_doubled(
    cell: Cell, installed: Installed, tmp_path: Path, way: str
) -> None:
    with replicated(cell, installed, tmp_path) as scene:
        scene.primary.start("synchronous_standby_names=*")
        in_step = "SELECT count(*) FROM pg_stat_replication WHERE sync_state = 'sync'"
        wait_until(lambda: scene.ask(scene.primary, in_step) == 1, 30)
        with served(scene.with_failover(), workers=1) as service:
            orders = Orders(service)

            promoted = asyncio.run(place_during(orders, scene, way))
        stored = scene.ask(scene.replica, "SELECT count(*) FROM orders")
        listed = scene.ask(
            scene.replica, "SELECT string_agg(id::text, ' ') FROM orders"
        )
    lost = orders.acknowledged.keys() - set(listed.split())
    first = min(at for at in orders.acknowledged.values() if at > promoted) - promoted
    print(
        f"{way}: {len(orders.acknowledged)} acknowledged, {len(lost)} lost, "
        f"{stored - len(orders.acknowledged)} doubled, {orders.refused[503]} told to "
        f"come again, first 201 after {first:.2f} s"
    )
    assert not lost
    assert stored == len(orders.acknowledged) == ORDERS // CLIENTS * CLIENTS
