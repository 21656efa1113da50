"""What a shop gives for points."""

from __future__ import annotations

from itertools import count
from typing import Any

import pytest
from msgspec import ValidationError, convert

from terminal.core.cart import Family
from terminal.core.commands import CouponGrant, Tender, TenderKind
from terminal.core.gifts import Gift, GiftCoupon
from terminal.core.points import PointsWorth

HAND_CREAM = Gift(name="护手霜", points=200, worth=25_00, money=15_00, sku="P07", category="care")


def test_beside_money_points_pay_the_first_part_of_its_retail_price() -> None:
    line = HAND_CREAM.line
    assert (line.sku, line.name, line.category, line.quantity) == ("P07", "护手霜", "care", 1)
    assert (line.unit_price, line.gross, line.net, line.discounts) == (25_00, 25_00, 25_00, ())
    assert HAND_CREAM.tender == Tender(kind=TenderKind.POINTS, amount=10_00, of="goods", units=200)


def test_what_its_points_come_to_is_what_they_would_pay_and_no_less_than_they_do_pay() -> None:
    assert HAND_CREAM.costs(PointsWorth()) == 10_00
    assert HAND_CREAM.costs(PointsWorth(fen=6_00)) == 12_00
    assert HAND_CREAM.costs(PointsWorth(fen=0)) == 10_00
    assert Gift(name="x", points=50).costs(PointsWorth()) == 2_50


def test_coupons_are_given_each_under_an_id_of_its_own() -> None:
    given = Gift(name="x", points=1, coupon=GiftCoupon(kind="c5", face=5_00, threshold=20_00, count=2))
    numbers = count(1)
    assert given.coupons(lambda: f"n{next(numbers)}") == (
        CouponGrant(coupon="n1", kind="c5", face=5_00, threshold=20_00),
        CouponGrant(coupon="n2", kind="c5", face=5_00, threshold=20_00),
    )
    assert HAND_CREAM.coupons(lambda: "n") == ()


def test_what_is_said_of_one_is_read_and_the_rest_is_usual() -> None:
    gift = convert({"name": "五元券", "points": 100, "coupon": {"kind": "c5", "face": 500}}, Gift)
    assert gift == Gift(
        name="五元券",
        points=100,
        family=Family.GOODS,
        worth=0,
        money=0,
        sku="",
        category="redeemed",
        coupon=GiftCoupon(kind="c5", face=500, threshold=0, count=1),
    )
    assert (gift.sku, gift.category, gift.worth, gift.family) == ("", "redeemed", 0, "goods")
    assert gift.coupon is not None
    assert (gift.coupon.threshold, gift.coupon.count) == (0, 1)
    beside = convert({"name": "护手霜", "points": 200, "worth": 2_500, "money": 2_499}, Gift)
    assert beside.tender.amount == 1


@pytest.mark.parametrize(
    "wrong",
    [
        {"points": 0},
        {"name": ""},
        {"money": 1, "worth": 0},
        {"money": 25_00, "worth": 25_00},
        {"money": 1, "worth": 25_00, "coupon": {"kind": "c", "face": 1}},
        {"coupon": {"kind": "c", "face": -1}},
        {"coupon": {"kind": "c", "face": 1, "count": 21}},
        {"category": "a:b"},
    ],
)
def test_what_cannot_be_is_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        convert({"name": "x", "points": 1} | wrong, Gift)
