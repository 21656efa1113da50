"""What is wrong with data that should have a certain shape: all of it at once, each with its path.

msgspec says only the first thing. Where its conversion fails, this walks the same types again and
collects the rest; where it succeeds, none of this runs.
"""

from __future__ import annotations

import types
import typing
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Annotated, Any

import msgspec
from msgspec import inspect

from terminal.core.values import Value

_GOT_CHARS_MAX = 40
_SECRET = ("password", "secret", "token", "pin", "passphrase")


class Problem(Value, frozen=True, kw_only=True):
    """One mistake, and where it is: `device.front.port`, `catalogue.article[3].price` (from 1)."""

    where: str
    what: str

    def __str__(self) -> str:
        return f"{self.where}: {self.what}" if self.where else self.what


Custom = Callable[[type, object], object]
"""msgspec's `dec_hook`: makes what TOML has no word for, such as a path."""


def problems(data: object, wanted: object, where: str = "", custom: Custom | None = None) -> list[Problem]:
    """Everything in `data` (plain values as TOML or JSON give them) that keeps it from being `wanted`."""
    return list(_Walk(custom).at(data, wanted, where))


def joined(where: str, key: str) -> str:
    """The path of a key below `where`; keys that are not plain words are quoted as TOML would."""
    plain = key.replace("-", "").replace("_", "").isalnum() and key.isascii()
    name = key if plain else _quoted(key)
    return f"{where}.{name}" if where else name


def did_you_mean(word: str, known: Iterable[str]) -> str:
    """` (did you mean NAME?)`, or nothing when no known word comes near."""
    import difflib  # noqa: PLC0415  needed only when somebody made a mistake

    lowered = {one.lower(): one for one in sorted(known)}
    near = difflib.get_close_matches(word.lower(), lowered, n=1)
    return f" (did you mean {lowered[near[0]]}?)" if near else ""


class _Walk:
    def __init__(self, custom: Custom | None) -> None:
        self._custom = custom

    def at(self, data: object, wanted: object, where: str) -> Iterator[Problem]:
        wanted = _required(wanted)
        if typing.get_origin(wanted) is Annotated:
            # What lies inside first: a list that is right in itself may still be too long.
            found = list(self.at(data, typing.get_args(wanted)[0], where)) if _holds(wanted) else []
            yield from found or self._leaf(data, wanted, where)
            return
        origin, inside = typing.get_origin(wanted), typing.get_args(wanted)
        if isinstance(wanted, type) and issubclass(wanted, msgspec.Struct):
            yield from self._struct(data, wanted, where)
        elif origin is list or (origin is tuple and Ellipsis in inside):
            yield from self._items(data, wanted, inside[0], where)
        elif origin is dict:
            yield from self._table(data, wanted, inside[1], where)
        else:
            yield from self._leaf(data, wanted, where)

    def _struct(self, data: object, wanted: type[msgspec.Struct], where: str) -> Iterator[Problem]:
        if not isinstance(data, Mapping):
            yield _other_than(data, wanted, where)
            return
        fields = {field.encode_name: field for field in msgspec.structs.fields(wanted)}
        found: list[Problem] = []
        for key, value in data.items():
            if key in fields:
                found += self.at(value, fields[key].type, joined(where, key))
            elif wanted.__struct_config__.forbid_unknown_fields:
                near = did_you_mean(key, fields.keys() - data.keys()) or did_you_mean(key, fields)
                found.append(Problem(where=joined(where, key), what=f"unknown{near}"))
        found += [
            Problem(where=joined(where, name), what=f"missing: {_words(field.type)}")
            for name, field in fields.items()
            if field.required and name not in data
        ]
        yield from found or self._leaf(data, wanted, where)

    def _items(self, data: object, wanted: object, item: object, where: str) -> Iterator[Problem]:
        if not isinstance(data, list | tuple):
            yield _other_than(data, wanted, where)
            return
        for place, value in enumerate(data, start=1):
            yield from self.at(value, item, f"{where}[{place}]")

    def _table(self, data: object, wanted: object, item: object, where: str) -> Iterator[Problem]:
        if not isinstance(data, Mapping):
            yield _other_than(data, wanted, where)
            return
        for key, value in data.items():
            yield from self.at(value, item, joined(where, key))

    def _leaf(self, data: object, wanted: object, where: str) -> Iterator[Problem]:
        try:
            msgspec.convert(data, wanted, dec_hook=self._custom)
        except msgspec.ValidationError as fault:
            # What a value's own check raised is said in its words; msgspec's words are for programmers.
            if isinstance(fault.__cause__, ValueError):
                yield Problem(where=where, what=str(fault.__cause__))
            else:
                yield _other_than(data, wanted, where)


