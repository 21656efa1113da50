"""The calls of a site, as the protocol names them. The rules only; a `Store` makes them durable."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Callable, Mapping
from contextlib import asynccontextmanager

from msgspec.structs import replace

from hq import asking, forks, people
from hq.bell import Bell
from hq.boxes import Boxes
from hq.ingest import beyond, needs_all, understand
from hq.merging import merge_waiting
from hq.policy import Policy
from hq.ports import Claim, ExceptionKind, PersonRow, SiteRow, Standing, Store, Turn
from hq.reading import read
from hq.rights import settle
from hq.taken import Taken
from hq.work import Rules, Work
from terminal.core.ports import Clock, Ids
from terminal.core.values import SiteId
from terminal.core.wire.forms import FromSite
from terminal.core.wire.journal import (
    Ack,
    Again,
    Answer,
    Fork,
    Gap,
    Hello,
    Pull,
    Pulled,
    Push,
    Welcome,
    chain_over,
)
from terminal.core.wire.people import Profile, Profiled
from terminal.core.wire.problem import ProblemCode
from terminal.core.wire.rights import FEED_MAX, Ask, Asked, AskOutcome, Fed, Feed, Numbered
from terminal.core.wire.sets import Blob
from terminal.runtime.steps import reached


class RequestRefused(Exception):
    """The request cannot be answered; nothing was taken."""

    def __init__(self, code: ProblemCode, why: str) -> None:
        super().__init__(why)
        self.code = code


class Exchange:
    """One headquarters, as many sites as call. Holds nothing between calls that the store does not."""

    def __init__(  # noqa: PLR0913  what it needs of the outside, each by its name
        self,
        store: Store,
        clock: Clock,
        *,
        hq_epoch: int,
        new_nonce: Callable[[], str],
        ids: Ids,
        policy: Policy | None = None,
        boxes: Boxes | None = None,
    ) -> None:
        """`boxes`: without them nobody is told who somebody is."""
        self.store = store
        self.clock = clock
        self.bell = Bell()
        self.rules = Rules(policy=policy or Policy(), hq_epoch=hq_epoch, new_id=ids.new)
        self._hq_epoch = hq_epoch
        self._new_nonce = new_nonce
        self._boxes = boxes
        self._standing: dict[str, Standing] = {}
        """Of merchants that are past their quarantine, which does not come back under this epoch."""
        self._confirmed: set[tuple[str, SiteId]] = set()

    @asynccontextmanager
    async def work(self, merchant: str, site: SiteId, *, alone: bool = False) -> AsyncGenerator[Work, None]:
        """One transaction of the rules; whoever waits for a feed that it wrote hears of it after COMMIT."""
        async with self.store.turn(merchant, site, alone=alone) as turn:
            work = Work(turn, self.rules, await self._stands(turn), self.clock.wall_ms())
            yield work
            await work.finish()
            reached("hq.before_commit")
        reached("hq.committed")
        self.bell.ring(merchant, work.rung)

    async def _stands(self, turn: Turn) -> Standing:
        known = self._standing.get(turn.merchant)
        if known is None:
            known = await turn.standing(self._hq_epoch)
            if not known.restoring and known.sites > 1:
                self._standing[turn.merchant] = known
        return known

    # HELLO

    async def hello(self, hello: Hello) -> Welcome:
        """Where we stand, and the nonce for the next PUSH; every earlier nonce is void from here on.

        Raises:
            RequestRefused: another instance holds this site, or it was written off.
        """
        site = await self._greeted(hello, alone=False) or await self._greeted(hello, alone=True)
        if site is None or site.instance != hello.instance or site.written_off_ms:
            raise _refusal(site)
        return Welcome(
            hq_epoch=self._hq_epoch,
            epoch=site.epoch,
            instance=site.instance,
            instance_no=site.instance_no,
            nonce=site.nonce,
            acked=site.acked,
            head=site.head.hex(),
            hq_time=self.clock.wall_ms(),
        )

    async def _greeted(self, hello: Hello, *, alone: bool) -> SiteRow | None:
        """None: nobody knows the site, and only a turn that is alone may begin it."""
        async with self.work(hello.merchant, hello.site, alone=alone) as work:
            site = await work.turn.site()
            if site is None and not alone:
                return None
            if site is None:  # What these books lack after a restore, it must tell like all others.
                confirmed = 0 if work.idle else self._hq_epoch
                site = SiteRow(instance=hello.instance, confirmed=confirmed)
            if site.instance != hello.instance:
                why = f"it calls as {site.instance} since its number {site.instance_no}"
                await work.turn.open_exception(ExceptionKind.INSTANCE, hello.instance, why, work.now_ms)
                return site
            site = replace(site, nonce=self._new_nonce(), hq_epoch=self._hq_epoch, seen_ms=work.now_ms)
            await work.turn.save(site)
        return site

    # PUSH

    async def push(self, push: Push) -> Answer:
        """Takes what is new, once; the answer is said after COMMIT.

        Raises:
            RequestRefused: the bodies are not what the request says, or another instance holds the site.
        """
        hashes = _checked(push)
        entries = [
            read(push.site, push.epoch, push.start + place, hashes[place - 1], body)
            for place, body in enumerate(push.bodies, start=1)
        ]
        here = (push.merchant, push.site)
        alone = here not in self._confirmed or needs_all(entries)
        async with self.work(*here, alone=alone) as work:
            answer, site = await self._judged(work, push, hashes, entries)
        if site is not None and site.confirmed == self._hq_epoch:
            self._confirmed.add(here)
        return answer

    async def _judged(
        self, work: Work, push: Push, hashes: list[bytes], entries: list[Taken]
    ) -> tuple[Answer, SiteRow | None]:
        turn = work.turn
        site = await turn.site()
        if site is None:
            return Again(hq_epoch=self._hq_epoch), None
        _must_be(site, push.instance)
        if push.hq_epoch != self._hq_epoch or not site.nonce or push.nonce != site.nonce:
            return Again(hq_epoch=self._hq_epoch), None
        site = replace(site, nonce="", said=push.head_seq, seen_ms=work.now_ms)
        if push.epoch < site.epoch:  # The fork is known and its exception open: it only waits to be healed.
            await turn.save(site)
            return Fork(hq_epoch=self._hq_epoch, epoch=site.epoch), None
        if push.start > site.acked:
            site = replace(site, nonce=self._new_nonce())
            await turn.save(site)
            gap = Gap(hq_epoch=self._hq_epoch, epoch=site.epoch, acked=site.acked, nonce=site.nonce)
            return gap, None
        if not await forks.fits(turn, site, push, hashes):
            return await forks.forked(work, site, push), None
        site = await self._extended(work, site, push, entries[site.acked - push.start :])
        return Ack(hq_epoch=self._hq_epoch, epoch=site.epoch, acked=site.acked, nonce=site.nonce), site

    async def _extended(self, work: Work, site: SiteRow, push: Push, new: list[Taken]) -> SiteRow:
        if new:
            new = _once(new, await work.turn.claim([entry for entry in new if entry.id]))
            beyond_rights = await beyond(work, new)
            new = [replace(one, fault=beyond_rights.get(one.seq, one.fault)) for one in new]
            site = replace(site, acked=new[-1].seq, head=new[-1].hash)
        site = replace(site, epoch=push.epoch, nonce=self._new_nonce())
        await work.turn.save(site)
        if new:
            await work.turn.append(new, work.now_ms)
            await understand(work, new)
        if site.confirmed < self._hq_epoch and site.acked == push.head_seq:
            await work.finish()
            site = await forks.confirmed(work, site)
        return site

    # PULL, FEED

    async def pull(self, pull: Pull) -> Pulled:
        """Raises `RequestRefused` for another instance than the site's."""
        async with self.store.turn(pull.merchant, pull.site) as turn:
            return await forks.pulled(turn, await _known(turn, pull), pull, self._hq_epoch)

    async def feed(self, feed: Feed) -> Fed:
        """Directives after `after`; waits for the first one as long as the site wants to.

        Raises:
            RequestRefused: another instance holds the site, or it never said HELLO.
        """
        with self.bell.listen(feed.merchant, feed.site) as ear:
            fed = await self._fed(feed)
            if fed.items or not feed.wait_ms or feed.hq_epoch != self._hq_epoch:
                return fed
            if not await ear.heard(feed.wait_ms / 1000):
                return fed
        return await self._fed(feed)

    async def _fed(self, feed: Feed) -> Fed:
        async with self.store.turn(feed.merchant, feed.site) as turn:
            site = await _known(turn, feed)
            await turn.touch(self.clock.wall_ms())
            items: tuple[Numbered, ...] = ()
            if feed.hq_epoch == self._hq_epoch == site.confirmed:
                items = tuple(await turn.feed_after(self._hq_epoch, feed.after, FEED_MAX))
        return Fed(hq_epoch=self._hq_epoch, epoch=site.epoch, after=feed.after, items=items)

    # ASK, PROFILE, BLOB

    async def ask(self, ask: Ask) -> Asked:
        """Answered by directives; the same id twice is one effect.

        Raises:
            RequestRefused: another instance holds the site, or it never said HELLO.
        """
        if ask.hq_epoch != self._hq_epoch:
            return Asked(hq_epoch=self._hq_epoch, id=ask.id, outcome=AskOutcome.SHORT, fed=0)
        async with self.work(ask.merchant, ask.site) as work:
            await _known(work.turn, ask)
            row = await asking.answer(work, ask)
            await work.finish()
            fed = await work.turn.fed(self._hq_epoch)
            person = await _person(work.turn, ask) if row.outcome != AskOutcome.REFUSED else None
        return Asked(
            hq_epoch=self._hq_epoch,
            id=ask.id,
            outcome=AskOutcome(row.outcome),
            code=row.code,
            fed=fed,
            who=await self._who(ask, person) if person else b"",
        )

    async def _who(self, ask: Ask, person: PersonRow) -> bytes:
        if self._boxes is None:
            return b""
        public = await self._boxes.key_of(ask.merchant, ask.site, ask.instance)
        return self._boxes.who(person, ask.site, public) if public else b""

    async def profile(self, profile: Profile) -> Profiled:
        """Raises `RequestRefused` for another instance than the site's."""
        if profile.hq_epoch != self._hq_epoch:
            return Profiled(hq_epoch=self._hq_epoch, ids=())
        async with self.work(profile.merchant, profile.site, alone=True) as work:
            await _known(work.turn, profile)
            await people.kept(work, profile)
            if not work.idle:
                await merge_waiting(work)
        return Profiled(hq_epoch=self._hq_epoch, ids=tuple(edit.id for edit in profile.edits))

    async def tidy(self, merchant: str) -> None:
        """Looks again at all that is overdrawn or waited for: who could not release it then may by now."""
        async with self.work(merchant, SiteId("")) as work:
            accounts = await work.turn.outstanding()
            if accounts and not work.idle:
                await settle(work, await work.open(accounts))

    async def blob(self, blob: Blob) -> bytes:
        """The bytes with that hash.

        Raises:
            RequestRefused: this merchant has none, or another instance holds the site.
        """
        async with self.store.turn(blob.merchant, blob.site) as turn:
            await _known(turn, blob)
            found = await turn.blob(blob.hash)
        if found is None:
            raise RequestRefused(ProblemCode.NOT_FOUND, "no such part of a data set")
        return found


async def _person(turn: Turn, ask: Ask) -> PersonRow | None:
    key = await turn.key(ask.key) if ask.key else None
    if key is None:
        return None
    root = (await turn.families({key.wallet}))[key.wallet].root.wallet
    return next(iter(await turn.persons({root})), None)


async def _known(turn: Turn, request: FromSite) -> SiteRow:
    site = await turn.peek()
    _must_be(site, request.instance)
    assert site is not None  # noqa: S101  `_must_be` refused it
    return site


def _must_be(site: SiteRow | None, instance: str) -> None:
    if site is None or site.instance != instance or site.written_off_ms:
        raise _refusal(site)


def _refusal(site: SiteRow | None) -> RequestRefused:
    if site is None:
        return RequestRefused(ProblemCode.NOT_FOUND, "this site never said HELLO")
    if site.written_off_ms:
        return RequestRefused(ProblemCode.INSTANCE, "this site was written off; a person must decide")
    return RequestRefused(ProblemCode.INSTANCE, "another machine speaks for this site; a person must decide")


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
