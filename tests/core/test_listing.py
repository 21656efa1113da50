"""Rows of tables become articles, or say what is wrong with them."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from terminal.core.cart import Article
from terminal.core.cells import BadCell, BadHead, quoted
from terminal.core.commands import Measured
from terminal.core.listing import (
    article_in,
    cells_of,
    check_counts,
    count_in,
    head_of,
    heads,
    tiers_of,
)
from terminal.core.sold import Scope

MILK = Article(
    sku="M01",
    name="纯牛奶",
    category="dairy",
    price=3_50,
    member_price=3_20,
    barcodes=("6901234567892", "96385074"),
    tier_prices={"gold": 3_00},
    plu=12,
    tax_bp=9_00,
    low=6,
)
HEAD = ["货号", "名称", "分类", "售价", "会员价", "单位", "条码", "秤码", "税率", "内含"]


def nobody(_sku: str) -> Article | None:
    return None


def read(head: list[str], *cells: str, known: Article | None = None) -> Article:
    return article_in(head_of(head), cells, lambda sku: known if known and known.sku == sku else None)


def refused(column: str, text: str) -> BadCell:
    row = {"sku": "A1", "name": "茶", "price": "1"} | {column: text}
    with pytest.raises(BadCell) as bad:
        read(list(row), *row.values())
    return bad.value


@pytest.mark.parametrize(
    "head",
    [
        ["货号", "名称", "售价"], ["貨號", "名稱", "售價"], ["SKU", " Name ", "PRICE"],
        ["商品编码", "品名", "零售价"],
    ],
)  # fmt: skip
def test_a_head_may_be_in_any_of_our_languages(head: list[str]) -> None:
    assert read(head, "A1", "茶", "12.5") == Article(sku="A1", name="茶", category="-", price=12_50)


def test_all_that_can_be_said_of_an_article() -> None:
    cells = ("R1", "五常大米", "粮油", "￥6.80", "6元", "公斤", "", "00012", "9%", "")
    assert read(HEAD, *cells) == Article(
        sku="R1", name="五常大米", category="粮油", price=6_80, member_price=6_00, measured=Measured.GRAM,
        plu=12, tax_bp=9_00,
    )  # fmt: skip
    pack = ("P1", "礼盒", "", "99", "", "", "6901234567892;96385074", "", "13", "M01、R1")
    found = read(HEAD, *pack)
    assert (found.barcodes, found.of, found.tax_bp) == (("6901234567892", "96385074"), ("M01", "R1"), 13_00)
    assert read([*HEAD, "售价:VIP"], *pack, "88").tier_prices == {"VIP": 88_00}


def test_a_column_that_is_not_there_changes_nothing_and_an_empty_cell_takes_away() -> None:
    assert read(["货号", "售价"], "M01", "4", known=MILK) == replace(MILK, price=4_00)
    bare = replace(MILK, member_price=None, plu=None, barcodes=(), tier_prices={}, tax_bp=0, low=None)
    head = ["sku", "member price", "plu", "barcodes", "price:gold", "tax", "low"]
    assert read(head, "M01", "", "", "", "", "", "", known=MILK) == bare


@pytest.mark.parametrize(
    ("head", "said"),
    [
        ([], "no column says 货号"), (["name", "price"], "no column says 货号"),
        (["sku"], "nothing but the sku"), (["sku", "price", "售价"], "two columns say 售价"),
        (["sku", "price:a", "售价:a"], "two columns say 售价:a"),
        (["sku", "货号", "price"], "two columns say 货号"),
    ],
)  # fmt: skip
def test_a_head_that_cannot_be_used_takes_no_row(head: list[str], said: str) -> None:
    with pytest.raises(BadHead, match=said):
        head_of(head)


@pytest.mark.parametrize(
    ("cell", "tiers"),
    [
        ("price:gold", {"gold": 1}), ("售价：金卡", {"gold": 1}), ("Price: Gold Card", {"gold": 1}),
        ("price:金", {"金": 1}), ("price:" + "x" * 40, {"x" * 40: 1}), ("price:" + "x" * 41, {}),
        ("price:no tier", {}), ("price:a/b", {}), ("price:", {}),
    ],
)  # fmt: skip
def test_a_price_for_a_tier_is_under_its_id_or_a_word_for_it(cell: str, tiers: dict[str, int]) -> None:
    head = head_of(["sku", cell, "price"], {"金卡": "gold", "Gold Card": "gold"})
    assert head.tiers == tiers
    assert len(head.passed_over) == (not tiers)


def test_one_tier_has_one_price() -> None:
    with pytest.raises(BadHead, match="two columns say 售价:金卡"):
        head_of(["sku", "price:gold", "售价:金卡"], {"金卡": "gold"})


def test_columns_that_say_nothing_we_know_are_told_with_what_may_be_meant() -> None:
    assert head_of(["sku", "price", "colour\x07", "pricee"]).passed_over == (
        "colour?",
        "pricee (did you mean price?)",
    )


@pytest.mark.parametrize("column", ["name", "price"])
def test_a_new_article_needs_a_name_and_a_price(column: str) -> None:
    row = {"sku": "A1", "name": "茶", "price": "1"}
    del row[column]
    with pytest.raises(BadCell, match=f"{column}: the column is missing"):
        read(list(row), *row.values())


@pytest.mark.parametrize(
    ("column", "text", "why"),
    [
        ("price", "", "empty"), ("price", "0", "no price"), ("price", "0.00", "no price"),
        ("price", "-5", "no price"),
        ("price", "12.345", "no price"), ("price", "1,250", "no price"), ("price", "1e9", "no price"),
        ("price", "100000.01", "no price"), ("price", "999999999999999999999", "no price"),
        ("price", "１２", "no price"), ("price", "NaN", "no price"), ("price", "=A1*2", "a formula"),
        ("member price", "free", "no price"), ("name", "", "empty"), ("name", "茶" * 101, "more than 100"),
        ("name", "茶\x00", "cannot be seen"), ("name", "茶\u202e", "cannot be seen"),
        ("name", "x" * 1001, "1000"),
        ("name", '=HYPERLINK("http://x")', "a formula"), ("name", " = 1", "a formula"),
        ("name", "#N/A", "the fault of a formula"), ("category", "#REF!", "the fault of a formula"),
        ("name", "TRUE", "true or false"), ("category", "FALSE", "true or false"),
        ("sku", "TRUE", "true or false"), ("price", "FALSE", "true or false"),
        ("sku", "", "empty"), ("sku", "a b", "a space"), ("sku", "x" * 41, "more than 40"),
        ("sku", "6.90123E+12", "what a spreadsheet made"),
        ("barcodes", "6.90123E+12", "what a spreadsheet made"),
        ("barcodes", "6901234567893", "no EAN"), ("barcodes", "69O1234567892", "no EAN"),
        ("barcodes", "1", "no EAN"),
        ("barcodes", " ".join(["96385074"] * 21), "more than 20"), ("unit", "斤", "no unit"),
        ("unit", "克", "no unit"), ("plu", "-1", "no number"), ("plu", "1234567890", "no number"),
        ("plu", "1.5", "no number"), ("tax", "0.13", "no rate"), ("tax", "101%", "no rate"),
        ("tax", "abc", "no rate"), ("category", "a:b", "a colon"), ("category", "x" * 41, "more than 40"),
        ("low", "-1", "not a whole number"), ("low", "1.5", "not a whole number"),
        ("low", "1234567", "not a"),
    ],
)  # fmt: skip
def test_a_cell_that_cannot_be_used_says_which_why_and_what_to_do(column: str, text: str, why: str) -> None:
    bad = refused(column, text)
    assert bad.column == column
    assert why in bad.why
    assert bad.do
    assert bad.why.isprintable()


def test_a_name_that_only_looks_like_a_fault_or_like_what_is_true_is_one() -> None:
    for name in ("#1茶", "#", "##", "#茶!", "#NAME", "# N/A", "#N/A茶", "True", "true", "TRUE茶", "Err:51"):
        assert read(["sku", "name", "price"], "A1", name, "1").name == name


@pytest.mark.parametrize(
    "fault",
    [
        "#N/A", "#REF!", "#VALUE!", "#DIV/0!", "#NAME?", "#NULL!", "#NUM!", "#SPILL!", "#GETTING_DATA",
        "Err:502", " #N/A ",
    ],
)  # fmt: skip
def test_what_a_spreadsheet_says_of_a_broken_formula_is_no_name(fault: str) -> None:
    bad = refused("name", fault)
    assert (bad.column, bad.why, bad.do) == (
        "name", "the fault of a formula", "type what belongs there, or leave it empty",
    )  # fmt: skip
    bad = refused("tax", "TRUE")
    assert (bad.why, bad.do) == ("true or false, where neither says anything", "type what belongs there")


def test_a_quote_in_front_says_that_it_is_text() -> None:
    assert read(["sku", "name", "price"], "A1", "'=1", "1").name == "=1"
    assert read(["sku", "name", "price"], "A1", "-18度冰块", "1").name == "-18度冰块"
    assert [quoted(text) for text in ("=1", "+1", "-1", "@x", "'=1", "1", "茶'=")] == [
        "'=1", "'+1", "'-1", "'@x", "''=1", "1", "茶'=",
    ]  # fmt: skip
    for wide in ("＝1", "＋1", "－1", "＠x"):
        assert quoted(wide) == f"'{wide}"
        assert read(["sku", "name", "price"], "A1", quoted(wide), "1").name == wide


def test_a_count_is_in_what_the_article_is_counted_in() -> None:
    rice = Article(sku="R1", name="米", category="-", price=1, measured=Measured.GRAM, low=20_000)
    skus = {"M01": MILK, "R1": rice}
    head = head_of(["货号", "库存", "售价"])
    assert count_in(head, ["M01", "7", ""], skus.get) == ("M01", 7)
    assert count_in(head, ["R1", "12.5", ""], skus.get) == ("R1", 12_500)
    assert read(["sku", "low"], "R1", "2.5", known=rice).low == 2_500
    for cells, why in (
        (["X", "1", ""], "not in the catalogue"), (["M01", "1.5", ""], "not a whole number"),
        (["M01", "", ""], "empty"),
        (["R1", "-1", ""], "not a number"), (["R1", "1.2345", ""], "not a number"),
        (["M01", "=1", ""], "a formula"),
    ):  # fmt: skip
        with pytest.raises(BadCell, match=why):
            count_in(head, cells, skus.get)
    check_counts(head)
    with pytest.raises(BadHead, match="no column says 库存"):
        check_counts(head_of(["sku", "price"]))


SCOPES = st.builds(
    Scope,
    sites=st.lists(st.sampled_from(["S1", "S3"]), unique=True).map(tuple),
    weekdays=st.lists(st.integers(1, 7), unique=True).map(tuple),
    opens=st.sampled_from(["", "00:00", "09:30"]),
    closes=st.sampled_from(["", "17:00", "23:59"]),
)


@given(scope=st.none() | SCOPES)
def test_where_and_when_uses_are_good_is_read_as_it_was_exported(scope: Scope | None) -> None:
    card = Article(sku="K", name="卡", category="-", price=1, uses=10, uses_of=("H01",), uses_in=scope)
    head = head_of(heads([], chinese=True))
    assert article_in(head, cells_of(card, [], chinese=True), nobody) == card


@pytest.mark.parametrize(
    ("text", "scope"),
    [
        ("S1 S3; 1 2 3 4 5; -17:00", Scope(sites=("S1", "S3"), weekdays=(1, 2, 3, 4, 5), closes="17:00")),
        (";;09:00 - ", Scope(opens="09:00")),
        ("S1；7；", Scope(sites=("S1",), weekdays=(7,))),
        (";;", Scope()),
        ("", None),
    ],
)
def test_a_scope_is_its_sites_weekdays_and_hours(text: str, scope: Scope | None) -> None:
    card = Article(sku="K", name="卡", category="-", price=1, uses=10, uses_of=("H01",))
    assert read(["sku", "usable at"], "K", text, known=card).uses_in == scope


@pytest.mark.parametrize(
    "text", ["S1", "S1;1", "S1;1;;", ";8;", ";0;", ";x;", ";;9:00-", ";;-24:00", ";;09:00"]
)
def test_what_is_no_scope_is_refused(text: str) -> None:
    card = Article(sku="K", name="卡", category="-", price=1, uses=10, uses_of=("H01",))
    with pytest.raises(BadCell, match="no scope") as bad:
        read(["sku", "usable at"], "K", text, known=card)
    assert (bad.value.column, bad.value.do[:5]) == ("usable at", "write")


HOLDS = ("litres", "grade", "locked price", "voucher", "valid days")


def put(*cells: str) -> tuple[int | None, str, int | None, int | None, int]:
    """What is read under `HOLDS`."""
    found = read(["sku", "name", "price", *HOLDS], "K", "卡", "1", *cells)
    return found.litres, found.grade, found.locked, found.voucher, found.uses_days


def test_fuel_that_is_paid_ahead_a_locked_price_and_a_cash_voucher_are_said_in_columns() -> None:
    assert put("200", "92", "", "", "30") == (200_00, "92", None, None, 30)
    assert put("0.01", "'-10", "7.50元", "", "") == (1, "-10", 7_50, None, 0)
    assert put("", "", "", "￥100", "") == (None, "", None, 100_00, 0)
    assert put("", "", "", "", "") == (None, "", None, None, 0)


def test_an_empty_cell_takes_it_away_and_a_column_that_is_not_there_leaves_it() -> None:
    lock = Article(sku="K", name="卡", category="-", price=1, litres=5, grade="92", locked=7_00)
    voucher = Article(sku="K", name="卡", category="-", price=1, voucher=100)
    assert read(["sku", "name"], "K", "卡", known=lock) == lock
    assert read(["sku", "name"], "K", "卡", known=voucher) == voucher
    assert read(["sku", "locked price"], "K", "", known=lock).locked is None
    assert read(["sku", "voucher"], "K", "", known=voucher).voucher is None
    gone = read(["sku", "litres", "grade", "locked price"], "K", "", "", "", known=lock)
    assert (gone.litres, gone.grade, gone.locked) == (None, "", None)


@pytest.mark.parametrize(
    ("column", "text"),
    [("litres", "1.001"), ("litres", "-1"), ("locked price", "0"), ("locked price", "x"), ("voucher", "0")],
)
def test_what_is_no_volume_or_price_is_refused_by_its_column(column: str, text: str) -> None:
    assert refused(column, f"'{text}").column == column


@pytest.mark.parametrize(
    "cells",
    [
        ("0", "92", "", "", ""),
        ("100000.01", "92", "", "", ""),
        ("200", "", "", "", ""),
        ("", "92", "", "", ""),
        ("", "", "7", "", ""),
        ("200", "92", "", "100", ""),
        ("200", "too-long-a-grade", "", "", ""),
    ],
)
def test_contents_that_do_not_go_together_are_refused(cells: tuple[str, ...]) -> None:
    with pytest.raises(BadCell) as bad:
        put(*cells)
    assert (bad.value.column, bad.value.do) == ("", "correct the row")


PRICES = st.integers(1, 100_000_00)
NAMES = st.text("茶牛 奶ab'=+-@,;\"0", min_size=1, max_size=20).map(lambda text: " ".join(text.split()))
ARTICLES = st.builds(
    Article,
    sku=st.text("ABab019-_='", min_size=1, max_size=12),
    name=NAMES.filter(bool),
    category=st.text("茶牛ab=", min_size=1, max_size=9),
    price=PRICES,
    measured=st.sampled_from(Measured),
    barcodes=st.lists(st.sampled_from(["6901234567892", "96385074"]), unique=True, max_size=2).map(tuple),
    member_price=st.none() | PRICES,
    tier_prices=st.dictionaries(st.sampled_from(["gold", "VIP", "金卡"]), PRICES),
    of=st.lists(st.sampled_from(["M01", "R1"]), max_size=2).map(tuple),
    plu=st.none() | st.integers(0, 10**9 - 1),
    tax_bp=st.just(0) | st.integers(100, 10_000),
    low=st.none() | st.integers(0, 999_999),
)


PUTS: st.SearchStrategy[dict[str, Any]] = st.one_of(
    st.just({}),
    st.fixed_dictionaries(
        {
            "uses": st.integers(1, 1_000),
            "uses_of": st.lists(st.sampled_from(["H01", "H02"]), min_size=1, max_size=2).map(tuple),
            "uses_days": st.integers(0, 36_600),
            "uses_in": st.none() | SCOPES,
        }
    ),
    st.fixed_dictionaries(
        {
            "litres": st.integers(1, 10_000_000),
            "grade": st.sampled_from(["92", "0", "-10", "E92"]),
            "locked": st.none() | PRICES,
            "uses_days": st.integers(0, 36_600),
        }
    ),
    st.fixed_dictionaries({"voucher": PRICES}),
)


@given(article=ARTICLES, puts=PUTS, cycle=st.none() | st.integers(1, 3_660), chinese=st.booleans())
def test_what_is_exported_is_read_as_the_same_article(
    article: Article, puts: dict[str, Any], cycle: int | None, *, chinese: bool
) -> None:
    measured = Measured.PIECE if puts else article.measured
    article = replace(article, **puts, measured=measured, cycle_days=cycle)
    tiers = tiers_of(iter([article]))
    head = head_of(heads(tiers, chinese=chinese))
    assert head.passed_over == ()
    assert article_in(head, cells_of(article, tiers, chinese=chinese), nobody) == article
