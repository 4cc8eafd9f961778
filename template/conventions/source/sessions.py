"""Sessions: one for each unit of work, committed once, at its edge."""

import ast
import re
from collections.abc import Iterator

from ..config import project
from ..rules import Found
from .module import (
    DEFINED,
    FUNCTIONS,
    Module,
    argument,
    home_of,
    is_unit_of_work,
    last,
    names_in,
    parameters,
    receiver,
)

OURS = ("session", "repository")
READS = frozenset(
    """all by_keys connection count exists execute find find_one first get get_bind get_one
    keys one one_or_none page page_of_rows refresh scalar scalar_one scalars stream
    stream_scalars unique expunge expunge_all""".split()
)
WRITES = frozenset(
    """add add_all delete delete_where insert_many insert_returning merge update_many
    update_where upsert_many""".split()
)
SENT = frozenset(
    """commit connection delete execute flush get get_one merge refresh rollback scalar scalars
    stream stream_scalars""".split()
)
AT_ONCE = frozenset(
    """gather create_task ensure_future start_soon to_thread run_in_executor add_task submit
    Thread Timer""".split()
)
LATER = {"add_task", "create_task", "delay", "enqueue"}
STREAMS = {"StreamingResponse", "EventSourceResponse", "stream_with_context"}
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
SHARED = "every request and every test would share this"
NOT_FOUND = "a key that is not there is a 500 here"
GET_ONE = "get_one() of the repository, which raises NotFound"
TAKE = "take `session` or `sessions` as a parameter"


def calls(m: Module) -> Found:
    """Yield what is wrong with single calls."""
    run = project().units_of_work[-1]
    for call, name, kind in m.calls:
        function = m.around(call, *FUNCTIONS)
        opens = is_unit_of_work(m.name(call.func)) or (
            name == run and call.args and m.kind(call.args[0]) == "sessions"
        )
        if m.kind(call.func) == "sessions" and function and not _is_entered(m, call):
            wrong = "when this raises, the session keeps its connection (a leak)"
            yield "S02", call, wrong, "write `with unit_of_work(sessions) as session:`"
        built = name in ("build_sessions", "build_engine") or is_unit_of_work(name)
        if not function and (built or m.kind(call) == "session"):
            yield "S03", call, SHARED, TAKE
        if name in ("commit", "rollback") and kind in ("session", "connection"):
            wrong = f"{name}() in the middle of a unit of work"
            yield "S05", call, wrong, "flush(), and leave the rest to the edge"
        elif name in ("begin", "close") and kind == "session":
            wrong = f"{name}() in the middle of a unit of work"
            yield "S05", call, wrong, "leave it to the unit of work"
        if name in ("Depends", "Security") and _yields_a_session(m, call):
            wrong = "the response leaves before the commit"
            instead = 'annotate with RequestSession, or state scope="function"'
            yield "S06", call, wrong, instead
        if opens and (m.unit_of_work(call) or m.has_session(m.around(call, *DEFINED))):
            wrong = "a unit of work within another waits for what that one has locked"
            yield "S20", call, wrong, "pass the session on, or end the first one before"
        full = _origin(m, call.func).removeprefix("?.")
        waits = full.partition(".")[0] in NETWORK or full in ("time.sleep", "asyncio.sleep")
        # A client may be made: that sends nothing.
        made = full.rpartition(".")[2].istitle() and not isinstance(m.parents[call], ast.Attribute)
        if waits and not made and (m.unit_of_work(call) or m.has_session(function)):
            wrong = "rows stay locked while another service answers"
            yield "S13", call, wrong, "ask before the unit of work, or after it"
        loop = m.loop(call) if opens or (name == "commit" and kind == "session") else None
        if loop and not m.in_chunks(loop):
            wrong = "each turn of this loop is a transaction"
            yield "S14", call, wrong, "put the loop into the unit of work"
        if (name == "get_one" and kind == "session") or (
            name in ("one", "scalar_one") and _is_by_key(m, call)
        ):
            yield "S18", call, NOT_FOUND, GET_ONE
        if isinstance(function, ast.AsyncFunctionDef) and _is_not_awaited(m, call, name, kind):
            yield (
                "S19",
                call,
                f"{name}() is not awaited, and never happens",
                "put `await` before it",
            )


