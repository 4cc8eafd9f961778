"""The statements of the raw contestants, and the JSON of their rows."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

ORDERS = (
    "SELECT id, customer_id, status, created_at FROM orders ORDER BY id DESC LIMIT %s"
)
LINES = (
    "SELECT order_id, sku, name, quantity, order_lines.price_cents FROM order_lines "
    "JOIN products ON products.id = product_id "
    "WHERE order_id = ANY(%s) ORDER BY order_id, product_id"
)


def keys(orders: Iterable[Sequence[Any]]) -> list[Any]:
    """Return the keys of rows of orders."""
    return [row[0] for row in orders]


def answer(
    orders: Sequence[Sequence[Any]], lines: Iterable[Sequence[Any]], limit: int
) -> dict[str, Any]:
    """Nest the rows; that there is one more than the limit tells of a next page."""
    by_order: dict[Any, list[dict[str, Any]]] = {}
    for order, sku, name, quantity, cents in lines:
        line = {"sku": sku, "name": name, "quantity": quantity, "price_cents": cents}
        by_order.setdefault(order, []).append(line)
    items = [_order(row, by_order.get(row[0], [])) for row in orders[:limit]]
    cursor = items[-1]["id"] if len(orders) > limit else None
    return {"items": items, "next_cursor": cursor}


def _order(row: Sequence[Any], lines: list[dict[str, Any]]) -> dict[str, Any]:
    key, customer, status, created_at = row
    return {
        "id": str(key),
        "customer_id": customer,
        "status": status,
        "lines": lines,
        "total_cents": sum(line["quantity"] * line["price_cents"] for line in lines),
        "created_at": moment(created_at),
    }


def moment(value: datetime) -> str:
    """Return a moment in UTC as pydantic writes it."""
    return value.isoformat().replace("+00:00", "Z")
