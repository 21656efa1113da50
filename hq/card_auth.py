"""AUTH: headquarters' half of proving cards whose keys are not at the site that reads them.

DESFire: the reader's half of AuthenticateEV2First (NXP AN12196, section 6.6). CPU card: the challenge, and
whether it was answered under the card's own key. NTAG 424 DNA: whether its URL is its own, and new.
"""

from __future__ import annotations

import hmac
from collections.abc import Callable

import msgspec

from hq.boxes import Boxes, OwnKey
from hq.masters import MARK_BYTES, Master, Masters, MasterUse
from hq.ports import CounterSeen, ExceptionKind, Store
from terminal.core.aes import BLOCK_BYTES, decrypted, encrypted, encrypted_3des, session_keys
from terminal.core.errors import CardNotGenuine
from terminal.core.ports import Clock
from terminal.core.sun import Proof, check, opened
from terminal.core.values import SiteId, Value
from terminal.core.wire.auth import (
    CPU_BYTES,
    Auth,
    Authed,
    Begin,
    BeginCpu,
    Finish,
    Question,
    Sun,
    SunLate,
    Verdict,
    Word,
    auth_about,
)
from terminal.core.wire.forms import UNREADABLE
from terminal.runtime.box import BoxSpoilt

STATE_MS = 10_000
"""A card lies on its reader for less."""
_NONCE_BYTES = 12
_TI_BYTES = 4
_TOKEN_BYTES = 16

_UNKNOWN = Word(verdict=Verdict.UNKNOWN)
_FALSE = Word(verdict=Verdict.FALSE)
_question = msgspec.json.Decoder(Question)

_REPLAYED = Word(verdict=Verdict.REPLAYED)


class Counters:
    """Of cards that count, by 16 bytes that stand for each, as these books hold them, durably."""

    def __init__(self, store: Store) -> None:
        self._store = store

    async def rises(self, auth: Auth, card: bytes, counter: int) -> bool:
        """Whether it is higher than all before."""
        async with self._store.turn(auth.merchant, SiteId("")) as turn:
            return await turn.counter_rises(card, counter, auth.site)

    async def was_new(self, auth: Auth, card: bytes, counter: int, late: SunLate, now_ms: int) -> bool:
        """Of a URL that was taken while this site was apart. One that was not is for a person to look at."""
        async with self._store.turn(auth.merchant, auth.site) as turn:
            seen = CounterSeen(site=auth.site, report=late.report)
            before = await turn.counter_late(card, counter, seen)
            if before is None or before.report == late.report:
                return True
            if late.asked and before == CounterSeen(site=auth.site):
                return True  # Our answer did not come to it in time.
            why = f"taken there while it was apart, and presented at {before.site} too: one is a copy"
            subject = f"{card.hex()}@{counter}"
            await turn.open_exception(ExceptionKind.REPLAYED, subject, why, now_ms)
            return False


class Unreadable(Exception):
    """What was sealed is not to us, or is no question of ours."""


class _State(Value, frozen=True, array_like=True):
    """What was said to the card, until its answer comes."""

    card: str
    """UID in hex, or the card's number."""
    rnd_a: bytes
    rnd_b: bytes
    """Of a CPU card the challenge, and nothing."""
    until_ms: int


_state = msgspec.msgpack.Decoder(_State)


