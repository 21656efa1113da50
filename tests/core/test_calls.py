"""The morning's calls: what is due by its cycle, through refunds, voids, packs and merges."""

from __future__ import annotations

from typing import Any

import pytest
from msgspec.structs import replace

from terminal.core.calls import (
    BOUGHT_MAX,
    LINES_MAX,
    Cycles,
    LastBought,
    NothingLasts,
    Purchases,
    called,
    cycles_of,
    lasting,
)
from terminal.core.cart import Article
from terminal.core.catalogue import Listed
from terminal.core.commands import (
    BookDirective,
    BookMerge,
    BookRefund,
    BookReversal,
    BookTransfer,
    BookVoid,
    Measured,
    Returned,
)
from terminal.core.directives import Directed, GivenAway, Merge
from terminal.core.entry import Entry
from terminal.core.habits import Habits
from terminal.core.values import MemberId
from tests.core.ledger.book import AT, M2, W1, W2, Book
from tests.core.ledger.test_value import line, sell

CYCLES = Cycles({"P01": 80, "P02": 50})


class Shop(Book):
    def __init__(self, purchases: Purchases | None = None) -> None:
        super().__init__()
        self.purchases = purchases or Purchases(CYCLES)
        self.with_member()

    def keep_command(self, command: Any, private: Any = None) -> Entry:
        entry = super().keep_command(command, private)
        self.purchases.add(entry)
        return entry

    def on(self, day: str) -> None:
        self.at = replace(AT, business_day=day)

    def bought(self) -> set[tuple[str, str, str, int]]:
        return {(one.wallet, one.what, one.day, one.pieces) for one in self.purchases.bought()}


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
    assert [one.what for one in shop.purchases.due("2026-11-07")] == ["P01"]
    assert [one.what for one in shop.purchases.due("2026-09-08")] == ["P02"]
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


@pytest.mark.parametrize("elsewhere", [False, True])
def test_nobody_is_called_about_what_was_bought_by_who_had_the_card_before(
    shop: Shop, *, elsewhere: bool
) -> None:
    shop.with_member(W2, M2)
    shop.on("2026-08-19")
    early = sell(shop, of("P01"))
    sell(shop, of("P01"), wallet=W2)
    if elsewhere:
        given = GivenAway(wallet=W1, member=MemberId("m9"), since=1, cards=())
        shop.book(BookDirective, directed=Directed(hq_epoch=1, m=1), directive=given)
    else:
        shop.book(BookTransfer, wallet=W1, card=None, to=MemberId("m9"), commitment="", terms="1")
    assert shop.bought() == {("w2", "P01", "2026-08-19", 1)}
    assert (shop.purchases.members, shop.purchases.lines) == (1, 1)
    shop.book(BookVoid, of=early.id, why="keyed_wrong")
    shop.on("2026-09-01")
    sell(shop, of("P01"))
    assert shop.bought() == {("w1", "P01", "2026-09-01", 1), ("w2", "P01", "2026-08-19", 1)}


def test_it_is_due_so_many_days_after_it_was_bought() -> None:
    bought = LastBought(wallet=W1, what="P01", day="2026-08-19", pieces=1)
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
    bought = LastBought(wallet=W1, what="P01", day="2026-08-19", pieces=pieces)
    assert bought.due(cycle) == day


def test_of_one_member_it_tells_what_that_one_bought(shop: Shop) -> None:
    shop.with_member(W2, M2)
    sell(shop, of("P01"), of("P02", 2))
    sell(shop, of("P02"), wallet=W2)
    assert [(one.wallet, one.what, one.pieces) for one in shop.purchases.of(W1)] == [
        ("w1", "P01", 1),
        ("w1", "P02", 2),
    ]
    assert [(one.wallet, one.what, one.pieces) for one in shop.purchases.of(W2)] == [("w2", "P02", 1)]


def test_of_who_bought_nothing_it_tells_nothing_and_keeps_nothing(shop: Shop) -> None:
    told = shop.purchases.bought()
    sell(shop, of("P01"))
    first = next(told)
    assert list(shop.purchases.of(W2)) == []
    assert [first, *told] == [LastBought(wallet=W1, what="P01", day="2026-11-24", pieces=1)]
    assert NothingLasts().of(W1) == ()
    assert NothingLasts().habits(W1) == Habits()


def test_articles_without_a_cycle_last_for_ever() -> None:
    cream = Article(sku="P01", name="洁面乳", category="care", price=89_00, cycle_days=80)
    mask = Article(sku="P04", name="面膜", category="care", price=99_00, cycle_days=1)
    gloss = Article(sku="P06", name="口红", category="care", price=79_00)
    known = lasting(Listed([cream, mask, gloss]))
    assert known == {"P01": cream, "P04": mask}
    assert cycles_of(known) == Cycles({"P01": 80, "P04": 1})
    assert cycles_of({"P06": gloss}) == Cycles({})


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


CARE = Cycles({"P01": 80}, {"care": 30, "X": 10})


def care(sku: str, pieces: int = 1, category: str = "care") -> Any:
    return replace(of(sku, pieces), category=category)


