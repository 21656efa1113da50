"""Recharges and deposits paid by a customer's code: charged by the acquirer, and sent back by it."""

from __future__ import annotations

import asyncio

import pytest
from msgspec.structs import replace

from lab.acquirer import AcquirerBooks, InOrder, NearAcquirer, Whim
from terminal.core.commands import (
    BookDeposit,
    BookIntent,
    BookRecharge,
    BookRechargeRefund,
    BookRefund,
    BookShiftClose,
    BookVoid,
    Command,
    IntentEnd,
    PaidBy,
)
from terminal.core.errors import CardGone, LedgerClosed, NoWayBack, OverLimit
from terminal.core.money import AMOUNT_MAX
from terminal.core.policy import Confirmed, WithoutPin
from terminal.core.screens import State
from tests.desk.fakes import Bench, FaultyLedger, ManualTime, settled
from tests.desk.test_counter_outside import WECHAT, Cut, commands, ends, in_doubt
from tests.flows.shop import POLICY, WANG_CARD

FEN = 100_00
_NO_PINS = WithoutPin(secure=AMOUNT_MAX, signed=AMOUNT_MAX, open=AMOUNT_MAX)
BY_CODE = replace(POLICY, recharge_by=(PaidBy.CODE, PaidBy.CASH), without_pin=_NO_PINS)
BY_WORD = replace(BY_CODE, confirmed=(Confirmed.CODE,))
KINDS: dict[str, type[Command]] = {"recharge": BookRecharge, "deposit": BookDeposit}


def bench_of(
    *whims: Whim | None, ledger: FaultyLedger | None = None, run: int = 0
) -> tuple[Bench, AcquirerBooks]:
    books = AcquirerBooks(InOrder(*whims))
    time = ManualTime(run * 3_600_000)
    return Bench(policy=BY_CODE, ledger=ledger, acquirer=NearAcquirer(books), time=time), books


async def to_the_code(bench: Bench, flow: str) -> None:
    await bench.touch("start", flow)
    await bench.tap(WANG_CARD)
    if flow == "deposit":
        await bench.touch("pick", "order")
        await bench.key("Cake")
    await bench.key("100")
    await bench.touch("pick", "code")
    assert (bench.state, bench.title) == (State.READY, "Scan the customer's payment code")


def kept(books: AcquirerBooks) -> int:
    return sum(books.kept(one) for one in books.payments)


async def paid_in(bench: Bench, flow: str) -> str:
    """The number of its receipt."""
    await to_the_code(bench, flow)
    await bench.scan(WECHAT)
    assert bench.state is State.APPROVED
    await bench.touch("done")
    return bench.booked[-1].receipt_no


@pytest.mark.parametrize("flow", KINDS)
async def test_the_code_is_charged_for_what_is_booked_with_it_and_the_z_says_through_whom(flow: str) -> None:
    bench, books = bench_of()
    async with bench:
        await paid_in(bench, flow)
        (intent,) = commands(bench, BookIntent)
        (came,) = commands(bench, KINDS[flow])
        assert isinstance(intent, BookIntent)
        assert isinstance(came, BookRecharge | BookDeposit)
        assert (intent.consumed_by, intent.amount, intent.wallet) == (came.id, FEN, came.wallet)
        assert (came.paid_by, came.through, came.received) == (PaidBy.CODE, "wechat", FEN)
        assert kept(books) == FEN
        assert await in_doubt(bench) == 0
        assert "微信支付" in bench.printer.paper[-1]
        close = BookShiftClose(id=bench.counter.new_id(), at=bench.session.occasion(), counted=0)
        await bench.ledger.submit(close)
        figures = await bench.ledger.books.figures(close.id)
        assert [(one.name, one.count, one.amount) for one in figures.outside] == [("wechat", 1, FEN)]
        assert figures.differences == ()


