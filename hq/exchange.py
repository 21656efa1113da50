"""HELLO and PUSH: what headquarters answers a site. The rules only; a `Store` makes them durable."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from msgspec.structs import replace

from hq.ports import Claim, ExceptionKind, SiteRow, Store, Taken, Turn
from hq.reading import read
from terminal.core.entry import GENESIS
from terminal.core.ports import Clock
from terminal.core.wire.journal import Ack, Again, Answer, Fork, Gap, Hello, Push, Welcome, chain_over
from terminal.core.wire.problem import ProblemCode
from terminal.runtime.steps import reached


class RequestRefused(Exception):
    """The request cannot be answered; nothing was taken."""

    def __init__(self, code: ProblemCode, why: str) -> None:
        super().__init__(why)
        self.code = code


class Exchange:
    """One headquarters, as many sites as call. Holds nothing between calls but its own epoch."""

    def __init__(self, store: Store, clock: Clock, *, hq_epoch: int, new_nonce: Callable[[], str]) -> None:
        self._store = store
        self._clock = clock
        self._hq_epoch = hq_epoch
        self._new_nonce = new_nonce

    async def hello(self, hello: Hello) -> Welcome:
        """Where we stand, and the nonce for the next PUSH; every earlier nonce is void from here on.

        Raises:
            RequestRefused: another instance holds this site.
        """
        async with self._store.turn(hello.merchant, hello.site) as turn:
            site = await turn.enrolled(hello.instance)
            _must_be(site, hello.instance)
            site = replace(
                site, nonce=self._new_nonce(), hq_epoch=self._hq_epoch, seen_ms=self._clock.wall_ms()
            )
            await turn.save(site)
        return Welcome(
            hq_epoch=self._hq_epoch,
            epoch=site.epoch,
            instance=site.instance,
            instance_no=site.instance_no,
            nonce=site.nonce,
            acked=site.acked,
            head=site.head.hex(),
            hq_time=self._clock.wall_ms(),
        )

    async def push(self, push: Push) -> Answer:
        """Takes what is new, once; the answer is said after COMMIT.

        Raises:
            RequestRefused: the bodies are not what the request says, or another instance holds the site.
        """
        hashes = _checked(push)
        async with self._store.turn(push.merchant, push.site) as turn:
            answer = await self._judged(turn, push, hashes)
            reached("hq.before_commit")
        reached("hq.committed")
        return answer

    async def _judged(self, turn: Turn, push: Push, hashes: list[bytes]) -> Answer:
        site = await turn.site()
        if site is None:
            return Again(hq_epoch=self._hq_epoch)
        _must_be(site, push.instance)
        if push.hq_epoch != self._hq_epoch or not site.nonce or push.nonce != site.nonce:
            return Again(hq_epoch=self._hq_epoch)
        site = replace(site, nonce="", said=push.head_seq, seen_ms=self._clock.wall_ms())
        if push.epoch < site.epoch:  # The fork is known and its exception open: it only waits to be healed.
            await turn.save(site)
            return Fork(hq_epoch=self._hq_epoch, epoch=site.epoch)
        if push.start > site.acked:
            site = replace(site, nonce=self._new_nonce())
            await turn.save(site)
            return Gap(hq_epoch=self._hq_epoch, epoch=site.epoch, acked=site.acked, nonce=site.nonce)
        if not await _fits(turn, site, push, hashes):
            return await self._forked(turn, site, push)
        return await self._extended(turn, site, push, hashes)

    async def _forked(self, turn: Turn, site: SiteRow, push: Push) -> Fork:
        epoch = max(site.epoch, push.epoch) + 1
        why = f"headquarters holds {site.acked}, the site says {push.head_seq} in epoch {push.epoch}"
        await turn.open_exception(ExceptionKind.FORK, str(epoch), why)
        await turn.save(replace(site, epoch=epoch))
        return Fork(hq_epoch=self._hq_epoch, epoch=epoch)

    async def _extended(self, turn: Turn, site: SiteRow, push: Push, hashes: list[bytes]) -> Ack:
        held = site.acked - push.start
        new = [
            read(push.site, push.epoch, push.start + place + 1, hashes[place], push.bodies[place])
            for place in range(held, len(push.bodies))
        ]
        if new:
            await turn.append(_once(new, await turn.claim([entry for entry in new if entry.id])))
            site = replace(site, acked=new[-1].seq, head=new[-1].hash)
        site = replace(site, epoch=push.epoch, nonce=self._new_nonce())
        await turn.save(site)
        return Ack(hq_epoch=self._hq_epoch, epoch=site.epoch, acked=site.acked, nonce=site.nonce)


def _must_be(site: SiteRow, instance: str) -> None:
    if site.instance != instance:
        raise RequestRefused(
            ProblemCode.INSTANCE, "another machine speaks for this site; a person must decide"
        )


def _checked(push: Push) -> list[bytes]:
    """The hash after each body; refuses what contradicts itself before any row is locked."""
    hashes = chain_over(bytes.fromhex(push.before), push.bodies)
    after = hashes[-1].hex() if hashes else push.before
    end = push.start + len(push.bodies)
    if after != push.after:
        raise RequestRefused(ProblemCode.SPOILT, f"the bodies after {push.start} do not hash to `after`")
    if push.head_seq < end or (push.head_seq == end and push.head_hash != after):
        raise RequestRefused(
            ProblemCode.MALFORMED, f"`head` {push.head_seq} contradicts the batch up to {end}"
        )
    return hashes


async def _fits(turn: Turn, site: SiteRow, push: Push, hashes: list[bytes]) -> bool:
    """Whether the site's chain is ours, or ours and more."""
    if push.head_seq < site.acked:
        return False
    if push.head_seq == site.acked and push.head_hash != site.head.hex():
        return False
    theirs = [bytes.fromhex(push.before), *hashes][: site.acked - push.start + 1]
    first = max(push.start, 1)  # Before the first entry lies the hash that everybody knows.
    ours = await turn.hashes(first, push.start + len(theirs) - 1)
    if push.start == 0:
        ours = [GENESIS, *ours]
    return list(ours) == theirs


def _once(entries: list[Taken], claimed_before: Mapping[int, Claim]) -> list[Taken]:
    """One id is one effect: an entry whose id was taken before is kept, and posts nothing."""
    return [
        replace(entry, fault=_repeats(entry, claimed_before[entry.seq]))
        if entry.seq in claimed_before
        else entry
        for entry in entries
    ]


def _repeats(entry: Taken, first: Claim) -> str:
    what = "the same" if entry.command == first.command else "another"
    return f"its id was booked before with {what} command: {first.site} {first.seq}"
