"""FEED: what headquarters directs, applied in its order, each once, each by one entry.

What cannot be applied yet waits, and all that follows waits behind it: nothing is skipped, nothing is lost.
What waits for its time does so for a minute: then headquarters is asked to take it out, and gives it anew.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Sequence

import msgspec

from terminal.core.commands import BookDirective, ClockTrust, Occasion
from terminal.core.directives import Activate, Directed, GivenAway, Lapse, Lapsing, Merge
from terminal.core.errors import Refused, TerminalFault, TooMuchAtOnce
from terminal.core.going_ahead import go_ahead
from terminal.core.ledger.lapsing import lapsing
from terminal.core.ports import Clock, Committer, Ids
from terminal.core.rights import Want
from terminal.core.site import SiteLedger
from terminal.core.values import EntryId, WalletId
from terminal.core.wire.forms import UNREADABLE
from terminal.core.wire.journal import Again
from terminal.core.wire.rights import EARLY_MS, FEED_BYTES_MAX, FEED_PATH, FedRaw, Feed, Numbered
from terminal.runtime.steps import reached
from terminal.uplink.courier import Unreachable
from terminal.uplink.talk import Talk, fresh_word

log = logging.getLogger(__name__)

_fed = msgspec.json.Decoder(FedRaw | Again)
_numbered = msgspec.json.Decoder(Numbered)

Keeps = Callable[[], tuple[Want, ...]]


class _Waits(Exception):
    """Not yet; the same directive is tried again. `str` says what it waits for."""


class Feeding:
    """Reads and applies. Several may read at once; one applies."""

    def __init__(  # noqa: PLR0913  what it needs of the outside, each by its name
        self,
        ledger: SiteLedger,
        committer: Committer,
        talk: Talk,
        *,
        clock: Clock,
        ids: Ids,
        random: Callable[[int], bytes],
        occasion: Callable[[], Occasion],
        keeps: Keeps,
        staged: Callable[[Activate], Awaitable[bool]],
        switched: Callable[[], None],
        forgets: Callable[[Sequence[WalletId]], Awaitable[None]],
        on_why: Callable[[str], None],
        on_heard: Callable[[], Awaitable[None]],
    ) -> None:
        """`keeps`: what open asks wait for. `staged`: whether a set lies here in whole; begins to fetch it.

        `forgets`: what headquarters was asked of the holders of those wallets goes.
        `on_why`: what the feed waits for or was stopped by, for the technician; empty when it goes on.
        `on_heard`: there is nothing that is not applied.
        """
        self._ledger = ledger
        self._committer = committer
        self._talk = talk
        self._clock = clock
        self._ids = ids
        self._random = random
        self._occasion = occasion
        self._keeps = keeps
        self._staged = staged
        self._switched = switched
        self._forgets = forgets
        self._on_why = on_why
        self._on_heard = on_heard
        self._applying = asyncio.Lock()
        self._timed: tuple[int, int, int] | None = None
        """(hq_epoch, m, since) of the one that waits for its time, by the monotonic clock."""
        self.why = ""
        self.heard = False
        """Since it was reached: that all is applied. Until then nothing is gained by waiting for more."""

    async def read(self, *, wait_ms: int = 0) -> int:
        """One question; how many directives it brought forward. Raises Unreachable."""
        who, standing = self._talk.who, self._ledger.standing()
        question = Feed(
            merchant=who.merchant,
            site=who.site,
            instance=who.instance,
            hq_epoch=standing.hq_epoch,
            after=standing.fed,
            wait_ms=wait_ms,
            early=self._is_early(standing.hq_epoch, standing.fed + 1),
            fresh=fresh_word(self._random),
        )
        answer = await self._talk.ask(
            FEED_PATH, question, _fed, bytes_max=FEED_BYTES_MAX, wait_s=wait_ms / 1000
        )
        if isinstance(answer, Again):
            raise Unreachable("headquarters wants HELLO first")
        async with self._applying:
            return await self._applied(answer)

    async def _applied(self, fed: FedRaw) -> int:
        count = 0
        if fed.mark and fed.hq_epoch == self._ledger.standing().hq_epoch:
            await self._ledger.told(fed.mark)
        for raw in fed.items:
            standing = self._ledger.standing()
            if (fed.hq_epoch, fed.epoch) != (standing.hq_epoch, standing.epoch):
                return count  # Meant for another branch, or by a headquarters that was restored since.
            if standing.asked or standing.refused:
                return count
            try:
                brought = await self._one(_numbered.decode(raw))
            except UNREADABLE as fault:
                self._tell(
                    f"a directive of a newer kind stops the feed, update this terminal: {_brief(fault)}"
                )
                return count
            except _Waits as waits:
                self._tell(str(waits))
                return count
            if brought is None:
                return count
            count += brought
        self._tell("")
        if not fed.items and fed.hq_epoch == self._ledger.standing().hq_epoch:
            self.heard = True
            await self._on_heard()
        return count

    async def _one(self, item: Numbered) -> int | None:
        """1: it was applied; 0: it was before. None: it is not the next one."""
        standing = self._ledger.standing()
        if item.m <= standing.fed:
            return 0
        if item.m != standing.fed + 1:
            return None
        if await self._ledger.applied(item.id):  # Under an earlier hq_epoch.
            await self._ledger.passed(item.m)
            return 1
        self._check_time(item, standing.hq_epoch)
        if isinstance(item.directive, Activate) and not await self._staged(item.directive):
            raise _Waits(f"data set {item.directive.set} {item.directive.version} is being fetched")
        reached("uplink.before_directive")
        await self._book(item, standing.hq_epoch)
        reached("uplink.directed")
        if isinstance(item.directive, Activate):
            self._switched()
        return 1

    def _is_early(self, hq_epoch: int, m: int) -> bool:
        if self._timed is None or self._timed[:2] != (hq_epoch, m):
            return False
        return self._clock.mono_ms() - self._timed[2] >= EARLY_MS

    def _check_time(self, item: Numbered, hq_epoch: int) -> None:
        if not item.not_before_ms:
            return
        if self._clock.trust is ClockTrust.UNKNOWN:
            why = "a directive with a time waits for a clock that can be trusted"
        elif self._clock.wall_ms() < item.not_before_ms:
            why = "a directive waits for its time"
        else:
            return
        if self._timed is None or self._timed[:2] != (hq_epoch, item.m):
            self._timed = hq_epoch, item.m, self._clock.mono_ms()
        raise _Waits(why)

    async def _book(self, item: Numbered, hq_epoch: int) -> None:
        command = BookDirective(
            id=item.id,
            at=self._occasion(),
            directed=Directed(hq_epoch=hq_epoch, m=item.m),
            directive=item.directive,
            keeps=self._keeps(),
        )
        try:
            if isinstance(item.directive, GivenAway):
                await self._forgets((item.directive.wallet,))
                if item.directive.apart:
                    log.warning("two shops gave one wallet to two people: %s", item.directive.wallet)
            if isinstance(item.directive, Lapse):
                command = await self._lapsing(command, item.directive)
            await self._applied_or_apart(command)
        except Refused as refusal:
            raise _Waits(f"a directive contradicts itself and stops the feed: {refusal}") from refusal
        except TerminalFault as fault:  # Whether it was booked is looked up before it is tried again.
            raise _Waits(f"the ledger takes no directive now: {fault}") from fault

    async def _lapsing(self, command: BookDirective, what: Lapse) -> BookDirective:
        """As the ledger stands now: who comes in between is left alone when it is tried again."""
        if what.kind is Lapsing.MEMBER:
            await self._forgets(what.wallets)
        gone = await self._committer.ask(lambda state: lapsing(what, command.at.business_day, state))
        return msgspec.structs.replace(command, lapsed=gone.wallets, erased=gone.erased)

    async def _applied_or_apart(self, command: BookDirective) -> None:
        """What has no room in the entry of a merge goes ahead of it: after a cut from where that stopped.

        Where it has no room all the same headquarters is told so, and the feed goes on.
        """
        if isinstance(merge := command.directive, Merge):
            await go_ahead(
                merge.wallet,
                merge.into,
                ask=self._committer.ask,
                book=self._committer.submit,
                new_id=lambda: EntryId(self._ids.new()),
                at=self._occasion,
                begins=False,
            )
        try:
            await self._committer.submit(command)
        except TooMuchAtOnce as refusal:
            if not isinstance(command.directive, Merge):
                raise
            log.warning("a merge is left undone, for people to finish: %s", refusal)
            await self._committer.submit(msgspec.structs.replace(command, apart=True))

    def _tell(self, why: str) -> None:
        if why != self.why:
            self.why = why
            if why:
                log.warning("feed: %s", why)
            self._on_why(why)


def keeps_of(open_asks: Sequence[Sequence[Want]]) -> tuple[Want, ...]:
    """The most that any of them waits for, account by account."""
    most: dict[str, int] = {}
    for wants in open_asks:
        for want in wants:
            most[want.account] = max(most.get(want.account, 0), want.amount)
    return tuple(Want(account=account, amount=amount) for account, amount in most.items())


def _brief(fault: Exception) -> str:
    """Without what it quotes beyond a name."""
    return f"{type(fault).__name__}: {fault}"[:120]
