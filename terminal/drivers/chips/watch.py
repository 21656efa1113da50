"""The thread that blocks in SCardGetStatusChange and talks to the cards itself (PC/SC part 5)."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from typing import Any

from terminal.core.errors import CardSwapped, CardTorn, DeviceMissing, TerminalFault
from terminal.core.events import (
    CardFound,
    CardPresented,
    CardRemoved,
    DeviceChanged,
    DeviceEvent,
    DeviceHealth,
    Unreadable,
)
from terminal.core.trust import Credential
from terminal.core.values import Value
from terminal.drivers.chips.places import Places
from terminal.drivers.chips.played import PlayedScard
from terminal.drivers.chips.slot import Slot
from terminal.drivers.codecs.apdu import Conversation
from terminal.runtime.clock import mono_ns
from terminal.runtime.cutoff import CutOff
from terminal.runtime.trace import What, noted, played

log = logging.getLogger(__name__)

BEAT_MS = 600
"""So often the thread looks for readers that came or went and says that it lives."""
_TRIES, _AGAIN_MS = 5, 150
"""A card at the edge of the field is often not ready for the first word, and one that was torn may be back
before pcscd, which looks a few times a second, has seen it leave."""
_COMMANDS_MAX = 256
"""Of one conversation: none of ours needs so many, and a card must not keep one going for ever."""
_CODE = 0xFFFFFFFF
"""PC/SC results are unsigned 32 bits."""
_COUNT = 0xFFFF
_NS_PER_MS = 1_000_000
_STATE_BYTES = 4
HEAD_BYTES = 4
"""Class, instruction and parameters of a command."""

Talk = Callable[[bytes, bool], Conversation[Credential]]
"""The conversation to have with the card of that answer to reset; True: by the protocol T=0."""


class Reading(Value, frozen=True, kw_only=True):
    """A card lies on a reader and is being read."""

    reader: str
    count: int
    """Of pcscd: how often a card came to or left this reader, modulo 65536."""
    since_ns: int


class Beat(Value, frozen=True, kw_only=True):
    """Nothing happened, and pcscd answers."""


Report = DeviceEvent | Beat


class Watch:
    """What the thread does. Blocks.

    Args:
        name: of the device, for its events.
        places: of the readers to watch.
        talk: what is said to a card.
        prepare: done once when readers are watched, so that the first card need not wait for it.
    """

    ready = False
    """Readers are being watched; only ever becomes true."""
    reading: Reading | None = None
    """Seen by the event loop too, which is not woken for it: a tap should not wait for that."""

    def __init__(
        self,
        name: str,
        places: Places,
        talk: Talk,
        prepare: Callable[[], None],
    ) -> None:
        self._name = name
        self._places = places
        self._talk = talk
        self._prepare = prepare
        self._say: Callable[[Report], None]
        self._scard: Any  # pyscard has no types.
        self._context: int | None = None
        self._over = False
        self._ready_told = False
        self._looked_ns = 0
        self._slots: dict[str, Slot] = {}

    def run(self, say: Callable[[Report], None]) -> None:
        """Until no reader is left: raises DeviceMissing; or until `interrupt`: raises CutOff."""
        scard = scard_of(self._name)
        self._say, self._scard = say, scard
        result, context = scard.SCardEstablishContext(scard.SCARD_SCOPE_USER)
        self._check(result, "no pcscd")
        self._context = context
        try:
            self._look_for_readers()
            self._wait()  # Not long: what lies there already pcscd tells at once.
            self._prepare()
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
        self._looked_ns = mono_ns()
        result, names = self._scard.SCardListReaders(self._context, [])
        if result & _CODE == self._scard.SCARD_E_NO_READERS_AVAILABLE & _CODE:
            names = []
        else:
            self._check(result, "no list of readers")
        here = self._places.of(self._scard, names)
        before = {slot.reader: slot.plugged for slot in self._slots.values()}
        # The next one of its kind may have got its name.
        gone = [
            name for name, plugged in before.items() if name not in here or plugged not in {None, here[name]}
        ]
        for reader in gone:
            self._emptied(self._slots.pop(reader))
            log.warning("reader gone: device=%s reader=%s", self._name, reader)
        for reader, plugged in here.items():
            if reader in self._slots:
                self._slots[reader].plugged = plugged
            else:
                self._slots[reader] = Slot(reader, plugged)
                log.info("reader found: device=%s reader=%s", self._name, reader)
        if gone and not self._slots:
            raise DeviceMissing(f"{', '.join(gone)} was unplugged")
        if not self._slots:
            raise DeviceMissing(self._places.why_none(names))
        if here != before:
            self._ready_told = False

    def _say_ready(self) -> None:
        """Once it is known what lies there: whatever comes later was presented."""
        if self._ready_told:
            return
        self._ready_told = self.ready = True
        told = [f"{one.reader} at port {one.plugged.port}" for one in self._slots.values() if one.plugged]
        self._say(DeviceChanged(device=self._name, health=DeviceHealth.READY, why=", ".join(told)))

    def _wait(self) -> None:
        """For one change, or for a while."""
        scard = self._scard
        again = [slot for slot in self._slots.values() if slot.tries]
        wait_ms = _AGAIN_MS if again else BEAT_MS
        asked = [(slot.reader, slot.state) for slot in self._slots.values()]
        result, states = scard.SCardGetStatusChange(self._context, wait_ms, asked)
        seen_ns = mono_ns()
        if self._over:
            return
        if result & _CODE == scard.SCARD_E_TIMEOUT & _CODE:
            self._say_ready()
            for slot in again:
                self._read(slot)
            self._look_about()
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
        self._say_ready()
        moved = False
        for reader, state, atr in states:
            noted(self._name, What.SLOT, (state & _CODE).to_bytes(_STATE_BYTES, "big") + bytes(atr), reader)
            self._slots[reader].atr = bytes(atr)
            moved |= self._changed(self._slots[reader], state, seen_ns)
        # Other programs open and close a reader as often as they like, and asking it for its port does, too.
        if not moved and seen_ns - self._looked_ns >= BEAT_MS * _NS_PER_MS:
            self._look_about()

    def _look_about(self) -> None:
        self._say(Beat())
        self._look_for_readers()

    def _changed(self, slot: Slot, state: int, seen_ns: int) -> bool:
        """Whether a card came or left: the upper half of the state counts that, so that none is missed."""
        slot.state = state
        count, before = state >> 16 & _COUNT, slot.count
        here = bool(state & self._scard.SCARD_STATE_PRESENT)
        moves = 1 if before is None else count - before & _COUNT
        was_here, slot.occupied, slot.count = slot.occupied, here, count
        if not moves:
            return False
        self._emptied(slot)
        if here and before is None:
            slot.found = True
            log.info("card found lying: device=%s reader=%s", self._name, slot.reader)
            self._say(CardFound(reader=self._name))
        elif here:
            slot.seen_ns = seen_ns
            self._read(slot)
        elif moves > 1 and not was_here:
            self._say(self._unreadable(CardTorn.code, "a card was there too shortly to be noticed"))
        return True

    def _emptied(self, slot: Slot) -> None:
        self._give_up(slot)
        if slot.presented or slot.found:
            slot.presented = slot.found = False
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
        noted(self._name, What.OPENED, b"" if result else bytes([protocol]), slot.reader)
        if result:
            return f"SCardConnect answered {result & _CODE:#010x}"
        try:
            event = self._talked(slot, card, protocol)
            # Before hanging up: that talks to the card too, and may block.
            self._say(event)
            self.reading = None
        except CardTorn as torn:
            return str(torn)
        finally:
            # Any other ending that fails, for a card that is gone, makes pcscd blind for the next card.
            scard.SCardDisconnect(card, scard.SCARD_LEAVE_CARD)
        return ""

    def _talked(self, slot: Slot, card: int, protocol: int) -> CardPresented | Unreadable:
        """The whole conversation. Raises CardTorn: it may be begun again."""
        conversation = self._talk(slot.atr, protocol == self._scard.SCARD_PROTOCOL_T0)
        try:
            command = next(conversation)
            for _ in range(_COMMANDS_MAX):
                command = conversation.send(self._sent(card, protocol, command))
        except StopIteration as done:
            return self._known(slot, done.value)
        except CardTorn:
            raise
        except TerminalFault as fault:
            return self._unreadable(fault.code, str(fault))
        finally:
            conversation.close()
        raise CardTorn(f"no end after {_COMMANDS_MAX} commands")

    def _sent(self, card: int, protocol: int, command: bytes) -> bytes:
        noted(self._name, What.ASKED, command[:HEAD_BYTES])
        result, answer = self._scard.SCardTransmit(card, protocol, list(command))
        noted(self._name, What.IN, b"" if result else bytes(answer))
        if result:
            raise CardTorn(f"SCardTransmit answered {result & _CODE:#010x}")
        return bytes(answer)

    def _known(self, slot: Slot, credential: Credential) -> CardPresented | Unreadable:
        if other := [one.reader for one in self._slots.values() if one.presented]:
            return self._unreadable(CardSwapped.code, f"a card lies on {other[0]} already")
        slot.presented = True
        log.info("card read: device=%s as=%s trust=%s", self._name, credential.medium, credential.trust)
        return CardPresented(reader=self._name, credential=credential, seen_ns=slot.seen_ns)

    def _unreadable(self, code: str, why: str) -> Unreadable:
        log.info("card not read: device=%s why=%s", self._name, why)
        return Unreadable(device=self._name, code=code, why=why)

    def _check(self, result: int, what: str) -> None:
        if result:
            raise DeviceMissing(f"{what}: {self._scard.SCardGetErrorMessage(result)}")


def scard_of(device: str) -> Any:  # noqa: ANN401  pyscard has no types
    """PC/SC's plain functions, or a recording in their place. Raises DeviceMissing."""
    if playback := played(device):
        return PlayedScard(playback)
    try:
        from smartcard import scard  # noqa: PLC0415  only where such a reader is configured
    except ImportError:
        raise DeviceMissing("pyscard is not installed: apt-get install python3-pyscard") from None
    return scard
