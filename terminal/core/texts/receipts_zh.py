"""What receipts say, in Simplified Chinese (glossary: the shop's own words)."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

ZH_HANS: Mapping[str, str] = MappingProxyType(
    {
        "DUPLICATE": "重打印",
        "TRAINING": "培训模式 不作凭证",
        "Sale": "消费",
        "Fuel": "加油",
        "Recharge": "充值",
        "Tel {phone}": "电话 {phone}",
        "Number": "单号",
        "Time": "时间",
        "Terminal": "终端",
        "Attendant": "收银员",
        "Total": "合计",
        "Cash": "现金",
        "Stored value": "储值支付",
        "Code payment": "扫码支付",
        "Principal spent": "本金支付",
        "Bonus spent": "赠送金支付",
        "Cash rounding": "抹零",
        "Received": "实收",
        "Change": "找零",
        "Principal": "本金",
        "Bonus": "赠送金",
        "Added": "到账合计",
        "Card": "卡号",
        "Goods points": "商品积分",
        "Petrol points": "汽油积分",
        "Diesel points": "柴油积分",
        "{points} earned": "本次{points}",
        "Balance after": "交易后余额",
        "Principal balance": "本金余额",
        "Bonus balance": "赠送金余额",
        "Coupons": "优惠券",
        "{count} pcs": "{count} 张",
        "Welcome as a member": "欢迎入会",
        "Coupon pack": "新会员礼包",
        "{off} off from {reach}": "满{reach}减{off}",
        "{off} off": "立减{off}",
        "x{count}": "×{count}",
        "{quantity} x {price}": "{quantity} × {price}",
        "{weight} kg x {price}/kg": "{weight} kg × {price}",
        "{litres} L x {price}/L": "{litres} 升 × {price}",
        "Thank you. Keep this receipt.": "谢谢惠顾，请保留小票",
    }
)
