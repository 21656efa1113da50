"""Many cards without a name end at headquarters: those on which nothing lies anywhere, one word for each."""

from __future__ import annotations

import asyncio
import csv
import json
import os
import stat
import time
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from msgspec.structs import replace

from hq import nobodys
from hq.__main__ import main
from hq.decisions import NotDecided, merge_members, set_card, set_tier, write_off
from hq.door import about_token_key
from hq.door_postgres import PostgresDoor
from hq.nobodys import Account, Batch, Which, _looked_at, batch_of, end, row
from hq.postgres import connected
from hq.sql import SQL
from hq.work import Work
from terminal.core.accounts import TIER_UNIT
from terminal.core.batches import code_key
from terminal.core.commands import BookCard, BookGrant, BookIssue, CardState, Grant, Private
from terminal.core.directives import CardStanding
from terminal.core.values import CardId, SiteId, WalletId
from terminal.core.wire.people import KeyToken, token_of
from terminal.runtime.box import sealed_to
from tests.core.ledger.book import opening
from tests.hq.guest import keys_of
from tests.hq.process import Headquarters
from tests.hq.shop import Chain, Shop

ALL = Which()


def key(number: int, card: int = 0) -> KeyToken:
    return KeyToken(token=f"{number:064x}", card=CardId(f"c{card or number}"), shown=f"**{number:02d}")


async def issued(shop: Shop, *cards: int) -> None:
    for number in cards:
        wallet = WalletId(f"w{number}")
        await shop.book(BookIssue, Private(), opens=opening(wallet, None, CardId(f"c{number}")))
        await shop.profile(wallet, key(number), named=False)
    await shop.sync()


async def two_shops(chain: Chain) -> tuple[Shop, Shop]:
    return await chain.shop("S1"), await chain.shop("S2")


def names(accounts: tuple[Account, ...]) -> list[str]:
    return [one.card for one in accounts]


async def ends(chain: Chain, which: Which, count: int) -> Batch:
    return await end(chain.exchange, chain.merchant, which, count=count, by="Chen")


async def shown(chain: Chain, which: Which = ALL) -> Batch:
    return await batch_of(chain.exchange, chain.merchant, which)


async def test_empty_ones_end_and_what_has_value_anywhere_is_left_out_and_summed(chain: Chain) -> None:
    one, other = await two_shops(chain)
    await issued(one, 1, 2, 3, 4, 5)
    await one.recharge("w2", 100_00)
    await one.sync()
    await other.ask(("wallet:w2:principal", 60_00))
    await one.sync()
    await other.sync()
    points = Grant(unit="points:goods", amount=7)
    uses = Grant(unit="count:cut", amount=7)
    await one.book(BookGrant, wallet=WalletId("w3"), why="x", grants=(points, uses))
    await one.give_back(("wallet:w3:points:goods", 7))
    await one.book(BookGrant, wallet=WalletId("w5"), why="x", grants=(points,))
    await one.give_back(("wallet:w5:points:goods", 3))
    counted = Grant(unit=TIER_UNIT, amount=9)
    await one.book(BookGrant, wallet=WalletId("w4"), why="x", grants=(counted,))
    await one.sync()
    assert await chain.pool("wallet:w3:points:goods") == 7
    found = await shown(chain)
    assert (names(found.ends), names(found.left_out)) == (["c1", "c4", "c5"], ["c2", "c3"])
    assert (found.left_fen, found.silent) == (100_00, ())
    assert [one.left for one in found.left_out] == [
        {"principal": 100_00},
        {"points:goods": 7, "count:cut": 7},
    ]
    told: list[str] = []
    done = await end(
        chain.exchange, chain.merchant, ALL, count=3, by="Chen",
        told=lambda some: told.extend(one.card for one in some),
    )  # fmt: skip
    assert (names(done.ends), names(done.left_out), told) == (
        ["c1", "c4", "c5"],
        ["c2", "c3"],
        names(done.ends),
    )
    for shop in (one, other):
        words = [item.directive for item in await shop.apply()]
        assert words == [
            CardStanding(card=CardId(card), state=CardState.CANCELLED) for card in ("c1", "c4", "c5")
        ]
    after = await shown(chain)
    assert (after.ends, names(after.left_out)) == ((), ["c2", "c3"])


