"""What the templates are told of a field."""

from typing import Any

from .entities import LONGEST_NAME, Entity, Field, RefusedError, snake
from .kinds import KINDS
from .names import Names

NOWHERE = '"00000000-0000-7000-8000-000000000000"'
Context = dict[str, Any]


def field_context(names: Names, entity: Entity, field: Field) -> Context:
    """Return what the templates know of one field."""
    softly = "soft-deleted" in entity.flags
    known = {
        "name": field.name,
        "column": field.column,
        "kind": field.kind,
        "null": field.null,
        "index": field.index,
        "unique": field.unique,
        "unique_with": field.unique_with,
        "label": field.name.replace("_", " "),
        "members": field.members,
    }
    made = ["unique=True"] if field.unique and not softly else []
    made += ["index=True"] if field.index else []
    if field.kind == "ref":
        more, made = _of_ref(names, entity, field, made)
    elif field.kind == "enum":
        more = _of_enum(entity, field)
        made = [f"default={more['first']}" * (not field.null), *made]
    elif field.kind == "decimal":
        more = _of_decimal(field)
        made = [f"Numeric{field.digits}"]
    else:
        more = _of_kind(field)
    null = " | None" if field.null else ""
    arguments = ", ".join(filter(None, made))
    value = f"{entity.one}.{field.column}"
    default = f" = {more.get('first')}" if field.kind == "enum" else ""
    return {
        **known,
        **more,
        "mapped": more["mapped"] + null,
        "made": f" = mapped_column({arguments})" if arguments else "",
        "read": more["python"] + null,
        "schema": more["type"] + null,
        "changes_to": f"{more['type']} | MISSING{null}",
        "default": " = None" if field.null else default,
        "counted": "number" in more["good"],
        "filter_test": not (field.kind == "ref" and field.null),
        "shown": f"_shown({value})" if more["python"] == "str" else f"str({value})",
    }


def _of_ref(
    names: Names, entity: Entity, field: Field, made: list[str]
) -> tuple[Context, list[str]]:
    model = names.models[field.refers_to]
    kind = "UUID" if model.uuid else "int"
    name = f"fk_{entity.many}_{field.column}_{model.table}"
    if len(name) > LONGEST_NAME:
        raise RefusedError(
            f"{field.name}: {name} has over {LONGEST_NAME} characters; shorten the field"
        )
    index = [] if field.unique else ["index=True"]
    key = f'ForeignKey("{model.table}.id", ondelete="RESTRICT")'
    return {
        "mapped": kind,
        "python": kind,
        "type": "UUID" if model.uuid else "Id",
        "query": "UUID" if model.uuid else "FromText[Id]",
        "good": f"{snake(field.refers_to)}.id",
        "other": "",
        "bad": '"x"' if model.uuid else "0",
        "json": not model.uuid,
        "missing": NOWHERE if model.uuid else "999999999",
    }, [key, *made, *index]


def _of_enum(entity: Entity, field: Field) -> Context:
    name = entity.name + "".join(part.capitalize() for part in field.name.split("_"))
    return {
        "enum": name,
        "mapped": name,
        "python": name,
        "type": name,
        "query": name,
        "good": f"{name}.{field.members[0].upper()}",
        "first": f"{name}.{field.members[0].upper()}",
        "other": f'"{field.members[1]}"',
        "bad": '"?"',
        "json": True,
    }


def _of_decimal(field: Field) -> Context:
    digits, scale = field.digits
    return {
        "mapped": "Decimal",
        "python": "Decimal",
        "type": f"Annotated[Decimal, Field(max_digits={digits}, decimal_places={scale})]",
        "query": "Decimal",
        "good": f'Decimal("1.{5:0<{scale}}")',
        "other": f'"2.{5:0<{scale}}"',
        "bad": '"x"',
        "json": False,
    }


def _of_kind(field: Field) -> Context:
    kind = KINDS[field.kind]
    label = field.name.replace("_", " ").capitalize()
    return {
        "mapped": kind.column,
        "python": kind.python,
        "type": kind.schema,
        "query": f"FromText[{kind.schema}]" if kind.python == "int" else kind.schema,
        "good": kind.good.replace("{label}", label),
        "other": kind.other,
        "bad": kind.bad,
        "json": kind.json,
    }


def table_arguments(entity: Entity, *, softly: bool) -> list[str]:
    """Return the constraints of several columns, and those that are conditions."""
    found = []
    for one in entity.fields.values():
        columns = [
            one.column,
            *(entity.fields[other].column for other in one.unique_with),
        ]
        quoted = ", ".join(f'"{column}"' for column in columns)
        if softly and (one.unique or one.unique_with):
            found.append(f"unique_unless_deleted({quoted})")
        elif one.unique_with:
            found.append(f"UniqueConstraint({quoted})")
    for one in entity.fields.values():
        if one.kind == "cents":
            name = f"{one.column}_not_negative"
            found.append(f'CheckConstraint("{one.column} >= 0", name="{name}")')
    return found
