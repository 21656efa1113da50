"""A coupon is set aside with the value for a fill: its sale takes it, or it goes back (product.md C4)."""

from __future__ import annotations

from typing import Any

import pytest
from msgspec.structs import replace

from terminal.core.commands import (
    BookExpiry,
    BookFleetFunds,
    BookGrant,
    BookHold,
    BookMerge,
    BookRefund,
    BookRelease,
    BookSale,
    BookVoid,
    BookWithdrawal,
    CouponGrant,
    Discount,
    Returned,
    SaleLine,
    Sells,
    Tender,
    TenderKind,
)
from terminal.core.entry import Entry
from terminal.core.errors import BadAmount, CouponNotUsable, CouponWithdrawn, InsufficientFunds, NotBookable
from terminal.core.held_coupons import held_coupons
from terminal.core.ledger import State, posted_again
from terminal.core.ledger.holds import coupon_of, hold_of, set_aside
from terminal.core.values import EntryId, WalletId
from tests.core.ledger.book import DAY, M2, W1, W2, Book
from tests.core.ledger.test_postings import posts
from tests.core.ledger.test_value import line, load, sell

TODAY = CouponGrant(coupon="c5", kind="c5", face=500, threshold=1000, until=DAY)
TOMORROW = "2026-11-25"


@pytest.fixture
def book() -> Book:
    book = Book().with_member()
    load(book, 5000)
    book.book(BookGrant, wallet=W1, why="x", coupons=(TODAY,))
    return book


def holds(book: Book, amount: int = 3000, coupon: str = "c5", **more: Any) -> Entry:
    fields = {"wallet": W1, "card": None, "for_what": "pump:3", "coupon": coupon, **more}
    return book.book(BookHold, amount=amount, **fields)


def cheaper(gross: int, less: int = 500) -> SaleLine:
    off = (Discount(name="c5", amount=less, coupon="c5"),)
    return replace(line(gross), gross=gross, net=gross - less, discounts=off)


def fills(book: Book, hold: Entry, sold: SaleLine, *used: str) -> Entry:
    return sell(book, sold, pays={"held": (sold.net, hold.id, 0)}, coupons_used=used)


def aside(book: Book, hold: Entry) -> tuple[int, int]:
    """On the wallet, and set aside."""
    return book.of(W1, "coupon:c5"), book.of(W1, f"held:{hold.id}:coupon:c5")


@pytest.mark.parametrize("how", [BookVoid, BookRefund, None])
def test_where_it_leaves_nothing_to_pay_all_that_was_held_goes_back(book: Book, how: Any) -> None:
    before = book.standing()
    hold = holds(book)
    sale = fills(book, hold, cheaper(1500, 1500), "c5")
    assert (book.of(W1, "principal"), book.of(W1, f"held:{hold.id}")) == (5000, 0)
    assert aside(book, hold) == (0, 0)
    if how is None:
        assert posted_again(sale, Book().with_member()) is not None
        return
    returns = {"returned": (Returned(line=0, net=0, quantity=1),)} if how is BookRefund else {}
    book.book(how, of=sale.id, why="x", **returns)
    if how is BookVoid:
        assert aside(book, hold) == (0, 1)
        book.book(BookRelease, hold=hold.id)
    assert book.standing() == before


def test_without_a_coupon_a_hold_is_not_settled_by_nothing(book: Book) -> None:
    hold = holds(book, coupon="")
    free = replace(line(1500), net=0, discounts=(Discount(name="free", amount=1500),))
    with pytest.raises(BadAmount, match="of nothing"):
        fills(book, hold, free)
    with pytest.raises(BadAmount, match="of nothing"):
        sell(book, line(1500), pays={"held": (-1, hold.id, 0), "cash": 1501})


def test_it_is_set_aside_with_the_value_and_nothing_else_uses_it(book: Book) -> None:
    hold = holds(book)
    assert posts(book) == {
        "principal": -3000,
        f"held:{hold.id}": 3000,
        "coupon:c5": -1,
        f"held:{hold.id}:coupon:c5": 1,
    }
    with pytest.raises(CouponNotUsable):
        sell(book, cheaper(1500), coupons_used=("c5",))
    with pytest.raises(CouponNotUsable):
        holds(book, 100)


