"""Requests, good and bad, in an order that makes sense: each finds what those before made."""

import json
from typing import Any, NamedTuple

UNKNOWN = "00000000-0000-7000-8000-000000000000"
TEA = {"sku": "TEA", "name": "Tea", "price_cents": 450, "stock": 10}
LINES = [{"sku": "TEA", "quantity": 1}]
ORDER = {"customer_id": 1, "lines": LINES}
CSV = "sku,name,price_cents,stock\n"


class Sent(NamedTuple):
    """A request; `{order}` in its path stands for the id of the order that was placed last."""

    method: str
    path: str
    content: bytes | None = None
    headers: tuple[tuple[str, str], ...] = ()

    def __str__(self) -> str:
        headers = "".join(f" [{name}: {value[:70]}]" for name, value in self.headers)
        return f"{self.method} {self.path[:70]}{headers} {(self.content or b'')[:70]!r}"


def sent(method: str, path: str, json: Any = None, /, **headers: str) -> Sent:
    """Make a request, with JSON if there is any."""
    if json is not None:
        headers = {"Content_Type": "application/json", **headers}
    return raw(method, path, None if json is None else dumped(json), **headers)


def raw(
    method: str, path: str, content: bytes | None = None, /, **headers: str
) -> Sent:
    """Make a request with any content."""
    named = ((name.replace("_", "-"), value) for name, value in headers.items())
    return Sent(method, path, content, tuple(named))


def dumped(content: Any) -> bytes:
    """Return content as JSON."""
    return json.dumps(content).encode()


