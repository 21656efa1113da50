"""Which campaign a code is of, and what it gives (product.md B5)."""

from __future__ import annotations

from collections.abc import Callable

from terminal.core.commands import CouponGrant
from terminal.core.errors import NoSuchCampaign
from terminal.core.policy import Campaign, Policy

PREFIX = "CK-"


def campaign_of(text: str, policy: Policy, business_day: str) -> Campaign:
    """By its code as it is scanned or keyed, in capitals or not. Raises NoSuchCampaign."""
    code = text.strip().upper().removeprefix(PREFIX)
    running = (one for one in policy.campaigns if one.since <= business_day <= one.until)
    found = next((one for one in running if one.code == code), None)
    if found is None:
        raise NoSuchCampaign(f"{len(text)} characters")
    return found


def coupons_of(campaign: Campaign, business_day: str, new_id: Callable[[], str]) -> tuple[CouponGrant, ...]:
    return tuple(coupon for one in campaign.pack for coupon in one.given(business_day, new_id))