def _required(wanted: object) -> object:
    """`X` of `X | None`: a file that names a key means a value."""
    if typing.get_origin(wanted) not in {typing.Union, types.UnionType}:
        return wanted
    left = [one for one in typing.get_args(wanted) if one is not type(None)]
    return left[0] if len(left) == 1 else wanted


def _holds(wanted: object) -> bool:
    """Whether there is something inside of what is annotated so."""
    within = typing.get_args(wanted)[0]
    return typing.get_origin(within) in {list, tuple, dict}


def _other_than(data: object, wanted: object, where: str) -> Problem:
    key = where.rpartition(".")[2].lower()
    got = _kind(data) if any(word in key for word in _SECRET) else _got(data)
    near = ""
    info = inspect.type_info(wanted)
    if isinstance(info, inspect.EnumType) and isinstance(data, str):
        near = did_you_mean(data, [str(one.value) for one in info.cls])
    return Problem(where=where, what=f"expected {_words(wanted)}, got {got}{near}")


def _words(wanted: object) -> str:
    """A type as a technician would say it."""
    return _said(inspect.type_info(_required(wanted)))


def _said(info: inspect.Type) -> str:
    words = _WORDS.get(type(info))
    return words(info) if words is not None else "a table"


def _text(info: inspect.StrType) -> str:
    if info.pattern is not None:
        return f"a string like {info.pattern}"
    if info.min_length:
        return (
            "a string that is not empty" if info.min_length == 1 else f"{info.min_length} characters or more"
        )
    return "a string"


def _range(info: inspect.IntType | inspect.FloatType) -> str:
    if info.ge is not None and info.le is not None:
        return f" from {info.ge} to {info.le}"
    bounds = (("above", info.gt), ("at least", info.ge), ("below", info.lt), ("at most", info.le))
    said = " and ".join(f"{word} {bound}" for word, bound in bounds if bound is not None)
    return f" ({said})" if said else ""


def _one_of(values: Iterable[object]) -> str:
    return "one of " + ", ".join(_got(value) for value in values)


def _either(info: inspect.UnionType) -> str:
    return " or ".join(_said(one) for one in info.types if not isinstance(one, inspect.NoneType))


def _made(info: inspect.CustomType) -> str:
    return "a path" if info.cls.__name__.endswith("Path") else "a string"


_WORDS: Mapping[type[inspect.Type], Callable[[Any], str]] = types.MappingProxyType(
    {
        inspect.BoolType: lambda _: "true or false",
        inspect.StrType: _text,
        inspect.IntType: lambda info: f"a whole number{_range(info)}",
        inspect.FloatType: lambda info: f"a number{_range(info)}",
        inspect.EnumType: lambda info: _one_of(one.value for one in info.cls),
        inspect.LiteralType: lambda info: _one_of(info.values),
        inspect.VarTupleType: lambda info: f"a list, each {_said(info.item_type)}",
        inspect.ListType: lambda info: f"a list, each {_said(info.item_type)}",
        inspect.UnionType: _either,
        inspect.CustomType: _made,
        inspect.Metadata: lambda info: (info.extra_json_schema or {}).get("description") or _said(info.type),
    }
)


def _quoted(text: str) -> str:
    return msgspec.json.encode(text).decode()


def _kind(data: object) -> str:
    if isinstance(data, str):
        return "a string"
    if isinstance(data, Mapping):
        return "a table"
    return "a list" if isinstance(data, list | tuple) else "something else"


def _got(data: object) -> str:
    """A value as its file has it, cut to a length that fits a line."""
    if isinstance(data, Mapping | list | tuple):
        return _kind(data)
    if isinstance(data, str):
        shown = _quoted(data)
        return shown if len(shown) <= _GOT_CHARS_MAX else f"{shown[:_GOT_CHARS_MAX]}..."
    if isinstance(data, bool):
        return str(data).lower()
    return str(data)[:_GOT_CHARS_MAX]
