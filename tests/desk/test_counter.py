"""Whole customers at a running counter: what opens a flow, what it shows, what it books."""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from terminal.core.commands import Booked, BookRecharge, BookSale, TenderKind
from terminal.core.errors import AnotherMachine, ChainsDiffer, DiskFailing, DiskFull, TerminalFault
from terminal.core.events import CardFound, CardPresented, DeviceChanged, DeviceHealth, Unreadable
from terminal.core.particulars import Trade
from terminal.core.screens import Intent, Keying, State, says
from terminal.core.staff import Role
from terminal.core.trust import Credential, Medium
from terminal.core.values import StaffId
from terminal.desk.settings import StaffMember
from terminal.flows import FLOWS
from tests.desk.fakes import (
    BADGE,
    BADGE_CARD,
    BREAD_CODE,
    FIRST_STEP,
    JOIN_CODE,
    MILK_CODE,
    SETTINGS,
    Bench,
    settled,
)
from tests.flows.shop import BREAD, MILK, PHONE, POLICY, STRANGER, UNNAMED_CARD, WANG, WANG_CARD


async def test_it_begins_idle_with_every_flow_on_offer() -> None:
    async with Bench() as bench:
        assert bench.state is State.IDLE
        assert bench.screen.step > FIRST_STEP
        begun = {one.value for one in bench.screen.choices if one.do == "start"}
        offered = {
            name for name, flow in FLOWS.items() if flow.fits(POLICY) and not (flow.pins or flow.pumps)
        }
        assert await bench.touch("more") == (begun < offered)
        begun |= {one.value for one in bench.screen.choices if one.do == "start"}
        assert begun == offered


async def test_a_scanned_article_opens_checkout_with_it() -> None:
    async with Bench() as bench:
        await bench.scan(MILK_CODE)
        assert (bench.state, bench.screen.flow, bench.screen.amount) == (State.CART, "checkout", "¥3.50")


async def test_goods_scanned_in_a_hurry_are_all_in_the_cart() -> None:
    async with Bench() as bench:
        await bench.scan(MILK_CODE, BREAD_CODE, MILK_CODE, MILK_CODE)
        assert bench.screen.amount == "¥22.84"
        assert [line.label.values["quantity"] for line in bench.screen.lines] == ["3", "1"]


async def test_a_member_pays_from_the_card() -> None:
    async with Bench() as bench:
        await bench.scan(MILK_CODE)
        assert await bench.touch("done")
        assert (bench.state, bench.screen.amount) == (State.READY, "¥3.50")
        await bench.tap(WANG_CARD)
        assert bench.state is State.CHOOSING
        assert bench.screen.holder is not None
        assert (bench.screen.holder.number, bench.screen.holder.balance) == ("****E5F6", "¥110.00")
        assert await bench.touch("pick", "stored")
        assert bench.state is State.CONFIRM
        assert await bench.touch("confirm")
        assert (bench.state, bench.screen.amount) == (State.APPROVED, "¥3.50")
        assert "receipt" in bench.screen.receipt
        (booked,) = bench.booked
        assert isinstance(booked.command, BookSale)
        assert booked.command.wallet == WANG.wallet
        states = [screen.state for screen in bench.screens]
        assert states[-1] is State.APPROVED
        await bench.touch("done")
        assert bench.state is State.IDLE


async def test_a_card_at_idle_opens_checkout_and_is_not_asked_for_again() -> None:
    async with Bench() as bench:
        await bench.tap(WANG_CARD)
        assert (bench.state, bench.screen.flow) == (State.CART, "checkout")
        assert bench.screen.advice is not None
        assert bench.screen.advice.text == "Card presented: {number}"
        await bench.scan(MILK_CODE)
        await bench.touch("done")
        assert bench.state is State.CHOOSING
        assert bench.screen.holder is not None


async def test_a_card_at_idle_is_forgotten_when_another_one_came_since() -> None:
    async with Bench() as bench:
        await bench.tap(WANG_CARD)
        await bench.scan(MILK_CODE)
        await bench.tap(UNNAMED_CARD)
        await bench.touch("done")
        assert bench.state is State.READY


async def test_a_badge_opens_join_by_scanner_and_by_card() -> None:
    for by_card in (False, True):
        async with Bench() as bench:
            if by_card:
                await bench.tap(Credential(medium=BADGE_CARD.medium, number=BADGE_CARD.number))
            else:
                await bench.scan(BADGE)
            assert (bench.screen.flow, bench.screen.keying) == ("join", Keying.PHONE)


