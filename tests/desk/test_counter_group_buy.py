"""Platforms' vouchers at a running counter, with services that lose answers, use twice, and say nothing."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable
from random import Random
from typing import Any, TypeVar

import pytest
from msgspec.structs import replace

from lab.acquirer import AcquirerBooks, AtRandom, InOrder, NearAcquirer, Whim
from lab.group_buy import GroupBuyBooks, NearGroupBuy
from terminal.core.acquirer import Order, PayCode, Said
from terminal.core.canonical import encoded
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
from terminal.core.errors import InsufficientFunds, LedgerClosed, NoWayBack, OutcomeUnknown
from terminal.core.figures import ShiftFigures
from terminal.core.group_buy import GroupCode, Offer, WhyNot
from terminal.core.policy import Confirmed
from terminal.core.screens import State
from terminal.core.values import EntryId
from tests.desk.fakes import MILK_CODE, Bench, FaultyLedger, ManualTime, settled
from tests.flows.shop import POLICY, WANG_CARD

T = TypeVar("T")
WECHAT = "134567890123456789"
THREE, TWO, TEN, FRUIT = "MT3S-0001", "DY2S-0001", "MT10-0001", "MT3F-0001"
DUE = 7_00
SHOP = replace(POLICY, confirmed=(Confirmed.CODE,))


class Power:
    """Goes at the n-th question to anybody outside, before it leaves or before its answer is heard."""

    def __init__(self, question: int = 0, *, after: bool = False) -> None:
        self._left = question
        self._after = after

    async def or_cut(self, asked: Awaitable[T]) -> T:
        self._left -= 1
        if not self._left and not self._after:
            asked.close()  # type: ignore[attr-defined]
            await asyncio.Event().wait()
        said = await asked
        if not self._left:
            await asyncio.Event().wait()
        return said


class CutAcquirer(NearAcquirer):
    def __init__(self, books: AcquirerBooks, power: Power) -> None:
        super().__init__(books)
        self._power = power

    async def pay(self, order: Order, code: PayCode) -> Said:
        return await self._power.or_cut(super().pay(order, code))

    async def query(self, order: Order) -> Said:
        return await self._power.or_cut(super().query(order))

    async def reverse(self, order: Order) -> Said:
        return await self._power.or_cut(super().reverse(order))

    async def refund(self, refund: Order, of: EntryId) -> Said:
        return await self._power.or_cut(super().refund(refund, of))


class CutGroupBuy(NearGroupBuy):
    def __init__(self, books: GroupBuyBooks, power: Power) -> None:
        super().__init__(books)
        self._power = power

    async def offer(self, code: GroupCode) -> Offer | WhyNot:
        return await self._power.or_cut(super().offer(code))

    async def redeem(self, order: Order, code: GroupCode) -> Said:
        return await self._power.or_cut(super().redeem(order, code))

    async def query(self, order: Order) -> Said:
        return await self._power.or_cut(super().query(order))

    async def cancel(self, order: Order) -> Said:
        return await self._power.or_cut(super().cancel(order))


class Town:
    """A shop's ledger, its acquirer and the platforms: what outlasts a power cut."""

    def __init__(self, *whims: Whim | None) -> None:
        self.ledger = FaultyLedger()
        self.acquirer = AcquirerBooks(InOrder())
        self.platform = GroupBuyBooks(InOrder(*whims))

    def run(self, number: int = 0, power: Power | None = None, **more: Any) -> Bench:
        """The terminal, started again an hour after the run before: ids are of their time."""
        power = power or Power()
        means = {
            "acquirer": CutAcquirer(self.acquirer, power),
            "group_buy": CutGroupBuy(self.platform, power),
            **more,
        }
        return Bench(policy=SHOP, ledger=self.ledger, time=ManualTime(number * 3_600_000), **means)

    @property
    def used(self) -> int:
        """Fen of bills that vouchers are used for, as the platforms say it."""
        return sum(one.amount * one.times for one in self.platform.redeemed.values())

    @property
    def charged(self) -> int:
        return sum(self.acquirer.kept(one) for one in self.acquirer.payments)

    def commands(self, kind: type[Command]) -> list[Any]:
        return [one.command for one in self.ledger.answers.values() if isinstance(one.command, kind)]

    @property
    def ends(self) -> list[IntentEnd]:
        return [one.end for one in self.commands(BookIntentEnd)]

    async def in_doubt(self) -> int:
        return len(await self.ledger.books.open_intents())


