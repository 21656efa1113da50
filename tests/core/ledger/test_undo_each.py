"""Each kind of value on its way back: to the fen, into its own lot, where its wallet is now, or as a debt."""

from __future__ import annotations

from typing import Any

import pytest

from terminal.core.commands import (
    BookCashMove,
    BookDeposit,
    BookFleetFunds,
    BookGrant,
    BookHold,
    BookImport,
    BookMerge,
    BookNote,
    BookRedeem,
    BookRefund,
    BookRelease,
    BookReversal,
    BookShiftClose,
    BookVoid,
    Cashback,
    CouponGrant,
    Grant,
    PaidBy,
    PointsEarned,
    Returned,
    Sells,
)
from terminal.core.entry import Entry
from terminal.core.errors import InsufficientFunds, NotBookable, ShiftIsClosed
from tests.core.ledger.book import M2, TWO, W1, W2, Book
from tests.core.ledger.test_postings import posts
from tests.core.ledger.test_undo import lots
from tests.core.ledger.test_value import line, load, sell

LAST = "2026-12-31"
WASH = "count:wash"


@pytest.fixture
def book() -> Book:
    return Book().with_member()


def void(book: Book, of: Entry) -> Entry:
    return book.book(BookVoid, of=of.id, why="x")


def refund(book: Book, of: Entry, *nets: int) -> Entry:
    """So much of each line."""
    returned = tuple(Returned(line=n, net=net) for n, net in enumerate(nets) if net)
    return book.book(BookRefund, of=of.id, returned=returned, why="x")


def give(book: Book, unit: str, amount: int, until: str = "") -> Entry:
    return book.book(BookGrant, wallet=W1, why="x", grants=(Grant(unit=unit, amount=amount, until=until),))


def merged(book: Book) -> Book:
    book.with_member(W2, M2)
    book.book(BookMerge, wallet=W1, into=W2)
    return book


def touched(book: Book) -> list[tuple[str, str, int]]:
    return [(one.unit, one.lot, one.amount) for one in book.done.lots]


# Whole entries.

ANYTHING: dict[str, Any] = {
    "a recharge": lambda book: load(book, 1000, 100),
    "a gift": lambda book: give(book, "voucher:v1", 40, LAST),
    "points": lambda book: give(book, "points:goods", 40),
    "a redemption": lambda book: book.book(
        BookRedeem, wallet=W1, card=None, points=PointsEarned(family="goods", points=5), what="x", worth=9
    ),
    "a deposit": lambda book: book.book(
        BookDeposit, wallet=W1, card=None, of="presale:cake", amount=50, received=50
    ),
    "a company's funds": lambda book: book.book(
        BookFleetFunds, company="haulage", amount=70, paid_by=PaidBy.CASH
    ),
    "a paper balance": lambda book: book.book(
        BookImport, wallet=W1, at=TWO, paper="1", grants=(Grant(unit="principal", amount=3),)
    ),
}


@pytest.mark.parametrize("what", ANYTHING)
@pytest.mark.parametrize("kind", [BookVoid, BookReversal])
def test_it_can_be_undone_and_leaves_nothing(book: Book, what: str, kind: Any) -> None:
    give(book, "points:goods", 30)
    before = book.standing(), lots(book)
    entry = ANYTHING[what](book)
    book.book(kind, of=entry.id, why="x")
    assert (book.standing(), lots(book)) == before


def test_what_moves_no_value_is_not_undone(book: Book) -> None:
    hold = book.book(BookNote, what="x", detail="")
    with pytest.raises(NotBookable):
        void(book, hold)
    with pytest.raises(NotBookable):
        void(book, book.book(BookCashMove, amount=5, reason="safe"))


def test_cash_is_given_back_out_of_the_drawer_of_whoever_undoes_it(book: Book) -> None:
    sale = sell(book, line(500))
    book.in_shift("late")
    book.book(BookReversal, of=sale.id, why="x")
    assert posts(book) == {"drawer:late": 500, "revenue:fruit": -500}


