"""ASK from the counter: rights to what a member wants to spend here, or who somebody is."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Mapping, Sequence

import msgspec
from msgspec.structs import replace

from terminal.core.accounts import Owner, named
from terminal.core.errors import TerminalFault
from terminal.core.policy import NOTHING_BEYOND, OFFLINE_ROW, Offline
from terminal.core.ports import Clock, Ids, Outbox
from terminal.core.rights import Want
from terminal.core.sets import DataSets
from terminal.core.site import SiteLedger
from terminal.core.values import EntryId, WalletId
from terminal.core.visit import Asking, Brought, LeftThere
from terminal.core.wire.forms import UNREADABLE
from terminal.core.wire.journal import Again
from terminal.core.wire.left import LEFT_PATH, WALLETS_MAX, AskLeft, Left
from terminal.core.wire.people import MemberRow, who_about
from terminal.core.wire.rights import ASK_PATH, WANTS_MAX, Ask, Asked, AskOutcome
from terminal.core.wire.sets import SetName
from terminal.runtime.box import BoxSpoilt, opened
from terminal.uplink.courier import Unreachable
from terminal.uplink.feed import Feeding, keeps_of
from terminal.uplink.talk import Talk, fresh_word

log = logging.getLogger(__name__)

WAIT_S = 2.0
"""So long the counter waits for headquarters; then it decides by what is here."""
_KEPT_MS = 120_000
"""So long what came is kept for whoever asked: the attendant has still to confirm."""

LEFT_S = 20.0
"""So long the counter waits to hear what many members have elsewhere."""
LEFT_MAX = 10_000
"""Of so many it asks."""

_asked = msgspec.json.Decoder(Asked | Again)
_offline = msgspec.json.Decoder(Offline)
_row = msgspec.json.Decoder(MemberRow)
_left = msgspec.json.Decoder(Left)


class Asker(Asking):
    def __init__(  # noqa: PLR0913  what it needs of the outside, each by its name
        self,
        ledger: SiteLedger,
        outbox: Outbox,
        sets: DataSets,
        talk: Talk,
        *,
        clock: Clock,
        ids: Ids,
        random: Callable[[int], bytes],
        reachable: Callable[[], bool],
        box_key: Callable[[], bytes | None],
        reserved: Callable[[], Sequence[Want]] = tuple,
    ) -> None:
        """`box_key`: the private half of what headquarters seals to; None before this site is enrolled.

        `reserved`: what is not given away though nobody asks for it now.
        """
        self._ledger = ledger
        self._outbox = outbox
        self._sets = sets
        self._talk = talk
        self._clock = clock
        self._ids = ids
        self._random = random
        self._reachable = reachable
        self._box_key = box_key
        self._reserved = reserved
        self._open: dict[str, tuple[int, tuple[Want, ...]]] = {}
        """By ask: until when (monotonic), and for what."""
        self.feeding: Feeding
        """Set once by whoever makes both."""

    def keeps(self) -> tuple[Want, ...]:
        """What is not given away now."""
        now = self._clock.mono_ms()
        self._open = {ask: one for ask, one in self._open.items() if one[0] > now}
        return keeps_of([*(wants for _, wants in self._open.values()), self._reserved()])

    def forget(self) -> None:
        """The customer has gone: nothing is kept for anybody."""
        self._open.clear()

    async def bring(
        self, wants: Sequence[Want], *, token: str | None = None, sales: Sequence[EntryId] = ()
    ) -> Brought:
        found = await self._brought(wants, token, sales) if self._reachable() else Brought()
        return found if found.reached else replace(found, allowed=await self._allowed(wants))

    async def left(self, wallets: Sequence[WalletId]) -> Mapping[WalletId, LeftThere]:
        """See `core.visit.Asking`. Where a shop is silent only those are known on which something lies."""
        found: dict[WalletId, LeftThere] = {}
        asked = wallets[:LEFT_MAX] if self._reachable() else ()
        try:
            async with asyncio.timeout(LEFT_S):
                for at in range(0, len(asked), WALLETS_MAX):
                    some = asked[at : at + WALLETS_MAX]
                    answer = await self._talk.ask(LEFT_PATH, self._about(some), _left)
                    if answer.whole:
                        found |= dict.fromkeys(some, LeftThere())
                    found |= {one.wallet: LeftThere(any=True, fen=one.fen) for one in answer.wallets}
        except TimeoutError:
            log.info("headquarters did not say within %g s what is left elsewhere", LEFT_S)
        except Unreachable as fault:
            log.info("headquarters was asked in vain what is left elsewhere: %s", fault)
        return found

    def _about(self, wallets: Sequence[WalletId]) -> AskLeft:
        who = self._talk.who
        return AskLeft(
            merchant=who.merchant,
            site=who.site,
            instance=who.instance,
            wallets=tuple(wallets),
            fresh=fresh_word(self._random),
        )

    async def _allowed(self, wants: Sequence[Want]) -> Offline:
        """By the settings in force here. What cannot be read allows nothing.

        Nor does a wallet of which headquarters has not heard: all that is on it lies here.
        """
        heard = await self._outbox.acked()
        accounts = [named(want.account) for want in wants]
        wallets = {WalletId(one.of) for one in accounts if one.owner is Owner.WALLET}
        if any([await self._ledger.began_since(wallet, heard) for wallet in sorted(wallets)]):
            return NOTHING_BEYOND
        manifest = self._ledger.standing().sets.get(SetName.SETTINGS)
        if manifest is None:
            return Offline()
        try:
            row = await self._sets.row(manifest, OFFLINE_ROW)
            if row is None:
                return Offline() if await self._sets.whole(manifest) else NOTHING_BEYOND
            return _offline.decode(row)
        except (TerminalFault, *UNREADABLE) as fault:
            log.warning("what may be given beyond rights cannot be read: %s", type(fault).__name__)
            return NOTHING_BEYOND

    async def _brought(self, wants: Sequence[Want], token: str | None, sales: Sequence[EntryId]) -> Brought:
        ask = self._ids.new()
        until = self._clock.mono_ms() + _KEPT_MS
        self._open[ask] = until, tuple(wants)
        question = self._question(ask, wants, token, sales)
        found = Brought()
        try:
            async with asyncio.timeout(WAIT_S):
                answer = await self._talk.ask(ASK_PATH, question, _asked)
                if isinstance(answer, Again):
                    return found
                found = self._told(answer)
                await self._arrived(answer)
        except TimeoutError:
            log.info("headquarters did not bring it within %g s", WAIT_S)
        except Unreachable as fault:
            log.info("headquarters was asked in vain: %s", fault)
        return found

    def _question(self, ask: str, wants: Sequence[Want], token: str | None, sales: Sequence[EntryId]) -> Ask:
        who = self._talk.who
        return Ask(
            merchant=who.merchant,
            site=who.site,
            instance=who.instance,
            hq_epoch=self._talk.hq_epoch,
            id=EntryId(ask),
            wants=tuple(wants[:WANTS_MAX]),
            sales=tuple(sales[:WANTS_MAX]),
            key=token,
        )

    def _told(self, answer: Asked) -> Brought:
        return Brought(
            reached=True,
            code=answer.code if answer.outcome is AskOutcome.REFUSED else "",
            who=self._who(answer) if answer.who else None,
        )

    async def _arrived(self, answer: Asked) -> None:
        """What was granted is in the feed; what other sites must release first may still come in time."""
        waits = answer.outcome is AskOutcome.WAITING
        while self._ledger.standing().hq_epoch == answer.hq_epoch and (
            waits or self._ledger.standing().fed < answer.fed
        ):
            brought = await self.feeding.read(wait_ms=int(WAIT_S * 1000) if waits else 0)
            if waits and brought:
                return
            if not waits and not brought:
                return  # Something before it waits: it comes late, and only raises what is held.

    def _who(self, answer: Asked) -> MemberRow | None:
        key = self._box_key()
        if key is None:
            return None
        try:
            return _row.decode(opened(key, answer.who, about=who_about(self._talk.who.site)))
        except (BoxSpoilt, *UNREADABLE) as fault:
            log.warning("who that is could not be read: %s", type(fault).__name__)
            return None
