"""What is owed at a site and headquarters settled is owed there no more: nobody loses it twice."""

from __future__ import annotations

from unittest import mock

import pytest

from hq.decisions import merge_members, write_off
from hq.memory import MemoryStore
from terminal.core.commands import (
    BookGrant,
    BookRecharge,
    BookRechargeRefund,
    BookRedeem,
    BookVoid,
    Grant,
    PointsEarned,
    RechargeRefundReason,
)
from terminal.core.directives import Grant as Granted
from terminal.core.errors import InsufficientFunds
from terminal.core.values import EntryId, SiteId, WalletId
from tests.hq.shop import Chain, Shop
from tests.hq.test_healing import Backup
from tests.hq.test_units import gift

POINTS, DEBT = "wallet:w1:points:goods", "wallet:w1:debt:points:goods"


@pytest.fixture
def memory() -> Chain:
    return Chain(MemoryStore())


async def settled(chain: Chain, account: str = POINTS) -> int:
    return next(one.settled for one in await chain.store.totals(chain.merchant) if one.account == account)


async def redeem(shop: Shop, points: int) -> EntryId:
    worth = PointsEarned(family="goods", points=points)
    return await shop.book(BookRedeem, wallet=WalletId("w1"), card=None, what="pen", worth=1, points=worth)


async def moved_on(chain: Chain) -> tuple[Shop, Shop, EntryId]:
    """100 points of a sale at the first shop lie at the second, and the sale is not undone yet."""
    one, other = await chain.shop("S1"), await chain.shop("S2")
    await one.join("w1")
    sale = await one.sell("w1", 100_00, cash=True, points=100)
    await one.give_back((POINTS, 100))
    await one.sync()
    await other.ask((POINTS, 100))
    await other.sync()
    return one, other, sale


async def in_pool(chain: Chain, points: int = 100) -> tuple[Shop, Shop, EntryId]:
    """So many of these are in the pool: headquarters heard of no debt yet."""
    one, other, sale = await moved_on(chain)
    await other.give_back((POINTS, points))
    await other.sync()
    return one, other, sale


def told(shop: Shop) -> list[tuple[str, int]]:
    grants = [one.directive for one in shop.told if isinstance(one.directive, Granted)]
    rights = [right for grant in grants for right in grant.rights if ":debt:" in right.account]
    return [(right.account, right.amount) for right in rights]


async def test_points_that_settled_a_debt_are_not_kept_back_a_second_time(chain: Chain) -> None:
    one, _, sale = await in_pool(chain)
    await one.book(BookVoid, of=sale, why="a mistake")
    assert one.holds(DEBT) == -100
    await one.sync()
    assert (one.holds(DEBT), await chain.pool(POINTS), await settled(chain)) == (0, 0, 100)
    assert told(one) == [(DEBT, 100)]
    await one.sell("w1", 50_00, cash=True, points=50)
    await one.sync()
    with pytest.raises(InsufficientFunds):
        await redeem(one, 51)
    await redeem(one, 50)
    await one.sync()
    assert (one.holds(POINTS), told(one)) == (0, [(DEBT, 100)])


@pytest.mark.parametrize(
    ("unit", "amount"), [("bonus", 30_00), ("coupon:k7", 1), ("voucher:v7", 10_00), ("cashback", 9_00)]
)
async def test_whatever_settles_a_debt_the_site_hears_of_it(chain: Chain, unit: str, amount: int) -> None:
    account, debt = f"wallet:w1:{unit}", f"wallet:w1:debt:{unit}"
    one, other = await chain.shop("S1"), await chain.shop("S2")
    await one.join("w1")
    sale, _ = await gift(one, unit, amount)
    await one.give_back((account, amount))
    await one.sync()
    await other.ask((account, amount))
    await other.sync()
    await one.book(BookVoid, of=sale, why="a mistake")
    await one.sync()
    assert (one.holds(debt), told(one)) == (-amount, [])
    await other.sync()
    await one.sync()
    assert (one.holds(debt), told(one), await settled(chain, account)) == (0, [(debt, amount)], amount)
    assert (other.holds(account), await chain.pool(account)) == (0, 0)


async def test_a_part_that_is_settled_is_told_and_the_rest_is_owed_on(chain: Chain) -> None:
    one, other, sale = await in_pool(chain, 70)
    assert other.holds(POINTS) == 30
    await one.book(BookVoid, of=sale, why="a mistake")
    await one.push()
    assert (one.holds(DEBT), await settled(chain)) == (-100, 70)
    await one.push()  # What is on its way is not told again, nor settled again.
    assert await settled(chain) == 70
    await one.sync()
    assert (one.holds(DEBT), told(one)) == (-30, [(DEBT, 70)])
    await other.sync()
    await one.sync()
    assert (one.holds(DEBT), told(one), other.holds(POINTS)) == (0, [(DEBT, 70), (DEBT, 30)], 0)


async def test_each_site_hears_of_what_it_owes_itself(chain: Chain) -> None:
    one, other, sale = await moved_on(chain)
    more = await other.sell("w1", 40_00, cash=True, points=40)
    await other.give_back((POINTS, 140))
    await other.sync()
    await one.ask((POINTS, 140))
    await one.sync()
    assert one.holds(POINTS) == 140
    await redeem(one, 140)
    await one.book(BookVoid, of=sale, why="a mistake")
    await other.book(BookVoid, of=more, why="a mistake")
    await other.sync()
    await one.sync()
    assert (one.holds(DEBT), other.holds(DEBT)) == (-100, -40)
    gift = (Grant(unit="points:goods", amount=120),)
    await other.book(BookGrant, wallet=WalletId("w1"), why="campaign", grants=gift)
    await other.give_back((POINTS, 120))
    await other.sync()
    await one.sync()
    await other.sync()
    assert (one.holds(DEBT), other.holds(DEBT), await chain.pool(POINTS)) == (0, -20, 0)


