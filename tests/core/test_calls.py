"""The morning's calls: what is due by its cycle, through refunds, voids, packs and merges."""

from __future__ import annotations

from typing import Any

import pytest
from msgspec.structs import replace

from terminal.core.calls import LastBought, NothingLasts, Purchases, cycles_of, lasting
from terminal.core.cart import Article
from terminal.core.catalogue import Listed
from terminal.core.commands import (
    BookDirective,
    BookMerge,
    BookRefund,
    BookReversal,
    BookVoid,
    Returned,
)
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
    many = sell(shop, of("P01", 3))
    shop.book(BookVoid, of=many.id, why="keyed_wrong")
    assert shop.bought() == set()
    wrong = sell(shop, of("P01", 3))
    shop.book(BookReversal, of=wrong.id, why="keyed_wrong")
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


@pytest.mark.parametrize(
    ("pieces", "cycle", "day"),
    [
        (1, 2_912_211, "9999-12-30"), (1, 2_912_212, "9999-12-31"), (1, 2_912_213, "9999-12-31"),
        (10**9, 80, "9999-12-31"),
    ],
)  # fmt: skip
def test_what_lasts_longer_than_dates_go_is_due_on_the_last_of_them(
    pieces: int, cycle: int, day: str
) -> None:
    bought = LastBought(wallet=W1, sku="P01", day="2026-08-19", pieces=pieces)
    assert bought.due(cycle) == day


def test_of_one_member_it_tells_what_that_one_bought(shop: Shop) -> None:
    shop.with_member(W2, M2)
    sell(shop, of("P01"), of("P02", 2))
    sell(shop, of("P02"), wallet=W2)
    assert [(one.wallet, one.sku, one.pieces) for one in shop.purchases.of(W1)] == [
        ("w1", "P01", 1),
        ("w1", "P02", 2),
    ]
    assert [(one.wallet, one.sku, one.pieces) for one in shop.purchases.of(W2)] == [("w2", "P02", 1)]


def test_of_who_bought_nothing_it_tells_nothing_and_keeps_nothing(shop: Shop) -> None:
    told = shop.purchases.bought()
    sell(shop, of("P01"))
    first = next(told)
    assert list(shop.purchases.of(W2)) == []
    assert [first, *told] == [LastBought(wallet=W1, sku="P01", day="2026-11-24", pieces=1)]
    assert NothingLasts().of(W1) == ()


def test_articles_without_a_cycle_last_for_ever() -> None:
    cream = Article(sku="P01", name="洁面乳", category="care", price=89_00, cycle_days=80)
    mask = Article(sku="P04", name="面膜", category="care", price=99_00, cycle_days=1)
    gloss = Article(sku="P06", name="口红", category="care", price=79_00)
    known = lasting(Listed([cream, mask, gloss]))
    assert known == {"P01": cream, "P04": mask}
    assert cycles_of(known) == {"P01": 80, "P04": 1}
    assert cycles_of({"P06": gloss}) == {}


def test_what_the_merged_member_bought_later_counts_and_comes_back_under_the_name_that_is_left(
    shop: Shop,
) -> None:
    shop.with_member(W2, M2)
    shop.on("2026-08-19")
    sell(shop, of("P01"), wallet=W2)
    shop.on("2026-09-01")
    late = sell(shop, of("P01"))
    shop.book(BookMerge, wallet=W1, into=W2)
    assert shop.bought() == {("w2", "P01", "2026-09-01", 1)}
    shop.book(BookVoid, of=late.id, why="keyed_wrong")
    assert shop.bought() == {("w2", "P01", "2026-08-19", 1)}
