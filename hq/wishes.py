"""Who asked at a site to be forgotten goes everywhere once nothing of theirs lies anywhere (product.md G7).

As in `lapsing` one place decides, by what every site has told: while one of them is silent, or has something
to tell, they wait.
"""

from __future__ import annotations

from msgspec.structs import replace

from hq.exchange import Exchange
from hq.forgotten import forget, names_of
from hq.lapsing import AGAIN_DAYS, AT_ONCE, DAY_MS, stays
from hq.lapsing_ports import Wished
from hq.ports import HolderRow
from hq.sets_ports import SHARED
from hq.work import Work
from terminal.core.directives import NEVER_MIND, Lapsing

LATELY_MS = 3_600_000
"""A site that was not heard for longer may have taken money of which nobody knows here."""


async def granted(exchange: Exchange, merchant: str) -> int:
    """Of how many the sites are told now that they go. Each hour: who waits is looked at anew."""
    async with exchange.work(merchant, SHARED) as work:
        if work.idle or not await work.turn.wishes("", 1):
            return 0  # As nearly always: nobody need wait for that.
    told, after = 0, ""
    while True:
        async with exchange.work(merchant, SHARED, alone=True) as work:
            heard = await _heard(work)
            page = await work.turn.wishes(after, AT_ONCE)
            for wish in page:
                told += await _granted(work, wish, heard)
        if len(page) < AT_ONCE:
            return told
        after = page[-1].wallet


async def _heard(work: Work) -> int:
    """Since when each site that is alive has told all that it booked; 0: one has something to tell."""
    alive = [row for row in (await work.turn.sites()).values() if not row.written_off_ms]
    return min((row.seen_ms if row.said <= row.acked else 0 for row in alive), default=0)


async def _granted(work: Work, wish: Wished, heard: int) -> bool:
    turn, today = work.turn, work.now_ms // DAY_MS
    family = (await turn.families({wish.wallet}))[wish.wallet]
    root, holders = family.root.wallet, await turn.holders(family.members)
    nobody = HolderRow(member=wish.member)
    asked, has = holders.get(wish.wallet, nobody), holders.get(root, nobody)
    if asked.member != wish.member or (wish.wallet != root and has.since > wish.since_ms):
        await turn.wish_over(wish.wallet)  # They gave it away: whoever has it now never asked.
        return False
    if wish.wallet != root:  # Whoever it became one with is the same person.
        await turn.wish_over(wish.wallet)
        wish = replace(wish, wallet=root, member=str(has.member), told=0)
        await turn.wish(wish.wallet, wish.member, wish.since_ms)
    if await stays(turn, Lapsing.MEMBER, family.members):
        if wish.told:
            await turn.wish_told(wish.wallet, 0)
        return False
    if wish.told and not await turn.boxes_of(family.members):
        await turn.wish_over(wish.wallet)
        return False
    if wish.told > today - AGAIN_DAYS or heard < max(wish.since_ms, work.now_ms - LATELY_MS):
        return False
    await forget(work, await names_of(turn, family, wish.member), NEVER_MIND)
    await turn.wish_told(wish.wallet, today)
    if await turn.untended([wish.wallet]):  # Their site is gone: nobody else would say so.
        await turn.forget_people(family.members)
    return True
