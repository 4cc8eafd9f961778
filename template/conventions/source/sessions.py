"""Sessions: one for each unit of work, committed once, at its edge."""

import ast
import re

from ..config import project
from ..rules import Found, check
from .module import (
    FUNCTIONS,
    Module,
    alias_of,
    argument,
    is_unit_of_work,
    last,
    names_in,
    parameters,
    receiver,
)

READS = set(
    ["all", "by_keys", "connection", "count", "exists", "execute", "expunge", "expunge_all", "find", "find_one", "first", "get", "get_bind", "get_one", "get_one_or_none", "keys", "one", "one_or_none", "page", "page_of_rows", "refresh", "scalar", "scalar_one", "scalars", "stream", "stream_scalars", "unique"]
)
WRITES = set(
    ["add", "add_all", "delete", "delete_where", "insert_many", "insert_returning", "merge", "update_many", "update_where", "upsert_many"]
)
AT_ONCE = set(
    ["gather", "create_task", "ensure_future", "start_soon", "to_thread", "run_in_executor", "add_task", "submit", "Thread", "Timer"]
)
NETWORK = set(["aiohttp", "aiosmtplib", "boto3", "botocore", "httpx", "httpx2", "requests", "smtplib", "urllib"])
STREAMS = ("StreamingResponse", "EventSourceResponse", "stream_with_context")
AGAIN = "open a unit of work of its own there"
OF_SQLALCHEMY = set(
    ["DataError", "DBAPIError", "IntegrityError", "InterfaceError", "OperationalError", "PendingRollbackError", "ProgrammingError", "SQLAlchemyError", "StaleDataError", "NoResultFound"]
)
OURS = re.compile(
    r"\b(Conflict|ReferenceMissing|CheckFailed|NotFound|StorageError|Violated|Exception"
    r"|Constraint\w+|InvalidInput|IntegrityError|SQLAlchemyError|DBAPIError)\b"
)


@check("S02", "module", "src data")
def sessions_are_closed(m: Module) -> Found:
    for _, call in m.calls:
        if m.kind(call.func) == "sessions" and m.around(call, *FUNCTIONS):
            inside = [outer for outer, _ in m.all_around(call)]
            entered = any(
                isinstance(one, ast.withitem)
                or (isinstance(one, ast.Call) and "enter_" in last(one.func))
                or isinstance(one, ast.Return)
                for one in inside
            )
            if not entered:
                wrong = "when this raises, the session keeps its connection"
                yield call, wrong, "write `with unit_of_work(sessions) as session:`"


@check("S03", "module", "src data")
def no_session_is_global(m: Module) -> Found:
    instead = "take `session` or `sessions` as a parameter"
    for name, call in m.calls:
        built = name in ("build_sessions", "build_engine") or is_unit_of_work(name)
        if not m.around(call, *FUNCTIONS) and (built or m.kind(call) == "session"):
            yield call, "every request and every test would share this", instead
    for function in m.functions():
        for decorator in function.decorator_list:
            if re.search(r"\b(lru_)?cache\b", ast.unparse(decorator)):
                kinds = {m.kind(one) for one in parameters(function)}
                if kinds & {"session", "repository", "sessions"}:
                    wrong = "what is cached here outlives the session that it came from"
                    yield function, wrong, "cache values, not models, and by their key"


@check("S04", "module", "src data")
def no_two_tasks_use_a_session(m: Module) -> Found:
    for name, call in m.calls:
        mapped = name == "map" and re.search("(executor|pool)$", ast.unparse(call.func)[:-4])
        if name not in AT_ONCE and not mapped:
            continue
        around = m.around(call, ast.ClassDef)
        in_repository = m.path.stem == "repository" or (
            isinstance(around, ast.ClassDef) and around.name.endswith("Repository")
        )
        given = [part for one in (*call.args, *call.keywords) for part in ast.walk(one)]
        shares = any(
            isinstance(part, ast.Name | ast.Attribute | ast.Call)
            and m.kind(part) in ("session", "repository")
            and not (isinstance(part, ast.Call) and m.kind(part) == "session")
            for part in given
        )
        if in_repository or shares:
            wrong = "one session would be used by two at once"
            yield call, wrong, "give each a unit of work of its own"


