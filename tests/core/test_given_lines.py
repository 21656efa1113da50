"""What somebody is about to get, one line for what is alike, with its days."""

from __future__ import annotations

from typing import Any

import pytest
from msgspec import ValidationError, convert
from msgspec.structs import replace

from terminal.core.commands import CouponGrant, Grant
from terminal.core.given_lines import given_lines
from terminal.core.membership import Recruited, joining, pack_of
from terminal.core.packs import PackVoucher, check_count, packed
from terminal.core.policy import PackCoupon, Policy, RechargeCampaign, Rung
from terminal.core.trust import Credential, Medium
from terminal.core.values import StaffId

FIVE = CouponGrant(coupon="a", kind="c5", face=5_00, threshold=20_00)
TWENTY = Grant(unit="voucher:a", amount=20_00)


def lines(coupons: tuple[CouponGrant, ...], vouchers: tuple[Grant, ...]) -> list[tuple[str, str]]:
    return [(one.label.text.format(**one.label.values), one.value) for one in given_lines(coupons, vouchers)]


def test_nothing_takes_no_line() -> None:
    assert lines((), ()) == []


def test_coupons_are_counted_by_their_days_whatever_they_are() -> None:
    until = replace(FIVE, until="2026-12-31")
    later = replace(until, since="2026-11-25")
    assert lines((FIVE, replace(FIVE, kind="c9"), until, later), ()) == [
        ("Coupons", "+2"),
        ("Coupons until 2026-12-31", "+1"),
        ("Coupons until 2026-12-31", "+1"),
        ("From 2026-11-25", ""),
    ]


def test_vouchers_are_counted_by_what_they_pay_and_their_days() -> None:
    until = replace(TWENTY, until="2026-12-31")
    one_fen = replace(TWENTY, amount=1, since="2026-11-25")
    assert lines((), (TWENTY, replace(TWENTY, unit="voucher:b"), until, one_fen)) == [
        ("Voucher: ¥20.00", "+2"),
        ("Voucher: ¥20.00, until 2026-12-31", "+1"),
        ("Voucher: ¥0.01", "+1"),
        ("From 2026-11-25", ""),
    ]


def test_a_pack_is_as_many_as_it_says_each_under_its_own_id() -> None:
    ids = iter("abcd")
    pack = (PackVoucher(worth=20_00, count=2, days=1), PackVoucher(worth=1, from_day=1))
    assert packed(pack, "2026-11-24", lambda: next(ids)) == (
        Grant(unit="voucher:a", amount=20_00, until="2026-11-24"),
        Grant(unit="voucher:b", amount=20_00, until="2026-11-24"),
        Grant(unit="voucher:c", amount=1, since="2026-11-25"),
    )
    assert packed((), "2026-11-24", lambda: "x") == ()


def test_who_joins_gets_coupons_and_vouchers_of_that_day() -> None:
    coupon = PackCoupon(kind="c5", face=5_00, threshold=20_00, count=2)
    policy = Policy(join_pack=(coupon,), join_vouchers=(PackVoucher(worth=10_00, days=7),))
    ids = iter("abc")
    coupons, vouchers = pack_of(policy, "2026-11-24", lambda: next(ids))
    assert [one.coupon for one in coupons] == ["a", "b"]
    assert vouchers == (Grant(unit="voucher:c", amount=10_00, until="2026-11-30"),)
    assert pack_of(Policy(), "2026-11-24", lambda: "x") == ((), ())
    begins = joining(
        Credential(medium=Medium.PHONE, number="19000000302"),
        policy=policy,
        recruited=Recruited(by=StaffId("E07"), channel="counter"),
        new_id=lambda: "x",
        salt=b"",
        business_day="2026-11-24",
    )
    assert begins.opens.vouchers == (Grant(unit="voucher:x", amount=10_00, until="2026-11-30"),)
    assert len(begins.opens.coupons) == 2


FIFTY: list[dict[str, Any]] = [{"worth": 1, "count": 49}, {"worth": 2}]
TOO_MANY: list[dict[str, Any]] = [*FIFTY, {"worth": 3}]
WINTER = {"name": "冬季", "since": "2026-11-24", "until": "2026-11-24", "ladder": [{"reach": 1, "bonus": 1}]}


def test_a_join_and_a_recharge_give_fifty_at_most() -> None:
    assert len(convert({"join_vouchers": FIFTY}, Policy).join_vouchers) == 2
    with pytest.raises(ValidationError, match=r"^join_vouchers: more than 50 vouchers"):
        convert({"join_vouchers": TOO_MANY}, Policy)
    with pytest.raises(ValidationError):
        convert({"join_vouchers": [{"worth": 1}] * 11}, Policy)
    campaign = convert({**WINTER, "vouchers": FIFTY}, RechargeCampaign)
    assert sum(one.count for one in campaign.vouchers) == 50
    with pytest.raises(ValidationError, match="冬季: more than 50 vouchers"):
        convert({**WINTER, "vouchers": TOO_MANY}, RechargeCampaign)
    with pytest.raises(ValidationError):
        convert({**WINTER, "vouchers": [{"worth": 1}] * 11}, RechargeCampaign)
    check_count((), "x")
    assert campaign.ladder == (Rung(reach=1, bonus=1),)
