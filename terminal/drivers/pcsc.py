"""A contactless reader behind PC/SC (pcsc-lite's pcscd), through pyscard's plain functions.

One thread blocks in SCardGetStatusChange and reads the UID itself. A card that never answers blocks
SCardTransmit until it is taken away: the thread is then left behind, and another one takes over.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import AsyncGenerator, Callable
from typing import Annotated, Any, Final

from msgspec import Meta

from terminal.core.errors import CardTorn, DeviceMissing, UnknownCard
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
from terminal.runtime.clock import mono_ns
from terminal.runtime.cutoff import Blocking, CutOff

log = logging.getLogger(__name__)

KIND: Final = "reader"

_GET_UID = [0xFF, 0xCA, 0x00, 0x00, 0x00]
"""GET DATA, all of the UID: PC/SC part 3, section 3.2.2.1.3."""
_OK = b"\x90\x00"
_FAILED = b"\x63\x00"
_UID_BYTES = {4, 7, 8, 10}
"""Single, double and triple size of ISO 14443-3; 8 of ISO 15693."""
_SINGLE = 4
_RANDOM, _CASCADE = 0x08, 0x88
"""First byte of a UID of single size (ISO 14443-3, section 6.5.4): random; more follows and was cut."""
_TRIES, _AGAIN_MS = 5, 150
"""A card at the edge of the field is often not ready for the first word, and one that was torn may be back
before pcscd, which looks a few times a second, has seen it leave."""
_WAIT_MS = 60_000
"""A thread that was left behind while it waits for cards ends after so long."""
_LEFT_BEHIND_MAX = 4
_CODE = 0xFFFFFFFF
"""PC/SC results are unsigned 32 bits."""
_COUNT = 0xFFFF


class Settings(Value, frozen=True, kw_only=True):
    """Which of the readers it is, and how long things may take."""

    reader: str = ""
    """Part of the reader's name as `pcsc_scan` shows it, such as `ACR122U`; empty: the first reader."""
    read_ms: Annotated[int, Meta(ge=100, le=30_000)] = 1_500
    """For reading a card. One that takes longer cannot be read."""
    open_ms: Annotated[int, Meta(ge=100, le=30_000)] = 5_000
    """For pcscd to answer at all."""


def build(name: str, settings: Settings, clock: Clock) -> PcscReader:
    _ = clock  # Cards are timed by the thread that sees them.
    return PcscReader(name, settings)


class Came(Value, frozen=True, kw_only=True):
    """A card lies on the reader and is being read from now on."""

    count: int
    """Of pcscd: how often a card came to or left this reader, modulo 65536."""


Report = DeviceEvent | Came


class PcscReader:
    """`InputDevice` of one reader."""

    def __init__(self, name: str, settings: Settings) -> None:
        self.name = name
        self._settings = settings
        self._left_behind: list[Blocking[Report]] = []

    async def events(self) -> AsyncGenerator[DeviceEvent, None]:
        """Raises DeviceMissing: no pcscd, no such reader, or it is gone."""
        thread = self._started(None)
        limit: int | None = self._settings.open_ms
        reading: Came | None = None
        try:
            while True:
                try:
                    report = await thread.heard(limit)
                except TimeoutError:
                    if reading is None:
                        raise DeviceMissing("pcscd does not answer") from None
                    self._leave(thread)
                    thread, limit = self._started(reading), self._settings.open_ms
                    why = f"the card did not answer within {self._settings.read_ms} ms"
                    reading, report = None, Unreadable(device=self.name, code=CardTorn.code, why=why)
                    yield report
                    continue
                reading = report if isinstance(report, Came) else None
                limit = self._settings.read_ms if reading else None
                if not isinstance(report, Came):
                    yield report
        finally:
            self._leave(thread)

    def _started(self, passed_over: Came | None) -> Blocking[Report]:
        """Raises DeviceMissing: too many threads hang already."""
        self._left_behind = [thread for thread in self._left_behind if thread.alive]
        if len(self._left_behind) >= _LEFT_BEHIND_MAX:
            raise DeviceMissing(f"{len(self._left_behind)} calls into pcscd hang; restart pcscd")
        watch = Watch(self.name, self._settings, passed_over)
        thread: Blocking[Report] = Blocking(f"reader {self.name}", watch.run, watch.interrupt)
        thread.start()
        return thread

    def _leave(self, thread: Blocking[Report]) -> None:
        thread.cut_off()
        self._left_behind.append(thread)


