"""A catalogue as people keep it in tables: one row an article, columns named in any of our languages.

Cells are text and nothing else: what looks like a formula is refused, never worked out. A column that is not
there changes nothing of an article that is known; an empty cell takes what may be empty away.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from enum import StrEnum
from types import MappingProxyType
from typing import Any

from msgspec import Struct, ValidationError, convert
from msgspec.structs import asdict

from terminal.core.cart import Article
from terminal.core.cells import BadCell, BadHead, check_no_truth, check_whole, clean, quoted, shown
from terminal.core.commands import Measured
from terminal.core.errors import BadAmount
from terminal.core.gs1 import article_number
from terminal.core.money import AMOUNT_MAX, amount, plain
from terminal.core.ranks import TIER_PATTERN
from terminal.core.shape import did_you_mean
from terminal.core.sold import Scope
from terminal.core.units import UNITS

_NAME_CHARS_MAX = 100
_SKU_CHARS_MAX = 40
_BARCODES_MAX = 20
_TIER = re.compile(r"(?:price|售价|售價)[:：] ?([^:：]{1,40})", re.IGNORECASE)
_RATE = re.compile(r"(\d{1,3})(?:\.(\d{1,2}))?\s*%?", re.ASCII)
_COUNT = re.compile(r"(\d{1,6})(?:\.(\d{1,3}))?", re.ASCII)
_WHOLE = re.compile(r"\d{1,5}", re.ASCII)
_PERCENT = 100
"""Hundredths of it."""
_SEPARATORS = re.compile(r"[\s;,|/、；，]+")


class Column(StrEnum):
    """By its English head."""

    SKU = "sku"
    NAME = "name"
    CATEGORY = "category"
    PRICE = "price"
    MEMBER_PRICE = "member price"
    UNIT = "unit"
    BARCODES = "barcodes"
    PLU = "plu"
    TAX = "tax"
    PACK = "pack"
    LOW = "low"
    CYCLE = "lasts days"
    USES = "uses"
    USES_OF = "uses of"
    USES_DAYS = "valid days"
    USES_IN = "usable at"
    LITRES = "litres"
    GRADE = "grade"
    LOCKED = "locked price"
    VOUCHER = "voucher"
    STOCK = "stock"


_HEADS: Mapping[Column, tuple[str, ...]] = {
    Column.SKU: ("货号", "貨號", "商品编码", "商品編號", "编码", "article", "item"),
    Column.NAME: ("名称", "名稱", "品名", "商品名称", "商品名稱"),
    Column.CATEGORY: ("分类", "分類", "类别", "類別"),
    Column.PRICE: ("售价", "售價", "零售价", "零售價", "单价", "單價"),
    Column.MEMBER_PRICE: ("会员价", "會員價", "member_price"),
    Column.UNIT: ("单位", "單位", "measured"),
    Column.BARCODES: ("条码", "條碼", "barcode", "条形码", "條形碼"),
    Column.PLU: ("秤码", "秤號", "称码", "scale number"),
    Column.TAX: ("税率", "稅率", "tax rate", "vat"),
    Column.PACK: ("内含", "內含", "contents"),
    Column.LOW: ("库存预警", "庫存預警", "warn below"),
    Column.CYCLE: ("使用周期天数", "使用週期天數"),
    Column.USES: ("次数", "次數"),
    Column.USES_OF: ("适用项目", "適用項目", "usable for"),
    Column.USES_DAYS: ("有效天数", "有效天數"),
    Column.USES_IN: ("使用范围", "使用範圍"),
    Column.LITRES: ("升数", "升數"),
    Column.GRADE: ("油品",),
    Column.LOCKED: ("锁价", "鎖價"),
    Column.VOUCHER: ("代金券面值", "代金券面額"),
    Column.STOCK: ("库存", "庫存", "counted"),
}
"""What else a head may say; the first is the Chinese one that is written."""

_UNITS: Mapping[Measured, tuple[str, ...]] = {
    Measured.PIECE: (
        "件", "piece", "pcs", "个", "個", "瓶", "盒", "包", "袋", "支", "条", "條", "罐", "箱", "只",
        "份", "次",
    ),
    Measured.GRAM: ("千克", "kg", "公斤", "gram"),
    Measured.CENTILITRE: ("升", "litre", "l", "liter", "公升", "centilitre"),
    Measured.DECAGRAM: ("公斤气", "decagram"),
    Measured.CENTICUBIC: ("立方米", "m3", "centicubic"),
}  # fmt: skip
"""Prices are of one such; the first is what is written."""

_KNOWN = {name: column for column, names in _HEADS.items() for name in (column.value, *map(str.lower, names))}
_UNIT_OF = {name: unit for unit, names in _UNITS.items() for name in names}


_APART = frozenset({Column.SKU, Column.LOW, Column.STOCK})
"""Not read by itself."""


NO_WORDS: Mapping[str, str] = MappingProxyType({})


class Head(Struct, frozen=True):
    """Which cell says what."""

    columns: Mapping[Column, int]
    tiers: Mapping[str, int]
    width: int
    passed_over: tuple[str, ...]
    """Columns that say nothing we know, with what may have been meant."""


def head_of(cells: Sequence[str], tier_words: Mapping[str, str] = NO_WORDS) -> Head:
    """`tier_words`: by each word for a tier, its id. Raises BadHead."""
    columns: dict[Column, int] = {}
    tiers: dict[str, int] = {}
    passed_over: list[str] = []
    for at, cell in enumerate(cells):
        name = " ".join(cell.lower().split())
        if not name:
            continue
        if tier := _tier(cell, tier_words):
            known: bool = tier in tiers
            tiers[tier] = at
        elif (column := _KNOWN.get(name)) is not None:
            known = column in columns
            columns[column] = at
        else:
            passed_over.append(shown(cell) + did_you_mean(name, _KNOWN))
            continue
        if known:
            raise BadHead(f"two columns say {shown(cell)}; leave one of them")
    if Column.SKU not in columns:
        raise BadHead("no column says 货号 (sku); the first row must name the columns")
    if not columns.keys() - {Column.SKU} and not tiers:
        raise BadHead("nothing but the sku; add columns such as 名称 (name) and 售价 (price)")
    return Head(columns, tiers, len(cells), tuple(passed_over))


def fits(cells: Sequence[str]) -> int:
    """How many of them a head may say."""
    return sum(" ".join(cell.lower().split()) in _KNOWN for cell in cells)


def article_in(head: Head, cells: Sequence[str], known: Callable[[str], Article | None]) -> Article:
    """`known`: the article that has that SKU now. Raises BadCell."""
    said = {column: clean(column, cells[at]) for column, at in head.columns.items() if at < len(cells)}
    for column, text in said.items():
        check_no_truth(column, text)
    sku = _sku(said[Column.SKU])
    before = known(sku)
    if before is None:
        for column in (Column.NAME, Column.PRICE):
            if column not in said:
                raise BadCell(column, "the column is missing, and the article is new", "add the column")
    found: dict[str, Any] = {"category": "-"} if before is None else asdict(before)
    found["sku"] = sku
    for column, text in said.items():
        if column not in _APART:
            field, value = _READ[column](text)
            found[field] = value
    if (few := said.get(Column.LOW)) is not None:
        found["low"] = _counted(Column.LOW, few, found.get("measured", Measured.PIECE)) if few else None
    found["tier_prices"] = dict(_tier_prices(head, cells, found.get("tier_prices", {})))
    try:
        return convert(found, Article)
    except ValidationError as fault:
        raise BadCell("", str(fault), "correct the row") from fault


def _tier_prices(head: Head, cells: Sequence[str], before: Mapping[str, int]) -> Iterator[tuple[str, int]]:
    yield from ((tier, price) for tier, price in before.items() if tier not in head.tiers)
    for tier, at in head.tiers.items():
        if text := clean(f"price:{tier}", cells[at]):
            yield tier, _fen(f"price:{tier}", text)


def count_in(head: Head, cells: Sequence[str], known: Callable[[str], Article | None]) -> tuple[str, int]:
    """(SKU, how much of it lies there), in what its quantity is counted. Raises BadCell."""
    sku = _sku(clean(Column.SKU, cells[head.columns[Column.SKU]]))
    article = known(sku)
    if article is None:
        raise BadCell(Column.SKU, f"{shown(sku)} is not in the catalogue", "import the article first")
    text = clean(Column.STOCK, cells[head.columns[Column.STOCK]])
    return sku, _counted(Column.STOCK, text, article.measured)


def check_counts(head: Head) -> None:
    """Raises BadHead."""
    if Column.STOCK not in head.columns:
        raise BadHead("no column says 库存 (stock)")


def _tier(cell: str, words: Mapping[str, str]) -> str:
    """Whose price a column says; empty: it is no such column."""
    found = _TIER.fullmatch(" ".join(cell.split()))
    tier = words.get(found[1], found[1]) if found else ""
    return tier if re.match(TIER_PATTERN, tier) else ""


def heads(tiers: Sequence[str], *, chinese: bool) -> list[str]:
    """As an export writes them. `tiers`: in words by which `head_of` finds them."""
    names = [
        _HEADS[column][0] if chinese else column.value for column in Column if column is not Column.STOCK
    ]
    return [*names, *(f"{'售价' if chinese else 'price'}:{tier}" for tier in tiers)]


def cells_of(article: Article, tiers: Sequence[str], *, chinese: bool) -> list[str]:
    """Which `article_in` reads as the same article again."""
    said = {
        Column.SKU: article.sku,
        Column.NAME: article.name,
        Column.CATEGORY: article.category,
        Column.PRICE: plain(article.price),
        Column.MEMBER_PRICE: _plain(article.member_price),
        Column.UNIT: _UNITS[article.measured][0 if chinese else 1],
        Column.BARCODES: " ".join(article.barcodes),
        Column.PLU: "" if article.plu is None else str(article.plu),
        Column.TAX: f"{plain(article.tax_bp)}%",
        Column.PACK: " ".join(article.of),
        Column.LOW: "" if article.low is None else _quantity(article.low, article.measured),
        Column.CYCLE: "" if article.cycle_days is None else str(article.cycle_days),
        Column.USES: "" if article.uses is None else str(article.uses),
        Column.USES_OF: " ".join(article.uses_of),
        Column.USES_DAYS: str(article.uses_days) if article.uses_days else "",
        Column.USES_IN: _spelt(article.uses_in),
        Column.LITRES: "" if article.litres is None else _quantity(article.litres, Measured.CENTILITRE),
        Column.GRADE: article.grade,
        Column.LOCKED: _plain(article.locked),
        Column.VOUCHER: _plain(article.voucher),
    }
    return [*map(quoted, said.values()), *(_plain(article.tier_prices.get(tier)) for tier in tiers)]


def _quantity(counted: int, measured: Measured) -> str:
    unit = UNITS[measured]
    places = len(str(unit)) - 1
    return f"{counted // unit}.{counted % unit:0{places}d}" if places else str(counted)


def _counted(column: str, text: str, measured: Measured) -> int:
    unit = UNITS[measured]
    places = len(str(unit)) - 1
    found = _COUNT.fullmatch(text)
    if found is None or len(found[2] or "") > places:
        what = f"a number with at most {places} places" if places else "a whole number"
        raise BadCell(column, f"{shown(text)} is not {what}" if text else "empty", f"write {what}")
    return int(found[1]) * unit + int((found[2] or "0").ljust(places, "0"))


def _plain(fen: int | None) -> str:
    return "" if fen is None else plain(fen)


def _sku(text: str) -> str:
    if not text:
        raise BadCell(Column.SKU, "empty", "give the article a number of its own")
    if len(text) > _SKU_CHARS_MAX or " " in text:
        raise BadCell(Column.SKU, f"a space, or more than {_SKU_CHARS_MAX} characters", "shorten it")
    check_whole(Column.SKU, text)
    return text


def _name(text: str) -> tuple[str, str]:
    if not text or len(text) > _NAME_CHARS_MAX:
        raise BadCell(Column.NAME, f"empty, or more than {_NAME_CHARS_MAX} characters", "name it shortly")
    return "name", text


def _category(text: str) -> tuple[str, str]:
    if len(text) > _SKU_CHARS_MAX or ":" in text:
        raise BadCell(
            Column.CATEGORY, f"a colon, or more than {_SKU_CHARS_MAX} characters", "name it shortly"
        )
    return "category", text or "-"


def _fen(column: str, text: str) -> int:
    try:
        return amount(text.removeprefix("¥").removeprefix("￥").removesuffix("元"))
    except BadAmount:
        why = f"{shown(text)} is no price from 0.01 to {plain(AMOUNT_MAX)}" if text else "empty"
        raise BadCell(column, why, "write yuan such as 12.50, no other signs") from None


def _price(text: str) -> tuple[str, int]:
    return "price", _fen(Column.PRICE, text)


def _member_price(text: str) -> tuple[str, int | None]:
    return "member_price", _fen(Column.MEMBER_PRICE, text) if text else None


def _unit(text: str) -> tuple[str, Measured]:
    unit = _UNIT_OF.get(text.lower() or "件")
    if unit is None:
        known = ", ".join(names[0] for names in _UNITS.values())
        raise BadCell(Column.UNIT, f"{shown(text)} is no unit that is sold by here", f"write one of {known}")
    return "measured", unit


def _barcodes(text: str) -> tuple[str, tuple[str, ...]]:
    codes = [code for code in _SEPARATORS.split(text) if code]
    if len(codes) > _BARCODES_MAX:
        raise BadCell(Column.BARCODES, f"more than {_BARCODES_MAX}", "leave some out")
    for code in codes:
        check_whole(Column.BARCODES, code)
        if article_number(code) is None:
            why = f"{shown(code)} is no EAN or UPC, or a digit of it is wrong"
            raise BadCell(Column.BARCODES, why, "scan it anew, or leave it empty")
    return "barcodes", tuple(dict.fromkeys(codes))


def _plu(text: str) -> tuple[str, int | None]:
    if not text:
        return "plu", None
    if not re.fullmatch(r"\d{1,9}", text, re.ASCII):
        raise BadCell(
            Column.PLU, f"{shown(text)} is no number of up to 9 digits", "write it as the scale has it"
        )
    return "plu", int(text)


def _tax(text: str) -> tuple[str, int]:
    found = _RATE.fullmatch(text or "0")
    whole, places = found.groups(default="") if found else ("", "")
    rate = int(whole or 0) * 100 + int(places.ljust(2, "0"))
    # Less than one percent is what a spreadsheet keeps of a percentage.
    if found is None or (rate and not _PERCENT <= rate <= 100 * _PERCENT):
        raise BadCell(Column.TAX, f"{shown(text)} is no rate from 1% to 100%", "write it as 13%")
    return "tax_bp", rate


def _pack(text: str) -> tuple[str, tuple[str, ...]]:
    return "of", tuple(one for one in _SEPARATORS.split(text) if one)


def _cycle(text: str) -> tuple[str, int | None]:
    return "cycle_days", _whole(Column.CYCLE, text) if text else None


def _uses(text: str) -> tuple[str, int | None]:
    return "uses", _whole(Column.USES, text) if text else None


def _uses_of(text: str) -> tuple[str, tuple[str, ...]]:
    return "uses_of", _pack(text)[1]


def _uses_days(text: str) -> tuple[str, int]:
    return "uses_days", _whole(Column.USES_DAYS, text) if text else 0


def _spelt(scope: Scope | None) -> str:
    """`S1 S3; 1 2 3 4 5; 09:00-17:00`: sites, weekdays, hours, each of which may be left empty."""
    if scope is None:
        return ""
    hours = f"{scope.opens}-{scope.closes}" if scope.at_hours else ""
    return f"{' '.join(scope.sites)}; {' '.join(map(str, scope.weekdays))}; {hours}".strip()


def _uses_in(text: str) -> tuple[str, Scope | None]:
    if not text:
        return "uses_in", None
    try:
        sites, weekdays, hours = (part.strip() for part in text.replace("；", ";").split(";"))
        opens, closes = (part.strip() for part in (hours or "-").split("-"))
        days = [int(day) for day in weekdays.split()]
        said = {"sites": sites.split(), "weekdays": days, "opens": opens, "closes": closes}
        return "uses_in", convert(said, Scope)
    except ValueError:  # Also of msgspec, about a day or an hour that there is not.
        form = "write it as S1 S3; 1 2 3 4 5; 09:00-17:00, each part may be empty"
        raise BadCell(Column.USES_IN, f"{shown(text)} is no scope", form) from None


def _litres(text: str) -> tuple[str, int | None]:
    return "litres", _counted(Column.LITRES, text, Measured.CENTILITRE) if text else None


def _grade(text: str) -> tuple[str, str]:
    return "grade", text


def _locked(text: str) -> tuple[str, int | None]:
    return "locked", _fen(Column.LOCKED, text) if text else None


def _voucher(text: str) -> tuple[str, int | None]:
    return "voucher", _fen(Column.VOUCHER, text) if text else None


def _whole(column: str, text: str) -> int:
    if not _WHOLE.fullmatch(text):
        raise BadCell(column, f"{shown(text)} is no whole number", "write digits only")
    return int(text)


_READ: Mapping[Column, Callable[[str], tuple[str, Any]]] = {
    Column.NAME: _name,
    Column.CATEGORY: _category,
    Column.PRICE: _price,
    Column.MEMBER_PRICE: _member_price,
    Column.UNIT: _unit,
    Column.BARCODES: _barcodes,
    Column.PLU: _plu,
    Column.TAX: _tax,
    Column.PACK: _pack,
    Column.CYCLE: _cycle,
    Column.USES: _uses,
    Column.USES_OF: _uses_of,
    Column.USES_DAYS: _uses_days,
    Column.USES_IN: _uses_in,
    Column.LITRES: _litres,
    Column.GRADE: _grade,
    Column.LOCKED: _locked,
    Column.VOUCHER: _voucher,
}


def tiers_of(articles: Iterator[Article]) -> list[str]:
    """Which tiers any of them has a price for."""
    return sorted({tier for article in articles for tier in article.tier_prices})
