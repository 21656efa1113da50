"""Walks what headquarters holds: chains over the stored bytes, postings, balances, who holds what, parts."""

from __future__ import annotations

from collections import Counter

import asyncpg

from hq.conservation import astray
from hq.postgres import PostgresStore, totals_of
from hq.reading import read
from hq.sql import SQL
from terminal.core.entry import GENESIS, chained
from terminal.core.values import Value

FAULTS_MAX = 20
"""Named for each site; more would not tell more."""


class SiteVerdict(Value, frozen=True, kw_only=True):
    merchant: str
    site: str
    entries: int
    head: str
    quarantined: int
    lying: tuple[str, ...]
    """What is in quarantine there: seq and why. `python -m hq read-again` tries it once more."""
    faults: tuple[str, ...]


class Verdict(Value, frozen=True, kw_only=True):
    hq: str
    """`ok`, or `damaged`: then `faults` of a site say where."""
    entries: int
    quarantined: int
    astray: tuple[str, ...]
    """Accounts of which more or less lies somewhere than was loaded and not spent."""
    parts: tuple[str, ...]
    """Of data sets, that have another hash than they are kept under."""
    sites: tuple[SiteVerdict, ...]


async def verified(store: PostgresStore) -> Verdict:
    """One snapshot of all sites, while they go on sending."""
    async with store.looking() as connection:
        rows = await connection.fetch(SQL["all_sites"])
        sites = tuple([await _site(connection, row) for row in rows])
        lost: list[str] = []
        for merchant in sorted({row["merchant_id"] for row in rows}):
            totals = await totals_of(connection, merchant)
            lost += [f"{merchant}: {sentence}" for sentence in astray(totals)]
        spoilt = await connection.fetch(SQL["spoilt_blobs"], FAULTS_MAX)
    return Verdict(
        hq="damaged" if lost or spoilt or any(site.faults for site in sites) else "ok",
        astray=tuple(lost[:FAULTS_MAX]),
        parts=tuple(f"{row['merchant_id']}: {row['hash'].hex()}" for row in spoilt),
        entries=sum(site.entries for site in sites),
        quarantined=sum(site.quarantined for site in sites),
        sites=sites,
    )


async def _site(connection: asyncpg.Connection, row: asyncpg.Record) -> SiteVerdict:
    here = (row["merchant_id"], row["site"])
    lying = await connection.fetch(SQL["quarantined"], *here)
    walk = _Walk(row["site"], row["epoch"], {found["seq"] for found in lying})
    async for link in connection.cursor(SQL["chain"], *here):
        walk.step(link["seq"], link["hash"], link["body"])
    walk.ends(row["acked"], row["head"])
    for name in ("balances", "posted", "moved"):
        found = {one["account"]: int(one["balance"]) for one in await connection.fetch(SQL[name], *here)}
        walk.agrees(name, found)
    return SiteVerdict(
        merchant=row["merchant_id"],
        site=row["site"],
        entries=walk.seq,
        head=walk.head.hex(),
        quarantined=len(lying),
        lying=tuple(f"{found['seq']}: {found['why']}" for found in lying[:FAULTS_MAX]),
        faults=tuple(walk.faults[:FAULTS_MAX]),
    )


class _Walk:
    """One chain from its beginning; what the entries say is added up beside what was stored of them."""

    def __init__(self, site: str, epoch: int, quarantined: set[int]) -> None:
        self.seq = 0
        self.head = GENESIS
        self.faults: list[str] = []
        self._site = site
        self._epoch = epoch
        self._quarantined = quarantined
        self._sums: Counter[str] = Counter()
        self._moved: Counter[str] = Counter()

    def step(self, seq: int, stored: bytes, body: bytes) -> None:
        if seq != self.seq + 1:
            self.faults.append(f"after {self.seq} comes {seq}")
        self.seq = seq
        self.head = chained(self.head, body)
        if self.head != stored:
            self.faults.append(f"{seq}: the hash does not fit")
            self.head = stored  # One broken link is one fault, not one for each that follows.
        if seq in self._quarantined:
            return
        entry = read(self._site, self._epoch, seq, stored, body)
        if entry.fault:
            self.faults.append(f"{seq}: {entry.fault}")
        for account, amount in entry.postings:
            self._sums[account] += amount
            if entry.moves:
                self._moved[account] += amount

    def ends(self, acked: int, head: bytes) -> None:
        if (self.seq, self.head) != (acked, head):
            self.faults.append(f"the chain ends at {self.seq}, {acked} was acknowledged")

    def agrees(self, name: str, stored: dict[str, int]) -> None:
        sums = self._moved if name == "moved" else self._sums
        for account in sorted(sums.keys() | stored.keys()):
            if sums[account] != stored.get(account, 0):
                self.faults.append(f"{name}: {account} is not what its entries add up to")
