"""What a chain can lose at worst while sites are cut off (ledger-and-sync.md, section 3)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from hq.policy import Policy
from hq.postgres import PostgresStore
from hq.sql import SQL
from terminal.core.fleet import WorstDay
from terminal.core.policy import Offline
from terminal.core.values import Value

_LOOKED_AT = 1_000
"""Entries of a site from which it is told what one of them moves."""


class SiteExposure(Value, frozen=True, kw_only=True):
    site: str
    offline: bool
    reads: tuple[Offline, ...]
    """What it may give beyond rights: as it is in force there, and what is on its way. The higher counts."""
    worst: int
    """Fen that it may give beyond rights before it is heard of again: min(F x wallets, S)."""
    day: WorstDay
    """What companies' cards may take there of a day while it is cut off, by their limits alike."""
    open: int
    """Fen that it has given beyond rights, as far as headquarters knows, and nobody covered."""
    tail: int
    """Entries that it had and headquarters has not, when it was heard of last: lost with its disk."""
    an_entry: int
    """Fen of members' money that its last entries moved, each on average."""

    @property
    def tail_fen(self) -> int:
        """About what the tail moved."""
        return self.tail * self.an_entry


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
    open: int
    tail: int
    tail_fen: int
    sites: tuple[SiteExposure, ...]


async def exposed(store: PostgresStore, merchant: str, policy: Policy, now_ms: int) -> Exposure | None:
    """For the owner's page. None: no site has called."""
    async with store.looking() as connection:
        rows = await connection.fetch(SQL["exposure"], merchant, _LOOKED_AT)
        wallets = int(await connection.fetchval(SQL["count_wallets"], merchant))
        given = await connection.fetch(SQL["settings_given"], merchant)
    sites: list[SiteExposure] = []
    for row in rows:
        there = _there([one for one in given if one["site"] == row["site"]])
        reads = _reads(there)
        floor = max(max(one.secure, one.signed, one.open) for one in reads)
        sites.append(
            SiteExposure(
                site=row["site"],
                offline=now_ms - row["seen_ms"] > policy.online_ms,
                reads=reads,
                worst=min(floor * wallets, max(one.site for one in reads)),
                day=_day(there),
                open=int(row["open"]),
                tail=max(0, row["said"] - row["acked"]),
                an_entry=int(row["an_entry"]),
            )
        )
    return _summed(merchant, wallets, sites) if sites else None


def _there(given: Sequence[Any]) -> Sequence[Any]:
    """The settings that it has applied last, and those on their way."""
    return given[max((place for place, row in enumerate(given) if row["applied"]), default=0) :]


def _day(given: Sequence[Any]) -> WorstDay:
    """The highest of each."""
    return WorstDay(
        fen=max((int(row["day_fen"]) for row in given), default=0),
        litres=max((int(row["day_litres"]) for row in given), default=0),
        without=max((row["day_without"] for row in given), default=0),
    )


def _days(days: Sequence[WorstDay]) -> WorstDay:
    """At all those sites; a company without a limit is one, wherever it is."""
    return WorstDay(
        fen=sum(day.fen for day in days),
        litres=sum(day.litres for day in days),
        without=max((day.without for day in days), default=0),
    )


def _reads(given: Sequence[Any]) -> tuple[Offline, ...]:
    """Before it has applied any settings, and where they say nothing of it, a site keeps to the defaults."""
    reads = [] if given and given[0]["applied"] else [Offline()]
    for row in given:
        said = row["secure"] is not None
        reads.append(
            Offline(secure=row["secure"], signed=row["signed"], open=row["open"], site=row["cap"])
            if said
            else Offline()
        )
    return tuple(reads)


def _summed(merchant: str, wallets: int, sites: list[SiteExposure]) -> Exposure:
    return Exposure(
        merchant=merchant,
        wallets=wallets,
        worst_now=sum(site.worst for site in sites if site.offline),
        worst=sum(site.worst for site in sites),
        day_now=_days([site.day for site in sites if site.offline]),
        day=_days([site.day for site in sites]),
        open=sum(site.open for site in sites),
        tail=sum(site.tail for site in sites),
        tail_fen=sum(site.tail_fen for site in sites),
        sites=tuple(sites),
    )
