"""Entries of a site that was written off, which turn up later: settled once, out of the pool and into it."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Sequence
from pathlib import Path

import pytest

from hq.bringing import ledger_file
from hq.decisions import NotDecided, set_card, write_off
from hq.late import TakenIn, take_in
from terminal.core.cards import CardState
from terminal.core.commands import BookCard, BookCardState, BookVoid
from terminal.core.entry import Link
from terminal.core.rights import Floor
from terminal.core.values import CardId, SiteId, WalletId
from terminal.core.wire.rights import AskOutcome
from tests.hq.process import Headquarters
from tests.hq.shop import FLOOR, Chain, Shop
from tests.hq.test_healing import P1, with_value
from tests.hq.test_letting_in import typed
from tests.store.conftest import opened_at
from tests.store.facts import sale
from tests.store.test_heal import COMMON, book

B1 = "wallet:w1:bonus"


class Brought:
    """The journal of a shop in memory."""

    def __init__(self, shop: Shop) -> None:
        self.site, self.epoch = str(shop.name), shop.ledger.standing().epoch
        self.links = list(shop.ledger.links)

    def hash_at(self, seq: int) -> bytes | None:
        return self.links[seq - 1].hash if seq <= len(self.links) else None

    def after(self, seq: int, limit: int) -> Sequence[bytes]:
        return [link.body for link in self.links[seq : seq + limit]]


async def gives_up(shop: Shop) -> None:
    await write_off(shop.exchange, shop.merchant, shop.name, by="Chen", second="Li")
    await shop.chain.conserved()


async def fed(shop: Shop) -> list[str]:
    """Ids of what stands in its feed."""
    async with shop.store.turn(shop.merchant, shop.name) as turn:
        return [item.id for item in await turn.feed_after(1, 0, 99)]


async def brings(shop: Shop, journal: Brought | None = None, *, second: str = "Li") -> TakenIn:
    brought = journal or Brought(shop)
    told = await take_in(shop.exchange, shop.merchant, shop.name, brought, by="Chen", second=second)
    await shop.chain.conserved()
    return told


async def test_what_a_dead_site_sold_comes_out_of_the_pool_once(chain: Chain) -> None:
    home, away = await with_value(chain)
    await gives_up(home)
    await home.sell("w1", 30_00)
    told = await brings(home)
    assert (told.entries, told.lacking) == (1, {})
    assert await chain.pool(P1) == 970_00
    with pytest.raises(NotDecided, match="holds nothing after"):
        await brings(home)
    assert await chain.pool(P1) == 970_00
    assert (await away.ask((P1, 970_00))).outcome is AskOutcome.DIRECTED
    await away.sync()
    assert away.holds(P1) == 970_00


async def test_what_was_paid_there_can_be_spent_elsewhere(chain: Chain) -> None:
    home, away = await with_value(chain)
    await gives_up(home)
    await home.recharge("w1", 200_00, 20_00)
    await home.join("w2", "k2")
    await home.sell("w1", 50_00)
    await brings(home)
    await away.ask((P1, 1150_00), (B1, 20_00), ("wallet:w2:coupon:k2", 1))
    await away.sync()
    assert (away.holds(P1), away.holds(B1), away.holds("wallet:w2:coupon:k2")) == (1150_00, 20_00, 1)


async def test_what_was_spent_on_both_sides_is_owed_once_and_one_exception_says_so(chain: Chain) -> None:
    home, away = await with_value(chain)
    await home.sync()
    held = len(home.ledger.links)
    await gives_up(home)
    await away.ask((P1, 1000_00))
    await away.sync()
    await away.sell("w1", 990_00)
    await away.sync()
    await home.sell("w1", 30_00)
    told = await brings(home)
    assert told.lacking == {P1: 30_00}
    assert await chain.overdrawn() in {20_00, 30_00}
    assert await chain.open_exceptions("late") == [f"{held + 1}-{held + 1}"]
    assert [kind for kind, _, _ in await chain.exceptions() if kind in {"restore", "breach"}] == []
    (why,) = await chain.why("late")
    assert f"{30_00} of {P1}" in why
    await away.recharge("w1", 100_00)
    for _ in range(2):
        await away.sync()
    assert await chain.overdrawn() == 0
    assert away.holds(P1) + await chain.pool(P1) == 80_00
    assert [kind for kind, _, _ in await chain.exceptions() if kind == "restore"] == []


async def test_a_grant_that_was_taken_back_on_its_way_and_was_spent_all_the_same_counts_once(
    chain: Chain,
) -> None:
    home, away = await with_value(chain)
    await away.ask((P1, 150_00))
    await away.apply()
    await gives_up(away)  # Headquarters does not know that it came.
    assert await chain.pool(P1) == 200_00
    await away.sell("w1", 120_00)
    assert (await brings(away)).lacking == {}
    assert await chain.pool(P1) == 80_00
    assert home.holds(P1) == 800_00
    assert [kind for kind, _, _ in await chain.exceptions() if kind in {"breach", "restore"}] == []


async def test_what_it_gave_back_unheard_is_not_put_into_the_pool_twice(chain: Chain) -> None:
    home, _ = await with_value(chain)
    await gives_up(home)
    await home.give_back((P1, 300_00))
    assert (await brings(home)).lacking == {}
    assert await chain.pool(P1) == 1000_00


async def test_what_it_spent_beyond_its_rights_is_covered_and_nothing_is_said_to_the_dead(
    chain: Chain,
) -> None:
    home, away = await with_value(chain)
    await away.ask((P1, 10_00))
    await away.sync()
    sold = await away.sell("w1", 40_00, floor=FLOOR)
    await gives_up(away)
    before = await fed(away)
    await brings(away)
    await home.sync()
    await home.sync()
    assert (await chain.exceptions())["uncovered", "S2", sold] == "covered"
    assert await fed(away) == before
    assert home.holds(P1) + await chain.pool(P1) == 960_00


async def test_an_overdraft_of_a_site_that_died_is_covered_without_a_word_to_it(chain: Chain) -> None:
    home, away = await with_value(chain)
    await away.ask((P1, 10_00))
    await away.sync()
    sold = await away.sell("w1", 400_00, floor=Floor(wallet=1000_00, site=1000_00))
    await away.push()
    assert await chain.open_exceptions("uncovered") == [sold]
    await gives_up(away)
    before = await fed(away)
    await home.sync()
    assert await chain.open_exceptions("uncovered") == []
    assert await fed(away) == before
    await chain.conserved()


async def test_a_card_is_not_freed_by_what_was_said_before_headquarters_froze_it(chain: Chain) -> None:
    home, _ = await with_value(chain)
    for card in ("c1", "c2"):
        await home.book(BookCard, wallet=WalletId("w1"), card=CardId(card))
    await home.sync()
    await gives_up(home)
    for state in (CardState.FROZEN, CardState.ACTIVE):
        await home.book(BookCardState, card=CardId("c1"), state=state)
    await home.book(BookCardState, card=CardId("c2"), state=CardState.LOST)
    await set_card(chain.exchange, chain.merchant, "c1", CardState.LOST, by="Chen")
    await brings(home)
    async with chain.store.turn(chain.merchant, home.name) as turn:
        news = await turn.list_cards({"c1": "active", "c2": "lost"}, 1)
    assert set(news) == {"c1"}  # It stands as frozen or lost; the other as lost already.


async def test_it_is_refused_while_the_site_lives_and_for_one_name_or_another_history(chain: Chain) -> None:
    home, away = await with_value(chain)
    with pytest.raises(NotDecided, match="not written off"):
        await brings(home)
    await gives_up(home)
    await home.sell("w1", 10_00)
    with pytest.raises(NotDecided, match="second signature"):
        await brings(home, second=" cHEN")
    with pytest.raises(NotDecided, match="journal of S2"):
        await brings(home, Brought(away))
    short = Brought(home)
    del short.links[-2:]
    with pytest.raises(NotDecided, match="ends before"):
        await brings(home, short)
    other = Shop(chain, "S1", home.instance)
    for number in range(len(home.ledger.links)):
        await other.join(f"w{number}")
    with pytest.raises(NotDecided, match="history differs"):
        await brings(home, Brought(other))
    spoilt = Brought(home)
    spoilt.links[-1] = Link(seq=spoilt.links[-1].seq, hash=spoilt.links[-1].hash, body=b"{}")
    with pytest.raises(NotDecided, match="damaged after"):
        await brings(home, spoilt)
    with pytest.raises(NotDecided, match="no such site"):
        await take_in(chain.exchange, chain.merchant, SiteId("S7"), Brought(home), by="Chen", second="Li")
    assert await chain.pool(P1) == 1000_00
    assert [kind for kind, _, _ in await chain.exceptions()] == ["written_off"]


async def test_a_machine_that_called_is_decided_with_it(chain: Chain) -> None:
    home, _ = await with_value(chain)
    await gives_up(home)
    await home.sell("w1", 10_00)
    with pytest.raises(Exception, match="written off"):
        await home.hello()
    assert await chain.open_exceptions("returned") == ["machine-S1"]
    await brings(home)
    assert await chain.open_exceptions("returned") == []


async def test_a_ledger_is_read_as_it_lies_on_its_disk(tmp_path: Path) -> None:
    path = tmp_path / "ledger.db"
    ledger = await opened_at(path)
    await book(ledger, [*COMMON, (sale(10, 2_000, number=1, stored=2_000), None)])
    with ledger_file(path) as journal:
        assert (journal.site, journal.epoch) == ("S1", 1)
        bodies = journal.after(1, 2)
        assert (len(bodies), journal.hash_at(99)) == (2, None)
    await ledger.close()
    path.write_bytes(b"x" * 5000)
    with pytest.raises(NotDecided, match="no ledger"), ledger_file(path) as journal:
        pass


@pytest.mark.hq
def test_the_command_says_what_is_in_the_way(standing_hq: Headquarters, tmp_path: Path) -> None:
    async def sold(path: Path) -> None:
        ledger = await opened_at(path)
        await book(ledger, COMMON)
        await ledger.close()

    asyncio.run(sold(tmp_path / "ledger.db"))
    merchant = f"late-{tmp_path.name}"
    body = json.dumps({"merchant": merchant, "site": "S1", "instance": "i1"}).encode()
    assert standing_hq.ask("/v1/hello", body)[0] == 200
    where = ("--data", str(standing_hq.data), "--merchant", merchant, "--by", "Chen", "--second", "Li")
    done = typed("hq", "take-in", str(tmp_path / "ledger.db"), *where, "--site", "S1")
    assert "this site is not written off: its machine sends its entries itself" in done.stderr


async def test_what_a_dead_site_had_heard_of_its_debt_is_settled_once(chain: Chain) -> None:
    """The grant was booked there and went back into the pool here; its entry comes late."""
    points, debt = "wallet:w1:points:goods", "wallet:w1:debt:points:goods"
    home, away = await chain.shop("S1"), await chain.shop("S2")
    await home.join("w1")
    await home.sell("w1", 9_00, cash=True, points=9)
    bought = await home.sell("w1", 100_00, cash=True, points=100)
    await home.give_back((points, 109))
    await home.sync()
    await away.ask((points, 9))
    await away.sync()
    await home.book(BookVoid, of=bought, why="a mistake")
    await home.push()
    await home.apply()
    assert home.holds(debt) == 0
    await gives_up(home)
    await brings(home)
    (found,) = [one for one in await chain.store.totals(chain.merchant) if one.account == points]
    assert (found.pool, found.settled, found.overdrawn) == (0, 100, 0)
    assert await chain.open_exceptions("breach") == []
    await away.give_back((points, 9))
    await away.sync()
    assert await chain.pool(points) == 9
