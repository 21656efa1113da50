"""One person who joined twice, cards that were lost, tiers: what headquarters says to all."""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from hq.decisions import NotDecided, merge_members, set_tier
from terminal.core.commands import (
    BookCard,
    BookCardState,
    BookDirective,
    BookGuest,
    BookIssue,
    BookMerge,
    BookMergePart,
    BookRefund,
    BookTier,
    CardState,
    Opens,
    Private,
    Returned,
)
from terminal.core.directives import CardStanding, Directed, HolderNamed, TierSet
from terminal.core.ledger import Lot
from terminal.core.values import CardId, MemberId, WalletId
from terminal.core.wire.people import KeyToken
from terminal.core.wire.rights import AskOutcome
from tests.core.ledger.book import AT
from tests.hq.shop import FLOOR, Chain, Shop

PHONE = KeyToken(token="ab" * 32)
CARD = KeyToken(token="cd" * 32, card=CardId("c1"), shown="****1234")
P1, P2 = "wallet:w1:principal", "wallet:w2:principal"


async def two_joins(chain: Chain) -> tuple[Shop, Shop]:
    """Apart, with one phone; the first to be accepted is w1."""
    one, other = await chain.shop("S1"), await chain.shop("S2")
    await one.join("w1", "k1")
    await one.recharge("w1", 30_00)
    await one.sync()
    chain.clock.now_ms += 1000
    await other.join("w2", "k2")
    await other.recharge("w2", 50_00)
    await other.sync()
    await one.profile("w1", PHONE)
    return one, other


async def test_the_join_that_was_accepted_first_stays_and_one_exception_says_so(chain: Chain) -> None:
    one, other = await two_joins(chain)
    await other.profile("w2", PHONE)
    assert await chain.open_exceptions("merge") == ["w2"]
    await other.sync()
    await one.sync()
    assert other.holds(P1) == 50_00
    assert other.holds(P2) == 0
    assert other.holds("wallet:w1:coupon:k2") == other.holds("wallet:w2:coupon:k2") == 0
    assert one.holds("wallet:w1:coupon:k1") == 1
    await one.ask((P1, 80_00))
    await other.sync()
    await one.sync()
    assert one.holds(P1) == 80_00


async def test_the_second_pack_is_withdrawn_though_its_join_arrives_after_the_merge(chain: Chain) -> None:
    one, other = await chain.shop("S1"), await chain.shop("S2")
    await one.join("w1", "k1")
    await one.sync()
    await one.profile("w1", PHONE)
    await other.join("w2", "k2")
    await other.profile("w2", PHONE)  # Overtakes the entry.
    assert await chain.open_exceptions("merge") == ["w2"]
    await other.sync()
    assert other.holds("wallet:w1:coupon:k2") == other.holds("wallet:w2:coupon:k2") == 0


async def test_vouchers_of_the_second_pack_end_where_it_was_given_and_no_others(chain: Chain) -> None:
    one, other = await chain.shop("S1"), await chain.shop("S2")
    await one.join("w1", vouchers=["first"])
    await one.sync()
    await one.profile("w1", PHONE)
    chain.clock.now_ms += 1000
    await other.join("w2", vouchers=["second"])
    await other.profile("w2", PHONE)
    await other.sync()
    await one.sync()
    await other.sync()
    accounts = [f"wallet:{wallet}:voucher:{name}" for wallet in ("w1", "w2") for name in ("first", "second")]
    assert [one.holds(account) for account in accounts] == [20_00, 0, 0, 0]
    assert [other.holds(account) for account in accounts] == [0, 0, 0, 0]
    for account in accounts:
        assert await chain.pool(account) == 0
    assert (await one.ask(("wallet:w1:voucher:second", 20_00))).outcome is AskOutcome.SHORT


async def test_a_coupon_of_the_second_pack_ends_in_the_pool(chain: Chain) -> None:
    one, other = await two_joins(chain)
    await other.give_back(("wallet:w2:coupon:k2", 1))
    await other.push()
    assert await chain.pool("wallet:w2:coupon:k2") == 1
    await other.profile("w2", PHONE)
    assert await chain.pool("wallet:w1:coupon:k2") == 0
    assert (await one.ask(("wallet:w1:coupon:k2", 1))).outcome is AskOutcome.SHORT


