"""Receipts: one original of what was committed a moment ago; everything in doubt says DUPLICATE."""

from __future__ import annotations

import asyncio

import pytest
from msgspec.structs import replace

from terminal.core.errors import CoverOpen, PaperOut, PrinterFault, PrinterSilent
from terminal.core.events import DeviceHealth
from terminal.core.screens import State
from terminal.desk.printing import DOUBTS_MAX, FIRST_CHECK_MS, QUEUE_MAX
from terminal.drivers.codecs.escpos import Profile
from tests.desk.fakes import BREAD_CODE, SETTINGS, Bench, FakePrinter, FaultyLedger, settled
from tests.flows.shop import WANG_CARD


async def sell(bench: Bench) -> None:
    """One sale from the card, up to the approved screen."""
    await bench.to_confirm(WANG_CARD)
    await bench.touch("confirm")
    assert bench.state is State.APPROVED


async def reported(bench: Bench) -> list[str]:
    await settled()
    return bench.ledger.reported


async def sold_and_lost_power() -> FaultyLedger:
    """A ledger with one sale that nobody printed."""
    async with Bench() as bench:
        bench.printer.gate = asyncio.Event()
        await sell(bench)
        assert bench.printer.paper == []
        return bench.ledger


async def test_a_sale_prints_one_original_and_reports_it() -> None:
    async with Bench() as bench:
        await sell(bench)
        assert bench.printer.copies == ["original"]
        assert "牛奶" in bench.printer.paper[0]
        assert await reported(bench) == ["printed"]


async def test_nothing_is_printed_of_what_was_not_booked() -> None:
    async with Bench() as bench:
        await bench.to_confirm(WANG_CARD)
        await bench.touch("cancel")
        assert bench.printer.paper == []


async def test_the_next_customer_does_not_wait_for_paper() -> None:
    async with Bench() as bench:
        bench.printer.gate = asyncio.Event()
        await sell(bench)
        await bench.touch("done")
        await bench.scan(BREAD_CODE)
        assert bench.state is State.CART
        bench.printer.gate.set()
        await settled()
        assert bench.printer.copies == ["original"]


async def test_reprint_says_duplicate_every_time() -> None:
    async with Bench() as bench:
        await sell(bench)
        await bench.touch("reprint")
        assert bench.state is State.APPROVED
        await bench.touch("done")
        assert await bench.touch("reprint")
        await bench.touch("done")
        assert bench.printer.copies == ["original", "duplicate", "duplicate"]


async def test_there_is_nothing_to_reprint_before_the_first_receipt() -> None:
    async with Bench() as bench:
        assert not await bench.touch("reprint")


@pytest.mark.parametrize("fault", [PaperOut, CoverOpen, PrinterSilent, PrinterFault])
async def test_a_printer_that_took_nothing_prints_the_original_when_it_is_back(
    fault: type[PrinterFault],
) -> None:
    async with Bench() as bench:
        bench.printer.fails = [fault("0x60", sent=False)] * 3
        await sell(bench)
        assert bench.printer.paper == []
        status = bench.counter.view().status
        assert status.notice is not None
        assert (status.notice.text, status.notice_code) == (fault.for_attendant, fault.code)
        assert {one.name: one.health for one in status.devices}["receipts"] is DeviceHealth.DOWN
        await bench.time.pass_s(60)
        assert bench.printer.copies == ["original"]
        assert await reported(bench) == ["printed"]
        status = bench.counter.view().status
        assert (status.notice, status.notice_code) == (None, "")
        assert {one.name: one.health for one in status.devices}["receipts"] is DeviceHealth.READY


async def test_what_may_be_on_paper_already_comes_out_as_a_duplicate() -> None:
    async with Bench() as bench:
        bench.printer.fails = [PrinterSilent("cut off", sent=True)]
        await sell(bench)
        assert await reported(bench) == ["doubtful"]
        await bench.time.pass_s(5)
        assert bench.printer.copies == ["duplicate"]
        assert await reported(bench) == ["doubtful", "printed"]


