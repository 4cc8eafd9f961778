"""The shop is written as the command writes: what is not particular to it is the same."""

import ast
import re
import shlex
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
    "only: create list show change delete import",
    "versioned",
    "soft-deleted",
]
ORDERS = ["Customer", "email: email unique", "name: Str200", "only: create show"]
# By module, the classes and functions that are the same in both.
SAME = {
    "catalogue/models.py": ["Product"],
    "catalogue/read_models.py": ["ProductRead"],
    "catalogue/importing.py": ["product_import"],
    "catalogue/commands.py": ["import_products"],
    "catalogue/routes.py": [
        "read_product",
        "update_product",
        "delete_product",
        "import_products",
    ],
    "orders/models.py": ["Customer"],
}
DEFINITIONS = (ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)
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
    assert compared == (9 if cell.served else 5)


@pytest.mark.cells(*(cell for cell in CELLS if cell.database == "sqlite"))
def test_the_subject_of_the_readme_is_what_is_made(cell: Cell, render: Render) -> None:
    """It is what is left to learn from where there is no shop."""
    project = Project(render(**cell.answers, example=False))
    readme = (project.root / "README.md").read_text("utf-8")
    section = readme.split("\n## A subject\n")[1]
    code = section.split("```python\n")[1].split("```")[0]
    assert len(code.splitlines()) <= (48 if cell.served else 60)
    (said,) = re.findall(r"`(notes Note .*)`", section)
    subject, *words = shlex.split(said)
    made = unformatted(Names(project, subject, parse(words)))
    _, *modules = re.split(r"(?m)^# (\w+)\.py\n", code)
    for module, text in zip(modules[::2], modules[1::2], strict=True):
        whole = parts(made.pop(f"src/my_service/notes/{module}.py"))
        shown = parts(text)
        assert shown == {name: whole[name] for name in shown}
        assert set(whole) - set(shown) <= {"router", "blueprint", "cli"}
    assert not [name for name in made if name.startswith("src/") and "__" not in name]


def parts(code: str) -> dict[str, str]:
    """Return what is defined, by name, without docstrings, comments and layout."""
    found = {}
    # A line of the shop's imports has no categories.
    tree = ast.parse(code.replace("ProductRow", "ProductCreate"))
    for node in ast.walk(tree):
        if isinstance(node, DEFINITIONS) and ast.get_docstring(node) is not None:
            node.body = node.body[1:]
    for node in tree.body:
        if isinstance(node, ast.Assign):
            found[ast.unparse(node.targets[0])] = ast.unparse(node.value)
        if isinstance(node, DEFINITIONS):
            text = re.sub(r",\s*\)", ")", OWN.sub("", ast.unparse(node)))
            text = text.replace("'/products/", "'/")  # the prefix of its router
            found[node.name] = re.sub(r"\s+", " ", text).strip()
    return found


def test_what_differs_is_seen(tmp_path: Path) -> None:
    one, other = "class A:\n    b: int\n", "class A:\n    b: str\n"
    assert parts(one) != parts(other)
    assert parts(one) == parts('class A:\n    """Text."""\n    b: int  # why\n')
