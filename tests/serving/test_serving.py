"""Serving: slow and rude clients, busy workers, processes that end."""

import os
import re
import signal
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import replace
from functools import partial
from pathlib import Path

import httpx2
import pytest
import sqlalchemy as sa
from cells import CELLS, Cell
from installed import engine_of
from projects import GUIDES, Project
from servers.keeper import processes

from serving.service import Service, served

# The server is the same for each database.
STYLES = [cell for cell in CELLS if cell.served and cell.database == "sqlite"]
SERVERS = [cell for cell in CELLS if cell.served and cell.database != "sqlite"]

GET = b"GET /products HTTP/1.1\r\nHost: localhost\r\n\r\n"
ALIVE = b"GET /health/live HTTP/1.1\r\nHost: localhost\r\n\r\n"
HALF_HEADERS = b"GET /products HTTP/1.1\r\nHost: localhost\r\nAccept: "
HALF_BODY = (
    b"POST /customers HTTP/1.1\r\nHost: localhost\r\n"
    b"Content-Type: application/json\r\nContent-Length: 1000\r\n\r\n{"
)
SERVING = Path(__file__).with_name("works")
TIMEOUT = 3  # seconds that a request may take to come in
SLOW = 60  # clients


def connect(service: Service, sent: bytes) -> socket.socket:
    """Open a connection and send something."""
    address = ("127.0.0.1", service.client.base_url.port)
    connection = socket.create_connection(address, timeout=20)
    connection.sendall(sent)
    return connection


def is_closed(connection: socket.socket) -> bool:
    """Tell whether the service has closed a connection that waits for an answer."""
    connection.setblocking(False)
    try:
        return connection.recv(2**16) == b""
    except BlockingIOError:
        return False
    except ConnectionError:
        return True


def seconds(work: Callable[[], object]) -> float:
    """Return the seconds that work takes."""
    began = time.monotonic()
    work()
    return time.monotonic() - began


def wait_until(condition: Callable[[], bool], within: float) -> None:
    """Wait for what has to come true in time."""
    deadline = time.monotonic() + within
    while not condition():
        assert time.monotonic() < deadline, "it does not come true"
        time.sleep(0.1)


def with_variables(project: Project, **variables: str) -> Project:
    """Return the project with other settings."""
    return replace(project, variables={**project.variables, **variables})


@contextmanager
def dripping(connections: list[socket.socket]) -> Iterator[None]:
    """Go on sending a byte a second, until the service closes."""
    ended = threading.Event()

    def drip() -> None:
        while not ended.wait(1):
            for connection in connections:
                with suppress(OSError):
                    connection.send(b"a")

    thread = threading.Thread(target=drip)
    thread.start()
    try:
        yield
    finally:
        ended.set()
        thread.join()


@pytest.mark.cells(*STYLES)
@pytest.mark.parametrize(
    "sent",
    [HALF_HEADERS, HALF_BODY, ALIVE + HALF_BODY],
    ids=["headers", "body", "behind"],
)
@pytest.mark.parametrize("drips", [False, True], ids=["silent", "dripping"])
def test_slow_clients_are_given_up_and_stop_nobody(
    shop: Project, sent: bytes, drips: bool
) -> None:
    project = with_variables(shop, HTTP_REQUEST_TIMEOUT=str(TIMEOUT))
    with served(project, 1) as service, ExitStack() as stack:
        slow = [stack.enter_context(connect(service, sent)) for _ in range(SLOW)]
        if drips:
            stack.enter_context(dripping(slow))
        for path in ("/health/live", "/health/ready", "/products"):
            assert seconds(partial(service.call, "GET", path, 200)) < 2
        wait_until(lambda: all(map(is_closed, slow)), TIMEOUT + 7)
        service.call("GET", "/products", 200)


@pytest.mark.cells(*STYLES)
def test_who_does_not_read_is_given_up(shop: Project) -> None:
    project = with_variables(shop, HTTP_REQUEST_TIMEOUT=str(TIMEOUT))
    with served(project, 1) as service, socket.socket() as deaf:
        files = Path(f"/proc/{service.process.pid}/fd")

        def opened() -> int:
            return len(list(files.iterdir()))

        before = opened()
        deaf.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        deaf.connect(("127.0.0.1", service.client.base_url.port or 0))
        deaf.sendall(
            GET.replace(b"/products", b"/openapi.json") * 2000
        )  # beyond buffers
        wait_until(lambda: opened() > before, 5)
        wait_until(lambda: opened() == before, TIMEOUT + 7)


