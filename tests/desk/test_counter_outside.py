"""Payment codes at a running counter, with an acquirer that loses answers, takes twice, and says nothing."""

from __future__ import annotations

import asyncio
from random import Random

import pytest
from msgspec.structs import replace

from lab.acquirer import AcquirerBooks, AtRandom, InOrder, NearAcquirer, Whim, Whims
from terminal.core.acquirer import Order, PayCode, Said
from terminal.core.commands import (
    BookIntent,
    BookIntentEnd,
    BookRefund,
    BookSale,
    BookShiftClose,
    BookVoid,
    Command,
    IntentEnd,
    Tender,
    TenderKind,
)
from terminal.core.errors import InsufficientFunds, LedgerClosed, NoWayBack, OutcomeUndecided, OutcomeUnknown
from terminal.core.policy import Confirmed
from terminal.core.referral import Referral, Trigger
from terminal.core.screens import State
from terminal.core.values import EntryId
from terminal.store.memory_state import MemoryState
from tests.desk.fakes import BADGE, MILK_CODE, Bench, FaultyLedger, ManualTime, marked, settled
from tests.desk.test_counter_friend import NEW, PHONE, joins
from tests.flows.shop import POLICY, WANG_CARD

WECHAT, ALIPAY = "134567890123456789", "2812345678901234"
DUE = 7_00
SHOP = replace(POLICY, confirmed=(Confirmed.CODE,))


def run_of(number: int, books: AcquirerBooks, ledger: FaultyLedger) -> Bench:
    """The terminal, started again an hour after the run before: ids are of their time."""
    return Bench(
        policy=SHOP, ledger=ledger, acquirer=NearAcquirer(books), time=ManualTime(number * 3_600_000)
    )


class Cut(NearAcquirer):
    """The power goes at the n-th question, before it leaves or before its answer is heard."""

    def __init__(self, books: AcquirerBooks, question: int, *, after: bool) -> None:
        super().__init__(books)
        self._left = question
        self._after = after

    async def pay(self, order: Order, code: PayCode) -> Said:
        return await self._or_cut(super().pay(order, code))

    async def query(self, order: Order) -> Said:
        return await self._or_cut(super().query(order))

    async def reverse(self, order: Order) -> Said:
        return await self._or_cut(super().reverse(order))

    async def refund(self, refund: Order, of: EntryId) -> Said:
        return await self._or_cut(super().refund(refund, of))

    async def _or_cut(self, asked):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN202  any question
        self._left -= 1
        if not self._left and not self._after:
            asked.close()
            await asyncio.Event().wait()
        said = await asked
        if not self._left:
            await asyncio.Event().wait()
        return said


def bench_of(*whims: Whim | None, ledger: FaultyLedger | None = None) -> tuple[Bench, AcquirerBooks]:
    books = AcquirerBooks(InOrder(*whims))
    return Bench(policy=SHOP, ledger=ledger, acquirer=NearAcquirer(books)), books


async def to_the_code(bench: Bench) -> None:
    await bench.scan(MILK_CODE, MILK_CODE)
    await bench.touch("done")
    await bench.touch("skip")
    await bench.touch("pick", "code")
    assert bench.state is State.READY


def commands(bench: Bench, kind: type[Command]) -> list[Command]:
    return [one.command for one in bench.booked if isinstance(one.command, kind)]


def sales(bench: Bench) -> list[BookSale]:
    return [one for one in commands(bench, BookSale) if isinstance(one, BookSale)]


def ends(bench: Bench) -> list[IntentEnd]:
    return [one.end for one in commands(bench, BookIntentEnd) if isinstance(one, BookIntentEnd)]


async def in_doubt(bench: Bench) -> int:
    return len(await bench.ledger.books.open_intents())


