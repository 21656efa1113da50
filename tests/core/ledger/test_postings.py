"""To the fen, account by account: what each kind of transaction posts and which lots it touches."""

from __future__ import annotations

from typing import Any

import pytest

from terminal.core.accounts import held, principal
from terminal.core.commands import (
    BookCashMove,
    BookDeposit,
    BookExpiry,
    BookFleetFunds,
    BookGrant,
    BookHold,
    BookImport,
    BookMerge,
    BookRecharge,
    BookRechargeRefund,
    BookRedeem,
    BookRelease,
    BookReversal,
    BookShiftClose,
    BookShiftOpen,
    BookVoid,
    Cashback,
    CouponGrant,
    Grant,
    PaidBy,
    PointsEarned,
    RechargeRefundReason,
    Sells,
    SpendOrder,
)
from terminal.core.errors import (
    BadAmount,
    CouponNotUsable,
    InsufficientFunds,
    NotBookable,
    ShiftIsClosed,
)
from terminal.core.ledger import Lot
from tests.core.ledger.book import M2, TWO, W1, W2, Book
from tests.core.ledger.test_value import line, load, sell

TODAY, TOMORROW, LAST = "2026-11-24", "2026-11-25", "2026-12-31"


@pytest.fixture
def book() -> Book:
    return Book().with_member()


def posts(book: Book) -> dict[str, int]:
    """What the last entry posted: `principal` is the first wallet's, all else by its owner and unit."""
    names = {account.name: amount for account, amount in book.done.postings}
    return {name.removeprefix("wallet:w1:").removeprefix("site:S1:"): n for name, n in names.items()}


def lot(book: Book, unit: str, of: Any, wallet: str = W1) -> Lot:
    return book.laid[wallet, unit][of.id]  # type: ignore[index]


@pytest.mark.parametrize(
    ("by", "where"),
    [
        (PaidBy.CASH, "drawer:early"),
        (PaidBy.CODE, "outside:code"),
        (PaidBy.CARD, "outside:card"),
        (PaidBy.TRANSFER, "outside:transfer"),
    ],
)
def test_a_recharge_lays_a_lot_of_principal_and_one_of_bonus(book: Book, by: PaidBy, where: str) -> None:
    recharge = load(book, 1000, 150, paid_by=by)
    assert posts(book) == {"principal": 1000, where: -1000, "bonus": 150, "bonus_expense": -150}
    assert lot(book, "principal", recharge) == Lot(lot=recharge.id, rest=1000, laid=1000, paid=1000)
    assert lot(book, "bonus", recharge) == Lot(lot=recharge.id, rest=150, laid=150)


def test_a_recharge_without_bonus_has_no_lot_of_it(book: Book) -> None:
    load(book, 1000)
    assert [one.unit for one in book.done.lots] == ["principal"]


def test_a_recharge_in_cash_needs_an_open_shift_and_one_by_code_does_not(book: Book) -> None:
    book.book(BookShiftClose, counted=0)
    with pytest.raises(ShiftIsClosed):
        load(book, 1000)
    load(book, 1000, paid_by=PaidBy.CODE)


def test_stored_value_is_taken_in_the_order_the_sale_says(book: Book) -> None:
    load(book, 1000, 500)
    sell(book, line(300), pays={"stored": 300}, spend_order=SpendOrder.PROPORTIONAL)
    assert posts(book) == {"principal": -200, "bonus": -100, "revenue:fruit": 300}
    sell(book, line(900), pays={"stored": 900})
    assert posts(book) == {"principal": -800, "bonus": -100, "revenue:fruit": 900}
    assert [(one.unit, one.amount) for one in book.done.lots] == [("principal", -800), ("bonus", -100)]


@pytest.mark.parametrize(
    ("tender", "account"),
    [
        ({"code": 700}, "outside:code"),
        ({"card": 700}, "outside:card"),
        ({"code": (700, "wechat", 0)}, "outside:wechat"),
        ({"card": (700, "bank", 0)}, "outside:bank"),
        ({}, "drawer:early"),
    ],
)
def test_money_of_a_sale_is_where_it_was_paid(book: Book, tender: dict[str, Any], account: str) -> None:
    sell(book, line(700), pays=tender)
    assert posts(book) == {account: -700, "revenue:fruit": 700}


