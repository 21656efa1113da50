"""Tiers and the hot list: many speak, and in the end every site has what headquarters has."""

from __future__ import annotations

import pytest

from hq.decisions import NotDecided, merge_members, set_card, set_tier, write_off
from hq.memory import MemoryStore
from terminal.core.commands import (
    BookCard,
    BookCardState,
    BookIssue,
    BookMerge,
    BookTier,
    BookTransfer,
    CardState,
    Private,
)
from terminal.core.directives import CardStanding, TierSet
from terminal.core.entry import Redo
from terminal.core.values import CardId, MemberId, SiteId, WalletId
from terminal.core.wire.people import KeyToken
from tests.core.ledger.book import opening
from tests.hq.shop import Chain, Shop
from tests.hq.test_healing import Backup
from tests.hq.test_units import forge

W1, C1 = WalletId("w1"), CardId("c1")


def tier(shop: Shop, wallet: WalletId = W1) -> str:
    known = shop.ledger.wallet(wallet)
    assert known is not None
    return known.tier


async def says(shop: Shop, word: str) -> None:
    await shop.book(BookTier, wallet=W1, tier=word, why="spent")


async def two_who_know_w1(chain: Chain) -> tuple[Shop, Shop]:
    one, other = await chain.shop("S1"), await chain.shop("S2")
    await one.join("w1")
    await one.recharge("w1", 100_00)
    await one.sync()
    await other.ask(("wallet:w1:principal", 10_00))
    await other.sync()
    await one.sync()
    return one, other


async def test_a_site_that_spoke_before_it_heard_ends_with_what_stands(chain: Chain) -> None:
    one, other = await two_who_know_w1(chain)
    await says(one, "gold")
    await set_tier(chain.exchange, chain.merchant, "w1", "silver", by="Chen")
    await one.apply()
    assert tier(one) == "silver"
    await one.sync()
    await other.sync()
    assert (tier(one), tier(other)) == ("gold", "gold")


async def test_of_two_tiers_in_one_batch_the_higher_stands_everywhere(chain: Chain) -> None:
    one, other = await two_who_know_w1(chain)
    await says(one, "gold")
    await says(one, "silver")
    await one.sync()
    await other.sync()
    assert (tier(one), tier(other)) == ("gold", "gold")


async def test_who_turns_out_to_be_two_people_keeps_the_higher_tier_at_every_site(chain: Chain) -> None:
    one, other = await two_who_know_w1(chain)
    third = await chain.shop("S3")
    await third.join("w2")
    await third.book(BookTier, wallet=WalletId("w2"), tier="gold", why="spent")
    await third.sync()
    await merge_members(chain.exchange, chain.merchant, "w2", "w1", by="Chen")
    for shop in (one, other, third):
        await shop.sync()
        assert tier(shop) == "gold"


async def test_a_word_on_one_of_two_that_were_merged_here_is_not_the_last_on_both(
    chain: Chain,
) -> None:
    one, _ = await two_who_know_w1(chain)
    await one.join("w2")
    await says(one, "gold")
    await one.sync()
    await one.book(BookMerge, wallet=WalletId("w2"), into=W1)
    await set_tier(chain.exchange, chain.merchant, "w2", "silver", by="Chen")
    await one.apply()
    assert tier(one) == "silver"
    await one.sync()
    assert tier(one) == "gold"


async def test_a_merge_brings_a_wallet_with_its_tier_to_a_site_that_did_not_know_it(chain: Chain) -> None:
    one, other = await chain.shop("S1"), await chain.shop("S2")
    await one.join("w1")
    await says(one, "gold")
    await one.sync()
    await other.join("w2")
    await other.recharge("w2", 10_00)
    await other.sync()
    await merge_members(chain.exchange, chain.merchant, "w2", "w1", by="Chen")
    await other.sync()
    assert tier(other) == "gold"


@pytest.fixture
def memory() -> Chain:
    return Chain(MemoryStore())


async def test_a_tier_that_a_restore_forgot_is_heard_from_one_site_and_told_to_all(memory: Chain) -> None:
    one, other = await two_who_know_w1(memory)
    backup = Backup(memory)
    await set_tier(memory.exchange, memory.merchant, "w1", "gold", by="Chen")
    await one.sync()
    backup.restore(memory)
    await one.sync()
    await other.sync()
    assert (tier(one), tier(other)) == ("gold", "gold")


