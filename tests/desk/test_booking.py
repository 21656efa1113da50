"""Many commands at once: each is judged, booked and, where that is in doubt, found out by itself."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import pytest

from terminal.core.approval import Approved, Rules
from terminal.core.commands import Booked, BookNote, BookVoid, Command, Private
from terminal.core.errors import (
    CardNotUsable,
    LedgerClosed,
    OutcomeUndecided,
    OutcomeUnknown,
    SecondPersonNeeded,
    TerminalFault,
)
from terminal.core.ledger.state import State
from terminal.core.shift import DRAWER
from terminal.core.values import EntryId
from terminal.desk.booking import PAUSES_MS, Booking
from tests.core.ledger.book import AT, Book

ALONE = Rules()
VOIDS_BY_TWO = Rules(second_person=(Approved.VOID,))


class Alarms:
    def __init__(self) -> None:
        self.pauses: list[int] = []

    async def pause(self, ms: int) -> None:
        self.pauses.append(ms)


class Ledger:
    """`fails`: what a submission comes to, by id; `stands`: what is found afterwards."""

    def __init__(self) -> None:
        self.fails: dict[str, TerminalFault] = {}
        self.stands: set[str] = set()
        self.groups: list[list[str]] = []
        self.private: list[Private | None] = []
        self.again: list[tuple[str, Private | None]] = []
        self.asked = 0

    async def ask(self, question: Callable[[State], int]) -> int:
        self.asked += 1
        return question(Book())

    async def submit(self, command: Command, private: Private | None = None) -> Booked:
        self.again.append((command.id, private))
        if command.id in self.fails:
            raise self.fails[command.id]
        return booked(command)

    async def submit_all(
        self, submissions: Sequence[tuple[Command, Private | None]]
    ) -> Sequence[Booked | BaseException]:
        self.groups.append([command.id for command, _ in submissions])
        self.private += [private for _, private in submissions]
        return [self.fails.get(command.id) or booked(command) for command, _ in submissions]

    async def look_up(self, entry: EntryId) -> Booked | None:
        return booked(note(entry)) if entry in self.stands else None


def booked(command: Command) -> Booked:
    return Booked(command=command, seq=1, receipt_no="")


def note(entry: str) -> BookNote:
    return BookNote(id=EntryId(entry), at=AT, what="case_opened")


def void(entry: str) -> BookVoid:
    return BookVoid(id=EntryId(entry), at=AT, of=EntryId("of"), why="keyed twice")


def over(ledger: Any, rules: Rules = ALONE) -> tuple[Booking, Alarms, list[str]]:
    alarms: Any = Alarms()
    doubts: list[str] = []
    return Booking(ledger, alarms, lambda: doubts.append("doubt"), lambda: rules), alarms, doubts


async def ends(booking: Booking, *commands: Command) -> list[Any]:
    found = await booking.book_all([(command, None) for command in commands])
    return [one.command.id if isinstance(one, Booked) else type(one) for one in found]


async def test_many_go_to_the_ledger_together_and_are_answered_in_their_order() -> None:
    ledger = Ledger()
    ledger.fails = {"b": CardNotUsable("cancelled"), "c": LedgerClosed("full")}
    booking, alarms, doubts = over(ledger)
    assert await ends(booking, *map(note, "abcd")) == ["a", CardNotUsable, LedgerClosed, "d"]
    assert ledger.groups == [["a", "b", "c", "d"]]
    assert (alarms.pauses, doubts, ledger.again) == ([], [], [])


async def test_what_takes_two_people_is_refused_alone_and_never_reaches_the_ledger() -> None:
    ledger = Ledger()
    booking, _, _ = over(ledger, VOIDS_BY_TWO)
    assert await ends(booking, void("a"), note("b"), void("c")) == [
        SecondPersonNeeded, "b", SecondPersonNeeded,
    ]  # fmt: skip
    assert ledger.groups == [["b"]]


async def test_personal_data_goes_with_its_command() -> None:
    ledger = Ledger()
    ledger.fails = {"b": OutcomeUnknown("power")}
    booking, _, _ = over(ledger)
    told = [Private(name="甲"), Private(name="乙")]
    await booking.book_all([(note("a"), told[0]), (note("b"), told[1])])
    assert ledger.private == told
    assert ledger.again[0] == ("b", told[1])


async def test_each_that_is_in_doubt_is_found_out_by_itself() -> None:
    ledger = Ledger()
    unknown = OutcomeUnknown("fsync")
    ledger.fails, ledger.stands = {"a": unknown, "c": unknown}, {"a"}
    booking, alarms, doubts = over(ledger)
    assert await ends(booking, *map(note, "abc")) == ["a", "b", OutcomeUndecided]
    assert doubts == ["doubt"] * 2
    assert sorted(alarms.pauses) == sorted([PAUSES_MS[0], *PAUSES_MS])
    assert {entry for entry, _ in ledger.again} == {"c"}


async def test_of_nothing_nothing_is_booked() -> None:
    ledger = Ledger()
    assert await ends(over(ledger)[0]) == []


@pytest.mark.parametrize(("command", "asks"), [(void("a"), 1), (note("a"), 0)])
async def test_the_ledger_is_asked_what_something_comes_to_where_that_matters(
    command: Command, asks: int
) -> None:
    ledger = Ledger()
    booking, _, _ = over(ledger)
    await booking.book(command, None)
    assert ledger.asked == asks
    drawer = BookNote(id=EntryId("b"), at=AT, what=DRAWER)
    await booking.book(drawer, None)
    assert ledger.asked == asks
