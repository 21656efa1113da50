"""Why a promotion does not apply yet, in Simplified Chinese. English is the key."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

ZH_HANS: Mapping[str, str] = MappingProxyType(
    {
        "{sum} more for {name}": "再买 {sum} 即享 {name}",
        "{count} more of {article} for {name}": "再买 {count} 件{article}即享 {name}",
        "With {goods}: {name}": "加购 {goods} 即享 {name}",
        "From {day}": "{day} 起",
        "It ended on {day}": "已于 {day} 结束",
        "For members": "仅限会员",
        "For another tier": "仅限其他等级会员",
        "Not today": "今日不适用",
        "For other articles": "不含这些商品",
        "From {opens} to {closes}": "{opens} 至 {closes}",
        "Another price is better": "已享更优惠价格",
        "On the birthday": "生日当天可用",
        "From {count} people on": "{count} 人同行起",
        "With a friend who comes for the first time": "需带一位首次到店的朋友",
        "{name}: once a person only": "{name} 每人仅限一次",
        "{name}: no more with this visit": "{name} 本次到店已享用",
        "{name}: no more today": "{name} 今日已享用",
        "{name}: no more this month": "{name} 本月已享用",
        "{name}: no more this year": "{name} 今年已享用",
        "{name}: no more for this birthday": "{name} 本次生日已享用",
        "{name}: {count} left": "{name}：还可享 {count} 份",
        "{name}: {count} of {most}": "{name}：{count}/{most}",
        "This member has had it by now, at another counter or shop. Begin again, at the price shown.": (
            "该会员刚在其他柜台或门店享用过。请按显示的价格重新开单。"
        ),
        "Nobody here knows who had it before": "此处查不到是否已享用过",
        "For who joins today": "仅限今日新入会者",
        "From the next fill on": "下次加油起可用",
        "None left of {name}": "{name} 已用完",
        "Not together with {name}": "不与 {name} 同享",
    }
)
