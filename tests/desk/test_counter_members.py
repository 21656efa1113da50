"""Joining at a running counter, over the ledger as it is: what is found again, and what is nowhere."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from pathlib import Path

import pytest
from msgspec.structs import replace

from terminal.core.commands import BookDeposit, BookJoin, BookSale, BookTransfer, Private
from terminal.core.errors import NoPin
from terminal.core.particulars import Trade
from terminal.core.screens import Keying, State
from terminal.core.values import EntryId, MemberId, SiteId
from terminal.drivers.codecs.escpos import Profile
from terminal.store.ledger import Ledger, open_ledger
from terminal.store.settings import Settings
from tests.desk.fakes import MILK_CODE, Bench
from tests.desk.test_counter_ledger import RealBench, screen
from tests.desk.test_counter_pin import with_pin
from tests.flows.shop import PHONE, POLICY, STRANGER, WANG_CARD

PIN = "200731"
SALON = replace(POLICY, trade=Trade.SALON)


@pytest.fixture
async def ledger(tmp_path: Path) -> AsyncGenerator[Ledger, None]:
    bench = Bench()
    opened = await open_ledger(
        Settings(path=tmp_path / "ledger.db"), site=SiteId("S1"), clock=bench.time, ids=bench.ids
    )
    yield opened
    await opened.close()


def _files(folder: Path) -> bytes:
    return b"".join(path.read_bytes() for path in folder.iterdir() if path.is_file())


async def asked(bench: Bench, *, card: bool) -> None:
    """From the phone to the last question, at a salon."""
    await bench.touch("start", "member")
    await bench.key(PHONE.number)
    for agreed in ("yes", "no", "yes"):
        await bench.touch("pick", agreed)
    assert bench.screen.keying is Keying.TEXT
    await bench.key("王小明")
    await bench.touch("pick", "none")
    await bench.touch("skip")
    await bench.touch("skip")
    await bench.key("青霉素")
    if card:
        await bench.tap(STRANGER)
        await bench.touch("pick", "citizen")
        await bench.key("110105194912310021")
        assert (bench.state, bench.screen.code) == (State.KEYING, "A164")
        await bench.key("11010519491231002X")
    else:
        await bench.touch("skip")
    await bench.key(PIN)
    await bench.key(PIN)
    assert bench.state is State.CONFIRM


async def test_whoever_joins_is_found_by_phone_card_and_name_and_their_pin_is_right(
    ledger: Ledger, tmp_path: Path
) -> None:
    async with RealBench(ledger=ledger, policy=SALON) as bench:
        await bench.then("start", "member", State.KEYING, Keying.PHONE)
        await bench.then("key", PHONE.number, State.CHOOSING)
        for agreed in ("yes", "no"):
            await bench.then("pick", agreed, State.CHOOSING)
        await bench.then("pick", "yes", State.KEYING, Keying.TEXT)
        await bench.then("key", "王小明", State.CHOOSING)
        await bench.then("pick", "none", State.KEYING, Keying.TEXT)
        await bench.then("skip", "", State.KEYING, Keying.TEXT)
        await bench.then("skip", "", State.KEYING, Keying.TEXT)
        await bench.then("key", "青霉素", State.READY)
        await bench.tap(STRANGER)
        await screen(bench.counter, State.CHOOSING)
        await bench.then("pick", "citizen", State.KEYING, Keying.TEXT)
        await bench.then("key", "11010519491231002X", State.KEYING, Keying.PIN)
        await bench.then("key", PIN, State.KEYING, Keying.PIN)
        await bench.then("key", PIN, State.CONFIRM)
        await bench.then("confirm", "", State.APPROVED)

        by_phone, by_card = [await ledger.books.holder(key) for key in (PHONE, STRANGER)]
        assert by_phone
        assert by_card
        assert by_phone.wallet == by_card.wallet
        assert by_card.name_shown == "王**"
        assert by_card.card
        await ledger.pin_book.check(by_card, STRANGER, PIN)
        (entry,) = [link.body for link in await ledger.outbox.after(0, 10)]
        assert b'"pin":true' in entry
        shown = repr(bench.screens)
    kept = _files(tmp_path)
    for said in ("王小明", "青霉素", "11010519491231002X", PHONE.number, PIN):
        assert said.encode() not in kept + entry
        assert said not in shown


async def test_the_second_time_the_same_phone_finds_the_first_membership() -> None:
    async with Bench(policy=SALON) as bench:
        await asked(bench, card=True)
        await bench.touch("confirm")
        assert bench.state is State.APPROVED
        command = bench.booked[-1].command
        assert isinstance(command, BookJoin)
        assert [one.given for one in command.opens.consents] == [True, False, True]
        assert "欢迎入会" in bench.screen.receipt
        await bench.touch("done")
        await bench.touch("start", "member")
        await bench.key(PHONE.number)
        assert (bench.state, bench.title) == (
            State.SAYING,
            "{name} is a member already. Nothing was changed.",
        )
        assert len(bench.booked) == 1


async def test_who_gave_it_away_joins_again_without_a_second_pack_and_the_screen_says_so() -> None:
    async with Bench(policy=SALON) as bench:
        await asked(bench, card=False)
        await bench.touch("confirm")
        first = bench.booked[-1].command
        assert isinstance(first, BookJoin)
        assert len(first.opens.coupons) == 3
        await bench.touch("done")
        given = BookTransfer(
            id=EntryId(bench.ids.new()),
            at=first.at,
            wallet=first.opens.wallet,
            card=None,
            to=MemberId("m-other"),
            commitment="",
            terms="1",
        )
        await bench.ledger.submit(given, Private(phone="19000000398"))
        await asked(bench, card=False)
        said = [line.label.text for line in bench.screen.lines]
        assert "They were a member before: no gifts for joining" in said
        await bench.touch("confirm")
        again = bench.booked[-1].command
        assert isinstance(again, BookJoin)
        assert (again.opens.coupons, again.opens.vouchers) == ((), ())
        assert again.opens.wallet != first.opens.wallet


async def test_left_alone_while_a_document_is_looked_for_nothing_is_booked() -> None:
    async with Bench(policy=SALON) as bench:
        await asked(bench, card=False)
        await bench.touch("cancel")
        assert bench.title == "Cancelled. Nothing was booked."
        await bench.touch("done")
        await bench.touch("start", "member")
        await bench.key(PHONE.number)
        for agreed in ("no", "no", "no"):
            await bench.touch("pick", agreed)
        await bench.time.pass_s(299)
        assert bench.screen.keying is Keying.TEXT
        await bench.time.pass_s(2)
        assert bench.title == "Cancelled. Nothing was booked."
        assert bench.booked == []


async def test_a_deposit_is_taken_opens_the_drawer_and_settles_what_is_picked_up() -> None:
    async with Bench(profile=Profile(drawer=True)) as bench:
        await bench.touch("start", "deposit")
        await bench.tap(WANG_CARD)
        await bench.touch("pick", "order")
        await bench.key("生日蛋糕")
        await bench.key("5")
        await bench.key("10")
        assert (bench.state, bench.screen.amount) == (State.CONFIRM, "¥5.00")
        await bench.touch("confirm")
        assert (bench.state, bench.screen.amount) == (State.APPROVED, "¥5.00")
        change = bench.screen.lines[0]
        assert (change.label.text, change.value) == ("Change", "¥5.00")
        assert "定金" in bench.printer.paper[-1]
        assert "生日蛋糕" in bench.printer.paper[-1]
        assert bench.printer.kicks == 1
        await bench.touch("done")

        await bench.touch("start", "deposit")
        await bench.tap(WANG_CARD)
        await bench.touch("pick", "settle")
        await bench.scan(MILK_CODE, MILK_CODE)
        await bench.touch("done")
        assert [(line.label.text, line.value) for line in bench.screen.lines][-1] == ("Deposit", "¥5.00")
        await bench.touch("pick", "cash")
        await bench.key("2")
        await bench.touch("confirm")
        sale = bench.booked[-1].command
        assert isinstance(sale, BookSale)
        assert [(one.kind, one.amount) for one in sale.tenders] == [("deposit", 5_00), ("cash", 2_00)]
        assert "定金抵扣" in bench.printer.paper[-1]


async def left_by_phone(bench: Bench) -> None:
    await bench.ledger.knows_as(PHONE, WANG_CARD)
    await with_phone(bench)
    await bench.touch("pick", "order")
    await bench.key("生日蛋糕")
    await bench.key("5")
    await bench.key("5")
    assert bench.state is State.CONFIRM
    await bench.touch("confirm")
    assert bench.state is State.APPROVED
    await bench.touch("done")


async def with_phone(bench: Bench) -> None:
    await bench.touch("start", "deposit")
    await bench.touch("phone")
    await bench.key(PHONE.number)


async def test_a_deposit_that_is_found_by_phone_is_given_back_with_the_pin_as_it_came() -> None:
    async with Bench() as bench:
        await with_pin(bench)
        await left_by_phone(bench)
        await with_phone(bench)
        await bench.touch("pick", "back")
        assert bench.state is State.CONFIRM
        await bench.touch("confirm")
        assert bench.screen.keying is Keying.PIN
        await bench.key(PIN)
        assert bench.state is State.APPROVED
        await bench.touch("done")
        await bench.touch("start", "deposit")
        await bench.tap(WANG_CARD)
        assert bench.title == "What is it for?"


async def test_whoever_knows_the_phone_alone_gets_no_deposit_back() -> None:
    async with Bench() as bench:
        await left_by_phone(bench)
        await with_phone(bench)
        await bench.touch("pick", "back")
        await bench.touch("confirm")
        assert (bench.state, bench.screen.code) == (State.DECLINED, NoPin.code)
        assert isinstance(bench.booked[-1].command, BookDeposit)
