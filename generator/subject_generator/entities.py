"""Entities and their fields, and what a table of them needs."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from .kinds import UNSORTED, USUAL

LONGEST_NAME = 63  # what every database keeps of the name of a constraint
COLLECTIONS = ("many", "children")


class RefusedError(Exception):
    """What is asked for cannot be rendered; the text names the field and the fix."""


@dataclass
class Field:
    """A field of an entity, and the column of it."""

    name: str
    kind: str  # a key of KINDS, or one of "decimal", "enum", "ref", "many", "children"
    words: str
    refers_to: str = ""
    members: list[str] = field(default_factory=list)
    null: bool = False
    index: bool = False
    unique: bool = False
    unique_with: list[str] = field(default_factory=list)
    digits: tuple[int, int] = (0, 0)  # of a decimal: all, and those after the point
    child: "Entity | None" = None

    @property
    def column(self) -> str:
        """Return the name of the column, as in `customer_id` and `total_cents`."""
        end = {"ref": "_id", "cents": "_cents"}.get(self.kind, "")
        return self.name if self.name.endswith(end) else self.name + end


@dataclass
class Entity:
    """One class of models, with its table."""

    name: str
    many: str
    fields: dict[str, Field] = field(default_factory=dict)
    operations: list[str] = field(default_factory=lambda: list(USUAL))
    flags: list[str] = field(default_factory=list)
    says_operations: bool = False

    @property
    def one(self) -> str:
        return snake(self.name)

    @property
    def columns(self) -> list[Field]:
        """Return the fields that are columns of its table."""
        return [one for one in self.fields.values() if one.kind not in COLLECTIONS]

    @property
    def collections(self) -> list[Field]:
        """Return the fields that are rows of other tables."""
        return [one for one in self.fields.values() if one.kind in COLLECTIONS]

    @property
    def children(self) -> list["Entity"]:
        """Return what its lines are."""
        return [one.child for one in self.collections if one.child]

    @property
    def key(self) -> list[str]:
        """Return the columns by which an import finds a row."""
        (unique,) = self.unique
        names = [unique.name, *unique.unique_with]
        return [self.fields[name].column for name in names]

    @property
    def unique(self) -> list[Field]:
        """Return the fields that are unique, alone or with others."""
        return [one for one in self.columns if one.unique or one.unique_with]

    @property
    def tables(self) -> list[str]:
        """Return its table, and those that associate it with others."""
        many = [one.name for one in self.collections if one.kind == "many"]
        return [self.many, *(f"{self.one}_{name}" for name in many)]

    def check(self) -> None:
        """Check what depends on several fields. Raises RefusedError."""
        check(self)
        if "import" in self.operations:
            check_import(self)
        for one in self.children:
            check(one)

    @property
    def words(self) -> list[str]:
        """Return the words that describe the entity, in one order."""
        plain = self.many == plural(self.one)
        yielded = [self.name if plain else f"{self.name}({self.many})"]
        yielded += [one.words for one in self.fields.values()]
        if self.operations != list(USUAL):
            yielded.append(f"only: {' '.join(self.operations)}")
        return yielded + self.flags


def snake(name: str) -> str:
    return re.sub(r"(?<!^)(?=[A-Z])", "_", name).lower()


def plural(word: str) -> str:
    if re.search(r"[^aeiou]y$", word):
        return f"{word[:-1]}ies"
    return word + ("es" if re.search(r"(s|x|z|ch|sh)$", word) else "s")


def check(entity: Entity) -> None:
    """Check what depends on several fields."""
    if not entity.columns:
        raise RefusedError(
            f"{entity.name}: it has no field; add one, as in `name: Str64`"
        )
    columns = [one.column for one in entity.fields.values()]
    names = [one.name for one in entity.columns]
    for one in entity.columns:
        if columns.count(one.column) > 1:
            raise RefusedError(
                f"{one.name}: two fields have the column {one.column}; rename one"
            )
        if one.kind == "ref" and one.unique and "soft-deleted" in entity.flags:
            raise RefusedError(
                f"{one.name}: a ref of what is soft-deleted cannot be unique; leave one of them out"
            )
        for other in one.unique_with:
            if other not in names or other == one.name:
                raise RefusedError(
                    f"{one.name}: unique({other}) names no other field of {entity.name}; add it or name another"
                )
            if entity.fields[other].null or entity.fields[other].kind in UNSORTED:
                raise RefusedError(
                    f"{one.name}: unique({other}) needs {other} to be neither null nor {', '.join(UNSORTED)}; change {other}"
                )
    for name in names_of(entity):
        if len(name) > LONGEST_NAME:
            raise RefusedError(
                f"{entity.name}: the name {name} has over {LONGEST_NAME} characters; shorten the entity or the field"
            )


def check_import(entity: Entity) -> None:
    """Check that a line of CSV holds all of an entity, and finds it."""
    for one in entity.fields.values():
        if one.kind in (*COLLECTIONS, "json"):
            raise RefusedError(
                f"{one.name}: a line of CSV holds no {one.kind}; leave out import"
            )
        if one.kind == "ref":
            raise RefusedError(
                f"{one.name}: who writes CSV does not know the id of a {one.refers_to}; leave out import"
            )
    if not entity.unique:
        raise RefusedError(
            f"{entity.name}: import finds a row by a unique field; add one, as in `number: Str64 unique`"
        )
    if len(entity.unique) > 1:
        first, second, *_ = entity.unique
        raise RefusedError(
            f"{second.name}: import finds a row by one unique field, here by {first.name}; leave out one of them, or import"
        )


def names_of(entity: Entity) -> Iterator[str]:
    """Yield the names of constraints and indexes that depend on the entity alone."""
    for one in entity.columns:
        yield f"ix_{entity.many}_{one.column}"
        if one.kind == "cents":
            yield f"ck_{entity.many}_{one.column}_not_negative"
        for other in one.unique_with:
            yield f"uq_{entity.many}_{one.column}_{entity.fields[other].column}_not_deleted"
