"""What screens can be headed by, read out of the flows and the desk without running them."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping, Sequence
from importlib.resources import files
from types import MappingProxyType
from typing import Final, NamedTuple

from terminal.core.texts import TABLES

Function = ast.AsyncFunctionDef | ast.FunctionDef
HEADS: Final = frozenset({"prompt", "title", "message", "asks"})
"""What a parameter is called that becomes the head of a screen, on its way from flow to page."""
_ASKING: Final = ("terminal.flows", "terminal.desk")
_CALLED: Final = (*_ASKING, "terminal.core")
"""Where the words may stand that those pass on."""
_MADE_OF: Final = frozenset({"says", "MappingProxyType"})
_LOOKED_UP: Final = frozenset({"items", "values", "get"})


class _Head(NamedTuple):
    """A parameter that becomes a head; `place`: None, where it is passed by its name alone."""

    place: int | None
    name: str


def heads() -> frozenset[str]:
    """English, with named places, as `core.texts` has them.

    Whatever is passed as a head is followed to the words that it may be: through names, tables, either side
    of a condition, what a function of the two returns, and the parameters of who passes it on.
    """
    return _Reader(_ASKING, _CALLED).found()


class _Reader:
    def __init__(self, asking: Sequence[str], called: Sequence[str]) -> None:
        trees = {name: _trees(name) for name in called}
        self._asking = [tree for name in asking for tree in trees[name]]
        self._functions: dict[str, list[Function]] = {}
        self._modules: dict[Function, ast.Module] = {}
        self._constants: dict[ast.Module, dict[str, ast.expr]] = {}
        self._heads: dict[str, set[_Head]] = {}
        for name, all_ in trees.items():
            for tree in all_:
                self._constants_of(tree)
                self._functions_of(tree, asks=name in asking)
        self._words = TABLES["zh-Hans"]

    def found(self) -> frozenset[str]:
        """Repeated until no function is left that passes on what it is given."""
        calls = [(call, inside) for tree in self._asking for call, inside in _calls(tree)]
        while True:
            before = sum(map(len, self._heads.values()))
            said = {
                one
                for call, inside in calls
                for head in tuple(self._heads.get(_name(call.func), ()))
                if (passed := _passed(call, head)) is not None
                for one in self._of(passed, inside, frozenset())
            }
            if sum(map(len, self._heads.values())) == before:
                return frozenset(said & self._words.keys())

    def _functions_of(self, tree: ast.Module, *, asks: bool) -> None:
        for one in ast.walk(tree):
            if isinstance(one, Function):
                self._functions.setdefault(one.name, []).append(one)
                self._modules[one] = tree
                for name in HEADS.intersection(_parameters(one)) if asks else ():
                    self._head(one, name)

    def _constants_of(self, tree: ast.Module) -> None:
        found = self._constants[tree] = {}
        for one in tree.body:
            if isinstance(one, ast.Assign | ast.AnnAssign) and one.value is not None:
                targets = one.targets if isinstance(one, ast.Assign) else [one.target]
                for target in targets:
                    if isinstance(target, ast.Name):
                        found[target.id] = one.value

    def _head(self, function: Function, name: str) -> None:
        places = [one.arg for one in (*function.args.posonlyargs, *function.args.args) if one.arg != "self"]
        place = places.index(name) if name in places else None
        self._heads.setdefault(function.name, set()).add(_Head(place, name))

    def _of(self, said: ast.expr, inside: Function | ast.Module, seen: frozenset[str]) -> set[str]:
        """The words that this may be."""
        match said:
            case ast.Constant(value=str(words)):
                return {words}
            case ast.Name(id=name):
                return set() if name in seen else self._named(name, inside, seen | {name})
            case ast.Call(func=called) if not (parts := _parts(said)):
                return self._returned(_name(called), seen)
            case _:
                parts = _parts(said)
        return {words for part in parts for words in self._of(part, inside, seen)}

    def _named(self, name: str, inside: Function | ast.Module, seen: frozenset[str]) -> set[str]:
        """A name in a function is what it was given there, or a parameter; else it is the module's."""
        if isinstance(inside, ast.Module):
            found = self._constant(name, inside)
            return {words for one, where in found for words in self._of(one, where, seen)}
        given, passed_on = list(_given(name, inside)), name in _parameters(inside)
        if passed_on and not _is_annotated_otherwise(inside, name):
            self._head(inside, name)
        if not given and not passed_on:
            return self._named(name, self._modules[inside], seen)
        return {words for one in given for words in self._of(one, inside, seen)}

    def _constant(self, name: str, module: ast.Module) -> Iterator[tuple[ast.expr, ast.Module]]:
        """The module's own, or what it brings in from another: that has no underscore."""
        if name in self._constants[module]:
            yield self._constants[module][name], module
        elif not name.startswith("_"):
            yield from ((named[name], where) for where, named in self._constants.items() if name in named)

    def _returned(self, name: str, seen: frozenset[str]) -> set[str]:
        mark = f"{name}()"
        if mark in seen:
            return set()
        return {
            words
            for function in self._functions.get(name, ())
            for one in ast.walk(function)
            if isinstance(one, ast.Return) and one.value is not None
            for words in self._of(one.value, function, seen | {mark})
        }


