"""What is wrong as text: which nodes break which rule, and what is said of them."""

import ast
import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any

from ..project import project
from . import conditions as is_
from .module import DEFINED, Module, last, receiver

When = Callable[[Module, Any], object]


@dataclass(frozen=True)
class Shape:
    """Nodes that break a rule: of these classes, by their names, their text and a condition."""

    classes: tuple[type[ast.AST], ...]
    rule: str
    names: str  # a pattern of the last word
    says: str  # what is wrong; and what to do, if that is not what the rule says
    when: When = lambda m, node: True
    of: str = ""  # the kinds of what a method is called of
    text: str = ""  # a pattern that the node has
    unless: str = ""  # and one that it has not
    parts: str = "src"

    def fits(self, m: Module, node: ast.AST) -> bool:
        """Tell whether a node breaks the rule."""
        if m.part not in self.parts.split() or not re.fullmatch(self.names, last(node)):
            return False
        if self.of and m.kind(receiver(node)) not in self.of.split():
            return False
        written = ast.unparse(node) if self.text or self.unless else ""
        if not re.search(self.text, written) or (self.unless and re.search(self.unless, written)):
            return False
        return bool(self.when(m, node))


call = partial(Shape, (ast.Call,))
keyword = partial(Shape, (ast.keyword,))
attribute = partial(Shape, (ast.Attribute,))
constant = partial(Shape, (ast.Constant,))
function = partial(Shape, DEFINED)
handler = partial(Shape, (ast.ExceptHandler,))
ENGINES, POOLED = "create_(async_)?engine", "NullPool"
SESSIONS = "take the sessions of connected()"
FIXTURES = "use the fixtures, whose database the migrations have made"
FOUND = "add a condition, or waive it if every row is meant"
CHANGES = r"\b((batch_)?op\.(create|drop|add|alter|rename)_\w+\(|op\.execute\(\W*(?i:alter|create|drop|rename|truncate)\b)"
DATA = r"op\.bulk_insert\(|\bbackfill\(|\.execute\([^#]*?((?i:\b(insert\s+into|update\s+\S+\s+set|delete\s+from)\b)|\b(insert|update|delete)\()"
ENGINE_SHAPES = (
    call("E01", project().builders[0], f"a second connection pool; {SESSIONS}", is_.elsewhere),
    call("E02", ENGINES, "a connection that was lost is handed out as good", is_.sqlalchemy,
         unless=f"{POOLED}|pool_pre_ping=True", parts="src data"),
    call("E03", ENGINES, "the size of the pool is no setting", is_.without_settings,
         unless=POOLED, parts="src data"),
    constant("E04", "", "the address of a database, or a password, is in the code", is_.address,
             parts="src data env revision"),
    keyword("E05", "echo|echo_pool", "every statement would be logged in production as well",
            lambda m, n: last(m.parents[n]).endswith("engine"), text="=(True|'debug')$",
            parts="src data"),
    attribute("E05", "echo", "every statement would be logged in production as well",
              lambda m, n: isinstance(n.ctx, ast.Store), parts="src data"),
    call("E05", "setLevel", "statements go to the log of production; set DATABASE_ECHO",
         lambda m, n: re.search(r"getLogger\(['\"]sqlalchemy", m.whole(n)), parts="src data"),
    call("E08", ENGINES, "nobody sees which statements are slow; pass it to watch_statements()",
         lambda m, n: is_.sqlalchemy(m, n) and not is_.watched(m, n), unless=POOLED,
         parts="src data"),
    handler("E09", "", "an exhausted pool raises Unavailable here; catch that, which is a 503",
            lambda m, n: any(re.match(r"(sqlalchemy|sa)\..*TimeoutError$", m.name(one))
                             for one in is_.caught(n))),
    call("T01", ENGINES, f"a database that no migration has made; {FIXTURES}",
         lambda m, n: is_.sqlalchemy(m, n) and m.path.stem not in ("conftest", "databases"),
         parts="tests"),
)  # fmt: skip
SESSION_SHAPES = (
    call("S01", project().builders[1], f"its sessions have other options; {SESSIONS}",
         is_.elsewhere),
    call("S02", ".*", "when this raises, the session keeps its connection (a leak)", is_.leaking,
         parts="src data"),
    call("S03", ".*", "every request and every test would share this; take `session` or "
         "`sessions` as a parameter", is_.shared_by_all),
    function("S03", ".*", "what is cached here outlives the session that it came from; cache "
             "values, not models, and by their key", is_.cached),
    call("S04", ".*", "one session would be used by two at once; give each a unit of work of its "
         "own", is_.at_once),
    call("S05", "commit|rollback", "{name}() in the middle of a unit of work",
         of="session connection"),
    call("S05", "begin|close", "{name}() in the middle of a unit of work", of="session"),
    function("S06", ".*", "the response leaves before the commit; commit in the view",
             is_.commits_late),
    handler("S07", "", "the error is swallowed, and what was written before is committed; catch "
            "around the unit of work", is_.swallowing),
    call("S08", "(async_)?sessionmaker", "expire_on_commit is on by default; state it as False",
         is_.sqlalchemy, unless="expire_on_commit=False", parts="src data"),
    call("S09", "(async_)?sessionmaker", "autoflush is on by default; state autoflush=False",
         is_.sqlalchemy, unless="autoflush=False", parts="src data"),
    call("S10", "StreamingResponse|EventSourceResponse|stream_with_context",
         "the session is closed before the stream is read; open a unit of work of its own there",
         is_.streaming),
    call("S10", "add_task|create_task|delay|enqueue", "the task gets a model whose session is "
         "closed; pass its key", is_.given_a_model),
    call("S12", "text|execute|exec_driver_sql", "SQLAlchemy does not know of this transaction",
         is_.transaction, parts="src env revision"),
    call("S13", ".*", "rows stay locked while another service answers; ask before the unit of "
         "work, or after it", is_.waiting),
    Shape((ast.While,), "S13", "", "the transaction lasts as long as this loop; open a unit of "
          "work in each turn", lambda m, n: is_.true(n.test) and m.unit_of_work(n)),
    call("S14", ".*", "each turn of this loop is a transaction",
         lambda m, n: is_.opening(m, n) and m.loop(n)),
    call("S14", "commit", "each turn of this loop is a transaction", lambda m, n: m.loop(n),
         of="session"),
    Shape((ast.Try,), "S15", "", "the savepoint does not see the error, and part of the block "
          "stays", lambda m, n: n.handlers and is_.in_savepoint(m, n)),
    handler("S16", "", "this is an error of SQLAlchemy; catch Conflict or another of the data "
            "layer's", lambda m, n: any(m.is_sqlalchemy(one, *is_.ERRORS) for one in is_.caught(n))),
    Shape((ast.Return, ast.Assign), "S17", "", "this answers with an error, and what was written "
          "before is committed; raise Conflict or another error", is_.answered),
    call("S18", "get_one", "a key that is not there is a bug here; use get_one() of the repository",
         of="session"),
    call("S18", "one|scalar_one", "a key that is not there is a bug here; use get_one() of the "
         "repository", is_.by_key),
    call("S19", ".*", "{name}() is not awaited, and never happens", is_.forgotten,
         parts="src data"),
    call("S20", ".*", "a unit of work within another waits for what that one has locked; pass the "
         "session on, or end the first one before", is_.nested),
)  # fmt: skip
MODEL_SHAPES = (
    call("M02", "Column", "a type checker cannot see the type of this; write "
         "`name: Mapped[str] = mapped_column(…)`",
         lambda m, n: not m.within_call(n, "Table", "Index", "UniqueConstraint",
                                        "CheckConstraint", "lower", "upper"), parts="src data"),
    Shape((ast.Assign,), "M02", "", "a type checker cannot see the type of this; annotate it with "
          "Mapped[…]", is_.in_a_class,
          text=r" = (\w+\.)?(mapped_column|column_property|deferred|composite)\(",
          parts="src data"),
    Shape((ast.AnnAssign,), "M03", "", "nothing checks what is stored here; name the type, "
          "dict[str, object] for JSON", text=r": (\w+\.)*\w*Mapped\[(.*\bAny\b.*|object( \| None)?)\]( =|$)",
          parts="src data"),
    Shape((ast.Assign,), "M06", "", "nobody sees whether this is one or many; annotate it with "
          "Mapped[…]", is_.in_a_class, text=r" = (\w+\.)?relationship\(", parts="src data"),
    keyword("M07", "backref", "the other side of this relationship is invisible where it is used",
            lambda m, n: last(m.parents[n]) == "relationship", parts="src data"),
    call("M12", "Index|(Unique|Check|ForeignKey)Constraint", "whoever reads the model does not "
         "see this; put it into `__table_args__`",
         lambda m, n: not m.within_call(n, "Table") and not m.around(n, ast.ClassDef, *DEFINED)),
    constant("M13", "", "a name of more than 63 characters is cut off or refused; shorten it",
             lambda m, n: isinstance(n.value, str) and re.fullmatch(r"\w{64,}", n.value),
             parts="revision"),
    call("M16", "fromisoformat", "it may give a moment without a time zone; write "
         ".astimezone(UTC) behind it",
         lambda m, n: re.search(r"(^|\.)datetime\.fromiso", m.name(n.func))
         and not isinstance(m.parents[n], ast.Attribute), parts="src data"),
    call("M16", "replace", "its time zone is taken away; leave it in place", text="tzinfo=None",
         parts="src data"),
    attribute("M16", "utcnow|utcfromtimestamp", "a moment without a time zone; write "
              "datetime.now(UTC)", lambda m, n: re.match(r"(\?\.)?datetime\.", m.name(n)),
              parts="src data"),
    keyword("M16", "default|insert_default|onupdate|default_factory", "it gives moments without "
            "a time zone; write lambda: datetime.now(UTC), or server_default",
            lambda m, n: re.search(r"(^|\.)datetime\.(now|today)$", m.name(n.value)),
            parts="src data"),
)  # fmt: skip
QUERY_SHAPES = (
    call("Q01", "query", "the query API of SQLAlchemy 1; write session.scalars(select(…))",
         of="session", parts="src tests"),
    call("Q02", ".*", "a query outside a repository", is_.query_outside),
    Shape((ast.ClassDef,), "Q02", f".*{project().repository}", "a repository of its own; inherit "
          "that of the data layer", is_.alone, parts="src data"),
    function("Q03", r"(?!__).*", "{name}() does not say what it returns",
             lambda m, n: is_.in_repository(m, n) and (not n.returns or re.fullmatch(
                 "Any|object|list|Sequence", ast.unparse(n.returns)))),
    call("Q04", "first", "which row is the first, if nothing orders them?; add order_by(), or use "
         "one_or_none()", lambda m, n: not n.args and is_.unordered(m, n, r"\.limit\(1\)"),
         parts="src data"),
    Shape((ast.Subscript,), "Q04", "", "all rows are loaded for one; use limit(1) and first()",
          lambda m, n: ast.unparse(n.value).endswith(".all()") and "select(" in m.whole(n.value),
          text=r"\[-?\d+\]$"),
    call("Q06", ".*", "a query for each turn of the loop (N+1); ask once, by in_(), by_keys() or "
         "selectinload()", is_.asking_each),
    call("Q10", ".*", "a value may end up in this SQL; write a plain string, and give values as "
         ":parameters", is_.built_sql, parts="src data revision"),
    call("Q11", "exec_driver_sql", "SQLAlchemy neither checks nor translates this; write select()"),
    attribute("Q11", "__table__", "a table goes past soft delete, versions and updated_at; use the "
              "model", lambda m, n: m.path.stem != "models"),
    call("Q12", "len|sum", "every row is loaded for a {name}()", is_.counting, parts="src data"),
    Shape((ast.BoolOp, ast.UnaryOp, ast.Compare), "Q13", "", "Python decides this before the query "
          "is made, and drops a condition; use &, |, ~, in_(), is_()", is_.decided_early),
    call("Q14", "add", "a statement and a savepoint for each row; collect them for add_all(), or "
         "insert_many() if they are many",
         lambda m, n: m.loop(n) and not is_.may_fail(m, n), of="repository"),
    call("Q15", ".*", "rows are changed one by one; use update_where() or delete_where()",
         is_.changing_each),
    call("Q15", "execute|scalars", f"this changes every row of the table; {FOUND}",
         is_.changing_all, of="session"),
    call("Q15", "(update|delete)_where", f"this changes every row of the table; {FOUND}",
         lambda m, n: not n.args, of="repository"),
    call("Q17", "limit|slice", "which rows are these, if nothing orders them?; add order_by() with "
         "a unique key", lambda m, n: is_.unordered(m, n, r"\.limit\(1\)"), parts="src data"),
    call("Q19", "i?like|notlike|not_i?like|notilike", "the user's % and _ are wildcards; use "
         "contains(term, autoescape=True)",
         lambda m, n: n.args and is_.put_together(n.args[0]), unless=r"escape\s*="),
    call("Q19", "getattr", "whoever sends the name chooses the column; map the names that may be "
         "asked for to columns",
         lambda m, n: len(n.args) == 2 and not isinstance(n.args[1], ast.Constant)
         and m.within_call(n, *"order_by where filter group_by desc asc".split())),
    call("Q21", "offset", "OFFSET reads what it skips, and rows slip between pages; use page()",
         text=r"\bselect\(|\.(limit|order_by|where)\(|^(stmt|statement|query)\."),
    call("Q21", "scalars|execute", "this reads every row of the table; page(), stream() or limit(); "
         "waive it if they stay few", is_.reading_all, of="session"),
    call("Q23", "with_for_update", "two that lock these rows may wait for each other (deadlock); "
         "add order_by() with the key",
         lambda m, n: is_.unordered(m, n, "skip_locked") and ".in_(" in m.whole(n),
         parts="src data"),
)  # fmt: skip
MIGRATION_SHAPES = (
    attribute("G01", "create_all|drop_all", "tables made here have no history; run `alembic "
              "upgrade head`", parts="src data env revision"),
    attribute("T01", "create_all|drop_all", f"no migration has made these tables; {FIXTURES}",
              text=r"\bBase\.metadata", parts="tests"),
    function("G04", "upgrade|downgrade", "the way back is missing; undo what upgrade() does, or "
             "raise with the reason", is_.one_way, parts="revision"),
    function("G06", "(up|down)grade", "this revision changes schema and data; make two of it",
             lambda m, n: re.search(DATA, ast.unparse(n)),
             text=r"\b(op|\w*batch\w*)\.(create|drop|add|alter|rename)_\w+\(", parts="revision"),
    call("G06", "execute", "one statement for all rows locks them all, a loop sends one for each; "
         "use backfill()", is_.not_in_batches, parts="revision"),
    call("G06", "Session|AsyncSession|sessionmaker|commit|rollback", "Alembic begins and commits "
         "each revision; use backfill()", parts="revision"),
    call("G07", "configure", "changes of types or defaults would be missed; state compare_type "
         "and compare_server_default", text=r"^context\.",
         unless=r"(?=.*\bcompare_type=(True|\w+\.\w+))(?=.*\bcompare_server_default=(True|\w+\.\w+))",
         parts="env"),
    call("G12", "alter_column|drop_constraint|"
         "create_(check_constraint|foreign_key|primary_key|unique_constraint)",
         "SQLite cannot alter that; use `with op.batch_alter_table(…)`", text=r"^op\.",
         parts="revision"),
    function("G15", "upgrade", "if this stops half-way, MySQL keeps what was done; make a revision "
             "of each change, or, where it is one new table with its indexes, waive it",
             lambda m, n: len(re.findall(CHANGES, ast.unparse(n))) > 1 or any(
                 re.search(CHANGES, ast.unparse(one)) for one in ast.walk(n)
                 if isinstance(one, ast.For)), parts="revision"),
)  # fmt: skip
OTHER_SHAPES = (
    function("A02", ".*", "the calls of the database in here block every other request; write "
             "`def`", is_.asynchronous),
    call("T03", ".*Mock|create_autospec", "a mock takes any call; use the fixture `session`",
         is_.mock_of_a_session, parts="tests"),
    Shape((ast.arg,), "X03", ".*", "{name} may hold anything; take a model, or name its types",
          lambda m, n: n.annotation and ast.unparse(n.annotation) in ("dict", "list")),
    call("X03", "[A-Z].*", "{name} takes any key that somebody sends; take a pydantic model that "
         "names its fields", is_.unpacked),
    call("X05", ".*", "a GET writes, though browsers and caches repeat or omit it; make it a POST",
         is_.written_in_a_get),
    call("X06", "HTTPException|.*(Response|Problem)|abort|jsonify", "the client is told what only "
         "the log should say; log it, and answer without the error's text", is_.telling),
)  # fmt: skip
SHAPES: tuple[Shape, ...] = (
    *ENGINE_SHAPES, *SESSION_SHAPES, *MODEL_SHAPES, *QUERY_SHAPES, *MIGRATION_SHAPES, *OTHER_SHAPES,
)  # fmt: skip