async def test_a_join_is_three_scans_and_few_touches() -> None:
    async with Bench() as bench:
        await bench.scan(BADGE)
        await bench.scan(JOIN_CODE)
        assert bench.title == "A new member. Grade and litres?"
        await bench.touch("pick", "92")
        await bench.key("27.10")
        await bench.touch("pick", "code")
        assert (bench.state, bench.screen.amount) == (State.CONFIRM, "¥200.00")
        await bench.touch("confirm")
        assert bench.state is State.APPROVED
        (booked,) = bench.booked
        assert isinstance(booked.command, BookSale)
        assert booked.command.at.operator == "E01"
        assert booked.command.opens is not None
        assert booked.card_shown == ""
        assert "欢迎入会" in bench.printer.paper[0]
        assert "卡号" not in bench.printer.paper[0]
        assert bench.ledger.private[0] is not None
        assert bench.ledger.private[0].phone == PHONE.number


async def test_a_drivers_code_first_is_kept_until_the_badge_was_shown() -> None:
    async with Bench() as bench:
        await bench.scan(JOIN_CODE)
        assert bench.title == "Scan your badge"
        await bench.scan(BADGE)
        assert bench.title == "A new member. Grade and litres?"


async def test_the_change_of_a_deposit_is_what_there_is_cash_for() -> None:
    async with Bench() as bench:
        await bench.touch("start", "deposit")
        await bench.tap(WANG_CARD)
        await bench.touch("pick", "order")
        await bench.key("生日蛋糕")
        await bench.key("12.34")
        await bench.key("20")
        for state in (State.CONFIRM, State.APPROVED):
            assert bench.state is state
            assert ("Change", "¥7.70") in [(one.label.text, one.value) for one in bench.screen.lines]
            await bench.touch("confirm" if state is State.CONFIRM else "done")


async def test_the_change_of_a_recharge_is_what_there_is_cash_for() -> None:
    async with Bench() as bench:
        await bench.touch("start", "recharge")
        await bench.tap(WANG_CARD)
        await bench.key("12.34")
        await bench.key("20")
        assert ("Change", "¥7.70") in [(one.label.text, one.value) for one in bench.screen.lines]
        await bench.touch("confirm")
        assert bench.state is State.APPROVED
        assert ("Change", "¥7.70") in [(one.label.text, one.value) for one in bench.screen.lines]


async def test_a_recharge_with_exact_cash() -> None:
    async with Bench() as bench:
        await bench.touch("start", "recharge")
        await bench.tap(WANG_CARD)
        await bench.key("100")
        await bench.touch("pick", "100.00")
        await bench.touch("confirm")
        (booked,) = bench.booked
        assert isinstance(booked.command, BookRecharge)
        assert (booked.command.principal, booked.command.bonus, booked.command.received) == (
            100_00,
            10_00,
            100_00,
        )


async def test_a_keyed_amount_and_a_removed_line() -> None:
    async with Bench() as bench:
        await bench.touch("start", "checkout")
        assert [one.do for one in bench.screen.choices] == ["find", "fuel", "cancel"]
        await bench.key("9.9")
        await bench.scan(MILK_CODE)
        assert bench.screen.amount == "¥13.40"
        await bench.touch("remove", bench.screen.lines[0].ref)
        assert bench.screen.amount == "¥3.50"


@pytest.mark.parametrize("text", ["0", "0.00", "-5", "1e3", "abc", "", "1.234", "100001", "９", " ", "1,00"])
async def test_an_amount_that_is_none_is_asked_again(text: str) -> None:
    async with Bench() as bench:
        await bench.touch("start", "recharge")
        await bench.tap(WANG_CARD)
        step = bench.screen.step
        assert await bench.key(text)
        assert (bench.state, bench.screen.keying) == (State.KEYING, Keying.AMOUNT)
        assert bench.screen.code in {"13", "61"}
        assert bench.screen.advice is not None
        assert bench.screen.step > step
        await bench.key("100")
        assert bench.screen.keying is Keying.CASH


