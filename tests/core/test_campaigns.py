"""Which campaign a code is of."""

from __future__ import annotations

from typing import Any

import pytest
from msgspec import ValidationError, convert
from msgspec.structs import replace

from terminal.core.campaigns import campaign_of, coupons_of
from terminal.core.codes import CampaignCode, scanned
from terminal.core.commands import CouponGrant, Grant
from terminal.core.errors import BadScan, NoSuchCampaign
from terminal.core.packs import PackVoucher, packed
from terminal.core.policy import Campaign, PackCoupon, Policy

FIVE = PackCoupon(kind="c5", face=5_00, threshold=20_00, count=2, from_day=1, days=7)
GIFT = PackCoupon(kind="water", face=0, threshold=0, count=1)
AUTUMN = Campaign(code="AUTUMN26", name="秋季领券", since="2026-11-01", until="2026-11-30", pack=(FIVE, GIFT))
LATER = Campaign(code="AUTUMN26", name="再来", since="2026-11-30", until="2026-12-31", pack=(GIFT,))
POLICY = Policy(campaigns=(AUTUMN, LATER))


@pytest.mark.parametrize("text", ["AUTUMN26", " autumn26 ", "CK-AUTUMN26", "ck-autumn26"])
def test_it_is_found_as_it_is_scanned_or_keyed(text: str) -> None:
    assert campaign_of(text, POLICY, "2026-11-24") is AUTUMN


@pytest.mark.parametrize(
    ("day", "found"),
    [("2026-10-31", None), ("2026-11-01", AUTUMN), ("2026-11-30", AUTUMN), ("2026-12-01", LATER),
     ("2026-12-31", LATER), ("2027-01-01", None)],
)  # fmt: skip
def test_the_first_that_runs_on_that_day(day: str, found: Campaign | None) -> None:
    if found is None:
        with pytest.raises(NoSuchCampaign):
            campaign_of("AUTUMN26", POLICY, day)
    else:
        assert campaign_of("AUTUMN26", POLICY, day) is found


@pytest.mark.parametrize("text", ["", "AUTUMN", "CK-", "CK-CK-AUTUMN26", "AUTUMN26X"])
def test_another_code_is_of_none(text: str) -> None:
    with pytest.raises(NoSuchCampaign):
        campaign_of(text, POLICY, "2026-11-24")


def test_it_gives_its_coupons_from_that_day_on() -> None:
    ids = iter(("n1", "n2", "n3"))
    assert coupons_of(AUTUMN, "2026-11-24", lambda: next(ids)) == (
        CouponGrant(
            coupon="n1", kind="c5", face=5_00, threshold=20_00, since="2026-11-25", until="2026-12-01"
        ),
        CouponGrant(
            coupon="n2", kind="c5", face=5_00, threshold=20_00, since="2026-11-25", until="2026-12-01"
        ),
        CouponGrant(coupon="n3", kind="water", face=0, threshold=0),
    )


def test_each_of_its_vouchers_is_one_of_its_own_with_its_days() -> None:
    ids = iter(("n1", "n2", "n3"))
    twenty = PackVoucher(worth=20_00, count=2, from_day=1, days=7)
    both = replace(AUTUMN, pack=(), vouchers=(twenty, PackVoucher(worth=1)))
    assert packed(both.vouchers, "2026-11-24", lambda: next(ids)) == (
        Grant(unit="voucher:n1", amount=20_00, since="2026-11-25", until="2026-12-01"),
        Grant(unit="voucher:n2", amount=20_00, since="2026-11-25", until="2026-12-01"),
        Grant(unit="voucher:n3", amount=1),
    )
    assert packed(AUTUMN.vouchers, "2026-11-24", lambda: next(ids)) == ()


SAID: dict[str, Any] = {
    "code": "ABCD", "name": "x", "since": "2026-11-01", "until": "2026-11-01",
    "pack": [{"kind": "c", "face": 1, "threshold": 0, "count": 100}],
}  # fmt: skip


def test_one_day_and_a_hundred_coupons_are_a_campaign() -> None:
    assert convert(SAID, Campaign).most == 0
    assert convert({**SAID, "most": 1}, Campaign).most == 1


def test_a_campaign_may_give_fifty_vouchers_and_no_coupons() -> None:
    said = {**SAID, "pack": [], "vouchers": [{"worth": 1, "count": 49}, {"worth": 2}]}
    assert sum(one.count for one in convert(said, Campaign).vouchers) == 50
    longest = {"worth": 1, "count": 5, "from_day": 3650, "days": 3650}
    assert len(convert({**said, "vouchers": [longest] * 10}, Campaign).vouchers) == 10


@pytest.mark.parametrize(
    "wrong",
    [
        {"code": "ABC"}, {"code": "abcd"}, {"code": "A" * 21}, {"name": ""}, {"most": -1}, {"pack": []},
        {"since": "2026-11-02"}, {"since": "2026-11-31", "until": "2026-12-01"},
        {"pack": [{"kind": "c", "face": 1, "threshold": 0, "count": 101}]},
        {"vouchers": [{"worth": 1, "count": 49}, {"worth": 1, "count": 2}]}, {"vouchers": [{"worth": 0}]},
        {"vouchers": [{"worth": 1, "count": 0}]}, {"vouchers": [{"worth": 1, "days": 0}]},
        {"vouchers": [{"worth": 1, "from_day": -1}]}, {"vouchers": [{"worth": 1}] * 11},
        {"vouchers": [{"worth": 1, "from_day": 3651}]}, {"vouchers": [{"worth": 1, "days": 3651}]},
    ],
)  # fmt: skip
def test_what_cannot_be_is_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        convert(SAID | wrong, Campaign)


def test_a_poster_is_scanned_in_capitals_alone() -> None:
    assert scanned("CK-AUTUMN26") == CampaignCode(code="AUTUMN26")
    assert scanned("CK-ABCD") == CampaignCode(code="ABCD")
    for text in ("CK-autumn26", "CK-ABC", f"CK-{'A' * 21}", "XCK-ABCD", "CK-ABCD "):
        with pytest.raises(BadScan):
            scanned(text)
