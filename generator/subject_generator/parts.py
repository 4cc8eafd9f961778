"""What the templates are told of the rows of other tables: lines of their own, and many of others."""

from .entities import LONGEST_NAME, Entity, Field, RefusedError, snake
from .fields import NOWHERE, Context, field_context, table_arguments
from .names import Names

WORDS = ("one statement", "two statements", "three statements", "four statements")


def parts_context(names: Names, entity: Entity) -> Context:
    """Return what the templates know of lines and many."""
    found = [
        _of_children(names, entity, one, one.child)
        if one.child
        else _of_many(names, entity, one)
        for one in entity.collections
    ]
    number = len(found) + 1
    return {
        "collections": found,
        "children": [one for one in found if one["kind"] == "children"],
        "manys": [one for one in found if one["kind"] == "many"],
        "names": ", ".join(f'"{one["field"]}"' for one in found),
        "said": " and ".join(one["label"] for one in found),
        "complete": "_with_" + "_and_".join(one["field"] for one in found),
        "statements": number,
        "statements_word": WORDS[number - 1] if number <= 4 else f"{number} statements",
        "first": entity.columns[0].column,
    }


def _of_children(names: Names, entity: Entity, field: Field, child: Entity) -> Context:
    fields = [field_context(names, child, one) for one in child.fields.values()]
    _check_name(field, f"fk_{child.many}_{entity.one}_id_{entity.many}")
    refers = any(one["kind"] == "ref" and not one["null"] for one in fields)
    good = {
        one["column"]: "None" if one["kind"] == "ref" and one["null"] else one["good"]
        for one in fields
    }
    other = {one["column"]: one["other"] or "None" for one in fields}
    defaults = {
        one["column"]: one["default"].removeprefix(" = ")
        for one in fields
        if one["default"]
    }
    # What a line leaves out is its default, and not what the line in its place had.
    given = f"{{{_row(defaults)[1:-1]}, **one}}" if defaults else "one"
    number = "number" if any(one["counted"] for one in fields) else "_"
    return {
        "kind": "children",
        "field": field.name,
        "label": field.name.replace("_", " "),
        "name": child.name,
        "one_label": child.one.replace("_", " "),
        "table": child.many,
        "fields": fields,
        "table_args": table_arguments(child, softly=False),
        "read": f"{child.name}Read",
        "type": f"list[{child.name}Create]",
        "json": all(one["json"] for one in fields),
        "good": f"[{_row(good)} for {number} in range(2)]",
        "other": "[]" if refers else f"[{_row(other)}]",
        "bad": fields[0],
        "model": f"{child.name}(**{given})",
        "models": f'[{child.name}(**one) for one in row["{field.name}"]]',
    }


def _row(values: dict[str, str]) -> str:
    return "{" + ", ".join(f'"{name}": {value}' for name, value in values.items()) + "}"


def _of_many(names: Names, entity: Entity, field: Field) -> Context:
    model = names.models[field.refers_to]
    one, table = snake(field.refers_to), f"{entity.one}_{field.name}"
    _check_name(field, f"fk_{table}_{one}_id_{model.table}")
    return {
        "kind": "many",
        "field": field.name,
        "label": field.name.replace("_", " "),
        "name": field.refers_to,
        "one_label": one.replace("_", " "),
        "table": table,
        "key": f"{one}_id",
        "of": model.table,
        "read": "UUID" if model.uuid else "int",
        "type": "list[UUID]" if model.uuid else "list[Id]",
        "json": not model.uuid,
        "good": f"[{one}.id]",
        "other": "[]",
        "missing": NOWHERE if model.uuid else "999999999",
        "models": f"[{one}]",
    }


def _check_name(field: Field, name: str) -> None:
    if len(name) > LONGEST_NAME:
        raise RefusedError(
            f"{field.name}: {name} has over {LONGEST_NAME} characters; shorten the field"
        )