def _is_entered(m: Module, call: ast.Call) -> bool:
    return any(
        isinstance(one, ast.withitem | ast.Return)
        or (isinstance(one, ast.Call) and "enter_" in last(one.func))
        for one, _ in m.all_around(call)
    )


def _yields_a_session(m: Module, call: ast.Call) -> bool:
    scope = getattr(argument(call, "scope"), "value", None)
    if scope == "function" or not call.args:
        return False
    dependency = call.args[0]
    home = home_of(m.name(dependency)) or m
    function = home.defined.get(last(dependency))
    if isinstance(function, DEFINED):  # another generator may well end later
        parts = list(ast.walk(function))
        session = any(isinstance(one, ast.Call) and home.kind(one) == "session" for one in parts)
        return session and any(isinstance(one, ast.Yield) for one in parts)
    return re.search(r"(^|_)session$|^get_db$", last(dependency)) is not None


def _origin(m: Module, node: ast.AST) -> str:
    """Return the full name of what is called, be it of an object: `client.get`."""
    match node:
        case ast.Attribute(value=ast.Name() as name, attr=attr):
            match m.binding(name):
                case ast.arg(annotation=ast.expr() as given) | ast.Call(func=given):
                    return f"{m.name(given)}.{attr}"
        case ast.Attribute(value=ast.Call(func=func), attr=attr):
            return f"{m.name(func)}.{attr}"
    return m.name(node)


def _is_by_key(m: Module, call: ast.Call) -> bool:
    by_key = re.search(r"\.where\([\w.]+\.id == (\w+)\)", written := m.whole(call))
    given = {one.arg for one in parameters(m.around(call, *FUNCTIONS))}
    return bool(by_key and "select(" in written and by_key[1] in given)


def _is_not_awaited(m: Module, call: ast.Call, name: str, kind: str) -> bool:
    outer = m.parents[call]
    if kind == "session" and name in SENT:
        asynchronous = any("sqlalchemy.ext.asyncio" in full for full in m.imports.values())
        return isinstance(outer, ast.Expr | ast.Attribute) and asynchronous
    return kind == "repository" and isinstance(outer, ast.Expr) and name.islower()


def sharing(m: Module) -> Found:
    """Yield sessions and models that others get: tasks, caches, streams."""
    for call, name, _ in m.calls:
        pool = name == "map" and re.search(r"(executor|pool)\.map$", ast.unparse(call.func))
        given = [*call.args, *(one.value for one in call.keywords)]
        parts = [part for one in given for part in ast.walk(one)]
        around = m.around(call, ast.ClassDef)
        in_repository = m.path.stem == "repository" or (
            isinstance(around, ast.ClassDef) and around.name.endswith("Repository")
        )
        if (name in AT_ONCE or pool) and (in_repository or any(_is_ours(m, p) for p in parts)):
            wrong = "one session would be used by two at once"
            yield "S04", call, wrong, "give each a unit of work of its own"
        function = m.around(call, *FUNCTIONS)
        if name in STREAMS and function and m.has_session(function):
            if any(_uses_a_session(m, function, one) for one in given):
                wrong = "the session is closed before the stream is read"
                yield "S10", call, wrong, "open a unit of work of its own there"
        inner = [p for one in call.args for p in (one.args if isinstance(one, ast.Call) else [one])]
        if name in LATER and any(_is_a_model(m, one) for one in inner):
            yield "S10", call, "the task gets a model whose session is closed", "pass its key"
    for function in m.functions:
        cached = re.search(r"\b(lru_)?cache\b", " ".join(map(ast.unparse, function.decorator_list)))
        if cached and {m.kind(one) for one in parameters(function)} & {*OURS, "sessions"}:
            wrong = "what is cached here outlives the session that it came from"
            yield "S03", function, wrong, "cache values, not models, and by their key"
        ends = re.search(
            "teardown|after_request", " ".join(map(ast.unparse, function.decorator_list))
        )
        if ends and any(
            last(p.func) == "commit" for p in ast.walk(function) if isinstance(p, ast.Call)
        ):
            yield "S06", function, "the response leaves before the commit", "commit in the view"


