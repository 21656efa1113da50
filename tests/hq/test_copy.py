"""Headquarters whose whole folder was put back, with the number of its epoch, and nobody says so."""

from __future__ import annotations

from hashlib import sha256

import pytest

from hq.decisions import set_card, write_off
from hq.marks import Marks, Told, last_of
from hq.memory import MemoryStore
from hq.ports import Order
from hq.refusal import RequestRefused
from terminal.core.cards import CardState
from terminal.core.commands import BookDirective
from terminal.core.directives import CardStanding, Covered, Directed
from terminal.core.rights import Floor
from terminal.core.values import INTEGER_MAX
from terminal.core.wire.journal import Ack, Again, Hello, Welcome
from terminal.core.wire.rights import AskOutcome, Feed
from tests.core.ledger.book import AT
from tests.hq.shop import Chain, Shop
from tests.hq.test_healing import P1, Backup, with_value

EDIT = "01a0c450-6c01-7000-8000-0000000000e1"


async def shows(shop: Shop, *marks: str) -> Welcome:
    return await shop.exchange.hello(Hello(**shop.me, marks=marks))


def said(
    shop: Shop, hq_epoch: int = 1, *, acked: int = 0, fed: int = 0, edits: int = 0, last: str = ""
) -> str:
    """What headquarters would have said to it."""
    last = last_of(last or (shop.told[fed - 1].id if 0 < fed <= len(shop.told) else ""))
    told = Told(hq_epoch=hq_epoch, acked=acked, fed=fed, edits=edits, last=last)
    mark: str = shop.marks.of(shop.chain.merchant, shop.name, told)
    return mark


@pytest.fixture(autouse=True)
def _alone(chain: Chain, monkeypatch: pytest.MonkeyPatch) -> None:
    """The database is shared by tests: nobody else's books are said to be a copy."""

    async def none() -> list[str]:
        return []

    monkeypatch.setattr(chain.store, "merchants_known", none)


@pytest.mark.parametrize("what", ["acked", "fed", "edits"])
async def test_books_that_hold_less_than_they_said_are_a_copy_and_begin_an_epoch(
    chain: Chain, what: str
) -> None:
    home, away = await with_value(chain)
    for edit in (EDIT, EDIT, "01a0c450-6c01-7000-8000-0000000000e2"):
        await home.profile("w1", edit=edit)
    here = {"acked": len(home.ledger.links), "fed": home.ledger.standing().fed, "edits": 2}[what]
    assert (await shows(home, said(home, **{what: here}))).hq_epoch == 1
    assert (await shows(home, said(home, **{what: here + 1}))).hq_epoch == 2
    assert (await shows(home, said(home, **{what: here + 1}))).hq_epoch == 2
    assert chain.begun == [2]
    assert await chain.open_exceptions("copy") == ["2"]
    assert (await away.ask((P1, 10_00))).outcome is AskOutcome.SHORT  # Until every site has called.
    await home.sync()
    await away.sync()
    assert (await away.ask((P1, 10_00))).outcome is AskOutcome.DIRECTED
    assert (await chain.why("copy")) == [
        "these books came back from an older copy: site S1 was told what they do not hold"
    ]


async def test_another_directive_under_the_number_that_was_told_is_a_copys(chain: Chain) -> None:
    home, _ = await with_value(chain)
    fed = home.ledger.standing().fed
    assert (await shows(home, said(home, fed=fed))).hq_epoch == 1
    assert (await shows(home, said(home, fed=fed, last="01a0c450-6c01-7000-8000-0000000000e9"))).hq_epoch == 2


async def test_what_was_taken_back_of_a_dead_site_is_no_sign_of_a_copy(chain: Chain) -> None:
    home, away = await with_value(chain)
    await away.ask((P1, 10_00))
    assert await away.told_now() != []
    await write_off(chain.exchange, chain.merchant, away.name, by="Chen", second="Li")
    with pytest.raises(RequestRefused, match="written off"):
        await away.hello()
    assert (await home.hello()).hq_epoch == 1
    assert chain.begun == []


