"""What comes back at a running counter: found by what people hold, shown before, booked once, printed."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from terminal.core.commands import Booked, BookRechargeRefund, BookRefund, BookVoid, Returned
from terminal.core.errors import (
    HeadquartersAway,
    HeldElsewhere,
    LedgerClosed,
    OfAnotherKind,
    OutcomeUnknown,
    TerminalFault,
)
from terminal.core.rights import Want
from terminal.core.screens import Keying, State
from terminal.core.values import EntryId
from terminal.core.visit import Brought
from terminal.drivers.codecs.escpos import Profile
from tests.desk.fakes import MILK_CODE, Bench, FaultyLedger, ManualTime
from tests.flows.shop import UNNAMED_CARD, WANG_CARD

OTHER_SHOPS = "T9-1-17-9F3A01BC"


async def sells(bench: Bench, pieces: int = 3) -> Booked:
    """Milk for 3.50 a piece, in cash."""
    for _ in range(pieces):
        await bench.scan(MILK_CODE)
    await bench.touch("done")
    await bench.touch("skip")
    await bench.key(f"{pieces * 3.5:.2f}")
    await bench.touch("confirm")
    await bench.touch("done")
    return bench.booked[-1]


async def pick(bench: Bench, *values: str) -> None:
    for value in values:
        assert await bench.touch("pick", value), (bench.title, value, bench.screen.choices)


async def gives_back(bench: Bench, sold: Booked) -> None:
    """One piece of it, up to the last question."""
    await bench.scan(sold.receipt_no)
    await pick(bench, "other", "0")
    await bench.key("1")


def rows(bench: Bench) -> list[tuple[str, str]]:
    return [(one.label.text.format(**one.label.values), one.value) for one in bench.screen.lines]


async def test_a_receipt_that_is_scanned_at_rest_begins_its_refund() -> None:
    async with Bench(profile=Profile(drawer=True)) as bench:
        sold = await sells(bench)
        kicks = bench.printer.kicks
        await gives_back(bench, sold)
        assert (bench.state, bench.screen.flow, bench.screen.amount) == (State.CONFIRM, "refund", "¥3.50")
        assert rows(bench) == [
            ("牛奶 x 1", "¥3.50"),
            ("Cash back", "¥3.50"),
            ("Of receipt", sold.receipt_no),
        ]
        await bench.touch("confirm")
        assert (bench.state, bench.screen.amount) == (State.APPROVED, "¥3.50")
        assert ("Cash back", "¥3.50") in rows(bench)
        assert sold.receipt_no in bench.screen.receipt
        command = bench.booked[-1].command
        assert isinstance(command, BookRefund)
        assert command.returned == (Returned(line=0, net=350, quantity=1),)
        assert command.cash_step == 10
        assert bench.printer.kicks == kicks + 1
        assert sold.receipt_no in bench.printer.paper[-1]
        assert [one.do for one in bench.screen.choices] == ["done", "reprint"]


async def test_nothing_is_charged_when_goods_paid_with_value_come_back() -> None:
    async with Bench(profile=Profile(drawer=True)) as bench:
        await bench.to_confirm(WANG_CARD)
        await bench.touch("confirm")
        await bench.touch("done")
        kicks = bench.printer.kicks
        await bench.scan(bench.booked[-1].receipt_no)
        await pick(bench, "spoiled", "all")
        await bench.touch("confirm")
        assert ("Back to the card: principal", "¥7.00") in rows(bench)
        assert ("Balance after", "¥110.00") in rows(bench)
        assert bench.printer.kicks == kicks


@pytest.mark.parametrize("with_mark", [True, False])
async def test_a_number_is_keyed_with_or_without_its_last_digits(*, with_mark: bool) -> None:
    async with Bench() as bench:
        sold = await sells(bench)
        await bench.touch("start", "refund")
        assert (bench.state, bench.screen.keying) == (State.KEYING, Keying.RECEIPT)
        await bench.key(sold.receipt_no if with_mark else sold.receipt_no[:-9])
        assert bench.title == "Why does it come back?"


async def test_a_sum_a_card_or_the_list_of_today_lead_to_it() -> None:
    async with Bench() as bench:
        first = await sells(bench, 3)
        await bench.to_confirm(WANG_CARD)
        await bench.touch("confirm")
        await bench.touch("done")
        second = bench.booked[-1]
        await bench.touch("start", "refund")
        await bench.key("10.50")
        await bench.touch("cancel")
        await bench.touch("done")
        await bench.touch("start", "refund")
        await bench.tap(WANG_CARD)
        assert bench.title == "Why does it come back?"
        await bench.touch("cancel")
        await bench.touch("done")
        await bench.touch("start", "refund")
        await bench.touch("skip")
        assert [one.value for one in bench.screen.choices][:-1] == [second.command.id, first.command.id]
        await pick(bench, first.command.id)
        assert bench.title == "Why does it come back?"


@pytest.mark.parametrize("keyed", ["", "x", "T1", "T1-1", "0", "-3.50", "T1-1-999", "99999999999"])
async def test_what_is_keyed_and_leads_to_nothing_is_asked_for_again(keyed: str) -> None:
    async with Bench() as bench:
        await sells(bench)
        await bench.touch("start", "refund")
        await bench.key(keyed)
        assert bench.screen.code == "A180"
        if bench.state is State.DECLINED:
            await bench.touch("done")
        assert bench.screen.keying is Keying.RECEIPT


async def test_the_receipt_of_a_stranger_is_not_found() -> None:
    async with Bench() as bench:
        sold = await sells(bench)
        for code, said in ((OTHER_SHOPS, "A229"), (f"{sold.receipt_no[:-8]}00000000", "A180")):
            await bench.scan(code)
            assert (bench.state, bench.screen.code) == (State.DECLINED, said)
            assert said == "A180" or "T9" in str(bench.screen.title.values) + str(bench.screen.advice)
            await bench.touch("done")
            await bench.touch("cancel")
            await bench.touch("done")
        assert bench.state is State.IDLE


@pytest.mark.parametrize("keyed", ["0", "-1", "4", "1.5", "99999999999999999999", "", "drei"])
async def test_absurd_quantities_are_asked_for_again(keyed: str) -> None:
    async with Bench() as bench:
        sold = await sells(bench)
        await bench.scan(sold.receipt_no)
        await pick(bench, "other", "0")
        await bench.key(keyed)
        assert (bench.state, bench.screen.keying, bench.screen.code) == (
            State.KEYING,
            Keying.PIECES,
            "A121",
        )
        assert rows(bench) == [("At most", "3")]


async def test_what_came_back_before_is_said_and_not_given_back_again() -> None:
    async with Bench() as bench:
        sold = await sells(bench)
        await gives_back(bench, sold)
        await bench.touch("confirm")
        await bench.touch("done")
        await bench.scan(sold.receipt_no)
        await pick(bench, "other")
        labels = [one.label.text.format(**one.label.values) for one in bench.screen.choices]
        assert labels[1] == f"牛奶: of 3 1 came back on {sold.command.at.business_day}, ¥7.00 left"
        await pick(bench, "all")
        await bench.touch("confirm")
        await bench.touch("done")
        await bench.scan(sold.receipt_no)
        assert (bench.state, bench.screen.code) == (State.DECLINED, "A181")


class Headquarters:
    """Gives the right to undo a sale, or is not there."""

    def __init__(self, ledger: FaultyLedger, *, reached: bool, gives: bool) -> None:
        self._ledger = ledger
        self._reached = reached
        self._gives = gives
        self.asked: list[EntryId] = []

    async def bring(
        self, wants: Sequence[Want], *, token: str | None = None, sales: Sequence[EntryId] = ()
    ) -> Brought:
        del wants, token
        self.asked += sales
        if self._gives:
            self._ledger.left.difference_update(sales)
        return Brought(reached=self._reached)

    def forget(self) -> None:
        """Nothing is kept."""


@pytest.mark.parametrize(
    ("reached", "gives", "fault"),
    [(True, True, None), (True, False, HeldElsewhere), (False, False, HeadquartersAway)],
)
async def test_of_a_sale_whose_right_lies_elsewhere_headquarters_is_asked(
    *, reached: bool, gives: bool, fault: type[TerminalFault] | None
) -> None:
    async with Bench() as bench:
        sold = await sells(bench)
        hq = Headquarters(bench.ledger, reached=reached, gives=gives)
        bench.counter.asks(hq)
        bench.ledger.left.add(sold.command.id)
        await bench.scan(sold.receipt_no)
        assert hq.asked == [sold.command.id]
        if fault is None:
            assert bench.title == "Why does it come back?"
        else:
            assert (bench.state, bench.screen.code) == (State.DECLINED, fault.code)


async def test_a_sale_is_voided_in_its_shift_and_the_drawer_agrees() -> None:
    async with Bench() as bench:
        before = bench.ledger.balances.copy()
        sold = await sells(bench)
        await bench.touch("start", "void")
        await bench.scan(sold.receipt_no)
        await pick(bench, "keyed_wrong")
        await bench.touch("confirm")
        assert (bench.state, bench.screen.amount) == (State.APPROVED, "¥10.50")
        assert isinstance(bench.booked[-1].command, BookVoid)
        standing = {account: fen for account, fen in bench.ledger.balances.items() if fen}
        assert standing == {account: fen for account, fen in before.items() if fen}


async def test_a_recharges_receipt_at_rest_says_where_it_is_paid_back() -> None:
    async with Bench() as bench:
        await bench.touch("start", "recharge")
        await bench.lay(WANG_CARD)
        await bench.key("100")
        await bench.key("100")
        await bench.touch("confirm")
        await bench.touch("done")
        await bench.scan(bench.booked[-1].receipt_no)
        assert (bench.screen.code, bench.screen.flow) == (OfAnotherKind.code, "refund")
        assert len(bench.booked) == 1


async def test_a_recharge_is_paid_back_in_cash_with_its_steps() -> None:
    async with Bench() as bench:
        await bench.touch("start", "recharge_refund")
        await bench.tap(UNNAMED_CARD)
        await pick(bench, "cooling_off", "cash")
        assert rows(bench)[:3] == [("Paid in", "¥50.00"), ("Of it spent", "¥0.00"), ("By the rule", "¥50.00")]
        await bench.touch("confirm")
        assert (bench.state, bench.screen.amount) == (State.APPROVED, "¥50.00")
        assert isinstance(bench.booked[-1].command, BookRechargeRefund)
        assert ("Balance after", "¥0.00") in rows(bench)


# Power, and what is in doubt.


@pytest.mark.parametrize("although", [True, False])
async def test_a_refund_in_doubt_is_looked_up_and_booked_once(*, although: bool) -> None:
    async with Bench() as bench:
        sold = await sells(bench)
        await gives_back(bench, sold)
        bench.ledger.fails, bench.ledger.books_although = [OutcomeUnknown("disk")], although
        await bench.touch("confirm")
        await bench.time.pass_s(5)
        assert bench.state is State.APPROVED
        assert sum(isinstance(one.command, BookRefund) for one in bench.booked) == 1
        assert ("Cash back", "¥3.50") in rows(bench)


async def test_what_was_booked_when_the_power_went_is_printed_whole_afterwards() -> None:
    ledger = FaultyLedger()
    async with Bench(ledger=ledger) as bench:
        sold = await sells(bench)
        await gives_back(bench, sold)
        bench.printer.fails = [LedgerClosed("no paper was reached")] * 9
        await bench.touch("confirm")
        number = bench.booked[-1].receipt_no
    async with Bench(ledger=ledger, time=ManualTime(60_000)) as bench:
        await bench.touch("reprint")
        assert number in bench.printer.paper[-1]
        assert sold.receipt_no in bench.printer.paper[-1]
        assert "牛奶" in bench.printer.paper[-1]
        await bench.touch("done")
        await bench.scan(sold.receipt_no)
        await pick(bench, "other")
        assert "1 came back" in bench.screen.choices[1].label.text.format(
            **bench.screen.choices[1].label.values
        )


async def test_a_refund_that_was_never_booked_when_the_power_went_leaves_nothing() -> None:
    ledger = FaultyLedger()
    async with Bench(ledger=ledger) as bench:
        sold = await sells(bench)
        await gives_back(bench, sold)
    async with Bench(ledger=ledger, time=ManualTime(60_000)) as bench:
        assert not any(isinstance(one.command, BookRefund) for one in bench.booked)
        await gives_back(bench, sold)
        await bench.touch("confirm")
        assert bench.state is State.APPROVED
