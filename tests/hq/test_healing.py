"""Forks, a restored headquarters, two machines for one site, and a site that is dead."""

from __future__ import annotations

import asyncio
from typing import Any

import msgspec
import pytest
from msgspec.structs import replace

from hq.decisions import NotDecided, decide_instance, merge_members, write_off
from hq.memory import MemoryStore
from hq.memory_books import Books
from hq.ports import Cause
from hq.refusal import RequestRefused
from terminal.core.commands import BookGrant, BookRefund, Returned
from terminal.core.commands import Grant as Given
from terminal.core.errors import BadAmount, HeldElsewhere
from terminal.core.values import SiteId, WalletId
from terminal.core.wire.forms import EPOCH_MAX
from terminal.core.wire.journal import Ack, Again, Fork, Pull
from terminal.core.wire.people import KeyToken
from terminal.core.wire.rights import Ask, AskOutcome, Feed
from terminal.store.memory import MemoryLedger
from tests.hq.shop import FLOOR, Chain, Shop

P1, P2 = "wallet:w1:principal", "wallet:w2:principal"
PHONE = KeyToken(token="ab" * 32)


def rolled_back(shop: Shop, kept: int) -> None:
    """The disk of some time ago: the first `kept` entries."""
    old = MemoryLedger(shop.name, shop.instance)
    old.begin(replace(shop.ledger.standing(), fed=0))
    for link in shop.ledger.links[:kept]:
        old.replay(link.body)
    shop.ledger = old


async def with_value(chain: Chain) -> tuple[Shop, Shop]:
    home, away = await chain.shop("S1"), await chain.shop("S2")
    await home.join("w1", "k1")
    await home.recharge("w1", 1000_00)
    await home.sync()
    return home, away


async def test_a_fork_is_healed_by_pulling_and_booking_again(chain: Chain) -> None:
    home, away = await with_value(chain)
    await away.ask((P1, 100_00))
    await away.sync()
    kept = len(home.ledger.links)
    await home.sell("w1", 10_00)
    await home.sync()
    rolled_back(home, kept)
    lost = await home.sell("w1", 20_00)
    answer = await home.push()
    assert isinstance(answer, Fork)
    await home.heal(answer.epoch)
    await home.sync()
    await away.sync()
    assert lost in home.ledger.answers
    assert home.holds(P1) + away.holds(P1) + await chain.pool(P1) == 970_00
    assert await chain.open_exceptions("fork") == [str(answer.epoch)]


async def takes_turns(chain: Chain, home: Shop, times: int, every_ms: int) -> list[str]:
    """An old disk comes back so many times, sells, and heals; what is said of two disks."""
    for _ in range(times):
        kept = len(home.ledger.links)
        await home.sell("w1", 10_00)
        await home.sync()
        rolled_back(home, kept)
        await home.sell("w1", 20_00)
        answer = await home.push()
        assert isinstance(answer, Fork)
        await home.heal(answer.epoch)
        await home.sync()
        chain.clock.now_ms += every_ms
    return await chain.open_exceptions("clone")


async def test_two_disks_of_one_machine_that_take_turns_are_shown_to_people_once(chain: Chain) -> None:
    home, _ = await with_value(chain)
    assert await takes_turns(chain, home, 3, 599_000) == []
    assert await takes_turns(chain, home, 3, 599_000) == ["machine-S1"]
    (why,) = await chain.why("clone")
    assert why.startswith("4 forks, each within 10 minutes")


async def test_a_disk_that_is_put_back_now_and_then_is_no_clone(chain: Chain) -> None:
    home, _ = await with_value(chain)
    assert await takes_turns(chain, home, 5, 600_000) == []


async def test_a_sale_that_an_old_disk_undid_again_is_shown_to_people(chain: Chain) -> None:
    home, away = await with_value(chain)
    before = home.holds(P1) + away.holds(P1) + await chain.pool(P1)
    sale = await home.sell("w1", 30_00)
    await home.sync()
    kept = len(home.ledger.links)
    await away.ask(sales=(sale,))
    await home.sync()
    await away.sync()
    whole = (Returned(line=0, net=30_00),)
    await away.book(BookRefund, of=sale, returned=whole, why="sour")
    await away.sync()
    assert await chain.open_exceptions("twice") == []
    rolled_back(home, kept)
    again = await home.book(BookRefund, of=sale, returned=whole, why="sour")
    answer = await home.push()
    assert isinstance(answer, Fork)
    await home.heal(answer.epoch)
    await home.sync()
    assert await chain.open_exceptions("twice") == [again]
    (why,) = await chain.why("twice")
    assert f"refund of {sale}" in why
    assert "at S2, and 3000 went back to its wallet, of which 3000 are claimed back" in why
    await home.sync()
    await away.sync()
    assert home.holds(P1) + away.holds(P1) + await chain.pool(P1) == before
    assert await chain.overdrawn() == 0
    assert home.holds(f"site:S1:overdraft:{P1.removeprefix('wallet:')}") == 0
    assert await chain.open_exceptions("uncovered") == []


