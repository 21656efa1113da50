"""Litres of a shift, by grade: sold, poured back, and what the totalisers say beside it (product.md C9)."""

from __future__ import annotations

from typing import Any

import pytest
from msgspec.structs import replace

from terminal.core.commands import (
    PUMP_TEST,
    AtNozzle,
    BookNote,
    BookReversal,
    BookShiftClose,
    BookShiftOpen,
    BookVoid,
    Pumps,
    SaleLine,
)
from terminal.core.figures import GradeFigures, NozzleFigures, ShiftFigures, Tallied
from terminal.core.filled import pumps_of, unpaid_of
from terminal.core.shift import X_REPORT
from terminal.core.values import EntryId
from terminal.store.shifts import figures_in
from tests.core.ledger.book import TWO
from tests.core.ledger.test_value import line, sell
from tests.core.test_shift import Till


def fuel(litres: int, grade: str = "92") -> SaleLine:
    return SaleLine(
        sku=f"fuel-{grade}",
        name="油",
        category="fuel",
        quantity=litres,
        unit_price=700,
        gross=litres * 7,
        net=litres * 7,
    )


def totals(*read: tuple[int, str, int]) -> Pumps:
    return Pumps(totals=tuple(AtNozzle(nozzle=n, grade=grade, centilitres=count) for n, grade, count in read))


class Station(Till):
    def opens(self, pumps: Pumps | None) -> None:
        self.book(BookShiftOpen, opening_cash=0, pumps=pumps)

    def tests(self, nozzle: int, grade: str, litres: int) -> None:
        tested = AtNozzle(nozzle=nozzle, grade=grade, centilitres=litres)
        self.book(BookNote, at=TWO, what=PUMP_TEST, pumps=Pumps(tested=(tested,)))

    def reads(self, pumps: Pumps | None) -> ShiftFigures:
        return figures_in(self.journal, self.book(BookNote, what=X_REPORT, pumps=pumps).id)

    def closes(self, pumps: Pumps | None) -> ShiftFigures:
        return figures_in(self.journal, self.book(BookShiftClose, counted=0, pumps=pumps).id)

    def voids(self, kind: Any, of: EntryId) -> None:
        self.book(kind, of=of, why="left")


@pytest.fixture
def station() -> Station:
    return Station()


def test_a_shop_without_pumps_says_nothing_of_them(station: Station) -> None:
    sell(station, line(500))
    said = station.closes(None)
    assert (said.nozzles, said.grades, said.unpaid) == ((), (), Tallied())


def test_what_flowed_is_held_against_what_was_sold_and_tested(station: Station) -> None:
    station.opens(totals((2, "95", 5_000), (1, "92", 1_000)))
    sell(station, fuel(2_710), line(300))
    sell(station, fuel(4_105), fuel(100, "95"))
    station.tests(1, "92", 2_000)
    station.tests(1, "92", 5)
    said = station.closes(totals((1, "92", 9_823), (2, "95", 5_098)))
    assert said.nozzles == (
        NozzleFigures(nozzle=1, grade="92", began=1_000, ended=9_823),
        NozzleFigures(nozzle=2, grade="95", began=5_000, ended=5_098),
    )
    assert said.grades == (
        GradeFigures(grade="92", sold=6_815, tested=2_005, flowed=8_823),
        GradeFigures(grade="95", sold=100, tested=0, flowed=98),
    )
    assert [one.over for one in said.grades] == [3, -2]


def test_nozzles_are_told_by_number(station: Station) -> None:
    said = station.reads(totals((16, "92", 1), (8, "92", 1), (1, "92", 1)))
    assert [one.nozzle for one in said.nozzles] == [1, 8, 16]


def test_nozzles_of_one_grade_are_one_sum(station: Station) -> None:
    station.opens(totals((1, "92", 10), (2, "92", 20)))
    said = station.closes(totals((1, "92", 11), (2, "92", 22)))
    assert said.grades == (GradeFigures(grade="92", sold=0, tested=0, flowed=3),)


@pytest.mark.parametrize("kind", [BookVoid, BookReversal])
def test_what_is_voided_was_not_sold(station: Station, kind: Any) -> None:
    station.opens(totals((1, "92", 0)))
    kept = sell(station, fuel(500))
    gone = sell(station, fuel(200))
    station.voids(kind, gone.id)
    goods = sell(station, line(300))
    station.voids(kind, goods.id)
    (grade,) = station.closes(totals((1, "92", 700))).grades
    assert kept.id != gone.id
    assert (grade.sold, grade.over) == (500, 200)


@pytest.mark.parametrize(
    ("began", "ended"),
    [
        (totals((1, "92", 5)), totals((1, "92", 5), (2, "92", 7))),
        (totals((1, "92", 5), (2, "92", 7)), totals((2, "92", 8))),
        (None, totals((1, "92", 5))),
        (totals((1, "92", 5)), None),
    ],
)
def test_of_a_nozzle_that_was_not_read_twice_nobody_knows(
    station: Station, began: Pumps | None, ended: Pumps | None
) -> None:
    station.opens(began)
    said = station.reads(ended)
    assert said.grades == (GradeFigures(grade="92", sold=0, tested=0, flowed=None),)
    assert said.grades[0].over == 0


def test_what_flowed_past_the_end_of_a_totaliser_is_not_known(station: Station) -> None:
    station.opens(totals((1, "92", 9_999_990_000), (2, "92", 5), (4, "0", 5)))
    sell(station, fuel(5_000))
    said = station.closes(totals((1, "92", 5_000), (2, "92", 5), (4, "0", 5)))
    assert said.grades == (
        GradeFigures(grade="92", sold=5_000, tested=0, flowed=None),
        GradeFigures(grade="0", sold=0, tested=0, flowed=0),
    )
    assert [one.began_again for one in said.nozzles] == [True, False, False]
    assert said.grades[0].over == 0