async def test_a_printer_does_not_pour_out_copies() -> None:
    async with Bench() as bench:
        bench.printer.fails = [PrinterSilent("no answer at the end", sent=True)] * DOUBTS_MAX
        await sell(bench)
        await bench.time.pass_s(120)
        assert bench.printer.paper == []
        await bench.touch("done")
        await bench.touch("reprint")
        assert bench.printer.copies == ["duplicate"]


async def test_reprint_while_the_receipt_still_waits_prints_it_once() -> None:
    async with Bench() as bench:
        bench.printer.fails = [PaperOut("0x60", sent=False)]
        await sell(bench)
        await bench.touch("reprint")
        assert bench.printer.copies == ["original"]
        await bench.time.pass_s(60)
        assert bench.printer.copies == ["original"]


async def test_a_crash_in_the_driver_leaves_a_duplicate_and_never_a_second_original() -> None:
    async with Bench() as bench:
        bench.printer.fails = [ZeroDivisionError("a defect in the driver")]
        await sell(bench)
        assert bench.counter.view().status.notice_code == "P100"
        assert await reported(bench) == ["doubtful"]
        await bench.time.pass_s(5)
        assert bench.printer.copies == ["duplicate"]


async def test_a_receipt_that_crashes_the_driver_every_time_lets_the_next_one_print() -> None:
    async with Bench() as bench:
        bench.printer.fails = [OverflowError()] * DOUBTS_MAX
        await sell(bench)
        await bench.touch("done")
        await sell(bench)
        await bench.time.pass_s(10)
        assert bench.printer.copies == ["original"]
        assert bench.booked[1].receipt_no in bench.printer.paper[0]


def narrow(bench: Bench, columns: int) -> None:
    """Other paper in the printer."""
    bench.printing._paper = replace(bench.printing._paper, profile=Profile(columns=columns))


async def test_paper_too_narrow_for_a_receipt_is_told_and_holds_up_nothing(
    caplog: pytest.LogCaptureFixture,
) -> None:
    async with Bench() as bench:
        narrow(bench, 3)
        await sell(bench)
        status = bench.counter.view().status
        assert status.notice is not None
        assert (status.notice.text, status.notice_code) == (PrinterFault.for_attendant, "P100")
        assert "not drawn: ValueError at receipts/page.py" in caplog.text
        assert "牛奶" not in caplog.text
        await bench.touch("done")
        narrow(bench, 32)
        await sell(bench)
        assert bench.printer.copies == ["original"]
        assert bench.booked[1].receipt_no in bench.printer.paper[0]
        assert await bench.ledger.waiting_prints() == [bench.booked[0].command.id]


async def test_a_receipt_left_to_reprint_is_shown_until_somebody_presses_it() -> None:
    async with Bench() as bench:
        narrow(bench, 3)
        await sell(bench)
        narrow(bench, 32)
        await bench.touch("done")
        await bench.time.pass_s(60)
        assert bench.printing.state.health is DeviceHealth.READY
        assert bench.counter.view().status.notice_code == "P100"
        assert (bench.printing.left, bench.printing.waiting) == (True, 0)
        await bench.touch("reprint")
        assert not bench.printing.left
        assert bench.counter.view().status.notice_code == ""


async def test_a_status_that_crashes_the_driver_is_a_printer_that_is_down() -> None:
    async with Bench() as bench:
        bench.printer.said = OverflowError()
        await bench.time.pass_s(FIRST_CHECK_MS / 1000)
        assert bench.printing.state.health is DeviceHealth.DOWN
        assert bench.counter.view().status.notice_code == "P100"
        assert not bench._tasks[1].done()


async def test_paper_that_comes_back_too_late_prints_nothing_by_itself() -> None:
    async with Bench() as bench:
        bench.printer.fails = [PaperOut("0x60", sent=False)] * 1000
        await sell(bench)
        await bench.time.pass_s(SETTINGS.print_within_s + 60)
        bench.printer.fails = []
        await bench.time.pass_s(60)
        assert bench.printer.paper == []
        await bench.touch("reprint")
        assert bench.printer.copies == ["duplicate"]


async def test_after_a_restart_a_recent_receipt_is_printed_as_a_duplicate() -> None:
    ledger = await sold_and_lost_power()
    async with Bench(ledger=ledger) as bench:
        await bench.time.pass_s(1)
        assert bench.printer.copies == ["duplicate"]
        assert await ledger.waiting_prints() == []


