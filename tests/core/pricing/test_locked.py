"""A locked price, litre by litre, beside what else may be had."""

from __future__ import annotations

from typing import Any

import pytest
from msgspec.structs import replace

from terminal.core.cart import Cart, CartLine, Family, Fill, Grade
from terminal.core.commands import Locked
from terminal.core.locks import Lock, lock_unit
from terminal.core.override import Override
from terminal.core.pricing import Buyer, Priced, Tariff, Visit, priced_with_locks
from terminal.core.values import StaffId
from tests.core.pricing.goods import MILK, tariff

PETROL = Grade(grade="95", name="95号汽油", family=Family.PETROL, price=7_87)
CUT = {"rule": "litre_cut", "cut": {"regular": {"petrol": 10}, "gold": {"petrol": 30}}}
UNIT = lock_unit("95", 7_70)


def lock(left: int, price: int = 7_70, grade: str = "95") -> Lock:
    return Lock(unit=lock_unit(grade, price), grade=grade, price=price, left=left)


def filled(litres: int, fen: int | None = None, price: int = 7_87) -> Cart:
    return Fill(grade=replace(PETROL, price=price), centilitres=litres, fen=fen).cart


def sold(cart: Cart, *locks: Lock, tier: str = "regular", **promotions: dict[str, Any]) -> Priced:
    visit = Visit(business_day="2026-11-09", buyer=Buyer(tier=tier, locks=locks))
    return priced_with_locks(cart, visit, tariff(**{"cut": CUT, **promotions}))


def lines(bill: Priced) -> list[tuple[int, int, list[tuple[str, int]], int]]:
    return [
        (one.quantity, one.gross, [(off.name, off.amount) for off in one.discounts], one.net)
        for one in bill.lines
    ]


def test_the_worked_day_comes_out() -> None:
    bill = sold(filled(40_00, 314_80), lock(200_00))
    assert lines(bill) == [(40_00, 314_80, [("锁价 7.70", 6_80)], 308_00)]
    assert (bill.due, bill.locked) == (308_00, (Locked(place=0, unit=UNIT, litres=40_00),))
    assert bill.places == (0,)
    after = sold(filled(30_00, 232_20, price=7_74), lock(160_00))
    assert lines(after) == [(30_00, 232_20, [("cut", 3_00)], 229_20)]
    assert after.locked == ()


def test_what_passes_the_lock_has_the_price_of_the_tier() -> None:
    bill = sold(filled(40_00, 314_80), lock(15_01))
    assert lines(bill) == [
        (15_01, 118_13, [("锁价 7.70", 2_55)], 115_58),
        (24_99, 196_67, [("cut", 2_50)], 194_17),
    ]
    assert bill.locked == (Locked(place=0, unit=UNIT, litres=15_01),)
    assert bill.places == (0, 0)
    assert sum(one.gross for one in bill.lines) == 314_80


@pytest.mark.parametrize(("left", "parts"), [(39_99, 2), (40_00, 1), (40_01, 1)])
def test_a_fill_that_comes_to_the_end_of_the_lock_is_one_line(left: int, parts: int) -> None:
    bill = sold(filled(40_00, 314_80), lock(left))
    assert len(bill.lines) == parts
    assert [one.litres for one in bill.locked] == [min(left, 40_00)]


@pytest.mark.parametrize(("price", "tier"), [(7_77, "regular"), (7_87, ""), (7_57, "gold")])
def test_a_lock_that_is_no_lower_is_left_as_it_is(price: int, tier: str) -> None:
    bill = sold(filled(40_00, 314_80), lock(10_00, price), tier=tier)
    assert bill == sold(filled(40_00, 314_80), tier=tier)
    assert bill.locked == ()
    assert sold(filled(40_00, 314_80), lock(10_00, price - 1), tier=tier).locked != ()


def test_a_lock_of_another_grade_is_left_as_it_is() -> None:
    assert sold(filled(40_00), lock(200_00, 1, grade="92")) == sold(filled(40_00))
    assert sold(Cart(lines=(CartLine(article=MILK, quantity=1),)), lock(200_00)).locked == ()


def test_the_lowest_of_two_comes_first_and_each_takes_its_own() -> None:
    first, second = lock(10_00, 7_00), lock(10_00, 7_50)
    bill = sold(filled(30_00), first, second)
    assert [(one.place, one.unit, one.litres) for one in bill.locked] == [
        (0, first.unit, 10_00),
        (1, second.unit, 10_00),
    ]
    assert bill.due == 70_00 + 75_00 + 77_70
    assert [one.gross for one in bill.lines] == [78_70, 78_70, 78_70]
    assert bill.places == (0, 0, 0)


