"""What screens say while points are taken for something, in Simplified Chinese. English is the key."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

ZH_HANS: Mapping[str, str] = MappingProxyType(
    {
        "{count} petrol points end on {day}": "汽油积分 {count} 分将于 {day} 到期",
        "{count} gas points end on {day}": "燃气积分 {count} 分将于 {day} 到期",
        "{count} diesel points end on {day}": "柴油积分 {count} 分将于 {day} 到期",
        "What about the points?": "积分要做什么？",
        "Points for something": "积分兑换",
        "Collect with a claim code": "凭兑换码领取",
        "Handed over now": "现在交付",
        "Collected later, with a claim code": "以后凭兑换码领取",
        "Points for what?": "兑换什么？",
        "{name}: {points} points": "{name}：{points} 积分",
        "{name}: {points} points and {sum}": "{name}：{points} 积分加 {sum}",
        "When is it handed over?": "何时交付？",
        "Take the points?": "确认扣除积分？",
        "Points to be used": "使用积分",
        "Hand over the receipt: it is collected with {code}.": "请交付小票：凭兑换码 {code} 领取。",
        "Booked. Hand over {name} and the receipt.": "已入账。请交付 {name} 和小票。",
        "Booked. Hand over {name}.": "已入账。请交付 {name}。",
        "Key the claim code": "请输入兑换码",
        "Hand it over?": "确认交付？",
        "Booked on {day}": "兑换日期 {day}",
        "Claim code": "兑换码",
        "Give the points back?": "确认退还积分？",
        "{day} {time}  {points} points  {what}": "{day} {time}  {points} 积分  {what}",
        "Points, cashback or vouchers come back that ended on {day}": "退回的积分、返现或代金券于 {day} 到期",
        "Uses or litres come back that ended on {day}": "退回的次数或升数已于 {day} 到期",
        "Points, cashback, vouchers that had ended: until {day}": "已到期的积分、返现和代金券延长至 {day}",
        "Its claim code ends": "兑换码作废",
        "Take back: {name}": "请收回：{name}",
        "A coupon that came for these points was used or has ended, or another shop holds it."
        " The points stay taken.": "用这些积分换的优惠券已使用、已失效或在其他门店，积分不能退还。",
        "A voucher that came for these points was used or has ended, or another shop holds it."
        " The points stay taken.": "用这些积分换的代金券已使用、已失效或在其他门店，积分不能退还。",
        "This costs no more than the money asked beside the points. Sell it without points.": (
            "商品现价不高于换购所需的现金，请按普通商品销售。"
        ),
        "A parked cart keeps a coupon that came for these points. Take that cart back first.": (
            "挂单中占用了用这些积分换的优惠券。请先取回该挂单。"
        ),
        "That is no claim code. Key the nine digits on the receipt.": (
            "这不是兑换码。请输入小票上的九位数字。"
        ),
        "Nothing waits for that code here. Ask in which shop the points were taken.": (
            "本店没有此兑换码的待领物品。请问顾客在哪家店兑换的。"
        ),
        "This code was used: it was collected. Hand over nothing.": (
            "此兑换码已使用，物品已领取。请勿再交付。"
        ),
    }
)