def _parts(said: ast.expr) -> Sequence[ast.expr]:
    """Of which its words are one, or each: of a message, a table, either side of a condition."""
    match said:
        case ast.Call(func=ast.Name(id=name), args=[one, *_]) if name in _MADE_OF:
            pass
        case ast.Call(func=ast.Attribute(attr=name, value=one)) if name in _LOOKED_UP:
            pass
        case ast.Attribute(value=one) | ast.Subscript(value=one):
            pass
        case ast.IfExp(body=one, orelse=other):
            return (one, other)
        case ast.Dict(values=parts) | ast.Tuple(elts=parts):
            return parts
        case ast.Call(func=ast.Name(id=name), keywords=named) if name[:1] == "_" and name[1:2].isupper():
            return [one.value for one in named]  # A record of some.
        case _:
            return ()
    return (one,)


def _trees(package: str) -> list[ast.Module]:
    return [
        ast.parse(one.read_text(encoding="utf-8"))
        for one in sorted(files(package).iterdir(), key=lambda one: one.name)
        if one.name.endswith(".py")
    ]


def _calls(tree: ast.Module) -> Iterator[tuple[ast.Call, Function | ast.Module]]:
    """Each call with the innermost function that it stands in, or the module."""
    waiting: list[tuple[ast.AST, Function | ast.Module]] = [(tree, tree)]
    while waiting:
        parent, inside = waiting.pop()
        for child in ast.iter_child_nodes(parent):
            if isinstance(child, ast.Call):
                yield child, inside
            waiting.append((child, child if isinstance(child, Function) else inside))


def _name(called: ast.expr) -> str:
    match called:
        case ast.Name(id=name) | ast.Attribute(attr=name):
            return name
    return ""


def _passed(call: ast.Call, head: _Head) -> ast.expr | None:
    for keyword in call.keywords:
        if keyword.arg == head.name:
            return keyword.value
    if head.place is None or head.place >= len(call.args):
        return None
    return call.args[head.place]


def _parameters(function: Function) -> Mapping[str, ast.arg]:
    every = (*function.args.posonlyargs, *function.args.args, *function.args.kwonlyargs)
    return MappingProxyType({one.arg: one for one in every})


def _is_annotated_otherwise(function: Function, name: str) -> bool:
    """No words are passed in a parameter of such a kind: a desk, a holder."""
    kind = _parameters(function)[name].annotation
    return kind is not None and ast.unparse(kind) not in {"str", "Message"}


def _given(name: str, inside: Function) -> Iterator[ast.expr]:
    """All that a function assigns to a name."""
    for one in ast.walk(inside):
        match one:
            case ast.Assign(targets=[target], value=value):
                yield from _into(name, target, value)
            case ast.NamedExpr(target=target, value=value):
                yield from _into(name, target, value)
            case ast.For(target=target, iter=value) | ast.comprehension(target=target, iter=value):
                if any(isinstance(part, ast.Name) and part.id == name for part in ast.walk(target)):
                    yield value


def _into(name: str, target: ast.expr, value: ast.expr) -> Iterator[ast.expr]:
    match target, value:
        case ast.Name(id=found), _ if found == name:
            yield value
        case ast.Tuple(), ast.IfExp(body=one, orelse=other):
            yield from _into(name, target, one)
            yield from _into(name, target, other)
        case ast.Tuple(elts=names), ast.Tuple(elts=values):
            for part, said in zip(names, values, strict=False):
                yield from _into(name, part, said)
        case ast.Tuple(elts=names), _:
            if any(isinstance(part, ast.Name) and part.id == name for part in names):
                yield value
