"""A dispenser's fill whose sale was voided waits to be paid, as one that was never paid (product.md C7)."""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from terminal.core.commands import (
    PUMP_TEST,
    AtNozzle,
    BookNote,
    BookRelease,
    BookSale,
    BookVoid,
    PumpRecord,
    Pumps,
)
from terminal.core.errors import FillsUnpaid, FillUnclear
from terminal.core.forecourt import release_of, sale_of
from terminal.core.screens import State
from terminal.core.values import EntryId
from terminal.drivers.virtual.forecourt import Forecourt, Near
from tests.desk.fakes import BADGE, MILK_CODE, Bench, FaultyLedger
from tests.desk.test_counter_shift import begin, pick
from tests.desk.test_filling import (
    HAULAGE,
    NOZZLES,
    SHOP,
    bench_of,
    commands,
    notice,
    of_the_company,
    paid_in_cash,
    released,
    sales,
    sold_and_voided,
    voided,
    wang,
)


async def voids(bench: Bench) -> None:
    """The receipt of the last sale, at the counter."""
    receipt = next(one.receipt_no for one in reversed(bench.booked) if isinstance(one.command, BookSale))
    await bench.touch("start", "void")
    await bench.scan(receipt)
    await pick(bench, "keyed_wrong")
    assert "The fill waits under Fuel and join until it is paid" in [
        one.label.text for one in bench.screen.lines
    ]
    await bench.touch("confirm")
    assert bench.state is State.APPROVED
    await bench.touch("done")


async def offered(bench: Bench) -> list[str]:
    """Fills under Fuel and join, as their buttons say them."""
    await bench.scan(BADGE)
    await bench.touch("skip")
    found = [one.label for one in bench.screen.choices if (one.value or "").startswith("fill:")]
    await bench.touch("cancel")
    await bench.touch("done")
    return [label.text.format(**label.values) for label in found]


def last_void(bench: Bench) -> BookVoid:
    *_, void = commands(bench, BookVoid)
    assert isinstance(void, BookVoid)
    return void


async def test_what_was_paid_afterwards_and_is_voided_waits_at_once_and_is_paid_once() -> None:
    there = Forecourt(*NOZZLES)
    bench, _ = bench_of(there)
    async with bench:
        there.by_hand(1, 500)
        await paid_in_cash(bench)
        await bench.time.pass_s(2)
        assert (await offered(bench), there.open()) == ([], [])
        (first,) = sales(bench)
        assert first.record == PumpRecord(nozzle=1, grade="92", price=7_38, centilitres=500, fen=36_90)
        await voids(bench)
        assert len(await offered(bench)) == 1
        await bench.time.pass_s(2)
        assert notice(bench) == FillsUnpaid.code
        await paid_in_cash(bench)
        _, again = sales(bench)
        assert again.id == sale_of(last_void(bench).id)
        assert (again.lines, again.due, again.record) == (first.lines, first.due, first.record)
        await bench.time.pass_s(2)
        assert (await offered(bench), notice(bench)) == ([], "")


async def test_it_waits_as_often_as_it_is_voided_and_at_the_price_of_its_release() -> None:
    there = Forecourt(*NOZZLES)
    bench, _ = bench_of(there)
    async with bench:
        there.by_hand(1, 500)
        there.nozzles[1] = replace(NOZZLES[0], price=9_99)
        for _ in range(3):
            await paid_in_cash(bench)
            await voids(bench)
            assert len(await offered(bench)) == 1
        assert {(one.due, one.lines[0].unit_price) for one in sales(bench)} == {(36_90, 7_38)}
        assert len({one.id for one in sales(bench)}) == 3


async def test_what_was_held_goes_back_at_once_and_the_fill_waits_for_the_counter() -> None:
    there = Forecourt(*NOZZLES)
    bench, _ = bench_of(there)
    async with bench:
        await released(bench, how="sum", much="50")
        await bench.touch("done")
        there.pump(1, 400)
        there.hang(1)
        await bench.time.pass_s(2)
        assert (await wang(bench), await offered(bench)) == (110_00 - 29_52, [])
        await voids(bench)
        await bench.time.pass_s(1)
        assert (await wang(bench), len(await offered(bench))) == (110_00, 1)
        await paid_in_cash(bench)
        assert (sales(bench)[-1].due, await wang(bench)) == (29_52, 110_00)


async def test_a_release_that_the_ledger_refuses_for_good_keeps_no_other_waiting(
    caplog: pytest.LogCaptureFixture,
) -> None:
    there, ledger = Forecourt(*NOZZLES), FaultyLedger()
    bench, _ = bench_of(there, ledger)
    async with bench:
        for much in ("50", "20"):
            await released(bench, how="sum", much=much)
            await bench.touch("done")
            there.pump(1, 100)
            there.hang(1)
            await bench.time.pass_s(2)
        first, second = sales(bench)
        for sale in (first, second):
            undoes = BookVoid(
                id=bench.counter.new_id(), at=bench.session.occasion(), of=sale.id, why="keyed_wrong"
            )
            await ledger.submit(undoes)
        await ledger.submit(
            BookNote(
                id=release_of(EntryId(second.tenders[0].of)),
                at=bench.session.occasion(),
                what="drawer_opened",
            )
        )
        assert await wang(bench) == 110_00 - 50_00 - 20_00
        await bench.time.pass_s(31)
        assert (await wang(bench), notice(bench)) == (110_00 - 20_00, FillUnclear.code)
        await bench.time.pass_s(91)
        tried = [one.hold for one in ledger.submitted if isinstance(one, BookRelease)]
        assert tried == [second.tenders[0].of, first.tenders[0].of], "the last void is looked at first"
        assert caplog.text.count("what a voided fill held stays held") == 1


