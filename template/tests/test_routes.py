{% from "hooks/unasync.jinja" import unasync with context %}
{% call unasync() %}
"""The routes that every service has."""

import pytest

from {{ package_name }} import health

from .client import Client


async def test_it_is_alive_and_ready(client: Client) -> None:
    alive = await client.get("/health/live")
    assert alive.status_code == 200
    ready = await client.get("/health/ready")
    assert ready.status_code == 200
    probed = await client.head("/health/live")
    assert probed.status_code == 200


async def test_it_is_not_ready_for_another_schema(
    client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(health, "newest_revisions", lambda: {"newer"})
    refused = await client.get("/health/ready")
    assert refused.status_code == 503
    assert "the code expects newer" in refused.json()["detail"]


async def test_what_is_not_there_is_a_problem(client: Client) -> None:
    missing = await client.get("/nowhere")
    assert missing.status_code == 404
    assert missing.headers["Content-Type"] == "application/problem+json"
    assert missing.json()["title"] == "Not Found"
    assert missing.json()["code"] == "not_found"


async def test_another_method_is_told_which_are_allowed(client: Client) -> None:
    refused = await client.put("/health/live")
    assert refused.status_code == 405
    assert refused.headers["Allow"] == "GET, HEAD"


async def test_it_describes_itself(client: Client) -> None:
    answer = await client.get("/openapi.json")
    document = answer.json()
    assert all(document["info"][name] for name in ("title", "description", "version"))
    operations = [
        operation for path in document["paths"].values() for operation in path.values()
    ]
    names = [operation["operationId"] for operation in operations]
    assert len(set(names)) == len(names)
    assert {"live", "ready"} <= set(names)
    problem = {"$ref": "#/components/schemas/Problem"}
    for operation in operations:
        assert operation["description"]
        for status, response in operation["responses"].items():
            if status >= "400":
                content = response["content"]["application/problem+json"]
                assert content == {"schema": problem}
{% endcall %}
