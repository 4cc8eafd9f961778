"""What a service promises its clients when something breaks, shown by breaking it."""

import resource
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any

import httpx2
import pytest
from cells import CELLS
from servers.keeper import processes

from faults.scenarios.proxy import Fate
from faults.stage import Scene, wait_until

SERVED = [cell for cell in CELLS if cell.served]
SERVERS = [cell for cell in SERVED if cell.database != "sqlite"]
DEFERRING = [cell for cell in SERVED if cell.database != "mysql"]

TEA: dict[str, Any] = {"sku": "TEA", "name": "Tea", "price_cents": 450, "stock": 50}
EVE = {"email": "eve@a.org", "name": "Eve"}
HEADER = "sku,name,price_cents,stock\n"
LONG = "\N{TEACUP WITHOUT HANDLE}" * 200
LIMIT = 2**20  # bytes for each file of SQLite and of the service; for a server:
LIMITED = {
    "postgresql": f"file_size={2 * LIMIT}",
    "mysql": "--innodb-data-file-path=ibdata1:12M:autoextend:max:20M",
}

# A customer called Doomed refers to what is not there, which only the COMMIT finds out.
PROMISE = (
    "CREATE TABLE promised (id INTEGER PRIMARY KEY)",
    """CREATE TABLE promises (id INTEGER REFERENCES promised (id)
    DEFERRABLE INITIALLY DEFERRED)""",
)
DOOM = {
    "postgresql": (
        """CREATE FUNCTION doom() RETURNS trigger LANGUAGE plpgsql AS
        'BEGIN INSERT INTO promises VALUES (1); RETURN NULL; END'""",
        """CREATE TRIGGER doom AFTER INSERT ON customers FOR EACH ROW
        WHEN (new.name = 'Doomed') EXECUTE FUNCTION doom()""",
    ),
    "sqlite": (
        """CREATE TRIGGER doom AFTER INSERT ON customers FOR EACH ROW
        WHEN new.name = 'Doomed' BEGIN INSERT INTO promises VALUES (1); END""",
    ),
}
REDEEM = {
    "postgresql": ("DROP TRIGGER doom ON customers", "DROP FUNCTION doom"),
    "sqlite": ("DROP TRIGGER doom",),
}


@pytest.fixture
def clients() -> Iterator[ThreadPoolExecutor]:
    """Threads that send requests while the test goes on."""
    with ThreadPoolExecutor(16) as clients:
        yield clients


@contextmanager
def held(scene: Scene) -> Iterator[None]:
    """Lock the products."""
    with scene.engine.connect() as holder:
        holder.exec_driver_sql("UPDATE products SET stock = stock")
        yield
        holder.rollback()


def customers(scene: Scene) -> list[str]:
    """Return the names of those that are stored."""
    return scene.ask("SELECT name FROM customers ORDER BY name")


@pytest.mark.cells(*SERVERS)
def test_a_lost_commit_is_no_success(scene: Scene) -> None:
    assert scene.proxy is not None
    scene.service.call("POST", "/customers", 201, json={**EVE, "email": "a@a.org"})
    for fate, stored in ((Fate.LOST, ["Eve"]), (Fate.UNANSWERED, ["Eve", "Late"])):
        scene.proxy.commits.append(fate)
        late = {"email": "late@a.org", "name": "Late"}
        scene.service.call("POST", "/customers", 503, json=late)
        assert not scene.proxy.commits
        assert customers(scene) == stored


@pytest.mark.cells(*SERVERS)
def test_a_lost_rollback_changes_no_answer(scene: Scene) -> None:
    assert scene.proxy is not None
    scene.service.call("POST", "/products", 201, json=TEA)
    eve = scene.service.call("POST", "/customers", 201, json=EVE)

    def order(sku: str, quantity: int) -> dict[str, Any]:
        lines = [{"sku": sku, "quantity": quantity}]
        return {"json": {"customer_id": eve["id"], "lines": lines}}

    key = {"headers": {"Idempotency-Key": "lost"}}
    refused: list[tuple[str, str, int, dict[str, Any]]] = [
        ("GET", "/products/999999", 404, {}),
        ("POST", "/customers", 409, {"json": EVE}),
        ("POST", "/orders", 409, order("TEA", TEA["stock"] + 1)),
        ("POST", "/orders", 422, order("NONE", 1)),
        ("POST", "/orders", 422, order("NONE", 1) | key),
    ]
    for fate in (Fate.LOST, Fate.UNANSWERED):
        for method, path, status, request in refused:
            scene.proxy.rollbacks.append(fate)
            scene.service.call(method, path, status, **request)
            assert not scene.proxy.rollbacks, f"{method} {path} was not rolled back"
    scene.service.call("POST", "/orders", 201, **order("TEA", TEA["stock"]))


