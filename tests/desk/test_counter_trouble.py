"""What must never happen at a counter, and what happens instead."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable

import pytest
from msgspec.structs import replace

from terminal.core.commands import BookSale
from terminal.core.errors import (
    InsufficientFunds,
    LedgerClosed,
    OutcomeUnknown,
    TerminalFault,
)
from terminal.core.events import CardFound, CardPresented, DeviceChanged, DeviceHealth, Unreadable
from terminal.core.ports import Desk
from terminal.core.screens import NEXT, Intent, State, Status, says
from terminal.core.trust import Credential
from terminal.desk.booking import PAUSES_MS
from terminal.desk.inbox import WAITING_MAX
from terminal.desk.stage import IllegalTransition, Stage
from terminal.flows import Flow
from tests.desk.fakes import (
    BADGE,
    BREAD_CODE,
    JOIN_CODE,
    MILK_CODE,
    SETTINGS,
    Bench,
    settled,
)
from tests.flows.shop import HOLDERS, POLICY, UNNAMED_CARD, WANG_CARD

CANCELLED = "Cancelled. Nothing was charged."


# A card that nobody waits for


async def test_a_late_tap_does_not_pay_for_the_next_customer() -> None:
    async with Bench() as bench:
        await bench.to_confirm(WANG_CARD)
        await bench.touch("confirm")
        assert bench.state is State.APPROVED
        await bench.tap(WANG_CARD)  # Once more, to be sure.
        await bench.touch("done")
        await bench.scan(BREAD_CODE)
        await bench.tap(WANG_CARD)  # While goods are scanned.
        await bench.touch("done")
        assert bench.state is State.READY
        assert len(bench.booked) == 1


async def test_a_card_that_was_still_being_read_when_the_next_customer_came_is_not_theirs() -> None:
    async with Bench() as bench:
        await bench.to_confirm(WANG_CARD)
        await bench.touch("confirm")
        tapped_ms = bench.time.mono_ms()  # Once more, to be sure, and the chip is slow.
        await bench.time.pass_s(0.4)
        await bench.touch("done")
        await bench.lay(WANG_CARD, seen_ms=tapped_ms)
        assert (bench.state, bench.screen.code) == (State.DECLINED, "A113")
        await bench.touch("done")
        await bench.scan(BREAD_CODE)
        await bench.touch("done")
        assert bench.state is State.READY
        await bench.lift()
        await bench.tap(UNNAMED_CARD)
        await bench.touch("pick", "stored")
        await bench.touch("confirm")
        assert [booked.command.wallet for booked in bench.booked[1:]] == [HOLDERS[UNNAMED_CARD].wallet]


@pytest.mark.parametrize("code", ["D106", "D107", "A117"])
async def test_a_card_that_is_refused_leaves_the_cart_as_it_is(code: str) -> None:
    """A copy, an answer that was used before, a bank's: another card pays for the same goods."""

    async def refused() -> None:
        bench.counter.post(Unreadable(device="reader", code=code, why="refused by its reader"))
        await settled()

    async with Bench() as bench:
        await bench.scan(BREAD_CODE)
        await refused()
        assert (bench.state, bench.screen.code, len(bench.screen.lines)) == (State.CART, code, 1)
        await bench.touch("done")
        await refused()
        assert (bench.state, bench.screen.code) == (State.READY, code)
        await bench.tap(WANG_CARD)
        for state, answer in ((State.CHOOSING, ("pick", "stored")), (State.CONFIRM, ("confirm", ""))):
            await refused()
            assert bench.state is state
            await bench.touch(*answer)
        assert bench.state is State.APPROVED
        assert len(bench.booked) == 1


async def test_a_tap_while_a_sale_is_booked_opens_nothing() -> None:
    async with Bench() as bench:
        bench.ledger.gate = asyncio.Event()
        await bench.to_confirm(WANG_CARD)
        await bench.touch("confirm")
        assert bench.state is State.PROCESSING
        await bench.tap(UNNAMED_CARD)
        assert not await bench.touch("cancel")
        bench.ledger.gate.set()
        await settled()
        assert bench.state is State.APPROVED
        await bench.touch("done")
        assert bench.state is State.IDLE


