"""Each test of the template tests something, wherever it runs."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest
from conftest import EXHAUSTIVE, ROOT

FILES = [
    file
    for file in sorted((ROOT / "tests").rglob("test_*.py"))
    if not file.is_relative_to(EXHAUSTIVE)
]


def functions(tree: ast.Module) -> Iterator[ast.FunctionDef]:
    """Yield the tests of a module; those in classes too."""
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef) and node.name.startswith("test_"):
            yield node


def parts(node: ast.AST) -> Iterator[ast.AST]:
    """Yield what is in a function, but not in one that it defines."""
    for child in ast.iter_child_nodes(node):
        if not isinstance(child, ast.FunctionDef | ast.Lambda):
            yield child
            yield from parts(child)


def early_returns(source: str) -> list[str]:
    """Name the tests that may end before they have looked at anything."""
    return [
        test.name
        for test in functions(ast.parse(source))
        if any(isinstance(node, ast.Return) for node in parts(test))
    ]


@pytest.mark.parametrize("file", FILES, ids=lambda file: str(file.relative_to(ROOT)))
def test_none_returns_early(file: Path) -> None:
    """What is for some cells only says so by `cells`, so that others do not count it."""
    assert early_returns(file.read_text("utf-8")) == []


def test_an_early_return_is_found() -> None:
    planted = (
        "def test_a(cell):\n    if not cell.served:\n        return\n    assert 1\n"
    )
    assert early_returns(planted) == ["test_a"]
    inner = "def test_b():\n    def one():\n        return 1\n    assert one()\n"
    assert early_returns(inner) == []
