"""Coupons that headquarters takes back: one, all of a kind, those too that a site has yet to tell of."""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from hq import withdrawing
from hq.decisions import NotDecided, merge_members, write_off
from hq.withdrawing import Which, Withdrawn, give_again, withdraw
from terminal.core.commands import (
    BookJoin,
    BookRefund,
    BookTier,
    BookWithdrawal,
    CouponGrant,
    Private,
    Returned,
    Reward,
)
from terminal.core.directives import Withdraw
from terminal.core.errors import CouponNotUsable
from terminal.core.ledger.withdrawals import is_withdrawn
from terminal.core.values import MemberId, SiteId, WalletId
from terminal.core.wire.journal import Fork
from terminal.core.wire.rights import AskOutcome, Numbered
from tests.core.ledger.book import opening
from tests.hq.shop import Chain, Shop
from tests.hq.test_deciding import said
from tests.hq.test_healing import rolled_back

WHY = "misprinted"
K1, K2 = "wallet:w1:coupon:k1", "wallet:w1:coupon:k2"


async def takes_back(chain: Chain, why: str = WHY, by: str = "Chen", **which: str) -> Withdrawn:
    return await withdraw(chain.exchange, chain.merchant, Which(**which), why=why, by=by)


def told(items: list[Numbered]) -> list[Withdraw]:
    return [one.directive for one in items if isinstance(one.directive, Withdraw)]


def held(shop: Shop) -> list[str]:
    balances = shop.ledger.balances.items()
    return [one.name for one, n in balances if n and one.of != shop.name and one.unit.startswith("coupon:")]


async def two_shops(chain: Chain) -> tuple[Shop, Shop]:
    one, other = await chain.shop("S1"), await chain.shop("S2")
    await one.join("w1", "k1", "k2")
    await one.sync()
    return one, other


async def test_one_is_ended_by_the_site_that_holds_it_and_the_others_hear_nothing(chain: Chain) -> None:
    one, other = await two_shops(chain)
    done = await takes_back(chain, coupon="k1")
    assert done == Withdrawn(coupons=1, pool=0, sites={"S1": 1})
    assert str(done) == "1 coupons: 0 ended here, 1 at S1 as soon as it hears of it, 0 used or over"
    assert told(await other.told_now()) == []
    await one.sync()
    assert told(one.told) == [Withdraw(coupons=(K1,), why=WHY)]
    assert (one.holds(K1), one.holds(K2)) == (0, 1)
    assert is_withdrawn(one.ledger, coupon="k1")
    assert await said(chain) == [("Chen", "coupon k1 withdrawn: misprinted")]
    assert (await takes_back(chain, coupon="k1")).sites == {}
    await one.sync()
    assert len(told(one.told)) == 1


async def test_one_in_the_pool_ends_there_and_nobody_is_given_it(chain: Chain) -> None:
    one, other = await two_shops(chain)
    await one.give_back((K1, 1))
    await one.sync()
    done = await takes_back(chain, coupon="k1")
    assert (done.pool, done.sites) == (1, {})
    assert str(done) == "1 coupons: 1 ended here, none as soon as it hears of it, 0 used or over"
    assert await chain.pool(K1) == 0
    assert (await other.ask((K1, 1))).outcome is AskOutcome.SHORT
    await chain.conserved()


async def test_all_of_a_kind_end_wherever_they_are_and_what_was_used_stays_used(chain: Chain) -> None:
    one, other = await two_shops(chain)
    await other.join("w2", "k3", "k4", "k5")
    await other.recharge("w2", 50_00)
    await other.sell("w2", 10_00, coupon="k4")
    await other.give_back(("wallet:w2:coupon:k5", 1))
    await other.sync()
    done = await takes_back(chain, kind="c3")
    assert done == Withdrawn(coupons=5, pool=1, sites={"S1": 2, "S2": 1})
    for shop in (one, other):
        await shop.sync()
    assert told(one.told) == [Withdraw(coupons=(K1, K2), why=WHY)]
    assert told(other.told) == [Withdraw(coupons=("wallet:w2:coupon:k3",), why=WHY)]
    assert [*held(one), *held(other)] == []


