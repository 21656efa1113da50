"""What uses paid for comes back as uses, with its own lines; what went beside it comes back by itself."""

from __future__ import annotations

from typing import Any

import pytest
from msgspec.structs import replace

from terminal.core.commands import (
    BookRefund,
    BookSale,
    Cashback,
    CouponGrant,
    PointsEarned,
    Returned,
    SaleLine,
    Sells,
    Tender,
    TenderKind,
)
from terminal.core.entry import Entry
from terminal.core.errors import BadAmount, NotBookable
from tests.core.ledger.book import W1, Book
from tests.core.ledger.test_undo_each import give
from tests.core.ledger.test_value import line, load, sell

TEN, FIVE = "count:K10", "count:K5"


def pieces(net: int, quantity: int) -> SaleLine:
    return replace(line(net), quantity=quantity, unit_price=net // quantity)


LINES = (pieces(2_000, 1), pieces(3_001, 7), pieces(6_000, 3), pieces(1_500, 1), pieces(999, 1))
USES = (
    Tender(kind=TenderKind.USES, amount=8_000, of=TEN, units=4, places=(0, 2)),
    Tender(kind=TenderKind.USES, amount=1_500, of=FIVE, units=1, places=(3,)),
)
BESIDE = 3_001 + 999


def used(book: Book, *others: Tender, lines: tuple[SaleLine, ...] = LINES, **more: Any) -> Entry:
    fields = {"wallet": W1, "card": None, "lines": lines, "due": sum(one.net for one in lines)}
    return book.book(BookSale, **fields, tenders=(*USES, *others), **({"received": BESIDE} | more))


def cash(amount: int = BESIDE) -> Tender:
    return Tender(kind=TenderKind.CASH, amount=amount)


def shop() -> Book:
    book = Book().with_member()
    load(book, 5_000, 1_000)
    give(book, "points:goods", 50)
    sell(book, line(10_007, sells=Sells(unit=TEN, amount=7)))
    sell(book, line(4_001, sells=Sells(unit=TEN, amount=3, until="2027-01-01")))
    sell(book, line(4_999, sells=Sells(unit=FIVE, amount=5)))
    return book


def back(book: Book, sale: Entry, *returned: tuple[int, int]) -> dict[str, int]:
    was = book.standing()
    parts = tuple(Returned(line=at, net=net) for at, net in returned)
    book.book(BookRefund, of=sale.id, returned=parts, why="unwanted", cash_step=1)
    now = book.standing()
    moved = {name: now.get(name, 0) - was.get(name, 0) for name in {*now, *was}}
    return {name.partition(":")[2].partition(":")[2]: by for name, by in moved.items() if by}


def test_what_went_beside_uses_comes_back_as_it_was_paid_and_no_use_with_it() -> None:
    book = shop()
    sale = used(book, cash())
    assert back(book, sale, (4, 999)) == {"drawer:early": 999, "revenue:fruit": -999}
    assert back(book, sale, (1, 1)) == {"drawer:early": 1, "revenue:fruit": -1}
    assert book.of(W1, TEN) == 6


def test_what_a_use_paid_comes_back_as_that_use_and_no_money_with_it() -> None:
    book = shop()
    sale = used(book, cash())
    assert back(book, sale, (3, 1_500)) == {
        FIVE: 1,
        f"issued:{FIVE}": -1,
        f"deferred:{FIVE}": 999,
        "prepaid_difference": 501,
        "revenue:fruit": -1_500,
    }
    moved = back(book, sale, (2, 2_000))
    assert (moved[TEN], moved[f"issued:{TEN}"], moved["revenue:fruit"]) == (1, -1, -2_000)
    assert "drawer:early" not in moved
    assert back(book, sale, (2, 4_000), (0, 2_000))[TEN] == 3


def test_less_than_one_use_does_not_come_back() -> None:
    book = shop()
    sale = used(book, cash())
    for at, net in ((0, 1_999), (2, 2_001), (2, 3_000)):
        with pytest.raises(NotBookable, match="whole"):
            back(book, sale, (at, net))
    assert book.of(W1, TEN) == 6


def test_what_uses_paid_alone_comes_back_piece_by_piece() -> None:
    book = shop()
    before = book.standing()
    only = Tender(kind=TenderKind.USES, amount=6_000, of=TEN, units=3, places=(0,))
    sale = book.book(
        BookSale, wallet=W1, card=None, lines=(LINES[2],), due=6_000, tenders=(only,), received=0
    )
    assert back(book, sale, (0, 4_000))[TEN] == 2
    assert back(book, sale, (0, 2_000))[TEN] == 1
    assert book.standing() == before


def test_a_coupon_that_came_with_what_uses_paid_alone_goes_with_the_last_piece() -> None:
    book = shop()
    before = book.standing()
    only = Tender(kind=TenderKind.USES, amount=6_000, of=TEN, units=3, places=(0,))
    fields = {"wallet": W1, "card": None, "lines": (LINES[2],), "due": 6_000, "received": 0}
    came = (CouponGrant(coupon="k7", kind="c", face=100, threshold=0),)
    sale = book.book(BookSale, **fields, tenders=(only,), coupons=came)
    assert "coupon:k7" not in back(book, sale, (0, 4_000))
    assert back(book, sale, (0, 2_000))["coupon:k7"] == -1
    assert book.standing() == before


@pytest.mark.parametrize(
    ("places", "amount", "units"),
    [
        ((0,), 2_001, 1),
        ((0,), 2_000, 2),
        ((0, 0), 4_000, 2),
        ((5,), 2_000, 1),
        ((-1,), 999, 1),
    ],
)  # fmt: skip
def test_uses_name_lines_that_are_there_once_and_pay_them_whole(
    places: tuple[int, ...], amount: int, units: int
) -> None:
    due = sum(one.net for one in LINES)
    tender = Tender(kind=TenderKind.USES, amount=amount, of=TEN, units=units, places=places)
    rest = cash(due - amount)
    fields = {"wallet": W1, "card": None, "lines": LINES, "due": due, "received": rest.amount}
    with pytest.raises(BadAmount):
        shop().book(BookSale, **fields, tenders=(tender, rest))


def test_no_line_is_paid_by_two_cards_and_nothing_but_uses_names_lines() -> None:
    book, due = shop(), 4_000
    fields = {"wallet": W1, "card": None, "lines": (LINES[0], LINES[0]), "due": due}
    one = Tender(kind=TenderKind.USES, amount=2_000, of=TEN, units=1, places=(0,))
    with pytest.raises(BadAmount, match="twice"):
        book.book(BookSale, **fields, tenders=(one, replace(one, of=FIVE)), received=0)
    stored = Tender(kind=TenderKind.STORED, amount=2_000, units=1, places=(0,))
    with pytest.raises(BadAmount, match="name"):
        book.book(BookSale, **fields, tenders=(stored, cash(2_000)), received=2_000)
    book.book(BookSale, **fields, tenders=(one, replace(one, of=FIVE, places=(1,))), received=0)


def test_what_costs_nothing_is_not_used() -> None:
    free = line(0, off=2_000)
    one = Tender(kind=TenderKind.USES, amount=2_000, of=TEN, units=2, places=(0, 1))
    fields = {"wallet": W1, "card": None, "lines": (LINES[0], free), "due": 2_000, "received": 0}
    with pytest.raises(BadAmount, match="nothing"):
        shop().book(BookSale, **fields, tenders=(one,))


def test_cashback_and_points_go_with_what_earned_them_and_not_with_uses() -> None:
    book = shop()
    points = PointsEarned(family="goods", points=40, base=BESIDE, step=100)
    coupon = CouponGrant(coupon="k1", kind="c3", face=300, threshold=0, since="", until="")
    gains = {"points": (points,), "cashback": Cashback(amount=400, since="", until=""), "coupons": (coupon,)}
    sale = used(book, cash(), **gains)
    moved = back(book, sale, (0, 2_000), (2, 6_000), (3, 1_500))
    assert not {"points:goods", "cashback", "coupon:k1"} & moved.keys()
    moved = back(book, sale, (4, 999))
    assert (moved["points:goods"], moved["cashback"]) == (-10, -100)
    moved = back(book, sale, (1, 3_001))
    assert (moved["points:goods"], moved["cashback"], moved["coupon:k1"]) == (-30, -300, -1)


def test_points_that_paid_beside_uses_come_back_with_what_they_paid() -> None:
    book = shop()
    paid = Tender(kind=TenderKind.POINTS, amount=2_000, of="goods", units=20)
    sale = used(book, paid, cash(2_000), received=2_000)
    assert "points:goods" not in back(book, sale, (0, 2_000), (2, 6_000))
    moved = back(book, sale, (1, 3_001), (4, 999))
    assert (moved["points:goods"], moved["drawer:early"]) == (20, 2_000)


@pytest.mark.parametrize("order", [(0, 1, 2, 3, 4), (4, 3, 2, 1, 0), (1, 2, 4, 0, 3), (2, 4, 1, 3, 0)])
def test_however_it_is_cut_all_of_it_comes_back_once(order: tuple[int, ...]) -> None:
    book = shop()
    before = book.standing()
    rest = (
        Tender(kind=TenderKind.POINTS, amount=1_000, of="goods", units=10),
        Tender(kind=TenderKind.STORED, amount=1_000),
        cash(1_995),
    )
    sale = used(book, *rest, rounding=5, received=1_995)
    cuts = {0: (2_000,), 1: (1, 2_000, 1_000), 2: (2_000, 4_000), 3: (1_500,), 4: (500, 499)}
    uses = {0: (1,), 1: (0, 0, 0), 2: (1, 2), 3: (1,), 4: (0, 0)}
    for turn in range(3):
        for at in order:
            if turn < len(cuts[at]):
                moved = back(book, sale, (at, cuts[at][turn]))
                assert moved.get(TEN, 0) + moved.get(FIVE, 0) == uses[at][turn]
    assert book.standing() == before
