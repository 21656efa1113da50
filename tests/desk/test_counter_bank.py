"""Bank cards at a running counter, with a terminal on a cable that refuses, dawdles and loses answers."""

from __future__ import annotations

import asyncio
from collections import deque
from enum import StrEnum

import pytest
from msgspec.structs import replace

from terminal.core.acquirer import Order, Outcome, Said
from terminal.core.card_terminal import Printed
from terminal.core.commands import (
    BookDeposit,
    BookIntent,
    BookIntentEnd,
    BookRecharge,
    BookSale,
    BookShiftClose,
    BookVoid,
    IntentEnd,
    PaidBy,
    Tender,
    TenderKind,
)
from terminal.core.errors import CardTerminalAway, InsufficientFunds, LedgerClosed
from terminal.core.policy import Confirmed
from terminal.core.screens import State
from tests.desk.fakes import MILK_CODE, Bench, FaultyLedger, ManualTime, settled
from tests.desk.test_counter_outside import commands, ends, in_doubt, sales
from tests.flows.shop import POLICY, WANG_CARD

DUE = 7_00
ALL_WAYS = replace(POLICY, recharge_by=(PaidBy.CARD, PaidBy.CASH))


class Whim(StrEnum):
    NO = "no"
    SLOW = "slow"
    MUTE = "mute"  # taken, and the cable is pulled before it says so
    LATE = "late"  # taken at the very moment it is stopped


class NearTerminal:
    """`CardTerminal` without a cable. Its books outlast the till."""

    def __init__(self, *whims: Whim | None) -> None:
        self.whims = deque(whims)
        self.receipts: list[tuple[int, bool]] = [(0, True)]
        self.plugged = True
        self.reverses = True
        self.reversed: list[int] = []
        self._waits: tuple[Order, asyncio.Future[Said]] | None = None
        self._late = False

    @property
    def present(self) -> bool:
        return self.plugged

    @property
    def kept(self) -> int:
        return sum(fen for fen, done in self.receipts if done)

    async def last(self) -> Printed | None:
        if not self.plugged or self._waits:
            return None
        fen, done = self.receipts[-1]
        return Printed(number=len(self.receipts), amount=abs(fen), done=done)

    async def pay(self, order: Order) -> Said:
        whim = self.whims.popleft() if self.whims else None
        if whim is Whim.NO:
            return Said(outcome=Outcome.REFUSED)
        if whim in {Whim.SLOW, Whim.LATE}:
            self._waits = order, asyncio.get_running_loop().create_future()
            self._late = whim is Whim.LATE
            return await asyncio.shield(self._waits[1])
        return self.takes(order, mute=whim is Whim.MUTE)

    def takes(self, order: Order, *, mute: bool = False) -> Said:
        self.receipts.append((order.amount, True))
        if mute:
            self.plugged = False
            return Said(outcome=Outcome.UNKNOWN)
        number = len(self.receipts)
        return Said(outcome=Outcome.PAID, evidence=f"receipt {number:04}", receipt=number)

    def lost(self) -> None:
        """The cable went while it waited; nobody presents a card any more."""
        assert self._waits is not None
        self._waits[1].set_result(Said(outcome=Outcome.UNKNOWN))
        self._waits = None

    def presented(self) -> None:
        assert self._waits is not None
        (order, said), self._waits = self._waits, None
        said.set_result(self.takes(order))

    async def stop(self, order: Order) -> None:
        if self._waits and self.plugged and self._waits[0] == order:
            if self._late:
                self.presented()
            else:
                self._waits[1].set_result(Said(outcome=Outcome.REFUSED))
                self._waits = None

    async def reverse(self, receipt: Printed) -> Said:
        if not self.reverses or not self.plugged:
            return Said(outcome=Outcome.REFUSED if self.plugged else Outcome.UNKNOWN)
        self.reversed.append(receipt.number)
        self.receipts.append((-receipt.amount, True))
        return Said(outcome=Outcome.UNDONE)


def bench_of(there: NearTerminal, ledger: FaultyLedger | None = None, run: int = 0) -> Bench:
    return Bench(policy=ALL_WAYS, ledger=ledger, cards=there, time=ManualTime(run * 3_600_000))


