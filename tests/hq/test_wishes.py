"""Who asked at one shop of a chain to be forgotten: everywhere, once nothing of theirs lies anywhere."""

from __future__ import annotations

import logging
from pathlib import Path
from typing import Any

import pytest

from hq import forgotten, running, wishes
from hq.decisions import merge_members, write_off
from hq.lapsing import AGAIN_DAYS
from hq.lapsing_ports import Wished
from hq.ports import HolderRow
from hq.wishes import LATELY_MS, granted
from terminal.core.commands import (
    BookErasure,
    BookGuest,
    BookMerge,
    BookService,
    BookTransfer,
    ErasureReason,
    Private,
)
from terminal.core.directives import NEVER_MIND, Lapse, Lapsing
from terminal.core.times import made_ms
from terminal.core.values import EntryId, MemberId, WalletId
from terminal.core.wire.people import Profile, ProfileEdit
from tests.hq.shop import Chain, Shop
from tests.hq.test_lapsing import SERVED, Days, lapses


class Wishes(Days):
    """Two shops; whoever asked and what the shops heard."""

    async def asks(self, shop: Shop, n: int) -> None:
        wallet, member = WalletId(f"w{n}"), MemberId(f"m-w{n}")
        await shop.book(BookErasure, wallet=wallet, member=member, why=ErasureReason.ASKED, waits=True)
        await self.made(self.home, self.away)

    async def comes_to_the_other(self, n: int) -> None:
        wallet, member = WalletId(f"w{n}"), MemberId(f"m-w{n}")
        await self.away.book(BookGuest, wallet=wallet, member=member, card=None)
        await self.made(self.home, self.away)

    async def granted(self) -> int:
        return await granted(self.chain.exchange, self.chain.merchant)

    async def waiting(self) -> list[Wished]:
        async with self.chain.store.turn(self.chain.merchant, self.home.name) as turn:
            return list(await turn.wishes("", 99))

    async def held(self) -> list[tuple[str, ...]]:
        """Wallets of all that both heard, alike."""
        await self.made(self.home, self.away)
        heard = lapses(self.home)
        assert heard == lapses(self.away)
        assert {(one.kind, one.upto) for one in heard} <= {(Lapsing.MEMBER, NEVER_MIND)}
        return [one.wallets for one in heard]


@pytest.fixture
async def two(chain: Chain, tmp_path: Path) -> Wishes:
    shops = Wishes(chain, tmp_path / "keys")
    await shops.opened()
    await shops.joins(1)
    return shops


async def test_where_nothing_is_left_anywhere_all_hear_it_once_and_it_is_over_once_nobody_knows_them(
    two: Wishes,
) -> None:
    await two.comes_to_the_other(1)
    await two.asks(two.away, 1)
    assert [(one.wallet, one.member, one.told) for one in await two.waiting()] == [("w1", "m-w1", 0)]
    assert (await two.round()).asked == ("w1",)
    assert await two.held() == []
    assert await two.granted() == 1
    assert await two.held() == [("w1",)]
    assert two.home.ledger.erased == {"m-w1"}
    assert await two.granted() == 0
    assert len(await two.waiting()) == 1  # Their own shop has not said that they are gone.
    await two.goes(two.home, 1)
    assert await two.granted() == 0
    assert await two.waiting() == []
    assert (await two.round()).asked == ()
    assert await two.held() == [("w1",)]


async def test_of_whom_nothing_was_ever_told_all_hear_it_all_the_same(two: Wishes) -> None:
    await two.home.join("w2")
    await two.asks(two.home, 2)
    assert await two.granted() == 1
    assert await two.held() == [("w2",)]
    assert await two.granted() == 0
    assert await two.waiting() == []


@pytest.mark.parametrize("where", ["home", "pool", "away"])
async def test_value_that_is_left_anywhere_keeps_them_until_it_is_gone(two: Wishes, where: str) -> None:
    shop = two.away if where == "away" else two.home
    await two.comes_to_the_other(1)
    await shop.recharge("w1", 5)
    await two.made(two.home, two.away)
    if where == "pool":
        await two.home.give_back(("wallet:w1:principal", 5))
        await two.made(two.home, two.away)
    await two.asks(two.home if where == "away" else two.away, 1)
    assert await two.granted() == 0
    assert await two.held() == []
    if where == "pool":
        return
    await shop.sell("w1", 5)
    await two.made(two.home, two.away)
    assert await two.granted() == 1
    assert await two.held() == [("w1",)]


