"""Logs of a served project: what they say of each request, and what they never say."""

import json
import os
import re
import time
from collections import defaultdict
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from cells import CELLS
from projects import Project
from sqlalchemy import make_url

from serving.service import served

SERVED = [cell for cell in CELLS if cell.served and cell.database == "postgresql"]
WORKS = Path(__file__).with_name("works")
PLANTED = "planted-secret"
# By hand as many as you like: LOG_REQUESTS=1000 LOG_WORKERS=4.
REQUESTS = int(os.environ.get("LOG_REQUESTS", "150"))
WORKERS = int(os.environ.get("LOG_WORKERS", "2"))

Line = dict[str, Any]


@contextmanager
def working(project: Project, **variables: str) -> Iterator[Project]:
    """Add routes that hold a connection and that fail."""
    main = project.path / "src/my_service/main.py"
    wired = main.read_text("utf-8")
    frame = "fastapi" if "starlette" in wired else "flask"
    source = (WORKS / f"logged_{frame}.txt").read_text("utf-8")
    if "asyncio" not in (main.parent / "web.py").read_text("utf-8"):
        source = re.sub(r"async |await ", "", source).replace("asyncio", "time")
    register = {"fastapi": "include_router(", "flask": "register_blueprint("}[frame]
    part = {"fastapi": "works.router)", "flask": "works.blueprint)"}[frame]
    url = make_url(project.variables["DATABASE_URL"]).set(password=PLANTED)
    variables["DATABASE_URL"] = url.render_as_string(hide_password=False)
    variables["SECRET_KEY"] = PLANTED * 3
    try:
        (main.parent / "works.py").write_text(source, "utf-8")
        added = f"    app.{register}{part}\n    return app\n"
        main.write_text(
            wired.replace("from . import", "from . import works,").replace(
                "    return app\n", added
            ),
            "utf-8",
        )
        yield replace(project, variables={**project.variables, **variables})
    finally:
        project.run("git", "checkout", "--quiet", "src")
        project.run("git", "clean", "--force", "--quiet", "src")


def logged(project: Project) -> list[Line]:
    """Return the lines of the server, each of which has to be JSON."""
    text = (project.path / ".server.log").read_text("utf-8")
    assert PLANTED not in text, re.findall(f".*{PLANTED}.*", text)[:3]
    lines: list[Line] = [json.loads(line) for line in text.splitlines()]
    assert all({"time", "level", "logger", "message"} <= set(line) for line in lines)
    return lines


def moment(line: Line) -> datetime:
    """Return when a line was written, which is said in UTC."""
    written = datetime.fromisoformat(line["time"])
    assert written.utcoffset() == timedelta()
    return written


def requests_to_fail(count: int) -> list[dict[str, Any]]:
    """Return requests with a secret in each place, and ids of three kinds."""
    secret = {"Authorization": f"Bearer {PLANTED}", "Cookie": f"session={PLANTED}"}
    ids = [
        lambda n: {"X-Request-ID": f"given.{n}"},
        lambda n: {"traceparent": f"00-{n + 1:032x}-{n + 1:016x}-01"},
        lambda n: {"X-Request-ID": f"not well-formed: {PLANTED}"},
    ]
    return [
        {
            "method": "POST",
            "url": f"/fail/{PLANTED}?token={PLANTED}" if n % 5 else f"/{PLANTED}",
            "headers": {**secret, **ids[n % 3](n)},
            "json": {"name": PLANTED},
        }
        for n in range(count)
    ]


@pytest.mark.cells(*SERVED)
def test_all_lines_of_a_request_have_its_id_and_no_secret(shop: Project) -> None:
    with ExitStack() as stack:
        # All statements are slow.
        project = stack.enter_context(working(shop, DATABASE_SLOW_STATEMENT="0"))
        stack.enter_context(pytest.raises(AssertionError, match="Traceback"))
        service = stack.enter_context(served(project, WORKERS))
        sent, answers = requests_to_fail(REQUESTS), []
        for first in range(0, REQUESTS, 30):
            answers += service.storm(sent[first : first + 30])
        time.sleep(1)  # what is logged comes after the answer
    lines = defaultdict(list)
    for line in logged(project):
        lines[line.get("request_id")].append(line)
    for number, answer in enumerate(answers):
        request_id = answer.headers["X-Request-ID"]
        assert answer.json()["request_id"] == request_id
        if number % 3 < 2:
            assert request_id in (f"given.{number}", f"{number + 1:032x}")
        kinds = {line["logger"].rpartition(".")[2]: line for line in lines[request_id]}
        access = kinds["access_log"]
        assert access["status"] == answer.status_code
        if number % 5:
            assert {"access_log", "works", "engine"} <= set(kinds), kinds.keys()
            assert kinds["works"]["kind"] == "planned"
            routes = {line["route"] for line in lines[request_id]}
            assert routes in ({"/fail/{name}"}, {"/fail/<name>"})
            assert access["statements"] >= 1
            [failed] = [line for line in lines[request_id] if "exception" in line]
            assert "works.py" in failed["exception"]
        assert access["duration_ms"] >= access["statements_ms"]
    # What belongs to no request is of the server itself, and of its probes.
    others = {line["logger"] for line in lines[None]}
    assert others <= {"uvicorn.error", "my_service.database.engine"}, others


@pytest.mark.cells(*SERVED[::2])
def test_an_empty_pool_names_who_holds_it(shop: Project) -> None:
    pool = int(os.environ.get("LOG_POOL", "3"))
    variables = {
        "DATABASE_POOL_SIZE": str(pool),
        "DATABASE_MAX_OVERFLOW": "0",
        "DATABASE_POOL_TIMEOUT": "1",
        "DATABASE_SLOW_TRANSACTION": "2",
        "HTTP_THREADS": str(pool + 5),
    }
    with working(shop, **variables) as project, served(project, 1) as service:
        hold = {"method": "GET", "url": "/hold/4"}
        answers = service.storm([hold] * (pool + 2))
    assert sorted(a.status_code for a in answers) == [200] * pool + [503] * 2
    lines = logged(project)
    first = min(moment(line) for line in lines if line.get("status") == 503)
    slow = [line for line in lines if line["message"].startswith("slow transaction")]
    assert len(slow) == pool, "each is told once"
    assert {line["route"] for line in slow} in (
        {"/hold/{seconds}"},
        {"/hold/<int:seconds>"},
    )
    empty = [line for line in lines if "every connection" in line["message"]]
    assert empty
    assert abs(moment(empty[0]) - first) < timedelta(seconds=2)
    holder = r"works\.py:\d+ holds a connection for \d\.\d s, last: SELECT 1 AS held"
    assert len(re.findall(holder, empty[0]["message"])) == pool, empty[0]["message"]
    assert all(re.search(holder, line["message"]) for line in slow)
