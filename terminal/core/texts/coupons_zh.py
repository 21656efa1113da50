"""What screens say of coupons, in Simplified Chinese. English is the key."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

ZH_HANS: Mapping[str, str] = MappingProxyType(
    {
        "Coupon {number}": "优惠券 {number}",
        "This coupon was used at {time}. Take it back, and sell without it.": (
            "此优惠券已于 {time} 使用。请收回，按不用券结账。"
        ),
        "This coupon ended on {day}. Take it back, and sell without it.": (
            "此优惠券已于 {day} 到期。请收回，按不用券结账。"
        ),
        "A parked cart keeps this coupon. Take that cart back, or sell without it.": (
            "此优惠券被一笔挂单占用。请取回该挂单，或按不用券结账。"
        ),
        "The coupon is a member's. Ask for the card, or sell without it.": (
            "此优惠券属于会员。请出示会员卡，或按不用券结账。"
        ),
        "This coupon was withdrawn. Take it back, and sell without it.": (
            "此优惠券已作废。请收回，按不用券结账。"
        ),
        "This coupon is not held here. Nothing was withdrawn.": "此优惠券不在本店。未作废任何优惠券。",
        "Another shop holds this coupon. Try again in a minute, or sell without it.": (
            "此优惠券在另一家店。请一分钟后再试，或按不用券结账。"
        ),
        "Another shop holds this coupon, and the network is away. Sell without it.": (
            "此优惠券在另一家店，网络不通。请按不用券结账。"
        ),
        "A coupon anew, until {day}": "补发优惠券一张，{day} 前可用",
        "A coupon comes back that ended on {day}": "退回的优惠券已于 {day} 到期",
        "Which coupon comes off?": "使用哪张优惠券？",
        "{name}: {sum}": "{name}：{sum}",
        "Without a coupon: {sum}": "不用优惠券：{sum}",
        "Voucher: {sum}": "代金券：{sum}",
        "Which cash voucher?": "使用哪张代金券？",
        "The voucher's rest ends": "代金券余额作废",
    }
)
