"""The words of a subject as JSON Schema, for editors: `python -m subject_generator.schema`."""

import json

from .kinds import FLAGS, OPERATIONS, WORDS
from .language import CAMEL, SNAKE

NAME, ENTITY = SNAKE.pattern, CAMEL.pattern
MODIFIERS = rf"( (null|index|unique|unique\({NAME}\)))*"
DECIMAL = r"decimal\(\d+,\d+\)"
KIND = rf"({'|'.join(WORDS)}|{DECIMAL}|enum {NAME}( {NAME})+|ref {ENTITY})"
PART = f"{NAME}: {KIND}( null)?"
OPERATION = f"({'|'.join(OPERATIONS)})"


def schema() -> dict[str, object]:
    """Return the schema of subject.toml."""
    words = {
        "An entity, with its plural where that is not regular.": rf"{ENTITY}(\({NAME}\))?",
        "A field of it.": f"{NAME}: {KIND}{MODIFIERS}",
        "The rows of others that belong to it.": f"{NAME}: many {ENTITY}",
        "Lines of its own, written and read with it.": (
            rf"{NAME}: children {ENTITY}(\({NAME}\))?\({PART}(, {PART})*\)"
        ),
        "What else its rows have.": f"({'|'.join(FLAGS)})",
        "The operations that it has, where it has not all.": f"only: {OPERATION}( {OPERATION})*",
    }
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "A subject of a project of copier-sqlalchemy",
        "type": "object",
        "required": ["words"],
        "properties": {
            "words": {
                "type": "array",
                "items": {
                    "type": "string",
                    "anyOf": [
                        {"description": text, "pattern": f"^{pattern}$"}
                        for text, pattern in words.items()
                    ],
                },
            },
            "rendered": {
                "description": "Which digest each file had; not to be edited.",
                "type": "object",
                "additionalProperties": {"type": "string"},
            },
        },
        "additionalProperties": False,
    }


if __name__ == "__main__":
    print(json.dumps(schema(), indent=2))
