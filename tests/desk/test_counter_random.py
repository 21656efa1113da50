"""Whatever hands and devices do in whatever order: what is booked was confirmed, and the counter lives."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from terminal.core.commands import BookSale, BookShiftClose
from terminal.core.events import (
    CardPresented,
    CardRemoved,
    CodeScanned,
    DeviceChanged,
    DeviceHealth,
    Unreadable,
)
from terminal.core.receipts import has_paper
from terminal.core.screens import NEXT, Screen, State
from terminal.desk.stage import VALUE_CHARS_MAX
from terminal.flows import FLOWS
from tests.desk.fakes import BADGE, BREAD_CODE, JOIN_CODE, MILK_CODE, SETTINGS, Bench, settled
from tests.flows.shop import STRANGER, UNNAMED_CARD, WANG_CARD

CARDS = st.sampled_from([WANG_CARD, UNNAMED_CARD, STRANGER])
COUPONS = [f"CP-01a1ee56-5e32-7000-b6e6-772983daf49{end}" for end in "9a"]
CODES = st.sampled_from([MILK_CODE, BREAD_CODE, BADGE, JOIN_CODE, "6999999999999", *COUPONS]) | st.text(
    max_size=20
)
KEYED = st.sampled_from(["100", "20", "0", "27.1", "19000000301", "abc"]) | st.text(max_size=VALUE_CHARS_MAX)
HEALTH = st.sampled_from(DeviceHealth)
ACTIONS = st.one_of(
    st.tuples(st.just("touch"), st.integers(0, 6)),
    st.tuples(st.just("touch"), st.integers(0, 6)),
    st.tuples(st.just("key"), KEYED),
    st.tuples(st.just("scan"), st.lists(CODES, max_size=4)),
    st.tuples(st.just("lay"), CARDS),
    st.tuples(st.just("lift"), st.none()),
    st.tuples(st.just("torn"), st.none()),
    st.tuples(st.just("reader"), HEALTH),
    st.tuples(st.just("wait"), st.integers(0, 2 * SETTINGS.question_s)),
)


class Watched(Bench):
    """Counts the touches on Confirm that the counter took."""

    confirmed = 0

    async def any_touch(self, number: int) -> None:
        buttons = self.screen.choices
        if not buttons:
            return
        button, state = buttons[number % len(buttons)], self.state
        counted = await self.touch(button.do, button.value)
        if counted and button.do == "confirm" and state is State.CONFIRM:
            self.confirmed += 1

    async def torn(self, _: None) -> None:
        self.counter.post(Unreadable(device="reader", code="D101", why="torn"))
        await settled()

    async def reader(self, health: DeviceHealth) -> None:
        self.counter.post(DeviceChanged(device="reader", health=health))
        await settled()

    async def many(self, codes: list[str]) -> None:
        await self.scan(*codes)


@given(st.lists(ACTIONS, max_size=60))
def test_nothing_is_booked_that_nobody_confirmed(actions: list[tuple[str, object]]) -> None:
    asyncio.run(_play(actions))


async def _play(actions: list[tuple[str, object]]) -> None:
    lasting = {name: flow for name, flow in FLOWS.items() if name != "training"}  # That one ends the counter.
    async with Watched(flows=lasting) as bench:
        doing: dict[str, Callable[..., Awaitable[object]]] = {
            "touch": bench.any_touch,
            "key": bench.key,
            "scan": bench.many,
            "lay": bench.lay,
            "lift": lambda _: bench.lift(),
            "torn": bench.torn,
            "reader": bench.reader,
            "wait": bench.time.pass_s,
        }
        for name, what in actions:
            await doing[name](what)
        booked_kinds = [type(booked.command) for booked in bench.booked]
        # After a shift that was closed the next begins by itself.
        assert len(bench.booked) <= bench.confirmed + booked_kinds.count(BookShiftClose)
        printed = [booked for booked in bench.booked if has_paper(booked.command)]
        assert bench.printer.copies.count("original") == len(printed)
        for booked in bench.booked:
            _adds_up(booked.command)
        _follows_the_table(bench.screens)
        await bench.time.pass_s(10 * SETTINGS.question_s)
        assert bench.state is State.IDLE  # Left alone, it always comes back.


def _adds_up(command: object) -> None:
    if isinstance(command, BookSale):
        assert command.due == sum(line.net for line in command.lines)
        assert command.due == sum(tender.amount for tender in command.tenders) + command.rounding
        assert command.due > 0


def _follows_the_table(screens: list[Screen]) -> None:
    steps = [screen.step for screen in screens]
    assert steps == sorted(steps)
    for before, after in pairwise(screens):
        if after.step == before.step + 1:
            assert after.state in NEXT[before.state] | {before.state}


async def test_a_device_that_floods_the_counter_costs_nobody_a_sale() -> None:
    async with Bench() as bench:
        for _ in range(500):
            bench.counter.post(CodeScanned(scanner="scanner", text="\x00"))
            bench.counter.post(CardPresented(reader="reader", credential=STRANGER))
            bench.counter.post(CardRemoved(reader="reader"))
        await settled()
        await bench.time.pass_s(5 * SETTINGS.question_s)
        await bench.to_confirm(WANG_CARD)
        await bench.touch("confirm")
        assert bench.state is State.APPROVED