async def test_what_came_while_it_was_on_its_way_is_waited_for_and_then_all_hear_it_at_once(
    two: Wishes,
) -> None:
    await two.asks(two.home, 1)
    await two.home.recharge("w1", 5)
    assert await two.granted() == 1
    await two.made(two.home, two.away)
    assert two.home.ledger.erased == set()
    assert await two.granted() == 0
    assert [one.told for one in await two.waiting()] == [0]
    await two.home.sell("w1", 5)
    await two.made(two.home, two.away)
    assert await two.granted() == 1
    assert await two.held() == [("w1",), ("w1",)]
    assert two.home.ledger.erased == {"m-w1"}


async def test_who_is_known_still_as_records_are_kept_is_looked_for_again_after_a_month(two: Wishes) -> None:
    await two.asks(two.home, 1)
    assert await two.granted() == 1
    await two.day(AGAIN_DAYS - 1)
    assert await two.granted() == 0
    await two.day(AGAIN_DAYS)
    assert await two.granted() == 1
    assert await two.granted() == 0


async def test_asked_again_all_hear_it_again(two: Wishes) -> None:
    await two.asks(two.home, 1)
    assert await two.granted() == 1
    two.chain.clock.now_ms += 5
    await two.asks(two.home, 1)
    assert await two.granted() == 1


async def test_no_longer_than_an_hour_ago_each_shop_must_have_told_all_and_since_they_asked(
    two: Wishes,
) -> None:
    await two.asks(two.home, 1)
    asked = two.chain.clock.now_ms
    two.chain.clock.now_ms = asked + LATELY_MS + 1
    assert await two.granted() == 0
    await two.home.sync()
    assert await two.granted() == 0  # The other was not heard.
    await two.away.sync()
    two.chain.clock.now_ms += LATELY_MS
    assert await two.granted() == 1


async def test_a_shop_that_was_not_heard_since_they_asked_is_waited_for(two: Wishes) -> None:
    two.chain.clock.now_ms += 1
    await two.home.book(
        BookErasure, wallet=WalletId("w1"), member=MemberId("m-w1"), why=ErasureReason.ASKED, waits=True
    )
    await two.home.sync()
    assert await two.granted() == 0
    await two.away.sync()
    assert await two.granted() == 1


async def test_a_shop_that_is_gone_is_not_waited_for_and_who_knew_them_there_alone_is_forgotten_here(
    two: Wishes,
) -> None:
    await two.comes_to_the_other(1)
    await two.asks(two.away, 1)
    two.chain.clock.now_ms += 2 * LATELY_MS
    await two.away.sync()
    assert await two.granted() == 0
    merchant = two.chain.merchant
    await write_off(two.chain.exchange, merchant, two.home.name, by="Chen", second="Li")
    assert await two.granted() == 1
    assert await two.boxes() == []
    await two.away.sync()
    assert [one.wallets for one in lapses(two.away)] == [("w1",)]
    assert lapses(two.home) == []


async def test_whose_wallet_is_another_s_by_now_asks_for_nobody(two: Wishes) -> None:
    await two.asks(two.home, 1)
    edit = ProfileEdit(
        turn=9,
        id=EntryId(two.chain.ids.new()),
        wallet=WalletId("w1"),
        member=MemberId("m9"),
        since=two.chain.clock.now_ms,
    )
    await two.chain.exchange.profile(Profile(**two.home.me, hq_epoch=1, edits=(edit,)))
    assert await two.granted() == 0
    assert await two.waiting() == []
    assert await two.held() == []


async def gives(shop: Shop, wallet: str, member: str, onto: str | None = None) -> int:
    """As a terminal books it. When, in ms."""
    to, target = MemberId(member), WalletId(onto) if onto else None
    fields = {"card": None, "to": to, "commitment": "", "terms": "1", "onto": target}
    entry = await shop.book(BookTransfer, Private(), wallet=WalletId(wallet), **fields)
    if onto:
        await shop.book(BookMerge, wallet=WalletId(wallet), into=target)
    return made_ms(entry)


