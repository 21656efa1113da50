"""Many cards at a running counter: one entry for each, and what is left to do after something went wrong."""

from __future__ import annotations

import asyncio
from itertools import pairwise
from typing import Unpack

import pytest

from terminal.core.cards import CardState
from terminal.core.commands import (
    BATCH,
    BookCardState,
    Booked,
    BookIssue,
    BookNote,
    BookRecharge,
    Command,
    Private,
)
from terminal.core.errors import LedgerClosed, NothingToCancel
from terminal.core.screens import Keying, Message, State
from terminal.core.trust import Credential, Medium
from terminal.core.values import EntryId
from terminal.desk import batching
from terminal.desk.stage import ScreenParts, Stage
from tests.desk.fakes import Bench, FaultyLedger, settled
from tests.desk.test_counter_second import MANAGED, PIN, badge, with_pins


async def begun(bench: Bench, *picks: str) -> None:
    await bench.touch("start", "cards")
    await bench.scan(badge(5))
    await bench.key(PIN)
    for pick in picks:
        await bench.touch("pick", pick)


async def issued(bench: Bench, count: str) -> list[Command]:
    await begun(bench, "issue", "next")
    await bench.key("pt")
    await bench.key(count)
    assert bench.state is State.CONFIRM
    before = len(bench.booked)
    await bench.touch("confirm")
    assert bench.state is State.APPROVED
    await bench.touch("done")
    return [one.command for one in bench.booked[before:]]


async def cancelled(bench: Bench, numbers: str) -> list[Command]:
    await begun(bench, "cancel", "numbers")
    await bench.key(numbers)
    assert bench.state is State.CONFIRM
    before = len(bench.booked)
    await bench.touch("confirm")
    return [one.command for one in bench.booked[before:]]


def states(commands: list[Command]) -> list[CardState]:
    return [one.state for one in commands if isinstance(one, BookCardState)]


def notes(bench: Bench) -> list[str]:
    commands = [one.command for one in bench.booked]
    return [one.detail for one in commands if isinstance(one, BookNote) and one.what == BATCH]


def key(number: int) -> Credential:
    return Credential(medium=Medium.CODE, number=f"MC-PT{number:04d}")


async def wallet_of(bench: Bench, number: int) -> str | None:
    held = await bench.ledger.cards_held(key(number))
    return held.holder.wallet if held else None


async def load(bench: Bench, number: int, fen: int) -> None:
    held = await bench.ledger.cards_held(key(number))
    assert held
    holder = held.holder
    at = bench.session.occasion()
    recharge = BookRecharge(
        id=EntryId(bench.ids.new()), at=at, wallet=holder.wallet, card=None,
        principal=fen, bonus=0, received=fen,
    )  # fmt: skip
    await bench.ledger.submit(recharge)


