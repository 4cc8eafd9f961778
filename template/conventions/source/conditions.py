"""The conditions of shapes that take more than a line: what a node is, and where it stands."""

import ast
import re
from collections.abc import Iterator
from typing import Any

from ..project import project
from .module import (
    DEFINED,
    FUNCTIONS,
    WITH,
    Module,
    calls_in,
    given,
    last,
    names_in,
    parameters,
    receiver,
)

OURS = ("session", "repository")
# Methods of sessions and repositories, by what their names begin with.
WRITES = re.compile(r"(add|delete|flush|insert|merge|remove|update|upsert)(_|$)")
READS = re.compile(
    r"(all|by|connection|count|execute|exists|expunge|fetch|find|first|get|keys|list|load|of|one"
    r"|page|read|refresh|scalar|scalars|search|stream|unique)(_|$)"
)
ASKS = re.compile(r"execute|scalars?|stream|stream_scalars|get|get_one|refresh")
SENT = re.compile(rf"{ASKS.pattern}|commit|connection|delete|flush|merge|rollback")
STATEMENTS = {"select", "insert", "update", "delete", "exists", "union", "union_all"}
CHANGE = re.compile(r"(\w+\.)?(insert|update|delete)\(")
AT_ONCE = re.compile(
    r"gather|create_task|ensure_future|start_soon|to_thread|run_in_executor|add_task|submit"
    r"|Thread|Timer|map"
)
NETWORK = {"aiohttp", "aiosmtplib", "boto3", "httpx", "httpx2", "requests", "smtplib", "urllib"}
ERRORS = frozenset(
    """DataError DBAPIError IntegrityError InterfaceError OperationalError PendingRollbackError
    ProgrammingError SQLAlchemyError StaleDataError NoResultFound""".split()
)
CAUGHT = re.compile(
    r"(Conflict|ReferenceMissing|CheckFailed|NotFound|Violated|Constraint\w+|InvalidInput"
    r"|StorageError|IntegrityError|SQLAlchemyError|DBAPIError|Exception)$"
)
ANSWER = re.compile(
    r"Response\((.*\bstatus(_code)?=|.*, )([\w.]*HTTP_)?[45]\d\d|^return .*, [45]\d\d\)?$"
    r"|^\w+\.status_code = ([\w.]*HTTP_)?[45]\d\d"
)
ADDRESS = re.compile(
    r"(sqlite|postgres(ql)?|mysql|mariadb)://|(sqlite|postgresql|mysql|mariadb|oracle|mssql)\+\w+:"
    r"//|.*\w://[^/\s:@]+:[^/\s@]+@"
)
POOL = {"pool_size", "max_overflow", "pool_timeout", "pool_recycle"}
BEGIN = re.compile(r"\s*(begin|start\s+transaction|commit|rollback|savepoint|release)\b", re.I)
OF_SQLALCHEMY = re.compile(r"\((spec(_set)?=)?(\w+\.)*(Async)?(Session|Engine|Connection)\b")
UNTYPED = re.compile(r"(typing\.)?([Dd]ict|Mapping)(\[str, (Any|object)\])?( \| None)?$")
ROUTE = re.compile(r"(router|app|blueprint|bp|api)\w*\.get\(.")
UPDATE_ALL = re.compile(r"(?is)(text\()?\s*['\"]+\s*(update|delete)\s|(\w+\.)?(update|delete)\(")


# The engine


def sqlalchemy(m: Module, node: ast.Call) -> bool:
    """Tell whether a function of SQLAlchemy is called."""
    return m.is_sqlalchemy(node.func)


def elsewhere(m: Module, _: ast.AST) -> bool:
    """Tell whether this is not the module that builds engine and sessions."""
    return m.path != project().source / (project().connection.replace(".", "/") + ".py")


def without_settings(m: Module, node: ast.Call) -> bool:
    """Tell whether an engine does not take the size of its pool from settings."""
    settings = {one.arg for one in node.keywords if not isinstance(one.value, ast.Constant)}
    return m.is_sqlalchemy(node.func) and bool(POOL - settings)


def watched(m: Module, node: ast.Call) -> bool:
    """Tell whether an engine that is made is given to something else, such as a listener."""
    return any(
        (one.lineno, one.col_offset) > (node.lineno, node.col_offset)
        and any("engine" in ast.unparse(arg) for arg in one.args)
        for one in calls_in(m.around(node, *FUNCTIONS) or m.tree)
    )