async def test_an_amount_above_the_limit_and_too_little_cash_are_asked_again() -> None:
    async with Bench() as bench:
        await bench.touch("start", "recharge")
        await bench.tap(WANG_CARD)
        await bench.key("4900.01")
        assert bench.screen.code == "61"
        await bench.key("4900")
        await bench.key("4899.99")
        assert bench.screen.code == "A108"
        await bench.key("5000")
        assert bench.state is State.CONFIRM


@pytest.mark.parametrize("text", ["0", "-1", "1000.01", "abc", "27.123", ""])
async def test_litres_that_are_none_are_asked_again(text: str) -> None:
    async with Bench() as bench:
        await bench.scan(BADGE)
        await bench.touch("skip")
        await bench.touch("pick", "92")
        await bench.key(text)
        assert (bench.screen.keying, bench.screen.code) == (Keying.LITRES, "A107")


@pytest.mark.parametrize("text", ["", "1234", "29000000301", "190000003011", "1900000030x"])
async def test_a_phone_number_that_is_none_is_asked_again(text: str) -> None:
    async with Bench() as bench:
        await bench.scan(BADGE)
        await bench.key(text)
        assert (bench.screen.keying, bench.screen.code) == (Keying.PHONE, "A106")
        await bench.key("190-0000-0301")
        assert bench.state is State.CHOOSING


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("\x1b[2J", "30"),
        ("x" * 300, "30"),
        ("", "30"),
        ("../../etc", "30"),
        ("ST-9999", "A105"),
        ("JOIN:1", "30"),
    ],
)
async def test_a_scan_that_means_nothing_says_so_at_idle(text: str, code: str) -> None:
    async with Bench() as bench:
        await bench.scan(text)
        assert (bench.state, bench.screen.code) == (State.DECLINED, code)
        await bench.touch("done")
        assert bench.state is State.IDLE


async def test_an_unknown_article_leaves_the_cart_as_it_is() -> None:
    async with Bench() as bench:
        await bench.scan(MILK_CODE, "6999999999997", "\x00")
        assert (bench.screen.code, bench.screen.amount) == ("30", "¥3.50")
        await bench.scan("6999999999997")
        assert bench.screen.code == "A101"
        await bench.scan(MILK_CODE)
        assert (bench.screen.code, bench.screen.amount) == ("", "¥7.00")


async def test_a_torn_card_says_what_to_do_and_is_asked_for_again() -> None:
    async with Bench() as bench:
        await bench.touch("start", "recharge")
        bench.counter.post(Unreadable(device="reader", code="D101", why="SW 6300"))
        await settled()
        assert (bench.state, bench.screen.code) == (State.READY, "D101")
        assert bench.screen.advice is not None
        assert bench.screen.advice.text == "The card was taken away too early. Present it again."
        await bench.tap(WANG_CARD)
        assert bench.state is State.KEYING


async def test_an_unknown_card_is_declined_and_asked_for_again() -> None:
    async with Bench() as bench:
        await bench.scan(MILK_CODE)
        await bench.touch("done")
        await bench.tap(STRANGER)
        assert (bench.state, bench.screen.code) == (State.DECLINED, "14")
        await bench.touch("done")
        assert bench.state is State.READY


async def test_a_lying_card_must_be_lifted_and_the_screen_says_so() -> None:
    async with Bench() as bench:
        await bench.scan(MILK_CODE)
        await bench.lay(WANG_CARD)
        await bench.touch("done")
        assert bench.state is State.READY
        assert bench.screen.advice is not None
        assert bench.screen.advice.text.startswith("A card lies on the reader")


async def test_devices_uplink_and_ledger_are_always_in_view() -> None:
    async with Bench() as bench:
        bench.counter.post(DeviceChanged(device="reader", health=DeviceHealth.READY))
        bench.counter.post(DeviceChanged(device="scanner", health=DeviceHealth.DOWN, why="unplugged"))
        bench.counter.uplink_changed(online=True, waiting=3)
        bench.counter.waiting_changed(4)
        status = bench.counter.view().status
        assert [(one.name, one.health) for one in status.devices] == [
            ("reader", DeviceHealth.READY),
            ("scanner", DeviceHealth.DOWN),
            ("receipts", DeviceHealth.STARTING),
        ]
        assert (status.online, status.waiting, status.terminal, status.shift) == (True, 4, "T1", "T1-1")


