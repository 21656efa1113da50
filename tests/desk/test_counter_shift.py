"""A shift at a running counter: who is at the drawer, what is booked on whom, and what a power cut leaves."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Awaitable, Callable

import pytest
from msgspec.structs import replace

from terminal.core.commands import BookCashMove, BookNote, BookSale, BookShiftClose, BookShiftOpen
from terminal.core.errors import LedgerClosed, OutcomeUnknown
from terminal.core.screens import Keying, State
from terminal.core.values import StaffId
from terminal.desk.settings import StaffMember
from terminal.drivers.codecs.escpos import Profile
from terminal.flows import FLOWS
from tests.desk.fakes import BADGE, MILK_CODE, SETTINGS, Bench, FaultyLedger, ManualTime
from tests.flows.shop import POLICY

TWO = replace(SETTINGS, staff=(*SETTINGS.staff, StaffMember(id=StaffId("E02"), name="王二")))
STRICT = replace(POLICY, shift_required=True)


class Shop:
    """A ledger that outlives its counters, as after a power cut."""

    def __init__(self, **settings: object) -> None:
        self.ledger = FaultyLedger()
        self.settings = {"settings": TWO, **settings}
        self.begun = 0

    def counter(self) -> Bench:
        """A minute after the one before."""
        self.begun += 1
        time = ManualTime(self.begun * 60_000)
        return Bench(ledger=self.ledger, time=time, **self.settings)  # type: ignore[arg-type]


async def pick(bench: Bench, *values: str) -> None:
    for value in values:
        assert await bench.touch("pick", value), (bench.title, value)


async def begin(bench: Bench, *picks: str) -> None:
    await bench.touch("start", "shift")
    await pick(bench, *picks)


async def counts(bench: Bench, sum_keyed: str) -> None:
    await pick(bench, "sum")
    await bench.key(sum_keyed)


async def opens(bench: Bench, sum_keyed: str, who: str = "E02") -> None:
    """After a shift that was closed there is nothing else to choose."""
    await bench.touch("start", "shift")
    await pick(bench, who)
    await counts(bench, sum_keyed)
    await bench.touch("confirm")


async def closes(bench: Bench, counted: str, left: str = "0") -> None:
    await begin(bench, "close")
    await counts(bench, counted)
    if bench.state is State.KEYING:
        await bench.key(left)
    await bench.touch("confirm")


async def sells(bench: Bench) -> BookSale:
    """One piece of milk for 3.50 in cash."""
    await bench.scan(MILK_CODE)
    await bench.touch("done")
    await bench.touch("skip")
    await bench.key("3.50")
    await bench.touch("confirm")
    await bench.touch("done")
    sale = bench.booked[-1].command
    assert isinstance(sale, BookSale)
    return sale


async def closed_once(bench: Bench, left: str) -> None:
    """The members' recharges lie in the drawer of the first shift, which nobody opened: 150 yuan."""
    await closes(bench, "150", left)
    await bench.touch("done")


async def test_a_shift_that_began_by_itself_is_counted_out_first() -> None:
    async with Shop().counter() as bench:
        await begin(bench)
        assert [one.value for one in bench.screen.choices][:-1] == [
            "x", "paid_in", "paid_out", "drawer", "close",
        ]  # fmt: skip


async def test_a_day_of_two_attendants_at_one_drawer() -> None:
    async with Shop().counter() as bench:
        await closed_once(bench, "100")
        await opens(bench, "100", "E02")
        assert (bench.state, bench.screen.amount) == (State.APPROVED, "¥100.00")
        await bench.touch("done")
        status = bench.counter.view().status
        assert (status.shift, status.attendant) == ("T1-2", "王二")
        assert (await sells(bench)).at.operator == "E02"
        await closes(bench, "103", "80")
        assert bench.title == "The shift is closed. {sum} goes into the safe."
        assert ("Short", "¥0.50") in [(one.label.text, one.value) for one in bench.screen.lines]
        await bench.touch("done")
        status = bench.counter.view().status
        assert (status.shift, status.attendant) == ("T1-3", "店员")
        await opens(bench, "80", "E01")
        await bench.touch("done")
        sale = await sells(bench)
        assert (sale.at.shift, sale.at.operator) == ("T1-3", "E01")


