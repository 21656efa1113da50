"""Nozzles at a running counter: value held, what flowed sold once, through power cuts and lost answers."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from msgspec.structs import replace

from lab.acquirer import AcquirerBooks, InOrder, NearAcquirer
from terminal.core import accounts as chart
from terminal.core.card_kinds import CardKind, CardUse
from terminal.core.cart import Article
from terminal.core.catalogue import Listed
from terminal.core.commands import (
    BookCardState,
    BookGrant,
    BookHold,
    BookIntent,
    BookIntentEnd,
    BookRecharge,
    BookRelease,
    BookSale,
    BookVoid,
    CardState,
    Command,
    CouponGrant,
    Grant,
    Measured,
    Opens,
    PointsEarned,
    Private,
    SaleLine,
    Tender,
    TenderKind,
)
from terminal.core.companies import Company, CompanyCard
from terminal.core.errors import (
    CardNotFor,
    FillSoldTooOften,
    FillsUnpaid,
    FillUnclear,
    ForecourtAway,
    NozzleBusy,
    NozzleInDoubt,
    NozzlePrice,
    NozzleRefused,
)
from terminal.core.forecourt import (
    Dispensed,
    NotReleased,
    Nozzle,
    Preset,
    Stage,
    hold_of,
    last_of,
    release_of,
    sale_of,
)
from terminal.core.locks import lock_unit
from terminal.core.pricing import parsed
from terminal.core.referral import Referral, Trigger
from terminal.core.screens import State
from terminal.core.spoken import Outcome
from terminal.core.trust import Credential, Medium
from terminal.core.values import CardId, MemberId, SiteId, StaffId, WalletId
from terminal.drivers.virtual.forecourt import Forecourt, Near
from tests.desk.fakes import BADGE, MILK_CODE, Bench, FaultyLedger, ManualTime, settled
from tests.desk.test_beside import Mouth
from tests.desk.test_counter_outside import WECHAT
from tests.flows.shop import POLICY, WANG, WANG_CARD

NOZZLES = (Nozzle(number=1, grade="92", price=7_38), Nozzle(number=4, grade="0", price=7_05))
SHOP = replace(POLICY, without_pin=replace(POLICY.without_pin, open=1_000_00))


def bench_of(
    there: Forecourt, ledger: FaultyLedger | None = None, run: int = 0, **more: object
) -> tuple[Bench, Near]:
    """The terminal, started again an hour after the run before: ids are of their time."""
    near = Near(there)
    time = ManualTime(run * 3_600_000)
    return Bench(policy=SHOP, ledger=ledger, forecourt=near, time=time, **more), near  # type: ignore[arg-type]


async def to_the_card(bench: Bench, nozzle: str = "1", how: str = "full", much: str = "") -> None:
    await bench.touch("start", "release")
    await bench.scan(BADGE)
    await bench.touch("pick", nozzle)
    await bench.touch("pick", how)
    if much:
        await bench.key(much)
    assert bench.state is State.READY


async def released(bench: Bench, **how: str) -> None:
    await to_the_card(bench, **how)
    await bench.tap(WANG_CARD)
    assert bench.state is State.CONFIRM
    await bench.touch("confirm")


def commands(bench: Bench, kind: type[Command]) -> list[Command]:
    return [one.command for one in bench.booked if isinstance(one.command, kind)]


def sales(bench: Bench) -> list[BookSale]:
    return [one for one in commands(bench, BookSale) if isinstance(one, BookSale)]


async def wang(bench: Bench) -> int:
    holder = await bench.ledger.holder(WANG_CARD)
    assert holder is not None
    return holder.spendable


async def test_value_is_held_first_and_what_flowed_is_sold_by_itself() -> None:
    there = Forecourt(*NOZZLES)
    bench, _ = bench_of(there)
    async with bench:
        await released(bench, how="sum", much="50")
        assert bench.screen.title.text == "Released. What flows is settled by itself."
        (intent,), (hold,) = commands(bench, BookIntent), commands(bench, BookHold)
        assert isinstance(intent, BookIntent)
        assert isinstance(hold, BookHold)
        assert (intent.what, intent.amount, intent.consumed_by) == ("pump_preset", 50_00, sale_of(intent.id))
        assert (hold.id, hold.amount, hold.for_what) == (hold_of(intent.id), 50_00, "pump:1")
        assert (hold.at.operator, hold.card) == ("E01", CardId("c-wang"))
        assert there.fills[intent.id].stage is Stage.RELEASED
        assert await wang(bench) == 60_00
        there.pump(1, 400)
        await bench.time.pass_s(2)
        assert sales(bench) == []
        there.hang(1)
        await bench.time.pass_s(2)
        (sale,) = sales(bench)
        assert sale.id == sale_of(intent.id)
        assert sale.lines == (
            SaleLine(
                sku="fuel-92",
                name="92号汽油",
                category="petrol",
                quantity=400,
                measured=sale.lines[0].measured,
                unit_price=7_38,
                gross=29_52,
                net=29_52,
            ),
        )
        assert sale.tenders == (Tender(kind=TenderKind.HELD, amount=29_52, of=hold.id),)
        assert sale.points == (PointsEarned(family="petrol", points=4, base=400, step=100),)
        assert (sale.at.operator, sale.card) == ("E01", CardId("c-wang"))
        assert await wang(bench) == 110_00 - 29_52
        assert there.open() == []
        assert await bench.ledger.open_intents() == []
        await bench.time.pass_s(60)
        assert len(sales(bench)) == 1
        assert bench.printer.copies == ["original"]


async def test_a_second_nozzle_asks_for_the_pin_where_both_come_to_more_than_is_paid_without() -> None:
    there = Forecourt(*NOZZLES)
    near = Near(there)
    shop = replace(POLICY, without_pin=replace(POLICY.without_pin, open=60_00))
    async with Bench(policy=shop, forecourt=near) as bench:
        await released(bench, how="sum", much="50")
        await bench.touch("done")
        await to_the_card(bench, nozzle="4", how="sum", much="10.01")
        await bench.tap(WANG_CARD)
        assert bench.screen.code == "A127"  # The PIN is needed, and none was ever chosen.
        there.pump(1, 600)
        there.hang(1)
        await bench.time.pass_s(2)
        assert [one.due for one in sales(bench)] == [44_28]  # 5.72 went back.
        holder = await bench.ledger.holder(WANG_CARD)
        assert holder is not None
        at = bench.booked[-1].command.at
        assert await bench.ledger.pin_book.spent(holder, at.business_day) == 44_28


async def test_litres_paid_with_what_earned_when_it_was_recharged_earn_no_more() -> None:
    there = Forecourt(*NOZZLES)
    bench, _ = bench_of(there)
    async with bench:
        await bench.ledger.recharged_for_points(WANG, 50_00)
        await released(bench, how="sum", much="120")
        there.pump(1, 1_400)
        there.hang(1)
        await bench.time.pass_s(2)
        (sale,) = sales(bench)
        assert sale.due == 103_32  # 100.00 of it of before.
        assert sale.points == (PointsEarned(family="petrol", points=13, base=1_355, step=100),)


async def test_a_full_tank_holds_a_hundred_litres_or_what_is_there_and_stops_there() -> None:
    there = Forecourt(*NOZZLES)
    bench, _ = bench_of(there)
    async with bench:
        await released(bench)
        (hold,) = commands(bench, BookHold)
        assert isinstance(hold, BookHold)
        assert hold.amount == 110_00
        assert await wang(bench) == 0
        there.pump(1)
        there.hang(1)
        await bench.time.pass_s(2)
        (sale,) = sales(bench)
        assert sale.due == 110_00
        assert sum(one.points for one in sale.points) == 13  # 14.91 litres, less the part that bonus paid.


async def test_the_dispensers_amount_stands_and_the_price_of_the_release() -> None:
    there = Forecourt(*NOZZLES)
    bench, _ = bench_of(there)
    async with bench:
        await released(bench, how="litres", much="10")
        there.priced("92", 7_26)
        there.pump(1, 1_000, 73_83)
        there.hang(1)
        await bench.time.pass_s(2)
        (sale,) = sales(bench)
        assert (sale.lines[0].unit_price, sale.lines[0].gross, sale.due) == (7_38, 73_80, 73_80)
    assert await wang(bench) == 36_20


async def test_what_a_fill_gives_for_another_day_comes_with_what_flowed() -> None:
    said = {"rule": "spend_voucher", "name": "back", "reach": 20_00, "worth": 5_00, "use_days": 7}
    there = Forecourt(*NOZZLES)
    bench, _ = bench_of(there, tariff=parsed([("back", said)])[0])
    async with bench:
        assert [len(one) for one in await given_by_fills(bench, there, 270, 271)] == [0, 1]
        (voucher,) = sales(bench)[1].vouchers
        assert (voucher.amount, voucher.since, voucher.until) == (5_00, "2026-11-25", "2026-12-01")


async def given_by_fills(bench: Bench, there: Forecourt, *litres: int) -> list[tuple[Grant, ...]]:
    """Hundredths of a litre each."""
    for much in litres:
        await released(bench, how="sum", much="50")
        there.pump(1, much)
        there.hang(1)
        await bench.time.pass_s(2)
        await bench.touch("done")
    return [sale.vouchers for sale in sales(bench)]


async def test_cuts_per_litre_come_off_what_flowed() -> None:
    rule = {"rule": "litre_cut", "name": "cut", "cut": {"regular": {"petrol": 10}}}
    tariff, _ = parsed([("cut", rule)])
    there, ledger = Forecourt(*NOZZLES), FaultyLedger()
    first, _ = bench_of(there, ledger)
    async with first:
        pass  # Who joined today has no cut yet.
    bench, _ = bench_of(there, ledger, run=48, tariff=tariff)
    async with bench:
        await released(bench, how="sum", much="50")
        there.pump(1, 405)
        there.hang(1)
        await bench.time.pass_s(2)
        (sale,) = sales(bench)
        assert (sale.lines[0].gross, sale.due) == (29_89, 29_89 - 41)


async def sold_by_a_card_for(*uses: CardUse, lost: bool = False) -> BookSale:
    """Four litres, of which members pay a half; cards of the shop's first kind are for nothing but value."""
    half = {"rule": "percent_off", "name": "会员日", "members": True, "pay": 50}
    kinds = tuple(
        CardKind(name=name, shown=name, uses=(CardUse.STORED, *more))
        for name, more in (("first", ()), ("this", uses))
    )
    there = Forecourt(*NOZZLES)
    bench = Bench(
        policy=replace(SHOP, card_kinds=kinds), forecourt=Near(there), tariff=parsed([("half", half)])[0]
    )
    async with bench:
        card = CardId("c-wang")
        bench.ledger.cards[card] = replace(bench.ledger.cards[card], kind="this")
        await released(bench, how="sum", much="50")
        if lost:
            bench.ledger.cards[card] = replace(bench.ledger.cards[card], state=CardState.LOST)
        there.pump(1, 400)
        there.hang(1)
        await bench.time.pass_s(2)
        (sale,) = sales(bench)
        return sale