PRODUCT_CHANGES: list[dict[str, Any]] = [
    {"sku": ""},
    {"sku": "x" * 65},
    {"sku": 5},
    {"sku": None},
    {"name": "a\0b"},
    {"name": "\ud800"},
    {"name": "   "},
    {"name": ["Tea"]},
    {"price_cents": -1},
    {"price_cents": 10**30},
    {"price_cents": "450"},
    {"price_cents": True},
    {"price_cents": 450.0},
    {"price_cents": 450.5},
    {"price_cents": None},
    {"stock": "many"},
    {"stock": {}},
    {"colour": "green"},
    {"categories": "hot"},
    {"categories": [""]},
    {"categories": ["a"] * 21},
    {"categories": [1, "", None]},
    {"sku": "", "stock": -1, "colour": "green"},
]
UPDATES: list[dict[str, Any]] = [
    {"name": None},
    {"stock": None, "price_cents": None},
    {"name": ""},
    {"stock": True},
    {"sku": "NEW"},
    {"version": True},
    {"version": "2"},
    {"version": 2.0},
    {"version": 10**30},
    {"version": None},
]
ORDER_CHANGES: list[dict[str, Any]] = [
    {"customer_id": 99},
    {"customer_id": 0},
    {"customer_id": "1"},
    {"customer_id": True},
    {"customer_id": 2**63},
    {"lines": []},
    {"lines": [{"sku": "TEA"}]},
    {"lines": [{"sku": "TEA", "quantity": 0}]},
    {"lines": [{"sku": "TEA", "quantity": "1"}]},
    {"lines": [{"sku": "TEA", "quantity": 100}]},
    {"lines": [{"sku": "NONE", "quantity": 1}]},
    {"lines": [{"sku": "TEA", "quantity": 1}, 5]},
    {"lines": LINES * 2},
    {"lines": LINES * 101},
]
HEALTH = [
    sent("GET", "/health/live"),
    sent("HEAD", "/health/live"),
    sent("GET", "/health/ready"),
    sent("HEAD", "/health/ready"),
    sent("PUT", "/health/live"),
    sent("GET", "/nowhere"),
    sent("GET", "/"),
    sent("POST", "/nowhere", {}),
    sent("GET", "/health/live/"),
    sent("GET", "//health/live"),
    sent("GET", "/health//live"),
]
PRODUCTS = [
    sent("POST", "/products", TEA),
    sent("POST", "/products", {**TEA, "sku": "SALT", "categories": ["b", "a", "a"]}),
    sent("POST", "/products", TEA),
    sent("POST", "/products", {**TEA, "sku": " PEPPER "}),
    *(sent("POST", "/products", {**TEA, **change}) for change in PRODUCT_CHANGES),
    sent("POST", "/products", {}),
    sent("POST", "/products", []),
    sent("POST", "/products", "TEA"),
    sent("POST", "/products", 5),
    sent("POST", "/products", False),
    raw("POST", "/products"),
    raw("POST", "/products", b"", Content_Type="application/json"),
    raw("POST", "/products", b"null", Content_Type="application/json"),
    raw("POST", "/products", b"{", Content_Type="application/json"),
    raw("POST", "/products", b'{"sku": 1e3}', Content_Type="application/json"),
    raw("POST", "/products", b'{"stock": NaN}', Content_Type="application/json"),
    raw("POST", "/products", b'{"sku": "\xff"}', Content_Type="application/json"),
    raw("POST", "/products", b"[" * 100_000, Content_Type="application/json"),
    raw("POST", "/products", dumped(TEA), Content_Type="text/plain"),
    raw(
        "POST",
        "/products",
        dumped(TEA),
        Content_Type="application/x-www-form-urlencoded",
    ),
    raw("POST", "/products", dumped(TEA), Content_Type="nonsense"),
    raw("POST", "/products", dumped(TEA)),
    sent("POST", "/products", {**TEA, "sku": "A"}, Content_Type="application/hal+json"),
    sent(
        "POST",
        "/products",
        {**TEA, "sku": "B"},
        Content_Type="application/json; charset=utf-8",
    ),
    sent("POST", "/products/", TEA),
    sent("PUT", "/products", TEA),
    sent("DELETE", "/products"),
    sent("OPTIONS", "/products"),
    sent("HEAD", "/products"),
    sent("GET", "/products"),
]
LISTS = [
    *(
        sent("GET", f"/products?{query}")
        for query in (
            "limit=2",
            "limit=0",
            "limit=101",
            "limit=-1",
            "limit=x",
            "limit=",
            "limit=1_0",
            "limit=1e1",
            "limit=10.0",
            "limit=%2010",
            "limit=%2B10",
            "limit=True",
            "limit=%D9%A3",
            "limit=" + "9" * 3000,
            "limit=1&limit=2",
            "category=a",
            "category=",
            "category=" + "x" * 65,
            "category=%00",
            "category=%FF",
            "sort=sku",
            "limit=0&cursor=x&sort=sku",
            "cursor=",
            "cursor=x",
            "cursor=" + "x" * 5000,
            "cursor=%00",
        )
    ),
]
ONE = [
    sent("GET", "/products/1"),
    sent("HEAD", "/products/1"),
    sent("OPTIONS", "/products/1"),
    *(
        sent("GET", f"/products/{text}")
        for text in (
            "99",
            "0",
            "-1",
            "01",
            "tea",
            "1_0",
            "1e3",
            "1.0",
            "%201",
            "%2B1",
            "%D9%A3",
            "9" * 18,
            "9" * 19,
            "9" * 3000,
            "1/",
            "1/2",
            "%00",
            "None",
        )
    ),
    sent("GET", "/products/1", If_None_Match='"1"'),
    sent("GET", "/products/1", If_None_Match='W/"1"'),
    sent("GET", "/products/1", If_None_Match='"7", "1"'),
    sent("GET", "/products/1", If_None_Match="*"),
    sent("GET", "/products/1", If_None_Match='"2"'),
    sent("GET", "/products/1", If_None_Match="1"),
    sent("HEAD", "/products/1", If_None_Match='"1"'),
    sent("GET", "/products/99", If_None_Match="*"),
    sent("PATCH", "/products/1", {"version": 1, "price_cents": 500}),
    sent("PATCH", "/products/1", {"version": 1, "price_cents": 500}),
    *(sent("PATCH", "/products/1", {"version": 2, **change}) for change in UPDATES),
    sent("PATCH", "/products/1", {}),
    sent("PATCH", "/products/1", {"version": 2}),
    sent("PATCH", "/products/99", {"version": 1}),
    sent("PATCH", "/products/1", {"name": "Oats"}, If_Match='"1"'),
    sent("PATCH", "/products/1", {"name": "Oats"}, If_Match='W/"2"'),
    sent("PATCH", "/products/1", {"name": "Oats"}, If_Match="nonsense"),
    sent("PATCH", "/products/1", {"name": "Oats"}, If_Match='"2"'),
    sent("PATCH", "/products/1", {"name": "Rice"}, If_Match='"1", "3"'),
    sent("PATCH", "/products/1", {"name": "Salt"}, If_Match="*"),
    sent("PATCH", "/products/1", {"version": 1}, If_Match='"5"'),
    sent("PATCH", "/products/1", {"version": 5}, If_Match='"5"'),
    sent("PATCH", "/products/99", {}, If_Match='"1"'),
    sent("PUT", "/products/1", TEA),
    sent("POST", "/products/1", TEA),
    sent("PATCH", "/products/import", {"version": 1}),
    sent("GET", "/products/import"),
    sent("DELETE", "/products/import"),
    sent("DELETE", "/products/2", If_Match='"7"'),
    sent("DELETE", "/products/2", If_Match='"1"'),
    sent("DELETE", "/products/2"),
    sent("GET", "/products/2"),
    sent("DELETE", "/products/99"),
    sent("DELETE", "/products/tea"),
]
CUSTOMERS = [
    sent("POST", "/customers", {"email": "ada@example.com", "name": "Ada"}),
    sent("POST", "/customers", {"email": "ada@example.com", "name": "Ada"}),
    sent("POST", "/customers", {"email": "ada", "name": "Ada"}),
    sent("POST", "/customers", {"email": "a@b\0", "name": "Ada"}),
    sent("POST", "/customers", {"email": None}),
    sent("GET", "/customers/1"),
    sent("GET", "/customers/2"),
    sent("GET", "/customers/ada"),
    sent("GET", "/customers"),
    sent("DELETE", "/customers/1"),
]
ORDERS = [
    sent("POST", "/orders", ORDER),
    sent("POST", "/orders", ORDER, Idempotency_Key="a"),
    sent("POST", "/orders", ORDER, Idempotency_Key="a"),
    sent(
        "POST",
        "/orders",
        {**ORDER, "lines": [{"sku": "TEA", "quantity": 2}]},
        Idempotency_Key="a",
    ),
    sent("POST", "/orders", ORDER, Idempotency_Key=""),
    sent("POST", "/orders", ORDER, Idempotency_Key="x" * 64),
    sent("POST", "/orders", ORDER, Idempotency_Key="x" * 65),
    sent("POST", "/orders", {}, Idempotency_Key=""),
    *(sent("POST", "/orders", {**ORDER, **change}) for change in ORDER_CHANGES),
    sent("GET", "/orders/{order}"),
    sent("HEAD", "/orders/{order}"),
    sent("POST", "/orders/{order}/cancel"),
    sent("POST", "/orders/{order}/cancel"),
    sent("GET", "/orders/{order}/cancel"),
    sent("DELETE", "/orders/{order}"),
    sent("GET", f"/orders/{UNKNOWN}"),
    sent("POST", f"/orders/{UNKNOWN}/cancel"),
    sent("GET", f"/orders/{UNKNOWN.replace('-', '')}"),
    sent("GET", "/orders/1"),
    sent("GET", "/orders"),
    sent("GET", "/orders?limit=1"),
    sent("GET", "/orders?customer_id=1&limit=1"),
    sent("GET", "/orders?customer_id=99"),
    sent("GET", "/orders?customer_id=0"),
    sent("GET", "/orders?customer_id=1_0"),
    sent("GET", "/orders?customer_id=" + "9" * 30),
    sent("PATCH", "/orders", {}),
]
IMPORTS = [
    raw(
        "POST",
        "/products/import",
        (CSV + "RICE,Rice,90,7\nX\n").encode(),
        Content_Type="text/csv",
    ),
    raw("POST", "/products/import", b"nonsense", Content_Type="text/csv"),
    raw("POST", "/products/import", b"\xff\xfe", Content_Type="text/csv"),
    raw(
        "POST",
        "/products/import",
        (CSV + "RICE,Rice,1_0,7\n").encode(),
        Content_Type="text/csv",
    ),
]
REQUESTS = HEALTH + PRODUCTS + LISTS + ONE + CUSTOMERS + ORDERS + IMPORTS
