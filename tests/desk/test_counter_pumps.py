"""A station's shift at a running counter: totalisers told or keyed, and a test that nobody pays."""

from __future__ import annotations

from msgspec.structs import replace

from terminal.core.commands import (
    PUMP_TEST,
    AtNozzle,
    BookNote,
    BookShiftClose,
    BookShiftOpen,
    Command,
    Pumps,
)
from terminal.core.figures import GradeFigures, Tallied
from terminal.core.forecourt import Nozzle
from terminal.core.ledger.pumps import UNPAID_MAX
from terminal.core.policy import NozzleHere, Policy
from terminal.core.screens import Keying, State
from terminal.drivers.virtual.forecourt import Forecourt, Near
from tests.desk.fakes import BADGE, Bench
from tests.desk.test_counter_second import PIN, SHOP, badge, with_pins
from tests.desk.test_counter_shift import TWO, begin, counts, pick
from tests.flows.shop import POLICY

NOZZLES = (
    Nozzle(number=4, grade="0", price=7_05),
    Nozzle(number=1, grade="92", price=7_38, total=1_000_00),
    Nozzle(number=9, grade="lpg", price=3_00, total=5),
)
"""One tells no total, and of one this station sells nothing."""
BY_HAND: Policy = replace(
    POLICY, nozzles=(NozzleHere(number=2, grade="92"), NozzleHere(number=3, grade="lpg"))
)

MANY = UNPAID_MAX + 3
"""Fills that nobody pays."""


def at(nozzle: int, grade: str, centilitres: int, fen: int = 0) -> AtNozzle:
    return AtNozzle(nozzle=nozzle, grade=grade, centilitres=centilitres, fen=fen)


def last(bench: Bench) -> Command:
    return bench.booked[-1].command


async def closes(bench: Bench, *keyed: str) -> None:
    await begin(bench, "close")
    await counts(bench, "100")
    await bench.key("0")
    await reads(bench, *keyed)


async def opens(bench: Bench, *keyed: str) -> None:
    """After one that was closed, with other totals."""
    await closes(bench, *("1" for _ in keyed))
    await begin(bench, "E02")
    await counts(bench, "100")
    await reads(bench, *keyed)


async def reads(bench: Bench, *keyed: str) -> None:
    for text in keyed:
        assert (bench.state, bench.screen.keying) == (State.KEYING, Keying.TOTAL)
        await bench.key(text)
    await bench.touch("confirm")
    await bench.touch("done")


async def test_a_shift_of_a_station_from_its_first_total_to_its_last() -> None:
    there = Forecourt(*NOZZLES)
    async with Bench(forecourt=Near(there), settings=TWO) as bench:
        await opens(bench, "77")
        command = last(bench)
        assert isinstance(command, BookShiftOpen)
        assert command.pumps == Pumps(totals=(at(1, "92", 1_000_00), at(4, "0", 77_00)))
        there.by_hand(1, 20_00)
        await begin(bench, "tested", "1")
        assert [one.value for one in bench.screen.choices if one.do == "pick"] == ["hand-1", "keyed"]
        await pick(bench, "hand-1")
        await bench.touch("confirm")
        await bench.scan(BADGE)
        await bench.touch("done")
        note = last(bench)
        assert isinstance(note, BookNote)
        assert (note.what, note.pumps) == (PUMP_TEST, Pumps(tested=(at(1, "92", 20_00),)))
        assert note.at.second == "E01"
        await bench.time.pass_s(31)
        assert there.open() == [], "the nozzle is free, and nobody pays for it"
        there.by_hand(1, 10_00)
        await closes(bench, "77.00")
        close = last(bench)
        assert isinstance(close, BookShiftClose)
        assert close.pumps == Pumps(
            totals=(at(1, "92", 1_030_00), at(4, "0", 77_00)), unpaid=(at(1, "92", 10_00, 73_80),)
        )
        figures = await bench.ledger.figures(close.id)
        assert figures.grades == (
            GradeFigures(grade="92", sold=0, tested=20_00, flowed=30_00, unpaid_last=10_00),
            GradeFigures(grade="0", sold=0, tested=0, flowed=0),
        )
        assert (figures.unpaid.count, figures.unpaid.amount) == (1, 73_80)