async def test_a_card_that_a_restore_forgot_is_hot_everywhere_again(memory: Chain) -> None:
    one, other = await memory.shop("S1"), await memory.shop("S2")
    backup = Backup(memory)
    await set_card(memory.exchange, memory.merchant, "c1", CardState.LOST, by="Chen")
    await one.sync()
    backup.restore(memory)
    await one.sync()
    await other.sync()
    assert CardStanding(card=C1, state=CardState.LOST) in [item.directive for item in other.told]


async def test_a_merge_that_a_restore_forgot_is_told_with_its_tier(memory: Chain) -> None:
    one, other = await memory.shop("S1"), await memory.shop("S2")
    await one.join("w1")
    await says(one, "gold")
    await one.sync()
    await other.join("w2")
    await other.sync()
    backup = Backup(memory)
    await merge_members(memory.exchange, memory.merchant, "w2", "w1", by="Chen")
    await one.sync()
    backup.restore(memory)
    await one.sync()
    await other.sync()
    assert tier(other) == "gold"


async def test_a_tier_that_was_said_before_its_wallet_began_reaches_it(chain: Chain) -> None:
    one, other = await chain.shop("S1"), await chain.shop("S2")
    await other.join("w1")
    await says(other, "gold")
    await other.sync()
    await one.sync()
    assert one.ledger.wallet(W1) is None
    await one.join("w1", member="another")
    await one.sync()
    assert tier(one) == "gold"


async def frozen_by_one(chain: Chain) -> tuple[Shop, Shop]:
    one, other = await chain.shop("S1"), await chain.shop("S2")
    for shop in (one, other):
        await shop.join("w1")
        await shop.book(BookCard, wallet=W1, card=C1)
    await other.book(BookCardState, card=C1, state=CardState.FROZEN)
    await other.sync()
    await one.sync()
    return one, other


def standing(shop: Shop) -> CardState | None:
    known = shop.ledger.card(C1)
    return known.state if known else None


@pytest.mark.parametrize("dead", [CardState.CANCELLED, CardState.REPLACED])
async def test_a_dead_number_is_not_freed_by_who_had_not_heard(chain: Chain, dead: CardState) -> None:
    one, other = await frozen_by_one(chain)
    await other.book(BookCardState, card=C1, state=CardState.ACTIVE)
    if dead is CardState.REPLACED:
        await one.book(BookCard, wallet=W1, card=CardId("c9"), replaces=C1)
    else:
        await one.book(BookCardState, card=C1, state=dead)
    await one.sync()
    await other.sync()
    await one.sync()
    assert (standing(one), standing(other)) == (dead, dead)
    with pytest.raises(NotDecided):
        await set_card(chain.exchange, chain.merchant, "c1", CardState.ACTIVE, by="Chen")


async def test_a_card_that_was_not_handed_over_with_its_membership_is_dead_everywhere(chain: Chain) -> None:
    one, other = await chain.shop("S1"), await chain.shop("S2")
    for shop in (one, other):
        await shop.join("w1")
        await shop.book(BookCard, wallet=W1, card=C1)
    to = {"to": MemberId("m9"), "commitment": "", "terms": "1"}
    await one.book(BookTransfer, wallet=W1, card=None, cancels=(C1,), **to)
    await one.sync()
    await other.sync()
    assert (standing(one), standing(other)) == (CardState.CANCELLED, CardState.CANCELLED)


def key(number: int, card: CardId | None = None) -> KeyToken:
    return KeyToken(token=f"{number:064x}", card=card)


PHONE, NEW_PHONE, KEY, FAR_KEY = key(1), key(2), key(3, C1), key(4, CardId("c2"))


async def with_a_card_of_each(chain: Chain) -> tuple[Shop, Shop]:
    one, other = await chain.shop("S1"), await chain.shop("S2")
    for shop in (one, other):
        await shop.join("w1")
    await one.book(BookCard, wallet=W1, card=C1)
    await other.book(BookCard, wallet=W1, card=CardId("c2"))
    await other.profile("w1", PHONE, KEY, FAR_KEY)
    return one, other