async def test_what_is_overdrawn_on_the_second_is_covered_by_the_first(chain: Chain) -> None:
    one, other = await two_joins(chain)
    sale = await other.sell("w2", 70_00, floor=FLOOR)
    await other.push()
    assert await chain.open_exceptions("uncovered") == [sale]
    await other.profile("w2", PHONE)
    await other.sync()
    await one.sync()
    await other.sync()
    assert await chain.open_exceptions("uncovered") == []
    assert await chain.overdrawn() == 0


async def test_an_edit_is_applied_once_and_a_changed_phone_is_for_people(chain: Chain) -> None:
    one, other = await two_joins(chain)
    await other.profile("w2", CARD)
    await other.profile("w2", CARD, PHONE)
    assert await chain.open_exceptions("merge") == []
    assert await chain.open_exceptions("phone") == ["w2"]
    await merge_members(chain.exchange, chain.merchant, "w2", "w1", by="Chen")
    assert await chain.open_exceptions("phone") == []
    assert await chain.open_exceptions("merge") == ["w2"]
    with pytest.raises(NotDecided):
        await merge_members(chain.exchange, chain.merchant, "w2", "w1", by="Chen")
    await one.sync()
    await other.sync()


async def test_a_name_does_not_go_into_a_wallet_that_has_none_but_the_other_way_round(chain: Chain) -> None:
    one = await chain.shop("S1")
    for wallet in ("w1", "w4"):
        await one.join(wallet)
    for wallet in ("w2", "w3"):
        opens = Opens(
            wallet=WalletId(wallet),
            member=None,
            card=CardId(f"c-{wallet}"),
            commitment="",
            terms="1",
            channel="counter",
            recruiter=AT.operator,
        )
        await one.book(BookIssue, Private(), opens=opens)
    await one.sync()
    with pytest.raises(NotDecided, match="w2 has no name: merge it into w1"):
        await merge_members(chain.exchange, chain.merchant, "w1", "w2", by="Chen")
    assert await chain.open_exceptions("merge") == []
    await merge_members(chain.exchange, chain.merchant, "w2", "w3", by="Chen")
    with pytest.raises(NotDecided, match="w3 has no name: merge it into w4"):  # It follows where w2 went.
        await merge_members(chain.exchange, chain.merchant, "w2", "w4", by="Chen")
    await merge_members(chain.exchange, chain.merchant, "w3", "w1", by="Chen")
    assert await chain.open_exceptions("merge") == ["w2", "w3"]


async def test_attendants_who_merge_both_ways_end_with_one_wallet(chain: Chain) -> None:
    one, other = await chain.shop("S1"), await chain.shop("S2")
    for shop in (one, other):
        await shop.join("w1", member="m1")
        await shop.join("w2", member="m2")
        await shop.recharge("w1", 10_00)
        await shop.recharge("w2", 20_00)
    await one.book(BookMerge, wallet=WalletId("w1"), into=WalletId("w2"))
    await other.book(BookMerge, wallet=WalletId("w2"), into=WalletId("w1"))
    for _ in range(2):
        await one.sync()
        await other.sync()
    assert await chain.open_exceptions("merge") == ["w1"]
    await one.ask((P1, 60_00))
    await other.sync()
    await one.sync()
    assert one.holds(P2) == 60_00


async def test_a_wallet_merged_twice_over_is_one_person_of_three(chain: Chain) -> None:
    one, other = await chain.shop("S1"), await chain.shop("S2")
    for shop in (one, other):
        for wallet in ("w1", "w2", "w3"):
            await shop.join(wallet, member=f"{shop.name}-{wallet}")
            await shop.recharge(wallet, 10_00)
    await one.book(BookMerge, wallet=WalletId("w1"), into=WalletId("w2"))
    await other.book(BookMerge, wallet=WalletId("w1"), into=WalletId("w3"))
    for _ in range(3):
        await one.sync()
        await other.sync()
    await other.ask((P1, 60_00))
    await one.sync()
    await other.sync()
    assert other.holds("wallet:w3:principal") + other.holds(P2) == 60_00