async def test_the_intent_is_durable_before_the_acquirer_is_asked_and_ends_with_the_sale() -> None:
    bench, books = bench_of()
    async with bench:
        bench.ledger.gate = asyncio.Event()
        await to_the_code(bench)
        await bench.scan(WECHAT)
        assert isinstance(bench.ledger.submitted[-1], BookIntent)
        assert books.payments == {}, "nobody was asked yet"
        bench.ledger.gate.set()
        await settled()
        assert bench.state is State.APPROVED
        (intent,) = commands(bench, BookIntent)
        (sale,) = sales(bench)
        assert sale.tenders == (Tender(kind=TenderKind.CODE, amount=DUE, of="wechat"),)
        assert isinstance(intent, BookIntent)
        assert (intent.consumed_by, intent.amount) == (sale.id, DUE)
        assert books.kept(intent.id) == DUE
        assert "微信支付" in bench.printer.paper[-1]
        assert await in_doubt(bench) == 0


async def test_of_who_paid_a_mark_is_kept_that_is_the_same_whichever_code_is_shown() -> None:
    bench = Bench(
        policy=replace(SHOP, referral=Referral(on=(Trigger.FIRST_SPEND,))),
        acquirer=NearAcquirer(AcquirerBooks(InOrder(None, Whim.SLOW))),
    )
    async with bench:
        for code in (WECHAT, f"10{WECHAT[2:]}", f"{WECHAT[:-1]}0"):
            await bench.scan(MILK_CODE, MILK_CODE)
            await bench.touch("done")
            await bench.tap(WANG_CARD)
            await bench.touch("pick", "code")
            await bench.scan(code)
            await bench.time.pass_s(4)
            assert bench.state is State.APPROVED
            await bench.touch("done")
        one, same, other = (sale.tenders[0].payer for sale in sales(bench))
        assert one == same == marked("wechat:sim-payer-6789")
        assert other == marked("wechat:sim-payer-6780")


async def test_a_driver_who_joins_elsewhere_while_the_bank_is_asked_has_paid_as_a_member() -> None:
    bench, books = bench_of(Whim.SLOW)
    async with bench:
        await bench.scan(BADGE)
        await bench.scan(f"JOIN:{PHONE.number}")
        await bench.touch("pick", "92")
        await bench.key("10")
        await bench.touch("pick", "code")
        await bench.scan(WECHAT)
        await joins(bench, None)
        await bench.time.pass_s(4)
        assert bench.state is State.APPROVED
        (sale,) = sales(bench)
        assert (sale.wallet, sale.opens) == (NEW, None)
        assert [books.kept(one.id) for one in commands(bench, BookIntent)] == [sale.due]
        assert await in_doubt(bench) == 0


async def test_a_payment_code_is_one_only_while_it_is_asked_for() -> None:
    bench, books = bench_of()
    async with bench:
        await bench.scan(MILK_CODE)
        await bench.scan(WECHAT)
        assert bench.state is State.CART
        await bench.touch("done")
        await bench.scan(ALIPAY)
        assert bench.state is State.READY
        assert books.payments == {}


async def test_what_is_no_payment_code_is_said_to_be_none() -> None:
    bench, books = bench_of()
    async with bench:
        await to_the_code(bench)
        for other in (MILK_CODE, "210123456789012345", "JOIN:19000000301"):
            await bench.scan(other)
            assert (bench.state, bench.screen.code) == (State.READY, "A172")
        await bench.scan(ALIPAY)
        assert bench.state is State.APPROVED
        assert len(books.payments) == 1


async def test_a_slow_customer_is_asked_after_and_the_attendant_sees_it() -> None:
    bench, _ = bench_of(Whim.SLOW)
    async with bench:
        await to_the_code(bench)
        await bench.scan(WECHAT)
        assert bench.title == "The customer confirms on the phone. Cancel takes it back."
        assert [choice.do for choice in bench.screen.choices] == ["cancel"]
        await bench.time.pass_s(4)
        assert bench.state is State.APPROVED


