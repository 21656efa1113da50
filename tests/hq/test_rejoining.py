"""Who gave a membership away at one shop and joins again at another has no second pack."""

from __future__ import annotations

import pytest

from hq.rejoining import WHY
from terminal.core.commands import BookErasure, BookTransfer, Private
from terminal.core.directives import Withdraw
from terminal.core.times import made_ms
from terminal.core.values import EntryId, MemberId, WalletId
from terminal.core.wire.people import KeyToken
from tests.hq.shop import Chain, Shop
from tests.hq.test_withdrawing import told

pytestmark = pytest.mark.hq

PHONE, OTHER_PHONE = (KeyToken(token=f"{n:02d}" * 32) for n in (3, 4))
K2, K3 = "wallet:w2:coupon:k2", "wallet:w2:coupon:k3"


async def gave_away(chain: Chain, first: str = "entry") -> tuple[Shop, Shop]:
    """At the first shop, to somebody with another phone."""
    one, other = await chain.shop("S1"), await chain.shop("S2")
    await one.join("w1", "k1", member="m1")
    await one.sync()
    await one.profile("w1", PHONE, member="m1", turn=1)
    fields = {"card": None, "to": MemberId("m9"), "commitment": "", "terms": "1"}
    given = made_ms(await one.book(BookTransfer, Private(), wallet=WalletId("w1"), **fields))
    if first == "entry":
        await one.sync()
    await one.profile("w1", OTHER_PHONE, member="m9", turn=2, since=given)
    await one.sync()
    return one, other


async def joins(shop: Shop, *, first: str = "entry", phone: KeyToken = PHONE) -> None:
    await shop.join("w2", "k2", "k3")
    if first == "entry":
        await shop.sync()
    await shop.profile("w2", phone, turn=9)
    for _ in range(2):
        await shop.sync()


@pytest.mark.parametrize("first", ["entry", "profile"])
async def test_the_pack_ends_at_the_shop_that_could_not_know_it(chain: Chain, first: str) -> None:
    one, other = await gave_away(chain, first)
    await joins(other, first=first)
    assert [coupon for said in told(other.told) for coupon in said.coupons] == [K2, K3]
    assert {said.why for said in told(other.told)} == {WHY}
    assert (other.holds(K2), other.holds(K3), one.holds("wallet:w1:coupon:k1")) == (0, 0, 1)
    (why,) = await chain.why("phone")
    assert "2 coupons of joining are withdrawn" in why
    await chain.conserved()


async def test_what_was_used_by_then_stays_used_and_what_comes_back_of_it_ends(chain: Chain) -> None:
    _, other = await gave_away(chain)
    await other.join("w2", "k2", "k3")
    await other.recharge("w2", 50_00)
    await other.sell("w2", 10_00, coupon="k2")
    await other.sync()
    await other.profile("w2", PHONE, turn=9)
    await other.sync()
    assert told(other.told) == [Withdraw(coupons=(K3,), why=WHY)]
    assert await chain.open_exceptions("phone") == ["w2"]
    await chain.conserved()


async def test_whoever_joins_with_another_phone_or_is_forgotten_keeps_what_they_were_given(
    chain: Chain,
) -> None:
    one, other = await gave_away(chain)
    await one.book(BookErasure, wallet=WalletId("w1"), member=MemberId("m1"))
    await one.sync()
    await joins(other)
    assert (told(other.told), other.holds(K2)) == ([], 1)
    await other.join("w3", "k4")
    await other.profile("w3", KeyToken(token="05" * 32), turn=11)
    await other.sync()
    await other.profile("w3", OTHER_PHONE, turn=12)
    assert other.holds("wallet:w3:coupon:k4") == 1


@pytest.mark.parametrize("first", ["entry", "profile"])
async def test_whoever_is_forgotten_before_it_is_known_who_has_the_wallet_is_newly_welcome(
    chain: Chain, first: str
) -> None:
    """Nothing is kept of them, whichever is heard first."""
    one, other = await chain.shop("S1"), await chain.shop("S2")
    await one.join("w1", member="m1")
    await one.sync()
    await one.profile("w1", PHONE, member="m1", turn=1)
    fields = {"card": None, "to": MemberId("m9"), "commitment": "", "terms": "1"}
    given = made_ms(await one.book(BookTransfer, Private(), wallet=WalletId("w1"), **fields))
    await one.book(BookErasure, wallet=WalletId("w1"), member=MemberId("m1"))
    if first == "entry":
        await one.sync()
    await one.profile("w1", OTHER_PHONE, member="m9", turn=2, since=given)
    await one.sync()
    await joins(other)
    assert (told(other.told), other.holds(K2)) == ([], 1)


async def test_a_member_whose_phone_was_somebody_s_before_keeps_theirs(chain: Chain) -> None:
    """They joined with another: nobody joined again."""
    _, other = await gave_away(chain)
    await joins(other, phone=KeyToken(token="06" * 32))
    await other.profile("w2", PHONE, turn=10)
    await other.sync()
    assert (told(other.told), other.holds(K2)) == ([], 1)


async def test_who_is_given_the_wallet_back_was_never_away(chain: Chain) -> None:
    one, other = await gave_away(chain)
    since = made_ms(EntryId(chain.ids.new())) + 10
    await one.profile("w1", PHONE, member="m1", turn=3, since=since)
    await other.join("w2", "k2")
    await other.sync()
    await other.profile("w2", OTHER_PHONE, turn=9)
    await other.sync()
    assert [said.coupons for said in told(other.told)] == [(K2,)], "whoever had it in between gave it away"
    assert one.holds("wallet:w1:coupon:k1") == 1
