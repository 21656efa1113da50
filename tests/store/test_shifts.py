"""Where a shift stands and what its reports say, on disk and in memory alike."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace

from terminal.core.commands import (
    BookCashMove,
    BookIntent,
    BookIntentEnd,
    BookNote,
    BookShiftClose,
    BookShiftOpen,
    Command,
    IntentEnd,
    Occasion,
)
from terminal.core.figures import ShiftNow, Tallied
from terminal.core.shift import X_REPORT
from terminal.core.values import ShiftId, StaffId, TerminalId
from terminal.store import shifts
from tests.store.conftest import opened_at
from tests.store.facts import AT, an_id, issue, recharge, sale

T1 = TerminalId("T1")
FIRST = replace(AT, shift=ShiftId("T1-1"))
SECOND = replace(AT, shift=ShiftId("T1-2"), operator=StaffId("E02"))


async def booked(ledger: Any, *commands: Command) -> None:
    for command in commands:
        await ledger.committer.submit(command)


def a_day() -> list[Command]:
    """One shift that was closed with 50 yuan left, and what comes after it."""
    return [
        BookShiftOpen(id=an_id(10), at=FIRST, opening_cash=100_00),
        replace(sale(11, 10_00), at=FIRST),
        BookCashMove(id=an_id(12), at=FIRST, amount=-20_00, reason="flowers"),
        BookNote(id=an_id(13), at=FIRST, what=X_REPORT),
        replace(sale(14, 7_00), at=FIRST),
        BookShiftClose(id=an_id(15), at=FIRST, counted=96_00, left=50_00),
    ]


async def test_a_terminal_that_never_opened_a_shift_is_in_its_first(ledger: Any) -> None:
    assert await ledger.books.shift_now(T1) == ShiftNow(shift=ShiftId("T1-1"))
    await booked(ledger, replace(sale(1, 10_00), at=FIRST))
    assert await ledger.books.shift_now(T1) == ShiftNow(shift=ShiftId("T1-1"), in_drawer=10_00)


async def test_an_open_shift_stands_until_it_is_closed(ledger: Any) -> None:
    day = a_day()
    await booked(ledger, *day[:-1])
    assert await ledger.books.shift_now(T1) == ShiftNow(
        shift=ShiftId("T1-1"), open=True, operator=AT.operator, since_day=AT.business_day, in_drawer=97_00
    )
    await booked(ledger, day[-1])
    after = ShiftNow(shift=ShiftId("T1-2"), after=ShiftId("T1-1"), left=50_00)
    assert await ledger.books.shift_now(T1) == after


async def test_a_report_says_the_same_whenever_it_is_asked_for(ledger: Any) -> None:
    await booked(ledger, *a_day())
    x, z = [await ledger.books.figures(an_id(number)) for number in (13, 15)]
    assert (x.sales.amount, x.expected, x.counted) == (10_00, 90_00, None)
    assert (z.sales.amount, z.expected, z.counted, z.over, z.left) == (17_00, 97_00, 96_00, -1_00, 50_00)
    assert x.differences == z.differences == ()
    later = [
        BookShiftOpen(id=an_id(20), at=SECOND, opening_cash=50_00),
        replace(sale(21, 3_00), at=SECOND),
        BookShiftClose(id=an_id(22), at=SECOND, counted=53_00),
    ]
    await booked(ledger, *later)
    assert [await ledger.books.figures(an_id(number)) for number in (13, 15)] == [x, z]
    second = await ledger.books.figures(an_id(22))
    assert (second.handed, second.opening, second.sales.amount, second.over) == (50_00, 50_00, 3_00, 0)
    assert [one.name for one in second.attendants] == ["E02"]


def begun(number: int, amount: int, at: Occasion = FIRST) -> BookIntent:
    consumer = an_id(number + 500)
    return BookIntent(id=an_id(number), at=at, what="code_payment", amount=amount, consumed_by=consumer)


def ended(number: int, intent: int, at: Occasion) -> BookIntentEnd:
    return BookIntentEnd(id=an_id(number), at=at, intent=an_id(intent), end=IntentEnd.UNDONE, evidence="x")


async def test_what_was_begun_outside_stands_on_the_reports_of_its_terminal_till_it_ends(
    ledger: Any,
) -> None:
    elsewhere = replace(FIRST, terminal=TerminalId("T2"), shift=ShiftId("T2-1"))
    third = replace(SECOND, shift=ShiftId("T1-3"))
    await booked(
        ledger,
        begun(10, 1_00),
        begun(11, 20_00),
        begun(12, 300_00, elsewhere),
        BookShiftClose(id=an_id(13), at=FIRST, counted=0),
        begun(14, 4_000_00, SECOND),
        BookNote(id=an_id(15), at=SECOND, what=X_REPORT),
        ended(16, 10, SECOND),
        BookShiftClose(id=an_id(17), at=SECOND, counted=0),
    )
    said = {number: (await ledger.books.figures(an_id(number))).in_doubt for number in (13, 15, 17)}
    assert said == {
        13: Tallied(count=2, amount=21_00),
        15: Tallied(count=3, amount=4_021_00),
        17: Tallied(count=2, amount=4_020_00),
    }
    await booked(
        ledger,
        ended(18, 11, third),
        ended(19, 14, elsewhere),
        BookShiftClose(id=an_id(20), at=third, counted=0),
    )
    assert (await ledger.books.figures(an_id(20))).in_doubt == Tallied()
    assert said == {number: (await ledger.books.figures(an_id(number))).in_doubt for number in said}


async def test_what_is_no_report_has_no_figures(ledger: Any) -> None:
    await booked(ledger, sale(1))
    for number in (1, 2):
        with pytest.raises(LookupError):
            await ledger.books.figures(an_id(number))


async def test_a_drawer_that_nothing_was_booked_on_is_empty(ledger: Any) -> None:
    await booked(ledger, BookShiftClose(id=an_id(1), at=FIRST, counted=0))
    figures = await ledger.books.figures(an_id(1))
    assert (figures.expected, figures.in_drawer, figures.differences) == (0, 0, ())


async def test_the_shift_is_what_the_ledger_says_after_a_restart(tmp_path: Path) -> None:
    for upto, shift, is_open in ((1, "T1-1", True), (5, "T1-1", True), (6, "T1-2", False)):
        ledger = await opened_at(tmp_path / "ledger.db")
        await booked(ledger, *a_day()[:upto])
        await ledger.close()
        ledger = await opened_at(tmp_path / "ledger.db")
        now = await ledger.books.shift_now(T1)
        assert (now.shift, now.open) == (shift, is_open)
        await ledger.close()


async def test_a_long_shift_is_read_in_parts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shifts, "_AT_ONCE", 2)
    ledger = await opened_at(tmp_path / "ledger.db")
    await ledger.committer.submit(*issue(1))
    await booked(ledger, *a_day(), replace(recharge(30), at=SECOND))
    assert (await ledger.books.figures(an_id(15))).sales.count == 2
    await ledger.close()


async def test_who_opened_a_shift_of_a_journal_without_end_is_not_looked_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(shifts, "_BACK_MAX", 3)
    ledger = await opened_at(tmp_path / "ledger.db")
    await booked(ledger, *a_day()[:3])
    assert (await ledger.books.shift_now(T1)).operator == AT.operator
    await booked(ledger, *a_day()[3:5])
    assert await ledger.books.shift_now(T1) == ShiftNow(shift=ShiftId("T1-1"), open=True, in_drawer=97_00)
    await ledger.close()
