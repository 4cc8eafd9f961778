"""What the templates are told of a subject: the words of the language as code."""

from typing import Any

from .kinds import KINDS
from .language import LONGEST_NAME, Entity, Field, RefusedError, snake
from .project import Model, Project

NOWHERE = '"00000000-0000-7000-8000-000000000000"'
Context = dict[str, Any]


class Names:
    """The entities of a subject beside the models of its project."""

    def __init__(
        self, project: Project, subject: str, entities: dict[str, Entity]
    ) -> None:
        self.project, self.subject, self.entities = project, subject, entities
        self.models = {
            one.name: one for one in project.models if one.subject != subject
        }
        for one in entities.values():
            uuid = "uuid-key" in one.flags
            self.models[one.name] = Model(one.name, subject, one.many, uuid)

    def takes(self, name: str) -> list[str]:
        """Return the models that the factory of a model needs."""
        if name in self.entities:
            fields = self.entities[name].fields.values()
            needed = [
                one.refers_to for one in fields if one.kind == "ref" and not one.null
            ]
            return list(dict.fromkeys(needed))
        return self.project.factories[name][1]

    def needed(self, name: str) -> list[str]:
        """Return the model and all that its row refers to, these first."""
        found: list[str] = []
        for one in self.takes(name):
            found += [other for other in self.needed(one) if other not in found]
        return [*found, name]


def context_of(names: Names) -> Context:
    """Return what the templates know."""
    entities = [entity_context(names, one) for one in names.entities.values()]
    served = names.project.web != "none"
    labels = [one["labels"] for one in entities]
    listed = [one for one in entities if one["does"]["list"]]
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
            if one["does"]["create"] or one["does"]["change"] or one["filters"]
            for field in one["fields"]
        },
        "counted": any(one["counted"] for one in entities),
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


def entity_context(names: Names, entity: Entity) -> Context:
    """Return what the templates know of one entity."""
    fields = [field_context(names, entity, one) for one in entity.fields.values()]
    versioned, softly = "versioned" in entity.flags, "soft-deleted" in entity.flags
    uuid = "uuid-key" in entity.flags
    does = {
        one: one in entity.operations
        for one in ("create", "list", "show", "change", "delete")
    }
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
        "enums": [one for one in fields if one["kind"] == "enum"],
        "bases": bases(versioned=versioned, softly=softly, uuid=uuid),
        "table_args": table_arguments(entity, softly=softly),
        "versioned": versioned,
        "does": does,
        "id": "UUID" if uuid else "int",
        "key": "UUID" if uuid else "Id",
        "converter": "uuid" if uuid else "id",
        "filters": filters,
        "query": f"{entity.name}Query" if filters else "Paging",
        "given": given,
        "counted": any(one["counted"] for one in given),
        # Whether two rows of the factory, of the same parents, conflict.
        "repeats": any(
            not any(part["counted"] for part in parts(one, fields)) for one in unique
        ),
        "conflicts": bool(unique),
        "parameters": "".join(f"{snake(one)}: {one}, " for one in takes),
        "arguments": arguments,
        "leading": arguments + ", " if takes else "",
        "fixtures": "".join(f", {snake(one)}: {one}" for one in takes),
        "row": row
        if all(one["json"] for one in given)
        else f"to_jsonable_python({row})",
        "refs": [one for one in fields if one["kind"] == "ref"],
        "bad": [one for one in fields if one["bad"]],
        "changed": [one for one in fields if one["kind"] != "ref"],
        "shown_id": f"str({entity.one}.id)" if uuid else f"{entity.one}.id",
        "missing_id": NOWHERE.strip('"') if uuid else "999999999",
        "used_by": None if softly else used_by(names, entity),
        **responses(does, conflicts=bool(unique), versioned=versioned),
    }


def parts(field: Context, fields: list[Context]) -> list[Context]:
    """Return the fields that are unique together."""
    return [field, *(one for one in fields if one["name"] in field["unique_with"])]


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


def used_by(names: Names, entity: Entity) -> Context | None:
    """Return an entity of the subject that cannot be without this one."""
    for other in names.entities.values():
        for one in other.fields.values():
            if one.refers_to == entity.name and not one.null:
                return {"one": other.one, "name": other.name, "column": one.column}
    return None


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