def test_cash_is_not_given_back_on_a_closed_shift(book: Book) -> None:
    cash, code = sell(book, line(500)), sell(book, line(300), pays={"code": 300})
    book.book(BookShiftClose, counted=500)
    with pytest.raises(ShiftIsClosed):
        void(book, cash)
    void(book, code)
    assert posts(book) == {"outside:code": 300, "revenue:fruit": -300}


@pytest.mark.parametrize(("spent", "undone"), [(0, True), (1, False)])
def test_a_companys_funds_are_undone_while_all_are_there(
    book: Book,
    spent: int,
    undone: bool,  # noqa: FBT001
) -> None:
    funds = book.book(BookFleetFunds, company="haulage", amount=70, paid_by=None)
    if spent:
        sell(book, line(spent), pays={"fleet": (spent, "haulage", 0)}, wallet=None)
    if not undone:
        with pytest.raises(InsufficientFunds):
            void(book, funds)
        return
    void(book, funds)
    assert posts(book) == {"company:haulage:credit": -70, "receivable:haulage": 70}
    assert book.done.wallet is None


def test_a_company_that_is_called_like_a_wallet_is_another(book: Book) -> None:
    funds = book.book(BookFleetFunds, company=W1, amount=70, paid_by=None)
    merged(book)
    void(book, funds)
    assert posts(book) == {"company:w1:credit": -70, "receivable:w1": 70}


def test_an_undone_sale_is_its_members_also_where_no_value_of_theirs_moved(book: Book) -> None:
    void(book, sell(book, line(500)))
    assert book.done.wallet == W1


@pytest.mark.parametrize("unit", ["bonus", "voucher:v1", WASH])
def test_money_that_was_spent_by_now_is_not_taken_back(book: Book, unit: str) -> None:
    gift = give(book, unit, 40)
    if unit == WASH:
        sell(book, line(40), pays={"uses": (40, WASH, 1)})
    else:
        sell(book, line(1), pays={"stored": 1} if unit == "bonus" else {"voucher": (1, "v1", 0)})
    with pytest.raises(InsufficientFunds):
        void(book, gift)


@pytest.mark.parametrize("unit", ["points:goods", "cashback"])
def test_what_was_given_and_is_spent_by_now_is_owed(book: Book, unit: str) -> None:
    gift = give(book, unit, 40)
    sell(book, line(9), pays={"points": (9, "goods", 15)} if unit == "points:goods" else {"cashback": 9})
    left = book.of(W1, unit)
    void(book, gift)
    assert (book.of(W1, unit), book.of(W1, f"debt:{unit}")) == (0, left - 40)


def test_what_is_owed_is_not_taken_from_another_gift(book: Book) -> None:
    first = give(book, "cashback", 30, LAST)
    second = give(book, "cashback", 100)
    sell(book, line(20), pays={"cashback": 20})
    void(book, first)
    assert touched(book) == [("cashback", first.id, -10)]
    assert (book.of(W1, "cashback"), book.of(W1, "debt:cashback")) == (100, -20)
    assert lots(book) == {(W1, "cashback"): [(second.id, 100)]}


def test_a_sale_that_spent_and_earned_cashback_is_undone_both_ways(book: Book) -> None:
    before = give(book, "cashback", 50)
    standing = book.standing(), lots(book)
    sale = sell(book, line(40), pays={"cashback": 40}, cashback=Cashback(amount=5, since=""))
    assert book.of(W1, "cashback") == 15
    void(book, sale)
    assert (book.standing(), lots(book)) == standing
    assert touched(book) == [("cashback", before.id, 40), ("cashback", sale.id, -5)]


@pytest.mark.parametrize("until", ["", LAST])
def test_a_sale_that_earned_as_many_points_as_it_spent_is_undone(book: Book, until: str) -> None:
    give(book, "points:goods", 50)
    before = book.standing(), lots(book)
    earned = PointsEarned(family="goods", points=20, until=until)
    sale = sell(book, line(100), pays={"points": (50, "goods", 20)}, points=(earned,))
    assert "points:goods" not in posts(book)
    void(book, sale)
    assert (book.standing(), lots(book)) == before


