"""The subjects: every folder beside this module that has models, by name."""

from importlib import import_module
from pathlib import Path
from types import ModuleType

PARTS = ("models", "routes", "commands")
# Whoever imports this module knows every model, as migrations do.
SUBJECTS = [
    {
        name: import_module(f".{models.parent.name}.{name}", __package__)
        for name in PARTS
        if models.with_name(f"{name}.py").exists()
    }
    for models in sorted(Path(__file__).parent.glob("*/models.py"))
]


def parts(name: str) -> list[ModuleType]:
    """Return the module of this name of each subject that has one."""
    return [modules[name] for modules in SUBJECTS if name in modules]