async def test_what_is_owed_no_more_when_a_site_hears_of_it_settles_what_it_owes_next(chain: Chain) -> None:
    one, _, sale = await in_pool(chain)
    await one.book(BookVoid, of=sale, why="a mistake")
    await one.push()
    with mock.patch.object(one.ledger, "settles", return_value=True):  # As before it knew a headquarters.
        await one.sell("w1", 70_00, cash=True, points=70)
    assert one.holds(DEBT) == -30
    await one.sync()
    assert (one.holds(DEBT), told(one), await settled(chain)) == (0, [(DEBT, 100)], 100)
    assert await chain.open_exceptions("breach") == []
    more = await one.sell("w1", 60_00, cash=True, points=60)
    await redeem(one, 60)
    await one.book(BookVoid, of=more, why="a mistake")
    await one.sync()
    assert (one.holds(DEBT), told(one)[1:], await settled(chain)) == (0, [(DEBT, 60)], 100)


async def test_a_site_that_is_written_off_hears_of_nothing(chain: Chain) -> None:
    one, other, sale = await moved_on(chain)
    await one.book(BookVoid, of=sale, why="a mistake")
    await one.push()
    await write_off(chain.exchange, chain.merchant, SiteId("S1"), by="Chen", second="Li")
    await other.give_back((POINTS, 100))
    await other.sync()
    assert (await settled(chain), await chain.pool(POINTS), other.holds(POINTS)) == (100, 0, 0)
    await chain.conserved()
    if isinstance(chain.store, MemoryStore):
        assert [*chain.store.merchants[chain.merchant].moving] == []


async def test_what_was_on_its_way_to_a_site_that_is_written_off_stays_settled(chain: Chain) -> None:
    one, other, sale = await in_pool(chain)
    await one.book(BookVoid, of=sale, why="a mistake")
    await one.push()
    await write_off(chain.exchange, chain.merchant, SiteId("S1"), by="Chen", second="Li")
    await chain.conserved()
    await other.sell("w1", 50_00, cash=True, points=50)
    await other.give_back((POINTS, 50))
    await other.sync()
    assert (await settled(chain), await chain.pool(POINTS)) == (100, 50)


async def test_a_debt_of_a_wallet_that_is_another_by_now_is_told_by_either_name(chain: Chain) -> None:
    one, other, sale = await in_pool(chain)
    await other.join("w2")
    await other.sync()
    await one.book(BookVoid, of=sale, why="a mistake")
    await one.push()
    await merge_members(chain.exchange, chain.merchant, "w1", "w2", by="Chen")
    for _ in range(3):
        await one.sync()
        await other.sync()
    assert (one.holds(DEBT), one.holds("wallet:w2:debt:points:goods")) == (0, 0)
    assert (told(one), await settled(chain, "wallet:w2:points:goods")) == ([(DEBT, 100)], 100)


async def test_what_a_site_was_told_before_a_restore_is_taken_out_of_the_pool_again(memory: Chain) -> None:
    one, other, sale = await in_pool(memory)
    backup = Backup(memory)
    await one.book(BookVoid, of=sale, why="a mistake")
    await one.sync()
    assert (one.holds(DEBT), await settled(memory)) == (0, 100)
    backup.restore(memory)
    await one.push()
    assert (await memory.pool(POINTS), await settled(memory)) == (100, 0)
    await memory.conserved()
    await other.sync()
    await one.sync()
    assert (await memory.pool(POINTS), await settled(memory), one.holds(DEBT)) == (0, 100, 0)
    assert told(one) == [(DEBT, 100)]
    assert await memory.exceptions() == {}


async def test_what_a_site_was_told_before_a_restore_is_asked_for_where_it_lies(memory: Chain) -> None:
    one, other, sale = await moved_on(memory)
    backup = Backup(memory)
    await other.give_back((POINTS, 60))
    await other.sync()
    await one.book(BookVoid, of=sale, why="a mistake")
    await one.push()
    await one.sync()
    assert one.holds(DEBT) == -40
    backup.restore(memory)
    await one.push()
    await memory.conserved()
    for _ in range(2):
        await other.sync()
        await one.sync()
    assert (one.holds(DEBT), other.holds(POINTS), await memory.pool(POINTS)) == (0, 0, 0)
    assert await settled(memory) == 100
    assert await memory.exceptions() == {}


async def test_what_a_recharge_gave_is_asked_for_at_once_where_it_lies_when_that_is_paid_back(
    chain: Chain,
) -> None:
    """As of a sale: no shop need move it first."""
    account, debt = "wallet:w1:voucher:v7", "wallet:w1:debt:voucher:v7"
    one, other = await chain.shop("S1"), await chain.shop("S2")
    await one.join("w1")
    paid = {
        "principal": 100_00,
        "bonus": 0,
        "received": 100_00,
        "vouchers": (Grant(unit="voucher:v7", amount=5_00),),
    }
    lot = await one.book(BookRecharge, wallet=WalletId("w1"), card=None, **paid)
    await one.give_back((account, 5_00))
    await one.sync()
    await other.ask((account, 5_00))
    await other.sync()
    why = RechargeRefundReason.COOLING_OFF
    await one.book(BookRechargeRefund, wallet=WalletId("w1"), lot=lot, reason=why, cash_step=1)
    await one.sync()
    await other.sync()
    await one.sync()
    assert (one.holds(debt), other.holds(account), await chain.pool(account)) == (0, 0, 0)