@pytest.mark.parametrize("held", [350, 550, 650])
def test_a_voided_fill_holds_again_what_it_had_held(book: Book, held: int) -> None:
    load(book, 300, 50)
    load(book, 300, 50)
    hold = book.book(BookHold, wallet=W1, card=None, amount=held, for_what="pump:1")
    standing = book.standing(), lots(book)
    sale = sell(book, line(100), pays={"held": (100, hold.id, 0)})
    assert (book.of(W1, "principal"), book.of(W1, "bonus")) == (500, 100)
    void(book, sale)
    assert (book.standing(), lots(book)) == standing
    book.book(BookRelease, hold=hold.id)
    assert (book.of(W1, "principal"), book.of(W1, "bonus")) == (600, 100)


def test_a_voided_fill_whose_rest_was_spent_by_now_is_not_voided(book: Book) -> None:
    load(book, 300)
    hold = book.book(BookHold, wallet=W1, card=None, amount=300, for_what="pump:1")
    sale = sell(book, line(100), pays={"held": (100, hold.id, 0)})
    sell(book, line(150), pays={"stored": 150})
    with pytest.raises(InsufficientFunds):
        void(book, sale)


# After a merge.


def test_a_sale_is_voided_to_where_its_wallet_is_now(book: Book) -> None:
    recharge = load(book, 1000)
    sale = sell(book, line(400), pays={"stored": 400}, points=(PointsEarned(family="goods", points=4),))
    merged(book)
    void(book, sale)
    assert posts(book) == {
        "wallet:w2:principal": 400,
        "revenue:fruit": -400,
        "wallet:w2:points:goods": -4,
        "issued:points:goods": 4,
    }
    assert (touched(book), book.done.wallet) == ([("principal", recharge.id, 400)], W2)


def test_what_was_spent_before_a_merge_is_owed_by_the_wallet_that_is_left(book: Book) -> None:
    sale = sell(book, line(1000), cashback=Cashback(amount=30, since=""))
    sell(book, line(30), pays={"cashback": 30})
    merged(book)
    void(book, sale)
    assert (book.of(W2, "cashback"), book.of(W2, "debt:cashback")) == (0, -30)
    assert touched(book) == []


def test_a_fill_that_is_voided_after_a_merge_can_still_be_settled_or_released(book: Book) -> None:
    load(book, 1000)
    holds = [book.book(BookHold, wallet=W1, card=None, amount=300, for_what=f"pump:{n}") for n in (1, 2)]
    sales = [sell(book, line(100), pays={"held": (100, hold.id, 0)}) for hold in holds]
    merged(book)
    for sale in sales:
        void(book, sale)
    assert book.of(W2, f"held:{holds[0].id}") == 300
    book.book(BookRelease, hold=holds[0].id)
    sell(book, line(250), pays={"held": (250, holds[1].id, 0)}, wallet=W2)
    assert book.of(W2, "principal") == 750
    assert not any("held:" in name for name in book.standing())


def test_a_use_of_a_card_that_was_used_up_before_a_merge_is_undone(book: Book) -> None:
    card = sell(book, line(500, sells=Sells(unit=WASH, amount=1)))
    use = sell(book, line(90), pays={"uses": (90, WASH, 1)})
    merged(book)
    void(book, use)
    assert (touched(book), book.site_of(f"deferred:{WASH}")) == ([(WASH, card.id, 1)], 500)


def test_a_fill_comes_back_after_a_merge(book: Book) -> None:
    load(book, 1000)
    hold = book.book(BookHold, wallet=W1, card=None, amount=300, for_what="pump:1")
    sale = sell(book, line(100), pays={"held": (100, hold.id, 0)})
    merged(book)
    refund(book, sale, 60)
    assert posts(book) == {"wallet:w2:principal": 60, "revenue:fruit": -60}


# Uses.


