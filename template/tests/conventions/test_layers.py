"""The layers: database, then subjects, then what wires them. None looks upwards."""

import ast
from pathlib import Path

import {{ package_name }}

SOURCE = Path({{ package_name }}.__file__).parent
WIRING = {"main", "__main__"}
{% if example %}
SUBJECTS = {"catalogue", "orders"}
{% else %}
SUBJECTS: set[str] = set()
{% endif %}


def upward_imports(module: Path) -> set[str]:
    """Return what a module imports from two folders and more above it, by name."""
    depth = len(module.relative_to(SOURCE).parts)
    return {
        (node.module or alias.name).split(".")[0]
        for node in ast.walk(ast.parse(module.read_text("utf-8")))
        if isinstance(node, ast.ImportFrom) and node.level == depth
        for alias in node.names
    }


def test_the_data_layer_knows_nothing_of_the_application() -> None:
    for module in (SOURCE / "database").rglob("*.py"):
        assert not upward_imports(module), f"{module} imports the application"


def test_subjects_do_not_know_who_wires_them() -> None:
    for subject in SUBJECTS:
        for module in (SOURCE / subject).rglob("*.py"):
            assert not upward_imports(module) & WIRING, f"{module} imports the wiring"
