"""A free drink at a running counter: told with the card, off the bill, on the receipt, not a second time."""

from __future__ import annotations

from typing import Any

from terminal.core.commands import BookSale, Had
from terminal.core.screens import State
from tests.core.pricing.goods import tariff
from tests.desk.fakes import BREAD_CODE, MILK_CODE, Bench
from tests.flows.shop import BREAD, MILK, WANG_CARD

DRINK = {"rule": "entitled", "name": "赠饮", "to": "drink", "skus": [MILK.sku]}
MONTHLY = {**DRINK, "limit": {"each": "month", "times": 2}}


def notes(bench: Bench) -> list[str]:
    assert bench.screen.holder is not None
    return [one.text.format(**one.values) for one in bench.screen.holder.notes]


def shown(bench: Bench) -> list[str]:
    return [line.label.text.format(**line.label.values) for line in bench.screen.lines]


def shop(**said: Any) -> Bench:
    return Bench(tariff=tariff(drink={**MONTHLY, **said}))


async def scans(bench: Bench, *codes: str) -> None:
    await bench.scan(*codes)
    await bench.touch("done")
    await bench.tap(WANG_CARD)


async def pays(bench: Bench) -> BookSale:
    await bench.touch("pick", "stored")
    await bench.touch("confirm")
    assert bench.state is State.APPROVED
    await bench.touch("done")
    sale = bench.booked[-1].command
    assert isinstance(sale, BookSale)
    return sale


async def test_it_is_told_taken_off_counted_and_not_had_again() -> None:
    async with shop() as bench:
        await scans(bench, MILK_CODE, MILK_CODE, MILK_CODE, BREAD_CODE)
        assert notes(bench)[-1] == "赠饮: 2 left"
        assert "赠饮: 2 of 2" in shown(bench)
        sale = await pays(bench)
        month = bench.session.occasion().business_day[:7]
        had = Had(what="drink", period=month, name="赠饮", count=2, most=2, left=0, places=(0,))
        assert (sale.had, sale.due) == ((had,), MILK.price + BREAD.price)
        await scans(bench, MILK_CODE)
        assert notes(bench)[-1] == "赠饮: no more this month"
        assert "赠饮: no more this month" in shown(bench)
        assert (await pays(bench)).had == ()


async def test_what_is_undone_can_be_had_again() -> None:
    async with shop() as bench:
        await scans(bench, MILK_CODE, MILK_CODE, BREAD_CODE)
        await pays(bench)
        number = bench.booked[-1].receipt_no
        await bench.touch("start", "void")
        await bench.key(number)
        await bench.touch("pick", bench.screen.choices[0].value)
        await bench.touch("confirm")
        assert bench.state is State.APPROVED
        await bench.touch("done")
        await scans(bench, MILK_CODE, BREAD_CODE)
        assert notes(bench)[-1] == "赠饮: 2 left"
        assert (await pays(bench)).had[0].left == 1


async def test_where_nothing_is_had_only_so_often_nothing_is_told() -> None:
    async with Bench(tariff=tariff(half={"rule": "percent_off", "pay": 50})) as bench:
        await scans(bench, MILK_CODE)
        assert all("left" not in one for one in notes(bench))
        assert (await pays(bench)).had == ()