@pytest.mark.cells(*STYLES)
def test_who_hangs_up_while_sending_leaves_no_trace(shop: Project) -> None:
    with served(shop, 1) as service:
        for sent in (HALF_HEADERS, HALF_BODY) * 10:
            connect(service, sent).close()
        service.call("GET", "/products", 200)
        time.sleep(0.5)
        log = (shop.path / ".server.log").read_text("utf-8")
    assert "ERROR" not in log
    assert "Traceback" not in log


@pytest.mark.cells(*STYLES)
def test_more_at_once_than_there_are_threads_and_connections(shop: Project) -> None:
    with served(shop, 1) as service:
        requests = [{"method": "GET", "url": url} for url in ("/products", "/orders")]
        assert service.statuses(requests * 100) == {200: 200}


@pytest.mark.cells(Cell("sqlite", "flask", "sync"))
def test_who_has_gone_is_not_worked_for(shop: Project) -> None:
    def order_of(name: str) -> bytes:
        body = f'{{"email": "{name}@a.org", "name": "A"}}'
        return HALF_BODY.replace(b"1000", f"{len(body)}".encode())[:-1] + body.encode()

    busy = with_variables(shop, HTTP_THREADS="1")
    with served(busy, 1) as service, engine_of(shop).connect() as other:
        other.exec_driver_sql("BEGIN IMMEDIATE")
        with connect(service, order_of("kept")) as waiting:
            time.sleep(0.5)
            for number in range(5):
                connect(service, order_of(f"gone{number}")).close()
            time.sleep(0.5)
            other.exec_driver_sql("ROLLBACK")
            assert waiting.recv(2**16).startswith(b"HTTP/1.1 201 ")
        service.call("GET", "/products", 200)
        emails = other.exec_driver_sql("SELECT email FROM customers").scalars().all()
    assert "kept@a.org" in emails
    assert [email for email in emails if email.startswith("gone")] == []


@pytest.mark.cells(*STYLES)
def test_a_body_may_be_larger_than_an_upload(shop: Project) -> None:
    limits = {"MAX_BODY_SIZE": "1MiB", "MAX_UPLOAD_SIZE": "1KiB"}
    tea = b'{"sku": "LARGE", "name": "Tea", "price_cents": 1, "stock": 1}'
    with served(with_variables(shop, **limits), 1) as service:
        headers = {"Content-Type": "application/json"}
        padded = tea.replace(b"{", b"{" + b" " * 500_000)
        service.call("POST", "/products", 201, content=padded, headers=headers)


@pytest.mark.cells(*STYLES)
def test_a_malformed_chunk_is_a_bad_request(shop: Project) -> None:
    head = (
        b"POST /products HTTP/1.1\r\nHost: localhost\r\n"
        b"Content-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n"
    )
    with served(shop, 1) as service:
        for body in (b"-1\r\n\r\n", b"z\r\n\r\n"):
            with connect(service, head + body) as connection:
                answered = connection.recv(2**16)
                assert answered.startswith(b"HTTP/1.1 400 "), (body, answered)
        with connect(service, head + b"2\r\n{}\r\n0\r\n\r\n") as connection:
            assert connection.recv(2**16).startswith(b"HTTP/1.1 422 ")
        log = (shop.path / ".server.log").read_text("utf-8")
    assert "ERROR" not in log


@pytest.mark.cells(*STYLES)
def test_an_idle_connection_outlives_those_of_balancers(shop: Project) -> None:
    with served(shop, 1) as service, connect(service, GET) as connection:
        answer = b""
        while not answer.endswith(b"}"):  # it may come in two pieces
            answer += connection.recv(2**16)
        time.sleep(6)  # the default of uvicorn is 5
        connection.sendall(GET)
        assert connection.recv(2**16).startswith(b"HTTP/1.1 200 ")
    readme = (shop.path / "README.md").read_text("utf-8")
    kept = re.search(r"`HTTP_KEEP_ALIVE` \| (\d+)", readme)
    assert kept is not None
    assert int(kept[1]) > 60, "that of most balancers"


