"""What clients send, and what they are told: input at the edge, answers, secrets."""

import ast
import re

from ..project import GET
from .module import (
    DEFINED,
    FUNCTIONS,
    READS,
    WRITES,
    Module,
    Says,
    calls_in,
    caught,
    last,
    names_in,
    parameters,
)

ROUTE = re.compile(r"(router|app|blueprint|bp|api)\w*\.(get|post|put|patch|delete|route)\(")
PATCH = re.compile(r"(router|app|blueprint|bp|api)\w*\.patch\(")
ANSWER = re.compile(
    r"Response\((.*\bstatus(_code)?=|.*, )([\w.]*HTTP_)?[45]\d\d|^return .*, [45]\d\d\)?$"
    r"|^\w+\.status_code = ([\w.]*HTTP_)?[45]\d\d"
)
UNTYPED = re.compile(r"(typing\.)?([Dd]ict|Mapping)(\[str, (Any|object)\])?( \| None)?$")
MADE = re.compile(r"(^|\.)(datetime\.now|date\.today|uuid[147]|token_(hex|urlsafe))$")
SECRET = re.compile(r"(^|_)(api_key|hmac|password|pin|secret|signature)$|\w_token$")
FILE = "a client may name any file, by ../; take Path(name).name"
ELSEWHERE = "a client may send others anywhere by this; allow only paths of your own"
# What a client could name, and what to do.
PLACES = {
    "FileResponse": FILE,
    "send_file": FILE,
    "RedirectResponse": ELSEWHERE,
    "redirect": ELSEWHERE,
}
CLIENTS = ("httpx.", "httpx2.", "requests.", "aiohttp.", "urllib.request.urlopen")


def at_the_edge(m: Module, node: ast.AST) -> Says:
    match node:
        case ast.Call():
            yield from _taken(m, node, last(node))
            yield from _named_by_clients(m, node, last(node))
            yield from _told(m, node, last(node))
        case ast.FunctionDef() | ast.AsyncFunctionDef():
            for one in parameters(node):
                if one.annotation and ast.unparse(one.annotation) in ("dict", "list"):
                    yield "X03", f"{one.arg} may hold anything; take a model, or name its types"
        case ast.Compare(left=left, ops=[ast.Eq() | ast.NotEq()], comparators=[right]):
            plain = not isinstance(left, ast.Constant) and not isinstance(right, ast.Constant)
            query = m.within_call(node, "where", "filter", "and_", "or_", "find", "find_one")
            if plain and not query and any(SECRET.search(last(one)) for one in (left, right)):
                yield "X06", "how long this takes tells what is right; use hmac.compare_digest()"
        case ast.AnnAssign(value=ast.Call() as made) if isinstance(m.parents[node], ast.ClassDef):
            defaults = [k.value for k in made.keywords if k.arg == "default"]
            inner = [made, *defaults] if last(made) != "mapped_column" else []
            if any(isinstance(one, ast.Call) and MADE.search(m.name(one.func)) for one in inner):
                yield "M26", "it is made once, at import, and all have it; give default_factory"
        case ast.Return(value=ast.Dict(keys=[ast.Constant(value="error" | "errors"), *_])):
            if m.decorated(node, ROUTE):
                yield "S17", "the client is told that all is well; raise Conflict or the like"
        case ast.Return() | ast.Assign() if ANSWER.search(ast.unparse(node)):
            function = m.around(node, *FUNCTIONS)
            request = m.has_session(function) or "g.session" in ast.unparse(function or node)
            asked = (one for one in m.asked(function or node) if one.lineno < node.lineno)
            writes = any(not READS.match(last(one)) for one in asked)
            if request and (writes or _sets(m, function or node, node.lineno)):
                yield "S17", "what was written before is committed; raise Conflict or the like"


def _taken(m: Module, node: ast.Call, name: str) -> Says:
    """Yield what is taken from outside as it is."""
    for one in (k.value for k in node.keywords if k.arg is None and name[:1].isupper()):
        source = m.binding(one) if isinstance(one, ast.Name) else None
        kind = source.annotation if isinstance(source, ast.arg) else None
        model = ".models." in m.name(node.func) or name in m.defined
        if model and kind and UNTYPED.match(ast.unparse(kind)):
            yield ("X03",)
    if m.called(node.func) in ("fastapi.Request.json", "starlette.requests.Request.json"):
        if not m.within_call(node, "model_validate", "validate_python"):
            yield "X03", "this may be anything; take a pydantic model as a parameter"
    partly = {"exclude_unset", "exclude_defaults", "include"} & {one.arg for one in node.keywords}
    if name == "model_dump" and not partly and m.decorated(node, PATCH):
        yield "X03", "what a client leaves out would be set; write model_dump(exclude_unset=True)"


def _named_by_clients(m: Module, node: ast.Call, name: str) -> Says:
    """Yield files, addresses and servers that a client may choose."""
    first = next(iter(node.args), None)
    if first is None or not m.decorated(node, ROUTE):
        return
    given = [m.binding(one) for one in ast.walk(first) if isinstance(one, ast.Name)]
    made = (p for one in given if isinstance(one, ast.BinOp) for p in ast.walk(one))
    given += [m.binding(one) for one in made if isinstance(one, ast.Name)]
    texts = any(
        isinstance(one, ast.arg) and one.annotation and "str" in ast.unparse(one.annotation)
        for one in given
    )
    if name in PLACES and texts and "resolve" not in ast.unparse(m.around(node, *DEFINED) or node):
        yield "X03", PLACES[name]
    sent = isinstance(first, ast.Name | ast.Attribute) and any(
        isinstance(one, ast.arg) and one.annotation for one in given
    )
    if sent and m.called(node.func).startswith(CLIENTS):
        yield "X03", "a client may have this service call any other; allow only known hosts"


def _told(m: Module, node: ast.Call, name: str) -> Says:
    handler = m.around(node, ast.ExceptHandler)
    if isinstance(handler, ast.ExceptHandler) and handler.name in names_in(node):
        told = any(last(kind).endswith(("Error", "Exception")) for kind in caught(handler))
        if told and re.fullmatch("HTTPException|.*(Response|Problem)|abort|jsonify", name):
            yield ("X06",)
    if m.decorated(node, GET):
        home, helper = m.helper(node)
        inner = (one for one in calls_in(helper) if WRITES.match(last(one)) and home.is_ours(one))
        if (WRITES.match(name) and m.is_ours(node)) or any(inner):
            yield ("X05",)


def _sets(m: Module, function: ast.AST, before: int) -> bool:
    """Tell whether an attribute of what was loaded is set above a line."""
    for node in ast.walk(function):
        match node:
            case (
                ast.Call(func=ast.Name(id="setattr"), args=[ast.Name() as model, *_])
                | ast.Attribute(ctx=ast.Store(), value=ast.Name() as model)
            ) if model.lineno < before and m.loaded(model):
                return True
    return False