def address(m: Module, node: ast.Constant) -> bool:
    """Tell whether a text is the address of a database, or has a password."""
    is_text = isinstance(node.value, str) and not isinstance(m.parents[node], ast.Expr)
    return is_text and bool(ADDRESS.match(node.value))


# Sessions


def opening(m: Module, node: ast.Call) -> bool:
    """Tell whether a call opens a unit of work."""
    runs = last(node) == project().run and node.args and m.kind(node.args[0]) == "sessions"
    return m.opens(node.func) or bool(runs)


def nested(m: Module, node: ast.Call) -> bool:
    """Tell whether a unit of work is opened where there is a session already."""
    return opening(m, node) and _has_one(m, node, m.around(node, *DEFINED))


def _has_one(m: Module, node: ast.AST, function: ast.AST | None) -> bool:
    return m.unit_of_work(node) or m.has_session(function)


def leaking(m: Module, node: ast.Call) -> bool:
    """Tell whether a session is opened, but not by a `with`."""
    if m.kind(node.func) != "sessions" or not m.around(node, *FUNCTIONS):
        return False
    return not any(
        isinstance(o, ast.withitem | ast.Return) or "enter_" in last(o)
        for o, _ in m.all_around(node)
    )


def shared_by_all(m: Module, node: ast.Call) -> bool:
    """Tell whether a module makes an engine or a session when it is imported."""
    makes = last(node) in (*project().builders, project().unit_of_work)
    return not m.around(node, *FUNCTIONS) and (makes or m.kind(node) == "session")


def cached(m: Module, node: ast.FunctionDef) -> bool:
    """Tell whether a function keeps what it reads by a session."""
    kept = re.search(r"\b(lru_)?cache\b", " ".join(map(ast.unparse, node.decorator_list)))
    return bool(kept and {m.kind(one) for one in parameters(node)} & {*OURS, "sessions"})


def at_once(m: Module, node: ast.Call) -> bool:
    """Tell whether tasks or threads are given a session, or what has one."""
    pool = last(node) != "map" or re.search(r"(executor|pool)\.map$", ast.unparse(node.func))
    if not pool or not AT_ONCE.fullmatch(last(node)):
        return False
    parts = (part for one in given(node) for part in ast.walk(one))
    named = (one for one in parts if isinstance(one, ast.Name | ast.Attribute | ast.Call))
    ours = (one for one in named if m.kind(one) in OURS)
    made = (isinstance(one, ast.Call) and m.kind(one) == "session" for one in ours)
    return in_repository(m, node) or not all(made)


def commits_late(m: Module, node: ast.FunctionDef) -> bool:
    """Tell whether a function commits when the response has been made."""
    late = re.search("teardown|after_request", " ".join(map(ast.unparse, node.decorator_list)))
    return bool(late) and any(last(one) == "commit" for one in calls_in(node))


def streaming(m: Module, node: ast.Call) -> bool:
    """Tell whether a stream uses the session of its request."""
    function = m.around(node, *FUNCTIONS)
    if function is None or not m.has_session(function):
        return False
    names = {name for one in given(node) for name in names_in(one)}
    for part in ast.walk(function):
        if isinstance(part, DEFINED) and part.name in names:
            names |= names_in(part)
        if isinstance(part, ast.Assign) and names_in(part.targets[0]) & names:
            names |= names_in(part.value)
    used = (part for part in ast.walk(function) if isinstance(part, ast.Name | ast.arg))
    return any(m.kind(p) in OURS for p in used if getattr(p, "id", getattr(p, "arg", "")) in names)


def given_a_model(m: Module, node: ast.Call) -> bool:
    """Tell whether a task that comes later is given what a session has loaded."""
    inner = [p for one in node.args for p in (one.args if isinstance(one, ast.Call) else [one])]
    values = (m.binding(one) for one in inner if isinstance(one, ast.Name))
    calls = (one.value if isinstance(one, ast.Await) else one for one in values)
    loads = re.compile("get|get_one|add|merge")
    return any(loads.fullmatch(last(c)) and m.kind(receiver(c)) in OURS for c in calls if c)


def waiting(m: Module, node: ast.Call) -> bool:
    """Tell whether something else is waited for in a unit of work; a client may be made."""
    full = _origin(m, node.func).removeprefix("?.")
    waits = full.partition(".")[0] in NETWORK or full in ("time.sleep", "asyncio.sleep")
    made = full.rpartition(".")[2].istitle() and not isinstance(m.parents[node], ast.Attribute)
    return waits and not made and _has_one(m, node, m.around(node, *FUNCTIONS))