async def to_the_way(bench: Bench) -> None:
    """Two pieces of milk, 7.00, and nobody's card."""
    await bench.scan(MILK_CODE, MILK_CODE)
    await bench.touch("done")
    await bench.touch("skip")


async def shows(bench: Bench, *vouchers: str) -> None:
    for code in vouchers:
        await bench.touch("pick", "group_buy")
        assert bench.title == "Scan or key the voucher's code"
        await bench.scan(code)


async def by_voucher_and_code(bench: Bench, *vouchers: str) -> None:
    """The rest by the customer's code, whatever becomes of it."""
    await to_the_way(bench)
    await shows(bench, *vouchers)
    await bench.touch("pick", "code")
    await bench.touch("confirm")
    await bench.scan(WECHAT)


async def figures(bench: Bench) -> ShiftFigures:
    close = BookShiftClose(id=bench.counter.new_id(), at=bench.session.occasion(), counted=0)
    await bench.ledger.submit(close)
    return await bench.ledger.books.figures(close.id)


async def test_the_intent_is_durable_before_the_platform_is_asked_and_ends_with_the_sale() -> None:
    town = Town()
    async with town.run() as bench:
        await to_the_way(bench)
        await shows(bench, TEN)
        assert (bench.state, bench.title) == (State.CONFIRM, "Use the vouchers?")
        bench.ledger.gate = asyncio.Event()
        await bench.touch("confirm")
        assert isinstance(bench.ledger.submitted[-1], BookIntent)
        assert town.platform.redeemed == {}, "nobody was asked to use it yet"
        bench.ledger.gate.set()
        await settled()
        assert bench.state is State.APPROVED
        (intent,), (sale,) = town.commands(BookIntent), town.commands(BookSale)
        tender = Tender(
            kind=TenderKind.GROUP_BUY, amount=DUE, of="meituan", vouchers=(intent.id,), settles=9_40
        )
        assert sale.tenders == (tender,)
        assert town.used == DUE
        assert "美团团购券" in bench.printer.paper[-1]
        assert (await town.in_doubt(), town.ends) == (0, [])


async def test_vouchers_of_two_platforms_and_a_code_are_one_exact_sale() -> None:
    town = Town()
    async with town.run() as bench:
        await by_voucher_and_code(bench, THREE, TWO)
        assert bench.state is State.APPROVED
        (sale,) = town.commands(BookSale)
        assert [(one.of, one.amount, one.settles) for one in sale.tenders] == [
            ("meituan", 3_00, 2_82),
            ("douyin", 2_00, 1_88),
            ("wechat", 2_00, 0),
        ]
        assert (town.used, town.charged, await town.in_doubt()) == (5_00, 2_00, 0)
        found = await figures(bench)
        assert {one.name: one.amount for one in found.outside} == {
            "meituan": 3_00,
            "douyin": 2_00,
            "wechat": 2_00,
        }
        assert [(one.name, one.count, one.amount) for one in found.vouchers] == [
            ("meituan", 1, 2_82),
            ("douyin", 1, 1_88),
        ]
        assert (found.in_doubt.count, found.differences) == (0, ())