async def test_the_badge_says_who_it_is() -> None:
    async with Shop().counter() as bench:
        await closed_once(bench, "0")
        await bench.touch("start", "shift")
        assert bench.title == "Who is at the drawer?"
        await bench.scan(BADGE)
        await counts(bench, "10")
        await bench.touch("confirm")
        assert bench.booked[-1].command.at.operator == "E01"


async def test_where_there_is_one_attendant_nobody_is_asked_who_it_is() -> None:
    async with Shop(settings=SETTINGS).counter() as bench:
        await closed_once(bench, "0")
        await bench.touch("start", "shift")
        assert bench.title == "Count the cash in the drawer"


async def test_note_by_note_the_sum_grows_and_what_is_no_number_is_asked_again() -> None:
    async with Shop().counter() as bench:
        await begin(bench, "close", "notes")
        worths = []
        for keyed in ("1", "0", "2", "x", "0", "12", "", "3", "0", "7"):
            assert bench.screen.keying is Keying.PIECES
            worths.append(bench.screen.title.values["sum"])
            await bench.key(keyed)
        assert worths == [
            "¥100.00", "¥50.00", "¥20.00", "¥10.00", "¥10.00", "¥5.00", "¥1.00", "¥1.00", "¥0.50", "¥0.10",
        ]  # fmt: skip
        assert bench.title == "How much stays for the next shift?"
        assert [one.value for one in bench.screen.choices] == ["0", "203.70", ""]


async def test_no_more_stays_than_was_counted() -> None:
    async with Shop().counter() as bench:
        await begin(bench, "close")
        await counts(bench, "150")
        await bench.key("150.01")
        assert (bench.state, bench.screen.code) == (State.KEYING, "61")
        await pick(bench, "150.00")
        assert bench.state is State.CONFIRM
        assert [one.value for one in bench.screen.lines] == ["¥150.00", "¥150.00", "¥0.00"]


async def test_of_an_empty_drawer_nothing_stays() -> None:
    async with Shop().counter() as bench:
        await begin(bench, "close", "sum", "0")
        assert bench.state is State.CONFIRM


async def test_after_a_z_the_next_shift_begins_with_what_was_left_at_the_first_sale() -> None:
    async with Shop().counter() as bench:
        await closed_once(bench, "40")
        await sells(bench)
        opened, sale = (one.command for one in bench.booked[-2:])
        assert isinstance(opened, BookShiftOpen)
        assert (opened.opening_cash, opened.at.shift) == (40_00, "T1-2")
        assert sale.at.shift == "T1-2"
        await sells(bench)
        assert [type(one.command) for one in bench.booked].count(BookShiftOpen) == 1
        await closes(bench, "47")
        assert ("Over", "¥0.00") in [(one.label.text, one.value) for one in bench.screen.lines]


async def test_a_shop_that_never_closed_a_shift_sells_as_ever() -> None:
    async with Shop().counter() as bench:
        assert (await sells(bench)).at.shift == "T1-1"
        assert [type(one.command) for one in bench.booked] == [BookSale]


async def test_where_a_shift_is_required_nothing_is_sold_before_the_drawer_is_counted() -> None:
    async with Shop(policy=STRICT).counter() as bench:
        await closed_once(bench, "0")
        offered = {one.value for one in bench.screen.choices if one.do == "start"}
        assert "shift" in offered
        assert not [name for name in offered if FLOWS[name].sells]
        await bench.scan(MILK_CODE)
        assert (bench.state, bench.screen.code) == (State.DECLINED, "A130")
        await bench.touch("done")
        await opens(bench, "50")
        await bench.touch("done")
        assert [one.value for one in bench.screen.choices][:2] == ["checkout", "recharge"]
        assert (await sells(bench)).at.shift == "T1-2"


