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
from typing import NoReturn, TypeVar

import msgspec

from terminal.core.entry import Link
from terminal.core.ports import Clock, Outbox
from terminal.core.values import SiteId
from terminal.core.wire.forms import UNREADABLE
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
from terminal.core.wire.problem import Problem, ProblemCode
from terminal.runtime.steps import reached
from terminal.uplink.backoff import Backoff
from terminal.uplink.courier import Courier, Unreachable
from terminal.uplink.settings import Settings

log = logging.getLogger(__name__)

_OK = 200
_FAULTS = 500
"""From this status on it is the server's own fault."""
_DRIFT_STEP_MS = 1_000
"""Less than this is the way there and back, not the clock."""
_Told = TypeVar("_Told")

_welcome = msgspec.json.Decoder(Welcome)
_answer = msgspec.json.Decoder(Answer)
_CODES = frozenset(ProblemCode)
_problem = msgspec.json.Decoder(Problem)


class _Forked(Exception):
    """The chains differ. Healing is not forwarding's business; it waits, and says HELLO."""


class Forwarder:
    """Give it to a supervisor: `run` never returns."""

    def __init__(  # noqa: PLR0913  what it needs of the outside, each by its name
        self,
        outbox: Outbox,
        settings: Settings,
        *,
        merchant: str,
        site: SiteId,
        instance: str,
        random: Callable[[int], bytes],
        clock: Clock,
        on_state: Callable[[LinkState], None],
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
        courier: Courier,
    ) -> None:
        """`random(n)` gives n random bytes; `on_state` is called on the event loop when the state changes."""
        self._outbox = outbox
        self._settings = settings
        self._hello = Hello(merchant=merchant, site=site, instance=instance)
        self._backoff = Backoff(random, longest_s=settings.retry_s_max)
        self._on_state = on_state
        self._sleep = sleep
        self._courier = courier
        self._state: LinkState | None = None
        self._hq_epoch = 0
        self._clock = clock
        self._drift_ms: int | None = None

    async def run(self) -> NoReturn:
        """Forwards until cancelled. Only faults of our own ledger end it."""
        try:
            while True:
                try:
                    await self._session()
                except _Forked as fork:
                    self._show(LinkCondition.FORK, str(fork))
                    await self._sleep(self._settings.heartbeat_s)
                except Unreachable as fault:
                    self._show(LinkCondition.OFFLINE, str(fault), fault.trouble)
                    await self._sleep(self._backoff.next_s())
        finally:
            await self._courier.close()

    async def _session(self) -> None:
        """From HELLO until nothing was booked for a heartbeat."""
        welcome = await self._greeted()
        start, judged = await self._compared(welcome)
        nonce = welcome.nonce
        while True:
            links = _within_bytes(await self._outbox.after(start, self._settings.batch))
            if judged and not links:
                self._show(LinkCondition.ONLINE)
                self._backoff.reset()
                if not await self._grown(start):
                    return
                continue
            start, nonce = await self._pushed(start, nonce, links)
            judged = True

    async def _greeted(self) -> Welcome:
        asked_ms = self._clock.wall_ms()
        welcome = await self._ask(HELLO_PATH, self._hello, _welcome)
        self._compare_clocks((asked_ms + self._clock.wall_ms()) // 2, welcome.hq_time)
        if welcome.hq_epoch < self._hq_epoch:
            why = f"headquarters of epoch {welcome.hq_epoch} answered, {self._hq_epoch} is known"
            raise Unreachable(why, LinkTrouble.UNREADABLE)
        self._hq_epoch = welcome.hq_epoch
        epoch = await self._outbox.epoch()
        if welcome.epoch > epoch:
            raise _Forked(f"headquarters asks for epoch {welcome.epoch}, the ledger is in {epoch}")
        return welcome

    def _compare_clocks(self, ours_ms: int, theirs_ms: int) -> None:
        drift_ms = ours_ms - theirs_ms
        if self._drift_ms is None or abs(drift_ms - self._drift_ms) >= _DRIFT_STEP_MS:
            self._drift_ms = drift_ms

    async def _compared(self, welcome: Welcome) -> tuple[int, bool]:
        """Where to send from, and whether the chains agree up to there.

        Where they do not, a PUSH has to say so even when it brings nothing: headquarters judges forks.
        """
        head, _ = await self._outbox.head()
        start = min(welcome.acked, head)
        if start < welcome.acked or (await self._outbox.hash_at(start)).hex() != welcome.head:
            return start, False
        if start != await self._outbox.acked():  # An answer was lost after the commit there.
            await self._outbox.acknowledge(start)
        return start, True

    async def _pushed(self, start: int, nonce: str, links: Sequence[Link]) -> tuple[int, str]:
        """Sends one batch; where to go on from, and the nonce for it."""
        push = await self._batch(start, nonce, links)
        reached("uplink.before_send")
        answer = await self._ask(PUSH_PATH, push, _answer)
        reached("uplink.sent")
        if isinstance(answer, Fork):
            raise _Forked(f"headquarters holds more than or other than this ledger, epoch {answer.epoch}")
        if isinstance(answer, Again):
            raise Unreachable("headquarters wants HELLO first")
        if answer.hq_epoch != self._hq_epoch or answer.epoch > push.epoch:
            why = f"an answer of epochs {answer.hq_epoch}, {answer.epoch} to {push.epoch}"
            raise Unreachable(why, LinkTrouble.UNREADABLE)
        if isinstance(answer, Gap):
            return await self._stepped_back(start, answer)
        if not start + len(links) <= answer.acked <= push.head_seq:
            why = f"{answer.acked} was acknowledged, {start + len(links)} of {push.head_seq} was sent"
            raise Unreachable(why, LinkTrouble.UNREADABLE)
        reached("uplink.before_ack")
        await self._outbox.acknowledge(answer.acked)
        self._backoff.reset()
        self._show(LinkCondition.ONLINE)
        return answer.acked, answer.nonce

    async def _stepped_back(self, start: int, gap: Gap) -> tuple[int, str]:
        if gap.acked >= start:
            why = f"headquarters misses what follows {gap.acked}, and {start} was sent"
            raise Unreachable(why, LinkTrouble.UNREADABLE)
        await self._outbox.acknowledge(gap.acked)
        return gap.acked, gap.nonce

    async def _batch(self, start: int, nonce: str, links: Sequence[Link]) -> Push:
        before = await self._outbox.hash_at(start)
        head_seq, head_hash = await self._outbox.head()  # After `links` were read: never behind them.
        return Push(
            merchant=self._hello.merchant,
            site=self._hello.site,
            instance=self._hello.instance,
            hq_epoch=self._hq_epoch,
            epoch=await self._outbox.epoch(),
            nonce=nonce,
            start=start,
            before=before.hex(),
            bodies=tuple(link.body for link in links),
            after=(links[-1].hash if links else before).hex(),
            head_seq=head_seq,
            head_hash=head_hash.hex(),
        )

    async def _ask(self, path: str, question: Hello | Push, answer: msgspec.json.Decoder[_Told]) -> _Told:
        reply = await self._courier.ask(path, msgspec.json.encode(question))
        if reply.status != _OK:
            trouble = LinkTrouble.FAILING if reply.status >= _FAULTS else LinkTrouble.REFUSED
            raise Unreachable(_refusal(reply.status, reply.body), trouble)
        try:
            return answer.decode(reply.body)
        except UNREADABLE as fault:
            why = "what answered is not headquarters, or speaks another version"
            raise Unreachable(why, LinkTrouble.UNREADABLE) from fault

    async def _grown(self, beyond: int) -> bool:
        """False when nothing was booked for a heartbeat."""
        try:
            async with asyncio.timeout(self._settings.heartbeat_s):
                await self._outbox.grown(beyond)
        except TimeoutError:
            return False
        return True

    def _show(self, condition: LinkCondition, why: str = "", trouble: LinkTrouble | None = None) -> None:
        state = LinkState(condition=condition, why=why, trouble=trouble, drift_ms=self._drift_ms)
        before = self._state
        if state == before:
            return
        if before is None or (before.condition, before.why) != (condition, why):
            log.log(logging.INFO if state.online else logging.WARNING, "link %s %s", condition, why)
        self._state = state
        self._on_state(state)


def _within_bytes(links: Sequence[Link]) -> Sequence[Link]:
    """As many as fit one request; one always does."""
    size = 0
    for count, link in enumerate(links):
        size += len(link.body)
        if count and size > PUSH_BYTES_MAX:
            return links[:count]
    return links


def _refusal(status: int, body: bytes) -> str:
    """The code that headquarters gives. Its words stay there: nobody knows what they hold."""
    try:
        problem = _problem.decode(body)
    except UNREADABLE:
        return f"answered {status}"
    return f"answered {status} {problem.code}" if problem.code in _CODES else f"answered {status}"