@pytest.mark.parametrize("stops", [ChainsDiffer, AnotherMachine])
async def test_nothing_is_sold_while_the_chains_differ_or_another_machine_is_the_site(
    stops: type[TerminalFault],
) -> None:
    async with Bench() as bench:
        bench.counter.uplink_changed(online=False, waiting=3, stops=stops)
        status = bench.counter.view().status
        assert (status.halted, status.halted_code) == (says(stops.for_attendant), stops.code)
        await bench.scan(MILK_CODE)
        assert (bench.state, bench.screen.code) == (State.CLOSED, stops.code)
        bench.counter.uplink_changed(online=True, waiting=0)
        await settled()
        assert (bench.state, bench.counter.view().status.halted) == (State.IDLE, None)


async def test_nothing_is_sold_while_the_ledger_takes_nothing() -> None:
    async with Bench() as bench:
        bench.counter.closed_by(DiskFull("3 MiB free"))
        await settled()
        assert (bench.state, bench.screen.code) == (State.CLOSED, "L107")
        await bench.scan(MILK_CODE)
        assert bench.state is State.CLOSED
        assert bench.counter.view().status.halted_code == "L107"
        bench.counter.closed_by(DiskFailing("disk I/O error"))
        await settled()
        assert bench.screen.code == "L109"
        bench.counter.closed_by(None)
        await settled()
        assert (bench.state, bench.counter.view().status.halted) == (State.IDLE, None)


async def test_a_question_that_waits_ends_when_nothing_can_be_booked_any_more() -> None:
    async with Bench() as bench:
        await bench.scan(MILK_CODE)
        assert bench.state is State.CART
        bench.counter.closed_by(DiskFull("3 MiB free"))
        await settled()
        assert (bench.state, bench.screen.code) == (State.DECLINED, "L107")
        assert bench.counter.view().status.halted_code == "L107"
        await bench.touch("done")
        assert bench.state is State.CLOSED


async def test_intents_of_old_screens_and_unknown_buttons_do_nothing() -> None:
    async with Bench() as bench:
        old = bench.screen.step
        await bench.touch("start", "checkout")
        assert not bench.counter.intend(Intent(step=old, do="start", value="recharge"))
        for intent in (
            Intent(step=bench.screen.step, do="done"),  # The cart is empty.
            Intent(step=bench.screen.step, do="confirm"),
            Intent(step=bench.screen.step, do="remove", value="0"),
            Intent(step=bench.screen.step, do="remove", value=""),
            Intent(step=bench.screen.step, do="pick", value="cash"),
            Intent(step=bench.screen.step, do="key", value="1" * 65),
            Intent(step=bench.screen.step + 1, do="cancel"),
            Intent(step=0, do="cancel"),
        ):
            assert not bench.counter.intend(intent)
        await settled()
        assert bench.state is State.CART


async def test_of_two_pages_only_one_confirms() -> None:
    async with Bench() as bench:
        await bench.to_confirm(WANG_CARD)
        touch = Intent(step=bench.screen.step, do="confirm")
        assert [bench.counter.intend(touch), bench.counter.intend(touch)] == [True, False]
        await settled()
        assert len(bench.booked) == 1


async def test_a_slow_watcher_sees_the_latest_and_skips_what_was_between() -> None:
    async with Bench() as bench:
        watch = bench.counter.changes()
        first = await anext(watch)
        await bench.scan(MILK_CODE)
        await bench.scan(MILK_CODE)
        latest = await anext(watch)
        assert first.screen.state is State.IDLE
        assert latest == bench.counter.view()
        await watch.aclose()


async def test_every_screen_has_a_new_step() -> None:
    async with Bench() as bench:
        await bench.to_confirm(WANG_CARD)
        await bench.touch("cancel")
        steps = [screen.step for screen in bench.screens]
        assert steps == sorted(set(steps))


async def test_the_card_number_is_on_no_screen() -> None:
    async with Bench() as bench:
        await bench.to_confirm(WANG_CARD)
        await bench.touch("confirm")
        assert WANG_CARD.number not in repr(bench.screens)


async def test_a_member_code_on_the_scanner_is_a_card() -> None:
    code = Credential(medium=Medium.CODE, number="MC-7K2M9QX1")
    async with Bench() as bench:
        await bench.ledger.knows_as(code, WANG_CARD)
        await bench.scan(code.number)
        await bench.scan(MILK_CODE)
        await bench.touch("done")
        await bench.touch("pick", "stored")
        await bench.touch("confirm")
        assert bench.booked[0].command.wallet == WANG.wallet  # type: ignore[union-attr]


