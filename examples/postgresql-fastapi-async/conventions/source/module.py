"""A module as text: what its names stand for, and where they are used.

Names mislead: `text` may be of another library, `session` a browser's, `db` a dictionary.
So imports and annotations decide, then what is assigned; a name alone only where nothing
else tells.
"""

import ast
import re
from collections.abc import Iterator
from functools import cache, cached_property
from pathlib import Path

from ..project import modules, part_of, project, text, tree

DEFINED = (ast.FunctionDef, ast.AsyncFunctionDef)
FUNCTIONS = (*DEFINED, ast.Lambda)
Function = ast.FunctionDef | ast.AsyncFunctionDef
Says = Iterator[tuple[str, ...]]  # a rule, and what is said if its own words are not enough
OURS = ("session", "repository")
# Methods of sessions and repositories, by what their names begin with.
WRITES = re.compile(r"(add|delete|flush|insert|merge|remove|update|upsert)(_|$)")
READS = re.compile(
    r"(all|by|connection|count|execute|exists|expunge|fetch|find|first|get|keys|list|load|of|one"
    r"|page|read|refresh|scalar|scalars|search|stream|unique)(_|$)"
)
LOADS = {"find", "find_one", "get", "get_one", "scalar", "scalars"}
COMPREHENSIONS = (ast.ListComp, ast.SetComp, ast.DictComp, ast.GeneratorExp)
WITH = (ast.With, ast.AsyncWith)
# What is of a kind: by the full name of its class, else by its own name.
KINDS = {
    "sessions": re.compile(r"(^|\.)(async_)?sessionmaker$|(^|\.)Sessions$"),
    "session": re.compile(
        r"\bAsyncSession$|^(\?|sa|sqlalchemy)\.(.+\.)?(Session|(async_)?scoped_session)$"
        rf"|^(\?|{project().package})\..*Session(Dep)?$"
    ),
    "connection": re.compile(r"^(\?|sa|sqlalchemy)\.(.+\.)?(Async)?Connection$"),
    "repository": re.compile(f"{project().repository}$"),
}
BY_NAME = {
    "session": re.compile(r"^_?(db|(\w+_)?session)$"),
    "sessions": re.compile(r"^_?(sessions|(async_)?session_?(maker|factory))$", re.IGNORECASE),
    "connection": re.compile(r"^_?conn(ection)?$"),
    "repository": re.compile(r"^_?\w*repo(sitory)?$"),
}
# What a call of a method gives.
GIVES = {
    ("session", "begin_nested"): "savepoint",
    ("session", "connection"): "connection",
    ("sessions", "begin"): "session",
    ("connection", "begin_nested"): "savepoint",
    ("connection", "begin"): "transaction",
}
CHUNKS = re.compile(r"(^|_|\.)(batch|chunk)|^range\(.*,.*,|islice\(")


