"""All rules there are, in the order in which they touch a sale and by which equals are chosen."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from terminal.core.pricing.promotion import Promotion
from terminal.core.pricing.rules.birthday import BirthdayPrice
from terminal.core.pricing.rules.bring_a_friend import BringAFriend
from terminal.core.pricing.rules.coupon_amount import CouponAmount
from terminal.core.pricing.rules.coupon_gift import CouponGift
from terminal.core.pricing.rules.coupon_percent import CouponPercent
from terminal.core.pricing.rules.entitled import Entitled
from terminal.core.pricing.rules.every_less import EveryLess
from terminal.core.pricing.rules.free_trial import FreeTrial
from terminal.core.pricing.rules.friend_gets import FriendGets
from terminal.core.pricing.rules.group_visit import GroupVisit
from terminal.core.pricing.rules.litre_cut import LitreCut
from terminal.core.pricing.rules.member_price import MemberPrice
from terminal.core.pricing.rules.nth_item import NthItem
from terminal.core.pricing.rules.pack import Pack
from terminal.core.pricing.rules.percent_off import PercentOff
from terminal.core.pricing.rules.points_times import PointsTimes
from terminal.core.pricing.rules.spend_coupon import SpendCoupon
from terminal.core.pricing.rules.spend_get import SpendGet
from terminal.core.pricing.rules.spend_less import SpendLess
from terminal.core.pricing.rules.spend_voucher import SpendVoucher
from terminal.core.pricing.rules.tier_price import TierPrice

RULES: Mapping[str, type[Promotion]] = MappingProxyType(
    {
        "member_price": MemberPrice,
        "tier_price": TierPrice,
        "group_visit": GroupVisit,
        "bring_a_friend": BringAFriend,
        "birthday": BirthdayPrice,
        "entitled": Entitled,
        "free_trial": FreeTrial,
        "percent_off": PercentOff,
        "nth_item": NthItem,
        "litre_cut": LitreCut,
        "pack": Pack,
        "spend_less": SpendLess,
        "every_less": EveryLess,
        "coupon_amount": CouponAmount,
        "coupon_percent": CouponPercent,
        "coupon_gift": CouponGift,
        "spend_get": SpendGet,
        "spend_coupon": SpendCoupon,
        "spend_voucher": SpendVoucher,
        "friend_gets": FriendGets,
        "points_times": PointsTimes,
    }
)
"""By the name that a published promotion gives as its `rule`."""
