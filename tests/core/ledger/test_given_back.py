"""Gifts go back with what they came with; deposits, redemptions and what cost nothing come back later."""

from __future__ import annotations

from typing import Any

import pytest
from msgspec.structs import replace

from terminal.core.commands import (
    BookDeposit,
    BookExpiry,
    BookGrant,
    BookMerge,
    BookRedeem,
    BookRefund,
    BookReversal,
    BookShiftClose,
    BookVoid,
    BookWithdrawal,
    CouponGrant,
    Grant,
    PaidBy,
    PointsEarned,
    Returned,
    Sells,
)
from terminal.core.entry import Entry
from terminal.core.errors import (
    BadAmount,
    CouponGone,
    HeldElsewhere,
    InsufficientFunds,
    NotBookable,
    ShiftIsClosed,
)
from terminal.core.ledger import posted_again
from terminal.core.values import WalletId
from tests.core.ledger.book import M2, W1, W2, Book
from tests.core.ledger.test_postings import posts
from tests.core.ledger.test_undo import lots
from tests.core.ledger.test_value import line, load, sell

PACK = CouponGrant(coupon="k1", kind="c3", face=300, threshold=0)
FRIEND = WalletId("w2")


@pytest.fixture
def book() -> Book:
    return Book().with_member().with_member(W2, M2)


def gives(book: Book, of: Entry, *grants: Grant, wallet: WalletId = FRIEND, **more: Any) -> Entry:
    return book.book(BookGrant, wallet=wallet, why="friend", with_entry=of.id, grants=grants, **more)


def refund(book: Book, of: Entry, *nets: int) -> Entry:
    returned = tuple(Returned(line=n, net=net) for n, net in enumerate(nets))
    return book.book(BookRefund, of=of.id, returned=returned, why="x")


def deposit(book: Book, amount: int, **more: Any) -> Entry:
    fields = {"wallet": W1, "card": None, "of": "presale:p1", "amount": amount, "received": amount, **more}
    return book.book(BookDeposit, **fields)


def redeem(book: Book, points: int, **more: Any) -> Entry:
    taken = PointsEarned(family="goods", points=points)
    return book.book(BookRedeem, wallet=W1, card=None, points=taken, **{"what": "a mug", **more})


def points(book: Book, amount: int, wallet: WalletId = W1, until: str = "") -> Entry:
    grants = (Grant(unit="points:goods", amount=amount, until=until),)
    return book.book(BookGrant, wallet=wallet, why="x", grants=grants)


# Gifts.

EACH = [
    Grant(unit="count:wash", amount=2),
    Grant(unit="bonus", amount=500),
    Grant(unit="cashback", amount=300, since="2026-11-25"),
    Grant(unit="points:goods", amount=40),
    Grant(unit="points:petrol", amount=40, until="2026-12-31"),
    Grant(unit="litres:92", amount=100),
    Grant(unit="voucher:v1", amount=1000),
]


@pytest.mark.parametrize("kind", [BookVoid, BookReversal])
def test_all_that_came_with_a_sale_goes_back_with_it(book: Book, kind: Any) -> None:
    before = book.standing(), lots(book)
    sale = sell(book, line(1000))
    gives(book, sale, *EACH, coupons=(PACK,))
    gives(book, sale, Grant(unit="points:goods", amount=9), wallet=W1)
    book.book(kind, of=sale.id, why="x")
    assert (book.standing(), lots(book)) == before
    assert book.done.wallet == W1


def test_what_was_given_with_a_recharge_goes_back_with_it_too(book: Book) -> None:
    recharge = load(book, 1000)
    gives(book, recharge, Grant(unit="points:goods", amount=9))
    book.book(BookVoid, of=recharge.id, why="x")
    assert not book.standing()


@pytest.mark.parametrize("gift", EACH)
def test_a_gift_that_is_gone_is_owed_by_whoever_got_it(book: Book, gift: Grant) -> None:
    sale = sell(book, line(1000))
    gives(book, sale, gift)
    kind = {"bonus": "stored", "litres:92": "uses", "count:wash": "uses"}.get(gift.unit)
    kind = kind or gift.unit.partition(":")[0]
    worth = gift.amount if kind in {"stored", "cashback", "voucher"} else 1
    of = gift.unit if kind == "uses" else gift.unit.partition(":")[2]
    units = gift.amount if kind in {"uses", "points"} else 0
    book.on_day("2026-11-25")
    sell(book, line(worth), pays={kind: (worth, of, units)}, wallet=FRIEND)
    book.book(BookVoid, of=sale.id, why="x")
    assert book.of(FRIEND, f"debt:{gift.unit}") == -gift.amount
    assert (book.of(FRIEND, gift.unit), book.done.lots) == (0, ())


