"""What members get in a whole shop: points that end, tiers, cashback, gifts and campaigns."""

from __future__ import annotations

CAMPAIGN = "CK-WATER"
"""As the poster prints it."""
VOUCHER = "CK-TENOFF"
"""As another does."""

TIERS = ("regular", "silver", "gold", "diamond=钻石会员/Diamond")
"""The lowest first, as headquarters is told them."""

POLICY = """
points_end = { years = 1, on = "12-31" }
tiers = { by = "spent", shown = { diamond = { zh = "钻石会员", en = "Diamond" } }, steps = [
    { tier = "silver", reach = 20000 }, { tier = "gold", reach = 100000 },
    { tier = "diamond", reach = 500000 },
] }
cashback = { rate_bp = 200, at_most = 2000, pays_percent = 50, days = 90 }
referral = { on = ["first_spend"], points = 100, least = 1000 }
gifts = [
    { name = "矿泉水一瓶（券）", points = 100, coupon = { kind = "water", face = 0 } },
    { name = "保温杯", points = 500, worth = 4900, sku = "G01", category = "gifts" },
    { name = "雨伞", points = 200, worth = 3900, money = 1500, sku = "G02", category = "gifts" },
    { name = "十元代金券", points = 150, voucher = { worth = 1000, days = 30 } },
]
card_kinds = [
    { name = "all", shown = "会员卡", uses = ["stored", "points", "discount", "cashback", "count"] },
    { name = "points", shown = "积分卡", uses = ["points", "discount"] },
]
campaigns = [
    { code = "WATER", name = "扫码领水", since = "2026-01-01", until = "2099-12-31", pack = [
        { kind = "water", face = 0, threshold = 0, count = 1, days = 30 },
    ] },
    { code = "TENOFF", name = "扫码领代金券", since = "2026-01-01", until = "2099-12-31", vouchers = [
        { worth = 1000, days = 30 },
    ] },
]
"""
"""Points end with the next year; cashback may be used from the day after the sale on."""