def test_uses_that_come_back_are_owed_again(book: Book) -> None:
    card = sell(book, line(1000, sells=Sells(unit=WASH, amount=3)))
    use = sell(book, line(90), pays={"uses": (90, WASH, 2)})
    refund(book, use, 90)
    assert posts(book) == {
        WASH: 2,
        f"issued:{WASH}": -2,
        f"deferred:{WASH}": 666,
        "prepaid_difference": -576,
        "revenue:fruit": -90,
    }
    assert touched(book) == [(WASH, card.id, 2)]


def test_a_use_comes_back_whole_or_not_at_all(book: Book) -> None:
    sell(book, line(1000, sells=Sells(unit=WASH, amount=3)))
    use = sell(book, line(90), pays={"uses": (90, WASH, 1)})
    with pytest.raises(NotBookable):
        refund(book, use, 89)


@pytest.mark.parametrize("kind", ["void", "refund"])
def test_uses_out_of_order_earn_it_all_beside_other_tenders_and_units(book: Book, kind: str) -> None:
    load(book, 500)
    sell(book, line(700, sells=Sells(unit="litres:92", amount=100)))
    sell(book, line(1000, sells=Sells(unit=WASH, amount=3)))
    split = {"stored": 50, "uses": (40, WASH, 1)}
    first = sell(book, line(90), pays=split)
    sell(book, line(40), pays={"uses": (40, "litres:92", 30)})
    for _ in range(2):
        sell(book, line(40), pays={"uses": (40, WASH, 1)})
    if kind == "void":
        void(book, first)
        # What is left is the last of three uses, and it earns the fen that rounding kept.
        assert posts(book)[f"deferred:{WASH}"] == 334
    else:
        refund(book, first, 90)
        assert posts(book)[f"deferred:{WASH}"] == 334
    sell(book, line(40), pays={"uses": (40, WASH, 1)})
    assert book.site_of(f"deferred:{WASH}") == 0
    assert book.site_of("deferred:litres:92") == 490


# Parts of a sale.


def test_each_way_of_paying_gets_its_share_back_where_it_came_from(book: Book) -> None:
    load(book, 1000, 600)
    give(book, "cashback", 100)
    give(book, "points:goods", 50)
    give(book, "voucher:v1", 100)
    book.book(BookDeposit, wallet=W1, card=None, of="presale:cake", amount=100, received=100)
    book.book(BookFleetFunds, company="haulage", amount=100, paid_by=None)
    pays = {
        "stored": 1400,
        "cashback": 100,
        "points": (100, "goods", 20),
        "voucher": (100, "v1", 0),
        "deposit": (100, "presale:cake", 0),
        "fleet": (100, "haulage", 0),
        "code": (200, "wechat", 0),
        "card": 200,
    }
    sale = sell(book, line(2600), pays=pays, rounding=100)
    assert posts(book)["drawer:early"] == -200
    refund(book, sale, 1300)
    assert posts(book) == {
        "principal": 500,
        "bonus": 200,
        "cashback": 50,
        "points:goods": 10,
        "issued:points:goods": -10,
        "points_expense": 50,
        "voucher:v1": 50,
        "deposit:presale:cake": 50,
        "company:haulage:credit": 50,
        "outside:wechat": 100,
        "outside:card": 100,
        "drawer:early": 100,
        "cash_rounding": 50,
        "revenue:fruit": -1300,
    }


def test_a_fill_gives_back_principal_and_bonus_as_it_took_them(book: Book) -> None:
    load(book, 1000, 600)
    hold = book.book(BookHold, wallet=W1, card=None, amount=1500, for_what="pump:1")
    sale = sell(book, line(1400), pays={"held": (1400, hold.id, 0)})
    refund(book, sale, 700)
    assert posts(book) == {"principal": 500, "bonus": 200, "revenue:fruit": -700}