async def test_a_kind_is_gone_through_in_parts_and_each_directive_names_a_hundred(
    chain: Chain, monkeypatch: pytest.MonkeyPatch
) -> None:
    shop = await chain.shop("S1")
    for wallet in range(11):
        await shop.join(f"w{wallet}", *(f"k{wallet:02}-{n}" for n in range(10)))
    await shop.sync()
    monkeypatch.setattr(withdrawing, "AT_ONCE", 105)
    done = await takes_back(chain, kind="c3")
    assert done == Withdrawn(coupons=110, pool=0, sites={"S1": 110})
    await shop.sync()
    assert [len(one.coupons) for one in told(shop.told)] == [100, 5, 5]
    assert held(shop) == []


async def test_of_one_member_only_what_that_person_was_given_ends_by_whatever_wallet(chain: Chain) -> None:
    one, other = await two_shops(chain)
    await other.join("w2", "k3")
    await other.join("w3", "k4")
    await other.sync()
    await merge_members(chain.exchange, chain.merchant, "w2", "w1", by="Chen")
    for shop in (one, other, one):
        await shop.sync()
    done = await takes_back(chain, kind="c3", wallet="w1")
    assert done.coupons == 3
    for shop in (one, other):
        await shop.sync()
    assert (one.holds(K1), one.holds(K2), other.holds("wallet:w3:coupon:k4")) == (0, 0, 1)
    await other.join("w4", "k5")
    await other.sync()
    assert other.holds("wallet:w4:coupon:k5") == 1, "no rule stays for all"


async def test_what_a_site_tells_of_later_ends_too_until_the_kind_may_be_given_again(chain: Chain) -> None:
    one, other = await two_shops(chain)
    await other.join("w2", "k3")  # Cut off.
    await takes_back(chain, kind="c3")
    await other.sync()
    assert other.holds("wallet:w2:coupon:k3") == 0
    await give_again(chain.exchange, chain.merchant, "c3", by="Wu")
    await other.join("w3", "k4")
    await other.sync()
    assert other.holds("wallet:w3:coupon:k4") == 1
    with pytest.raises(NotDecided, match="not withdrawn"):
        await give_again(chain.exchange, chain.merchant, "c3", by="Wu")
    assert [what for _, what in await said(chain)][:1] == ["coupons c3 may be given again"]
    await one.sync()
    assert one.holds(K1) == 0, "what was withdrawn stays so"


async def test_one_that_comes_back_with_a_refund_ends_then(chain: Chain) -> None:
    one, other = await two_shops(chain)
    await one.recharge("w1", 50_00)
    sale = await one.sell("w1", 10_00, coupon="k1")
    await one.sync()
    assert (await takes_back(chain, coupon="k1")).sites == {}
    await one.book(BookRefund, of=sale, returned=(Returned(line=0, net=10_00),), why="sour")
    assert one.holds(K1) == 1
    await one.sync()
    assert one.holds(K1) == 0
    assert len(told(one.told)) == 1
    del other


async def refunded_elsewhere(chain: Chain) -> tuple[Shop, Shop]:
    """A coupon that came off a bill of S1 is back at S2, where its wallet was never seen."""
    one, other = await two_shops(chain)
    await one.book(BookTier, wallet=WalletId("w1"), tier="gold", why="spent")
    await one.recharge("w1", 50_00)
    sale = await one.sell("w1", 10_00, coupon="k1")
    await one.sync()
    await other.ask(sales=(sale,))
    await one.sync()
    await other.sync()
    await other.book(BookRefund, of=sale, returned=(Returned(line=0, net=10_00),), why="sour")
    await other.sync()
    return one, other


async def test_one_that_comes_back_at_another_site_is_known_and_used_there(chain: Chain) -> None:
    one, other = await refunded_elsewhere(chain)
    k1 = CouponGrant(coupon="k1", kind="c3", face=300, threshold=0)
    assert (other.holds(K1), other.ledger.coupon("k1")) == (1, ("w1", k1))
    assert one.ledger.coupon("k1") == ("w1", k1)
    known = other.ledger.wallet(WalletId("w1"))
    assert known is not None
    assert (known.member, known.tier) == ("m-w1", "gold"), "whose it is came with it"
    await other.sell("w1", 10_00, cash=True, coupon="k1")
    assert other.holds(K1) == 0


