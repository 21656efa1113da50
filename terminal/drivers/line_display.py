"""A customer display of two lines on a serial line (CD5220, or ESC/POS as Epson's DM-D)."""

from __future__ import annotations

import logging
from collections.abc import AsyncGenerator
from pathlib import Path
from typing import Annotated, Final

from msgspec import Meta

from terminal.core.events import DeviceChanged, DeviceEvent, DeviceHealth
from terminal.core.facing import NOTHING, FacingRow, Rows
from terminal.core.ports import Clock
from terminal.core.values import Value
from terminal.drivers.codecs.line_display import Commands, DisplayProfile, Letters, begun, shown
from terminal.runtime.descriptor import Bell
from terminal.runtime.serial_port import opened

log = logging.getLogger(__name__)

KIND: Final = "display"


class Settings(Value, frozen=True, kw_only=True):
    """Where it is, what it understands, and what it may show."""

    path: Path
    baud: Annotated[int, Meta(ge=300, le=4_000_000)] = 9_600
    commands: Commands = Commands.CD5220
    letters: Letters = Letters.ASCII
    """`ascii`: of words that it cannot write the amounts alone are shown."""
    language: str = "zh-Hans"
    columns: Annotated[int, Meta(ge=16, le=40)] = 20
    balance: bool = True
    """What is on the card may be seen by whoever stands there."""


def build(name: str, settings: Settings, clock: Clock) -> SerialDisplay:
    return SerialDisplay(name, settings, clock)


class SerialDisplay:
    """`LineDisplay` of one line. The latest rows win; they are there again when it comes back."""

    def __init__(self, name: str, settings: Settings, _clock: Clock) -> None:
        self.name = name
        self.shows_balance = settings.balance
        self._settings = settings
        self._profile = DisplayProfile(
            commands=settings.commands, letters=settings.letters, columns=settings.columns
        )
        self._rows: Rows = NOTHING
        self._bell = Bell()

    def face(self, rows: Rows) -> None:
        if rows != self._rows:
            self._rows = rows
            self._bell.ring()

    async def events(self) -> AsyncGenerator[DeviceEvent, None]:
        """Raises DeviceMissing: the port is not there, or gone."""
        with opened(self._settings.path, baud=self._settings.baud, device=self.name) as port:
            port.answer(begun(self._profile))
            yield DeviceChanged(device=self.name, health=DeviceHealth.READY)
            self._bell.ring()
            while True:
                await port.read(bell=self._bell)  # Displays say nothing: it ends when the line does.
                if self._bell.answered():
                    port.answer(shown(self._worded(), self._profile))

    def _worded(self) -> tuple[tuple[str, str], tuple[str, str]]:
        upper, lower = self._rows
        return self._words(upper), self._words(lower)

    def _words(self, row: FacingRow) -> tuple[str, str]:
        from terminal.core.texts import translated  # noqa: PLC0415  the readers live before

        label = translated(row.label.text, self._settings.language, row.label.values) if row.label else ""
        return label, row.value
