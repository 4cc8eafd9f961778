"""G02: modules that nothing imports."""

import ast
import sys
from collections.abc import Iterator
from pathlib import Path

from ..finding import Finding
from ..sources import modules, place, tree


def every_model_is_imported() -> Iterator[Finding]:
    """Find tables of modules that the application does not import, nor a migration."""
    files = [getattr(module, "__file__", None) for module in sys.modules.values()]
    imported = {Path(file).resolve() for file in files if file}
    for path in modules("src"):
        if path.resolve() not in imported:
            for node in ast.walk(tree(path)):
                if isinstance(node, ast.Name) and node.id == "__tablename__":
                    where = place(path, node.lineno)
                    wrong = "nothing imports this model, so that no migration makes it"
                    yield Finding("G02", where, wrong, "name its subject in main.py")
