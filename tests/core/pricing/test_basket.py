"""How packs are taken out of a cart."""

from __future__ import annotations

from typing import Any

from tests.core.pricing.goods import BOX, CREAM, DURIAN, MILK, sold, taken

BUNDLE = {"rule": "pack", "price": 21_70, "contents": [["X", 1], ["Y", 1]]}


def due(*goods: Any, **promotions: dict[str, Any]) -> int:
    return sold(*goods, **promotions).due


def test_one_of_two_that_there_are_goods_for_may_be_the_best() -> None:
    free = {"rule": "nth_item", "nth": 2, "pay": 0, "skus": ["Y"]}
    assert due((BOX, 2), (MILK, 3), pack=BUNDLE, free=free) == 21_70 + 15_80 + 8_90


def test_what_costs_as_much_as_its_goods_is_not_taken() -> None:
    same = {**BUNDLE, "price": 24_70}
    assert sold((BOX, 1), (MILK, 1), pack=same).touched == ()
    other = {"rule": "pack", "price": 8_90, "contents": [["Y", 1]]}
    assert sold((BOX, 1), (MILK, 2), a=BUNDLE, b=other).touched == ("a",)


def test_it_takes_nothing_that_is_not_there() -> None:
    cheap = {**BUNDLE, "price": 1_00, "contents": [["X", 1], ["Y", 2]]}
    assert due((BOX, 3), pack=cheap) == 3 * 15_80
    assert due((BOX, 3), (MILK, 1), pack=cheap) == 3 * 15_80 + 8_90
    assert due((MILK, 2), pack=cheap) == 2 * 8_90
    assert due((BOX, 1), (MILK, 5), pack=cheap) == 1_00 + 3 * 8_90
    assert due((BOX, 3), (MILK, 4), pack=cheap) == 2_00 + 15_80


def test_pieces_of_one_article_on_two_lines_count_together() -> None:
    three = {"rule": "pack", "price": 20_00, "contents": [["Y", 3]]}
    bill = sold((MILK, 1), (BOX, 1), (MILK, 2), pack=three)
    assert bill.due == 20_00 + 15_80
    assert [(line.sku, line.quantity) for line in bill.lines] == [("Y", 1), ("Y", 2), ("X", 1)]


def test_what_is_weighed_is_in_no_pack() -> None:
    fruit = {"rule": "pack", "price": 1, "contents": [["D", 1]]}
    assert due((DURIAN, 1000), pack=fruit) == 51_60


def test_what_it_does_not_take_stays_as_it_is() -> None:
    bill = sold((DURIAN, 2745), (BOX, 1), (MILK, 1), (CREAM, 1), pack=BUNDLE)
    assert [line[1] for line in taken(bill)] == [141_64, 15_80, 8_90, 198_00]
    assert bill.due == 141_64 + 21_70 + 198_00