@pytest.mark.parametrize("chain", ["memory"], indirect=True)
async def test_what_a_copy_forgot_that_it_directed_is_no_breach_and_is_passed_on(chain: Chain) -> None:
    """The nonce is the one that it gave: the site pushes, and says no HELLO first."""
    home, away = await with_value(chain)
    welcome = await home.hello()
    backup = Backup(chain)
    await set_card(chain.exchange, chain.merchant, "c1", CardState.LOST, by="Chen")
    fed = await home.exchange.feed(Feed(**home.me, hq_epoch=1, after=home.ledger.standing().fed))
    home.fed_mark = fed.mark
    await home.ledger.submit(
        BookDirective(
            id=fed.items[0].id,
            at=AT,
            directed=Directed(hq_epoch=1, m=fed.items[0].m),
            directive=fed.items[0].directive,
        )
    )
    backup.put_back(chain)
    await set_card(chain.exchange, chain.merchant, "c2", CardState.LOST, by="Chen")  # Under the same number.
    assert isinstance(await home.exchange.push(await home.batch(welcome)), Again)
    assert chain.begun == [2]
    for shop in (home, away, home, away):
        await shop.sync()
    assert await chain.open_exceptions("breach") == []
    told = [item.directive for item in away.told]
    assert {one.card for one in told if isinstance(one, CardStanding)} == {"c1", "c2"}


async def test_an_epoch_that_they_do_not_know_is_exceeded(chain: Chain) -> None:
    home, _ = await with_value(chain)
    assert (await shows(home, said(home, 7))).hq_epoch == 8
    assert chain.begun == [8]
    assert (await home.push()).hq_epoch == 8


async def test_a_site_that_they_have_never_heard_of_proves_it_too(chain: Chain) -> None:
    await with_value(chain)
    new = Shop(chain, "S9", "machine-S9")
    assert (await shows(new, said(new, acked=1))).hq_epoch == 2


async def test_what_this_headquarters_never_said_to_that_site_proves_nothing(chain: Chain) -> None:
    home, away = await with_value(chain)
    mark = said(home, acked=99)
    others = Marks(lambda text: sha256(b"x" + text).digest())
    foreign = others.of(chain.merchant, home.name, Told(hq_epoch=1, acked=99, fed=0, edits=0))
    neighbour = chain.marks.of("another", home.name, Told(hq_epoch=1, acked=99, fed=0, edits=0))
    more = mark.replace(".99.", ".100.")
    beyond = said(home, INTEGER_MAX + 1)
    older = ".".join(mark.split(".")[:4] + mark.split(".")[5:])
    garbage = ("", "1", ".....", older, "1.99.0.0..", "x.99.0.0..aa", "1.99.0.0..é", "²." + mark[2:])
    garbage += ("9" * 120 + ".1.1.1..a",)
    for shown in (foreign, neighbour, more, beyond, mark[:-1], *garbage):
        assert (await shows(home, shown)).hq_epoch == 1
    assert (await shows(away, mark)).hq_epoch == 1
    assert (chain.begun, await chain.exceptions()) == ([], {})


async def test_another_process_over_the_same_books_follows_with_its_next_transaction(chain: Chain) -> None:
    home, away = await with_value(chain)
    first = chain.exchange
    chain.begun = []
    chain.at_epoch(1)
    welcome = await away.hello()
    assert (await first.hello(Hello(**home.me, marks=(said(home, acked=99),)))).hq_epoch == 2
    assert (await chain.exchange.push(await away.batch(welcome))).hq_epoch == 2
    assert (chain.exchange.hq_epoch, chain.begun) == (2, [2])
    assert (await away.ask((P1, 10_00))).outcome is AskOutcome.SHORT
    await home.sync()
    await away.sync()
    assert (await away.ask((P1, 10_00))).outcome is AskOutcome.DIRECTED
    assert await chain.open_exceptions("copy") == ["2"]


@pytest.mark.parametrize("chain", ["memory"], indirect=True)
async def test_what_a_copy_covers_a_second_time_is_said_to_the_site_once(chain: Chain) -> None:
    home, away = await with_value(chain)
    third = await chain.shop("S3")
    await away.ask((P1, 10_00))
    await away.sync()
    await away.sell("w1", 400_00, floor=Floor(wallet=1000_00, site=1000_00))
    for _ in range(2):
        await away.sync()
    await home.apply()  # It releases the rest, and headquarters is restored before it says so.
    chain.at_epoch(2)
    await home.push()
    await away.push()
    assert await chain.overdrawn() == 200_00
    backup = Backup(chain)
    await third.push()  # The last one: headquarters covers what is open.
    assert await chain.overdrawn() == 0
    await away.apply()
    await home.sell("w1", 10_00)
    await home.push()
    backup.put_back(chain)
    await third.push()  # Again, as it does not know what it told.
    assert await chain.overdrawn() == 0
    for _ in range(3):
        for shop in (home, third, away):
            await shop.sync()
    assert await chain.open_exceptions("copy") == ["3"]
    owed = "site:S2:overdraft:w1:principal"
    assert sum(n for one, n in away.ledger.balances.items() if one.name == owed) == 0
    assert home.holds(P1) + away.holds(P1) + await chain.pool(P1) == 590_00


