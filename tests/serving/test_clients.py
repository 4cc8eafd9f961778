"""What clients make of the OpenAPI document: a generated client, and generated requests."""

import re
from pathlib import Path

import pytest
import yaml
from cells import CELLS, Cell
from projects import Project

from serving.services import Serve

SERVED = [cell for cell in CELLS if cell.served]
SQLITE = [cell for cell in SERVED if cell.database == "sqlite"]
CASES = 500
GENERATED = """
from shop import Client
from shop.api.catalogue import create_product, list_products, update_product
from shop.models import PageReadProductRead, Problem, ProductCreate, ProductRead, ProductUpdate

client = Client("{url}")
new = ProductCreate(sku="TEA", name="Tea", price_cents=450, stock=10, categories=["hot"])
product = create_product.sync(client=client, body=new)
assert isinstance(product, ProductRead), product
taken = create_product.sync(client=client, body=new)
assert isinstance(taken, Problem) and taken.code == "conflict", taken
change = ProductUpdate(stock=5)
changed = update_product.sync(product.id, client=client, body=change, if_match='"1"')
assert isinstance(changed, ProductRead) and changed.stock == 5, changed
stale = update_product.sync(product.id, client=client, body=change, if_match='"1"')
assert isinstance(stale, Problem) and stale.code == "precondition_failed", stale
page = list_products.sync(client=client, limit=1)
assert isinstance(page, PageReadProductRead) and page.items == [changed], page
"""


@pytest.mark.cells(*SQLITE)
def test_a_client_is_generated_from_the_document(
    cell: Cell, serve: Serve, tmp_path: Path
) -> None:
    service = serve(cell)
    # It knows no CSV, but a body of bytes.
    override = {"content_type_overrides": {"text/csv": "application/octet-stream"}}
    (tmp_path / "config.yml").write_text(yaml.safe_dump(override), "utf-8")
    place = Project(tmp_path)
    said = place.run(
        "uvx",
        "openapi-python-client==0.29.1",
        "generate",
        f"--url={service.url}/openapi.json",
        "--config=config.yml",
        "--output-path=shop",
        "--meta=none",
    )
    assert "WARNING" not in said, said
    document = service.client.get("/openapi.json").json()
    # One model for each schema, and one function for each operation, by its name.
    assert modules(tmp_path / "shop/models") == {
        snake(name) for name in document["components"]["schemas"]
    }
    assert set().union(*map(modules, (tmp_path / "shop/api").iterdir())) == {
        operation["operationId"]
        for path in document["paths"].values()
        for operation in path.values()
    }
    (tmp_path / "use.py").write_text(GENERATED.format(url=service.url), "utf-8")
    place.run(
        *["uv", "run", "--no-project", "--with=attrs", "--with=httpx"],
        *["--with=python-dateutil", "python", "use.py"],
    )


def modules(package: Path) -> set[str]:
    """The names of a package's modules."""
    return {module.stem for module in package.glob("*.py")} - {"__init__"}


def snake(name: str) -> str:
    """The name of the module that the generator makes for a schema."""
    words = re.sub(r"(?<=[a-z])(?=[A-Z])", "_", name).lower().split("_")
    return "_".join(filter(None, words))


@pytest.mark.cells(*SERVED)
def test_schemathesis_finds_nothing(cell: Cell, serve: Serve, tmp_path: Path) -> None:
    service = serve(cell)
    # What a document cannot say: that a sku is unknown or taken, a cursor is ours, a
    # version is the current one, or that 1.0 is no integer.
    statuses = ["2xx", "3xx", "404", "409", "412", "422", "503"]
    (tmp_path / "schemathesis.toml").write_text(
        f"[checks]\npositive_data_acceptance.expected-statuses = {statuses}\n", "utf-8"
    )
    said = Project(tmp_path).run(
        "uvx",
        "schemathesis==4.32.5",
        "run",
        f"{service.url}/openapi.json",
        "--checks=all",
        "--max-examples=30",
        "--seed=1",
        "--generation-database=none",
    )
    cases = re.search(r"(\d+) generated", said)
    assert cases, said
    assert int(cases[1]) >= CASES, said