async def test_a_sale_that_both_histories_of_a_disk_undid_comes_back_once(chain: Chain) -> None:
    home, away = await with_value(chain)
    before = home.holds(P1) + away.holds(P1) + await chain.pool(P1)
    sale = await home.sell("w1", 30_00)
    await home.sync()
    kept = len(home.ledger.links)
    whole = (Returned(line=0, net=30_00),)
    await home.book(BookRefund, of=sale, returned=whole, why="sour")
    await home.sync()
    rolled_back(home, kept)
    again = await home.book(BookRefund, of=sale, returned=whole, why="sour")
    answer = await home.push()
    assert isinstance(answer, Fork)
    await home.heal(answer.epoch)
    for shop in (home, away, home, away):
        await shop.sync()
    assert home.holds(P1) + away.holds(P1) + await chain.pool(P1) == before
    assert await chain.overdrawn() == 0
    assert await chain.open_exceptions("twice") == [again]
    (why,) = await chain.why("twice")
    assert "it had been undone there before" in why


async def test_a_right_that_was_not_used_where_it_went_is_there_still_when_an_old_disk_undid_it(
    chain: Chain,
) -> None:
    home, away = await with_value(chain)
    sale = await home.sell("w1", 30_00)
    await home.sync()
    kept = len(home.ledger.links)
    await away.ask(sales=(sale,))
    await home.sync()
    await away.sync()
    rolled_back(home, kept)
    whole = (Returned(line=0, net=30_00),)
    await home.book(BookRefund, of=sale, returned=whole, why="sour")
    answer = await home.push()
    assert isinstance(answer, Fork)
    await home.heal(answer.epoch)
    await home.sync()
    third = await chain.shop("S3")
    await third.ask(sales=(sale,))
    await away.sync()
    await third.sync()
    await third.book(BookRefund, of=sale, returned=whole, why="sour")
    await third.sync()


async def test_cash_that_an_old_disk_paid_back_is_paid_back_nowhere_else_though_points_are_owed(
    chain: Chain,
) -> None:
    home, away = await with_value(chain)
    points = "wallet:w1:points:goods"
    sale = await home.sell("w1", 30_00, points=3, cash=True)
    await home.sync()
    kept = len(home.ledger.links)
    await away.ask((points, 3), sales=(sale,))
    await home.sync()
    await away.sync()
    rolled_back(home, kept)
    whole = (Returned(line=0, net=30_00),)
    again = await home.book(BookRefund, of=sale, returned=whole, why="sour")
    answer = await home.push()
    assert isinstance(answer, Fork)
    await home.heal(answer.epoch)
    await home.sync()
    assert await chain.open_exceptions("uncovered") == [again]
    third = await chain.shop("S3")
    await third.ask(sales=(sale,))
    await away.sync()
    await third.sync()
    with pytest.raises(BadAmount, match="more than was sold"):
        await third.book(BookRefund, of=sale, returned=whole, why="sour")


async def test_a_sale_that_a_lost_branch_undid_where_the_right_still_lies_is_nothing_to_look_at(
    chain: Chain,
) -> None:
    home, _ = await with_value(chain)
    sale = await home.sell("w1", 30_00)
    await home.sync()
    kept = len(home.ledger.links)
    await home.sell("w1", 10_00)
    await home.sync()
    rolled_back(home, kept)
    await home.book(BookRefund, of=sale, returned=(Returned(line=0, net=30_00),), why="sour")
    answer = await home.push()
    assert isinstance(answer, Fork)
    await home.heal(answer.epoch)
    await home.sync()
    assert await chain.open_exceptions("twice") == []


async def test_a_head_below_what_the_site_once_said_is_one_exception_though_the_chains_agree(
    chain: Chain,
) -> None:
    home, _ = await with_value(chain)
    kept = len(home.ledger.links)
    for _ in range(3):
        await home.sell("w1", 10_00)
    assert isinstance(await home.push(1), Ack)  # Three are there; headquarters has one of them.
    rolled_back(home, kept + 1)
    for _ in range(2):
        assert isinstance(await home.push(), Ack)
    assert await chain.open_exceptions("lost") == [f"1:{kept + 3}"]
    assert await chain.open_exceptions("fork") == []
    await chain.conserved()


