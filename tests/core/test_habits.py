"""What the last visits say: who mostly served them, and what is bought with what is theirs."""

from __future__ import annotations

from typing import Any

import pytest
from msgspec.structs import replace

from terminal.core.commands import (
    BookDirective,
    BookMerge,
    BookRefund,
    BookReversal,
    BookTransfer,
    BookVoid,
    Commission,
    Returned,
)
from terminal.core.directives import Directed, GivenAway, Merge
from terminal.core.entry import Entry
from terminal.core.habits import (
    BASKETS_MAX,
    MEMBERS_MAX,
    VISITS_MAX,
    Habits,
    Together,
    Usual,
    Visits,
)
from terminal.core.values import MemberId, StaffId, WalletId
from tests.core.ledger.book import AT, M2, W1, W2, Book
from tests.core.ledger.test_value import line, sell


class Shop(Book):
    def __init__(self, visits: Visits | None = None) -> None:
        super().__init__()
        self.visits = visits or Visits("KEYED")
        self.with_member()

    def keep_command(self, command: Any, private: Any = None) -> Entry:
        entry = super().keep_command(command, private)
        self.visits.add(entry)
        return entry

    def usual(self, wallet: WalletId = W1) -> Usual | None:
        return self.visits.of(wallet).usual

    def together(self, wallet: WalletId = W1) -> Together | None:
        return self.visits.of(wallet).together

    def served(self, *staff: str, wallet: WalletId = W1) -> Any:
        """One visit, with a service by each."""
        return sell(self, *(service(one) for one in staff), wallet=wallet)

    def strangers(self, times: int, *skus: str) -> None:
        for _ in range(times):
            sell(self, *(goods(sku) for sku in skus), wallet=None)


@pytest.fixture
def shop() -> Shop:
    return Shop()


def goods(sku: str, pieces: int = 1) -> Any:
    return replace(line(1_000 * pieces), sku=sku, name=f"n{sku}", quantity=pieces)


def service(by: str, sku: str = "S1") -> Any:
    return replace(goods(sku), commission=Commission(by=StaffId(by), amount=100) if by else None)


def usual(staff: str, times: int, visits: int) -> Usual:
    return Usual(staff=StaffId(staff), times=times, visits=visits)


@pytest.mark.parametrize(
    ("visits", "found"),
    [
        ([], None),
        (["E1"], None),
        (["E1", "E1"], usual("E1", 2, 2)),
        (["E1", "E2"], None),
        (["E1", "E2", "E1"], usual("E1", 2, 3)),
        (["E1", "E2", "E1", "E2"], None),
        (["", "E1", "", "E1"], usual("E1", 2, 2)),
        (["E2", "E2", "E2", "E1", "E1", "E1"], usual("E1", 3, 5)),
        (["E1", "E1", "E1", "E2", "E3", "E2", "E3"], None),
    ],
)
def test_whoever_served_most_of_the_last_five_visits_is_the_usual_one(
    shop: Shop, visits: list[str], found: Usual | None
) -> None:
    for staff in visits:
        shop.served(staff)
    assert shop.usual() == found


def test_two_services_by_one_person_are_one_visit_and_of_two_equals_the_first_is_named(shop: Shop) -> None:
    shop.served("E1", "E1")
    assert shop.usual() is None
    shop.served("E2", "E1")
    assert shop.usual() == usual("E1", 2, 2)
    shop.served("E2")
    assert shop.usual() == usual("E1", 2, 3)


def test_what_is_undone_was_no_visit(shop: Shop) -> None:
    shop.served("E1")
    voided, reversed_, returned = shop.served("E1"), shop.served("E1"), shop.served("E1")
    assert shop.usual() == usual("E1", 4, 4)
    shop.book(BookVoid, of=voided.id, why="keyed_wrong")
    shop.book(BookReversal, of=reversed_.id, why="lost")
    assert shop.usual() == usual("E1", 2, 2)
    back = (Returned(line=0, net=1_000),)
    shop.book(BookRefund, of=returned.id, returned=back, why="bad", cash_step=1)
    assert shop.usual() is None