def test_the_sale_that_settles_it_takes_it_in_the_same_entry(book: Book) -> None:
    hold = holds(book)
    fills(book, hold, cheaper(1500), "c5")
    assert posts(book) == {
        f"held:{hold.id}": -3000,
        f"held:{hold.id}:coupon:c5": -1,
        "principal": 2000,
        "revenue:fruit": 1500,
        "discount": -500,
        "issued:coupon": 1,
    }
    assert aside(book, hold) == (0, 0)


@pytest.mark.parametrize(("flowed", "used"), [(999, ()), (1000, ("c5",)), (1000, ())])
def test_what_does_not_reach_its_threshold_gives_it_back(
    book: Book, flowed: int, used: tuple[str, ...]
) -> None:
    hold = holds(book)
    fills(book, hold, cheaper(flowed) if used else line(flowed), *used)
    assert aside(book, hold) == (0 if used else 1, 0)
    assert book.site_of("issued:coupon") == (0 if used else -1)


def test_below_its_threshold_it_takes_nothing_off(book: Book) -> None:
    hold = holds(book)
    with pytest.raises(CouponNotUsable, match="threshold"):
        fills(book, hold, cheaper(999), "c5")
    assert aside(book, hold) == (0, 1)


def test_released_it_comes_back_once(book: Book) -> None:
    hold = holds(book)
    book.book(BookRelease, hold=hold.id)
    assert posts(book) == {
        f"held:{hold.id}": -3000,
        f"held:{hold.id}:coupon:c5": -1,
        "principal": 3000,
        "coupon:c5": 1,
    }
    with pytest.raises(InsufficientFunds):
        book.book(BookRelease, hold=hold.id)


def test_what_was_set_aside_in_its_time_comes_off_after_it(book: Book) -> None:
    """Across the cut of the day; another coupon whose day is over does not."""
    other = replace(TODAY, coupon="c8")
    book.book(BookGrant, wallet=W1, why="x", coupons=(other,))
    hold = holds(book)
    book.on_day(TOMORROW)
    also = replace(cheaper(1500), discounts=(Discount(name="c8", amount=500, coupon="c8"),))
    with pytest.raises(CouponNotUsable, match="not of today"):
        fills(book, hold, also, "c8")
    fills(book, hold, cheaper(1500), "c5")
    assert aside(book, hold) == (0, 0)


@pytest.mark.parametrize("days", [{"until": "2026-11-23"}, {"until": "", "since": TOMORROW}])
def test_what_may_not_be_used_today_is_not_set_aside(book: Book, days: dict[str, str]) -> None:
    book.book(BookGrant, wallet=W1, why="x", coupons=(replace(TODAY, coupon="k", **days),))
    with pytest.raises(CouponNotUsable, match="not of today"):
        holds(book, coupon="k")
    assert book.of(W1, "principal") == 5000


def test_what_is_another_wallets_or_nobodys_is_not_set_aside(book: Book) -> None:
    book.with_member(W2, M2)
    theirs = replace(TODAY, coupon="theirs")
    book.book(BookGrant, wallet=W2, why="x", coupons=(theirs,))
    for coupon in ("theirs", "none"):
        with pytest.raises(CouponNotUsable, match="no such coupon"):
            holds(book, coupon=coupon)


def test_one_that_was_withdrawn_says_so(book: Book) -> None:
    book.book(BookWithdrawal, coupon="c5", why="printed twice")
    with pytest.raises(CouponWithdrawn):
        holds(book)


@pytest.mark.parametrize("wallet", [None, W1])
def test_a_company_has_no_coupons(book: Book, wallet: WalletId | None) -> None:
    book.book(BookFleetFunds, company="haulage", amount=5000, paid_by=None)
    with pytest.raises(NotBookable, match="coupons"):
        holds(book, wallet=wallet, company="haulage")