async def test_where_a_shift_is_required_one_that_is_open_sells_on_after_a_restart() -> None:
    shop = Shop(policy=STRICT)
    async with shop.counter() as bench:
        await closed_once(bench, "0")
        await opens(bench, "50")
    async with shop.counter() as bench:
        assert bench.screen.choices[0].value == "checkout"
        await sells(bench)


async def test_a_shift_of_an_earlier_business_day_is_noticed_until_it_is_closed() -> None:
    shop = Shop()
    async with shop.counter() as bench:
        await closed_once(bench, "0")
        await opens(bench, "50")
        await bench.touch("done")
        assert bench.counter.view().status.notice_code == ""
    shop.begun += 24 * 60
    async with shop.counter() as bench:
        assert bench.counter.view().status.notice_code == "A132"
        await sells(bench)
        await closes(bench, "53.50")
        await bench.touch("done")
        assert bench.counter.view().status.notice_code == ""


async def test_cash_and_drawer_are_booked_before_it_opens() -> None:
    async with Shop(profile=Profile(drawer=True)).counter() as bench:
        await begin(bench, "paid_out", "purchase")
        await bench.key("12.50")
        await bench.touch("confirm")
        await bench.touch("done")
        await begin(bench, "drawer", "count")
        await bench.touch("confirm")
        await bench.touch("done")
        await begin(bench, "x")
        await bench.touch("confirm")
        await bench.touch("done")
        moved, looked, report = (one.command for one in bench.booked)
        assert isinstance(moved, BookCashMove)
        assert (moved.amount, moved.reason) == (-12_50, "purchase")
        assert isinstance(looked, BookNote)
        assert isinstance(report, BookNote)
        assert (looked.detail, report.what) == ("count", "x_report")
        assert bench.printer.kicks == 2, "reading the X opens nothing"


async def test_more_than_the_limit_or_than_there_is_is_not_taken_out() -> None:
    async with Shop().counter() as bench:
        await begin(bench, "paid_out", "purchase")
        await bench.key("500.01")
        assert bench.screen.code == "61"
        await bench.touch("cancel")
        await bench.touch("done")
        await begin(bench, "paid_out", "safe")
        await bench.key("150.01")
        await bench.touch("confirm")
        assert (bench.state, bench.screen.code) == (State.DECLINED, "A131")
        assert bench.booked == []


async def test_left_alone_it_says_that_nothing_was_booked() -> None:
    async with Shop().counter() as bench:
        await begin(bench, "close")
        await bench.time.pass_s(91)
        assert (bench.title, bench.booked) == ("Cancelled. Nothing was booked.", [])


def _amount(paper: str, label: str) -> str:
    found = re.search(rf"{label}\D*([\d.]+)", paper)
    assert found, paper
    return found[1]


async def test_the_z_is_shown_and_printed_with_what_the_shift_came_to() -> None:
    async with Shop().counter() as bench:
        await sells(bench)
        await closes(bench, "153.00")
        assert "短款" in bench.screen.receipt
        assert _amount(bench.printer.paper[-1], "现金消费") == "3.50"
        assert _amount(bench.printer.paper[-1], "实点") == "153.00"


async def test_a_z_that_a_power_cut_kept_from_the_paper_is_printed_after_the_start_with_its_figures() -> None:
    shop = Shop()
    async with shop.counter() as bench:
        bench.printer.gate = asyncio.Event()  # It takes the paper nowhere.
        await closes(bench, "150")
    async with shop.counter() as bench:
        await bench.time.pass_s(5)
        (paper,) = bench.printer.paper
        assert bench.printer.copies == ["duplicate"]
        assert _amount(paper, "实点") == "150.00"


async def test_a_z_whose_figures_cannot_be_read_stands_and_says_so() -> None:
    shop = Shop()
    shop.ledger.no_figures = True
    async with shop.counter() as bench:
        await closes(bench, "150")
        assert bench.state is State.APPROVED
        assert "暂时无法读取合计" in bench.printer.paper[0]
        await bench.touch("done")
        assert bench.counter.view().status.shift == "T1-2"


