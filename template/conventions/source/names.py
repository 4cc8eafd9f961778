"""What is not to be used, by its full name, and what is only used with care."""

import ast
import re
from collections.abc import Iterator

from ..config import project
from ..places import place
from ..rules import Found, check, is_on
from .module import FUNCTIONS, Module, argument, last, receiver

ENGINE = ("a second pool of connections", "take the sessions of connected()")
OPTIONS = ("its sessions have other options", "take the sessions of connected()")
BLOCKS = ("it blocks the event loop", "take the sessions of connected(), or AsyncSession")
SCOPED = ("nobody sees who ends this session", "take it as a parameter")
BASE = ("migrations do not see its models", "inherit Base of the data layer")
DDL = {"CheckConstraint", "Computed", "DDL", "DefaultClause", "Index", "ExcludeConstraint"}
CREATE_ENGINE = ("create_engine", "create_async_engine")
# By rule: what is banned, and what is said of it.
BANS: tuple[tuple[str, str, tuple[str, str]], ...] = (
    ("E01", "create_async_engine async_engine_from_config", ENGINE),
    ("S01", "async_sessionmaker AsyncSession()", OPTIONS),
    ("S11", "scoped_session async_scoped_session", SCOPED),
    ("M01", "DeclarativeBase DeclarativeBaseNoMeta declarative_base registry automap", BASE),
    ("M07", "backref", ("the other side cannot be seen", "declare both with back_populates")),
    ("M19", "lazyload", ("a query for each row", "use selectinload() or joinedload()")),
    ("Q01", "Query", ("the query API of SQLAlchemy 1", "use select()")),
    ("Q08", "dynamic_loader", ("superseded", "use WriteOnlyMapped")),
    ("Q08", "noload", ("deprecated", "use raiseload()")),
    ("Q08", "subqueryload", ("it runs the whole query again", "use selectinload()")),
    (
        "Q11",
        "text literal_column",
        ("nothing checks or translates it", "use select(), func and their like"),
    ),
)
IN_ASYNC = (("A01", "create_engine engine_from_config Session sessionmaker", BLOCKS),)
IN_SYNC = (
    ("E01", "create_engine engine_from_config", ENGINE),
    ("S01", "sessionmaker Session()", OPTIONS),
)


def _bans(rule: str) -> dict[str, tuple[str, str]]:
    every = (*BANS, *(IN_ASYNC if is_on("A01") else IN_SYNC))
    return {name: said for one, names, said in every if one == rule for name in names.split()}


def _banned(rule: str, m: Module) -> Found:
    """Yield the uses of what is banned, else its import."""
    bans = _bans(rule)
    used: set[str] = set()
    for node in m.nodes:
        if isinstance(node, ast.Name | ast.Attribute) and isinstance(node.ctx, ast.Load):
            name = last(node)
            calls = isinstance(call := m.parents.get(node), ast.Call) and call.func is node
            found = bans.get(name) or (bans.get(f"{name}()") if calls else None)
            if found and m.is_of(node, "sqlalchemy", name) and not _is_ddl(m, node):
                used.add(name)
                yield node, f"{name}: {found[0]}", found[1]
    known = {name for name in bans if not name.endswith("()")}
    for node in m.nodes:
        if isinstance(node, ast.ImportFrom) and m.source_of(node).startswith("sqlalchemy"):
            imported = {one.name for one in node.names} | {m.source_of(node).rpartition(".")[2]}
            for name in sorted(imported & known - used - _names_used(m, node)):
                yield node, f"{name}: {bans[name][0]}", bans[name][1]


def _names_used(m: Module, node: ast.ImportFrom) -> set[str]:
    """Return what is imported and used, wherever that is allowed."""
    used = {part.id for part in m.nodes if isinstance(part, ast.Name)}
    return {one.name for one in node.names if (one.asname or one.name) in used}


def _is_ddl(m: Module, node: ast.AST) -> bool:
    """Tell whether a text is a default, a condition of an index or the like: DDL has no other."""
    for outer, _ in m.all_around(node):
        if isinstance(outer, ast.keyword) and re.search(
            r"^server_|_where$|^sqltext$", outer.arg or ""
        ):
            return True
        if isinstance(outer, ast.Call) and last(outer.func) in DDL:
            return True
    return False


