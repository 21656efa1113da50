"""Contactless readers behind PC/SC (pcsc-lite's pcscd), through pyscard's plain functions.

One thread blocks in SCardGetStatusChange and reads the UID itself. A card that never answers blocks
SCardTransmit until it is taken away, and a pcscd that hangs blocks everything: the thread is then left
behind, and another one takes over.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import AsyncGenerator, Callable
from typing import Annotated, Any, Final

from msgspec import Meta

from terminal.core.errors import CardSwapped, CardTorn, DeviceMissing, UnknownCard
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
from terminal.drivers.codecs.uid import GET_UID, broken, uid_of, unusable
from terminal.runtime.clock import mono_ns
from terminal.runtime.cutoff import Blocking, CutOff

log = logging.getLogger(__name__)

KIND: Final = "reader"

_TRIES, _AGAIN_MS = 5, 150
"""A card at the edge of the field is often not ready for the first word, and one that was torn may be back
before pcscd, which looks a few times a second, has seen it leave."""
_BEAT_MS, _BEATLESS_MS = 600, 1_900
"""So often the thread looks for readers that came or went and says that it lives; it is believed to hang
when it said nothing for so long."""
_LEFT_BEHIND_MAX = 4
_NS_PER_MS = 1_000_000
_CODE = 0xFFFFFFFF
"""PC/SC results are unsigned 32 bits."""
_COUNT = 0xFFFF


class Settings(Value, frozen=True, kw_only=True):
    """Which of the readers it is, and how long things may take."""

    reader: str = ""
    """Part of the reader's name as `pcsc_scan` shows it, such as `ACR122U`; empty: any. Where several are
    called so, as the slots of one for contact and contactless cards, a card may come to each of them."""
    read_ms: Annotated[int, Meta(ge=100, le=30_000)] = 1_500
    """For reading a card. One that takes longer cannot be read."""
    open_ms: Annotated[int, Meta(ge=100, le=30_000)] = 5_000
    """For pcscd to answer at all."""


def build(name: str, settings: Settings, clock: Clock) -> PcscReader:
    _ = clock  # Cards are timed by the thread that sees them.
    return PcscReader(name, settings)


class Reading(Value, frozen=True, kw_only=True):
    """A card lies on a reader and is being read."""

    reader: str
    count: int
    """Of pcscd: how often a card came to or left this reader, modulo 65536."""
    since_ns: int


class Beat(Value, frozen=True, kw_only=True):
    """Nothing happened, and pcscd answers."""


Report = DeviceEvent | Beat


class PcscReader:
    """`InputDevice` of one reader, or of all that are called so."""

    def __init__(self, name: str, settings: Settings) -> None:
        self.name = name
        self._settings = settings
        self._left_behind: list[Blocking[Report]] = []

    async def events(self) -> AsyncGenerator[DeviceEvent, None]:
        """Raises DeviceMissing: no pcscd, no such reader, or it is gone."""
        watch, thread = self._started(None)
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
                hanging = watch.reading
                if hanging is None:
                    raise DeviceMissing("pcscd does not answer")
                self._leave(thread)
                watch, thread = self._started(hanging)
                why = f"the card did not answer within {self._settings.read_ms} ms"
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

    def _started(self, passed_over: Reading | None) -> tuple[Watch, Blocking[Report]]:
        """Raises DeviceMissing: too many threads hang already."""
        self._left_behind = [thread for thread in self._left_behind if thread.alive]
        if len(self._left_behind) >= _LEFT_BEHIND_MAX:
            raise DeviceMissing(f"{len(self._left_behind)} calls into pcscd hang; restart pcscd")
        watch = Watch(self.name, self._settings, passed_over)
        thread: Blocking[Report] = Blocking(f"reader {self.name}", watch.run, watch.interrupt)
        thread.start()
        return watch, thread

    def _leave(self, thread: Blocking[Report]) -> None:
        thread.cut_off()
        self._left_behind.append(thread)


class Slot:
    """One reader as the thread knows it."""

    def __init__(self, reader: str) -> None:
        self.reader = reader
        self.state = 0
        """SCARD_STATE_UNAWARE until pcscd has told."""
        self.count: int | None = None
        self.occupied = False
        """Some card lay there when we last looked."""
        self.presented = False
        self.seen_ns = 0
        self.tries = 0
        """How often the card that lies there could not be read; 0: done with it."""
        self.why = ""


class Watch:
    """What the thread does. Blocks.

    Args:
        name: of the device, for its events.
        settings: which readers.
        passed_over: this card hangs and is not tried again; the next one is.
    """

    ready = False
    """Readers are being watched; only ever becomes true."""
    reading: Reading | None = None
    """Seen by the event loop too, which is not woken for it: a tap should not wait for that."""

    def __init__(self, name: str, settings: Settings, passed_over: Reading | None) -> None:
        self._name = name
        self._settings = settings
        self._passed_over = passed_over
        self._say: Callable[[Report], None]
        self._scard: Any  # pyscard has no types.
        self._context: int | None = None
        self._over = False
        self._slots: dict[str, Slot] = {}

    def run(self, say: Callable[[Report], None]) -> None:
        """Until no reader is left: raises DeviceMissing; or until `interrupt`: raises CutOff."""
        try:
            from smartcard import scard  # noqa: PLC0415  only where such a reader is configured
        except ImportError:
            raise DeviceMissing("pyscard is not installed: apt-get install python3-pyscard") from None

        self._say, self._scard = say, scard
        result, context = scard.SCardEstablishContext(scard.SCARD_SCOPE_USER)
        self._check(result, "no pcscd")
        self._context = context
        try:
            self._look_for_readers()
            self.ready = True
            say(DeviceChanged(device=self._name, health=DeviceHealth.READY))
            while not self._over:
                self._wait()
            raise CutOff
        finally:
            self._context = None
            scard.SCardReleaseContext(context)

    def interrupt(self) -> None:
        """From the event loop. SCardCancel asks pcscd, which may hang: so it gets its own thread."""
        self._over = True
        context = self._context
        if context is not None:
            threading.Thread(target=self._scard.SCardCancel, args=(context,), daemon=True).start()

    def _look_for_readers(self) -> None:
        """Raises DeviceMissing: there is none of that name, or there is none any more."""
        result, names = self._scard.SCardListReaders(self._context, [])
        if result & _CODE == self._scard.SCARD_E_NO_READERS_AVAILABLE & _CODE:
            names = []
        else:
            self._check(result, "no list of readers")
        wanted = self._settings.reader.casefold()
        found = {str(name) for name in names if wanted in name.casefold()}
        gone = sorted(self._slots.keys() - found)
        for reader in gone:
            self._emptied(self._slots.pop(reader))
            log.warning("reader gone: device=%s reader=%s", self._name, reader)
        for reader in sorted(found - self._slots.keys()):
            self._slots[reader] = Slot(reader)
            log.info("reader found: device=%s reader=%s", self._name, reader)
        if gone and not self._slots:
            raise DeviceMissing(f"{', '.join(gone)} was unplugged")
        if not self._slots:
            raise DeviceMissing(f"no reader is called {self._settings.reader!r}; there are: {names}")

    def _wait(self) -> None:
        """For one change, or for a while."""
        scard = self._scard
        again = [slot for slot in self._slots.values() if slot.tries]
        wait_ms = _AGAIN_MS if again else _BEAT_MS
        asked = [(slot.reader, slot.state) for slot in self._slots.values()]
        result, states = scard.SCardGetStatusChange(self._context, wait_ms, asked)
        seen_ns = mono_ns()
        if self._over:
            return
        if result & _CODE == scard.SCARD_E_TIMEOUT & _CODE:
            for slot in again:
                self._read(slot)
            self._say(Beat())
            self._look_for_readers()
            return
        if result and result & _CODE != scard.SCARD_E_UNKNOWN_READER & _CODE:
            for slot in self._slots.values():
                self._emptied(slot)
            self._check(result, "pcscd is gone")
        lost = scard.SCARD_STATE_UNKNOWN | scard.SCARD_STATE_UNAVAILABLE
        if result or any(state & lost for _, state, _ in states):
            before = set(self._slots)
            self._look_for_readers()
            if before == set(self._slots):
                raise DeviceMissing(f"pcscd lists {', '.join(sorted(before))} and does not know it")
            return
        for reader, state, _ in states:
            self._changed(self._slots[reader], state, seen_ns)

    def _changed(self, slot: Slot, state: int, seen_ns: int) -> None:
        """The upper half of the state counts comings and goings, so that none is missed."""
        slot.state = state
        count, before = state >> 16 & _COUNT, slot.count
        here = bool(state & self._scard.SCARD_STATE_PRESENT)
        moves = 1 if before is None else count - before & _COUNT
        was_here, slot.occupied, slot.count = slot.occupied, here, count
        if not moves:
            return
        self._emptied(slot)
        if here:
            over = self._passed_over
            if before is None and over and (over.reader, over.count) == (slot.reader, count):
                return
            slot.seen_ns = seen_ns
            self._read(slot)
        elif moves > 1 and not was_here:
            self._say(self._unreadable(CardTorn.code, "a card was there too shortly to be noticed"))

    def _emptied(self, slot: Slot) -> None:
        self._give_up(slot)
        if slot.presented:
            slot.presented = False
            self._say(CardRemoved(reader=self._name))

    def _give_up(self, slot: Slot) -> None:
        if slot.tries:
            slot.tries = 0
            self._say(self._unreadable(CardTorn.code, slot.why))

    def _read(self, slot: Slot) -> None:
        self.reading = Reading(reader=slot.reader, count=slot.count or 0, since_ns=mono_ns())
        slot.why = self._exchanged(slot)
        self.reading = None
        slot.tries = slot.tries + 1 if slot.why else 0
        if slot.tries == _TRIES:
            self._give_up(slot)

    def _exchanged(self, slot: Slot) -> str:
        """Says what the card is and returns nothing; or returns why it could not be read."""
        scard = self._scard
        result, card, protocol = scard.SCardConnect(
            self._context, slot.reader, scard.SCARD_SHARE_SHARED, scard.SCARD_PROTOCOL_ANY
        )
        if result:
            return f"SCardConnect answered {result & _CODE:#010x}"
        try:
            result, answer = scard.SCardTransmit(card, protocol, list(GET_UID))
            if result:
                return f"SCardTransmit answered {result & _CODE:#010x}"
            why = broken(bytes(answer))
            if not why:
                # Before hanging up: that talks to the card too, and may block.
                self._say(self._judged(slot, bytes(answer)))
                self.reading = None
            return why
        finally:
            # Any other ending that fails, for a card that is gone, makes pcscd blind for the next card.
            scard.SCardDisconnect(card, scard.SCARD_LEAVE_CARD)

    def _judged(self, slot: Slot, answer: bytes) -> CardPresented | Unreadable:
        if why := unusable(answer):
            return self._unreadable(UnknownCard.code, why)
        if other := [one.reader for one in self._slots.values() if one.presented]:
            return self._unreadable(CardSwapped.code, f"a card lies on {other[0]} already")
        slot.presented = True
        card = Credential(medium=Medium.UID, number=uid_of(answer))
        return CardPresented(reader=self._name, credential=card, seen_ns=slot.seen_ns)

    def _unreadable(self, code: str, why: str) -> Unreadable:
        log.info("card not read: device=%s why=%s", self._name, why)
        return Unreadable(device=self._name, code=code, why=why)

    def _check(self, result: int, what: str) -> None:
        if result:
            raise DeviceMissing(f"{what}: {self._scard.SCardGetErrorMessage(result)}")
