from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from terminal.core.cart import (
    CENTILITRES_MAX,
    LINES_MAX,
    PIECES_MAX,
    Article,
    Cart,
    CartLine,
    Family,
    Fill,
    Grade,
    centilitres,
    totaliser,
)
from terminal.core.commands import Measured, TenderKind
from terminal.core.errors import (
    BadAmount,
    BadLitres,
    CartFull,
    InsufficientFunds,
    NotBookable,
    OverLimit,
    SoldByMeasure,
    TooLittleCash,
)
from terminal.core.money import AMOUNT_MAX, Fen
from terminal.core.payment import Payment, Payments, paid_by, payment_lines, points_for, rewarded
from terminal.core.points import PointsEnd, PointsRate
from terminal.core.policy import PointsBasis, Policy, Rung
from terminal.core.pricing import Priced, Tariff, Visit, in_cash, rung_for
from terminal.core.pricing import priced as priced_by
from terminal.core.trust import Holder
from tests.flows.shop import UNNAMED, WANG

TEA = Article(sku="T", name="茶", category="drinks", price=3_00)
RICE = Article(sku="R", name="米", category="food", price=7_99, measured=Measured.GRAM)
LADDER = (Rung(reach=500_00, bonus=60_00), Rung(reach=100_00, bonus=10_00))


def grade(price: int) -> Grade:
    return Grade(grade="92", name="92", family=Family.PETROL, price=price)


def alone(payment: Payment) -> Payments:
    return Payments(parts=(payment,))


def priced(cart: Cart) -> Priced:
    return priced_by(cart, Visit(business_day="2026-11-24"), Tariff())


def filled(fill: Fill) -> Priced:
    return priced(fill.cart)


def test_a_cart_counts_pieces_and_keeps_its_order() -> None:
    cart = Cart().scanned(TEA).keyed(5_00, TEA).scanned(TEA)
    assert [(line.quantity, line.article.price) for line in cart.lines] == [(2, 3_00), (1, 5_00)]
    assert priced(cart).due == 11_00
    assert priced(cart.without(0)).due == 5_00
    assert cart.without(7) == cart


def test_a_new_price_is_a_new_line() -> None:
    dearer = Article(sku="T", name="茶", category="drinks", price=3_50)
    assert [line.quantity for line in Cart().scanned(TEA).scanned(dearer).lines] == [1, 1]


def test_a_cart_has_limits() -> None:
    full = Cart(lines=tuple(CartLine(article=TEA, quantity=1) for _ in range(LINES_MAX)))
    with pytest.raises(CartFull):
        full.keyed(1, TEA)
    with pytest.raises(CartFull):
        Cart(lines=(CartLine(article=TEA, quantity=PIECES_MAX),)).scanned(TEA)
    with pytest.raises(SoldByMeasure):
        Cart().scanned(RICE)
    with pytest.raises(OverLimit):
        priced(Cart().keyed(AMOUNT_MAX, TEA).keyed(1, TEA))


def test_weight_is_rounded_half_up_per_line() -> None:
    line = CartLine(article=RICE, quantity=250)  # 199.75 fen
    assert priced(Cart(lines=(line, line))).due == 400


@pytest.mark.parametrize(
    ("litres", "price", "fen"),
    [(27_10, 7_38, 200_00), (41_05, 7_38, 302_95), (38_42, 7_87, 302_37), (1, 50, 1)],
)
def test_fills_are_priced_half_up(litres: int, price: int, fen: int) -> None:
    assert filled(Fill(grade=grade(price), centilitres=litres)).due == fen


@pytest.mark.parametrize(
    ("measured", "whole"), [(Measured.PIECE, 1), (Measured.GRAM, 1000), (Measured.CENTILITRE, 100)]
)
def test_what_is_priced_is_a_piece_a_kilogram_or_a_litre(measured: Measured, whole: int) -> None:
    article = Article(sku="A", name="A", category="a", price=AMOUNT_MAX, measured=measured)
    assert priced(Cart(lines=(CartLine(article=article, quantity=whole),))).due == AMOUNT_MAX


