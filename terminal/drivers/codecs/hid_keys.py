"""What a scanner types that plays a keyboard: key codes of Linux (linux/input-event-codes.h)."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from terminal.drivers.codecs.layouts import LAYOUTS, LayoutName
from terminal.drivers.codecs.scan_line import BadLine, unwrapped

RELEASED, PRESSED = 0, 1
"""Values of a key event; 2 is a key that repeats because it is held, which no scanner means."""

ENTER, TAB, KEYPAD_ENTER = 28, 15, 96
_ENTERS: Final = frozenset({ENTER, KEYPAD_ENTER})
SHIFTS: Final = frozenset({42, 54})
_ALT_GR = 100
_SPACE = 57
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


KEYPAD: Mapping[int, str] = MappingProxyType(
    {55: "*", **{71 + at: char for at, char in enumerate("789-456+1230.")}, 98: "/", 117: "=", 121: ","}
)
"""The same in all layouts."""


class KeyDecoder:
    """Key events in, scanned texts out.

    Beside Shift and, where the layout has it, AltGr it knows the ways in which scanners reach other
    characters: Caps Lock around letters, Ctrl for control characters, a dead key before Space, and Alt while
    the keypad keys an ASCII number. A key that stands for nothing spoils its scan: better none than one with
    a hole.

    Args:
        prefix: what the scanner types in front of each scan; taken off, and a scan without it is noise.
        suffix: the same, behind it (before the key that ends the scan).
        tab_ends: Tab ends a scan, as Enter always does. Else it is a character.
        silence_ends: a scan is whole when no more keys come. Else it was cut off.
        layout: that the scanner is set to.
        enter_ends: Enter ends a scan. Else it stands between parts of one and for nothing.
    """

    def __init__(  # noqa: PLR0913  all that a scanner can be set to
        self,
        *,
        prefix: str = "",
        suffix: str = "",
        tab_ends: bool = False,
        silence_ends: bool = False,
        enter_ends: bool = True,
        layout: LayoutName = LayoutName.US,
    ) -> None:
        self._prefix = prefix
        self._suffix = suffix
        self._ends = (_ENTERS if enter_ends else frozenset()) | (
            frozenset({TAB}) if tab_ends else frozenset()
        )
        self._passed_over = frozenset() if enter_ends else _ENTERS
        self._silence_ends = silence_ends
        self._layout = LAYOUTS[layout]
        self._dead = ""
        """The last key, where it was a dead one."""
        self._held: set[int] = set()
        self._capitals = False
        self._number = ""
        """Digits that were keyed while Alt is held."""
        self._typed: list[str] = []
        self._bad = ""

    @property
    def waiting(self) -> bool:
        """A scan has begun and not ended."""
        return bool(self._typed or self._bad or self._number or self._dead)

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
        elif self._held & (_ALTS | _METAS) - self._third_keys:
            self._type("")
        elif self._held & _CTRLS:
            return self._control(code)
        elif code in self._ends:
            return self._ended()
        elif code not in self._passed_over:
            self._key(code, keypad or self._on_key(code))
        return []

    @property
    def _third_keys(self) -> frozenset[int]:
        return frozenset({_ALT_GR}) if self._layout.third else frozenset()

    def _key(self, code: int, char: str) -> None:
        """A dead key stands for itself before Space, and with any other for a letter that no code has."""
        dead, self._dead = self._dead, ""
        if dead:
            self._type(dead if code == _SPACE else "")
        elif char in self._layout.dead:
            self._dead = char
        else:
            self._type(char)

    def _on_key(self, code: int) -> str:
        if self._held & self._third_keys:
            return self._layout.third.get(code, "")
        plain, shifted = self._layout.plain.get(code, ""), self._layout.shifted.get(code, "")
        return shifted if bool(self._held & SHIFTS) != (self._capitals and plain.isalpha()) else plain

    def _control(self, code: int) -> list[str | BadLine]:
        for char in (self._layout.plain.get(code, "").upper(), self._layout.shifted.get(code, "")):
            if len(char) == 1 and "@" <= char <= "_":
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
        if self._dead:
            self._type("")
        text, bad = "".join(self._typed), self._bad
        self._clear()
        return [BadLine(why=bad) if bad else unwrapped(text, self._prefix, self._suffix)]

    def _let_go(self) -> None:
        self._held.clear()
        self._capitals = False

    def _clear(self) -> None:
        self._typed.clear()
        self._bad = self._number = self._dead = ""


def keys_of(text: str, layout: LayoutName = LayoutName.US) -> list[tuple[int, int]]:
    """The key events with which a scanner types this text and Enter. Raises KeyError: not on the layout."""
    where = LAYOUTS[layout]
    # Of two keys for a character the lower; a character on its own key before one with another held.
    ways: dict[str, tuple[int, int]] = {}
    for held, table in ((_ALT_GR, where.third), (min(SHIFTS), where.shifted), (0, where.plain)):
        ways |= {char: (code, held) for code, char in sorted(table.items(), reverse=True)}
    events: list[tuple[int, int]] = []
    for char in text:
        code, held = ways[char]
        key = [(code, PRESSED), (code, RELEASED)]
        events += [(held, PRESSED), *key, (held, RELEASED)] if held else key
        events += [(_SPACE, PRESSED), (_SPACE, RELEASED)] if char in where.dead else []
    return [*events, (ENTER, PRESSED), (ENTER, RELEASED)]


def key_bytes(code: int, value: int) -> bytes:
    """A key event as recordings have it."""
    return code.to_bytes(2, "big") + bytes([value & 0xFF])


def key_of(data: bytes) -> tuple[int, int]:
    """Key code and what happened to it; of nothing a key that stands for nothing."""
    return int.from_bytes(data[:2], "big"), data[-1] if data else RELEASED
