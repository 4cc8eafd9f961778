"""Rows of parents, children and grandchildren, one in the other."""

from collections.abc import Iterable, Sequence
from typing import Any


def parents(
    parents: Iterable[Sequence[Any]],
    children: Iterable[Sequence[Any]],
    grandchildren: Iterable[Sequence[Any]],
) -> list[dict[str, Any]]:
    """Nest rows of (id, shelf, name), (id, name, price_cents, parent_id) and
    (id, name, quantity, child_id).
    """
    by_child: dict[int, list[dict[str, Any]]] = {}
    for key, name, quantity, child in grandchildren:
        grandchild = {"id": key, "name": name, "quantity": quantity}
        by_child.setdefault(child, []).append(grandchild)
    by_parent: dict[int, list[dict[str, Any]]] = {}
    for key, name, cents, parent in children:
        child_read = {
            "id": key,
            "name": name,
            "price_cents": cents,
            "grandchildren": by_child.get(key, []),
        }
        by_parent.setdefault(parent, []).append(child_read)
    return [
        {"id": key, "shelf": shelf, "name": name, "children": by_parent.get(key, [])}
        for key, shelf, name in parents
    ]