def test_cash_that_was_dropped_is_posted_apart(book: Book) -> None:
    sell(book, line(703), rounding=3)
    assert posts(book) == {"drawer:early": -700, "cash_rounding": -3, "revenue:fruit": 703}


@pytest.mark.parametrize(
    ("tax_bp", "net", "tax"),
    [
        (1300, 113, 13),
        (1300, 100, 12),
        (600, 53, 3),
        (900, 27, 2),
        (10_000, 1, 1),
        (1, 100_01, 1),
        (0, 500, 0),
    ],
)
def test_tax_is_inside_the_net_and_rounded_half_up(book: Book, tax_bp: int, net: int, tax: int) -> None:
    sell(book, line(net, tax_bp=tax_bp))
    expected = {"drawer:early": -net, "revenue:fruit": net - tax, "tax": tax}
    assert posts(book) == {account: amount for account, amount in expected.items() if amount}


def test_the_tax_rate_counts_to_the_hundredth_of_a_percent(book: Book) -> None:
    sell(book, line(100_000_00, tax_bp=1300))
    assert book.site_of("tax") == 11_504_42  # 10,000,000 * 1300 / 11300 = 1,150,442.47...


def test_uses_that_are_sold_end_on_their_day(book: Book) -> None:
    sells = Sells(unit="count:wash", amount=7, until=LAST)
    sold = sell(book, line(1000, sells=sells))
    assert posts(book) == {
        "drawer:early": -1000,
        "count:wash": 7,
        "issued:count:wash": -7,
        "deferred:count:wash": 1000,
    }
    assert lot(book, "count:wash", sold) == Lot(lot=sold.id, rest=7, laid=7, paid=1000, until=LAST)
    book.on_day(LAST)
    sell(book, line(100), pays={"uses": (100, "count:wash", 1)})
    book.on_day("2027-01-01")
    with pytest.raises(InsufficientFunds):
        sell(book, line(100), pays={"uses": (100, "count:wash", 1)})


def test_a_use_earns_its_share_and_the_bill_says_what_it_was_worth(book: Book) -> None:
    sell(book, line(1000, sells=Sells(unit="count:wash", amount=3)))
    sell(book, line(500), pays={"uses": (500, "count:wash", 2)})
    assert posts(book) == {
        "count:wash": -2,
        "issued:count:wash": 2,
        "deferred:count:wash": -666,
        "prepaid_difference": 166,
        "revenue:fruit": 500,
    }


def test_two_cards_of_uses_earn_each_at_its_own_price(book: Book) -> None:
    sell(book, line(1000, sells=Sells(unit="count:wash", amount=2)))
    sell(book, line(300, sells=Sells(unit="count:wash", amount=3)))
    sell(book, line(900), pays={"uses": (900, "count:wash", 3)})
    assert posts(book)["deferred:count:wash"] == -(1000 + 100)


def test_a_voucher_is_worth_more_than_its_price_at_the_shops_expense(book: Book) -> None:
    sell(book, line(4500, sells=Sells(unit="voucher:v1", amount=5000)))
    assert posts(book) == {"drawer:early": -4500, "voucher:v1": 5000, "voucher_expense": -500}
    sell(book, line(5000), pays={"voucher": (5000, "v1", 0)})
    assert posts(book) == {"voucher:v1": -5000, "revenue:fruit": 5000}


def test_cashback_lies_in_a_lot_with_its_days(book: Book) -> None:
    sold = sell(book, line(1000), cashback=Cashback(amount=30, since=TOMORROW, until=LAST))
    assert posts(book)["cashback"] == 30
    assert posts(book)["cashback_expense"] == -30
    assert lot(book, "cashback", sold) == Lot(lot=sold.id, rest=30, laid=30, since=TOMORROW, until=LAST)


