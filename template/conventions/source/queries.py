"""Queries: where they live, what they may cost, and what goes into them."""

import ast
import re
from collections.abc import Iterator

from ..rules import Found
from .module import FUNCTIONS, Module, last, parameters, receiver
from .sessions import WRITES

STATEMENTS = {"select", "insert", "update", "delete", "exists", "union", "union_all"}
ASKS = frozenset("""execute scalar scalars stream stream_scalars get get_one refresh""".split())
STORES = {"add", "add_all", "merge", "delete"}
UPDATE_OR_DELETE = re.compile(r"(sa\.|sql\.|sqlalchemy\.)?(update|delete)\(")
CHANGE = re.compile(r"(insert|update|delete)\(")
UNTYPED = re.compile(r"(typing\.)?([Dd]ict|Mapping)(\[str, (Any|object)\])?( \| None)?$")
NAME_IT = "give it a name in a repository, as a method"
UNSAFE = "a value may end up in this SQL"
AS_PARAMETER = "write a plain string, and give values as :parameters"
ALL_ROWS = "this changes every row of the table"
WHERE = "add a condition, or waive it if every row is meant"


def calls(m: Module) -> Found:
    """Yield what is wrong with single calls."""
    for call, name, kind in m.calls:
        first = m.whole(call.args[0]) if call.args and kind in ("session", "repository") else ""
        # A browser's session and a cache are asked for texts.
        texts = call.args and isinstance(call.args[0], ast.JoinedStr | ast.Constant)
        loop = m.loop(call)
        chunks = m.in_chunks(loop)
        repository, session = kind == "repository", kind == "session"
        if name == "query" and session:
            yield "Q01", call, "the query API of SQLAlchemy 1", "write session.scalars(select(…))"
        made = name in STATEMENTS and re.match(r"(sa|sqlalchemy)\.", m.name(call.func) + ".")
        of_module = made and isinstance(call.func, ast.Attribute) and m.path.stem != "models"
        asked = session and name in ASKS | STORES and not texts
        if m.part == "src" and (of_module or asked) and not _in_repository(m, call):
            yield "Q02", call, "a query outside a repository", NAME_IT
        asks = (session and name in ASKS) or (repository and name not in WRITES | {"flush"})
        if asks and loop and not chunks and not texts and not CHANGE.match(first):
            wrong = "a query for each turn of the loop (N+1)"
            yield "Q06", call, wrong, "ask once, by in_(), by_keys() or selectinload()"
        if name == "add" and repository and loop and not _may_fail(m, call):
            wrong = "a statement and a savepoint for each row"
            instead = "collect them for add_all(), or insert_many() if they are many"
            yield "Q14", call, wrong, instead
        one_by_one = session and (
            name in ("delete", "merge") or (name == "execute" and CHANGE.match(first))
        )
        if loop and not chunks and (one_by_one or (repository and name.endswith("_where"))):
            instead = "use update_where() or delete_where()"
            yield "Q15", call, "rows are changed one by one", instead
        if session and UPDATE_OR_DELETE.match(first):
            if not re.search(r"\.(where|filter|filter_by)\(", first):
                yield "Q15", call, ALL_ROWS, WHERE
        if repository and name in ("update_where", "delete_where") and not call.args:
            yield "Q15", call, ALL_ROWS, WHERE
        whole = re.match(r"select\([A-Z]\w*\)(\.(order_by|options)\([^)]*\))*$", first)
        if session and name in ("scalars", "execute") and whole and len(call.args) == 1:
            wrong = "this reads every row of the table"
            yield "Q21", call, wrong, "page(), stream() or limit(); waive it if they stay few"
        yield from _sql(m, call, name)
        yield from _results(m, call, name)


def _in_repository(m: Module, node: ast.AST) -> bool:
    around = m.around(node, ast.ClassDef)
    named = isinstance(around, ast.ClassDef) and around.name.endswith("Repository")
    return m.path.stem == "repository" or named


def _may_fail(m: Module, call: ast.Call) -> bool:
    """Tell whether a savepoint for each is wanted: errors are caught one by one."""
    return any(isinstance(one, ast.Try) and part in one.body for one, part in m.all_around(call))


