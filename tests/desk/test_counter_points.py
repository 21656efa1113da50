"""Points that pay, at a running counter: what the screen offers, what it refuses, what is kept."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from msgspec.structs import replace

from terminal.core.accounts import points
from terminal.core.card_kinds import CardKind, CardUse
from terminal.core.claim_codes import claim_shown
from terminal.core.commands import (
    BookExpiry,
    BookGrant,
    BookRedeem,
    BookSale,
    ClockTrust,
    Grant,
    TenderKind,
)
from terminal.core.errors import LedgerClosed
from terminal.core.gifts import Gift, GiftCoupon
from terminal.core.points import PointsEnd
from terminal.core.points_held import points_held
from terminal.core.policy import Confirmed
from terminal.core.pricing import parsed
from terminal.core.screens import Keying, State
from terminal.core.values import EntryId
from tests.desk.fakes import MILK_CODE, Bench
from tests.desk.test_counter_pin import PIN, choose
from tests.flows.shop import POLICY, WANG, WANG_CARD

SHOP = replace(POLICY, confirmed=(Confirmed.CODE,))
ENDED = "00000000-0000-7000-8000-0000000000ab"


async def with_points(bench: Bench, points: int) -> None:
    last = next(reversed(bench.ledger.answers.values())).command
    given = (Grant(unit="points:goods", amount=points),)
    await bench.ledger.submit(
        BookGrant(
            id=EntryId("00000000-0000-7000-8000-0000000000aa"),
            at=last.at,
            wallet=WANG.wallet,
            why="x",
            grants=given,
        )
    )


async def test_whole_hundreds_are_keyed_or_all_touched_and_the_rest_is_paid_otherwise() -> None:
    async with Bench(policy=SHOP) as bench:
        await with_points(bench, 250)
        await bench.scan(MILK_CODE, MILK_CODE, MILK_CODE, MILK_CODE)
        await bench.touch("done")
        await bench.tap(WANG_CARD)
        assert [choice.value for choice in bench.screen.choices][:3] == ["stored", "points", "cash"]
        await bench.touch("pick", "points")
        assert (bench.screen.keying, bench.title) == (
            Keying.COUNT,
            "How many points does the member use?",
        )
        assert [line.value for line in bench.screen.lines] == ["¥5.00", "200", "¥10.00"]
        for keyed, code in (("150", "A196"), ("300", "A195"), ("x", "A121")):
            await bench.key(keyed)
            assert bench.screen.code == code
        await bench.touch("pick", "200")
        assert (bench.title, bench.screen.amount) == ("How is the rest paid?", "¥4.00")
        assert (bench.screen.lines[-1].label.text, bench.screen.lines[-1].value) == ("Points", "¥10.00")
        await bench.touch("pick", "code")
        assert (bench.state, bench.screen.amount) == (State.CONFIRM, "¥14.00")
        await bench.touch("confirm")
        await bench.touch("confirm")
        assert bench.state is State.APPROVED
        sale = bench.booked[-1].command
        assert isinstance(sale, BookSale)
        assert [(one.kind, one.amount, one.units) for one in sale.tenders] == [
            (TenderKind.POINTS, 10_00, 200),
            (TenderKind.CODE, 4_00, 0),
        ]
        assert bench.booked[-1].after is not None
        assert bench.booked[-1].after.points == {"goods": 54}


async def test_what_earned_when_it_was_recharged_earns_no_more_when_it_is_spent() -> None:
    rich = replace(SHOP.without_pin, open=1_000_00)
    async with Bench(policy=replace(SHOP, without_pin=rich)) as bench:
        await bench.ledger.recharged_for_points(WANG, 50_00)
        for bottles, yuan in ((28, 98), (8, 2)):  # The first 100.00 are of before.
            await bench.scan(*[MILK_CODE] * bottles)
            await bench.touch("done")
            await bench.tap(WANG_CARD)
            await bench.touch("pick", "stored")
            await bench.touch("confirm")
            sale = bench.booked[-1].command
            assert isinstance(sale, BookSale)
            assert [(one.points, one.base) for one in sale.points] == [(yuan, yuan * 100)]
            await bench.touch("start")


async def test_the_pin_for_a_gift_is_keyed_under_the_points_that_it_takes_and_no_amount() -> None:
    gift = Gift(name="x", points=150, worth=60_00)
    async with Bench(policy=replace(SHOP, gifts=(gift,))) as bench:
        await choose(bench, PIN, PIN)
        await bench.touch("done")
        await with_points(bench, 200)
        await bench.touch("start", "points")
        await bench.touch("pick", "take")
        await bench.tap(WANG_CARD)
        await bench.touch("pick", "0")
        await bench.touch("pick", "now")
        await bench.touch("confirm")
        assert (bench.screen.keying, bench.screen.amount) == (Keying.PIN, "")
        assert [(line.label.text, line.value) for line in bench.screen.lines] == [
            ("Points to be used", "150"),
            ("Above what is paid without the PIN today.", ""),
        ]
        await bench.key(PIN)
        assert bench.state is State.APPROVED


ENDS = replace(SHOP, points_end=PointsEnd(years=1))


async def ending(bench: Bench, points: int, until: str) -> None:
    last = next(reversed(bench.ledger.answers.values())).command
    given = (Grant(unit="points:goods", amount=points, until=until),)
    number = f"00000000-0000-7000-8000-{len(bench.ledger.answers):012d}"
    await bench.ledger.submit(
        BookGrant(id=EntryId(number), at=last.at, wallet=WANG.wallet, why="x", grants=given)
    )


def kinds(bench: Bench) -> list[type]:
    return [type(command) for command in bench.ledger.submitted]


async def test_what_ends_soon_is_said_when_the_card_is_tapped_and_on_the_receipt() -> None:
    async with Bench(policy=ENDS) as bench:
        day = next(reversed(bench.ledger.answers.values())).command.at.business_day
        await ending(bench, 30, day)
        await bench.scan(MILK_CODE, MILK_CODE)
        await bench.touch("done")
        await bench.tap(WANG_CARD)
        assert bench.screen.holder is not None
        assert (bench.screen.holder.points, bench.screen.holder.points_ending) == ("30", f"30 / {day}")
        await bench.touch("pick", "stored")
        await bench.touch("confirm")
        assert f"其中 {day} 到期" in bench.screen.receipt
        sale = bench.booked[-1].command
        assert isinstance(sale, BookSale)
        assert [one.until for one in sale.points] == [f"{int(day[:4]) + 1}-12-31"]
        assert BookExpiry not in kinds(bench)


async def test_what_has_ended_is_written_off_when_its_member_comes_and_pays_nothing() -> None:
    async with Bench(policy=ENDS) as bench:
        await ending(bench, 300, "2020-12-31")
        await bench.scan(MILK_CODE, MILK_CODE)
        await bench.touch("done")
        await bench.tap(WANG_CARD)
        assert bench.screen.holder is not None
        assert bench.screen.holder.points == "0"
        assert "points" not in [choice.value for choice in bench.screen.choices]
        assert kinds(bench).count(BookExpiry) == 1
        await bench.touch("cancel")
        await bench.touch("done")
        await bench.scan(MILK_CODE)
        await bench.touch("done")
        await bench.tap(WANG_CARD)
        assert kinds(bench).count(BookExpiry) == 1, "once"


async def test_nothing_is_written_off_by_a_clock_that_nobody_vouches_for() -> None:
    async with Bench(policy=ENDS) as bench:
        await ending(bench, 300, "2020-12-31")
        bench.time.trust = ClockTrust.UNKNOWN
        await bench.scan(MILK_CODE)
        await bench.touch("done")
        await bench.tap(WANG_CARD)
        assert bench.screen.holder is not None
        assert bench.screen.holder.points == "0"
        assert BookExpiry not in kinds(bench)


async def test_what_is_owed_is_said_at_the_tap_and_on_the_receipt() -> None:
    async with Bench(policy=SHOP) as bench:
        debt = replace(points(WANG.wallet, "goods"), unit="debt:points:goods")
        bench.ledger.balances[debt] = -35
        await bench.scan(MILK_CODE)
        await bench.touch("done")
        await bench.tap(WANG_CARD)
        assert bench.screen.holder is not None
        assert bench.screen.holder.points == "-35"
        await bench.touch("pick", "cash")
        await bench.touch("pick", "3.50")
        await bench.touch("confirm")
        assert bench.state is State.APPROVED
        assert "欠回商品积分" in bench.screen.receipt


async def test_the_slip_of_what_came_back_says_what_is_owed_and_leaves_out_uses_that_ended() -> None:
    async with Bench(policy=SHOP) as bench:
        await bench.to_confirm(WANG_CARD)
        await bench.touch("confirm")
        await bench.touch("done")
        ended = [Grant(unit=unit, amount=300, until="2020-12-31") for unit in ("count:K01", "points:goods")]
        at = bench.booked[-1].command.at
        given = BookGrant(id=EntryId(ENDED), at=at, wallet=WANG.wallet, why="x", grants=tuple(ended))
        await bench.ledger.submit(given)
        debt = replace(points(WANG.wallet, "goods"), unit="debt:points:goods")
        bench.ledger.balances[debt] = -35
        sold = next(one for one in bench.booked if isinstance(one.command, BookSale))
        await bench.scan(sold.receipt_no)
        for value in ("spoiled", "all"):
            await bench.touch("pick", value)
        await bench.touch("confirm")
        assert bench.state is State.APPROVED
        assert "欠回商品积分" in bench.screen.receipt
        assert "300" not in bench.screen.receipt, "neither uses nor points that ended"


async def test_a_receipt_goes_without_where_nobody_can_say_what_ends() -> None:
    async with Bench(policy=ENDS) as bench:
        day = next(reversed(bench.ledger.answers.values())).command.at.business_day
        await ending(bench, 30, day)
        await bench.scan(MILK_CODE)
        await bench.touch("done")
        await bench.tap(WANG_CARD)
        await bench.touch("pick", "cash")
        await bench.touch("pick", "3.50")
        asks = bench.ledger.ask

        async def fails(question: Any) -> Any:
            if getattr(question, "func", None) is points_held:
                raise LedgerClosed("x")
            return await asks(question)

        bench.ledger.ask = fails  # type: ignore[method-assign]
        await bench.touch("confirm")
        assert bench.state is State.APPROVED
        assert "到期" not in bench.screen.receipt


TONER = Gift(name="柔肤水", points=200, worth=10_00)


async def test_what_points_are_taken_for_later_is_collected_with_the_code_on_screen_and_receipt_once() -> (
    None
):
    async with Bench(policy=replace(SHOP, gifts=(TONER,))) as bench:
        await with_points(bench, 250)
        await bench.touch("start", "points")
        await bench.touch("pick", "take")
        await bench.tap(WANG_CARD)
        await bench.touch("pick", "later")
        assert [line.value for line in bench.screen.lines][1:] == ["-200", "50"]
        await bench.touch("confirm")
        taken = bench.booked[-1].command
        assert isinstance(taken, BookRedeem)
        code = claim_shown(taken.claim)
        assert (bench.state, bench.screen.lines[0].value) == (State.APPROVED, code)
        assert code in bench.screen.receipt
        await bench.touch("done")
        for state in (State.APPROVED, State.DECLINED):
            await bench.touch("start", "points")
            await bench.touch("pick", "collect")
            await bench.key(code)
            if state is State.APPROVED:
                assert bench.screen.title.text == "Hand it over?"
                await bench.touch("confirm")
            assert bench.state is state
            await bench.touch("done")
        assert bench.booked[-1].after is None


async def test_money_beside_points_has_its_points_multiplied_as_often_as_that_is_had() -> None:
    rows = [
        ("twice", {"rule": "points_times", "name": "双倍", "times": 2, "once": True}),
        ("half", {"rule": "percent_off", "name": "会员日", "members": True, "pay": 50}),
    ]
    promotions, _ = parsed(rows)
    cream = Gift(name="护手霜", points=100, worth=25_00, money=15_00)
    full = CardKind(name="full", shown="卡", uses=(*CardUse,))
    plain = replace(full, uses=(CardUse.POINTS,))
    for kind, earned in ((full, [30, 15]), (plain, [15, 15])):
        shop = replace(SHOP, gifts=(cream,), card_kinds=(kind,))
        async with Bench(policy=shop, tariff=promotions) as bench:
            await with_points(bench, 250)
            assert [await taken_beside_money(bench) for _ in earned] == earned


async def taken_beside_money(bench: Bench) -> int:
    """How many points it earned."""
    await bench.touch("start", "points")
    await bench.touch("pick", "take")
    await bench.tap(WANG_CARD)
    await bench.touch("pick", "code")
    await bench.touch("confirm")
    await bench.touch("confirm")
    assert bench.state is State.APPROVED
    await bench.touch("done")
    sale = bench.booked[-1].command
    assert isinstance(sale, BookSale)
    assert sale.due == 25_00
    return sum(one.points for one in sale.points if one.family == "goods")


async def test_points_that_were_taken_come_back_with_a_receipt_and_no_sum_of_nothing_on_the_screen() -> None:
    async with Bench(policy=replace(SHOP, gifts=(TONER,))) as bench:
        await with_points(bench, 250)
        await bench.touch("start", "points")
        await bench.touch("pick", "take")
        await bench.tap(WANG_CARD)
        await bench.touch("pick", "now")
        await bench.touch("confirm")
        await bench.touch("done")
        await bench.touch("start", "void")
        await bench.touch("skip")
        await bench.touch("pick", bench.booked[-1].command.id)
        await bench.touch("pick", "keyed_wrong")
        assert bench.screen.title.text == "Undo all of it?"
        await bench.touch("confirm")
        assert (bench.state, bench.screen.amount) == (State.APPROVED, "")
        assert "积分" in bench.screen.receipt
        assert TONER.name in bench.screen.receipt
        assert "合计退还" not in bench.screen.receipt
        assert bench.booked[-1].after is not None
        assert bench.booked[-1].after.points == {"goods": 250}


async def test_a_shop_that_takes_points_for_nothing_else_has_no_such_button() -> None:
    async with Bench(policy=SHOP) as bench:
        await bench.touch("more")
        assert "points" not in [choice.value for choice in bench.screen.choices]


async def test_points_that_become_coupons_add_up_as_all_else_that_is_spent_without_the_pin() -> None:
    coupon = Gift(name="50 off", points=900, coupon=GiftCoupon(kind="c50", face=45_00))
    async with Bench(policy=replace(SHOP, gifts=(coupon,))) as bench:
        await with_points(bench, 5_000)
        for done in (True, False):
            await bench.touch("start", "points")
            await bench.touch("pick", "take")
            await bench.tap(WANG_CARD)
            await bench.touch("confirm")
            assert (bench.state is State.APPROVED) is done, "900 points are 45.00; twice is above 50.00"
            if done:
                await bench.touch("done")


async def test_it_is_said_ahead_that_points_of_petrol_and_diesel_end() -> None:
    async with Bench(policy=SHOP) as bench:
        last = next(reversed(bench.ledger.answers.values())).command
        day = date.fromisoformat(last.at.business_day)
        soon = (day + timedelta(days=30)).isoformat()
        grants = tuple(
            Grant(unit=f"points:{family}", amount=amount, until=soon)
            for family, amount in (("petrol", 120), ("diesel", 60))
        )
        given = BookGrant(
            id=EntryId("00000000-0000-7000-8000-0000000000ab"),
            at=last.at,
            wallet=WANG.wallet,
            why="x",
            grants=grants,
        )
        await bench.ledger.submit(given)
        await bench.scan(MILK_CODE)
        await bench.touch("done")
        await bench.tap(WANG_CARD)
        holder = bench.screen.holder
        assert holder is not None
        said = [note.text.format(**note.values) for note in holder.notes]
        assert f"120 petrol points end on {soon}" in said
        assert f"60 diesel points end on {soon}" in said
        await bench.touch("pick", "cash")
        await bench.key("5")
        await bench.touch("confirm")
        assert f"汽油 {soon} 到期" in bench.screen.receipt
        assert f"柴油 {soon} 到期" in bench.screen.receipt


async def test_of_petrol_points_nothing_is_said_where_none_end() -> None:
    async with Bench(policy=SHOP) as bench:
        last = next(reversed(bench.ledger.answers.values())).command
        given = BookGrant(
            id=EntryId("00000000-0000-7000-8000-0000000000ab"),
            at=last.at,
            wallet=WANG.wallet,
            why="x",
            grants=(Grant(unit="points:petrol", amount=120),),
        )
        await bench.ledger.submit(given)
        await bench.scan(MILK_CODE)
        await bench.touch("done")
        await bench.tap(WANG_CARD)
        assert bench.screen.holder is not None
        said = [note.text for note in bench.screen.holder.notes]
        assert not [text for text in said if "points" in text]