def test_a_fill_of_principal_alone_gives_back_no_bonus(book: Book) -> None:
    load(book, 1000, 600)
    hold = book.book(BookHold, wallet=W1, card=None, amount=1500, for_what="pump:1")
    sale = sell(book, line(400), pays={"held": (400, hold.id, 0)})
    refund(book, sale, 400)
    assert posts(book) == {"principal": 400, "revenue:fruit": -400}


def test_discount_samples_and_tax_come_back_with_their_line(book: Book) -> None:
    sale = sell(
        book, line(226, off=74, tax_bp=1300), line(100, off=40, sample=True, category="test"), line(50)
    )
    refund(book, sale, 113, 50)
    assert posts(book) == {
        "drawer:early": 163,
        "revenue:fruit": -(113 + 37 - 13),
        "tax": -13,
        "discount": 37,
        "revenue:test": -70,
        "samples": 20,
    }


def test_what_a_sale_put_on_the_wallet_comes_back_with_its_line(book: Book) -> None:
    lines = (
        line(1000, sells=Sells(unit=WASH, amount=7)),
        line(450, sells=Sells(unit="voucher:v1", amount=500)),
        line(90),
    )
    sale = sell(book, *lines, cashback=Cashback(amount=3, since=""))
    refund(book, sale, 1000)
    assert posts(book) == {
        "drawer:early": 1000,
        WASH: -7,
        f"issued:{WASH}": 7,
        f"deferred:{WASH}": -1000,
        "cashback": -2,  # The rest, 540 of 1,540, still earns one of three fen.
        "cashback_expense": 2,
    }
    refund(book, sale, 0, 450)
    assert (posts(book)["voucher:v1"], posts(book)["voucher_expense"]) == (-500, 50)
    assert touched(book) == [("voucher:v1", sale.id, -500), ("cashback", sale.id, -1)]


def test_what_was_earned_goes_back_so_that_the_rest_earns_what_it_would_have(book: Book) -> None:
    points = (PointsEarned(family="goods", points=10), PointsEarned(family="petrol", points=3, until=LAST))
    sale = sell(book, line(1000), points=points, cashback=Cashback(amount=33, since="", until=LAST))
    refund(book, sale, 1)
    assert posts(book) == {
        "drawer:early": 1,
        "revenue:fruit": -1,
        "points:goods": -1,
        "issued:points:goods": 1,
        "points:petrol": -1,
        "issued:points:petrol": 1,
        "cashback": -1,
        "cashback_expense": 1,
    }
    refund(book, sale, 99)
    assert "points:goods" not in posts(book)
    refund(book, sale, 900)
    for account in ("points:goods", "points:petrol", "cashback"):
        assert book.of(W1, account) == 0


def test_coupons_come_back_when_all_of_the_sale_does(book: Book) -> None:
    used, given = (CouponGrant(coupon=k, kind="c3", face=300, threshold=0) for k in ("k1", "k2"))
    book.book(BookGrant, wallet=W1, why="x", coupons=(used,))
    sale = sell(book, line(700, off=300), coupons_used=("k1",), coupons=(given,))
    refund(book, sale, 699)
    assert (book.of(W1, "coupon:k1"), book.of(W1, "coupon:k2")) == (0, 1)
    refund(book, sale, 1)
    assert (book.of(W1, "coupon:k1"), book.of(W1, "coupon:k2"), book.site_of("issued:coupon")) == (1, 0, -1)


def test_a_sale_to_nobody_comes_back_to_nobody(book: Book) -> None:
    sale = sell(book, line(700), wallet=None)
    refund(book, sale, 700)
    assert (posts(book), book.done.wallet) == ({"drawer:early": 700, "revenue:fruit": -700}, None)
    other = sell(book, line(700), wallet=None)
    void(book, other)
    assert (posts(book), book.done.wallet) == ({"drawer:early": 700, "revenue:fruit": -700}, None)


def test_one_line_named_twice_in_a_refund_comes_back_once_for_each(book: Book) -> None:
    sale = sell(book, line(700))
    parts = (Returned(line=0, net=300), Returned(line=0, net=400))
    book.book(BookRefund, of=sale.id, returned=parts, why="x")
    assert posts(book) == {"drawer:early": 700, "revenue:fruit": -700}