@pytest.mark.parametrize("whim", [Whim.DEAF, Whim.MUTE, Whim.VAGUE])
async def test_without_an_answer_it_asks_again_by_its_id_and_pays_once(whim: Whim) -> None:
    bench, books = bench_of(whim, Whim.DEAF, Whim.VAGUE)
    async with bench:
        await to_the_code(bench)
        await bench.scan(WECHAT)
        await bench.time.pass_s(6)
        if whim is Whim.MUTE:  # It had been paid.
            assert bench.state is State.APPROVED
            assert sum(books.kept(one) for one in books.payments) == DUE
        else:
            assert bench.title.startswith("The customer confirms")
            await bench.touch("cancel")
            assert (bench.state, bench.title) == (State.SAYING, "Cancelled. Nothing was charged.")
            assert ends(bench) == [IntentEnd.UNDONE]
            assert sum(books.kept(one) for one in books.payments) == 0


async def test_a_refused_code_is_taken_back_and_another_pays() -> None:
    bench, books = bench_of(Whim.NO)
    async with bench:
        await to_the_code(bench)
        await bench.scan(WECHAT)
        assert (bench.state, bench.screen.code) == (State.DECLINED, "A171")
        await bench.touch("done")
        await bench.touch("pick", "code")
        await bench.scan(ALIPAY)
        assert bench.state is State.APPROVED
        assert sorted(books.kept(one) for one in books.payments) == [0, DUE]
        assert ends(bench) == [IntentEnd.UNDONE]


@pytest.mark.parametrize("how", ["cancel", "nobody answers"])
async def test_given_up_while_the_customer_confirms_it_is_taken_back(how: str) -> None:
    bench, books = bench_of(Whim.SLOW, *[Whim.VAGUE] * 200)
    async with bench:
        await to_the_code(bench)
        await bench.scan(WECHAT)
        if how == "cancel":
            books.whims = InOrder(Whim.MUTE, Whim.DEAF)  # Two tries are lost.
            await bench.touch("cancel")
            assert bench.title == "Taking the payment back. Wait."
            await bench.time.pass_s(3)
        else:
            await bench.time.pass_s(89)
            books.whims = InOrder()
            await bench.time.pass_s(2)
        assert bench.title == "Cancelled. Nothing was charged."
        assert ends(bench) == [IntentEnd.UNDONE]
        assert (sales(bench), sum(books.kept(one) for one in books.payments)) == ([], 0)


async def test_what_was_taken_twice_is_no_payment_and_goes_back() -> None:
    bench, books = bench_of(Whim.TWICE)
    async with bench:
        await to_the_code(bench)
        await bench.scan(WECHAT)
        assert sum(books.kept(one) for one in books.payments) == 2 * DUE
        await bench.touch("cancel")
        assert ends(bench) == [IntentEnd.UNDONE]
        assert sum(books.kept(one) for one in books.payments) == 0


async def test_what_nobody_knows_stands_on_the_z_and_is_taken_back_beside_the_next_sale() -> None:
    bench, books = bench_of(Whim.MUTE)
    async with bench:
        await to_the_code(bench)
        books.whims = InOrder(Whim.MUTE, *[Whim.VAGUE] * 6)
        await bench.scan(WECHAT)
        await bench.touch("cancel")
        await bench.time.pass_s(4)
        assert (bench.state, bench.screen.code) == (State.DECLINED, "A173")
        await bench.touch("done")
        await settled()
        assert bench.counter.view().status.notice_code == "A174"
        assert await in_doubt(bench) == 1
        await bench.time.pass_s(3)
        await bench.time.pass_s(10)
        assert await in_doubt(bench) == 0
        assert bench.counter.view().status.notice_code == ""
        assert (ends(bench), sum(books.kept(one) for one in books.payments)) == ([IntentEnd.UNDONE], 0)


@pytest.mark.parametrize("fault", [InsufficientFunds("spent elsewhere"), LedgerClosed("disk full")])
async def test_paid_outside_and_not_booked_it_goes_back(fault: InsufficientFunds | LedgerClosed) -> None:
    bench, books = bench_of(Whim.SLOW)
    async with bench:
        await to_the_code(bench)
        await bench.scan(WECHAT)
        bench.ledger.fails = [fault]
        await bench.time.pass_s(4)
        assert bench.state is State.DECLINED
        await settled()
        await bench.time.pass_s(4)
        assert (sales(bench), ends(bench)) == ([], [IntentEnd.UNDONE])
        assert sum(books.kept(one) for one in books.payments) == 0