def test_a_fill_that_costs_nothing_is_refused() -> None:
    with pytest.raises(BadAmount):
        filled(Fill(grade=grade(49), centilitres=1))


@pytest.mark.parametrize(
    ("text", "counted"),
    [("27.1", 27_10), ("27.10", 27_10), ("1", 1_00), ("0.01", 1), ("1000", CENTILITRES_MAX)],
)
def test_litres_as_people_key_them(text: str, counted: int) -> None:
    assert centilitres(text) == counted


@pytest.mark.parametrize(
    "text", ["", "0", "0.00", "-1", "1000.01", "27.123", "1e2", "２７", "nan", "27,1", "10000"]
)
def test_what_is_no_litres_is_refused(text: str) -> None:
    with pytest.raises(BadLitres):
        centilitres(text)


@pytest.mark.parametrize(
    ("text", "counted"),
    [
        ("0", 0), ("0.00", 0), (" 1234567.05 ", 123_456_705), ("27.1", 27_10), ("27", 27_00),
        ("9999999999.99", 999_999_999_999),
    ],
)  # fmt: skip
def test_a_totaliser_is_keyed_as_the_pump_shows_it(text: str, counted: int) -> None:
    assert totaliser(text) == counted


@pytest.mark.parametrize(
    "text", ["", "-1", "10000000000", "27.123", "1e2", "２７", "27,1", "7.", ".7", "7\n8"]
)
def test_what_is_no_totaliser_is_refused(text: str) -> None:
    with pytest.raises(BadLitres):
        totaliser(text)


@given(st.integers(1, AMOUNT_MAX), st.sampled_from([1, 5, 10, 100]))
def test_cash_rounds_down_by_less_than_a_step_and_never_to_nothing(due: int, step: int) -> None:
    payable, dropped = in_cash(Fen(due), step)
    assert payable + dropped == due
    assert 0 <= dropped < step
    assert payable > 0
    assert payable % step == 0 or due < step


@given(st.integers(1, 10_000_00))
def test_the_ladder_gives_the_highest_rung_reached_once(principal: int) -> None:
    expected = 60_00 if principal >= 500_00 else 10_00 if principal >= 100_00 else 0
    rung = rung_for(principal, LADDER)
    assert (rung.bonus if rung else 0) == expected
    assert rung_for(principal, ()) is None


@given(st.integers(1, AMOUNT_MAX), st.sampled_from([TenderKind.CASH, TenderKind.CODE]))
def test_a_payment_adds_up_to_what_is_due(due: int, kind: TenderKind) -> None:
    payment = paid_by(kind, Fen(due), None, Policy())
    assert payment.tender.amount + payment.rounding == due
    assert payment.rounding == 0 or kind is TenderKind.CASH
    assert bool(payment_lines(alone(payment))) is (kind is TenderKind.CASH)


def test_stored_value_needs_a_wallet_and_cash_needs_to_be_enough() -> None:
    with pytest.raises(InsufficientFunds):
        paid_by(TenderKind.STORED, Fen(1), None, Policy())
    cash = paid_by(TenderKind.CASH, Fen(100), None, Policy())
    with pytest.raises(TooLittleCash):
        cash.handed(99)
    assert cash.handed(150).change == 50


@pytest.mark.parametrize(
    ("due", "step", "received", "change", "rounding"),
    [
        (19_34, 10, 20_00, 70, 4),
        (19_34, 10, 20_05, 80, 9),  # 75 to the customer, up to 80.
        (19_34, 10, 20_01, 80, 13),
        (19_34, 10, 20_09, 80, 5),
        (19_34, 1, 20_05, 71, 0),
        (7, 10, 10, 3, 0),  # Goods are not given away.
        (12, 10, 11, 10, 11),
        (12, 10, 13, 10, 9),
        (22, 10, 21, 10, 11),
        (1_34, 1_00, 2_01, 2_00, 1_33),
    ],
)
def test_change_is_rounded_to_the_customer(
    due: int, step: int, received: int, change: int, rounding: int
) -> None:
    paid = paid_by(TenderKind.CASH, Fen(due), None, Policy(cash_step=step)).handed(received)
    assert (paid.change, paid.rounding) == (change, rounding)
    assert paid.amount + paid.rounding == due
    assert paid.amount > 0