class Module:
    """A module of the project."""

    def __init__(self, path: Path) -> None:
        self.path, self.part, self.tree = path, part_of(path), tree(path)
        self.parents = {
            child: node for node in ast.walk(self.tree) for child in ast.iter_child_nodes(node)
        }
        self.nodes = [self.tree, *self.parents]
        self._bindings: dict[ast.AST, dict[str, list[ast.AST]]] = {}
        self._kinds: dict[ast.AST, str] = {}
        self._wholes: dict[tuple[ast.AST, int], str] = {}

    @cached_property
    def dotted(self) -> str:
        source = project().root / "src"
        if not self.path.is_relative_to(source):
            return project().package
        parts = self.path.relative_to(source).with_suffix("").parts
        return ".".join(part for part in parts if part != "__init__")

    def imported(self) -> Iterator[tuple[ast.stmt, str, str]]:
        """Yield every import: the statement, the name here, the full name."""
        package = self.dotted if self.path.stem == "__init__" else self.dotted.rpartition(".")[0]
        for node in self.nodes:
            if isinstance(node, ast.Import):
                yield from ((node, one.asname or one.name, one.name) for one in node.names)
            elif isinstance(node, ast.ImportFrom):
                above = package.split(".")[: 1 - node.level or None] if node.level else []
                source = ".".join(filter(None, [*above, node.module]))
                yield from ((node, a.asname or a.name, f"{source}.{a.name}") for a in node.names)

    @cached_property
    def imports(self) -> dict[str, str]:
        found = {}
        for _, name, full in self.imported():
            first = name.partition(".")[0]
            found[first] = full if first == name else first
        return found

    @cached_property
    def defined(self) -> dict[str, ast.stmt]:
        pairs = [((getattr(node, "targets", None) or [node])[0], node) for node in self.tree.body]
        return {last(getattr(one, "target", one)): node for one, node in pairs}

    def name(self, node: ast.AST | None) -> str:
        """Return the full name of what is meant, "" for what has none.

        What is nowhere defined is taken to be what it is called: "?.text".
        """
        match node:
            case ast.Attribute(value=value, attr=attr):
                inner = self.name(value)
                return f"{inner}.{attr}" if inner else ""
            case ast.Name(id=name):
                if name in self.imports:
                    return self.imports[name]
                if name in self.defined or self.binding(node) is not None:
                    return f"{self.dotted}.{name}"
                return name if name in ("sqlalchemy", "sa") else f"?.{name}"
            case ast.Subscript(value=value) | ast.Starred(value=value):
                return self.name(value)
        return ""

    def is_sqlalchemy(self, node: ast.AST, *names: str) -> bool:
        """Tell whether a name of SQLAlchemy is meant, from whichever of its modules."""
        full = self.name(node)
        first, name = full.partition(".")[0], full.rpartition(".")[2]
        return first in ("sqlalchemy", "sa", "?") and (not names or name in names)

    def binding(self, node: ast.Name) -> ast.AST | None:
        """Return what gives a name its value in the functions around: a parameter or a value."""
        return next(iter(self.values(node, module=False)), None)

    def values(self, node: ast.Name, *, module: bool = True) -> list[ast.AST]:
        """Return all that gives a name its value, in the functions around or the module."""
        function = self.around(node, *FUNCTIONS)
        while function is not None:
            if function not in self._bindings:
                self._bindings[function] = bound(function)
            if node.id in self._bindings[function]:
                return self._bindings[function][node.id]
            function = self.around(function, *FUNCTIONS)
        defined = self.defined.get(node.id) if module else None
        return [defined.value] if isinstance(defined, ast.Assign) else []

    def kind(self, node: ast.AST | None) -> str:
        """Return "session", "sessions", "connection", "savepoint", "repository", or ""."""
        if node is None:
            return ""
        if node not in self._kinds:
            self._kinds[node] = ""  # where it is asked for again on the way
            self._kinds[node] = self._kind(node)
        return self._kinds[node]

    def _kind(self, node: ast.AST) -> str:
        match node:
            case ast.Await(value=value) | ast.Starred(value=value):
                return self.kind(value)
            case ast.arg(annotation=None, arg="self"):
                return self._of_class(f"{self.dotted}.{last(self.around(node, ast.ClassDef))}")
            case ast.arg(annotation=None, arg=name):
                made = self.parents.get(self.parents.get(self.parents[node], node))
                if last(made) == "run_sync":  # of a lambda
                    return self.kind(receiver(made))
                return self._by_name(name)
            case ast.arg(annotation=ast.expr() as kind) | ast.AnnAssign(annotation=kind):
                return self.kind_of_type(kind)
            case ast.Call(func=func):
                if self.kind(func) == "sessions" or self.opens(func):
                    return "session"
                gives = GIVES.get((self.kind(receiver(node)), last(func)))
                return gives or self._of_class(self.name(func))
            case ast.Name(id=name):
                if values := self.values(node):
                    return self.kind(values[0])
                known = self._of_class(self.name(node))
                return known or ("" if name in self.defined else self._by_name(name))
            case ast.Attribute(value=ast.Name(id="self"), attr=attr):
                return self._of_attribute(node, attr)
            case ast.Attribute(value=ast.Name(id=name), attr=attr) if name in self.imports:
                return self._of_class(self.name(node)) or self._by_name(attr)
            case ast.Attribute(attr=attr):
                return self._by_name(attr)
        return ""

    def _of_attribute(self, node: ast.Attribute, attr: str) -> str:
        """Return what `self.session` is: by an annotation or an assignment in the class."""
        around, known = self.around(node, ast.ClassDef), False
        for part in ast.walk(around) if around else ():
            match part:
                case ast.AnnAssign(target=target, annotation=kind) if last(target) == attr:
                    return self.kind_of_type(kind)
                case ast.Assign(targets=[ast.Attribute(attr=name)], value=value) if name == attr:
                    known = True
                    if found := self.kind(value):
                        return found
        inherits = not isinstance(around, ast.ClassDef) or around.bases
        return self._by_name(attr) if inherits and not known else ""

    def _by_name(self, name: str) -> str:
        roots = {full.partition(".")[0] for full in self.imports.values()}
        if roots and not roots & {"sqlalchemy", "alembic", project().package, ""}:
            return ""  # nothing here is about a database
        return next((kind for kind, one in BY_NAME.items() if one.search(name)), "")

    def is_ours(self, node: ast.AST | None) -> bool:
        """Tell whether this is a method of a session or of a repository."""
        return self.kind(receiver(node)) in OURS

    def in_repository(self, node: ast.AST) -> bool:
        around = last(self.around(node, ast.ClassDef))
        return self.path.stem == "repository" or around.endswith(project().repository)

    def model(self, node: ast.AST) -> ast.ClassDef | None:
        """Return the model that a name is of, in whichever module."""
        found = self.origin(self.name(node))[1] if isinstance(node, ast.Name) else None
        if isinstance(found, ast.ClassDef) and "__tablename__" in code(found):
            return found
        return None

    def called(self, node: ast.AST) -> str:
        """Return the full name of what is called, be it of an object: `client.get`."""
        match node:
            case ast.Attribute(value=ast.Name() as name, attr=attr):
                match self.binding(name):
                    case ast.arg(annotation=ast.expr() as kind) | ast.Call(func=kind):
                        return f"{self.name(kind)}.{attr}"
            case ast.Attribute(value=ast.Call(func=func), attr=attr):
                return f"{self.name(func)}.{attr}"
        return self.name(node)

    def asked(self, node: ast.AST) -> Iterator[ast.Call]:
        """Yield the calls on sessions and repositories, and those that get one."""
        for call in calls_in(node):
            if not last(call).endswith(project().repository):
                if any(self.kind(one) in OURS for one in (receiver(call), *call.args)):
                    yield call

    def loaded(self, model: ast.Name) -> ast.Call | None:
        """Return the query that a variable comes from."""
        value = self.binding(model)
        calls = calls_in(value) if isinstance(value, ast.Await | ast.Call) else ()
        return next((one for one in calls if last(one) in LOADS and self.is_ours(one)), None)

    def model_of(self, query: ast.Call) -> ast.ClassDef | None:
        """Return the model whose rows a query gives."""
        maker: ast.AST | None = receiver(query)
        home, parts = self, [*ast.walk(query)]
        if self.kind(maker) == "repository":
            maker = self.binding(maker) if isinstance(maker, ast.Name) else maker
            made = getattr(maker, "func", getattr(maker, "annotation", None))
            home, found = self.origin(self.name(made))
            inner = getattr(found, "body", ())
            parts = [part for one in inner for part in ast.iter_child_nodes(one)]
        # Not those of which a column is read: its rows are not what is asked for.
        alone = (p for p in parts if not isinstance(home.parents.get(p), ast.Attribute))
        return next(filter(None, map(home.model, alone)), None)

    def decorated(self, node: ast.AST, by: re.Pattern[str]) -> bool:
        """Tell whether this is in a function with such a decorator."""
        decorators = getattr(self.around(node, *DEFINED), "decorator_list", ())
        return any(by.match(ast.unparse(one)) for one in decorators)

    def kind_of_type(self, annotation: ast.expr) -> str:
        kinds = {self._of_class(self.name(part)) for part in parts_of_type(annotation)}
        return next((kind for kind in KINDS if kind in kinds), "")

    def _of_class(self, full: str, depth: int = 3) -> str:
        name = full.rpartition(".")[2]
        if name in other_sessions():
            return ""
        home, alias = self.origin(full) if depth else (self, None)
        bases = getattr(alias, "bases", [getattr(alias, "value", None)])
        for part in (one for base in filter(None, bases) for one in ast.walk(base)):
            if isinstance(part, ast.Name | ast.Attribute) and last(part) != name:
                if found := home._of_class(home.name(part), depth - 1):
                    return found
        # A schema may be called a repository too; ours inherit one, or have a session.
        words = code(alias) if isinstance(alias, ast.ClassDef) else "Session"
        if not re.search(rf"\b{project().repository}\b|Protocol|[Ss]ession", words):
            return ""
        return next((kind for kind, one in KINDS.items() if one.search(full)), "")

    def origin(self, full: str) -> tuple["Module", ast.stmt | None]:
        """Return the module of the project that defines a name, and the statement that does."""
        home, _, name = full.rpartition(".")
        if home == self.dotted and name in self.defined:
            return self, self.defined[name]
        if (file := file_of(home)) is None or file == self.path:
            return self, None
        other = module(file)
        if other.imports.get(name, full) != full:  # which is passed on
            return other.origin(other.imports[name])
        return other, other.defined.get(name)

    def helper(self, call: ast.Call) -> tuple["Module", ast.AST | None]:
        """Return the function of the project, or the method of this class, that is called."""
        threaded = last(call) == "to_thread" and call.args
        func = call.args[0] if threaded else call.func
        match func:
            case ast.Attribute(value=ast.Name(id="self"), attr=attr):
                body = getattr(self.around(call, ast.ClassDef), "body", ())
                return self, next((one for one in body if last(one) == attr), None)
            case ast.Name() | ast.Attribute(value=ast.Name()):
                home, found = self.origin(self.name(func))
                return home, found if isinstance(found, DEFINED) else None
        return self, None

    def used_once(self, node: ast.Name) -> bool:
        """Tell whether nothing else in its function reads a variable."""
        parts = ast.walk(self.around(node, *FUNCTIONS) or self.tree)
        loads = [n for n in parts if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Load)]
        return sum(one.id == node.id for one in loads) == 1

    def chain(self, node: ast.Call) -> ast.AST:
        """Return the last call of those that are written one behind the other: `select().where()`."""
        outer: ast.AST = node
        while isinstance(dot := self.parents.get(outer), ast.Attribute):
            outer = self.parents.get(dot, dot)
        return outer

    def around(self, node: ast.AST | None, *kinds: type[ast.AST]) -> ast.AST | None:
        found = self.parents.get(node) if node else None
        while found is not None and not isinstance(found, kinds):
            found = self.parents.get(found)
        return found

    def all_around(self, node: ast.AST) -> Iterator[tuple[ast.AST, ast.AST]]:
        """Yield what a node is in, up to its function, each with the part of it that it is in."""
        outer = self.parents.get(node)
        while outer is not None and not isinstance(outer, FUNCTIONS):
            yield outer, node
            node, outer = outer, self.parents.get(outer)

    def within_call(self, node: ast.AST, *names: str) -> bool:
        return any(
            isinstance(o, ast.Call) and last(o.func) in names for o, _ in self.all_around(node)
        )

    def tried(self, node: ast.AST) -> bool:
        """Tell whether an error of this is caught here."""
        return any(
            (isinstance(one, ast.Try) and part in one.body)
            or (isinstance(one, WITH) and "suppress" in map(last, given(one)))
            for one, part in self.all_around(node)
        )

    def loop(self, node: ast.AST) -> ast.AST | None:
        """Return the loop that does something again for each item.

        Not `while True`, which waits for work; not a loop over what the code itself lists.
        """
        for outer, part in self.all_around(node):
            match outer:
                case ast.For(body=body) | ast.AsyncFor(body=body) if part in body:
                    return None if is_listed(outer.iter) else outer
                case ast.While(test=test, body=body) if part in body:
                    if getattr(test, "value", None) is not True:
                        return outer
            if isinstance(outer, COMPREHENSIONS) and not isinstance(part, ast.comprehension):
                return None if is_listed(outer.generators[0].iter) else outer
        return None

    def each(self, node: ast.AST) -> bool:
        """Tell whether a loop does it for each single item, not for chunks of them."""
        loop = self.loop(node)
        over = loop.generators[0] if isinstance(loop, COMPREHENSIONS) else loop
        parts = (getattr(over, "iter", None), getattr(over, "target", None))
        return loop is not None and not any(CHUNKS.search(ast.unparse(p)) for p in parts if p)

    def opens(self, function: ast.AST) -> bool:
        return self.name(function).rpartition(".")[2] == project().unit_of_work

    def unit_of_work(self, node: ast.AST) -> bool:
        for outer, part in self.all_around(node):
            opened = given(outer) if isinstance(outer, WITH) else []
            if isinstance(part, ast.withitem):  # what stands before it
                opened = opened[: opened.index(part.context_expr)]
            if any(isinstance(one, ast.Call) and self.kind(one) == "session" for one in opened):
                return True
        return False

    def in_transaction(self, node: ast.AST) -> bool:
        """Tell whether a session is open here: opened around, a parameter, or of the class."""
        body = getattr(self.around(node, ast.ClassDef), "body", ())
        functions = [self.around(node, *DEFINED), *(o for o in body if last(o) == "__init__")]
        return self.unit_of_work(node) or any(map(self.has_session, functions))

    def has_session(self, function: ast.AST | None) -> bool:
        return any(self.kind(one) == "session" for one in parameters(function))

    def whole(self, node: ast.AST, depth: int = 4) -> str:
        """Return an expression as text; a name stands for its value, the last one before it."""
        if (node, depth) not in self._wholes:
            self._wholes[node, depth] = self._whole(node, depth)
        return self._wholes[node, depth]

    def _whole(self, node: ast.AST, depth: int) -> str:
        values = {}
        for part in ast.walk(node) if depth else ():
            if isinstance(part, ast.Name) and part.id not in values:
                value = self._value_at(part)
                if isinstance(value, ast.Call | ast.Await):
                    values[part.id] = self.whole(value, depth - 1)
        if not values:
            return ast.unparse(node)
        named = re.compile(rf"(?<![.\w])({'|'.join(values)})\b(?! *=[^=])")
        return named.sub(lambda found: values[found[1]], ast.unparse(node))

    def _value_at(self, node: ast.Name) -> ast.AST | None:
        every = [(getattr(one, "lineno", 0), one) for one in self.values(node)]
        if len(every) == 1:
            return every[0][1]
        before = [(line, one) for line, one in every if line < node.lineno]
        return max(before, key=lambda one: one[0], default=(0, None))[1]


