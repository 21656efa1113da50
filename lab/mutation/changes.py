"""The changes of a module that may be tried, each by its name, and the module with one of them made.

A change is named by its place and its words, not by its line, so that its name outlives edits elsewhere.
"""

from __future__ import annotations

import ast
from collections import Counter
from dataclasses import dataclass
from itertools import takewhile
from pathlib import Path

from lab.environment import ROOT
from lab.mutation.edits import edits

SHOWN_MAX = 110
_BESIDE = 30
"""Characters."""


@dataclass(frozen=True)
class Change:
    """One change of one module. `number` finds it again in a fresh parse of the same source."""

    module: str
    number: int
    function: str
    """Qualified name of the outermost function around it; empty: it is made when the module is imported."""
    place: str
    lines: tuple[int, int]
    """First and last line of the statement (or of its head) that it is in."""
    before: str
    after: str
    again: int = 1
    """1 for the first change with the same words in the same place."""

    @property
    def name(self) -> str:
        number = f" #{self.again}" if self.again > 1 else ""
        return f"`{self.place}`: `{self.before}` → `{self.after}`{number}"


def path_of(module: str) -> Path:
    plain = ROOT.joinpath(*module.split("."))
    return plain / "__init__.py" if plain.is_dir() else plain.with_suffix(".py")


def changes_of(module: str) -> list[Change]:
    """All of them, in the order of the source."""
    found: list[Change] = []
    seen: Counter[tuple[str, str, str]] = Counter()
    for number, edit in enumerate(edits(ast.parse(path_of(module).read_bytes()))):
        before = _words(edit.shown)
        old = edit.swap()
        shown = edit.new if edit.shown is old and isinstance(edit.new, ast.AST) else edit.shown
        before, after = _short(before, edit.says or _words(shown))
        edit.back(old)
        place = ".".join([module.removeprefix("terminal.").removeprefix("core."), *edit.around.scope])
        seen[place, before, after] += 1
        found.append(
            Change(
                module=module,
                number=number,
                function=edit.around.function,
                place=place,
                lines=_lines(edit.around.statement),
                before=before,
                after=after,
                again=seen[place, before, after],
            )
        )
    return found


def changed(change: Change) -> ast.Module:
    """The module with that one change made."""
    tree = ast.parse(path_of(change.module).read_bytes())
    of_their_class = [one for one in ast.walk(tree) if isinstance(one, ast.FunctionDef) and _asks_super(one)]
    for number, edit in enumerate(edits(tree)):
        if number == change.number:
            edit.swap()
            for function in of_their_class:
                function.body.append(_never_asked())
            _Whole().visit(tree)
            return ast.fix_missing_locations(tree)
    raise LookupError(change.name)


def _asks_super(function: ast.FunctionDef) -> bool:
    return any(isinstance(one, ast.Name) and one.id == "super" for one in ast.walk(function))


def _never_asked() -> ast.If:
    """What runs already takes no code without the class that `super()` meant, where that is taken away."""
    return ast.If(
        test=ast.Constant(value=False), body=[ast.Expr(ast.Name("__class__", ast.Load()))], orelse=[]
    )


class _Whole(ast.NodeTransformer):
    """`and` of one thing, or one pattern of several, is that thing; the compiler takes no other."""

    def visit_BoolOp(self, node: ast.BoolOp) -> ast.expr:
        self.generic_visit(node)
        return node if len(node.values) > 1 else node.values[0]

    def visit_MatchOr(self, node: ast.MatchOr) -> ast.pattern:
        self.generic_visit(node)
        return node if len(node.patterns) > 1 else node.patterns[0]


def _words(node: ast.AST) -> str:
    match node:
        case ast.If(test=test):
            said = f"if {ast.unparse(test)}:"
        case ast.While(test=test):
            said = f"while {ast.unparse(test)}:"
        case ast.FunctionDef(name=name, args=arguments) | ast.AsyncFunctionDef(name=name, args=arguments):
            said = f"def {name}({ast.unparse(arguments)}):"
        case _:
            said = " ".join(ast.unparse(node).split())
    return said


def _short(before: str, after: str) -> tuple[str, str]:
    """Of long ones what differs, and what stands around it."""
    if max(len(before), len(after)) <= SHOWN_MAX:
        return before, after
    alike = _alike(before, after)
    ends = _alike(before[alike:][::-1], after[alike:][::-1])
    first = max(0, alike - _BESIDE)
    cut = [_cut(text, first, len(text) - max(0, ends - _BESIDE)) for text in (before, after)]
    return cut[0], cut[1]


def _alike(one: str, other: str) -> int:
    """How many characters they begin with alike."""
    return sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], zip(one, other, strict=False)))


def _cut(text: str, first: int, last: int) -> str:
    middle = text[first:last]
    if len(middle) > 2 * SHOWN_MAX:
        middle = f"{middle[:SHOWN_MAX]}…{middle[-SHOWN_MAX:]}"
    return f"{'…' if first else ''}{middle}{'…' if last < len(text) else ''}"


def _lines(statement: ast.AST) -> tuple[int, int]:
    match statement:
        case ast.If(test=head) | ast.While(test=head) | ast.For(iter=head) | ast.Match(subject=head):
            first, last = statement.lineno, head.end_lineno or head.lineno
        case ast.match_case(pattern=head):
            first, last = head.lineno, head.end_lineno
        case ast.stmt():
            first, last = statement.lineno, statement.end_lineno or statement.lineno
        case _:
            first = last = 0
    return first, last
