"""Key presses of a scanner that plays a keyboard, back to the characters it meant.

Codes and values are those of Linux input events (linux/input-event-codes.h), which the kernel makes out of
the usages of the USB HID keyboard page. The scanner must be set to the layout that is used here: US.
"""

from __future__ import annotations

from collections.abc import Mapping

EV_SYN, EV_KEY = 0x00, 0x01
SYN_DROPPED = 3

_RELEASED, _PRESSED = 0, 1
_ENTER, _KP_ENTER, _TAB = 28, 96, 15
_SHIFT = {42, 54}
_CTRL = {29, 97}
_ALT = {56, 100}
_META = {125, 126}
_CAPS_LOCK, _NUM_LOCK, _SCROLL_LOCK = 58, 69, 70

END = b"\r"
LOST = b"\x1a"
"""SUB stands for a character that came and is not known: better no scan than one with a hole."""

Layout = Mapping[int, tuple[str, str]]
"""Key code to what it writes plain and shifted."""

US: Layout = {
    **dict(enumerate(zip("1234567890-=", "!@#$%^&*()_+", strict=True), start=2)),
    **dict(enumerate(zip("qwertyuiop[]", "QWERTYUIOP{}", strict=True), start=16)),
    **dict(enumerate(zip("asdfghjkl;'`", 'ASDFGHJKL:"~', strict=True), start=30)),
    **dict(enumerate(zip("\\zxcvbnm,./", "|ZXCVBNM<>?", strict=True), start=43)),
    15: ("\t", "\t"),
    57: (" ", " "),
    86: ("\\", "|"),  # The key beside the left shift of 102-key boards.
}

_KEYPAD: Mapping[int, str] = {
    **dict(enumerate("789-456+1230.", start=71)),
    55: "*",
    98: "/",
    117: "=",
    121: ",",
}
_KEYPAD_DIGITS_MAX = 5
_ASCII_MAX = 0x7F
_CONTROLS = 0x1F
"""Ctrl leaves the low five bits of a letter or of [ \\ ] ^ _, as terminals have it: Ctrl+] is GS."""


class KeyDecoder:
    """Key events in, bytes of a scan line out; `END` where Enter was pressed.

    Knows Shift, Caps Lock, the keypad, Ctrl for control characters, and Alt with a decimal number on the
    keypad. A key that repeats while it is held is one key. Anything else is `LOST`.

    Args:
        layout: that the scanner is set to.
        tab_ends: Tab ends a scan, as Enter always does.
    """

    def __init__(self, *, layout: Layout = US, tab_ends: bool = False) -> None:
        self._layout = layout
        self._ends = {_ENTER, _KP_ENTER, _TAB} if tab_ends else {_ENTER, _KP_ENTER}
        self._held: set[int] = set()
        self._caps = False
        self._numbered: str | None = None
        """Digits that were keyed while Alt is held; None: none yet."""

    def feed(self, code: int, value: int) -> bytes:
        """One EV_KEY event."""
        if code in _SHIFT | _CTRL | _ALT | _META:
            return self._modifier(code, value)
        if value != _PRESSED:
            return b""
        if code == _CAPS_LOCK:
            self._caps = not self._caps
            return b""
        if code in {_NUM_LOCK, _SCROLL_LOCK}:
            return b""
        return self._character(code)

    def dropped(self) -> bytes:
        """The kernel lost events (SYN_DROPPED): keys are missing, and which are held is unknown."""
        self.rest()
        return LOST

    def rest(self) -> None:
        """No key was touched for a while: what still counts as held was released unseen."""
        self._held.clear()
        self._caps = False
        self._numbered = None

    def _modifier(self, code: int, value: int) -> bytes:
        if value == _RELEASED:
            self._held.discard(code)
        else:
            self._held.add(code)
        if self._held & _ALT or self._numbered is None:
            return b""
        digits, self._numbered = self._numbered, None
        return _by_number(digits)

    def _character(self, code: int) -> bytes:
        keypad = _KEYPAD.get(code, "")
        if self._held & _META:
            return LOST
        if self._held & _ALT:
            return self._number(keypad)
        if code in self._ends:
            return END
        plain, shifted = (keypad, keypad) if keypad else self._layout.get(code, (LOST.decode(),) * 2)
        if self._held & _CTRL:
            return _control(plain, shifted)
        upper = bool(self._held & _SHIFT) != (self._caps and plain.isalpha())
        return (shifted if upper else plain).encode()

    def _number(self, keypad: str) -> bytes:
        digits = self._numbered or ""
        if not keypad.isdigit() or len(digits) == _KEYPAD_DIGITS_MAX:
            return LOST
        self._numbered = digits + keypad
        return b""


def _by_number(digits: str) -> bytes:
    """Alt+065 is A. Numbers above ASCII mean another character on each machine."""
    number = int(digits)
    return bytes([number]) if number <= _ASCII_MAX else LOST


def _control(plain: str, shifted: str) -> bytes:
    for one in (plain.upper(), shifted):
        if "@" <= one <= "_":
            return bytes([ord(one) & _CONTROLS])
    return LOST