@cache
def other_sessions() -> set[str]:
    """Return the project's classes that are called a session and are none, such as a login."""
    heads = (re.findall(r"(?m)^class (\w*Session)\b(.*):", text(path)) for path in modules("src"))
    return {name for every in heads for name, bases in every if "Session" not in bases}


@cache
def file_of(name: str) -> Path | None:
    """Return where a module of the project is written, None for one of a library."""
    path = project().root / "src" / name.replace(".", "/")
    files = (path.with_suffix(".py"), path / "__init__.py")
    return next((file for file in files if file in modules("src")), None)


@cache
def code(node: ast.AST) -> str:
    """Return a class as text, which is asked for again and again."""
    return ast.unparse(node)


@cache
def module(path: Path) -> Module:
    return Module(path)


def bound(function: ast.AST) -> dict[str, list[ast.AST]]:
    found: dict[str, list[ast.AST]] = {}
    for node in ast.walk(function):
        pairs: list[tuple[str, ast.AST]] = []
        match node:
            case ast.arg(arg=name) | ast.AnnAssign(target=ast.Name(id=name)):
                pairs = [(name, node)]
            case ast.Assign(targets=[ast.Tuple(elts=targets)], value=ast.Tuple(elts=values)):
                pairs = [(last(one), given) for one, given in zip(targets, values, strict=False)]
            case (
                ast.Assign(targets=[ast.Name(id=name)], value=value)
                | ast.withitem(context_expr=value, optional_vars=ast.Name(id=name))
                | ast.NamedExpr(target=ast.Name(id=name), value=value)
            ):
                pairs = [(name, value)]
            case (
                ast.For(target=target)
                | ast.AsyncFor(target=target)
                | ast.comprehension(target=target)
            ):
                pairs = [(name, ast.Constant(None)) for name in names_in(target)]
        for name, gives in pairs:
            found.setdefault(name, []).append(gives)
    return found