def test_points_with_a_last_day_lie_in_a_lot_and_those_without_do_not(book: Book) -> None:
    families = (
        PointsEarned(family="goods", points=7),
        PointsEarned(family="petrol", points=9, until=LAST),
    )
    sold = sell(book, line(1000), points=families)
    assert [(one.unit, one.amount, one.until) for one in book.done.lots] == [("points:petrol", 9, LAST)]
    assert (posts(book)["points:goods"], posts(book)["issued:points:goods"]) == (7, -7)
    assert (posts(book)["points:petrol"], posts(book)["issued:points:petrol"]) == (9, -9)
    assert lot(book, "points:petrol", sold).rest == 9


def test_points_without_an_end_are_taken_after_those_that_end(book: Book) -> None:
    sell(book, line(1000), points=(PointsEarned(family="goods", points=10),))
    sell(book, line(1000), points=(PointsEarned(family="goods", points=10, until=LAST),))
    sell(book, line(100), pays={"points": (100, "goods", 15)})
    assert posts(book) == {
        "points:goods": -15,
        "issued:points:goods": 15,
        "points_expense": -100,
        "revenue:fruit": 100,
    }
    assert [one.amount for one in book.done.lots] == [-10]


def test_cashback_without_a_last_day_is_taken_after_what_ends(book: Book) -> None:
    first = sell(book, line(1000), cashback=Cashback(amount=30, since=TODAY))
    second = sell(book, line(1000), cashback=Cashback(amount=30, since=TODAY, until=LAST))
    third = sell(book, line(1000), cashback=Cashback(amount=30, since=TODAY, until="2026-12-30"))
    sell(book, line(70), pays={"cashback": 70})
    expected = [(third.id, -30), (second.id, -30), (first.id, -10)]
    assert [(one.lot, one.amount) for one in book.done.lots] == expected


def coupon(**terms: Any) -> CouponGrant:
    return CouponGrant(**{"coupon": "k1", "kind": "c3", "face": 300, "threshold": 0, **terms})


@pytest.mark.parametrize(
    ("terms", "day", "usable"),
    [
        ({"since": TOMORROW}, TODAY, False),
        ({"since": TODAY}, TODAY, True),
        ({"until": TODAY}, TODAY, True),
        ({"until": TODAY}, TOMORROW, False),
        ({"threshold": 1000}, TODAY, True),
        ({"threshold": 1001}, TODAY, False),
    ],
)
def test_a_coupon_is_used_on_its_days_and_from_its_threshold(
    book: Book,
    terms: dict[str, Any],
    day: str,
    usable: bool,  # noqa: FBT001
) -> None:
    book.book(BookGrant, wallet=W1, why="x", coupons=(coupon(**terms),))
    book.on_day(day)
    if not usable:
        with pytest.raises(CouponNotUsable):
            sell(book, line(700, off=300), coupons_used=("k1",))
        return
    sell(book, line(700, off=300), coupons_used=("k1",))
    assert (posts(book)["coupon:k1"], posts(book)["issued:coupon"]) == (-1, 1)


@pytest.mark.parametrize(
    ("unit", "other"),
    [
        ("bonus", "bonus_expense"),
        ("cashback", "cashback_expense"),
        ("voucher:v1", "voucher_expense"),
        ("points:goods", "issued:points:goods"),
        ("count:wash", "issued:count:wash"),
        ("litres:92", "issued:litres:92"),
    ],
)
def test_a_gift_costs_the_shop_what_it_gives(book: Book, unit: str, other: str) -> None:
    gift = Grant(unit=unit, amount=40, since=TODAY, until=LAST)
    given = book.book(BookGrant, wallet=W1, why="x", grants=(gift,))
    assert posts(book) == {unit: 40, other: -40}
    assert lot(book, unit, given) == Lot(lot=given.id, rest=40, laid=40, since=TODAY, until=LAST)


def test_a_gift_may_come_with_an_entry_that_is_here(book: Book) -> None:
    sale = sell(book, line(100))
    gift = Grant(unit="bonus", amount=40)
    book.book(BookGrant, wallet=W1, why="x", with_entry=sale.id, grants=(gift,))
    assert book.of(W1, "bonus") == 40