async def test_two_cards_at_once_are_one_customer() -> None:
    async with Bench() as bench:
        await bench.touch("start", "recharge")
        for card in (WANG_CARD, UNNAMED_CARD):  # Before the counter could answer.
            bench.counter.post(CardPresented(reader="reader", credential=card))
        await settled()
        assert bench.screen.keying is not None
        await bench.touch("cancel")
        await bench.touch("done")
        await bench.touch("start", "recharge")
        assert bench.state is State.READY


async def test_a_card_swapped_before_the_confirmation_pays_nothing() -> None:
    async with Bench() as bench:
        await bench.to_confirm(WANG_CARD)
        await bench.tap(UNNAMED_CARD)
        await bench.touch("confirm")
        assert (bench.state, bench.screen.code) == (State.DECLINED, "D103")
        assert bench.booked == []


async def test_where_cards_must_stay_one_that_left_pays_nothing() -> None:
    async with Bench(policy=replace(POLICY, card_stays=True)) as bench:
        await bench.to_confirm(WANG_CARD)  # Taps and lifts.
        await bench.touch("confirm")
        assert (bench.state, bench.screen.code) == (State.DECLINED, "D104")
        assert bench.booked == []


async def test_where_cards_must_stay_one_that_stayed_pays() -> None:
    async with Bench(policy=replace(POLICY, card_stays=True)) as bench:
        await bench.scan(MILK_CODE)
        await bench.touch("done")
        await bench.lay(WANG_CARD)
        await bench.touch("pick", "stored")
        await bench.touch("confirm")
        assert bench.state is State.APPROVED


@pytest.mark.parametrize(
    ("found", "state"),
    [(WANG_CARD, State.APPROVED), (UNNAMED_CARD, State.DECLINED), (None, State.DECLINED)],
    ids=["it lies there still", "another lies there", "the reader does not say which"],
)
async def test_where_cards_must_stay_one_that_outlasts_a_drop_out_of_its_reader_pays(
    found: Credential | None, state: State
) -> None:
    async with Bench(policy=replace(POLICY, card_stays=True)) as bench:
        await bench.scan(MILK_CODE)
        await bench.touch("done")
        await bench.lay(WANG_CARD)
        await bench.touch("pick", "stored")
        for health in (DeviceHealth.DOWN, DeviceHealth.READY):
            bench.counter.post(DeviceChanged(device="reader", health=health))
        bench.counter.post(CardFound(reader="reader", credential=found))
        await bench.touch("confirm")
        assert bench.state is state


# Nobody answers


async def step_by_step(bench: Bench, steps: int) -> None:
    """The first steps of a join with cash: every kind of question there is, but the cart's and the card's."""
    doing = (
        lambda: bench.scan(BADGE),
        lambda: bench.scan(JOIN_CODE),
        lambda: bench.touch("pick", "92"),
        lambda: bench.key("27.1"),
        lambda: bench.touch("pick", "cash"),
        lambda: bench.key("300"),
    )
    for do in doing[:steps]:
        await do()


@pytest.mark.parametrize("steps", range(1, 7))
async def test_a_question_nobody_answers_is_cancelled_and_says_so(steps: int) -> None:
    async with Bench() as bench:
        await step_by_step(bench, steps)
        left_alone = bench.screen
        await bench.time.pass_s(SETTINGS.question_s - 1)
        assert bench.screen == left_alone
        await bench.time.pass_s(1)
        assert (bench.state, bench.title) == (State.SAYING, CANCELLED)
        await bench.time.pass_s(SETTINGS.notice_s)
        assert bench.state is State.IDLE
        assert bench.ledger.submitted == []


@pytest.mark.parametrize("steps", range(1, 7))
async def test_cancel_is_on_every_question(steps: int) -> None:
    async with Bench() as bench:
        await step_by_step(bench, steps)
        assert await bench.touch("cancel")
        assert (bench.state, bench.title) == (State.SAYING, CANCELLED)
        assert bench.ledger.submitted == []


