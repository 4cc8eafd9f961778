"""The shop is written as the command writes: what is not particular to it is the same."""

import ast
import re
from pathlib import Path

import pytest
from cells import CELLS, Cell
from conftest import Render
from subject_generator.language import parse
from subject_generator.names import Names
from subject_generator.project import Project
from subject_generator.render import unformatted

CATALOGUE = [
    "Product",
    "sku: Str64 unique",
    "name: Str200",
    "price: cents",
    "stock: BigInt",
    "versioned",
    "soft-deleted",
]
ORDERS = ["Customer", "email: email unique", "name: Str200", "only: create show"]
# By module, the classes and functions that are the same in both.
SAME = {
    "catalogue/models.py": ["Product"],
    "catalogue/read_models.py": ["ProductRead"],
    "catalogue/routes.py": ["read_product", "update_product", "delete_product"],
    "orders/models.py": ["Customer"],
}
# What is particular to a shop.
OWN = re.compile(
    r"(?s)categories: .*?(?=\n    \w|\Z)|CheckConstraint\('stock >= 0'[^)]*\)"
)


@pytest.mark.cells(*(cell for cell in CELLS if cell.database == "sqlite"))
def test_the_shop_is_what_is_made(cell: Cell, render: Render) -> None:
    project = Project(render(**cell.answers, example=True))
    made: dict[str, str] = {}
    for subject, words in (("catalogue", CATALOGUE), ("orders", ORDERS)):
        made |= unformatted(Names(project, subject, parse(words)))
    compared = 0
    for module, names in SAME.items():
        path = f"src/my_service/{module}"
        if path in made:
            shop = parts((project.root / path).read_text("utf-8"))
            for name in names:
                assert shop[name] == parts(made[path])[name]
                compared += 1
    assert compared == (6 if cell.served else 3)


def parts(code: str) -> dict[str, str]:
    """Return classes and functions by name, without docstrings, comments and layout."""
    found = {}
    for node in ast.parse(code).body:
        if isinstance(node, ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
            if ast.get_docstring(node) is not None:
                node.body = node.body[1:]
            text = re.sub(r",\s*\)", ")", OWN.sub("", ast.unparse(node)))
            text = text.replace("'/products/", "'/")  # the prefix of its router
            found[node.name] = re.sub(r"\s+", " ", text).strip()
    return found


def test_what_differs_is_seen(tmp_path: Path) -> None:
    one, other = "class A:\n    b: int\n", "class A:\n    b: str\n"
    assert parts(one) != parts(other)
    assert parts(one) == parts('class A:\n    """Text."""\n    b: int  # why\n')
