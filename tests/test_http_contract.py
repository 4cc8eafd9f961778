"""FastAPI, async and sync, and Flask answer the same requests with the same answers."""

import re
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from cells import DATABASES, Cell
from http_requests import REQUESTS, Sent
from installed import Installed, in_terms_of
from servers import create_database, drop_database
from service import Service, served

Answer = dict[str, Any]
STYLES = [("fastapi", "async"), ("fastapi", "sync"), ("flask", "sync")]
# Of the server, not of the application.
HEADERS_OF_SERVERS = {"connection", "date", "server", "transfer-encoding"}
# Where they differ, and why that is right.
DIFFERENCES: dict[str, str] = {}


@pytest.fixture
def services(
    database: str,
    installed: Installed,
    request: pytest.FixtureRequest,
    tmp_path: Path,
) -> Iterator[list[Service]]:
    """The three services, each on an empty database."""
    with ExitStack() as stack:
        services = []
        for web, concurrency in STYLES:
            cell = Cell(database, web, concurrency)
            url = f"sqlite:///{tmp_path / f'{cell}.db'}"
            if database != "sqlite":
                server = request.getfixturevalue(f"{database}_server")
                name = f"contract_{web}_{concurrency}"
                url = create_database(server, name)
                stack.callback(drop_database, server, name)
            variables = {"DATABASE_URL": in_terms_of(cell, url)}
            project = replace(installed(cell, example=True), variables=variables)
            project.run("uv", "run", "alembic", "upgrade", "head")
            services.append(stack.enter_context(served(project, workers=1)))
        yield services


@pytest.mark.parametrize("database", DATABASES)
def test_all_answer_the_same(services: list[Service]) -> None:
    first, *others = [answers(service) for service in services]
    assert len(first) >= 60
    for other in others:
        different = [
            f"{request}\n  {one}\n  {two}"
            for request, one, two in zip(REQUESTS, first, other, strict=True)
            if one != two and str(request) not in DIFFERENCES
        ]
        assert not different, "\n".join([f"{len(different)} differences", *different])


def answers(service: Service) -> list[Answer]:
    """Send all requests; return what is the same whenever and wherever it is asked."""
    known: list[str] = []
    return [answer(service, request, known) for request in REQUESTS]


def answer(service: Service, request: Sent, known: list[str]) -> Answer:
    """Send a request; `known` are the ids of orders in their order."""
    response = service.client.request(
        request.method,
        request.path.replace("{order}", known[-1] if known else ""),
        content=request.content,
        headers=request.headers,
    )
    text = response.text
    for order in re.findall(r'"id":"([0-9a-f-]{36})"', text):
        if order not in known:
            known.append(order)
    headers = {
        name: _same(value, known)
        for name, value in sorted(response.headers.items())
        if name not in HEADERS_OF_SERVERS
    }
    return {
        "status": response.status_code,
        "headers": headers,
        "body": _same(text, known),
    }


def _same(text: str, known: list[str]) -> str:
    for number, order in enumerate(known):
        text = text.replace(order, f"<order {number}>")
    text = re.sub(r"\d{4}-\d\d-\d\dT[\d:.]+Z", "<time>", text)
    return re.sub(r'"next_cursor":"[^"]+"', '"next_cursor":"<cursor>"', text)