def last(node: ast.AST | None) -> str:
    """Return the last word of a name: "add" of `products.add`; of a call, that of its function."""
    named = node.func if isinstance(node, ast.Call) else node
    words = (getattr(named, key, None) for key in ("attr", "id", "name", "arg"))
    return next((word for word in words if isinstance(word, str)), "")


def given(node: ast.AST) -> list[ast.expr]:
    if isinstance(node, ast.Call):
        return [*node.args, *(one.value for one in node.keywords)]
    return [one.context_expr for one in node.items] if isinstance(node, WITH) else []


def is_listed(node: ast.AST) -> bool:
    """Tell whether this is a list that is written down, be it sorted."""
    inner = next(iter(given(node)), node) if last(node) == "sorted" else node
    return isinstance(inner, ast.Tuple | ast.List)


def caught(handler: ast.ExceptHandler) -> list[ast.expr]:
    kind = handler.type
    return kind.elts if isinstance(kind, ast.Tuple) else [kind] if kind else []


def receiver(node: ast.AST | None) -> ast.expr | None:
    """Return what a method is called of, or an attribute is read of."""
    func = node.func if isinstance(node, ast.Call) else node
    return func.value if isinstance(func, ast.Attribute) else None


def names_in(node: ast.AST) -> set[str]:
    return {part.id for part in ast.walk(node) if isinstance(part, ast.Name)}


def calls_in(node: ast.AST | None) -> Iterator[ast.Call]:
    return (part for part in ast.walk(node or ast.Pass()) if isinstance(part, ast.Call))


def parameters(function: ast.AST | None) -> list[ast.arg]:
    if not isinstance(function, FUNCTIONS):
        return []
    return [*function.args.posonlyargs, *function.args.args, *function.args.kwonlyargs]


def parts_of_type(annotation: ast.expr) -> Iterator[ast.expr]:
    """Yield the names in an annotation, those in its texts too."""
    match annotation:
        case ast.Constant(value=str(quoted)) if quoted.isidentifier():
            yield ast.Name(quoted)
        case ast.Name() | ast.Attribute():
            yield annotation
        case ast.Subscript(value=outer, slice=inner):
            yield from parts_of_type(outer)
            first = inner.elts[0] if isinstance(inner, ast.Tuple) and inner.elts else inner
            yield from parts_of_type(first)
        case ast.BinOp(left=left, right=right):
            yield from parts_of_type(left)
            yield from parts_of_type(right)
