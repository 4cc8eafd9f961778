"""Names: which of SQLAlchemy's are banned, which modules may import which."""

import ast
import re

from ..findings import Found
from ..project import is_on, project
from .module import Module, last

SESSIONS = "take the sessions of connected()"
# By rule, which names of SQLAlchemy are banned, those with parentheses only if called; and what
# to do, if that is not what the rule says.
BANS = (
    ("E01", "create_async_engine async_engine_from_config", SESSIONS),
    ("S01", "async_sessionmaker AsyncSession()", SESSIONS),
    ("S11", "scoped_session async_scoped_session", ""),
    ("M01", "DeclarativeBase DeclarativeBaseNoMeta declarative_base registry automap", ""),
    ("M07", "backref", ""),
    ("M19", "lazyload", "use selectinload() or joinedload()"),
    ("Q01", "Query", ""),
    ("Q08", "dynamic_loader", "use WriteOnlyMapped"),
    ("Q08", "noload", "use raiseload()"),
    ("Q08", "subqueryload", "use selectinload()"),
    ("Q11", "text literal_column", ""),
)
IN_ASYNC = (("A01", "create_engine engine_from_config Session sessionmaker", SESSIONS),)
IN_SYNC = (
    ("E01", "create_engine engine_from_config", SESSIONS),
    ("S01", "sessionmaker Session()", SESSIONS),
)
DDL = ("CheckConstraint", "Computed", "DDL", "Index", "ExcludeConstraint")
STATEMENTS = {"select", "insert", "update", "delete", "exists", "union", "union_all"}
# What a module has that answers requests.
WIRED = set("APIRouter ASGIApp Blueprint Depends FastAPI Flask Request errorhandler".split())
WEB = {"fastapi", "flask", "starlette", "werkzeug"}


def banned(m: Module) -> Found:
    """Yield the uses of what is banned, else its import."""
    every = (*BANS, *(IN_ASYNC if is_on("A01") else IN_SYNC)) if m.part == "src" else ()
    rules = {name: (rule, instead) for rule, names, instead in every for name in names.split()}
    used = set()
    for node in m.nodes if rules else ():
        if isinstance(node, ast.Name | ast.Attribute) and isinstance(node.ctx, ast.Load):
            name, call = last(node), m.parents[node]
            called = isinstance(call, ast.Call) and call.func is node
            name = f"{name}()" if called and f"{name}()" in rules else name
            if name in rules and m.is_sqlalchemy(node, last(node)):
                used.add(name)
                if not _is_ddl(m, node):
                    yield rules[name][0], node, "; ".join(filter(None, (name, rules[name][1])))
    for node, _, full in m.imported():
        for name in full.split(".") if full.startswith("sqlalchemy.") else ():
            if name in rules and name not in used:
                yield rules[name][0], node, "; ".join(filter(None, (name, rules[name][1])))


def _is_ddl(m: Module, node: ast.AST) -> bool:
    """Tell whether a text is a default, a condition of an index or the like, or named as one."""
    around = [one for one, _ in m.all_around(node)]
    names = {last(one.targets[0]) for one in around if isinstance(one, ast.Assign)}
    reads = (n for n in m.nodes if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Load))
    used = [one for one in reads if one.id in names]
    return _in_ddl(m, node) or (bool(used) and all(_in_ddl(m, one) for one in used))


def _in_ddl(m: Module, node: ast.AST) -> bool:
    keywords = (one.arg for one, _ in m.all_around(node) if isinstance(one, ast.keyword))
    where = any(re.search(r"^server_|_where$", one or "") for one in keywords)
    return where or m.within_call(node, *DDL)


def imported(m: Module) -> Found:
    """Yield imports that look upwards: the data layer, then subjects, then what wires them."""
    layer, inside = m.path.stem, project().source in m.path.parents
    for node, _, full in m.imported():
        first, _, rest = full.partition(".")
        part, ours = rest.partition(".")[0], first == project().package
        above = part in project().top and layer not in project().top
        if m.part == "data" and m.path.parent != project().source:
            above = part not in project().data_layer
        if inside and ours and above:
            yield "Q02", node, f"{layer} is below {part}, and imports it; pass it what it needs"
        if inside and first in WEB and (m.part == "data" or layer in ("models", "repository")):
            yield "Q02", node, f"{layer} is not for HTTP alone; raise NotFound or Conflict"
        refuses = first in WEB and full.rpartition(".")[2] in ("HTTPException", "abort")
        if inside and refuses and not WIRED & set(map(last, m.nodes)):
            yield "Q02", node, f"{layer} is not for HTTP alone; raise NotFound or Conflict"
        if m.part == "src" and first == "sqlalchemy" and rest.rpartition(".")[2] in STATEMENTS:
            if layer not in ("models", "repository"):
                yield "Q02", node, "a query outside a repository"
        if m.part == "revision" and ours and not full.endswith(f".{project().backfill}"):
            yield "G06", node, "what is imported will change; declare it with sa.table()"
        if m.part == "src" and full.startswith("sqlalchemy.ext.asyncio"):
            yield "A02", node, full
