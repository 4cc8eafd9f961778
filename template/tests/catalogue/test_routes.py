{% from "hooks/unasync.jinja" import unasync with context %}
{% call unasync() %}
"""The catalogue over HTTP."""

{% if fastapi %}
from collections.abc import AsyncIterator

{% endif %}
import pytest
from httpx2 import Response

from {{ package_name }}.catalogue import importing
from {{ package_name }}.database import Sessions

from ..client import Client, app_of, client_of
from ..conftest import AtMost
from .factories import product_row


async def upload(client: Client, content: str | bytes) -> Response:
    """Import a CSV."""
    headers = {"Content-Type": "text/csv"}
    return await client.post("/products/import", content=content, headers=headers)


async def test_a_product_is_stored_and_shown(client: Client) -> None:
    new = product_row(categories=["hot", "a"])
    created = await client.post("/products", json=new)
    assert created.status_code == 201
    assert created.headers["ETag"] == '"1"'
    product = created.json()
    assert created.headers["Location"] == f"/products/{product['id']}"
    assert product["categories"] == ["a", "hot"]
    assert product["created_at"].endswith("Z")
    shown = await client.get(created.headers["Location"])
    assert shown.json() == product
    assert shown.headers["ETag"] == '"1"'


async def test_a_sku_is_taken_once(client: Client) -> None:
    await client.post("/products", json=product_row(sku="TEA"))
    taken = await client.post("/products", json=product_row(sku="TEA"))
    assert taken.status_code == 409
    assert taken.headers["Content-Type"] == "application/problem+json"
    assert taken.json()["code"] == "conflict"
    assert taken.json()["errors"][0]["field"] == "sku"


async def test_a_deleted_product_is_gone_and_its_sku_free(client: Client) -> None:
    new = product_row()
    created = await client.post("/products", json=new)
    path = f"/products/{created.json()['id']}"
    deleted = await client.delete(path)
    assert deleted.status_code == 204
    shown = await client.get(path)
    assert shown.status_code == 404
    again = await client.delete(path)
    assert again.status_code == 404
    anew = await client.post("/products", json=new)
    assert anew.status_code == 201


async def test_a_stale_change_is_refused(client: Client) -> None:
    created = await client.post("/products", json=product_row())
    path = f"/products/{created.json()['id']}"
    changed = await client.patch(path, json={"version": 1, "price_cents": 500})
    assert changed.status_code == 200
    assert changed.json()["price_cents"] == 500
    assert changed.json()["version"] == 2
    assert changed.headers["ETag"] == '"2"'
    stale = await client.patch(path, json={"version": 1, "price_cents": 600})
    assert stale.status_code == 409
    assert stale.json()["code"] == "stale"
    assert stale.json()["errors"][0]["field"] == "version"


async def test_a_change_of_a_matching_version(client: Client) -> None:
    created = await client.post("/products", json=product_row())
    path = created.headers["Location"]
    current, old = {"If-Match": '"1"'}, {"If-Match": '"7"'}
    changed = await client.patch(path, json={"stock": 5}, headers=current)
    assert changed.status_code == 200
    assert changed.json()["stock"] == 5
    for headers in (current, old):
        refused = await client.patch(path, json={"stock": 6}, headers=headers)
        assert refused.status_code == 412
        assert refused.json()["code"] == "precondition_failed"
    unsaid = await client.patch(path, json={"stock": 6})
    assert unsaid.status_code == 422
    assert unsaid.json()["errors"][0]["field"] == "version"
    kept = await client.delete(path, headers=current)
    assert kept.status_code == 412
    deleted = await client.delete(path, headers={"If-Match": '"1", "2"'})
    assert deleted.status_code == 204


async def test_what_the_client_has_is_not_sent_again(client: Client) -> None:
    created = await client.post("/products", json=product_row())
    path = created.headers["Location"]
    for tags in ('"1"', 'W/"1"', '"7", "1"', "*"):
        same = await client.get(path, headers={"If-None-Match": tags})
        assert same.status_code == 304
        assert same.headers["ETag"] == '"1"'
        assert same.content == b""
    newer = await client.get(path, headers={"If-None-Match": '"7"'})
    assert newer.status_code == 200


async def test_null_is_no_value(client: Client) -> None:
    created = await client.post("/products", json=product_row())
    path = created.headers["Location"]
    refused = await client.patch(path, json={"version": 1, "name": None})
    assert refused.status_code == 422
    assert refused.json()["errors"][0]["field"] == "name"
    shown = await client.get(path)
    assert shown.json() == created.json()


async def test_the_pages_of_a_category_are_its_list(client: Client) -> None:
    for number in range(5):
        new = product_row(sku=str(number), categories=["odd"] * (number % 2))
        await client.post("/products", json=new)
    answer = await client.get("/products", params={"limit": 4})
    first = answer.json()
    query = {"limit": 4, "cursor": first["next_cursor"]}
    answer = await client.get("/products", params=query)
    second = answer.json()
    assert second["next_cursor"] is None
    skus = [product["sku"] for product in first["items"] + second["items"]]
    assert skus == ["0", "1", "2", "3", "4"]
    odd = await client.get("/products", params={"category": "odd"})
    assert [product["sku"] for product in odd.json()["items"]] == ["1", "3"]


