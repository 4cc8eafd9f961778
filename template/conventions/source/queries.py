"""Queries: where they live, what they may cost, and what goes into them."""

import ast
import re

from ..rules import Found, check
from .module import FUNCTIONS, Module, last, names_in, parameters, receiver
from .sessions import WRITES

STATEMENTS = ["select", "insert", "update", "delete", "exists", "union", "union_all"]
ASKS = set(["execute", "scalar", "scalars", "stream", "stream_scalars", "get", "get_one", "refresh"])
OF_SESSIONS = ASKS | {"add", "add_all", "merge", "delete"}
CONDITIONS = ("where", "filter", "having", "and_", "or_", "not_")
REQUESTS = ("post", "put", "patch", "delete", "get", "route", "api_route")


def _in_repository(m: Module, node: ast.AST) -> bool:
    around = m.around(node, ast.ClassDef)
    named = isinstance(around, ast.ClassDef) and around.name.endswith("Repository")
    return m.path.stem == "repository" or named


def _is_text(call: ast.Call) -> bool:
    """Tell whether a text is asked for: of a browser's session, or a cache's."""
    first = call.args[0] if call.args else None
    return isinstance(first, ast.JoinedStr | ast.Constant)


@check("Q01", "module", "src tests")
def queries_are_selects(m: Module) -> Found:
    for call in m.calls_of("query"):
        if m.kind(receiver(call)) == "session":
            wrong = "the query API of SQLAlchemy 1"
            yield call, wrong, "write session.scalars(select(…))"


@check("Q02", "module", "src")
def queries_live_in_repositories(m: Module) -> Found:
    instead = "give it a name there, as a method"
    if m.path.stem == "repository":
        return
    for node in m.nodes:
        if isinstance(node, ast.ImportFrom) and m.source_of(node).startswith("sqlalchemy"):
            asked = {one.name for one in node.names} & set(STATEMENTS)
            if asked and m.path.stem != "models":
                yield node, "a query outside a repository", instead
    for name, call in m.calls:
        kind = m.kind(receiver(call))
        made = name in STATEMENTS and ast.unparse(call.func).startswith(("sa.", "sqlalchemy."))
        made = made and m.path.stem != "models"
        asked = kind == "session" and name in OF_SESSIONS and not _is_text(call)
        if (made or asked) and not _in_repository(m, call):
            yield call, "a query outside a repository", instead


@check("Q02", "module", "src")
def repositories_inherit_repository(m: Module) -> Found:
    for node in m.tree.body:
        if isinstance(node, ast.ClassDef) and node.name.endswith("Repository"):
            bases = " ".join(map(ast.unparse, node.bases))
            kinds = {m.kind(one) for f in ast.walk(node) for one in parameters(f)}
            if not re.search(r"Repository|Protocol", bases) and "session" in kinds:
                yield node, "a repository of its own", "inherit Repository of the data layer"


@check("Q03", "module", "src")
def repositories_say_what_they_return(m: Module) -> Found:
    for function in m.functions():
        if _in_repository(m, function) and not function.name.startswith("__"):
            returns = function.returns
            if returns is None or ast.unparse(returns) in ("Any", "object", "list", "Sequence"):
                wrong = f"{function.name}() does not say what it returns"
                yield function, wrong, "annotate it, `-> list[Product]`"


@check("Q04", "module", "src")
def first_needs_an_order(m: Module) -> Found:
    for call in m.calls_of("first"):
        text = m.whole(call)
        ordered = re.search(r"\.order_by\(|\.limit\(1\)", text)
        if re.search(r"\bselect\(", text) and not ordered and not call.args:
            wrong = "which row is the first, if nothing orders them?"
            yield call, wrong, "add order_by(), or use one() or one_or_none()"
    for node in m.nodes:
        if isinstance(node, ast.Subscript) and re.search(r"\.all\(\)$", ast.unparse(node.value)):
            asked = re.search(r"\bselect\(|\bsession\b", m.whole(node.value))
            if asked and isinstance(node.slice, ast.Constant):
                yield node, "all rows are loaded for one", "use limit(1) and first(), or one()"


@check("Q06", "module", "src")
def no_query_in_a_loop(m: Module) -> Found:
    for name, call in m.calls:
        kind = m.kind(receiver(call))
        asks = kind == "session" and name in ASKS and not _is_text(call)
        calls = kind == "repository" and name not in WRITES | {"flush"} and not _is_text(call)
        writes = call.args and re.match(r"(insert|update|delete)\(", m.whole(call.args[0]))
        loop = m.loop(call)
        if (asks or calls) and loop and not writes and not m.in_chunks(loop):
            wrong = "a query for each turn of the loop (N+1)"
            yield call, wrong, "ask once, by in_(), by_keys() or selectinload()"