async def test_a_ledger_that_is_closed_is_asked_again_for_what_a_voided_fill_held(
    caplog: pytest.LogCaptureFixture,
) -> None:
    there, ledger = Forecourt(*NOZZLES), FaultyLedger()
    bench, _ = bench_of(there, ledger)
    async with bench:
        await sold_and_voided(bench, there)
        for times in (1, 2):
            ledger.fails_at = BookRelease
            await bench.time.pass_s(31)
            assert caplog.text.count("fills wait for the ledger") == times, "once, though it is asked on"
            ledger.fails_at = None
            await bench.time.pass_s(31)
            assert (await wang(bench), notice(bench)) == (110_00, FillsUnpaid.code)
            await paid_in_cash(bench)
            await sold_and_voided(bench, there)


async def test_a_record_that_is_not_clear_is_told_of_while_what_a_void_held_cannot_go_back() -> None:
    there, ledger = Forecourt(*NOZZLES), FaultyLedger()
    bench, _ = bench_of(there, ledger)
    async with bench:
        await sold_and_voided(bench, there)
        ledger.fails_at = BookRelease
        right = there.by_hand(1, 100)
        there.fills[right.id] = replace(right, fen=7_46)
        await bench.time.pass_s(35)
        assert notice(bench) == FillUnclear.code


@pytest.mark.parametrize(("days", "waits"), [(1, 1), (31, 1), (32, 0)])
async def test_it_waits_for_a_terminal_that_was_off_since_as_long_as_value_does(
    days: int, waits: int
) -> None:
    there, ledger = Forecourt(*NOZZLES), FaultyLedger()
    first, _ = bench_of(there, ledger)
    async with first:
        there.by_hand(1, 500)
        await paid_in_cash(first)
        await voided(first)
    again, _ = bench_of(there, ledger, run=24 * days)
    async with again:
        assert len(await offered(again)) == waits
        await again.time.pass_s(3)
        assert notice(again) == (FillsUnpaid.code if waits else "")


async def test_one_that_was_paid_again_does_not_wait_after_a_power_cut() -> None:
    there, ledger = Forecourt(*NOZZLES), FaultyLedger()
    first, _ = bench_of(there, ledger)
    async with first:
        there.by_hand(1, 500)
        await paid_in_cash(first)
        await voids(first)
        await paid_in_cash(first)
    again, _ = bench_of(there, ledger, run=1)
    async with again:
        assert await offered(again) == []


async def test_one_whose_controller_did_not_hear_of_the_sale_waits_once() -> None:
    there = Forecourt(*NOZZLES)
    bench, near = bench_of(there)
    async with bench:
        there.by_hand(1, 500)
        await paid_in_cash(bench)
        there.settled.clear()
        await voids(bench)
        assert len(await offered(bench)) == 1
        near.away = True
        assert len(await offered(bench)) == 1, "nobody need answer for what the journal knows"


async def test_what_turns_out_to_be_a_pump_test_waits_no_more() -> None:
    there = Forecourt(*NOZZLES)
    bench, _ = bench_of(there)
    async with bench:
        there.by_hand(1, 10_00)
        await paid_in_cash(bench)
        await voids(bench)
        await begin(bench, "tested", "1")
        await pick(bench, last_void(bench).id)
        await bench.touch("confirm")
        await bench.scan(BADGE)
        await bench.touch("done")
        note = bench.booked[-1].command
        assert isinstance(note, BookNote)
        tested = Pumps(tested=(AtNozzle(nozzle=1, grade="92", centilitres=10_00),))
        assert (note.what, note.pumps) == (PUMP_TEST, tested)
        assert await offered(bench) == []


async def test_what_was_keyed_by_hand_does_not_wait() -> None:
    there = Forecourt(*NOZZLES)
    bench, _ = bench_of(there)
    async with bench:
        await bench.scan(BADGE)
        await bench.touch("skip")
        await bench.touch("pick", "92")
        await bench.key("10")
        await bench.touch("pick", "cash")
        await bench.key("100")
        await bench.touch("confirm")
        await bench.touch("done")
        (sale,) = sales(bench)
        assert sale.record is None
        await voided(bench)
        await bench.time.pass_s(31)
        assert (await offered(bench), notice(bench)) == ([], "")


async def test_of_goods_and_fuel_on_one_bill_the_fuel_waits() -> None:
    there = Forecourt(*NOZZLES)
    bench, _ = bench_of(there)
    async with bench:
        there.by_hand(1, 500)
        await bench.touch("start", "checkout")
        await bench.scan(MILK_CODE)
        await bench.touch("fuel")
        await bench.touch("pick", "fill:hand-1")
        await bench.touch("done")
        await bench.touch("skip")
        await bench.key("100")
        await bench.touch("confirm")
        await bench.touch("done")
        (sale,) = sales(bench)
        assert [line.sku for line in sale.lines][-1] == "fuel-92"
        assert len(sale.lines) == 2
        await voided(bench)
        await bench.time.pass_s(31)
        assert len(await offered(bench)) == 1
        await paid_in_cash(bench)
        assert [line.sku for line in sales(bench)[-1].lines] == ["fuel-92"]


async def test_of_a_companys_fill_the_credit_goes_back_and_the_fuel_waits() -> None:
    there = Forecourt(*NOZZLES)
    async with Bench(policy=replace(SHOP, companies=(HAULAGE,)), forecourt=Near(there)) as bench:
        await of_the_company(bench)
        there.pump(1, 400)
        there.hang(1)
        await bench.time.pass_s(2)
        (sale,) = sales(bench)
        assert sale.record is not None
        await voided(bench)
        await bench.time.pass_s(31)
        assert len(await offered(bench)) == 1
