"""What a scanner types that plays a keyboard: key codes of Linux (linux/input-event-codes.h), US layout."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from terminal.drivers.codecs.scan_line import BadLine, unwrapped

RELEASED, PRESSED = 0, 1
"""Values of a key event; 2 is a key that repeats because it is held, which no scanner means."""
ENTER, TAB, KEYPAD_ENTER = 28, 15, 96
SHIFTS: Final = frozenset({42, 54})
_ENDS = frozenset({ENTER, TAB, KEYPAD_ENTER})
_CHORDS = frozenset({29, 97, 56, 100, 125, 126})
"""Control, Alt and Meta: with one of them held, a key is a command and no character."""
_LOCKS = frozenset({58, 69, 70})
"""Caps, Num and Scroll Lock: some scanners press them around a scan. They change nothing here."""

TEXT_CHARS_MAX = 1024
"""More than any code that is used here."""


def _keyed(rows: Mapping[int, str]) -> dict[int, str]:
    return {first + at: char for first, row in rows.items() for at, char in enumerate(row)}


PLAIN: Mapping[int, str] = MappingProxyType(
    _keyed({2: "1234567890-=", 16: "qwertyuiop[]", 30: "asdfghjkl;'`", 43: "\\zxcvbnm,./", 57: " "})
)
SHIFTED: Mapping[int, str] = MappingProxyType(
    _keyed({2: "!@#$%^&*()_+", 16: "QWERTYUIOP{}", 30: 'ASDFGHJKL:"~', 43: "|ZXCVBNM<>?", 57: " "})
)
KEYPAD: Mapping[int, str] = MappingProxyType(
    _keyed({55: "*", 71: "789-456+1230.", 98: "/"}) | {117: "=", 121: ","}
)


class KeyDecoder:
    """Key events in, scanned texts out. Enter or Tab ends a scan.

    Args:
        prefix: what the scanner types in front of each scan; taken off, and a scan without it is noise.
        suffix: the same, behind it (before Enter or Tab).
    """

    def __init__(self, *, prefix: str = "", suffix: str = "") -> None:
        self._prefix = prefix
        self._suffix = suffix
        self._typed: list[str] = []
        self._held: set[int] = set()
        self._bad = ""

    @property
    def waiting(self) -> bool:
        """A scan has begun and not ended."""
        return bool(self._typed or self._bad)

    def feed(self, code: int, value: int) -> list[str | BadLine]:
        if code in SHIFTS | _CHORDS:
            (self._held.discard if value == RELEASED else self._held.add)(code)
            return []
        if value != PRESSED or code in _LOCKS:
            return []
        if code in _ENDS and not self._held & _CHORDS:
            return self._ended()
        self._press(code)
        return []

    def lost(self) -> None:
        """The kernel dropped events: what is being typed is not whole, and nobody knows what is held."""
        self._bad = "events were lost"
        self._held.clear()

    def silence(self) -> list[str | BadLine]:
        """Nothing was typed for a while: what has begun will not end, and must not begin the next scan."""
        if not self.waiting:
            return []
        size = len(self._typed)
        self._clear()
        return [BadLine(why=f"the scan was cut off after {size} characters")]

    def _press(self, code: int) -> None:
        char = KEYPAD.get(code) or (SHIFTED if self._held & SHIFTS else PLAIN).get(code)
        if char is None:
            self._bad = "a key that stands for no character"
        elif self._held & _CHORDS:
            self._bad = "a control character"
        elif len(self._typed) == TEXT_CHARS_MAX:
            self._bad = f"a scan longer than {TEXT_CHARS_MAX} characters"
        else:
            self._typed.append(char)

    def _ended(self) -> list[str | BadLine]:
        if not self.waiting:
            return []
        text, bad = "".join(self._typed), self._bad
        self._clear()
        return [BadLine(why=bad) if bad else unwrapped(text, self._prefix, self._suffix)]

    def _clear(self) -> None:
        self._typed.clear()
        self._bad = ""


def keys_of(text: str) -> list[tuple[int, int]]:
    """The key events with which a scanner types this text and Enter. Raises KeyError: not on the layout."""
    plain = {char: code for code, char in PLAIN.items()}
    shifted = {char: code for code, char in SHIFTED.items()}
    events: list[tuple[int, int]] = []
    shift = min(SHIFTS)
    for char in text:
        if char in plain:
            events += [(plain[char], PRESSED), (plain[char], RELEASED)]
        else:
            key = shifted[char]
            events += [(shift, PRESSED), (key, PRESSED), (key, RELEASED), (shift, RELEASED)]
    return [*events, (ENTER, PRESSED), (ENTER, RELEASED)]
