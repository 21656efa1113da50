"""The three flows at a counter whose ledger is the real one: threads, SQLite, a file."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from contextlib import aclosing
from pathlib import Path

import pytest

from terminal.core.commands import BookRecharge, BookSale
from terminal.core.screens import Intent, Keying, Screen, State
from terminal.core.trust import Credential
from terminal.core.values import SiteId
from terminal.desk.counter import Counter
from terminal.store.ledger import Ledger, open_ledger
from terminal.store.settings import Settings
from tests.desk.fakes import BADGE, JOIN_CODE, MILK_CODE, Bench
from tests.flows.shop import PHONE, STRANGER


@pytest.fixture
async def ledger(tmp_path: Path) -> AsyncGenerator[Ledger, None]:
    bench = Bench()
    opened = await open_ledger(
        Settings(path=tmp_path / "ledger.db"), site=SiteId("S1"), clock=bench.time, ids=bench.ids
    )
    yield opened
    await opened.close()


async def screen(counter: Counter, state: State, keying: Keying | None = None, *, after: int = 0) -> Screen:
    """The next screen in that state: a real ledger answers when it has answered."""
    async with aclosing(counter.changes()) as changes, asyncio.timeout(60):
        async for view in changes:
            shown = view.screen
            if shown.step > after and shown.state is state and keying in {None, shown.keying}:
                return shown
    raise AssertionError("the counter stopped telling")


class RealBench(Bench):
    """The same hands; after each of them they wait for the screen that must come."""

    async def then(self, do: str, value: str, state: State, keying: Keying | None = None) -> Screen:
        step = self.screen.step
        assert self.counter.intend(Intent(step=step, do=do, value=value))
        return await screen(self.counter, state, keying, after=step)

    async def recharge(self, card: Credential, yuan: str, *, new: bool) -> Screen:
        await self.then("start", "recharge", State.READY)
        await self.tap(card)
        if new:
            await screen(self.counter, State.CONFIRM)
            await self.then("confirm", "", State.KEYING, Keying.AMOUNT)
        else:
            await screen(self.counter, State.KEYING, Keying.AMOUNT)
        await self.then("key", yuan, State.KEYING, Keying.CASH)
        await self.then("key", yuan, State.CONFIRM)
        return await self.then("confirm", "", State.APPROVED)

    async def next_customer(self) -> None:
        await self.then("done", "", State.IDLE)


async def test_a_card_is_issued_recharged_and_spent_to_the_fen_by_a_chosen_pin(
    ledger: Ledger,
) -> None:
    async with RealBench(ledger=ledger) as bench:
        approved = await bench.recharge(STRANGER, "100", new=True)
        assert "T1-1-1-" in approved.receipt
        await bench.next_customer()
        holder = await ledger.books.holder(STRANGER)
        assert holder is not None
        assert (holder.principal, holder.bonus, holder.member) == (100_00, 10_00, None)

        await bench.scan(MILK_CODE, MILK_CODE)
        await screen(bench.counter, State.CART)
        await bench.then("key", "102.00", State.CART)
        await bench.then("done", "", State.READY)
        await bench.tap(STRANGER)
        await screen(bench.counter, State.CHOOSING)
        refused = await bench.then("pick", "stored", State.DECLINED)
        assert refused.code == "A127"  # Above what is paid without PIN, and none was chosen.
        await bench.then("done", "", State.CHOOSING)
        await bench.then("cancel", "", State.SAYING)
        await bench.then("done", "", State.IDLE)

        await bench.then("more", "", State.IDLE)
        await bench.then("start", "pin", State.READY)
        await bench.tap(STRANGER)
        await screen(bench.counter, State.KEYING, Keying.PIN)
        await bench.then("key", "200731", State.KEYING, Keying.PIN)
        await bench.then("key", "200731", State.SAYING)
        await bench.then("done", "", State.IDLE)

        await bench.scan(MILK_CODE, MILK_CODE)
        await screen(bench.counter, State.CART)
        await bench.then("key", "102.00", State.CART)
        await bench.then("done", "", State.READY)
        await bench.tap(STRANGER)
        await screen(bench.counter, State.CHOOSING)
        await bench.then("pick", "stored", State.KEYING, Keying.PIN)
        await bench.then("key", "200731", State.CONFIRM)
        await bench.then("confirm", "", State.APPROVED)
        holder = await ledger.books.holder(STRANGER)
        assert holder is not None
        # 109.00 paid: 100.00 of it principal, which alone earns points.
        assert (holder.principal, holder.bonus, holder.points) == (0, 1_00, 100)


async def test_too_little_on_the_card_books_nothing(ledger: Ledger) -> None:
    async with RealBench(ledger=ledger) as bench:
        await bench.recharge(STRANGER, "1", new=True)
        await bench.next_customer()
        await bench.scan(MILK_CODE)
        await screen(bench.counter, State.CART)
        await bench.then("done", "", State.READY)
        await bench.tap(STRANGER)
        await screen(bench.counter, State.CHOOSING)
        declined = await bench.then("pick", "stored", State.DECLINED)
        assert declined.code == "51"
        await bench.then("done", "", State.CHOOSING)
        await bench.then("cancel", "", State.SAYING)
        assert (await ledger.outbox.head())[0] == 1


async def test_a_driver_joins_once_and_is_greeted_the_second_time(ledger: Ledger) -> None:
    async with RealBench(ledger=ledger) as bench:
        for visit in (1, 2):
            await bench.scan(BADGE)
            await screen(bench.counter, State.KEYING, Keying.PHONE)
            await bench.scan(JOIN_CODE)
            grade = await screen(bench.counter, State.CHOOSING)
            assert grade.title.text.startswith("A new member" if visit == 1 else "Welcome back")
            await bench.then("pick", "92", State.KEYING, Keying.LITRES)
            await bench.then("key", "27.10", State.CHOOSING)
            await bench.then("pick", "code", State.CONFIRM)
            await bench.then("confirm", "", State.APPROVED)
            await bench.next_customer()
        holder = await ledger.books.holder(PHONE)
        assert holder is not None
        assert holder.coupons == 3
        assert (await ledger.outbox.head())[0] == 2


async def test_what_was_booked_is_what_the_file_gives_back(ledger: Ledger) -> None:
    async with RealBench(ledger=ledger) as bench:
        await bench.recharge(STRANGER, "100", new=True)
        await bench.next_customer()
        last = bench.printing.last
        assert last is not None
        assert isinstance(last.command, BookRecharge | BookSale)
        found = await ledger.books.booked(last.command.id)
        assert found is not None
        assert (found.command, found.receipt_no, found.again) == (last.command, last.receipt_no, True)


async def test_goods_come_back_by_their_receipt_and_a_recharge_is_voided(ledger: Ledger) -> None:
    async with RealBench(ledger=ledger) as bench:
        recharged = await bench.recharge(STRANGER, "100", new=True)
        await bench.next_customer()
        await bench.scan(MILK_CODE, MILK_CODE)
        await screen(bench.counter, State.CART)
        await bench.then("done", "", State.READY)
        await bench.then("skip", "", State.KEYING, Keying.CASH)
        await bench.then("key", "7.00", State.CONFIRM)
        sold = await bench.then("confirm", "", State.APPROVED)
        await bench.next_customer()
        number = next(one.value for one in sold.lines if one.label.text == "Number")

        await bench.scan(number)
        await screen(bench.counter, State.CHOOSING)
        await bench.then("pick", "wrong", State.CHOOSING)
        await bench.then("pick", "0", State.KEYING, Keying.PIECES)
        asked = await bench.then("key", "1", State.CONFIRM)
        assert asked.amount == "¥3.50"
        back = await bench.then("confirm", "", State.APPROVED)
        assert number in back.receipt
        await bench.next_customer()

        await bench.then("more", "", State.IDLE)
        await bench.then("start", "void", State.KEYING, Keying.RECEIPT)
        of = next(one.value for one in recharged.lines if one.label.text == "Number")
        await bench.then("key", of.lower(), State.CHOOSING)
        await bench.then("pick", "other", State.CONFIRM)
        await bench.then("confirm", "", State.APPROVED)
        holder = await ledger.books.holder(STRANGER)
        assert holder is not None
        assert (holder.principal, holder.bonus) == (0, 0)
