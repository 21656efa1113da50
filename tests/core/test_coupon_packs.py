"""Packs of coupons: how many, worth what, and in which days."""

from __future__ import annotations

from itertools import count

from msgspec.structs import replace

from terminal.core.commands import CouponGrant
from terminal.core.membership import Recruited, joining
from terminal.core.policy import PackCoupon, Policy
from terminal.core.trust import Credential, Medium
from terminal.core.values import StaffId

DAY = "2026-12-31"
FIVE = PackCoupon(kind="c5", face=5_00, threshold=150_00, count=1)
STATION = tuple(
    PackCoupon(kind=f"c{yuan}", face=yuan * 100, threshold=from_yuan * 100, count=2)
    for yuan, from_yuan in ((3, 100), (5, 150), (8, 200), (12, 300), (18, 400))
)


def given(one: PackCoupon) -> list[CouponGrant]:
    ids = count(1)
    return list(one.given(DAY, lambda: f"id-{next(ids)}"))


def test_a_coupon_of_a_pack_is_given_as_often_as_the_pack_says_each_with_its_own_id() -> None:
    assert given(replace(FIVE, count=2)) == [
        CouponGrant(coupon="id-1", kind="c5", face=5_00, threshold=150_00),
        CouponGrant(coupon="id-2", kind="c5", face=5_00, threshold=150_00),
    ]


def test_its_days_begin_and_end_as_the_pack_says() -> None:
    def window(**said: int) -> tuple[str, str]:
        (one,) = given(replace(FIVE, **said))
        return one.since, one.until

    assert window(days=1) == ("", "2026-12-31")
    assert window(days=30) == ("", "2027-01-29")
    assert window(from_day=1) == ("2027-01-01", "")
    assert window(from_day=1, days=30) == ("2027-01-01", "2027-01-30")


def test_a_newcomer_gets_the_pack_of_ten_that_is_worth_ninety_two_yuan() -> None:
    ids = count(1)
    begins = joining(
        Credential(medium=Medium.PHONE, number="19000000301"),
        policy=Policy(join_pack=tuple(replace(one, days=30) for one in STATION)),
        recruited=Recruited(by=StaffId("ST-0301"), channel="counter"),
        new_id=lambda: f"id-{next(ids)}",
        salt=b"salt",
        business_day=DAY,
    )
    pack = begins.opens.coupons
    assert (len(pack), sum(one.face for one in pack)) == (10, 92_00)
    assert {one.until for one in pack} == {"2027-01-29"}
    assert len({one.coupon for one in pack} | {begins.opens.wallet, begins.opens.member}) == 12