async def test_the_next_customers_goods_end_the_last_ones_screen() -> None:
    async with Bench() as bench:
        await bench.to_confirm(WANG_CARD)
        await bench.touch("confirm")
        await bench.scan(BREAD_CODE, MILK_CODE)
        assert (bench.state, bench.screen.amount) == (State.CART, "¥15.84")


async def test_cash_is_asked_for_without_a_choice_when_there_is_no_card() -> None:
    async with Bench() as bench:
        await bench.scan(BREAD_CODE)
        await bench.touch("done")
        await bench.touch("skip")
        assert (bench.screen.keying, bench.screen.amount) == (Keying.CASH, "¥12.30")
        await bench.key("20")
        await bench.touch("confirm")
        command = bench.booked[0].command
        assert isinstance(command, BookSale)
        assert (command.tenders[0].kind, command.rounding, command.received) == (TenderKind.CASH, 4, 20_00)
        assert next((line.label.text, line.value) for line in bench.screen.lines) == ("Change", "¥7.70")


async def test_a_reader_that_goes_away_takes_its_card_with_it() -> None:
    async with Bench() as bench:
        await bench.scan(MILK_CODE)
        bench.counter.post(CardPresented(reader="reader", credential=WANG_CARD))
        bench.counter.post(DeviceChanged(device="reader", health=DeviceHealth.DOWN, why="unplugged"))
        await bench.touch("done")
        assert bench.screen.advice is None


async def test_a_shop_without_fuel_does_not_offer_the_pump() -> None:
    async with Bench(policy=replace(POLICY, grades=())) as bench:
        assert "join" not in {one.value for one in bench.screen.choices}
        await bench.scan(BADGE)
        assert (bench.state, bench.screen.code) == (State.DECLINED, "A113"), "its wearer may all the same"


async def test_a_second_card_during_a_recharge_stops_it() -> None:
    async with Bench() as bench:
        await bench.touch("start", "recharge")
        await bench.tap(WANG_CARD)
        await bench.key("100")
        await bench.tap(UNNAMED_CARD)
        await bench.touch("pick", "100.00")
        await bench.touch("confirm")
        assert (bench.state, bench.screen.code) == (State.DECLINED, "D103")
        assert bench.booked == []


async def test_a_recharge_goes_on_when_the_same_card_came_again() -> None:
    async with Bench() as bench:
        await bench.touch("start", "recharge")
        await bench.tap(WANG_CARD)
        await bench.key("100")
        await bench.tap(WANG_CARD)
        await bench.touch("pick", "100.00")
        await bench.touch("confirm")
        assert bench.state is State.APPROVED
        assert len(bench.booked) == 1


MEMBER_CODE = "MC-7K2M9QX1"


@pytest.mark.parametrize("wrong", [MEMBER_CODE, BADGE, JOIN_CODE])
async def test_a_cart_says_that_it_wants_no_other_code(wrong: str) -> None:
    async with Bench() as bench:
        await bench.scan(MILK_CODE)
        await bench.scan(wrong)
        assert_not_asked(bench, State.CART)
        assert bench.screen.amount == "¥3.50"
        await bench.scan(MILK_CODE)
        assert (bench.screen.amount, bench.screen.code) == ("¥7.00", "")


@pytest.mark.parametrize("wrong", [MILK_CODE, MEMBER_CODE])
async def test_the_question_for_a_badge_says_that_it_wants_no_other_code(wrong: str) -> None:
    async with Bench() as bench:
        await bench.touch("start", "join")
        await bench.scan(wrong)
        assert_not_asked(bench, State.READY)
        assert bench.title == "Scan your badge"
        await bench.scan(BADGE)
        assert (bench.screen.keying, bench.screen.code) == (Keying.PHONE, "")


async def test_the_question_for_a_phone_says_that_it_wants_no_card() -> None:
    async with Bench() as bench:
        await bench.touch("start", "member")
        await bench.tap(WANG_CARD)
        assert_not_asked(bench, State.KEYING)
        await bench.scan(JOIN_CODE)
        assert bench.title == "May the shop send offers?"