def test_a_coupon_that_was_used_is_owed(book: Book) -> None:
    sale = sell(book, line(1000))
    gives(book, sale, coupons=(PACK,))
    sell(book, line(1000, off=300), coupons_used=("k1",), wallet=FRIEND)
    refund(book, sale, 1000)
    assert (book.of(FRIEND, "coupon:k1"), book.of(FRIEND, "debt:coupon:k1")) == (0, -1)


def test_a_refund_in_parts_takes_gifts_back_in_parts_and_what_cannot_be_parted_at_its_end(book: Book) -> None:
    sale = sell(book, line(1000), line(500))
    gives(book, sale, *EACH, coupons=(PACK,))
    refund(book, sale, 333)
    assert {name: amount for name, amount in posts(book).items() if name.startswith("wallet:w2")} == {
        "wallet:w2:bonus": -111,
        "wallet:w2:cashback": -67,
        "wallet:w2:points:goods": -9,
        "wallet:w2:points:petrol": -9,
    }
    assert [(lot.wallet, lot.unit, lot.amount) for lot in book.done.lots] == [
        (W2, "bonus", -111),
        (W2, "cashback", -67),
        (W2, "points:petrol", -9),
    ]
    refund(book, sale, 667, 500)
    assert not book.standing()


def test_a_gift_goes_back_from_the_wallet_where_it_is_by_now(book: Book) -> None:
    sale = sell(book, line(1000))
    gives(book, sale, Grant(unit="bonus", amount=500), coupons=(PACK,))
    book.book(BookMerge, wallet=W2, into=W1)
    refund(book, sale, 1000)
    assert not book.standing()


def test_a_gift_that_was_taken_back_by_itself_stays_taken_back_once(book: Book) -> None:
    sale = sell(book, line(1000))
    gift = gives(book, sale, Grant(unit="points:goods", amount=40))
    book.book(BookVoid, of=gift.id, why="x")
    book.book(BookVoid, of=sale.id, why="x")
    assert not book.standing()


@pytest.mark.parametrize("net", [1000, 1])
def test_a_gift_that_went_back_with_its_sale_is_not_taken_back_again(book: Book, net: int) -> None:
    sale = sell(book, line(1000))
    gift = gives(book, sale, Grant(unit="points:goods", amount=40))
    refund(book, sale, net)
    with pytest.raises(NotBookable):
        book.book(BookVoid, of=gift.id, why="x")


def test_a_sale_with_a_gift_is_undone_once_and_gives_no_more_then(book: Book) -> None:
    sale = sell(book, line(1000))
    gives(book, sale, Grant(unit="points:goods", amount=40))
    refund(book, sale, 400)
    gives(book, sale, Grant(unit="points:goods", amount=10))
    with pytest.raises(NotBookable):
        book.book(BookVoid, of=sale.id, why="x")
    other = sell(book, line(1000))
    book.book(BookVoid, of=other.id, why="x")
    with pytest.raises(NotBookable):
        gives(book, other, Grant(unit="points:goods", amount=40))


def test_a_gift_names_what_it_came_with(book: Book) -> None:
    sale = sell(book, line(1000))
    gift = gives(book, sale, Grant(unit="points:goods", amount=40))
    points(book, 1)
    assert [one.id for one in book.referring(sale.id)] == [gift.id]


# Deposits.


def test_a_deposit_is_given_back_in_a_later_shift_in_parts_as_it_came(book: Book) -> None:
    left = deposit(book, 5000)
    book.in_shift("late")
    refund(book, left, 2000)
    assert posts(book) == {"deposit:presale:p1": -2000, "drawer:late": 2000}
    assert book.done.wallet == W1
    refund(book, left, 3000)
    with pytest.raises(BadAmount):
        refund(book, left, 1)


def test_a_deposit_goes_back_through_whom_it_came_and_from_where_it_is_by_now(book: Book) -> None:
    left = deposit(book, 5000, paid_by=PaidBy.CODE, through="wechat")
    book.book(BookMerge, wallet=W1, into=W2)
    refund(book, left, 5000)
    assert posts(book) == {"wallet:w2:deposit:presale:p1": -5000, "outside:wechat": 5000}


def test_only_what_was_not_used_of_a_deposit_is_given_back(book: Book) -> None:
    left = deposit(book, 5000)
    gives(book, left, Grant(unit="points:goods", amount=50))
    sell(book, line(3000), pays={"deposit": (3000, "presale:p1", 0)})
    with pytest.raises(InsufficientFunds):
        refund(book, left, 2001)
    refund(book, left, 2000)
    assert (book.of(W1, "deposit:presale:p1"), book.of(FRIEND, "points:goods")) == (0, 30)