def _is_ours(m: Module, part: ast.AST) -> bool:
    kind = m.kind(part) if isinstance(part, ast.Name | ast.Attribute | ast.Call) else ""
    return kind in OURS and not (isinstance(part, ast.Call) and kind == "session")


def _uses_a_session(m: Module, function: ast.AST, given: ast.expr) -> bool:
    names = names_in(given)
    for part in ast.walk(function):
        if isinstance(part, DEFINED) and part.name in names:
            names |= names_in(part)
        if isinstance(part, ast.Assign) and names_in(part.targets[0]) & names:
            names |= names_in(part.value)
    used = (part for part in ast.walk(function) if isinstance(part, ast.Name | ast.arg))
    return any(m.kind(p) in OURS for p in used if getattr(p, "id", getattr(p, "arg", "")) in names)


def _is_a_model(m: Module, node: ast.expr) -> bool:
    value = m.binding(node) if isinstance(node, ast.Name) else None
    value = value.value if isinstance(value, ast.Await) else value
    loads = isinstance(value, ast.Call) and last(value.func) in {"get", "get_one", "add", "merge"}
    return loads and isinstance(value, ast.Call) and m.kind(receiver(value)) in OURS


def errors(m: Module) -> Found:
    """Yield what is caught, returned and told in the wrong place."""
    for handler, kinds in m.handlers:
        for kind in kinds:
            if m.is_sqlalchemy(kind, *ERRORS):
                wrong = f"{last(kind)} is an error of SQLAlchemy"
                instead = "catch Conflict or another of the data layer's errors"
                yield "S16", handler, wrong, instead
            if re.match(r"(sqlalchemy|sa)\..*TimeoutError$", m.name(kind)):
                wrong = "an exhausted pool raises Unavailable here"
                yield "E09", handler, wrong, "catch Unavailable, which is a 503"
        attempt, raises = (
            m.parents[handler],
            any(isinstance(p, ast.Raise) for p in ast.walk(handler)),
        )
        swallows = not kinds or any(CAUGHT.search(last(kind)) for kind in kinds)
        if swallows and not raises and m.unit_of_work(handler) and isinstance(attempt, ast.Try):
            if not _has_a_savepoint(m, attempt):
                wrong = "the error is swallowed, and what was written before is committed"
                yield "S07", handler, wrong, "catch around the unit of work"
        told = any(last(kind).endswith(("Error", "Exception")) for kind in kinds)
        for call in ast.walk(handler) if told else ():
            if isinstance(call, ast.Call) and handler.name in names_in(call):
                if re.search(r"(HTTPException|Response|Problem|abort|jsonify)$", last(call.func)):
                    wrong = "the client is told what only the log should say"
                    yield "X06", call, wrong, "log it, and answer without the error's text"
    for node in m.nodes:
        if isinstance(node, ast.While) and getattr(node.test, "value", None) is True:
            if m.unit_of_work(node):
                wrong = "the transaction lasts as long as this loop"
                yield "S13", node, wrong, "open a unit of work in each turn"
        if isinstance(node, ast.Return | ast.Assign) and ANSWER.search(ast.unparse(node)):
            function = m.around(node, *FUNCTIONS)
            request = m.has_session(function) or "g.session" in ast.unparse(function or node)
            if function and request and _writes_before(m, function, node.lineno):
                wrong = "this answers with an error, and what was written before is committed"
                yield "S17", node, wrong, "raise Conflict or another error"


def _asked(m: Module, node: ast.AST) -> Iterator[ast.Call]:
    """Yield the calls on sessions and repositories, and those that get one."""
    for call in ast.walk(node):
        if isinstance(call, ast.Call) and not last(call.func).endswith("Repository"):
            if any(m.kind(one) in OURS for one in (receiver(call), *call.args)):
                yield call


def _has_a_savepoint(m: Module, attempt: ast.Try) -> bool:
    """Tell whether all that can fail is undone alone: `add()` has a savepoint."""
    names = {last(call.func) for one in attempt.body for call in _asked(m, one)}
    return "begin_nested" in names or not names - {"add"}


def _writes_before(m: Module, function: ast.AST, line: int) -> bool:
    return any(c.lineno < line and last(c.func) not in READS for c in _asked(m, function))
