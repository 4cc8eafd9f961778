"""What breaks a rule by its shape: the name of a call, what it is called of, what it is given."""

import ast
import re
from itertools import product
from typing import NamedTuple

from .module import DEFINED, Module, last, receiver

ENGINE, MAKER = "create_(async_)?engine", "(async_)?sessionmaker"
DDL = r"\b((batch_)?op\.(create|drop|add|alter|rename)_\w+\(|op\.execute\(\W*(?i:alter|create|drop|rename|truncate)\b)"
MONEY = r"((?!\w*(percent|rate|ratio))\w*(amount|fee|money|price|salary)\w*|balance|cost|total|(?!\w*_of_)(\w+_)?(budget|charge|credit|debit|deposit|discount|fine|payment|payout|refund|revenue|subtotal|wage)s?)"
CALLED = r"\([^()]*(\([^()]*\)[^()]*)*\)$"  # and nothing behind it
DATA = r"(?:(op\.bulk_insert|\bbackfill)\(|\.execute\([^#]*?((?i:\b(insert\s+into|update\s+\S+\s+set|delete\s+from)\b)|\b(insert|update|delete)\())"
SQL = r"(?i)\w\(['\"]\s*(begin|start\s+transaction|commit|rollback|savepoint|release)\b"
STAYS = r"(?i)\(['\"]\s*set\s+(?!local\b|transaction\b)[\w. ]+?(=| to\b| zone\b)|\b(pg_advisory_lock(_shared)?|get_lock)\("
ADDRESS = r"^['\"]((sqlite|postgres(ql)?|mysql|mariadb)://|\w+\+\w+://|.*\w://[^/\s:@]+:[^/\s@]+@)"
OPTIONS = r"(?s)(?=.*\bcompare_type=(True|\w+\.\w+))(?=.*\bcompare_server_default=(True|\w+\.\w+))"
ALTER = "alter_column|drop_constraint|create_(check_constraint|foreign_key|primary_key|unique_constraint)"
CALL, ATTRIBUTE, CONSTANT = (ast.Call,), (ast.Attribute,), (ast.Constant,)
ASSIGN = (ast.Assign, ast.AnnAssign)


class Shape(NamedTuple):
    """Nodes of some classes, in some parts of the project, by patterns."""

    classes: tuple[type[ast.AST], ...]
    rule: str
    parts: str
    names: str = ""  # the last word
    of: str = ""  # what a method is called of, or "sqlalchemy"; "module" for what is in no other
    has: str = ""  # the code
    unless: str = ""  # nothing in the code
    says: str = ""  # if the code itself and what the rule says do not tell enough

    def fits(self, m: Module, node: ast.AST) -> bool:
        if not re.fullmatch(self.names, last(node)):
            return False
        if self.of == "sqlalchemy" and not m.is_sqlalchemy(getattr(node, "func", node)):
            return False
        if self.of == "module" and not isinstance(m.parents[node], ast.Module):
            return False
        if (
            self.of not in ("", "module", "sqlalchemy")
            and m.kind(receiver(node)) not in self.of.split()
        ):
            return False
        code = m.whole(node) if self.has or self.unless else ""
        return bool(re.search(self.has, code)) and not (
            self.unless and re.search(self.unless, code)
        )