async def test_of_what_may_be_booked_nothing_goes_back_before_the_next_start_knows() -> None:
    bench, books = bench_of(Whim.SLOW)
    async with bench:
        await to_the_code(bench)
        await bench.scan(WECHAT)
        await bench.time.pass_s(2)
        bench.ledger.fails = [OutcomeUnknown("fsync")] + [LedgerClosed("reopening")] * 20
        bench.ledger.look_up_fails = [LedgerClosed("reopening")] * 20
        await bench.time.pass_s(60)
        assert OutcomeUndecided.code in {screen.code for screen in bench.screens}
        bench.ledger.fails, bench.ledger.look_up_fails = [], []
        await bench.time.pass_s(100)
        assert (ends(bench), await in_doubt(bench)) == ([], 1)
        assert sum(books.kept(one) for one in books.payments) == DUE
        assert bench.counter.view().status.notice_code == "A174"


async def test_a_split_bill_with_value_books_both_and_the_z_counts_them() -> None:
    bench, _ = bench_of()
    async with bench:
        await bench.scan(MILK_CODE, MILK_CODE)
        await bench.touch("done")
        await bench.tap(WANG_CARD)
        await bench.touch("pick", "split")
        await bench.touch("pick", "stored")
        await bench.key("3")
        await bench.touch("pick", "code")
        await bench.touch("confirm")
        await bench.scan(WECHAT)
        assert bench.state is State.APPROVED
        at = bench.session.occasion()
        close = BookShiftClose(id=bench.counter.new_id(), at=at, counted=0)
        await bench.ledger.submit(close)
        figures = await bench.ledger.books.figures(close.id)
        assert [(one.name, one.count, one.amount) for one in figures.outside] == [("wechat", 1, 4_00)]
        assert figures.in_doubt.count == 0


# It goes back.


async def bought(bench: Bench) -> str:
    """Two pieces of milk by code; the receipt's number."""
    await to_the_code(bench)
    await bench.scan(WECHAT)
    await bench.touch("done")
    return bench.booked[-1].receipt_no


async def one_piece_back(bench: Bench, receipt: str) -> None:
    """Up to the last question."""
    await bench.scan(receipt)
    await bench.touch("pick", "other")
    await bench.touch("pick", "0")
    await bench.key("1")
    assert bench.screen.lines[1].label.text == "Back to WeChat Pay"


async def test_what_was_paid_by_code_goes_back_through_the_acquirer_part_by_part() -> None:
    bench, books = bench_of()
    async with bench:
        receipt = await bought(bench)
        for left in (3_50, 0):
            await one_piece_back(bench, receipt) if left else await bench.scan(receipt)
            if not left:
                await bench.touch("pick", "other")
            await bench.touch("confirm")
            assert bench.state is State.APPROVED
            await bench.touch("done")
            assert sum(books.kept(one) for one in books.payments) == left
        assert ends(bench) == [IntentEnd.DONE, IntentEnd.DONE]
        assert await in_doubt(bench) == 0


async def test_a_void_goes_back_whole() -> None:
    bench, books = bench_of()
    async with bench:
        receipt = await bought(bench)
        await bench.touch("start", "void")
        await bench.scan(receipt)
        await bench.touch("pick", "keyed_wrong")
        await bench.touch("confirm")
        assert len(commands(bench, BookVoid)) == 1
        assert sum(books.kept(one) for one in books.payments) == 0
        assert ends(bench) == [IntentEnd.DONE]