async def test_a_cart_that_grows_waits_and_one_left_alone_does_not() -> None:
    async with Bench() as bench:
        for _ in range(3):
            await bench.scan(MILK_CODE)
            await bench.time.pass_s(SETTINGS.question_s - 1)
        assert (bench.state, bench.screen.amount) == (State.CART, "¥10.50")
        await bench.time.pass_s(1)
        assert bench.title == CANCELLED


@pytest.mark.parametrize("flow", ["recharge", "checkout"])
async def test_noise_of_a_broken_scanner_does_not_keep_a_question_open(flow: str) -> None:
    async with Bench() as bench:
        await bench.touch("start", flow)
        for _ in range(SETTINGS.question_s):
            await bench.scan("\x00\x01")
            await bench.time.pass_s(1)
        assert bench.title == CANCELLED


async def test_a_touch_that_comes_after_the_time_is_stale() -> None:
    async with Bench() as bench:
        await bench.to_confirm(WANG_CARD)
        late = Intent(step=bench.screen.step, do="confirm")
        await bench.time.pass_s(SETTINGS.question_s)
        assert not bench.counter.intend(late)
        assert bench.booked == []


async def test_more_scans_than_fit_are_heard_as_an_error() -> None:
    async with Bench() as bench:
        await bench.scan(*[MILK_CODE] * (WAITING_MAX + 20))
        assert bench.screen.code == "30"
        pieces = int(bench.screen.lines[0].label.values["quantity"])
        assert pieces == WAITING_MAX - 1


# The ledger says no, or says nothing


@pytest.mark.parametrize(
    ("fault", "code"), [(InsufficientFunds("x"), "51"), (LedgerClosed("disk full"), "L102")]
)
async def test_what_the_ledger_refuses_is_declined_with_its_code(fault: TerminalFault, code: str) -> None:
    async with Bench() as bench:
        await bench.to_confirm(WANG_CARD)
        bench.ledger.fails = [fault]
        await bench.touch("confirm")
        assert (bench.state, bench.screen.code) == (State.DECLINED, code)
        assert bench.screen.advice is not None
        assert bench.screen.advice.text == fault.for_attendant
        assert bench.printer.paper == []


async def test_an_unknown_outcome_that_was_booked_is_found_and_approved() -> None:
    async with Bench() as bench:
        await bench.to_confirm(WANG_CARD)
        bench.ledger.fails, bench.ledger.books_although = [OutcomeUnknown("fsync")], True
        await bench.touch("confirm")
        assert (bench.state, bench.screen.code) == (State.PROCESSING, "L101")
        await bench.time.pass_s(1)
        assert bench.state is State.APPROVED
        assert len(bench.ledger.submitted) == 1
        assert bench.printer.copies == ["duplicate"]  # In doubt: never a second original.


async def test_an_unknown_outcome_that_was_not_booked_goes_in_again_as_the_very_same() -> None:
    async with Bench() as bench:
        await bench.to_confirm(WANG_CARD)
        bench.ledger.fails = [OutcomeUnknown("fsync"), OutcomeUnknown("again")]
        await bench.touch("confirm")
        await bench.time.pass_s(2)
        assert bench.state is State.APPROVED
        assert len(bench.ledger.submitted) == 3
        assert len(set(map(repr, bench.ledger.submitted))) == 1
        assert len(bench.booked) == 1
        assert bench.printer.copies == ["original"]


async def test_a_ledger_that_reopens_is_waited_for() -> None:
    async with Bench() as bench:
        await bench.to_confirm(WANG_CARD)
        bench.ledger.fails, bench.ledger.books_although = [OutcomeUnknown("fsync")], True
        bench.ledger.look_up_fails = [LedgerClosed("reopening"), LedgerClosed("reopening")]
        await bench.touch("confirm")
        await bench.time.pass_s(5)
        assert bench.state is State.APPROVED


async def test_an_outcome_nobody_can_find_out_is_said_to_be_so() -> None:
    async with Bench() as bench:
        await bench.to_confirm(WANG_CARD)
        bench.ledger.fails = [OutcomeUnknown("dead disk")] * (len(PAUSES_MS) + 1)
        await bench.touch("confirm")
        await bench.time.pass_s(sum(PAUSES_MS) / 1000)
        assert (bench.state, bench.screen.code) == (State.DECLINED, "L104")
        assert bench.printer.paper == []