async def test_a_ledger_that_cannot_be_read_is_asked_again_by_the_next_flow() -> None:
    shop = Shop()
    shop.ledger.unread = 3  # At rest, behind one more touch, and before the flow.
    async with shop.counter() as bench:
        await bench.touch("start", "recharge")
        assert (bench.state, bench.screen.code) == (State.DECLINED, LedgerClosed.code)
        await bench.touch("done")
        assert bench.counter.view().status.shift == "T1-1"
        assert (await sells(bench)).at.shift == "T1-1"


async def test_a_close_in_doubt_is_looked_up_and_is_one_close() -> None:
    async with Shop().counter() as bench:
        bench.ledger.fails = [OutcomeUnknown("power")]
        bench.ledger.books_although = True
        await closes(bench, "150")
        bench.ledger.books_although = False
        await bench.time.pass_s(1)
        assert bench.state is State.APPROVED
        assert [type(one.command) for one in bench.booked] == [BookShiftClose]
        await bench.touch("done")
        assert bench.counter.view().status.shift == "T1-2"


STEPS: tuple[Callable[[Bench], Awaitable[object]], ...] = (
    lambda bench: closed_once(bench, "100"),
    lambda bench: opens(bench, "95"),
    sells,
    lambda bench: begin(bench, "x"),
    lambda bench: begin(bench, "close", "sum"),
    lambda bench: closes(bench, "98.50", "20"),
    sells,
)
STANDS = (
    ("T1-1", "店员"), ("T1-2", "店员"), *[("T1-2", "王二")] * 4,
    ("T1-3", "店员"), ("T1-3", "店员"),
)  # fmt: skip


async def test_after_a_power_cut_at_any_step_the_shift_is_what_the_ledger_says() -> None:
    shop = Shop()
    for step, (shift, attendant) in zip((*STEPS, None), STANDS, strict=True):
        async with shop.counter() as bench:
            status = bench.counter.view().status
            assert (status.shift, status.attendant) == (shift, attendant), step
            if step is not None:
                await step(bench)
    assert bench.booked[-1].command.at.shift == "T1-3"
    opened = [one.command for one in bench.booked if isinstance(one.command, BookShiftOpen)]
    assert [one.opening_cash for one in opened] == [95_00, 20_00]


async def test_after_a_close_that_nobody_could_look_up_nothing_is_sold_onto_the_closed_shift() -> None:
    async with Shop().counter() as bench:
        await begin(bench, "close")
        await counts(bench, "150")
        await bench.key("100")
        bench.ledger.fails = [OutcomeUnknown("fsync")]
        bench.ledger.books_although = True
        bench.ledger.look_up_fails = [LedgerClosed("the disk rests")] * 9
        await bench.touch("confirm")
        await bench.time.pass_s(49)
        await bench.touch("done")
        bench.ledger.books_although = False
        sale = await sells(bench)
        assert sale.at.shift == (await bench.ledger.shift_now("T1")).shift
        assert [type(one.command) for one in bench.booked] == [BookShiftClose, BookShiftOpen, BookSale]


@pytest.mark.parametrize("between", ["before the sale", "before the shift"])
async def test_a_shift_that_begins_by_itself_begins_once(between: str) -> None:
    """The ledger fails between its beginning and the sale, or before both."""
    async with Shop().counter() as bench:
        await closed_once(bench, "40")
        if between == "before the shift":
            bench.ledger.fails = [LedgerClosed("disk")]
        else:
            bench.ledger.fails = [None, LedgerClosed("disk")]  # type: ignore[list-item]
        await bench.scan(MILK_CODE)
        await bench.touch("done")
        await bench.touch("skip")
        await bench.key("3.50")
        await bench.touch("confirm")
        assert bench.state is State.DECLINED
        await bench.touch("done")
        await sells(bench)
        assert [type(one.command) for one in bench.booked[1:]] == [BookShiftOpen, BookSale]