async def cancelled(*shops: Shop) -> list[set[CardId]]:
    for shop in shops:
        await shop.sync()
    stood = [
        [one.directive for one in shop.told if isinstance(one.directive, CardStanding)] for shop in shops
    ]
    return [{one.card for one in said if one.state is CardState.CANCELLED} for said in stood]


async def test_a_card_of_another_site_is_dead_once_its_wallet_was_given_away(chain: Chain) -> None:
    """Where it was given they did not know of it."""
    one, other = await with_a_card_of_each(chain)
    await one.profile("w1", NEW_PHONE, KEY, member="m9", since=5)
    assert await cancelled(one, other) == [{"c2"}, {"c2"}]
    known = other.ledger.card(CardId("c2"))
    assert known is not None
    assert known.state is CardState.CANCELLED


async def test_only_the_first_word_of_whoever_has_it_now_ends_the_cards_of_before(chain: Chain) -> None:
    one, other = await with_a_card_of_each(chain)
    await one.profile("w1", NEW_PHONE, KEY, FAR_KEY, member="m9", since=5)
    await other.profile("w1", PHONE, since=4)
    await one.profile("w1", NEW_PHONE, member="m9", since=5)
    assert await cancelled(one, other) == [set(), set()]
    await one.profile("w1", NEW_PHONE, KEY, member="m9", since=5)
    await one.profile("w1", NEW_PHONE, FAR_KEY, member="m10", since=6)
    assert await cancelled(one, other) == [{"c1"}, {"c1"}]


async def test_with_a_membership_that_goes_by_phone_every_card_ends(chain: Chain) -> None:
    one, other = await with_a_card_of_each(chain)
    await one.profile("w1", NEW_PHONE, member="m9", since=5)
    assert await cancelled(one, other) == [{"c1", "c2"}, {"c1", "c2"}]


async def test_a_card_that_gets_its_name_where_its_key_is_not_known_stays(chain: Chain) -> None:
    one, other = await chain.shop("S1"), await chain.shop("S2")
    await one.profile("w1", KEY, named=False)
    await other.profile("w1", NEW_PHONE, member="m9", since=5)
    await one.profile("w1", KEY, named=False)  # It has not heard of the name.
    assert await cancelled(one, other) == [set(), set()]
    assert await leads_to(chain, KEY, NEW_PHONE) == ["w1", "w1"]


async def test_of_a_wallet_without_a_name_the_card_that_is_known_to_get_it_stays_alone(chain: Chain) -> None:
    one, other = await chain.shop("S1"), await chain.shop("S2")
    await one.profile("w1", KEY, FAR_KEY, named=False)
    await other.profile("w1", NEW_PHONE, KEY, member="m9", since=5)
    assert await cancelled(one, other) == [{"c2"}, {"c2"}]


async def test_a_wallet_to_which_nothing_leads_ends_no_card(chain: Chain) -> None:
    """It was given away and merged into another before headquarters was told: its card is that one's."""
    one, other = await with_a_card_of_each(chain)
    await one.profile("w1", member="m9", since=5)
    assert await cancelled(one, other) == [set(), set()]


async def leads_to(chain: Chain, *keys: KeyToken) -> list[str]:
    async with chain.store.turn(chain.merchant, SiteId("S1")) as turn:
        known = await turn.keys([one.token for one in keys])
    return [known[one.token].wallet if one.token in known else "" for one in keys]


@pytest.mark.parametrize("visitor", [True, False])
@pytest.mark.parametrize("since", [0, 4])
async def test_a_card_that_is_told_late_ends_with_the_membership_that_it_was_given_out_of(
    chain: Chain, since: int, *, visitor: bool
) -> None:
    one, other = await chain.shop("S1"), await chain.shop("S2")
    for shop in (one, other):
        await shop.join("w1")
    await one.profile("w1", PHONE, KEY)
    await one.profile("w1", NEW_PHONE, KEY, member="m9", since=5)
    await other.book(BookCard, wallet=W1, card=CardId("c2"))
    await other.profile("w1", PHONE, KEY, FAR_KEY, since=since, visitor=visitor)
    assert await cancelled(one, other) == [{"c2"}, {"c2"}]
    assert await leads_to(chain, PHONE, NEW_PHONE, KEY, FAR_KEY) == ["", "w1", "w1", ""]
    known = other.ledger.card(CardId("c2"))
    assert known is not None
    assert known.state is CardState.CANCELLED