async def test_one_that_comes_back_at_another_site_ends_there(chain: Chain) -> None:
    _, other = await refunded_elsewhere(chain)
    assert (await takes_back(chain, coupon="k1")).sites == {"S2": 1}
    await other.sync()
    assert other.holds(K1) == 0


async def test_one_on_its_way_to_a_site_ends_there_when_it_has_come(chain: Chain) -> None:
    one, other = await two_shops(chain)
    await one.give_back((K1, 1))
    await one.sync()
    assert (await other.ask((K1, 1))).outcome is AskOutcome.DIRECTED
    await takes_back(chain, coupon="k1")
    await other.sync()
    assert other.holds(K1) == 0
    assert len(told(other.told)) == 1


async def test_a_site_that_used_it_before_it_heard_has_sold(chain: Chain) -> None:
    one, _ = await two_shops(chain)
    await one.recharge("w1", 50_00)
    await takes_back(chain, coupon="k1")
    await one.sell("w1", 10_00, coupon="k1")
    await one.sync()
    assert (one.holds(K1), len(told(one.told))) == (0, 1)
    with pytest.raises(CouponNotUsable):
        await one.sell("w1", 10_00, coupon="k1")


async def test_a_site_is_told_once_however_often_something_is_settled(chain: Chain) -> None:
    one, other = await two_shops(chain)
    await takes_back(chain, coupon="k1")
    await takes_back(chain, coupon="k1", why="again")
    await other.ask((K1, 1))
    await one.sync()
    assert told(one.told) == [Withdraw(coupons=(K1,), why=WHY)]


async def test_what_a_person_withdrew_at_a_site_is_good_nowhere(chain: Chain) -> None:
    one, other = await two_shops(chain)
    await one.recharge("w1", 50_00)
    sale = await one.sell("w1", 10_00, coupon="k1")
    await one.book(BookRefund, of=sale, returned=(Returned(line=0, net=10_00),), why="sour")
    await one.book(BookWithdrawal, coupon="k1", why="torn")
    await one.sync()
    assert (await takes_back(chain, coupon="k1")) == Withdrawn(coupons=1, sites={})
    assert (await other.ask((K1, 1))).outcome is not AskOutcome.DIRECTED


async def test_what_a_dead_site_held_ends_in_the_pool(chain: Chain) -> None:
    one, other = await two_shops(chain)
    await takes_back(chain, coupon="k1")
    await write_off(chain.exchange, chain.merchant, SiteId("S1"), by="Chen", second="Wu")
    await chain.conserved()
    assert await chain.pool(K1) == 0
    assert (await other.ask((K1, 1))).outcome is not AskOutcome.DIRECTED
    del one


@pytest.mark.parametrize(
    ("which", "why", "by", "said_why"),
    [
        ({"coupon": "k1"}, WHY, " ", "somebody must sign"),
        ({"coupon": "k1"}, " \n ", "Chen", "say why"),
        ({"coupon": "k1"}, "x" * 101, "Chen", "say why"),
        ({}, WHY, "Chen", "name one coupon"),
        ({"wallet": "w1"}, WHY, "Chen", "name one coupon"),
        ({"coupon": "k1", "kind": "c3"}, WHY, "Chen", "name one coupon"),
        ({"coupon": "k1", "wallet": "w1"}, WHY, "Chen", "name one coupon"),
        ({"coupon": "k9"}, WHY, "Chen", "no such coupon"),
        ({"kind": "c3", "wallet": "w9"}, WHY, "Chen", "no such wallet"),
    ],
)
async def test_what_cannot_be_withdrawn_is_said_and_changes_nothing(
    chain: Chain, which: dict[str, str], why: str, by: str, said_why: str
) -> None:
    one, _ = await two_shops(chain)
    with pytest.raises(NotDecided, match=said_why):
        await takes_back(chain, why, by, **which)
    await one.sync()
    assert (one.holds(K1), await said(chain)) == (1, [])


async def test_nothing_is_withdrawn_while_headquarters_is_being_restored(chain: Chain) -> None:
    one, other = await two_shops(chain)
    chain.at_epoch(2)
    await one.sync()
    with pytest.raises(NotDecided, match="restored"):
        await takes_back(chain, coupon="k1")
    await other.sync()
    assert (await takes_back(chain, coupon="k1")).coupons == 1