async def to_the_card(bench: Bench) -> None:
    await bench.scan(MILK_CODE, MILK_CODE)
    await bench.touch("done")
    await bench.touch("skip")
    await bench.touch("pick", "card")


async def test_the_terminal_is_told_the_amount_once_it_is_written_down_and_the_sale_follows() -> None:
    there = NearTerminal()
    async with bench_of(there) as bench:
        bench.ledger.gate = asyncio.Event()
        await to_the_card(bench)
        assert isinstance(bench.ledger.submitted[-1], BookIntent)
        assert len(there.receipts) == 1
        bench.ledger.gate.set()
        await settled()
        assert bench.state is State.APPROVED
        (intent,), (sale,) = commands(bench, BookIntent), sales(bench)
        assert isinstance(intent, BookIntent)
        assert (intent.what, intent.amount, intent.consumed_by) == ("card_payment:1", DUE, sale.id)
        assert sale.tenders == (Tender(kind=TenderKind.CARD, amount=DUE),)
        assert (there.kept, await in_doubt(bench)) == (DUE, 0)
        close = BookShiftClose(id=bench.counter.new_id(), at=bench.session.occasion(), counted=0)
        await bench.ledger.submit(close)
        figures = await bench.ledger.books.figures(close.id)
        assert [(one.name, one.amount) for one in figures.outside] == [("card", DUE)]
        assert figures.differences == ()


async def test_a_slow_customer_is_waited_for_and_may_be_given_up() -> None:
    there = NearTerminal(Whim.SLOW, Whim.SLOW)
    async with bench_of(there) as bench:
        await to_the_card(bench)
        assert bench.title == "The customer pays at the bank's terminal. Cancel stops it."
        assert [choice.do for choice in bench.screen.choices] == ["cancel"]
        await bench.touch("cancel")
        assert (bench.title, ends(bench)) == ("Cancelled. Nothing was charged.", [IntentEnd.UNDONE])
        await bench.touch("done")
        await to_the_card(bench)
        there.presented()
        await settled()
        assert (bench.state, there.kept) == (State.APPROVED, DUE)


async def test_what_it_takes_while_it_is_stopped_is_reversed() -> None:
    there = NearTerminal(Whim.LATE)
    async with bench_of(there) as bench:
        await to_the_card(bench)
        await bench.touch("cancel")
        assert bench.title == "Cancelled. Nothing was charged."
        assert (there.receipts[1:], ends(bench)) == ([(DUE, True), (-DUE, True)], [IntentEnd.UNDONE])
        assert sales(bench) == []


async def test_a_refused_card_is_asked_to_pay_otherwise() -> None:
    there = NearTerminal(Whim.NO)
    async with bench_of(there) as bench:
        await to_the_card(bench)
        assert (bench.state, bench.screen.code) == (State.DECLINED, "A267")
        await bench.touch("done")
        await bench.touch("pick", "card")
        assert (bench.state, there.kept) == (State.APPROVED, DUE)
        assert ends(bench) == [IntentEnd.UNDONE]


async def test_a_terminal_that_is_busy_is_told_nothing() -> None:
    there = NearTerminal(Whim.SLOW)
    async with bench_of(there) as bench:
        paying = asyncio.create_task(there.pay(Order(id=bench.counter.new_id(), amount=1)))
        await to_the_card(bench)
        assert (bench.state, bench.screen.code) == (State.DECLINED, CardTerminalAway.code)
        assert commands(bench, BookIntent) == []
        there.presented()
        await paying


async def test_without_one_the_attendants_word_counts_where_policy_says_so() -> None:
    there = NearTerminal()
    there.plugged = False
    for policy, offered in ((POLICY, False), (replace(POLICY, confirmed=(Confirmed.CARD,)), True)):
        async with Bench(policy=policy, cards=there) as bench:
            await bench.scan(MILK_CODE)
            await bench.touch("done")
            await bench.touch("skip")
            assert any(one.value == "card" for one in bench.screen.choices) is offered
            if offered:
                await bench.touch("pick", "card")
                assert bench.title == "Did the bank's terminal take it?"
                await bench.touch("confirm")
                assert (bench.state, commands(bench, BookIntent)) == (State.APPROVED, [])