@pytest.mark.parametrize("since", [4, 5])
async def test_a_site_that_met_whoever_has_it_now_gives_them_a_card(chain: Chain, since: int) -> None:
    one, other = await chain.shop("S1"), await chain.shop("S2")
    await one.profile("w1", NEW_PHONE, KEY, member="m9", since=5)
    await other.profile("w1", FAR_KEY, member="m9", since=since, visitor=True)
    assert await cancelled(one, other) == [set(), set()]
    assert await leads_to(chain, NEW_PHONE, KEY, FAR_KEY) == ["w1", "w1", "w1"]


async def test_an_older_word_of_a_site_that_comes_late_ends_no_card(chain: Chain) -> None:
    one, other = await chain.shop("S1"), await chain.shop("S2")
    await one.profile("w1", NEW_PHONE, KEY, member="m9", since=5)
    await other.profile("w1", member="m9", turn=8, visitor=True)
    await other.profile("w1", FAR_KEY, turn=7)
    assert await cancelled(one, other) == [set(), set()]
    assert await leads_to(chain, FAR_KEY) == [""]


async def test_a_card_that_leads_to_another_membership_by_now_is_left_alone(chain: Chain) -> None:
    one, other = await chain.shop("S1"), await chain.shop("S2")
    await one.profile("w1", NEW_PHONE, KEY, member="m9", since=5)
    await one.profile("w2", FAR_KEY)
    await other.profile("w1", PHONE, KEY, FAR_KEY)
    assert await cancelled(one, other) == [set(), set()]
    assert await leads_to(chain, KEY, FAR_KEY) == ["w1", "w2"]


async def test_of_a_wallet_that_was_never_given_away_no_card_ends(chain: Chain) -> None:
    one, other = await with_a_card_of_each(chain)
    await one.profile("w1", NEW_PHONE, KEY)
    assert await cancelled(one, other) == [set(), set()]


async def test_a_wallet_of_which_nothing_was_told_has_no_card_that_could_end(chain: Chain) -> None:
    one = await chain.shop("S1")
    await one.profile("w1", PHONE, KEY, since=5)  # Before the entry that opens it.
    await one.join("w1")
    assert await cancelled(one) == [set()]


async def test_a_dead_number_stays_dead_where_it_died_whatever_is_on_its_way(chain: Chain) -> None:
    one, other = await frozen_by_one(chain)
    await other.book(BookCardState, card=C1, state=CardState.ACTIVE)
    await other.sync()
    await one.book(BookCardState, card=C1, state=CardState.CANCELLED)
    await one.sync()
    await other.sync()
    assert (standing(one), standing(other)) == (CardState.CANCELLED, CardState.CANCELLED)


async def test_who_frees_a_card_must_have_heard_that_it_was_lost(chain: Chain) -> None:
    one, other = await frozen_by_one(chain)
    await other.book(BookCardState, card=C1, state=CardState.ACTIVE)
    await one.book(BookCardState, card=C1, state=CardState.LOST)
    await one.sync()
    await other.sync()
    await one.sync()
    assert (standing(one), standing(other)) == (CardState.LOST, CardState.LOST)
    await other.book(BookCardState, card=C1, state=CardState.ACTIVE)
    await other.sync()
    await one.sync()
    assert (standing(one), standing(other)) == (CardState.ACTIVE, CardState.ACTIVE)


async def test_a_card_may_be_frozen_and_freed_at_one_shop_before_headquarters_answers(chain: Chain) -> None:
    one, other = await frozen_by_one(chain)
    await other.book(BookCardState, card=C1, state=CardState.ACTIVE)
    await other.book(BookCardState, card=C1, state=CardState.FROZEN)
    await other.book(BookCardState, card=C1, state=CardState.ACTIVE)
    await other.sync()
    await one.sync()
    assert (standing(one), standing(other)) == (CardState.ACTIVE, CardState.ACTIVE)