def test_what_has_no_days_of_its_own_has_those_of_its_category_and_any_of_it_begins_anew() -> None:
    shop = Shop(Purchases(CARE))
    shop.on("2026-08-19")
    sell(shop, care("P01"), care("P02", 2), care("Z", category="other"))
    assert shop.bought() == {("w1", "P01", "2026-08-19", 1), ("w1", "category:care", "2026-08-19", 2)}
    assert [one.what for one in shop.purchases.due("2026-10-18")] == ["category:care"]
    shop.on("2026-10-01")
    sell(shop, care("P03"))
    assert shop.bought() == {("w1", "P01", "2026-08-19", 1), ("w1", "category:care", "2026-10-01", 1)}
    assert [one.what for one in shop.purchases.due("2026-10-31")] == ["category:care"]


def test_a_category_is_called_by_its_name_and_an_article_by_its_own() -> None:
    cream = Article(sku="P01", name="洁面乳", category="care", price=89_00, cycle_days=80)
    assert called("P01", {"P01": cream}) == "洁面乳"
    assert called("category:面膜", {"P01": cream}) == "面膜"
    assert (CARE.days("P01"), CARE.days("category:care")) == (80, 30)
    assert (CARE.what(care("P09")), CARE.what(care("P09", category="none"))) == ("category:care", "")
    assert cycles_of({"P01": cream}, {"care": 30}) == Cycles({"P01": 80}, {"care": 30})
    assert [bool(one) for one in (Cycles({}), Cycles({"A": 1}), Cycles({}, {"a": 1}))] == [False, True, True]


def test_what_is_weighed_lasts_like_one_piece_until_all_of_it_is_back() -> None:
    shop = Shop(Purchases(CARE))
    sale = sell(shop, replace(care("P02", 1_250), measured=Measured.GRAM))
    assert shop.bought() == {("w1", "category:care", "2026-11-24", 1)}
    for grams, left in ((1_249, 1), (1, 0)):
        back = (Returned(line=0, net=1, quantity=grams),)
        shop.book(BookRefund, of=sale.id, returned=back, why="sour", cash_step=1)
        assert len(shop.bought()) == left


def test_more_than_its_lines_is_not_kept_and_whoever_was_here_longest_ago_is_forgotten() -> None:
    shop = Shop(Purchases(CYCLES, lines_max=3))
    shop.with_member(W2, M2)
    first = sell(shop, of("P01"))
    sell(shop, of("P01"), of("P02"), wallet=W2)
    assert {wallet for wallet, *_ in shop.bought()} == {"w1", "w2"}
    assert shop.purchases.lines == 3
    sell(shop, of("P02"))  # Whoever comes again is the last to go.
    assert shop.bought() == {("w1", "P01", "2026-11-24", 1), ("w1", "P02", "2026-11-24", 1)}
    assert shop.purchases.lines == 2
    shop.book(BookVoid, of=first.id, why="keyed_wrong")
    assert shop.bought() == {("w1", "P02", "2026-11-24", 1)}
    assert (shop.purchases.lines, shop.purchases.members) == (1, 1)


def test_of_who_bought_nothing_that_is_used_up_nothing_is_kept(shop: Shop) -> None:
    sell(shop, of("X"))
    assert (shop.purchases.lines, shop.purchases.members) == (0, 0)
    sale = sell(shop, of("P01"))
    assert (shop.purchases.lines, shop.purchases.members) == (1, 1)
    shop.book(BookVoid, of=sale.id, why="keyed_wrong")
    assert (shop.purchases.lines, shop.purchases.members) == (0, 0)
    assert (LINES_MAX, BOUGHT_MAX) == (50_000, 16)


def test_of_one_member_the_last_lines_are_kept(shop: Shop) -> None:
    sales = [sell(shop, of("P01", 2)) for _ in range(17)]
    assert shop.purchases.lines == 16
    for sale in sales[1:]:
        assert shop.bought() == {("w1", "P01", "2026-11-24", 2)}
        shop.book(BookVoid, of=sale.id, why="keyed_wrong")
    assert shop.bought() == set()
    shop.book(BookVoid, of=sales[0].id, why="keyed_wrong")  # Forgotten: nothing goes wrong by it.
    assert shop.purchases.lines == 0


def test_what_is_used_up_before_the_day_that_is_asked_about_is_not_kept() -> None:
    shop = Shop(Purchases(CYCLES, since="2026-11-07"))
    shop.on("2026-08-18")
    sell(shop, of("P01"), of("P02"))
    assert shop.bought() == set()
    shop.on("2026-08-19")
    sell(shop, of("P01"), of("P01"))
    assert shop.bought() == {("w1", "P01", "2026-08-19", 2)}
    assert shop.purchases.lines == 2
    shop = Shop(Purchases(CYCLES, since="2026-11-07"))
    shop.on("2026-08-19")
    sell(shop, of("P01"), of("P02"))
    assert shop.bought() == {("w1", "P01", "2026-08-19", 1)}


def test_a_later_purchase_that_is_used_up_before_begins_anew_all_the_same_and_may_come_back() -> None:
    shop = Shop(Purchases(CYCLES, since="2026-11-07"))
    shop.on("2026-08-19")
    sell(shop, of("P02", 2))  # Until 2026-11-27.
    shop.on("2026-09-01")
    again = sell(shop, of("P02"))  # Until 2026-10-21.
    assert shop.bought() == {("w1", "P02", "2026-09-01", 1)}
    shop.book(BookVoid, of=again.id, why="keyed_wrong")
    assert shop.bought() == {("w1", "P02", "2026-08-19", 2)}