class Watch:
    """What the thread does. Blocks.

    Args:
        name: of the device, for its events.
        settings: which reader.
        passed_over: this card hangs and is not tried again; the next one is.
    """

    def __init__(self, name: str, settings: Settings, passed_over: Came | None) -> None:
        self._name = name
        self._settings = settings
        self._passed_over = passed_over
        self._say: Callable[[Report], None]
        self._scard: Any  # pyscard has no types.
        self._context: int | None = None
        self._over = False
        self._count: int | None = None
        self._occupied = False
        """Some card lay there when we last looked."""
        self._presented = False
        self._seen_ns = 0
        self._tries = 0
        """How often the card that lies there could not be read; 0: done with it."""
        self._why = ""

    def run(self, say: Callable[[Report], None]) -> None:
        """Until the reader is gone: raises DeviceMissing; or until `interrupt`: raises CutOff."""
        from smartcard import scard  # noqa: PLC0415  only where such a reader is configured

        self._say, self._scard = say, scard
        result, context = scard.SCardEstablishContext(scard.SCARD_SCOPE_USER)
        self._check(result, "no pcscd")
        self._context = context
        try:
            reader = self._found()
            log.info("reader found: device=%s reader=%s", self._name, reader)
            say(DeviceChanged(device=self._name, health=DeviceHealth.READY))
            self._watch(reader)
        finally:
            self._context = None
            scard.SCardReleaseContext(context)

    def interrupt(self) -> None:
        """From the event loop. SCardCancel asks pcscd, which may hang: so it gets its own thread."""
        self._over = True
        context = self._context
        if context is not None:
            threading.Thread(target=self._scard.SCardCancel, args=(context,), daemon=True).start()

    def _found(self) -> str:
        result, names = self._scard.SCardListReaders(self._context, [])
        if result & _CODE == self._scard.SCARD_E_NO_READERS_AVAILABLE & _CODE:
            names = []
        else:
            self._check(result, "no list of readers")
        wanted = self._settings.reader.casefold()
        for name in sorted(names):
            if wanted in name.casefold():
                return str(name)
        raise DeviceMissing(f"no reader is called {self._settings.reader!r}; there are: {names}")

    def _watch(self, reader: str) -> None:
        scard, state = self._scard, self._scard.SCARD_STATE_UNAWARE
        while not self._over:
            wait_ms = _AGAIN_MS if self._tries else _WAIT_MS
            result, states = scard.SCardGetStatusChange(self._context, wait_ms, [(reader, state)])
            seen_ns = mono_ns()
            if result & _CODE in {scard.SCARD_E_TIMEOUT & _CODE, scard.SCARD_E_CANCELLED & _CODE}:
                if self._tries and not self._over:
                    self._read(reader)
                continue
            if not result:
                _, state, _ = states[0]
            if result or state & (scard.SCARD_STATE_UNKNOWN | scard.SCARD_STATE_UNAVAILABLE):
                self._emptied()
                self._check(result, "pcscd is gone")
                raise DeviceMissing(f"{reader} was unplugged")
            self._changed(reader, state, seen_ns)
        raise CutOff

    def _changed(self, reader: str, state: int, seen_ns: int) -> None:
        """The upper half of the state counts comings and goings, so that none is missed."""
        count, before = state >> 16 & _COUNT, self._count
        here = bool(state & self._scard.SCARD_STATE_PRESENT)
        moves = 1 if before is None else count - before & _COUNT
        was_here, self._occupied, self._count = self._occupied, here, count
        if not moves:
            return
        self._emptied()
        if here:
            if before is None and self._passed_over == Came(count=count):
                return
            self._seen_ns = seen_ns
            self._read(reader)
        elif moves > 1 and not was_here:
            self._say(self._unreadable(CardTorn.code, "a card was there too shortly to be noticed"))

    def _emptied(self) -> None:
        self._give_up()
        if self._presented:
            self._presented = False
            self._say(CardRemoved(reader=self._name))

    def _give_up(self) -> None:
        if self._tries:
            self._tries = 0
            self._say(self._unreadable(CardTorn.code, self._why))

    def _read(self, reader: str) -> None:
        self._say(Came(count=self._count or 0))
        self._why = self._exchanged(reader)
        self._tries = self._tries + 1 if self._why else 0
        if self._tries == _TRIES:
            self._give_up()

    def _exchanged(self, reader: str) -> str:
        """Says what the card is and returns nothing; or returns why it could not be read."""
        scard = self._scard
        result, card, protocol = scard.SCardConnect(
            self._context, reader, scard.SCARD_SHARE_SHARED, scard.SCARD_PROTOCOL_ANY
        )
        if result:
            return f"SCardConnect answered {result & _CODE:#010x}"
        try:
            result, answer = scard.SCardTransmit(card, protocol, _GET_UID)
            why = _trouble(result, answer)
            if not why:
                # Before hanging up: that talks to the card too, and may block.
                self._say(self._judged(bytes(answer)))
            return why
        finally:
            # Any other ending that fails, for a card that is gone, makes pcscd blind for the next card.
            scard.SCardDisconnect(card, scard.SCARD_LEAVE_CARD)

    def _judged(self, answer: bytes) -> CardPresented | Unreadable:
        uid, status = answer[:-2], answer[-2:]
        if status != _OK:
            return self._unreadable(UnknownCard.code, f"asked for its UID it answered {status.hex()}")
        if why := _unusable(uid):
            return self._unreadable(UnknownCard.code, why)
        self._presented = True
        card = Credential(medium=Medium.UID, number=uid.hex().upper())
        return CardPresented(reader=self._name, credential=card, seen_ns=self._seen_ns)

    def _unreadable(self, code: str, why: str) -> Unreadable:
        log.info("card not read: device=%s why=%s", self._name, why)
        return Unreadable(device=self._name, code=code, why=why)

    def _check(self, result: int, what: str) -> None:
        if result:
            raise DeviceMissing(f"{what}: {self._scard.SCardGetErrorMessage(result)}")


def _trouble(result: int, answer: list[int]) -> str:
    """Why an exchange came to nothing; empty when it did not. A torn card answers less than a status."""
    if result:
        return f"SCardTransmit answered {result & _CODE:#010x}"
    if len(answer) < len(_OK):
        return "the answer broke off"
    return "the card did not answer the reader" if bytes(answer) == _FAILED else ""


def _unusable(uid: bytes) -> str:
    """Why this UID says nothing about who that is; empty when it does."""
    if len(uid) not in _UID_BYTES:
        return f"a UID of {len(uid)} bytes"
    if len(uid) == _SINGLE and uid[0] == _RANDOM:
        return "a random UID, as telephones and passports show: it is another one next time"
    if len(uid) == _SINGLE and uid[0] == _CASCADE:
        return "a UID that the reader cut short"
    return ""
