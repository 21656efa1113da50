"""What a chain can lose at worst while sites are cut off (ledger-and-sync.md, section 3).

A site that was written off is one of them until people know that it is gone: it may be alive, sell, and spend
beyond rights as any other, and beside that all that it held, which is the pool's and can be spent twice.
"""

from __future__ import annotations

from collections.abc import Sequence

from hq.policy import Policy
from hq.ports import AtRisk, SettingsGiven, SiteAtRisk, Store
from hq.pot import POOL
from hq.totals import APART
from terminal.core.fleet import WorstDay
from terminal.core.policy import Offline
from terminal.core.values import Value


class SiteExposure(Value, frozen=True, kw_only=True):
    site: str
    offline: bool
    reads: tuple[Offline, ...]
    """What it may give beyond rights: as it is in force there, and what is on its way. The higher counts."""
    beyond: int
    """Fen that it may give beyond rights before it is heard of again: min(F x wallets, S). Gone: none."""
    twice: int
    """Fen that it held when it was written off, and that may be spent elsewhere too. Gone: none."""
    unsure: bool
    """It may have held more than that."""
    day: WorstDay
    """What companies' cards may take there of a day while it is cut off, by their limits. Gone: none."""
    open: int
    """Fen that it has given beyond rights, as far as headquarters knows, and nobody covered."""
    tail: int
    """Entries that it had and headquarters has not, when it was heard of last: lost with its disk."""
    an_entry: int
    """Fen of members' money that its last entries moved, each on average."""

    @property
    def worst(self) -> int:
        """Fen that it can cost before it is heard of again."""
        return self.beyond + self.twice

    @property
    def tail_fen(self) -> int:
        """About what the tail moved."""
        return self.tail * self.an_entry


class ApartExposure(Value, frozen=True, kw_only=True):
    """Of points, uses, hundredths of a litre or coupons, each in its own measure.

    No site gives any of them beyond what it holds, so a site that is cut off costs none of them.
    """

    kind: str
    """One of `hq.totals.APART`."""
    twice: int
    """What sites held that were written off, and that may be spent elsewhere too. Gone: none."""
    open: int
    """Spent beyond rights, by what was booked again after a fork, and nobody covered."""
    lacking: int
    """Spent at two places, and not come back."""


class Exposure(Value, frozen=True, kw_only=True):
    merchant: str
    wallets: int
    worst_now: int
    """Fen, of the sites that are offline now."""
    worst: int
    """Fen, were all of them offline."""
    day_now: WorstDay
    """Of companies' cards, by their limits of a day, at the sites that are offline now: limit x sites."""
    day: WorstDay
    """Were all of them offline."""
    twice: int
    """Fen of the first two, that sites which were written off may spend though they lie elsewhere."""
    unsure: bool
    """Of one of those it is not known what it held: both are the least."""
    open: int
    lacking: int
    """Fen that were spent at two places and have not come back."""
    tail: int
    tail_fen: int
    sites: tuple[SiteExposure, ...]
    apart: tuple[ApartExposure, ...] = ()
    """Of those kinds of which there is any, in the order of `hq.totals.APART`."""


async def exposed(store: Store, merchant: str, policy: Policy, now_ms: int) -> Exposure | None:
    """For the owner's page. None: no site has called."""
    found = await store.at_risk(merchant)
    if not found.sites:
        return None
    return _summed(merchant, found, [_of(one, found.wallets, policy, now_ms) for one in found.sites])


def _of(one: SiteAtRisk, wallets: int, policy: Policy, now_ms: int) -> SiteExposure:
    there = _there(one.given)
    reads = _reads(there)
    floor = max(max(read.secure, read.signed, read.open) for read in reads)
    dead, spends = bool(one.written_off_ms), not one.gone_ms
    return SiteExposure(
        site=one.site,
        offline=dead or now_ms - one.seen_ms > policy.online_ms,
        reads=reads,
        beyond=min(floor * wallets, max(read.site for read in reads)) if spends else 0,
        twice=one.held if dead and spends else 0,
        unsure=one.unsure and dead and spends,
        day=_day(there) if spends else WorstDay(),
        open=one.open,
        tail=max(0, one.said - one.acked),
        an_entry=one.an_entry,
    )


def _there(given: Sequence[SettingsGiven]) -> Sequence[SettingsGiven]:
    """The settings that it has applied last, and those on their way."""
    return given[max((place for place, one in enumerate(given) if one.applied), default=0) :]


def _day(given: Sequence[SettingsGiven]) -> WorstDay:
    """The highest of each."""
    return WorstDay(
        fen=max((one.day.fen for one in given), default=0),
        litres=max((one.day.litres for one in given), default=0),
        without=max((one.day.without for one in given), default=0),
    )


def _days(days: Sequence[WorstDay]) -> WorstDay:
    """At all those sites; a company without a limit is one, wherever it is."""
    return WorstDay(
        fen=sum(day.fen for day in days),
        litres=sum(day.litres for day in days),
        without=max((day.without for day in days), default=0),
    )


def _reads(given: Sequence[SettingsGiven]) -> tuple[Offline, ...]:
    """Before it has applied any settings, and where they say nothing of it, a site keeps to the defaults."""
    reads = [] if given and given[0].applied else [Offline()]
    return (*reads, *(one.offline or Offline() for one in given))


def _summed(merchant: str, found: AtRisk, sites: list[SiteExposure]) -> Exposure:
    return Exposure(
        merchant=merchant,
        wallets=found.wallets,
        worst_now=sum(site.worst for site in sites if site.offline),
        worst=sum(site.worst for site in sites),
        day_now=_days([site.day for site in sites if site.offline]),
        day=_days([site.day for site in sites]),
        twice=sum(site.twice for site in sites),
        unsure=any(site.unsure for site in sites),
        open=sum(site.open for site in sites),
        lacking=found.lacking,
        tail=sum(site.tail for site in sites),
        tail_fen=sum(site.tail_fen for site in sites),
        sites=tuple(sites),
        apart=tuple(one for kind in APART if (one := _apart(found, kind)) is not None),
    )


def _apart(found: AtRisk, kind: str) -> ApartExposure | None:
    spends = {one.site for one in found.sites if one.written_off_ms and not one.gone_ms}
    mine = [one for one in found.apart if one.kind == kind]
    risk = ApartExposure(
        kind=kind,
        twice=sum(one.held for one in mine if one.site in spends),
        open=sum(one.open for one in mine if one.site != POOL),
        lacking=sum(one.open for one in mine if one.site == POOL),
    )
    return risk if risk.twice or risk.open or risk.lacking else None