def _origin(m: Module, node: ast.AST) -> str:
    """Return the full name of what is called, be it of an object: `client.get`."""
    match node:
        case ast.Attribute(value=ast.Name() as name, attr=attr):
            match m.binding(name):
                case ast.arg(annotation=ast.expr() as kind) | ast.Call(func=kind):
                    return f"{m.name(kind)}.{attr}"
        case ast.Attribute(value=ast.Call(func=func), attr=attr):
            return f"{m.name(func)}.{attr}"
    return m.name(node)


def true(node: ast.AST) -> bool:
    """Tell whether this is `True`."""
    return getattr(node, "value", None) is True


def transaction(m: Module, node: ast.Call) -> bool:
    """Tell whether a statement is BEGIN, COMMIT or the like."""
    first = getattr(node.args[0], "value", "") if node.args else ""
    return isinstance(first, str) and bool(BEGIN.match(first))


def by_key(m: Module, node: ast.Call) -> bool:
    """Tell whether a row is asked for by a key that somebody gives."""
    key = re.search(r"\.where\([\w.]+\.id == (\w+)\)", written := m.whole(node))
    names = {one.arg for one in parameters(m.around(node, *FUNCTIONS))}
    return bool(key and "select(" in written and key[1] in names)


def forgotten(m: Module, node: ast.Call) -> bool:
    """Tell whether a call of the database is not awaited."""
    outer, kind = m.parents[node], m.kind(receiver(node))
    if kind not in OURS or not isinstance(m.around(node, *FUNCTIONS), ast.AsyncFunctionDef):
        return False
    if kind == "session" and SENT.fullmatch(last(node)):
        asynchronous = any("sqlalchemy.ext.asyncio" in full for full in m.imports.values())
        return isinstance(outer, ast.Expr | ast.Attribute) and asynchronous
    return kind == "repository" and isinstance(outer, ast.Expr) and last(node).islower()


# Errors


def caught(node: ast.ExceptHandler) -> list[ast.expr]:
    """Return what an `except` catches."""
    kind = node.type
    return kind.elts if isinstance(kind, ast.Tuple) else [kind] if kind else []


def in_savepoint(m: Module, node: ast.AST) -> bool:
    """Tell whether a node is in a `with session.begin_nested()`."""
    return any(
        isinstance(o, WITH) and any(last(one) == "begin_nested" for one in given(o))
        for o, _ in m.all_around(node)
    )


def swallowing(m: Module, node: ast.ExceptHandler) -> bool:
    """Tell whether an error is swallowed in a unit of work, by what has no savepoint."""
    kinds, attempt = caught(node), m.parents[node]
    if kinds and not any(CAUGHT.search(last(kind)) for kind in kinds):
        return False
    if any(isinstance(one, ast.Raise) for one in ast.walk(node)) or not m.unit_of_work(node):
        return False
    names = {last(call) for one in getattr(attempt, "body", ()) for call in asked(m, one)}
    return "begin_nested" not in names and names != {"add"}  # which has a savepoint


def asked(m: Module, node: ast.AST) -> Iterator[ast.Call]:
    """Yield the calls on sessions and repositories, and those that get one."""
    for call in calls_in(node):
        if not last(call).endswith(project().repository):
            if any(m.kind(one) in OURS for one in (receiver(call), *call.args)):
                yield call


def answered(m: Module, node: ast.AST) -> bool:
    """Tell whether an error is an answer, though something was written before."""
    function = m.around(node, *FUNCTIONS)
    if function is None or not ANSWER.search(ast.unparse(node)):
        return False
    request = m.has_session(function) or "g.session" in ast.unparse(function)
    before = (one for one in asked(m, function) if one.lineno < getattr(node, "lineno", 0))
    return request and any(not READS.match(last(one)) for one in before)


def telling(m: Module, node: ast.Call) -> bool:
    """Tell whether an answer has the text of an error."""
    handler = m.around(node, ast.ExceptHandler)
    if not isinstance(handler, ast.ExceptHandler) or handler.name not in names_in(node):
        return False
    return any(last(kind).endswith(("Error", "Exception")) for kind in caught(handler))


# Queries


def in_repository(m: Module, node: ast.AST) -> bool:
    """Tell whether a node is in a repository."""
    return m.path.stem == "repository" or last(m.around(node, ast.ClassDef)).endswith(
        project().repository
    )


