"""Coupons that end before their time: headquarters directs it, or a person at the site says so."""

from __future__ import annotations

import pytest

from terminal.core import accounts as chart
from terminal.core.commands import (
    BookGrant,
    BookMerge,
    BookRefund,
    BookSale,
    BookWithdrawal,
    CouponGrant,
    Returned,
    SaleLine,
    Tender,
    TenderKind,
)
from terminal.core.directives import Grant, Merge, Withdraw
from terminal.core.entry import Entry
from terminal.core.errors import CouponNotUsable, CouponWithdrawn, NotBookable, NothingToWithdraw
from terminal.core.ledger import posted_again
from terminal.core.ledger.effects import FeedRead, Refers
from terminal.core.ledger.withdrawals import WHY_CHARS_MAX, ended_by, ending, is_withdrawn
from terminal.core.rights import Right, Want
from tests.core.ledger.book import M1, M2, W1, W2
from tests.core.ledger.test_rights import Site

WHY = "printed twice"


def given(*coupons: str) -> tuple[CouponGrant, ...]:
    return tuple(CouponGrant(coupon=one, kind="c3", face=3_00, threshold=0) for one in coupons)


def held(*coupons: str, wallet: str = "w1") -> tuple[str, ...]:
    return tuple(f"wallet:{wallet}:coupon:{one}" for one in coupons)


@pytest.fixture
def site() -> Site:
    site = Site()
    site.with_member(W1, M1)
    site.book(BookGrant, wallet=W1, why="autumn", coupons=given("k1", "k2"))
    return site


def sold_with(site: Site, *coupons: str) -> Entry:
    line = SaleLine(sku="A", name="Apple", category="fruit", quantity=1, unit_price=900, gross=900, net=900)
    cash = Tender(kind=TenderKind.CASH, amount=900)
    fields = {"wallet": W1, "card": None, "lines": (line,), "tenders": (cash,), "received": 900}
    return site.book(BookSale, due=900, coupons_used=coupons, **fields)


def refers(site: Site) -> list[str]:
    return [one.of for one in site.done.effects if isinstance(one, Refers)]


def test_a_person_withdraws_one_coupon_and_the_others_stay(site: Site) -> None:
    entry = site.book(BookWithdrawal, coupon="k1", why=WHY)
    assert dict(entry.postings) == {"wallet:w1:coupon:k1": -1, "site:S1:issued:coupon": 1}
    assert entry.wallet == W1
    assert (site.of("w1", "coupon:k1"), site.of("w1", "coupon:k2")) == (0, 1)
    assert refers(site) == [ending("k1")]
    assert (is_withdrawn(site, coupon="k1"), is_withdrawn(site, coupon="k2")) == (True, False)


def test_it_ends_on_the_wallet_that_is_left(site: Site) -> None:
    site.with_member(W2, M2)
    site.book(BookMerge, wallet=W1, into=W2)
    entry = site.book(BookWithdrawal, coupon="k1", why=WHY)
    assert dict(entry.postings) == {"wallet:w2:coupon:k1": -1, "site:S1:issued:coupon": 1}
    assert entry.wallet == W2


def test_what_is_not_held_here_is_not_withdrawn(site: Site) -> None:
    sold_with(site, "k1")
    for coupon in ("k1", "nobodys"):
        with pytest.raises(NothingToWithdraw):
            site.book(BookWithdrawal, coupon=coupon, why=WHY)
        assert not is_withdrawn(site, coupon=coupon)
    site.book(BookWithdrawal, coupon="k2", why=WHY)
    with pytest.raises(NothingToWithdraw):
        site.book(BookWithdrawal, coupon="k2", why=WHY)


@pytest.mark.parametrize(("why", "taken"), [("", False), ("  ", False), ("x" * WHY_CHARS_MAX, True)])
def test_somebody_says_why(site: Site, why: str, taken: bool) -> None:  # noqa: FBT001  a table
    if taken:
        site.book(BookWithdrawal, coupon="k1", why=why)
        with pytest.raises(NotBookable):
            site.book(BookWithdrawal, coupon="k2", why=why + "x")
        return
    with pytest.raises(NotBookable):
        site.book(BookWithdrawal, coupon="k1", why=why)


def test_one_letter_is_a_reason(site: Site) -> None:
    site.book(BookWithdrawal, coupon="k1", why="x")
    assert WHY_CHARS_MAX == 100, "as long as a directive's"


