"""What a lot answers (refund, invoice, expiry, what a use earns) is the same whatever happened in between."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from terminal.core.canonical import encoded
from terminal.core.commands import (
    BookGrant,
    BookHold,
    BookInvoice,
    BookMerge,
    BookRecharge,
    BookRechargeRefund,
    BookRefund,
    BookRelease,
    BookVoid,
    CouponGrant,
    Grant,
    RechargeRefundReason,
    Returned,
    Sells,
)
from terminal.core.directives import Grant as Granted
from terminal.core.entry import Entry
from terminal.core.errors import InsufficientFunds, NotBookable
from terminal.core.ledger import Lot
from terminal.core.ledger.effects import CouponAdded
from terminal.core.rights import LotPart, LotTerms, Right, SaleRight
from terminal.core.values import SiteId
from tests.core.ledger.book import M1, M2, W1, W2, Book
from tests.core.ledger.test_rights import Site
from tests.core.ledger.test_undo import lots
from tests.core.ledger.test_value import line, load, sell

LAST = "2026-12-31"
WASH = "count:wash"


def back(book: Book, of: Entry, net: int) -> Entry:
    return book.book(BookRefund, of=of.id, returned=(Returned(line=0, net=net),), why="sour")


def stored(book: Book, amount: int) -> Entry:
    return sell(book, line(amount), pays={"stored": amount})


# What an entry gave back into several lots is taken out of each of them again.


def filled(book: Book) -> tuple[Entry, Entry, Entry, list[Entry]]:
    """A hold over two lots, 100 of 350 filled: 100 went back to the first lot and 150 to the second."""
    both = [load(book, 300), load(book, 300)]
    before = stored(book, 100)
    hold = book.book(BookHold, wallet=W1, card=None, amount=350, for_what="pump:1")
    fill = sell(book, line(100), pays={"held": (100, hold.id, 0)})
    return before, hold, fill, both


def test_a_voided_fill_takes_from_each_lot_what_it_gave_back_to_it_and_no_more() -> None:
    book = Book().with_member()
    before, hold, fill, (first, second) = filled(book)
    assert lots(book) == {(W1, "principal"): [(first.id, 100), (second.id, 300)]}
    back(book, before, 100)
    book.book(BookVoid, of=fill.id, why="wrong pump")
    assert lots(book) == {(W1, "principal"): [(first.id, 100), (second.id, 150)]}
    book.book(BookRelease, hold=hold.id)
    assert lots(book) == {(W1, "principal"): [(first.id, 300), (second.id, 300)]}


def test_a_fill_is_not_voided_out_of_a_lot_that_holds_more_than_it_gave() -> None:
    book = Book().with_member()
    _, second = load(book, 300), load(book, 1000)
    hold = book.book(BookHold, wallet=W1, card=None, amount=400, for_what="pump:1")
    fill = sell(book, line(50), pays={"held": (50, hold.id, 0)})
    stored(book, 300)  # All that the fill gave back to the first lot, and 50 more.
    assert lots(book) == {(W1, "principal"): [(second.id, 950)]}
    standing = book.standing()
    with pytest.raises(InsufficientFunds):
        book.book(BookVoid, of=fill.id, why="wrong pump")
    assert book.standing() == standing


def test_never_more_lies_in_a_lot_than_was_laid_there() -> None:
    book = Book().with_member()
    before, hold, fill, both = filled(book)
    back(book, before, 100)
    book.book(BookVoid, of=fill.id, why="wrong pump")
    book.book(BookRelease, hold=hold.id)
    assert [book.laid[W1, "principal"][one.id].laid for one in both] == [300, 300]


# A merge changes nothing of what a lot answers.


def merged(book: Book) -> None:
    book.with_member(W2, M2)
    book.book(BookMerge, wallet=W1, into=W2)


def apart(book: Book) -> None:
    """The other way to go on: nothing was merged."""
    del book


Between = Callable[[Book], None]
REASONS = [
    (RechargeRefundReason.COOLING_OFF, {}),
    (RechargeRefundReason.SHOP, {}),
    (RechargeRefundReason.MEMBER, {"listed": 120}),
    (RechargeRefundReason.MEMBER, {"listed": 120, "agreed": 1000}),
]


def where(between: Between) -> str:
    return W2 if between is merged else W1


@pytest.mark.parametrize(("reason", "more"), REASONS)
@pytest.mark.parametrize("spent", [1100, 1000, 999, 1])
def test_what_comes_back_after_a_merge_is_paid_out_as_if_there_had_been_none(
    reason: RechargeRefundReason, more: dict[str, int], spent: int
) -> None:
    found = []
    for between in (apart, merged):
        book = Book().with_member()
        lot = load(book, 1000, 100)
        sale = stored(book, spent)
        between(book)
        back(book, sale, spent)
        fields: dict[str, Any] = {"wallet": where(between), "lot": lot.id, "reason": reason, **more}
        book.book(BookRechargeRefund, **fields)
        found.append({name: n for name, n in book.standing().items() if name.startswith("site:")})
    assert found[0] == found[1]
    assert found[0].get("site:S1:outside:transfer", 0) == max(
        more.get("agreed", 0), 1000 - more.get("listed", 0)
    )


USED = [
    (RechargeRefundReason.SHOP, {}),
    (RechargeRefundReason.MEMBER, {"listed": 1100}),
    (RechargeRefundReason.MEMBER, {"listed": 1200, "agreed": 9}),
]


@pytest.mark.parametrize(("reason", "more"), USED)
@pytest.mark.parametrize("spent", [1000, 1050, 1100, 500])
def test_a_recharge_that_was_used_before_a_merge_is_paid_out_as_if_there_had_been_none(
    reason: RechargeRefundReason, more: dict[str, int], spent: int
) -> None:
    found = []
    for between in (apart, merged):
        book = Book().with_member()
        lot = load(book, 1000, 100)
        stored(book, spent)
        between(book)
        fields: dict[str, Any] = {"wallet": where(between), "lot": lot.id, "reason": reason, **more}
        book.book(BookRechargeRefund, **fields)
        found.append({name: n for name, n in book.standing().items() if name.startswith("site:")})
    assert found[0] == found[1]


def test_a_lot_that_was_used_up_before_a_merge_has_its_invoice_once() -> None:
    book = Book().with_member()
    with_one, without = load(book, 1000), load(book, 1000)
    book.book(BookInvoice, wallet=W1, lot=with_one.id, number="1")
    sale = stored(book, 2000)
    merged(book)
    back(book, sale, 2000)
    with pytest.raises(NotBookable):
        book.book(BookInvoice, wallet=W2, lot=with_one.id, number="2")
    book.book(BookInvoice, wallet=W2, lot=without.id, number="2")
    assert [book.laid[W2, "principal"][one.id].invoice for one in (with_one, without)] == ["1", "2"]


def test_cashback_that_was_used_up_before_a_merge_ends_when_it_was_to_end() -> None:
    book = Book().with_member()
    grants = (Grant(unit="cashback", amount=40, until=LAST),)
    gift = book.book(BookGrant, wallet=W1, why="x", grants=grants)
    sale = sell(book, line(40), pays={"cashback": 40})
    merged(book)
    back(book, sale, 40)
    assert book.laid[W2, "cashback"] == {gift.id: Lot(lot=gift.id, rest=40, laid=40, until=LAST)}
    book.on_day("2027-01-01")
    with pytest.raises(InsufficientFunds):
        sell(book, line(40), pays={"cashback": 40}, wallet=W2)


@pytest.mark.parametrize("used", [1, 2, 3])
def test_uses_earn_all_that_was_paid_for_them_and_no_more_though_some_came_back_after_a_merge(
    used: int,
) -> None:
    book = Book().with_member()
    card = sell(book, line(1000, sells=Sells(unit=WASH, amount=3)))
    uses = [sell(book, line(90), pays={"uses": (90, WASH, 1)}) for _ in range(used)]
    merged(book)
    for one in uses:
        back(book, one, 90)
    assert book.site_of(f"deferred:{WASH}") == 1000
    assert book.laid[W2, WASH] == {card.id: Lot(lot=card.id, rest=3, laid=3, paid=1000)}
    for left in (667, 334, 0):
        sell(book, line(90), pays={"uses": (90, WASH, 1)}, wallet=W2)
        assert book.site_of(f"deferred:{WASH}") == left


def test_value_goes_back_into_its_lot_through_two_merges() -> None:
    book = Book().with_member()
    lot = load(book, 1000)
    sale = stored(book, 1000)
    merged(book)
    book.with_member("w3", "m3")  # type: ignore[arg-type]
    book.book(BookMerge, wallet=W2, into="w3")
    back(book, sale, 600)
    assert book.laid["w3", "principal"] == {lot.id: Lot(lot=lot.id, rest=600, laid=1000, paid=1000)}  # type: ignore[index]


def test_lots_are_spent_oldest_first_also_those_that_were_merged_twice() -> None:
    book = Book()
    book.with_member().with_member(W2, M2)
    oldest = load(book, 10)
    middle = book.book(BookRecharge, wallet=W2, card=None, principal=10, bonus=0, received=10)
    book.book(BookMerge, wallet=W1, into=W2)
    assert [one.lot for one in book.lots(W2, "principal")] == [middle.id, oldest.id]
    book.with_member("w3", "m3")  # type: ignore[arg-type]
    book.book(BookMerge, wallet=W2, into="w3")
    assert [one.lot for one in book.lots("w3", "principal")] == [oldest.id, middle.id]  # type: ignore[arg-type]


def test_a_lot_of_which_a_part_lies_on_either_wallet_is_one_lot_after_their_merge() -> None:
    """Rights bring a part of it to the one wallet while the other still has its own."""
    site = Site()
    site.with_member(W1, M1)
    site.with_member(W2, M2)
    mine = load(site, 1000)
    stored(site, 700)
    terms = LotTerms(unit="principal", lot=mine.id, laid=1000, paid=1000)
    right = Right(account=f"wallet:{W2}:principal", amount=200, lots=(LotPart(terms=terms, amount=200),))
    site.told(Granted(rights=(right,)))
    site.book(BookMerge, wallet=W1, into=W2)
    assert site.laid[W2, "principal"] == {mine.id: Lot(lot=mine.id, rest=500, laid=1000, paid=1000)}


# A sale of another site comes here to be undone.


def test_a_sale_whose_wallet_was_merged_here_comes_back_into_its_own_lot() -> None:
    elsewhere = Book()
    elsewhere.site = SiteId("S2")
    elsewhere.number = 500
    elsewhere.with_member()
    lot = load(elsewhere, 1000)
    sale = stored(elsewhere, 1000)
    site = Site()
    site.with_member(W1, M1)
    merged(site)
    terms = LotTerms(unit="principal", lot=lot.id, laid=1000, paid=1000)
    site.told(Granted(sales=(SaleRight(sale=sale.id, entry=encoded(sale), lots=(terms,)),)))
    back(site, sale, 1000)
    assert site.laid[W2, "principal"] == {lot.id: Lot(lot=lot.id, rest=1000, laid=1000, paid=1000)}


def test_a_use_of_another_site_is_not_undone_without_the_lot_that_earned_it() -> None:
    elsewhere = Book()
    elsewhere.site = SiteId("S2")
    elsewhere.number = 500
    elsewhere.with_member()
    sell(elsewhere, line(1000, sells=Sells(unit=WASH, amount=3)))
    use = sell(elsewhere, line(90), pays={"uses": (90, WASH, 1)})
    site = Site()
    site.with_member(W1, M1)
    site.told(Granted(sales=(SaleRight(sale=use.id, entry=encoded(use)),)))
    with pytest.raises(NotBookable, match="the lot of a use is not there"):
        back(site, use, 90)


def test_lots_do_not_come_with_a_sale_to_nobody() -> None:
    site = Site()
    sale = sell(Book(), line(90), wallet=None)
    terms = LotTerms(unit="principal", lot="l1", laid=1000)
    with pytest.raises(NotBookable, match="lots or coupons of a sale without a wallet"):
        site.told(Granted(sales=(SaleRight(sale=sale.id, entry=encoded(sale), lots=(terms,)),)))
    k1 = CouponGrant(coupon="k1", kind="c3", face=300, threshold=0)
    with pytest.raises(NotBookable, match="lots or coupons of a sale without a wallet"):
        site.told(Granted(sales=(SaleRight(sale=sale.id, entry=encoded(sale), coupons=(k1,)),)))
    site.told(Granted(sales=(SaleRight(sale=sale.id, entry=encoded(sale)),)))
    assert not site.laid


def test_coupons_that_came_off_a_sale_are_known_where_it_comes_to_be_undone() -> None:
    """Where it is merged into another they are that one's; of one that is known nothing changes."""
    elsewhere = Book()
    elsewhere.site = SiteId("S2")
    elsewhere.number = 500
    elsewhere.with_member()
    sale = sell(elsewhere, line(90))
    site = Site()
    site.with_member(W1, M1)
    merged(site)
    k1, k2 = (CouponGrant(coupon=one, kind="c3", face=300, threshold=0) for one in ("k1", "k2"))
    there = Right(account="wallet:w2:coupon:k1", amount=1, coupon=k1)
    right = SaleRight(sale=sale.id, entry=encoded(sale), coupons=(k1, k2, k2))
    site.told(Granted(rights=(there,), sales=(right,)))
    added = [one for one in site.done.effects if isinstance(one, CouponAdded)]
    assert added == [CouponAdded(wallet=W2, coupon=k1), CouponAdded(wallet=W2, coupon=k2)]
    site.told(Granted(sales=(right,)))
    assert not [one for one in site.done.effects if isinstance(one, CouponAdded)]
    assert (site.coupon("k1"), site.coupon("k2")) == ((W2, k1), (W2, k2))


@pytest.mark.parametrize("coupons", [0, 1])
def test_for_coupons_that_came_off_it_the_wallet_begins_with_the_sale(coupons: int) -> None:
    elsewhere = Book()
    elsewhere.site = SiteId("S2")
    elsewhere.number = 500
    elsewhere.with_member()
    sale = sell(elsewhere, line(90))
    site = Site()
    k1 = CouponGrant(coupon="k1", kind="c3", face=300, threshold=0)
    right = SaleRight(sale=sale.id, entry=encoded(sale), coupons=(k1,) * coupons)
    site.told(Granted(sales=(right,), member=M1, tier="gold"))
    known = site.wallet(W1)
    assert (known and (known.member, known.tier)) == ((M1, "gold") if coupons else None)
    assert site.coupon("k1") == ((W1, k1) if coupons else None)
    if coupons:
        assert [type(one).__name__ for one in site.done.effects] == [
            "SaleCame",
            "WalletOpened",
            "TierChanged",
            "CouponAdded",
            "FeedRead",
        ]
