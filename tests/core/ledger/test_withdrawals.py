"""Coupons that end before their time: headquarters directs it, or a person at the site says so."""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from terminal.core import accounts as chart
from terminal.core.commands import (
    BookGrant,
    BookMerge,
    BookRefund,
    BookReversal,
    BookSale,
    BookVoid,
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
from terminal.core.ledger.coupons import check_coupon
from terminal.core.ledger.draft import Draft
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


@pytest.fixture
def lone() -> Site:
    site = Site()
    site.with_headquarters = False
    site.with_member(W1, M1)
    return site


def sold(site: Site, **more: object) -> Entry:
    line = SaleLine(sku="A", name="Apple", category="fruit", quantity=1, unit_price=900, gross=900, net=900)
    cash = Tender(kind=TenderKind.CASH, amount=900)
    fields = {"wallet": W1, "card": None, "lines": (line,), "tenders": (cash,), "received": 900}
    return site.book(BookSale, due=900, **fields, **more)


def back(site: Site, sale: Entry, **more: object) -> None:
    site.book(BookRefund, of=sale.id, returned=(Returned(line=0, net=900),), why="sour", **more)


def stands(site: Site, coupon: str = "k1") -> tuple[int, int]:
    """What lies there, and what is owed."""
    return site.of("w1", f"coupon:{coupon}"), site.of("w1", f"debt:coupon:{coupon}")


@pytest.mark.parametrize("given_first", [True, False])
def test_alone_one_that_was_used_is_marked_and_does_not_come_back(lone: Site, *, given_first: bool) -> None:
    gave, used = sold(lone, coupons=given("k1", "k2")), sold(lone, coupons_used=("k1",))
    before = lone.standing()
    marked = lone.book(BookWithdrawal, coupon="k1", why=WHY)
    assert (marked.postings, marked.wallet, refers(lone)) == ((), W1, [ending("k1")])
    assert (lone.standing(), is_withdrawn(lone, coupon="k1")) == (before, True)
    with pytest.raises(NothingToWithdraw):
        lone.book(BookWithdrawal, coupon="k1", why=WHY)
    for one in (gave, used) if given_first else (used, gave):
        back(lone, one)
        assert stands(lone) == (0, 0)
    assert stands(lone, "k2") == (0, 0)
    assert not any(lone.standing().values())


def test_alone_nobodys_coupon_is_not_marked(lone: Site) -> None:
    with pytest.raises(NothingToWithdraw):
        lone.book(BookWithdrawal, coupon="nobodys", why=WHY)


@pytest.mark.parametrize("alone", [True, False])
def test_one_that_the_shop_took_itself_is_not_owed(lone: Site, *, alone: bool) -> None:
    lone.with_headquarters = not alone
    gave = sold(lone, coupons=given("k1", "k2"))
    lone.book(BookWithdrawal, coupon="k1", why=WHY)
    sold(lone, coupons_used=("k2",))
    back(lone, gave)
    assert (stands(lone), stands(lone, "k2")) == ((0, 0), (0, -1))
    assert refers(lone) == [gave.id], "only of one that is over is more to be found"


def test_one_that_is_owed_comes_back_and_settles_that(lone: Site) -> None:
    gave, used = sold(lone, coupons=given("k1")), sold(lone, coupons_used=("k1",))
    back(lone, gave)
    assert stands(lone) == (0, -1)
    lone.book(BookWithdrawal, coupon="k1", why=WHY)
    back(lone, used)
    assert stands(lone) == (0, 0)


@pytest.mark.parametrize("alone", [True, False])
@pytest.mark.parametrize("kind", [BookVoid, BookReversal])
def test_a_void_brings_none_back_that_was_withdrawn(lone: Site, kind: type, *, alone: bool) -> None:
    """With a headquarters it is told so anew."""
    sold(lone, coupons=given("k1", "k2"))
    used = sold(lone, coupons_used=("k1", "k2"))
    lone.book(BookWithdrawal, coupon="k1", why=WHY)
    lone.with_headquarters = not alone
    lone.book(kind, of=used.id, why="x")
    assert [stands(lone, one) for one in ("k1", "k2")] == [(0 if alone else 1, 0), (1, 0)]
    assert lone.site_of("issued:coupon") == -sum(stands(lone, one)[0] for one in ("k1", "k2"))


@pytest.mark.parametrize("alone", [True, False])
def test_whatever_brought_it_back_it_pays_nothing_at_a_shop_that_nobody_tells(
    lone: Site, *, alone: bool
) -> None:
    sold(lone, coupons=given("k1"))
    used = sold(lone, coupons_used=("k1",))
    lone.book(BookWithdrawal, coupon="k1", why=WHY)
    lone.with_headquarters = True
    back(lone, used)
    lone.with_headquarters = not alone
    if alone:
        with pytest.raises(CouponWithdrawn):
            sold(lone, coupons_used=("k1",))
        lone.book(BookWithdrawal, coupon="k1", why=WHY)
    else:
        sold(lone, coupons_used=("k1",))
    assert stands(lone) == (0, 0)


@pytest.mark.parametrize("withdrawn", [True, False])
def test_in_the_place_of_one_that_was_withdrawn_and_is_over_none_is_given(
    lone: Site, *, withdrawn: bool
) -> None:
    one = replace(given("k1")[0], until="2026-12-01")
    sold(lone, coupons=(one,))
    used = sold(lone, coupons_used=("k1",))
    if withdrawn:
        lone.book(BookWithdrawal, coupon="k1", why=WHY)
    lone.on_day("2026-12-02")
    anew = (replace(one, coupon="k9", until="2026-12-31"),)
    with pytest.raises(NotBookable):
        back(lone, used, coupons=anew if withdrawn else (*anew, *given("k8")))
    back(lone, used, coupons=() if withdrawn else anew)
    assert (stands(lone), stands(lone, "k9")) == ((0, 0), (0 if withdrawn else 1, 0))


def test_what_a_fill_set_aside_may_be_settled_with_it_also_alone(lone: Site) -> None:
    sold(lone, coupons=given("k1"))
    draft = Draft(lone.at, "x", lone)
    assert check_coupon(draft, W1, "k1", None) == given("k1")[0]
    account = chart.coupon(W1, "k1")
    lone.book(BookWithdrawal, coupon="k1", why=WHY)
    draft.move(account, 1)
    assert check_coupon(draft, W1, "k1", None) == given("k1")[0]
    with pytest.raises(CouponWithdrawn):
        check_coupon(draft, W1, "k1", lone.at.business_day)


def test_what_was_used_and_not_withdrawn_is_not_usable_on_any_day(lone: Site) -> None:
    sold(lone, coupons=given("k1"))
    sold(lone, coupons_used=("k1",))
    with pytest.raises(CouponNotUsable):
        check_coupon(Draft(lone.at, "x", lone), W1, "k1", None)