def test_the_higher_of_two_is_left_where_the_tiers_price_is_lower() -> None:
    first, second = lock(10_00, 7_00), lock(10_00, 7_80)
    bill = sold(filled(30_00), first, second)
    assert bill.locked == (Locked(place=0, unit=first.unit, litres=10_00),)
    assert [one.quantity for one in bill.lines] == [10_00, 20_00]


def test_one_lock_is_for_one_fill_and_goods_beside_it_stay_in_their_place() -> None:
    fill = filled(20_00).lines[0]
    cart = Cart(lines=(CartLine(article=MILK, quantity=1), fill, fill))
    bill = sold(cart, lock(5_00))
    assert [(one.quantity, one.gross) for one in bill.lines] == [
        (1, 8_90),
        (5_00, 39_35),
        (15_00, 118_05),
        (20_00, 157_40),
    ]
    assert bill.places == (0, 1, 1, 2)
    assert bill.locked == (Locked(place=1, unit=UNIT, litres=5_00),)


def test_what_a_person_changed_or_a_use_pays_has_no_locked_price() -> None:
    fill = filled(20_00).lines[0]
    less = Override(reason="x", by=StaffId("E1"), percent=10)
    for line in (replace(fill, override=less), replace(fill, used="litres:95")):
        assert sold(Cart(lines=(line,)), lock(5_00)).locked == ()


def test_whom_nobody_knows_has_none() -> None:
    cart = filled(20_00)
    assert priced_with_locks(cart, Visit(business_day="2026-11-09"), Tariff()).due == 157_40


def test_it_never_gives_money_back() -> None:
    bill = sold(filled(1_00, 1), lock(1_00, 1), tier="")
    assert (bill.due, len(bill.locked)) == (0, 1)


def test_what_is_counted_without_the_dispensers_amount_is_cut_by_the_price() -> None:
    line = replace(filled(20_00).lines[0], labelled=None)
    bill = sold(Cart(lines=(line,)), lock(5_01))
    assert [one.gross for one in bill.lines] == [39_43, 117_97]


def test_a_discount_that_is_lost_by_it_is_not_given_up_for_it() -> None:
    """Off a sum that the locked price would not reach: nobody pays more for having a lock."""
    order = {"rule": "spend_less", "rungs": [{"reach": 155_40, "less": 50_00}]}
    bill = sold(filled(20_00), lock(200_00), order=order)
    assert (bill.due, bill.locked) == (105_40, ())


def test_where_the_fens_of_two_parts_eat_up_what_is_saved_the_lock_is_left_as_it_is() -> None:
    """Fourteen hundredths at 11 off and four at 10 come to 2 and 0, all of them at 10 to 2."""
    bill = sold(filled(18), lock(14, 7_76))
    assert (len(bill.lines), bill.locked) == (1, ())
    assert sold(filled(14), lock(14, 7_76)).locked != ()


def test_what_uses_pay_takes_nothing_of_the_lock() -> None:
    cart = filled(20_00).poured_ahead(0, "litres:95", 8_00)
    bill = sold(cart, lock(5_00))
    assert [one.quantity for one in bill.lines] == [8_00, 5_00, 7_00]
    assert bill.locked == (Locked(place=1, unit=UNIT, litres=5_00),)
    assert bill.places == (0, 1, 1)


def test_the_dispensers_amount_is_shared_and_not_worked_out_again() -> None:
    bill = sold(filled(40_00, 314_83), lock(10_00))
    assert [one.gross for one in bill.lines] == [78_71, 236_12]


def test_the_second_of_two_ends_with_the_fill() -> None:
    bill = sold(filled(30_00), lock(10_00, 7_00), lock(50_00, 7_50))
    assert [one.litres for one in bill.locked] == [10_00, 20_00]
    assert [one.quantity for one in bill.lines] == [10_00, 20_00]


def test_a_gift_beside_it_has_no_place() -> None:
    gift = {"rule": "spend_get", "reach": 1, "sku": "G", "article": "水", "price": 2_00}
    bill = sold(filled(20_00), lock(5_00), gift=gift)
    assert bill.places == (0, 0, None)
    assert bill.locked == (Locked(place=0, unit=UNIT, litres=5_00),)