def test_litres_take_one_with_them_too(book: Book) -> None:

    sell(book, line(10000, sells=Sells(unit="litres:0", amount=1000)))
    hold = holds(book, 500, unit="litres:0")
    assert aside(book, hold) == (0, 1)
    sell(book, cheaper(1500), pays={"held": (1000, hold.id, 100)}, coupons_used=("c5",))
    assert aside(book, hold) == (0, 0)


def test_a_fill_that_is_voided_sets_it_aside_again_until_that_is_released(book: Book) -> None:
    hold = holds(book)
    sale = fills(book, hold, cheaper(1500), "c5")
    book.book(BookVoid, of=sale.id, why="x")
    assert aside(book, hold) == (0, 1)
    book.book(BookRelease, hold=hold.id)
    assert aside(book, hold) == (1, 0)
    assert book.of(W1, "principal") == 5000


def test_it_goes_along_where_the_wallet_is_merged(book: Book) -> None:
    book.with_member(W2, M2)
    hold = holds(book)
    book.book(BookMerge, wallet=W1, into=W2)
    sell(book, cheaper(1500), wallet=W2, pays={"held": (1000, hold.id, 0)}, coupons_used=("c5",))
    assert (book.of(W2, "coupon:c5"), book.of(W2, f"held:{hold.id}:coupon:c5")) == (0, 0)


def test_which_coupons_a_sale_settles_is_said_by_its_holds(book: Book) -> None:
    hold = holds(book)
    without = book.book(BookHold, wallet=W1, card=None, for_what="pump:1", amount=100)

    def of(*holds: Entry, kind: TenderKind = TenderKind.HELD) -> frozenset[str]:
        tenders = tuple(Tender(kind=kind, amount=1, of=one.id) for one in holds)
        sale = BookSale(
            id=EntryId("x"), at=book.at, wallet=W1, card=None, lines=(), due=0, tenders=tenders, received=0
        )
        state: State = book
        return set_aside(sale, state)

    assert of(hold) == {"c5"}
    assert "c5" not in of(without)
    assert of(hold, without) >= {"c5"}
    assert of(hold, kind=TenderKind.DEPOSIT) == frozenset()


@pytest.mark.parametrize("alone", [True, False])
def test_one_that_another_hold_set_aside_since_is_not_set_aside_twice(*, alone: bool) -> None:
    book = Book().with_member()
    book.with_headquarters = not alone
    load(book, 5000)
    book.book(BookGrant, wallet=W1, why="x", coupons=(TODAY,))
    first = holds(book, 2000)
    below = fills(book, first, line(500))
    second = holds(book, 2000)
    book.book(BookVoid, of=below.id, why="x")
    assert posts(book) == {"principal": -1500, f"held:{first.id}": 2000, "revenue:fruit": -500}
    assert (aside(book, first), aside(book, second)) == ((0, 0), (0, 1))
    assert coupon_of(book, hold_of(book, first.id)) == ""
    assert coupon_of(book, hold_of(book, second.id)) == "c5"
    with pytest.raises(CouponNotUsable):
        fills(book, first, cheaper(1500), "c5")
    fills(book, second, cheaper(1500), "c5")
    fills(book, first, line(1500))
    assert book.of(W1, "principal") == 2500
    assert book.of(W1, "debt:coupon:c5") == 0


def test_both_holds_are_released_and_it_lies_there_once(book: Book) -> None:
    first = holds(book, 2000)
    below = fills(book, first, line(500))
    second = holds(book, 2000)
    book.book(BookVoid, of=below.id, why="x")
    for hold in (second, first):
        book.book(BookRelease, hold=hold.id)
    assert aside(book, first) == (1, 0)
    assert (book.of(W1, "principal"), book.of(W1, "debt:coupon:c5")) == (5000, 0)


