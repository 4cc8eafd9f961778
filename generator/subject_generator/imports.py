"""The imports of a module, found by the names that it uses."""

import ast
import re

# By module, the names that rendered code takes from it.
NAMES = {
    "collections.abc": "Callable Collection Iterable Mapping Sequence",
    "dataclasses": "asdict dataclass field fields",
    "datetime": "UTC date datetime timedelta",
    "decimal": "Decimal",
    "enum": "StrEnum",
    "functools": "partial",
    "itertools": "count",
    "pathlib": "Path",
    "typing": "Annotated Any",
    "uuid": "UUID",
    "alembic": "command",
    "alembic.config": "Config",
    "fastapi": "APIRouter Header Query Response",
    "flask": "Blueprint",
    "pydantic": "MISSING AfterValidator AwareDatetime BaseModel Field JsonValue StringConstraints",
    "pydantic_core": "to_jsonable_python",
    "rich.console": "Console",
    "rich.markup": "escape",
    "sqlalchemy": "CheckConstraint Column ForeignKey Index Numeric Row Table UniqueConstraint bindparam select",
    "sqlalchemy.ext.asyncio": "AsyncSession",
    "sqlalchemy.ext.orderinglist": "ordering_list",
    "sqlalchemy.orm": "Mapped Session mapped_column relationship selectinload",
    "sqlalchemy.orm.attributes": "flag_modified",
    "typer.testing": "CliRunner",
}
# The same for modules of the package.
OURS = {
    "commands": "run_command",
    "database": (
        "Base BigInt Cents Conflict IntegerKey LongText NotFound Page ReferenceMissing Repository Sessions SoftDelete Stale"
        " Str64 Str200 Str254 Timestamps UUIDKey Versioned unique_unless_deleted unit_of_work"
    ),
    "importing": "CsvImport CsvPath Imported Strict import_from read_lines",
    "main": "create_cli",
    "openapi": "ETAG LOCATION problems response",
    "operations": "operation",
    "preconditions": "etag is_current matching_versions required_versions",
    "schemas": "Email Id IfMatch IfNoneMatch PageRead Paging Price Text64 Text200",
    "web": "CSV FromText RequestFile RequestSession RequestSessions answer request_file request_session service",
}
OF_TESTS = {"client": "Client", "conftest": "AtMost"}
WHOLE = ("json", "pytest", "typer")


def with_imports(
    code: str, places: dict[str, str], *, package: str, tests: bool, flask: bool
) -> str:
    """Return the module with the imports that it needs, below its docstring.

    `places` says from which module its other names come.
    """
    tree = ast.parse(code)
    known = {name: module for module, names in NAMES.items() for name in names.split()}
    ours = f"{package}." if tests else ".."
    known |= {
        name: ours + module for module, names in OURS.items() for name in names.split()
    }
    if tests:
        for module, names in OF_TESTS.items():
            known |= dict.fromkeys(names.split(), f"..{module}")
    if flask:
        known["Response"] = "flask"
    known |= places
    defined = {
        getattr(node, "name", "") or (node.id if isinstance(node, ast.Name) else "")
        for node in ast.walk(tree)
        if isinstance(node, ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef)
        or (isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store))
    }
    arguments = {node.arg for node in ast.walk(tree) if isinstance(node, ast.arg)}
    used = {
        node.id
        for node in ast.walk(tree)
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load)
    }
    lines = [f"import {name}" for name in WHOLE if name in used]
    lines += [
        f"from {known[name]} import {_source_of(name)}"
        for name in sorted(used - defined - arguments)
        if name in known
    ]
    head, docstring, body = re.split(
        r'(\A""".*?"""\n)', code, maxsplit=1, flags=re.DOTALL
    )
    return "\n".join([head + docstring, *lines, "", body])


def _source_of(name: str) -> str:
    """Return what is imported as this name."""
    return f"factories as {name}" if name.endswith("_factories") else name
