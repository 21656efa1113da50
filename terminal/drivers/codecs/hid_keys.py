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
_CTRLS, _ALTS, _METAS = frozenset({29, 97}), frozenset({56, 100}), frozenset({125, 126})
_HELD = SHIFTS | _CTRLS | _ALTS | _METAS
_CAPS_LOCK = 58
_LOCKS = frozenset({69, 70})
"""Num and Scroll Lock change nothing here."""
_CTRL_BITS = 0x1F
"""What Ctrl leaves of @ A-Z [ \\ ] ^ _, as on a terminal: scanners send the separator of GS1 as Ctrl+]."""
_ASCII_MAX = 0x7F
_NUMBER_DIGITS_MAX = 5

TEXT_CHARS_MAX = 1024
"""More than any code that is used here."""


def _keyed(rows: Mapping[int, str]) -> dict[int, str]:
    return {first + at: char for first, row in rows.items() for at, char in enumerate(row)}


PLAIN: Mapping[int, str] = MappingProxyType(
    _keyed(
        {2: "1234567890-=", 15: "\tqwertyuiop[]", 30: "asdfghjkl;'`", 43: "\\zxcvbnm,./", 57: " ", 86: "\\"}
    )
)
SHIFTED: Mapping[int, str] = MappingProxyType(
    _keyed({2: "!@#$%^&*()_+", 15: "\tQWERTYUIOP{}", 30: 'ASDFGHJKL:"~', 43: "|ZXCVBNM<>?", 57: " ", 86: "|"})
)
KEYPAD: Mapping[int, str] = MappingProxyType(
    _keyed({55: "*", 71: "789-456+1230.", 98: "/"}) | {117: "=", 121: ","}
)


class KeyDecoder:
    """Key events in, scanned texts out.

    Beside Shift it knows the ways in which scanners reach other characters: Caps Lock around letters, Ctrl
    for control characters, and Alt while the keypad keys an ASCII number. A key that stands for nothing
    spoils its scan: better none than one with a hole.

    Args:
        prefix: what the scanner types in front of each scan; taken off, and a scan without it is noise.
        suffix: the same, behind it (before the key that ends the scan).
        tab_ends: Tab ends a scan, as Enter always does. Else it is a character.
        silence_ends: a scan is whole when no more keys come. Else it was cut off.
    """

    def __init__(
        self, *, prefix: str = "", suffix: str = "", tab_ends: bool = False, silence_ends: bool = False
    ) -> None:
        self._prefix = prefix
        self._suffix = suffix
        self._ends = {ENTER, KEYPAD_ENTER, TAB} if tab_ends else {ENTER, KEYPAD_ENTER}
        self._silence_ends = silence_ends
        self._held: set[int] = set()
        self._capitals = False
        self._number = ""
        """Digits that were keyed while Alt is held."""
        self._typed: list[str] = []
        self._bad = ""

    @property
    def waiting(self) -> bool:
        """A scan has begun and not ended."""
        return bool(self._typed or self._bad or self._number)

    def feed(self, code: int, value: int) -> list[str | BadLine]:
        if code in _HELD:
            self._hold(code, value)
        elif value == PRESSED and code == _CAPS_LOCK:
            self._capitals = not self._capitals
        elif value == PRESSED and code not in _LOCKS:
            return self._press(code)
        return []

    def lost(self) -> None:
        """The kernel dropped events: what is being typed is not whole, and nobody knows what is held."""
        self._bad = "events were lost"
        self._let_go()

    def silence(self) -> list[str | BadLine]:
        """Nothing was typed for a while: what has begun is over, and must not begin the next scan."""
        self._let_go()
        if self._silence_ends or not self.waiting:
            return self._ended()
        size = len(self._typed)
        self._clear()
        return [BadLine(why=f"the scan was cut off after {size} characters")]

    def _hold(self, code: int, value: int) -> None:
        (self._held.discard if value == RELEASED else self._held.add)(code)
        if self._number and not self._held & _ALTS:
            number, self._number = int(self._number), ""
            self._type(chr(number) if number <= _ASCII_MAX else "")  # Above, each machine has its own.

    def _press(self, code: int) -> list[str | BadLine]:
        keypad = KEYPAD.get(code, "")
        if self._held & _ALTS and keypad.isdigit() and len(self._number) < _NUMBER_DIGITS_MAX:
            self._number += keypad
        elif self._held & (_ALTS | _METAS):
            self._type("")
        elif self._held & _CTRLS:
            return self._control(code)
        elif code in self._ends:
            return self._ended()
        else:
            self._type(keypad or self._on_key(code))
        return []

    def _on_key(self, code: int) -> str:
        plain, shifted = PLAIN.get(code, ""), SHIFTED.get(code, "")
        return shifted if bool(self._held & SHIFTS) != (self._capitals and plain.isalpha()) else plain

    def _control(self, code: int) -> list[str | BadLine]:
        for char in (PLAIN.get(code, "").upper(), SHIFTED.get(code, "")):
            if char and "@" <= char <= "_":
                control = chr(ord(char) & _CTRL_BITS)
                if control in "\r\n":
                    return self._ended()
                self._type(control)
                return []
        self._type("")
        return []

    def _type(self, char: str) -> None:
        if not char:
            self._bad = "a key that stands for no character"
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

    def _let_go(self) -> None:
        self._held.clear()
        self._capitals = False

    def _clear(self) -> None:
        self._typed.clear()
        self._bad = self._number = ""


def keys_of(text: str) -> list[tuple[int, int]]:
    """The key events with which a scanner types this text and Enter. Raises KeyError: not on the layout."""
    plain = {char: code for code, char in sorted(PLAIN.items(), reverse=True)}  # Of two keys the lower.
    shifted = {char: code for code, char in sorted(SHIFTED.items(), reverse=True)}
    events: list[tuple[int, int]] = []
    shift = min(SHIFTS)
    for char in text:
        if char in plain:
            events += [(plain[char], PRESSED), (plain[char], RELEASED)]
        else:
            key = shifted[char]
            events += [(shift, PRESSED), (key, PRESSED), (key, RELEASED), (shift, RELEASED)]
    return [*events, (ENTER, PRESSED), (ENTER, RELEASED)]
