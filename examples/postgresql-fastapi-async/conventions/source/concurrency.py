"""What goes wrong where two do something at once: shared sessions, lost updates, deadlocks."""

import ast
import re
from collections.abc import Iterator

from .module import (
    DEFINED,
    FUNCTIONS,
    OURS,
    WRITES,
    Module,
    Says,
    calls_in,
    code,
    given,
    last,
    names_in,
    receiver,
)

AT_ONCE = set(
    """gather create_task ensure_future start_soon to_thread run_in_executor add_task submit
    Thread Timer map""".split()
)
BOTH = "two may find nothing, and both insert; use upsert_many()"
LOCKS = re.compile(r"for_update(=True|\()")
THREADS = re.compile(r"threading\.(R?Lock|(Bounded)?Semaphore|Condition)$")


def two_at_once(m: Module, node: ast.AST) -> Says:
    match node:
        case ast.Call():
            yield from _sharing(m, node, last(node))
            yield from _deadlock(m, node)
        case ast.AugAssign(target=ast.Attribute() as changed):
            yield from _lost_update(m, changed)
        case ast.Assign(targets=[ast.Tuple(elts=targets)], value=ast.Tuple(elts=values)):
            for one, made in zip(targets, values, strict=False):
                yield from _computed(m, one, made)
        case ast.Assign(targets=[ast.Attribute() as changed], value=value):
            yield from _computed(m, changed, value)
        case ast.BinOp(left=left, op=ast.Add(), right=ast.Constant(value=1)):
            locked = LOCKS.search(ast.unparse(m.around(node, *FUNCTIONS) or node))
            if "func.max(" in m.whole(left) and not locked:
                wrong = "two may get the same number"
                yield "Q24", f"{wrong}; let the database count, or lock what they are numbers of"
        case ast.If():
            yield from _both_insert(m, node)
        case ast.BoolOp(op=ast.Or(), values=[ast.Name() as found, *_, made]) if m.loaded(found):
            if any(last(one) == "add" and m.is_ours(one) for one in calls_in(made)):
                yield "Q24", BOTH
        case ast.AsyncWith(items=items) if any(m.asked(node)):
            if any(_made_by(m, one.context_expr) == "asyncio.Lock" for one in items):
                wrong = "other processes do not know this lock"
                yield "Q24", f"{wrong}; lock the row, for_update=True, or let a key refuse it"
        case ast.With(items=items) if isinstance(m.around(node, *FUNCTIONS), ast.AsyncFunctionDef):
            locks = any(THREADS.match(_made_by(m, one.context_expr)) for one in items)
            if locks and any(isinstance(part, ast.Await) for part in ast.walk(node)):
                yield "A01", "who waits for this stops the loop, and its holder; use asyncio.Lock"


def _sharing(m: Module, node: ast.Call, name: str) -> Says:
    """Yield sessions and models that others get: tasks, threads, streams."""
    parts = [part for one in given(node) for part in ast.walk(one)]
    parts += [p for one in parts if isinstance(one, ast.Starred) for p in _value(m, one.value)]
    if name == "add_task" and any(m.kind(one) == "session" for one in parts):
        yield "S10", "the session is closed by then; pass keys, and open a unit of work in it"
    elif name in AT_ONCE and (
        name != "map" or re.search(r"(executor|pool)\.", ast.unparse(node.func))
    ):
        named = [one for one in parts if isinstance(one, ast.Name | ast.Attribute | ast.Call)]
        ours = [one for one in named if m.kind(one) in OURS]
        if m.in_repository(node) or any(
            not isinstance(one, ast.Call) or m.kind(one) != "session" for one in ours
        ):
            yield "S04", "one session is used by two at once; give each a unit of work of its own"
    if name in ("add_task", "create_task", "delay", "enqueue"):
        for value in (m.binding(one) for one in parts if isinstance(one, ast.Name)):
            loaded = value.value if isinstance(value, ast.Await) else value
            if last(loaded) in ("get", "get_one", "add", "merge") and m.is_ours(loaded):
                yield "S10", "the session of this model is closed by then; pass its key"
    function = m.around(node, *FUNCTIONS)
    if name in ("StreamingResponse", "EventSourceResponse", "stream_with_context"):
        names = {one.id for one in parts if isinstance(one, ast.Name)}
        for part in ast.walk(function or ast.Pass()):
            if isinstance(part, DEFINED) and part.name in names:
                names |= names_in(part)
            if isinstance(part, ast.Assign) and names_in(part.targets[0]) & names:
                names |= names_in(part.value)
        used = (p for p in ast.walk(function or ast.Pass()) if isinstance(p, ast.Name | ast.arg))
        if m.has_session(function) and any(last(p) in names and m.kind(p) in OURS for p in used):
            yield "S10", "the session is closed before this is read; open a unit of work in it"