def test_headquarters_takes_those_that_are_held_here_and_no_other(site: Site) -> None:
    sold_with(site, "k1")
    entry = site.told(Withdraw(coupons=held("k1", "k2", "k2", "far"), why="misprinted"))
    assert dict(entry.postings) == {"wallet:w1:coupon:k2": -1, "site:S1:issued:coupon": 1}
    assert site.done.effects == (Refers(of=ending("k2")), FeedRead(hq_epoch=1, m=1))
    assert ended_by(entry) == {"k2"}
    assert not is_withdrawn(site, coupon="k1")
    assert site.told(Withdraw(coupons=held("k2"), why="misprinted")).postings == ()


def test_it_takes_also_what_an_open_cart_waits_with(site: Site) -> None:
    entry = site.told(Withdraw(coupons=held("k1"), why="x"), Want(account="wallet:w1:coupon:k1", amount=1))
    assert ended_by(entry) == {"k1"}
    with pytest.raises(CouponWithdrawn):
        sold_with(site, "k1")
    with pytest.raises(CouponNotUsable) as refused:
        sold_with(site, "nobodys")
    assert not isinstance(refused.value, CouponWithdrawn)


def test_one_that_was_used_is_refused_as_used(site: Site) -> None:
    sold_with(site, "k1")
    with pytest.raises(CouponNotUsable) as refused:
        sold_with(site, "k1")
    assert not isinstance(refused.value, CouponWithdrawn)


def test_one_that_comes_back_is_used_as_ever_until_it_is_withdrawn_again(site: Site) -> None:
    sold = sold_with(site, "k1")
    site.told(Withdraw(coupons=held("k1"), why="too late"))
    site.book(BookRefund, of=sold.id, returned=(Returned(line=0, net=900),), why="sour")
    assert site.of("w1", "coupon:k1") == 1
    site.told(Withdraw(coupons=held("k1"), why="now"))
    assert (site.of("w1", "coupon:k1"), is_withdrawn(site, coupon="k1")) == (0, True)
    right = Right(account="wallet:w1:coupon:k1", amount=1, coupon=given("k1")[0])
    site.told(Grant(rights=(right,)))  # Headquarters gave it after all.
    sold_with(site, "k1")
    assert site.of("w1", "coupon:k1") == 0


def test_headquarters_takes_one_that_a_refund_brought_and_of_which_nothing_else_is_known(site: Site) -> None:
    account = chart.coupon(W1, "far")
    site.balances[account] = 1
    site.balances[chart.issued(site.site, "coupon")] -= 1
    entry = site.told(Withdraw(coupons=held("far"), why="misprinted"))
    assert (ended_by(entry), site.of("w1", "coupon:far")) == ({"far"}, 0)


def test_it_finds_the_wallet_that_is_left_and_ends_nothing_of_another(site: Site) -> None:
    site.with_member(W2, M2)
    site.told(Withdraw(coupons=held("k1", wallet="w2"), why="x"))
    assert site.of("w1", "coupon:k1") == 1
    site.book(BookMerge, wallet=W1, into=W2)
    site.told(Withdraw(coupons=held("k1", "k2"), why="x"))
    assert (site.of("w2", "coupon:k1"), site.of("w2", "coupon:k2")) == (0, 0)


def test_a_merge_takes_a_pack_and_says_nothing_of_why(site: Site) -> None:
    site.with_member(W2, M2)
    site.told(Merge(wallet=W1, into=W2, withdrawn=("k1",)))
    assert not is_withdrawn(site, coupon="k1")


def test_a_withdrawal_of_a_lost_branch_is_booked_again_and_what_is_not_here_is_owed(site: Site) -> None:
    lost = site.book(BookWithdrawal, coupon="k1", why=WHY)
    there, gone = Site(), Site()
    for other in (there, gone):
        other.with_member(W1, M1)
    there.book(BookGrant, wallet=W1, why="autumn", coupons=given("k1"))
    again = posted_again(lost, there)
    assert {account.name: n for account, n in again.postings} == dict(lost.postings)
    assert Refers(of=ending("k1")) in again.effects
    beyond = posted_again(lost, gone)
    assert [(account.name, n) for account, n in beyond.uncovered] == [("wallet:w1:coupon:k1", 1)]


def test_each_coupon_has_a_name_of_its_own() -> None:
    assert ending("k1") == "62c4d705-0bf0-881c-3541-b5f42260f8d8"
    assert ending("k1") != ending("k2")
