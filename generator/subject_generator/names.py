"""The names that a subject may refer to: its entities, and the models of its project."""

from .entities import Entity
from .project import Model, Project


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

    @property
    def used(self) -> set[str]:
        """Return the models that the subject refers to, and those of its tests."""
        parts = [
            each for one in self.entities.values() for each in (one, *one.children)
        ]
        refers = {field.refers_to for one in parts for field in one.fields.values()}
        return refers.union(*map(self.needed, self.entities))

    def takes(self, name: str) -> list[str]:
        """Return the models that the factory of a model needs."""
        if name in self.entities:
            entity = self.entities[name]
            fields = [
                field
                for one in (entity, *entity.children)
                for field in one.fields.values()
            ]
            needed = [
                one.refers_to
                for one in fields
                if one.kind == "many" or (one.kind == "ref" and not one.null)
            ]
            return list(dict.fromkeys(needed))
        return self.project.factories[name][1]

    def needed(self, name: str) -> list[str]:
        """Return the model and all that its row refers to, these first."""
        found: list[str] = []
        for one in self.takes(name):
            found += [other for other in self.needed(one) if other not in found]
        return [*found, name]