async def test_what_a_fork_spent_beyond_rights_is_uncovered_and_covered(chain: Chain) -> None:
    home, away = await with_value(chain)
    kept = len(home.ledger.links)
    await home.give_back((P1, 800_00))
    await home.push()
    await away.ask((P1, 1000_00))
    await away.sync()
    rolled_back(home, kept)
    sale = await home.sell("w1", 500_00)  # Its disk still says that it holds 800.
    answer = await home.push()
    assert isinstance(answer, Fork)
    await home.heal(answer.epoch)
    await home.sync()
    assert await chain.open_exceptions("uncovered") == [sale]
    await away.sync()
    await home.sync()
    assert await chain.open_exceptions("uncovered") == []
    assert away.holds(P1) == 500_00


async def test_pull_gives_a_site_its_own_chain_and_nobody_elses(chain: Chain) -> None:
    home, away = await with_value(chain)
    mine = await home.exchange.pull(Pull(**home.me, hq_epoch=1, after=1))
    assert [*mine.bodies] == [link.body for link in home.ledger.links[1:]]
    with pytest.raises(RequestRefused):
        await home.exchange.pull(Pull(**{**home.me, "instance": "another"}, hq_epoch=1, after=0))
    theirs = await away.exchange.pull(Pull(**away.me, hq_epoch=1, after=0))
    assert len(theirs.bodies) == len(away.ledger.links)


async def test_a_feed_waits_for_the_first_directive(chain: Chain) -> None:
    home, away = await with_value(chain)
    after = away.ledger.standing().fed
    waiting = asyncio.ensure_future(
        away.exchange.feed(Feed(**away.me, hq_epoch=1, after=after, wait_ms=20_000))
    )
    await asyncio.sleep(0)
    await away.ask((P1, 10_00))
    async with asyncio.timeout(10):
        assert len((await waiting).items) == 1
    assert home.holds(P1) == 800_00


# Headquarters restored


class Backup:
    """A copy of what the store in memory holds of a chain."""

    def __init__(self, chain: Chain) -> None:
        assert isinstance(chain.store, MemoryStore)
        books = chain.store.merchants[chain.merchant]
        self._hq_epoch = chain.exchange.hq_epoch
        self._rows = [(rows, dict(rows)) for rows in self._tables(books)]

    def restore(self, chain: Chain) -> None:
        """The database, under a higher epoch."""
        hq_epoch = chain.exchange.hq_epoch + 1
        self.put_back(chain)
        chain.at_epoch(hq_epoch)

    def put_back(self, chain: Chain) -> None:
        """The whole folder, the number of the epoch too."""
        assert isinstance(chain.store, MemoryStore)
        for there, rows in self._rows:
            there.clear()
            there.update(rows)
        chain.at_epoch(self._hq_epoch)

    @staticmethod
    def _tables(books: Books) -> list[dict[Any, Any]]:
        return [rows for of in (books, books.lapses) for rows in vars(of).values() if isinstance(rows, dict)]


@pytest.fixture
def memory() -> Chain:
    return Chain(MemoryStore())


async def test_a_restored_headquarters_moves_nothing_before_every_site_has_called(memory: Chain) -> None:
    home, away = await with_value(memory)
    backup = Backup(memory)
    await away.ask((P1, 150_00))
    await away.sync()
    await away.sell("w1", 30_00)
    await away.sync()
    backup.restore(memory)
    assert (await home.ask((P1, 990_00))).outcome is AskOutcome.SHORT
    with pytest.raises(NotDecided):
        await merge_members(memory.exchange, memory.merchant, "w1", "w1", by="Chen")
    await home.sync()
    assert (await home.ask((P1, 990_00))).outcome is AskOutcome.SHORT
    await away.sync()
    assert await memory.pool(P1) == 50_00
    assert (await home.ask((P1, 990_00))).outcome is AskOutcome.WAITING
    assert await memory.overdrawn() == 0
    assert await memory.exceptions() == {}


async def test_what_was_granted_before_a_restore_out_of_what_came_after_stands_open_until_it_is_there(
    memory: Chain,
) -> None:
    home, away = await with_value(memory)
    backup = Backup(memory)
    await home.give_back((P1, 800_00))
    await home.sync()
    await away.ask((P1, 1000_00))
    await away.sync()
    backup.restore(memory)
    assert isinstance(await away.push(), Ack)
    await memory.conserved()
    assert await memory.overdrawn() > 0  # Its grant is known, the release that filled it not yet.
    await home.sync()
    await away.sync()
    assert await memory.overdrawn() == 0
    assert away.holds(P1) == 1000_00
    assert await memory.exceptions() == {}


