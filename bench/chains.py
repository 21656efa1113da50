"""Journals of many terminals, booked by the ledger's own rules in memory, for benches of headquarters."""

from __future__ import annotations

import asyncio
import json
import random
from pathlib import Path

from hq.reading import read
from lab.workload import Workload
from terminal.core.entry import GENESIS, Link
from terminal.core.values import SiteId
from terminal.core.wire.journal import BATCH_MAX, Push
from terminal.store.memory import MemoryLedger

_HELD = 90_000_00
_WALLETS = 100
OPENING = 2 * _WALLETS
"""Entries with which each journal begins: cards given out and recharged."""


async def journal(site: str, sales: int, *, one_wallet: bool) -> list[Link]:
    """Full checkouts after the opening; all of one wallet, the same at every site, or of a hundred."""
    ledger = MemoryLedger(SiteId(site))
    work = Workload(site)
    shared = Workload("shared")
    for place in range(_WALLETS):
        command, private = (shared if one_wallet and place == 0 else work).issue()
        await ledger.submit(command, private)
    if one_wallet:
        work.cards.insert(0, shared.cards[0])
    for card in work.cards:
        await ledger.submit(work.recharge(*card, principal=_HELD))
    dice = random.Random(site)
    for _ in range(sales):
        card = work.cards[0] if one_wallet else dice.choice(work.cards)
        await ledger.submit(work.sale(*card))
    return ledger.links


def journals(sites: int, sales: int, *, one_wallet: bool = False) -> dict[str, list[Link]]:
    names = [f"S{number:02}" for number in range(sites)]

    async def made() -> dict[str, list[Link]]:
        return {name: await journal(name, sales, one_wallet=one_wallet) for name in names}

    return asyncio.run(made())


def rows(chains: dict[str, list[Link]], path: Path) -> None:
    """The checkouts as the floor takes them, batches of the sites in turn."""
    starts = range(OPENING, max(map(len, chains.values())), BATCH_MAX)
    with path.open("w") as file:
        for start in starts:
            for site, links in chains.items():
                taken = [
                    read(site, 1, link.seq, link.hash, link.body) for link in links[start : start + BATCH_MAX]
                ]
                batch = {
                    "site": site,
                    "entries": [
                        (one.seq, one.id, one.kind, one.hash.hex(), one.body.hex(), one.command.hex())
                        for one in taken
                    ],
                    "lines": [
                        (account, one.seq, line, amount)
                        for one in taken
                        for line, (account, amount) in enumerate(one.postings)
                    ],
                    "parts": [
                        (part.account, part.terms.lot, part.amount) for one in taken for part in one.lots
                    ],
                }
                file.write(json.dumps(batch) + "\n")


def batch(merchant: str, site: str, links: list[Link], start: int, nonce: str) -> Push:
    """The next `BATCH_MAX` after `start`."""
    some = links[start : start + BATCH_MAX]
    return Push(
        merchant=merchant,
        site=SiteId(site),
        instance="i1",
        hq_epoch=1,
        epoch=1,
        nonce=nonce,
        start=start,
        before=(links[start - 1].hash if start else GENESIS).hex(),
        bodies=tuple(link.body for link in some),
        after=some[-1].hash.hex(),
        head_seq=links[-1].seq,
        head_hash=links[-1].hash.hex(),
    )
