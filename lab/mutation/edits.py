"""Every small thing that can be wrong with a module's source, node by node.

Left alone is what only people or tools read: annotations, docstrings, texts of faults, `__all__`, the
`strict` of a `zip`.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace


@dataclass(frozen=True)
class Around:
    """Where a node stands."""

    scope: tuple[str, ...] = ()
    function: str = ""
    statement: ast.AST = field(default_factory=ast.Pass)


@dataclass(frozen=True)
class Edit:
    """`holder.name` (or its item `index`; None: is left out) becomes `new`; a reader is shown `shown`."""

    holder: ast.AST
    name: str
    index: int | None
    new: object
    shown: ast.AST
    around: Around
    says: str = ""
    """What a reader is told instead of how it reads afterwards."""

    def swap(self) -> object:
        """Puts `new` in; answers what was there."""
        if self.index is None:
            old = getattr(self.holder, self.name)
            setattr(self.holder, self.name, self.new)
            return old
        items = getattr(self.holder, self.name)
        old = items[self.index]
        items[self.index : self.index + 1] = [] if self.new is None else [self.new]
        return old

    def back(self, old: object) -> None:
        if self.index is None:
            setattr(self.holder, self.name, old)
        else:
            items = getattr(self.holder, self.name)
            items[self.index : self.index + (self.new is not None)] = [old]


# The walk: which nodes there are, and where they stand.


def edits(tree: ast.Module) -> Iterator[Edit]:
    yield from _below(tree, Around())


_NOT_READ = {"annotation", "returns", "decorator_list", "type_params", "ctx", "type_comment"}
_DECLARES = {"NewType", "TypeVar", "Protocol"}
_LABELS = {"check_amount", "check_id"}
"""Their second argument is a word for people."""


def _below(node: ast.AST, around: Around) -> Iterator[Edit]:
    for name, value in ast.iter_fields(node):
        if name in _NOT_READ or (name == "value" and _is_declared(node)):
            continue
        for index, child in enumerate(value if isinstance(value, list) else [value]):
            if not isinstance(child, ast.AST) or _is_for_people(node, name, index, child):
                continue
            inside = _into(node, name, child, around)
            at = index if isinstance(value, list) else None
            yield from _at(node, name, at, child, inside)
            yield from _below(child, inside)


def _is_declared(node: ast.AST) -> bool:
    """A list of names, a type or a new name for one: nothing that runs."""
    if not isinstance(node, ast.Assign):
        return False
    target, value = node.targets[0], node.value
    if isinstance(value, ast.Call) and isinstance(value.func, ast.Name) and value.func.id in _DECLARES:
        return True
    union = isinstance(value, ast.BinOp) and isinstance(value.op, ast.BitOr)
    generic = isinstance(value, ast.Subscript) and not any(
        isinstance(one, ast.Call) for one in ast.walk(value)
    )
    return union or generic or (isinstance(target, ast.Name) and target.id == "__all__")


def _is_for_people(node: ast.AST, name: str, index: int, child: ast.AST) -> bool:
    match child:
        case ast.Import() | ast.ImportFrom() | ast.Delete():
            return True
        case ast.Expr(value=ast.Constant()):
            return True
        case ast.expr() if isinstance(node, ast.Raise):
            return True
        case ast.keyword(arg="strict" | "frozen" | "kw_only"):
            return True
        case ast.match_case(body=[ast.Expr(value=ast.Call(func=ast.Name(id="assert_never")))]):
            return True
    label = isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in _LABELS
    return label and name == "args" and index == 1


def _into(node: ast.AST, name: str, child: ast.AST, around: Around) -> Around:
    inside = around
    if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and name == "body" and not around.function:
        inside = replace(inside, function=".".join(around.scope))
    if isinstance(child, ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
        inside = replace(inside, scope=(*around.scope, child.name))
    if isinstance(child, ast.stmt | ast.match_case):
        inside = replace(inside, statement=child)
    return inside


# What can be wrong with each kind of node.

_OTHER_COMPARISONS: dict[type[ast.cmpop], tuple[type[ast.cmpop], ...]] = {
    ast.Lt: (ast.LtE, ast.GtE),
    ast.LtE: (ast.Lt, ast.Gt),
    ast.Gt: (ast.GtE, ast.LtE),
    ast.GtE: (ast.Gt, ast.Lt),
    ast.Eq: (ast.NotEq,),
    ast.NotEq: (ast.Eq,),
    ast.Is: (ast.IsNot,),
    ast.IsNot: (ast.Is,),
    ast.In: (ast.NotIn,),
    ast.NotIn: (ast.In,),
}
_OTHER_OPERATORS: dict[type[ast.operator], type[ast.operator]] = {
    ast.Add: ast.Sub,
    ast.Sub: ast.Add,
    ast.Mult: ast.FloorDiv,
    ast.FloorDiv: ast.Mult,
    ast.Mod: ast.FloorDiv,
    ast.Pow: ast.Mult,
}
_OTHER_NAMES = {"min": "max", "max": "min", "any": "all", "all": "any", "sorted": "list", "abs": "int"}


Inside = Callable[[str, int | None, object], Edit]
Instead = Callable[..., Edit]


def _at(holder: ast.AST, name: str, index: int | None, node: ast.AST, around: Around) -> Iterator[Edit]:
    """Changes of one node, in its place or inside it."""

    def instead(new: ast.expr | ast.stmt, shown: ast.AST | None = None, says: str = "") -> Edit:
        if isinstance(node, ast.expr | ast.stmt):
            ast.copy_location(new, node)
        return Edit(holder, name, index, new, shown or node, around, says)

    def inside(part: str, at: int | None, new: object) -> Edit:
        return Edit(node, part, at, new, node, around)

    yield from _parts(holder, node, inside, instead, around)
    # Alone below an `if`, that `if` never being true says the same.
    alone = isinstance(holder, ast.If) and name == "body" and len(holder.body) == 1
    if isinstance(node, ast.Expr | ast.Raise | ast.AugAssign) and not alone:
        yield instead(ast.Pass())


def _parts(  # noqa: C901  one case a kind of node
    holder: ast.AST, node: ast.AST, inside: Inside, instead: Instead, around: Around
) -> Iterator[Edit]:
    match node:
        case ast.Compare() | ast.BinOp() | ast.AugAssign() | ast.BoolOp():
            yield from _operators(node, inside)
        case ast.UnaryOp(op=ast.Not() | ast.USub()):
            yield instead(node.operand)
        case ast.If() | ast.IfExp():
            yield from (inside("test", None, ast.Constant(value)) for value in (True, False))
        case ast.comprehension():
            yield from (Edit(node, "ifs", place, None, holder, around) for place in range(len(node.ifs)))
        case ast.Call():
            yield from _calls(node, inside)
        case ast.Set() | ast.List() | ast.Tuple() | ast.Dict():
            yield from _displays(holder, node, inside, instead)
        case ast.Constant():
            yield from _constants(holder, node, instead, around)
        case ast.Continue():
            yield instead(ast.Break())
        case ast.Break():
            yield instead(ast.Continue())
        case ast.Match() if len(node.cases) > 1:
            yield from _cases(node, around)


def _operators(node: ast.Compare | ast.BinOp | ast.AugAssign | ast.BoolOp, inside: Inside) -> Iterator[Edit]:
    match node:
        case ast.Compare():
            for place, operator in enumerate(node.ops):
                yield from (inside("ops", place, other()) for other in _OTHER_COMPARISONS[type(operator)])
        case ast.BoolOp():
            yield inside("op", None, ast.Or() if isinstance(node.op, ast.And) else ast.And())
            for place in range(len(node.values)):
                yield inside("values", None, [*node.values[:place], *node.values[place + 1 :]])
        case _ if type(node.op) in _OTHER_OPERATORS:
            yield inside("op", None, _OTHER_OPERATORS[type(node.op)]())


def _calls(node: ast.Call, inside: Inside) -> Iterator[Edit]:
    if isinstance(node.func, ast.Name) and node.func.id in _OTHER_NAMES:
        yield inside("func", None, ast.Name(_OTHER_NAMES[node.func.id], ast.Load()))
    for place, keyword in enumerate(node.keywords):
        if keyword.arg not in {None, "strict"}:
            yield inside("keywords", place, None)


def _displays(
    holder: ast.AST, node: ast.Set | ast.List | ast.Tuple | ast.Dict, inside: Inside, instead: Instead
) -> Iterator[Edit]:
    """One thing less in it; not where as many are unpacked, compared or answered."""
    if isinstance(node, ast.Dict):
        for place, key in enumerate(node.keys):
            keys, values = list(node.keys), list(node.values)
            del keys[place], values[place]
            yield instead(ast.Dict(keys=keys, values=values), key, "left out")
    elif isinstance(node, ast.Set) or not (
        isinstance(node.ctx, ast.Store)
        or isinstance(holder, ast.Subscript | ast.Compare | ast.Assign | ast.Return)
        or len(node.elts) == 1
    ):
        yield from (inside("elts", place, None) for place in range(len(node.elts)))


def _constants(holder: ast.AST, node: ast.Constant, instead: Instead, around: Around) -> Iterator[Edit]:
    shown = holder if isinstance(holder, ast.expr | ast.keyword | ast.pattern) else around.statement
    others: tuple[int | str | bytes, ...] = ()
    match node.value:
        case bool():
            others = (not node.value,)
        case int():
            others = (node.value + 1, node.value - 1) if node.value > 0 else (node.value + 1,)
        case str() if not isinstance(holder, ast.Set):
            others = (f"X{node.value}",)
        case bytes():
            others = (b"X" + node.value,)
    yield from (instead(ast.Constant(other), shown) for other in others)


def _cases(node: ast.Match, around: Around) -> Iterator[Edit]:
    for place, case in enumerate(node.cases):
        at = replace(around, statement=case)
        never = ast.match_case(pattern=case.pattern, guard=ast.Constant(value=False), body=case.body)
        if not _is_for_people(node, "cases", place, case):
            yield Edit(node, "cases", place, never, case.pattern, at, "never")
        if isinstance(case.pattern, ast.MatchOr):
            for other in range(len(case.pattern.patterns)):
                yield Edit(case.pattern, "patterns", other, None, case.pattern, at)