@pytest.mark.cells(*DEFERRING)
def test_a_commit_that_is_refused_is_no_success(scene: Scene) -> None:
    scene.do(*PROMISE, *DOOM[scene.cell.database])
    try:
        doomed = {**EVE, "name": "Doomed"}
        scene.service.call("POST", "/customers", 422, json=doomed)
        scene.service.call("POST", "/customers", 201, json=EVE)
    finally:
        dropped = (f"DROP TABLE {table}" for table in ("promises", "promised"))
        scene.do(*REDEEM[scene.cell.database], *dropped)
    assert customers(scene) == ["Eve"]


@pytest.mark.cells(*SERVERS)
def test_a_connection_that_is_killed(scene: Scene, clients: ThreadPoolExecutor) -> None:
    tea = scene.service.call("POST", "/products", 201, json=TEA)
    eve = scene.service.call("POST", "/customers", 201, json=EVE)
    lines = [{"sku": "TEA", "quantity": 1}]
    order = {"customer_id": eve["id"], "lines": lines}
    change = {"version": tea["version"], "name": "Green tea"}
    path = f"/products/{tea['id']}"
    with held(scene):
        changed = clients.submit(scene.service.call, "PATCH", path, 503, json=change)
        # What may be run again is.
        ordered = clients.submit(scene.service.call, "POST", "/orders", 201, json=order)
        wait_until(lambda: len(scene.working()) == 2)
        for number in scene.working():
            scene.kill(number)
        changed.result()
    ordered.result()
    after = scene.service.call("GET", path, 200)
    assert (after["name"], after["stock"]) == ("Tea", 49)
    assert scene.ask("SELECT count(*) FROM orders") == [1]


@pytest.mark.cells(*SERVERS)
def test_a_client_that_hangs_up_while_it_waits(scene: Scene) -> None:
    scene.service.call("POST", "/products", 201, json=TEA)
    rows = (
        HEADER + "".join(f"GONE-{n},Gone,1,1\n" for n in range(2000)) + "TEA,New,1,1\n"
    )
    with held(scene):
        connections = [scene.send("POST /products/import", rows) for _ in range(4)]
        wait_until(lambda: len(scene.working()) == 4)
        for connection in connections:
            connection.close()
        scene.service.call("GET", "/products", 200)
    wait_until(scene.at_rest)
    scene.service.call("GET", "/products", 200)
    whole = scene.ask("SELECT count(*) FROM products") == [2001]
    assert whole or scene.ask("SELECT name FROM products") == ["Tea"]


@pytest.mark.cells(*SERVED)
def test_a_client_that_hangs_up_while_it_reads(scene: Scene) -> None:
    rows = HEADER + "".join(f"LONG-{n},{LONG},1,1\n" for n in range(100))
    headers = {"Content-Type": "text/csv"}
    scene.service.call("POST", "/products/import", 200, content=rows, headers=headers)
    for _ in range(20):
        connection = scene.send("GET /products?limit=100")
        assert connection.recv(9) == b"HTTP/1.1 "
        connection.close()  # what is unread makes it a reset
    scene.service.call("GET", "/products", 200)


