"""What a shop gives for points."""

from __future__ import annotations

from itertools import count
from typing import Any

import pytest
from msgspec import ValidationError, convert
from msgspec.structs import replace

from terminal.core.cart import Article, Family
from terminal.core.commands import CouponGrant, Grant, Measured, Tender, TenderKind
from terminal.core.errors import GiftTooCheap
from terminal.core.gifts import Gift, GiftCoupon
from terminal.core.money import Fen
from terminal.core.packs import PackVoucher
from terminal.core.points import PointsWorth

DAY = "2026-11-24"
HAND_CREAM = Gift(name="护手霜", points=200, worth=25_00, money=15_00, sku="P07", category="care")


def test_beside_money_points_pay_the_first_part_of_its_retail_price() -> None:
    assert HAND_CREAM.sold_as(None).article == Article(
        sku="P07", name="护手霜", category="care", price=Fen(25_00)
    )
    assert HAND_CREAM.sold_as(None).tender == Tender(
        kind=TenderKind.POINTS, amount=10_00, of="goods", units=200
    )


def test_what_its_points_come_to_is_what_they_would_pay_and_no_less_than_they_do_pay() -> None:
    assert HAND_CREAM.sold_as(None).costs(PointsWorth()) == 10_00
    assert HAND_CREAM.sold_as(None).costs(PointsWorth(fen=6_00)) == 12_00
    assert HAND_CREAM.sold_as(None).costs(PointsWorth(fen=0)) == 10_00
    assert Gift(name="x", points=50).sold_as(None).costs(PointsWorth()) == 2_50


def test_coupons_are_given_each_under_an_id_of_its_own() -> None:
    given = Gift(name="x", points=1, coupon=GiftCoupon(kind="c5", face=5_00, threshold=20_00, count=2))
    numbers = count(1)
    assert given.coupons(DAY, lambda: f"n{next(numbers)}") == (
        CouponGrant(coupon="n1", kind="c5", face=5_00, threshold=20_00),
        CouponGrant(coupon="n2", kind="c5", face=5_00, threshold=20_00),
    )
    assert HAND_CREAM.coupons(DAY, lambda: "n") == ()


TWENTY = Gift(name="二十元券", points=400, voucher=PackVoucher(worth=20_00, count=2, from_day=1, days=30))


def test_cash_vouchers_are_given_each_under_an_id_of_its_own() -> None:
    numbers = count(1)
    assert TWENTY.vouchers(DAY, lambda: f"n{next(numbers)}") == (
        Grant(unit="voucher:n1", amount=20_00, since="2026-11-25", until="2026-12-24"),
        Grant(unit="voucher:n2", amount=20_00, since="2026-11-25", until="2026-12-24"),
    )
    assert (TWENTY.coupons(DAY, str), HAND_CREAM.vouchers(DAY, str)) == ((), ())


def test_a_voucher_alone_is_a_gift() -> None:
    said = {
        "name": "二十元券",
        "points": 400,
        "voucher": {"worth": 2000, "count": 2, "from_day": 1, "days": 30},
    }
    assert convert(said, Gift) == TWENTY


def test_their_points_come_to_what_the_vouchers_pay_or_what_points_do() -> None:
    assert TWENTY.sold_as(None).costs(PointsWorth()) == 40_00
    assert TWENTY.sold_as(None).costs(PointsWorth(fen=20_00)) == 80_00


def test_what_lies_on_the_wallet_at_once_is_not_collected_later() -> None:
    coupon = Gift(name="x", points=1, coupon=GiftCoupon(kind="c5", face=5_00))
    assert [one.is_paper for one in (TWENTY, coupon, HAND_CREAM)] == [True, True, False]


@pytest.mark.parametrize(
    ("from_day", "days", "since", "until"),
    [
        (0, None, "", ""),
        (0, 1, "", "2026-11-24"),
        (1, None, "2026-11-25", ""),
        (1, 1, "2026-11-25", "2026-11-25"),
        (0, 30, "", "2026-12-23"),
        (38, 2, "2027-01-01", "2027-01-02"),
    ],
)
def test_they_may_be_used_on_so_many_days_from_a_day_on(
    from_day: int, days: int | None, since: str, until: str
) -> None:
    coupon = GiftCoupon(kind="c5", face=5_00, from_day=from_day, days=days)
    (given,) = Gift(name="x", points=1, coupon=coupon).coupons(DAY, lambda: "n")
    assert (given.since, given.until) == (since, until)


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
    assert beside.sold_as(None).tender.amount == 1
    by_article = convert({"name": "护手霜", "points": 200, "money": 2_500, "sku": "P07"}, Gift)
    assert (by_article.worth, by_article.money) == (0, 2_500)


CREAM = Article(sku="P07", name="护手霜 50 ml", category="care", price=Fen(30_00), tax_bp=1300)


def test_its_price_and_tax_are_those_of_the_article_where_the_shop_sells_one() -> None:
    sold = HAND_CREAM.sold_as(CREAM)
    assert (sold.worth, sold.tax_bp, sold.gift) == (30_00, 1300, HAND_CREAM)
    assert sold.article == Article(sku="P07", name="护手霜", category="care", price=Fen(30_00), tax_bp=1300)
    assert (sold.tender.amount, sold.costs(PointsWorth())) == (15_00, 15_00)
    gone = HAND_CREAM.sold_as(None)
    assert (gone.worth, gone.tax_bp, gone.article.tax_bp) == (25_00, 0, 0)


def test_what_is_weighed_has_no_price_of_a_piece() -> None:
    sold = HAND_CREAM.sold_as(replace(CREAM, measured=Measured.GRAM))
    assert (sold.worth, sold.tax_bp) == (25_00, 1300)


def test_what_costs_no_more_than_the_money_beside_the_points_is_sold_without_them() -> None:
    for price, part in ((15_01, 1), (15_00, None), (14_99, None)):
        article = replace(CREAM, price=Fen(price))
        if part is None:
            with pytest.raises(GiftTooCheap):
                HAND_CREAM.sold_as(article)
        else:
            assert HAND_CREAM.sold_as(article).tender.amount == part
    with pytest.raises(GiftTooCheap):
        Gift(name="护手霜", points=200, money=1, sku="P07").sold_as(None)
    assert Gift(name="护手霜", points=200, sku="P07").sold_as(replace(CREAM, price=Fen(1))).worth == 1
    assert Gift(name="护手霜", points=200).sold_as(None).worth == 0


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
        {"coupon": {"kind": "c", "face": 1, "days": 0}},
        {"coupon": {"kind": "c", "face": 1, "from_day": -1}},
        {"money": 1, "worth": 0, "sku": "", "category": "x"},
        {"money": 2, "worth": 2, "sku": "P07"},
        {"money": 2, "sku": "P07", "coupon": {"kind": "c", "face": 1}},
        {"category": "a:b"},
        {"voucher": {"worth": 0}},
        {"voucher": {"worth": 1, "count": 51}},
        {"voucher": {"worth": 1}, "coupon": {"kind": "c", "face": 1}},
        {"voucher": {"worth": 1}, "worth": 1},
        {"voucher": {"worth": 1}, "worth": 2, "money": 1},
        {"voucher": {"worth": 1}, "money": 1},
        {"voucher": {"worth": 1}, "sku": "P07"},
    ],
)
def test_what_cannot_be_is_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        convert({"name": "x", "points": 1} | wrong, Gift)
