"""A 125 kHz reader that plays a USB keyboard: it types the number of a tag that comes near, once."""

from __future__ import annotations

import logging
from collections.abc import AsyncGenerator, Iterable
from contextlib import aclosing
from typing import TYPE_CHECKING, Annotated, Final

from msgspec import Meta

from terminal.core.errors import CardTorn
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
from terminal.drivers.codecs.em4100 import BadFrame, Spelling, Tag, checked, tag_of
from terminal.drivers.codecs.scan_line import BadLine
from terminal.drivers.wedge.nodes import Keyboards, typed

if TYPE_CHECKING:
    from terminal.drivers.codecs.veil import Veil
    from terminal.runtime.trace import Record

log = logging.getLogger(__name__)

KIND: Final = "reader"


class Settings(Keyboards, frozen=True, kw_only=True):
    """Which reader it is, how it was set up, and how it spells."""

    spelling: Spelling = Spelling.AUTO
    number_bytes: Annotated[int, Meta(ge=3, le=5)] | None = None
    """So many of the tag's lowest bytes make its number: the least that any reader of the shop tells. Empty:
    as many as this one tells."""

    def __post_init__(self) -> None:
        """Raises ValueError: it cannot type so, or cannot tell so much."""
        if self.spelling is Spelling.RAW:
            raise ValueError("a keyboard types no bytes: another spelling than raw")
        checked(self.spelling, self.number_bytes)


def veiled(
    records: Iterable[Record], settings: Settings, veil: Veil, articles: frozenset[str]
) -> list[Record]:
    """The same readings with other numbers."""
    from terminal.drivers.codecs.veil import Tags  # noqa: PLC0415  for a recording alone
    from terminal.drivers.wedge.others import retyped  # noqa: PLC0415  for a recording alone

    _ = articles
    return retyped(records, settings, Tags(settings.spelling, settings.number_bytes), veil)


def build(name: str, settings: Settings, clock: Clock) -> KeyboardReader:
    _ = clock  # Silence is measured by the event loop.
    return KeyboardReader(name, settings)


class KeyboardReader:
    """`InputDevice` of one reader. That a tag has left it never says: it counts as gone at once."""

    def __init__(self, name: str, settings: Settings) -> None:
        self.name = name
        self._settings = settings

    async def events(self) -> AsyncGenerator[DeviceEvent, None]:
        """Raises DeviceMissing: the reader is not there, grabbed by another program, or gone."""
        async with aclosing(typed(self._settings, self.name)) as readings:
            async for found in readings:
                if found is None:
                    yield DeviceChanged(device=self.name, health=DeviceHealth.READY)
                for one in found or ():
                    for event in self._said(one):
                        yield event

    def _said(self, reading: str | BadLine) -> list[DeviceEvent]:
        tag = self._tag(reading)
        if isinstance(tag, BadFrame):
            log.warning("reading dropped: reader=%s why=%s", self.name, tag.why)
            return [Unreadable(device=self.name, code=CardTorn.code, why=tag.why)]
        card = Credential(medium=Medium.EM4100, number=tag.number)
        return [CardPresented(reader=self.name, credential=card), CardRemoved(reader=self.name)]

    def _tag(self, reading: str | BadLine) -> Tag | BadFrame:
        if isinstance(reading, BadLine):
            return BadFrame(why=reading.why)
        return tag_of(reading, self._settings.spelling, self._settings.number_bytes)
