"""What members have elsewhere, of many at once: a shop that cancels cards asks for it."""

from __future__ import annotations

import pytest

from hq.left import left
from hq.refusal import RequestRefused
from terminal.core.accounts import TIER_UNIT
from terminal.core.commands import BookGrant, BookIssue, Grant, Private
from terminal.core.values import CardId, MemberId, WalletId
from terminal.core.wire.left import AskLeft, Left, LeftOn
from tests.core.ledger.book import opening
from tests.hq.shop import Chain, Shop

W1, W2, W3, W4 = (WalletId(f"w{number}") for number in (1, 2, 3, 4))


async def members(shop: Shop, *numbers: int) -> None:
    for number in numbers:
        wallet, member = WalletId(f"w{number}"), MemberId(f"m{number}")
        await shop.book(BookIssue, Private(), opens=opening(wallet, member, CardId(f"c{number}")))
    await shop.sync()


async def asked(chain: Chain, shop: Shop, *wallets: WalletId) -> Left:
    return await left(chain.exchange, AskLeft(**shop.me, wallets=wallets or (W1, W2, W3, W4)))


async def test_it_is_all_but_what_lies_where_it_is_asked(chain: Chain) -> None:
    one, other = await chain.shop("S1"), await chain.shop("S2")
    await members(one, 1, 2, 3, 4)
    await one.recharge("w1", 100_00)
    await one.sync()
    await other.ask(("wallet:w1:principal", 60_00))
    await one.sync()
    await other.apply()
    await other.sync()
    uses = Grant(unit="count:cut", amount=3)
    await one.book(BookGrant, wallet=W2, why="x", grants=(uses,))
    await one.book(BookGrant, wallet=W3, why="x", grants=(Grant(unit=TIER_UNIT, amount=9),))
    await one.sync()
    there = await asked(chain, other)
    here = await asked(chain, one)
    assert there.whole
    assert here.whole
    paid = "wallet:w1:principal"
    assert 0 < other.holds(paid) < 100_00
    assert {one.wallet: one.fen for one in there.wallets} == {W1: 100_00 - other.holds(paid), W2: 0}
    assert {one.wallet: one.fen for one in here.wallets} == {W1: 100_00 - one.holds(paid)}


async def test_what_is_not_listed_has_nothing_only_where_all_others_were_heard(chain: Chain) -> None:
    one, other = await chain.shop("S1"), await chain.shop("S2")
    await members(one, 1, 2)
    await one.recharge("w1", 5_00)
    await one.sync()
    await other.sync()
    assert (await asked(chain, other)).whole
    chain.clock.now_ms += chain.exchange.policy.online_ms + 1
    await other.sync()
    found = await asked(chain, other)
    assert (found.whole, found.wallets) == (False, (LeftOn(wallet=W1, fen=5_00),))
    assert (await asked(chain, one)).whole, "what it has not told itself it knows"


async def test_another_machine_of_the_site_is_told_nothing(chain: Chain) -> None:
    shop = await chain.shop("S1")
    question = AskLeft(merchant=chain.merchant, site=shop.name, instance="another", wallets=(W1,))
    with pytest.raises(RequestRefused):
        await left(chain.exchange, question)