@pytest.mark.parametrize(
    ("unit", "other", "paid"),
    [
        ("principal", "imported", 40),
        ("bonus", "imported", 0),
        ("voucher:v1", "imported", 0),
        ("points:goods", "issued:points:goods", 0),
        ("count:wash", "issued:count:wash", 0),
        ("litres:92", "issued:litres:92", 0),
    ],
)
def test_a_paper_balance_is_taken_over_as_it_stands(book: Book, unit: str, other: str, paid: int) -> None:
    gift = Grant(unit=unit, amount=40, since=TODAY, until=LAST)
    taken = book.book(BookImport, wallet=W1, at=TWO, paper="17", grants=(gift,))
    assert posts(book) == {unit: 40, other: -40}
    expected = Lot(lot=taken.id, rest=40, laid=40, paid=paid, since=TODAY, until=LAST)
    assert lot(book, unit, taken) == expected


def test_redeemed_points_are_revenue_at_the_shops_expense(book: Book) -> None:
    book.book(BookGrant, wallet=W1, why="x", grants=(Grant(unit="points:goods", amount=40),))
    points = PointsEarned(family="goods", points=40)
    book.book(BookRedeem, wallet=W1, card=None, points=points, what="毛巾", worth=900)
    assert posts(book) == {
        "points:goods": -40,
        "issued:points:goods": 40,
        "revenue:redeemed": 900,
        "points_expense": -900,
    }


@pytest.mark.parametrize(("tax_bp", "tax"), [(0, 0), (1, 1), (1_300, 13_00), (10_000, 56_50)])
def test_of_an_article_for_points_the_tax_is_inside_its_retail_price(
    book: Book, tax_bp: int, tax: int
) -> None:
    book.book(BookGrant, wallet=W1, why="x", grants=(Grant(unit="points:goods", amount=40),))
    before = book.standing()
    points = PointsEarned(family="goods", points=40)
    worth = 113_00 if tax_bp else 1
    taken = book.book(
        BookRedeem, wallet=W1, card=None, points=points, what="x", worth=worth, sku="P07", tax_bp=tax_bp
    )
    assert (posts(book).get("tax", 0), posts(book)["revenue:redeemed"]) == (tax, worth - tax)
    assert posts(book)["points_expense"] == -worth
    book.book(BookVoid, of=taken.id, why="x")
    assert book.standing() == before


@pytest.mark.parametrize("tax_bp", [-1, 10_001])
def test_there_is_no_such_tax(book: Book, tax_bp: int) -> None:
    book.book(BookGrant, wallet=W1, why="x", grants=(Grant(unit="points:goods", amount=40),))
    points = PointsEarned(family="goods", points=40)
    with pytest.raises(BadAmount):
        book.book(BookRedeem, wallet=W1, card=None, points=points, what="x", worth=9, tax_bp=tax_bp)


@pytest.mark.parametrize(
    ("unit", "other", "sign"),
    [
        ("points:goods", "issued:points:goods", 1),
        ("cashback", "forfeited", 1),
        ("voucher:v1", "forfeited", 1),
    ],
)
def test_what_ended_is_written_off_the_day_after(book: Book, unit: str, other: str, sign: int) -> None:
    for amount, until in ((40, TODAY), (2, TOMORROW), (1, "")):
        gift = Grant(unit=unit, amount=amount, until=until)
        book.book(BookGrant, wallet=W1, why="x", grants=(gift,))
    with pytest.raises(NotBookable):
        book.book(BookExpiry, wallet=W1, unit=unit)
    book.on_day(TOMORROW)
    book.book(BookExpiry, wallet=W1, unit=unit)
    assert posts(book) == {unit: -40, other: sign * 40}
    assert book.of(W1, unit) == 3


def test_a_hold_takes_principal_first_and_leaves_the_rest(book: Book) -> None:
    load(book, 1000, 500)
    hold = book.book(BookHold, wallet=W1, card=None, amount=1200, for_what="pump:3")
    assert posts(book) == {"principal": -1000, "bonus": -200, f"held:{hold.id}": 1200}
    sell(book, line(1100), pays={"held": (1100, hold.id, 0)})
    assert posts(book) == {f"held:{hold.id}": -1200, "bonus": 100, "revenue:fruit": 1100}
    assert [(one.unit, one.amount) for one in book.done.lots] == [("bonus", 100)]