@check("S05", "module", "src data")
def only_the_edge_commits(m: Module) -> Found:
    if m.path == project().source / (project().session.replace(".", "/") + ".py"):
        return
    for call in m.calls_of("commit", "rollback", "begin", "close"):
        kind, name = m.kind(receiver(call)), last(call.func)
        ends = name in ("commit", "rollback") and kind in ("session", "connection")
        if ends or (kind == "session" and name in ("begin", "close")):
            wrong = f"{name}() in the middle of a unit of work"
            yield call, wrong, "flush(), and leave the rest to the edge"


@check("S06", "module", "src")
def the_commit_comes_before_the_response(m: Module) -> Found:
    for call in m.calls_of("Depends", "Security"):
        scope = argument(call, "scope")
        function = getattr(scope, "value", None) == "function"
        if call.args and not function and _yields_a_session(m, call.args[0]):
            wrong = "the response leaves before the commit"
            yield call, wrong, 'annotate with RequestSession, or state scope="function"'


def _yields_a_session(m: Module, dependency: ast.expr) -> bool:
    home, name = alias_of(m.name(dependency)) or m, last(dependency)
    function = home.defined.get(name)
    if isinstance(function, ast.FunctionDef | ast.AsyncFunctionDef):
        return any(isinstance(part, ast.Yield) for part in ast.walk(function))
    return re.search(r"(^|_)session$|^get_db$", name) is not None


@check("S07", "module", "src")
def errors_leave_the_unit_of_work(m: Module) -> Found:
    for node in m.nodes:
        if isinstance(node, ast.ExceptHandler) and m.unit_of_work(node):
            caught = "Exception" if node.type is None else ast.unparse(node.type)
            attempt = m.parents[node]
            raises = any(isinstance(part, ast.Raise) for part in ast.walk(node))
            if isinstance(attempt, ast.Try) and OURS.search(caught) and not raises:
                if not _has_a_savepoint(m, attempt):
                    wrong = "the error is swallowed, and what was written before is committed"
                    yield node, wrong, "catch around the unit of work"


def _has_a_savepoint(m: Module, attempt: ast.Try) -> bool:
    """Tell whether all that can fail is undone alone: `add()` has a savepoint."""
    calls = [p for one in attempt.body for p in ast.walk(one) if isinstance(p, ast.Call)]
    asked = [
        last(call.func)
        for call in calls
        if m.kind(receiver(call)) in ("session", "repository")
        or any(m.kind(given) in ("session", "repository") for given in call.args)
    ]
    return "begin_nested" in asked or not [
        name for name in asked if not (name == "add" or name.endswith("Repository"))
    ]


@check("S10", "module", "src")
def one_unit_of_work_at_a_time(m: Module) -> Found:
    for name, call in m.calls:
        opens = is_unit_of_work(m.name(call.func)) or (
            name in project().units_of_work and call.args and m.kind(call.args[0]) == "sessions"
        )
        if not opens:
            continue
        function = m.around(call, ast.FunctionDef, ast.AsyncFunctionDef)
        if m.unit_of_work(call) or m.has_session(function):
            wrong = "a unit of work within another waits for what that one has locked"
            yield call, wrong, "pass the session on, or end the first one before"


