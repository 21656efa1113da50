"""Paying in parts, and a member without a card, at a running counter: what screens offer, what is kept."""

from __future__ import annotations

from msgspec.structs import replace

from terminal.core.commands import BookSale, TenderKind
from terminal.core.policy import Confirmed
from terminal.core.screens import Keying, State
from terminal.core.trust import Credential
from tests.desk.fakes import BADGE, MILK_CODE, Bench
from tests.flows.shop import PHONE, POLICY, UNNAMED_CARD, WANG, WANG_CARD

SHOP = replace(POLICY, confirmed=(Confirmed.CODE,))
PIN = "200731"


async def to_the_card(bench: Bench) -> None:
    await bench.scan(MILK_CODE, MILK_CODE, MILK_CODE)
    await bench.touch("done")
    assert bench.state is State.READY


async def sold(bench: Bench) -> BookSale:
    assert bench.state is State.APPROVED
    command = bench.booked[-1].command
    assert isinstance(command, BookSale)
    await bench.touch("done")
    return command


def offered(bench: Bench) -> list[str]:
    return [choice.value or choice.do for choice in bench.screen.choices]


async def test_in_parts_each_screen_says_what_is_left() -> None:
    async with Bench(policy=SHOP) as bench:
        await to_the_card(bench)
        await bench.tap(WANG_CARD)
        assert offered(bench) == ["stored", "cash", "code", "split", "cancel"]
        await bench.touch("pick", "split")
        assert (bench.title, offered(bench)[-1]) == ("How is a part of it paid?", "cancel")
        await bench.touch("pick", "stored")
        assert (bench.screen.keying, offered(bench)) == (Keying.AMOUNT, ["10.50", "cancel"])
        await bench.key("10.51")
        assert bench.screen.code == "61"
        await bench.key("0.47")
        assert (bench.title, bench.screen.amount) == ("How is the rest paid?", "¥10.03")
        assert bench.screen.lines[-1].value == "¥0.47"
        assert offered(bench) == ["cash", "code", "split", "cancel"]
        await bench.touch("pick", "cash")
        await bench.touch("pick", "10.00")
        assert (bench.state, bench.screen.amount) == (State.CONFIRM, "¥10.47")
        await bench.touch("confirm")
        sale = await sold(bench)
        assert [(one.kind, one.amount) for one in sale.tenders] == [
            (TenderKind.STORED, 47),
            (TenderKind.CASH, 10_00),
        ]
        assert sale.rounding == 3


async def test_change_is_of_the_cash_alone_when_the_card_paid_a_part() -> None:
    async with Bench(policy=SHOP) as bench:
        await to_the_card(bench)
        await bench.tap(WANG_CARD)
        await bench.touch("pick", "split")
        await bench.touch("pick", "stored")
        await bench.key("0.50")
        await bench.touch("pick", "cash")
        await bench.key("20")
        await bench.touch("confirm")
        assert bench.state is State.APPROVED
        assert next((line.label.text, line.value) for line in bench.screen.lines) == ("Change", "¥10.00")
        assert (await sold(bench)).received == 20_00


async def test_a_badge_or_goods_in_the_middle_change_nothing() -> None:
    async with Bench(policy=SHOP) as bench:
        await to_the_card(bench)
        await bench.tap(WANG_CARD)
        await bench.touch("pick", "split")
        await bench.scan(BADGE, MILK_CODE)
        assert bench.title == "How is a part of it paid?"
        await bench.touch("cancel")
        assert (bench.state, bench.booked) == (State.SAYING, [])


async def chosen_pin(bench: Bench) -> None:
    await bench.touch("start", "pin")
    await bench.tap(WANG_CARD)
    await bench.key(PIN)
    await bench.key(PIN)
    await bench.touch("done")


async def by_phone(bench: Bench, phone: Credential = PHONE) -> None:
    await bench.ledger.knows_as(PHONE, WANG_CARD)
    await to_the_card(bench)
    await bench.touch("phone")
    assert (bench.state, bench.screen.keying) == (State.KEYING, Keying.PHONE)
    await bench.key(phone.number)


async def test_without_a_card_the_phone_finds_the_member_who_pays_with_the_pin_from_the_first_fen() -> None:
    async with Bench(policy=SHOP) as bench:
        await chosen_pin(bench)
        await by_phone(bench)
        assert bench.state is State.CHOOSING
        await bench.touch("pick", "stored")
        assert bench.screen.keying is Keying.PIN
        assert bench.screen.lines[0].label.text == "A phone number pays only with the PIN."
        await bench.key(PIN)
        await bench.touch("confirm")
        sale = await sold(bench)
        assert (sale.wallet, sale.by_pin) == (WANG.wallet, True)


async def test_a_phone_of_nobody_is_asked_again_and_the_way_back_leads_to_the_card() -> None:
    async with Bench(policy=SHOP) as bench:
        await by_phone(bench, replace(PHONE, number="19000000999"))
        assert (bench.state, bench.screen.code) == (State.DECLINED, "A170")
        await bench.touch("done")
        await bench.touch("phone")
        await bench.touch("skip")
        assert bench.state is State.READY
        await bench.tap(WANG_CARD)
        assert bench.state is State.CHOOSING


async def test_a_card_that_comes_after_the_phone_is_noticed() -> None:
    async with Bench(policy=SHOP) as bench:
        await chosen_pin(bench)
        await by_phone(bench)
        await bench.touch("pick", "stored")
        await bench.key(PIN)
        await bench.tap(UNNAMED_CARD)
        await bench.touch("confirm")
        assert (bench.state, bench.screen.code) == (State.DECLINED, "D103")
        assert len(bench.booked) == 1, "the PIN alone"


async def test_cancelled_while_the_phone_is_keyed_nothing_is_booked() -> None:
    async with Bench(policy=SHOP) as bench:
        await to_the_card(bench)
        await bench.touch("phone")
        await bench.touch("cancel")
        assert (bench.state, bench.booked) == (State.SAYING, [])
