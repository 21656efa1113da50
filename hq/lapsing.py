"""What is not kept any more of members who came to no site of the chain for so long (product.md G8).

One place decides, for it alone knows all of them. It goes by what every site has told: while one of them is
silent the days stand still, and less is forgotten, never more. Each site is told by a directive, and what it
knows better of itself stays there. Headquarters' own copy of what was told goes with it; of who is forgotten
altogether once their own site says so.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping, Sequence
from datetime import date, timedelta
from functools import partial

import msgspec
from msgspec.structs import replace

from hq.boxes import Boxes
from hq.decisions import said, signed
from hq.exchange import Exchange
from hq.lapsing_ports import Boxed, Idle
from hq.ports import Turn
from hq.sets_ports import SHARED
from hq.word import everywhere
from hq.work import Work
from terminal.core.directives import Lapse, Lapsing
from terminal.core.ledger.left_over import ENDS, KEEPS_FROM_ERASURE, KEEPS_UNLESS_GIVEN
from terminal.core.retention import PARTICULARS, Retention
from terminal.core.values import Value, WalletId
from terminal.core.wire.forms import UNREADABLE
from terminal.core.wire.people import Known, profile_about
from terminal.runtime.box import BoxSpoilt

AT_ONCE = 50
"""Members in one transaction."""
AGAIN_DAYS = 30
"""Who was to be forgotten and is known still, as their own site keeps records, is looked for again then."""
SHOWN_MAX = 1_000
_BEGUN_MAX = 10_000
WALLETS_MAX = 100
"""In one directive."""
DAY_MS = 86_400_000
_MARGIN = 1
"""Days, for what a site has yet to push, and because its day is not that of headquarters' clock."""
_EPOCH = date(1970, 1, 1)

_told = msgspec.json.Decoder(Known)


class Looked(Value, frozen=True, kw_only=True):
    """As of a round."""

    retention: Retention
    upto: str = ""
    """Up to that day (ISO) it is known who came; empty: of some site nothing is yet."""
    silent: tuple[str, ...] = ()
    """Sites of which less is known than of the others; where it should not wait, they are written off."""
    said: Mapping[str, int] = {}
    """By kind, of how many members it was said to the sites now that it goes."""
    holding: tuple[str, ...] = ()
    """Wallets of members who did not come for so long and have value to get back; `SHOWN_MAX` at most."""
    asked: tuple[str, ...] = ()
    """Wallets of members who asked to be forgotten and are not yet; `SHOWN_MAX` at most."""