async def test_a_lost_card_is_hot_everywhere_and_draws_nothing(chain: Chain) -> None:
    one, other = await chain.shop("S1"), await chain.shop("S2")
    await one.join("w1")
    await one.book(BookCard, wallet=WalletId("w1"), card=CardId("c1"))
    await one.recharge("w1", 1000_00)
    await one.sync()
    await one.profile("w1", CARD, PHONE)
    assert (await other.ask((P1, 10_00), key=CARD.token)).outcome is AskOutcome.DIRECTED
    await one.book(BookCardState, card=CardId("c1"), state=CardState.LOST)
    await one.push()
    asked = await other.ask((P1, 90_00), key=CARD.token)
    assert (asked.outcome, asked.code) == (AskOutcome.REFUSED, "41")
    told = [item.directive for item in await other.apply()]
    assert CardStanding(card=CardId("c1"), state=CardState.LOST) in told
    assert (await other.ask((P1, 90_00), key=PHONE.token)).outcome is AskOutcome.DIRECTED


async def test_a_replaced_card_is_hot_too(chain: Chain) -> None:
    one, other = await chain.shop("S1"), await chain.shop("S2")
    await one.join("w1")
    await one.book(BookCard, wallet=WalletId("w1"), card=CardId("c1"))
    await one.book(BookCard, wallet=WalletId("w1"), card=CardId("c2"), replaces=CardId("c1"))
    await one.sync()
    assert [item.directive for item in await other.apply()] == [
        CardStanding(card=CardId("c1"), state=CardState.REPLACED)
    ]


async def test_a_key_opens_its_own_wallet_only_and_who_is_unknown_is_refused(chain: Chain) -> None:
    one, other = await two_joins(chain)
    await one.profile("w1", CARD)
    refused = await other.ask((P2, 1_00), key=CARD.token)
    assert (refused.outcome, refused.code) == (AskOutcome.REFUSED, "14")
    nobody = await other.ask(key="ef" * 32)
    assert (nobody.outcome, nobody.code) == (AskOutcome.REFUSED, "14")


async def test_tiers_rise_at_sites_and_fall_at_headquarters_only(chain: Chain) -> None:
    one, other = await chain.shop("S1"), await chain.shop("S2")
    await one.join("w1")
    await one.book(BookTier, wallet=WalletId("w1"), tier="gold", why="spent")
    await one.sync()
    (told,) = await other.apply()
    assert isinstance(told.directive, TierSet)
    assert told.directive.tier == "gold"
    await one.book(BookTier, wallet=WalletId("w1"), tier="silver", why="a mistake")
    await one.sync()
    known = one.ledger.wallet(WalletId("w1"))
    assert known is not None
    assert known.tier == "gold"
    await set_tier(chain.exchange, chain.merchant, "w1", "regular", by="Chen")
    await one.sync()
    known = one.ledger.wallet(WalletId("w1"))
    assert known is not None
    assert known.tier == "regular"
    assert known.member == MemberId("m-w1")


async def test_a_lot_used_up_before_a_merge_is_the_same_lot_everywhere_when_value_comes_back(
    chain: Chain,
) -> None:
    one, other = await chain.shop("S1"), await chain.shop("S2")
    for wallet, member in (("w1", "m1"), ("w2", "m2")):
        await one.join(wallet, member=member)
    lot = await one.recharge("w1", 100_00)
    sale = await one.sell("w1", 100_00)
    await one.book(BookMerge, wallet=WalletId("w1"), into=WalletId("w2"))
    await one.book(BookRefund, of=sale, returned=(Returned(line=0, net=60_00),), why="sour")
    await one.sync()
    await other.ask((P2, 60_00))
    await one.sync()
    await other.sync()
    at_home = one.ledger.lot(WalletId("w2"), "principal", lot)
    (there,) = other.ledger.lots(WalletId("w2"), "principal")
    assert at_home == Lot(lot=lot, rest=0, laid=100_00, paid=100_00)
    assert there == replace(at_home, rest=60_00)


