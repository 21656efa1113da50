"""What is booked after a Z and before anybody has counted the drawer in (product.md B12, C9)."""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from terminal.core.commands import BookJoin, BookSale, BookShiftOpen
from terminal.core.errors import LedgerClosed, OutcomeUnknown
from terminal.core.figures import Tallied
from terminal.core.policy import Policy
from terminal.core.screens import State
from terminal.core.values import StaffId
from terminal.drivers.virtual.forecourt import Forecourt, Near
from tests.desk.fakes import Bench
from tests.desk.test_counter_members import SALON, asked
from tests.desk.test_counter_shift import TWO, begin, closed_once, closes, counts, opens, pick
from tests.desk.test_filling import NOZZLES, SHOP, released

COUNTED: Policy = replace(SHOP, shift_required=True)


def station(there: Forecourt, policy: Policy) -> Bench:
    return Bench(policy=policy, forecourt=Near(there), settings=TWO)


async def closes_in_flow(bench: Bench, there: Forecourt) -> None:
    """Four litres have flowed of what is held when the shift of E02 is closed; 40 yuan stay."""
    await closed_once(bench, "0")
    await opens(bench, "100")
    await bench.touch("done")
    await released(bench, how="sum", much="50")
    await bench.touch("done")
    there.pump(1, 400)
    for number in (1, 4):
        there.nozzles[number] = replace(there.nozzles[number], total=100_00)
    await closes(bench, "100", "40")
    await bench.touch("done")


def there_are() -> Forecourt:
    return Forecourt(*(replace(one, total=96_00) for one in NOZZLES))


async def test_a_fill_that_ends_then_begins_no_shift_that_somebody_is_to_count_in() -> None:
    there = there_are()
    async with station(there, COUNTED) as bench:
        await closes_in_flow(bench, there)
        there.hang(1)
        await bench.time.pass_s(31)
        sale = bench.booked[-1].command
        assert isinstance(sale, BookSale)
        assert (sale.at.shift, sale.at.operator) == ("T1-3", "E01")
        assert not (await bench.ledger.shift_now("T1")).open
        await opens(bench, "40")
        opened = bench.booked[-1].command
        assert isinstance(opened, BookShiftOpen)
        assert (opened.at.shift, opened.at.operator, opened.opening_cash) == ("T1-3", "E02", 40_00)
        await bench.touch("done")
        await closes(bench, "40")
        figures = await bench.ledger.figures(bench.booked[-1].command.id)
        assert (figures.sales.count, figures.expected, figures.over) == (1, 40_00, 0)
        assert (figures.filling.count, figures.was_filling) == (0, Tallied(count=1, amount=50_00))


@pytest.mark.parametrize("policy", [replace(SALON, shift_required=True), replace(SALON, shift_by_pin=True)])
async def test_who_joins_then_begins_none_either(policy: Policy) -> None:
    async with Bench(policy=policy) as bench:
        await closed_once(bench, "0")
        await asked(bench, card=False)
        await bench.touch("confirm")
        assert isinstance(bench.booked[-1].command, BookJoin)
        await bench.touch("done")
        now = await bench.ledger.shift_now("T1")
        assert (now.shift, now.open) == ("T1-2", False)
        assert "checkout" not in {one.value for one in bench.screen.choices}


async def test_a_fill_that_ends_while_somebody_counts_leaves_the_shift_to_them() -> None:
    there = there_are()
    async with station(there, SHOP) as bench:
        await closes_in_flow(bench, there)
        await bench.touch("start", "shift")
        await pick(bench, "E02")
        await counts(bench, "40")
        there.hang(1)
        await bench.time.pass_s(31)
        assert isinstance(bench.booked[-1].command, BookSale)
        await bench.touch("confirm")
        assert (bench.state, bench.title) == (State.APPROVED, "The shift is open. Close the drawer.")
        assert bench.booked[-1].command.at.operator == StaffId("E02")


async def test_where_none_is_counted_in_it_begins_with_that_fill() -> None:
    there = there_are()
    async with station(there, SHOP) as bench:
        await closes_in_flow(bench, there)
        there.hang(1)
        await bench.time.pass_s(31)
        opened, sale = (one.command for one in bench.booked[-2:])
        assert isinstance(opened, BookShiftOpen)
        assert (opened.opening_cash, opened.at.shift, sale.at.shift) == (40_00, "T1-3", "T1-3")
        await begin(bench, "close")


async def test_what_is_sold_beside_while_the_shift_is_being_closed_is_on_a_z() -> None:
    there = there_are()
    async with station(there, SHOP) as bench:
        await closed_once(bench, "0")
        await opens(bench, "100")
        await bench.touch("done")
        await released(bench, how="sum", much="50")
        await bench.touch("done")
        there.pump(1, 400)
        await begin(bench, "close")
        await counts(bench, "100")
        await bench.key("40")
        bench.ledger.fails = [OutcomeUnknown("fsync")]
        bench.ledger.books_although = True
        bench.ledger.look_up_fails = [LedgerClosed("the disk rests")] * 5
        await bench.touch("confirm")
        bench.ledger.books_although = False
        there.hang(1)
        await bench.time.pass_s(3)
        assert bench.state is State.PROCESSING
        assert not any(isinstance(one.command, BookSale) for one in bench.booked), "nobody knows on which"
        await bench.time.pass_s(12)
        assert bench.state is State.APPROVED
        await bench.touch("done")
        await bench.time.pass_s(2)
        (sale,) = [one.command for one in bench.booked if isinstance(one.command, BookSale)]
        assert sale.at.shift == "T1-3"