async def test_a_person_s_word_about_a_card_stands_over_one_that_had_not_heard_it(chain: Chain) -> None:
    one, other = await chain.shop("S1"), await chain.shop("S2")
    await one.join("w1")
    await one.book(BookCard, wallet=W1, card=C1)
    await one.book(BookCardState, card=C1, state=CardState.FROZEN)
    await one.sync()
    await one.book(BookCardState, card=C1, state=CardState.ACTIVE)
    await set_card(chain.exchange, chain.merchant, "c1", CardState.LOST, by="Chen")
    await one.apply()
    known = one.ledger.card(C1)
    assert known is not None
    assert known.state is CardState.LOST
    await one.sync()
    await other.sync()
    known = one.ledger.card(C1)
    assert known is not None
    assert known.state is CardState.LOST
    assert [item.directive for item in other.told][-1] == CardStanding(card=C1, state=CardState.LOST)


async def test_what_stands_already_is_told_to_nobody(chain: Chain) -> None:
    one, other = await two_who_know_w1(chain)
    await set_card(chain.exchange, chain.merchant, "c1", CardState.LOST, by="Chen")
    await set_tier(chain.exchange, chain.merchant, "w1", "gold", by="Chen")
    await one.sync()
    await other.sync()
    await set_card(chain.exchange, chain.merchant, "c1", CardState.LOST, by="Chen")
    await set_tier(chain.exchange, chain.merchant, "w1", "gold", by="Chen")
    assert await one.told_now() == await other.told_now() == []


async def test_the_right_to_undo_a_sale_of_a_dead_site_is_anybodys(chain: Chain) -> None:
    one, other = await two_who_know_w1(chain)
    sale = await one.sell("w1", 30_00)
    await one.sync()
    await write_off(chain.exchange, chain.merchant, SiteId("S1"), by="Chen", second="Li")
    await other.ask_only(sales=(sale,))
    await other.sync()
    assert other.ledger.entry(sale) is not None


async def test_a_fact_that_is_booked_again_brings_the_tier_of_its_wallet_once_more(chain: Chain) -> None:
    one, other = await two_who_know_w1(chain)
    await says(one, "gold")
    await one.sync()
    await other.sync()
    await other.sell("w1", 5_00)
    forge(other, redo=Redo(epoch=1, seq=7, receipt="T1-1-1-00000000"))
    await other.push()
    (told,) = await other.told_now()
    assert told.directive == TierSet(wallet=W1, tier="gold", why="headquarters", given=None)


async def test_a_fact_that_is_booked_again_says_nothing_of_a_tier_that_everybody_begins_with(
    chain: Chain,
) -> None:
    _, other = await two_who_know_w1(chain)
    await other.sync()
    await other.sell("w1", 5_00)
    forge(other, redo=Redo(epoch=1, seq=7, receipt="T1-1-1-00000000"))
    await other.push()
    assert await other.told_now() == []


async def test_an_unnamed_card_is_not_cancelled_while_value_lies_anywhere_on_its_wallet(chain: Chain) -> None:
    one, other = await chain.shop("S1"), await chain.shop("S2")
    await one.book(BookIssue, Private(), opens=opening(W1, None, C1))
    await one.profile("w1", KEY, named=False)
    await one.recharge("w1", 500_00)
    await one.sync()
    await other.sync()
    for state in (CardState.CANCELLED, CardState.REPLACED):
        with pytest.raises(NotDecided, match="value on it"):
            await set_card(chain.exchange, chain.merchant, "c1", state, by="Chen")
    await set_card(chain.exchange, chain.merchant, "c1", CardState.FROZEN, by="Chen")
    await set_card(chain.exchange, chain.merchant, "c1", CardState.ACTIVE, by="Chen")
    await set_card(chain.exchange, chain.merchant, "nowhere", CardState.CANCELLED, by="Chen")


async def test_an_empty_unnamed_card_and_a_named_one_are_cancelled(chain: Chain) -> None:
    one = await chain.shop("S1")
    await one.book(BookIssue, Private(), opens=opening(W1, None, C1))
    await one.profile("w1", KEY, named=False)
    await one.sync()
    await set_card(chain.exchange, chain.merchant, "c1", CardState.CANCELLED, by="Chen")
    await one.join("w2")
    await one.book(BookCard, wallet=WalletId("w2"), card=CardId("c2"))
    await one.profile("w2", PHONE, FAR_KEY, turn=2)
    await one.recharge("w2", 500_00)
    await one.sync()
    await set_card(chain.exchange, chain.merchant, "c2", CardState.CANCELLED, by="Chen")
