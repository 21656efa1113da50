"""A 125 kHz reader on a serial line (RDM6300 and its relatives, or a Wiegand converter)."""

from __future__ import annotations

import logging
from collections.abc import AsyncGenerator
from pathlib import Path
from typing import Annotated, Final

from msgspec import Meta

from terminal.core.errors import CardTorn, DeviceMissing, ReaderNoise
from terminal.core.events import (
    CardPresented,
    CardRemoved,
    DeviceChanged,
    DeviceEvent,
    DeviceHealth,
    Unreadable,
)
from terminal.core.ports import Clock
from terminal.core.trust import Credential, Medium
from terminal.core.values import Value
from terminal.drivers.codecs.em4100 import BadFrame, Spelling, Tag, TagDecoder, decoder_of
from terminal.runtime.serial_port import opened

log = logging.getLogger(__name__)

KIND: Final = "reader"

NOISE_MS: Final = 2_000
"""A reader that sends broken frames for so long, and no tag, is at fault itself."""


class Settings(Value, frozen=True, kw_only=True):
    """Where the reader is and how it spells."""

    path: Path
    """Such as /dev/serial/by-id/usb-... or /dev/serial0."""
    baud: Annotated[int, Meta(ge=300, le=4_000_000)] = 9_600
    spelling: Spelling = Spelling.HEX
    silent_ms: Annotated[int, Meta(ge=50, le=10_000)] = 700
    """Readers repeat a tag for as long as it lies there; silent for so long, it has left."""


def build(name: str, settings: Settings, clock: Clock) -> SerialReader:
    return SerialReader(name, settings, clock)


class SerialReader:
    """`InputDevice` of one reader."""

    def __init__(self, name: str, settings: Settings, clock: Clock) -> None:
        self.name = name
        self._settings = settings
        self._clock = clock

    async def events(self) -> AsyncGenerator[DeviceEvent, None]:
        """Raises DeviceMissing: the port is not there, or gone."""
        settings, clock = self._settings, self._clock
        field = Field(self.name, decoder_of(settings.spelling), settings.silent_ms)
        with opened(settings.path, baud=settings.baud) as port:
            yield DeviceChanged(device=self.name, health=DeviceHealth.READY)
            while True:
                try:
                    data = await port.read(field.wait_ms(clock.mono_ms()))
                except DeviceMissing:
                    for event in field.left():
                        yield event
                    raise
                for event in field.heard(data, clock.mono_ms()):
                    yield event


class Noise:
    """Frames that are broken one after the other: told once, counted, never a line of log for each."""

    def __init__(self, reader: str) -> None:
        self._reader = reader
        self._count = 0
        self._since_ms = 0
        self.told = False

    def heard(self, frame: BadFrame, now_ms: int) -> list[DeviceEvent]:
        """Says that the reader is at fault once it has sent nothing else for a while."""
        if not self._count:
            self._since_ms = now_ms
            log.info("frame dropped: reader=%s why=%s", self._reader, frame.why)
        self._count += 1
        if self.told or now_ms - self._since_ms < NOISE_MS:
            return []
        self.told = True
        log.warning("only noise: reader=%s frames=%d why=%s", self._reader, self._count, frame.why)
        why = f"{self._count} broken frames and no tag: {frame.why}"
        return [Unreadable(device=self._reader, code=ReaderNoise.code, why=why)]

    def ended(self) -> None:
        if self._count > 1:
            log.info("frames dropped: reader=%s count=%d", self._reader, self._count)
        self._count, self.told = 0, False


class Field:
    """Which tag lies in the field of the reader, from what the reader says and when (ms, any clock).

    A frame that is broken while a tag comes near is followed by a good one: that it could not be read is
    said only when the field fell silent without one.
    """

    def __init__(self, reader: str, decoder: TagDecoder, silent_ms: int) -> None:
        self._reader = reader
        self._decoder = decoder
        self._silent_ms = silent_ms
        self._tag: Tag | None = None
        self._bad: BadFrame | None = None
        self._noise = Noise(reader)
        self._last_ms = 0

    def wait_ms(self, now_ms: int) -> int | None:
        """How long silence still means nothing; None: for ever."""
        if self._tag is None and self._bad is None and not self._decoder.waiting:
            return None
        return max(0, self._last_ms + self._silent_ms - now_ms)

    def heard(self, data: bytes, now_ms: int) -> list[DeviceEvent]:
        """What follows from these bytes, or from none."""
        events: list[DeviceEvent] = []
        if self.wait_ms(now_ms) == 0:
            events += self.left()
        found = self._decoder.feed(data)
        if found or (data and self._decoder.waiting):
            self._last_ms = now_ms
        for one in found:
            events += self._saw(one, now_ms)
        return events

    def left(self) -> list[DeviceEvent]:
        """The field is empty, whatever was in it."""
        for one in self._decoder.silence():
            self._saw(one, self._last_ms)
        events: list[DeviceEvent] = []
        if self._tag is not None:
            events.append(CardRemoved(reader=self._reader))
        elif self._bad is not None and not self._noise.told:
            events.append(Unreadable(device=self._reader, code=CardTorn.code, why=self._bad.why))
        self._tag = self._bad = None
        self._noise.ended()
        return events

    def _saw(self, found: Tag | BadFrame, now_ms: int) -> list[DeviceEvent]:
        if isinstance(found, BadFrame):
            self._bad = found
            return self._noise.heard(found, now_ms)
        self._noise.ended()
        if found == self._tag:
            return []
        events: list[DeviceEvent] = [CardRemoved(reader=self._reader)] if self._tag else []
        self._tag = found
        card = Credential(medium=Medium.EM4100, number=found.number)
        return [*events, CardPresented(reader=self._reader, credential=card)]
