"""Every screen of the pump by the scanner alone, and what a join takes (product.md C1, C2, C4)."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pytest
from msgspec.structs import replace

from lab.acquirer import AcquirerBooks, InOrder, NearAcquirer
from terminal.command_sheets import everything
from terminal.config import load
from terminal.core.cashback import CashbackRate
from terminal.core.command_sheet import Order, Says, touched_by
from terminal.core.commands import BookGrant, BookHold, BookSale, Grant, TenderKind
from terminal.core.errors import NotAPayCode, NotAskedNow, TooLittleCash
from terminal.core.forecourt import Nozzle, Stage
from terminal.core.particulars import Trade
from terminal.core.policy import Confirmed
from terminal.core.screens import Keying, Screen, State
from terminal.core.signals import Cue
from terminal.drivers.virtual.forecourt import Forecourt, Near
from tests.desk.fakes import BADGE, MILK_CODE, SHEET, Bench
from tests.desk.test_beside import Box
from tests.desk.test_counter_outside import WECHAT
from tests.desk.test_filling import C5, NOZZLES
from tests.flows.shop import POLICY, WANG, WANG_CARD

FILE = """
[terminal]
merchant = "M1"
site = "S1"
id = "T1"

[shop]
name = "S"

[ledger]
path = "ledger.db"

[policy]
confirmed = ["code"]

[[policy.grades]]
grade = "92"
name = "92号汽油"
family = "petrol"
price = 738

[[policy.grades]]
grade = "0"
name = "0号柴油"
family = "diesel"
price = 705