@pytest.mark.parametrize("flow", KINDS)
async def test_given_up_while_the_customer_confirms_nothing_is_booked_and_nothing_kept(flow: str) -> None:
    bench, books = bench_of(Whim.SLOW, *[Whim.VAGUE] * 9)
    async with bench:
        await to_the_code(bench, flow)
        await bench.scan(WECHAT)
        books.whims = InOrder()
        await bench.touch("cancel")
        assert bench.title == "Cancelled. Nothing was charged."
        assert (commands(bench, KINDS[flow]), ends(bench), kept(books)) == ([], [IntentEnd.UNDONE], 0)


@pytest.mark.parametrize("flow", KINDS)
async def test_a_refused_code_ends_it_and_nothing_is_booked(flow: str) -> None:
    bench, books = bench_of(Whim.NO)
    async with bench:
        await to_the_code(bench, flow)
        await bench.scan(WECHAT)
        assert (bench.state, bench.screen.code) == (State.DECLINED, "A171")
        assert (commands(bench, KINDS[flow]), ends(bench), kept(books)) == ([], [IntentEnd.UNDONE], 0)


@pytest.mark.parametrize("fault", [OverLimit("recharged elsewhere"), LedgerClosed("disk full")])
@pytest.mark.parametrize("flow", KINDS)
async def test_paid_and_not_booked_it_goes_back(flow: str, fault: OverLimit | LedgerClosed) -> None:
    bench, books = bench_of(Whim.SLOW)
    async with bench:
        await to_the_code(bench, flow)
        await bench.scan(WECHAT)
        bench.ledger.fails = [fault]
        await bench.time.pass_s(4)
        assert bench.state is State.DECLINED
        await settled()
        await bench.time.pass_s(4)
        assert (commands(bench, KINDS[flow]), ends(bench), kept(books)) == ([], [IntentEnd.UNDONE], 0)


@pytest.mark.parametrize("after", [False, True])
@pytest.mark.parametrize("flow", KINDS)
async def test_power_gone_around_the_answer_is_found_out_at_the_next_start(flow: str, after: bool) -> None:  # noqa: FBT001  a parameter
    ledger, books = FaultyLedger(), AcquirerBooks(InOrder())
    async with Bench(policy=BY_CODE, ledger=ledger, acquirer=Cut(books, 1, after=after)) as bench:
        await to_the_code(bench, flow)
        await bench.scan(WECHAT)
        assert kept(books) == (FEN if after else 0)
        assert not commands(bench, KINDS[flow])
    async with Bench(
        policy=BY_CODE, ledger=ledger, acquirer=NearAcquirer(books), time=ManualTime(3_600_000)
    ) as again:
        await settled()
        assert (ends(again), kept(books), await in_doubt(again)) == ([IntentEnd.UNDONE], 0, 0)


@pytest.mark.parametrize("flow", KINDS)
async def test_power_gone_between_payment_and_booking_is_found_out_at_the_next_start(flow: str) -> None:
    ledger, books = FaultyLedger(), AcquirerBooks(InOrder(Whim.SLOW))
    async with Bench(policy=BY_CODE, ledger=ledger, acquirer=NearAcquirer(books)) as bench:
        await to_the_code(bench, flow)
        await bench.scan(WECHAT)
        ledger.gate = asyncio.Event()
        await bench.time.pass_s(4)
        assert kept(books) == FEN
        assert isinstance(ledger.submitted[-1], KINDS[flow])
    ledger.gate = None
    async with Bench(
        policy=BY_CODE, ledger=ledger, acquirer=NearAcquirer(books), time=ManualTime(3_600_000)
    ) as again:
        await settled()
        assert (commands(again, KINDS[flow]), ends(again), kept(books)) == ([], [IntentEnd.UNDONE], 0)


@pytest.mark.parametrize("flow", KINDS)
async def test_a_card_that_goes_while_the_customer_confirms_does_not_undo_what_was_paid(flow: str) -> None:
    books = AcquirerBooks(InOrder(Whim.SLOW))
    stays = replace(BY_CODE, card_stays=True)
    async with Bench(policy=stays, acquirer=NearAcquirer(books)) as bench:
        await bench.touch("start", flow)
        await bench.lay(WANG_CARD)
        if flow == "deposit":
            await bench.touch("pick", "order")
            await bench.key("Cake")
        await bench.key("100")
        await bench.touch("pick", "code")
        await bench.scan(WECHAT)
        await bench.lift()
        await bench.time.pass_s(4)
        assert bench.state is State.APPROVED
        assert (len(commands(bench, KINDS[flow])), kept(books)) == (1, FEN)


