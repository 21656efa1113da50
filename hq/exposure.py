"""What a chain can lose at worst while sites are cut off (ledger-and-sync.md, section 3)."""

from __future__ import annotations

from hq.policy import Policy
from hq.postgres import PostgresStore
from hq.sql import SQL
from terminal.core.values import Value


class SiteExposure(Value, frozen=True, kw_only=True):
    site: str
    offline: bool
    worst: int
    """Fen that it may give beyond rights before it is heard of again: min(F x wallets, S)."""
    open: int
    """Fen that it has given beyond rights, as far as headquarters knows, and nobody covered."""
    tail: int
    """Entries that it had and headquarters has not, when it was heard of last: lost with its disk."""


class Exposure(Value, frozen=True, kw_only=True):
    merchant: str
    wallets: int
    worst_now: int
    """Fen, of the sites that are offline now."""
    worst: int
    """Fen, were all of them offline."""
    open: int
    tail: int
    sites: tuple[SiteExposure, ...]


async def exposed(store: PostgresStore, policy: Policy, now_ms: int) -> tuple[Exposure, ...]:
    """By merchant, for the owner's page."""
    async with store.looking() as connection:
        rows = await connection.fetch(SQL["exposure"])
        wallets = {row["merchant_id"]: row["wallets"] for row in await connection.fetch(SQL["count_wallets"])}
    found: dict[str, list[SiteExposure]] = {}
    for row in rows:
        known = wallets.get(row["merchant_id"], 0)
        found.setdefault(row["merchant_id"], []).append(
            SiteExposure(
                site=row["site"],
                offline=now_ms - row["seen_ms"] > policy.online_ms,
                worst=min(policy.floor * known, policy.cap),
                open=row["open"],
                tail=max(0, row["said"] - row["acked"]),
            )
        )
    return tuple(_summed(merchant, wallets.get(merchant, 0), sites) for merchant, sites in found.items())


def _summed(merchant: str, wallets: int, sites: list[SiteExposure]) -> Exposure:
    return Exposure(
        merchant=merchant,
        wallets=wallets,
        worst_now=sum(site.worst for site in sites if site.offline),
        worst=sum(site.worst for site in sites),
        open=sum(site.open for site in sites),
        tail=sum(site.tail for site in sites),
        sites=tuple(sites),
    )
