"""The calls of a site, as the protocol names them. The rules only; a `Store` makes them durable."""

from __future__ import annotations

import logging
from collections.abc import AsyncGenerator, Callable, Sequence
from contextlib import asynccontextmanager

from msgspec.structs import replace

from hq import forks, people
from hq.admitted import known, must_be, refusal
from hq.answering import Answering
from hq.batches import appended, checked
from hq.bell import Bell
from hq.boxes import Boxes
from hq.card_auth import CardAuth, Unreadable
from hq.damage import is_whole
from hq.day_uses import uses_so_far
from hq.epochs import Epochs, begin_everywhere, proven
from hq.giving import hot_list_again, made_again, take_out
from hq.hads import hads_so_far
from hq.ingest import needs_all, understand
from hq.marks import Marks, Told, last_of
from hq.merging import merge_waiting
from hq.poison import in_parts
from hq.policy import Policy
from hq.ports import ExceptionKind, SiteRow, Store, Turn
from hq.reading import read
from hq.refusal import RequestRefused
from hq.rights import settle
from hq.sets_ports import SHARED
from hq.taken import Taken
from hq.together import Together
from hq.work import Rules, Work
from terminal.core.ports import Clock, Ids
from terminal.core.values import SiteId
from terminal.core.wire.auth import Auth, Authed
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
)
from terminal.core.wire.people import Profile, Profiled
from terminal.core.wire.problem import ProblemCode
from terminal.core.wire.rights import FEED_MAX, Ask, Asked, AskOutcome, Fed, Feed, Numbered
from terminal.core.wire.sets import Blob
from terminal.runtime.steps import reached

log = logging.getLogger(__name__)


def _not_kept(_hq_epoch: int) -> None:
    pass