def query_outside(m: Module, node: ast.Call) -> bool:
    """Tell whether a query is made, or sent, outside a repository. Texts are a browser's."""
    made = last(node) in STATEMENTS and re.match(r"(sa|sqlalchemy)\.", m.name(node.func))
    of_module = made and isinstance(node.func, ast.Attribute) and m.path.stem != "models"
    sent = ASKS.fullmatch(last(node)) or last(node) in ("add", "add_all", "merge", "delete")
    ours = sent and m.kind(receiver(node)) == "session" and not _of_text(node)
    return bool(of_module or ours) and not in_repository(m, node)


def _of_text(node: ast.Call) -> bool:
    return bool(node.args) and isinstance(node.args[0], ast.JoinedStr | ast.Constant)


def alone(m: Module, node: ast.ClassDef) -> bool:
    """Tell whether a repository inherits nothing."""
    kinds = {m.kind(one) for part in node.body for one in parameters(part)}
    bases = " ".join(map(ast.unparse, node.bases))
    return "session" in kinds and not re.search(f"{project().repository}|Protocol", bases)


def unordered(m: Module, node: ast.Call, unless: str) -> bool:
    """Tell whether the statement that a call is about has no order, and needs one."""
    written = m.whole(node)
    return "select(" in written and not re.search(rf"\.order_by\(|{unless}", written)


def asking_each(m: Module, node: ast.Call) -> bool:
    """Tell whether a loop asks for each item."""
    kind, name = m.kind(receiver(node)), last(node)
    asks = kind == "session" and ASKS.fullmatch(name)
    asks = asks or (kind == "repository" and not WRITES.match(name))
    if not asks or _of_text(node) or not m.each(node):
        return False
    return not (node.args and CHANGE.match(m.whole(node.args[0])))


def changing_each(m: Module, node: ast.Call) -> bool:
    """Tell whether a loop changes row by row."""
    kind, name = m.kind(receiver(node)), last(node)
    sent = name == "execute" and node.args and CHANGE.match(m.whole(node.args[0]))
    one_by_one = kind == "session" and (name in ("delete", "merge") or sent)
    return bool(one_by_one or (kind == "repository" and name.endswith("_where"))) and m.each(node)


def changing_all(m: Module, node: ast.Call) -> bool:
    """Tell whether an UPDATE or DELETE has no condition."""
    first = m.whole(node.args[0]) if node.args else ""
    changes = re.match(r"(sa\.|sql\.|sqlalchemy\.)?(update|delete)\(", first)
    return bool(changes) and not re.search(r"\.(where|filter|filter_by)\(", first)


def reading_all(m: Module, node: ast.Call) -> bool:
    """Tell whether a query reads a whole table."""
    whole = r"select\([A-Z]\w*\)(\.(order_by|options)\([^)]*\))*"
    return len(node.args) == 1 and bool(re.fullmatch(whole, m.whole(node.args[0])))


def may_fail(m: Module, node: ast.Call) -> bool:
    """Tell whether a savepoint for each is wanted: errors are caught one by one."""
    return any(isinstance(one, ast.Try) and part in one.body for one, part in m.all_around(node))


def put_together(node: ast.AST) -> bool:
    """Tell whether a text is made of parts."""
    if isinstance(node, ast.JoinedStr):
        return not all(isinstance(value, ast.Constant) for value in node.values)
    return isinstance(node, ast.BinOp) or (isinstance(node, ast.Call) and last(node) == "format")


def built_sql(m: Module, node: ast.Call) -> bool:
    """Tell whether SQL is no plain text."""
    first = node.args[0] if node.args else ast.Constant("")
    texts = last(node) == "exec_driver_sql" or m.is_sqlalchemy(node.func, "text", "literal_column")
    made = last(node) == "execute" and put_together(first)
    return (texts or made) and not _is_literal(m, first)


def _is_literal(m: Module, node: ast.AST | None) -> bool:
    match node:
        case ast.Constant(value=str()):
            return True
        case ast.JoinedStr():
            return not put_together(node)
        case ast.Name(id=name) if m.binding(node) is None:
            return _is_literal(m, getattr(m.defined.get(name), "value", None))
        case ast.BinOp(left=left, right=right):
            return _is_literal(m, left) and _is_literal(m, right)
    return False


