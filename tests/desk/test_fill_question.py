"""Which fill is paid: also one that ends while that is asked, and none is owed twice (product.md C1, C2)."""

from __future__ import annotations

import pytest

from terminal.core.commands import BookSale
from terminal.core.forecourt import Nozzle
from terminal.core.screens import State
from terminal.drivers.virtual.forecourt import Forecourt, Near
from tests.desk.fakes import BADGE, JOIN_CODE, MILK_CODE, Bench

NOZZLES = (Nozzle(number=1, grade="92", price=7_38), Nozzle(number=4, grade="0", price=7_05))
GRADES = ["92", "0"]


def picks(bench: Bench) -> list[str]:
    return [one.value for one in bench.screen.choices if one.do == "pick"]


async def to_the_fill(bench: Bench) -> None:
    await bench.scan(BADGE)
    await bench.scan(JOIN_CODE)
    assert (bench.title, picks(bench)) == ("A new member. Grade and litres?", GRADES)


async def pays_in_cash(bench: Bench) -> BookSale:
    await bench.touch("pick", "cash")
    await bench.touch("pick", bench.screen.choices[0].value)
    await bench.touch("confirm")
    assert bench.state is State.APPROVED
    sale = bench.booked[-1].command
    assert isinstance(sale, BookSale)
    return sale


async def test_a_driver_who_joins_while_the_tank_fills_pays_that_fill() -> None:
    there = Forecourt(*NOZZLES)
    async with Bench(forecourt=Near(there)) as bench:
        await to_the_fill(bench)
        there.by_hand(1, 20_00)
        await bench.time.pass_s(2)
        assert picks(bench) == ["fill:hand-1", *GRADES]
        await bench.touch("pick", "fill:hand-1")
        assert (await pays_in_cash(bench)).record is not None
        await bench.touch("done")
        await bench.time.pass_s(31)
        assert there.open() == []


async def test_beside_goods_too() -> None:
    there = Forecourt(*NOZZLES)
    async with Bench(forecourt=Near(there)) as bench:
        await bench.scan(MILK_CODE)
        await bench.touch("fuel")
        there.by_hand(4, 20_00)
        await bench.time.pass_s(2)
        assert picks(bench) == ["fill:hand-1", *GRADES]


@pytest.mark.parametrize("while_keyed", [False, True])
async def test_litres_that_are_keyed_while_a_fill_ends_are_not_sold_beside_it(while_keyed: bool) -> None:  # noqa: FBT001
    """The dispenser's own record would wait all the same."""
    there = Forecourt(*NOZZLES)
    async with Bench(forecourt=Near(there)) as bench:
        await to_the_fill(bench)
        if not while_keyed:
            there.by_hand(1, 20_00)
        await bench.touch("pick", "92")
        if while_keyed:
            there.by_hand(1, 20_00)
        await bench.key("20")
        assert (bench.screen.code, picks(bench)) == ("A343", ["fill:hand-1", *GRADES])
        await bench.touch("pick", "0")
        await bench.key("5")
        assert bench.title == "How is it paid?", "another one, whose dispenser tells nothing"


async def test_the_screen_stands_while_nothing_comes_and_ends_in_its_time() -> None:
    """Which is longer than that of other questions: a tank fills meanwhile."""
    there, patience_s = Forecourt(*NOZZLES), 300
    there.by_hand(1, 20_00)
    near = Near(there)
    async with Bench(forecourt=near) as bench:
        await bench.scan(BADGE)
        await bench.scan(JOIN_CODE)
        step = bench.screen.step
        near.away = True
        await bench.time.pass_s(patience_s - 1)
        assert (bench.screen.step, picks(bench)) == (step, ["fill:hand-1", *GRADES]), (
            "also of one that is away"
        )
        await bench.time.pass_s(2)
        assert bench.state is State.SAYING