@pytest.mark.cells(*SERVED)
def test_a_body_that_gets_too_large(scene: Scene) -> None:
    def pieces(size: int) -> Iterator[bytes]:
        for _ in range(size // 1000):
            yield b"x" * 1000

    for length in ("known", "unknown"):
        for size, status in ((1_000_000, 422), (1_100_000, 413)):
            content = b"x" * size if length == "known" else pieces(size)
            headers = {"Content-Type": "application/json"}
            try:
                scene.service.call(
                    "POST", "/customers", status, content=content, headers=headers
                )
            except httpx2.TransportError:
                # A server may hang up on a body that it does not read to its end.
                assert status == 413


@pytest.mark.cells(*SERVED)
def test_others_are_served_while_bad_lines_are_read(
    scene: Scene, clients: ThreadPoolExecutor
) -> None:
    rows = HEADER + "x\n" * 1_000_000
    headers = {"Content-Type": "text/csv"}
    answer = clients.submit(
        scene.service.client.post, "/products/import", content=rows, headers=headers
    )
    waits: list[float] = []
    while not answer.done():
        began = time.monotonic()
        scene.service.call("GET", "/health/live", 200)
        scene.service.call("POST", "/customers", 201, json=customer(len(waits)))
        waits.append(time.monotonic() - began)
    imported = answer.result()
    assert imported.json()["rejected_count"] == 1_000_000
    assert len(imported.content) < 20_000
    assert max(waits) < 2


def customer(number: int) -> dict[str, str]:
    """Somebody with an email of their own."""
    return {"email": f"{number}@a.org", "name": "Customer"}


@pytest.mark.cells(*SERVED)
def test_a_full_disk(scene: Scene) -> None:
    scene.service.call("POST", "/products", 201, json=TEA)
    with limited(scene):
        # The one has no room in the database, the other not even until it is read.
        for count in (1_600, 20_000) if scene.server is None else (20_000,):
            rows = HEADER + "".join(f"FULL-{n},{LONG},1,1\n" for n in range(count))
            answer = scene.service.client.post(
                "/products/import", content=rows, headers={"Content-Type": "text/csv"}
            )
            assert answer.status_code == 503, answer.text
            assert answer.headers["Content-Type"] == "application/problem+json"
    # An import is stored in whole chunks.
    assert (len(scene.ask("SELECT sku FROM products")) - 1) % 5000 == 0
    wait_until(scene.service.answers)
    scene.service.call("POST", "/products", 201, json={**TEA, "sku": "COCOA"})


@contextmanager
def limited(scene: Scene) -> Iterator[None]:
    """Let no file of the database grow beyond what there are rows for."""
    service, server = scene.service.process.pid, scene.server
    if server is None:
        limit_files(service, LIMIT)
    else:
        server.start(LIMITED[scene.cell.database])
        wait_until(scene.service.answers)
    try:
        yield
    finally:
        if server is None:
            limit_files(service, resource.RLIM_INFINITY)
        else:
            server.start()


def limit_files(service: int, size: int) -> None:
    """Limit the files that a service and its workers may write."""
    workers = [pid for pid, parent, _ in processes() if parent == service]
    for pid in (service, *workers):
        _, most = resource.prlimit(pid, resource.RLIMIT_FSIZE)
        resource.prlimit(pid, resource.RLIMIT_FSIZE, (size, most))


@pytest.mark.cells(*SERVERS)
def test_a_server_that_is_away(scene: Scene) -> None:
    assert scene.server is not None
    eve = scene.service.call("POST", "/customers", 201, json=EVE)
    scene.server.kill()
    lines = [{"sku": "TEA", "quantity": 1}]
    requests: list[tuple[str, str, dict[str, Any]]] = [
        ("GET", "/products", {}),
        ("POST", "/products", {"json": TEA}),
        ("POST", "/orders", {"json": {"customer_id": eve["id"], "lines": lines}}),
        ("GET", "/health/ready", {}),
    ]
    with ThreadPoolExecutor(len(requests)) as clients:
        asked = [clients.submit(refused, scene, *request) for request in requests]
        taken = [answer.result() for answer in asked]
    assert max(taken) < 13, "what is run again is so for ten seconds"
    assert sorted(taken)[-2] < 3
    scene.service.call("GET", "/health/live", 200)
    scene.server.start()
    for method, path, request in requests[:2]:
        scene.service.call(method, path, 200 if method == "GET" else 201, **request)
    scene.service.call("GET", "/health/ready", 200)


def refused(scene: Scene, method: str, path: str, request: dict[str, Any]) -> float:
    """Send what cannot be served now; return the seconds until that was said."""
    began = time.monotonic()
    answer = scene.service.client.request(method, path, **request)
    assert answer.status_code == 503, answer.text
    assert answer.headers["Content-Type"] == "application/problem+json"
    assert int(answer.headers["Retry-After"]) >= 1
    return time.monotonic() - began


@pytest.mark.cells(*SERVERS)
def test_health_answers_while_all_wait_for_one_row(scene: Scene) -> None:
    scene.service.call("POST", "/products", 201, json=TEA)
    eve = scene.service.call("POST", "/customers", 201, json=EVE)
    lines = [{"sku": "TEA", "quantity": 1}]
    order = {"customer_id": eve["id"], "lines": lines}
    with ThreadPoolExecutor(70) as clients:
        with held(scene):
            ordered = [
                clients.submit(scene.service.client.post, "/orders", json=order)
                for _ in range(70)
            ]
            wait_until(lambda: len(scene.working()) >= 5)
            for _ in range(5):
                assert taken_by(scene, "/health/live", {200}) < 1
                assert taken_by(scene, "/health/ready", {200, 503}) < 1.5
        assert {answer.result().status_code for answer in ordered} <= {201, 409, 503}


@pytest.mark.cells(*SERVERS)
def test_readiness_is_told_in_time_when_the_database_is_silent(scene: Scene) -> None:
    assert scene.proxy is not None
    scene.proxy.swallows = True
    try:
        for _ in range(5):
            assert taken_by(scene, "/health/ready", {503}) < 1
    finally:
        scene.proxy.swallows = False
        scene.proxy.reset()
    wait_until(scene.service.answers, 5)


def taken_by(scene: Scene, path: str, expected: set[int]) -> float:
    """Return the seconds that an answer takes."""
    began = time.monotonic()
    # Not by the client, whose connections may all be in use.
    answer = httpx2.get(f"{scene.service.url}{path}", trust_env=False)
    assert answer.status_code in expected, answer.text
    return time.monotonic() - began