for _rule in ("E01", "S01", "S11", "A01", "M01", "M07", "M19", "Q01", "Q08", "Q11"):

    def _check(m: Module, rule: str = _rule) -> Found:
        yield from _banned(rule, m)

    check(_rule, "module", "src")(_check)


@check("E01", "module", "src data")
def one_engine(m: Module) -> Found:
    edge = project().source / (project().connection.replace(".", "/") + ".py")
    if m.path != edge:
        for call in m.calls_of("build_engine"):
            yield call, "a second engine, with a pool of its own", ENGINE[1]


@check("S01", "module", "src data")
def sessions_from_one_source(m: Module) -> Found:
    edge = project().source / (project().connection.replace(".", "/") + ".py")
    if m.path != edge:
        for call in m.calls_of("build_sessions"):
            yield call, OPTIONS[0], "take `sessions` from the caller"


def _engines(m: Module) -> Iterator[ast.Call]:
    return (
        call
        for call in m.calls_of(*CREATE_ENGINE)
        if m.is_of(call.func, "sqlalchemy", *CREATE_ENGINE)
    )


@check("E02", "module", "src data")
def connections_are_tried(m: Module) -> Found:
    for call in _engines(m):
        if not re.search(r"\bpool(_pre_ping=True|class=\w*\.?NullPool)\b", ast.unparse(call)):
            wrong = "a connection that was lost is handed out as good"
            yield call, wrong, "state pool_pre_ping=True"


@check("E03", "module", "src data")
def the_pool_is_a_setting(m: Module) -> Found:
    options = ("pool_size", "max_overflow", "pool_timeout", "pool_recycle")
    for call in _engines(m):
        given = {one.arg for one in call.keywords if not isinstance(one.value, ast.Constant)}
        if not re.search(r"\bpoolclass=\w*\.?NullPool\b", ast.unparse(call)):
            if missing := [option for option in options if option not in given]:
                wrong = f"{', '.join(missing)}: not a setting"
                yield call, wrong, "take the sessions of connected(), or pass settings"


@check("E08", "module", "src data")
def slow_statements_are_logged(m: Module) -> Found:
    for call in _engines(m):
        around = m.around(call, *FUNCTIONS) or m.tree
        later = [
            one
            for one in ast.walk(around)
            if isinstance(one, ast.Call)
            and one is not call
            and (one.lineno, one.col_offset) > (call.lineno, call.col_offset)
            and any("engine" in ast.unparse(given) for given in one.args)
        ]
        if not later and "NullPool" not in ast.unparse(call):
            yield call, "nobody sees which statements are slow", "pass it to watch_statements()"


@check("E05", "module", "src")
def the_logger_is_a_setting(m: Module) -> Found:
    for call in m.calls_of("setLevel"):
        if re.search(r"getLogger\(['\"]sqlalchemy", m.whole(call)):
            yield call, "statements go to the log of production", "set DATABASE_ECHO"


@check("M16", "module", "src")
def moments_have_a_zone(m: Module) -> Found:
    for node in m.nodes:
        if isinstance(node, ast.Attribute) and node.attr in ("utcnow", "utcfromtimestamp"):
            if m.name(node).startswith(("datetime.", "?.datetime.")):
                yield node, "a moment without a time zone", "write datetime.now(UTC)"
    for call in m.calls_of("fromisoformat", "now", "today"):
        naive = (not call.args and not call.keywords) or last(call.func) == "fromisoformat"
        of_datetime = re.search(r"(^|\.)datetime\.\w+$", m.name(call.func)) is not None
        chained = isinstance(m.parents.get(call), ast.Attribute)
        if naive and of_datetime and not chained:
            wrong = f"{last(call.func)}() gives a moment without a time zone"
            yield call, wrong, "write datetime.now(UTC), or .astimezone(UTC) behind it"
    for call in m.calls_of("replace"):
        zone = argument(call, "tzinfo")
        if isinstance(zone, ast.Constant) and zone.value is None and receiver(call):
            yield call, "its time zone is taken away", "leave it in place"
    for node in m.nodes:
        if isinstance(node, ast.keyword) and re.search(
            "^(default|insert_default|onupdate|default_factory)$", node.arg or ""
        ):
            if re.search(r"(^|\.)datetime\.(now|today|utcnow)$", m.name(node.value)):
                wrong = "it gives moments without a time zone"
                yield node.value, wrong, "server_default=NOW, or lambda: datetime.now(UTC)"