async def test_a_driver_is_known_by_phone_or_by_card() -> None:
    async with Bench() as bench:
        await bench.scan(BADGE)
        await bench.scan(MILK_CODE)
        assert_not_asked(bench, State.KEYING)
        await bench.scan(JOIN_CODE)
        assert bench.title == "A new member. Grade and litres?"
        await bench.touch("cancel")
        await bench.touch("done")
        await bench.scan(BADGE)
        await bench.tap(STRANGER)
        assert (bench.state, bench.screen.code) == (State.DECLINED, "14")
        await bench.touch("done")
        await bench.tap(WANG_CARD)
        assert bench.title.startswith("Welcome back")


async def test_who_joins_at_the_pump_agrees_by_a_touch_beside_the_ways_to_pay() -> None:
    async with Bench() as bench:
        await bench.scan(BADGE)
        await bench.scan(JOIN_CODE)
        await bench.touch("pick", "92")
        await bench.key("20")
        assert [(one.value, one.label.text) for one in bench.screen.choices[:-1]] == [
            ("cash", "Cash"),
            ("code", "Outside code payment"),
            ("split", "In parts"),
            ("turn:marketing", "Agree to offers"),
            ("turn:partners", "Agree to partners' offers"),
        ]
        questions = ["May the shop send offers?", "May partners of the shop send offers?"]
        assert [line.label.text for line in bench.screen.lines[-2:]] == questions
        amount = bench.screen.amount
        await bench.touch("pick", "turn:partners")
        assert (bench.title, bench.screen.amount) == ("How is it paid?", amount)
        assert [line.value for line in bench.screen.lines[-2:]] == ["✗", "✓"]
        assert [one.label.text for one in bench.screen.choices[-3:-1]] == [
            "Agree to offers",
            "Without partners' offers",
        ]
        await bench.touch("pick", "code")
        await bench.touch("confirm")
        assert bench.state is State.APPROVED
        sale = bench.booked[-1].command
        assert isinstance(sale, BookSale)
        assert sale.opens is not None
        assert [(one.purpose, one.given) for one in sale.opens.consents] == [
            ("marketing", False),
            ("partners", True),
        ]


async def test_the_question_for_a_card_says_that_it_wants_no_goods_and_takes_none_later() -> None:
    async with Bench() as bench:
        await bench.scan(MILK_CODE)
        await bench.touch("done")
        await bench.scan(BREAD_CODE)
        assert_not_asked(bench, State.READY)
        await bench.tap(WANG_CARD)
        await bench.touch("pick", "stored")
        await bench.touch("confirm")
        (booked,) = bench.booked
        assert isinstance(booked.command, BookSale)
        assert [line.sku for line in booked.command.lines] == ["M01"]


async def test_a_card_that_was_not_asked_for_pays_nothing_later() -> None:
    async with Bench() as bench:
        await bench.scan(MILK_CODE)
        await bench.tap(WANG_CARD)
        assert_not_asked(bench, State.CART)
        await bench.touch("done")
        assert (bench.state, bench.title) == (State.READY, "Present the member card or code")
        assert bench.screen.code == ""


async def test_the_card_that_began_a_sale_may_come_again() -> None:
    async with Bench() as bench:
        await bench.tap(WANG_CARD)
        await bench.scan(MILK_CODE)
        await bench.tap(WANG_CARD)
        assert bench.screen.code == ""
        await bench.touch("done")
        assert bench.state is State.CHOOSING


async def test_something_shown_while_the_amount_is_confirmed_changes_nothing() -> None:
    async with Bench() as bench:
        await bench.to_confirm(WANG_CARD)
        step = bench.screen.step
        await bench.scan(BREAD_CODE, BADGE, JOIN_CODE)
        assert (bench.state, bench.screen.step) == (State.CONFIRM, step)
        await bench.touch("confirm")
        assert (bench.state, bench.screen.amount) == (State.APPROVED, "¥7.00")


async def test_what_was_not_asked_for_does_not_lengthen_the_wait() -> None:
    async with Bench() as bench:
        await bench.scan(MILK_CODE)
        await bench.time.pass_s(SETTINGS.question_s - 1)
        await bench.scan(BADGE)
        await bench.time.pass_s(1)
        assert bench.title == "Cancelled. Nothing was charged."