@pytest.mark.parametrize("lost", [True, False])
async def test_a_fill_is_priced_and_earns_by_the_kind_of_card_that_it_is_held_by(lost: bool) -> None:  # noqa: FBT001  a column
    whole, half = 29_52, 14_76
    for uses, due, points in (
        ((), whole, 0),
        ((CardUse.POINTS,), whole, 4),
        ((CardUse.DISCOUNT,), half, 0),
        ((CardUse.DISCOUNT, CardUse.POINTS), half, 4),
    ):
        sale = await sold_by_a_card_for(*uses, lost=lost)
        assert (sale.due, sum(one.points for one in sale.points)) == (due, points), uses


CARD = CardId("c-new")
NEW = Credential(medium=Medium.UID, number="04FFFFFFFFFFFF")
BRINGS = {
    trigger: replace(SHOP, referral=Referral(on=(trigger,), points=100, least=20_00))
    for trigger in (Trigger.FIRST_SPEND, Trigger.EACH_SPEND, Trigger.FIRST_RECHARGE)
}


async def brought(bench: Bench, *, member: bool = True, bonus: int = 0) -> None:
    """Somebody whom Wang brought, with a hundred yuan, so much of it given."""
    at, wallet = bench.session.occasion(), WalletId("w-new")
    opens = Opens(
        wallet=wallet, member=MemberId("m-new") if member else None, card=CARD, commitment="", terms="1",
        channel="counter", recruiter=StaffId("E01"), introduced_by=WalletId("w-wang") if member else None,
    )  # fmt: skip
    load = BookRecharge(
        id=bench.counter.new_id(), at=at, wallet=wallet, card=CARD, principal=100_00 - bonus, bonus=bonus,
        received=100_00 - bonus, opens=opens,
    )  # fmt: skip
    await bench.ledger.submit(load, Private(credentials=(NEW,), name="李", phone="19000000411"))


async def fills(bench: Bench, there: Forecourt, *flow: int) -> list[int]:
    """Goods points of Wang after each."""
    points = []
    for centilitres in flow:
        await to_the_card(bench, how="sum", much="40")
        await bench.tap(NEW)
        await bench.touch("confirm")
        await bench.touch("done")
        there.pump(1, centilitres)
        there.hang(1)
        await bench.time.pass_s(2)
        holder = await bench.ledger.holder(WANG_CARD)
        assert holder is not None
        points.append(holder.points)
    return points


@pytest.mark.parametrize(
    ("on", "member", "points"),
    [
        (Trigger.FIRST_SPEND, True, [0, 100, 100]),
        (Trigger.EACH_SPEND, True, [0, 100, 200]),
        (Trigger.FIRST_RECHARGE, True, [0, 0, 0]),
        (Trigger.EACH_SPEND, False, [0, 0, 0]),
    ],
)
async def test_who_brought_them_earns_by_what_is_settled_by_itself(
    on: Trigger,
    member: bool,  # noqa: FBT001  a column
    points: list[int],
) -> None:
    there = Forecourt(*NOZZLES)
    async with Bench(policy=BRINGS[on], forecourt=Near(there)) as bench:
        await brought(bench, member=member)
        assert await fills(bench, there, 270, 271, 272) == points  # 19.93, 20.00, 20.07
        assert [one.due for one in sales(bench)] == [19_93, 20_00, 20_07]
        assert [one.reward is not None for one in sales(bench)] == [bool(p) for p in points]
    assert await bench.ledger.open_intents() == []


async def test_what_bonus_paid_of_a_fill_is_no_spend_for_whoever_brought_them() -> None:
    there = Forecourt(*NOZZLES)
    async with Bench(policy=BRINGS[Trigger.EACH_SPEND], forecourt=Near(there)) as bench:
        await brought(bench, bonus=60_01)
        assert await fills(bench, there, 271, 272) == [100, 100]  # 19.99 of principal were left
        assert [one.due for one in sales(bench)] == [20_00, 20_07]


async def test_a_card_that_is_not_for_stored_value_holds_none() -> None:
    there = Forecourt(*NOZZLES)
    shop = replace(SHOP, card_kinds=(CardKind(name="back", shown="返现卡", uses=(CardUse.CASHBACK,)),))
    async with Bench(policy=shop, forecourt=Near(there)) as bench:
        await to_the_card(bench, how="sum", much="50")
        await bench.tap(WANG_CARD)
        assert (bench.state, bench.screen.code) == (State.DECLINED, CardNotFor.code)
        assert (there.fills, commands(bench, BookHold), commands(bench, BookIntent)) == ({}, [], [])
        assert await wang(bench) == 110_00


