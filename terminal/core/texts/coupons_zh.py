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
        "Coupon campaign": "活动领券",
        "Scan the campaign's code, or key it": "请扫描或输入活动码",
        "Give these coupons?": "发放这些优惠券？",
        "Give these coupons and vouchers?": "发放这些优惠券和代金券？",
        "The coupons and vouchers are the member's: {count}. Hand over the slip.": (
            "已发放优惠券和代金券 {count} 张。请交付小票。"
        ),
        "The coupons are the member's: {count}. Hand over the slip.": "已发放优惠券 {count} 张。请交付小票。",
        "No campaign that runs today has this code. Scan or key it again, or cancel.": (
            "今天没有此活动码。请重新扫描或输入，或取消。"
        ),
        "This member has claimed these coupons before. Nothing was booked.": (
            "该会员已领取过此活动的优惠券。未记账。"
        ),
        "All of these coupons are claimed. Nothing was booked.": "此活动的优惠券已领完。未记账。",
        "Such coupons are for members. Let them join first.": "此类优惠券仅限会员。请先入会。",
        "Which coupon comes off?": "使用哪张优惠券？",
        "{name}: {sum}": "{name}：{sum}",
        "Without a coupon: {sum}": "不用优惠券：{sum}",
        "Voucher: {sum}": "代金券：{sum}",
        "Voucher: {sum}, until {day}": "代金券：{sum}，{day} 前可用",
        "Coupons until {day}": "优惠券，{day} 前可用",
        "Cash vouchers: {count}, {sum}, the first until {day}": (
            "代金券 {count} 张，共 {sum}，最早 {day} 到期"
        ),
        "Cash vouchers: {count}, {sum}": "代金券 {count} 张，共 {sum}",
        "Which cash voucher?": "使用哪张代金券？",
        "The voucher's rest ends": "代金券余额作废",
    }
)
