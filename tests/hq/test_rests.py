"""What of a voucher ended with its use at another shop is owed by nobody, whoever hears of what when."""

from __future__ import annotations

from itertools import permutations
from typing import Any

import pytest

from hq.memory import MemoryStore
from terminal.core.commands import (
    BookGrant,
    BookGuest,
    BookMerge,
    BookRecharge,
    BookRechargeRefund,
    BookRefund,
    BookSale,
    BookVoid,
    Grant,
    RechargeRefundReason,
    Returned,
    SaleLine,
    Tender,
    TenderKind,
)
from terminal.core.values import EntryId, MemberId, WalletId
from terminal.core.wire.journal import Fork
from tests.hq.shop import Chain, Shop
from tests.hq.test_healing import Backup, rolled_back

W = WalletId("w1")
VOUCHER, DEBT = "wallet:w1:voucher:v", "wallet:w1:debt:voucher:v"
WORTH = Grant(unit="voucher:v", amount=50_00)


def line(net: int) -> SaleLine:
    return SaleLine(sku="T", name="t", category="c", quantity=1, unit_price=net, gross=net, net=net)


async def sold(shop: Shop, net: int, *, wallet: WalletId = W, **more: Any) -> EntryId:
    cash = {"tenders": (Tender(kind=TenderKind.CASH, amount=net),), "received": net}
    return await shop.book(BookSale, wallet=wallet, card=None, lines=(line(net),), due=net, **(cash | more))


async def spent(shop: Shop, fen: int = 8_00, *, wallet: WalletId = W) -> EntryId:
    voucher = Tender(kind=TenderKind.VOUCHER, amount=fen, of="v")
    return await sold(shop, fen, wallet=wallet, tenders=(voucher,), received=0)


async def back(shop: Shop, of: EntryId, net: int) -> EntryId:
    return await shop.book(BookRefund, of=of, returned=(Returned(line=0, net=net),), why="sour")


async def by_sale(shop: Shop) -> EntryId:
    return await sold(shop, 100_00, vouchers=(WORTH,))


async def by_recharge(shop: Shop) -> EntryId:
    paid = {"principal": 100_00, "bonus": 0, "received": 100_00}
    return await shop.book(BookRecharge, wallet=W, card=None, vouchers=(WORTH,), **paid)


async def by_campaign(shop: Shop) -> EntryId:
    sale = await sold(shop, 100_00)
    await shop.book(BookGrant, wallet=W, why="campaign", with_entry=sale, grants=(WORTH,))
    return sale


async def undo(shop: Shop, gives: Any, of: EntryId) -> None:
    if gives is by_recharge:
        why = RechargeRefundReason.COOLING_OFF
        await shop.book(BookRechargeRefund, wallet=W, lot=of, reason=why, cash_step=1)
    else:
        await back(shop, of, 100_00)


GIVES = pytest.mark.parametrize("gives", [by_sale, by_recharge, by_campaign])


async def there(chain: Chain, gives: Any = by_sale, *names: str) -> tuple[EntryId, list[Shop]]:
    """A voucher of 50 that the first shop gave lies at the second."""
    shops = [await chain.shop(name) for name in names or ("S1", "S2")]
    await shops[0].join(W)
    gave = await gives(shops[0])
    for shop in shops[1:]:
        await shop.book(BookGuest, wallet=W, card=None, member=MemberId(f"m-{W}"))
    await shops[0].give_back((VOUCHER, 50_00))
    await shops[0].sync()
    await shops[1].ask((VOUCHER, 50_00))
    for shop in shops:
        await shop.sync()
    assert [shop.holds(VOUCHER) for shop in shops[:2]] == [0, 50_00]
    return gave, shops


async def rest(*shops: Shop) -> None:
    """Until nothing is new anywhere."""
    for _ in range(4):
        for shop in shops:
            if shop.holds(VOUCHER) and shop is not shops[0]:  # Given to the pool after a visit.
                await shop.give_back((VOUCHER, 50_00))
            await shop.sync()


def cost(*shops: Shop) -> int:
    """What the rest that ended brought, less what giving it cost."""
    units = ("forfeited", "voucher_expense")
    return sum(shop.holds(f"site:{shop.name}:{unit}") for shop in shops for unit in units)


@GIVES
async def test_a_shop_that_heard_of_it_owes_what_the_voucher_paid(chain: Chain, gives: Any) -> None:
    gave, (one, other) = await there(chain, gives)
    paid = await spent(other)
    await rest(other, one)
    await undo(one, gives, gave)
    assert one.holds(DEBT) == -8_00
    await back(other, paid, 8_00)
    await rest(one, other)
    assert (one.holds(DEBT), one.holds(VOUCHER), other.holds(VOUCHER)) == (0, 0, 0)
    assert (await chain.pool(VOUCHER), cost(one, other)) == (0, 0)


@GIVES
async def test_a_shop_that_hears_of_it_later_owes_no_more_then(chain: Chain, gives: Any) -> None:
    """Cut off, it owes all that is not there; its debt is set right by the entry that hears of it."""
    gave, (one, other) = await there(chain, gives)
    paid = await spent(other)
    await undo(one, gives, gave)
    assert one.holds(DEBT) == -50_00
    await rest(other, one)
    assert one.holds(DEBT) == -8_00
    await rest(other, one)  # Once.
    assert one.holds(DEBT) == -8_00
    await back(other, paid, 8_00)
    await rest(one, other)
    assert (one.holds(DEBT), one.holds(VOUCHER), other.holds(VOUCHER)) == (0, 0, 0)
    assert (await chain.pool(VOUCHER), cost(one, other)) == (0, 0)
    assert await chain.exceptions() == {}


