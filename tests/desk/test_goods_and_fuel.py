"""Goods beside fuel at a running counter: one bill, paid once, and what each unlocks for the other."""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from terminal.core.commands import BookSale, TenderKind
from terminal.core.forecourt import sale_of
from terminal.core.pricing import parsed
from terminal.core.screens import State
from terminal.drivers.virtual.forecourt import Forecourt, Near
from tests.desk.fakes import MILK_CODE, Bench
from tests.desk.test_filling import NOZZLES
from tests.flows.shop import POLICY, WANG_CARD

BY_GOODS = {
    "rule": "spend_coupon",
    "name": "for goods",
    "reach": 7_00,
    "categories": ["dairy"],
    "kind": "c5",
    "face": 5_00,
    "threshold": 150_00,
    "count": 1,
    "use_days": 30,
}
BY_FUEL = BY_GOODS | {
    "name": "for fuel",
    "reach": 70_00,
    "categories": ["petrol"],
    "kind": "tea",
    "face": 2_00,
}
TARIFF = parsed([("by_goods", BY_GOODS), ("by_fuel", BY_FUEL)])[0]


def dos(bench: Bench) -> list[str]:
    return [one.do for one in bench.screen.choices]


def sales(bench: Bench) -> list[BookSale]:
    return [one.command for one in bench.booked if isinstance(one.command, BookSale)]


async def with_fill(bench: Bench, *goods: str) -> None:
    await bench.touch("start", "checkout")
    for code in goods:
        await bench.scan(code)
    await bench.touch("fuel")
    await bench.touch("pick", "fill:hand-1")
    assert bench.state is State.CART


async def pays(bench: Bench, cash: str) -> None:
    await bench.touch("done")
    await bench.tap(WANG_CARD)
    await bench.touch("pick", "cash")
    await bench.key(cash)
    await bench.touch("confirm")


async def test_a_fill_and_goods_are_paid_once_and_each_unlocks_a_coupon_for_the_other() -> None:
    there = Forecourt(*NOZZLES)
    there.by_hand(1, 10_00)
    async with Bench(forecourt=Near(there), tariff=TARIFF) as bench:
        await with_fill(bench, MILK_CODE, MILK_CODE)
        assert bench.screen.amount == "¥80.80"
        assert dos(bench) == ["done", "find", "cancel"], "neither parked nor two"
        await pays(bench, "100")
        (sale,) = sales(bench)
        assert (sale.id, sale.due) == (sale_of("hand-1"), 80_80)
        assert [tender.kind for tender in sale.tenders] == [TenderKind.CASH]
        assert {one.family: one.points for one in sale.points} == {"goods": 7, "petrol": 10}
        assert [one.kind for one in sale.coupons] == ["tea", "c5"]
        await bench.touch("done")
        await bench.time.pass_s(31)
        assert there.open() == [], "the nozzle is free"
        await bench.touch("start", "checkout")
        await bench.touch("fuel")
        assert "fill:hand-1" not in [one.value for one in bench.screen.choices]


@pytest.mark.parametrize(
    ("litres", "pieces", "kinds"), [(9_48, 1, []), (9_49, 1, ["tea"]), (9_48, 2, ["c5"])]
)
async def test_goods_unlock_nothing_by_fuel_and_fuel_nothing_by_goods(
    litres: int, pieces: int, kinds: list[str]
) -> None:
    """9.48 litres come to 69.96 yuan, 9.49 to 70.04."""
    there = Forecourt(*NOZZLES)
    there.by_hand(1, litres)
    async with Bench(forecourt=Near(there), tariff=TARIFF) as bench:
        await with_fill(bench, *[MILK_CODE] * pieces)
        await pays(bench, "100")
        assert [one.kind for one in sales(bench)[0].coupons] == kinds


async def test_a_fill_is_taken_out_and_waits_again() -> None:
    there = Forecourt(*NOZZLES)
    there.by_hand(1, 10_00)
    async with Bench(forecourt=Near(there)) as bench:
        await with_fill(bench, MILK_CODE)
        await bench.touch("remove", bench.screen.lines[-1].ref)
        assert bench.screen.amount == "¥3.50"
        assert dos(bench) == ["done", "find", "fuel", "park", "cancel"]
        await bench.touch("fuel")
        assert "fill:hand-1" in [one.value for one in bench.screen.choices]


async def test_litres_are_keyed_where_no_dispenser_recorded_them() -> None:
    async with Bench() as bench:
        await bench.touch("start", "checkout")
        await bench.touch("fuel")
        await bench.touch("pick", "92")
        await bench.key("10")
        await bench.scan(MILK_CODE)
        assert bench.screen.amount == "¥77.30"
        await pays(bench, "100")
        assert [one.quantity for one in sales(bench)[0].lines] == [10_00, 1]


async def test_a_shop_without_grades_sells_no_fuel() -> None:
    async with Bench(policy=replace(POLICY, grades=())) as bench:
        await bench.touch("start", "checkout")
        await bench.scan(MILK_CODE)
        assert dos(bench) == ["done", "find", "park", "cancel"]
