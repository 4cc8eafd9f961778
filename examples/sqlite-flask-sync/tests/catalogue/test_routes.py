"""The catalogue over HTTP."""

import pytest

from ..client import Client
from ..conftest import AtMost
from .factories import product_row


def test_a_product_is_stored_and_shown(client: Client) -> None:
    new = product_row(categories=["hot", "a"])
    created = client.post("/products", json=new)
    assert created.status_code == 201
    assert created.headers["ETag"] == '"1"'
    product = created.json()
    assert created.headers["Location"] == f"/products/{product['id']}"
    assert product["categories"] == ["a", "hot"]
    assert product["created_at"].endswith("Z")
    shown = client.get(created.headers["Location"])
    assert shown.json() == product
    assert shown.headers["ETag"] == '"1"'


def test_a_sku_is_taken_once(client: Client) -> None:
    client.post("/products", json=product_row(sku="TEA"))
    taken = client.post("/products", json=product_row(sku="TEA"))
    assert taken.status_code == 409
    assert taken.headers["Content-Type"] == "application/problem+json"
    assert taken.json()["code"] == "conflict"
    assert taken.json()["errors"][0]["field"] == "sku"


def test_a_deleted_product_is_gone_and_its_sku_free(client: Client) -> None:
    new = product_row()
    created = client.post("/products", json=new)
    path = f"/products/{created.json()['id']}"
    deleted = client.delete(path)
    assert deleted.status_code == 204
    shown = client.get(path)
    assert shown.status_code == 404
    again = client.delete(path)
    assert again.status_code == 404
    anew = client.post("/products", json=new)
    assert anew.status_code == 201


def test_a_stale_change_is_refused(client: Client) -> None:
    created = client.post("/products", json=product_row())
    path = f"/products/{created.json()['id']}"
    changed = client.patch(path, json={"version": 1, "price_cents": 500})
    assert changed.status_code == 200
    assert changed.json()["price_cents"] == 500
    assert changed.json()["version"] == 2
    assert changed.headers["ETag"] == '"2"'
    stale = client.patch(path, json={"version": 1, "price_cents": 600})
    assert stale.status_code == 409
    assert stale.json()["code"] == "stale"
    assert stale.json()["errors"][0]["field"] == "version"


def test_the_pages_of_a_category_are_its_list(client: Client) -> None:
    for number in range(5):
        new = product_row(sku=str(number), categories=["odd"] * (number % 2))
        client.post("/products", json=new)
    answer = client.get("/products", params={"limit": 4})
    first = answer.json()
    query = {"limit": 4, "cursor": first["next_cursor"]}
    answer = client.get("/products", params=query)
    second = answer.json()
    assert second["next_cursor"] is None
    skus = [product["sku"] for product in first["items"] + second["items"]]
    assert skus == ["0", "1", "2", "3", "4"]
    odd = client.get("/products", params={"category": "odd"})
    assert [product["sku"] for product in odd.json()["items"]] == ["1", "3"]


def test_a_list_takes_two_statements(client: Client, at_most: AtMost) -> None:
    for number in range(20):
        new = product_row(categories=[str(number)])
        client.post("/products", json=new)
    with at_most(2):
        client.get("/products")


@pytest.mark.parametrize("change", [{"sku": ""}, {"price_cents": -1}, {"colour": "x"}])
def test_a_bad_product_names_its_field(
    client: Client, change: dict[str, object]
) -> None:
    refused = client.post("/products", json=product_row(**change))
    assert refused.status_code == 422
    assert refused.json()["errors"][0]["field"] == next(iter(change))


def test_a_csv_is_imported(client: Client) -> None:
    content = "sku,name,price_cents,stock\nTEA,Tea,450,7\nSALT,Salt,cheap,7\n"
    headers = {"Content-Type": "text/csv"}
    imported = client.post("/products/import", content=content, headers=headers)
    assert imported.status_code == 200
    assert imported.json()["inserted"] == 1
    assert imported.json()["rejected"][0]["line"] == 3