async def test_only_nobodys_are_looked_at_and_none_that_is_dead(chain: Chain) -> None:
    shop, _ = await two_shops(chain)
    await shop.join("w9")
    await shop.book(BookCard, wallet=WalletId("w9"), card=CardId("c9"))
    await shop.profile("w9", key(9), KeyToken(token=f"{99:064x}"))
    await issued(shop, 1, 2, 3, 4)
    await merge_members(chain.exchange, chain.merchant, "w4", "w9", by="Chen")
    for card, state in (("c1", CardState.CANCELLED), ("c2", CardState.FROZEN)):
        await set_card(chain.exchange, chain.merchant, card, state, by="Chen")
    assert names((await shown(chain)).ends) == ["c2", "c3"]


async def test_they_are_chosen_by_number_by_when_they_were_heard_of_and_by_tier(chain: Chain) -> None:
    shop, _ = await two_shops(chain)
    await issued(shop, 1)
    first = chain.clock.now_ms
    chain.clock.now_ms += 1
    await issued(shop, 2, 3)
    await shop.profile("w3", key(3), key(4, 3), turn=2, named=False)
    await set_tier(chain.exchange, chain.merchant, "w3", "gold", by="Chen")
    for which, cards in (
        (Which(before_ms=first), []),
        (Which(before_ms=first + 1), ["c1"]),
        (Which(before_ms=first + 2), ["c1", "c2", "c3"]),
        (Which(tier="gold"), ["c3"]),
        (Which(tier="silver"), []),
        (Which(numbers={}), []),
        (Which(numbers={key(2).token: "PT2", key(7).token: "PT7", key(4).token: "PT3"}), ["c2", "c3"]),
        (Which(numbers={key(2).token: "PT2"}, tier="gold"), []),
    ):
        assert names((await shown(chain, which)).ends) == cards, which
    assert [one.shown for one in (await shown(chain)).ends] == ["**01", "**02", "**03"]
    numbered = Which(numbers={key(2).token: "PT2"})
    assert [one.shown for one in (await shown(chain, numbered)).ends] == ["PT2"]
    assert "PT2" not in repr(numbered) + str(numbered)


async def test_nothing_ends_that_was_not_shown_or_signed(chain: Chain) -> None:
    shop, _ = await two_shops(chain)
    await issued(shop, 1, 2)
    for count in (1, 3):
        with pytest.raises(NotDecided, match="2 cards would end"):
            await ends(chain, ALL, count)
    with pytest.raises(NotDecided, match="sign"):
        await end(chain.exchange, chain.merchant, ALL, count=2, by=" ")
    assert len((await shown(chain)).ends) == 2
    assert len((await ends(chain, ALL, 2)).ends) == 2


async def test_nothing_ends_while_a_shop_is_silent_or_behind_unless_it_is_written_off(chain: Chain) -> None:
    one, other = await two_shops(chain)
    await issued(one, 1)
    chain.clock.now_ms += chain.policy.online_ms
    await one.sync()
    assert (await shown(chain)).silent == ()
    chain.clock.now_ms += 1
    await one.sync()
    assert (await shown(chain)).silent == ("S2",)
    with pytest.raises(NotDecided, match="S2"):
        await ends(chain, ALL, 1)
    await other.sync()
    for number in range(3):
        await other.join(f"m{number}")
    await other.push(most=1)
    assert (await shown(chain)).silent == ("S2",)
    await write_off(chain.exchange, chain.merchant, SiteId("S2"), by="Chen", second="Li")
    assert (await shown(chain)).silent == ()
    assert names((await ends(chain, ALL, 1)).ends) == ["c1"]


@pytest.mark.parametrize("what", ["value", "name", "dead"])
async def test_what_changes_after_it_was_shown_keeps_it(
    chain: Chain, monkeypatch: pytest.MonkeyPatch, what: str
) -> None:
    """They end a few in a transaction; between two of them shops are heard. Cut short, the rest is left."""
    monkeypatch.setattr(nobodys, "_AT_ONCE", 2)
    shop, _ = await two_shops(chain)
    await issued(shop, 1, 2, 3, 4, 5)
    if what == "value":
        await shop.recharge("w3", 1)

    class Cut(Exception):
        """As a kill between two commits."""

    def cut(_some: object) -> None:
        raise Cut

    with pytest.raises(Cut):
        await end(chain.exchange, chain.merchant, ALL, count=5, by="Chen", told=cut)
    match what:
        case "value":
            await shop.sync()
        case "name":
            await shop.profile("w3", key(3), turn=2, member="m3")
        case _:
            await set_card(chain.exchange, chain.merchant, "c3", CardState.REPLACED, by="Chen")
    rest = await shown(chain)
    assert names(rest.ends) == ["c4", "c5"]
    done = await ends(chain, ALL, 2)
    assert names(done.ends) == ["c4", "c5"]


