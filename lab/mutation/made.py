"""How a change is made: in functions that run already, or in a module that is not imported yet."""

from __future__ import annotations

import ast
import functools
import gc
import importlib.machinery
import importlib.util
from collections.abc import Collection
from pathlib import Path
from types import CodeType, FunctionType, ModuleType

from lab.mutation.changes import Change, changed, path_of


class Running:
    """The functions of those files, wherever they are held: in a module, a class, a table, below a cache."""

    def __init__(self, files: Collection[str]) -> None:
        things = gc.get_objects()
        functions = [one for one in things if isinstance(one, FunctionType)]
        self._functions = [one for one in functions if one.__code__.co_filename in files]
        self._caches = [one for one in things if isinstance(one, functools._lru_cache_wrapper)]  # noqa: SLF001

    def put_in(self, change: Change) -> None:
        """Every function of that name in that file runs the changed code from now on."""
        path = str(path_of(change.module))
        code = _code_in(compile(changed(change), path, "exec", dont_inherit=True), change)
        same = [one for one in self._functions if _place(one.__code__) == _place(code)]
        if not same:
            raise LookupError(change.name)
        for function in same:
            function.__code__ = code
        for cache in self._caches:
            cache.cache_clear()


def _place(code: CodeType) -> tuple[str, str, int]:
    return code.co_filename, code.co_qualname, code.co_firstlineno


def _code_in(code: CodeType, change: Change) -> CodeType:
    waiting = [code]
    while waiting:
        one = waiting.pop()
        if one.co_qualname == change.function:
            return one
        waiting.extend(inner for inner in one.co_consts if isinstance(inner, CodeType))
    raise LookupError(change.name)


class _Changed(importlib.machinery.SourceFileLoader):
    tree: ast.Module

    def get_code(self, fullname: str) -> CodeType:
        return compile(self.tree, self.get_filename(fullname), "exec", dont_inherit=True)


class Finder:
    def __init__(self, change: Change) -> None:
        self._change = change

    def find_spec(
        self, name: str, _path: object = None, _target: ModuleType | None = None
    ) -> importlib.machinery.ModuleSpec | None:
        if name != self._change.module:
            return None
        path: Path = path_of(name)
        loader = _Changed(name, str(path))
        loader.tree = changed(self._change)
        below = [str(path.parent)] if path.name == "__init__.py" else None
        return importlib.util.spec_from_file_location(
            name, path, loader=loader, submodule_search_locations=below
        )
