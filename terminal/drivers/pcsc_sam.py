"""A secure access module in a PC/SC slot: cards of an issuer prove themselves here, without their keys.

It is asked where a card's own key is not here, before headquarters. One that hangs or was pulled leaves cards
as they are without it; `chips.sam_slot` is the thread that waits for it.
"""

from __future__ import annotations

import os
from collections.abc import AsyncGenerator
from typing import Annotated, Final, TypeVar

from msgspec import Meta, msgpack

from terminal.core import aes
from terminal.core.chips import Begun, Judged, KeyUse, SunJudged
from terminal.core.errors import DeviceMissing
from terminal.core.events import DeviceEvent
from terminal.core.ports import Clock
from terminal.core.sun import Proof
from terminal.core.values import Value
from terminal.drivers.chips.sam_slot import Report, SamSlot
from terminal.drivers.chips.watch import Beat
from terminal.drivers.codecs import sam
from terminal.drivers.codecs.apdu import Conversation
from terminal.runtime.cutoff import Blocking

T = TypeVar("T")

KIND: Final = "sam"

_BEATLESS_MS = 1_900
"""The thread is believed to hang when it said nothing for so long, three beats of its own."""
_LEFT_BEHIND_MAX = 4


class Settings(Value, frozen=True, kw_only=True):
    """Which slot, and what the keys in it are for."""

    reader: Annotated[str, Meta(min_length=1)]
    """Part of the slot's name as `pcsc_scan` shows it, such as `SAM`."""
    application: Annotated[str, Meta(pattern="^([0-9A-F]{2}){0,16}$")] = ""
    """Name of the folder with its keys, in upper-case hex; empty: they lie in the first one."""
    key: tuple[sam.Key, ...] = ()
    answer_ms: Annotated[int, Meta(ge=50, le=5_000)] = 500
    """For one of the two answers that a card needs; then it is as without the SAM."""
    open_ms: Annotated[int, Meta(ge=100, le=30_000)] = 5_000
    """For pcscd to answer at all, and the SAM to be switched on."""

    def __post_init__(self) -> None:
        kinds = [(key.use, key.application) for key in self.key]
        if len(set(kinds)) < len(kinds):
            raise ValueError("two keys are for the same use and application")


def build(name: str, settings: Settings, clock: Clock) -> PcscSam:
    _ = clock
    return PcscSam(name, settings)


class _State(Value, frozen=True, kw_only=True):
    """What was begun with a card."""

    key: int
    card: bytes
    challenge: bytes
    rnd_b: bytes = b""


class PcscSam:
    """`Sam`. Asked by readers' threads; None while it is not there."""

    def __init__(self, name: str, settings: Settings) -> None:
        self.name = name
        self._settings = settings
        self._slot: SamSlot | None = None
        """Only while it answers."""
        self._left_behind: list[Blocking[Report]] = []

    async def events(self) -> AsyncGenerator[DeviceEvent, None]:
        """Raises DeviceMissing: no pcscd, no such slot, no SAM in it, or it does not answer any more."""
        self._left_behind = [thread for thread in self._left_behind if thread.alive]
        if len(self._left_behind) >= _LEFT_BEHIND_MAX:
            raise DeviceMissing(f"{len(self._left_behind)} calls into pcscd hang; restart pcscd")
        slot = SamSlot(self.name, self._settings.reader, self._settings.application)
        thread: Blocking[Report] = Blocking(f"sam {self.name}", slot.run, slot.interrupt)
        thread.start()
        limit_ms = self._settings.open_ms
        try:
            while True:
                try:
                    report = await thread.heard(limit_ms)
                except TimeoutError:
                    raise DeviceMissing("the SAM does not answer") from None
                limit_ms = _BEATLESS_MS
                if not isinstance(report, Beat):
                    aes.load()
                    self._slot = slot
                    yield report
        finally:
            self._slot = None
            thread.cut_off()
            self._left_behind.append(thread)

    def begin(self, uid: bytes, application: str, said: bytes) -> Begun | None:
        at = self._for(KeyUse.DESFIRE, application)
        if at is None:
            return None
        rnd_a = os.urandom(aes.BLOCK_BYTES)
        proven = self._asked(sam.proves(self._settings.key[at], uid, said, rnd_a))
        if proven is None:
            return None
        state = _State(key=at, card=uid, challenge=rnd_a, rnd_b=proven.rnd_b)
        return Begun(say=proven.say, state=msgpack.encode(state))

    def begin_cpu(self, application: str, number: str) -> Begun | None:
        at = self._for(KeyUse.CPU, application)
        if at is None or self._slot is None or not sam.has_number(number):
            return None
        challenge = os.urandom(sam.CHALLENGE_BYTES)
        state = _State(key=at, card=number.encode("ascii"), challenge=challenge)
        return Begun(say=challenge, state=msgpack.encode(state))

    def finish(self, state: bytes, said: bytes) -> Judged | None:
        begun = msgpack.decode(state, type=_State)
        key = self._settings.key[begun.key]
        if key.use is KeyUse.CPU:
            return self._asked(sam.judges_cpu(key, begun.card.decode("ascii"), begun.challenge, said))
        return self._asked(sam.judges(key, begun.card, said, begun.challenge, begun.rnd_b))

    def sun(self, uid: bytes, proof: Proof) -> SunJudged | None:
        _ = uid  # Whether it is the one in the URL sees whoever has asked.
        meta, own = self._for(KeyUse.SUN_META), self._for(KeyUse.SUN)
        if meta is None or own is None:
            return None
        keys = self._settings.key
        return self._asked(sam.judges_sun(keys[meta], keys[own], proof))

    def _for(self, use: KeyUse, application: str = "") -> int | None:
        keys = enumerate(self._settings.key)
        return next((at for at, key in keys if key.use is use and key.application == application), None)

    def _asked(self, talk: Conversation[T]) -> T | None:
        slot = self._slot
        return slot.ask(talk, self._settings.answer_ms) if slot is not None else None