def test_what_was_voided_is_not_refunded(book: Book) -> None:
    sale = sell(book, line(700))
    void(book, sale)
    with pytest.raises(NotBookable):
        refund(book, sale, 1)
    with pytest.raises(NotBookable):
        refund(book, load(book, 100), 1)


def test_a_part_that_no_cash_comes_back_of_needs_no_open_shift(book: Book) -> None:
    sale = sell(book, line(1000), pays={"code": 900})
    book.book(BookShiftClose, counted=100)
    refund(book, sale, 1)
    assert posts(book) == {"outside:code": 1, "revenue:fruit": -1}
    with pytest.raises(ShiftIsClosed):
        refund(book, sale, 999)


def test_uses_that_began_are_not_taken_from_another_card_of_uses(book: Book) -> None:
    sell(book, line(500, sells=Sells(unit=WASH, amount=5)))
    lines = (
        line(700, sells=Sells(unit=WASH, amount=7, until=LAST)),
        line(450, sells=Sells(unit="voucher:v1", amount=500)),
    )
    sale = sell(book, *lines)
    sell(book, line(40), pays={"uses": (40, WASH, 1)})
    with pytest.raises(InsufficientFunds):
        refund(book, sale, 700)


def test_uses_that_paid_for_a_card_of_uses_are_not_part_of_it(book: Book) -> None:
    sell(book, line(500, sells=Sells(unit=WASH, amount=5)))
    lines = (line(700, sells=Sells(unit=WASH, amount=7, until=LAST)), line(90))
    sale = sell(book, *lines, pays={"uses": (90, WASH, 1)})
    before = book.site_of(f"deferred:{WASH}")
    use = sell(book, line(40), pays={"uses": (40, WASH, 1)})
    with pytest.raises(InsufficientFunds):
        refund(book, sale, 700, 90)
    refund(book, use, 40)
    assert book.site_of(f"deferred:{WASH}") == before
    refund(book, sale, 700, 90)
    assert posts(book)[f"deferred:{WASH}"] == 100 - 700
    assert (book.of(W1, WASH), book.site_of(f"deferred:{WASH}")) == (5, 500)


def test_a_sale_of_uses_that_others_paid_for_is_voided_both_ways(book: Book) -> None:
    sell(book, line(500, sells=Sells(unit=WASH, amount=5)))
    before = book.standing(), lots(book)
    lines = (
        line(700, sells=Sells(unit=WASH, amount=7, until=LAST)),
        line(450, sells=Sells(unit="voucher:v1", amount=500)),
        line(90),
    )
    void(book, sell(book, *lines, pays={"uses": (90, WASH, 1)}))
    assert (book.standing(), lots(book)) == before


def test_a_use_that_was_given_earns_nothing_and_nothing_is_owed_when_it_comes_back(book: Book) -> None:
    give(book, WASH, 3)
    before = book.standing()
    use = sell(book, line(90), pays={"uses": (90, WASH, 1)})
    assert posts(book) == {WASH: -1, f"issued:{WASH}": 1, "prepaid_difference": -90, "revenue:fruit": 90}
    void(book, use)
    assert book.standing() == before


def test_a_single_use_comes_back_out_of_its_lot(book: Book) -> None:
    sale = sell(book, line(700, sells=Sells(unit=WASH, amount=1)))
    refund(book, sale, 700)
    assert touched(book) == [(WASH, sale.id, -1)]


def test_cashback_that_paid_is_not_taken_for_what_was_earned(book: Book) -> None:
    gift = give(book, "cashback", 100)
    sale = sell(book, line(40), pays={"cashback": 40}, cashback=Cashback(amount=5, since="", until=LAST))
    sell(book, line(5), pays={"cashback": 5})
    refund(book, sale, 40)
    assert (book.of(W1, "cashback"), book.of(W1, "debt:cashback")) == (100, -5)
    assert touched(book) == [("cashback", gift.id, 40)]