@pytest.mark.parametrize("told", [False, True])
async def test_whoever_was_given_a_wallet_onto_theirs_is_not_forgotten_for_who_gave_it(
    two: Wishes, *, told: bool
) -> None:
    await two.joins(2)
    await two.home.recharge("w1", 5)
    await two.asks(two.home, 1)
    assert await two.granted() == 0
    since = await gives(two.home, "w1", "m-pass", onto="w2")
    if told:
        await two.home.profile("w1", member="m-pass", turn=9, since=since)
    await two.home.sell("w2", 5)
    await two.made(two.home, two.away)
    assert await two.granted() == 0
    assert await two.waiting() == []
    assert await two.held() == []
    assert two.home.ledger.erased == set()


async def test_a_wish_that_comes_after_the_wallet_went_onto_another_asks_for_nobody(two: Wishes) -> None:
    await two.joins(2)
    await two.comes_to_the_other(1)
    await gives(two.home, "w1", "m-pass", onto="w2")
    await two.home.sync()
    await two.asks(two.away, 1)
    assert await two.granted() == 0
    assert await two.waiting() == []
    assert await two.held() == []


async def test_by_the_chain_alone_a_wallet_is_known_to_be_another_s(two: Wishes) -> None:
    await two.asks(two.home, 1)
    await gives(two.home, "w1", "m9")
    await two.made(two.home, two.away)
    assert await two.granted() == 0
    assert await two.waiting() == []


async def test_whoever_was_given_both_after_they_became_one_never_asked(two: Wishes) -> None:
    await two.joins(2)
    await two.asks(two.home, 2)
    await two.home.book(BookMerge, wallet=WalletId("w2"), into=WalletId("w1"))
    two.chain.clock.now_ms += 1
    await gives(two.home, "w1", "m9")
    await two.made(two.home, two.away)
    assert await two.granted() == 0
    assert await two.waiting() == []
    assert await two.held() == []


@pytest.mark.parametrize(("later", "over"), [(-1, False), (0, False), (1, True)])
async def test_who_was_given_a_card_before_they_asked_and_became_one_with_it_is_forgotten(
    two: Wishes, later: int, *, over: bool
) -> None:
    await two.joins(2)
    await two.asks(two.home, 2)
    (asked,) = await two.waiting()
    await two.home.profile("w1", member="m9", turn=9, since=asked.since_ms + later)
    await merge_members(two.chain.exchange, two.chain.merchant, "w2", "w1", by="Chen")
    await two.made(two.home, two.away)
    assert await two.granted() == (not over)
    assert [(one.wallet, one.member) for one in await two.waiting()] == ([] if over else [("w1", "m9")])


async def test_who_has_a_wallet_says_whichever_told_of_the_later_transfer(two: Wishes) -> None:
    await two.home.join("w3")
    await two.home.sync()
    await two.home.profile("w2", turn=9, named=False)
    await two.home.profile("w3", member="m5", turn=9, since=5)

    async def holders() -> dict[str, tuple[str | None, int]]:
        found = await turn.holders(["far", "w1", "w2", "w3"])
        return {wallet: (holder.member, holder.since) for wallet, holder in found.items()}

    async with two.chain.store.turn(two.chain.merchant, two.home.name) as turn:
        assert await holders() == {"w1": ("m-w1", 0), "w3": ("m5", 5)}
        for wallet, member, since in (("w1", "b", 7), ("w2", "b", 1), ("w3", "b", 5)):
            await turn.gave(wallet, HolderRow(member=member, since=since), itself=True)
        assert await holders() == {"w1": ("b", 7), "w2": ("b", 1), "w3": ("m5", 5)}
        for member, since in (("z", 6), ("a", 7)):
            await turn.gave("w1", HolderRow(member=member, since=since), itself=True)
        await turn.gave("w3", HolderRow(member="c", since=6), itself=True)
        assert await holders() == {"w1": ("b", 7), "w2": ("b", 1), "w3": ("c", 6)}
        await turn.gave("w1", HolderRow(member="c", since=7), itself=True)
        await turn.gave("w2", HolderRow(member="a", since=2), itself=True)
        assert await holders() == {"w1": ("c", 7), "w2": ("a", 2), "w3": ("c", 6)}
        await turn.gave("far", HolderRow(member="b", since=1), itself=True)
        assert "far" not in await holders()


async def test_a_site_that_gave_the_wallet_meanwhile_forgets_nobody_by_it(two: Wishes) -> None:
    """It was said before headquarters could hear of that, and named who asked."""
    await two.comes_to_the_other(1)
    await two.asks(two.home, 1)
    await gives(two.away, "w1", "m9")
    assert await two.granted() == 1
    await two.away.apply()
    (said,) = lapses(two.away)
    assert (said.wallets, said.members) == (("w1",), ("m-w1",))
    assert two.away.ledger.erased == set()
    (kept,) = [one for one in two.away.ledger.wallets.values() if one.member == "m9"]
    assert kept.into is None