async def test_cards_are_issued_listed_used_and_cancelled_and_their_numbers_start_again(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(batching, "_AT_ONCE", 32)
    async with Bench(settings=MANAGED) as bench:
        await with_pins(bench)
        commands = await issued(bench, "70")  # More than one commit.
        assert len([one for one in commands if isinstance(one, BookIssue)]) == 70
        note = commands[-1]
        assert isinstance(note, BookNote)
        assert (note.what, note.detail, note.at.operator) == (BATCH, "70/70", "E05")
        await bench.touch("done")
        assert "PT0070" in bench.printer.paper[-1]
        await load(bench, 2, 150)
        done = await cancelled(bench, "pt0001-pt0070")
        assert bench.state is State.APPROVED
        assert states(done) == [CardState.CANCELLED] * 69
        paper = bench.printer.paper[-1]
        assert "PT0002" in paper
        assert "1.50" in paper
        assert await wallet_of(bench, 1) is None
        await bench.touch("done")
        assert [one for one in await issued(bench, "1") if isinstance(one, BookIssue)]
        assert await wallet_of(bench, 3)  # Two is open: it goes on after it.


async def test_a_range_that_was_cut_off_is_finished_by_asking_again_and_a_used_number_is_new() -> None:
    async with Bench(settings=MANAGED) as bench:
        await with_pins(bench)
        await issued(bench, "2")
        old = await wallet_of(bench, 2)
        await begun(bench, "issue", "range")
        await bench.key("pt0001-pt0004")
        assert [line.value for line in bench.screen.lines] == ["PT0001 - PT0004", "2"]
        await bench.touch("confirm")
        assert bench.state is State.APPROVED
        await bench.touch("done")
        assert notes(bench) == ["2/2", "2/2"]
        assert await wallet_of(bench, 2) == old
        assert await wallet_of(bench, 4)
        await cancelled(bench, "pt0001-pt0004")
        await bench.touch("done")
        await begun(bench, "issue", "range")
        await bench.key("pt0002")
        await bench.touch("confirm")
        assert bench.state is State.APPROVED
        new = await wallet_of(bench, 2)
        assert old
        assert new
        assert old != new


async def test_a_card_out_of_the_box_is_refused_until_it_is_activated() -> None:
    async with Bench(settings=MANAGED) as bench:
        await with_pins(bench)
        await issued(bench, "2")
        await bench.touch("done")
        await bench.touch("start", "recharge")
        await bench.tap(key(1))
        assert (bench.state, bench.screen.code) == (State.DECLINED, "A341")
        await bench.touch("done")
        held = await bench.ledger.cards_held(key(1))
        assert held
        (card,) = held.cards
        assert card.state is CardState.NEW
        at = bench.session.occasion()
        active = BookCardState(id=EntryId(bench.ids.new()), at=at, card=card.card, state=CardState.ACTIVE)
        await bench.ledger.submit(active)
        holder = await bench.ledger.holder(key(1))
        assert holder
        assert holder.wallet == held.holder.wallet


async def test_what_went_wrong_in_the_middle_is_finished_by_doing_it_again() -> None:
    async with Bench(settings=MANAGED) as bench:
        await with_pins(bench)
        await issued(bench, "5")
        await begun(bench, "cancel", "numbers")
        await bench.key("pt0001-pt0005")
        bench.ledger.fails = [LedgerClosed("the disk is full")]
        await bench.touch("confirm")
        assert (bench.state, bench.screen.code) == (State.DECLINED, LedgerClosed.code)
        await bench.touch("done")
        assert notes(bench) == ["5/5"], "of those that were issued; of what did not end there is no list"
        left = await cancelled(bench, "pt0001-pt0005")
        assert states(left) == [CardState.CANCELLED]
        assert bench.state is State.APPROVED
        assert notes(bench) == ["5/5", "5/5"]


async def test_while_numbers_are_looked_up_and_cards_booked_nothing_else_stands_there(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """On a small machine both take their time, and a question that stays is answered twice."""
    seen: list[tuple[State, str]] = []
    shows = Stage.show

    def heard(stage: Stage, state: State, title: Message, **parts: Unpack[ScreenParts]) -> None:
        seen.append((state, title.text))
        shows(stage, state, title, **parts)

    monkeypatch.setattr(Stage, "show", heard)
    async with Bench(settings=MANAGED) as bench:
        await with_pins(bench)
        await issued(bench, "2")
        await bench.touch("done")
        await cancelled(bench, "pt0001-pt0002")
    after = dict(pairwise(seen))
    looks_up, books = (State.READING, "Looking it up"), (State.PROCESSING, "Booking. Do not remove the card.")
    assert after[State.KEYING, "How many cards?"] == looks_up
    assert after[State.KEYING, "First and last number, such as PT0001-PT0100"] == looks_up
    assert after[State.CONFIRM, "Issue {count} cards?"] == books
    assert after[State.CONFIRM, "Cancel {count} cards?"] == books


class CutOff(FaultyLedger):
    """Takes so many of a kind, then none of it any more."""

    takes: tuple[type[Command], int] | None = None

    async def submit(self, command: Command, private: Private | None = None) -> Booked:
        if self.takes is not None and isinstance(command, self.takes[0]):
            if not self.takes[1]:
                raise LedgerClosed("the power is gone")
            self.takes = self.takes[0], self.takes[1] - 1
        return await super().submit(command, private)


def listed_on(paper: str, numbers: range, masked: str = "PT") -> list[int]:
    return [number for number in numbers if f"{masked}{number:04d}" in paper]


async def test_of_a_batch_that_was_cut_short_one_list_has_all_when_it_is_asked_for_again() -> None:
    ledger = CutOff()
    async with Bench(settings=MANAGED, ledger=ledger) as bench:
        await with_pins(bench)
        await issued(bench, "300")
        await bench.touch("done")
        ledger.takes = BookCardState, 200
        await begun(bench, "cancel", "numbers")
        await bench.key("pt0001-pt0300")
        papers = len(bench.printer.paper)
        await bench.touch("confirm")
        assert (bench.state, bench.screen.code) == (State.DECLINED, LedgerClosed.code)
        await bench.touch("done")
        assert len(bench.printer.paper) == papers
        ledger.takes = None
        assert len(states(await cancelled(bench, "pt0001-pt0300"))) == 100
        assert notes(bench) == ["300/300", "300/300"]
        (paper,) = bench.printer.paper[papers:]
        assert listed_on(paper, range(1, 301), "*****") == list(range(1, 201))
        assert listed_on(paper, range(1, 301)) == list(range(201, 301))
        assert "300/300" in paper


async def test_what_was_cut_short_when_all_was_done_is_listed_when_it_is_asked_for_again() -> None:
    ledger = CutOff()
    async with Bench(settings=MANAGED, ledger=ledger) as bench:
        await with_pins(bench)
        for picks, numbers in (("issue", "range"), "pt0001-pt0003"), (("cancel", "numbers"), "pt0001-pt0003"):
            ledger.takes = BookNote, 0
            await begun(bench, *picks)
            await bench.key(numbers)
            await bench.touch("confirm")
            assert bench.screen.code == LedgerClosed.code
            await bench.touch("done")
            ledger.takes = None
            papers = len(bench.printer.paper)
            await begun(bench, *picks)
            await bench.key(numbers)
            assert bench.state is State.APPROVED, "nothing is left to confirm"
            await bench.touch("done")
            (paper,) = bench.printer.paper[papers:]
            assert listed_on(paper, range(1, 5), "*****") == [1, 2, 3]
        assert notes(bench) == ["3/3", "3/3"]
        await begun(bench, "cancel", "numbers")
        await bench.key("pt0001-pt0003")
        assert bench.screen.code == NothingToCancel.code
        await bench.touch("done")
        assert notes(bench) == ["3/3", "3/3"]


async def test_the_power_goes_while_the_list_prints_and_it_comes_after_the_start() -> None:
    async with Bench(settings=MANAGED) as bench:
        await with_pins(bench)
        await issued(bench, "5")
        await bench.touch("done")
        await load(bench, 2, 150)
        ledger, time = bench.ledger, bench.time
        for slip in await ledger.waiting_prints():
            await ledger.printed(slip)
        bench.printer.gate = asyncio.Event()
        await cancelled(bench, "pt0001-pt0005")
        note = bench.booked[-1]
        assert list(await ledger.waiting_prints()) == [note.command.id]
    async with Bench(settings=MANAGED, ledger=ledger, time=time) as bench:
        await settled()
        (paper,) = bench.printer.paper
        assert "重打印" in paper
        assert note.receipt_no in paper
        assert listed_on(paper, range(1, 6), "*****") == [1, 3, 4, 5]
        assert "4/5" in paper
        assert await ledger.waiting_prints() == []


async def test_one_that_got_value_after_the_preview_is_left_out_and_on_the_list() -> None:
    async with Bench(settings=MANAGED) as bench:
        await with_pins(bench)
        await issued(bench, "3")
        await begun(bench, "cancel", "numbers")
        await bench.key("pt0001-pt0003")
        await load(bench, 2, 500)
        before = len(bench.booked)
        await bench.touch("confirm")
        done = [one.command for one in bench.booked[before:]]
        assert len(states(done)) == 2
        note = done[-1]
        assert isinstance(note, BookNote)
        assert note.detail == "2/3"
        assert "PT0002" in bench.printer.paper[-1]


async def test_temporary_numbers_start_again_when_all_are_gone_though_they_earned_points() -> None:
    async with Bench(settings=MANAGED) as bench:
        await with_pins(bench)
        await issued(bench, "2")
        await bench.touch("done")
        await spent(bench, 1, 50_00)
        await load(bench, 2, 150)
        await begun(bench, "cancel", "numbers")
        await bench.key("pt0001-pt0002")
        assert [(line.label.text, line.value) for line in bench.screen.lines][:3] == [
            ("Cards without value", "1"),
            ("Of them with points that end", "1"),
            ("Left out, value on them", "1"),
        ]
        await bench.touch("confirm")
        assert bench.state is State.APPROVED
        assert await wallet_of(bench, 1) is None
        await bench.touch("done")
        await spent(bench, 2, 0)
        await cancelled(bench, "pt0001-pt0002")
        await bench.touch("done")
        await begun(bench, "issue", "next")
        await bench.key("pt")
        assert (bench.screen.lines[0].value, bench.screen.keying) == ("1000", Keying.COUNT)
        await bench.key("1001")
        assert bench.screen.code == "A121"
        await bench.key("1000")
        assert bench.screen.lines[0].value == "PT0001 - PT1000"
        await bench.touch("cancel")
        await bench.touch("done")
        await begun(bench, "issue", "next")
        await bench.key("pt")
        await bench.key("1")
        assert bench.screen.lines[0].value == "PT0001 - PT0001"


async def spent(bench: Bench, number: int, fen: int) -> None:
    """Given out, loaded if there is something to load, and spent to nothing: one point a yuan."""
    held = await bench.ledger.cards_held(key(number))
    assert held
    (card,) = held.cards
    at = bench.session.occasion()
    if card.state is CardState.NEW:
        await bench.ledger.submit(
            BookCardState(id=EntryId(bench.ids.new()), at=at, card=card.card, state=CardState.ACTIVE)
        )
    if fen:
        await load(bench, number, fen)
    held = await bench.ledger.cards_held(key(number))
    assert held
    await bench.touch("start", "checkout")
    await bench.key(f"{held.holder.spendable // 100}.{held.holder.spendable % 100:02d}")
    await bench.touch("done")
    await bench.tap(key(number))
    await bench.touch("pick", "stored")
    await bench.touch("confirm")
    assert bench.state is State.APPROVED
    await bench.touch("done")
