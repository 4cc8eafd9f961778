"""A module as text: what its names stand for, and where they are used.

Names mislead: `text` may be of another library, `session` a browser's, `db` a dictionary.
So imports and annotations decide, then what is assigned; a name alone only where nothing
else tells.
"""

import ast
import re
from collections.abc import Iterator
from functools import cache, cached_property
from importlib.util import resolve_name
from pathlib import Path

from ..config import project
from ..places import place, tree

Function = ast.FunctionDef | ast.AsyncFunctionDef
FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda)
COMPREHENSIONS = (ast.ListComp, ast.SetComp, ast.DictComp, ast.GeneratorExp)
KINDS = {
    "sessions": re.compile(r"(^|\.)(async_)?sessionmaker$|(^|\.)Sessions$"),
    "session": re.compile(r"(^|\.)(Async)?Session$|\b(async_)?scoped_session$"),
    "connection": re.compile(r"^(\?|sqlalchemy)\..*\b(Async)?Connection$"),
    "repository": re.compile(r"Repository$"),
}
# What a name alone stands for.
BY_NAME = {
    "session": re.compile(r"^_?(db|(\w+_)?session)$"),
    "sessions": re.compile(r"^_?(sessions|(async_)?session_?(maker|factory))$", re.IGNORECASE),
    "connection": re.compile(r"^_?conn(ection)?$"),
    "repository": re.compile(r"^_?\w*repo(sitory)?$"),
}
# What a call on one of these gives.
GIVES = {
    ("session", "begin_nested"): "savepoint",
    ("session", "connection"): "connection",
    ("connection", "begin_nested"): "savepoint",
    ("connection", "begin"): "transaction",
}
CHUNKS = re.compile(r"(^|_|\.)(batch|chunk)|^range\(.*,.*,|islice\(")


