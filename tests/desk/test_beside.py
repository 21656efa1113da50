"""What the counter tells people beside its page, and what a button of the box does on its screens."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator

from msgspec.structs import replace

from terminal.core.companies import Company
from terminal.core.errors import CaseOpen, DiskFull, TerminalFault
from terminal.core.events import ButtonPressed, CaseOpened, DeviceEvent, Does
from terminal.core.facing import NOTHING, FacingRow, Rows
from terminal.core.screens import State, says
from terminal.core.signals import Cue
from terminal.core.spoken import Outcome
from tests.desk.fakes import BADGE, BREAD_CODE, JOIN_CODE, MILK_CODE, Bench, settled
from tests.flows.shop import POLICY, STRANGER, WANG_CARD


class Box:
    """`Signals`; it remembers what was asked of it."""

    name = "box"

    def __init__(self) -> None:
        self.cues: list[Cue | None] = []
        self.opened = 0

    def signal(self, cue: Cue | None) -> None:
        self.cues.append(cue)

    def open_drawer(self) -> None:
        self.opened += 1

    async def events(self) -> AsyncGenerator[DeviceEvent, None]:
        return
        yield

    @property
    def told(self) -> list[Cue | None]:
        """Since the last time."""
        cues, self.cues = self.cues, []
        return cues


def _benched(box: Box) -> Bench:
    bench = Bench()
    bench.beside.add(box)
    return bench


async def test_every_scan_and_card_is_answered_once_and_a_touch_is_not() -> None:
    box = Box()
    async with _benched(box) as bench:
        assert box.told == []
        await bench.scan(MILK_CODE)
        assert box.told == [Cue.ACCEPTED]
        await bench.scan(BREAD_CODE, MILK_CODE)
        assert box.told == [Cue.ACCEPTED, Cue.ACCEPTED]
        await bench.touch("remove", "0")
        await bench.touch("done")
        assert box.told == []
        await bench.tap(WANG_CARD)
        assert box.told == [Cue.ACCEPTED]
        await bench.touch("pick", "stored")
        assert box.told == []
        await bench.touch("confirm")
        assert box.told == [Cue.ACCEPTED]
        await bench.touch("reprint")
        await bench.touch("done")
        assert box.told == []
    assert box.opened == 0


async def test_what_is_refused_is_told_so() -> None:
    box = Box()
    async with _benched(box) as bench:
        await bench.scan("https://example.invalid/menu")
        assert box.told == [Cue.REJECTED]
        await bench.touch("done")
        await bench.scan(MILK_CODE)
        await bench.touch("done")
        assert box.told == [Cue.ACCEPTED]
        await bench.tap(STRANGER)
        assert (bench.state, box.told) == (State.DECLINED, [Cue.REJECTED])


async def test_what_nobody_waits_for_is_refused_aloud_though_the_screen_stays() -> None:
    """Where touches alone are waited for: whoever does not look at the screen would take it for answered."""
    box = Box()
    async with _benched(box) as bench:
        await bench.scan(BADGE)
        await bench.scan(JOIN_CODE)
        step, _ = bench.screen.step, box.told
        await bench.scan(JOIN_CODE)
        assert box.told == [], "a scanner that is held on a code"
        await bench.scan(MILK_CODE)
        assert box.told == [Cue.REJECTED]
        await bench.tap(WANG_CARD)
        await bench.tap(WANG_CARD)
        assert box.told == [Cue.REJECTED], "once a card"
        await bench.time.pass_s(1)
        await bench.scan(JOIN_CODE)
        assert box.told == [Cue.REJECTED]
        assert bench.screen.step == step


async def test_a_closed_counter_answers_what_is_scanned_with_its_fault() -> None:
    box = Box()
    async with _benched(box) as bench:
        bench.counter.closed_by(DiskFull("no room"))
        await settled()
        assert box.told == [Cue.FAULT]
        await bench.scan(MILK_CODE)
        assert box.told == [Cue.FAULT]


async def test_a_sale_is_told_as_offline_while_headquarters_is_away_and_only_then() -> None:
    box = Box()
    async with _benched(box) as bench:
        for online, cue in ((True, Cue.ACCEPTED), (False, Cue.OFFLINE)):
            bench.counter.uplink_changed(online=online, waiting=0)
            await bench.to_confirm(WANG_CARD)
            assert box.told[-1] is Cue.ACCEPTED
            await bench.touch("confirm")
            assert box.told == [cue]
            await bench.touch("done")


async def test_a_defect_and_a_closed_counter_are_faults_and_one_that_opens_is_dark() -> None:
    box = Box()
    async with _benched(box) as bench:
        await bench.to_confirm(WANG_CARD)
        bench.ledger.fails.append(TerminalFault("a defect"))
        assert box.told
        await bench.touch("confirm")
        assert box.told == [Cue.FAULT]
        await bench.touch("done")
        bench.counter.closed_by(DiskFull("no room"))
        await settled()
        assert box.told == [Cue.FAULT]
        bench.counter.closed_by(None)
        await settled()
        assert box.told == [None]


async def _to_cash(bench: Bench) -> None:
    await bench.scan(MILK_CODE)
    await bench.touch("done")
    await bench.touch("skip")
    await bench.key("10")


async def test_the_drawer_opens_for_cash_once_it_is_booked_and_not_for_a_reprint() -> None:
    box = Box()
    async with _benched(box) as bench:
        await _to_cash(bench)
        assert (bench.state, box.opened) == (State.CONFIRM, 0)
        await bench.touch("confirm")
        assert (bench.state, box.opened) == (State.APPROVED, 1)
        await bench.touch("reprint")
        assert box.opened == 1


async def test_a_sale_stands_when_the_box_has_a_defect() -> None:
    class Broken(Box):
        def signal(self, cue: Cue | None) -> None:
            raise ZeroDivisionError(cue)

        def open_drawer(self) -> None:
            raise ZeroDivisionError

    async with _benched(Broken()) as bench:
        await _to_cash(bench)
        await bench.touch("confirm")
        assert bench.state is State.APPROVED


async def test_a_button_does_what_its_key_would_on_the_screen_that_is_shown() -> None:
    async with Bench() as bench:

        async def press(does: Does) -> None:
            bench.counter.post(ButtonPressed(device="box", does=does))
            await settled()

        await press(Does.CONFIRM)
        assert bench.state is State.IDLE
        await _to_cash(bench)
        await press(Does.CANCEL)
        assert (bench.state, bench.booked) == (State.SAYING, [])
        await press(Does.CONFIRM)
        assert bench.state is State.IDLE
        await _to_cash(bench)
        await press(Does.CONFIRM)
        assert (bench.state, len(bench.booked)) == (State.APPROVED, 1)
        await press(Does.REPRINT)
        assert bench.title == "Printing the last receipt again, marked as a duplicate."


async def test_an_open_case_is_said_at_the_counter_which_sells_on() -> None:
    async with Bench() as bench:
        assert not bench.counter.case_opened
        bench.counter.post(CaseOpened(device="box"))
        await bench.to_confirm(WANG_CARD)
        status = bench.counter.view().status
        assert (status.notice, status.notice_code) == (says(CaseOpen.for_attendant), CaseOpen.code)
        assert bench.counter.case_opened


class Glass(Box):
    """`LineDisplay`; it remembers what it was given."""

    def __init__(self) -> None:
        super().__init__()
        self.shows_balance = False
        self.rows: Rows = NOTHING

    def face(self, rows: Rows) -> None:
        self.rows = rows


async def test_a_deposit_is_paid_by_the_customer_and_then_given_back_to_them() -> None:
    glass = Glass()
    async with _benched(glass) as bench:

        async def begins() -> None:
            await bench.touch("start", "deposit")
            await bench.tap(WANG_CARD)

        def shown() -> FacingRow:
            return glass.rows[0]

        await begins()
        await bench.touch("pick", "order")
        for keyed in ("cake", "50", "50"):
            await bench.key(keyed)
        assert shown() == FacingRow(label=says("Amount due"), value="50.00")
        await bench.touch("confirm")
        assert shown() == FacingRow(label=says("Paid"), value="50.00")
        await bench.touch("done")
        await begins()
        await bench.touch("pick", "back")
        back = FacingRow(label=says("Given back"), value="50.00")
        assert (bench.title, shown()) == ("Give the deposit back?", back)
        await bench.touch("confirm")
        assert (bench.state, shown()) == (State.APPROVED, back)
        await bench.touch("done")
        await begins()
        await bench.touch("pick", "order")
        for keyed in ("cake", "50", "50"):
            await bench.key(keyed)
        assert shown() == FacingRow(label=says("Amount due"), value="50.00")


async def test_the_customer_sees_the_price_before_the_card_and_nothing_when_it_is_over() -> None:
    glass = Glass()
    async with _benched(glass) as bench:
        await bench.scan(MILK_CODE)
        assert [row.value for row in glass.rows] == ["3.50", "3.50"]
        await bench.touch("done")
        assert glass.rows[0] == FacingRow(label=says("Amount due"), value="3.50")
        await bench.tap(WANG_CARD)
        await bench.touch("pick", "stored")
        await bench.touch("confirm")
        assert glass.rows == (FacingRow(label=says("Paid"), value="3.50"), FacingRow())
        await bench.touch("done")
        assert glass.rows == NOTHING


class Mouth(Box):
    """`Voice`; it remembers what it was to say."""

    def __init__(self) -> None:
        super().__init__()
        self.said: list[tuple[Outcome, int]] = []
        self.spelled = ""

    def say(self, outcome: Outcome, fen: int) -> None:
        self.said.append((outcome, fen))

    def spell(self, digit: str) -> None:
        self.spelled += digit


async def test_the_amount_is_said_once_it_is_booked_and_not_before() -> None:
    mouth = Mouth()
    async with _benched(mouth) as bench:
        bench.ledger.gate = asyncio.Event()
        await bench.to_confirm(WANG_CARD)
        await bench.touch("confirm")
        assert (bench.state, mouth.said) == (State.PROCESSING, [])
        bench.ledger.gate.set()
        await settled()
        assert (bench.state, mouth.said) == (State.APPROVED, [(Outcome.PAID, 700)])
        await bench.touch("reprint")
        assert len(mouth.said) == 1


async def test_a_deposit_is_said_once_it_is_booked_and_not_when_it_goes_back() -> None:
    mouth = Mouth()
    async with _benched(mouth) as bench:
        await bench.touch("start", "deposit")
        await bench.tap(WANG_CARD)
        await bench.touch("pick", "order")
        for keyed in ("cake", "50", "50"):
            await bench.key(keyed)
        assert mouth.said == []
        await bench.touch("confirm")
        assert (bench.state, mouth.said) == (State.APPROVED, [(Outcome.PAID, 50_00)])
        await bench.touch("done")
        await bench.touch("start", "deposit")
        await bench.tap(WANG_CARD)
        await bench.touch("pick", "back")
        await bench.touch("confirm")
        assert (bench.state, len(mouth.said)) == (State.APPROVED, 1)


async def test_what_a_company_pays_is_said_and_credit_that_it_is_given_is_not() -> None:
    mouth = Mouth()
    policy = replace(POLICY, companies=(Company(company="F1", name="测试车队"),))
    async with Bench(policy=policy) as bench:
        bench.beside.add(mouth)
        for what, said in (("credit", 0), ("ahead", 1)):
            await bench.touch("start", "company")
            await bench.touch("pick", what)
            await bench.key("50")
            while bench.state is not State.APPROVED:
                buttons = [one for one in bench.screen.choices if one.do in {"pick", "confirm"}]
                await bench.touch(buttons[0].do, buttons[0].value)
            assert mouth.said == [(Outcome.PAID, 50_00)] * said
            await bench.touch("done")
