"""Codes of the command sheet, as touches on the screen that is shown."""

from __future__ import annotations

from collections.abc import Callable

from terminal.core.codes import bare
from terminal.core.command_sheet import PREFIX, CommandSheet, Order, leads_to, touched_by, types
from terminal.core.errors import NotAskedNow, NothingToErase
from terminal.core.screens import Intent, Screen
from terminal.core.typed import FORMS, Erase, longer, shorter
from terminal.core.values import Value

AGAIN_MS = 1_000
"""A scanner that is held on a code reads it again: within this it is the same one scan."""


class Ordered(Value, frozen=True, kw_only=True):
    touch: Intent
    beforehand: Order | None = None
    """What a screen behind that touch is to hear."""


class Keyed(Value, frozen=True, kw_only=True):
    """One more digit of a number, or one less."""

    typed: str
    """All of it by now."""
    digit: str = ""
    """What came to it."""


class TwiceKeyed(Value, frozen=True):
    """A digit that was read a second time within a second. It did not count, and that must be heard."""


class Ordering:
    """`now_ms`: monotonic."""

    def __init__(self, sheet: CommandSheet, now_ms: Callable[[], int]) -> None:
        self._sheet = sheet
        self._now_ms = now_ms
        self._last: tuple[str, int] | None = None

    def heard(self, text: str, screen: Screen, typed: str) -> Ordered | Keyed | TwiceKeyed | None:
        """None: read a second time, within a second of when it did something.

        Args:
            text: what the scanner read.
            screen: what is shown.
            typed: what was keyed so on this screen.

        Raises:
            BadScan, NotThisSheet: it is no code of this site's sheet.
            NotAskedNow: this screen has no such button, and none that leads to it; or asks for no number.
            NumberFull, NothingToErase: that number has no place for it, or none was keyed.
        """
        text, now_ms = bare(text), self._now_ms()
        last, self._last = self._last, None
        if last is not None and last[0] == text and now_ms - last[1] < AGAIN_MS:
            self._last = text, now_ms
            return None if types(self._sheet.order(text)) is None else TwiceKeyed()
        order = self._sheet.order(text)
        if (key := types(order)) is not None:
            keyed = _keyed(key, screen, typed)
            self._last = text, now_ms
            return keyed
        touch, beforehand = touched_by(order, screen), None
        if touch is None:
            touch, beforehand = leads_to(order, screen), order
        if touch is None:
            raise NotAskedNow("no button for that code")
        self._last = text, now_ms
        return Ordered(touch=touch, beforehand=beforehand)


def _keyed(key: str | Erase, screen: Screen, typed: str) -> Keyed:
    if screen.keying is None or screen.keying not in FORMS:
        raise NotAskedNow("no number is asked for")
    if not isinstance(key, Erase):
        return Keyed(typed=longer(typed, key, screen.keying), digit=key)
    if not typed:
        raise NothingToErase("nothing was keyed by codes")
    return Keyed(typed=shorter(typed, key))


def is_order(text: str) -> bool:
    """Whether it says that it is of a command sheet: then it is nothing else, whatever is asked for."""
    return bare(text).startswith(PREFIX)
