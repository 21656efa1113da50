"""Codes of the command sheet, as touches on the screen that is shown."""

from __future__ import annotations

from collections.abc import Callable

from terminal.core.codes import bare
from terminal.core.command_sheet import PREFIX, CommandSheet, touched_by
from terminal.core.errors import NotAskedNow
from terminal.core.screens import Intent, Screen

AGAIN_MS = 1_000
"""A scanner that is held on a code reads it again: within this it is the same one scan."""


class Ordering:
    """`now_ms`: monotonic."""

    def __init__(self, sheet: CommandSheet, now_ms: Callable[[], int]) -> None:
        self._sheet = sheet
        self._now_ms = now_ms
        self._last: tuple[str, int] | None = None

    def touch(self, text: str, screen: Screen) -> Intent | None:
        """None: read a second time.

        Raises:
            BadScan, NotThisSheet: it is no code of this site's sheet.
            NotAskedNow: this screen has no such button.
        """
        text, now_ms = bare(text), self._now_ms()
        last, self._last = self._last, (text, now_ms)
        if last is not None and last[0] == text and now_ms - last[1] < AGAIN_MS:
            return None
        touch = touched_by(self._sheet.order(text), screen)
        if touch is None:
            raise NotAskedNow("no button for that code")
        return touch


def is_order(text: str) -> bool:
    """Whether it says that it is of a command sheet: then it is nothing else, whatever is asked for."""
    return bare(text).startswith(PREFIX)
