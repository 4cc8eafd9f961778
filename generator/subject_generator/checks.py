"""What a subject may not be called, and what it may refer to, in its project."""

import keyword
import re
import sys

from .entities import Entity, Field, RefusedError, snake
from .imports import NAMES, OF_TESTS, OURS
from .language import LONGEST, SNAKE
from .project import Project

TAKEN = {
    name
    for names in (*NAMES.values(), *OURS.values(), *OF_TESTS.values())
    for name in names.split()
} | {
    "Conflict",
    "Stale",
    "NotFound",
    "Service",
    "Settings",
    "Prose",
    "Int",
    "Large",
    "Flag",
    "Moment",
    "Document",
}
# The fixtures of the tests, and what the rendered functions call their variables.
LOCAL_NAMES = """
    again alembic answer at_most bad blueprint body change changed cli client command
    count created deleted docs found ids empty_database engine escape etag factories field fields found
    headers limit listed missing model models name new number numbers one operation part page pages
    partial problems query read refused request response rest result router row rows
    session sessions settings shown stale statement stored table taken type unit_of_work
    update value values version versions
"""
# What is rendered for an entity has its name with one of these behind it.
ENDS = ("Read", "Create", "Update", "Query", "Repository")
LOCAL = frozenset(LOCAL_NAMES.split())


def check_subject(project: Project, subject: str) -> None:
    """Check the name of a subject. Raises RefusedError."""
    if not SNAKE.fullmatch(subject) or len(subject) > LONGEST:
        raise RefusedError(
            f"{subject}: name the subject in snake_case, as in billing, of at most {LONGEST} characters"
        )
    library = keyword.iskeyword(subject) or subject in sys.stdlib_module_names
    if (
        library
        or (project.source / f"{subject}.py").exists()
        or subject == project.package
    ):
        raise RefusedError(
            f"{subject}: there is a module of this name; use another, as in {subject}_data"
        )
    folder = project.source / subject
    if folder.exists() and not (folder / "subject.toml").exists():
        raise RefusedError(
            f"{subject}: src/{project.package}/{subject} was not made by this command; use another name"
        )
    tests = project.root / "tests" / subject
    beside = tests.with_suffix(".py")
    if beside.exists() or (tests.exists() and not folder.exists()):
        there = beside.name if beside.exists() else subject
        raise RefusedError(
            f"{subject}: tests/{there} is there already; use another name"
        )


def check_entities(project: Project, subject: str, entities: dict[str, Entity]) -> None:
    """Check what depends on the rest of the project. Raises RefusedError."""
    if not entities:
        raise RefusedError(
            f"{subject}: name an entity and its fields, as in Invoice 'number: Str64'"
        )
    others = [one for one in project.models if one.subject != subject]
    every = [each for one in entities.values() for each in (one, *one.children)]
    enums = [
        one.name + "".join(part.capitalize() for part in field.name.split("_"))
        for one in every
        for field in one.fields.values()
        if field.kind == "enum"
    ]
    tables = [table for one in every for table in one.tables]
    imports = [f"{one.one}_import" for one in every if "import" in one.operations]
    made = {one.name + end for one in every for end in ENDS}
    made |= {f"{one.one}_row" for one in every}
    for entity in every:
        name = entity.name
        if "import" in entity.operations:
            _check_import(project)
        if (
            name in TAKEN
            or entity.one in LOCAL
            or entity.many in LOCAL
            or entity.one in imports
            or made & {name, entity.one}
            or enums.count(name)
            or [one.name for one in every].count(name) > 1
        ):
            raise RefusedError(
                f"{name}: the project has this name; use another, as in {name}Entry"
            )
        if name.startswith("Test"):
            raise RefusedError(
                f"{name}: pytest takes what begins with Test for tests; use another name"
            )
        for other in others:
            if other.name == name or other.table in entity.tables:
                raise RefusedError(
                    f"{name}: {other.subject} has the table {other.table}; use another name"
                )
        for table in entity.tables:
            if tables.count(table) > 1:
                raise RefusedError(
                    f"{name}: {table} is the table of two; use another name"
                )
        for field in entity.columns:
            if field.kind == "decimal" and project.answers["database"] == "sqlite":
                raise RefusedError(
                    f"{field.name}: SQLite stores decimals as floating point; use cents or int"
                )
    known = {one.name for one in others if one.has_id}
    for entity in entities.values():
        known.add(entity.name)
        for owner in (entity, *entity.children):
            for field in owner.fields.values():
                if field.kind in ("ref", "many"):
                    _check_ref(project, entity, field, known)


def _check_import(project: Project) -> None:
    for name in ("importing.py", "schemas.py"):
        if not (project.source / name).exists():
            raise RefusedError(
                f"only: import needs src/{project.package}/{name}, which comes with the example; leave out import"
            )


def _check_ref(project: Project, entity: Entity, said: Field, known: set[str]) -> None:
    field, to, null = said.name, said.refers_to, said.null
    if to == entity.name and said not in entity.columns:
        raise RefusedError(
            f"{field}: a {to} cannot be made with other {entity.many}; make it an entity of two refs"
        )
    if to in TAKEN:
        raise RefusedError(
            f"{field}: {to} is also the name of something that is rendered; rename the model"
        )
    if to not in known:
        near = ", ".join(sorted(known)) or "none"
        raise RefusedError(
            f"{field}: there is no model {to} before {entity.name}; there are {near}"
        )
    if to == entity.name and not null:
        raise RefusedError(f"{field}: the first {to} could refer to nothing; add null")
    if to in {one.name for one in project.models} and to not in project.factories:
        places = {one.name: one.subject for one in project.models}
        if re.search("^.", places[to]) and not null and to != entity.name:
            where = f"tests/{places[to]}/factories.py"
            raise RefusedError(
                f"{field}: tests make a {to} by {snake(to)}(**values) of {where}; add it"
            )
    for other in project.factories.get(to, ("", []))[1]:
        if other not in project.factories:
            raise RefusedError(
                f"{field}: tests make a {to} of {other}, which has no factory; add one"
            )
