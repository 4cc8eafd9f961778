"""FastAPI, async and sync, and Flask answer the same requests with the same answers."""

import re
from typing import Any

import pytest
from cells import DATABASES, Cell

from serving.requests import REQUESTS, UNKNOWN, Sent
from serving.service import Service
from serving.services import Serve

STYLES = [("fastapi", "async"), ("fastapi", "sync"), ("flask", "sync")]
# Of the server, not of the application.
HEADERS_OF_SERVERS = {"connection", "date", "server", "transfer-encoding"}
# Where Flask differs from FastAPI, and why that is right.
DIFFERENCES = {
    f"GET /orders/{UNKNOWN.replace('-', '')}": "Starlette reads it without dashes too",
    f"GET /products?cursor={'x' * 5000}": "gunicorn refuses a line of 4,094 bytes, by 414",
}
# Of the documents: pydantic writes what FastAPI leaves out, and the other way round.
UNSAID = {"title", "default", "contentMediaType"}


@pytest.mark.parametrize("database", DATABASES)
def test_all_answer_the_same(database: str, serve: Serve) -> None:
    services = [serve(Cell(database, *style)) for style in STYLES]
    first, *others = [answers(service) for service in services]
    assert len(first) >= 60
    for other in others:
        different = [
            f"{request}\n  {one}\n  {two}"
            for request, one, two in zip(REQUESTS, first, other, strict=True)
            if one != two and f"{request.method} {request.path}" not in DIFFERENCES
        ]
        assert not different, "\n".join([f"{len(different)} differences", *different])
    documents = [service.client.get("/openapi.json").json() for service in services]
    for document in documents[1:]:
        assert described(document["paths"]) == described(documents[0]["paths"])
        assert described(document["components"]) == described(
            documents[0]["components"]
        )


def described(document: Any) -> Any:
    """Return a document without what is said in different words."""
    if isinstance(document, list):
        return [described(item) for item in document]
    if not isinstance(document, dict):
        return document
    return {
        name: described(item)
        for name, item in document.items()
        if name not in UNSAID or isinstance(item, dict)
    }


def answers(service: Service) -> list[dict[str, Any]]:
    """Send all requests; return what is the same whenever and wherever it is asked."""
    known: list[str] = []
    service.client.headers["X-Request-ID"] = "contract"  # given back in each answer
    return [answer(service, request, known) for request in REQUESTS]


def answer(service: Service, request: Sent, known: list[str]) -> dict[str, Any]:
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