class Module:
    """A module of the project."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.part = part_of(path)
        self.tree = tree(path)
        self.parents = {
            child: node for node in ast.walk(self.tree) for child in ast.iter_child_nodes(node)
        }

    @cached_property
    def dotted(self) -> str:
        """Return its name as it is imported."""
        source = project().root / "src"
        if not self.path.is_relative_to(source):
            return project().package
        parts = self.path.relative_to(source).with_suffix("").parts
        return ".".join(part for part in parts if part != "__init__")

    @cached_property
    def nodes(self) -> list[ast.AST]:
        """Return all nodes, in no order that matters."""
        return [self.tree, *self.parents]

    @cached_property
    def calls(self) -> list[tuple[str, ast.Call]]:
        """Return every call, with the last word of what is called."""
        return [(last(node.func), node) for node in self.nodes if isinstance(node, ast.Call)]

    def calls_of(self, *names: str) -> Iterator[ast.Call]:
        """Yield the calls of what has one of these names."""
        return (call for name, call in self.calls if name in names)

    def functions(self) -> Iterator[Function]:
        """Yield the functions and methods."""
        for node in self.nodes:
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                yield node

    # What names stand for

    @cached_property
    def imports(self) -> dict[str, str]:
        """Return what each imported name is, in full."""
        found: dict[str, str] = {}
        for node in self.nodes:
            if isinstance(node, ast.Import):
                for one in node.names:
                    whole = one.name if one.asname else one.name.partition(".")[0]
                    found[one.asname or whole] = whole
            elif isinstance(node, ast.ImportFrom):
                for one in node.names:
                    found[one.asname or one.name] = f"{self.source_of(node)}.{one.name}"
        return found

    def source_of(self, node: ast.ImportFrom) -> str:
        """Return the full name of the module that something is imported from."""
        if not node.level:
            return node.module or ""
        source = project().root / "src"
        parts: tuple[str, ...] = ()
        if self.path.is_relative_to(source):
            parts = self.path.relative_to(source).parent.parts
        try:
            return resolve_name("." * node.level + (node.module or ""), ".".join(parts))
        except ImportError:
            return node.module or ""

    @cached_property
    def defined(self) -> dict[str, ast.stmt]:
        """Return what the module itself defines, by name."""
        found: dict[str, ast.stmt] = {}
        for node in self.tree.body:
            match node:
                case (
                    ast.ClassDef(name=name)
                    | ast.FunctionDef(name=name)
                    | ast.AsyncFunctionDef(name=name)
                ):
                    found[name] = node
                case (
                    ast.Assign(targets=[ast.Name(id=name)])
                    | ast.AnnAssign(target=ast.Name(id=name))
                ):
                    found[name] = node
        return found

    @cached_property
    def about_databases(self) -> bool:
        """Tell whether a name such as `session` may mean SQLAlchemy's here."""
        roots = {name.partition(".")[0] for name in self.imports.values()}
        return not roots or bool(roots & {"sqlalchemy", "alembic", project().package, ""})

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

    def is_of(self, node: ast.AST, library: str, *names: str) -> bool:
        """Tell whether a name of a library is meant, from whichever of its modules."""
        full = self.name(node)
        first, _, _ = full.partition(".")
        known = first in (library, "?") or (library == "sqlalchemy" and first == "sa")
        return known and full.rpartition(".")[2] in names

    def binding(self, node: ast.Name) -> ast.AST | None:
        """Return what gives a name its value in the functions around: an `ast.arg` or a value."""
        function = self.around(node, *FUNCTIONS)
        while function is not None:
            if node.id in (bound := self._bound(function)):
                return bound[node.id][0]
            function = self.around(function, *FUNCTIONS)
        return None

    @cached_property
    def _bindings(self) -> dict[ast.AST, dict[str, list[ast.AST]]]:
        return {}

    def _bound(self, function: ast.AST) -> dict[str, list[ast.AST]]:
        """Return for each name of a function what it is bound to: parameters, values."""
        if function in self._bindings:
            return self._bindings[function]
        found: dict[str, list[ast.AST]] = {}
        for node in ast.walk(function):
            match node:
                case ast.arg(arg=name):
                    found.setdefault(name, []).append(node)
                case ast.Assign(targets=[ast.Tuple(elts=targets)], value=ast.Tuple(elts=values)):
                    for target, value in zip(targets, values, strict=False):
                        if isinstance(target, ast.Name):
                            found.setdefault(target.id, []).append(value)
                case ast.Assign(targets=[ast.Name(id=name)], value=value):
                    found.setdefault(name, []).append(value)
                case (
                    ast.AnnAssign(target=ast.Name(id=name))
                    | ast.NamedExpr(target=ast.Name(id=name))
                ):
                    found.setdefault(name, []).append(node)
                case ast.withitem(context_expr=value, optional_vars=ast.Name(id=name)):
                    found.setdefault(name, []).append(value)
                case (
                    ast.For(target=target)
                    | ast.AsyncFor(target=target)
                    | ast.comprehension(target=target)
                ):
                    for name in names_in(target):
                        found.setdefault(name, []).append(ast.Constant(None))
        self._bindings[function] = found
        return found

    # Sessions, repositories and the like

    def kind(self, node: ast.AST | None, depth: int = 0) -> str:
        """Return "session", "sessions", "connection", "savepoint", "repository" …, or ""."""
        if depth > 6 or node is None:
            return ""
        match node:
            case ast.Await(value=value) | ast.Starred(value=value):
                return self.kind(value, depth + 1)
            case ast.arg(annotation=None, arg=name):
                return self._by_name(name)
            case ast.arg(annotation=annotation):
                return self.kind_of_type(annotation)
            case ast.AnnAssign(annotation=annotation):
                return self.kind_of_type(annotation)
            case ast.NamedExpr(value=value):
                return self.kind(value, depth + 1)
            case ast.Call():
                return self._kind_of_call(node, depth)
            case ast.Name(id=name):
                bound = self.binding(node)
                if bound is not None:
                    return self.kind(bound, depth + 1)
                if name in self.imports and name not in self.defined:
                    return self._of_full_name(self.imports[name]) or self._by_name(name)
                if isinstance(defined := self.defined.get(name), ast.Assign | ast.AnnAssign):
                    return self.kind(defined.value, depth + 1)
                return "" if name in self.defined else self._by_name(name)
            case ast.Attribute(value=ast.Name(id="self"), attr=attr):
                return self._kind_of_attribute(node, attr, depth)
            case ast.Attribute(attr=attr):
                return self._by_name(attr)
        return ""

    def _kind_of_call(self, call: ast.Call, depth: int) -> str:
        match call.func:
            case ast.Attribute(value=value, attr=attr):
                kind = self.kind(value, depth + 1)
                if (kind, attr) in GIVES:
                    return GIVES[kind, attr]
                if kind == "sessions" and attr == "begin":
                    return "session"
        if self.kind(call.func, depth + 1) == "sessions":
            return "session"
        full = self.name(call.func)
        if is_unit_of_work(full):
            return "session"
        return self._of_full_name(full) or self._kind_of_result(full)

    def _kind_of_result(self, full: str) -> str:
        """Return what a function of the project gives, as it is annotated."""
        home, name = alias_of(full), full.rpartition(".")[2]
        home = self if home is None and name in self.defined else home
        function = home.defined.get(name) if home else None
        if home and isinstance(function, ast.FunctionDef | ast.AsyncFunctionDef):
            return home.kind_of_type(function.returns) if function.returns else ""
        return ""

    def _kind_of_attribute(self, node: ast.Attribute, attr: str, depth: int) -> str:
        """Return what `self.session` is: by an annotation or an assignment in the class."""
        around = self.around(node, ast.ClassDef)
        if not isinstance(around, ast.ClassDef):
            return self._by_name(attr)
        known = False
        for part in ast.walk(around):
            match part:
                case ast.AnnAssign(target=ast.Name(id=name), annotation=annotation) if name == attr:
                    return self.kind_of_type(annotation)
                case ast.Assign(targets=[ast.Attribute(attr=name)], value=value) if name == attr:
                    known = True
                    if value is not node and (found := self.kind(value, depth + 1)):
                        return found
                case ast.AnnAssign(target=ast.Attribute(attr=name), annotation=annotation) if (
                    name == attr
                ):
                    return self.kind_of_type(annotation)
        repository = any("Repository" in ast.unparse(one) for one in around.bases)
        return "" if known or not (around.bases or repository) else self._by_name(attr)

    def _by_name(self, name: str) -> str:
        if self.about_databases:
            for kind, pattern in BY_NAME.items():
                if pattern.search(name):
                    return kind
        return ""

    def _of_full_name(self, full: str) -> str:
        """Return the kind of an instance of a class, or of a call of a function."""
        first = full.partition(".")[0]
        for kind, pattern in KINDS.items():
            if pattern.search(full) and (
                first in ("sqlalchemy", "sa", "?") or kind in ("repository", "sessions")
            ):
                return kind
        return ""

    def kind_of_type(self, annotation: ast.expr) -> str:
        """Return the kind of what an annotation describes; aliases of the project count."""
        kinds = {self._kind_of_part(part) for part in parts_of_type(annotation)}
        return next((kind for kind in KINDS if kind in kinds), "")

    def _kind_of_part(self, part: ast.expr) -> str:
        full = self.name(part)
        if found := self._of_full_name(full):
            return found
        name = full.rpartition(".")[2]
        if full.startswith("?."):
            return "session" if name.endswith("Session") else ""
        alias = alias_of(full)
        return alias.kind_of_alias(name) if alias else ""

    def kind_of_alias(self, name: str) -> str:
        """Return what an alias of this module describes, `Annotated[AsyncSession, …]`."""
        match self.defined.get(name):
            case ast.Assign(value=value):
                return self.kind_of_type(value)
            case ast.ClassDef(bases=[base, *_]):
                return self.kind_of_type(base)
        return ""

    # Where something stands

    def around(self, node: ast.AST, *kinds: type[ast.AST]) -> ast.AST | None:
        """Return the innermost of these kinds that a node is in."""
        found = self.parents.get(node)
        while found is not None and not isinstance(found, kinds):
            found = self.parents.get(found)
        return found

    def all_around(self, node: ast.AST) -> Iterator[tuple[ast.AST, ast.AST]]:
        """Yield what a node is in, up to its function, each with the part of it that it is in."""
        outer = self.parents.get(node)
        while outer is not None and not isinstance(outer, FUNCTIONS):
            yield outer, node
            node, outer = outer, self.parents.get(outer)

    def loop(self, node: ast.AST) -> ast.AST | None:
        """Return the loop that does something again for each item.

        Not `while True`, which waits for work; not a loop over what the code itself lists.
        """
        for outer, part in self.all_around(node):
            match outer:
                case ast.For(iter=over, body=body) | ast.AsyncFor(iter=over, body=body):
                    if part in body and not isinstance(over, ast.Tuple | ast.List):
                        return outer
                case ast.While(test=test, body=body):
                    if part in body and not getattr(test, "value", None) is True:
                        return outer
                case ast.ListComp() | ast.SetComp() | ast.GeneratorExp() | ast.DictComp():
                    if not isinstance(part, ast.comprehension):
                        return outer
        return None

    def in_chunks(self, loop: ast.AST) -> bool:
        """Tell whether a loop takes many items at once."""
        over = loop.iter if isinstance(loop, ast.For | ast.AsyncFor) else None
        if isinstance(loop, COMPREHENSIONS):
            over = loop.generators[0].iter
        target = getattr(loop, "target", None) or over
        said = (ast.unparse(part) for part in (over, target) if part is not None)
        return any(CHUNKS.search(part) for part in said)

    def unit_of_work(self, node: ast.AST) -> ast.AST | None:
        """Return the `with unit_of_work(…)` that a node is in."""
        for outer, part in self.all_around(node):
            if isinstance(outer, ast.With | ast.AsyncWith) and not isinstance(part, ast.withitem):
                for item in outer.items:
                    call = item.context_expr
                    if isinstance(call, ast.Call) and is_unit_of_work(self.name(call.func)):
                        return outer
        return None

    def has_session(self, function: ast.AST | None) -> bool:
        """Tell whether a session is a parameter of a function."""
        return isinstance(function, FUNCTIONS) and any(
            self.kind(one) == "session" for one in parameters(function)
        )

    def whole(self, node: ast.AST, depth: int = 3) -> str:
        """Return an expression as text; a name that has one value stands for that."""
        text = ast.unparse(node)
        for part in ast.walk(node):
            if isinstance(part, ast.Name) and depth:
                values = self._values(part)
                if len(values) == 1 and isinstance(values[0], ast.Call | ast.Await):
                    value = self.whole(values[0], depth - 1)
                    text = re.sub(rf"(?<![.\w]){part.id}\b", lambda _: value, text)
        return text

    def _values(self, name: ast.Name) -> list[ast.AST]:
        function = self.around(name, *FUNCTIONS)
        if function is not None and name.id in (bound := self._bound(function)):
            return bound[name.id]
        match self.defined.get(name.id):
            case ast.Assign(value=value):
                return [value]
        return []


