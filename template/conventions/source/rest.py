"""The engine, banned names, layers, moments, tests and waivers."""

import ast
import re

from ..config import project
from ..places import place, text
from ..rules import Found, is_on
from .module import FUNCTIONS, Module, argument, last

SESSIONS = "take the sessions of connected()"
ENGINE = ("a second connection pool", SESSIONS)
OPTIONS = ("its sessions have other options", SESSIONS)
BLOCKS = ("it blocks the event loop", "take the sessions of connected(), or AsyncSession")
SCOPED = ("nobody sees who ends this session", "take it as a parameter")
BASE = ("migrations do not see its models", "inherit Base of the data layer")
SQL = ("nothing checks or translates it", "use select(), func and their like")
# By rule, which names of SQLAlchemy are banned; those with parentheses only if called.
BANS = (
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
    ("Q11", "text literal_column", SQL),
)
IN_ASYNC = (("A01", "create_engine engine_from_config Session sessionmaker", BLOCKS),)
IN_SYNC = (
    ("E01", "create_engine engine_from_config", ENGINE),
    ("S01", "sessionmaker Session()", OPTIONS),
)
DDL = {"CheckConstraint", "Computed", "DDL", "Index", "ExcludeConstraint"}
POOL = {"pool_size", "max_overflow", "pool_timeout", "pool_recycle"}
WEB = {"fastapi", "flask", "starlette", "werkzeug"}
MOCK = r"^(\w+\.)*(Async|Magic|NonCallable)?Mock\("
OF_SQLALCHEMY = r"\((spec(_set)?=)?(\w+\.)*(Async)?(Session|Engine|Connection)\b"
WITHOUT_A_REASON = re.compile(
    r"#\s*(((ruff:\s*)?noqa|waive|waive-module)(:[\w\s,-]*(\(\s*\))?)?"
    r"|type:\s*ignore(\[[^\]]*\])?[\s#]*|type:\s*ignore\s*#.*)$"
)
NAIVE = "a moment without a time zone"
FIXTURES = "use the fixtures, whose database the migrations have made"
WHY = "why does the rule not hold here?"


def bans(m: Module) -> Found:
    """Yield the uses of what is banned, else its import."""
    if m.part != "src":
        return
    every = (*BANS, *(IN_ASYNC if is_on("A01") else IN_SYNC))
    banned = {name: (rule, *said) for rule, names, said in every for name in names.split()}
    used = set()
    for node in m.nodes:
        if isinstance(node, ast.Name | ast.Attribute) and isinstance(node.ctx, ast.Load):
            name, call = last(node), m.parents[node]
            called = isinstance(call, ast.Call) and call.func is node
            found = banned.get(name) or (banned.get(f"{name}()") if called else None)
            if found and m.is_sqlalchemy(node, name):
                used.add(name)
                if not _is_ddl(m, node):
                    yield found[0], node, f"{name}: {found[1]}", found[2]
    for node, _, full in m.imported():
        for name in full.split(".") if full.startswith("sqlalchemy.") else ():
            if name in banned and name not in used:
                yield banned[name][0], node, f"{name}: {banned[name][1]}", banned[name][2]


def _is_ddl(m: Module, node: ast.AST) -> bool:
    """Tell whether a text is a default, a condition of an index or the like."""
    return any(
        (isinstance(one, ast.keyword) and re.search(r"^server_|_where$", one.arg or ""))
        or (isinstance(one, ast.Call) and last(one.func) in DDL)
        for one, _ in m.all_around(node)
    )


def calls(m: Module) -> Found:
    """Yield what is wrong with single calls."""
    edge = m.path == project().source / (project().connection.replace(".", "/") + ".py")
    for call, name, _ in m.calls:
        written = ast.unparse(call) if "engine" in name or "Mock" in name else ""
        if not edge and name == "build_engine":
            yield "E01", call, *ENGINE
        if not edge and name == "build_sessions":
            yield "S01", call, *OPTIONS
        if name in ("create_engine", "create_async_engine") and m.is_sqlalchemy(call.func, name):
            pooled = "NullPool" not in written
            if pooled and "pool_pre_ping=True" not in written:
                wrong = "a connection that was lost is handed out as good"
                yield "E02", call, wrong, "state pool_pre_ping=True"
            given = {one.arg for one in call.keywords if not isinstance(one.value, ast.Constant)}
            if pooled and POOL - given:
                wrong = f"no setting: {', '.join(sorted(POOL - given))}"
                yield "E03", call, wrong, "take the sessions of connected(), or pass settings"
            if pooled and not _is_passed_on(m, call):
                wrong = "nobody sees which statements are slow"
                yield "E08", call, wrong, "pass it to watch_statements()"
            if m.part == "tests" and m.path.stem not in ("conftest", "databases"):
                yield "T01", call, "a database that no migration has made", FIXTURES
        if name in ("sessionmaker", "async_sessionmaker") and m.is_sqlalchemy(call.func, name):
            for rule, option in (("S08", "expire_on_commit"), ("S09", "autoflush")):
                if getattr(argument(call, option), "value", True) is not False:
                    yield rule, call, f"{option} is on by default", f"state {option}=False"
        if name == "setLevel" and re.search(r"getLogger\(['\"]sqlalchemy", m.whole(call)):
            yield "E05", call, "statements go to the log of production", "set DATABASE_ECHO"
        naive = name == "fromisoformat" or not (call.args or call.keywords)
        if naive and re.search(r"(^|\.)datetime\.(fromisoformat|now|today)$", m.name(call.func)):
            if not isinstance(m.parents[call], ast.Attribute):
                instead = "write datetime.now(UTC), or .astimezone(UTC) behind it"
                yield "M16", call, f"{name}() gives {NAIVE}", instead
        zone = argument(call, "tzinfo")
        if name == "replace" and isinstance(zone, ast.Constant) and zone.value is None:
            yield "M16", call, "its time zone is taken away", "leave it in place"
        if ("Mock" in name or name == "create_autospec") and m.part == "tests":
            if re.search(OF_SQLALCHEMY, written or ast.unparse(call)):
                yield "T03", call, "a mock of SQLAlchemy takes any call", "use a fixture"
        if name == "waive" and len(call.args) < 2 and "mark" in ast.unparse(call.func):
            yield "X04", call, WHY, 'waive("Q06", "why")'
        if m.part == "revision" and (
            name in ("Session", "AsyncSession", "sessionmaker")
            or (name in ("commit", "rollback") and isinstance(call.func, ast.Attribute))
        ):
            yield "G06", call, "Alembic begins and commits each revision", "use backfill()"