@check("Q10", "module", "src data revision")
def sql_is_a_literal(m: Module) -> Found:
    instead = "write a plain string, and give values as :parameters"
    for call in m.calls_of("text", "literal_column", "exec_driver_sql"):
        ours = last(call.func) == "exec_driver_sql" or m.is_of(
            call.func, "sqlalchemy", last(call.func)
        )
        if ours and call.args and not _is_literal(m, call.args[0]):
            yield call, "a value may end up in this SQL", instead
    for call in m.calls_of("execute"):
        first = call.args[0] if call.args else None
        made = isinstance(first, ast.BinOp | ast.JoinedStr) and not _is_literal(m, first)
        if made or (isinstance(first, ast.Call) and last(first.func) == "format"):
            yield call, "a value may end up in this SQL", instead


def _is_literal(m: Module, node: ast.expr) -> bool:
    match node:
        case ast.Constant(value=str()):
            return True
        case ast.JoinedStr(values=values):
            return all(isinstance(value, ast.Constant) for value in values)
        case ast.Name(id=name):
            value = getattr(m.defined.get(name), "value", None)
            return value is not None and m.binding(node) is None and _is_literal(m, value)
        case ast.BinOp(left=left, right=right):
            return _is_literal(m, left) and _is_literal(m, right)
    return False


@check("Q11", "module", "src")
def statements_are_of_models(m: Module) -> Found:
    for call in m.calls_of("exec_driver_sql"):
        yield call, "SQLAlchemy neither checks nor translates this", "write select() and the like"
    if m.path.stem != "models":
        for node in m.nodes:
            if isinstance(node, ast.Attribute) and node.attr == "__table__":
                wrong = "a table goes past soft delete, versions and updated_at"
                yield node, wrong, "use the model"


@check("Q12", "module", "src")
def rows_are_counted_by_the_database(m: Module) -> Found:
    for call in m.calls_of("len", "sum"):
        given = call.args[0] if call.args and isinstance(call.func, ast.Name) else None
        if isinstance(given, ast.GeneratorExp | ast.ListComp):
            given = given.generators[0].iter
        if given is None or (isinstance(given, ast.Name) and _uses(m, given) > 1):
            continue
        value = m.binding(given) if isinstance(given, ast.Name) else given
        if any(_reads_rows(m, part) for part in ast.walk(value or given)):
            wrong = f"every row is loaded for a {last(call.func)}()"
            yield call, wrong, "use count() of the repository, or func.sum() in a select()"


def _uses(m: Module, name: ast.Name) -> int:
    around = m.around(name, *FUNCTIONS) or m.tree
    loads = [p for p in ast.walk(around) if isinstance(p, ast.Name) and p.id == name.id]
    return sum(isinstance(one.ctx, ast.Load) for one in loads)


def _reads_rows(m: Module, node: ast.AST) -> bool:
    if not isinstance(node, ast.Call):
        return False
    kind, name = m.kind(receiver(node)), last(node.func)
    rows = kind == "repository" and re.match("all|by_keys|find$|list", name)
    return bool(rows) or (kind == "session" and name in ("scalars", "execute"))


@check("Q14", "module", "src")
def rows_are_inserted_at_once(m: Module) -> Found:
    for call in m.calls_of("add"):
        if m.kind(receiver(call)) == "repository" and m.loop(call):
            wrong = "a statement and a savepoint for each row"
            yield call, wrong, "collect them for add_all(), or insert_many() if they are many"


@check("Q15", "module", "src")
def rows_are_changed_at_once(m: Module) -> Found:
    for call in m.calls_of("delete", "merge", "execute", "delete_where", "update_where"):
        name, kind, loop = last(call.func), m.kind(receiver(call)), m.loop(call)
        if loop is None or m.in_chunks(loop):
            continue
        first = m.whole(call.args[0]) if call.args else ""
        sends = name == "execute" and re.match(r"(insert|update|delete)\(", first)
        whole = kind == "repository" and name.endswith("_where")
        if (kind == "session" and (name in ("delete", "merge") or sends)) or whole:
            yield call, "rows are changed one by one", "use update_where() or delete_where()"


@check("Q15", "module", "src")
def writes_have_a_where(m: Module) -> Found:
    instead = "add where(), or waive it if every row is meant"
    for call in m.calls_of("execute", "scalars", "scalar"):
        text = m.whole(call.args[0]) if call.args else ""
        changes = re.match(r"(sa\.|sql\.|sqlalchemy\.)?(update|delete)\(", text)
        if changes and not re.search(r"\.(where|filter|filter_by)\(", text):
            yield call, "this changes every row of the table", instead
    for call in m.calls_of("update_where", "delete_where"):
        if m.kind(receiver(call)) == "repository" and not call.args:
            yield call, "this changes every row of the table", instead


@check("Q16", "module", "src tests")
def null_is_compared_by_is(m: Module) -> Found:
    for node in m.nodes:
        match node:
            case ast.Compare(left=left, ops=[ast.Eq() | ast.NotEq() as how], comparators=[right]):
                for side, other in ((right, left), (left, right)):
                    if isinstance(side, ast.Constant) and (
                        side.value is None or isinstance(side.value, bool)
                    ):
                        word = "is_not" if isinstance(how, ast.NotEq) else "is_"
                        plain = f"{ast.unparse(other)}.{word}({side.value})"
                        wrong = f"in a query {side.value} is compared by {word}()"
                        instead = f"write {plain}, or, of no column, `is {side.value}`"
                        yield node, wrong, instead
                        break


