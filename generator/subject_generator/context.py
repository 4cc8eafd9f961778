"""What the templates are told of a subject: the words of the language as code."""

from .entities import Entity, snake
from .fields import NOWHERE, Context, field_context, table_arguments
from .kinds import OPERATIONS
from .names import Names
from .parts import parts_context


def context_of(names: Names) -> Context:
    """Return what the templates know."""
    served = names.project.web != "none"
    entities = [
        entity_context(names, one, served=served) for one in names.entities.values()
    ]
    labels = [one["labels"] for one in entities]
    # What has commands, beside the routes and instead of them.
    imported = [one for one in entities if one["does"]["import"]]
    listed = [one for one in entities if one["does"]["list"] and not served]
    shown = [
        field
        for one in listed
        for field in one["fields"]
        if field["shown"].startswith("_")
    ]
    said = (
        ", ".join(labels[:-1]) + " and " + labels[-1] if len(labels) > 1 else labels[0]
    )
    return {
        "subject": names.subject,
        "entities": entities,
        "served": served,
        "labels": said,
        "title": said[0].upper() + said[1:],
        "types": {
            field["type"]
            for one in entities
            if any(one["schema"].values())
            for part in (one, *one["children"])
            for field in part["fields"]
        },
        "counted": any(one["counted"] for one in entities),
        "imported": imported,
        "listed": listed,
        "quoted": bool(shown),
        "quoted_null": any(field["null"] for field in shown),
        "fixtures": fixtures(names),
    }


def fixtures(names: Names) -> list[Context]:
    """Return a fixture for each entity and for all that they refer to."""
    order: list[str] = []
    for entity in names.entities:
        order += [one for one in names.needed(entity) if one not in order]
    found = []
    for name in order:
        takes = names.takes(name)
        module = "factories"
        if name not in names.entities:
            module = f"{names.project.factories[name][0]}_factories"
        found.append(
            {
                "name": name,
                "one": snake(name),
                "parameters": "".join(f", {snake(one)}: {one}" for one in takes),
                "arguments": ", ".join(map(snake, takes)),
                "factory": f"{module}.{snake(name)}",
            }
        )
    return found


def entity_context(names: Names, entity: Entity, *, served: bool) -> Context:
    """Return what the templates know of one entity."""
    fields = [field_context(names, entity, one) for one in entity.columns]
    parts = parts_context(names, entity)
    versioned, softly = "versioned" in entity.flags, "soft-deleted" in entity.flags
    uuid = "uuid-key" in entity.flags
    does = {one: one in entity.operations for one in OPERATIONS}
    takes = names.takes(entity.name)
    given = [one for one in fields if not (one["kind"] == "ref" and one["null"])]
    unique = [one for one in fields if one["unique"] or one["unique_with"]]
    arguments = ", ".join(map(snake, takes))
    row = f"factories.{entity.one}_row({arguments})"
    filters = (
        [one for one in fields if one["kind"] == "ref" or one["index"]]
        if does["list"]
        else []
    )
    return {
        "name": entity.name,
        "one": entity.one,
        "many": entity.many,
        "label": entity.one.replace("_", " "),
        "labels": entity.many.replace("_", " "),
        "path": entity.many.replace("_", "-"),
        "fields": fields,
        "enums": [
            (one, label)
            for part, label in [
                (fields, entity.one),
                *((one["fields"], one["one_label"]) for one in parts["children"]),
            ]
            for one in part
            if one["kind"] == "enum"
        ],
        "bases": bases(versioned=versioned, softly=softly, uuid=uuid),
        "table_args": table_arguments(entity, softly=softly),
        "versioned": versioned,
        "does": does,
        "schema": {
            "create": (does["create"] and served) or does["import"],
            "change": does["change"] and served,
            "query": bool(filters) and served,
        },
        "imports_by": entity.key if does["import"] else [],
        "reimported": reimported(entity, fields) if does["import"] else None,
        "id": "UUID" if uuid else "int",
        "key": "UUID" if uuid else "Id",
        "converter": "uuid" if uuid else "id",
        "filters": filters,
        "query": f"{entity.name}Query" if filters else "Paging",
        "given": given,
        "counted": any(one["counted"] for one in given),
        # Whether two rows of the factory, of the same parents, conflict.
        "repeats": any(
            not any(part["counted"] for part in together(one, fields)) for one in unique
        ),
        "conflicts": bool(unique),
        "parameters": "".join(f"{snake(one)}: {one}, " for one in takes),
        "arguments": arguments,
        "leading": arguments + ", " if takes else "",
        "fixtures": "".join(f", {snake(one)}: {one}" for one in takes),
        "row": row
        if all(one["json"] for one in (*given, *parts["collections"]))
        else f"to_jsonable_python({row})",
        "refs": [one for one in fields if one["kind"] == "ref"],
        "bad": [one for one in fields if one["bad"]],
        "changed": [one for one in fields if one["kind"] != "ref"],
        "shown_id": f"str({entity.one}.id)" if uuid else f"{entity.one}.id",
        "missing_id": NOWHERE.strip('"') if uuid else "999999999",
        "used_by": None if softly else used_by(names, entity),
        **parts,
        **responses(does, conflicts=bool(unique), versioned=versioned),
    }


def together(field: Context, fields: list[Context]) -> list[Context]:
    """Return the fields that are unique together."""
    return [field, *(one for one in fields if one["name"] in field["unique_with"])]


def reimported(entity: Entity, fields: list[Context]) -> Context | None:
    """Return a field, and another value of it in CSV, that a second import changes."""
    others = [one for one in fields if one["column"] not in entity.key]
    for one in sorted(others, key=lambda one: not one["null"]):
        return {"column": one["column"], "value": '""' if one["null"] else one["other"]}
    return None


def responses(does: dict[str, bool], *, conflicts: bool, versioned: bool) -> Context:
    """Return what OpenAPI says of the answers to a create."""
    headers = ["LOCATION"] * does["show"] + ["ETAG"] * versioned
    described = [f"response(201, {', '.join(headers)})"] if headers else []
    taken = "409, " if conflicts else ""
    return {
        "create_headers": bool(headers),
        "create_responses": " | ".join(
            [*described, *(["problems(409)"] if conflicts else [])]
        ),
        "create_responses_503": " | ".join([*described, f"problems({taken}503)"]),
    }


def bases(*, versioned: bool, softly: bool, uuid: bool) -> str:
    """Return the bases of a model."""
    mixins = [
        "UUIDKey" if uuid else "IntegerKey",
        "Versioned" * versioned,
        "Timestamps",
    ]
    return ", ".join(filter(None, [*mixins, "SoftDelete" * softly, "Base"]))


def used_by(names: Names, entity: Entity) -> Context | None:
    """Return an entity of the subject that cannot be without this one."""
    for other in names.entities.values():
        for one in other.columns:
            if one.refers_to == entity.name and not one.null:
                return {"one": other.one, "name": other.name, "column": one.column}
    return None