def _is_passed_on(m: Module, call: ast.Call) -> bool:
    """Tell whether an engine that is made is given to something else, such as a listener."""
    return any(
        isinstance(one, ast.Call)
        and (one.lineno, one.col_offset) > (call.lineno, call.col_offset)
        and any("engine" in ast.unparse(given) for given in one.args)
        for one in ast.walk(m.around(call, *FUNCTIONS) or m.tree)
    )


def nodes(m: Module) -> Found:
    """Yield what is wrong with attributes, arguments, functions and comments."""
    for node in m.nodes:
        match node:
            case ast.Attribute(attr="utcnow" | "utcfromtimestamp"):
                if re.match(r"(\?\.)?datetime\.", m.name(node)):
                    yield "M16", node, NAIVE, "write datetime.now(UTC)"
            case ast.Attribute(attr="create_all" | "drop_all") if m.part == "tests":
                if "Base.metadata" in ast.unparse(node):
                    yield "T01", node, "these tables are not those of the migrations", FIXTURES
            case ast.keyword(arg="default" | "insert_default" | "onupdate" | "default_factory"):
                if re.search(r"(^|\.)datetime\.(now|today)$", m.name(node.value)):
                    instead = "server_default=NOW, or lambda: datetime.now(UTC)"
                    yield "M16", node.value, f"it gives {NAIVE}", instead
        match node:
            case ast.Assign(targets=[target], value=ast.Call() as value):
                name = last(target)
            case ast.keyword(arg=str(name), value=ast.Call() as value):
                pass
            case _:
                continue
        given = ast.unparse(value) if re.search(r"(^|_)(db|session)$", name) else ""
        other = re.search(r"\(spec(_set)?=(?!(\w+\.)?(Async)?Session\b)", given)
        if m.part == "tests" and re.match(MOCK, given) and not other:
            yield "T03", value, "a mock takes any call", "use the fixture `session`"
    for function in m.functions:
        served = " ".join(map(ast.unparse, function.decorator_list))
        loop = isinstance(function, ast.AsyncFunctionDef) and "exception_handler" not in served
        if loop and m.dotted.partition(".")[2] not in project().async_code:
            wrong = "the calls of the database in here block every other request"
            yield "A02", function, wrong, "write `def`"
    for number, line in enumerate(text(m.path).splitlines(), 1):
        if "#" in line and re.search("noqa|waive|ignore", line):
            behind = (line[i:] for i, letter in enumerate(line) if letter == "#")
            if any(map(WITHOUT_A_REASON.match, behind)):
                yield "X04", number, WHY, "name it, and say why"


def layers(m: Module) -> Found:
    """Yield imports that look upwards: the data layer, then subjects, then what wires them."""
    layer, inside = m.path.stem, m.part in ("src", "data") and project().source in m.path.parents
    for node, _, full in m.imported():
        first, _, rest = full.partition(".")
        part, ours = rest.partition(".")[0], first == project().package
        above = part in project().top and layer not in project().top
        if m.part == "data":
            above = part != project().data_layer
        if inside and ours and above:
            wrong = f"{layer} is a layer below {part}, and imports it"
            yield "Q02", node, wrong, "pass it what it needs"
        if inside and first in WEB and (m.part == "data" or layer in ("models", "repository")):
            wrong = f"{layer} imports {full}, but is not for HTTP alone"
            yield "Q02", node, wrong, "raise NotFound or Conflict, and let the routes answer"
        if m.part == "revision" and ours and not full.endswith(".backfill"):
            wrong = "the application will change, this revision will not"
            yield "G06", node, wrong, "declare what it needs with sa.table()"
        if m.part == "src" and full.startswith("sqlalchemy.ext.asyncio"):
            yield "A02", node, "SQLAlchemy's asyncio in a sync project", "import the sync names"


def settings() -> Found:
    """Yield what is wrong with the files of settings."""
    url = re.compile(r"\s*(TEST_)?DATABASE_URL\s*[=:]\s*\"?[a-z]+\+(?P<driver>\w+)://")
    extra = re.compile(r"\s*\"sqlalchemy[<>=~!\"]", re.IGNORECASE)
    dependencies = (project().root / "pyproject.toml").read_text("utf-8")
    for name in (".env", ".env.example", "compose.yaml", "pyproject.toml"):
        file = project().root / name
        lines = file.read_text("utf-8").splitlines() if file.exists() else []
        for number, line in enumerate(lines, 1):
            driver = found["driver"] if (found := url.match(line)) else "pysqlite"
            if driver not in ("pysqlite", "mysqldb") and driver not in dependencies:
                wrong = f"the driver {driver} is not installed"
                yield "E06", place(file, number), wrong, "name that of pyproject.toml"
            if name == "pyproject.toml" and extra.match(line):
                instead = 'write "sqlalchemy[asyncio]"'
                yield "E07", place(file, number), "asyncio needs greenlet", instead