def test_only_what_was_handed_over_gives_change() -> None:
    assert paid_by(TenderKind.CODE, Fen(500), None, Policy()).change == 0
    assert paid_by(TenderKind.CASH, Fen(500), None, Policy()).change == 0
    assert paid_by(TenderKind.CASH, Fen(500), None, Policy()).handed(500).change == 0


def test_points_alone_pay_no_whole_bill() -> None:
    with pytest.raises(NotBookable):
        paid_by(TenderKind.POINTS, Fen(500), WANG, Policy())


def test_a_payment_earns_by_the_shops_own_rates() -> None:
    bill = priced(Cart().keyed(10_00, TEA))
    policy = Policy(points=(PointsRate(family=Family.GOODS, step=500, points=7),))
    payment = paid_by(TenderKind.CASH, bill.due, None, policy)
    assert [one.points for one in points_for(bill, alone(payment), policy, "2026-11-24")] == [14]
    yearly = replace(policy, points_end=PointsEnd(years=1))
    assert [one.until for one in points_for(bill, alone(payment), yearly, "2026-11-24")] == ["2027-12-31"]
    for_recharging = replace(policy, points_basis=PointsBasis.RECHARGE)
    assert points_for(bill, alone(payment), for_recharging, "2026-11-24") == ()


def test_value_that_bonus_paid_earns_nothing() -> None:
    bill = priced(Cart().keyed(105_00, TEA))
    payment = paid_by(TenderKind.STORED, bill.due, WANG, Policy())
    assert (payment.spent.principal, payment.spent.bonus) == (100_00, 5_00)
    assert [one.points for one in points_for(bill, alone(payment), Policy(), "2026-11-24")] == [100]


@pytest.mark.parametrize(
    ("holder", "unnamed_too", "rewarded_then"),
    [
        (WANG, False, True),
        (WANG, True, True),
        (UNNAMED, False, False),
        (UNNAMED, True, True),
        (None, False, False),
        (None, True, True),
    ],
)
def test_who_is_rewarded(holder: Holder | None, *, unnamed_too: bool, rewarded_then: bool) -> None:
    assert rewarded(holder, Policy(unnamed_rewards=unnamed_too)) is rewarded_then


def test_a_screen_says_what_was_dropped_given_and_given_back() -> None:
    dropped = paid_by(TenderKind.CASH, Fen(10_03), None, Policy()).handed(20_00)
    assert [(line.label.text, line.value) for line in payment_lines(alone(dropped))] == [
        ("Cash rounding", "-¥0.03"),
        ("Received", "¥20.00"),
        ("Change", "¥10.00"),
    ]
    even = paid_by(TenderKind.CASH, Fen(10_00), None, Policy()).handed(10_00)
    assert [(line.label.text, line.value) for line in payment_lines(alone(even))] == [
        ("Received", "¥10.00"),
        ("Change", "¥0.00"),
    ]


def test_a_line_says_how_it_was_measured() -> None:
    (line,) = priced(Cart(lines=(CartLine(article=RICE, quantity=250),))).lines
    assert (line.measured, line.quantity, line.unit_price, line.gross, line.net) == (
        Measured.GRAM,
        250,
        7_99,
        200,
        200,
    )


def test_as_much_as_one_transaction_may_be_is_sold() -> None:
    assert priced(Cart().keyed(AMOUNT_MAX, TEA)).due == AMOUNT_MAX


def test_the_line_that_was_scanned_again_grows_in_its_place() -> None:
    first, second, third = (Article(sku=sku, name=sku, category="a", price=1) for sku in "abc")
    cart = Cart().scanned(first).scanned(second).scanned(third).scanned(second)
    assert [(line.article.sku, line.quantity) for line in cart.lines] == [("a", 1), ("b", 2), ("c", 1)]
    full = Cart(lines=(CartLine(article=TEA, quantity=PIECES_MAX - 1),)).scanned(TEA)
    assert full.lines[0].quantity == PIECES_MAX
