{% from "hooks/unasync.jinja" import unasync with context %}
{% call unasync() %}
"""The catalogue over HTTP."""

{% if fastapi %}
from collections.abc import AsyncIterator

{% endif %}
import pytest

from {{ package_name }}.catalogue import importing
from {{ package_name }}.database.session import Sessions

from ..client import Client, app_of, client_of
from ..conftest import AtMost
from .factories import product_row


async def test_a_product_is_stored_and_shown(client: Client) -> None:
    new = product_row(categories=["hot", "a"])
    created = await client.post("/products", json=new)
    assert created.status_code == 201
    product = created.json()
    assert product["categories"] == ["a", "hot"]
    assert product["created_at"].endswith("Z")
    shown = await client.get(f"/products/{product['id']}")
    assert shown.json() == product
    assert shown.headers["ETag"] == '"1"'


async def test_a_sku_is_taken_once(client: Client) -> None:
    await client.post("/products", json=product_row(sku="TEA"))
    taken = await client.post("/products", json=product_row(sku="TEA"))
    assert taken.status_code == 409
    assert taken.headers["Content-Type"] == "application/problem+json"
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
    stale = await client.patch(path, json={"version": 1, "price_cents": 600})
    assert stale.status_code == 409


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
        {"colour": "green"},
    ],
)
async def test_a_bad_product_names_its_field(
    client: Client, change: dict[str, object]
) -> None:
    refused = await client.post("/products", json=product_row(**change))
    assert refused.status_code == 422
    assert refused.json()["errors"][0]["field"] == next(iter(change))


async def test_a_key_that_is_none_is_refused(client: Client) -> None:
    for key in ("tea", "0", "9" * 5000):
        refused = await client.get(f"/products/{key}")
        assert refused.status_code in {404, 422}


async def test_a_csv_is_imported(client: Client) -> None:
    content = "sku,name,price_cents,stock\nTEA,Tea,450,7\nSALT,Salt,cheap,7\n"
    imported = await client.post(
        "/products/import",
        content=content.encode(),
        headers={"Content-Type": "text/csv"},
    )
    assert imported.status_code == 200
    assert imported.json()["inserted"] == 1
    assert imported.json()["rejected"][0]["line"] == 3


async def test_the_mark_of_spreadsheets_is_no_part_of_a_csv(client: Client) -> None:
    content = "\ufeffsku,name,price_cents,stock\nTEA,Tea,450,7\n"
    imported = await client.post(
        "/products/import",
        content=content.encode(),
        headers={"Content-Type": "text/csv"},
    )
    assert imported.json()["inserted"] == 1


async def test_a_csv_is_stored_as_far_as_it_is_one(
    client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(importing, "CHUNK", 2)
    content = 'sku,name,price_cents,stock\nA,A,1,1\nB,B,1,1\nC,"C"C,1,1\n'
    refused = await client.post(
        "/products/import",
        content=content.encode(),
        headers={"Content-Type": "text/csv"},
    )
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
        imported = await client.post(
            "/products/import",
            content=content.encode(),
            headers={"Content-Type": "text/csv"},
        )
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
    refused = await client.post(
        "/products/import",
        content=b"\xff\xfe",
        headers={"Content-Type": "text/csv"},
    )
    assert refused.status_code == 422
{% endcall %}