@pytest.mark.parametrize("flowed", [0, 123])
async def test_what_a_power_cut_left_behind_is_settled_at_the_next_start(flowed: int) -> None:
    there, ledger = Forecourt(*NOZZLES), FaultyLedger()
    bench, _ = bench_of(there, ledger)
    async with bench:
        await released(bench)
        if flowed:
            there.pump(1, flowed)
    there.hang(1)
    again, near = bench_of(there, ledger, run=48)
    near.away = True
    async with again:
        await again.time.pass_s(5)
        assert sales(again) == []
        near.away = False
        await again.time.pass_s(2)
        assert await ledger.open_intents() == []
        assert [one.due for one in sales(again)] == ([9_08] if flowed else [])
        assert len(commands(again, BookRelease)) == (0 if flowed else 1)
        assert await wang(again) == 110_00 - (9_08 if flowed else 0)
        assert there.open() == []
    third, _ = bench_of(there, ledger, run=49)
    async with third:
        await third.time.pass_s(60)
        assert len(sales(third)) == (1 if flowed else 0)


async def test_a_sale_whose_controller_did_not_hear_it_is_told_again_and_not_sold_again() -> None:
    there, ledger = Forecourt(*NOZZLES), FaultyLedger()
    bench, _ = bench_of(there, ledger)
    async with bench:
        await released(bench)
        there.pump(1, 100)
        there.hang(1)
        await bench.time.pass_s(2)
    there.settled.clear()
    again, _ = bench_of(there, ledger, run=1)
    async with again:
        await again.time.pass_s(2)
        assert there.open() == []
        assert len(sales(again)) == 1


@pytest.mark.parametrize("heard", [True, False])
async def test_a_release_whose_answer_is_lost_is_asked_about(heard: bool) -> None:  # noqa: FBT001  a column
    there = Forecourt(*NOZZLES)
    bench, near = bench_of(there)
    async with bench:
        near.mute, near.deaf = heard, not heard
        await released(bench, how="sum", much="50")
        assert bench.screen.code == NozzleInDoubt.code
        near.mute = near.deaf = False
        if heard:
            there.pump(1, 100)
            there.hang(1)
        await bench.time.pass_s(2)
        assert len(sales(bench)) == (1 if heard else 0)
        assert await wang(bench) == 110_00 - (7_38 if heard else 0)
        assert await bench.ledger.open_intents() == []


async def test_a_nozzle_that_is_not_released_holds_nothing() -> None:
    there = Forecourt(*NOZZLES)
    bench, _ = bench_of(there)
    async with bench:
        there.by_hand(1, 100)
        await released(bench, how="sum", much="50")
        assert bench.screen.code == NozzleBusy.code
        assert await wang(bench) == 110_00
        assert await bench.ledger.open_intents() == []
        (end,) = commands(bench, BookIntentEnd)
        assert isinstance(end, BookIntentEnd)
        assert end.evidence == "nozzle 1: busy"
        await bench.touch("done")
        await to_the_card(bench, nozzle="4")
        there.priced("0", 6_92)
        await bench.tap(WANG_CARD)
        await bench.touch("confirm")
        assert bench.screen.code == NozzlePrice.code
        assert await wang(bench) == 110_00


async def test_a_dispenser_that_shows_another_price_than_the_station_has_published_releases_nothing() -> None:
    there = Forecourt(*NOZZLES)
    bench, _ = bench_of(there)
    async with bench:
        there.priced("92", 7_26)
        await bench.touch("start", "release")
        await bench.scan(BADGE)
        await bench.touch("pick", "1")
        assert bench.screen.code == NozzlePrice.code
        await bench.touch("done")
        fuel = Article(sku="fuel-92", name="n", category="c", price=7_26, measured=Measured.CENTILITRE)
        bench.counter.sells(replace(bench.counter.offer, articles=Listed([fuel])))
        await released(bench, how="sum", much="50")
        there.pump(1, 400)
        there.hang(1)
        await bench.time.pass_s(2)
        assert [sale.due for sale in sales(bench)] == [29_04]


async def test_litres_that_are_keyed_cost_what_the_station_has_published() -> None:
    bench, _ = bench_of(Forecourt(*NOZZLES))
    async with bench:
        fuel = Article(sku="fuel-92", name="n", category="c", price=7_26, measured=Measured.CENTILITRE)
        bench.counter.sells(replace(bench.counter.offer, articles=Listed([fuel])))
        await bench.touch("start", "join")
        await bench.scan(BADGE)
        await bench.touch("skip")
        await bench.touch("pick", "92")
        assert [line.value for line in bench.screen.lines] == ["¥7.26"]


async def test_a_nozzle_that_is_gone_meanwhile_holds_nothing() -> None:
    there = Forecourt(*NOZZLES)
    bench, _ = bench_of(there)
    async with bench:
        await to_the_card(bench, how="sum", much="50")
        await bench.tap(WANG_CARD)
        del there.nozzles[1]
        await bench.touch("confirm")
        assert bench.screen.code == NozzleRefused.code
        assert await wang(bench) == 110_00
        assert await bench.ledger.open_intents() == []