async def test_an_answer_that_is_lost_with_the_cable_is_read_when_it_is_back() -> None:
    there = NearTerminal(Whim.MUTE)
    async with bench_of(there) as bench:
        await to_the_card(bench)
        await bench.time.pass_s(4)
        assert bench.title.startswith("The customer pays")
        there.plugged = True
        await bench.time.pass_s(2)
        assert (bench.state, there.kept) == (State.APPROVED, DUE)
        assert len(sales(bench)) == 1


@pytest.mark.parametrize("fault", [InsufficientFunds("spent elsewhere"), LedgerClosed("disk full")])
async def test_taken_and_not_booked_it_is_reversed(fault: InsufficientFunds | LedgerClosed) -> None:
    there = NearTerminal(Whim.SLOW)
    async with bench_of(there) as bench:
        await to_the_card(bench)
        bench.ledger.fails = [fault]
        there.presented()
        await settled()
        assert bench.state is State.DECLINED
        await bench.time.pass_s(4)
        assert (there.kept, sales(bench), ends(bench)) == (0, [], [IntentEnd.UNDONE])


@pytest.mark.parametrize("taken", [False, True])
async def test_power_gone_while_it_is_asked_is_known_at_the_next_start_where_nothing_was_taken(
    *, taken: bool
) -> None:
    """What was taken may by then have been keyed in by hand as well: people say it."""
    ledger, there = FaultyLedger(), NearTerminal(Whim.SLOW)
    async with bench_of(there, ledger) as bench:
        await to_the_card(bench)
        if taken:
            ledger.gate = asyncio.Event()
            there.presented()
            await settled()
            assert isinstance(ledger.submitted[-1], BookSale)
    ledger.gate = None
    async with bench_of(there, ledger, run=1) as again:
        await settled()
        if taken:
            assert (sales(again), ends(again), await in_doubt(again)) == ([], [], 1)
            assert there.receipts[1:] == [(DUE, True)], "it is not reversed"
            assert again.counter.view().status.notice_code == "A174"
        else:
            assert (sales(again), ends(again), there.receipts[1:]) == ([], [IntentEnd.UNDONE], [])
            assert await in_doubt(again) == 0


@pytest.mark.parametrize(("flow", "kind"), [("recharge", BookRecharge), ("deposit", BookDeposit)])
async def test_recharges_and_deposits_are_paid_so_too(
    flow: str, kind: type[BookRecharge | BookDeposit]
) -> None:
    there = NearTerminal()
    async with bench_of(there) as bench:
        await bench.touch("start", flow)
        await bench.tap(WANG_CARD)
        if flow == "deposit":
            await bench.touch("pick", "order")
            await bench.key("Cake")
        await bench.key("100")
        await bench.touch("pick", "card")
        assert (bench.state, there.kept) == (State.APPROVED, 100_00)
        (came,) = commands(bench, kind)
        assert isinstance(came, BookRecharge | BookDeposit)
        assert (came.paid_by, came.through) == (PaidBy.CARD, "")
        assert await in_doubt(bench) == 0


async def test_what_goes_back_to_a_card_does_so_by_their_hand_at_the_terminal() -> None:
    there = NearTerminal()
    async with bench_of(there) as bench:
        await to_the_card(bench)
        receipt = bench.booked[-1].receipt_no
        await bench.touch("done")
        await bench.touch("start", "void")
        await bench.scan(receipt)
        await bench.touch("pick", "keyed_wrong")
        assert bench.screen.lines[1].label.text == "Back to the bank card"
        await bench.touch("confirm")
        assert (len(commands(bench, BookVoid)), await in_doubt(bench)) == (1, 0)
        assert there.receipts[1:] == [(DUE, True)]


# What nobody here can know.


async def in_the_dark(bench: Bench, there: NearTerminal) -> None:
    """It took the money, was not reversed, and people went on at the terminal itself."""
    there.reverses = False
    await to_the_card(bench)
    bench.ledger.fails = [InsufficientFunds("spent elsewhere")]
    there.presented()
    await settled()
    there.receipts.append((9_99, True))
    await bench.time.pass_s(8)
    await bench.touch("done")
    await bench.touch("done")
    await settled()
    assert bench.counter.view().status.notice_code == "A174"
    assert await in_doubt(bench) == 1


