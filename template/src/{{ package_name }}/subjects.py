"""The subjects: every folder beside this module that has models, by name."""

from collections.abc import Iterator
from importlib import import_module
from pathlib import Path
from types import ModuleType

FOLDERS = sorted(models.parent for models in Path(__file__).parent.glob("*/models.py"))


def parts(name: str) -> Iterator[ModuleType]:
    """Import the module of this name of each subject that has one."""
    for folder in FOLDERS:
        if (folder / f"{name}.py").exists():
            yield import_module(f".{folder.name}.{name}", __package__)


# Whoever imports this module knows every model, as migrations do.
MODELS = list(parts("models"))