def test_a_hold_of_principal_alone_takes_no_bonus(book: Book) -> None:
    load(book, 1000, 500)
    hold = book.book(BookHold, wallet=W1, card=None, amount=1000, for_what="pump:3")
    assert posts(book) == {"principal": -1000, f"held:{hold.id}": 1000}
    sell(book, line(400), pays={"held": (400, hold.id, 0)})
    assert posts(book) == {f"held:{hold.id}": -1000, "principal": 600, "revenue:fruit": 400}


def test_a_hold_is_used_to_its_last_fen_and_not_beyond(book: Book) -> None:
    load(book, 1000)
    hold = book.book(BookHold, wallet=W1, card=None, amount=1000, for_what="pump:3")
    with pytest.raises(InsufficientFunds):
        sell(book, line(1001), pays={"held": (1001, hold.id, 0)})
    sell(book, line(1000), pays={"held": (1000, hold.id, 0)})
    assert posts(book) == {f"held:{hold.id}": -1000, "revenue:fruit": 1000}


def test_a_hold_is_settled_alone_and_by_its_own_wallet(book: Book) -> None:
    book.with_member(W2, M2)
    load(book, 2000)
    hold = book.book(BookHold, wallet=W1, card=None, amount=1000, for_what="pump:3")
    with pytest.raises(BadAmount):
        sell(book, line(1500), pays={"held": (1000, hold.id, 0), "stored": 500})
    with pytest.raises(NotBookable):
        sell(book, line(1000), pays={"held": (1000, hold.id, 0)}, wallet=W2)
    with pytest.raises(NotBookable):
        sell(book, line(1000), pays={"held": (1000, sell(book, line(1)).id, 0)})


def test_a_deposit_is_kept_by_what_it_is_for(book: Book) -> None:
    book.book(
        BookDeposit, wallet=W1, card=None, of="session:9", amount=300, received=300, paid_by=PaidBy.CODE
    )
    assert posts(book) == {"deposit:session:9": 300, "outside:code": -300}
    sell(book, line(300), pays={"deposit": (300, "session:9", 0)})
    assert posts(book) == {"deposit:session:9": -300, "revenue:fruit": 300}


def test_a_lot_moves_with_all_that_is_known_of_it(book: Book) -> None:
    book.with_member(W2, M2)
    gift = Grant(unit="cashback", amount=40, since=TODAY, until=LAST)
    given = book.book(BookGrant, wallet=W1, why="x", grants=(gift,))
    sold = sell(book, line(1000, sells=Sells(unit="count:wash", amount=3)))
    sell(book, line(100), pays={"uses": (100, "count:wash", 1)})
    book.book(BookMerge, wallet=W1, into=W2)
    assert not [one for lots in book.laid.items() if lots[0][0] == W1 for one in lots[1].values() if one.rest]
    assert lot(book, "cashback", given, W2) == Lot(lot=given.id, rest=40, laid=40, since=TODAY, until=LAST)
    # One of three uses was made: what it earned follows from what the whole lot was.
    assert lot(book, "count:wash", sold, W2) == Lot(lot=sold.id, rest=2, laid=3, paid=1000, listed=100)


@pytest.mark.parametrize("used", [0, 60, 100])
def test_what_is_on_hold_goes_along_with_a_merge_and_is_settled_from_there(book: Book, used: int) -> None:
    book.with_member(W2, M2)
    load(book, 1000)
    hold = book.book(BookHold, wallet=W1, card=None, amount=100, for_what="pump:3")
    book.book(BookMerge, wallet=W1, into=W2)
    assert book.balance(held(W2, hold.id)) == 100
    if used:
        sell(book, line(used), wallet=W2, pays={"held": (used, hold.id, 0)})
    else:
        book.book(BookRelease, hold=hold.id)
    assert (book.balance(held(W2, hold.id)), book.balance(principal(W2))) == (0, 1000 - used)
    assert book.balance(held(W1, hold.id)) == 0


