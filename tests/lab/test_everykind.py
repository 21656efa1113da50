"""The day that the ledger's campaigns sell has every kind of transaction in it, nearly all accepted."""

from __future__ import annotations

from collections import Counter

from lab.everykind import EveryKind
from terminal.core.errors import Refused
from terminal.core.ledger import kind_of, kinds
from terminal.core.values import SiteId
from terminal.store.memory import MemoryLedger


async def test_every_kind_is_booked_and_few_are_refused() -> None:
    booked, refused = Counter[str](), 0
    for day in range(30):
        ledger = MemoryLedger(SiteId("S1"))
        for command, private in EveryKind(f"1/{day}").submissions(48):
            try:
                await ledger.submit(command, private)
            except Refused:
                refused += 1
            else:
                booked[kind_of(command)] += 1
    assert set(booked) == set(kinds().values())
    assert min(booked.values()) >= 5
    assert 10 < refused < 0.05 * booked.total()


def test_a_seed_is_one_day() -> None:
    assert [*EveryKind("1").submissions(100)] == [*EveryKind("1").submissions(100)]