@pytest.mark.cells(*STYLES)
def test_it_stops_although_a_request_does_not_end(shop: Project) -> None:
    limit = pytest.raises(AssertionError, match="timeout graceful shutdown exceeded")
    with limit, served(shop, 1) as service, connect(service, HALF_BODY):
        service.call("GET", "/products", 200)
        service.process.send_signal(signal.SIGTERM)
        assert seconds(lambda: service.process.wait(timeout=25)) < 12


@pytest.mark.cells(*STYLES)
def test_workers_end_with_a_supervisor_that_is_killed(shop: Project) -> None:
    with served(shop, 2) as service:
        supervisor = service.process.pid
        workers = [pid for pid, parent, _ in processes() if parent == supervisor]
        assert len(workers) >= 2
        os.kill(supervisor, signal.SIGKILL)
        service.process.wait()
        port = service.client.base_url.port
        service.client.close()
        wait_until(lambda: not alive(workers), 12)
        with socket.socket() as free:
            free.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            free.bind(("127.0.0.1", port))


def alive(pids: list[int]) -> bool:
    """Tell whether one of the processes has not ended."""
    return any(pid in pids and "Z" not in state for pid, _, state in processes())


@pytest.mark.cells(*SERVERS)
def test_many_requests_that_are_authenticated_and_retried(shop: Project) -> None:
    with planted(shop), served(shop, 1) as service:
        eve = {"email": "asker@a.org", "name": "Asker"}
        service.call("POST", "/customers", 201, json=eve)
        service.call("POST", "/works", 401)
        bearer = {"Authorization": "Bearer asker@a.org"}
        requests = [{"method": "POST", "url": "/works", "headers": bearer}] * 60
        first = service.storm(requests)
        # A slow machine may tell some to come again; who takes two connections starves all.
        again = [
            r for r, a in zip(requests, first, strict=True) if a.status_code == 503
        ]
        answers = [a for a in first if a.status_code != 503] + service.storm(again)
        assert [a.text for a in answers if a.status_code != 200] == []
        exported = service.client.get("/users.txt", headers=bearer)
    with engine_of(shop).connect() as connection:
        stored = connection.execute(sa.text("SELECT email FROM customers")).scalars()
        assert sorted(exported.text.splitlines()) == sorted(stored)


@contextmanager
def planted(project: Project) -> Iterator[None]:
    """Add the code of the guides to authentication and streaming, and a route."""
    main = project.path / "src/my_service/main.py"
    wired = main.read_text("utf-8")
    frame = "fastapi" if "starlette" in wired else "flask"
    code = []
    for guide in ("authentication", "streaming"):
        text = (GUIDES / f"{guide}.md").read_text("utf-8")
        section = re.search(
            rf"## {frame}\n.*?```python\n(.*?)```", text, re.DOTALL | re.IGNORECASE
        )
        assert section
        code.append(section[1])
    head, foot = (SERVING / f"{frame}_{part}.txt" for part in ("head", "foot"))
    source = "\n\n".join([head.read_text("utf-8"), *code, foot.read_text("utf-8")])
    if "asyncio" not in (main.parent / "web.py").read_text("utf-8"):
        source = source.replace("sqlalchemy.ext.asyncio", "sqlalchemy.orm")
        source = re.sub(r"async |await |Async(?=Session)|Async(?=Iterator)", "", source)
    register = "register_blueprint(works.blueprint)"
    if frame == "fastapi":
        register = "include_router(works.router)"
    try:
        (main.parent / "works.py").write_text(source, "utf-8")
        main.write_text(
            wired.replace("from . import", "from . import works,").replace(
                "    return app\n", f"    app.{register}\n    return app\n"
            ),
            "utf-8",
        )
        yield
    finally:
        project.run("git", "checkout", "--quiet", "src")
        project.run("git", "clean", "--force", "--quiet", "src")


@pytest.mark.cells(*STYLES)
def test_it_restarts_when_code_changes(shop: Project) -> None:
    routes = shop.path / "src/my_service/routes.py"
    source = routes.read_text("utf-8")
    with served(shop, 1, "--reload") as service:
        assert service.call("GET", "/health/live", 200) == {"status": "live"}
        try:
            routes.write_text(source.replace('"live"', '"new"'), "utf-8")
            wait_until(lambda: says(service, "new"), 20)
        finally:
            routes.write_text(source, "utf-8")


def says(service: Service, status: str) -> bool:
    """Tell whether the service is alive in these words."""
    try:
        return bool(service.client.get("/health/live").json() == {"status": status})
    except httpx2.TransportError:
        return False
