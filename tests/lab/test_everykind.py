"""The day that the ledger's campaigns sell has every kind of transaction in it, nearly all accepted."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from typing import Any

from lab.everykind import EveryKind
from terminal.core import commands as c
from terminal.core.errors import Refused
from terminal.core.ledger import kind_of, kinds
from terminal.core.values import SiteId
from terminal.store.memory import MemoryLedger

WITH_IT: dict[str, Callable[[Any], object]] = {
    "a voucher given with a sale": lambda one: isinstance(one, c.BookSale) and one.vouchers,
    "a price that is locked": lambda one: isinstance(one, c.BookSale) and one.locked,
    "a coupon beside what is held": lambda one: isinstance(one, c.BookHold) and one.coupon,
    "litres that are held": lambda one: isinstance(one, c.BookHold) and one.unit,
    "a kind of card": lambda one: isinstance(one, c.BookCard) and one.kind,
    "a kind of card that is held by": lambda one: isinstance(one, c.BookHold) and one.kind,
}
"""What a kind may have beside it and often has not."""


async def test_every_kind_is_booked_and_few_are_refused() -> None:
    booked, with_it, refused = Counter[str](), Counter[str](), 0
    for day in range(30):
        ledger = MemoryLedger(SiteId("S1"))
        for command, private in EveryKind(f"1/{day}").submissions(48):
            try:
                await ledger.submit(command, private)
            except Refused:
                refused += 1
            else:
                booked[kind_of(command)] += 1
                with_it.update(what for what, is_so in WITH_IT.items() if is_so(command))
    assert set(booked) == set(kinds().values())
    assert min(booked.values()) >= 5
    assert min(with_it[what] for what in WITH_IT) >= 3
    assert 10 < refused < 0.05 * booked.total()


def test_a_seed_is_one_day() -> None:
    assert [*EveryKind("1").submissions(100)] == [*EveryKind("1").submissions(100)]
