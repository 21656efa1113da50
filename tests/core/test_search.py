from __future__ import annotations

import re

import pytest

from terminal.core import initials as core_initials
from terminal.core.cart import Article
from terminal.core.initials import _OTHERWISE, _SURNAMES, WAYS_MAX, initials, initials_of_name, readings
from terminal.core.search import Index

APPLE = Article(sku="A01", name="红富士苹果", category="fruit", price=1, plu=10001)
DURIAN = Article(sku="D01", name="榴莲", category="fruit", price=1, barcodes=("6901234567892",))
WATER = Article(sku="W10", name="Spring Water 550 ml", category="drinks", price=1)
ICE = Article(sku="B7", name="冰水", category="drinks", price=1)
UNREAD = chr(0x4E00 + core_initials._LETTERS.index("-"))
"""Of the block, and nobody knows how it is read."""
INDEX = Index([APPLE, DURIAN, WATER, ICE])


def found(typed: str, at_most: int = 9) -> list[str]:
    return [article.sku for article in INDEX.find(typed, at_most)]


@pytest.mark.parametrize(
    ("text", "letters"),
    [("红富士苹果", "hfspg"), ("榴莲", "ll"), ("脐橙 1kg", "qc1kg"), ("Spring-Water", "springwater"),
     ("阿座", "az"), ("齄", "z"), ("，☂é", ""), ("龘", "d"), ("張偉", "zw"), ("黃志強", "hzq"),
     ("陈玥", "cy"),
     ("㐀\u4dff\u9fa6", ""), ("一龥", "yy"), ("龤", "x"), ("", "")],
)  # fmt: skip
def test_first_letters(text: str, letters: str) -> None:
    assert initials(text) == letters


@pytest.mark.parametrize(
    ("name", "ways"),
    [
        ("王小明", "wxm"), ("曾国强", "zgq cgq"), ("曾", "z c"), ("小查", "xc"), ("小曾", "xc xz"),
        ("單田芳", "stf dtf"), ("尉迟恭", "ycg wcg"), ("尉", "w"), ("单于", "cy dy"), ("乐嘉", "yj lj"),
        ("Zoe 查", "zoec"), ("", ""), ("阚明", "km hm"), ("粘明", "nm zm"), ("张长江", "zzj zcj"),
        ("陈长生", "czs ccs"), ("王靓", "wj wl"), ("李晟", "lc ls"), ("么明", "ym mm"), ("佴明", "nm em"),
        ("郇明", "xm hm"), ("炅明", "gm jm"), ("何炅", "hj"), ("适明", "km sm"), ("藏明", "zm cm"),
        ("长", "z c"), ("曾长乐", "zzl zzy zcl zcy czl czy ccl ccy"), ("尉迟乐", "ycl ycy wcl wcy"),
        ("王乐乐", "wll wly wyl wyy"), ("行", "x h"), ("ANN", "ann"), ("李茜", "lq lx"), ("李重", "lz lc"),
        ("刘焘", "ld lt"), ("刘燾", "ld lt"), ("费明", "bm fm"), ("郄明", "xm qm"), ("番明", "pm fm"),
        ("镡明", "tm cm"), ("王箐", "wq wj"), ("李澹", "ld lt"), ("何侗", "hd ht"), ("李泌", "lm lb"),
        ("萬俟明", "mqm wqm"), ("王䶮", "wy"), ("㛃", "j"), ("王㐀", "w"), (f"王{UNREAD}", "w"),
        ("王龥", "wy"), ("王龦", "w"),
    ],
)  # fmt: skip
def test_a_name_that_is_read_in_several_ways_has_all(name: str, ways: str) -> None:
    assert initials_of_name(name) == ways


@pytest.mark.parametrize(
    ("typed", "skus"),
    [
        ("红富", ["A01"]), ("苹果", ["A01"]), ("HFS", ["A01"]), ("pg", ["A01"]), ("ll", ["D01"]),
        ("a01", ["A01"]), ("10001", ["A01"]), ("69012", ["D01"]), ("spring w", ["W10"]), ("water", ["W10"]),
        ("01", ["A01", "D01"]), ("b", ["B7"]), ("水", ["B7"]), ("zz", []), ("", []),
        ("  ", []), ("\t", []), ("\n", []),
    ],
)  # fmt: skip
def test_an_article_is_found_by_name_letters_or_code(typed: str, skus: list[str]) -> None:
    assert found(typed) == skus


def test_what_begins_so_comes_first() -> None:
    assert found("w") == ["W10"]
    assert found("s") == ["W10", "A01", "B7"]
    assert found("1") == ["A01", "D01", "W10"]


def test_no_more_than_a_screen_holds() -> None:
    assert found("0", 2) == ["A01", "D01"]
    many = Index([Article(sku=f"S{at}", name="水", category="c", price=1) for at in range(50)])
    assert [article.sku for article in many.find("s", 3)] == ["S0", "S1", "S2"]
    assert len(many.find("水", 50)) == 50


def test_an_empty_catalogue_has_nothing() -> None:
    assert Index([]).find("a", 9) == []


def test_a_name_of_many_doubts_has_as_many_ways_as_are_kept() -> None:
    ways = initials_of_name("乐" * 40).split()
    assert len(ways) == len(set(ways)) == WAYS_MAX
    assert ways[0] == "y" + "l" * 39


@pytest.mark.parametrize(
    "table", ["_SURNAMES", "_OTHERWISE", "_DOUBLE", "_BEYOND", "_LETTERS", "_RULES", "WAYS_MAX"]
)
def test_what_was_learnt_is_known_by_another_name(monkeypatch: pytest.MonkeyPatch, table: str) -> None:
    before = readings()
    assert before == readings()
    assert re.fullmatch("[0-9a-f]{16}", before)
    was = getattr(core_initials, table)
    more: object = {**was, "明": "q"} if isinstance(was, dict) else was * 2
    readings.cache_clear()
    monkeypatch.setattr(core_initials, table, more)
    assert readings() != before
    monkeypatch.undo()
    readings.cache_clear()
    assert readings() == before


def test_each_other_reading_is_another() -> None:
    for one, letter in [*_SURNAMES.items(), *_OTHERWISE.items()]:
        assert initials(one) not in {"", letter}
        assert len(initials_of_name(one).split()) > 1