def _reads_none(_merchant: str, _site: str, _mark: str) -> None:
    pass


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
        marks: Marks | None = None,
        keep_epoch: Callable[[int], None] = _not_kept,
        boxes: Boxes | None = None,
        card_auth: CardAuth | None = None,
    ) -> None:
        """`boxes`: without them nobody is told who somebody is; `card_auth`: nor is any card judged.

        `marks`: without them these books do not learn that they were put back. `keep_epoch`: keeps one that
        they begin because of it.
        """
        self.store = store
        self.clock = clock
        self.bell = Bell()
        self.policy = policy or Policy()
        self._epochs = Epochs(hq_epoch, keep_epoch)
        self._marks = marks
        self._untold: tuple[int, str, SiteId] | None = None
        """An epoch that began here, and that not all merchants' rows say yet; by which site it was proven."""

        self._new_id = ids.new
        self._new_nonce = new_nonce
        self._card_auth = card_auth
        self._asks: Together[Ask, Asked] = Together(Answering(self.work, boxes).asked)

    @asynccontextmanager
    async def work(
        self, merchant: str, site: SiteId, *, alone: bool = False, hold: bool = False
    ) -> AsyncGenerator[Work, None]:
        """One transaction of the rules; whoever waits for a feed that it wrote hears of it after COMMIT."""
        async with self._turn(merchant, site, alone=alone, hold=hold) as turn:
            rules = Rules(policy=self.policy, hq_epoch=self.hq_epoch, new_id=self._new_id)
            work = Work(turn, rules, await self._epochs.stands(turn), self.clock.wall_ms())
            yield work
            await work.finish()
            reached("hq.before_commit")
        reached("hq.committed")
        self.bell.ring(merchant, sorted(work.rung))

    @asynccontextmanager
    async def _turn(
        self, merchant: str, site: SiteId, *, alone: bool = False, hold: bool = False
    ) -> AsyncGenerator[Turn, None]:
        """What another process has begun since holds here too, before anything is looked at."""
        async with self.store.turn(merchant, site, alone=alone, hold=hold) as turn:
            self._epochs.begin(turn.raised)
            yield turn

    @property
    def hq_epoch(self) -> int:
        return self._epochs.now

    # HELLO

    async def hello(self, hello: Hello) -> Welcome:
        """Where we stand, and the nonce for the next PUSH; every earlier nonce is void from here on.

        Raises:
            RequestRefused: another instance holds this site, or it was written off.
        """
        await self._put_back(hello, hello.marks)
        site = await self._greeted(hello, alone=False) or await self._greeted(hello, alone=True)
        if site is None or site.instance != hello.instance or site.written_off_ms:
            raise refusal(site)
        return Welcome(
            hq_epoch=self.hq_epoch,
            epoch=site.epoch,
            instance=site.instance,
            instance_no=site.instance_no,
            nonce=site.nonce,
            acked=site.acked,
            head=site.head.hex(),
            hq_time=self.clock.wall_ms(),
            mark=self._mark(hello, site),
        )

    async def _put_back(self, request: FromSite, marks: Sequence[str]) -> None:
        """Begins the next epoch where this site was told what these books do not hold: they are a copy."""
        if self._marks is None or not marks:
            return
        async with self._turn(request.merchant, request.site) as turn:
            begins = await proven(turn, self.hq_epoch, self._marks, marks)
        if begins:
            log.warning("these books came back from an older copy: epoch %d begins", begins)
            self._epochs.begin(begins)
            self._untold = begins, request.merchant, request.site
            await self._told_everywhere()

    async def _told_everywhere(self) -> None:
        if (untold := self._untold) is not None:
            await begin_everywhere(self.store, *untold, self.clock.wall_ms())
            self._untold = None

    def _mark(self, request: FromSite, row: SiteRow, item: Numbered | None = None) -> str:
        if self._marks is None:
            return ""
        fed, last = (item.m, last_of(item.id)) if item else (0, "")
        told = Told(hq_epoch=self.hq_epoch, acked=row.acked, fed=fed, edits=row.edits, last=last)
        return self._marks.of(request.merchant, request.site, told)

    async def _greeted(self, hello: Hello, *, alone: bool) -> SiteRow | None:
        """None: nobody knows the site, and only a turn that is alone may begin it."""
        async with self.work(hello.merchant, hello.site, alone=alone, hold=True) as work:
            site = await work.turn.site()
            if site is None and not alone:
                return None
            if site is None:  # What these books lack after a restore, it must tell like all others.
                # So must who was told anything before: a headquarters that knew it was restored.
                confirmed = 0 if work.idle or hello.marks else self.hq_epoch
                site = SiteRow(instance=hello.instance, confirmed=confirmed)
                await uses_so_far(work)
                await hads_so_far(work)
            if site.written_off_ms:
                why = f"{hello.instance} calls, with what it booked after {site.acked}"
                await work.turn.open_exception(ExceptionKind.RETURNED, hello.instance, why, work.now_ms)
                if site.gone_ms:  # It is not.
                    await work.turn.save(replace(site, gone_ms=0))
                return site
            if site.instance != hello.instance:
                why = f"it calls as {site.instance} since its number {site.instance_no}"
                await work.turn.open_exception(ExceptionKind.INSTANCE, hello.instance, why, work.now_ms)
                return site
            told = max(site.told, self._told_before(hello))
            site = replace(
                site,
                nonce=self._new_nonce(),
                hq_epoch=self.hq_epoch,
                seen_ms=work.now_ms,
                told_epoch=told[0],
                told_m=told[1],
            )
            await work.turn.save(site)
        return site

    def _told_before(self, hello: Hello) -> tuple[int, int]:
        """The last directive of an earlier hq_epoch that it shows it was told: (hq_epoch, m)."""
        read = self._marks.read if self._marks is not None else _reads_none
        told = [one for mark in hello.marks if (one := read(hello.merchant, hello.site, mark)) is not None]
        before = [(one.hq_epoch, one.fed) for one in told if one.fed and one.hq_epoch < self.hq_epoch]
        return max(before, default=(0, 0))

    # PUSH

    async def push(self, push: Push) -> Answer:
        """Takes what is new, once; the answer is said after COMMIT.

        Raises:
            RequestRefused: the bodies are not what the request says, or another instance holds the site.
        """
        return await in_parts(self._pushed, push, checked(push))

    async def _pushed(self, push: Push, hashes: list[bytes], spoilt: str) -> Answer:
        """In one transaction. `spoilt`: why nothing in it is understood."""
        here = (push.merchant, push.site)
        held = self._epochs.acked.get(here, 0)
        entries = [
            read(push.site, push.epoch, push.start + place, hashes[place - 1], body)
            if not spoilt
            else Taken(seq=push.start + place, hash=hashes[place - 1], body=body, fault=spoilt)
            for place, body in enumerate(push.bodies, start=1)
            if push.start + place > held
        ]
        if push.mark and any(one.directive is not None for one in entries):
            await self._put_back(push, [push.mark])  # Or what a copy forgot would pass for never given.
        alone = here not in self._epochs.confirmed or needs_all(entries)
        async with self.work(*here, alone=alone, hold=True) as work:
            answer, site = await self._judged(work, push, hashes, entries)
        if site is None:
            self._epochs.acked.pop(here, None)
            return answer
        self._epochs.acked[here] = site.acked
        if site.confirmed == self.hq_epoch:
            self._epochs.confirmed.add(here)
        if isinstance(answer, Ack) and entries:
            reached("hq.before_ack")
        return answer

    async def _judged(
        self, work: Work, push: Push, hashes: list[bytes], entries: list[Taken]
    ) -> tuple[Answer, SiteRow | None]:
        turn = work.turn
        site = await turn.site()
        if site is not None:
            must_be(site, push.instance)
        if site is None or push.hq_epoch != self.hq_epoch or not site.nonce or push.nonce != site.nonce:
            return Again(hq_epoch=self.hq_epoch), None
        before = site
        site = replace(site, nonce="", said=push.head_seq, seen_ms=work.now_ms)
        if push.epoch < site.epoch:  # The fork is known and its exception open: it only waits to be healed.
            await turn.save(site)
            return Fork(hq_epoch=self.hq_epoch, epoch=site.epoch), None
        if push.start > site.acked:
            site = replace(site, nonce=self._new_nonce())
            await turn.save(site)
            gap = Gap(hq_epoch=self.hq_epoch, epoch=site.epoch, acked=site.acked, nonce=site.nonce)
            return gap, None
        if not await forks.fits(turn, site, push, hashes):
            return await forks.forked(work, site, push), None
        await forks.shrunk(work, before, push)
        new = [one for one in entries if one.seq > site.acked]
        if len(new) != max(push.start + len(push.bodies) - site.acked, 0):
            return Again(hq_epoch=self.hq_epoch), None  # Some were not read that are not here any more.
        site = await self._extended(work, site, push, new)
        mark = self._mark(push, site)
        ack = Ack(hq_epoch=self.hq_epoch, epoch=site.epoch, acked=site.acked, nonce=site.nonce, mark=mark)
        return ack, site

    async def _extended(self, work: Work, site: SiteRow, push: Push, new: list[Taken]) -> SiteRow:
        site = replace(site, epoch=push.epoch, nonce=self._new_nonce())
        if new:
            site = replace(site, acked=new[-1].seq, head=new[-1].hash)
            await understand(work, await appended(work, site, new))
            site = await work.turn.peek() or site  # How far it was told stands there, too.
        else:
            await work.turn.save(site)
        if site.confirmed < self.hq_epoch and site.acked == push.head_seq:
            await work.finish()
            site = await forks.confirmed(work, site)
        return site

    # PULL, FEED

    async def pull(self, pull: Pull) -> Pulled:
        """Raises `RequestRefused` for another instance than the site's."""
        async with self.work(pull.merchant, pull.site) as work:
            part = await forks.pulled(work.turn, await known(work.turn, pull), pull, self.hq_epoch)
            if pull.after + len(part.bodies) == part.acked:
                await people.told_what_is_lost(work)
            return part

    async def feed(self, feed: Feed) -> Fed:
        """Directives after `after`; waits for the first one as long as the site wants to.

        Raises:
            RequestRefused: another instance holds the site, or it never said HELLO.
        """
        if feed.early and feed.hq_epoch == self.hq_epoch:
            async with self.work(feed.merchant, feed.site) as work:
                await known(work.turn, feed)
                await take_out(work, feed.after + 1)
        with self.bell.listen(feed.merchant, feed.site, feed.after) as ear:
            fed = await self._fed(feed)
            if fed.items or not feed.wait_ms or feed.hq_epoch != self.hq_epoch:
                return fed
            if not await ear.heard(feed.wait_ms / 1000):
                return fed
        return await self._fed(feed)

    async def look(self) -> None:
        """Wakes whoever waits for a feed in which another worker has written."""
        await self._told_everywhere()
        for merchant, sites in self.bell.awaited().items():
            async with self._turn(merchant, SiteId("")) as turn:
                heads = await turn.feed_heads(self.hq_epoch, sites)
            self.bell.found(merchant, heads)

    async def _fed(self, feed: Feed) -> Fed:
        async with self._turn(feed.merchant, feed.site) as turn:
            site = await known(turn, feed)
            await turn.touch(self.clock.wall_ms())
            items: tuple[Numbered, ...] = ()
            if feed.hq_epoch == self.hq_epoch == site.confirmed:
                items = tuple(await turn.feed_after(self.hq_epoch, feed.after, FEED_MAX))
        mark = self._mark(feed, site, items[-1]) if items else ""
        return Fed(hq_epoch=self.hq_epoch, epoch=site.epoch, after=feed.after, items=items, mark=mark)

    # ASK, PROFILE, BLOB

    async def ask(self, ask: Ask) -> Asked:
        """Answered by directives, with others of its merchant; the same id twice is one effect.

        Raises:
            RequestRefused: another instance holds the site, or it never said HELLO.
        """
        if ask.hq_epoch != self.hq_epoch:
            return Asked(hq_epoch=self.hq_epoch, id=ask.id, outcome=AskOutcome.SHORT, fed=0)
        return await self._asks.ask(ask.merchant, ask)

    async def profile(self, profile: Profile) -> Profiled:
        """Raises `RequestRefused` for another instance than the site's."""
        if profile.mark:  # Before it counts what is new, or that would make up for what is lacking.
            await self._put_back(profile, [profile.mark])
        if profile.hq_epoch != self.hq_epoch:
            return Profiled(hq_epoch=self.hq_epoch, ids=())
        async with self.work(profile.merchant, profile.site, alone=True, hold=True) as work:
            site = await people.kept(work, profile, await known(work.turn, profile))
            if not work.idle:
                await merge_waiting(work)
        ids = tuple(edit.id for edit in profile.edits)
        return Profiled(hq_epoch=self.hq_epoch, ids=ids, mark=self._mark(profile, site))

    async def tidy(self, merchant: str) -> None:
        """Looks again at all that is overdrawn or waited for: who could not release it then may by now."""
        async with self.work(merchant, SiteId("")) as work:
            accounts = await work.turn.outstanding()
            if accounts and not work.idle:
                await settle(work, await work.open(accounts))

    async def auth(self, auth: Auth) -> Authed:
        """What to say to a card, or whether it is genuine. Kept is how far the card of a URL has counted.

        Raises:
            RequestRefused: it was not sealed to us, or another instance holds the site.
        """
        async with self._turn(auth.merchant, auth.site) as turn:
            await known(turn, auth)
        if self._card_auth is None:
            return Authed(sealed=b"")
        try:
            return await self._card_auth.answer(auth)
        except Unreadable as fault:
            raise RequestRefused(ProblemCode.MALFORMED, f"sealed: {fault}") from fault

    async def blob(self, blob: Blob) -> bytes:
        """The bytes with that hash, where this site's feed has told it of them.

        Raises:
            RequestRefused: it was told of none such, it is damaged, or another instance holds the site.
        """
        async with self._turn(blob.merchant, blob.site) as turn:
            await known(turn, blob)
            found = await turn.blob(blob.hash)
        if found is None:
            raise RequestRefused(ProblemCode.NOT_FOUND, "no such part of a data set")
        if not is_whole(blob.hash, found):
            await self._made_again(blob)
            raise RequestRefused(ProblemCode.FAULT, "this part of a data set is damaged here")
        return found

    async def _made_again(self, blob: Blob) -> None:
        async with self._turn(blob.merchant, blob.site) as turn:
            hot_list = await made_again(turn, blob.hash, self.clock.wall_ms())
        if hot_list:
            async with self._turn(blob.merchant, SHARED) as turn:
                await hot_list_again(turn)
