"""A refund that the acquirer refuses, at a running counter: paid by people once, and by nobody twice."""

from __future__ import annotations

import asyncio

from terminal.core.acquirer import Order, Outcome, PayCode, Said
from terminal.core.commands import BookIntentEnd, PaidBy
from terminal.core.screens import State
from terminal.core.values import EntryId
from tests.desk.fakes import Bench, FaultyLedger, settled
from tests.desk.test_counter_outside import (
    SHOP,
    WECHAT,
    AcquirerBooks,
    InOrder,
    NearAcquirer,
    bought,
    commands,
    in_doubt,
    one_piece_back,
    sales,
    to_the_code,
)


class Refuses(NearAcquirer):
    """Pays, and gives nothing back; counts how often it is asked to."""

    def __init__(self, books: AcquirerBooks) -> None:
        super().__init__(books)
        self.says: Outcome | None = Outcome.REFUSED
        self.asked = 0
        self.gate: asyncio.Event | None = None
        self.pay_gate: asyncio.Event | None = None
        self.reversed: list[EntryId] = []

    async def pay(self, order: Order, code: PayCode) -> Said:
        if self.pay_gate is not None:
            await self.pay_gate.wait()
        return await super().pay(order, code)

    async def reverse(self, order: Order) -> Said:
        self.reversed.append(order.id)
        return await super().reverse(order)

    async def refund(self, refund: Order, of: EntryId) -> Said:
        self.asked += 1
        if self.gate is not None:
            await self.gate.wait()
        if self.says is None:
            return await super().refund(refund, of)
        return Said(outcome=self.says, evidence="too old")


def bench_of() -> tuple[Bench, Refuses]:
    acquirer = Refuses(AcquirerBooks(InOrder()))
    return Bench(policy=SHOP, ledger=FaultyLedger(), acquirer=acquirer), acquirer


async def refused(bench: Bench) -> None:
    """One piece of milk for 3.50 is back in the shop, and its money is not with the customer."""
    await one_piece_back(bench, await bought(bench))
    await bench.touch("confirm")
    assert bench.state is State.APPROVED
    await bench.touch("done")
    await settled()
    assert await in_doubt(bench) == 1


async def to_the_refund(bench: Bench) -> None:
    await bench.touch("start", "shift")
    assert await bench.touch("pick", "by_hand")


async def paid_in_cash(bench: Bench) -> None:
    await bench.touch("pick", "cash")
    await bench.touch("pick", "too_late")
    assert (bench.state, bench.screen.amount) == (State.CONFIRM, "¥3.50")
    await bench.touch("confirm")
    assert bench.state is State.APPROVED


def ended(bench: Bench) -> list[BookIntentEnd]:
    return [one for one in commands(bench, BookIntentEnd) if isinstance(one, BookIntentEnd)]


async def test_it_is_paid_in_cash_with_a_slip_and_the_acquirer_is_asked_no_more() -> None:
    bench, acquirer = bench_of()
    async with bench:
        await refused(bench)
        await to_the_refund(bench)
        await paid_in_cash(bench)
        (end,) = ended(bench)
        assert (end.by_hand, end.amount, end.evidence) == (PaidBy.CASH, 3_50, "too old")
        assert "¥3.50" in bench.screen.receipt or "3.50" in bench.screen.receipt
        await bench.touch("done")
        assert await in_doubt(bench) == 0
        asked, acquirer.says = acquirer.asked, None
        await bench.time.pass_s(600)
        assert acquirer.asked == asked
        await bench.touch("start", "shift")
        assert "by_hand" not in [one.value for one in bench.screen.choices]


async def test_what_goes_back_at_the_last_try_is_paid_by_nobody() -> None:
    bench, acquirer = bench_of()
    async with bench:
        await refused(bench)
        acquirer.says = None
        await to_the_refund(bench)
        assert bench.title == "It has gone back by itself just now. Pay nothing."
        assert [one.by_hand for one in ended(bench)] == [None]
        assert await in_doubt(bench) == 0


async def test_while_nobody_knows_nobody_pays() -> None:
    bench, acquirer = bench_of()
    async with bench:
        await refused(bench)
        acquirer.says = Outcome.UNKNOWN
        await to_the_refund(bench)
        assert (bench.state, bench.screen.code) == (State.DECLINED, "A175")
        assert ended(bench) == []
        assert await in_doubt(bench) == 1


async def test_while_somebody_decides_the_acquirer_is_not_asked_beside_them() -> None:
    bench, acquirer = bench_of()
    async with bench:
        await refused(bench)
        await to_the_refund(bench)
        asked, acquirer.says = acquirer.asked, None
        await bench.time.pass_s(20)
        assert acquirer.asked == asked
        await bench.touch("cancel")
        await bench.touch("done")
        await settled()
        await bench.time.pass_s(600)
        assert acquirer.asked > asked
        assert [one.by_hand for one in ended(bench)] == [None]


async def test_a_try_that_is_on_its_way_is_heard_before_anybody_pays() -> None:
    bench, acquirer = bench_of()
    async with bench:
        await refused(bench)
        acquirer.gate, acquirer.says = asyncio.Event(), None
        await bench.time.pass_s(120)
        await bench.touch("start", "shift")
        await bench.touch("pick", "by_hand")
        acquirer.gate.set()
        await settled()
        assert bench.title == "It has gone back by itself just now. Pay nothing."
        assert [one.by_hand for one in ended(bench)] == [None]


async def test_a_payment_that_was_booked_while_another_was_asked_about_is_not_taken_back() -> None:
    bench, acquirer = bench_of()
    async with bench:
        await refused(bench)
        acquirer.pay_gate, acquirer.gate = asyncio.Event(), asyncio.Event()
        await to_the_code(bench)
        await bench.scan(WECHAT)
        asked = acquirer.asked
        await bench.time.pass_s(20)
        assert acquirer.asked == asked + 1, "the refund is asked for, with the payment next in the row"
        acquirer.pay_gate.set()
        await settled()
        await bench.touch("done")
        assert len(sales(bench)) == 2
        acquirer.gate.set()
        await settled()
        assert acquirer.reversed == []