def _sql(m: Module, call: ast.Call, name: str) -> Found:
    first = call.args[0] if call.args else ast.Constant("")
    if name == "exec_driver_sql":
        yield "Q11", call, "SQLAlchemy neither checks nor translates this", "write select()"
    texts = name == "exec_driver_sql" or m.is_sqlalchemy(call.func, "text", "literal_column")
    made = isinstance(first, ast.BinOp | ast.JoinedStr) or (
        isinstance(first, ast.Call) and last(first.func) == "format"
    )
    if (texts or (name == "execute" and made)) and not _is_literal(m, first):
        yield "Q10", call, UNSAFE, AS_PARAMETER


def _is_literal(m: Module, node: ast.AST | None) -> bool:
    match node:
        case ast.Constant(value=str()):
            return True
        case ast.JoinedStr(values=values):
            return all(isinstance(value, ast.Constant) for value in values)
        case ast.Name(id=name) if m.binding(node) is None:
            return _is_literal(m, getattr(m.defined.get(name), "value", None))
        case ast.BinOp(left=left, right=right):
            return _is_literal(m, left) and _is_literal(m, right)
    return False


def _results(m: Module, call: ast.Call, name: str) -> Found:
    if name in ("first", "limit", "slice", "with_for_update"):
        written = m.whole(call)
        ordered = ".order_by(" in written
        if "select(" not in written:
            return
        if name == "first" and not ordered and ".limit(1)" not in written and not call.args:
            wrong = "which row is the first, if nothing orders them?"
            yield "Q04", call, wrong, "add order_by(), or use one() or one_or_none()"
        one = [ast.unparse(given) for given in call.args] == ["1"]
        if name in ("limit", "slice") and not ordered and not one:
            wrong = "which rows are these, if nothing orders them?"
            yield "Q17", call, wrong, "add order_by() with a unique key"
        many = ".in_(" in written and not ordered and "skip_locked" not in written
        if name == "with_for_update" and many:
            wrong = "two that lock these rows may wait for each other (deadlock)"
            yield "Q23", call, wrong, "add order_by() with the key"
    if name in ("len", "sum") and call.args and isinstance(call.func, ast.Name):
        given = call.args[0]
        if isinstance(given, ast.GeneratorExp | ast.ListComp):
            given = given.generators[0].iter
        value: ast.AST | None = given
        if isinstance(given, ast.Name):  # rows that are used otherwise too may be counted
            value = m.binding(given) if _uses(m, given) == 1 else None
        if value is not None and any(_reads_rows(m, part) for part in ast.walk(value)):
            wrong = f"every row is loaded for a {name}()"
            yield "Q12", call, wrong, "use count() of the repository, or func.sum() in a select()"


def _uses(m: Module, name: ast.Name) -> int:
    around = ast.walk(m.around(name, *FUNCTIONS) or m.tree)
    return sum(
        isinstance(one, ast.Name) and one.id == name.id and isinstance(one.ctx, ast.Load)
        for one in around
    )


def _reads_rows(m: Module, node: ast.AST) -> bool:
    kind, name = (
        ("", "") if not isinstance(node, ast.Call) else (m.kind(receiver(node)), last(node.func))
    )
    rows = kind == "repository" and re.match("all|by_keys|find$|list", name)
    return bool(rows) or (kind == "session" and name in ("scalars", "execute"))