async def test_each_is_looked_at_once_more_before_it_ends(chain: Chain) -> None:
    shop, _ = await two_shops(chain)
    await issued(shop, 1, 2, 3, 4)
    found = (await shown(chain)).ends
    await shop.recharge("w1", 7)
    await shop.profile("w2", key(2), turn=2, member="m2")
    await set_card(chain.exchange, chain.merchant, "c3", CardState.CANCELLED, by="Chen")
    await shop.sync()
    nowhere = Account(card="c7", shown="")
    async with chain.exchange.work(chain.merchant, SiteId("")) as work:
        now = [await _looked_at(work, one) for one in (*found, nowhere)]
    assert now == [replace(found[0], left={"principal": 7}), None, None, found[3], None]


async def test_value_that_came_between_two_transactions_keeps_a_card_and_is_listed(
    chain: Chain, monkeypatch: pytest.MonkeyPatch
) -> None:
    shop, _ = await two_shops(chain)
    await issued(shop, 1, 2, 3)
    looked = _looked_at

    async def late(work: Work, one: Account) -> Account | None:
        now = await looked(work, one)
        if now is not None and one.card == "c2":
            return Account(card=now.card, shown=now.shown, left={"principal": 5})
        return now if one.card != "c3" else None

    monkeypatch.setattr(nobodys, "_looked_at", late)
    done = await ends(chain, ALL, 3)
    assert (names(done.ends), names(done.left_out), done.left_fen) == (["c1"], ["c2"], 5)
    assert [row(one) for one in (*done.ends, *done.left_out)] == [
        ("**01", "ended", ""),
        ("**02", "left out", "principal 5"),
    ]


def test_what_is_no_money_is_listed_and_not_summed() -> None:
    one = Account(card="c1", shown="PT1", left={"points:goods": 7, "cashback": 3, "count:cut": 2})
    assert (one.fen, row(one)) == (3, ("PT1", "left out", "cashback 3, count:cut 2, points:goods 7"))


@pytest.mark.hq
def test_the_commands_show_them_end_them_by_number_and_write_a_list(
    standing_hq: Headquarters, tmp_path: Path
) -> None:
    merchant, token_key = f"nobodys-{tmp_path.name}", os.urandom(32)
    where = ("--data", str(standing_hq.data), "--dsn", standing_hq.dsn(), "--merchant", merchant)
    chosen, listed = ("--numbers", "pt0001-pt0003"), tmp_path / "list.csv"

    def run(*words: str) -> Result:
        return CliRunner().invoke(main, ["cards", words[0], *where, *words[1:]])

    assert "no shop" in run("show", *chosen).output

    async def begin() -> None:
        store = await connected(standing_hq.dsn())
        box = sealed_to(
            keys_of(standing_hq.data).box_key,
            token_key,
            about=about_token_key(merchant),
            fresh=os.urandom(32),
        )
        async with PostgresDoor(store).of(merchant) as connection:
            await connection.execute(SQL["keep_token_key"], merchant, box)
        chain = Chain(store)
        chain.merchant, chain.clock.now_ms = merchant, int(time.time() * 1000)
        chain.at_epoch(1)
        shop = await chain.shop("S1")
        for number in (1, 2, 4):
            wallet, card = WalletId(f"w{number}"), CardId(f"c{number}")
            await shop.book(BookIssue, Private(), opens=opening(wallet, None, card))
            token = token_of(token_key, code_key(f"PT{number:04d}")).hex()
            await shop.profile(wallet, KeyToken(token=token, card=card, shown="****"), named=False)
        await shop.recharge("w2", 12_34)
        await shop.sync()
        await store.close()

    asyncio.run(begin())
    told = {"ends": 1, "left_out": 1, "left_fen": 12_34, "silent": []}
    assert json.loads(run("show", *chosen).output) == told
    assert json.loads(run("show").output) == {**told, "ends": 2}
    assert json.loads(run("show", "--heard-before", "2026-01-01").output)["ends"] == 0
    assert json.loads(run("show", "--tier", "gold").output)["ends"] == 0
    assert "one prefix" in run("show", "--numbers", "pt1-qt2").output
    words = ("end", *chosen, "--list", str(listed), "--by", "Chen", "--count")
    assert "1 cards would end by now" in run(*words, "2").output
    assert not listed.exists()
    assert json.loads(run(*words, "1").output) == told
    assert stat.S_IMODE(listed.stat().st_mode) == 0o600
    rows = list(csv.reader(listed.read_text().splitlines()))
    assert rows == [
        ["card", "what", "left"],
        ["PT0001", "ended", ""],
        ["PT0002", "left out", "principal 1234"],
    ]
    assert "list.csv" in run(*words, "1").output
    assert json.loads(run("show").output) == told