@pytest.mark.parametrize(
    ("agreed", "posted"),
    [
        (0, {"forfeited": 400}),
        (399, {"outside:transfer": 399, "forfeited": 1}),
        (400, {"outside:transfer": 400}),
        (401, {"outside:transfer": 401, "refund_compensation": -1}),
        (1000, {"outside:transfer": 1000, "refund_compensation": -600}),
    ],
)
def test_a_refunded_recharge_ends_and_what_is_not_paid_back_is_forfeited(
    book: Book, agreed: int, posted: dict[str, int]
) -> None:
    recharge = load(book, 1000, 100)
    sell(book, line(600), pays={"stored": 600})
    reason = RechargeRefundReason.MEMBER
    book.book(BookRechargeRefund, wallet=W1, lot=recharge.id, reason=reason, listed=1000, agreed=agreed)
    assert posts(book) == {"principal": -400, "bonus": -100, "bonus_expense": 100, **posted}


def test_nothing_paid_back_needs_no_open_drawer(book: Book) -> None:
    recharge = load(book, 1000, paid_by=PaidBy.CODE)
    book.book(BookShiftClose, counted=0)
    fields = {"reason": RechargeRefundReason.MEMBER, "listed": 1000, "in_cash": True}
    book.book(BookRechargeRefund, wallet=W1, lot=recharge.id, **fields)
    assert posts(book) == {"principal": -1000, "forfeited": 1000}


@pytest.mark.parametrize(
    ("bonus", "spent", "back"),
    [(0, 0, 1000), (0, 300, 700), (500, 300, 800), (500, 301, 800), (500, 1200, 200), (500, 1500, 0)],
)
def test_the_shop_pays_back_principal_less_its_share_of_what_was_spent(
    book: Book, bonus: int, spent: int, back: int
) -> None:
    recharge = load(book, 1000, bonus)
    if spent:
        sell(book, line(spent), pays={"stored": spent})
    book.book(BookRechargeRefund, wallet=W1, lot=recharge.id, reason=RechargeRefundReason.SHOP)
    assert book.site_of("outside:transfer") == back


@pytest.mark.parametrize(
    ("paid_by", "through", "account"),
    [
        (PaidBy.CASH, "", "outside:transfer"),
        (PaidBy.CODE, "", "outside:code"),
        (PaidBy.CODE, "wechat", "outside:wechat"),
        (PaidBy.CARD, "unionpay", "outside:unionpay"),
        (PaidBy.TRANSFER, "", "outside:transfer"),
    ],
)
def test_a_recharge_goes_back_the_way_it_came(
    book: Book, paid_by: PaidBy, through: str, account: str
) -> None:
    fields = {"reason": RechargeRefundReason.COOLING_OFF}
    book.book(
        BookRechargeRefund, wallet=W1, lot=load(book, 1000, paid_by=paid_by, through=through).id, **fields
    )
    assert posts(book) == {"principal": -1000, account: 1000}
    recharge = load(book, 1000, paid_by=paid_by, through=through)
    book.book(BookRechargeRefund, wallet=W1, lot=recharge.id, in_cash=True, **fields)
    assert posts(book) == {"principal": -1000, "drawer:early": 1000}


def test_what_came_otherwise_than_by_a_recharge_goes_to_an_account_of_the_same_name(book: Book) -> None:
    fields = {"paper": "7", "grants": (Grant(unit="principal", amount=500),)}
    paper = book.book(BookImport, at=TWO, wallet=W1, **fields)
    book.book(BookRechargeRefund, wallet=W1, lot=paper.id, reason=RechargeRefundReason.COOLING_OFF)
    assert posts(book) == {"principal": -500, "outside:transfer": 500}