@check("S13", "module", "src")
def units_of_work_are_short(m: Module) -> Found:
    for node in m.nodes:
        endless = isinstance(node, ast.While) and getattr(node.test, "value", None) is True
        if endless and m.unit_of_work(node):
            wrong = "the transaction lasts as long as this loop"
            yield node, wrong, "open a unit of work in each turn"
    for _, call in m.calls:
        full = _origin(m, call.func).removeprefix("?.")
        slow = full.partition(".")[0] in NETWORK or full in ("time.sleep", "asyncio.sleep")
        function = m.around(call, *FUNCTIONS)
        built = full.rpartition(".")[2][:1].isupper() and not isinstance(
            m.parents.get(call), ast.Attribute
        )
        if slow and not built and (m.unit_of_work(call) or m.has_session(function)):
            wrong = "rows stay locked while another service answers"
            yield call, wrong, "ask before the unit of work, or after it"


def _origin(m: Module, node: ast.AST) -> str:
    """Return the full name of what is called, be it of an object: `client.get`."""
    match node:
        case ast.Attribute(value=ast.Name() as name, attr=attr):
            match m.binding(name):
                case ast.arg(annotation=ast.expr() as annotation):
                    return f"{m.name(annotation)}.{attr}"
                case ast.Call(func=func):
                    return f"{m.name(func)}.{attr}"
        case ast.Attribute(value=ast.Call(func=func), attr=attr):
            return f"{m.name(func)}.{attr}"
    return m.name(node)


@check("S14", "module", "src")
def no_commit_in_a_loop(m: Module) -> Found:
    for name, call in m.calls:
        commits = name == "commit" and m.kind(receiver(call)) == "session"
        run = name == project().units_of_work[-1] and call.args
        opens = is_unit_of_work(m.name(call.func)) or (run and m.kind(call.args[0]) == "sessions")
        if (commits or opens) and m.loop(call):
            wrong = "each turn of this loop is a transaction"
            yield call, wrong, "put the loop into the unit of work"


@check("S16", "module", "src")
def errors_are_translated(m: Module) -> Found:
    for node in m.nodes:
        if isinstance(node, ast.ExceptHandler) and node.type is not None:
            kinds = node.type.elts if isinstance(node.type, ast.Tuple) else [node.type]
            for kind in kinds:
                if m.is_of(kind, "sqlalchemy", *OF_SQLALCHEMY):
                    wrong = f"{last(kind)} is an error of SQLAlchemy"
                    instead = "catch Conflict or another of the data layer's errors"
                    yield node, wrong, instead
                    break


@check("E09", "module", "src")
def an_empty_pool_is_unavailable(m: Module) -> Found:
    for node in m.nodes:
        if isinstance(node, ast.ExceptHandler) and node.type is not None:
            for kind in node.type.elts if isinstance(node.type, ast.Tuple) else [node.type]:
                full = m.name(kind)
                if full.startswith(("sqlalchemy.", "sa.")) and full.endswith(".TimeoutError"):
                    wrong = "an exhausted pool raises Unavailable here"
                    yield node, wrong, "catch Unavailable, which is a 503"


@check("S17", "module", "src")
def an_error_is_raised(m: Module) -> Found:
    for node in m.nodes:
        if not isinstance(node, ast.Return | ast.Assign) or not _is_an_error(node):
            continue
        function = m.around(node, *FUNCTIONS)
        has_session = m.has_session(function) or (
            function is not None and "g.session" in ast.unparse(function)
        )
        if has_session and _writes_before(m, function, node.lineno):
            wrong = "this answers with an error, and what was written before is committed"
            yield node, wrong, "raise Conflict or another error"


def _is_an_error(node: ast.Return | ast.Assign) -> bool:
    text = ast.unparse(node)
    if isinstance(node, ast.Assign):
        return re.match(r"\w+\.status_code = (status\.HTTP_)?[45]\d\d", text) is not None
    answers = re.search(r"Response\(.*status(_code)?\s?=\s?([\w.]*HTTP_)?[45]\d\d", text)
    pair = isinstance(node.value, ast.Tuple) and re.search(r", (4|5)\d\d\)?$", text)
    return bool(answers or pair or re.search(r"Response\(.*, [45]\d\d[,)]", text))


