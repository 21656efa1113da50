"""A magnetic stripe reader on a serial line: one that decodes tracks, or one that hands over their bits."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Iterable
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final

from msgspec import Meta

from terminal.core.events import DeviceChanged, DeviceEvent, DeviceHealth
from terminal.core.ports import Clock
from terminal.core.values import Value
from terminal.drivers.codecs.stripe import StripeDecoder, Where
from terminal.drivers.codecs.stripe_bits import ARM, RawDecoder
from terminal.drivers.msr.swipes import said
from terminal.runtime.serial_port import opened

if TYPE_CHECKING:
    from terminal.drivers.codecs.veil import Veil
    from terminal.runtime.trace import Record

KIND: Final = "reader"


class Spelling(StrEnum):
    LINE = "line"
    """All tracks in one line."""
    LINES = "lines"
    """A line for each track, or no line's end at all: silence ends the swipe."""
    RAW = "raw"
    """The bits of the tracks, as MSR206, MSR605 and their relatives send them."""


class Settings(Value, frozen=True, kw_only=True):
    """Where the reader is, how it spells, and where the shop's number stands."""

    path: Path
    """Such as /dev/serial/by-id/usb-..., which does not change with the socket it is plugged into."""
    baud: Annotated[int, Meta(ge=300, le=4_000_000)] = 9_600
    spelling: Spelling = Spelling.LINE
    number: Where = Where()
    lrc: bool = False
    """Behind each track the reader sends its check character. Of bits it is always checked."""
    silence_ms: Annotated[int, Meta(ge=50, le=10_000)] = 200
    """A swipe that began and did not go on for so long is over."""


def veiled(
    records: Iterable[Record], settings: Settings, veil: Veil, articles: frozenset[str]
) -> list[Record]:
    """The same readings with other numbers."""
    from terminal.drivers.codecs.veil import Stripes  # noqa: PLC0415  for a recording alone
    from terminal.drivers.codecs.veiled import lines, stripe_bits  # noqa: PLC0415  for a recording alone

    _ = articles
    reading = Stripes(settings.number, lrc=settings.lrc)
    if settings.spelling is Spelling.RAW:
        return stripe_bits(records, settings.silence_ms, reading, veil)
    return lines(records, settings.silence_ms, reading, veil)


def banks_veiled(records: Iterable[Record], settings: Settings, veil: Veil) -> list[Record]:
    """Other numbers for what is or may be a bank's card: that goes into no file, whoever asks."""
    from terminal.drivers.codecs.veil import Banks  # noqa: PLC0415  for a recording alone
    from terminal.drivers.codecs.veiled import lines, stripe_bits  # noqa: PLC0415  for a recording alone

    reading = Banks(settings.number, lrc=settings.lrc)
    if settings.spelling is Spelling.RAW:
        return stripe_bits(records, settings.silence_ms, reading, veil)
    return lines(records, settings.silence_ms, reading, veil)


def build(name: str, settings: Settings, clock: Clock) -> SerialStripe:
    _ = clock  # Silence is measured by the event loop.
    return SerialStripe(name, settings)


class SerialStripe:
    """`InputDevice` of one reader."""

    def __init__(self, name: str, settings: Settings) -> None:
        self.name = name
        self._settings = settings

    async def events(self) -> AsyncGenerator[DeviceEvent, None]:
        """Raises DeviceMissing: the port is not there, or gone."""
        settings = self._settings
        raw = settings.spelling is Spelling.RAW
        decoder = (
            RawDecoder() if raw else StripeDecoder(lines=settings.spelling is Spelling.LINE, lrc=settings.lrc)
        )
        with opened(settings.path, baud=settings.baud, device=self.name) as port:
            if raw:
                port.answer(ARM)
            yield DeviceChanged(device=self.name, health=DeviceHealth.READY)
            while True:
                data = await port.read(settings.silence_ms if decoder.waiting else None)
                for found in decoder.feed(data) if data else decoder.silence():
                    if raw:
                        port.answer(ARM)
                    for event in said(self.name, found, settings.number):
                        yield event
