"""Who buys, and when, where nothing more is said of it."""

from __future__ import annotations

from datetime import date

from msgspec.structs import asdict

from terminal.core.pricing import Birthday, Buyer, HeldCoupon, Visit
from terminal.core.pricing.lunar import days_from_birthday
from terminal.core.pricing.visit import MINUTES_A_DAY


def test_a_visit_is_one_persons_at_midnight_and_nobodys_in_particular() -> None:
    assert asdict(Visit(business_day="2026-10-28")) == {
        "business_day": "2026-10-28",
        "minute": 0,
        "buyer": None,
        "people": 1,
        "friend": False,
    }
    assert Visit(business_day="2026-10-28").day == date(2026, 10, 28)
    assert MINUTES_A_DAY == 1440


def test_of_a_buyer_nothing_is_known() -> None:
    assert asdict(Buyer()) == {
        "tier": "",
        "born": None,
        "newcomer": False,
        "filled": False,
        "coupons": (),
        "locks": (),
        "had": None,
    }


def test_a_coupon_has_no_bounds_and_is_worth_nothing() -> None:
    held = asdict(HeldCoupon(coupon="c", kind="k"))
    assert held == {"coupon": "c", "kind": "k", "face": 0, "threshold": 0, "since": "", "until": ""}


def test_a_birthday_is_by_the_sun_and_in_no_leap_month() -> None:
    assert asdict(Birthday(month=6, day=1)) == {"month": 6, "day": 1, "lunar": False, "leap": False}
    assert days_from_birthday(Birthday(month=6, day=1, lunar=True), date(2025, 6, 25)) == 0
