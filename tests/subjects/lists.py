"""Lists of fields, made up."""

from collections.abc import Iterator

import hypothesis.strategies as st
from hypothesis import HealthCheck, Phase, given, seed, settings

KINDS = [
    "Str64",
    "Str200",
    "email",
    "text",
    "int",
    "BigInt",
    "cents",
    "bool",
    "date",
    "datetime",
    "uuid",
    "json",
    "enum red green",
    "enum a b c",
    "ref Customer",
    "ref Product",
]
NAMES = [
    "code",
    "title",
    "colour",
    "weight",
    "spent",
    "seen",
    "maker",
    "owner",
    "state",
    "kept",
    "height",
    "place",
]
UNIQUE = ("unique", "null", "index", "")
FLAGS = ("versioned", "soft-deleted", "uuid-key")
NO_INDEX = ("text", "bool", "json", "ref")


@st.composite
def words(
    draw: st.DrawFn, entity: str, *others: str, more_kinds: tuple[str, ...] = ()
) -> list[str]:
    """Return the words of one entity that may refer to others."""
    kinds = (*KINDS, *more_kinds, *(f"ref {other}" for other in others))
    names = draw(st.lists(st.sampled_from(NAMES), min_size=1, max_size=7, unique=True))
    flags = draw(st.lists(st.sampled_from(FLAGS), unique=True))
    found = [entity]
    for name in names:
        kind = draw(st.sampled_from(kinds))
        more = draw(st.sampled_from(UNIQUE))
        plain = kind.split()[0] in (*NO_INDEX, *more_kinds)
        softly = plain and "soft-deleted" in flags
        if (more == "index" and plain) or (
            more == "unique" and ((plain and "ref" not in kind) or softly)
        ):
            more = ""
        found.append(f"{name}: {kind} {more}".rstrip())
    if draw(st.booleans()):
        line = entity.replace("Thing", "Line").replace("Part", "Piece")
        parts = draw(
            st.lists(st.sampled_from(NAMES), min_size=1, max_size=4, unique=True)
        )
        said = [
            f"{name}: {draw(st.sampled_from(kinds))}{draw(st.sampled_from((' null', '')))}"
            for name in parts
        ]
        found.append(f"lines: children {line}({', '.join(said)})")
    if draw(st.booleans()):
        found.append(f"groups: many {draw(st.sampled_from(('Product', *others)))}")
    every = ["create", "list", "show", "change", "delete"]
    some = draw(st.lists(st.sampled_from(every), min_size=1, unique=True))
    if draw(st.sampled_from((True, False, False))):
        found, some = imported(found), [*some, "import"]
    return [
        *found,
        f"only: {' '.join(some)}",
        *flags,
    ]


def imported(words: list[str]) -> list[str]:
    """Return what a line of CSV can hold of an entity, with one field that is unique."""
    entity, *fields = words
    held = [
        one.removesuffix(" unique")
        for one in fields
        if one.split()[1] not in ("json", "ref", "many", "children")
    ]
    keyed = [one for one in held if f"{one} unique" in fields]
    key = f"{keyed[0]} unique" if keyed else "key: Str64 unique"
    return [entity, key, *(one for one in held if one not in keyed[:1])]


def field_lists(number: int, *kinds: str) -> Iterator[list[str]]:
    """Return so many subjects of two entities, the same each time."""
    found: list[list[str]] = []

    @seed(18)
    @settings(
        max_examples=number + 1,
        database=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(st.data())
    def collect(data: st.DataObject) -> None:
        one, other = f"Thing{chr(97 + len(found) // 26)}{chr(97 + len(found) % 26)}", ""
        other = one.replace("Thing", "Part")
        first = data.draw(words(one, more_kinds=kinds))
        found.append(first + data.draw(words(other, one, more_kinds=kinds)))

    collect()
    return iter(found[1 : number + 1])  # the first one is the simplest
