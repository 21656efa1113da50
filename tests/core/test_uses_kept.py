"""Uses as they are told to whom they belong."""

from __future__ import annotations

from itertools import permutations

import pytest
from msgspec.structs import replace

from terminal.core.commands import BookGrant, Grant, Sells, UsesKept
from terminal.core.uses_kept import kept_uses, of_the_day
from terminal.store.answers import balances, without_ended
from tests.core.ledger.book import W1, Book
from tests.core.ledger.test_value import line, sell

DAY = "2026-11-24"
HELD = (
    UsesKept(unit="count:K10", amount=3, until="2026-11-23", name="旧卡"),
    UsesKept(unit="count:K10", amount=2, until=DAY, name="新卡"),
    UsesKept(unit="count:K10", amount=1),
    UsesKept(unit="count:K20", amount=4, until="2026-11-23", name="洗发卡"),
    UsesKept(unit="count:K30", amount=5, until="2026-11-25"),
)


def test_what_may_be_used_is_counted_and_everything_is_named_as_it_was_sold_last() -> None:
    assert of_the_day(HELD, DAY) == ({"K10": 3, "K30": 5}, {"K10": "新卡", "K20": "洗发卡"})
    assert of_the_day((), DAY) == ({}, {})


@pytest.mark.parametrize(("until", "ended"), [("", False), ("2026-11-23", True), (DAY, False)])
def test_a_use_ends_after_its_last_day(until: str, *, ended: bool) -> None:
    assert UsesKept(unit="count:K10", amount=1, until=until).ended(DAY) is ended


def test_all_that_lie_there_are_told_lot_by_lot() -> None:
    book = Book().with_member()
    sells = Sells(unit="count:K10", amount=2, until="2026-11-01", uses_of=("F01",))
    sell(book, line(500, sells=Sells(unit="litres:92", amount=100)))
    sell(book, replace(line(1_000, sells=sells), name="十次卡"))
    book.book(BookGrant, wallet=W1, why="gift", grants=(Grant(unit="count:K10", amount=1),))
    assert kept_uses(book, W1) == (
        UsesKept(unit="count:K10", amount=2, until="2026-11-01", name="十次卡"),
        UsesKept(unit="count:K10", amount=1),
        UsesKept(unit="litres:92", amount=100),
    )


def test_litres_are_told_by_their_unit_until_they_end() -> None:
    after = balances([("litres:92", 7_00), ("litres:95@770", 160_00), ("litresx", 5), ("litres:0", 0)])
    assert after.uses == {"litres:92": 7_00, "litres:95@770": 160_00}
    over = [
        UsesKept(unit="litres:92", amount=7_00, until="2026-11-23"),
        UsesKept(unit="litres:95@770", amount=60_00, until="2026-11-23"),
        UsesKept(unit="litres:95@770", amount=100_00, until=DAY),
    ]
    assert without_ended(after, over, DAY).uses == {"litres:95@770": 100_00}
    assert of_the_day(over, DAY) == ({"litres:95@770": 100_00}, {})


def test_an_answer_says_its_lines_in_one_order_in_whatever_order_accounts_come() -> None:
    """By the order that they were opened in, or that the file has them in: a receipt is printed from it."""
    units = ("count:K10", "debt:voucher:v", "litres:92", "points:goods", "points:petrol", "voucher:v")
    told = {repr(balances((unit, 1) for unit in order)) for order in permutations(units)}
    assert len(told) == 1


def test_a_receipt_of_a_day_is_without_what_had_ended_by_then() -> None:
    after = balances([("count:K10", 7), ("count:K20", 4), ("count:K30", 6), ("principal", 100)])
    told = without_ended(after, HELD, DAY)
    assert told.uses == {"K10": 4, "K30": 6}
    assert told.called == {"K10": "新卡", "K20": "洗发卡"}
    assert told.principal == 100