async def test_a_list_takes_two_statements(
    client: Client,
    at_most: AtMost,
) -> None:
    for number in range(20):
        new = product_row(categories=[str(number)])
        await client.post("/products", json=new)
    with at_most(2):
        await client.get("/products")


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ({"limit": "0"}, "limit"),
        ({"limit": "101"}, "limit"),
        ({"limit": "x"}, "limit"),
        ({"limit": "1_0"}, "limit"),
        ({"limit": "10.0"}, "limit"),
        ({"cursor": "x"}, "cursor"),
        ({"sort": "x"}, "sort"),
    ],
)
async def test_a_bad_query_names_its_field(
    client: Client, query: dict[str, str], field: str
) -> None:
    refused = await client.get("/products", params=query)
    assert refused.status_code == 422
    assert refused.headers["Content-Type"] == "application/problem+json"
    assert refused.json()["errors"][0]["field"] == field


@pytest.mark.parametrize(
    "change",
    [
        {"sku": ""},
        {"sku": "x" * 65},
        {"name": "a\0b"},
        {"name": "\x1b[2J"},
        {"name": "a\x9bb"},
        {"price_cents": -1},
        {"price_cents": 10**30},
        {"stock": "many"},
        {"stock": "5"},
        {"stock": True},
        {"stock": 5.0},
        {"colour": "green"},
    ],
)
async def test_a_bad_product_names_its_field(
    client: Client, change: dict[str, object]
) -> None:
    refused = await client.post("/products", json=product_row(**change))
    assert refused.status_code == 422
    assert refused.json()["errors"][0]["field"] == next(iter(change))


async def test_json_is_sent_as_json(client: Client) -> None:
    for media_type in ("text/plain", "application/x-www-form-urlencoded"):
        refused = await client.post(
            "/products", content=b"{}", headers={"Content-Type": media_type}
        )
        assert refused.status_code == 415
        assert refused.json()["code"] == "unsupported_media_type"


@pytest.mark.parametrize("text", ["tea", "0", "01", "1_0", "1.0", "9" * 5000])
async def test_what_is_no_id_is_not_found(client: Client, text: str) -> None:
    missing = await client.get(f"/products/{text}")
    assert missing.status_code == 404


async def test_methods(client: Client) -> None:
    created = await client.post("/products", json=product_row())
    head = await client.head(created.headers["Location"])
    assert head.status_code == 200
    assert head.headers["ETag"] == '"1"'
    assert head.content == b""
    for path, allowed in {
        "/products": "GET, HEAD, POST",
        created.headers["Location"]: "DELETE, GET, HEAD, PATCH",
        "/products/import": "POST",
    }.items():
        refused = await client.put(path)
        assert refused.status_code == 405
        assert refused.headers["Allow"] == allowed
    refused = await client.patch("/products/import", json={"version": 1})
    assert refused.status_code == 405


async def test_a_csv_is_imported(client: Client) -> None:
    content = "sku,name,price_cents,stock\nTEA,Tea,450,7\nSALT,Salt,cheap,7\n"
    imported = await upload(client, content)
    assert imported.status_code == 200
    assert imported.json()["inserted"] == 1
    assert imported.json()["rejected"][0]["line"] == 3


async def test_the_mark_of_spreadsheets_is_no_part_of_a_csv(client: Client) -> None:
    content = "\ufeffsku,name,price_cents,stock\nTEA,Tea,450,7\n"
    imported = await upload(client, content)
    assert imported.json()["inserted"] == 1


async def test_a_csv_is_stored_as_far_as_it_is_one(
    client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(importing, "CHUNK", 2)
    content = 'sku,name,price_cents,stock\nA,A,1,1\nB,B,1,1\nC,"C"C,1,1\n'
    refused = await upload(client, content)
    assert refused.status_code == 422
    assert "line 4" in refused.json()["detail"]
    listed = await client.get("/products")
    assert [product["sku"] for product in listed.json()["items"]] == ["A", "B"]


async def test_what_is_too_large_is_refused(
    sessions: Sessions, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MAX_BODY_SIZE", "120")
    monkeypatch.setenv("MAX_UPLOAD_SIZE", "400B")
    client = client_of(app_of(sessions))
    line = "TEA,Tea,450,7\n"
    for size, status in ((200, 200), (399, 200), (401, 413)):
        content = "sku,name,price_cents,stock\n".ljust(size - len(line), "\n") + line
        imported = await upload(client, content)
        assert imported.status_code == status
    new = product_row(categories=["x" * 60])
    refused = await client.post("/products", json=new)
    assert refused.status_code == 413
    assert refused.headers["Content-Type"] == "application/problem+json"
    stored = await client.post("/products", json={**new, "categories": []})
    assert stored.status_code == 201


{% if fastapi %}
async def test_what_gets_too_large_is_refused(
    sessions: Sessions, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def pieces() -> AsyncIterator[bytes]:
        for _ in range(10):
            yield b"x" * 100

    monkeypatch.setenv("MAX_BODY_SIZE", "999")
    monkeypatch.setenv("MAX_UPLOAD_SIZE", "999")
    client = client_of(app_of(sessions))
    for path, media in (
        ("/products", "application/json"),
        ("/products/import", "text/csv"),
    ):
        headers = {"Content-Type": media}
        refused = await client.post(path, content=pieces(), headers=headers)
        assert refused.status_code == 413
        assert refused.headers["Content-Type"] == "application/problem+json"


{% endif %}
async def test_what_is_no_csv_is_refused(client: Client) -> None:
    refused = await upload(client, b"\xff\xfe")
    assert refused.status_code == 422
{% endcall %}
