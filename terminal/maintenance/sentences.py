"""What a console says to a technician, in Chinese: whole sentences, and those with places in them.

English is the key. A place is `{}`, and what stands there stays as it is; where the key has `{*}` it is
translated, too.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping

from terminal.core import errors
from terminal.core.errors import TerminalFault
from terminal.core.texts import translated

Words = Callable[[str], str]

CHINESE = ("zh-Hans", "zh-Hant")
_PLACE = re.compile(r"\{\*?\}")
_NAMED = ("{}: ", "{*}: ")
_FAULT = re.compile(r"([A-Z]?[0-9]{2,3}) ([A-Z]\w+): (.+)", re.DOTALL)
"""As `terminal.runtime.log.told` says a fault."""
_CODED = re.compile(r"([A-Z][0-9]{3}) (.+)")
"""As a command says one."""


class Sentences:
    """`in_chinese` is the function that translates; what no table has stays as it is."""

    def __init__(self, language: str, table: Mapping[str, str]) -> None:
        """`language`: one of `CHINESE`. `table`: Simplified; the n-th place of the key is `{n}` there."""
        self._language = language
        script: Words = str
        if language == "zh-Hant":
            from terminal.core.texts.hant import traditional as script  # noqa: PLC0415  a large table
        self._whole = {key: script(said) for key, said in table.items() if not _PLACE.search(key)}
        open_ones = sorted((key for key in table if _PLACE.search(key)), key=_letters, reverse=True)
        self._open = [
            (max(_PLACE.split(key), key=len), _shape(key), _PLACE.findall(key), script(table[key]))
            for key in open_ones
        ]

    def in_chinese(self, text: str) -> str:
        return self._whole.get(text) or self._fault(text) or self._filled(text) or self._coded(text) or text

    def _filled(self, text: str) -> str:
        for part, shape, places, said in self._open:
            if part in text and (
                found := shape.fullmatch(text)
            ):  # Of a log's line it is none, and that is long.
                values = [
                    self.in_chinese(value) if place == "{*}" else value
                    for place, value in zip(places, found.groups(), strict=True)
                ]
                return said.format(*values)
        return ""

    def _coded(self, text: str) -> str:
        """A code, and what it says of itself."""
        found = _CODED.fullmatch(text)
        return f"{found[1]} {self.in_chinese(found[2])}" if found else ""

    def _fault(self, text: str) -> str:
        """What the attendant would read, and behind it what the technician is told."""
        found = _FAULT.fullmatch(text)
        kind = getattr(errors, found[2], None) if found else None
        if not found or not (isinstance(kind, type) and issubclass(kind, TerminalFault)):
            return ""
        said = translated(kind.for_attendant, self._language)
        return "" if "{" in said else f"{found[1]} {said} ({found[2]}: {self.in_chinese(found[3])})"


def _letters(key: str) -> int:
    """Of two that fit, the one that says more itself."""
    return len(_PLACE.sub("", key))


def _shape(key: str) -> re.Pattern[str]:
    """A name before a colon has none itself: what is said there of something belongs to another sentence."""
    parts = [re.escape(one) for one in _PLACE.split(key)]
    if not parts[0] and key.startswith(_NAMED):
        parts = [f"((?:(?!: ).)+?){parts[1]}", *parts[2:]]
    return re.compile("(.+?)".join(parts), re.DOTALL)