def _value(m: Module, node: ast.AST) -> Iterator[ast.AST]:
    value = m.binding(node) if isinstance(node, ast.Name) else None
    return ast.walk(value or ast.Pass())


# Lost updates


def _computed(m: Module, changed: ast.AST, value: ast.AST) -> Says:
    """Yield what is set to something that is made of what it was."""
    name = ast.unparse(changed)
    made = (part for one in ast.walk(value) if isinstance(one, ast.BinOp) for part in ast.walk(one))
    if isinstance(changed, ast.Attribute) and any(ast.unparse(one) == name for one in made):
        yield from _lost_update(m, changed)


def _lost_update(m: Module, changed: ast.Attribute) -> Says:
    """Q24, before it is run: of what is loaded without a lock, and has no version."""
    model, function = changed.value, m.around(changed, *FUNCTIONS)
    query = m.loaded(model) if isinstance(model, ast.Name) else None
    kind = m.model_of(query) if query else None
    if kind and function and not _locked(m, function, kind) and "version" not in code(kind).lower():
        wrong = "it may have changed since it was read"
        yield "Q24", f"{wrong}; read it for_update(), inherit Versioned, or update in SQL"


def _locked(m: Module, function: ast.AST, kind: ast.ClassDef) -> bool:
    """Tell whether rows of a model are locked in a function, or those that they are parts of."""
    models = {m.model_of(one) for one in calls_in(function) if LOCKS.search(m.whole(one))}
    tables = (re.search(r"__tablename__\b.* = '(\w+)'", code(one)) for one in models if one)
    owners = any(one and f"'{one[1]}." in code(kind) for one in tables)
    return owners or kind in models or models == {None}


def _both_insert(m: Module, node: ast.If) -> Says:
    """Q24: of a look whether a row is there, and an insert if it is not."""
    match node.test:
        case (
            ast.Compare(left=ast.Name() as found, ops=[ast.Is()])
            | ast.UnaryOp(op=ast.Not(), operand=ast.Name() as found)
        ) if m.loaded(found):
            calls: Iterator[ast.Call] = (one for part in node.body for one in calls_in(part))
            if any(last(one) == "add" and m.is_ours(one) and not m.tried(one) for one in calls):
                yield "Q24", BOTH
            return
        case ast.Compare(left=asked, ops=[ast.IsNot()]) | (ast.Await() | ast.Call() as asked):
            pass
        case _:
            return
    look = m.binding(asked) if isinstance(asked, ast.Name) else asked
    looks = [one for one in calls_in(look) if not WRITES.match(last(one)) and m.is_ours(one)]
    refuses = len(node.body) == 1 and isinstance(node.body[0], ast.Raise | ast.Return)
    around = m.around(node, *DEFINED) if looks and refuses else None
    for one in calls_in(around):
        same = ast.unparse(receiver(one) or one) == ast.unparse(receiver(looks[0]) or looks[0])
        if last(one) == "add" and same and one.lineno > node.lineno and not m.tried(one):
            wrong = "two may find nothing here, and both insert"
            yield "Q24", f"{wrong}; leave it out: with a unique key add() raises Conflict"


# Locks


def _deadlock(m: Module, node: ast.Call) -> Says:
    """Q23: of keys that are locked one after another, in the order in which they come."""
    if not _locks_one(m, node):
        return
    for outer, part in m.all_around(node):
        if isinstance(outer, ast.For) and part in outer.body:
            if "sorted(" not in m.whole(outer.iter) and names_in(outer.target) & names_in(node):
                yield "Q23", "two may wait for each other (deadlock); loop over sorted() keys"
            return
    function = m.around(node, *FUNCTIONS)
    others = (one for one in calls_in(function) if one.lineno < node.lineno and _locks_one(m, one))
    same = (one for one in others if ast.unparse(one.func) == ast.unparse(node.func))
    keys = {ast.unparse(one.args[0]) for one in same if one.args} - {ast.unparse(node.args[0])}
    if keys and not re.search(r"\b(sorted|min|max)\(", ast.unparse(function or node)):
        yield "Q23", "two may wait for each other (deadlock); lock both in one statement"


def _locks_one(m: Module, node: ast.Call) -> bool:
    """Tell whether this locks the row of a key."""
    options = {one.arg for one in node.keywords if getattr(one.value, "value", False) is True}
    locks = options & {"for_update", "with_for_update"}
    return bool(locks and node.args and last(node) in ("get", "get_one") and m.is_ours(node))


def _made_by(m: Module, node: ast.AST) -> str:
    """Return the full name of what made a variable or an attribute."""
    for one in m.nodes:
        if isinstance(one, ast.Assign) and isinstance(one.value, ast.Call):
            if last(one.targets[0]) == last(node) != "":
                return m.name(one.value.func)
    return ""
