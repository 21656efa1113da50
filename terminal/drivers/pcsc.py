"""Readers of chip cards behind PC/SC (pcsc-lite's pcscd), through pyscard's plain functions.

One thread (`chips.watch`) waits for cards and talks to them itself. A card that never answers blocks
SCardTransmit until it is taken away, and a pcscd that hangs blocks everything: the thread is then left
behind, and another one takes over.
"""

from __future__ import annotations

import os
from collections.abc import AsyncGenerator, Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final

from msgspec import Meta

from terminal.core import aes
from terminal.core.chips import CardKeys, CardProver, NobodyProves, NoKeys, NoneSeen, SeenCounters
from terminal.core.errors import CardTorn, DeviceMissing
from terminal.core.events import CardPresented, CardRemoved, DeviceEvent, Unreadable
from terminal.core.ports import Clock
from terminal.core.trust import Credential
from terminal.drivers.chips.places import Asking, Places
from terminal.drivers.chips.watch import Beat, Report, Watch
from terminal.drivers.codecs import cards
from terminal.drivers.codecs.apdu import Conversation, by_t0
from terminal.drivers.usb.ports import DEVICES, Port
from terminal.runtime.clock import mono_ns
from terminal.runtime.cutoff import Blocking

if TYPE_CHECKING:
    from terminal.drivers.codecs.veil import Veil
    from terminal.runtime.trace import Record

KIND: Final = "reader"

_BEATLESS_MS = 1_900
"""The thread is believed to hang when it said nothing for so long, three beats of its own."""
_LEFT_BEHIND_MAX = 4
_NS_PER_MS = 1_000_000


class Settings(cards.Kinds, frozen=True, kw_only=True):
    """Which of the readers it is, and how long things may take."""

    reader: str = ""
    """Part of the reader's name as `pcsc_scan` shows it, such as `ACR122U`; empty: any. Where several are
    called so, as the slots of one for contact and contactless cards, a card may come to each of them."""
    port: Port = ""
    """Of those only what is plugged in there, as `terminal doctor` shows it: for two that are alike."""
    read_ms: Annotated[int, Meta(ge=100, le=30_000)] = 1_500
    """For reading a card. One that takes longer cannot be read."""
    open_ms: Annotated[int, Meta(ge=100, le=30_000)] = 5_000
    """For pcscd to answer at all."""


def veiled(
    records: Iterable[Record], settings: Settings, veil: Veil, articles: frozenset[str]
) -> list[Record]:
    """The same readings with other numbers."""
    from terminal.drivers.codecs.veiled_chips import chips  # noqa: PLC0415  for a recording alone

    _ = articles
    return chips(records, settings, veil)


def build(name: str, settings: Settings, clock: Clock) -> PcscReader:
    _ = clock  # Cards are timed by the thread that sees them.
    return PcscReader(name, settings)


class PcscReader:
    """`ChipReader` of one reader, or of all that are called so. `devices`: of sysfs."""

    def __init__(self, name: str, settings: Settings, devices: Path = DEVICES) -> None:
        self.name = name
        self._settings = settings
        self._devices = devices
        self._keys: CardKeys = NoKeys()
        self._seen: SeenCounters = NoneSeen()
        self._prover: CardProver = NobodyProves()
        self._left_behind: list[Blocking[Report]] = []
        self._asking: dict[str, Asking] = {}

    def give(self, keys: CardKeys, seen: SeenCounters, prover: CardProver) -> None:
        self._keys, self._seen, self._prover = keys, seen, prover

    async def events(self) -> AsyncGenerator[DeviceEvent, None]:
        """Raises DeviceMissing: no pcscd, no such reader, or it is gone."""
        settings = self._settings
        # Anew each time: a pcscd that was started again may call the readers otherwise.
        places = Places(settings.reader, settings.port, self._devices, self._asking)
        watch, thread = self._started(places)
        lies_there = False
        try:
            while True:
                report = await self._heard(watch, thread)
                if isinstance(report, CardPresented | CardRemoved):
                    lies_there = isinstance(report, CardPresented)
                if report is not None:
                    yield report
                    continue
                if lies_there:  # Whether it still does nobody can say: it must come again.
                    lies_there = False
                    yield CardRemoved(reader=self.name)
                if watch.reading is None:
                    raise DeviceMissing("pcscd does not answer")
                self._leave(thread)
                watch, thread = self._started(places)
                why = f"the card did not answer within {settings.read_ms} ms"
                yield Unreadable(device=self.name, code=CardTorn.code, why=why)
        finally:
            self._leave(thread)

    async def _heard(self, watch: Watch, thread: Blocking[Report]) -> DeviceEvent | None:
        """What the thread says; None when it hangs."""
        last_ns = mono_ns()
        silent_ms = _BEATLESS_MS if watch.ready else self._settings.open_ms
        while True:
            limit_ms = min(silent_ms, self._settings.read_ms)
            if (reading := watch.reading) is not None:
                due_ns = reading.since_ns + self._settings.read_ms * _NS_PER_MS
            else:
                due_ns = last_ns + silent_ms * _NS_PER_MS
            limit_ms = min(limit_ms, (due_ns - mono_ns()) // _NS_PER_MS + 1)
            try:
                report = await thread.heard(max(0, limit_ms))
            except TimeoutError:
                if mono_ns() >= due_ns and watch.reading == reading:
                    return None
                continue
            if not isinstance(report, Beat):
                return report
            last_ns = mono_ns()

    def _started(self, places: Places) -> tuple[Watch, Blocking[Report]]:
        """Raises DeviceMissing: too many threads hang already."""
        self._left_behind = [thread for thread in self._left_behind if thread.alive]
        if len(self._left_behind) >= _LEFT_BEHIND_MAX:
            raise DeviceMissing(f"{len(self._left_behind)} calls into pcscd hang; restart pcscd")
        watch = Watch(self.name, places, self._talk, self._prepare)
        thread: Blocking[Report] = Blocking(f"reader {self.name}", watch.run, watch.interrupt)
        thread.start()
        return watch, thread

    def _leave(self, thread: Blocking[Report]) -> None:
        thread.cut_off()
        self._left_behind.append(thread)

    def _prepare(self) -> None:
        if cards.proves(self._settings):
            aes.load()

    def _talk(self, atr: bytes, t0: bool) -> Conversation[Credential]:  # noqa: FBT001  as the thread asks
        known = cards.Known(
            keys=self._keys, seen=self._seen, prover=self._prover, fresh=os.urandom(cards.FRESH_BYTES)
        )
        talk = cards.presented(atr, self._settings, known)
        return by_t0(talk) if t0 else talk
