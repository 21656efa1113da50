"""Coupons that headquarters takes back: one, or all of a kind, of one member or of all (product.md B5).

What lies in the pool ends there; a site that holds one is told, and ends it when it hears that, whatever cart
waits with it. What was used stays used, and what comes back of it then ends as well. Of a kind that all are
withdrawn of, those too end that sites have yet to tell of, until somebody says that it may be given again.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping, Sequence

from hq.decisions import NotDecided, said, signed
from hq.exchange import Exchange
from hq.ports import Family
from hq.rights import settle
from hq.work import Work
from terminal.core.values import SiteId, Value

AT_ONCE = 200
"""Coupons in one transaction."""
WHY_CHARS_MAX = 100
"""As a directive has room for."""


class Which(Value, frozen=True, kw_only=True):
    """One by its own id, or all of a kind."""

    coupon: str = ""
    kind: str = ""
    wallet: str = ""
    """Only that member's; of what sites have yet to tell nothing ends then."""

    def __str__(self) -> str:
        if self.coupon:
            return f"coupon {self.coupon}"
        return f"coupons {self.kind}" + (f" of wallet {self.wallet}" if self.wallet else "")


class Withdrawn(Value, frozen=True, kw_only=True):
    """What became of them."""

    coupons: int = 0
    """All that were ever given, used or not."""
    pool: int = 0
    """Ended at headquarters."""
    sites: Mapping[str, int]
    """By site, how many it holds, and is told to end."""

    def __str__(self) -> str:
        there = ", ".join(f"{count} at {site}" for site, count in sorted(self.sites.items()))
        rest = self.coupons - self.pool - sum(self.sites.values())
        return (
            f"{self.coupons} coupons: {self.pool} ended here, {there or 'none'} as soon as it hears of it, "
            f"{rest} used or over"
        )


async def withdraw(exchange: Exchange, merchant: str, which: Which, *, why: str, by: str) -> Withdrawn:
    """Called again after it was cut short, it goes on; each coupon ends once.

    Raises:
        NotDecided: no such coupon or wallet, nobody signs or says why, or headquarters is being restored.
    """
    signed(by)
    why = " ".join(why.split())
    if not why or len(why) > WHY_CHARS_MAX:
        raise NotDecided(f"say why, in at most {WHY_CHARS_MAX} characters")
    if bool(which.coupon) == bool(which.kind) or (which.coupon and which.wallet):
        raise NotDecided("name one coupon, or a kind, of one wallet or of all")
    async with exchange.work(merchant, SiteId(""), alone=True) as work:
        whose = await _begun(work, which, why)
        await said(work, by, f"{which} withdrawn: {why}")
    told = Withdrawn(sites={})
    after = ""
    while True:
        async with exchange.work(merchant, SiteId(""), alone=True) as work:
            some = await _some(work, which, whose, after)
            if some:
                told = _and(told, await _end(work, some, why))
        if len(some) < AT_ONCE:
            return told
        after = some[-1][0]


async def give_again(exchange: Exchange, merchant: str, kind: str, *, by: str) -> None:
    """Coupons of that kind that come from now on are good; what was withdrawn stays so.

    Raises:
        NotDecided: all of that kind were never withdrawn, or nobody signs.
    """
    signed(by)
    async with exchange.work(merchant, SiteId(""), alone=True) as work:
        if kind not in await work.turn.kinds_ended():
            raise NotDecided("that kind is not withdrawn")
        await work.turn.end_kind(kind, "")
        await said(work, by, f"coupons {kind} may be given again")


async def _begun(work: Work, which: Which, why: str) -> Collection[str] | None:
    """The wallets that they may have been given to; None: all."""
    if work.idle:
        raise NotDecided("headquarters was restored, and not every site has called since")
    if which.coupon and await work.turn.coupon(which.coupon) is None:
        raise NotDecided("no such coupon, or its site has not told of it yet")
    if not which.wallet:
        if which.kind:
            await work.turn.end_kind(which.kind, why)
        return None
    family: Family = (await work.turn.families({which.wallet}))[which.wallet]
    if not family.root.opened_ms:
        raise NotDecided("no such wallet")
    return family.members


async def _some(
    work: Work, which: Which, whose: Collection[str] | None, after: str
) -> Sequence[tuple[str, str]]:
    if which.kind:
        return await work.turn.coupons_of(which.kind, whose, after, AT_ONCE)
    wallet = await work.turn.coupon(which.coupon)
    return [] if wallet is None else [(which.coupon, wallet)]


async def _end(work: Work, coupons: Sequence[tuple[str, str]], why: str) -> Withdrawn:
    await work.turn.end_coupons(dict.fromkeys((coupon for coupon, _ in coupons), why))
    pots = await work.open({f"wallet:{wallet}:coupon:{coupon}" for coupon, wallet in coupons})
    pooled = sum(pot.balance for pot in pots)
    await settle(work, pots)
    sites = Counter(str(one.site) for pot in pots for one in pot.held if one.balance > 0 and not one.gone)
    return Withdrawn(coupons=len(coupons), pool=pooled, sites=sites)


def _and(one: Withdrawn, other: Withdrawn) -> Withdrawn:
    sites = Counter(one.sites) + Counter(other.sites)
    return Withdrawn(coupons=one.coupons + other.coupons, pool=one.pool + other.pool, sites=sites)