async def test_no_code_of_one_stands_in_the_journal_or_in_a_log(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(0)
    town = Town(None, Whim.DEAF, Whim.VAGUE, None)
    async with town.run() as bench:
        await to_the_way(bench)
        await shows(bench, TEN)
        await bench.touch("confirm")
        await bench.touch("cancel")
        written = b"".join(encoded(one) for one in bench.ledger.entries.values())
        assert b"group_buy:meituan" in written
        assert TEN.encode() not in written
        assert TEN not in caplog.text
        assert not any(TEN in repr(screen) for screen in bench.screens)


async def test_it_is_one_only_while_it_is_asked_for_and_may_be_keyed() -> None:
    town = Town()
    async with town.run() as bench:
        await bench.scan(MILK_CODE, MILK_CODE)
        await bench.scan(TEN)
        assert bench.state is State.CART
        await bench.touch("done")
        await bench.touch("skip")
        await bench.touch("pick", "group_buy")
        for no_code in ("12-45", "1234"):
            await bench.key(no_code)
            assert (bench.state, bench.screen.code) == (State.KEYING, "A266")
        await bench.scan("1234;56")
        assert (bench.state, bench.screen.code) == (State.KEYING, "A266")
        await bench.key(TEN)
        assert bench.title == "Use the vouchers?"


@pytest.mark.parametrize(
    ("code", "error"), [("MT30-OLD", "A262"), ("MT30", "A260"), ("XY30-0001", "A260"), (FRUIT, "A264")]
)
async def test_what_pays_nothing_is_said_with_its_reason(code: str, error: str) -> None:
    town = Town()
    async with town.run() as bench:
        await to_the_way(bench)
        await bench.touch("pick", "group_buy")
        await (bench.scan(code) if len(code) > 5 else bench.key(f"{code}-00"))
        assert (bench.state, bench.screen.code) == (State.DECLINED, error)
        await bench.touch("done")
        assert bench.title == "How is it paid?"
        assert (town.platform.redeemed, town.commands(BookIntent)) == ({}, [])


async def test_one_that_paid_here_before_is_refused_before_anything_is_written() -> None:
    town = Town()
    async with town.run() as bench:
        for _ in range(2):
            await to_the_way(bench)
            await shows(bench, TEN)
            if bench.state is State.CONFIRM:
                await bench.touch("confirm")
                await bench.touch("done")
        assert (bench.state, bench.screen.code) == (State.DECLINED, "A261")
        assert len(town.commands(BookSale)) == len(town.commands(BookIntent)) == 1


async def test_where_the_service_is_away_another_way_pays() -> None:
    town = Town(Whim.DEAF)
    async with town.run() as bench:
        await to_the_way(bench)
        await shows(bench, TEN)
        assert (bench.state, bench.screen.code) == (State.DECLINED, "A263")


async def test_asking_what_it_is_worth_can_be_given_up() -> None:
    town = Town()
    async with town.run(power=Power(1)) as bench:
        await to_the_way(bench)
        await shows(bench, TEN)
        assert (bench.state, bench.title) == (State.READING, "Asking the platform about the voucher. Wait.")
        await bench.touch("cancel")
        assert bench.title == "Cancelled. Nothing was charged."
        assert town.commands(BookIntent) == []


async def test_used_elsewhere_in_the_last_moment_all_is_given_back_and_another_way_pays() -> None:
    town = Town(None, None, None, Whim.NO)
    async with town.run() as bench:
        await to_the_way(bench)
        await shows(bench, THREE, TWO)
        await bench.touch("pick", "code")
        await bench.touch("confirm")
        assert (bench.state, bench.screen.code) == (State.DECLINED, "A171")
        assert (town.used, town.ends) == (0, [IntentEnd.UNDONE] * 2)
        await bench.touch("done")
        await shows(bench, THREE)
        await bench.touch("pick", "code")
        await bench.touch("confirm")
        await bench.scan(WECHAT)
        assert bench.state is State.APPROVED
        assert (town.used, town.charged) == (3_00, 4_00)


async def test_where_the_code_beside_them_is_refused_they_may_be_used_again_at_once() -> None:
    town = Town()
    town.acquirer.whims = InOrder(Whim.NO)
    async with town.run() as bench:
        await by_voucher_and_code(bench, THREE, TWO)
        assert (bench.state, bench.screen.code) == (State.DECLINED, "A171")
        assert (town.used, town.charged, town.ends) == (0, 0, [IntentEnd.UNDONE] * 3)
        await bench.touch("done")
        await shows(bench, THREE, TWO)
        await bench.touch("pick", "code")
        await bench.touch("confirm")
        await bench.scan(WECHAT)
        assert bench.state is State.APPROVED
        assert (town.used, town.charged) == (5_00, 2_00)


@pytest.mark.parametrize("whim", [Whim.DEAF, Whim.MUTE, Whim.VAGUE, Whim.SLOW])
async def test_without_an_answer_it_asks_again_by_its_id_and_uses_once(whim: Whim) -> None:
    town = Town(None, whim, Whim.DEAF, Whim.VAGUE)
    async with town.run() as bench:
        await to_the_way(bench)
        await shows(bench, TEN)
        await bench.touch("confirm")
        assert bench.title == "The platform is asked. Cancel takes it back."
        await bench.time.pass_s(9)
        if whim in {Whim.MUTE, Whim.SLOW}:
            assert bench.state is State.APPROVED
            assert town.used == DUE
        else:
            await bench.touch("cancel")
            assert (bench.state, bench.title) == (State.SAYING, "Cancelled. Nothing was charged.")
            assert (town.ends, town.used) == ([IntentEnd.UNDONE], 0)


async def test_used_twice_it_is_not_believed_and_given_back() -> None:
    town = Town(None, Whim.TWICE)
    async with town.run() as bench:
        await to_the_way(bench)
        await shows(bench, TEN)
        await bench.touch("confirm")
        assert town.platform.used(TEN) == 2
        await bench.touch("cancel")
        assert (town.ends, town.used) == ([IntentEnd.UNDONE], 0)


@pytest.mark.parametrize("at", ["voucher", "way", "confirm", "pay code", "charge"])
async def test_cancelled_at_any_step_nothing_stays_used(at: str) -> None:
    town = Town()
    town.acquirer.whims = InOrder(*[Whim.VAGUE] * 9)
    async with town.run() as bench:
        await to_the_way(bench)
        await bench.touch("pick", "group_buy")
        if at != "voucher":
            await bench.scan(THREE)
        if at in {"confirm", "pay code", "charge"}:
            await bench.touch("pick", "code")
        if at in {"pay code", "charge"}:
            await bench.touch("confirm")
            assert town.used == 3_00
        if at == "charge":
            await bench.scan(WECHAT)
            town.acquirer.whims = InOrder()
        await bench.touch("cancel")
        await settled()
        await bench.touch("done")
        await bench.time.pass_s(5)
        assert (town.used, town.charged, await town.in_doubt()) == (0, 0, 0)
        assert town.commands(BookSale) == []
        assert len(town.ends) == {"pay code": 1, "charge": 2}.get(at, 0)


async def test_what_nobody_knows_stands_on_the_z_and_is_given_back_beside_the_next_sale() -> None:
    town = Town(None, Whim.MUTE, *[Whim.VAGUE] * 8)
    async with town.run() as bench:
        await to_the_way(bench)
        await shows(bench, TEN)
        await bench.touch("confirm")
        await bench.touch("cancel")
        await bench.time.pass_s(4)
        assert (bench.state, bench.screen.code) == (State.DECLINED, "A173")
        await bench.touch("done")
        await settled()
        assert bench.counter.view().status.notice_code == "A174"
        assert (await figures(bench)).in_doubt.amount == DUE
        await bench.time.pass_s(60)
        assert (await town.in_doubt(), town.ends, town.used) == (0, [IntentEnd.UNDONE], 0)
        assert bench.counter.view().status.notice_code == ""


@pytest.mark.parametrize("fault", [InsufficientFunds("spent elsewhere"), LedgerClosed("disk full")])
async def test_used_and_not_booked_it_is_given_back(fault: InsufficientFunds | LedgerClosed) -> None:
    town = Town(None, Whim.SLOW)
    async with town.run() as bench:
        await to_the_way(bench)
        await shows(bench, TEN)
        await bench.touch("confirm")
        bench.ledger.fails = [fault]
        await bench.time.pass_s(4)
        assert bench.state is State.DECLINED
        await settled()
        await bench.time.pass_s(4)
        assert (town.commands(BookSale), town.ends, town.used) == ([], [IntentEnd.UNDONE], 0)


async def test_of_what_may_be_booked_nothing_is_given_back_before_the_next_start_knows() -> None:
    town = Town(None, Whim.SLOW)
    async with town.run() as bench:
        await to_the_way(bench)
        await shows(bench, TEN)
        await bench.touch("confirm")
        await bench.time.pass_s(2)
        bench.ledger.fails = [OutcomeUnknown("fsync")] + [LedgerClosed("reopening")] * 20
        bench.ledger.look_up_fails = [LedgerClosed("reopening")] * 20
        await bench.time.pass_s(60)
        bench.ledger.fails, bench.ledger.look_up_fails = [], []
        await bench.time.pass_s(100)
        assert (town.ends, await town.in_doubt(), town.used) == ([], 1, DUE)


# It comes back.


async def undo(bench: Bench, flow: str, *, pieces: str = "") -> None:
    """What was just sold, up to the last question."""
    receipt = bench.booked[-1].receipt_no
    await bench.touch("done")
    await bench.touch("start", flow)
    await bench.scan(receipt)
    if flow == "void":
        await bench.touch("pick", "keyed_wrong")
        return
    await bench.touch("pick", "other")
    await bench.touch("pick", "0" if pieces else "all")
    if pieces:
        await bench.key(pieces)


@pytest.mark.parametrize("flow", ["refund", "void"])
async def test_what_comes_back_whole_is_given_back_by_each_platform_and_the_acquirer(flow: str) -> None:
    town = Town()
    async with town.run() as bench:
        await by_voucher_and_code(bench, THREE, TWO)
        await undo(bench, flow)
        said = {row.label.text: row.value for row in bench.screen.lines}
        assert (said["Back to Meituan"], said["Back to Douyin"]) == ("¥3.00", "¥2.00")
        await bench.touch("confirm")
        assert bench.state is State.APPROVED
        await settled()
        assert (town.used, town.charged, town.ends) == (0, 0, [IntentEnd.DONE] * 3)
        assert await town.in_doubt() == 0
        assert not (await figures(bench)).differences


async def test_lost_on_the_way_it_is_given_back_later() -> None:
    town = Town()
    async with town.run() as bench:
        await to_the_way(bench)
        await shows(bench, TEN)
        await bench.touch("confirm")
        await undo(bench, "refund")
        town.platform.whims = InOrder(Whim.DEAF, Whim.MUTE, Whim.VAGUE)
        await bench.touch("confirm")
        assert bench.state is State.APPROVED
        assert (await town.in_doubt(), bench.counter.view().status.notice_code) == (1, "A174")
        await bench.time.pass_s(60)
        assert (await town.in_doubt(), town.ends, town.used) == (0, [IntentEnd.DONE], 0)


async def by_hand(bench: Bench) -> None:
    """The first of those that are owed, in cash, because it was too long ago."""
    await bench.touch("done")
    await bench.touch("start", "shift")
    await bench.touch("pick", "by_hand")
    await bench.touch("pick", "cash")
    await bench.touch("pick", "too_late")
    await bench.touch("confirm")


async def test_a_part_is_said_to_be_paid_by_hand_and_no_platform_is_asked() -> None:
    town = Town()
    async with town.run() as bench:
        await to_the_way(bench)
        await shows(bench, TEN)
        await bench.touch("confirm")
        await undo(bench, "refund", pieces="1")
        rows = [(row.label.text, row.value) for row in bench.screen.lines]
        assert ("A voucher comes back only whole: pay this by hand, under Shift", "¥3.50") in rows
        town.platform.whims = InOrder(*[Whim.NO] * 99)  # Whoever asked would be refused.
        await bench.touch("confirm")
        assert bench.state is State.APPROVED
        await bench.time.pass_s(200)
        assert (town.used, await town.in_doubt()) == (DUE, 1)
        await by_hand(bench)
        assert bench.state is State.APPROVED
        assert (town.used, await town.in_doubt(), town.ends) == (DUE, 0, [IntentEnd.DONE])
        (end,) = town.commands(BookIntentEnd)
        assert (end.by_hand, end.amount) == ("cash", 3_50)
        found = await figures(bench)
        owes = {one.name: one.amount for one in found.outside}
        assert owes["meituan"] == DUE, "the platform owes all of it"
        assert found.differences == ()


async def test_the_rest_after_a_part_is_paid_by_hand_too_for_the_voucher_is_used() -> None:
    town = Town()
    async with town.run() as bench:
        await to_the_way(bench)
        await shows(bench, TEN)
        await bench.touch("confirm")
        receipt = bench.booked[-1].receipt_no
        for _ in range(2):
            await bench.touch("done")
            await bench.touch("start", "refund")
            await bench.scan(receipt)
            await bench.touch("pick", "other")
            if bench.state is State.CHOOSING:
                await bench.touch("pick", "0")
                await bench.key("1")
            await bench.touch("confirm")
            assert bench.state is State.APPROVED
        await bench.time.pass_s(100)
        assert (town.used, await town.in_doubt()) == (DUE, 2)


async def test_a_platform_that_takes_it_back_no_more_is_refused_by_name_and_people_pay() -> None:
    town = Town()
    async with town.run() as bench:
        await by_voucher_and_code(bench, THREE, TWO)
        await undo(bench, "refund")
        town.platform.whims = InOrder(Whim.NO, None, *[Whim.NO] * 99)
        await bench.touch("confirm")
        await settled()
        assert (town.used, town.charged, await town.in_doubt()) == (2_00, 0, 1)
        await by_hand(bench)
        (paid,) = [one for one in town.commands(BookIntentEnd) if one.by_hand]
        assert (paid.amount, await town.in_doubt()) == (2_00, 0)
        found = await figures(bench)
        assert {one.name: one.amount for one in found.outside}["douyin"] == 2_00
        assert found.differences == ()


@pytest.mark.parametrize("flow", ["refund", "void"])
async def test_what_nobody_could_take_back_is_refused_before_it_is_booked(flow: str) -> None:
    town = Town()
    async with town.run() as bench:
        await to_the_way(bench)
        await shows(bench, TEN)
        await bench.touch("confirm")
        receipt = bench.booked[-1].receipt_no
    async with town.run(1, group_buy=None) as bench:
        await bench.touch("start", flow)
        await bench.scan(receipt)
        for answer in ("other", "all") if flow == "refund" else ("keyed_wrong",):
            await bench.touch("pick", answer)
        assert (bench.state, bench.screen.code) == (State.DECLINED, NoWayBack.code)
        assert town.commands(BookVoid) + town.commands(BookRefund) == []
    assert town.used == DUE


async def test_what_the_ledger_refuses_is_not_given_back() -> None:
    town = Town()
    async with town.run() as bench:
        await to_the_way(bench)
        await shows(bench, TEN)
        await bench.touch("confirm")
        await undo(bench, "refund")
        bench.ledger.fails_at = BookRefund
        await bench.touch("confirm")
        assert bench.state is State.DECLINED
        await settled()
        assert (town.ends, town.used) == ([IntentEnd.UNDONE], DUE)


# The power goes.


@pytest.mark.parametrize("after", [False, True])
@pytest.mark.parametrize("question", range(1, 7))
async def test_power_gone_at_any_question_is_found_out_at_the_next_start(question: int, after: bool) -> None:  # noqa: FBT001  a parameter
    """Two offers, two uses, the charge, and once more when it was not booked."""
    town = Town()
    town.acquirer.whims = InOrder(Whim.SLOW)
    async with town.run(power=Power(question, after=after)) as bench:
        await to_the_way(bench)
        for code in (THREE, TWO):
            if bench.state is State.CHOOSING:
                await shows(bench, code)
        if bench.state is State.CHOOSING:
            await bench.touch("pick", "code")
            await bench.touch("confirm")
            await bench.scan(WECHAT)
            await bench.time.pass_s(1.6)
        assert not town.commands(BookSale)
    town.acquirer.whims = InOrder()
    begun = len(town.commands(BookIntent))
    assert begun == {1: 0, 2: 0, 3: 1, 4: 2, 5: 3, 6: 3}[question]
    async with town.run(1) as again:
        await settled()
        await again.time.pass_s(5)
        assert (town.used, town.charged, await town.in_doubt()) == (0, 0, 0)
        assert town.ends == [IntentEnd.UNDONE] * begun
        await by_voucher_and_code(again, THREE, TWO)
        assert again.state is State.APPROVED, "the same vouchers pay now"
        assert (town.used, town.charged) == (5_00, 2_00)


@pytest.mark.parametrize("durable", [False, True])
async def test_power_gone_at_the_booking_itself_both_stay_or_both_go_back(durable: bool) -> None:  # noqa: FBT001  a parameter
    town = Town()
    town.acquirer.whims = InOrder(Whim.SLOW)
    async with town.run() as bench:
        await by_voucher_and_code(bench, THREE, TWO)
        if not durable:
            bench.ledger.gate = asyncio.Event()
        await bench.time.pass_s(4)
        assert isinstance(bench.ledger.submitted[-1], BookSale)
        assert (town.used, town.charged) == (5_00, 2_00)
    town.ledger.gate = None
    async with town.run(1) as again:
        await settled()
        await again.time.pass_s(5)
        kept = (5_00, 2_00) if durable else (0, 0)
        assert (town.used, town.charged) == kept
        assert await town.in_doubt() == 0
        assert len(town.commands(BookSale)) == durable


@pytest.mark.parametrize("point", ["before it is booked", "before it is asked", "before it is heard"])
async def test_power_gone_while_it_goes_back_is_found_out_at_the_next_start(point: str) -> None:
    town = Town()
    power = Power(3, after=point == "before it is heard")
    async with town.run(power=power) as bench:
        await to_the_way(bench)
        await shows(bench, TEN)
        await bench.touch("confirm")
        await undo(bench, "refund")
        if point == "before it is booked":
            town.ledger.gate_at = BookRefund
        await bench.touch("confirm")
        assert await town.in_doubt() == 1
    town.ledger.gate_at = None
    async with town.run(1):
        await settled()
        went = point != "before it is booked"
        assert town.ends == [IntentEnd.DONE if went else IntentEnd.UNDONE]
        assert town.used == (0 if went else DUE)
        assert await town.in_doubt() == 0


# Whatever the services do.


@pytest.mark.parametrize("seed", range(6))
async def test_nothing_stays_used_that_no_sale_was_booked_with(seed: int) -> None:
    random = Random(seed)
    town = Town()
    town.platform.whims = town.acquirer.whims = AtRandom(random, 0.4)
    for run in range(4):  # Each ended by a power cut.
        async with town.run(run) as bench:
            for number in range(random.randrange(2, 6)):
                await _customer(bench, random, f"{run}{number}")
    await _balanced(town)
    town.platform.whims = town.acquirer.whims = InOrder()
    async with town.run(5) as bench:
        await bench.time.pass_s(200)
        assert await town.in_doubt() == 0
    await _balanced(town)


async def _customer(bench: Bench, random: Random, name: str) -> None:
    """Somebody pays by vouchers and perhaps a code, or gives up, or the power goes while they stand there."""
    while bench.state is not State.IDLE:
        await bench.touch("done")
        await bench.time.pass_s(2)
    await to_the_way(bench)
    for code in random.sample([f"MT3S-{name}A", f"DY2S-{name}B", f"MT10-{name}C"], 2):
        if bench.state is State.CHOOSING:
            await shows(bench, code)
        if bench.state is State.DECLINED:
            await bench.touch("done")
    if bench.state is State.CHOOSING:
        await bench.touch("pick", "code")
    await bench.touch("confirm")
    await bench.time.pass_s(random.choice([0, 2, 5]))
    if bench.state is State.READY:
        await bench.scan(WECHAT)
    await bench.time.pass_s(random.choice([0, 1, 5]))
    if random.random() < 0.6:
        await bench.touch("cancel")
    await bench.time.pass_s(random.choice([0, 0.4, 5]))


async def _balanced(town: Town) -> None:
    """Each intent: booked and used, or given back, or nobody knows and the Z says so."""
    doubts = {one.id for one in await town.ledger.books.open_intents()}
    intents = {one.id: one for one in town.commands(BookIntent)}
    assert {*town.platform.redeemed, *town.acquirer.payments} <= intents.keys()
    sales = town.commands(BookSale)
    paying = {used for sale in sales for tender in sale.tenders for used in tender.vouchers}
    by_code = {sale.id for sale in sales if any(one.kind is TenderKind.CODE for one in sale.tenders)}
    for id_, intent in intents.items():
        known = town.platform.redeemed.get(id_)
        kept = known.amount * known.times if known else town.acquirer.kept(id_)
        if id_ in paying or intent.consumed_by in by_code:
            assert kept == intent.amount
        elif id_ not in doubts:
            assert kept == 0
    for sale in sales:
        used = [intents[one] for tender in sale.tenders for one in tender.vouchers]
        owed = sum(one.amount for one in sale.tenders if one.kind is TenderKind.GROUP_BUY)
        assert sum(one.amount for one in used) == owed


async def test_a_card_beside_a_voucher_earns_on_its_own_part() -> None:
    town = Town()
    async with town.run() as bench:
        await bench.scan(MILK_CODE, MILK_CODE)
        await bench.touch("done")
        await bench.tap(WANG_CARD)
        await shows(bench, THREE)
        await bench.touch("pick", "stored")
        await bench.touch("confirm")
        assert bench.state is State.APPROVED
        (sale,) = town.commands(BookSale)
        assert [one.points for one in sale.points] == [4]