async def test_directives_that_nobody_applied_are_numbered_anew_and_applied_once(memory: Chain) -> None:
    home, away = await with_value(memory)
    await away.ask((P1, 50_00))
    backup = Backup(memory)
    await away.sync()
    await away.ask((P1, 70_00))
    backup.restore(memory)
    items = await away.told_now()
    assert items == []  # In quarantine nothing is told.
    await away.sync()
    await home.sync()
    await away.sync()
    assert away.holds(P1) == 50_00
    await away.ask((P1, 70_00))
    await away.sync()
    assert away.holds(P1) == 70_00


async def test_a_merge_that_a_restore_forgot_is_learnt_from_one_site_and_told_to_all(memory: Chain) -> None:
    one, other = await memory.shop("S1"), await memory.shop("S2")
    for shop, wallet in ((one, "w1"), (other, "w2")):
        await shop.join(wallet)
        await shop.recharge(wallet, 50_00)
        await shop.sync()
    backup = Backup(memory)
    await merge_members(memory.exchange, memory.merchant, "w2", "w1", by="Chen")
    await other.sync()
    backup.restore(memory)
    await other.sync()
    await one.sync()
    assert await memory.open_exceptions("merge") == ["w2"]
    assert [item.directive.into for item in one.told if hasattr(item.directive, "into")] == ["w1"]


async def test_covered_before_a_restore_is_not_covered_twice(memory: Chain) -> None:
    home, away = await with_value(memory)
    await away.ask((P1, 1_00))
    await away.sync()
    backup = Backup(memory)
    await away.sell("w1", 81_00, floor=FLOOR)
    await away.sync()
    assert away.holds("site:S2:overdraft:w1:principal") == 0
    backup.restore(memory)
    await away.sync()
    await home.sync()
    await away.sync()
    assert away.holds("site:S2:overdraft:w1:principal") == 0
    assert await memory.overdrawn() == 0
    assert home.holds(P1) + away.holds(P1) + await memory.pool(P1) == 919_00


async def test_calls_under_another_epoch_change_nothing(memory: Chain) -> None:
    home, _ = await with_value(memory)
    before = await memory.store.totals(memory.merchant)
    memory.at_epoch(2)
    assert (await home.exchange.ask(Ask(**home.me, hq_epoch=1, id=memory.ids.new()))).hq_epoch == 2
    assert (await home.exchange.feed(Feed(**home.me, hq_epoch=1, after=0))).items == ()
    welcome = await home.hello()
    stale = replace(await home.batch(welcome), hq_epoch=1)
    assert await home.exchange.push(stale) == Again(hq_epoch=2)
    assert await memory.store.totals(memory.merchant) == before


# Two machines, dead sites


async def test_the_winner_gets_a_higher_number_and_the_loser_stays_refused(chain: Chain) -> None:
    home, _ = await with_value(chain)
    twin = Shop(chain, "S1", "twin")
    for _ in range(2):
        with pytest.raises(RequestRefused):
            await twin.hello()
    assert await chain.open_exceptions("instance") == ["twin"]
    row = await decide_instance(chain.exchange, chain.merchant, SiteId("S1"), "twin", saw=1, by="Chen")
    assert row.instance_no == 2
    assert (await twin.hello()).instance_no == 2
    with pytest.raises(RequestRefused):
        await home.hello()
    assert await chain.open_exceptions("instance") == []
    with pytest.raises(NotDecided):
        await decide_instance(chain.exchange, chain.merchant, SiteId("S1"), "unheard of", saw=2, by="Chen")
    row = await decide_instance(chain.exchange, chain.merchant, SiteId("S1"), home.instance, saw=2, by="Chen")
    assert row.instance_no == 3
    assert (await home.hello()).instance_no == 3


async def test_a_dead_site_is_written_off_by_two_and_its_members_keep_their_money(chain: Chain) -> None:
    home, away = await with_value(chain)
    await home.sync()
    for by, second in (("Chen", "Chen"), ("Chen", " "), ("", "Li"), ("Chen", " cHEN ")):
        with pytest.raises(NotDecided):
            await write_off(chain.exchange, chain.merchant, SiteId("S1"), by=by, second=second)
    await write_off(chain.exchange, chain.merchant, SiteId("S1"), by="Chen", second="Li")
    await chain.conserved()
    assert await chain.pool(P1) == 1000_00
    with pytest.raises(RequestRefused):
        await home.hello()
    await away.ask((P1, 1000_00), ("wallet:w1:coupon:k1", 1))
    await away.sync()
    assert away.holds(P1) == 1000_00
    assert away.holds("wallet:w1:coupon:k1") == 1
    assert (await chain.exceptions())["written_off", "S1", "S1"] == "written off"