def others(m: Module) -> Found:
    """Yield what is wrong with classes, functions, comparisons and attributes."""
    for statement, _, full in m.imported():
        outside = m.part == "src" and m.path.stem not in ("repository", "models")
        if outside and full.startswith("sqlalchemy") and full.rpartition(".")[2] in STATEMENTS:
            yield "Q02", statement, "a query outside a repository", NAME_IT
    for function in m.functions:
        if _in_repository(m, function) and not function.name.startswith("__"):
            returns = ast.unparse(function.returns) if function.returns else "Any"
            if returns in ("Any", "object", "list", "Sequence"):
                wrong = f"{function.name}() does not say what it returns"
                yield "Q03", function, wrong, "annotate it, `-> list[Product]`"
    for node in m.nodes:
        match node:
            case ast.ClassDef(name=name, bases=bases) if name.endswith("Repository"):
                kinds = {m.kind(one) for f in ast.walk(node) for one in parameters(f)}
                inherits = re.search("Repository|Protocol", " ".join(map(ast.unparse, bases)))
                if "session" in kinds and not inherits:
                    wrong = "a repository of its own"
                    yield "Q02", node, wrong, "inherit Repository of the data layer"
            case ast.Subscript(value=rows, slice=ast.Constant()):
                if ast.unparse(rows).endswith(".all()") and "select(" in m.whole(rows):
                    instead = "use limit(1) and first(), or one()"
                    yield "Q04", node, "all rows are loaded for one", instead
            case ast.Attribute(attr="__table__") if m.path.stem != "models":
                wrong = "a table goes past soft delete, versions and updated_at"
                yield "Q11", node, wrong, "use the model"
            case ast.Compare(ops=[ast.Eq() | ast.NotEq() as how], comparators=[right]):
                for side, other in ((right, node.left), (node.left, right)):
                    value = side.value if isinstance(side, ast.Constant) else 0
                    if value is None or isinstance(value, bool):
                        word = "is_not" if isinstance(how, ast.NotEq) else "is_"
                        wrong = f"a column is compared with {value} by {word}()"
                        plain = f"{ast.unparse(other)}.{word}({value})".replace("; ", ", ")
                        instead = f"write {plain}, or, where it is no column, `is {value}`"
                        yield "Q16", node, wrong, instead
                        break


# What comes from outside


def _routes(m: Module) -> Iterator[tuple[str, ast.FunctionDef | ast.AsyncFunctionDef]]:
    """Yield the functions that answer requests, each with its HTTP method."""
    asks = re.compile(r"(router|app|blueprint|bp|api)\w*\.(post|put|patch|delete|get|route)\(.")
    for function in m.functions:
        for one in function.decorator_list:
            if asks.match(ast.unparse(one)) and isinstance(one, ast.Call):
                yield last(one.func), function


def routes(m: Module) -> Found:
    """Yield what is wrong with routes, and with what they take from outside."""
    for method, function in _routes(m):
        given = function.args
        defaults = dict(zip(reversed(given.args), reversed(given.defaults), strict=False))
        for one in parameters(function):
            written = f"{ast.unparse(one.annotation or one)} {ast.unparse(defaults.get(one, one))}"
            if one.annotation and UNTYPED.match(ast.unparse(one.annotation)):
                wrong = f"{one.arg} takes anything from outside"
                yield "X03", one, wrong, "take a pydantic model that names its fields"
            sized = re.match("(limit|size|page_size|per_page|count|first)$", one.arg)
            if sized and "int" in written and not re.search(r"\b(le|lt|max)\s*=", written):
                yield "Q21", one, f"{one.arg} has no upper bound", "state it: Query(le=100)"
        for call in ast.walk(function) if method == "get" else ():
            if isinstance(call, ast.Call) and last(call.func) in WRITES | {"flush"}:
                if m.kind(receiver(call)) in ("session", "repository"):
                    wrong = "a GET writes, though browsers and caches repeat or omit it"
                    yield "X05", call, wrong, "make it a POST"
                    break
    for function in m.functions:
        for one in parameters(function):
            if one.annotation and ast.unparse(one.annotation) in ("dict", "list"):
                yield "X03", one, f"{one.arg} may hold anything", "take a model, or name its types"
    for call, name, _ in m.calls:
        bound = [
            m.binding(one.value)
            for one in call.keywords
            if one.arg is None and isinstance(one.value, ast.Name)
        ]
        model = name[:1].isupper() and (".models." in m.name(call.func) or name in m.defined)
        for source in bound if model else ():
            untyped = isinstance(source, ast.arg) and source.annotation
            if untyped and UNTYPED.match(ast.unparse(untyped)):
                wrong = f"{name} takes any key that somebody sends"
                yield "X03", call, wrong, "take a pydantic model that names its fields"
