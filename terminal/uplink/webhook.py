"""Webhook mode: each entry to an HTTPS endpoint of the shop's own cloud, in order, at least once, signed.

The endpoint takes an entry with any 2xx answer. An answer that is about the endpoint or about us (`_DOWN`,
`_ADDRESS`, no connection) is no entry's fault: the entry is sent again for ever, and what follows waits. Any
other, and silence or a cut connection, is about the entry where the endpoint still takes the last one that it
took before, sent to it once more under its old key: such an entry is put into quarantine, where people see it
with what was answered, and the next ones go on. A 4xx says so at once, a fault (500) or silence must come
again and again for a while.

What is in quarantine is tried again after every start and once an hour, until it is taken or a person gives
it up; it is never dropped from the journal. See docs/webhook.md.
"""

from __future__ import annotations

import asyncio
import hmac
import logging
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from hashlib import sha256
from typing import NoReturn

import msgspec
from msgspec import Struct

from terminal.core.entry import Link
from terminal.core.hook import Held, HookLedger
from terminal.core.ports import Clock, Outbox
from terminal.core.wire.link import LinkCondition, LinkState, LinkTrouble
from terminal.runtime.steps import reached
from terminal.uplink.backoff import Backoff
from terminal.uplink.courier import Unreachable
from terminal.uplink.posting import NO_ANSWER, Answer, Post, Unanswered
from terminal.uplink.settings import Hook, Invoices

log = logging.getLogger(__name__)

TRIES = 5
"""That fail on one entry, and for the time that is set, before it may be the entry's fault."""
UNPROVEN_MAX = 3
"""Entries put aside where the other side has taken none yet by which it could be tried."""
UNHEARD_MAX = 3
"""Of what is in quarantine, one after the other, that get no answer: then it is not they any more."""
_AGAIN_MS = 3_600_000
_AHEAD = 100
_DOWN = frozenset({408, 425, 429, 502, 503, 504})
_ADDRESS = frozenset({*range(300, 400), 401, 403, 404, 405, 407})
"""A wrong secret or address would else put the whole journal aside, entry by entry, and out of its order."""
_FAULTS = 500
_SECRET_BYTES_MIN = 32


def signature(secret: bytes, timestamp: int, body: bytes) -> str:
    """`CT-Signature`: HMAC-SHA-256 (RFC 2104) over the timestamp's digits, a full stop and the body."""
    return "v1=" + hmac.digest(secret, f"{timestamp}.".encode() + body, sha256).hex()


class _Failing(Struct):
    """The entry that the other side fails on."""

    seq: int
    since_ms: int
    tries: int = 0