def counting(m: Module, node: ast.Call) -> bool:
    """Tell whether rows are loaded to be counted or summed, and for nothing else."""
    value: ast.AST | None = node.args[0] if node.args else None
    if isinstance(value, ast.GeneratorExp | ast.ListComp):
        value = value.generators[0].iter
    if isinstance(value, ast.Name):
        every = ast.walk(m.around(node, *FUNCTIONS) or m.tree)
        loads = [n for n in every if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Load)]
        once = sum(one.id == value.id for one in loads) == 1
        value = m.binding(value) if once else None
    rows = re.compile("all|by_keys|find$|list")
    return isinstance(node.func, ast.Name) and any(
        (m.kind(receiver(one)) == "repository" and rows.match(last(one)))
        or (m.kind(receiver(one)) == "session" and last(one) in ("scalars", "execute"))
        for one in calls_in(value)
    )


def decided_early(m: Module, node: Any) -> bool:
    """Tell whether Python decides about a condition of a query."""
    outer = m.parents[node]
    if not isinstance(outer, ast.Call) or node not in outer.args:
        return False
    query = last(outer) in ("where", "filter", "having") and isinstance(outer.func, ast.Attribute)
    if not query and last(outer) not in ("and_", "or_", "not_"):
        return False
    if isinstance(node, ast.Compare):
        return isinstance(node.ops[0], ast.Is | ast.IsNot | ast.In | ast.NotIn)
    return isinstance(node, ast.BoolOp) or isinstance(node.op, ast.Not)


# Models, migrations, tests and the rest


def in_a_class(m: Module, node: ast.AST) -> bool:
    """Tell whether this is an attribute of a class."""
    return isinstance(m.parents[node], ast.ClassDef)


def one_way(m: Module, node: ast.FunctionDef) -> bool:
    """Tell whether there is no downgrade(), or one that does nothing."""
    names = {name: one for name, one in m.defined.items() if name in ("upgrade", "downgrade")}
    if node.name == "upgrade":
        return "downgrade" not in names
    merge = isinstance(getattr(m.defined.get("down_revision"), "value", None), ast.Tuple)
    nothing = merge and not any(calls_in(names.get("upgrade")))
    raises = any(isinstance(one, ast.Raise) for one in ast.walk(node))
    return not nothing and not raises and not any(calls_in(node))


def not_in_batches(m: Module, node: ast.Call) -> bool:
    """Tell whether upgrade() changes all rows by one statement, or each by its own."""
    if last(m.around(node, *DEFINED)) != "upgrade":
        return False
    changes = bool(node.args) and UPDATE_ALL.match(ast.unparse(node.args[0]))
    return bool(changes) or m.loop(node) is not None


def asynchronous(m: Module, node: ast.AST) -> bool:
    """Tell whether a function is async, though nothing of the web server calls it."""
    if not isinstance(node, ast.AsyncFunctionDef):
        return False
    served = " ".join(map(ast.unparse, node.decorator_list))
    module = m.dotted.partition(".")[2]
    return "exception_handler" not in served and module not in project().async_code


def mock_of_a_session(m: Module, node: ast.Call) -> bool:
    """Tell whether a mock is one of SQLAlchemy, or is called a session."""
    outer, written = m.parents[node], ast.unparse(node)
    name = last(outer.targets[0]) if isinstance(outer, ast.Assign) else last(outer)
    called = isinstance(outer, ast.Assign | ast.keyword) and re.search(r"(^|_)(db|session)$", name)
    other = re.search(r"\(spec(_set)?=", written)
    return bool(OF_SQLALCHEMY.search(written) or (called and not other))


def unpacked(m: Module, node: ast.Call) -> bool:
    """Tell whether a model is made of whatever a mapping has."""
    starred = [one.value for one in node.keywords if one.arg is None]
    sources = [m.binding(one) for one in starred if isinstance(one, ast.Name)]
    kinds = [one.annotation for one in sources if isinstance(one, ast.arg) and one.annotation]
    model = ".models." in m.name(node.func) or last(node) in m.defined
    return model and any(UNTYPED.match(ast.unparse(one)) for one in kinds)


def written_in_a_get(m: Module, node: ast.Call) -> bool:
    """Tell whether a function that answers a GET writes."""
    if not WRITES.match(last(node)) or m.kind(receiver(node)) not in OURS:
        return False
    function = m.around(node, *DEFINED)
    decorators = getattr(function, "decorator_list", ())
    return any(ROUTE.match(ast.unparse(one)) for one in decorators)

