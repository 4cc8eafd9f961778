"""Orders over HTTP."""

from my_service.catalogue.models import Product
from my_service.orders.models import Customer

from ..client import Client
from ..conftest import AtMost
from .factories import customer_row


async def test_an_email_is_taken_once(client: Client) -> None:
    new = customer_row(email="ada@example.com")
    created = await client.post("/customers", json=new)
    assert created.status_code == 201
    assert created.json()["email"] == "ada@example.com"
    shown = await client.get(created.headers["Location"])
    assert shown.json() == created.json()
    taken = await client.post("/customers", json=new)
    assert taken.status_code == 409
    assert taken.json()["errors"][0]["field"] == "email"


async def test_an_order_is_placed_shown_and_cancelled_once(
    client: Client, customer: Customer, tea: Product
) -> None:
    lines = [{"sku": "TEA", "quantity": 1}, {"sku": "TEA", "quantity": 2}]
    new = {"customer_id": customer.id, "lines": lines}
    placed = await client.post("/orders", json=new)
    assert placed.status_code == 201
    order = placed.json()
    assert order["total_cents"] == 1350
    assert order["lines"] == [
        {"sku": "TEA", "name": "Tea", "quantity": 3, "price_cents": 450}
    ]
    path = placed.headers["Location"]
    shown = await client.get(path)
    assert shown.json() == order
    cancelled = await client.post(f"{path}/cancel")
    assert cancelled.status_code == 200
    assert cancelled.json()["status"] == "cancelled"
    again = await client.post(f"{path}/cancel")
    assert again.status_code == 409
    assert again.json()["code"] == "already_cancelled"
    assert "errors" not in again.json()


async def test_an_invalid_order_is_refused(
    client: Client, customer: Customer, tea: Product
) -> None:
    async def refusal(customer_id: int, sku: str, quantity: int) -> tuple[str, str]:
        lines = [{"sku": sku, "quantity": quantity}]
        new = {"customer_id": customer_id, "lines": lines}
        answer = await client.post("/orders", json=new)
        problem = answer.json()
        assert answer.status_code == problem["status"]
        return problem["code"], problem["errors"][0]["field"]

    assert await refusal(404, "TEA", 1) == ("reference_missing", "customer_id")
    assert await refusal(customer.id, "SALT", 1) == ("reference_missing", "lines")
    assert await refusal(customer.id, "TEA", 0) == (
        "invalid_request",
        "lines.0.quantity",
    )
    assert await refusal(customer.id, "TEA", 11) == ("out_of_stock", "lines")


async def test_an_order_that_is_repeated_is_placed_once(
    client: Client, customer: Customer, tea: Product
) -> None:
    new = {"customer_id": customer.id, "lines": [{"sku": "TEA", "quantity": 1}]}
    key = {"Idempotency-Key": "a"}
    placed = [await client.post("/orders", json=new, headers=key) for _ in range(2)]
    assert placed[0].json() == placed[1].json()
    other = {**new, "lines": [{"sku": "TEA", "quantity": 2}]}
    refused = await client.post("/orders", json=other, headers=key)
    assert refused.status_code == 409
    assert refused.json()["errors"][0]["field"] == "Idempotency-Key"


async def test_what_is_not_there_is_not_found(client: Client) -> None:
    unknown = "/orders/00000000-0000-7000-8000-000000000000"
    shown = await client.get(unknown)
    assert shown.status_code == 404
    cancelled = await client.post(f"{unknown}/cancel")
    assert cancelled.status_code == 404


async def test_the_newest_come_first_in_few_statements(
    client: Client, at_most: AtMost, customer: Customer, tea: Product
) -> None:
    new = {"customer_id": customer.id, "lines": [{"sku": "TEA", "quantity": 1}]}
    placed = [await client.post("/orders", json=new) for _ in range(5)]
    with at_most(2):
        listed = await client.get("/orders", params={"customer_id": customer.id})
    assert listed.json()["items"] == [order.json() for order in reversed(placed)]
    others = await client.get("/orders", params={"customer_id": customer.id + 1})
    assert others.json()["items"] == []