class Lapser:
    def __init__(self, exchange: Exchange, boxes: Boxes, own_key: bytes) -> None:
        """`own_key`: what is sealed to it headquarters alone can open (public, 32 bytes)."""
        self._exchange = exchange
        self._boxes = boxes
        self._own_key = own_key

    async def round(self, merchant: str, *, tell: bool = True) -> Looked:
        """Once a day or more often: what was said once is not said again. `tell`: or only looked at."""
        async with self._exchange.work(merchant, SHARED) as work:
            retention = await work.turn.kept_for()
            today = work.now_ms // DAY_MS
            await work.turn.begin_came(today, _BEGUN_MAX)
            known = {} if work.idle else await _known_upto(work)
            asked = tuple(one.wallet for one in await work.turn.wishes("", SHOWN_MAX))
        if not known:
            return Looked(retention=retention, asked=asked)
        known_upto = min(known.values())
        counts: dict[str, int] = {}
        holding: list[str] = []
        for kind in Lapsing:
            days: int | None = getattr(retention, kind)
            if days is None:
                continue
            idle = Idle(kind=kind, upto=known_upto - days - 1, again=today - AGAIN_DAYS)
            async for wallets, told in self._told(merchant, idle, _iso(known_upto - days), tell=tell):
                if told:
                    counts[kind] = counts.get(kind, 0) + len(told)
                holding += [one for one in wallets if one not in told]
        return Looked(
            retention=retention,
            upto=_iso(known_upto),
            silent=tuple(sorted(site for site, day in known.items() if day < max(known.values()))),
            said=counts,
            holding=tuple(holding[:SHOWN_MAX]),
            asked=asked,
        )

    async def _told(
        self, merchant: str, idle: Idle, upto: str, *, tell: bool
    ) -> AsyncIterator[tuple[Sequence[str], Sequence[str]]]:
        """(whom it concerns, of whom it is said), some at a time."""
        after = ""
        async with self._exchange.work(merchant, SHARED) as work:
            if not await work.turn.idle(idle, after, 1):
                return  # As nearly always: nobody need wait for that.
        while True:
            async with self._exchange.work(merchant, SHARED, alone=True) as work:
                wallets = await work.turn.idle(idle, after, AT_ONCE)
                families = await work.turn.families(wallets)
                kin = {wallet: families[wallet].members for wallet in wallets}
                told = [one for one in wallets if not await stays(work.turn, idle.kind, kin[one])]
                if told and tell and not work.idle:
                    await self._say(work, Lapse(kind=idle.kind, upto=upto, wallets=()), told, kin)
            yield wallets, told
            if len(wallets) < AT_ONCE:
                return
            after = wallets[-1]

    async def _say(
        self, work: Work, what: Lapse, told: Sequence[str], kin: Mapping[str, Sequence[str]]
    ) -> None:
        names = [WalletId(name) for wallet in told for name in kin[wallet]]
        for start in range(0, len(names), WALLETS_MAX):
            lapse = replace(what, wallets=tuple(names[start : start + WALLETS_MAX]))
            await everywhere(work, partial(replace, lapse))
        await work.turn.lapsed(told, what.kind, work.now_ms // DAY_MS)
        if what.kind in PARTICULARS:
            for box in await work.turn.boxes_of(names):
                await self._trim(work.turn, box, PARTICULARS[what.kind])
        elif what.kind is Lapsing.MEMBER:
            left = [name for wallet in await work.turn.untended(told) for name in kin[wallet]]
            if left:  # Their site is gone: nobody else would say so.
                await work.turn.forget_people(left)

    async def _trim(self, turn: Turn, box: Boxed, what: frozenset[str]) -> None:
        about = profile_about(box.edit, WalletId(box.wallet))
        try:
            known = _told.decode(self._boxes.own(box.sealed, about))
        except (BoxSpoilt, *UNREADABLE):
            return  # Nobody can read it.
        left = tuple(one for one in known.told if one[0] not in what)
        if left != known.told:
            clear = msgspec.json.encode(replace(known, told=left))
            sealed = self._boxes.sealed(self._own_key, clear, about)
            await turn.reseal(replace(box, sealed=sealed))


async def _known_upto(work: Work) -> dict[str, int]:
    """By site that is alive, up to which day all that it booked is here and was looked through.

    Empty: of one of them not all is.
    """
    known: dict[str, int] = {}
    read = await work.turn.looked_through()
    for site, row in (await work.turn.sites()).items():
        if row.written_off_ms:
            continue
        if not row.said <= row.acked <= read.get(site, -1):
            return {}
        known[site] = min(row.seen_ms, work.now_ms) // DAY_MS - _MARGIN
    return known


async def keep_for(exchange: Exchange, merchant: str, retention: Retention, *, by: str) -> None:
    """From the next round on. What went does not come back. Raises NotDecided: nobody signs."""
    signed(by)
    async with exchange.work(merchant, SHARED, alone=True) as work:
        await work.turn.keep_for(retention)
        days = ", ".join(f"{kind} {getattr(retention, kind) or 'until they ask'}" for kind in Lapsing)
        await said(work, by, f"days that is kept of who does not come: {days}")


async def stays(turn: Turn, kind: Lapsing, wallets: Sequence[str]) -> bool:
    """Who has something to get back is not forgotten, wherever it lies."""
    if kind is not Lapsing.MEMBER:
        return False
    for unit, amount in (await turn.held_of(wallets)).items():
        head = unit.partition(":")[0]
        if head in KEEPS_FROM_ERASURE:
            return True
        if head in KEEPS_UNLESS_GIVEN:
            given = await turn.given_for_good(wallets, unit, ends=head in ENDS)
            if given != amount:
                return True
    return False


def _iso(day: int) -> str:
    return (_EPOCH + timedelta(days=max(0, day))).isoformat()