def part_of(path: Path) -> str:
    """Return the part of the project: "src", "data", "tests", "revision", "env" or ""."""
    root = project().root
    data = project().source / project().data_layer.replace(".", "/")
    if path.is_relative_to(root / project().versions):
        return "revision"
    if path.is_relative_to(data):
        return "data"
    for folder, part in (("src", "src"), ("tests", "tests"), (project().migrations, "env")):
        if path.is_relative_to(root / folder):
            return part
    return ""


@cache
def module(path: Path) -> Module:
    """Return a module, read once."""
    return Module(path)


@cache
def alias_of(full: str) -> Module | None:
    """Return the module of the project that a full name is of."""
    parts = full.split(".")[:-1]
    folder = project().root / "src" / "/".join(parts)
    for path in (folder.with_suffix(".py"), folder / "__init__.py"):
        if parts and parts[0] == project().package and path.is_file():
            return module(path)
    return None


def is_unit_of_work(full: str) -> bool:
    """Tell whether a function opens a unit of work."""
    return full.rpartition(".")[2] == project().units_of_work[0]


def last(node: ast.AST) -> str:
    """Return the last word of what is called: "add" of `products.add`."""
    match node:
        case ast.Attribute(attr=name) | ast.Name(id=name):
            return name
    return ""


def receiver(call: ast.Call) -> ast.expr | None:
    """Return what a method is called of."""
    return call.func.value if isinstance(call.func, ast.Attribute) else None


