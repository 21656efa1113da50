"""What is of whoever was given a wallet, and what of who had it before."""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from terminal.core.commands import BookSale
from terminal.core.entry import Entry, Redo
from terminal.core.following import is_after
from terminal.core.times import made_ms
from tests.core.ledger.book import Book
from tests.core.ledger.test_value import line, sell


def sold() -> Entry:
    entry = sell(Book().with_member(), line(100))
    assert isinstance(entry.payload, BookSale)
    return entry


@pytest.mark.parametrize(("before", "after"), [(1, True), (0, False), (-1, False)])
@pytest.mark.parametrize("clock_ms", [-5, 5])
def test_here_it_goes_by_the_order_of_the_journal_whatever_the_clock_said(
    before: int, clock_ms: int, *, after: bool
) -> None:
    entry = sold()
    assert is_after(entry, made_ms(entry.id) + clock_ms, entry.seq - before) is after


@pytest.mark.parametrize(("later_ms", "after"), [(1, True), (0, False), (-1, False)])
@pytest.mark.parametrize("again", [False, True])
def test_elsewhere_and_of_what_was_booked_again_it_goes_by_the_time(
    later_ms: int, *, after: bool, again: bool
) -> None:
    entry = replace(sold(), redo=Redo(epoch=1, seq=1)) if again else sold()
    given = made_ms(entry.id) - later_ms
    assert is_after(entry, given, entry.seq + (1 if after else -1) if again else 0) is after
