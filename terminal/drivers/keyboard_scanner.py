"""A barcode or QR scanner that plays a USB keyboard."""

from __future__ import annotations

import logging
from collections.abc import AsyncGenerator, Iterable
from contextlib import aclosing
from typing import TYPE_CHECKING, Final

from terminal.core.errors import BadScan
from terminal.core.events import CodeScanned, DeviceChanged, DeviceEvent, DeviceHealth, Unreadable
from terminal.core.ports import Clock
from terminal.drivers.codecs.scan_line import BadLine
from terminal.drivers.wedge.nodes import Keyboards, typed

if TYPE_CHECKING:
    from terminal.drivers.codecs.veil import Veil
    from terminal.runtime.trace import Record

log = logging.getLogger(__name__)

KIND: Final = "scanner"


class Settings(Keyboards, frozen=True, kw_only=True):
    """Which scanner it is and how it was set up."""


def veiled(
    records: Iterable[Record], settings: Settings, veil: Veil, articles: frozenset[str]
) -> list[Record]:
    """The same readings with other numbers."""
    from terminal.drivers.codecs.veil import Scans  # noqa: PLC0415  for a recording alone
    from terminal.drivers.wedge.others import retyped  # noqa: PLC0415  for a recording alone

    return retyped(records, settings, Scans("", "", articles), veil)


def build(name: str, settings: Settings, clock: Clock) -> KeyboardScanner:
    _ = clock  # Silence is measured by the event loop.
    return KeyboardScanner(name, settings)


class KeyboardScanner:
    """`InputDevice` of one scanner."""

    def __init__(self, name: str, settings: Settings) -> None:
        self.name = name
        self._settings = settings

    async def events(self) -> AsyncGenerator[DeviceEvent, None]:
        """Raises DeviceMissing: the scanner is not there, grabbed by another program, or gone."""
        async with aclosing(typed(self._settings, self.name)) as readings:
            async for found in readings:
                if found is None:
                    yield DeviceChanged(device=self.name, health=DeviceHealth.READY)
                for one in found or ():
                    yield self._event(one)

    def _event(self, found: str | BadLine) -> DeviceEvent:
        if isinstance(found, BadLine):
            log.warning("scan dropped: scanner=%s why=%s", self.name, found.why)
            return Unreadable(device=self.name, code=BadScan.code, why=found.why)
        return CodeScanned(scanner=self.name, text=found)
