"""What the maintenance menu asks of the terminal that runs, and what that says to it."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Callable, Sequence
from typing import Any

import pytest

from terminal.config import Device
from terminal.core.commands import (
    MAINTENANCE,
    STAFF_PIN,
    AtNozzle,
    BookNote,
    BookShiftClose,
    ClockTrust,
    Pumps,
)
from terminal.core.forecourt import Nozzle
from terminal.core.pin import TRIES_MAX
from terminal.core.shift import DRAWER, X_REPORT
from terminal.core.signals import Cue
from terminal.core.staff import Role
from terminal.core.values import StaffId
from terminal.desk.employed import Employed
from terminal.desk.settings import Settings, StaffMember
from terminal.drivers.codecs.escpos import Profile
from terminal.drivers.codecs.forecourt_line import AskRelease
from terminal.drivers.paper.settings import PaperSettings
from terminal.drivers.serial_reader import Settings as ReaderSettings
from terminal.drivers.virtual.forecourt import Forecourt, Near
from terminal.first_pin import IN_TRAINING
from terminal.live_devices import LIVE_RECORDS_MAX, LIVE_S
from terminal.maintenance.facts import DiskFacts
from terminal.maintenance.metrics import Figures, counted
from terminal.runtime.trace import What, noted, recorded
from terminal.store.pin_tries import of_staff
from terminal.technician import (
    DETAIL_CHARS_MAX,
    FILLS,
    NO_DRAWER,
    NOT_TO_GIVE,
    SERVED,
    STAY_MS,
    STAYS_MAX,
    Answer,
    Inside,
    Technician,
)
from tests.desk.fakes import Bench, settled

PIN = "200731"
STAFF = (
    StaffMember(id=StaffId("E01"), name="店员", badge="ST-0301"),
    StaffMember(id=StaffId("E02"), name="店长", badge="ST-0302", role=Role.MANAGER),
    StaffMember(id=StaffId("E03"), name="技术", badge="ST-0303", role=Role.TECHNICIAN),
)
TAG = b"\x020011223344E5\x03"


FIGURES = Figures(
    terminal="S1/T1",
    entries=31,
    entries_new=2,
    waiting=3,
    online=True,
    devices=(),
    trust=ClockTrust.UNKNOWN,
    drift_ms=None,
    disk=DiskFacts(path="/", free_bytes=1, total_bytes=2, read_only=False),
    written=None,
    written_new=None,
)


class Lamps:
    """`Signals`, as far as it is asked."""

    name = "box"

    def __init__(self) -> None:
        self.given: list[Cue | None] = []
        self.kicks = 0

    def signal(self, cue: Cue | None) -> None:
        self.given.append(cue)

    def open_drawer(self) -> None:
        self.kicks += 1

    def events(self) -> Any:
        raise NotImplementedError


class Box:
    """A terminal as far as a technician knows it."""

    def __init__(self, bench: Bench, *, training: bool = False, drawer: bool = True) -> None:
        self.bench, self.ledger = bench, bench.ledger
        self.sends, self.restarts, self.changes = True, 0, 0
        self.hook: list[tuple[str, ...]] = []
        reader = Device(
            name="front", driver="serial_reader", kind="reader", settings=ReaderSettings(path="/dev/x")
        )
        lamps = Device(name="box", driver="pins", kind="signals", settings=None)
        printer = PaperSettings(drawer=drawer)
        paper = Device(name="paper", driver="usb_printer", kind="printer", settings=printer)
        self.technician = Technician(
            Inside(
                counter=bench.counter,
                ledger=bench.ledger,  # type: ignore[arg-type]
                beside=bench.beside,
                clock=bench.time,  # type: ignore[arg-type]
                devices=(reader, lamps, paper),
                send_now=lambda: self.sends,
                webhook=self._webhook,
                figures=self._figures,
                change_over=self._change_over,
                restart=self._restart,
                training=training,
            )
        )
        self.token = ""

    async def _webhook(self, said: tuple[str, ...]) -> Sequence[str]:
        self.hook.append(said)
        return ["nothing is in quarantine"]

    async def _figures(self) -> Figures:
        return FIGURES

    def _change_over(self) -> None:
        self.changes += 1

    def _restart(self) -> None:
        self.restarts += 1

    async def ask(self, *said: str) -> Answer:
        return await self.technician.answer((self.token, *said))

    async def enter(self, who: str = "E03", pin: str = PIN) -> Answer:
        answer = await self.ask("enter", who, pin)
        self.token = answer.token
        return answer

    @property
    def notes(self) -> list[tuple[str, str, str]]:
        taken = [one.payload for one in self.ledger.entries.values()]
        return [(one.what, one.detail, one.at.operator) for one in taken if isinstance(one, BookNote)]


async def shop(bench: Bench) -> Box:
    for one in STAFF:
        bench.ledger.staff_pins[one.id] = await bench.ledger.pin_book.verifier(PIN), False
    return Box(bench)


@pytest.fixture
async def box() -> AsyncGenerator[Box, None]:
    async with Bench(settings=Settings(staff=STAFF), profile=Profile(drawer=True)) as bench:
        found = await shop(bench)
        yield found
        for name in list(found.technician._looking._recordings):
            found.technician._looking._over(name)


async def test_a_technician_comes_in_by_their_own_pin(box: Box) -> None:
    assert len((await box.enter()).token) == 32
    assert (await box.ask("note", "restart")).lines == (f"entry {len(box.ledger.entries)}",)
    assert box.notes == [(MAINTENANCE, "restart", "E03")]


async def test_nobody_else_comes_in_while_there_is_a_technician(box: Box) -> None:
    for who in ("E01", "E02", "E99", ""):
        answer = await box.enter(who)
        assert (answer.token, answer.enter) == ("", True)
        assert answer.why == "that is nobody who looks after this terminal"


async def test_where_there_is_no_technician_whoever_is_highest_comes_in() -> None:
    async with Bench(settings=Settings(staff=STAFF[:2])) as bench:
        box = await shop(bench)
        assert not (await box.enter("E01")).token
        assert (await box.enter("E02")).token
    async with Bench(settings=Settings()) as bench:
        assert not (await Box(bench).enter("E01")).token


async def test_wrong_pins_are_counted_like_all_others_and_lock(box: Box) -> None:
    for _ in range(TRIES_MAX):
        answer = await box.enter(pin="111222")
        assert answer.enter
        assert not answer.token
    assert "tries were wrong" in (await box.enter()).why


async def test_a_pin_that_was_given_only_serves_to_choose_another(box: Box) -> None:
    box.ledger.staff_pins[StaffId("E03")] = await box.ledger.pin_book.verifier(PIN), True
    answer = await box.enter()
    assert (answer.token, answer.enter) == ("", True)
    assert "not chosen by themselves" in answer.why


@pytest.mark.parametrize(
    "what",
    [
        "note",
        "drawer",
        "x",
        "z",
        "staff",
        "staff-pin",
        "give-up",
        "training",
        "restart",
        "leave",
        "cards",
        "cards-cancel",
    ],
)
async def test_what_changes_something_needs_the_pin(box: Box, what: str) -> None:
    for token in ("", "0" * 32):
        box.token = token
        assert await box.ask(what, "E01", "0") == Answer(why="key the PIN first", enter=True)
    assert (box.notes, box.restarts, box.changes, box.hook) == ([], 0, 0, [])


async def test_a_stay_ends_when_it_is_not_used(box: Box) -> None:
    await box.enter()
    await box.bench.time.pass_s(STAY_MS / 1000)
    assert (await box.ask("staff")).lines
    await box.bench.time.pass_s(STAY_MS / 1000)
    assert (await box.ask("staff")).lines
    await box.bench.time.pass_s(STAY_MS / 1000 + 0.001)
    assert (await box.ask("staff")).enter


async def test_a_stay_ends_when_they_look_after_it_no_more(box: Box) -> None:
    await box.enter()
    box.bench.counter.employs(Employed(staff=STAFF[:2]))
    assert (await box.ask("restart")).enter
    assert (box.restarts, box.notes) == (0, [])


@pytest.mark.parametrize("given", [False, True])
async def test_a_stay_ends_when_they_have_another_pin(box: Box, given: bool) -> None:  # noqa: FBT001
    await box.enter()
    await box.bench.time.pass_s(1)
    box.ledger.staff_pins[STAFF[2].id] = await box.ledger.pin_book.verifier("314159"), given
    assert (await box.ask("restart")).enter
    assert box.restarts == 0


async def test_a_stay_ends_when_they_leave_and_the_oldest_when_there_are_many(box: Box) -> None:
    await box.enter()
    first = box.token
    await box.ask("leave")
    assert (await box.ask("staff")).enter
    tokens = []
    for _ in range(STAYS_MAX + 1):
        await box.bench.time.pass_s(1)
        await box.enter()
        tokens.append(box.token)
    open_ = [not (await box.technician.answer((one, "staff"))).enter for one in (first, *tokens)]
    assert open_ == [False, False, *([True] * STAYS_MAX)]


@pytest.mark.parametrize("said", [(), ("",), ("", ""), ("", "format"), ("x", "format", "c:")])
async def test_what_it_does_not_know_it_says(box: Box, said: tuple[str, ...]) -> None:
    assert "does not know" in (await box.technician.answer(said)).why


async def test_lamps_and_buzzer_are_tried(box: Box) -> None:
    assert (await box.ask("signal", "accepted")).why
    lamps = Lamps()
    box.bench.beside.add(lamps)  # type: ignore[arg-type]
    assert (await box.ask("signal", "accepted")).lines == ("given: accepted",)
    assert (await box.ask("signal", "")).lines == ("silent and dark",)
    assert lamps.given == [Cue.ACCEPTED, None]


async def test_what_waits_is_sent_now_where_there_is_anybody(box: Box) -> None:
    assert (await box.ask("send-now")).lines
    box.sends = False
    assert (await box.ask("send-now")).why.startswith("there is nobody")


async def test_what_was_counted_is_told_to_anybody_who_looks(box: Box) -> None:
    assert (await box.ask("counters")).lines == counted(FIGURES)


async def test_entries_in_quarantine_are_seen_and_sent_again_and_given_up_with_a_pin(box: Box) -> None:
    assert (await box.ask("quarantine")).lines == ("nothing is in quarantine",)
    await box.ask("quarantine", "again")
    await box.enter()
    await box.ask("give-up", "7")
    assert box.hook == [(), ("again",), ("give-up", "7", "E03")]
    assert box.notes == [(MAINTENANCE, "give up entry 7", "E03")]
    assert (await box.ask("give-up", "the first")).why
    assert len(box.notes) == 1


async def test_the_drawer_opens_once_it_is_on_record(box: Box) -> None:
    lamps = Lamps()
    box.bench.beside.add(lamps)  # type: ignore[arg-type]
    await box.enter()
    assert "SecondPersonNeeded" in (await box.ask("drawer")).why
    assert "SecondPersonNeeded" in (await box.ask("drawer", "", "")).why
    assert "WrongPin" in (await box.ask("drawer", "E02", "111222")).why
    assert "MayNotApprove" in (await box.ask("drawer", "E01", PIN)).why
    assert (box.notes, lamps.kicks) == ([], 0)
    assert (await box.ask("drawer", "E02", PIN)).lines
    await settled()
    assert box.notes == [(DRAWER, "self-test", "E03")]
    assert (lamps.kicks, box.bench.printer.kicks) == (1, 1)


async def test_where_no_drawer_is_configured_none_was_told_to_open() -> None:
    """Nor in training, where it stays shut: cables would be changed in vain."""
    async with Bench(settings=Settings(staff=STAFF)) as bench:
        await shop(bench)
        box = Box(bench, drawer=False)
        await box.enter()
        assert await box.ask("drawer", "E02", PIN) == Answer(why=NO_DRAWER)
        assert box.notes == []


async def test_an_x_report_is_booked_printed_and_summed_up(box: Box) -> None:
    await box.enter()
    answer = await box.ask("x")
    await settled()
    assert answer.lines[-1] == "should be in the drawer: ¥150.00"
    assert box.notes == [(X_REPORT, "", "E03")]
    assert len(box.bench.printer.paper) == 1


async def test_a_shift_is_closed_with_what_was_counted(box: Box) -> None:
    await box.enter()
    assert (await box.ask("z", "10", "10.01")).why == "more stays than was counted"
    assert "BadAmount" in (await box.ask("z", "ten", "0")).why
    assert (await box.ask("z", "12.50", "0")).lines[1:] == (
        "should be in the drawer: ¥150.00",
        "counted: ¥12.50",
        "over or short: -¥137.50",
    )
    closed = [one.payload for one in box.ledger.entries.values() if isinstance(one.payload, BookShiftClose)]
    assert [(one.counted, one.left, one.at.operator) for one in closed] == [(1250, 0, "E03")]
    assert box.bench.counter.view().status.shift == "T1-2"
    assert (await box.ask("z", "0.00", "0")).lines


async def test_reports_of_a_station_say_what_its_dispensers_tell_and_what_was_read() -> None:
    """Who closes by the menu hides nothing that flowed and was not paid, and leaves out no totaliser."""
    there = Forecourt(
        Nozzle(number=1, grade="92", price=7_38, total=1_000_00), Nozzle(number=4, grade="0", price=7_05)
    )
    async with Bench(forecourt=Near(there), settings=Settings(staff=STAFF)) as bench:
        box = await shop(bench)
        await box.enter()
        there.by_hand(1, 10_00)
        assert (await box.ask("x")).lines
        assert (await box.ask("to-read")).lines == ("4",)
        for said in ((), ("1=1010",)):
            refused = await box.ask("z", "10", "0", *said)
            assert refused.why == "the totaliser of nozzle 4 is to be read: open 5 anew"
        for said in ("4=", "4=much", "=7", "4"):
            assert "BadLitres" in (await box.ask("z", "10", "0", said)).why
        assert bench.counter.view().status.shift == "T1-1"
        assert (await box.ask("z", "10", "0", "4=7654.3")).lines
        assert (await box.ask("z", "10", "0", "4=0", "1=5")).lines, "a new pump; and what is told goes first"
    told = AtNozzle(nozzle=1, grade="92", centilitres=1_010_00)
    unpaid = (AtNozzle(nozzle=1, grade="92", centilitres=10_00, fen=73_80),)
    reports = [one.payload for one in box.ledger.entries.values()]
    assert [one.pumps for one in reports if isinstance(one, BookNote | BookShiftClose)] == [
        Pumps(totals=(told,), unpaid=unpaid),
        *(
            Pumps(totals=(told, AtNozzle(nozzle=4, grade="0", centilitres=read)), unpaid=unpaid)
            for read in (7_654_30, 0)
        ),
    ]


async def test_what_ends_the_counter_waits_until_nobody_is_served(box: Box) -> None:
    await box.enter()
    await box.bench.touch("start", "recharge")
    for said in (("z", "0", "0"), ("training",), ("restart",)):
        assert (await box.ask(*said)).why.startswith("somebody is being served")
    assert (box.notes, box.changes, box.restarts) == ([], 0, 0)


async def test_over_a_fill_nothing_that_takes_long_is_begun() -> None:
    there = Forecourt(Nozzle(number=1, grade="92", price=7_38))
    async with Bench(forecourt=Near(there), settings=Settings(staff=STAFF)) as bench:
        box = await shop(bench)
        assert await box.ask("served") == Answer()
        there.answer(AskRelease(n=1, id="F1", nozzle=1, price=7_38))
        there.pump(1, 5_00)
        assert await box.ask("served") == Answer(lines=(FILLS,))
        await box.enter()
        assert await box.ask("training") == Answer(why=FILLS)
        assert (box.notes, box.changes) == ([], 0)
        assert (await box.ask("restart")).lines, "what tells of a fill may be what hangs"
        there.hang(1)
        assert await box.ask("served") == Answer()
        await bench.touch("start", "recharge")
        assert await box.ask("served") == Answer(lines=(SERVED,))


async def test_it_restarts_and_changes_over_once_that_is_on_record(box: Box) -> None:
    await box.enter()
    assert (await box.ask("restart")).lines
    assert (await box.ask("training")).lines[0].startswith("training begins")
    assert box.notes == [(MAINTENANCE, "restart", "E03"), (MAINTENANCE, "training begins", "E03")]
    assert (box.restarts, box.changes) == (1, 1)


async def test_training_is_ended_the_same_way(box: Box) -> None:
    learns = Box(box.bench, training=True)
    await learns.enter()
    assert (await learns.ask("training")).lines == ("training ends",)
    assert box.notes == [(MAINTENANCE, "training ends", "E03")]


async def test_who_works_here_is_listed_and_given_a_pin(box: Box) -> None:
    await box.enter()
    assert (await box.ask("staff")).lines[1] == "E02              manager     店长"
    answer = await box.ask("staff-pin", "E01")
    assert len(answer.lines[0]) == len("E01: 123456")
    assert box.notes[-1] == (STAFF_PIN, "E01", "E03")
    assert (await box.ask("staff-pin", "E09")).why


async def test_in_training_it_is_said_that_a_pin_counts_there_alone() -> None:
    async with Bench(settings=Settings(staff=STAFF), training=True) as bench:
        box = await shop(bench)
        await box.enter()
        assert (await box.ask("staff-pin", "E01")).lines[-1] == IN_TRAINING


async def test_a_technician_does_not_become_whoever_approves(box: Box) -> None:
    await box.enter()
    answer = await box.ask("staff-pin", "E02")
    assert answer == Answer(why=NOT_TO_GIVE)
    assert box.notes == []
    assert not await box.ledger.pin_book.check_staff(StaffId("E02"), PIN), "theirs counts as before"


async def test_their_tries_that_are_used_up_do_not_change_that(box: Box) -> None:
    await box.enter()
    box.ledger.pin_tries[of_staff(StaffId("E02"))] = TRIES_MAX
    assert (await box.ask("staff-pin", "E02")).why == NOT_TO_GIVE


async def test_on_a_new_box_the_technician_gives_the_manager_the_first_one(box: Box) -> None:
    await box.enter()
    del box.ledger.staff_pins[StaffId("E02")]
    assert (await box.ask("staff-pin", "E02")).lines
    assert box.notes == [(STAFF_PIN, "E02", "E03")]
    assert (await box.ask("staff-pin", "E02")).why == NOT_TO_GIVE, "one that was given is theirs already"


async def test_what_headquarters_says_of_a_managers_pin_is_one() -> None:
    async with Bench(settings=Settings(staff=STAFF)) as bench:
        box = await shop(bench)
        bench.counter.employs(Employed(staff=STAFF, verifiers={StaffId("E02"): "told"}))
        await box.enter()
        del box.ledger.staff_pins[StaffId("E02")]
        assert (await box.ask("staff-pin", "E02")).why == NOT_TO_GIVE


async def test_a_shift_lead_is_given_one_by_nobody_below_a_shift_lead() -> None:
    lead = StaffMember(id=StaffId("E04"), name="班长", badge="ST-0304", role=Role.SHIFT_LEAD)
    async with Bench(settings=Settings(staff=(*STAFF, lead))) as bench:
        box = await shop(bench)
        await box.enter()
        assert (await box.ask("staff-pin", "E04")).why == NOT_TO_GIVE, "the manager has one and gives it"
        del box.ledger.staff_pins[StaffId("E02")]
        assert (await box.ask("staff-pin", "E04")).lines


async def test_a_manager_who_looks_after_it_gives_anybody_one() -> None:
    second = StaffMember(id=StaffId("E05"), name="副店长", badge="ST-0305", role=Role.MANAGER)
    async with Bench(settings=Settings(staff=(*STAFF[:2], second))) as bench:
        box = await shop(bench)
        bench.ledger.staff_pins[second.id] = await bench.ledger.pin_book.verifier(PIN), False
        await box.enter("E02")
        for who in ("E01", "E05"):
            assert (await box.ask("staff-pin", who)).lines


async def test_a_note_is_one_line_and_short(box: Box) -> None:
    await box.enter()
    await box.ask("note", "a\nb" + "x" * DETAIL_CHARS_MAX)
    assert box.notes[0][1] == ("a\\nb" + "x" * DETAIL_CHARS_MAX)[:DETAIL_CHARS_MAX]


async def test_what_a_device_says_is_seen_with_other_numbers(box: Box) -> None:
    assert (await box.ask("live", "front")) == Answer()
    noted("front", What.IN, TAG)
    seen = (await box.ask("live", "front")).records
    assert [one.what for one in seen] == [What.IN]
    assert len(seen[0].data) == len(TAG)
    assert seen[0].data != TAG
    assert (await box.ask("live", "front")).records == seen


async def test_a_look_holds_so_much_and_then_begins_anew(box: Box) -> None:
    await box.ask("live", "box")
    for _ in range(LIVE_RECORDS_MAX - 1):
        noted("box", What.SLOT, b"1")
    assert not (await box.ask("live", "box")).full
    noted("box", What.SLOT, b"1")
    noted("box", What.SLOT, b"2")
    answer = await box.ask("live", "box")
    assert answer.full
    assert [one.data for one in answer.records] == [b"1"] * LIVE_RECORDS_MAX
    assert await box.ask("live", "box") == Answer()


async def test_a_look_that_nobody_goes_on_with_ends(box: Box, monkeypatch: pytest.MonkeyPatch) -> None:
    rings: list[Callable[[], None]] = []

    class Loop:
        def call_later(self, seconds: float, ring: Callable[[str], None], name: str) -> Any:
            assert seconds == LIVE_S
            rings.append(lambda: ring(name))
            return type("Timer", (), {"cancel": lambda _self: rings.clear()})()

    monkeypatch.setattr("terminal.live_devices.asyncio.get_running_loop", Loop)
    await box.ask("live", "box")
    await box.ask("live", "box")
    noted("box", What.SLOT, b"1")
    rings.pop()()
    assert (await box.ask("live", "box")).records == ()


async def test_of_what_is_no_device_or_recorded_elsewhere_nothing_is_seen(box: Box) -> None:
    assert (await box.ask("live", "side")).why == "no device is called 'side'"
    with recorded("front", box.bench.time):  # type: ignore[arg-type]
        assert "recorded already" in (await box.ask("live", "front")).why
