"""The words that describe a subject, and what they mean."""

import builtins
import keyword
import re

from .entities import Entity, Field, RefusedError, plural, snake
from .kinds import FLAGS, KINDS, MISSING, OPERATIONS, UNSORTED, USUAL, WORDS

SNAKE = re.compile(r"[a-z][a-z0-9]*(_[a-z0-9]+)*")
CAMEL = re.compile(r"[A-Z][a-z0-9]+([A-Z][a-z0-9]+)*")
ENTITY = re.compile(rf"(?P<name>{CAMEL.pattern})(\((?P<many>{SNAKE.pattern})\))?")
DECIMAL = re.compile(r"decimal\(\s*(\d+)\s*,\s*(\d+)\s*\)")
CHILDREN = re.compile(rf"children {ENTITY.pattern} ?\((?P<fields>[^(].*)\)")
LONGEST = 30
OTHERS = "decimal(10,2), enum, ref, many, children"
COLUMNS = {"id", "created_at", "updated_at", "version", "deleted_at", "not_deleted"}
ATTRIBUTES = {
    *("metadata", "registry", "delete", "expect", "limit", "cursor", "session"),
    *("date", "datetime", "timedelta", "uuid", "copy", "json", "schema", "models"),
    *("validate", "construct", "only", "unknown", "field", "fields"),
    *("page", "self", "statement"),
}


def parse(words: list[str], *, complete: bool = True) -> dict[str, Entity]:
    """Return the entities by name; not `complete`, they may be parts. Raises RefusedError."""
    entities: dict[str, Entity] = {}
    entity: Entity | None = None
    for said in words:
        word = " ".join(said.split())
        if named := ENTITY.fullmatch(word):
            entity = _entity(named["name"], named["many"])
            if entity.name in entities:
                raise RefusedError(f"{entity.name}: it is there twice; name it once")
            if entity.many in [one.many for one in entities.values()]:
                raise RefusedError(
                    f"{entity.name}: {entity.many} is taken; write {entity.name}(another_plural)"
                )
            entities[entity.name] = entity
        elif entity is None:
            raise RefusedError(f"{word}: begin with an entity, such as Invoice")
        else:
            _say(entity, word)
    for one in entities.values() if complete else ():
        one.check()
    return entities


def _entity(name: str, many: str | None) -> Entity:
    entity = Entity(name, many or plural(snake(name)))
    if len(name) > LONGEST or len(entity.many) > LONGEST:
        raise RefusedError(f"{name}: use at most {LONGEST} characters")
    if keyword.iskeyword(name) or hasattr(builtins, name):
        raise RefusedError(
            f"{name}: Python has this name; use another, as in {name}Item"
        )
    if keyword.iskeyword(entity.one) or hasattr(builtins, entity.one):
        raise RefusedError(
            f"{name}: Python has the name {entity.one}; use another, as in {name}Item"
        )
    if entity.many == entity.one:
        raise RefusedError(
            f"{name}: its plural has to differ; write {name}({plural(entity.one)})"
        )
    return entity


def _say(entity: Entity, word: str) -> None:
    """Add a field, a flag or the operations."""
    name, colon, rest = word.partition(":")
    name, rest = name.strip(), rest.strip()
    if not colon and word in FLAGS:
        if word in entity.flags:
            raise RefusedError(f"{word}: it is there twice; say it once")
        entity.flags.append(word)
    elif not colon and word in OPERATIONS:
        raise RefusedError(
            f"{word}: say all operations at once, as in `only: {' '.join(dict.fromkeys([*USUAL, word]))}`"
        )
    elif not colon:
        known = ", ".join(FLAGS)
        raise RefusedError(
            f"{word}: write a field as `name: kind`, an Entity, or one of {known}"
        )
    elif name == "only":
        entity.operations, entity.says_operations = _operations(rest), True
    else:
        _check_name(name)
        if name in entity.fields:
            raise RefusedError(f"{name}: {entity.name} has it twice; say it once")
        if rest.split(" ")[0] == "children":
            entity.fields[name] = _children(entity, name, rest)
        else:
            entity.fields[name] = _field(name, rest)


def _operations(rest: str) -> list[str]:
    wanted = rest.replace(",", " ").split()
    for one in wanted:
        if one not in OPERATIONS:
            raise RefusedError(f"only: {one} is none of {', '.join(OPERATIONS)}")
    if not wanted:
        raise RefusedError(f"only: name one or more of {', '.join(OPERATIONS)}")
    return [one for one in OPERATIONS if one in wanted]


def _check_name(name: str) -> None:
    if not SNAKE.fullmatch(name):
        raise RefusedError(f"{name}: name a field in snake_case, as in due_on")
    if len(name) > LONGEST:
        raise RefusedError(f"{name}: use at most {LONGEST} characters")
    if name in COLUMNS:
        raise RefusedError(
            f"{name}: every table has it, or gets it from a flag; leave it out"
        )
    reserved = (
        name in ATTRIBUTES or hasattr(builtins, name) or name.startswith("model_")
    )
    if reserved or keyword.iskeyword(name) or keyword.issoftkeyword(name):
        raise RefusedError(
            f"{name}: Python or the project has this name; use another, as in its_{name}"
        )


