"""Fuel earns whoever scanned a badge for it, whoever is at the drawer (product.md C6)."""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from terminal.core.commands import BookSale, Commission
from terminal.core.commission import Rate, credited
from terminal.core.companies import Company, CompanyCard
from terminal.core.screens import State
from terminal.core.values import StaffId
from terminal.drivers.virtual.forecourt import Forecourt, Near
from tests.desk.fakes import BADGE, Bench
from tests.desk.test_filling import NOZZLES, SHOP, released
from tests.flows.shop import STRANGER

TRUCK = CompanyCard(card="truck-7", number=STRANGER.number)
RATED = replace(
    SHOP,
    commissions=(Rate(category="petrol", bp=1_00),),
    companies=(Company(company="haulage", name="运输", cards=(TRUCK,)),),
)
THEIRS = StaffId("E01")
"""Whose badge it is; E00 is at the drawer."""


def counter() -> tuple[Bench, Forecourt]:
    there = Forecourt(*NOZZLES)
    return Bench(policy=RATED, forecourt=Near(there)), there


def earned(bench: Bench) -> list[Commission | None]:
    sale = bench.booked[-1].command
    assert isinstance(sale, BookSale)
    return [line.commission for line in sale.lines]


async def test_what_is_paid_afterwards_earns_them() -> None:
    bench, there = counter()
    async with bench:
        there.by_hand(1, 1_000)
        await bench.scan(BADGE)
        await bench.touch("skip")
        await bench.touch("pick", "fill:hand-1")
        await bench.touch("pick", "cash")
        await bench.key("100")
        await bench.touch("confirm")
        assert bench.state is State.APPROVED
        assert earned(bench) == [Commission(by=THEIRS, amount=74)]


async def test_so_does_what_was_held_for() -> None:
    bench, there = counter()
    async with bench:
        await released(bench, how="sum", much="50")
        there.pump(1, 400)
        there.hang(1)
        await bench.time.pass_s(2)
        assert earned(bench) == [Commission(by=THEIRS, amount=30)]


@pytest.mark.parametrize("ahead", [True, False])
async def test_and_what_a_company_pays(ahead: bool) -> None:  # noqa: FBT001  a column
    bench, there = counter()
    async with bench:
        await bench.touch("start", "company")
        await bench.touch("pick", "credit")
        await bench.key("500")
        await bench.touch("confirm")
        await bench.touch("done")
        if ahead:
            await bench.touch("start", "release")
            await bench.scan(BADGE)
            for answer in ("1", "full"):
                await bench.touch("pick", answer)
            await bench.tap(STRANGER)
            await bench.touch("confirm")
            there.pump(1, 1_000)
            there.hang(1)
            await bench.time.pass_s(2)
        else:
            there.by_hand(1, 1_000)
            await bench.scan(BADGE)
            await bench.tap(STRANGER)
            await bench.touch("pick", "fill:hand-1")
            await bench.touch("confirm")
        assert earned(bench) == [Commission(by=THEIRS, amount=74)]


async def test_what_earns_nobody_anything_stays_so() -> None:
    bench, there = counter()
    async with bench:
        there.by_hand(4, 1_000)
        await bench.scan(BADGE)
        await bench.touch("skip")
        await bench.touch("pick", "fill:hand-1")
        await bench.touch("pick", "cash")
        await bench.key("100")
        await bench.touch("confirm")
        assert earned(bench) == [None]
        sale = bench.booked[-1].command
        assert isinstance(sale, BookSale)
        assert credited(sale.lines, THEIRS) == sale.lines
