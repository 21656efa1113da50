"""A magnetic stripe reader that plays a USB keyboard."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Iterable
from contextlib import aclosing
from typing import TYPE_CHECKING, Final

from terminal.core.events import DeviceChanged, DeviceEvent, DeviceHealth
from terminal.core.ports import Clock
from terminal.drivers.codecs.hid_keys import KeyDecoder
from terminal.drivers.codecs.scan_line import BadLine
from terminal.drivers.codecs.stripe import BadSwipe, Swiped, Where, swiped
from terminal.drivers.msr.swipes import said
from terminal.drivers.wedge.nodes import Keyboards, typed

if TYPE_CHECKING:
    from terminal.drivers.codecs.veil import Veil
    from terminal.runtime.trace import Record

KIND: Final = "reader"


class Settings(Keyboards, frozen=True, kw_only=True):
    """Which reader it is, how it was set up, and where the shop's number stands.

    With `ends_with` silence each track may be a line of its own.
    """

    number: Where = Where()
    lrc: bool = False
    """Behind each track the reader types its check character."""

    @property
    def decoder(self) -> KeyDecoder:
        """Between two tracks Enter ends nothing where silence ends a swipe."""
        return KeyDecoder(
            prefix=self.prefix,
            suffix=self.suffix,
            tab_ends=self.ends_with == "tab",
            silence_ends=self.ends_with == "silence",
            enter_ends=self.ends_with != "silence",
            layout=self.layout,
        )


def veiled(
    records: Iterable[Record], settings: Settings, veil: Veil, articles: frozenset[str]
) -> list[Record]:
    """The same readings with other numbers."""
    from terminal.drivers.codecs.veil import Stripes  # noqa: PLC0415  for a recording alone
    from terminal.drivers.wedge.others import retyped  # noqa: PLC0415  for a recording alone

    _ = articles
    return retyped(records, settings, Stripes(settings.number, lrc=settings.lrc), veil)


def banks_veiled(records: Iterable[Record], settings: Settings, veil: Veil) -> list[Record]:
    """Other numbers for what is or may be a bank's card: that goes into no file, whoever asks."""
    from terminal.drivers.codecs.veil import Banks  # noqa: PLC0415  for a recording alone
    from terminal.drivers.wedge.others import retyped  # noqa: PLC0415  for a recording alone

    return retyped(records, settings, Banks(settings.number, lrc=settings.lrc), veil)


def build(name: str, settings: Settings, clock: Clock) -> KeyboardStripe:
    _ = clock  # Silence is measured by the event loop.
    return KeyboardStripe(name, settings)


class KeyboardStripe:
    """`InputDevice` of one reader."""

    def __init__(self, name: str, settings: Settings) -> None:
        self.name = name
        self._settings = settings

    async def events(self) -> AsyncGenerator[DeviceEvent, None]:
        """Raises DeviceMissing: the reader is not there, grabbed by another program, or gone."""
        settings = self._settings
        async with aclosing(typed(settings, self.name)) as readings:
            async for found in readings:
                if found is None:
                    yield DeviceChanged(device=self.name, health=DeviceHealth.READY)
                for one in found or ():
                    swipe = _swiped(one, lrc=settings.lrc)
                    for event in said(self.name, swipe, settings.number):
                        yield event


def _swiped(reading: str | BadLine, *, lrc: bool) -> Swiped:
    return BadSwipe(why=reading.why) if isinstance(reading, BadLine) else swiped(reading, lrc=lrc)