def test_a_total_of_nothing_is_one_that_was_read(station: Station) -> None:
    station.opens(totals((1, "92", 0)))
    said = station.reads(totals((1, "92", 0)))
    assert said.nozzles == (NozzleFigures(nozzle=1, grade="92", began=0, ended=0),)
    assert said.grades[0].flowed == 0


def test_a_shift_that_began_by_itself_begins_where_the_one_before_ended(station: Station) -> None:
    station.opens(totals((1, "92", 100)))
    station.closes(totals((1, "92", 300)))
    station.in_shift("late")
    station.opens(None)
    sell(station, fuel(40))
    said = station.reads(totals((1, "92", 350)))
    assert said.grades == (GradeFigures(grade="92", sold=40, tested=0, flowed=50),)
    said = station.closes(totals((1, "92", 360)))
    assert said.grades[0].flowed == 60


@pytest.mark.parametrize("again", [Pumps(), Pumps(unpaid=(AtNozzle(nozzle=1, grade="92", centilitres=1),))])
def test_one_that_read_nothing_at_its_begin_does_so_too(station: Station, again: Pumps) -> None:
    station.closes(totals((1, "92", 300)))
    station.in_shift("late")
    station.opens(again)
    assert station.reads(totals((1, "92", 350))).grades[0].flowed == 50


def test_one_that_read_its_own_begins_there(station: Station) -> None:
    station.closes(totals((1, "92", 300), (2, "92", 1)))
    station.in_shift("late")
    station.opens(totals((1, "92", 310)))
    said = station.reads(totals((1, "92", 350)))
    assert said.nozzles == (NozzleFigures(nozzle=1, grade="92", began=310, ended=350),)


def test_a_grade_that_no_totaliser_is_of_is_told_by_what_was_sold_and_tested(station: Station) -> None:
    sell(station, fuel(40, "0"))
    station.tests(7, "98", 9)
    assert station.reads(None).grades == (
        GradeFigures(grade="0", sold=40, tested=0),
        GradeFigures(grade="98", sold=0, tested=9),
    )


def test_a_nozzle_that_was_given_another_grade_is_of_the_new_one(station: Station) -> None:
    station.opens(totals((1, "92", 10)))
    assert station.reads(totals((1, "95", 15))).nozzles[0].grade == "95"
    assert station.reads(None).nozzles[0].grade == "92"


def test_a_note_of_something_else_is_no_test(station: Station) -> None:
    station.reads(totals((1, "92", 5)))
    station.book(BookNote, what="x", pumps=None)
    assert station.reads(None).grades == ()


def test_fills_that_nobody_paid_are_counted_with_what_they_come_to(station: Station) -> None:
    unpaid = (
        AtNozzle(nozzle=1, grade="92", centilitres=100, fen=700),
        AtNozzle(nozzle=1, grade="92", centilitres=10, fen=71),
    )
    said = station.reads(Pumps(unpaid=unpaid))
    assert said.unpaid == unpaid_of(Pumps(unpaid=unpaid)) == Tallied(count=2, amount=771)
    further = Pumps(unpaid=unpaid, further=3, further_fen=29)
    assert unpaid_of(further) == Tallied(count=5, amount=800)
    assert unpaid_of(None) == unpaid_of(Pumps()) == Tallied()
    said = station.reads(Pumps(unclear=3))
    assert (said.unclear, said.unpaid, station.reads(Pumps()).unclear) == (3, Tallied(), 0)


def waits(pumps: Pumps, *litres: int) -> Pumps:
    """With fills of 92 that nobody has paid."""
    return replace(pumps, unpaid=tuple(AtNozzle(nozzle=1, grade="92", centilitres=one) for one in litres))


@pytest.mark.parametrize("counted_in", [True, False])
def test_what_was_not_paid_at_first_tells_why_less_flowed_than_was_sold(
    station: Station,
    counted_in: bool,  # noqa: FBT001  a column
) -> None:
    first, last = totals((1, "92", 1_000)), totals((1, "92", 1_000))
    (before,) = station.closes(waits(first, 400, 50)).grades
    assert (before.unpaid_first, before.unpaid_last) == (0, 450)
    station.in_shift("late")
    station.opens(waits(first, 400, 50) if counted_in else None)
    sell(station, fuel(400))
    (grade,) = station.closes(waits(last, 50)).grades
    assert (grade.sold, grade.flowed, grade.over) == (400, 0, -400)
    assert (grade.unpaid_first, grade.unpaid_last) == (450, 50)


def test_what_was_paid_between_two_shifts_was_not_waiting_at_first(station: Station) -> None:
    station.closes(waits(totals((1, "92", 1_000)), 400))
    station.in_shift("late")
    station.opens(totals((1, "92", 1_000)))
    assert station.reads(totals((1, "92", 1_000))).grades[0].unpaid_first == 0


def test_only_what_tells_of_nozzles_does(station: Station) -> None:
    pumps = totals((1, "92", 5))
    note = station.book(BookNote, what=X_REPORT, pumps=pumps).payload
    opens = station.book(BookShiftOpen, opening_cash=0, pumps=pumps).payload
    sold = sell(station, fuel(1)).payload
    close = station.book(BookShiftClose, counted=0, pumps=pumps).payload
    assert [pumps_of(one) for one in (note, opens, close, sold)] == [pumps, pumps, pumps, None]