async def test_a_dead_site_that_calls_again_is_one_exception_that_a_person_decides(chain: Chain) -> None:
    home, _ = await with_value(chain)
    await write_off(chain.exchange, chain.merchant, SiteId("S1"), by="Chen", second="Li")
    await home.sell("w1", 10_00)
    for _ in range(2):
        with pytest.raises(RequestRefused, match="written off"):
            await home.hello()
    assert await chain.open_exceptions("returned") == ["machine-S1"]
    held = len(home.ledger.links) - 1
    assert await chain.why("returned") == [f"machine-S1 calls, with what it booked after {held}"]
    cause = Cause(kind="returned", site=SiteId("S1"), subject="machine-S1")
    await chain.decide(cause, "booked by hand")
    with pytest.raises(RequestRefused):
        await home.hello()
    assert await chain.open_exceptions("returned") == []
    await chain.conserved()


@pytest.mark.parametrize("theirs", [EPOCH_MAX, EPOCH_MAX - 1])
async def test_a_chain_whose_epoch_no_number_follows_is_refused_and_nothing_is_kept(
    chain: Chain, theirs: int
) -> None:
    home, _ = await with_value(chain)
    behind = replace(await home.batch(await home.hello()), epoch=theirs, head_seq=0, head_hash="00" * 32)
    behind = replace(behind, start=0, before="00" * 32, after="00" * 32, bodies=())
    if theirs < EPOCH_MAX:
        assert isinstance(await chain.exchange.push(behind), Fork)
        return
    with pytest.raises(RequestRefused, match="no epoch follows"):
        await chain.exchange.push(behind)
    assert await chain.exceptions() == {}
    with pytest.raises(msgspec.ValidationError):
        msgspec.json.decode(msgspec.json.encode(replace(behind, epoch=EPOCH_MAX + 1)), type=type(behind))
    with pytest.raises(msgspec.ValidationError):
        msgspec.json.decode(msgspec.json.encode(Fork(hq_epoch=1, epoch=EPOCH_MAX + 1)), type=Fork)


async def test_grants_on_their_way_to_a_dead_site_come_back(chain: Chain) -> None:
    home, away = await with_value(chain)
    await away.ask((P1, 150_00))
    assert await chain.pool(P1) == 50_00
    await write_off(chain.exchange, chain.merchant, SiteId("S2"), by="Chen", second="Li")
    await chain.conserved()
    assert await chain.pool(P1) == 200_00
    assert home.holds(P1) == 800_00


async def test_a_dead_site_does_not_hold_up_a_restore(memory: Chain) -> None:
    home, _away = await with_value(memory)
    memory.at_epoch(2)
    await home.sync()
    assert (await home.ask((P1, 900_00))).outcome is AskOutcome.SHORT
    await write_off(memory.exchange, memory.merchant, SiteId("S2"), by="Chen", second="Li")
    assert (await home.ask((P1, 900_00))).outcome is AskOutcome.DIRECTED
    await home.sync()
    assert home.holds(P1) == 900_00


async def test_the_right_to_undo_a_sale_moves_with_its_facts(chain: Chain) -> None:
    home, away = await with_value(chain)
    sale = await home.sell("w1", 30_00)
    gift = (Given(unit="cashback", amount=90),)
    await home.book(BookGrant, wallet=WalletId("w1"), why="friend", with_entry=sale, grants=gift)
    await home.sync()
    asked = await away.ask(sales=(sale,))
    assert asked.outcome is AskOutcome.WAITING
    await home.sync()
    await away.sync()
    back = (Returned(line=0, net=10_00),)
    with pytest.raises(HeldElsewhere):
        await home.book(BookRefund, of=sale, returned=back, why="sour")
    await away.book(BookRefund, of=sale, returned=back, why="sour")
    assert away.holds("wallet:w1:debt:cashback") == -30, "what came with the sale goes back with it"
    await away.sync()
    assert (await home.ask(sales=(sale,))).outcome is AskOutcome.WAITING
    await away.sync()
    await home.sync()
    await home.book(BookRefund, of=sale, returned=(Returned(line=0, net=20_00),), why="sour")
    await home.sync()
    assert home.holds(P1) + away.holds(P1) + await chain.pool(P1) == 1000_00
