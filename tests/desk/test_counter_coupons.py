"""Coupons at a running counter: offered with the card, handed over by code, kept by a parked cart."""

from __future__ import annotations

from typing import Any

import pytest
from msgspec.structs import replace

from terminal.core.commands import BookGrant, BookSale, CouponGrant
from terminal.core.parked import FRESH_MS
from terminal.core.pricing import Tariff, parsed
from terminal.core.rights import Want
from terminal.core.screens import State
from terminal.core.values import EntryId
from tests.desk.fakes import MILK_CODE, Bench
from tests.flows.shop import WANG, WANG_CARD

ID = "01a1ee56-5e32-7000-b6e6-772983daf498"
CODE = f"CP-{ID}"
TWO = CouponGrant(coupon=ID, kind="两元券", face=2_00, threshold=7_00)


async def with_coupon(bench: Bench, coupon: CouponGrant = TWO) -> None:
    last = next(reversed(bench.ledger.answers.values())).command
    await bench.ledger.submit(
        BookGrant(
            id=EntryId("00000000-0000-7000-8000-0000000000aa"),
            at=last.at,
            wallet=WANG.wallet,
            why="x",
            coupons=(coupon,),
        )
    )


def shown(bench: Bench) -> list[tuple[str, str]]:
    return [(line.label.text.format(**line.label.values), line.value) for line in bench.screen.lines]


def buttons(bench: Bench) -> list[str]:
    return [one.label.text.format(**one.label.values) for one in bench.screen.choices]


async def test_the_coupon_of_the_presented_member_is_offered_and_can_be_left_out() -> None:
    async with Bench() as bench:
        await with_coupon(bench)
        await bench.scan(MILK_CODE, MILK_CODE)
        await bench.touch("done")
        await bench.tap(WANG_CARD)
        assert (bench.title, buttons(bench)) == (
            "Which coupon comes off?",
            ["两元券: ¥5.00", "Without a coupon: ¥7.00", "Cancel"],
        )
        await bench.touch("pick", ID)
        assert (bench.screen.amount, shown(bench)) == (
            "¥5.00",
            [("牛奶 x 2", "¥7.00"), ("两元券", "-¥2.00")],
        )
        await bench.touch("pick", "stored")
        await bench.touch("confirm")
        sale = bench.booked[-1].command
        assert isinstance(sale, BookSale)
        assert (sale.due, sale.coupons_used) == (5_00, (ID,))


async def test_a_code_lies_in_the_cart_and_is_taken_out_again() -> None:
    async with Bench() as bench:
        await bench.scan(CODE)
        assert (bench.state, shown(bench)) == (State.CART, [(f"Coupon {'*' * 32}f498", "")])
        await bench.scan(MILK_CODE, CODE)
        (_, coupon) = bench.screen.lines
        assert coupon.ref == f"coupon:{ID}"
        await bench.touch("remove", coupon.ref)
        assert shown(bench) == [("牛奶 x 1", "¥3.50")]


async def test_a_parked_cart_keeps_its_coupon_for_a_while_from_other_carts_and_other_shops() -> None:
    async with Bench() as bench:
        await with_coupon(bench)
        await bench.scan(MILK_CODE, CODE)
        assert bench.counter.waited_for() == ()
        await bench.touch("park")
        assert bench.counter.waited_for() == (Want(account=f"wallet:{WANG.wallet}:coupon:{ID}", amount=1),)
        await bench.scan(MILK_CODE, CODE)
        assert (bench.state, bench.screen.code) == (State.CART, "A199")
        assert len(bench.screen.lines) == 1
        (parked,) = bench.parked.carts
        bench.parked.carts = [replace(parked, wall_ms=parked.wall_ms - FRESH_MS - 1)]
        await bench.scan(CODE)
        assert len(bench.screen.lines) == 2
        assert bench.counter.waited_for() == ()


async def test_taken_back_the_cart_has_its_coupon_still() -> None:
    async with Bench() as bench:
        await with_coupon(bench)
        await bench.scan(MILK_CODE, MILK_CODE, CODE)
        await bench.touch("park")
        await bench.touch("unpark", bench.parked.carts[0].id)
        assert len(bench.screen.lines) == 2
        await bench.touch("done")
        await bench.tap(WANG_CARD)
        assert bench.title == "Which coupon comes off?"


