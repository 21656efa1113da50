"""All that speaks with headquarters, made and run together: journal, feed, asks, people, data sets."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Sequence
from typing import NoReturn

from msgspec import Struct

from terminal.core.commands import Occasion
from terminal.core.ports import Clock, Committer, Ids, Outbox
from terminal.core.rights import Want
from terminal.core.sets import DataSets
from terminal.core.site import SiteLedger
from terminal.core.wire.link import LinkState
from terminal.core.wire.rights import WAIT_MS_MAX
from terminal.uplink.asking import Asker
from terminal.uplink.backoff import Backoff
from terminal.uplink.courier import Courier, Unreachable
from terminal.uplink.feed import Feeding
from terminal.uplink.fetching import Fetching
from terminal.uplink.forwarder import Forwarder, told_nobody
from terminal.uplink.late_urls import LateUrls
from terminal.uplink.people import People
from terminal.uplink.proving import Proving
from terminal.uplink.releases import Releases
from terminal.uplink.settings import Settings
from terminal.uplink.talk import Talk, Who

log = logging.getLogger(__name__)

_BREATH_S = 0.2
"""Between two long polls: a headquarters that does not wait is not asked without end."""


def _nothing(_: object) -> None:
    pass


async def _unheard() -> None:
    pass


def _no_key() -> bytes | None:
    return None


class Site(Struct, frozen=True, kw_only=True):
    """The ledger's ports."""

    ledger: SiteLedger
    outbox: Outbox
    committer: Committer
    sets: DataSets


class Outside(Struct, frozen=True, kw_only=True):
    """What it needs beside the ledger."""

    courier: Courier
    clock: Clock
    ids: Ids
    random: Callable[[int], bytes]
    occasion: Callable[[], Occasion]
    box_key: Callable[[], bytes | None] = _no_key
    """The private half of what headquarters seals to this site; None before it is enrolled."""
    hq_box_key: Callable[[], bytes | None] = _no_key
    reserved: Callable[[], Sequence[Want]] = tuple
    """What the counter waits with for a customer who comes back: it is not given away meanwhile."""
    late: LateUrls | None = None
    """Keeps the URLs of cards that headquarters did not judge in time; None: nobody does."""
    sleep: Callable[[float], Awaitable[None]] = asyncio.sleep
    on_state: Callable[[LinkState], None] = _nothing
    on_feed: Callable[[str], None] = _nothing
    """What the feed waits for, for the technician; empty when it goes on."""
    on_drift: Callable[[int, int], None] = told_nobody
    on_heard: Callable[[], Awaitable[None]] = _unheard
    """All that headquarters directs is applied."""


class Uplink:
    """`run` never returns; `asker` is for the counter, `prover` for its readers."""

    def __init__(self, site: Site, settings: Settings, who: Who, outside: Outside) -> None:
        ledger, outbox, committer = site.ledger, site.outbox, site.committer
        self._settings = settings
        self._outside = outside
        self._poke = asyncio.Event()
        talk = Talk(outside.courier, who, ledger)
        self.forwarder = Forwarder(
            outbox,
            ledger,
            talk,
            settings,
            random=outside.random,
            clock=outside.clock,
            on_state=outside.on_state,
            on_drift=outside.on_drift,
            before_push=self._before_push,
            on_healed=self._healed,
            sleep=outside.sleep,
        )
        self.asker = Asker(
            ledger,
            site.outbox,
            site.sets,
            talk,
            clock=outside.clock,
            ids=outside.ids,
            random=outside.random,
            reachable=self.forwarder.greeted.is_set,
            box_key=outside.box_key,
            reserved=outside.reserved,
        )
        self.prover = Proving(
            talk,
            reachable=self.forwarder.greeted.is_set,
            box_key=outside.box_key,
            hq_box_key=outside.hq_box_key,
            random=outside.random,
            late=outside.late,
        )
        self._releases = Releases(
            ledger,
            outbox,
            committer,
            clock=outside.clock,
            ids=outside.ids,
            occasion=outside.occasion,
            keeps=self.asker.keeps,
            visit_ms=int(settings.visit_s * 1000),
        )
        self._fetching = Fetching(
            ledger,
            site.sets,
            talk,
            backoff=self._backoff(),
            reachable=self.forwarder.greeted,
            box_key=outside.box_key,
            on_whole=self._poke.set,
            sleep=outside.sleep,
        )
        self.feeding = self.asker.feeding = Feeding(
            ledger,
            committer,
            talk,
            clock=outside.clock,
            ids=outside.ids,
            random=outside.random,
            occasion=outside.occasion,
            keeps=self.asker.keeps,
            staged=self._fetching.staged,
            switched=self._fetching.switched,
            forgets=site.sets.forget_asked,
            on_why=outside.on_feed,
            on_heard=outside.on_heard,
        )
        self._people = People(
            ledger,
            talk,
            backoff=self._backoff(),
            reachable=self.forwarder.greeted,
            hq_box_key=outside.hq_box_key,
            random=outside.random,
            pause_s=settings.heartbeat_s,
            sleep=outside.sleep,
        )

    async def _before_push(self) -> None:
        await self._releases.give_back()

    def _healed(self) -> None:
        self._fetching.healed()

    def _backoff(self) -> Backoff:
        return Backoff(self._outside.random, longest_s=self._settings.retry_s_max)

    async def run(self) -> NoReturn:
        """Until cancelled. Only faults of our own ledger end it."""
        async with asyncio.TaskGroup() as group:
            for part in (self.forwarder.run, self._feed, self._people.run, self._fetching.run):
                group.create_task(part())
            if (late := self._outside.late) is not None:
                reachable, sleep = self.forwarder.greeted, self._outside.sleep
                tell = self.prover.tell
                group.create_task(late.run(tell, reachable=reachable, backoff=self._backoff(), sleep=sleep))
        raise AssertionError("nothing of it returns")

    async def _feed(self) -> NoReturn:
        """By long poll, while headquarters knows us and the chains agree."""
        backoff = self._backoff()
        while True:
            await self.forwarder.greeted.wait()
            self._poke.clear()
            try:
                waits = self.feeding.heard and not self.feeding.why
                brought = await self.feeding.read(wait_ms=WAIT_MS_MAX if waits else 0)
            except Unreachable as fault:
                self.feeding.heard = False
                log.info("the feed: %s", fault)
                await self._outside.sleep(backoff.next_s())
                continue
            backoff.reset()
            if not brought:
                await self._paused(self._settings.heartbeat_s if self.feeding.why else _BREATH_S)

    async def _paused(self, seconds: float) -> None:
        """A directive that waits is tried again with the next heartbeat, or when its data set is here."""
        waking = asyncio.ensure_future(self._poke.wait())
        sleeping = asyncio.ensure_future(self._outside.sleep(seconds))
        try:
            await asyncio.wait({waking, sleeping}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            waking.cancel()
            sleeping.cancel()