def names_in(node: ast.AST) -> set[str]:
    """Return the names that stand in a node."""
    return {part.id for part in ast.walk(node) if isinstance(part, ast.Name)}


def argument(call: ast.Call, name: str) -> ast.expr | None:
    """Return a keyword argument."""
    return next((one.value for one in call.keywords if one.arg == name), None)


def parameters(function: ast.AST) -> Iterator[ast.arg]:
    """Yield the parameters of a function."""
    if isinstance(function, FUNCTIONS):
        given = function.args
        yield from (*given.posonlyargs, *given.args, *given.kwonlyargs)


def parts_of_type(annotation: ast.expr) -> Iterator[ast.expr]:
    """Yield the names in an annotation, those in its texts too."""
    match annotation:
        case ast.Constant(value=str(quoted)):
            try:
                yield from parts_of_type(ast.parse(quoted, mode="eval").body)
            except SyntaxError:
                return
        case ast.Name() | ast.Attribute():
            yield annotation
        case ast.Subscript(value=outer, slice=inner):
            yield from parts_of_type(outer)
            first = inner.elts[0] if isinstance(inner, ast.Tuple) and inner.elts else inner
            yield from parts_of_type(first)
        case ast.BinOp(left=left, right=right):
            yield from parts_of_type(left)
            yield from parts_of_type(right)


def where(one: Module, node: ast.AST) -> str:
    """Return the place of a node."""
    return place(one.path, getattr(node, "lineno", 1))