def _children(parent: Entity, name: str, rest: str) -> Field:
    """Read `children Entity(field: kind, ...)`."""
    said = CHILDREN.fullmatch(rest)
    if said is None:
        raise RefusedError(
            f"{name}: write `{name}: children {parent.name}Line(text: Str200, quantity: int)`"
        )
    child = _entity(said["name"], said["many"])
    # Not at a comma between parentheses.
    for word in re.split(r", ?(?![^()]*\))", said["fields"]):
        field, colon, kind = word.partition(":")
        if not colon or kind.split()[:1] in (["children"], ["many"]):
            raise RefusedError(
                f"{name}: {word} is no field of {child.name}; write it as `name: kind`"
            )
        if field in ("position", parent.one, f"{parent.one}_id"):
            raise RefusedError(f"{field}: every {child.name} has it; leave it out")
        _say(child, word)
    for one in child.fields.values():
        if one.index or one.unique or one.unique_with:
            raise RefusedError(
                f"{one.name}: the fields of {child.name} take null alone; leave out the rest"
            )
    words = ", ".join(one.words for one in child.fields.values())
    full = child.words[0]
    return Field(
        name, "children", f"{name}: children {full}({words})", child.name, child=child
    )


def _field(name: str, rest: str) -> Field:
    """Read `kind arguments modifiers`."""
    words = re.findall(r"\w+\([^()]*\)|[^\s()]+|[()]", rest)
    if not words:
        raise RefusedError(
            f"{name}: say what it is, one of {', '.join(KINDS)}, {OTHERS}"
        )
    kind, *more = words
    one = Field(name, kind, f"{name}: {' '.join(words)}")
    if kind == "enum":
        while (
            more
            and more[0] not in ("null", "index")
            and SNAKE.fullmatch(more[0])
            and not more[0].startswith("unique")
        ):
            one.members.append(more.pop(0))
        _check_members(one)
    elif kind in ("ref", "many"):
        if not more or not CAMEL.fullmatch(more[0]):
            raise RefusedError(
                f"{name}: say what it refers to, as in `{name}: {kind} Customer`"
            )
        one.refers_to = more.pop(0)
    elif kind.startswith("decimal"):
        one.kind, one.digits = "decimal", _digits(name, kind)
    elif kind in MISSING:
        raise RefusedError(
            f"{name}: this command does not make {kind}; {MISSING[kind]}"
        )
    elif kind not in WORDS:
        raise RefusedError(f"{name}: {kind} is none of {', '.join(KINDS)}, {OTHERS}")
    else:
        one.kind = WORDS[kind]
    for word in more:
        _modify(one, word)
    _check_field(one)
    return one


def _digits(name: str, kind: str) -> tuple[int, int]:
    said = DECIMAL.fullmatch(kind)
    digits, scale = (int(said[1]), int(said[2])) if said else (0, 0)
    if not 0 < scale < digits <= 28:
        raise RefusedError(
            f"{name}: say all digits, at most 28, and those after the point, as in `{name}: decimal(10,2)`"
        )
    return digits, scale


def _check_members(one: Field) -> None:
    if len(one.members) < 2:
        raise RefusedError(
            f"{one.name}: name two or more members, as in `{one.name}: enum draft open`"
        )
    for member in one.members:
        if one.members.count(member) > 1:
            raise RefusedError(f"{one.name}: {member} is there twice; say it once")
        if len(member) > 32 or member in ("name", "value", "mro", "unknown"):
            raise RefusedError(
                f"{one.name}: {member} cannot be a member; use another word of at most 32 characters"
            )


def _modify(one: Field, word: str) -> None:
    unique = re.fullmatch(r"unique\(([^()]*)\)", word)
    if word == "null":
        one.null = True
    elif word == "index":
        one.index = True
    elif word == "unique":
        one.unique = True
    elif unique and SNAKE.fullmatch(unique[1].strip()):
        one.unique_with.append(unique[1].strip())
    else:
        raise RefusedError(
            f"{one.name}: {word} is none of null, index, unique, unique(other_field)"
        )


def _check_field(one: Field) -> None:
    if one.kind == "many" and one.words != f"{one.name}: many {one.refers_to}":
        raise RefusedError(f"{one.name}: many takes no more words; leave them out")
    if len(one.column) > LONGEST:
        raise RefusedError(
            f"{one.name}: its column {one.column} is too long; use at most {LONGEST} characters"
        )
    if one.kind != "ref" and one.name.endswith("_id"):
        raise RefusedError(
            f"{one.name}: an id refers to something; write `{one.name[:-3]}: ref Entity`"
        )
    if one.null and (one.unique or one.unique_with):
        raise RefusedError(
            f"{one.name}: what is unique cannot be null; leave out one of them"
        )
    if (one.unique or one.unique_with) and one.kind in UNSORTED:
        raise RefusedError(
            f"{one.name}: {one.kind} cannot be unique; leave it out, or use Str64"
        )
    if one.index and (one.unique or one.kind in ("ref", *UNSORTED)):
        why = (
            f"{one.kind} takes no index"
            if one.kind in UNSORTED
            else "it has an index already"
        )
        raise RefusedError(f"{one.name}: {why}; leave out `index`")
    if one.unique and one.unique_with:
        raise RefusedError(f"{one.name}: it is unique by itself; leave out one of them")