@check("T01", "module", "tests")
def tests_use_the_migrated_database(m: Module) -> Found:
    instead = "use the fixtures, whose database the migrations have made"
    for node in m.nodes:
        if isinstance(node, ast.Attribute) and node.attr in ("create_all", "drop_all"):
            if re.search(r"(^|\.)Base\.metadata\.", ast.unparse(node)):
                yield node, "these tables are not those of the migrations", instead
    if m.path.stem not in (
        "conftest",
        project().temporary_database.partition(":")[0].rpartition(".")[2],
    ):
        for call in _engines(m):
            yield call, "a database that no migration has made", instead


@check("T03", "module", "tests")
def no_session_is_mocked(m: Module) -> Found:
    mock, instead = r"^(\w+\.)*(Async|Magic|NonCallable)?Mock\(", "use the fixture `session`"
    for node in m.nodes:
        match node:
            case ast.Assign(targets=[target], value=ast.Call() as value):
                name, given = last(target), ast.unparse(value)
            case ast.keyword(arg=str(name), value=ast.Call() as value):
                given = ast.unparse(value)
            case _:
                continue
        other = re.search(r"\(spec(_set)?=(?!(\w+\.)?(Async)?Session\b)", given)
        if re.search(r"(^|_)(db|session)$", name) and re.match(mock, given) and not other:
            yield node if hasattr(node, "lineno") else value, "a mock takes any call", instead
    for call in m.calls_of("Mock", "AsyncMock", "MagicMock", "NonCallableMock", "create_autospec"):
        if re.search(
            r"\((spec(_set)?=)?(\w+\.)*(Async)?(Session|Engine|Connection)\b", ast.unparse(call)
        ):
            yield call, "a mock of SQLAlchemy takes any call", instead


@check("A02", "module", "src")
def all_code_is_sync(m: Module) -> Found:
    instead = "write `def`"
    for function in m.functions():
        served = any("exception_handler" in ast.unparse(one) for one in function.decorator_list)
        served = served or function.name in ("lifespan", "request_sessions")
        if isinstance(function, ast.AsyncFunctionDef) and not served:
            yield function, "the calls of the database in here block every other request", instead
    for node in m.nodes:
        if isinstance(node, ast.ImportFrom) and m.source_of(node) == "sqlalchemy.ext.asyncio":
            yield node, "SQLAlchemy's asyncio in a sync project", "import the sync names"


@check("E06", "project")
def addresses_name_the_driver(_: object) -> Found:
    for name in (".env", ".env.example", "compose.yaml"):
        file = project().root / name
        lines = file.read_text("utf-8").splitlines() if file.exists() else []
        for number, line in enumerate(lines, 1):
            if re.match(
                r"\s*(TEST_)?DATABASE_URL\s*[=:]\s*\"?(postgres(ql)?|mysql|mariadb|sqlite)://", line
            ):
                yield (
                    place(file, number),
                    "SQLAlchemy chooses the driver",
                    "name it: postgresql+psycopg://",
                )


@check("E07", "project")
def sqlalchemy_has_its_extra(_: object) -> Found:
    file = project().root / "pyproject.toml"
    for number, line in enumerate(file.read_text("utf-8").splitlines(), 1):
        if re.match(r"\s*\"sqlalchemy[<>=~!\"]", line, re.IGNORECASE):
            yield place(file, number), "asyncio needs greenlet", 'write "sqlalchemy[asyncio]"'


@check("S08", "module", "src data")
def models_stay_readable(m: Module) -> Found:
    yield from _option(m, "expire_on_commit", "what was loaded is loaded again after a commit")


@check("S09", "module", "src data")
def flush_is_explicit(m: Module) -> Found:
    yield from _option(m, "autoflush", "a query would write what is not finished")


def _option(m: Module, name: str, wrong: str) -> Found:
    for call in m.calls_of("sessionmaker", "async_sessionmaker"):
        value = argument(call, name)
        off = isinstance(value, ast.Constant) and value.value is False
        if not off and m.is_of(call.func, "sqlalchemy", last(call.func)):
            yield call, wrong, f"state {name}=False"