def test_a_line_that_comes_back_is_gone_and_the_others_stay(shop: Shop) -> None:
    shop.served("E1", "E2")
    both = shop.served("E1", "E2")
    back = (Returned(line=0, net=1_000, quantity=1),)
    shop.book(BookRefund, of=both.id, returned=back, why="bad", cash_step=1)
    assert shop.usual() == usual("E2", 2, 2)


def test_members_who_become_one_have_the_last_visits_of_both(shop: Shop) -> None:
    shop.with_member(W2, M2)
    for day, staff, wallet in (("01", "E2", W2), ("02", "E1", W1), ("03", "E2", W2), ("04", "E1", W1)):
        shop.at = replace(AT, business_day=f"2026-11-{day}")
        last = shop.served(staff, wallet=wallet)
    shop.book(BookMerge, wallet=W1, into=W2)
    assert (shop.usual(W1), shop.usual(W2)) == (None, None)
    shop.served("E1", wallet=W2)
    shop.served("E1", wallet=W2)  # The first visit is one of six: W2's of the first day.
    assert shop.usual(W2) == usual("E1", 4, 5)
    shop.book(BookVoid, of=last.id, why="keyed_wrong")
    assert shop.usual(W2) == usual("E1", 3, 4)
    assert shop.usual(W1) is None


@pytest.mark.parametrize(("apart", "found"), [(False, usual("E1", 2, 2)), (True, None)])
def test_headquarters_merges_them_too_but_for_who_stays_two_wallets_here(
    shop: Shop, *, apart: bool, found: Usual | None
) -> None:
    shop.with_member(W2, M2)
    shop.served("E1")
    shop.served("E1", wallet=W2)
    directed = Directed(hq_epoch=1, m=1)
    shop.book(BookDirective, directed=directed, directive=Merge(wallet=W1, into=W2), apart=apart)
    assert shop.usual(W2) == found


@pytest.mark.parametrize("elsewhere", [False, True])
def test_of_whoever_has_the_card_now_nothing_is_told_that_another_person_did(
    shop: Shop, *, elsewhere: bool
) -> None:
    shop.with_member(W2, M2)
    shop.strangers(3, "S1", "B")
    for wallet in (W1, W1, W2, W2):
        last = shop.served("E1", wallet=wallet)
    to = MemberId("m9")
    if elsewhere:
        given = GivenAway(wallet=W1, member=to, since=1, cards=())
        shop.book(BookDirective, directed=Directed(hq_epoch=1, m=1), directive=given)
    else:
        shop.book(BookTransfer, wallet=W1, card=None, to=to, commitment="", terms="1")
    assert shop.visits.of(W1) == Habits()
    assert shop.usual(W2) == usual("E1", 2, 2)
    assert shop.visits.members == 1
    shop.book(BookVoid, of=last.id, why="keyed_wrong")
    shop.served("E2")
    shop.served("E2")
    assert shop.usual() == usual("E2", 2, 2)
    assert shop.together() == Together(name="nB", bought="nS1", times=3)


def test_what_was_bought_three_times_with_something_of_theirs_is_recommended(shop: Shop) -> None:
    sell(shop, goods("A"))
    shop.strangers(2, "A", "B")
    assert shop.together() is None
    shop.strangers(1, "B", "A")
    assert shop.together() == Together(name="nB", bought="nA", times=3)
    assert shop.together(W2) is None
    assert shop.visits.of(W2) == Habits()


def test_what_goes_with_theirs_most_often_comes_first_and_what_they_had_does_not_come(shop: Shop) -> None:
    sell(shop, goods("A"), goods("C"))
    shop.strangers(5, "A", "C")
    shop.strangers(3, "A", "B")
    assert shop.together() == Together(name="nB", bought="nA", times=3)
    shop.strangers(3, "C", "D")
    assert shop.together() == Together(name="nB", bought="nA", times=3)
    shop.strangers(1, "C", "D")
    assert shop.together() == Together(name="nD", bought="nC", times=4)
    sell(shop, goods("D"))
    assert shop.together() == Together(name="nB", bought="nA", times=3)