@pytest.mark.parametrize("nets", [(), (0,), (-1,), (5001,), (1, 1)])
def test_of_a_deposit_comes_back_what_can(book: Book, nets: tuple[int, ...]) -> None:
    left = deposit(book, 5000)
    deposit(book, 5000)
    with pytest.raises((BadAmount, NotBookable)):
        refund(book, left, *nets)


def test_a_deposit_that_was_voided_does_not_come_back_and_the_other_way_round(book: Book) -> None:
    voided, returned = deposit(book, 500), deposit(book, 500)
    book.book(BookVoid, of=voided.id, why="x")
    refund(book, returned, 1)
    for again in (lambda: refund(book, voided, 1), lambda: book.book(BookVoid, of=returned.id, why="x")):
        with pytest.raises(NotBookable):
            again()
    book.book(BookShiftClose, counted=499)
    with pytest.raises(ShiftIsClosed):
        refund(book, returned, 1)


# Redemptions.


def test_a_redemption_is_given_back_in_a_later_shift_into_the_lots_it_took(book: Book) -> None:
    points(book, 30, until="2026-12-31")
    points(book, 50)
    before = book.standing(), lots(book)
    mug = redeem(book, 45, worth=900, coupons=(PACK,))
    book.in_shift("late")
    refund(book, mug)
    assert (book.standing(), lots(book)) == before
    with pytest.raises(NotBookable):
        refund(book, mug)


def undo_redeemed(book: Book, of: Entry, kind: Any) -> Entry:
    return refund(book, of) if kind is BookRefund else book.book(kind, of=of.id, why="x")


UNDOES = pytest.mark.parametrize("kind", [BookVoid, BookReversal, BookRefund])
ENDS = replace(PACK, until="2026-11-30")
TWO = (PACK, replace(PACK, coupon="k2"))


@UNDOES
def test_points_stay_taken_where_one_of_the_coupons_they_became_was_used(book: Book, kind: Any) -> None:
    points(book, 50)
    pack = redeem(book, 50, what="", coupons=TWO)
    sold = sell(book, line(1000, off=300), coupons_used=("k2",))
    before = book.standing()
    with pytest.raises(CouponGone):
        undo_redeemed(book, pack, kind)
    assert book.standing() == before
    refund(book, sold, 1000)
    undo_redeemed(book, pack, kind)
    assert (book.of(W1, "points:goods"), book.of(W1, "coupon:k1"), book.of(W1, "coupon:k2")) == (50, 0, 0)


def test_what_points_became_is_called_by_its_article_or_by_the_kind_of_the_coupon(book: Book) -> None:
    points(book, 50)
    coupon, mug = redeem(book, 20, what="", coupons=(PACK,)).payload, redeem(book, 30).payload
    assert isinstance(coupon, BookRedeem)
    assert isinstance(mug, BookRedeem)
    assert (coupon.called, mug.called) == ("c3", "a mug")


@UNDOES
def test_they_come_back_on_the_last_day_of_a_coupon_and_not_the_day_after(book: Book, kind: Any) -> None:
    points(book, 50)
    pack, other = (redeem(book, 20, what="", coupons=(one,)) for one in (ENDS, replace(ENDS, coupon="k2")))
    book.on_day("2026-11-30")
    undo_redeemed(book, pack, kind)
    assert book.of(W1, "points:goods") == 30
    book.on_day("2026-12-01")
    with pytest.raises(CouponGone):
        undo_redeemed(book, other, kind)
    book.book(BookExpiry, wallet=W1, unit="coupon")
    with pytest.raises(CouponGone):
        undo_redeemed(book, other, kind)
    assert book.of(W1, "points:goods") == 30


def test_nor_where_a_coupon_of_them_was_withdrawn(book: Book) -> None:
    points(book, 50)
    pack = redeem(book, 50, what="", coupons=(PACK,))
    book.book(BookWithdrawal, coupon="k1", why="printed twice")
    with pytest.raises(CouponGone):
        refund(book, pack)


def test_coupons_go_back_from_the_wallet_where_they_are_by_now_and_a_mug_needs_none(book: Book) -> None:
    points(book, 50)
    pack, mug = redeem(book, 20, what="", coupons=TWO), redeem(book, 30)
    book.book(BookMerge, wallet=W1, into=W2)
    refund(book, pack)
    refund(book, mug)
    assert book.standing() == {
        name: amount for name, amount in book.standing().items() if name.endswith("points:goods")
    }
    assert book.of(W2, "points:goods") == 50


