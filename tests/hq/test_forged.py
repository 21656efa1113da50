"""What a site says it was directed, and was not: people are told, and nobody else takes it for a word."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from hq.decisions import set_card
from hq.memory import MemoryStore
from hq.ports import Cause
from terminal.core.commands import BookDirective, BookNote, CardState
from terminal.core.directives import (
    CardStanding,
    Covered,
    Directed,
    Directive,
    Grant,
    Merge,
    Release,
    TierSet,
)
from terminal.core.entry import GENESIS, Link, chained
from terminal.core.rights import Right, SaleRight
from terminal.core.values import CardId, EntryId, SiteId, WalletId
from terminal.core.wire.journal import Ack
from tests.core.ledger.book import AT
from tests.hq.shop import FLOOR, Chain, Shop
from tests.hq.test_healing import Backup, with_value
from tests.hq.test_units import forge
from tests.hq.test_word import W1, tier, two_who_know_w1

P1 = "wallet:w1:principal"
NEVER = (None, Directed(hq_epoch=0, m=7), Directed(hq_epoch=1, m=99), Directed(hq_epoch=9, m=1))


async def says(
    shop: Shop,
    directive: Directive,
    directed: Directed | None = NEVER[2],
    *postings: tuple[str, int],
    entry: str = "",
) -> EntryId:
    """The next entry of its chain applies that directive."""
    await shop.book(BookNote, what="x")
    link = shop.ledger.links[-1]
    value: dict[str, Any] = msgspec.json.decode(link.body)
    name = EntryId(entry or shop.chain.ids.new())
    stood = directed or Directed(hq_epoch=0, m=0)
    command = BookDirective(id=name, at=AT, directed=stood, directive=directive)
    payload = msgspec.to_builtins(command)
    if directed is None:
        del payload["directed"]
    value |= {"id": name, "kind": "directive", "payload": payload, "postings": postings}
    body = msgspec.json.encode(value, order="sorted")
    before = shop.ledger.links[-2].hash if len(shop.ledger.links) > 1 else GENESIS
    shop.ledger.links[-1] = Link(seq=link.seq, body=body, hash=chained(before, body))
    return name


async def breaches(chain: Chain) -> list[str]:
    assert await chain.open_exceptions("quarantine") == []
    await chain.conserved()
    return await chain.open_exceptions("breach")


@pytest.mark.parametrize("directed", NEVER, ids=["nowhere", "epoch 0", "this epoch", "an epoch to come"])
async def test_a_tier_that_was_never_directed_stands_nowhere(chain: Chain, directed: Directed | None) -> None:
    one, other = await two_who_know_w1(chain)
    await says(one, TierSet(wallet=W1, tier="gold", why="headquarters"), directed)
    forged = [await says(one, TierSet(wallet=W1, tier="zzz", why="x"), directed) for _ in range(2)]
    assert isinstance(await one.push(), Ack)
    assert forged[0] in await breaches(chain)
    assert len(await breaches(chain)) == 3
    await other.sync()
    assert tier(other) == "regular"


async def test_a_lost_card_stays_on_the_hot_list_whatever_a_site_says_it_was_directed(chain: Chain) -> None:
    one, other = await two_who_know_w1(chain)
    await set_card(chain.exchange, chain.merchant, "c1", CardState.LOST, by="Chen")
    await other.sync()
    forged = await says(one, CardStanding(card=CardId("c1"), state=CardState.ACTIVE))
    await one.push()
    assert await breaches(chain) == [forged]
    assert await other.told_now() == []


async def test_a_merge_that_was_never_directed_unites_nobody(chain: Chain) -> None:
    one, other = await two_who_know_w1(chain)
    await other.join("w2")
    await other.sync()
    forged = await says(one, Merge(wallet=WalletId("w2"), into=W1))
    await one.push()
    assert await breaches(chain) == [forged]
    assert await chain.open_exceptions("merge") == []
    assert await other.told_now() == []


@pytest.mark.parametrize("directed", NEVER[:3])
async def test_a_grant_that_was_never_directed_is_a_breach_each_time_with_its_amount(
    chain: Chain, directed: Directed | None
) -> None:
    home, away = await with_value(chain)
    for amount in (5000_00, 90_000_00):
        right = Right(account="wallet:x:principal", amount=amount)
        line = (("wallet:x:principal", amount), ("site:S2:rights:principal", -amount))
        await says(away, Grant(rights=(right,)), directed, *line)
        await away.push()
    assert len(await breaches(chain)) == 2
    assert sorted(await chain.why("breach")) == [
        "500000 more of wallet:x:principal than was granted",
        "9000000 more of wallet:x:principal than was granted",
    ]
    assert home.holds(P1) == 800_00


async def test_what_a_site_says_was_covered_stays_open(chain: Chain) -> None:
    one, _ = await with_value(chain)
    await one.join("c9")
    sale = await one.sell("c9", 90_00, floor=FLOOR)
    line = (("site:S1:overdraft:c9:principal", 90_00), ("site:S1:rights:principal", -90_00))
    await says(one, Covered(account="wallet:c9:principal", amount=90_00), None, *line)
    await one.push()
    assert len(await breaches(chain)) == 1
    (why,) = await chain.why("breach")
    assert why == "applied what was never directed: 9000 of wallet:c9:principal covered"
    assert await chain.open_exceptions("uncovered") == [sale]
    assert await chain.overdrawn() == 90_00


async def test_the_right_to_undo_a_sale_goes_nowhere_without_a_word(chain: Chain) -> None:
    home, away = await with_value(chain)
    sale = await home.sell("w1", 30_00)
    await home.sync()
    await says(away, Grant(sales=(SaleRight(sale=sale, entry=b""),)))
    await away.push()
    await says(home, Release(sales=(sale,)))
    await home.push()
    assert len(await breaches(chain)) == 2
    async with chain.store.turn(chain.merchant, home.name) as turn:
        found = await turn.sale(sale)
    assert found is not None
    assert found.holder == "S1"


async def test_what_was_directed_and_is_applied_otherwise_is_a_breach(chain: Chain) -> None:
    one, other = await two_who_know_w1(chain)
    await set_card(chain.exchange, chain.merchant, "c1", CardState.LOST, by="Chen")
    (told,) = await one.told_now()
    await says(
        one,
        CardStanding(card=CardId("c2"), state=CardState.ACTIVE),
        Directed(hq_epoch=1, m=told.m),
        entry=told.id,
    )
    await one.push()
    assert await breaches(chain) == [told.id]
    assert await chain.why("breach") == ["applied it otherwise than it was directed"]
    await other.sync()
    assert [item.directive for item in other.told][-1] == CardStanding(
        card=CardId("c1"), state=CardState.LOST
    )


async def test_what_another_site_was_directed_is_no_word_to_this_one(chain: Chain) -> None:
    one, other = await two_who_know_w1(chain)
    await set_card(chain.exchange, chain.merchant, "c1", CardState.LOST, by="Chen")
    told = (await other.told_now())[-1]
    await says(one, told.directive, Directed(hq_epoch=1, m=told.m), entry=told.id)
    await one.push()
    assert await breaches(chain) == [told.id]


async def test_after_a_restore_a_site_that_has_told_all_brings_no_more_words_from_before() -> None:
    chain = Chain(MemoryStore())
    one, other = await two_who_know_w1(chain)
    backup = Backup(chain)
    backup.restore(chain)
    await one.sync()
    await other.sync()
    await says(one, TierSet(wallet=W1, tier="gold", why="x"), Directed(hq_epoch=1, m=99))
    await one.push()
    assert len(await breaches(chain)) == 1
    await other.sync()
    assert tier(other) == "regular"


async def test_books_from_before_a_site_was_known_learn_what_it_was_directed() -> None:
    chain = Chain(MemoryStore())
    other = await chain.shop("S2")
    backup = Backup(chain)
    one = await chain.shop("S1")
    await set_card(chain.exchange, chain.merchant, "c1", CardState.LOST, by="Chen")
    await one.sync()
    backup.restore(chain)
    await other.sync()
    await one.sync()
    assert await breaches(chain) == []
    await other.sync()
    assert CardStanding(card=CardId("c1"), state=CardState.LOST) in [item.directive for item in other.told]


# Once more, after people have looked


async def decided(chain: Chain, kind: str, site: str, subject: str) -> None:
    cause = Cause(kind=kind, site=SiteId(site), subject=subject)
    chain.clock.now_ms += 1
    await chain.decide(cause, "looked")
    chain.clock.now_ms += 1


async def takes(shop: Shop, amount: int) -> None:
    right = Right(account="wallet:x:principal", amount=amount)
    line = (("wallet:x:principal", amount), (f"site:{shop.name}:rights:principal", -amount))
    await says(shop, Grant(rights=(right,)), None, *line)
    await shop.push()


async def test_what_is_lacking_of_an_account_opens_again_when_it_grows_after_it_was_decided(
    chain: Chain,
) -> None:
    _, away = await with_value(chain)
    lacks = "wallet:x:principal@1"
    await takes(away, 10_00)
    await takes(away, 5_00)
    assert await chain.why("restore") == [
        "1500 of it was granted before headquarters was restored, and is lacking"
    ]
    await decided(chain, "restore", "", lacks)
    await chain.exchange.tidy(chain.merchant)
    assert await chain.open_exceptions("restore") == []
    await takes(away, 90_000_00)
    assert await chain.open_exceptions("restore") == [lacks]
    assert (await chain.why("restore"))[0].startswith("9001500 of it")
    assert len(await breaches(chain)) == 3


async def test_a_balance_below_zero_opens_again_when_it_falls_further_after_it_was_decided(
    chain: Chain,
) -> None:
    one, _ = await with_value(chain)
    account = "wallet:y:principal"

    async def falls(amount: int) -> None:
        await one.book(BookNote, what="x")
        forge(one, postings=((account, -amount), ("site:S1:revenue:x", amount)))
        await one.push()

    await falls(5_00)
    await falls(1_00)
    assert await chain.why("negative") == ["balance -600"]
    await decided(chain, "negative", "S1", account)
    await falls(0)
    await falls(-2_00)
    assert await chain.open_exceptions("negative") == []
    await falls(90_000_00)
    assert await chain.open_exceptions("negative") == [account]
    assert await chain.why("negative") == ["balance -9000400"]