async def test_a_fill_that_codes_were_refused_for_too_often_is_paid_in_another_way_and_has_ended(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    there, books = Forecourt(*NOZZLES), AcquirerBooks(InOrder())
    bench, _ = bench_of(there, acquirer=NearAcquirer(books))

    async def until_paid(way: str) -> None:
        await bench.scan(BADGE)
        await bench.touch("skip")
        await bench.touch("pick", bench.screen.choices[0].value)
        await bench.touch("pick", way)

    async with bench:
        there.by_hand(1, 10_00)
        (fill,) = there.open()
        monkeypatch.setattr("terminal.desk.filling.SALES_MAX", 0)
        await until_paid("code")
        await bench.scan(WECHAT)
        assert bench.screen.code == FillSoldTooOften.code
        assert (bench.booked, books.payments) == ([], {})
        await bench.time.pass_s(10)
        await until_paid("cash")
        await bench.key("100")
        await bench.touch("confirm")
        (sale,) = sales(bench)
        assert (sale.id, sale.due) == (last_of(fill.id), 73_80)
        await bench.time.pass_s(10)
        assert there.open() == []


async def test_more_than_is_there_is_not_held_and_nothing_released() -> None:
    there = Forecourt(*NOZZLES)
    bench, _ = bench_of(there)
    async with bench:
        await to_the_card(bench, how="sum", much="110.01")
        await bench.tap(WANG_CARD)
        assert bench.screen.code == "51"
        assert (there.fills, commands(bench, BookHold), commands(bench, BookIntent)) == ({}, [], [])


async def test_what_is_refused_at_the_last_moment_ends_its_intent() -> None:
    """Somebody was quicker with the same value."""
    there = Forecourt(*NOZZLES)
    bench, _ = bench_of(there)
    async with bench:
        await to_the_card(bench, how="sum", much="110")
        await bench.tap(WANG_CARD)
        bench.ledger.fails_at = BookHold
        await bench.touch("confirm")
        assert there.fills == {}
        assert await bench.ledger.open_intents() == []


async def test_the_last_answer_no_holds_nothing() -> None:
    there = Forecourt(*NOZZLES)
    bench, _ = bench_of(there)
    async with bench:
        await to_the_card(bench)
        await bench.tap(WANG_CARD)
        await bench.touch("cancel")
        assert (there.fills, commands(bench, BookIntent)) == ({}, [])


async def test_a_fill_that_the_ledger_does_not_take_yet_is_tried_on_and_told_of_once(
    caplog: pytest.LogCaptureFixture,
) -> None:
    there, ledger = Forecourt(*NOZZLES), FaultyLedger()
    bench, _ = bench_of(there, ledger)
    async with bench:
        await released(bench)
        there.pump(1, 100)
        ledger.fails_at = BookSale
        there.hang(1)
        await bench.time.pass_s(60)
        assert sales(bench) == []
        assert caplog.text.count("a fill is not settled yet: nozzle=1 why=") == 1
        ledger.fails_at = None
        await bench.time.pass_s(2)
        assert [sale.due for sale in sales(bench)] == [7_38]


async def test_a_card_that_was_lost_meanwhile_pays_what_flowed_and_is_not_named() -> None:
    there = Forecourt(*NOZZLES)
    bench, _ = bench_of(there)
    async with bench:
        await released(bench)
        lost = BookCardState(
            id=bench.counter.new_id(),
            at=bench.session.occasion(),
            card=CardId("c-wang"),
            state=CardState.LOST,
        )
        await bench.ledger.submit(lost)
        there.pump(1, 100)
        there.hang(1)
        await bench.time.pass_s(2)
        (sale,) = sales(bench)
        assert (sale.card, sale.wallet, sale.due) == (None, "w-wang", 7_38)


async def test_what_flows_beyond_what_is_held_is_sold_at_the_counter() -> None:
    there = Forecourt(*NOZZLES)
    bench, _ = bench_of(there)
    async with bench:
        await released(bench, how="sum", much="50")
        there.presets.clear()  # A dispenser that does not stop.
        there.pump(1, 700)
        there.hang(1)
        await bench.time.pass_s(2)
        assert sales(bench) == []
        assert await wang(bench) == 110_00
        assert await bench.ledger.open_intents() == []
        await bench.touch("done")
        await paid_in_cash(bench)
        (sale,) = sales(bench)
        fill = next(iter(there.fills))
        assert (sale.id, sale.due) == (sale_of(fill, 1), 51_66)
        await bench.time.pass_s(2)
        assert there.open() == []


@pytest.mark.parametrize(
    ("how", "much", "centilitres", "fen", "due"),
    [
        ("sum", "50", 678, 50_01, [50_00]),  # 6.78 L may show 50.00 to 50.07.
        ("sum", "50", 678, 50_07, [50_00]),
        ("sum", "50", 677, 50_00, [50_00]),
        ("full", "", 1_491, 110_03, [110_00]),  # All that is there is held.
        ("sum", "50", 679, 50_08, []),  # A hundredth beyond: the counter sells it.
    ],
)
async def test_an_amount_that_is_above_what_is_held_by_its_rounding_alone_is_settled_at_what_is_held(
    how: str, much: str, centilitres: int, fen: int, due: list[int]
) -> None:
    there = Forecourt(*NOZZLES)
    bench, _ = bench_of(there)
    async with bench:
        await released(bench, how=how, much=much)
        there.pump(1)
        (id_,) = there.fills
        there.fills[id_] = replace(there.fills[id_], centilitres=centilitres, fen=fen)
        there.hang(1)
        await bench.time.pass_s(2)
        assert [sale.due for sale in sales(bench)] == due
        assert await wang(bench) == 110_00 - sum(due)
        assert [one.record.fen for one in sales(bench) if one.record] == [fen] * len(due)


async def paid_in_cash(bench: Bench) -> None:
    """The first fill that waits, by a stranger."""
    await bench.scan(BADGE)
    await bench.touch("skip")
    assert bench.state is State.CHOOSING
    await bench.touch("pick", bench.screen.choices[0].value)
    await bench.touch("pick", "cash")
    await bench.key("100")
    await bench.touch("confirm")
    assert bench.state is State.APPROVED
    await bench.touch("done")


async def test_what_is_paid_afterwards_waits_and_is_sold_once_by_the_dispensers_record() -> None:
    there, ledger = Forecourt(*NOZZLES), FaultyLedger()
    bench, near = bench_of(there, ledger)
    async with bench:
        await to_the_card(bench, how="sum", much="300")
        await bench.touch("skip")
        await bench.touch("confirm")
        assert bench.screen.title.text == "Released. It is paid afterwards, under Fuel and join."
        await bench.touch("done")
        assert (commands(bench, BookIntent), commands(bench, BookHold)) == ([], [])
        there.pump(1, 1_237, 91_29)
    there.hang(1)  # Interrupted by a power cut: what flowed is charged.
    again, near = bench_of(there, ledger, run=1)
    async with again:
        near.away = False
        await paid_in_cash(again)
        (sale,) = sales(again)
        (fill,) = there.fills
        assert sale.id == sale_of(fill)
        assert (sale.lines[0].quantity, sale.lines[0].gross, sale.rounding) == (1_237, 91_29, 9)
        await again.time.pass_s(2)
        assert there.open() == []
        await again.scan(BADGE)
        await again.touch("skip")
        assert [one.value for one in again.screen.choices] == ["92", "0", ""]


async def test_a_fill_that_was_sold_is_not_offered_while_the_controller_has_not_heard_it() -> None:
    there = Forecourt(*NOZZLES)
    bench, _ = bench_of(there)
    async with bench:
        there.by_hand(1, 500)
        await paid_in_cash(bench)
        there.settled.clear()
        await bench.scan(BADGE)
        await bench.touch("skip")
        assert [one.value for one in bench.screen.choices] == ["92", "0", ""]


async def test_a_fill_by_hand_under_an_id_that_was_sold_is_told_of_and_stays_at_the_controller() -> None:
    there = Forecourt(*NOZZLES)
    bench, _ = bench_of(there)
    async with bench:
        first = there.by_hand(1, 1_000)
        await bench.time.pass_s(31)
        await bench.touch("start", "join")
        await paid_in_cash(bench)
        await bench.time.pass_s(2)
        assert ([sale.due for sale in sales(bench)], there.open()) == ([73_80], [])
        there.settled.clear()  # It counts its own fills from the beginning again.
        again = replace(first, centilitres=5_000, fen=369_00)
        there.fills[first.id] = again
        await bench.time.pass_s(61)
        await bench.time.pass_s(5)
        assert (there.open(), notice(bench)) == ([again], FillUnclear.code)
        there.settled.add(first.id)  # By hand, once it is paid.
        await bench.time.pass_s(31)
        assert notice(bench) == ""


async def test_a_fill_of_a_grade_that_is_not_named_is_not_offered() -> None:
    there = Forecourt(Nozzle(number=3, grade="98", price=8_99))
    bench, _ = bench_of(there)
    async with bench:
        there.by_hand(3, 500)
        await bench.scan(BADGE)
        await bench.touch("skip")
        assert [one.value for one in bench.screen.choices] == ["92", "0", ""]


async def test_a_fill_that_is_held_for_is_not_offered() -> None:
    there = Forecourt(*NOZZLES)
    bench, _ = bench_of(there)
    async with bench:
        await released(bench)
        await bench.touch("done")
        there.pump(1, 100)
        there.hang(1)
        await bench.scan(BADGE)
        await bench.touch("skip")
        assert [one.value for one in bench.screen.choices] == ["92", "0", ""]


async def test_a_settled_fill_that_is_voided_gives_its_value_back() -> None:
    there = Forecourt(*NOZZLES)
    bench, _ = bench_of(there)
    async with bench:
        await released(bench)
        there.pump(1, 100)
        there.hang(1)
        await bench.time.pass_s(2)
        (sale,) = sales(bench)
        void = BookVoid(id=bench.counter.new_id(), at=bench.session.occasion(), of=sale.id, why="keyed_wrong")
        await bench.ledger.submit(void)
        await bench.time.pass_s(120)
        assert await bench.ledger.look_up(release_of(hold_of(next(iter(there.fills))))) is not None
        assert await wang(bench) == 110_00


async def voided(bench: Bench) -> None:
    """The fill that was sold last."""
    id_, at, of = bench.counter.new_id(), bench.session.occasion(), sales(bench)[-1].id
    await bench.ledger.submit(BookVoid(id=id_, at=at, of=of, why="keyed_wrong"))


async def sold_and_voided(bench: Bench, there: Forecourt, how: str = "sum", much: str = "50") -> None:
    await released(bench, how=how, much=much)
    there.pump(1, 100)
    there.hang(1)
    await bench.time.pass_s(3)
    await voided(bench)


CUT_S = 16 * 3_600
"""From the beginning of a bench's time on: there another business day begins."""


@pytest.mark.parametrize("before_s", [10, 20, 29])
async def test_a_fill_that_is_voided_before_the_cut_of_the_day_gives_its_value_back_after_it(
    before_s: int,
) -> None:
    there = Forecourt(*NOZZLES)
    bench = Bench(policy=SHOP, forecourt=Near(there), time=ManualTime((CUT_S - before_s - 3) * 1_000))
    async with bench:
        await sold_and_voided(bench, there)
        before = bench.session.occasion().business_day
        await bench.time.pass_s(31)
        assert bench.session.occasion().business_day > before
        assert await wang(bench) == 110_00


@pytest.mark.parametrize(("days", "back"), [(1, True), (31, True), (32, False)])
async def test_a_terminal_that_was_off_since_the_void_gives_the_value_back(
    days: int,
    back: bool,  # noqa: FBT001  a column
) -> None:
    there, ledger = Forecourt(*NOZZLES), FaultyLedger()
    first, _ = bench_of(there, ledger)
    async with first:
        await sold_and_voided(first, there)
    again, _ = bench_of(there, ledger, run=24 * days)
    async with again:
        await again.time.pass_s(3)
        assert await wang(again) == (110_00 if back else 60_00)


async def test_a_voided_fill_does_not_wait_for_another_that_is_not_over() -> None:
    there = Forecourt(*NOZZLES)
    bench, _ = bench_of(there)
    async with bench:
        await released(bench, nozzle="4", how="sum", much="10")
        await bench.touch("done")
        await sold_and_voided(bench, there)
        await bench.time.pass_s(31)
        assert await wang(bench) == 100_00
        assert [one.nozzle for one in there.open()] == [4]


@pytest.mark.parametrize(
    ("stage", "litres", "fen", "right"),
    [
        (Stage.CANCELLED, 300, 22_14, Stage.ENDED),
        (Stage.ENDED, 300, 0, Stage.ENDED),  # Fuel for nothing is no fill of nothing.
        (Stage.ENDED, 0, 22_14, Stage.ENDED),
        (Stage.ENDED, 300, 23_14, Stage.ENDED),
    ],
)
async def test_of_a_record_that_contradicts_itself_nothing_is_booked_until_it_is_right(
    stage: Stage, litres: int, fen: int, right: Stage
) -> None:
    there = Forecourt(*NOZZLES)
    bench, _ = bench_of(there)
    async with bench:
        await released(bench, how="sum", much="50")
        (id_,) = there.fills
        there.fills[id_] = replace(there.fills[id_], stage=stage, centilitres=litres, fen=fen)
        await bench.time.pass_s(40)
        assert (sales(bench), await wang(bench), there.settled) == ([], 60_00, set())
        there.fills[id_] = replace(there.fills[id_], stage=right, centilitres=300, fen=22_14)
        await bench.time.pass_s(3)
        assert [sale.due for sale in sales(bench)] == [22_14]
        assert await wang(bench) == 110_00 - 22_14


async def test_a_fill_by_hand_that_contradicts_itself_is_not_settled_unsold() -> None:
    there = Forecourt(*NOZZLES)
    bench, _ = bench_of(there)
    async with bench:
        filled = there.by_hand(1, 300)
        there.fills[filled.id] = replace(filled, fen=0)
        await bench.time.pass_s(31)
        assert len(there.open()) == 1


@pytest.mark.parametrize(
    "wrong",
    [
        {"centilitres": 100, "fen": 7_46},
        {"centilitres": 100, "fen": 7_38, "grade": "95X"},
        {"centilitres": 100, "fen": 7_38, "stage": Stage.CANCELLED},
        {"price": 1_00, "fen": 1_00},
        {"price": 7_26, "fen": 7_26},
        {"nozzle": 4},
        {"grade": "0"},
        {"nozzle": 4, "grade": "0", "price": 7_05, "fen": 7_05},
    ],
)
async def test_a_record_that_stays_unclear_is_told_of_and_one_that_is_right_soon_is_not(
    wrong: dict[str, Any], caplog: pytest.LogCaptureFixture
) -> None:
    there = Forecourt(*NOZZLES)
    bench, near = bench_of(there)
    async with bench:
        await released(bench, how="sum", much="50")
        (id_,) = there.fills
        there.pump(1, 100)
        right = there.hang(1)
        assert right is not None
        there.fills[id_] = replace(right, **wrong)
        await bench.time.pass_s(1)
        assert notice(bench) == ""
        await bench.time.pass_s(5)
        assert notice(bench) == FillUnclear.code
        assert [one.message.startswith("a record cannot") for one in caplog.records].count(True) == 1
        near.away = True
        await bench.time.pass_s(5)
        assert notice(bench) == FillUnclear.code
        near.away = False
        there.fills[id_] = right
        await bench.time.pass_s(3)
        assert (notice(bench), [sale.due for sale in sales(bench)]) == ("", [7_38])


@pytest.mark.parametrize("says", [7_26, 1_00, 0])
async def test_the_price_of_the_release_stands_whichever_the_record_says(says: int) -> None:
    there = Forecourt(*NOZZLES)
    bench, _ = bench_of(there)
    async with bench:
        await released(bench, how="sum", much="50")
        (id_,) = there.fills
        there.pump(1, 400)
        right = there.hang(1)
        assert right is not None
        there.fills[id_] = replace(right, price=says)
        await bench.time.pass_s(2)
        ((line,),) = [sale.lines for sale in sales(bench)]
        assert (line.unit_price, line.quantity, line.net) == (7_38, 400, 29_52)
        assert notice(bench) == ""


async def test_it_stands_at_the_counter_too_where_more_flowed_than_was_held() -> None:
    there = Forecourt(*NOZZLES)
    bench, _ = bench_of(there)
    async with bench:
        await released(bench, how="sum", much="50")
        (id_,) = there.fills
        right = replace(there.fills[id_], stage=Stage.ENDED, price=7_26, centilitres=700, fen=51_66)
        there.fills[id_] = right
        await bench.time.pass_s(2)
        (fill,) = await bench.counter.unpaid_fills()
        assert (fill.grade.price, fill.fen, sales(bench)) == (7_38, 51_66, [])
        there.fills[id_] = replace(right, nozzle=4)
        await bench.time.pass_s(35)
        assert (list(await bench.counter.unpaid_fills()), notice(bench)) == ([], FillUnclear.code)
        assert bench.counter.unclear_fills() == 1


async def test_nothing_flowed_whatever_the_record_says_of_nozzle_and_price() -> None:
    there = Forecourt(*NOZZLES)
    bench, _ = bench_of(there)
    async with bench:
        await released(bench, how="sum", much="50")
        (id_,) = there.fills
        there.fills[id_] = replace(there.fills[id_], stage=Stage.CANCELLED, nozzle=4, grade="0", price=7_05)
        await bench.time.pass_s(2)
        assert (await wang(bench), notice(bench)) == (110_00, "")
        assert await bench.ledger.open_intents() == []


@pytest.mark.parametrize("after_s", [-30, 30, 3 * 86_400])
async def test_a_price_that_was_locked_at_the_release_stands_after_the_cut_of_the_day(after_s: int) -> None:
    there, ledger, unit = Forecourt(*NOZZLES), FaultyLedger(), lock_unit("92", 7_00)
    async with at_the_cut(there, ledger, -60) as bench:
        day = bench.session.occasion().business_day
        await bench.ledger.gives(WANG, (Grant(unit=unit, amount=100_00, until=day),))
        await released(bench, how="sum", much="50")
        there.pump(1, 400)
    there.hang(1)
    async with at_the_cut(there, ledger, after_s) as bench:
        assert (bench.session.occasion().business_day > day) is (after_s > 0)
        await bench.time.pass_s(3)
        (sale,) = sales(bench)
        assert (sale.due, [(one.unit, one.litres) for one in sale.locked]) == (28_00, [(unit, 400)])


def at_the_cut(there: Forecourt, ledger: FaultyLedger, after_s: int) -> Bench:
    """Started so long after the end of the first business day."""
    time = ManualTime((57_600 + after_s) * 1_000)
    return Bench(policy=SHOP, ledger=ledger, forecourt=Near(there), time=time)


@pytest.mark.parametrize("wrong", [{"fen": 7_46}, {"grade": "95X"}])
async def test_an_unclear_record_of_what_was_released_by_hand_is_told_of(wrong: dict[str, Any]) -> None:
    there = Forecourt(*NOZZLES)
    bench, _ = bench_of(there)
    async with bench:
        right = there.by_hand(1, 100)
        there.fills[right.id] = replace(right, **wrong)
        await bench.time.pass_s(33)
        assert notice(bench) == FillUnclear.code
        there.fills[right.id] = right
        await bench.time.pass_s(31)
        assert notice(bench) == FillsUnpaid.code


def notice(bench: Bench) -> str:
    return bench.counter.view().status.notice_code


async def test_without_a_controller_no_nozzle_is_offered() -> None:
    bench = Bench(policy=SHOP)
    async with bench:
        assert "release" not in {one.value for one in bench.screen.choices}
        assert bench.counter.filling is None


async def test_a_controller_that_is_away_says_so() -> None:
    bench, near = bench_of(Forecourt(*NOZZLES))
    async with bench:
        near.away = True
        await bench.touch("start", "release")
        await bench.scan(BADGE)
        assert bench.screen.code == "A350"
    await settled()


@pytest.mark.parametrize(("litres", "fen"), [(0, 0), (0, 3), (1, 0)])
async def test_a_nozzle_that_was_lifted_and_hung_up_gives_all_back_and_is_free(litres: int, fen: int) -> None:
    there = Forecourt(*NOZZLES)
    bench, _ = bench_of(there)
    async with bench:
        await released(bench)
        (id_,) = there.fills
        there.fills[id_] = replace(there.fills[id_], stage=Stage.ENDED, centilitres=litres, fen=fen)
        await bench.time.pass_s(3)
        assert sales(bench) == []
        assert await wang(bench) == 110_00
        assert await bench.ledger.open_intents() == []
        assert there.open() == []


async def test_a_fill_of_nothing_that_nobody_holds_for_is_not_offered_and_frees_its_nozzle() -> None:
    there = Forecourt(*NOZZLES)
    bench, _ = bench_of(there)
    async with bench:
        filled = there.by_hand(1, 100)
        there.fills[filled.id] = replace(filled, centilitres=0, fen=0)
        await bench.scan(BADGE)
        await bench.touch("skip")
        assert [one.value for one in bench.screen.choices] == ["92", "0", ""]
        await bench.time.pass_s(31)
        assert there.open() == []


class Slow(Near):
    """Answers a release only when the test lets it."""

    def __init__(self, there: Forecourt) -> None:
        super().__init__(there)
        self.gate = asyncio.Event()

    async def release(self, id_: str, nozzle: int, price: int, preset: Preset) -> Dispensed | NotReleased:
        await self.gate.wait()
        return await super().release(id_, nozzle, price, preset)


async def test_what_is_being_released_is_not_asked_for_meanwhile() -> None:
    """Asked for an id that it never heard, the controller would never release it."""
    there = Forecourt(*NOZZLES)
    near = Slow(there)
    bench = Bench(policy=SHOP, forecourt=near)
    async with bench:
        await released(bench, how="sum", much="50")
        await bench.time.pass_s(35)
        assert there.fills == {}
        near.gate.set()
        await settled()
        assert [one.stage for one in there.fills.values()] == [Stage.RELEASED]


async def test_where_a_card_does_not_reach_the_same_screen_goes_on() -> None:
    there = Forecourt(*NOZZLES)
    bench, _ = bench_of(there)
    async with bench:
        await to_the_card(bench, how="sum", much="110.01")
        await bench.tap(WANG_CARD)
        assert (bench.state, bench.screen.code) == (State.DECLINED, "51")
        await bench.touch("done")
        assert [one.value for one in bench.screen.choices[:3]] == ["less", "other", "later"]
        await bench.touch("pick", "less")
        await bench.touch("pick", "sum")
        await bench.key("20")
        await bench.touch("confirm")
        (hold,) = commands(bench, BookHold)
        assert isinstance(hold, BookHold)
        assert (hold.amount, await wang(bench)) == (20_00, 90_00)
        await bench.touch("done")
        await to_the_card(bench, nozzle="4", how="sum", much="90.01")
        await bench.tap(WANG_CARD)
        await bench.touch("done")
        await bench.touch("pick", "later")
        await bench.touch("confirm")
        assert bench.screen.title.text == "Released. It is paid afterwards, under Fuel and join."
        assert len(commands(bench, BookHold)) == 1
        assert await wang(bench) == 90_00
        assert len(there.fills) == 2


HALF = {"rule": "percent_off", "name": "会员日", "members": True, "pay": 50}


async def with_litres(bench: Bench, litres: int) -> None:
    grants = (Grant(unit="litres:92", amount=litres),)
    await bench.ledger.gives(WANG, grants)


async def test_litres_paid_ahead_settle_the_fill_at_list_price_and_earn_nothing() -> None:
    there = Forecourt(*NOZZLES)
    bench, _ = bench_of(there, tariff=parsed([("half", HALF)])[0])
    async with bench:
        await with_litres(bench, 10_00)
        await to_the_card(bench)
        await bench.tap(WANG_CARD)
        await bench.touch("pick", "ahead")
        await bench.touch("confirm")
        (intent,), (hold,) = commands(bench, BookIntent), commands(bench, BookHold)
        assert isinstance(intent, BookIntent)
        assert isinstance(hold, BookHold)
        assert (intent.amount, hold.amount, hold.unit) == (0, 10_00, "litres:92")
        there.pump(1, 4_00)
        there.hang(1)
        await bench.time.pass_s(2)
        (sale,) = sales(bench)
        assert (sale.id, sale.due, sale.points, sale.reward) == (sale_of(intent.id), 29_52, (), None)
        assert sale.lines[0].discounts == ()
        assert sale.tenders == (Tender(kind=TenderKind.HELD, amount=29_52, of=hold.id, units=4_00),)
        assert (sale.at.operator, sale.card) == ("E01", CardId("c-wang"))
        assert await wang(bench) == 110_00
        assert there.open() == []


async def test_a_card_for_uses_alone_fills_with_the_litres_that_were_paid_ahead_on_it() -> None:
    there = Forecourt(*NOZZLES)
    kinds = (CardKind(name="count", shown="次卡", uses=(CardUse.COUNT,)),)
    async with Bench(policy=replace(SHOP, card_kinds=kinds), forecourt=Near(there)) as bench:
        await with_litres(bench, 10_00)
        await to_the_card(bench)
        await bench.tap(WANG_CARD)
        await bench.touch("pick", "ahead")
        await bench.touch("confirm")
        there.pump(1, 4_00)
        there.hang(1)
        await bench.time.pass_s(2)
        (sale,) = sales(bench)
        assert [(one.kind, one.units) for one in sale.tenders] == [(TenderKind.HELD, 4_00)]
        assert await wang(bench) == 110_00


@pytest.mark.parametrize(("flowed", "settled"), [(10_00, 1), (10_01, 0)])
async def test_more_than_is_held_of_them_is_left_to_the_counter(flowed: int, settled: int) -> None:
    there = Forecourt(*NOZZLES)
    bench, _ = bench_of(there)
    async with bench:
        await with_litres(bench, 10_00)
        await to_the_card(bench)
        await bench.tap(WANG_CARD)
        await bench.touch("pick", "ahead")
        await bench.touch("confirm")
        there.pump(1, flowed)
        (id_,) = there.fills
        filled = there.fills[id_]
        there.fills[id_] = replace(filled, centilitres=flowed, fen=-(-flowed * 738 // 100))
        there.hang(1)
        await bench.time.pass_s(2)
        assert len(sales(bench)) == settled


C5 = CouponGrant(coupon="c5", kind="c5", face=5_00, threshold=25_00, until="2026-11-24")


async def with_coupon(bench: Bench, *, much: str = "50", coupon: str = "c5", face: int = 5_00) -> None:
    grant = BookGrant(
        id=bench.counter.new_id(),
        at=bench.session.occasion(),
        wallet=WANG.wallet,
        why="x",
        coupons=(replace(C5, face=face), replace(C5, coupon="far", kind="far", threshold=60_00)),
    )
    await bench.ledger.submit(grant)
    await to_the_card(bench, how="sum", much=much)
    await bench.tap(WANG_CARD)
    assert [one.value for one in bench.screen.choices[:-1]] == ["c5", "none"]
    await bench.touch("pick", coupon)
    await bench.touch("confirm")


def coupon_of(bench: Bench, coupon: str = "c5") -> int:
    return bench.ledger.balance(chart.coupon(WANG.wallet, coupon))


@pytest.mark.parametrize(
    ("flowed", "gross", "off"), [(400, 29_52, 5_00), (339, 25_02, 5_00), (338, 24_94, 0)]
)
async def test_a_coupon_that_was_set_aside_comes_off_from_its_threshold_on(
    flowed: int, gross: int, off: int
) -> None:
    there = Forecourt(*NOZZLES)
    bench, _ = bench_of(there)
    async with bench:
        await with_coupon(bench)
        (hold,) = commands(bench, BookHold)
        assert isinstance(hold, BookHold)
        assert (hold.coupon, coupon_of(bench)) == ("c5", 0)
        there.pump(1, flowed)
        there.hang(1)
        await bench.time.pass_s(2)
        (sale,) = sales(bench)
        assert (sale.lines[0].gross, sale.due) == (gross, gross - off)
        assert "预授权" in bench.printer.paper[-1]
        assert (sale.coupons_used, coupon_of(bench)) == (("c5",) if off else (), 0 if off else 1)
        assert await wang(bench) == 110_00 - gross + off


@pytest.mark.parametrize(("face", "flowed"), [(30_00, 400), (25_02, 339)])
async def test_a_fill_of_which_its_coupon_leaves_nothing_to_pay_is_sold_and_all_that_was_held_goes_back(
    face: int, flowed: int
) -> None:
    there = Forecourt(*NOZZLES)
    bench, _ = bench_of(there)
    async with bench:
        await with_coupon(bench, face=face)
        there.pump(1, flowed)
        there.hang(1)
        await bench.time.pass_s(2)
        (sale,) = sales(bench)
        assert (sale.due, sale.coupons_used, coupon_of(bench)) == (0, ("c5",), 0)
        assert "预授权" not in bench.printer.paper[-1]
        assert await wang(bench) == 110_00
        new_id, occasion = bench.counter.new_id, bench.session.occasion
        await bench.ledger.submit(BookVoid(id=new_id(), at=occasion(), of=sale.id, why="keyed_wrong"))
        await bench.time.pass_s(120)
        assert (await wang(bench), coupon_of(bench)) == (110_00, 1)


async def test_a_coupon_comes_back_where_nothing_flows() -> None:
    there = Forecourt(*NOZZLES)
    bench, _ = bench_of(there)
    async with bench:
        await with_coupon(bench)
        there.hang(1)
        await bench.time.pass_s(2)
        assert (coupon_of(bench), await wang(bench), sales(bench)) == (1, 110_00, [])


async def test_a_voided_fill_is_released_without_what_another_hold_set_aside_since() -> None:
    there = Forecourt(*NOZZLES)
    bench, _ = bench_of(there)
    async with bench:
        await with_coupon(bench)
        there.pump(1, 338)
        there.hang(1)
        await bench.time.pass_s(2)
        (sale,) = sales(bench)
        new_id, occasion = bench.counter.new_id, bench.session.occasion
        other = BookHold(
            id=new_id(), at=occasion(), wallet=WANG.wallet, card=None, for_what="x", amount=1_00, coupon="c5"
        )
        await bench.ledger.submit(other)
        await bench.ledger.submit(BookVoid(id=new_id(), at=occasion(), of=sale.id, why="keyed_wrong"))
        await bench.time.pass_s(120)
        assert await bench.ledger.look_up(release_of(hold_of(next(iter(there.fills))))) is not None
        assert await wang(bench) == 109_00
        aside = bench.ledger.balance(chart.held(WANG.wallet, other.id, "coupon:c5"))
        assert (coupon_of(bench), aside) == (0, 1)


async def test_whoever_wants_none_keeps_it() -> None:
    there = Forecourt(*NOZZLES)
    bench, _ = bench_of(there)
    async with bench:
        await with_coupon(bench, coupon="none")
        assert coupon_of(bench) == 1
        there.pump(1, 400)
        there.hang(1)
        await bench.time.pass_s(2)
        (sale,) = sales(bench)
        assert (sale.due, sale.coupons_used, coupon_of(bench)) == (29_52, (), 1)


async def test_it_comes_off_after_a_power_cut_of_days_that_it_did_not_last() -> None:
    there, ledger = Forecourt(*NOZZLES), FaultyLedger()
    bench, _ = bench_of(there, ledger)
    async with bench:
        await with_coupon(bench)
        there.pump(1, 400)
    there.hang(1)
    again, _ = bench_of(there, ledger, run=48)
    async with again:
        await again.time.pass_s(2)
        (sale,) = sales(again)
        assert (sale.at.business_day > "2026-11-24", sale.due, sale.coupons_used) == (True, 24_52, ("c5",))


async def test_a_fill_unlocks_coupons_for_goods() -> None:
    row = {
        "rule": "spend_coupon", "name": "for fuel", "reach": 20_00, "categories": ["petrol"],
        "kind": "shop", "face": 2_00, "threshold": 10_00,
    }  # fmt: skip
    there = Forecourt(*NOZZLES)
    bench, _ = bench_of(there, tariff=parsed([("unlocks", row)])[0])
    async with bench:
        await released(bench, how="sum", much="50")
        there.pump(1, 400)
        there.hang(1)
        await bench.time.pass_s(2)
        (sale,) = sales(bench)
        assert [one.kind for one in sale.coupons] == ["shop"]


VAN = CompanyCard(card="van-1", number=WANG_CARD.number[::-1], grades=("92",), day_litres=10_00)
HAULAGE = Company(company="haulage", name="运输", tier="silver", cards=(VAN,))
VAN_KEY = replace(WANG_CARD, number=VAN.number)
SILVER = {"rule": "litre_cut", "name": "cut", "cut": {"silver": {"petrol": 20}}}


async def of_the_company(bench: Bench, credit: int = 1_000_00) -> BookHold:
    await bench.ledger.funded("haulage", credit)
    await to_the_card(bench)
    await bench.tap(VAN_KEY)
    assert bench.state is State.CONFIRM
    await bench.touch("confirm")
    (hold,) = commands(bench, BookHold)
    assert isinstance(hold, BookHold)
    return hold


async def test_a_company_pays_what_flowed_at_its_tiers_price_and_the_rest_is_its_again() -> None:
    there = Forecourt(*NOZZLES)
    policy = replace(SHOP, companies=(HAULAGE,))
    tariff = parsed([("cut", SILVER)])[0]
    bench = Bench(policy=policy, forecourt=Near(there), tariff=tariff)
    async with bench:
        hold = await of_the_company(bench)
        assert (hold.amount, hold.wallet, hold.company) == (73_84, None, "haulage")
        there.pump(1, 4_00)
        there.hang(1)
        await bench.time.pass_s(2)
        (sale,) = sales(bench)
        assert (sale.due, sale.wallet, sale.points) == (29_52 - 80, None, ())
        assert sale.tenders == (Tender(kind=TenderKind.HELD, amount=28_72, of=hold.id, units=4_00),)
        assert sale.at.operator == "E01"
        credit, litres = (
            chart.company_credit("haulage"),
            chart.used(SiteId("S1"), "litres", sale.at.business_day, "haulage", "van-1"),
        )
        assert await bench.ledger.ask(lambda state: state.balance(credit)) == 1_000_00 - 28_72
        assert await bench.ledger.ask(lambda state: state.balance(litres)) == 4_00
        assert there.open() == []


async def test_a_settled_fill_of_a_company_that_is_voided_gives_its_credit_and_its_day_back() -> None:
    there = Forecourt(*NOZZLES)
    bench = Bench(policy=replace(SHOP, companies=(HAULAGE,)), forecourt=Near(there))
    async with bench:
        hold = await of_the_company(bench)
        there.pump(1, 4_00)
        there.hang(1)
        await bench.time.pass_s(2)
        (sale,) = sales(bench)
        void = BookVoid(id=bench.counter.new_id(), at=bench.session.occasion(), of=sale.id, why="keyed_wrong")
        await bench.ledger.submit(void)
        await bench.time.pass_s(31)
        day = sale.at.business_day
        accounts = (
            chart.company_credit("haulage"),
            chart.credit_held("haulage", hold.id),
            chart.used(SiteId("S1"), "litres", day, "haulage", "van-1"),
            chart.used(SiteId("S1"), "fen", day, "haulage", "van-1"),
        )
        assert [bench.ledger.balance(one) for one in accounts] == [1_000_00, 0, 0, 0]
        assert len(commands(bench, BookRelease)) == 1


@pytest.mark.parametrize(
    ("litres", "fen", "settled"), [(10_00, 73_80, 1), (10_00, 73_84, 1), (10_01, 73_84, 0), (10_00, 73_85, 0)]
)
async def test_what_is_more_than_was_held_of_a_company_is_left_to_the_counter(
    litres: int, fen: int, settled: int
) -> None:
    there = Forecourt(*NOZZLES)
    bench = Bench(policy=replace(SHOP, companies=(HAULAGE,)), forecourt=Near(there))
    async with bench:
        await of_the_company(bench)
        there.pump(1, 10_00)
        (id_,) = there.fills
        there.fills[id_] = replace(there.fills[id_], centilitres=litres, fen=fen)
        there.hang(1)
        await bench.time.pass_s(2)
        assert len(sales(bench)) == settled


@pytest.mark.parametrize(("fen", "settled"), [(73_76, 1), (73_81, 1), (73_84, 1), (73_85, 0)])
async def test_litres_are_settled_whatever_amount_the_dispenser_may_show_for_them(
    fen: int, settled: int
) -> None:
    there = Forecourt(*NOZZLES)
    bench, _ = bench_of(there)
    async with bench:
        await released(bench, how="litres", much="10")
        there.pump(1, 10_00)
        (id_,) = there.fills
        there.fills[id_] = replace(there.fills[id_], fen=fen)
        there.hang(1)
        await bench.time.pass_s(2)
        assert [sale.due for sale in sales(bench)] == [fen] * settled
        kept = fen if settled else 73_84  # Of a record beyond that nothing is booked: it is asked for again.
        assert await wang(bench) == 110_00 - kept


async def test_a_nozzle_that_is_stopped_charges_what_flowed_and_the_rest_comes_back() -> None:
    there = Forecourt(*NOZZLES)
    bench, _ = bench_of(there)
    async with bench:
        await released(bench, how="sum", much="50")
        await bench.touch("done")
        there.pump(1, 400)
        await bench.touch("start", "stop")
        assert bench.screen.title.values == {"number": "1"}
        assert bench.screen.title.text == "Nozzle {number} is stopped. What flowed is charged."
        await bench.time.pass_s(2)
        (sale,) = sales(bench)
        assert (sale.due, await wang(bench), there.open()) == (29_52, 110_00 - 29_52, [])


async def test_a_fill_that_nobody_paid_is_told_of_until_it_is_paid() -> None:
    there = Forecourt(*NOZZLES)
    bench, near = bench_of(there)
    async with bench:
        await bench.time.pass_s(31)
        assert bench.counter.view().status.notice_code == ""
        there.by_hand(1, 10_00)
        await bench.time.pass_s(31)
        assert bench.counter.view().status.notice_code == FillsUnpaid.code
        near.away = True
        await bench.time.pass_s(31)
        assert bench.counter.view().status.notice_code == FillsUnpaid.code, (
            "it is not paid because nobody answers"
        )
        near.away = False
        await bench.touch("start", "checkout")
        await bench.touch("fuel")
        await bench.touch("pick", "fill:hand-1")
        await bench.touch("done")
        await bench.touch("skip")
        await bench.key("100")
        await bench.touch("confirm")
        await bench.time.pass_s(2)
        assert len(sales(bench)) == 1
        assert bench.counter.view().status.notice_code == ""


async def test_what_is_stopped_and_nothing_is_held_for_is_said_to_wait() -> None:
    there = Forecourt(*NOZZLES)
    bench, _ = bench_of(there)
    async with bench:
        filled = there.by_hand(1, 400)
        there.fills[filled.id] = replace(filled, stage=Stage.FLOWING)
        await bench.touch("start", "stop")
        assert bench.screen.title.text == "Nozzle {number} is stopped. It is paid under Fuel and join."
        await bench.time.pass_s(31)
        assert notice(bench) == FillsUnpaid.code


async def test_of_two_nozzles_the_one_that_is_chosen_is_stopped_before_anything_flows() -> None:
    there = Forecourt(*NOZZLES)
    bench, _ = bench_of(there)
    async with bench:
        await released(bench, how="sum", much="50")
        await bench.touch("done")
        filled = there.by_hand(4, 400)
        there.fills[filled.id] = replace(filled, stage=Stage.FLOWING)
        await bench.touch("start", "stop")
        assert {one.value for one in bench.screen.choices[:-1]} == {"1", "4"}
        await bench.touch("pick", "1")
        assert bench.screen.title.text == "Nozzle {number} is stopped. Nothing flowed."
        await bench.time.pass_s(2)
        assert (await wang(bench), len(commands(bench, BookRelease))) == (110_00, 1)
        assert [one.nozzle for one in there.open()] == [4]


async def test_nothing_is_said_to_be_stopped_while_the_controller_is_away() -> None:
    there = Forecourt(*NOZZLES)
    bench, near = bench_of(there)
    async with bench:
        await released(bench, how="sum", much="50")
        await bench.touch("done")
        near.away = True
        await bench.touch("start", "stop")
        assert (bench.state, bench.screen.code) == (State.DECLINED, ForecourtAway.code)
        with pytest.raises(ForecourtAway):
            await bench.counter.filling.stop("f")  # type: ignore[union-attr]  # there is one


async def test_what_a_fill_came_to_is_said_aloud_though_nobody_stands_at_the_counter() -> None:
    there, mouth = Forecourt(*NOZZLES), Mouth()
    bench, _ = bench_of(there)
    async with bench:
        bench.beside.add(mouth)
        await released(bench, how="sum", much="50")
        await bench.touch("done")
        there.pump(1, 4_00)
        there.hang(1)
        await bench.time.pass_s(2)
        (sale,) = sales(bench)
        assert mouth.said == [(Outcome.PAID, sale.due)]
        assert mouth.opened == 0


async def test_training_waits_for_a_fill_that_only_the_shops_own_counter_settles() -> None:
    there = Forecourt(*NOZZLES)
    bench, near = bench_of(there)
    async with bench:
        await released(bench, how="sum", much="50")
        await bench.touch("done")
        for stage in (Stage.RELEASED, Stage.FLOWING):
            await bench.touch("start", "training")
            assert bench.state is State.SAYING
            assert "once its fill is over" in bench.title, stage
            await bench.touch("done")
            there.pump(1, 400)
        there.hang(1)
        await bench.time.pass_s(2)
        for away in (False, True):  # Nobody could say then, and nobody may be kept from training for that.
            near.away = away
            await bench.touch("start", "training")
            assert bench.title.startswith("Begin training?")
            await bench.touch("cancel")
            await bench.touch("done")


async def test_a_receipt_is_printed_again_from_its_own_screen_whatever_was_settled_meanwhile() -> None:
    there = Forecourt(*NOZZLES)
    bench, _ = bench_of(there)
    async with bench:
        await released(bench, how="sum", much="50")
        await bench.touch("done")
        await sells(bench)
        paid = bench.booked[-1].receipt_no
        there.pump(1, 400)
        there.hang(1)
        await bench.time.pass_s(2)
        assert (bench.state, len(sales(bench))) == (State.APPROVED, 2)
        settled_as = bench.booked[-1].receipt_no
        await bench.touch("reprint")
        *_, own, beside, again = bench.printer.paper
        assert paid in own
        assert settled_as in beside
        assert paid in again
        await bench.touch("done")
        await bench.touch("reprint")
        assert settled_as in bench.printer.paper[-1], "at rest it is the last one"


async def sells(bench: Bench) -> None:
    """One piece of milk for 3.50 in cash, up to its receipt."""
    await bench.scan(MILK_CODE)
    await bench.touch("done")
    await bench.touch("skip")
    await bench.key("3.50")
    await bench.touch("confirm")