@pytest.mark.parametrize("seen", ["not_taken", "reversed"])
async def test_what_only_the_terminals_journal_knows_people_end(seen: str) -> None:
    there = NearTerminal(Whim.SLOW)
    async with bench_of(there) as bench:
        await in_the_dark(bench, there)
        await bench.touch("start", "shift")
        await bench.touch("pick", "by_hand")
        await bench.touch("pick", commands(bench, BookIntent)[0].id)
        await bench.touch("pick", seen)
        await bench.touch("confirm")
        assert bench.title == "Noted. It stands on no report any more."
        (end,) = commands(bench, BookIntentEnd)
        assert isinstance(end, BookIntentEnd)
        assert (end.end, end.evidence, end.by_hand) == (IntentEnd.UNDONE, f"seen: {seen}", None)
        assert await in_doubt(bench) == 0
        await bench.time.pass_s(70)
        assert bench.counter.view().status.notice_code == ""


async def test_what_was_keyed_by_hand_after_a_lost_answer_is_never_reversed() -> None:
    there = NearTerminal(Whim.SLOW)
    word = replace(ALL_WAYS, confirmed=(Confirmed.CARD,))
    async with Bench(policy=word, cards=there) as bench:
        await to_the_card(bench)
        there.plugged = False
        there.lost()
        await bench.time.pass_s(2)
        await bench.touch("cancel")
        await bench.time.pass_s(4)
        assert (bench.state, bench.screen.code) == (State.DECLINED, "A173")
        await bench.touch("done")
        await to_the_card(bench)
        there.receipts.append((DUE, True))
        await bench.touch("confirm")
        assert bench.state is State.APPROVED
        there.plugged = True
        await bench.touch("done")
        await bench.time.pass_s(100)
        assert (there.receipts[1:], await in_doubt(bench)) == ([(DUE, True)], 1)
        assert len(sales(bench)) == 1


async def test_what_was_not_taken_before_ends_before_the_next_card_is_charged() -> None:
    there = NearTerminal(Whim.SLOW)
    async with bench_of(there) as bench:
        await to_the_card(bench)
        there.plugged = False
        there.lost()
        await bench.touch("cancel")
        await bench.time.pass_s(4)
        await bench.touch("done")
        there.plugged = True
        await to_the_card(bench)
        assert bench.state is State.APPROVED
        assert ends(bench) == [IntentEnd.UNDONE]
        await bench.touch("done")
        await bench.time.pass_s(100)
        assert (there.receipts[1:], await in_doubt(bench)) == ([(DUE, True)], 0)


async def test_what_is_in_doubt_does_not_stop_the_next_customers_payment() -> None:
    there = NearTerminal(Whim.SLOW, Whim.SLOW)
    async with bench_of(there) as bench:
        await in_the_dark(bench, there)
        await to_the_card(bench)
        assert bench.title.startswith("The customer pays")
        await bench.time.pass_s(70)
        assert bench.title.startswith("The customer pays")
        there.presented()
        await settled()
        assert bench.state is State.APPROVED
        assert (len(sales(bench)), await in_doubt(bench)) == (1, 1)


async def test_what_it_was_heard_to_take_is_reversed_whatever_it_prints_later() -> None:
    there = NearTerminal(Whim.SLOW)
    async with bench_of(there) as bench:
        await to_the_card(bench)
        bench.ledger.fails = [LedgerClosed("disk full")]
        there.reverses = False
        there.presented()
        await settled()
        there.receipts.append((1_00, True))
        there.reverses = True
        await bench.time.pass_s(10)
        assert (there.reversed, ends(bench), await in_doubt(bench)) == ([2], [IntentEnd.UNDONE], 0)


async def test_what_it_said_that_it_printed_is_reversed_where_somebody_keyed_one_in_between() -> None:
    there = NearTerminal(Whim.SLOW)
    async with bench_of(there) as bench:
        await to_the_card(bench)
        there.receipts.append((DUE, True))
        bench.ledger.fails = [InsufficientFunds("spent elsewhere")]
        there.presented()
        await settled()
        await bench.time.pass_s(10)
        assert (there.reversed, ends(bench)) == ([3], [IntentEnd.UNDONE])
