"""All plants, of every instrument."""

from importlib import import_module
from pkgutil import iter_modules

from rules import plants
from rules.plants import Plant


def all_plants() -> list[Plant]:
    """What the modules of this package plant."""
    names = [module.name for module in iter_modules(plants.__path__)]
    modules = [import_module(f"rules.plants.{name}") for name in names]
    return [plant for module in modules for plant in getattr(module, "PLANTS", [])]
