"""The morning's calls: what is due by its cycle, through refunds, voids, packs and merges."""

from __future__ import annotations

from typing import Any

import pytest
from msgspec.structs import replace

from terminal.core.calls import LastBought, Purchases
from terminal.core.commands import BookDirective, BookMerge, BookRefund, BookVoid, Returned
from terminal.core.directives import Directed, Merge
from terminal.core.entry import Entry
from tests.core.ledger.book import AT, M2, W1, W2, Book
from tests.core.ledger.test_value import line, sell

CYCLES = {"P01": 80, "P02": 50}


class Shop(Book):
    def __init__(self) -> None:
        super().__init__()
        self.purchases = Purchases(CYCLES)
        self.with_member()

    def keep_command(self, command: Any, private: Any = None) -> Entry:
        entry = super().keep_command(command, private)
        self.purchases.add(entry)
        return entry

    def on(self, day: str) -> None:
        self.at = replace(AT, business_day=day)

    def bought(self) -> set[tuple[str, str, str, int]]:
        return {(one.wallet, one.sku, one.day, one.pieces) for one in self.purchases.bought()}


@pytest.fixture
def shop() -> Shop:
    return Shop()


def of(sku: str, pieces: int = 1) -> Any:
    return replace(line(1_000 * pieces), sku=sku, quantity=pieces)


def test_a_piece_lasts_its_cycle_and_so_many_pieces_so_many_of_them(shop: Shop) -> None:
    shop.on("2026-08-19")
    sell(shop, of("P01"))
    shop.on("2026-05-31")
    sell(shop, of("P02", 2), of("X"))
    assert shop.bought() == {("w1", "P01", "2026-08-19", 1), ("w1", "P02", "2026-05-31", 2)}
    assert [one.sku for one in shop.purchases.due("2026-11-07")] == ["P01"]
    assert [one.sku for one in shop.purchases.due("2026-09-08")] == ["P02"]
    assert shop.purchases.due("2026-11-08") == []


def test_the_same_article_again_begins_anew_and_what_comes_back_whole_gives_the_former_date_back(
    shop: Shop,
) -> None:
    shop.on("2026-08-19")
    sell(shop, of("P01"))
    shop.on("2026-11-07")
    again = sell(shop, of("P01", 3))
    assert shop.bought() == {("w1", "P01", "2026-11-07", 3)}
    some = Returned(line=0, net=1_000, quantity=1)
    shop.book(BookRefund, of=again.id, returned=(some,), why="sour", cash_step=1)
    assert shop.bought() == {("w1", "P01", "2026-11-07", 2)}
    rest = Returned(line=0, net=2_000, quantity=2)
    shop.book(BookRefund, of=again.id, returned=(rest,), why="sour", cash_step=1)
    assert shop.bought() == {("w1", "P01", "2026-08-19", 1)}


def test_a_void_undoes_all_lines_and_a_line_whose_pieces_nobody_counted_is_gone(shop: Shop) -> None:
    first = sell(shop, of("P01"), of("P02"))
    shop.book(BookVoid, of=first.id, why="keyed_wrong")
    assert shop.bought() == set()
    second = sell(shop, of("P01"), of("P02"))
    shop.book(BookRefund, of=second.id, returned=(Returned(line=1, net=1_000),), why="sour", cash_step=1)
    assert shop.bought() == {("w1", "P01", "2026-11-24", 1)}


def test_two_lines_of_one_sale_last_together(shop: Shop) -> None:
    sell(shop, of("P01"), of("P01", 2))
    assert shop.bought() == {("w1", "P01", "2026-11-24", 3)}


def test_nobody_is_called_for_what_nobody_bought(shop: Shop) -> None:
    sell(shop, of("P01"), wallet=None)
    assert shop.bought() == set()
    shop.book(BookVoid, of=sell(shop, of("X")).id, why="keyed_wrong")
    assert shop.bought() == set()


def test_a_merged_member_is_called_once_under_the_name_that_is_left(shop: Shop) -> None:
    shop.with_member(W2, M2)
    shop.on("2026-08-19")
    early = sell(shop, of("P01"))
    shop.on("2026-09-01")
    sell(shop, of("P01"), wallet=W2)
    shop.book(BookMerge, wallet=W1, into=W2)
    assert shop.bought() == {("w2", "P01", "2026-09-01", 1)}
    back = (Returned(line=0, net=1_000, quantity=1),)
    shop.book(BookRefund, of=early.id, returned=back, why="sour", cash_step=1)
    assert shop.bought() == {("w2", "P01", "2026-09-01", 1)}


@pytest.mark.parametrize(("apart", "whose"), [(False, {"w2"}), (True, {"w1", "w2"})])
def test_headquarters_merges_them_too_but_for_who_stays_two_wallets_here(
    shop: Shop, *, apart: bool, whose: set[str]
) -> None:
    shop.with_member(W2, M2)
    shop.on("2026-08-19")
    sell(shop, of("P01"))
    shop.on("2026-09-01")
    sell(shop, of("P01"), wallet=W2)
    directed = Directed(hq_epoch=1, m=1)
    shop.book(BookDirective, directed=directed, directive=Merge(wallet=W1, into=W2), apart=apart)
    assert {wallet for wallet, *_ in shop.bought()} == whose
    assert ("w2", "P01", "2026-09-01", 1) in shop.bought()


def test_it_is_due_so_many_days_after_it_was_bought() -> None:
    bought = LastBought(wallet=W1, sku="P01", day="2026-08-19", pieces=1)
    assert bought.due(80) == "2026-11-07"