[device.pumps]
driver = "forecourt_tcp"
host = "127.0.0.1"
port = 9110
"""
STATION = replace(
    POLICY,
    trade=Trade.FUEL,
    confirmed=(Confirmed.CODE,),
    without_pin=replace(POLICY.without_pin, open=1_000_00),
    cashback=CashbackRate(rate_bp=100),
)
PHONE_CODE = "JOIN:13911112222"
AFTER_S = 1.5
"""Behind a scan: the same code counts again."""


def code(word: Says, value: str = "") -> str:
    return SHEET.code(Order(says=word, value=value))


def station(there: Forecourt, **more: object) -> Bench:
    return Bench(policy=STATION, forecourt=Near(there), **more)  # type: ignore[arg-type]


def filled(*fills: int) -> Forecourt:
    """By hand at the first nozzle: so many hundredths of a litre each, and nobody paid."""
    there = Forecourt(*NOZZLES)
    for litres in fills:
        there.by_hand(1, litres)
    return there


async def scanned(bench: Bench, *texts: str) -> None:
    for text in texts:
        await bench.scan(text)
        await bench.time.pass_s(AFTER_S)


def sales(bench: Bench) -> list[BookSale]:
    return [one.command for one in bench.booked if isinstance(one.command, BookSale)]


def tenders(bench: Bench) -> list[tuple[TenderKind, int]]:
    (sale,) = sales(bench)
    return [(one.kind, one.amount) for one in sale.tenders]


@pytest.fixture
def printed(tmp_path: Path) -> Sequence[Order]:
    path = tmp_path / "terminal.toml"
    path.write_text(FILE, encoding="utf-8")
    return [one.order for one in everything(load(path), 24)]


def without_code(printed: Sequence[Order], screens: Sequence[Screen]) -> list[tuple[str, str, str]]:
    """Buttons that no code of the sheet touches, and what is to be keyed without one that keys it."""
    bare = []
    for screen in screens:
        touched = [one for order in printed if (one := touched_by(order, screen)) is not None]
        reached = {(one.do, one.value) for one in touched}
        bare += [
            (screen.title.text, one.do, one.value)
            for one in screen.choices
            if (one.do, one.value) not in reached
        ]
        if screen.keying in {Keying.AMOUNT, Keying.CASH, Keying.LITRES} and screen.state is State.KEYING:
            bare += [(screen.title.text, "key", "")] if "key" not in {one.do for one in touched} else []
    return bare


async def with_all(bench: Bench) -> None:
    """Wang holds something of each kind."""
    grants = (
        Grant(unit="points:goods", amount=500), Grant(unit="voucher:v", amount=2_00),
        Grant(unit="cashback", amount=1_00), Grant(unit="litres:92", amount=10_00),
    )  # fmt: skip
    await bench.ledger.gives(WANG, grants)
    given = BookGrant(
        id=bench.counter.new_id(),
        at=bench.session.occasion(),
        wallet=WANG.wallet,
        why="x",
        coupons=(C5, replace(C5, coupon="c2", kind="c2", face=2_00)),
    )
    await bench.ledger.submit(given)


async def test_each_button_from_the_release_to_the_last_answer_has_a_code(printed: Sequence[Order]) -> None:
    guns = tuple(Nozzle(number=number, grade="92", price=7_38) for number in range(1, 25))
    async with station(Forecourt(*guns)) as bench:
        await with_all(bench)
        await scanned(bench, code(Says.START, "release"), BADGE, code(Says.NOZZLE, "24"))
        await scanned(bench, code(Says.PRESET, "litres"), code(Says.LITRES, "1000"))
        await bench.tap(WANG_CARD)
        assert bench.title == "Fuel was paid ahead. Is it used?"
        await scanned(bench, code(Says.AHEAD))
        assert bench.state is State.CONFIRM
        await scanned(bench, code(Says.CONFIRM), code(Says.CONFIRM))
        await scanned(bench, code(Says.START, "release"), BADGE, code(Says.NOZZLE, "13"))
        await scanned(bench, code(Says.PRESET, "sum"), code(Says.SUM, "5000"))
        await bench.tap(WANG_CARD)
        assert bench.title == "Which coupon comes off?"  # Nothing that was paid ahead is left.
        await scanned(bench, code(Says.PLACE, "2"), code(Says.CONFIRM), code(Says.CONFIRM))
        held = [one.command for one in bench.booked if isinstance(one.command, BookHold)]
        assert [(one.unit, one.amount, one.for_what) for one in held] == [
            ("litres:92", 10_00, "pump:24"),
            ("", 50_00, "pump:13"),
        ]
        assert held[1].coupon == "c2"
        assert without_code(printed, bench.screens) == []
        assert len({screen.title.text for screen in bench.screens}) > 8


async def test_what_was_paid_ahead_can_be_kept_by_the_scanner(printed: Sequence[Order]) -> None:
    async with station(filled(4_00)) as bench:
        await with_all(bench)
        await scanned(bench, BADGE)
        await bench.tap(WANG_CARD)
        await scanned(bench, code(Says.NOZZLE, "1"), code(Says.SKIP))
        assert bench.title == "Which coupon comes off?"
        await scanned(bench, code(Says.SKIP), code(Says.TENDER, "stored"), code(Says.CONFIRM))
        assert tenders(bench) == [(TenderKind.STORED, 29_52)]
        assert without_code(printed, bench.screens) == []


async def test_goods_and_fuel_are_one_bill_by_the_scanner_paid_with_all_that_is_held(
    printed: Sequence[Order],
) -> None:
    async with station(filled(4_00)) as bench:
        await with_all(bench)
        await scanned(bench, MILK_CODE, code(Says.FUEL), code(Says.NOZZLE, "1"), code(Says.CONFIRM))
        await bench.tap(WANG_CARD)
        await scanned(bench, code(Says.SKIP), code(Says.SKIP))
        await scanned(bench, code(Says.TENDER, "voucher"))
        await scanned(bench, code(Says.TENDER, "points"), code(Says.PLACE, "1"))
        await scanned(bench, code(Says.PARTS), code(Says.TENDER, "stored"), code(Says.PLACE, "1"))
        assert bench.state is State.CONFIRM
        await scanned(bench, code(Says.CONFIRM))
        (sale,) = sales(bench)
        assert [line.sku for line in sale.lines] == ["M01", "fuel-92"]
        assert [one.kind for one in sale.tenders] == [
            TenderKind.VOUCHER, TenderKind.POINTS, TenderKind.STORED
        ]  # fmt: skip
        assert without_code(printed, bench.screens) == []


async def test_one_of_two_fills_of_a_nozzle_is_picked_by_its_place(printed: Sequence[Order]) -> None:
    async with station(filled(10_00, 5_00)) as bench:
        await scanned(bench, BADGE, code(Says.SKIP), code(Says.PLACE, "2"), code(Says.EXACT))
        await scanned(bench, code(Says.CONFIRM))
        assert tenders(bench) == [(TenderKind.CASH, 36_90)]
        assert without_code(printed, bench.screens) == []


async def test_a_newcomer_agrees_to_a_purpose_by_the_scanner(printed: Sequence[Order]) -> None:
    async with station(filled(10_00)) as bench:
        await scanned(bench, BADGE, PHONE_CODE, code(Says.NOZZLE, "1"), code(Says.AGREES, "partners"))
        assert bench.title == "How is it paid?"
        await scanned(bench, code(Says.TENDER, "cash"), code(Says.CONFIRM), code(Says.CONFIRM))
        opens = sales(bench)[0].opens
        assert opens is not None
        assert {one.purpose: one.given for one in opens.consents} == {"marketing": False, "partners": True}
        assert without_code(printed, bench.screens) == []


async def test_a_nozzle_is_stopped_and_a_grade_is_keyed_by_the_scanner(printed: Sequence[Order]) -> None:
    there = filled()
    async with station(there) as bench:
        await scanned(bench, BADGE, code(Says.SKIP), code(Says.GRADE, "92"), code(Says.LITRES, "1000"))
        await scanned(bench, code(Says.SUM, "10000"), code(Says.CONFIRM), code(Says.CONFIRM))
        assert sales(bench)[0].received == 100_00
        for nozzle in (1, 4):
            one = there.by_hand(nozzle, 100)
            there.fills[one.id] = replace(one, stage=Stage.FLOWING)
        await scanned(bench, code(Says.START, "stop"), code(Says.NOZZLE, "4"), code(Says.CONFIRM))
        assert without_code(printed, bench.screens) == []


# A join: at most three scans and one confirmation


async def test_a_newcomer_joins_with_three_scans_and_one_confirmation_in_cash() -> None:
    box = Box()
    async with station(filled(10_00)) as bench:
        bench.beside.add(box)
        await scanned(bench, BADGE, PHONE_CODE, code(Says.SUM, "10000"))
        assert bench.title == "Take the cash, give {change} back?"
        assert sales(bench) == []
        assert Cue.REJECTED not in box.told
        await scanned(bench, code(Says.CONFIRM))
        (sale,) = sales(bench)
        assert (sale.due, sale.received, sale.at.operator) == (73_80, 100_00, "E01")
        assert sale.opens is not None
        assert not any(one.given for one in sale.opens.consents)


async def test_a_newcomer_joins_with_three_scans_and_none_by_their_payment_code() -> None:
    box = Box()
    books = AcquirerBooks(InOrder())
    async with station(filled(10_00), acquirer=NearAcquirer(books)) as bench:
        bench.beside.add(box)
        await scanned(bench, BADGE, PHONE_CODE, WECHAT)
        assert tenders(bench) == [(TenderKind.CODE, 73_80)]
        assert sales(bench)[0].opens is not None
        assert Cue.REJECTED not in box.told
        assert len(books.payments) == 1


async def test_a_member_pays_with_three_scans_and_one_confirmation() -> None:
    async with station(filled(10_00)) as bench:
        await scanned(bench, BADGE)
        await bench.tap(WANG_CARD)
        await scanned(bench, code(Says.TENDER, "stored"))
        assert bench.title == "Charge the card?"
        await scanned(bench, code(Says.CONFIRM))
        assert tenders(bench) == [(TenderKind.STORED, 73_80)]


async def test_a_payment_code_pays_at_once_where_it_is_asked_how() -> None:
    async with station(filled(10_00, 5_00), acquirer=NearAcquirer(AcquirerBooks(InOrder()))) as bench:
        await scanned(bench, BADGE, code(Says.SKIP), WECHAT)
        assert bench.title == "Grade and litres?"  # Of two nobody knows which.
        await scanned(bench, code(Says.PLACE, "2"))
        await scanned(bench, MILK_CODE)
        assert (bench.title, bench.screen.code) == ("How is it paid?", NotAPayCode.code)
        await scanned(bench, WECHAT)
        assert tenders(bench) == [(TenderKind.CODE, 36_90)]


async def test_without_an_acquirer_a_payment_code_is_nothing() -> None:
    async with station(filled(10_00)) as bench:
        await scanned(bench, BADGE, code(Says.SKIP), WECHAT)
        assert bench.title == "Grade and litres?"
        await scanned(bench, code(Says.NOZZLE, "1"), WECHAT)
        assert bench.title == "How is it paid?"
        assert sales(bench) == []


async def test_a_payment_code_beside_goods_says_nothing_of_a_fill() -> None:
    async with station(filled(10_00), acquirer=NearAcquirer(AcquirerBooks(InOrder()))) as bench:
        await scanned(bench, MILK_CODE, code(Says.FUEL), WECHAT, code(Says.TENDER, "cash"))
        assert bench.title == "Grade and litres?"


async def test_what_is_said_early_and_cannot_be_is_heard_and_asked_for() -> None:
    box = Box()
    async with station(filled(10_00)) as bench:
        bench.beside.add(box)
        await scanned(bench, BADGE, PHONE_CODE)
        assert box.told == [Cue.ACCEPTED, Cue.ACCEPTED]
        await scanned(bench, code(Says.TENDER, "stored"))  # A newcomer has none.
        assert (bench.title, bench.screen.code) == ("How is it paid?", NotAskedNow.code)
        assert Cue.REJECTED in box.told
        await scanned(bench, code(Says.SUM, "5000"))
        assert (bench.screen.keying, bench.screen.code) == (Keying.CASH, TooLittleCash.code)
        await scanned(bench, code(Says.EXACT))
        assert bench.state is State.CONFIRM
        assert sales(bench) == []


async def test_the_exact_sum_said_early_is_what_is_due() -> None:
    async with station(filled(10_00)) as bench:
        await scanned(bench, BADGE, code(Says.SKIP), code(Says.EXACT), code(Says.CONFIRM))
        assert sales(bench)[0].received == 73_80


async def test_a_touch_or_another_code_ends_what_was_said_early() -> None:
    for touches in (True, False):
        async with station(filled(4_00)) as bench:
            await with_all(bench)
            await scanned(bench, BADGE)
            await bench.tap(WANG_CARD)
            await scanned(bench, code(Says.TENDER, "stored"))
            assert bench.title == "Fuel was paid ahead. Is it used?"
            if touches:
                await bench.touch("pick", "pay")
            else:
                await scanned(bench, code(Says.SKIP))
            await scanned(bench, code(Says.SKIP))
            assert bench.title == "How is it paid?"


async def test_what_was_said_early_ends_with_its_customer() -> None:
    async with station(filled(4_00)) as bench:
        await with_all(bench)
        await scanned(bench, BADGE)
        await bench.tap(WANG_CARD)
        await scanned(bench, code(Says.TENDER, "stored"))
        await bench.time.pass_s(600)
        assert bench.state is State.IDLE
        await bench.touch("start", "join")
        await bench.scan(BADGE)
        await bench.touch("skip")
        await bench.touch("pick", "fill:hand-1")
        assert bench.title == "How is it paid?"


async def test_a_code_that_was_refused_is_answered_each_time() -> None:
    box = Box()
    async with station(filled(10_00)) as bench:
        bench.beside.add(box)
        for _ in range(2):
            await bench.scan(code(Says.EXACT))
            assert box.told == [Cue.REJECTED]
            await bench.time.pass_s(0.3)