async def test_lost_on_the_way_it_goes_back_later_and_once() -> None:
    bench, books = bench_of()
    async with bench:
        await one_piece_back(bench, await bought(bench))
        books.whims = InOrder(Whim.DEAF, Whim.MUTE, Whim.VAGUE)
        await bench.touch("confirm")
        assert bench.state is State.APPROVED
        assert await in_doubt(bench) == 1
        assert bench.counter.view().status.notice_code == "A174"
        await bench.time.pass_s(60)
        assert (await in_doubt(bench), ends(bench)) == (0, [IntentEnd.DONE])
        assert bench.counter.view().status.notice_code == ""
        assert sum(books.kept(one) for one in books.payments) == 3_50


async def test_what_the_ledger_refuses_does_not_go_back() -> None:
    bench, books = bench_of()
    async with bench:
        await one_piece_back(bench, await bought(bench))
        books.whims = InOrder(*[Whim.NO] * 9)
        bench.ledger.fails_at = BookRefund
        await bench.touch("confirm")
        assert bench.state is State.DECLINED
        await settled()
        assert ends(bench) == [IntentEnd.UNDONE]
        assert sum(books.kept(one) for one in books.payments) == DUE


@pytest.mark.parametrize("flow", ["refund", "void"])
@pytest.mark.parametrize("why", ["acquirer gone", "charged elsewhere"])
async def test_what_nobody_could_send_back_is_refused_before_it_is_booked(
    flow: str, why: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    ledger, books = FaultyLedger(), AcquirerBooks(InOrder())
    async with run_of(0, books, ledger) as bench:
        receipt = await bought(bench)
    acquirer = None if why == "acquirer gone" else NearAcquirer(books)
    if acquirer:
        monkeypatch.setattr(MemoryState, "intent_for", lambda *_: None)
    async with Bench(policy=SHOP, ledger=ledger, acquirer=acquirer, time=ManualTime(3_600_000)) as bench:
        await bench.touch("start", flow)
        await bench.scan(receipt)
        for answer in ("other", "all") if flow == "refund" else ("keyed_wrong",):
            await bench.touch("pick", answer)
        assert (bench.state, bench.screen.code) == (State.DECLINED, NoWayBack.code)
        assert commands(bench, BookVoid) + commands(bench, BookRefund) == []
        assert await in_doubt(bench) == 0
    assert sum(books.kept(one) for one in books.payments) == DUE


async def test_what_the_attendants_word_paid_goes_back_by_their_hand() -> None:
    bench, books = bench_of()
    async with bench:
        await to_the_code(bench)
        await bench.touch("skip")
        await bench.touch("confirm")
        await bench.touch("done")
        await bench.scan(bench.booked[-1].receipt_no)
        await bench.touch("pick", "other")
        await bench.touch("pick", "all")
        await bench.touch("confirm")
        assert bench.state is State.APPROVED
        assert (books.payments, commands(bench, BookIntent)) == ({}, [])


@pytest.mark.parametrize("point", ["before it is booked", "before it is asked", "before it is heard"])
async def test_power_gone_while_it_goes_back_is_found_out_at_the_next_start(point: str) -> None:
    ledger, books = FaultyLedger(), AcquirerBooks(InOrder())
    cut = Cut(books, 2, after=point == "before it is heard")
    async with Bench(policy=SHOP, ledger=ledger, acquirer=cut) as bench:
        await one_piece_back(bench, await bought(bench))
        if point == "before it is booked":
            ledger.gate_at = BookRefund
        await bench.touch("confirm")
        assert len(await ledger.books.open_intents()) == 1
    ledger.gate_at = None
    async with run_of(1, books, ledger) as again:
        await settled()
        went = point != "before it is booked"
        assert ends(again) == [IntentEnd.DONE if went else IntentEnd.UNDONE]
        assert sum(books.kept(one) for one in books.payments) == (3_50 if went else DUE)
        assert await in_doubt(again) == 0


# The power goes.


@pytest.mark.parametrize("after", [False, True])
@pytest.mark.parametrize("question", [1, 2, 3])
async def test_power_gone_at_any_question_is_found_out_at_the_next_start(question: int, after: bool) -> None:  # noqa: FBT001  a parameter
    ledger, books = FaultyLedger(), AcquirerBooks(InOrder(Whim.SLOW))
    async with Bench(policy=SHOP, ledger=ledger, acquirer=Cut(books, question, after=after)) as bench:
        await to_the_code(bench)
        await bench.scan(WECHAT)
        await bench.time.pass_s(8)
        assert not sales(bench)
    assert len(await ledger.books.open_intents()) == 1
    async with run_of(1, books, ledger) as again:
        await settled()
        assert ends(again) == [IntentEnd.UNDONE]
        assert sum(books.kept(one) for one in books.payments) == 0
        assert await in_doubt(again) == 0


async def test_power_gone_between_payment_and_booking_is_found_out_at_the_next_start() -> None:
    ledger, books = FaultyLedger(), AcquirerBooks(InOrder(Whim.SLOW))
    async with Bench(policy=SHOP, ledger=ledger, acquirer=NearAcquirer(books)) as bench:
        await to_the_code(bench)
        await bench.scan(WECHAT)
        ledger.gate = asyncio.Event()  # The sale never gets there.
        await bench.time.pass_s(4)
        assert sum(books.kept(one) for one in books.payments) == DUE
        assert isinstance(ledger.submitted[-1], BookSale)
    ledger.gate = None
    async with run_of(1, books, ledger) as again:
        await settled()
        assert (sales(again), ends(again)) == ([], [IntentEnd.UNDONE])
        assert sum(books.kept(one) for one in books.payments) == 0


async def test_power_gone_before_the_intent_leaves_nothing() -> None:
    ledger, books = FaultyLedger(), AcquirerBooks(InOrder())
    async with Bench(policy=SHOP, ledger=ledger, acquirer=NearAcquirer(books)) as bench:
        await to_the_code(bench)
        ledger.gate = asyncio.Event()
        await bench.scan(WECHAT)
    assert (books.payments, await ledger.books.open_intents()) == ({}, [])


# Whatever the acquirer does.


@pytest.mark.parametrize("seed", range(5))
async def test_what_was_taken_outside_is_in_the_ledger_or_on_the_z(seed: int) -> None:
    random = Random(seed)
    whims: Whims = AtRandom(random, 0.45)
    ledger, books = FaultyLedger(), AcquirerBooks(whims)
    for run in range(4):  # Each ended by a power cut.
        async with run_of(run, books, ledger) as bench:
            for _ in range(random.randrange(2, 7)):
                await _customer(bench, random)
    await _balanced(ledger, books)
    assert any(isinstance(one.command, BookSale) for one in ledger.answers.values())
    books.whims = InOrder()
    async with run_of(4, books, ledger) as bench:
        await bench.time.pass_s(130)
        assert await in_doubt(bench) == 0
    await _balanced(ledger, books)


async def _customer(bench: Bench, random: Random) -> None:
    """Somebody pays by code, or gives up, or the power goes while they stand there."""
    while bench.state is not State.IDLE:
        await bench.touch("done")
        await bench.time.pass_s(2)
    await to_the_code(bench)
    await bench.scan(random.choice([WECHAT, ALIPAY]))
    await bench.time.pass_s(random.choice([0, 1, 2, 5]))
    if random.random() < 0.7:
        await bench.touch("cancel")
    await bench.time.pass_s(random.choice([0, 0.4, 5]))


async def _balanced(ledger: FaultyLedger, books: AcquirerBooks) -> None:
    """Each payment: booked and kept, or undone and given back, or nobody knows and the Z says so."""
    doubts = {one.id for one in await ledger.books.open_intents()}
    booked = {one.command.id: one.command for one in ledger.answers.values()}
    intents = [one for one in booked.values() if isinstance(one, BookIntent)]
    assert set(books.payments) <= {one.id for one in intents}, "nothing is taken that was not written down"
    for intent in intents:
        sale = booked.get(intent.consumed_by)
        if isinstance(sale, BookSale):
            assert books.kept(intent.id) == sum(tender.amount for tender in sale.tenders) == intent.amount
        elif intent.id not in doubts:
            assert books.kept(intent.id) == 0