async def test_how_much_more_would_bring_the_coupon_is_said_where_it_is_paid() -> None:
    async with Bench() as bench:
        await with_coupon(bench)
        await bench.scan(MILK_CODE)
        await bench.touch("done")
        await bench.tap(WANG_CARD)
        assert (bench.title, shown(bench)) == (
            "How is it paid?",
            [("牛奶 x 1", "¥3.50"), ("¥3.50 more for 两元券", "")],
        )


def gift(**more: Any) -> Tariff:
    found, refused = parsed({"赠饮": {"rule": "coupon_gift", "name": "赠一件", **more}}.items())
    assert not refused
    return found


A_GIFT = CouponGrant(coupon=ID, kind="赠饮", face=0, threshold=0)


async def test_a_gift_leaves_nothing_to_pay_and_earns_nothing() -> None:
    async with Bench(tariff=gift()) as bench:
        await with_coupon(bench, A_GIFT)
        await bench.scan(MILK_CODE)
        await bench.touch("done")
        await bench.tap(WANG_CARD)
        assert buttons(bench) == ["赠一件: ¥0.00", "Without a coupon: ¥3.50", "Cancel"]
        await bench.touch("pick", ID)
        assert (bench.title, bench.screen.amount) == ("Nothing is due. Hand over the goods?", "")
        assert shown(bench) == [("牛奶 x 1", "¥3.50"), ("赠一件", "-¥3.50")]
        await bench.touch("confirm")
        sale = bench.booked[-1].command
        assert isinstance(sale, BookSale)
        assert (sale.due, sale.tenders, sale.points, sale.cashback) == (0, (), (), None)
        assert sale.coupons_used == (ID,)


async def test_the_free_piece_of_several_is_a_line_of_its_own_on_the_receipt() -> None:
    async with Bench(tariff=gift()) as bench:
        await with_coupon(bench, A_GIFT)
        await bench.scan(MILK_CODE, MILK_CODE, MILK_CODE)
        await bench.touch("done")
        await bench.tap(WANG_CARD)
        await bench.touch("pick", ID)
        assert shown(bench) == [
            ("牛奶 x 2", "¥7.00"),
            ("牛奶 x 1", "¥3.50"),
            ("赠一件", "-¥3.50"),
        ]
        await bench.touch("pick", "stored")
        await bench.touch("confirm")
        sale = bench.booked[-1].command
        assert isinstance(sale, BookSale)
        assert [(line.quantity, line.net) for line in sale.lines] == [(2, 7_00), (1, 0)]
        assert [one.points for one in sale.points] == [7]


@pytest.mark.parametrize(("until", "counted"), [("2020-12-31", False), ("2099-12-31", True), ("", True)])
async def test_a_receipt_does_not_count_a_coupon_that_is_over(until: str, *, counted: bool) -> None:
    """Which came back with a refund, say, after its last day."""
    async with Bench() as bench:
        await with_coupon(bench, replace(TWO, threshold=99_00, since="2020-01-01", until=until))
        await bench.scan(MILK_CODE)
        await bench.touch("done")
        await bench.tap(WANG_CARD)
        await bench.touch("pick", "stored")
        await bench.touch("confirm")
        assert ("优惠券" in bench.screen.receipt) is counted


async def test_of_each_code_that_is_not_good_it_is_said_and_the_sale_goes_on() -> None:
    others = [f"CP-01a1ee56-5e32-7000-b6e6-772983daf49{end}" for end in "9a"]
    async with Bench() as bench:
        await with_coupon(bench)
        await bench.scan(MILK_CODE, *others, CODE)
        await bench.touch("done")
        await bench.tap(WANG_CARD)
        for _ in others:
            assert (bench.state, bench.screen.code) == (State.DECLINED, "A109")
            await bench.touch("done")
        assert bench.state is State.SAYING
        await bench.touch("done")
        assert (bench.title, bench.screen.amount) == ("How is it paid?", "¥3.50")
        await bench.touch("pick", "stored")
        await bench.touch("confirm")
        assert bench.state is State.APPROVED