async def forgotten_at_home(two: Wishes) -> list[tuple[tuple[str, ...], tuple[str, ...]]]:
    """By its own hand, as of somebody without a wallet: what the other hears."""
    await two.home.book(BookErasure, wallet=WalletId("w1"), member=MemberId("m-w1"), why=ErasureReason.ASKED)
    await two.made(two.home, two.away)
    assert two.home.ledger.erased == {"m-w1"}
    return [(one.wallets, one.members) for one in lapses(two.away)]


async def test_whoever_has_the_wallet_of_somebody_who_is_forgotten_stays_at_their_own_shop(
    two: Wishes,
) -> None:
    await two.away.join("w2")
    await two.made(two.home, two.away)
    guest = {"wallet": WalletId("w2"), "member": MemberId("m-w2"), "card": None}
    await two.home.book(BookGuest, **guest)
    await gives(two.home, "w1", "m-pass", onto="w2")
    await two.made(two.home, two.away)
    assert await forgotten_at_home(two) == [(("w1", "w2"), ("m-w1",))]
    assert two.away.ledger.erased == set()
    assert two.away.ledger.is_known(MemberId("m-w2"))


async def test_whoever_was_given_it_stays_a_visitor_elsewhere(two: Wishes) -> None:
    await two.comes_to_the_other(1)
    since = await gives(two.home, "w1", "m9")
    await two.home.profile("w1", member="m9", turn=9, since=since)
    await two.made(two.home, two.away)
    await two.away.book(BookService, SERVED, wallet=WalletId("w1"), commitment="ab" * 32)
    assert await forgotten_at_home(two) == [(("w1",), ("m-w1",))]
    assert [whose for whose, *_ in two.away.ledger.services] == ["m9"]


async def test_who_became_one_with_another_is_forgotten_by_all_names(
    two: Wishes, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(forgotten, "WALLETS_MAX", 1)
    await two.joins(2)
    await two.asks(two.home, 2)
    (asked,) = await two.waiting()
    await merge_members(two.chain.exchange, two.chain.merchant, "w2", "w1", by="Chen")
    await two.made(two.home, two.away)
    assert await two.granted() == 1
    (now,) = await two.waiting()
    assert (now.wallet, now.member, now.since_ms) == ("w1", "m-w1", asked.since_ms)
    assert await two.held() == [("w1",), ("w2",)]
    assert [one.members for one in lapses(two.home)] == [("m-w1",), ("m-w1", "m-w2")]


async def test_of_many_all_are_looked_at(two: Wishes, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(wishes, "AT_ONCE", 2)
    for n in (2, 3, 4):
        await two.joins(n)
    for n in (1, 2, 3, 4):
        await two.asks(two.home, n)
    await two.home.recharge("w2", 1)
    await two.made(two.home, two.away)
    assert await two.granted() == 3
    assert await two.held() == [("w1",), ("w3",), ("w4",)]


async def test_a_headquarters_that_waits_for_shops_after_a_restore_says_nothing_and_names_who_asked(
    two: Wishes,
) -> None:
    await two.asks(two.home, 1)
    two.chain.at_epoch(2)
    assert (await two.round()).asked == ("w1",)
    assert await two.granted() == 0
    assert [one.told for one in await two.waiting()] == [0]


async def test_an_erasure_that_is_done_is_no_wish_and_one_that_waits_is_not_done(two: Wishes) -> None:
    await two.asks(two.home, 1)
    assert await two.held() == []
    assert two.home.ledger.erased == set()


async def test_it_is_looked_at_each_hour_and_only_where_somebody_goes_it_is_said(
    two: Wishes, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)

    class Two:
        async def merchants_known(self) -> list[str]:
            return ["nobody", two.chain.merchant]

    store: Any = Two()
    await two.asks(two.home, 1)
    await running._forgotten(two.chain.exchange, store)
    assert f"1 members of {two.chain.merchant} who asked for it are forgotten" in caplog.text
    assert caplog.text.count("who asked for it") == 1


def test_a_lapse_says_no_day_of_who_asked() -> None:
    assert Lapse(kind=Lapsing.MEMBER, upto=NEVER_MIND, wallets=(WalletId("w1"),)).upto > "2999-12-31"
