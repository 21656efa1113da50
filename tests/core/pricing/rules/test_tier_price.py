from __future__ import annotations

from terminal.core.pricing import Buyer, Visit
from tests.core.pricing.goods import CREAM, FACIAL, GUEST, sold, why

TIERS = {"rule": "tier_price", "pay": {"silver": {"service": 95, "goods": 98}, "gold": {"service": 90}}}


def of(tier: str) -> Visit:
    return Visit(business_day="2026-10-28", buyer=Buyer(tier=tier))


def test_each_tier_pays_its_part_by_category() -> None:
    assert sold((FACIAL, 1), to=of("silver"), tier=TIERS).due == 159_60
    assert sold((CREAM, 1), to=of("silver"), tier=TIERS).due == 194_04
    assert sold((FACIAL, 1), to=of("gold"), tier=TIERS).due == 151_20


def test_what_is_not_named_is_paid_whole() -> None:
    assert sold((CREAM, 1), to=of("gold"), tier=TIERS).due == 198_00
    assert sold((CREAM, 1), to=of("regular"), tier=TIERS).due == 198_00
    assert why(sold((CREAM, 1), to=GUEST, tier=TIERS), "tier") == "For members"
    assert why(sold((CREAM, 1), to=of("regular"), tier=TIERS), "tier") == "For another tier"
    assert why(sold((CREAM, 1), to=of("gold"), tier=TIERS), "tier") == "For other articles"
    better = {"rule": "percent_off", "pay": 10}
    assert why(sold((CREAM, 1), to=of("silver"), tier=TIERS, a=better), "tier") == "Another price is better"
    assert why(sold((CREAM, 1), to=GUEST, tier={**TIERS, "members": False}), "tier") == "For other articles"
    assert sold((CREAM, 1), to=GUEST, tier={**TIERS, "members": False}).due == 198_00