class Webhook:
    """Give it to a supervisor: `run` never returns."""

    def __init__(  # noqa: PLR0913  what it needs of the outside, each by its name
        self,
        outbox: Outbox,
        ledger: HookLedger,
        post: Post,
        *,
        secret: bytes,
        backoff: Backoff,
        clock: Clock,
        heartbeat_s: float,
        fault_s: float,
        on_state: Callable[[LinkState, tuple[Held, ...]], None],
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        """`on_state(state, held)`: how it goes, and what is in quarantine."""
        self._outbox = outbox
        self._ledger = ledger
        self._post = post
        self._secret = secret
        self._backoff = backoff
        self._clock = clock
        self._heartbeat_s = heartbeat_s
        self._fault_ms = fault_s * 1000
        self._on_state = on_state
        self._sleep = sleep
        self._tried_ms: int | None = None
        self._turn = 0
        """Of what is in quarantine, the last one that was tried: the next time begins behind it."""
        self._failing: _Failing | None = None
        self._stuck: Held | None = None
        """What everything waits behind, although the other side answers."""

    async def run(self) -> NoReturn:
        try:
            while True:
                try:
                    await self._forward()
                except Unreachable as fault:
                    await self._tell(LinkCondition.OFFLINE, str(fault), fault.trouble)
                    await self._sleep(self._backoff.next_s())
        finally:
            await self._post.close()

    async def again(self) -> int:
        """Sends what is in quarantine once more, each alone; how much of it was taken.

        One that the other side falls silent over keeps none behind it. Raises Unreachable: it answers none.
        """
        taken = unheard = 0
        heard, away = False, None
        for seq in self._in_turn(await self._ledger.held()):
            self._turn = seq
            (link,) = await self._outbox.after(seq - 1, 1)
            try:
                answer = await self._send(link)
            except Unreachable as fault:
                away, unheard = fault, unheard + 1
                if unheard == UNHEARD_MAX:
                    break
                continue
            heard, unheard = True, 0
            if answer.taken:
                await self._ledger.let_go(seq)
                taken += 1
                log.warning("webhook: entry %d was taken out of quarantine", seq)
        if away is not None and not heard:
            raise away
        return taken

    def _in_turn(self, held: Sequence[Held]) -> list[int]:
        seqs = [one.seq for one in held]
        behind = [seq for seq in seqs if seq > self._turn]
        return behind + seqs[: len(seqs) - len(behind)]

    async def give_up(self, seq: int, *, by: str) -> bool:
        """`by`: the person who decides. False: that entry is not held, and nothing waits behind it."""
        if self._stuck is not None and self._stuck.seq == seq:
            await self._ledger.hold(self._stuck)
            await self._ledger.hook(seq)
            self._stuck = None
        done = await self._ledger.give_up(seq, by=by, at_ms=self._clock.wall_ms())
        if done:
            log.warning("webhook: entry %d is given up", seq)
        return done

    async def _forward(self) -> None:
        """Until nothing was booked for a heartbeat."""
        while True:
            await self._hourly()  # Also where something is sold before each heartbeat is over.
            sent = await self._ledger.hooked()
            links = await self._outbox.after(sent, _AHEAD)
            for link in links:
                await self._one(link)
            if links:
                await self._ledger.hook(links[-1].seq)
                continue
            await self._tell(LinkCondition.ONLINE)
            try:
                async with asyncio.timeout(self._heartbeat_s):
                    await self._outbox.grown(sent)
            except TimeoutError:
                return

    async def _one(self, link: Link) -> None:
        """Taken, or in quarantine. Raises Unreachable: what was taken before it is written down."""
        self._stuck = None
        try:
            answer = await self._heard(link)
            if not answer.taken:
                blame = self._blame_for_silence if answer.status == NO_ANSWER else self._blame
                await blame(link, answer)
                answer = await self._heard(link)  # It may have been mended between the two.
        except Unreachable:
            await self._ledger.hook(link.seq - 1)
            raise
        self._failing = None
        self._backoff.reset()
        if not answer.taken:
            log.error("webhook: entry %d goes into quarantine: status %d", link.seq, answer.status)
            await self._ledger.hold(self._held(link, answer))
            await self._tell(LinkCondition.ONLINE)

    async def _heard(self, link: Link) -> Answer:
        """Silence is an answer too. Raises Unreachable for what is no entry's fault."""
        try:
            return await self._send(link)
        except Unanswered as fault:
            return Answer(NO_ANSWER, str(fault))

    async def _blame(self, link: Link, answer: Answer) -> None:
        """Returns where it is that entry's fault. Raises Unreachable where nobody can say so."""
        fault = answer.status >= _FAULTS
        if (fault and not self._lasts(link.seq)) or not await self._takes_others(link):
            self._stuck = self._held(link, answer)
            trouble = LinkTrouble.FAILING if fault else LinkTrouble.REFUSED
            raise Unreachable(f"entry {link.seq}: {answer}", trouble)

    async def _blame_for_silence(self, link: Link, answer: Answer) -> None:
        """Where it answers to no other entry either, it is down; one that took none has some put aside."""
        if not self._lasts(link.seq):
            raise Unreachable(f"entry {link.seq}: {answer}")
        if not await self._takes_others(link):
            raise Unreachable(f"entry {link.seq}: {answer}", LinkTrouble.FAILING)

    def _lasts(self, seq: int) -> bool:
        """Whether a fault came often enough, and for long enough, on one entry."""
        now = self._clock.mono_ms()
        if self._failing is None or self._failing.seq != seq:
            self._failing = _Failing(seq, now)
        self._failing.tries += 1
        return self._failing.tries >= TRIES and now - self._failing.since_ms >= self._fault_ms

    async def _takes_others(self, link: Link) -> bool:
        """Whether it still takes the last one that it took; where there is none, some are put aside unproven.

        Under its old key that is no second effect there. Raises Unreachable: it does not answer any more.
        """
        before = await self._ledger.taken_before(link.seq)
        if not before:
            if link.seq > UNPROVEN_MAX:
                self._tried_ms = None  # Once it takes any, those that were put aside go first.
            return link.seq <= UNPROVEN_MAX
        (witness,) = await self._outbox.after(before - 1, 1)
        return (await self._send(witness)).taken

    def _held(self, link: Link, answer: Answer) -> Held:
        return Held(seq=link.seq, why=str(answer), since_ms=self._clock.wall_ms())

    async def _send(self, link: Link) -> Answer:
        """Raises Unreachable for what is no entry's fault."""
        timestamp = self._clock.wall_ms() // 1000
        headers = {
            "Content-Type": "application/json",
            "Idempotency-Key": key_of(link.body),
            "CT-Seq": str(link.seq),
            "CT-Hash": link.hash.hex(),
            "CT-Timestamp": str(timestamp),
            "CT-Signature": signature(self._secret, timestamp, link.body),
        }
        answer = await self._post(link.body, headers)
        reached("webhook.sent")
        if answer.status in _DOWN | _ADDRESS:
            trouble = LinkTrouble.REFUSED if answer.status in _ADDRESS else LinkTrouble.FAILING
            raise Unreachable(str(answer), trouble)
        return answer

    async def _hourly(self) -> None:
        """What is in quarantine: somebody may have mended the other side."""
        now = self._clock.mono_ms()
        if self._tried_ms is not None and now - self._tried_ms < _AGAIN_MS:
            return
        self._tried_ms = now
        with suppress(Unreachable):  # The next entry in turn meets that too, and says so.
            await self.again()

    async def _tell(
        self, condition: LinkCondition, why: str = "", trouble: LinkTrouble | None = None
    ) -> None:
        state = LinkState(condition=condition, why=why, trouble=trouble)
        self._on_state(state, tuple(await self._ledger.held()))


def secret_of(settings: Hook | Invoices) -> bytes:
    """Raises ValueError or OSError where it is none."""
    if settings.secret_file is None:
        raise ValueError("its secret_file is not set")
    secret = settings.secret_file.read_bytes().strip()
    if len(secret) < _SECRET_BYTES_MIN:
        raise ValueError(f"{settings.secret_file}: less than {_SECRET_BYTES_MIN} bytes")
    return secret


class _Named(Struct, frozen=True):
    id: str


_named = msgspec.json.Decoder(_Named)


def key_of(body: bytes) -> str:
    """`Idempotency-Key`: the entry's id. The same id is one effect, however often it comes."""
    return _named.decode(body).id
