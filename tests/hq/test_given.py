"""A wallet that was given to another person at one site, and sites that have not heard of it."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from os import urandom

import pytest
from msgspec.structs import replace

from hq.boxes import Boxes
from hq.memory import MemoryStore
from terminal.core.commands import BookCard, BookGuest, BookMerge, BookTransfer, Private
from terminal.core.directives import Directive, GivenAway, Merge
from terminal.core.ledger.membership import following
from terminal.core.times import made_ms
from terminal.core.values import CardId, EntryId, MemberId, SiteId, WalletId
from terminal.core.wire.journal import Fork
from terminal.core.wire.people import KeyToken
from tests.core.ledger.book import AT
from tests.hq.shop import Chain, Shop
from tests.hq.test_healing import Backup, rolled_back
from tests.uplink.test_two_shops import OneKey

pytestmark = pytest.mark.hq

CARD, NEW_CARD = (KeyToken(token=f"{n:02d}" * 32, card=CardId(f"c{n}")) for n in (1, 2))
PHONE, OTHER_PHONE = (KeyToken(token=f"{n:02d}" * 32) for n in (3, 4))
ALL = (CARD, NEW_CARD, PHONE, OTHER_PHONE)


async def leading(chain: Chain) -> tuple[str | None, Collection[KeyToken]]:
    """Who holds the wallet, and what leads to it."""
    async with chain.store.turn(chain.merchant, "S1") as turn:
        (person,) = await turn.persons(["w1"])
        found = await turn.keys([key.token for key in ALL])
    return person.member, [key for key in ALL if key.token in found]


async def test_the_home_s_next_word_does_not_undo_a_transfer_made_elsewhere(chain: Chain) -> None:
    home, away = await chain.shop("S1"), await chain.shop("S2")
    await home.join("w1", member="m1")
    await home.sync()
    await home.profile("w1", CARD, PHONE, member="m1", turn=10)
    await away.profile("w1", CARD, OTHER_PHONE, member="m2", turn=20, since=20)
    told = await home.profile("w1", CARD, NEW_CARD, PHONE, member="m1", turn=30)
    assert len(told.ids) == 1  # It need not be sent again.
    assert await leading(chain) == ("m2", [CARD, OTHER_PHONE])  # What it gave out meanwhile leads nowhere.


async def test_it_may_be_given_back(chain: Chain) -> None:
    home, away = await chain.shop("S1"), await chain.shop("S2")
    await home.join("w1", member="m1")
    await home.sync()
    await away.profile("w1", CARD, OTHER_PHONE, member="m2", turn=20, since=20)
    await home.profile("w1", CARD, PHONE, member="m1", turn=30)
    await away.profile("w1", CARD, PHONE, member="m1", turn=40, since=40)
    assert await leading(chain) == ("m1", [CARD, PHONE])
    await away.profile("w1", PHONE, member="m1", turn=50, since=40)
    assert await leading(chain) == ("m1", [PHONE])


async def test_of_two_transfers_apart_the_later_stands_in_whichever_order_they_come(chain: Chain) -> None:
    home, away = await chain.shop("S1"), await chain.shop("S2")
    await home.join("w1", member="m1")
    await home.sync()
    await home.profile("w1", PHONE, member="m3", turn=60, since=60)
    await away.profile("w1", OTHER_PHONE, member="m2", turn=20, since=20)
    assert await leading(chain) == ("m3", [PHONE])


async def told(shop: Shop) -> list[Directive]:
    return [item.directive for item in await shop.apply()]


async def test_every_other_site_hears_whose_it_is_once(chain: Chain) -> None:
    home, away, third = [await chain.shop(name) for name in ("S1", "S2", "S3")]
    await home.join("w1", member="m1")
    await home.sync()
    await home.profile("w1", CARD, PHONE, member="m1", turn=10)
    await away.profile("w1", CARD, OTHER_PHONE, member="m2", turn=20, since=20)
    await away.profile("w1", CARD, OTHER_PHONE, member="m2", turn=30, since=20)
    given = GivenAway(wallet=WalletId("w1"), member=MemberId("m2"), since=20, cards=(CardId("c1"),))
    assert [await told(shop) for shop in (home, away, third)] == [[given], [], [given]]
    known = home.ledger.wallet(WalletId("w1"))
    assert known is not None
    assert known.member == "m2"
    await home.sync()
    assert await chain.open_exceptions("breach") == []
    await away.profile("w1", CARD, PHONE, member="m1", turn=50, since=21)
    back = replace(given, member=MemberId("m1"), since=21)
    assert [await told(shop) for shop in (home, away, third)] == [[back], [], [back]]


async def test_of_a_wallet_that_headquarters_had_not_heard_of_no_site_is_told(chain: Chain) -> None:
    """A shop that joins a chain may have given away thousands."""
    home, away = await chain.shop("S1"), await chain.shop("S2")
    await home.profile("w1", PHONE, member="m2", turn=1, since=1)
    assert await told(away) == []


async def test_who_tells_of_whoever_had_it_before_hears_whose_it_is(chain: Chain) -> None:
    """As after a restore, when what the sites know comes again in any order."""
    home, away, third = [await chain.shop(name) for name in ("S1", "S2", "S3")]
    await away.profile("w1", CARD, OTHER_PHONE, member="m2", turn=20, since=20)
    await home.profile("w1", PHONE, NEW_CARD, member="m1", turn=10)
    given = GivenAway(wallet=WalletId("w1"), member=MemberId("m2"), since=20, cards=(CardId("c1"),))
    assert [one for one in await told(home) if isinstance(one, GivenAway)] == [given]
    for shop in (away, third):
        assert not [one for one in await told(shop) if isinstance(one, GivenAway)]


async def test_of_a_visitor_of_nobody_and_of_a_wallet_that_was_merged_nobody_is_told(chain: Chain) -> None:
    home, away = await chain.shop("S1"), await chain.shop("S2")
    for wallet in ("w1", "w2"):
        await home.join(wallet)
    await home.sync()
    await home.profile("w1", CARD, PHONE, turn=10)
    await away.profile("w1", CARD, turn=20, since=20, visitor=True)
    await away.profile("w1", CARD, turn=30, since=30, named=False)
    await home.book(BookMerge, wallet=WalletId("w1"), into=WalletId("w2"))
    await home.sync()
    await away.profile("w1", CARD, OTHER_PHONE, member="m9", turn=40, since=40)
    for shop in (home, away):
        assert not [one for one in await told(shop) if isinstance(one, GivenAway)]


async def test_a_site_that_heard_of_it_is_believed_by_headquarters_that_was_restored() -> None:
    chain = Chain(MemoryStore())
    home, away = await chain.shop("S1"), await chain.shop("S2")
    await home.join("w1", member="m1")
    await home.sync()
    await away.sync()
    await home.profile("w1", CARD, PHONE, member="m1", turn=10)
    backup = Backup(chain)
    await away.profile("w1", CARD, OTHER_PHONE, member="m2", turn=20, since=20)
    await home.sync()
    backup.restore(chain)
    for _ in range(3):
        await home.sync()
        await away.sync()
    await away.profile("w1", CARD, OTHER_PHONE, member="m2", turn=20, since=20)
    await home.sync()
    assert await chain.open_exceptions("breach") == []
    assert home.ledger.wallets[WalletId("w1")].member == "m2"


@pytest.mark.parametrize("since", [0, 1])
async def test_what_is_told_of_a_person_says_whether_another_had_the_wallet(chain: Chain, since: int) -> None:
    home = await chain.shop("S1")
    await home.join("w1", member="m1")
    await home.sync()
    await home.profile("w1", CARD, member="m1", turn=10, since=since)
    async with chain.store.turn(chain.merchant, "S1") as turn:
        (person,) = await turn.persons(["w1"])
    assert person.since == since
    boxes = Boxes(OneKey(), OneKey(), urandom)
    assert boxes.row(replace(person, sealed=b"")).given is bool(since)
    assert boxes.row(replace(person, sealed=b"")).since == since


async def test_when_a_wallet_was_given_that_went_into_another_is_not_told_of_the_one_that_is_left(
    chain: Chain,
) -> None:
    home = await chain.shop("S1")
    await home.join("w1", member="m1")
    await home.join("w2", member="m2")
    await home.sync()
    await home.profile("w1", CARD, member="m3", since=5)
    await home.book(BookMerge, wallet=WalletId("w1"), into=WalletId("w2"))
    await home.sync()
    async with chain.store.turn(chain.merchant, "S1") as turn:
        (person,) = await turn.persons(["w2"])
    row = Boxes(OneKey(), OneKey(), urandom).row(replace(person, sealed=b""))
    assert (row.wallet, row.since) == ("w2", 0)


W1 = WalletId("w1")


async def gives(shop: Shop, to: str, *, cancels: tuple[str, ...] = (), onto: str = "", later: int = 1) -> int:
    """To that member, so many ms later; when, in ms."""
    more = {"onto": WalletId(onto)} if onto else {}
    shop.chain.clock.now_ms += later
    ended = tuple(map(CardId, cancels))
    fields = {"wallet": W1, "card": None, "to": MemberId(to), "commitment": "", "terms": "1"}
    return made_ms(await shop.book(BookTransfer, cancels=ended, **fields, **more))


async def gives_at(shop: Shop, ms: int, to: str) -> None:
    """By a clock that says so; as the counter books it."""
    entry = EntryId(f"{ms:012x}"[:8] + "-" + f"{ms:012x}"[8:] + "-7000-8000-000000000001")
    fields = {"wallet": W1, "card": None, "to": MemberId(to), "commitment": "", "terms": "1"}
    command = following(BookTransfer(id=entry, at=AT, **fields), shop.ledger)
    await shop.ledger.submit(command, Private())


async def known_at(chain: Chain, *names: str) -> list[Shop]:
    """Shops at each of which the wallet of m1 is known, and headquarters knows of all of that."""
    shops = [await chain.shop(name) for name in names]
    await shops[0].join("w1", member="m1")
    for card in ("c1", "c2"):
        await shops[0].book(BookCard, wallet=W1, card=CardId(card))
    for shop in shops[1:]:
        await shop.book(BookGuest, wallet=W1, card=CardId("c1"), member=MemberId("m1"))
    for shop in shops:
        await shop.sync()
    await shops[0].profile("w1", CARD, NEW_CARD, PHONE, member="m1")
    return shops


def given_among(directives: Sequence[Directive]) -> list[GivenAway]:
    return [one for one in directives if isinstance(one, GivenAway)]


def whose(shops: Sequence[Shop]) -> list[str | None]:
    return [known.member for shop in shops if (known := shop.ledger.wallet(W1)) is not None]


async def test_every_other_site_hears_by_the_chain_whose_it_is_before_who_that_is(chain: Chain) -> None:
    home, away, third = await known_at(chain, "S1", "S2", "S3")
    since = await gives(home, "m2", cancels=("c2",))
    await home.push()
    given = GivenAway(wallet=W1, member=MemberId("m2"), since=since, cards=(CardId("c1"),))
    assert [given_among(await told(shop)) for shop in (home, away, third)] == [[], [given], [given]]
    assert whose((home, away, third)) == ["m2"] * 3
    assert await chain.exceptions() == {}


async def test_of_what_was_told_with_who_it_is_the_chain_tells_nothing_more(chain: Chain) -> None:
    home, away = await known_at(chain, "S1", "S2")
    since = await gives(home, "m2")
    await home.profile("w1", CARD, OTHER_PHONE, member="m2", since=since)
    assert len(given_among(await told(away))) == 1
    await home.sync()
    assert given_among(await told(away)) == []


async def test_of_a_wallet_of_which_headquarters_knows_nobody_the_chain_tells_nothing(chain: Chain) -> None:
    home, away = await chain.shop("S1"), await chain.shop("S2")
    await home.join("w1", member="m1")
    await gives(home, "m2")
    await home.sync()
    assert given_among(await told(away)) == []


async def test_it_is_told_that_it_was_given_before_it_is_told_that_it_went_into_another(chain: Chain) -> None:
    """Whoever gave it away would come to the other membership by their phone at that shop."""
    home, away = await known_at(chain, "S1", "S2")
    await home.join("w2", member="m2")
    await gives(home, "m9", onto="w2")
    await home.book(BookMerge, wallet=W1, into=WalletId("w2"))
    await home.push()
    said = [type(one) for one in await told(away) if isinstance(one, GivenAway | Merge)]
    assert said == [GivenAway, Merge]


async def twice(chain: Chain, first: int, later: int = 1) -> list[Shop]:
    """Two shops give it away without having heard of each other, and tell it in that order."""
    shops = await known_at(chain, "S1", "S2", "S3")
    await gives(shops[0], "m2")
    await gives(shops[1], "m3", later=later)
    for at in (first, 1 - first, first, 2):
        await shops[at].sync()
    return shops


@pytest.mark.parametrize("first", [0, 1])
@pytest.mark.parametrize("later", [0, 1])
async def test_of_two_that_are_given_it_apart_one_has_it_everywhere_and_people_look_at_it(
    chain: Chain, first: int, later: int
) -> None:
    """Also at the same moment."""
    shops = await twice(chain, first, later)
    assert whose(shops) == ["m3"] * 3
    assert [key[0] for key in await chain.exceptions()] == ["given_twice"]
    (why,) = await chain.why("given_twice")
    assert "m2" in why
    assert "m3 has it" in why
    for shop in shops:  # Those that gave it hear of it, too.
        said = given_among([item.directive for item in shop.told])
        assert [(one.member, one.apart) for one in said if one.apart] == [("m3", True)]
    await shops[0].sync()
    assert len(await chain.exceptions()) == 1


async def test_whoever_hears_of_a_transfer_gives_it_on_and_nobody_looks_at_that(chain: Chain) -> None:
    home, away = await known_at(chain, "S1", "S2")
    since = await gives(home, "m2")
    await home.sync()
    await away.apply()
    await home.profile("w1", CARD, member="m2", since=since)  # It may be told twice.
    await gives(away, "m3")
    for shop in (away, home):
        await shop.sync()
    assert whose((home, away)) == ["m3"] * 2
    assert await chain.exceptions() == {}


@pytest.mark.parametrize("first", ["m2", "m3"])
async def test_of_two_edits_of_the_same_moment_that_stands_whose_name_comes_last(
    chain: Chain, first: str
) -> None:
    home, away = await known_at(chain, "S1", "S2")
    for member in (first, "m3" if first == "m2" else "m2"):
        shop, phone = (home, PHONE) if member == "m2" else (away, OTHER_PHONE)
        await shop.profile("w1", CARD, phone, member=member, since=5)
    assert await leading(chain) == ("m3", [CARD, OTHER_PHONE])


async def test_a_site_whose_older_disk_forgot_that_it_gave_it_away_hears_whose_it_is(chain: Chain) -> None:
    """Headquarters had heard who has it, and not the entry."""
    home, away = await known_at(chain, "S1", "S2")
    edit = chain.ids.new()
    await home.profile("w1", CARD, PHONE, member="m1", edit=edit, turn=1)
    await home.profile("w1", CARD, OTHER_PHONE, member="m2", turn=2, since=20)
    assert given_among(await told(home)) == []
    await home.profile("w1", CARD, PHONE, member="m1", edit=edit, turn=1)
    given = GivenAway(wallet=W1, member=MemberId("m2"), since=20, cards=(CardId("c1"),))
    assert given_among(await told(home)) == [given]
    assert whose((home,)) == ["m2"]
    await away.sync()
    assert whose((away,)) == ["m2"]


async def test_what_is_told_again_of_whoever_has_it_is_answered_by_nothing(chain: Chain) -> None:
    home, _ = await known_at(chain, "S1", "S2")
    edit = chain.ids.new()
    for _ in range(2):
        await home.profile("w1", CARD, PHONE, member="m1", edit=edit, turn=1)
    assert given_among(await told(home)) == []


async def test_of_a_wallet_that_restored_headquarters_had_not_heard_of_every_other_site_is_told(
    chain: Chain,
) -> None:
    """A site may know it by a word from before the restore, and tells nothing of its holder itself."""
    home, away = await chain.shop("S1"), await chain.shop("S2")
    await home.join("w1", member="m1")
    await away.book(BookGuest, wallet=W1, card=CardId("c1"), member=MemberId("m1"))
    chain.at_epoch(2)
    for shop in (home, away):
        await shop.sync()
    await home.profile("w1", CARD, OTHER_PHONE, member="m2", since=20)
    given = GivenAway(wallet=W1, member=MemberId("m2"), since=20, cards=(CardId("c1"),))
    assert [given_among(await told(shop)) for shop in (home, away)] == [[], [given]]
    assert whose((away,)) == ["m2"]


async def test_restored_headquarters_tells_nobody_of_who_joined_and_was_given_nothing(chain: Chain) -> None:
    home, away = await chain.shop("S1"), await chain.shop("S2")
    await home.join("w1", member="m1")
    chain.at_epoch(2)
    for shop in (home, away):
        await shop.sync()
    await home.profile("w1", CARD, PHONE, member="m1")
    assert given_among(await told(away)) == []


async def test_a_site_that_tells_of_a_transfer_from_before_a_fork_late_hears_who_has_it(chain: Chain) -> None:
    """It had told a later word of the wallet before it was healed."""
    home, away = await known_at(chain, "S1", "S2")
    await away.profile("w1", CARD, OTHER_PHONE, member="m3", turn=1, since=20)
    await home.profile("w1", CARD, member="m3", turn=50, since=20, visitor=True)
    assert len(given_among(await told(home))) == 1
    await home.profile("w1", PHONE, member="m2", turn=30, since=20)
    given = GivenAway(wallet=W1, member=MemberId("m3"), since=20, cards=(CardId("c1"),))
    assert given_among(await told(home)) == [given]
    assert given_among(await told(away)) == []


async def test_a_transfer_stands_where_the_clock_ran_ahead_before_an_older_disk_was_put_in(
    chain: Chain,
) -> None:
    """What was said by then has the higher turn, of a wallet that was not given yet."""
    home, _ = await known_at(chain, "S1", "S2")
    await home.profile("w1", CARD, PHONE, member="m1", turn=90)
    edit = chain.ids.new()
    await home.profile("w1", CARD, OTHER_PHONE, member="m2", edit=edit, turn=20, since=20)
    assert await leading(chain) == ("m2", [CARD, OTHER_PHONE])
    await home.profile("w1", NEW_CARD, OTHER_PHONE, member="m2", turn=30, since=20)
    assert await leading(chain) == ("m2", [NEW_CARD, OTHER_PHONE])
    await home.profile("w1", CARD, PHONE, member="m2", turn=25, since=20)  # This one came late.
    assert await leading(chain) == ("m2", [NEW_CARD, OTHER_PHONE])


async def test_a_transfer_by_a_clock_that_ran_ahead_does_not_undo_one_by_who_had_heard_of_it(
    chain: Chain,
) -> None:
    home, away, third = await known_at(chain, "S1", "S2", "S3")
    now_ms = chain.clock.now_ms
    await gives_at(home, now_ms + 3_600_000, "m2")
    await home.push()
    assert len(given_among(await told(away))) == 1
    await gives_at(away, now_ms + 1, "m3")
    await away.push()
    given = GivenAway(
        wallet=W1, member=MemberId("m3"), since=now_ms + 3_600_001, cards=(CardId("c1"), CardId("c2"))
    )
    assert given_among(await told(home)) == [given]
    await third.sync()
    assert whose((home, away, third)) == ["m3"] * 3
    await gives_at(home, now_ms + 2, "m4")  # Its clock was set right meanwhile.
    for shop in (home, away, third):
        await shop.sync()
    assert whose((home, away, third)) == ["m4"] * 3
    assert await chain.exceptions() == {}


async def test_who_gave_it_away_is_led_to_it_no_more_also_where_no_profile_tells_of_whoever_got_it(
    chain: Chain,
) -> None:
    """The disk of the shop that gave it, put back, knows nothing of it, nor does restored headquarters."""
    home, away = await known_at(chain, "S1", "S2")
    since = await gives(home, "m2")
    await home.push()
    assert await leading(chain) == ("m2", [CARD, NEW_CARD])
    async with chain.store.turn(chain.merchant, "S1") as turn:
        (person,) = await turn.persons(["w1"])
        assert (await turn.has("w1")).member == "m2"
        assert (await turn.families({"w1"}))["w1"].root.member == "m2"
        assert await turn.phones([PHONE.token]) == {}
    assert (person.since, person.sealed, person.traces) == (since, b"", ())
    assert [one.member for one in given_among(await told(away))] == ["m2"]
    await away.profile("w1", CARD, PHONE, member="m1", turn=50)
    assert await leading(chain) == ("m2", [CARD])
    async with chain.store.turn(chain.merchant, "S1") as turn:
        assert (await turn.families({"w1"}))["w1"].root.member == "m2"
    given = GivenAway(wallet=W1, member=MemberId("m2"), since=since, cards=(CardId("c1"),))
    assert given_among(await told(away)) == [given]
    await home.profile("w1", CARD, OTHER_PHONE, member="m2", turn=60, since=since)
    assert await leading(chain) == ("m2", [CARD, OTHER_PHONE])


async def test_who_joined_and_gave_it_away_before_it_was_told_leads_by_cards_alone(chain: Chain) -> None:
    """A shop that was cut off: its chain comes first, then both profiles."""
    home = await chain.shop("S1")
    await home.join("w1", member="m1")
    since = await gives(home, "m2")
    await home.sync()
    await home.profile("w1", CARD, PHONE, member="m1", turn=1)
    assert await leading(chain) == ("m2", [CARD])
    await home.join("w2", member="m9")  # They join again by the same phone, and nobody's wallets become one.
    await home.sync()
    await home.profile("w2", PHONE, member="m9", turn=2)
    async with chain.store.turn(chain.merchant, SiteId("S1"), alone=True) as turn:
        assert await turn.conflicts() == {}
    await home.profile("w1", CARD, OTHER_PHONE, member="m2", turn=3, since=since)
    assert await leading(chain) == ("m2", [CARD, PHONE, OTHER_PHONE])


async def test_what_was_given_on_twice_by_the_chains_is_told_as_the_later_in_any_order(chain: Chain) -> None:
    home, away, third = await known_at(chain, "S1", "S2", "S3")
    await gives(home, "m2")
    await gives(away, "m3")
    await away.push()
    await home.push()
    async with chain.store.turn(chain.merchant, "S1") as turn:
        assert (await turn.has("w1")).member == "m3"
    assert {one.member for one in given_among(await told(third))} == {"m3"}


async def test_the_pin_of_whoever_gave_it_away_is_nobody_s(chain: Chain) -> None:
    """They had chosen it at a shop that knew nothing else of them."""
    home, away = await known_at(chain, "S1", "S2")
    await away.profile("w1", CARD, member="m1", visitor=True)
    since = await gives(home, "m2")
    await home.profile("w1", CARD, OTHER_PHONE, member="m2", since=since)
    async with chain.store.turn(chain.merchant, "S1") as turn:
        (person,) = await turn.persons(["w1"])
    assert person.pins == ()


async def test_restored_headquarters_reads_in_a_chain_what_it_had_said_of_a_shop_that_is_lost() -> None:
    """The disk of the shop that gave it is gone, and headquarters forgot that it was ever told."""
    chain = Chain(MemoryStore())
    home, away, third = await known_at(chain, "S1", "S2", "S3")
    backup = Backup(chain)
    since = await gives(home, "m2")
    await home.push()
    assert len(given_among(await told(away))) == 1
    backup.restore(chain)
    async with chain.store.turn(chain.merchant, SiteId("S2")) as turn:
        assert (await turn.has("w1")).member == "m1"
    for _ in range(2):
        for shop in (away, third):
            await shop.sync()
    assert whose((away, third)) == ["m2"] * 2
    said = given_among([item.directive for item in third.told])
    assert [(one.member, one.since) for one in said] == [("m2", since)]
    assert await leading(chain) == ("m2", [CARD, NEW_CARD])


async def forks(shop: Shop) -> None:
    """An older disk is put back, books, and is healed."""
    kept = len(shop.ledger.links)
    await shop.join("w8", member="m8")
    await shop.push()
    rolled_back(shop, kept)
    await shop.join("w9", member="m9")
    answer = await shop.push()
    assert isinstance(answer, Fork)
    await shop.heal(answer.epoch)
    await shop.push()


async def test_a_site_whose_older_disk_knows_nothing_of_a_transfer_that_was_told_hears_it_when_it_is_healed(
    chain: Chain,
) -> None:
    """Its entry is lost with the disk, and it has nothing to tell of the wallet."""
    home, away = await known_at(chain, "S1", "S2")
    await home.profile("w1", CARD, OTHER_PHONE, member="m2", since=20)
    assert given_among(await told(home)) == []
    await forks(home)
    given = GivenAway(wallet=W1, member=MemberId("m2"), since=20, cards=(CardId("c1"),))
    assert given_among(await told(home)) == [given]
    assert whose((home,)) == ["m2"]
    assert len(given_among(await told(away))) == 1


async def test_of_what_its_chain_says_it_hears_nothing_when_it_is_healed(chain: Chain) -> None:
    home, _ = await known_at(chain, "S1", "S2")
    since = await gives(home, "m2")
    await home.profile("w1", CARD, OTHER_PHONE, member="m2", since=since)
    await home.push()
    await forks(home)
    assert given_among(await told(home)) == []
    assert whose((home,)) == ["m2"]