async def test_a_cover_that_is_not_applied_is_lessened_or_goes(chain: Chain) -> None:
    home, _ = await with_value(chain)
    told = [
        Order(site=home.name, id=chain.ids.new(), directive=Covered(account=account, amount=amount))
        for account, amount in ((P1, 30), (P1, 20), ("wallet:w2:principal", 9), (P1, 5))
    ]
    async with chain.store.turn(chain.merchant, home.name, alone=True) as turn:
        before = len(await turn.feed_after(1, 0, 99))
        await turn.direct(1, told)
        await turn.uncover([P1], 1_000, 1)  # Nothing of this epoch.
        assert len(await turn.feed_after(1, 0, 99)) == before + 4
        await turn.uncover(["wallet:w0:principal", P1], 35, 2)
        await turn.renumber(2)
        left = [one.directive for one in await turn.feed_after(2, 0, 99)]
    amounts = [(one.account, one.amount) for one in left if isinstance(one, Covered)]
    assert amounts == [(P1, 15), ("wallet:w2:principal", 9), (P1, 5)]


@pytest.mark.parametrize("chain", ["memory"], indirect=True)
async def test_nothing_is_lost_and_nothing_doubled_when_the_whole_folder_was_put_back(chain: Chain) -> None:
    assert isinstance(chain.store, MemoryStore)
    home, away = await with_value(chain)
    backup = Backup(chain)
    await away.ask((P1, 150_00))
    await away.sync()
    sale = await away.sell("w1", 30_00)
    await away.sync()
    backup.put_back(chain)
    assert (await home.hello()).hq_epoch == 1  # Nothing that it was told since is lacking.
    await away.sync()
    assert await chain.open_exceptions("copy") == ["2"]
    assert (await home.ask((P1, 990_00))).outcome is AskOutcome.SHORT
    await home.sync()
    assert sale in chain.store.merchants[chain.merchant].claims
    assert await chain.pool(P1) == 50_00
    assert home.holds(P1) + away.holds(P1) + 50_00 == 970_00
    assert await chain.overdrawn() == 0
    assert set(await chain.exceptions()) == {("copy", "", "2")}


@pytest.mark.parametrize("chain", ["memory"], indirect=True)
@pytest.mark.parametrize("greets", [True, False])
async def test_an_edit_that_a_copy_lacks_is_seen_before_the_next_one_makes_up_the_number(
    chain: Chain, *, greets: bool
) -> None:
    """It was taken between a PUSH and a PROFILE: entries and directives are all there."""
    assert isinstance(chain.store, MemoryStore)
    home, away = await with_value(chain)
    await home.profile("w1", turn=1)
    backup = Backup(chain)
    await home.profile("w1", edit=EDIT, turn=2)
    backup.put_back(chain)
    told = await home.profile("w2", turn=3, greets=greets)
    assert (told.hq_epoch, chain.begun) == (2, [2])
    if not greets:
        assert told.ids == ()
    assert await chain.open_exceptions("copy") == ["2"]
    await home.profile("w1", edit=EDIT, turn=2)  # As a site does with all its edits under a new epoch.
    assert chain.store.merchants[chain.merchant].profiles["w1"].id == EDIT
    await home.sync()
    await away.sync()
    assert (await away.ask((P1, 10_00))).outcome is AskOutcome.DIRECTED


async def test_the_beginning_is_finished_when_the_database_was_away_in_between(
    chain: Chain, monkeypatch: pytest.MonkeyPatch
) -> None:
    home, _ = await with_value(chain)
    known = chain.store.merchants_known

    async def away() -> list[str]:
        raise OSError("away")

    monkeypatch.setattr(chain.store, "merchants_known", away)
    with pytest.raises(OSError, match="away"):
        await shows(home, said(home, acked=99))
    monkeypatch.setattr(chain.store, "merchants_known", known)
    assert chain.begun == [2]
    assert await chain.open_exceptions("copy") == []
    await chain.exchange.look()
    assert await chain.open_exceptions("copy") == ["2"]
    assert isinstance(await home.push(), Ack)


async def test_every_merchant_of_those_books_is_told_and_nobody_learns_of_the_neighbour() -> None:
    store = MemoryStore()
    mine, theirs = Chain(store), Chain(store)
    home, _ = await with_value(mine)
    other, away = await with_value(theirs)
    theirs.exchange = mine.exchange
    await shows(home, said(home, acked=99))
    (why,) = await theirs.why("copy")
    assert why.endswith(": a site of another merchant was told what they do not hold")
    assert (await away.ask((P1, 10_00))).outcome is AskOutcome.SHORT
    await other.sync()
    await away.sync()
    assert (await away.ask((P1, 10_00))).outcome is AskOutcome.DIRECTED