async def test_rules_that_say_no_at_the_second_try_decline() -> None:
    async with Bench() as bench:
        await bench.to_confirm(WANG_CARD)
        bench.ledger.fails = [OutcomeUnknown("fsync"), InsufficientFunds("spent")]
        await bench.touch("confirm")
        await bench.time.pass_s(1)
        assert (bench.state, bench.screen.code) == (State.DECLINED, "51")


# Defects


def only(script: Callable[[Desk], Awaitable[None]]) -> dict[str, Flow]:
    return {"recharge": Flow(says("Recharge"), script)}


async def test_a_defect_in_a_flow_is_a_fault_screen_and_the_counter_lives_on(
    caplog: pytest.LogCaptureFixture,
) -> None:
    async def broken(desk: Desk) -> None:
        await desk.read_card("Present the card to recharge")
        raise KeyError(WANG_CARD.number)

    with caplog.at_level(logging.DEBUG):
        async with Bench(flows=only(broken)) as bench:
            await bench.touch("start", "recharge")
            await bench.tap(WANG_CARD)
            assert (bench.state, bench.screen.code) == (State.DECLINED, "96")
            await bench.touch("done")
            assert bench.state is State.IDLE
    assert "KeyError" in caplog.text
    assert WANG_CARD.number not in caplog.text


async def test_a_defect_after_booking_says_that_it_was_booked() -> None:
    async with Bench() as bench:
        await bench.to_confirm(WANG_CARD)
        bench.counter.hand_over = _broken  # type: ignore[method-assign]
        await bench.touch("confirm")
        assert (bench.state, bench.screen.code) == (State.DECLINED, "96")
        assert bench.title == "Booked, but something failed"
        assert bench.screen.advice is not None
        assert bench.screen.advice.values == {"number": bench.booked[0].receipt_no}
        assert bench.printer.copies == ["original"]


async def _broken(*_: object, **__: object) -> None:
    raise ZeroDivisionError


async def test_a_flow_that_books_twice_is_stopped() -> None:
    async with Bench() as bench:
        await bench.to_confirm(WANG_CARD)
        await bench.touch("confirm")
        sale = bench.booked[0].command
    assert isinstance(sale, BookSale)

    async def greedy(desk: Desk) -> None:
        await desk.read_card("Present the card to recharge")
        await desk.book_sale(replace(sale, id=desk.new_id()))
        await desk.book_sale(replace(sale, id=desk.new_id()))

    async with Bench(flows=only(greedy)) as bench:
        await bench.touch("start", "recharge")
        await bench.tap(WANG_CARD)
        assert bench.title == "Booked, but something failed"
        assert len(bench.booked) == 1


async def test_after_a_crash_the_counter_begins_at_idle() -> None:
    async with Bench() as bench:
        await bench.to_confirm(WANG_CARD)
        step = bench.screen.step
        bench._tasks[0].cancel()
        await settled()
        bench._tasks[0] = asyncio.create_task(bench.counter.run())
        await settled()
        assert bench.state is State.IDLE
        assert bench.screen.step > step
        assert not bench.counter.intend(Intent(step=step, do="confirm"))


STATUS = Status(shop="s", terminal="T1", shift="S1", attendant="a", online=False, waiting=0)


def stage_at(state: State) -> Stage:
    """By any way that the table allows."""
    stage = Stage(STATUS, first_step=1, idle=says("What shall it be?"))
    ways: dict[State, list[State]] = {State.IDLE: []}
    while state not in ways:
        for known, way in list(ways.items()):
            for following in NEXT[known]:
                ways.setdefault(following, [*way, following])
    for step in ways[state]:
        stage.show(step, says("OK"))
    return stage


@pytest.mark.parametrize("state", State)
@pytest.mark.parametrize("following", State)
def test_only_the_transitions_of_the_table_are_made(state: State, following: State) -> None:
    stage = stage_at(state)
    if following in NEXT[state]:
        stage.show(following, says("OK"))
        assert stage.state is following
    else:
        with pytest.raises(IllegalTransition):
            stage.show(following, says("OK"))
        assert stage.state is state