def test_one_that_lies_there_is_set_aside_again(book: Book) -> None:
    hold = holds(book)
    below = fills(book, hold, line(500))
    book.book(BookVoid, of=below.id, why="x")
    assert aside(book, hold) == (0, 1)
    fills(book, hold, cheaper(1500), "c5")
    assert aside(book, hold) == (0, 0)


def test_one_that_was_used_or_has_ended_since_comes_off_no_more(book: Book) -> None:
    hold = holds(book)
    below = fills(book, hold, line(500))
    sell(book, cheaper(1500), coupons_used=("c5",))
    book.book(BookVoid, of=below.id, why="x")
    assert aside(book, hold) == (0, 0)
    book.book(BookRelease, hold=hold.id)
    other = replace(TODAY, coupon="c6")
    book.book(BookGrant, wallet=W1, why="x", coupons=(other,))
    hold = holds(book, 2000, coupon="c6")
    below = fills(book, hold, line(500))
    book.on_day(TOMORROW)
    book.book(BookExpiry, wallet=W1, unit="coupon")
    book.book(BookVoid, of=below.id, why="x")
    assert (book.of(W1, "coupon:c6"), book.of(W1, f"held:{hold.id}:coupon:c6")) == (0, 0)
    assert book.of(W1, "debt:coupon:c6") == 0


def test_a_hold_without_it_takes_one_that_came_back_as_any_sale_does(book: Book) -> None:
    hold = holds(book)
    below = fills(book, hold, line(500))
    used = sell(book, cheaper(1500), coupons_used=("c5",))
    book.book(BookVoid, of=below.id, why="x")
    book.book(BookVoid, of=used.id, why="x")
    assert aside(book, hold) == (1, 0)
    sale = fills(book, hold, cheaper(1500), "c5")
    assert aside(book, hold) == (0, 0)
    book.book(BookVoid, of=sale.id, why="x")
    assert aside(book, hold) == (1, 0)
    book.on_day(TOMORROW)
    with pytest.raises(CouponNotUsable, match="not of today"):
        fills(book, hold, cheaper(1500), "c5")


def test_what_is_owed_is_not_set_aside_and_comes_off_nothing(book: Book) -> None:
    gift = book.book(BookGrant, wallet=W1, why="x", coupons=(replace(TODAY, coupon="k"),))
    hold = holds(book, 2000, coupon="k")
    book.book(BookVoid, of=gift.id, why="x")
    assert book.of(W1, "debt:coupon:k") == -1
    below = fills(book, hold, line(500))
    assert book.of(W1, "coupon:k") == 1
    with pytest.raises(CouponNotUsable, match="undone"):
        holds(book, 100, coupon="k")
    off = replace(cheaper(1500), discounts=(Discount(name="k", amount=500, coupon="k"),))
    with pytest.raises(CouponNotUsable, match="undone"):
        sell(book, off, coupons_used=("k",))
    assert [one.coupon for one in held_coupons(book, wallet=W1)] == ["c5"]
    book.book(BookVoid, of=below.id, why="x")
    assert (book.of(W1, "coupon:k"), book.of(W1, f"held:{hold.id}:coupon:k")) == (1, 0)
    assert book.of(W1, "debt:coupon:k") == -1


def test_one_that_was_set_aside_before_it_was_owed_comes_off(book: Book) -> None:
    gift = book.book(BookGrant, wallet=W1, why="x", coupons=(replace(TODAY, coupon="k"),))
    hold = holds(book, 2000, coupon="k")
    book.book(BookVoid, of=gift.id, why="x")
    off = replace(cheaper(1500), discounts=(Discount(name="k", amount=500, coupon="k"),))
    fills(book, hold, off, "k")
    assert book.of(W1, f"held:{hold.id}:coupon:k") == 0


def test_a_company_has_none_set_aside(book: Book) -> None:
    book.book(BookFleetFunds, company="haulage", amount=5000, paid_by=None)
    hold = book.book(BookHold, wallet=None, card=None, for_what="pump:3", company="haulage", amount=100)
    assert coupon_of(book, hold_of(book, hold.id)) == ""