async def test_what_was_directed_before_a_restore_is_known_again_by_the_site_that_applied_it(
    chain: Chain,
) -> None:
    one, other = await two_shops(chain)
    await one.recharge("w1", 50_00)
    sale = await one.sell("w1", 10_00, coupon="k2")
    await one.sync()
    await takes_back(chain, kind="c3")
    await one.sync()
    async with chain.store.turn(chain.merchant, SiteId(""), alone=True) as turn:
        assert await turn.kinds_ended() == {"c3": WHY}
    await one.book(BookRefund, of=sale, returned=(Returned(line=0, net=10_00),), why="sour")
    chain.at_epoch(2)
    await one.push()  # It comes back while nothing may be directed.
    await other.sync()
    await one.sync()
    assert (one.holds(K1), one.holds(K2)) == (0, 0)


async def test_a_coupon_that_somebody_earned_for_whom_they_brought_is_known_and_goes_where_it_is_asked_for(
    chain: Chain,
) -> None:
    one, other = await two_shops(chain)
    wash = CouponGrant(coupon="wash-1", kind="wash", face=0, threshold=0)
    opens = replace(opening(WalletId("w2"), MemberId("m-w2"), None), introduced_by=WalletId("w1"))
    reward = Reward(points=1, a_day=2, a_month=2, gift=wash)
    await one.book(BookJoin, Private(), opens=opens, reward=reward)
    await one.sync()
    account = "wallet:w1:coupon:wash-1"
    assert one.holds(account) == 1
    await other.ask((account, 1))
    await one.sync()
    await other.sync()
    assert (one.holds(account), other.holds(account)) == (0, 1)
    assert other.ledger.coupon("wash-1") == ("w1", wash)
    assert (await takes_back(chain, kind="wash")).sites == {"S2": 1}


async def used_on_an_old_disk(one: Shop, kept: int) -> None:
    """What came after is lost, and the coupon is used where the chain says that it left."""
    rolled_back(one, kept)
    await one.sell("w1", 10_00, cash=True, coupon="k1")
    answer = await one.push()
    assert isinstance(answer, Fork)
    await one.heal(answer.epoch)


async def test_one_that_a_site_had_used_beyond_its_rights_covers_that_though_it_was_withdrawn(
    chain: Chain,
) -> None:
    one, other = await two_shops(chain)
    kept = len(one.ledger.links)
    await other.ask((K1, 1))
    await one.sync()
    await other.sync()
    assert other.holds(K1) == 1
    await used_on_an_old_disk(one, kept)
    await one.push()
    assert await chain.overdrawn() == 1
    await takes_back(chain, coupon="k1")
    for shop in (other, one, other):
        await shop.sync()
    assert told(other.told) == [], "it covers what was used, and does not end a second time"
    assert (one.holds(K1), other.holds(K1), await chain.pool(K1)) == (0, 0, 0)
    assert await chain.overdrawn() == one.holds(f"site:S1:overdraft:{K1}") == 0
    assert await chain.open_exceptions("uncovered") == []


async def test_one_that_ended_in_the_pool_and_was_used_before_that_covers_what_was_used(chain: Chain) -> None:
    one, _ = await two_shops(chain)
    kept = len(one.ledger.links)
    await one.give_back((K1, 1))
    await one.sync()
    assert (await takes_back(chain, coupon="k1")).pool == 1
    await used_on_an_old_disk(one, kept)
    await one.sync()
    assert await chain.overdrawn() == one.holds(f"site:S1:overdraft:{K1}") == 0
    assert (one.holds(K1), await chain.pool(K1)) == (0, 0)
    assert await chain.open_exceptions("uncovered") == []
    await chain.conserved()


async def test_one_that_was_never_used_ends_once(chain: Chain) -> None:
    """Nothing that ended comes back where nothing is owed of it."""
    one, other = await two_shops(chain)
    await one.give_back((K1, 1))
    await one.sync()
    await takes_back(chain, coupon="k1")
    await other.ask((K1, 1))
    (total,) = [row for row in await chain.store.totals(chain.merchant) if row.account == K1]
    assert (total.pool, total.withdrawn) == (0, 1)