SHAPES = (
    Shape(CALL, "E02", "src data", ENGINE, "sqlalchemy", "", "NullPool|pool_pre_ping=True"),
    Shape(CALL, "E03", "src data", ENGINE, "sqlalchemy", "", r"NullPool|\bpool_size=(?!\d)"),
    Shape(CONSTANT, "E04", "src data env revision", has=ADDRESS, says="an address or a password"),
    Shape(CALL, "E04", "src", "get|getenv", has=r"env(iron\.get)?\(['\"]\w*(TOKEN|SECRET|PASSWORD|KEY)\w*['\"], ['\"].", says="whoever reads the code knows this default; let it be required"),
    Shape(CALL, "E05", "src data", r"\w+_engine", has=r"\becho(_pool)?=(True|'debug')"),
    Shape(CALL, "E05", "src data", "setLevel", has=r"getLogger\(['\"]sqlalchemy"),
    Shape(CALL, "S05", "src", "commit|rollback", "session connection"),
    Shape(ASSIGN, "E05", "src", has=r"^[\w.]+\.echo = "),
    Shape(CALL, "S03", "src", "expunge(_all)?", "session", says="this is kept without a session; return values instead"),
    Shape(CALL, "S05", "src", "begin|close", "session"),
    Shape(ATTRIBUTE, "S04", "src", "sync_session", "session", says="it is for run_sync() alone; use the session itself"),
    Shape(CALL, "S08", "src data", MAKER, "sqlalchemy", "", "expire_on_commit=False",
          "expire_on_commit is on; state it as False"),
    Shape(CALL, "S09", "src data", MAKER, "sqlalchemy", "", "autoflush=False",
          "autoflush is on; state it as False, and flush() before you query"),
    Shape(ATTRIBUTE, "S09", "src", "no_autoflush", "session"),
    Shape(CALL, "S12", "src env revision", "text", "sqlalchemy", SQL),
    Shape(CALL, "S12", "src env revision", "execute|exec_driver_sql", has=SQL),
    Shape(CALL, "S12", "src", "text|exec_driver_sql|pg_advisory_lock(_shared)?|get_lock", has=STAYS, says="whoever gets this connection next has it too; SET LOCAL and pg_advisory_xact_lock() end with the transaction"),
    Shape(CALL, "S18", "src", "get_one", "session"),
    Shape(ASSIGN, "M02", "src data", has=r"^\w+ = (\w+\.)?(mapped_column|column_property|deferred|composite)\("),
    Shape(ASSIGN, "M03", "src data", has=r": (\w+\.)*\w*Mapped\[(.*\bAny\b.*|object( \| None)?)\]( =|$)"),
    Shape(ASSIGN, "M06", "src data", has=r"^\w+ = (\w+\.)?relationship\("),
    Shape(CALL, "M07", "src data", "relationship", has=r"\bbackref="),
    Shape(CONSTANT, "M13", "revision", has=r"^'\w{64,}'$", says="a name of over 63 characters; shorten it"),
    Shape(CALL, "M11", "src", "where|filter|find(_one)?|count|exists", has=r"\bfunc\.(date|date_trunc|day|month|year|strftime|to_char)\([^)]*\b[A-Z]\w*\.\w+[^)]*\) *([<>=!]|\.(between|in_|is_)\b)", says="no index finds what a function makes of a column; compare with a range"),
    Shape(CALL, "M11", "src data", "order_by", has=r"\bfunc\.rand(om)?\(\)", says="all rows are sorted for this; choose a key in Python"),
    Shape(CALL, "M16", "src data", "replace", has="tzinfo=None"),
    Shape(CALL, "M16", "src data", r"\w+", has=r"(default|onupdate|\w+_default|default_factory)=(\w+\.)*datetime\.(now|today)\b(?!\()"),
    Shape(ATTRIBUTE, "M16", "src data", "utcnow|utcfromtimestamp", has=r"^(\w+\.)*datetime\."),
    Shape(CALL, "M26", "src data revision", "mapped_column|Column", has=r"\bserver_default=['\"](now\(\)|\w+_uuid\(\)|current_\w+)", says="a text is no call, and all rows get the same; write sa.func.now()"),
    Shape(CALL, "M26", "src data", "mapped_column|Column", has=r"\b(default|onupdate)=(str\()?[\w.]*\b(uuid[147]|token_hex|token_urlsafe|urandom)\(", says="it is made once, at import, and all rows share it; give a function"),
    Shape((ast.AnnAssign,), "M27", "src", has=rf"^{MONEY}: float\b"),
    Shape(CALL, "Q01", "src tests conftest", "query", "session"),
    Shape(CALL, "Q01", "src", r"bulk_\w+", "session", says="this goes past the model; use insert() or update()"),
    Shape(CALL, "Q11", "src", "exec_driver_sql"),
    Shape(CALL, "Q15", "src", "(update|delete)_where", "repository", r"_where\((\)|\w+=[^=])",
          says="this changes every row of the table; add a condition, or waive it"),
    Shape(CALL, "Q15", "src", "execution_options|execute|scalars", has=r"synchronize_session['\"]?[=:] ?False", says="what the session has loaded stays as it was; leave this out"),
    Shape(CALL, "Q07", "src", "limit", has=r"\bcontains_eager\(", says="this counts the rows of the join; use selectinload()"),
    Shape(CALL, "Q19", "src", "i?like|notlike|not_i?like|notilike", "", r"like\((f['\"].*\{|.* [+%] )", "escape="),
    Shape(CALL, "Q19", "src", "order_by|where|filter|group_by|desc|asc", has=r"\bgetattr\(\w+, (?!['\"])[^,]+\)"),
    Shape(CALL, "Q19", "src", "find(_one)?|page(_of_rows)?|select_rows", has=r"\border_by=.*\bgetattr\(\w+, (?!['\"])"),
    Shape(CALL, "S18", "src", "one|scalar_one", has=r"\bon_conflict_do_nothing\(", says="a row that was there is not returned; use one_or_none()"),
    Shape(CALL, "Q21", "src", "offset", has=r"\bselect\(|\.(limit|order_by|where)\(|^(stmt|statement|query)\."),
    Shape((ast.Return,), "X06", "src", has=r"(?<!self)\.__dict__( for \w+ in \w+\])?$|^return vars\(", says="what SQLAlchemy keeps in it is shown too; name the fields"),
    Shape(CALL, "X03", "src", "constr|Body|Cookie|Field|Form|Header|Path|Query|StringConstraints", has=r"\b(pattern|regex)='(?!(\(\?\w+\))?(\^|\\\\A))[^']*[*+}|][^']*(?<!\$)(?<!\\[zZ])'",
          says="this pattern may be found anywhere in a text; write ^ before it and $ behind it"),
    Shape((ast.keyword,), "X03", "src", "extra", has=r"='allow'$", says="clients may send any name; forbid or ignore what is not known"),
    Shape(ATTRIBUTE, "G01", "src data env revision", "create_all|drop_all"),
    Shape(DEFINED, "G06", "revision", "(up|down)grade", "",
          rf"(?s)\b(op|\w*batch\w*)\.(create|drop|add|alter|rename)_\w+\(.*{DATA}|{DATA}.*\b(op|\w*batch\w*)\.(create|drop|add|alter|rename)_\w+\(",
          says="schema and data in one revision; make two of it"),
    Shape(CALL, "G06", "revision", "Session|AsyncSession|sessionmaker|commit|rollback",
          says="Alembic begins and commits each revision; use backfill()"),
    Shape(CALL, "G04", "revision", r"(create|add)_\w+", has=r"\bif_not_exists=True", says="downgrade() would drop what was there before; leave if_not_exists out"),
    Shape(CALL, "G07", "env", "configure", "", r"^context\.", OPTIONS),
    Shape(CALL, "G12", "revision", ALTER, has=r"^op\.", unless=r"^op\.batch_alter_table"),
    Shape(DEFINED, "G15", "revision", "upgrade", has=rf"(?s){DDL}.*{DDL}|\bfor .*\n +{DDL}",
          says="if this stops half-way, MySQL keeps what was done; make a revision of each change, or waive it"),
    Shape(CALL, "G16", "revision", "execute", has=r"(?is)\bdrop\s[^;]*(?<!delete)(?<!update)\s+cascade\b|['\";](\\n|\s)*truncate\s",
          says="what is not named goes too, or every row; name what is to go, delete rows by backfill()"),
    Shape(CALL, "T01", "tests", rf"{ENGINE}|(Async)?Session", "sqlalchemy"),
    Shape(ATTRIBUTE, "T01", "tests conftest", "create_all|drop_all", has=r"\bBase\.metadata"),
    Shape((ast.Assign, ast.keyword), "T03", "tests conftest", r"\w*", has=r"^([\w.]*[_.])?(db|session) ?= ?(\w+\.)*\w*Mock\((?!.*spec)"),
    Shape(CALL, "T03", "tests conftest", "patch|object", has=r"patch(\.object)?\((['\"][\w.]+\.(select|execute|scalars?)['\"]|(Async)?[Ss]ession\b)"),
    Shape(CALL, "T04", "tests", "sleep", has=r"^(anyio|asyncio|time|trio)\.sleep\((0?\.0?[1-9]|[1-9])\d*\)", says="too short on a slow day, too long on others; wait for what has to happen"),
    Shape((ast.Assert,), "T04", "tests", has=r"\btime\.time\(\)|\b(date|datetime)\.today\(|\bnow\([^)]*\)\.(date\(|day|hour|minute|month|(iso)?weekday\()", says="this fails at midnight, or when a clock is set; give the code a time"),
    Shape((ast.Assert,), "T04", "tests", has=r"\.id == \d+$", says="sequences are not rolled back; compare with what was stored"),
    Shape((ast.Assert,), "T04", "tests", has=r"^assert (list\(|\[[\w.]+ for \w+ in )?\(?(await )?[\w.]+\.scalars\(select\((?!.*order_by\().* == \[[^\]]*,", says="a database may give these rows in any order; add order_by()"),
    Shape((ast.Assert,), "T05", "tests", has=r"^assert (True|[\w.]*\.status_code|(await )?\w*(response|answer)|.*\.status_code (< 500|!= (500|404|4..)|in .*\b2\d\d.*\b[45]\d\d.*))$", says="this holds whatever the code does; name the one right answer"),
    Shape((ast.Assert,), "T05", "tests", has=rf"^assert (await )?((\w*client|http|api)\.(delete|get|head|options|patch|post|put|request)|[\w.]+(\(\w*\))?\.add(_all)?){CALLED}", says="this is always true, or never; look at what it gives"),
    Shape(CALL, "T05", "tests", "skip|xfail", has=r"^pytest\.(skip|xfail)\(('')?\)$", says="nobody knows when it may run again; give a reason"),
    Shape((*DEFINED, ast.ClassDef), "T05", "tests", r"\w+", has=r"(?m)^@pytest\.mark\.(skip(\((reason=)?('')?\))?|xfail(\((?!.*\breason='.).*\))?)$", says="nobody knows when it may run again; give a reason"),
    Shape(DEFINED, "T04", "tests conftest", r"\w+", has=r"\brandom\.(choices?|random|sample|shuffle|uniform)\(|\brand(int|range)\(", unless=r"\brandom\.seed\(", says="what failed once cannot be run again; write the values down, or state a seed"),
    Shape(ASSIGN, "T04", "tests", of="module", has=r"^_?[a-z]\w*(: .+)? = (\[\]|\{\}|(dict|list|set)\(\))$", says="what a test leaves in it is there for the next; make a fixture of it"),
    Shape(CALL, "T01", "tests conftest", "execute|exec_driver_sql|text", has=r"(?i)\(['\"]\s*(truncate\s|drop\s+table\b|delete\s+from\b(?!.*\bwhere\b))", says="others run on this database; leave it to the fixture, which rolls back"),
    Shape((ast.Assert,), "T05", "tests", has=r"^assert .* or (True|\d+|['\"].+['\"])$", says="this is always true; compare with each"),
    Shape((ast.Global,), "T04", "tests", says="a test that runs alone, or in parallel, has not got it; use a fixture"),
    Shape((ast.Assign,), "T04", "tests", has=r"^os\.environ\[", says="the next test has it too; use monkeypatch.setenv()"),
    Shape(CALL, "T03", "tests conftest", ".*Mock|create_autospec", has=r"\((spec(_set)?=)?(\w+\.)*(Async)?(Session|Engine|Connection)\b"),
)  # fmt: skip


# Those of a part of the project, by the class of a node.
BY_PART: dict[str, dict[type[ast.AST], list[Shape]]] = {}
for one in SHAPES:
    for part, kind in product(one.parts.split(), one.classes):
        BY_PART.setdefault(part, {}).setdefault(kind, []).append(one)


def shapes_of(m: Module) -> dict[type[ast.AST], list[Shape]]:
    """Return what may be found in a module. The tests' own conftest.py may make engines."""
    fixtures = m.path.stem in ("conftest", "databases") and m.path.parent.name == "tests"
    return BY_PART.get("conftest" if fixtures else m.part, {})
