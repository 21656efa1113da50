"""One loop that drains the journal to headquarters: HELLO, then PUSH after PUSH, for ever.

There is no second table of what is to be sent: what lies beyond the acknowledged seq is. Whatever goes
wrong on the way (no network, 500, garbage, an answer lost after the commit) the loop says HELLO again,
learns where headquarters stands, and goes on from there with the same bytes. So nothing is lost, and
headquarters recognises by hash what it has already.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Sequence
from typing import NoReturn

import msgspec
from msgspec.structs import replace

from terminal.core.entry import Link
from terminal.core.errors import LedgerDamaged
from terminal.core.ports import Clock, Outbox
from terminal.core.site import SiteLedger
from terminal.core.wire.journal import (
    HELLO_PATH,
    PUSH_BYTES_MAX,
    PUSH_PATH,
    Again,
    Answer,
    Fork,
    Gap,
    Hello,
    Push,
    Welcome,
)
from terminal.core.wire.link import LinkCondition, LinkState, LinkTrouble
from terminal.runtime.steps import reached
from terminal.uplink.backoff import Backoff
from terminal.uplink.courier import Unreachable
from terminal.uplink.healing import Healer
from terminal.uplink.settings import Settings
from terminal.uplink.talk import NotTheSite, Talk, fresh_word

log = logging.getLogger(__name__)

_AHEAD = 8
"""Batches read at once."""
_DRIFT_STEP_MS = 1_000
"""Less than this is the way there and back, not the clock."""

_welcome = msgspec.json.Decoder(Welcome)
_answer = msgspec.json.Decoder(Answer)


def told_nobody(_drift_ms: int, _took_ms: int) -> None:
    pass


def _nothing() -> None:
    pass


class Forwarder:
    """Give it to a supervisor: `run` never returns."""

    def __init__(  # noqa: PLR0913  what it needs of the outside, each by its name
        self,
        outbox: Outbox,
        ledger: SiteLedger,
        talk: Talk,
        settings: Settings,
        *,
        random: Callable[[int], bytes],
        clock: Clock,
        on_state: Callable[[LinkState], None],
        on_drift: Callable[[int, int], None] = told_nobody,
        before_push: Callable[[], Awaitable[None]] | None = None,
        on_healed: Callable[[], None] = _nothing,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        """`random(n)` gives n random bytes; `on_state` is called on the event loop when the state changes.

        `on_drift(ms, took_ms)`: our clock less headquarters', as a signed HELLO has just said, and how long
        that took. `before_push`: what should go along with the next PUSH is booked. `on_healed`: another file
        is the ledger now.
        """
        self._outbox = outbox
        self._ledger = ledger
        self._talk = talk
        self._random = random
        self._settings = settings
        self._backoff = Backoff(random, longest_s=settings.retry_s_max)
        self._healer = Healer(ledger, talk)
        self._on_state = on_state
        self._on_drift = on_drift
        self._before_push = before_push
        self._on_healed = on_healed
        self._sleep = sleep
        self._state: LinkState | None = None
        self._clock = clock
        self._drift_ms: int | None = None
        self._ahead: Sequence[Link] = ()
        self._pushed_under = 0
        """The hq_epoch of the last PUSH that was taken, since this start.

        A restored headquarters moves nothing until all have pushed under its new one, with or without news.
        """
        self.greeted = asyncio.Event()
        """Set while headquarters may be asked other things: it knows us, and the chains agree."""

    async def run(self) -> NoReturn:
        """Forwards until cancelled. Only faults of our own ledger end it."""
        if (halt := self._halt()) is not None:
            self._show(halt)
        try:
            while True:
                try:
                    await self._session()
                except NotTheSite as refusal:
                    await self._refused(str(refusal))
                except LedgerDamaged as fault:
                    self._show(LinkCondition.FORK, f"cannot be healed yet: {fault}")
                    await self._sleep(self._settings.heartbeat_s)
                except Unreachable as fault:
                    self._show(LinkCondition.OFFLINE, str(fault), fault.trouble)
                    await self._sleep(self._backoff.next_s())
        finally:
            self.greeted.clear()
            await self._talk.close()

    async def _session(self) -> None:
        """From HELLO until nothing was booked for a heartbeat."""
        welcome = await self._greeted()
        if self._ledger.standing().asked:
            self._show(LinkCondition.FORK, f"headquarters asks for epoch {welcome.epoch}")
            self._ahead = ()
            await self._healer.heal()
            self._on_healed()
            return
        start, judged = await self._compared(welcome)
        nonce = welcome.nonce
        self.greeted.set()
        while True:
            if self._before_push is not None:
                await self._before_push()
            links = _within_bytes(await self._next(start))
            if judged and not links:
                self._show(LinkCondition.ONLINE)
                self._backoff.reset()
                if self._pushed_under == welcome.hq_epoch:
                    if not await self._grown(start):
                        return
                    continue
            pushed = await self._pushed(start, nonce, links)
            if pushed is None:
                return
            start, nonce = pushed
            judged = True

    async def _greeted(self) -> Welcome:
        asked_ms = self._clock.wall_ms()
        who = self._talk.who
        shown = self._ledger.standing()
        kept = shown.acked_mark, shown.fed_mark, shown.edits_mark
        marks = tuple(mark for mark in kept if mark)
        fresh = fresh_word(self._random)
        hello = Hello(merchant=who.merchant, site=who.site, instance=who.instance, marks=marks, fresh=fresh)
        welcome = await self._talk.ask(HELLO_PATH, hello, _welcome)
        self._compare_clocks(asked_ms, welcome.hq_time)
        known = self._ledger.standing()
        if welcome.hq_epoch < known.hq_epoch:
            why = f"headquarters of epoch {welcome.hq_epoch} answered, {known.hq_epoch} is known"
            raise Unreachable(why, LinkTrouble.UNREADABLE)
        if welcome.instance != who.instance:
            raise NotTheSite("headquarters names another instance", LinkTrouble.REFUSED)
        asked = welcome.epoch if welcome.epoch > known.epoch else 0
        if welcome.hq_epoch > known.hq_epoch:
            await self._outbox.begins_anew(welcome.acked, welcome.mark)
        now = replace(known, hq_epoch=welcome.hq_epoch, asked=asked, refused=False)
        if now != known:
            await self._ledger.stands(now)
        if not asked:
            await self._healer.forget()
        return welcome

    async def _refused(self, why: str) -> None:
        """Nothing is sold here until headquarters takes this machine again; it keeps saying HELLO."""
        self.greeted.clear()
        standing = self._ledger.standing()
        if not standing.refused:
            await self._ledger.stands(replace(standing, refused=True))
        self._show(LinkCondition.REFUSED, why)
        await self._sleep(self._settings.heartbeat_s)

    def _compare_clocks(self, asked_ms: int, theirs_ms: int) -> None:
        """Whoever is told may set our clock by it: what is shown is how far it is off then."""
        heard_ms = self._clock.wall_ms()
        drift_ms = (asked_ms + heard_ms) // 2 - theirs_ms
        self._on_drift(drift_ms, abs(heard_ms - asked_ms))
        drift_ms += self._clock.wall_ms() - heard_ms
        if self._drift_ms is None or abs(drift_ms - self._drift_ms) >= _DRIFT_STEP_MS:
            self._drift_ms = drift_ms

    async def _compared(self, welcome: Welcome) -> tuple[int, bool]:
        """Where to send from, and whether the chains agree up to there.

        Where they do not, a PUSH has to say so even when it brings nothing: headquarters judges forks.
        """
        head, _ = await self._outbox.head()
        start = min(welcome.acked, head)
        if (told := await self._outbox.acked()) > welcome.acked:
            raise Unreachable(_copy(welcome.acked, told), LinkTrouble.RESTORED)
        if start < welcome.acked or (await self._outbox.hash_at(start)).hex() != welcome.head:
            return start, False
        if start != await self._outbox.acked():  # An answer was lost after the commit there.
            await self._outbox.acknowledge(start, welcome.mark)
        return start, True

    async def _next(self, start: int) -> Sequence[Link]:
        """What follows, in one batch. Some batches are read ahead: a way to the reading thread costs time."""
        count, ahead = self._settings.batch, self._ahead
        place = start + 1 - ahead[0].seq if ahead else -1
        if not 0 <= place < len(ahead):
            ahead = self._ahead = await self._outbox.after(start, _AHEAD * count)
            place = 0
        return ahead[place : place + count]

    async def _hash_at(self, seq: int) -> bytes:
        """Where a batch begins is nearly always where the one before it ended."""
        place = seq - self._ahead[0].seq if self._ahead else -1
        if 0 <= place < len(self._ahead):
            return self._ahead[place].hash
        return await self._outbox.hash_at(seq)

    async def _pushed(self, start: int, nonce: str, links: Sequence[Link]) -> tuple[int, str] | None:
        """Sends one batch; where to go on from, and the nonce for it. None: the chains differ."""
        push = await self._batch(start, nonce, links)
        reached("uplink.before_send")
        answer = await self._talk.ask(PUSH_PATH, push, _answer)
        reached("uplink.sent")
        if isinstance(answer, Again):
            raise Unreachable("headquarters wants HELLO first")
        if answer.hq_epoch != push.hq_epoch or (answer.epoch > push.epoch) != isinstance(answer, Fork):
            why = f"an answer of epochs {answer.hq_epoch}, {answer.epoch} to {push.epoch}"
            raise Unreachable(why, LinkTrouble.UNREADABLE)
        if isinstance(answer, Fork):
            self.greeted.clear()
            await self._ledger.stands(replace(self._ledger.standing(), asked=answer.epoch))
            why = f"headquarters holds more than or other than this ledger, epoch {answer.epoch}"
            self._show(LinkCondition.FORK, why)
            return None
        if isinstance(answer, Gap):
            raise Unreachable(_copy(answer.acked, start), LinkTrouble.RESTORED)
        if not start + len(links) <= answer.acked <= push.head_seq:
            why = f"{answer.acked} was acknowledged, {start + len(links)} of {push.head_seq} was sent"
            raise Unreachable(why, LinkTrouble.UNREADABLE)
        self._pushed_under = answer.hq_epoch
        reached("uplink.before_ack")
        if answer.acked > start:  # Nothing, where it only said under which hq_epoch it stands.
            await self._outbox.acknowledge(answer.acked, answer.mark)
        self._backoff.reset()
        self._show(LinkCondition.ONLINE)
        return answer.acked, answer.nonce

    async def _batch(self, start: int, nonce: str, links: Sequence[Link]) -> Push:
        before = await self._hash_at(start)
        head_seq, head_hash = await self._outbox.head()  # Asked after `links` were: never behind them.
        who = self._talk.who
        return Push(
            merchant=who.merchant,
            site=who.site,
            instance=who.instance,
            hq_epoch=self._talk.hq_epoch,
            epoch=await self._outbox.epoch(),
            nonce=nonce,
            start=start,
            before=before.hex(),
            bodies=tuple([link.body for link in links]),
            after=(links[-1].hash if links else before).hex(),
            head_seq=head_seq,
            head_hash=head_hash.hex(),
            mark=self._ledger.standing().fed_mark,
        )

    async def _grown(self, beyond: int) -> bool:
        """False when nothing was booked for a heartbeat."""
        try:
            async with asyncio.timeout(self._settings.heartbeat_s):
                await self._outbox.grown(beyond)
        except TimeoutError:
            return False
        return True

    def _halt(self) -> LinkCondition | None:
        """What stops selling, online or not."""
        standing = self._ledger.standing()
        if standing.refused:
            return LinkCondition.REFUSED
        return LinkCondition.FORK if standing.asked else None

    def _show(self, condition: LinkCondition, why: str = "", trouble: LinkTrouble | None = None) -> None:
        condition = self._halt() or condition
        if condition is not LinkCondition.ONLINE:
            self.greeted.clear()
        state = LinkState(condition=condition, why=why, trouble=trouble, drift_ms=self._drift_ms)
        before = self._state
        if state == before:
            return
        if before is None or (before.condition, before.why) != (condition, why):
            log.log(logging.INFO if state.online else logging.WARNING, "link %s %s", condition, why)
        self._state = state
        self._on_state(state)


def _copy(acked: int, told: int) -> str:
    return f"headquarters holds {acked} and said {told} before: it came back from an older copy"


def _within_bytes(links: Sequence[Link]) -> Sequence[Link]:
    """As many as fit one request; one always does."""
    if sum([len(link.body) for link in links]) <= PUSH_BYTES_MAX:
        return links
    size = 0
    for count, link in enumerate(links):
        size += len(link.body)
        if count and size > PUSH_BYTES_MAX:
            return links[:count]
    return links