@GIVES
@pytest.mark.parametrize("heard", [True, False])
@pytest.mark.parametrize("undone_first", [True, False])
async def test_a_use_that_is_voided_had_no_rest(
    chain: Chain, gives: Any, *, heard: bool, undone_first: bool
) -> None:
    """Then all of the voucher is there, and goes back with what gave it."""
    gave, (one, other) = await there(chain, gives)
    paid = await spent(other)
    if heard:
        await rest(other, one)
    if undone_first:
        await undo(one, gives, gave)
        await other.book(BookVoid, of=paid, why="a mistake")
    else:
        await other.book(BookVoid, of=paid, why="a mistake")
        await undo(one, gives, gave)
    await rest(other, one)
    assert (one.holds(DEBT), one.holds(VOUCHER), other.holds(VOUCHER)) == (0, 0, 0)
    assert (await chain.pool(VOUCHER), cost(one, other)) == (0, 0)


@pytest.mark.parametrize("order", sorted(set(permutations("ggus"))))
async def test_in_parts_and_in_any_order_it_comes_to_the_same(order: tuple[str, ...]) -> None:
    """`g`: a part comes back where it was given, `u`: the use comes back, `s`: all hear of all."""
    chain = Chain(MemoryStore())
    gave, (one, other) = await there(chain)
    paid, parts = await spent(other), [10_00, 90_00]
    for what in order:
        if what == "g":
            await back(one, gave, parts.pop())
        elif what == "u":
            await back(other, paid, 8_00)
        else:
            await rest(other, one)
        assert 0 <= -one.holds(DEBT) <= 50_00
    await rest(one, other)
    await rest(other, one)
    assert (one.holds(DEBT), one.holds(VOUCHER), other.holds(VOUCHER)) == (0, 0, 0)
    assert (await chain.pool(VOUCHER), cost(one, other)) == (0, 0)


async def test_of_a_part_nothing_is_owed_that_the_voucher_did_not_pay_beyond_the_other(chain: Chain) -> None:
    gave, (one, other) = await there(chain)
    await spent(other)
    await back(one, gave, 84_00)
    assert one.holds(DEBT) == -42_00
    await rest(other, one)
    assert one.holds(DEBT) == 0
    await back(one, gave, 16_00)
    assert one.holds(DEBT) == -8_00


async def test_what_is_used_in_part_at_two_shops_is_counted_by_both(chain: Chain) -> None:
    """It came back from the first use, and was used for less at a third shop."""
    gave, (one, other, third) = await there(chain, by_sale, "S1", "S2", "S3")
    paid = await spent(other, 30_00)
    await back(other, paid, 30_00)
    await other.give_back((VOUCHER, 30_00))
    await other.sync()
    await third.ask((VOUCHER, 30_00))
    await third.sync()
    await spent(third, 5_00)
    await undo(one, by_sale, gave)
    assert one.holds(DEBT) == -50_00
    await rest(third, one, other)
    assert one.holds(DEBT) == -5_00


async def test_the_shop_that_gave_it_is_another_name_of_the_wallet_by_then(chain: Chain) -> None:
    gave, (one, other) = await there(chain)
    await spent(other)
    await other.sync()
    await one.join("w2")
    await one.book(BookMerge, wallet=W, into=WalletId("w2"))
    await back(one, gave, 100_00)
    debt = DEBT.replace("w1", "w2")
    owed = one.holds(debt)
    await one.sync()
    assert (owed, one.holds(debt)) == (-50_00, -8_00)


async def test_a_shop_that_takes_back_the_sale_of_another_owes_no_rest_either(chain: Chain) -> None:
    """It heard of the rest as all did, before or after."""
    gave, (one, other, third) = await there(chain, by_sale, "S1", "S2", "S3")
    await spent(other)
    await third.ask(sales=(gave,))
    for shop in (one, third):
        await shop.sync()
    await back(third, gave, 90_00)
    assert third.holds(DEBT) == -45_00
    await other.sync()
    await third.sync()
    assert third.holds(DEBT) == -3_00
    await back(third, gave, 10_00)
    assert third.holds(DEBT) == -8_00


async def test_after_a_restore_of_headquarters_it_is_told_again_and_counts_once() -> None:
    memory = Chain(MemoryStore())
    gave, (one, other) = await there(memory)
    backup = Backup(memory)
    await spent(other)
    await rest(other, one)
    await undo(one, by_sale, gave)
    assert one.holds(DEBT) == -8_00
    backup.restore(memory)
    for shop in (other, one, other, one):
        await shop.sync()
    assert one.holds(DEBT) == -8_00
    await rest(other, one)
    assert one.holds(DEBT) == -8_00


async def test_an_older_disk_hears_of_it_again_and_counts_it_once() -> None:
    memory = Chain(MemoryStore())
    gave, (one, other) = await there(memory)
    await undo(one, by_sale, gave)
    await spent(other)
    await rest(other)
    before = len(one.ledger.links)
    await one.sync()
    assert one.holds(DEBT) == -8_00
    rolled_back(one, before)
    assert one.holds(DEBT) == -50_00
    fork = await one.push()
    assert isinstance(fork, Fork)
    await one.heal(fork.epoch)
    await one.sync()
    assert one.holds(DEBT) == -8_00
    await rest(other, one)
    assert one.holds(DEBT) == -8_00
