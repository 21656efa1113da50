"""What a person takes off a line: how much it is, and what stands in the entry."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from terminal.core.cart import Cart
from terminal.core.commands import Discount, Measured, SaleLine
from terminal.core.override import Override, by_people, taken_off
from terminal.core.pricing import Priced, Tariff, Visit, less, parsed, priced
from terminal.core.values import StaffId
from tests.flows.shop import BREAD, MILK

ME, LEAD, MANAGER = StaffId("E01"), StaffId("E02"), StaffId("E03")
LINE = SaleLine(
    sku="A", name="苹果", category="fruit", quantity=3, unit_price=5_00, gross=15_00, net=12_00,
    discounts=(Discount(name="会员价", amount=3_00),),
)  # fmt: skip
KILO = replace(LINE, quantity=450, measured=Measured.GRAM, discounts=(), gross=2_25, net=2_25)


def override(**said: Any) -> Override:
    return Override(reason="破损", by=LEAD, **said)


@pytest.mark.parametrize(
    ("said", "line", "off"),
    [
        ({"percent": 10}, LINE, 1_20),
        ({"percent": 100}, LINE, 12_00),
        ({"percent": 1}, replace(LINE, net=50), 1),
        ({"percent": 1}, replace(LINE, net=49), 0),
        ({"price": 3_99}, LINE, 3),
        ({"price": 4_00}, LINE, 0),
        ({"price": 9_00}, LINE, 0),
        ({"price": 0}, LINE, 12_00),
        ({"price": 3_33}, KILO, 75),
    ],
)
def test_so_much_comes_off_what_promotions_left(said: Any, line: SaleLine, off: int) -> None:
    assert override(**said).off(line) == off


def test_it_stands_beside_the_promotions_with_whoever_answers_for_it() -> None:
    line = taken_off(LINE, override(percent=50))
    assert line.net == 6_00
    assert line.discounts == (
        Discount(name="会员价", amount=3_00), Discount(name="破损", amount=6_00, by=LEAD),
    )  # fmt: skip
    assert by_people(line) == 6_00
    assert by_people(LINE) == 0


@pytest.mark.parametrize("nothing", [None, override(price=4_00)])
def test_what_takes_nothing_off_changes_nothing(nothing: Override | None) -> None:
    assert taken_off(LINE, nothing) == LINE


CART = Cart().scanned(MILK).scanned(MILK).scanned(BREAD)
VISIT = Visit(business_day="2026-11-24", minute=600)


def bill(cart: Cart, tariff: Tariff | None = None) -> Priced:
    return less(priced(cart, VISIT, tariff or Tariff()), cart)


def test_the_bill_is_less_by_it_and_the_other_lines_stay() -> None:
    plain, cart = bill(CART), CART.overridden(1, override(percent=50))
    found = bill(cart)
    assert found.lines[0] == plain.lines[0]
    assert found.lines[1].net == 6_17
    assert found.due == plain.due - 6_17
    assert bill(cart.overridden(1, None)) == plain


def test_what_is_scanned_again_is_a_line_of_its_own() -> None:
    cart = CART.overridden(1, override(percent=50)).scanned(BREAD)
    assert [line.quantity for line in cart.lines] == [2, 1, 1]
    assert [bool(line.override) for line in cart.lines] == [False, True, False]


def test_a_cart_that_lay_too_long_is_asked_about_anew() -> None:
    cart = CART.overridden(1, override(percent=50))
    cart = replace(cart, lines=(*cart.lines, replace(cart.lines[1], labelled=9_00)))
    assert not any(line.override for line in cart.renewed(lambda _sku: None, 1).lines)


def test_of_pieces_that_uses_pay_nobody_takes_anything_off() -> None:
    cart = CART.overridden(0, override(percent=50)).paid_by_uses(0, "count:M", 1)
    assert [bool(line.used) for line in cart.lines] == [True, False, False]
    assert [bool(line.override) for line in cart.lines] == [False, True, False]


@pytest.mark.parametrize(
    ("operator", "pieces", "stays"), [(ME, 2, False), (ME, 1, True), (LEAD, 2, True), (LEAD, 1, True)]
)
def test_more_of_it_than_somebody_else_approved_is_asked_about_anew(
    operator: StaffId, pieces: int, *, stays: bool
) -> None:
    cart = CART.overridden(1, override(percent=50))
    more = cart.counted(1, pieces).asked_anew(cart, 1, operator)
    assert [bool(line.override) for line in more.lines] == [False, stays]
    assert more.lines[1].quantity == pieces


def test_what_was_just_approved_is_not_asked_about_again() -> None:
    cart = CART.overridden(1, override(percent=50))
    assert cart.asked_anew(CART, 1, ME) == cart
    assert CART.counted(1, 2).asked_anew(CART, 1, ME) == CART.counted(1, 2)


def test_no_promotion_looks_at_it() -> None:
    said = {"rule": "spend_less", "name": "n", "rungs": [{"reach": 19_00, "less": 2_00}]}
    tariff, refused = parsed([("a", said)])
    assert not refused
    assert bill(CART, tariff).due == 17_34
    cart = CART.overridden(1, override(price=0))
    assert bill(cart, tariff).touched == ("a",)


@given(st.integers(0, 100_000), st.none() | st.integers(0, 10_000), st.integers(1, 100), st.integers(1, 999))
def test_never_below_nothing_and_never_dearer(net: int, price: int | None, percent: int, pieces: int) -> None:
    line = replace(LINE, quantity=pieces, discounts=(), gross=net, net=net)
    found = taken_off(line, override(price=price, percent=percent))
    assert 0 <= found.net <= net
    assert found.net == found.gross - sum(one.amount for one in found.discounts)
