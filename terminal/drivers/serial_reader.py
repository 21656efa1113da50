"""A 125 kHz reader on a serial line, in whatever spelling (`codecs.em4100`)."""

from __future__ import annotations

import logging
from collections.abc import AsyncGenerator, Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final

from msgspec import Meta

from terminal.core.errors import CardTorn, DeviceMissing, ReaderNoise
from terminal.core.events import (
    CardFound,
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
from terminal.drivers.codecs.em4100 import BadFrame, Spelling, Tag, TagDecoder, checked, decoder_of
from terminal.runtime.serial_port import opened
from terminal.runtime.trace import played

if TYPE_CHECKING:
    from terminal.drivers.codecs.veil import Veil
    from terminal.runtime.trace import Record

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
    number_bytes: Annotated[int, Meta(ge=3, le=5)] | None = None
    """So many of the tag's lowest bytes make its number: the least that any reader of the shop tells. Empty:
    as many as this one tells."""
    silent_ms: Annotated[int, Meta(ge=50, le=10_000)] = 700
    """Readers repeat a tag for as long as it lies there; silent for so long, it has left."""

    def __post_init__(self) -> None:
        """Raises ValueError: it cannot tell so much."""
        checked(self.spelling, self.number_bytes)


def veiled(
    records: Iterable[Record], settings: Settings, veil: Veil, articles: frozenset[str]
) -> list[Record]:
    """The same readings with other numbers."""
    from terminal.drivers.codecs.veil import Tags  # noqa: PLC0415  for a recording alone
    from terminal.drivers.codecs.veiled import bare_tags, lines  # noqa: PLC0415  for a recording alone

    _ = articles
    if settings.spelling is Spelling.RAW:
        return bare_tags(records, veil)
    return lines(records, settings.silent_ms, Tags(settings.spelling, settings.number_bytes), veil)


def build(name: str, settings: Settings, clock: Clock) -> SerialReader:
    return SerialReader(name, settings, clock)


class SerialReader:
    """`InputDevice` of one reader."""

    def __init__(self, name: str, settings: Settings, clock: Clock) -> None:
        self.name = name
        self._settings = settings
        self._clock = clock
        self._was_lost = False

    async def events(self) -> AsyncGenerator[DeviceEvent, None]:
        """Raises DeviceMissing: the port is not there, or gone."""
        settings, clock = self._settings, self._clock
        lost, self._was_lost = self._was_lost, True  # However this ends.
        field = Field(self.name, decoder_of(settings.spelling, settings.number_bytes), settings.silent_ms)
        with opened(settings.path, baud=settings.baud, device=self.name) as port:
            if lost or not played(self.name):  # What was recorded had been listened to for a while.
                field.opened(clock.mono_ms())
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
        self._byte_ms = 0
        """When the last byte came."""
        self._found_until_ms: int | None = None
        """A tag that is heard before lay there already."""

    def opened(self, now_ms: int) -> None:
        """Nobody has listened until now; a tag that lay there all the while is heard within the silence."""
        self._found_until_ms = now_ms + self._silent_ms

    def wait_ms(self, now_ms: int) -> int | None:
        """How long silence still means nothing; None: for ever."""
        gap_ms = self._decoder.gap_ms
        if gap_ms is not None and self._decoder.waiting:
            return max(0, self._byte_ms + gap_ms - now_ms)
        if self._tag is None and self._bad is None and not self._decoder.waiting:
            return None
        return max(0, self._last_ms + self._silent_ms - now_ms)

    def heard(self, data: bytes, now_ms: int) -> list[DeviceEvent]:
        """What follows from these bytes, or from none."""
        events: list[DeviceEvent] = []
        paused = self._decoder.gap_ms is not None and self._decoder.waiting and self.wait_ms(now_ms) == 0
        found = self._decoder.silence() if paused else []
        if not paused and self.wait_ms(now_ms) == 0:
            events += self.left()
        found += self._decoder.feed(data)
        if data:
            self._byte_ms = now_ms
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
        if self._found_until_ms is not None and now_ms < self._found_until_ms:
            return [*events, CardFound(reader=self._reader, credential=card)]
        return [*events, CardPresented(reader=self._reader, credential=card)]
