"""A barcode or QR scanner on a serial line (RS-232, or USB in virtual COM mode)."""

from __future__ import annotations

import logging
from collections.abc import AsyncGenerator, Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final

from msgspec import Meta

from terminal.core.errors import BadScan
from terminal.core.events import CodeScanned, DeviceChanged, DeviceEvent, DeviceHealth, Unreadable
from terminal.core.ports import Clock
from terminal.core.values import Value
from terminal.drivers.codecs.scan_line import BadLine, ScanLineDecoder
from terminal.runtime.serial_port import opened

if TYPE_CHECKING:
    from terminal.drivers.codecs.veil import Veil
    from terminal.runtime.trace import Record

log = logging.getLogger(__name__)

KIND: Final = "scanner"

_BEL = b"\x07"
"""Most scanners beep on it when they are set to wait for their host."""


class Settings(Value, frozen=True, kw_only=True):
    """Where the scanner is and how it was set up."""

    path: Path
    """Such as /dev/serial/by-id/usb-..., which does not change with the socket it is plugged into."""
    baud: Annotated[int, Meta(ge=300, le=4_000_000)] = 9_600
    prefix: str = ""
    """What the scanner puts in front of each code; taken off."""
    suffix: str = ""
    """What it puts behind, before CR or LF."""
    beep: bool = False
    """Answer each good scan with BEL."""
    silence_ms: Annotated[int, Meta(ge=50, le=10_000)] = 500
    """A scan that began and did not go on for so long was cut off."""


def veiled(
    records: Iterable[Record], settings: Settings, veil: Veil, articles: frozenset[str]
) -> list[Record]:
    """The same readings with other numbers."""
    from terminal.drivers.codecs.veil import Scans  # noqa: PLC0415  for a recording alone
    from terminal.drivers.codecs.veiled import lines  # noqa: PLC0415  for a recording alone

    return lines(records, settings.silence_ms, Scans(settings.prefix, settings.suffix, articles), veil)


def build(name: str, settings: Settings, clock: Clock) -> SerialScanner:
    _ = clock  # Silence is measured by the event loop.
    return SerialScanner(name, settings)


class SerialScanner:
    """`InputDevice` of one scanner."""

    def __init__(self, name: str, settings: Settings) -> None:
        self.name = name
        self._settings = settings

    async def events(self) -> AsyncGenerator[DeviceEvent, None]:
        """Raises DeviceMissing: the port is not there, or gone."""
        settings = self._settings
        decoder = ScanLineDecoder(prefix=settings.prefix, suffix=settings.suffix)
        with opened(settings.path, baud=settings.baud, device=self.name) as port:
            yield DeviceChanged(device=self.name, health=DeviceHealth.READY)
            while True:
                data = await port.read(settings.silence_ms if decoder.waiting else None)
                for found in decoder.feed(data) if data else decoder.silence():
                    if settings.beep and not isinstance(found, BadLine):
                        port.answer(_BEL)
                    yield self._event(found)

    def _event(self, found: str | BadLine) -> DeviceEvent:
        if isinstance(found, BadLine):
            log.warning("scan dropped: scanner=%s why=%s", self.name, found.why)
            return Unreadable(device=self.name, code=BadScan.code, why=found.why)
        return CodeScanned(scanner=self.name, text=found)