def test_a_drawer_is_counted_and_what_leaves_it_is_on_its_way(book: Book) -> None:
    book.book(BookShiftOpen, opening_cash=500)
    assert posts(book) == {"drawer:early": -500, "in_transit:drawer": 500}
    book.book(BookCashMove, amount=-20, reason="flowers")
    assert posts(book) == {"drawer:early": 20, "cash_moved:flowers": -20}
    for place in ("safe", "bank"):
        book.book(BookCashMove, amount=-30, reason=place)
        assert posts(book) == {"drawer:early": 30, f"in_transit:{place}": -30}
    book.book(BookShiftClose, counted=425, left=100)
    assert posts(book) == {
        "drawer:early": 420,
        "over_short": 5,
        "in_transit:safe": -325,
        "in_transit:drawer": -100,
    }


@pytest.mark.parametrize(
    ("by", "other"),
    [(None, "receivable:haulage"), (PaidBy.CASH, "drawer:early"), (PaidBy.TRANSFER, "outside:transfer")],
)
def test_a_companys_funds_are_owed_until_they_are_paid(book: Book, by: PaidBy | None, other: str) -> None:
    book.book(BookFleetFunds, company="haulage", amount=700, paid_by=by)
    assert posts(book) == {"company:haulage:credit": 700, other: -700}
    sell(book, line(700), pays={"fleet": (700, "haulage", 0)}, wallet=None)
    assert posts(book) == {"company:haulage:credit": -700, "revenue:fruit": 700}


def test_a_company_pays_back_what_it_was_given_and_not_a_fen_more(book: Book) -> None:
    funds = {"company": "haulage", "settles": True}
    book.book(BookFleetFunds, company="haulage", amount=700, paid_by=None)
    book.book(BookFleetFunds, amount=300, paid_by=PaidBy.CASH, **funds)
    assert posts(book) == {"receivable:haulage": 300, "drawer:early": -300}
    with pytest.raises(BadAmount, match="more than the company owes"):
        book.book(BookFleetFunds, amount=401, paid_by=PaidBy.TRANSFER, **funds)
    with pytest.raises(NotBookable, match="settled by money"):
        book.book(BookFleetFunds, amount=100, paid_by=None, **funds)
    back = book.book(BookFleetFunds, amount=400, paid_by=PaidBy.TRANSFER, **funds)
    assert posts(book) == {"receivable:haulage": 400, "outside:transfer": -400}
    book.book(BookVoid, of=back.id, why="bounced")
    assert posts(book) == {"receivable:haulage": -400, "outside:transfer": 400}


def test_money_from_outside_is_booked_by_whom_it_came_as_a_sales_tender_is(book: Book) -> None:
    by: dict[str, Any] = {"paid_by": PaidBy.CODE, "through": "wechat"}
    given = {"wallet": W1, "card": None}
    book.book(BookRecharge, principal=100, bonus=0, received=100, **given, **by)
    assert posts(book)["outside:wechat"] == -100
    book.book(BookDeposit, of="presale:cake", amount=200, received=200, **given, **by)
    assert posts(book)["outside:wechat"] == -200
    book.book(BookFleetFunds, company="haulage", amount=300, **by)
    assert posts(book)["outside:wechat"] == -300
    for wrong in ({"paid_by": PaidBy.CASH, "through": "wechat"}, {**by, "through": "we\nchat"}):
        with pytest.raises(NotBookable):
            book.book(BookRecharge, principal=100, bonus=0, received=100, **given, **wrong)


def test_change_is_given_and_not_booked(book: Book) -> None:
    book.book(BookRecharge, wallet=W1, card=None, principal=100, bonus=0, received=5000)
    assert posts(book) == {"principal": 100, "drawer:early": -100}


@pytest.mark.parametrize("undo", [BookVoid, BookReversal])
@pytest.mark.parametrize("reason", RechargeRefundReason)
def test_a_recharge_that_was_undone_is_not_paid_back_once_more(
    book: Book, undo: type[BookVoid | BookReversal], reason: RechargeRefundReason
) -> None:
    recharge = load(book, 10000, 1000)
    book.book(undo, of=recharge.id, why="typed twice")
    fields: dict[str, Any] = {"wallet": W1, "lot": recharge.id, "reason": reason}
    for agreed in (0, 1, 10000):
        with pytest.raises(NotBookable, match="undone"):
            book.book(BookRechargeRefund, **fields, agreed=agreed)