async def test_an_edit_that_comes_late_takes_no_newer_ones_place(chain: Chain) -> None:
    here, there = await chain.shop("S1"), await chain.shop("S2")
    old, new, other = (KeyToken(token=f"{n:02d}" * 32) for n in range(3))
    await here.join("w1")
    await here.sync()
    late = chain.ids.new()
    await here.profile("w1", new, turn=8)
    told = await here.profile("w1", old, turn=7, edit=late)
    assert told.ids == (late,)  # It is here, and need not be sent again.
    async with chain.store.turn(chain.merchant, here.name) as turn:
        assert set(await turn.phones([old.token, new.token])) == {new.token}
    await there.profile("w1", other, turn=1)  # Another site counts by itself; the last one to arrive stands.
    await here.profile("w1", old, turn=7)
    async with chain.store.turn(chain.merchant, here.name) as turn:
        assert set(await turn.phones([old.token, new.token, other.token])) == {other.token}
    await here.profile("w1", old, turn=9)
    async with chain.store.turn(chain.merchant, here.name) as turn:
        assert set(await turn.phones([old.token, new.token, other.token])) == {old.token}


async def test_a_sale_of_a_merged_wallet_comes_back_to_whoever_it_is_now_at_a_shop_that_never_knew_it(
    chain: Chain,
) -> None:
    home, away = await chain.shop("S1"), await chain.shop("S2")
    await home.join("w1", member="m1")
    await home.join("w2", member="m2")
    await home.recharge("w2", 50_00)
    sale = await home.sell("w2", 50_00)
    await home.sync()
    await merge_members(chain.exchange, chain.merchant, "w2", "w1", by="Chen")
    late = await chain.shop("S3")  # It says HELLO for the first time when all of that is over.
    for shop, net in ((away, 20_00), (late, 30_00)):
        await shop.sync()
        await shop.ask(sales=(sale,))
        await home.sync()
        await shop.sync()
        await shop.book(BookRefund, of=sale, returned=(Returned(line=0, net=net),), why="sour")
        await shop.sync()
        assert (shop.holds(P1), shop.holds(P2)) == (net, 0)
        home = shop
    assert (await away.ask((P1, 50_00))).outcome is AskOutcome.WAITING
    await late.sync()
    await away.sync()
    assert away.holds(P1) == 50_00


async def test_a_join_that_was_lost_and_is_booked_again_is_of_whoever_it_was_merged_into(
    chain: Chain,
) -> None:
    one, other = await chain.shop("S1"), await chain.shop("S2")
    await one.join("w1", member="m1")
    await one.sync()
    await one.profile("w1", PHONE)
    clone = await chain.shop("S2", instance=other.me["instance"])
    await other.join("w2", "k2", member="m2")
    await other.profile("w2", PHONE)  # Overtakes the entry.
    await clone.sync()
    assert clone.ledger.wallet(WalletId("w2")).into == "w1"
    await other.recharge("w2", 30_00)
    await other.heal(2)
    await other.sync()
    assert (other.holds(P1), other.holds(P2)) == (30_00, 0)
    assert other.holds("wallet:w1:coupon:k2") == other.holds("wallet:w2:coupon:k2") == 0
    assert other.ledger.wallet(WalletId("w2")).member == "m2"
    await one.ask((P1, 30_00))
    await other.sync()
    await one.sync()
    assert one.holds(P1) == 30_00


async def test_what_a_site_cannot_merge_is_one_exception_until_somebody_merges_it_there(chain: Chain) -> None:
    one, other = await two_joins(chain)
    await other.profile("w2", PHONE)
    item, _ = await other.told_now()  # Whose w1 is comes after it.
    where = Directed(hq_epoch=other.ledger.standing().hq_epoch, m=item.m)
    await other.ledger.submit(
        BookDirective(id=item.id, at=AT, directed=where, directive=item.directive, apart=True)
    )
    await other.sync()
    assert await chain.open_exceptions("apart") == ["w2"]
    assert "Merge them there, once less is promised or owed on it" in (await chain.why("apart"))[0]
    await one.ask((P1, 80_00))  # What it spends from either wallet is the one person's all the same.
    await other.sync()
    await one.sync()
    await other.recharge("w2", 5_00)
    await other.sync()
    await chain.conserved()
    assert (other.holds(P2) > 0, await other.told_now()) == (True, [])
    known = other.ledger.wallet(WalletId("w1"))
    assert known is not None
    assert known.member == "m-w1"  # So that an attendant may merge them either way round.
    held = other.holds(P1) + other.holds(P2)
    await other.book(BookMerge, wallet=WalletId("w1"), into=WalletId("w2"))
    await other.sync()
    await chain.conserved()
    assert (await chain.open_exceptions("apart"), other.holds(P1), other.holds(P2)) == ([], 0, held)


