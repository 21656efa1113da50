"""What a whole shop sells beside the two articles of every shop, and how many of each lie on its shelves."""

from __future__ import annotations

from terminal.core.values import Value


class Goods(Value, frozen=True, kw_only=True):
    sku: str
    name: str
    category: str
    price: int
    """Fen a piece or a kilogram."""
    barcode: str = ""
    plu: int | None = None
    """Its number at the scale, where it is weighed."""
    member_price: int | None = None
    cycle_days: int | None = None
    """So many days a piece lasts."""
    of: tuple[str, ...] = ()
    uses_of: tuple[str, ...] = ()
    uses_in: str = ""
    """Where and when they are good, as TOML."""
    """Services that ten uses of it pay for, for a year: it is a count card."""
    stock: str = ""
    """As people count it: pieces or kilograms."""


GOODS = (
    Goods(sku="M01", name="鲜牛奶 950ml", category="dairy", price=1590, barcode="6900000000014", stock="60"),
    Goods(sku="M02", name="原味酸奶", category="dairy", price=680, barcode="6900000000021", stock="48"),
    Goods(sku="K01", name="全麦面包", category="bakery", price=1250, barcode="6900000000038", stock="36"),
    Goods(sku="K02", name="红豆面包", category="bakery", price=590, barcode="6900000000045", stock="3"),
    Goods(
        sku="T01",
        name="绿茶 500ml",
        category="drinks",
        price=500,
        member_price=420,
        barcode="6900000000052",
        stock="240",
    ),
    Goods(sku="W01", name="矿泉水 550ml", category="drinks", price=200, barcode="6900000000069", stock="480"),
    Goods(sku="C01", name="现磨咖啡 大杯", category="drinks", price=1800, barcode="6900000000076"),
    Goods(sku="S01", name="海盐苏打饼干", category="snacks", price=990, barcode="6900000000083", stock="90"),
    Goods(sku="S02", name="牛肉干 100g", category="snacks", price=3280, barcode="6900000000090", stock="40"),
    Goods(sku="N01", name="即食海苔 超值分享装 30包", category="snacks", price=4590, barcode="6900000000106"),
    Goods(
        sku="H01",
        name="洗车液 2L",
        category="car",
        price=3900,
        barcode="6900000000113",
        stock="25",
        cycle_days=7,
    ),
    Goods(sku="H02", name="全合成机油 4L", category="car", price=28800, barcode="6900000000120", stock="22"),
    Goods(
        sku="P01",
        name="早餐组合",
        category="bakery",
        price=2840,
        barcode="6900000000137",
        of=("M01", "K01"),
    ),
    Goods(sku="G01", name="保温杯", category="gifts", price=4900, barcode="6900000000144", stock="20"),
    Goods(sku="G02", name="雨伞", category="gifts", price=3900, barcode="6900000000151", stock="20"),
    Goods(sku="V01", name="洗车", category="service", price=3500, barcode="6900000000168"),
    Goods(
        sku="K10",
        name="洗车十次卡",
        category="cards",
        price=28000,
        barcode="6900000000175",
        uses_of=("V01",),
    ),
    Goods(
        sku="K11",
        name="洗车工作日卡",
        category="cards",
        price=20000,
        barcode="6900000000182",
        uses_of=("V01",),
        uses_in='{ weekdays = [1, 2, 3, 4, 5], closes = "17:00" }',
    ),
    Goods(sku="F01", name="红富士苹果 散装", category="fruit", price=1280, plu=12, stock="85.5"),
    Goods(sku="F02", name="香蕉 散装", category="fruit", price=760, plu=13, stock="40"),
)

MILK, WATER, OIL = "6900000000014", "6900000000069", "6900000000120"
WASH, COUNT_CARD = "6900000000168", "6900000000175"
"""What the scenes of a day buy, as it is scanned."""

LABELS = (
    ("Scale label: apples, 0.625 kg, ¥8.00", "250001200800006259"),
    ("Scale label: bananas, ¥12.80", "2200013012801"),
)
"""What the shop's scales print, 18 and 13 digits."""

COUNTED = "counted.csv"


def _table(one: Goods) -> str:
    lines = [
        f'sku = "{one.sku}"',
        f'name = "{one.name}"',
        f'category = "{one.category}"',
        f"price = {one.price}",
    ]
    if one.barcode:
        lines.append(f'barcodes = ["{one.barcode}"]')
    if one.plu is not None:
        lines += [f"plu = {one.plu}", 'measured = "gram"']
    if one.member_price is not None:
        lines.append(f"member_price = {one.member_price}")
    if one.cycle_days is not None:
        lines.append(f"cycle_days = {one.cycle_days}")
    if one.of:
        contents = '", "'.join(one.of)
        lines.append(f'of = ["{contents}"]')
    if one.uses_of:
        services = '", "'.join(one.uses_of)
        lines.append(f'uses = 10\nuses_of = ["{services}"]\nuses_days = 365')
    if one.uses_in:
        lines.append(f"uses_in = {one.uses_in}")
    return "\n[[catalogue.article]]\n" + "\n".join(lines) + "\n"


_COUPONS = ((3, 100), (5, 150), (8, 200), (12, 300), (18, 400))
"""Yuan off, from how many: what newcomers are given (setting.py), by the names that people see."""


def _coupon(less: int, reach: int) -> str:
    return f"""
[promotion.c{less}]
rule = "coupon_amount"
name = "满{reach}减{less}券"
less = {less}00
threshold = {reach}00
"""


TABLES = """
[[policy.scale_labels]]
form = "22PPPPPAAAAAC"

[[policy.scale_labels]]
form = "25PPPPPAAAAAWWWWWC"

[promotion.member]
rule = "member_price"
name = "会员价"
members = true

[promotion.breakfast]
rule = "pack"
name = "早餐组合"
price = 2390
contents = [["M01", 1], ["K01", 1]]

[promotion.car]
rule = "percent_off"
name = "汽车用品九折"
pay = 90
categories = ["car"]
members = true

[promotion.water]
rule = "coupon_gift"
name = "赠矿泉水券"
skus = ["W01"]

[promotion.tea]
rule = "entitled"
name = "会员每月赠绿茶"
to = "tea"
skus = ["T01"]
limit = { each = "month", times = 1 }

[promotion.voucher]
rule = "spend_voucher"
name = "满200送10元代金券"
reach = 20000
worth = 1000
use_days = 30

[promotion.every]
rule = "every_less"
name = "零食每满30减3"
every = 3000
less = 300
at_most = 5
categories = ["snacks"]
""" + "".join([*map(_table, GOODS), *(_coupon(*one) for one in _COUPONS)])


def counted() -> str:
    """Of what lies on the shelves, as `terminal catalogue count` reads it."""
    return "sku,stock\n" + "".join(f"{one.sku},{one.stock}\n" for one in GOODS if one.stock)
