"""`text` and `select` of other libraries."""

from collections.abc import Callable


def text(content: object) -> str:
    """Make a node of a page."""
    return str(content)


def page(items: list[str], select: Callable[[str], bool]) -> list[str]:
    """Render a page."""
    chosen = [item for item in items if select(item)]
    return [text(f"<li>{item}</li>") for item in chosen]
