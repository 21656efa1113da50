"""What the journal alone tells of a shop is what the shop knows, also after merges, forks and restores."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest

from hq.memory import MemoryStore
from terminal.core.canonical import decoded
from terminal.core.entry import Entry
from terminal.store.answers import id_bytes
from terminal.store.memory import MemoryLedger
from terminal.store.retold import Retold
from tests.hq.shop import Chain
from tests.hq.test_walk import Walk

Rows = dict[Any, Any]


def told(retold: Retold, columns: str, key: int) -> Rows:
    return {row[:key]: row[key:] for row in retold.connection.execute(f"SELECT {columns}")}


def known(ledger: MemoryLedger, where: Mapping[str, int]) -> dict[str, tuple[str, int, Rows]]:
    """By table: its columns, how many of them are its key, and what the shop knows."""
    lots: Rows = {
        (wallet, unit, name): (
            lot.laid,
            lot.rest,
            lot.paid,
            lot.since,
            lot.until,
            lot.invoice,
            lot.listed,
            lot.sold,
        )
        for (wallet, unit), laid in ledger.laid.items()
        for name, lot in laid.items()
    }
    referring: Rows = {
        (id_bytes(of), one.seq): () for of, by in ledger.refer.items() for one in by if one.id in where
    }
    return {
        "wallets": (
            "wallet, member, tier, into_wallet FROM wallets",
            1,
            {(key,): (one.member, one.tier, one.into) for key, one in ledger.wallets.items()},
        ),
        "cards": (
            "card, wallet, state FROM cards",
            1,
            {(key,): (one.wallet, one.state) for key, one in ledger.cards.items()},
        ),
        "coupons": (
            "coupon, wallet, face FROM coupons",
            1,
            {(key,): (wallet, one.face) for key, (wallet, one) in ledger.coupons.items()},
        ),
        "lots": (
            "wallet, unit, lot, laid, rest, paid, since, until, invoice, listed, sold FROM lots",
            3,
            lots,
        ),
        "referring": ("entry, seq FROM referring", 2, referring),
    }


class Retelling(Walk):
    entries: list[Entry]

    async def settled(self) -> None:
        await super().settled()
        self.entries = []
        for shop in self.shops:
            entries = [decoded(link.body) for link in shop.ledger.links]
            self.entries += entries
            where = {entry.id: entry.seq for entry in entries}
            retold = Retold(where.get, epoch=0)  # A disk rolled back in memory begins its receipts anew.
            for entry in entries:
                retold.add(entry)
            for table, (columns, key, knows) in known(shop.ledger, where).items():
                tells = told(retold, columns, key)
                astray = {one for one in tells.keys() | knows.keys() if tells.get(one) != knows.get(one)}
                assert not {one for one in astray if not retold.is_unsure(table, one[0])}
            retold.close()


@pytest.mark.parametrize("seed", range(12))
async def test_the_journal_tells_what_the_shop_knows(seed: int) -> None:
    await Retelling(Chain(MemoryStore()), seed, damage=True).run()


async def test_some_of_it_was_booked_again_after_a_fork() -> None:
    walks = [Retelling(Chain(MemoryStore()), seed, damage=True) for seed in range(12)]
    for walk in walks:
        await walk.run()
    assert any(entry.redo is not None for walk in walks for entry in walk.entries)
