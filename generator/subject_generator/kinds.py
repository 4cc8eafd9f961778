"""What a field can be: its column, its type in requests, and values to try it with."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Kind:
    """A kind of field; all but the bad value are Python expressions."""

    column: str  # what Mapped[] holds
    python: str  # what is read
    schema: str  # what a request carries
    good: str  # `number` counts the rows; a tuple when it does not
    other: str  # another good value, as JSON
    bad: str  # a value that is refused, as JSON
    json: bool = True  # whether the good value goes into JSON as it is


WHOLE = '"x"'
KINDS = {
    "Str64": Kind("Str64", "str", "Text64", 'f"{label} {number}"', '"Another"', '""'),
    "Str200": Kind("Str200", "str", "Text200", 'f"{label} {number}"', '"Another"', '""'),
    "email": Kind("Str254", "str", "Email", 'f"a{number}@example.com"', '"b@example.com"', '"x"'),
    "text": Kind("LongText", "str", "Prose", 'f"{label} {number}"', '"Another"', '""'),
    "int": Kind("int", "int", "Int", "number", "1000000", WHOLE),
    "BigInt": Kind("BigInt", "int", "Large", "number", "1000000", WHOLE),
    "cents": Kind("Cents", "int", "Price", "number", "1000000", "-1"),
    "bool": Kind("bool", "bool", "Flag", "True", "False", WHOLE),
    "date": Kind("date", "date", "date", "date(2026, 1, 31) + timedelta(days=number)", '"2025-12-31"', WHOLE, json=False),
    "datetime": Kind("datetime", "datetime", "Moment", "datetime(2026, 1, 31, tzinfo=UTC) + timedelta(days=number)", '"2025-12-31T12:00:00Z"', WHOLE, json=False),
    "uuid": Kind("UUID", "UUID", "UUID", "UUID(int=number)", '"00000000-0000-7000-8000-000000000000"', WHOLE, json=False),
    "json": Kind("dict[str, object]", "dict[str, object]", "Document", '{"key": [1, "a"]}', '{"key": None}', WHOLE),
}  # fmt: skip
# What takes no index.
UNSORTED = ("text", "bool", "json", "decimal")
# The words of a field: the kinds, and the names that the columns have.
WORDS = {
    **{kind: kind for kind in KINDS},
    "Cents": "cents",
    "LongText": "text",
    "UUID": "uuid",
}
USUAL = ("create", "list", "show", "change", "delete")
OPERATIONS = (*USUAL, "import")
FLAGS = ("versioned", "soft-deleted", "uuid-key")
# Said to be missing, in one sentence each.
MISSING = {"float": "use decimal(10,2), cents or int"}