@pytest.mark.parametrize("flow", KINDS)
async def test_a_card_that_has_gone_is_noticed_before_money_moves_outside(flow: str) -> None:
    books = AcquirerBooks(InOrder())
    stays = replace(BY_CODE, card_stays=True)
    async with Bench(policy=stays, acquirer=NearAcquirer(books)) as bench:
        await bench.touch("start", flow)
        await bench.tap(WANG_CARD)
        if flow == "deposit":
            await bench.touch("pick", "order")
            await bench.key("Cake")
        await bench.key("100")
        await bench.touch("pick", "code")
        assert (bench.state, bench.screen.code) == (State.DECLINED, CardGone.code)
        assert (books.payments, commands(bench, BookIntent)) == ({}, [])


@pytest.mark.parametrize("flow", KINDS)
async def test_by_the_shops_own_code_the_attendants_word_counts_where_policy_says_so(flow: str) -> None:
    books = AcquirerBooks(InOrder())
    async with Bench(policy=BY_WORD, acquirer=NearAcquirer(books)) as bench:
        await to_the_code(bench, flow)
        await bench.touch("skip")
        assert bench.title == "Has the outside payment arrived?"
        await bench.touch("confirm")
        assert bench.state is State.APPROVED
        (came,) = commands(bench, KINDS[flow])
        assert isinstance(came, BookRecharge | BookDeposit)
        assert (came.paid_by, came.through, books.payments) == (PaidBy.CODE, "", {})


# It goes back.


async def _undo(bench: Bench, how: str, receipt: str) -> None:
    """Up to the last question."""
    await bench.touch("start", "deposit" if how == "given back" else how)
    if how == "void":
        await bench.scan(receipt)
        await bench.touch("pick", "keyed_wrong")
    elif how == "recharge_refund":
        await bench.tap(WANG_CARD)
        if bench.title == "Which recharge?":
            await bench.touch("pick", bench.booked[-1].command.id)
        await bench.touch("pick", "shop")
        if bench.title == "How is it paid back?":
            await bench.touch("pick", "account")
    else:
        await bench.tap(WANG_CARD)
        await bench.touch("pick", "back")


WAYS_BACK: list[tuple[str, str, type[Command]]] = [
    ("recharge", "void", BookVoid),
    ("recharge", "recharge_refund", BookRechargeRefund),
    ("deposit", "void", BookVoid),
    ("deposit", "given back", BookRefund),
]


@pytest.mark.parametrize(("flow", "how", "kind"), WAYS_BACK)
async def test_it_goes_back_through_the_acquirer_once(flow: str, how: str, kind: type[Command]) -> None:
    bench, books = bench_of()
    async with bench:
        receipt = await paid_in(bench, flow)
        await _undo(bench, how, receipt)
        await bench.touch("confirm")
        assert (bench.state, bench.screen.code) == (State.APPROVED, "")
        assert len(commands(bench, kind)) == 1
        assert (kept(books), ends(bench), await in_doubt(bench)) == (0, [IntentEnd.DONE], 0)


@pytest.mark.parametrize(("flow", "how", "kind"), WAYS_BACK)
async def test_where_nobody_could_send_it_back_it_is_refused(
    flow: str, how: str, kind: type[Command]
) -> None:
    ledger = FaultyLedger()
    bench, books = bench_of(ledger=ledger)
    async with bench:
        receipt = await paid_in(bench, flow)
        came = bench.booked[-1]
    async with Bench(policy=BY_CODE, ledger=ledger, time=ManualTime(3_600_000)) as again:
        again.booked.append(came)
        await _undo(again, how, receipt)
        if again.state is State.CONFIRM:
            await again.touch("confirm")
        assert (again.state, again.screen.code) == (State.DECLINED, NoWayBack.code)
        assert (commands(again, kind), kept(books)) == ([], FEN)