async def test_after_a_restart_an_old_receipt_is_printed_only_when_somebody_asks() -> None:
    ledger = await sold_and_lost_power()
    bench = Bench(ledger=ledger)
    await bench.time.pass_s(SETTINGS.print_within_s + 1)
    async with bench:
        assert bench.printer.paper == []
        await bench.touch("reprint")
        assert bench.printer.copies == ["duplicate"]


async def test_a_receipt_from_the_future_is_left_to_reprint() -> None:
    """The clock went back with the power cut: nobody knows how old it is."""
    ledger = await sold_and_lost_power()
    bench = Bench(ledger=ledger)
    bench.time._ms = -60_000
    async with bench:
        assert bench.printer.paper == []


async def test_a_full_queue_leaves_the_oldest_to_reprint_and_sells_on() -> None:
    async with Bench() as bench:
        bench.printer.gate = asyncio.Event()
        for _ in range(QUEUE_MAX + 5):
            await bench.scan(BREAD_CODE)
            await bench.touch("done")
            await bench.touch("skip")
            await bench.touch("pick", "12.30")
            await bench.touch("confirm")
            await bench.touch("done")
        assert len(bench.booked) == QUEUE_MAX + 5
        bench.printer.gate.set()
        await settled()
        assert bench.printer.copies == ["original"] * QUEUE_MAX
        assert len(await bench.ledger.waiting_prints()) == 5


async def test_an_idle_printer_is_asked_how_it_is() -> None:
    async with Bench() as bench:
        await bench.time.pass_s(FIRST_CHECK_MS / 1000)
        assert bench.printing.state.health is DeviceHealth.READY
        bench.printer.said = "paper out (DLE EOT 4: 0x7e)"
        await bench.time.pass_s(SETTINGS.printer_check_ms / 1000)
        status = bench.counter.view().status
        assert {one.name: one.why for one in status.devices}["receipts"] == bench.printer.said
        bench.printer.said = PrinterSilent("refused", sent=False)
        await bench.time.pass_s(SETTINGS.printer_check_ms / 1000)
        assert bench.counter.view().status.notice_code == "P103"
        bench.printer.said = "ready"
        await bench.time.pass_s(SETTINGS.printer_check_ms / 1000)
        assert bench.counter.view().status.notice is None


async def test_a_printer_that_is_never_asked_is_unknown_also_when_it_took_a_receipt() -> None:
    async with Bench() as bench:
        bench.printer.said = "unknown (this printer is not asked for its status)"
        await sell(bench)
        assert len(bench.printer.paper) == 1
        for _ in range(2):
            (shown,) = [one for one in bench.counter.view().status.devices if one.kind == "printer"]
            assert (shown.health, shown.why) == (DeviceHealth.UNKNOWN, bench.printer.said)
            await bench.time.pass_s(60)
        bench.printer.said = "ready"
        await bench.time.pass_s(60)
        (shown,) = [one for one in bench.counter.view().status.devices if one.kind == "printer"]
        assert (shown.health, shown.why) == (DeviceHealth.READY, "")


async def test_an_idle_printer_that_goes_is_noticed_within_two_seconds() -> None:
    async with Bench() as bench:
        await bench.time.pass_s(FIRST_CHECK_MS / 1000)
        bench.printer.said = PrinterSilent("refused", sent=False)
        await bench.time.pass_s(2)
        assert bench.printing.state.health is DeviceHealth.DOWN
        bench.printer.said = "ready"
        await bench.time.pass_s(2)
        assert bench.printing.state.health is DeviceHealth.READY


async def test_an_idle_printer_that_hangs_is_noticed_before_its_driver_gives_up() -> None:
    async with Bench() as bench:
        await bench.time.pass_s(FIRST_CHECK_MS / 1000)
        bench.printer.status_gate = asyncio.Event()
        await bench.time.pass_s(2)
        assert bench.counter.view().status.notice_code == "P103"
        bench.printer.status_gate.set()
        await settled()
        assert bench.counter.view().status.notice is None


