"""Codes of the command sheet, as touches on the screen that is shown."""

from __future__ import annotations

from collections.abc import Callable

from terminal.core.codes import bare
from terminal.core.command_sheet import PREFIX, CommandSheet, Order, leads_to, touched_by
from terminal.core.errors import NotAskedNow
from terminal.core.screens import Intent, Screen
from terminal.core.values import Value

AGAIN_MS = 1_000
"""A scanner that is held on a code reads it again: within this it is the same one scan."""


class Ordered(Value, frozen=True, kw_only=True):
    touch: Intent
    beforehand: Order | None = None
    """What a screen behind that touch is to hear."""


class Ordering:
    """`now_ms`: monotonic."""

    def __init__(self, sheet: CommandSheet, now_ms: Callable[[], int]) -> None:
        self._sheet = sheet
        self._now_ms = now_ms
        self._last: tuple[str, int] | None = None

    def touch(self, text: str, screen: Screen) -> Ordered | None:
        """None: read a second time, within a second of when it did something.

        Raises:
            BadScan, NotThisSheet: it is no code of this site's sheet.
            NotAskedNow: this screen has no such button, and none that leads to it.
        """
        text, now_ms = bare(text), self._now_ms()
        last, self._last = self._last, None
        if last is not None and last[0] == text and now_ms - last[1] < AGAIN_MS:
            self._last = text, now_ms
            return None
        order = self._sheet.order(text)
        touch, beforehand = touched_by(order, screen), None
        if touch is None:
            touch, beforehand = leads_to(order, screen), order
        if touch is None:
            raise NotAskedNow("no button for that code")
        self._last = text, now_ms
        return Ordered(touch=touch, beforehand=beforehand)


def is_order(text: str) -> bool:
    """Whether it says that it is of a command sheet: then it is nothing else, whatever is asked for."""
    return bare(text).startswith(PREFIX)