def _writes_before(m: Module, function: ast.AST | None, line: int) -> bool:
    return any(
        call.lineno < line
        and last(call.func) not in READS
        and not last(call.func).endswith("Repository")
        and (
            m.kind(receiver(call)) in ("session", "repository")
            or any(m.kind(given) in ("session", "repository") for given in call.args)
        )
        for call in ast.walk(function or m.tree)
        if isinstance(call, ast.Call)
    )


@check("S18", "module", "src")
def nothing_found_is_not_found(m: Module) -> Found:
    instead = "get_one() of the repository, which raises NotFound"
    for call in m.calls_of("get_one"):
        if m.kind(receiver(call)) == "session":
            yield call, "a key that is not there is a 500 here", instead
    for call in m.calls_of("one", "scalar_one"):
        text = m.whole(call)
        by_key = re.search(r"\.where\([\w.]+\.id == (\w+)\)", text)
        if by_key and "select(" in text and by_key[1] in _given(m, call):
            yield call, "a key that is not there is a 500 here", instead


def _given(m: Module, node: ast.AST) -> set[str]:
    function = m.around(node, *FUNCTIONS)
    return {one.arg for one in parameters(function)} if function else {"key"}


@check("S19", "module", "src data")
def calls_are_awaited(m: Module) -> Found:
    asynchronous = any(full.startswith("sqlalchemy.ext.asyncio") for full in m.imports.values())
    for name, call in m.calls:
        target, outer = receiver(call), m.parents.get(call)
        kind = m.kind(target)
        function = m.around(call, *FUNCTIONS)
        if not isinstance(function, ast.AsyncFunctionDef) or not name.islower():
            continue
        sent = kind == "session" and name in {
            *["commit", "connection", "delete", "execute", "flush", "get", "get_one", "merge", "refresh", "rollback"],
            *["scalar", "scalars", "stream", "stream_scalars"],
        }
        alone = isinstance(outer, ast.Expr)
        chained = isinstance(outer, ast.Attribute)
        known = asynchronous or "?" in m.name(target)[:1]
        if (sent and known and (alone or chained)) or (kind == "repository" and alone):
            yield call, f"{name}() is not awaited, and never happens", "put `await` before it"


@check("S20", "module", "src")
def what_runs_later_has_a_session_of_its_own(m: Module) -> Found:
    for call in m.calls_of(*STREAMS):
        function = m.around(call, *FUNCTIONS)
        for given in (*call.args, *(one.value for one in call.keywords)):
            if function and m.has_session(function) and _uses_a_session(m, function, given):
                yield call, "the session is closed before the stream is read", AGAIN
                break
    for call in m.calls_of("add_task", "create_task", "delay", "enqueue"):
        for given in call.args:
            inner = given.args if isinstance(given, ast.Call) else [given]
            if any(_is_a_model(m, one) for one in inner):
                yield call, "the task gets a model whose session is closed", "pass its key"
                break


def _uses_a_session(m: Module, function: ast.AST, given: ast.expr) -> bool:
    names = names_in(given)
    for part in ast.walk(function):
        if isinstance(part, ast.FunctionDef | ast.AsyncFunctionDef) and part.name in names:
            names |= names_in(part)
        if isinstance(part, ast.Assign) and names_in(part.targets[0]) & names:
            names |= names_in(part.value)
    used = (part for part in ast.walk(function) if isinstance(part, ast.Name | ast.arg))
    return any(
        m.kind(part) in ("session", "repository")
        for part in used
        if (part.id if isinstance(part, ast.Name) else part.arg) in names
    )


def _is_a_model(m: Module, node: ast.expr) -> bool:
    if not isinstance(node, ast.Name):
        return False
    bound = m.binding(node)
    value = bound.value if isinstance(bound, ast.Await) else bound
    return (
        isinstance(value, ast.Call)
        and last(value.func) in {"get", "get_one", "add", "merge", "one"}
        and m.kind(receiver(value)) in ("session", "repository")
    )