async def test_a_slow_printer_is_not_called_late_every_time() -> None:
    async with Bench() as bench:
        changes: list[DeviceHealth] = []
        tell = bench.printing.on_state
        bench.printing.on_state = lambda state: (changes.append(state.health), tell(state))[1]

        async def status() -> str:
            await bench.time.pause(900)
            return "ready"

        bench.printer.status = status  # type: ignore[method-assign]
        await bench.time.pass_s(60)
        assert changes.count(DeviceHealth.DOWN) <= 1
        assert bench.counter.view().status.notice is None


async def test_a_receipt_that_waited_long_is_tried_soon_after_the_printer_is_back() -> None:
    async with Bench() as bench:
        bench.printer.fails = [PrinterSilent("refused", sent=False)] * 1000
        await sell(bench)
        await bench.time.pass_s(60)
        bench.printer.fails = []
        await bench.time.pass_s(2)
        assert bench.printer.copies == ["original"]


async def test_trouble_that_lasts_is_logged_once(caplog: pytest.LogCaptureFixture) -> None:
    async with Bench() as bench:
        bench.printer.fails = [PaperOut("0x60", sent=False)] * 30
        await sell(bench)
        await bench.time.pass_s(60)
        assert bench.printer.copies == ["original"]
        told = [one for one in caplog.records if one.levelname == "WARNING" and "not printed" in one.message]
        assert len(told) == 1


async def test_a_preview_that_cannot_be_drawn_does_not_hold_up_the_sale(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def broken(*_: object) -> str:
        raise ZeroDivisionError

    monkeypatch.setattr("terminal.desk.printing.as_html", broken)
    async with Bench() as bench:
        await sell(bench)
        assert bench.screen.receipt == ""
        assert bench.printer.copies == ["original"]


async def test_a_sale_while_old_receipts_are_read_is_no_old_receipt() -> None:
    """The row is there before the counter knows of it: read as left behind, it would come out twice."""
    async with Bench() as bench:
        await bench.to_confirm(WANG_CARD)
        bench.printing._recovered = False
        bench._tasks[1].cancel()
        await bench.touch("confirm")
        bench._tasks[1] = asyncio.create_task(bench.printing.run())
        await settled()
        assert bench.printer.copies == ["original"]


def with_drawer(bench: Bench) -> FakePrinter:
    paper = bench.printing._paper
    bench.printing._paper = replace(paper, profile=Profile(drawer=True))
    return bench.printer


async def pay_in_cash(bench: Bench) -> None:
    await bench.scan(BREAD_CODE)
    await bench.touch("done")
    await bench.touch("skip")
    await bench.key("100.00")
    await bench.touch("confirm")
    assert bench.state is State.APPROVED, bench.screen


async def test_the_drawer_opens_for_cash_once_and_for_nothing_else() -> None:
    async with Bench() as bench:
        printer = with_drawer(bench)
        await pay_in_cash(bench)
        assert printer.kicks == 1
        await bench.touch("reprint")
        await bench.touch("done")
        await sell(bench)
        assert (len(printer.paper), printer.kicks) == (3, 1)


async def test_the_drawer_opens_at_once_although_there_is_no_paper_and_not_again() -> None:
    async with Bench() as bench:
        printer = with_drawer(bench)
        printer.fails = [PaperOut(sent=False)] * 12
        await pay_in_cash(bench)
        assert (printer.copies, printer.kicks) == ([], 1)
        await bench.time.pass_s(60)
        assert (printer.copies, printer.kicks) == (["original"], 1)


async def test_no_drawer_opens_for_cash_where_none_hangs_on_the_printer() -> None:
    async with Bench() as bench:
        await pay_in_cash(bench)
        assert bench.printer.kicks == 0


@pytest.mark.parametrize(("sent", "tries", "kicks"), [(False, 3, 1), (False, 30, 0), (True, 1, 0)])
async def test_a_drawer_without_its_pulse_is_opened_soon_or_never(
    *, sent: bool, tries: int, kicks: int
) -> None:
    async with Bench() as bench:
        printer = with_drawer(bench)
        printer.drawer_fails = [PrinterSilent("gone", sent=sent)] * tries
        printer.fails = [PrinterSilent("gone", sent=False)] * 40
        await pay_in_cash(bench)
        await bench.time.pass_s(60)
        assert printer.kicks == kicks