async def test_goods_that_come_to_nothing_are_not_asked_to_be_paid() -> None:
    async with Bench(catalogue={MILK_CODE: replace(MILK, price=0), BREAD_CODE: BREAD}) as bench:
        await bench.scan(MILK_CODE)
        await bench.touch("done")
        assert (bench.state, bench.screen.code, bench.screen.amount) == (State.CART, "A114", "¥0.00")
        await bench.scan(BREAD_CODE)
        await bench.touch("done")
        assert (bench.state, bench.screen.amount) == (State.READY, "¥12.34")


def assert_not_asked(bench: Bench, state: State) -> None:
    """On the same screen, with what to do, and with nothing booked."""
    advice = bench.screen.advice
    assert (bench.state, bench.screen.code) == (state, "A113")
    assert advice is not None
    assert advice.text.startswith("That is not asked for now.")
    assert bench.booked == []


async def test_each_booking_is_told_to_whoever_prints_faces_once() -> None:
    async with Bench() as bench:
        faces: list[Booked] = []
        bench.counter.faces(faces.append)
        await bench.to_confirm(WANG_CARD)
        assert faces == []
        await bench.touch("confirm")
        assert faces == bench.booked


async def _lost_and_back(bench: Bench) -> None:
    await bench.lift()  # Some drivers say so of a reader that they lose.
    for health in (DeviceHealth.DOWN, DeviceHealth.STARTING, DeviceHealth.READY):
        bench.counter.post(DeviceChanged(device="reader", health=health))
    await settled()


async def test_a_card_that_a_lost_reader_tells_again_pays_for_nobody_until_it_was_lifted() -> None:
    async with Bench() as bench:
        await bench.to_confirm(WANG_CARD)
        await bench.touch("confirm")
        await bench.lay(WANG_CARD)
        await bench.scan(MILK_CODE)
        await bench.touch("done")
        await _lost_and_back(bench)
        await bench.lay(WANG_CARD)
        assert (bench.state, bench.screen.code) == (State.READY, "A113")
        assert bench.screen.advice is not None
        assert bench.screen.advice.text.startswith("A card lies on the reader")
        await bench.lift()
        await bench.lay(WANG_CARD)
        assert bench.state is State.CHOOSING


async def test_a_card_found_lying_pays_for_nobody_until_it_was_lifted() -> None:
    async with Bench() as bench:
        await bench.scan(MILK_CODE)
        await bench.touch("done")
        await _lost_and_back(bench)
        bench.counter.post(CardFound(reader="reader"))
        await settled()
        assert (bench.state, bench.screen.code) == (State.READY, "A113")
        await bench.lift()
        await bench.lay(WANG_CARD)
        assert bench.state is State.CHOOSING


async def test_another_card_than_the_lost_reader_told_last_is_taken() -> None:
    async with Bench() as bench:
        await bench.tap(WANG_CARD)
        await bench.touch("cancel")
        await bench.touch("done")
        await bench.scan(MILK_CODE)
        await bench.touch("done")
        await _lost_and_back(bench)
        await bench.tap(STRANGER)
        assert (bench.state, bench.screen.code) == (State.DECLINED, "14")


@pytest.mark.parametrize(
    ("badge", "counts"), [("ST-0302", "E02"), ("ST-0301", "E01"), ("ST-0999", "E01"), ("ST-0303", "E01")]
)
async def test_a_driver_who_scanned_an_attendants_code_is_theirs_and_says_the_plate(
    badge: str, counts: str
) -> None:
    """Of no badge of this shop, and of who sells nothing, it is who serves them."""
    more = (
        StaffMember(id=StaffId("E02"), name="王二", badge="ST-0302"),
        StaffMember(id=StaffId("T01"), name="技", badge="ST-0303", role=Role.TECHNICIAN),
    )
    settings = replace(SETTINGS, staff=(*SETTINGS.staff, *more))
    async with Bench(settings=settings, policy=replace(POLICY, trade=Trade.FUEL)) as bench:
        await bench.scan(BADGE)
        await bench.scan(f"{JOIN_CODE}:.6D59A12345:{badge}")
        assert bench.title == "A new member. Grade and litres?"
        await bench.touch("pick", "92")
        await bench.key("27.10")
        await bench.touch("pick", "code")
        await bench.touch("confirm")
        (booked,) = bench.booked
        assert isinstance(booked.command, BookSale)
        assert booked.command.opens is not None
        assert (booked.command.opens.recruiter, booked.command.at.operator) == (counts, "E01")
        assert bench.ledger.private[0] is not None
        assert bench.ledger.private[0].plate == "浙A12345"