@check("Q17", "module", "src")
def limit_needs_an_order(m: Module) -> Found:
    for call in m.calls_of("limit", "slice"):
        text = m.whole(call)
        one = [ast.unparse(given) for given in call.args] == ["1"]
        if re.search(r"\bselect\(", text) and ".order_by(" not in text and not one:
            wrong = "which rows are these, if nothing orders them?"
            yield call, wrong, "add order_by() with a unique key"


@check("Q21", "module", "src")
def lists_have_an_end(m: Module) -> Found:
    for call in m.calls_of("scalars", "execute"):
        text = m.whole(call.args[0]) if len(call.args) == 1 else ""
        whole = re.match(r"select\([A-Z]\w*\)(\.(order_by|options)\([^)]*\))*$", text)
        if whole and m.kind(receiver(call)) == "session" and "func." not in text:
            wrong = "this reads every row of the table"
            yield call, wrong, "page(), stream() or limit(); waive it if they stay few"


@check("Q23", "module", "src data")
def rows_are_locked_in_order(m: Module) -> Found:
    for call in m.calls_of("with_for_update"):
        text = m.whole(call)
        many = "select(" in text and ".in_(" in text
        if many and not re.search(r"\.order_by\(|skip_locked", text):
            wrong = "two that lock these rows may wait for each other (deadlock)"
            yield call, wrong, "add order_by() with the key"


# What comes from outside


def _routes(m: Module) -> list[tuple[str, ast.FunctionDef | ast.AsyncFunctionDef]]:
    """Return the functions that answer requests, each with its HTTP method."""
    return [
        (last(one.func), function)
        for function in m.functions()
        for one in function.decorator_list
        if isinstance(one, ast.Call)
        and isinstance(one.func, ast.Attribute)
        and last(one.func) in REQUESTS
        and one.args
        and re.search(r"(router|app|blueprint|bp|api)\w*$", ast.unparse(one.func.value))
    ]


def _is_untyped(annotation: ast.expr | None) -> bool:
    text = ast.unparse(annotation) if annotation else ""
    return (
        re.match(r"(typing\.)?([Dd]ict|Mapping)(\[str, (Any|object)\])?( \| None)?$", text)
        is not None
    )


@check("X03", "module", "src")
def input_is_checked_at_the_edge(m: Module) -> Found:
    instead = "take a pydantic model that names its fields"
    for _, function in _routes(m):
        for one in parameters(function):
            if _is_untyped(one.annotation):
                yield one, f"{one.arg} takes anything from outside", instead
    for name, call in m.calls:
        for given in call.keywords:
            if given.arg is None and isinstance(given.value, ast.Name) and name[:1].isupper():
                bound = m.binding(given.value)
                if isinstance(bound, ast.arg) and _is_untyped(bound.annotation):
                    if ".models." in m.name(call.func) or name in m.defined:
                        yield call, f"{name} takes any key that somebody sends", instead
    for function in m.functions():
        for one in parameters(function):
            if one.annotation and ast.unparse(one.annotation) in ("dict", "list", "Any"):
                yield one, f"{one.arg} may hold anything", instead


@check("X05", "module", "src")
def a_get_writes_nothing(m: Module) -> Found:
    for method, function in _routes(m):
        for call in ast.walk(function):
            if method == "get" and isinstance(call, ast.Call):
                kind, name = m.kind(receiver(call)), last(call.func)
                if kind in ("session", "repository") and name in WRITES | {"flush"}:
                    wrong = "a GET writes, and crawlers and caches repeat or omit it"
                    yield call, wrong, "make it a POST"
                    break


@check("X06", "module", "src")
def errors_show_nothing_of_the_inside(m: Module) -> Found:
    for node in m.nodes:
        if not isinstance(node, ast.ExceptHandler) or not node.name or node.type is None:
            continue
        broad = re.search(
            r"\b(Exception|BaseException|\w*SQLAlchemyError|DBAPIError|\w+Error)$",
            ast.unparse(node.type),
        )
        for call in ast.walk(node) if broad else ():
            answers = isinstance(call, ast.Call) and re.search(
                r"(HTTPException|Response|Problem|abort|jsonify)$", last(call.func)
            )
            if answers and node.name in names_in(call):
                wrong = "the client is told what only the log should say"
                yield call, wrong, "log it, and answer without the error's text"


@check("Q21", "module", "src")
def page_sizes_have_a_bound(m: Module) -> Found:
    for _, function in _routes(m):
        given = function.args
        for one in (*given.args, *given.kwonlyargs):
            default = dict(zip(reversed(given.args), reversed(given.defaults), strict=False))
            text = f"{ast.unparse(one.annotation or one)} {ast.unparse(default.get(one, one))}"
            sized = re.match("(limit|size|page_size|per_page|count|first)$", one.arg)
            if sized and not re.search(r"\b(le|lt|max)\s*=", text) and "int" in text:
                wrong = f"{one.arg} has no upper bound"
                yield one, wrong, "state it: Query(le=100)"