async def test_what_goes_ahead_of_a_merge_lies_with_the_one_that_stays_and_is_one_persons_after_it(
    chain: Chain,
) -> None:
    one, other = await two_joins(chain)
    await one.book(BookGuest, wallet=WalletId("w2"), member=MemberId("m-w2"), card=None)
    await one.ask((P2, 20_00))
    await other.sync()
    await one.sync()
    ahead = {"wallet": WalletId("w2"), "into": WalletId("w1")}
    await one.book(BookMergePart, begins=True, **ahead)
    await one.book(BookMergePart, **ahead)
    await one.sync()
    await chain.conserved()
    assert await chain.open_exceptions("merge") == []
    assert (one.holds(P1), one.holds(P2), other.holds(P2)) == (50_00, 0, 30_00)
    await other.ask((P1, 5_00))  # Whoever is there with the card of the one that stays spends of it.
    await one.sync()
    await other.sync()
    await chain.conserved()
    assert (other.holds(P1), one.holds(P1)) == (5_00, 45_00)
    await one.recharge("w2", 5_00)
    await one.book(BookMerge, **ahead)
    await one.sync()
    await other.sync()
    await one.sync()
    await chain.conserved()
    assert await chain.open_exceptions("merge") == ["w2"]
    assert (one.holds(P1), other.holds(P1), one.holds(P2) + other.holds(P2)) == (50_00, 35_00, 0)
    for kind in ("breach", "lots", "uncovered", "quarantine"):
        assert await chain.open_exceptions(kind) == []
    await other.ask((P1, 85_00))
    await one.sync()
    await other.sync()
    assert other.holds(P1) == 85_00


async def test_headquarters_decides_while_a_site_is_between_the_parts(chain: Chain) -> None:
    """The other way round, even."""
    one, other = await two_joins(chain)
    await one.book(BookGuest, wallet=WalletId("w2"), member=MemberId("m-w2"), card=None)
    await one.book(BookMergePart, wallet=WalletId("w1"), into=WalletId("w2"), begins=True)
    await one.book(BookMergePart, wallet=WalletId("w1"), into=WalletId("w2"))
    await one.recharge("w1", 7_00)
    await one.push()
    await merge_members(chain.exchange, chain.merchant, "w2", "w1", by="Chen")
    for _ in range(2):
        await one.sync()
        await other.sync()
    await chain.conserved()
    assert (one.holds(P1), other.holds(P1), one.holds(P2) + other.holds(P2)) == (37_00, 50_00, 0)
    assert await chain.open_exceptions("merge") == ["w2"]


async def test_a_site_that_could_not_merge_them_is_done_with_them_once_it_did_in_parts(chain: Chain) -> None:
    _, other = await two_joins(chain)
    await other.profile("w2", PHONE)
    item, _ = await other.told_now()  # Whose w1 is comes after it.
    where = Directed(hq_epoch=other.ledger.standing().hq_epoch, m=item.m)
    await other.ledger.submit(
        BookDirective(id=item.id, at=AT, directed=where, directive=item.directive, apart=True)
    )
    await other.sync()
    ahead = {"wallet": WalletId("w1"), "into": WalletId("w2")}
    await other.book(BookMergePart, begins=True, **ahead)
    await other.book(BookMergePart, **ahead)
    await other.sync()
    assert await chain.open_exceptions("apart") == ["w2"]
    await other.book(BookMerge, **ahead)
    await other.sync()
    assert await chain.open_exceptions("apart") == []
    await chain.conserved()


async def test_sites_hear_whose_the_wallet_is_that_stays(chain: Chain) -> None:
    one, other = await two_joins(chain)
    await other.profile("w2", PHONE)
    named = HolderNamed(wallet=WalletId("w1"), member=MemberId("m-w1"))
    assert named in [item.directive for item in await other.apply()]
    known = other.ledger.wallet(WalletId("w1"))
    assert known is not None
    assert known.member == "m-w1"
    await other.sync()
    await one.sync()
    assert await chain.open_exceptions("breach") == []