async def test_a_test_whose_nozzle_hangs_while_it_is_keyed_is_that_fill() -> None:
    """Noted by hand it would wait to be paid."""
    there = Forecourt(*NOZZLES)
    async with Bench(forecourt=Near(there), settings=TWO) as bench:
        await opens(bench, "77")
        await begin(bench, "tested", "1")
        assert bench.screen.keying is Keying.LITRES
        there.by_hand(1, 20_00)
        await bench.key("20")
        assert (bench.state, bench.screen.code) == (State.DECLINED, "A343")
        await bench.touch("done")
        await pick(bench, "hand-1")
        await bench.touch("confirm")
        await bench.scan(BADGE)
        await bench.touch("done")
        await bench.time.pass_s(31)
        assert there.open() == []


async def test_of_more_fills_than_an_entry_has_room_for_none_is_lost_when_the_shift_is_closed() -> None:
    there = Forecourt(NOZZLES[1])
    async with Bench(forecourt=Near(there), settings=TWO) as bench:
        await opens(bench)
        for _ in range(MANY):
            there.by_hand(1, 1_00)
        await begin(bench, "x")
        await bench.touch("confirm")
        await bench.touch("done")
        await closes(bench)
        for command in (bench.booked[-2].command, close := last(bench)):
            assert isinstance(command, BookNote | BookShiftClose)
            assert command.pumps
            assert len(command.pumps.unpaid) == UNPAID_MAX
            further = MANY - UNPAID_MAX
            assert (command.pumps.further, command.pumps.further_fen) == (further, further * 7_38)
            figures = await bench.ledger.figures(command.id)
            assert figures is not None
            assert figures.unpaid == Tallied(count=MANY, amount=MANY * 7_38)
        assert isinstance(close, BookShiftClose)
        await begin(bench, "E02")
        await counts(bench, "100")
        await reads(bench)
        await begin(bench, "tested")
        assert [one.value for one in bench.screen.choices if one.do == "pick"] == [
            *(f"hand-{one}" for one in range(1, MANY + 1)),
            "keyed",
        ]


async def test_where_no_controller_tells_them_the_nozzles_of_the_policy_are_read() -> None:
    async with Bench(policy=BY_HAND, settings=TWO) as bench:
        await opens(bench, "5.5")
        command = last(bench)
        assert isinstance(command, BookShiftOpen)
        assert command.pumps == Pumps(totals=(at(2, "92", 5_50),))


async def test_a_controller_that_is_away_tells_nothing() -> None:
    near = Near(Forecourt(*NOZZLES))
    near.away = True
    async with Bench(policy=BY_HAND, forecourt=near, settings=TWO) as bench:
        await opens(bench, "5.5")
        command = last(bench)
        assert isinstance(command, BookShiftOpen)
        assert command.pumps == Pumps(totals=(at(2, "92", 5_50),))


async def test_a_nozzle_is_picked_by_its_own_number() -> None:
    """Wherever it stands among those that are told; of two digits it has no key."""
    there = Forecourt(*(Nozzle(number=one, grade="92", price=7_38) for one in (1, 4, 9, 10)))
    keys = [("1", "1"), ("4", "4"), ("9", "9"), ("10", "")]
    async with Bench(policy=POLICY, forecourt=Near(there)) as bench:
        await begin(bench, "tested")
        assert [(one.value, one.key) for one in bench.screen.choices if one.do == "pick"] == keys


async def test_a_nozzle_that_is_released_is_picked_by_its_number_too() -> None:
    there = Forecourt(*(Nozzle(number=one, grade="92", price=7_38) for one in (4, 1, 12)))
    async with Bench(policy=POLICY, forecourt=Near(there)) as bench:
        await bench.touch("start", "release")
        await bench.scan(BADGE)
        picks = [(one.value, one.key) for one in bench.screen.choices if one.do == "pick"]
        assert sorted(picks) == [("1", "1"), ("12", ""), ("4", "4")]


async def test_where_people_are_told_apart_a_shift_lead_saw_what_an_attendant_tested_and_keys_a_pin() -> None:
    there = Forecourt(*NOZZLES)
    async with Bench(forecourt=Near(there), settings=SHOP) as bench:
        await with_pins(bench)
        there.by_hand(1, 20_00)
        await begin(bench, "tested", "1", "hand-1")
        await bench.touch("confirm")
        for number, code in ((0, "A153"), (3, "A154"), (4, "A154")):
            await bench.scan(badge(number))
            assert (bench.state, bench.screen.code) == (State.READY, code)
        await bench.scan(badge(2))
        assert (bench.state, bench.screen.keying) == (State.KEYING, Keying.PIN)
        await bench.key(PIN)
        note = last(bench)
        assert isinstance(note, BookNote)
        assert (note.what, note.at.operator, note.at.second) == (PUMP_TEST, "E00", "E02")