def test_an_article_is_called_as_it_was_sold_last(shop: Shop) -> None:
    sell(shop, goods("A"))
    shop.strangers(2, "A", "B")
    sell(shop, goods("A"), replace(goods("B"), name="new"), wallet=None)
    assert shop.together() == Together(name="new", bought="nA", times=3)


def test_what_was_undone_was_not_bought_together(shop: Shop) -> None:
    sell(shop, goods("A"))
    shop.strangers(2, "A", "B")
    third = sell(shop, goods("A"), goods("B", 2), wallet=None)
    back = (Returned(line=1, net=1_000, quantity=1),)
    shop.book(BookRefund, of=third.id, returned=back, why="bad", cash_step=1)
    assert shop.together() == Together(name="nB", bought="nA", times=3)
    shop.book(BookRefund, of=third.id, returned=back, why="bad", cash_step=1)
    assert shop.together() is None
    fourth = sell(shop, goods("A"), goods("B"), wallet=None)
    assert shop.together() is not None
    shop.book(BookVoid, of=fourth.id, why="keyed_wrong")
    assert shop.together() is None


def test_what_is_sold_by_its_amount_alone_and_what_is_given_to_be_tried_says_nothing(shop: Shop) -> None:
    sell(shop, goods("A"))
    shop.strangers(3, "A", "KEYED")
    for _ in range(3):
        sell(shop, goods("A"), replace(goods("T"), sample=True), wallet=None)
    assert shop.together() is None


def test_of_one_sale_the_first_six_articles_are_looked_at(shop: Shop) -> None:
    sell(shop, goods("1"))
    shop.strangers(3, "2", "3", "4", "5", "6", "7", "1")
    assert shop.together() is None
    shop.strangers(3, "2", "3", "4", "5", "6", "1", "7")
    assert shop.together() == Together(name="n2", bought="n1", times=3)


def test_only_the_last_baskets_count() -> None:
    shop = Shop(Visits("KEYED", baskets_max=4))
    first = sell(shop, goods("A"), goods("C"))
    shop.strangers(3, "A", "C")
    assert shop.together() is None  # They had both.
    shop.strangers(0)
    sell(shop, goods("A"), wallet=None)
    assert shop.visits.articles == 2
    shop.book(BookVoid, of=first.id, why="keyed_wrong")  # Too long ago: nothing goes wrong by it.
    shop.strangers(3, "D")
    assert shop.visits.articles == 0


def test_the_last_so_many_baskets_count_each_once() -> None:
    shop = Shop(Visits("KEYED", baskets_max=5))
    sell(shop, goods("A"))
    shop.strangers(4, "A", "B")
    assert shop.together() == Together(name="nB", bought="nA", times=4)
    shop.strangers(2, "D")
    assert shop.together() == Together(name="nB", bought="nA", times=3)
    shop.strangers(1, "D")
    assert shop.together() is None


def test_beyond_so_many_members_whoever_was_here_longest_ago_is_forgotten() -> None:
    shop = Shop(Visits("KEYED", members_max=2))
    shop.with_member(W2, M2)
    shop.with_member(WalletId("w3"), MemberId("m3"))
    for staff, wallet in (("E1", W1), ("E2", W2), ("E1", W1), ("E2", W2), ("E1", W1)):
        shop.served(staff, wallet=wallet)
    shop.strangers(3, "A")
    assert (shop.usual(), shop.usual(W2)) == (usual("E1", 3, 3), usual("E2", 2, 2))
    shop.served("E3", wallet=WalletId("w3"))
    assert (shop.usual(), shop.usual(W2)) == (usual("E1", 3, 3), None)
    assert shop.visits.members == 2


def test_a_visit_that_was_undone_takes_the_place_of_no_other(shop: Shop) -> None:
    for staff in ("E1", "E2", "E3", "E1"):
        shop.served(staff)
    undone = sell(shop, replace(service("E4"), quantity=2))
    shop.book(BookVoid, of=undone.id, why="keyed_wrong")
    shop.served("E1")
    assert shop.usual() == usual("E1", 3, 5)


def test_these_are_the_limits() -> None:
    assert (VISITS_MAX, MEMBERS_MAX, BASKETS_MAX) == (5, 5_000, 2_000)
    assert Visits("").of(W1) == Habits()
