"""What is owed while something comes, at a running counter of a chain: on the screen, on the receipt."""

from __future__ import annotations

from msgspec.structs import replace

from terminal.core.accounts import coupon, debt, held_by
from terminal.core.cashback import CashbackRate
from terminal.core.screens import State
from tests.desk.fakes import MILK_CODE, Bench
from tests.desk.test_counter_coupons import ID, shown, with_coupon
from tests.flows.shop import POLICY, WANG, WANG_CARD

GIVES = replace(POLICY, cashback=CashbackRate(rate_bp=1000, pays_percent=20))
BACK = debt(held_by(WANG.wallet, "cashback"))


async def in_a_chain(bench: Bench) -> None:
    await bench.ledger.stands(replace(bench.ledger.standing(), hq_epoch=1))


async def buys(bench: Bench) -> None:
    """Two of milk for 7 yuan, in cash."""
    await bench.scan(MILK_CODE, MILK_CODE)
    await bench.touch("done")
    await bench.tap(WANG_CARD)
    await bench.touch("pick", "cash")
    await bench.touch("pick", "7.00")
    await bench.touch("confirm")
    assert bench.state is State.APPROVED


async def test_of_cashback_that_comes_it_is_said_what_goes_to_what_is_owed() -> None:
    async with Bench(policy=GIVES) as bench:
        await in_a_chain(bench)
        bench.ledger.balances[BACK] = -30
        await buys(bench)
        assert shown(bench)[2:4] == [("Cashback earned", "+¥0.70"), ("Settles cashback owed", "-¥0.30")]
        for said in ("抵欠回返现", "可用日期起", "欠回返现"):
            assert said in bench.screen.receipt


async def test_of_cashback_of_which_all_is_owed_no_day_of_use_is_said() -> None:
    async with Bench(policy=GIVES) as bench:
        await in_a_chain(bench)
        bench.ledger.balances[BACK] = -8_64
        await buys(bench)
        assert shown(bench)[2:4] == [("Cashback earned", "+¥0.70"), ("Settles cashback owed", "-¥0.70")]
        assert "可用日期起" not in bench.screen.receipt


async def test_where_nothing_is_owed_nothing_is_said_of_it() -> None:
    async with Bench(policy=GIVES) as bench:
        await in_a_chain(bench)
        await buys(bench)
        assert ("Cashback earned", "+¥0.70") in shown(bench)
        assert "owed" not in str(shown(bench))
        assert "欠回" not in bench.screen.receipt


async def test_a_coupon_that_comes_back_and_is_owed_is_told_so_before_and_after() -> None:
    async with Bench() as bench:
        await in_a_chain(bench)
        await with_coupon(bench)
        await bench.scan(MILK_CODE, MILK_CODE)
        await bench.touch("done")
        await bench.tap(WANG_CARD)
        await bench.touch("pick", ID)
        await bench.touch("pick", "cash")
        await bench.touch("pick", "5.00")
        await bench.touch("confirm")
        await bench.touch("done")
        bench.ledger.balances[debt(coupon(WANG.wallet, ID))] = -1
        await bench.touch("start", "void")
        await bench.scan(bench.booked[-1].receipt_no)
        await bench.touch("pick", "other")
        assert bench.state is State.CONFIRM, bench.title
        assert ("Coupons owed", "-1") in shown(bench)
        assert "Coupons" not in dict(shown(bench))
        await bench.touch("confirm")
        assert bench.state is State.APPROVED
        assert ("Coupons owed", "-1") in shown(bench)
        assert "Coupons" not in dict(shown(bench))


async def test_of_points_that_come_it_is_said_what_goes_to_points_that_are_owed() -> None:
    """A shop by itself settles them in the same entry."""
    async with Bench() as bench:
        bench.ledger.balances[debt(held_by(WANG.wallet, "points:goods"))] = -3
        await buys(bench)
        said = [("Goods points", "+7"), ("Settles points owed", "-3")]
        assert shown(bench)[1:3] == said
        assert "抵欠回积分" in bench.screen.receipt


async def test_where_a_headquarters_settles_points_the_sale_says_nothing_of_it() -> None:
    async with Bench() as bench:
        await in_a_chain(bench)
        bench.ledger.balances[debt(held_by(WANG.wallet, "points:goods"))] = -3
        await buys(bench)
        assert ("Goods points", "+7") in shown(bench)
        assert "Settles points owed" not in dict(shown(bench))