class CardAuth:
    def __init__(  # noqa: PLR0913  all that it judges by
        self,
        masters: Masters,
        own: OwnKey,
        boxes: Boxes,
        *,
        clock: Clock,
        random: Callable[[int], bytes],
        counters: Counters,
    ) -> None:
        self._masters = masters
        self._own = own
        self._boxes = boxes
        self._clock = clock
        self._random = random
        self._counters = counters

    async def answer(self, auth: Auth) -> Authed:
        """Empty for a machine that no box can be sealed to. Raises Unreadable."""
        about = auth_about(auth.site)
        try:
            question = _question.decode(self._own.opened(auth.sealed, about))
        except (BoxSpoilt, *UNREADABLE) as fault:
            raise Unreadable(type(fault).__name__) from fault
        word = await self._word(auth, question)
        public = await self._boxes.key_of(auth.merchant, auth.site, auth.instance)
        if public is None:
            return Authed(sealed=b"")
        return Authed(sealed=self._boxes.sealed(public, msgspec.json.encode(word), about))

    async def _word(self, auth: Auth, question: Question) -> Word:
        match question:
            case Begin():
                return self._began(auth, question)
            case BeginCpu():
                return self._began_cpu(auth, question)
            case Sun() | SunLate():
                return await self._read(auth, question)
            case Finish():
                return self._judged(auth, question)

    def _began(self, auth: Auth, begin: Begin) -> Word:
        """What to say to its challenge; and sealed, what must be known of that later."""
        master = self._masters.get(auth.merchant, MasterUse.DESFIRE, begin.application)
        if master is None:
            return _UNKNOWN
        key = master.of(bytes.fromhex(begin.card))
        rnd_a, rnd_b = self._random(BLOCK_BYTES), decrypted(key, begin.said)
        say = encrypted(key, rnd_a + rnd_b[1:] + rnd_b[:1])
        return Word(verdict=Verdict.SAY, say=say, state=self._kept(auth, master, begin.card, rnd_a, rnd_b))

    def _began_cpu(self, auth: Auth, begin: BeginCpu) -> Word:
        master = self._masters.get(auth.merchant, MasterUse.CPU, begin.application)
        if master is None or master.of_number(begin.number) is None:
            return _UNKNOWN
        challenge = self._random(CPU_BYTES)
        state = self._kept(auth, master, begin.number, challenge, b"")
        return Word(verdict=Verdict.SAY, say=challenge, state=state)

    async def _read(self, auth: Auth, sun: Sun | SunLate) -> Word:
        meta = self._masters.get(auth.merchant, MasterUse.SUN_META)
        master = self._masters.get(auth.merchant, MasterUse.SUN)
        if meta is None or master is None:
            return _UNKNOWN
        proof = Proof(picc=sun.picc, mac=sun.mac, over=sun.over)
        try:
            uid, counter = opened(proof, meta.key)
        except CardNotGenuine:
            return _UNKNOWN  # Another issuer's: nobody here can say.
        card = uid.hex().upper()
        try:
            check(proof, master.of(uid), uid, counter)
        except CardNotGenuine:
            return _FALSE
        if sun.card not in {"", card}:
            return _FALSE
        token = hmac.digest(master.derived(b"card-terminal sun counter 1\n"), uid, "sha256")[:_TOKEN_BYTES]
        if isinstance(sun, SunLate):
            new = await self._counters.was_new(auth, token, counter, sun, self._clock.wall_ms())
        else:
            new = await self._counters.rises(auth, token, counter)
        return Word(verdict=Verdict.GENUINE, card=card) if new else _REPLAYED

    def _judged(self, auth: Auth, finish: Finish) -> Word:
        master = self._masters.marked(auth.merchant, finish.state[:MARK_BYTES])
        state = self._remembered(auth, master, finish.state) if master else None
        if master is None or state is None or self._clock.wall_ms() > state.until_ms:
            return _UNKNOWN
        if master.use is MasterUse.CPU:
            return self._judged_cpu(master, state, finish.said)
        if len(finish.said) != 2 * BLOCK_BYTES:
            return _FALSE
        key = master.of(bytes.fromhex(state.card))
        clear = decrypted(key, finish.said)
        back = clear[_TI_BYTES : _TI_BYTES + BLOCK_BYTES]
        if not hmac.compare_digest(back, state.rnd_a[1:] + state.rnd_a[:1]):
            return _FALSE
        enc, mac = session_keys(key, state.rnd_a, state.rnd_b)
        return Word(verdict=Verdict.GENUINE, ti=clear[:_TI_BYTES], enc=enc, mac=mac)

    def _judged_cpu(self, master: Master, state: _State, said: bytes) -> Word:
        key = master.of_number(state.card)
        if key is None or not hmac.compare_digest(said, encrypted_3des(key, state.rnd_a)):
            return _FALSE
        return Word(verdict=Verdict.GENUINE)

    def _kept(self, auth: Auth, master: Master, card: str, rnd_a: bytes, rnd_b: bytes) -> bytes:
        from cryptography.hazmat.primitives.ciphers.aead import AESGCM  # noqa: PLC0415

        state = _State(card, rnd_a, rnd_b, self._clock.wall_ms() + STATE_MS)
        nonce = self._random(_NONCE_BYTES)
        cipher = AESGCM(master.derived(_ABOUT_STATE))
        sealed = cipher.encrypt(nonce, msgspec.msgpack.encode(state), _bound(auth, master))
        return master.mark + nonce + sealed

    def _remembered(self, auth: Auth, master: Master, kept: bytes) -> _State | None:
        from cryptography.exceptions import InvalidTag  # noqa: PLC0415
        from cryptography.hazmat.primitives.ciphers.aead import AESGCM  # noqa: PLC0415

        rest = kept[MARK_BYTES:]
        try:
            cipher = AESGCM(master.derived(_ABOUT_STATE))
            clear = cipher.decrypt(rest[:_NONCE_BYTES], rest[_NONCE_BYTES:], _bound(auth, master))
            return _state.decode(clear)
        except (InvalidTag, ValueError):
            return None


_ABOUT_STATE = b"card-terminal auth state 1\n"


def _bound(auth: Auth, master: Master) -> bytes:
    """The state is of this machine and master, and of no other."""
    return f"{master.mark.hex()}\n{auth.merchant}\n{auth.site}\n{auth.instance}".encode()