def test_after_a_fork_a_coupon_that_was_used_meanwhile_is_spent_beyond_what_is_held(book: Book) -> None:
    other = Book().with_member().with_member(W2, M2)
    for each in (book, other):
        points(each, 50)
        pack = redeem(each, 50, what="", coupons=(PACK,))
    back = refund(book, pack)
    sell(other, line(1000, off=300), coupons_used=("k1",))
    again = posted_again(back, other)
    assert [(account.unit, amount) for account, amount in again.uncovered] == [("coupon:k1", 1)]


def test_a_redemption_does_not_come_back_in_parts(book: Book) -> None:
    points(book, 50)
    mug = redeem(book, 50)
    for nets in ((50,), (0,)):
        with pytest.raises(NotBookable):
            refund(book, mug, *nets)


def test_what_is_neither_sold_nor_left_nor_redeemed_is_not_refunded(book: Book) -> None:
    for other in (load(book, 500), points(book, 5)):
        with pytest.raises(NotBookable):
            refund(book, other)


# What cost nothing.


def free(gross: int, **more: Any) -> Any:
    return line(0, off=gross, **more)


def test_a_sale_that_a_coupon_paid_wholly_comes_back_with_its_coupon(book: Book) -> None:
    book.book(BookGrant, wallet=W1, why="x", coupons=(PACK,))
    before = book.standing()
    bread = sell(book, free(200), free(100, tax_bp=900), coupons_used=("k1",))
    gives(book, bread, Grant(unit="points:goods", amount=9))
    book.in_shift("late")
    refund(book, bread, 0, 0)
    assert book.standing() == before
    with pytest.raises(BadAmount):
        refund(book, bread, 0)


def test_half_of_a_sale_that_cost_nothing_leaves_the_coupon_used_until_the_other_half(book: Book) -> None:
    book.book(BookGrant, wallet=W1, why="x", coupons=(PACK,))
    bread = sell(book, free(200), free(100), coupons_used=("k1",))
    gives(book, bread, Grant(unit="points:goods", amount=9))
    book.book(BookRefund, of=bread.id, returned=(Returned(line=1, net=0),), why="x")
    assert posts(book) == {
        "revenue:fruit": -100,
        "discount": 100,
        "wallet:w2:points:goods": -5,
        "issued:points:goods": 5,
    }
    book.book(BookRefund, of=bread.id, returned=(Returned(line=0, net=0),), why="x")
    assert (book.of(W1, "coupon:k1"), book.of(W2, "points:goods")) == (1, 0)


def test_what_came_free_with_a_sale_is_counted_back_whenever_it_comes(book: Book) -> None:
    book.book(BookGrant, wallet=W1, why="x", coupons=(PACK,))
    sale = sell(book, line(1000), free(300, sample=True), coupons_used=("k1",), coupons=())
    gives(book, sale, Grant(unit="count:wash", amount=2))
    refund(book, sale, 1000)
    assert book.of(W1, "coupon:k1") == 1
    book.book(BookRefund, of=sale.id, returned=(Returned(line=1, net=0),), why="x")
    assert posts(book) == {"revenue:fruit": -300, "samples": 300}, "the gift went back once"
    assert book.of(W1, "coupon:k1") == 1


@pytest.mark.parametrize("returned", [(0, 0), (1, 1), (0, 1001), (1, -1)])
def test_nothing_comes_back_only_of_what_cost_nothing(book: Book, returned: tuple[int, int]) -> None:
    sale = sell(book, line(1000), free(300))
    with pytest.raises(BadAmount):
        book.book(BookRefund, of=sale.id, returned=(Returned(line=returned[0], net=returned[1]),), why="x")


def test_uses_that_cost_nothing_come_back_if_they_are_there(book: Book) -> None:
    card = sell(book, free(300, sells=Sells(unit="count:wash", amount=2)), line(5))
    back = (Returned(line=0, net=0),)
    book.book(BookRefund, of=card.id, returned=back, why="x")
    assert posts(book) == {"count:wash": -2, "issued:count:wash": 2}
    other = sell(book, free(300, sells=Sells(unit="count:wash", amount=2)))
    sell(book, line(5), pays={"uses": (5, "count:wash", 1)})
    with pytest.raises(InsufficientFunds):
        book.book(BookRefund, of=other.id, returned=back, why="x")


def test_a_sale_that_lies_elsewhere_is_not_refunded_here(book: Book, monkeypatch: pytest.MonkeyPatch) -> None:
    sale = sell(book, line(100))
    monkeypatch.setattr(book, "left", {sale.id})
    with pytest.raises(HeldElsewhere):
        refund(book, sale, 100)
