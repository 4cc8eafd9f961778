"""Queries that keep any database busy."""

from sqlalchemy import Select, func, literal, select


def busy(limit: int = 200) -> Select[int]:
    """Return a query that counts to `limit` cubed: 200 takes 0.1 s or more."""
    a = select(literal(1).label("number")).cte("numbers", recursive=True)
    a = a.union_all(select(a.c.number + 1).where(a.c.number < limit))
    b, c = a.alias("b"), a.alias("c")
    square = a.join(b, a.c.number != -b.c.number)
    return select(func.count()).select_from(square.join(c, b.c.number != -c.c.number))
