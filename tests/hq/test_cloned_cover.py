"""Each spend is covered once, whichever disk of a site hears of it, and whatever headquarters forgot."""

from __future__ import annotations

import pytest

from hq.decisions import merge_members
from hq.ports import Order
from hq.pot import POOL
from terminal.core.directives import Covered, Directed
from terminal.core.errors import InsufficientFunds
from terminal.core.wire.journal import Ack, Fork
from tests.hq.shop import FLOOR, Chain, Shop
from tests.hq.test_cloned_restore import IN_MEMORY, cloned
from tests.hq.test_forged import says
from tests.hq.test_healing import P1, Backup, with_value

OWED = "site:S2:overdraft:w1:principal"


async def covered_where_it_was_not_spent(chain: Chain, own: int = 0) -> tuple[Shop, Shop, Shop]:
    """(home, away, its clone): away alone spent 20 beyond what it held; its clone heard of their cover.

    Then headquarters is put back to before the spend. `own`: what the clone had spent beyond by then.
    """
    home, away = await with_value(chain)
    await away.ask((P1, 10_00))
    await away.sync()
    backup, clone = Backup(chain), cloned(away)
    await away.sell("w1", 30_00, floor=FLOOR)
    assert isinstance(await away.push(), Ack)
    if own:
        await clone.sell("w1", 10_00 + own, floor=FLOOR)
    (told,) = await clone.apply()
    assert told.directive == Covered(account=P1, amount=20_00)
    backup.restore(chain)
    await home.sync()
    return home, away, clone


async def heals(shop: Shop) -> None:
    fork = await shop.push()
    assert isinstance(fork, Fork)
    await shop.heal(fork.epoch)


async def settled(home: Shop, away: Shop, *, spent: int) -> None:
    """Nothing is open on either side, and what was loaded less what was spent lies somewhere, once."""
    chain = home.chain
    for _ in range(3):
        await home.sync()
        await away.sync()
    assert away.holds(OWED) == await chain.overdrawn() == 0
    assert home.holds(P1) + away.holds(P1) + await chain.pool(P1) == 1000_00 - spent
    assert await chain.open_exceptions("uncovered") == await chain.open_exceptions("breach") == []


@IN_MEMORY
async def test_what_only_the_original_spent_is_covered_once_though_its_clone_confirms_first(
    chain: Chain,
) -> None:
    home, away, clone = await covered_where_it_was_not_spent(chain)
    assert clone.holds(OWED) == 0
    assert isinstance(await clone.push(), Ack)
    await heals(away)
    await settled(home, away, spent=30_00)


@IN_MEMORY
async def test_a_disk_that_hears_of_anothers_cover_may_give_no_more_beyond_its_rights(chain: Chain) -> None:
    _, _, clone = await covered_where_it_was_not_spent(chain)
    await clone.sell("w1", clone.holds(P1) + FLOOR.wallet, floor=FLOOR)
    with pytest.raises(InsufficientFunds):
        await clone.sell("w1", 1, floor=FLOOR)


@IN_MEMORY
@pytest.mark.parametrize("own", [5_00, 20_00, 25_00])
async def test_it_covers_what_that_disk_has_spent_itself_and_no_more(chain: Chain, own: int) -> None:
    """Less, as much, more: what is left of either is covered when headquarters hears of it."""
    home, away, clone = await covered_where_it_was_not_spent(chain, own=own)
    assert clone.holds(OWED) == min(0, 20_00 - own)
    assert isinstance(await clone.push(), Ack)
    await heals(away)
    await settled(home, away, spent=30_00 + 10_00 + own)


async def covered_under_two_epochs(chain: Chain) -> tuple[Shop, Shop]:
    """(home, away): away heard of a cover, its clone did not and confirmed first, so it was covered again.

    Of what covers it the second time away has yet to hear.
    """
    home, away = await with_value(chain)
    await away.ask((P1, 200_00))
    await away.sync()
    await away.sell("w1", 220_00, floor=FLOOR)
    await away.push()
    backup, clone = Backup(chain), cloned(away)
    await home.sync()
    assert [one.directive for one in await away.apply()] == [Covered(account=P1, amount=20_00)]
    backup.restore(chain)
    await home.sync()
    assert await chain.overdrawn() == 20_00
    assert isinstance(await clone.push(), Ack)
    assert await chain.overdrawn() == 0
    return home, away


@IN_MEMORY
@pytest.mark.parametrize("more", [0, 5_00, 20_00, 30_00])
async def test_what_was_covered_under_two_epochs_counts_once_whatever_was_spent_in_between(
    chain: Chain, more: int
) -> None:
    home, away = await covered_under_two_epochs(chain)
    assert away.holds(OWED) == 0
    if more:
        await away.sell("w1", more, floor=FLOOR)
    assert isinstance(await away.push(), Ack)
    await settled(home, away, spent=220_00 + more)


def posts(account: str, amount: int) -> tuple[tuple[str, int], ...]:
    """What an entry posts that covers so much of it."""
    _, of, unit = account.split(":", 2)
    return ((f"site:S1:overdraft:{of}:{unit}", amount), (f"site:S1:rights:{unit}", -amount))


@pytest.mark.parametrize(
    ("posted", "left"), [(-5_00, 20_00), (0, 20_00), (1, 19_99), (19_99, 1), (20_00, 0), (25_00, 0)]
)
async def test_by_what_was_posted_of_a_cover_before_a_restore_its_second_is_less(
    chain: Chain, posted: int, left: int
) -> None:
    home, _ = await with_value(chain)
    covered = Covered(account=P1, amount=20_00)
    async with chain.store.turn(chain.merchant, home.name, alone=True) as turn:
        await turn.direct(1, [Order(site=home.name, id=chain.ids.new(), directive=covered)])
    chain.at_epoch(2)
    await says(home, covered, Directed(hq_epoch=1, m=77), *posts(P1, posted))
    assert isinstance(await home.push(), Ack)
    told = [one.directive for one in await home.told_now()]
    assert [one.amount for one in told if isinstance(one, Covered)] == ([left] if left else [])


@pytest.mark.parametrize(
    ("posted", "rest"), [(-1, 90_00), (0, 90_00), (1, 89_99), (89_99, 1), (90_00, 0), (91_00, 0)]
)
async def test_of_a_spend_so_much_is_covered_as_was_posted_before_a_restore(
    chain: Chain, posted: int, rest: int
) -> None:
    """Headquarters has that open itself from then on, and the site the rest."""
    account = "wallet:c9:principal"
    one, _ = await with_value(chain)
    await one.join("c9")
    sale = await one.sell("c9", 90_00, floor=FLOOR)
    await one.sync()
    chain.at_epoch(2)
    covered = Covered(account=account, amount=90_00)
    await says(one, covered, Directed(hq_epoch=1, m=77), *posts(account, posted))
    assert isinstance(await one.push(), Ack)
    await chain.conserved()
    async with chain.store.turn(chain.merchant, one.name, alone=True) as turn:
        (pot,) = await turn.pots({account: [account]})
    open_here = {owed.site: owed.rest for owed in pot.overdrafts.values()}
    assert open_here == {site: n for site, n in ((one.name, rest), (POOL, 90_00 - rest)) if n}
    assert await chain.open_exceptions("uncovered") == ([sale] if rest else [])


C8, C9 = "wallet:c8:principal", "wallet:c9:principal"


async def two_spent(chain: Chain, **beyond: int) -> Shop:
    """One person, as headquarters knows and the site has not heard yet; so much was spent by each name."""
    one, _ = await with_value(chain)
    for wallet, amount in beyond.items():
        await one.join(wallet)
        if amount:
            await one.sell(wallet, amount, floor=FLOOR)
    await one.sync()
    await merge_members(chain.exchange, chain.merchant, *beyond, by="Chen")
    return one


@pytest.mark.parametrize(
    ("at", "beyond", "rests"),
    [
        (C9, {"c8": 90_00, "c9": 90_00}, {C8: 90_00, C9: 40_00}),
        (C9, {"c9": 90_00, "c8": 90_00}, {C8: 90_00, C9: 40_00}),
        (C9, {"c8": 90_00, "c9": 0}, {C8: 90_00}),
        (C8, {"c8": 90_00, "c9": 0}, {C8: 40_00}),  # There they are one already.
        (C8, {"c8": 30_00, "c9": 90_00}, {C9: 70_00}),
    ],
)
async def test_what_is_open_under_another_name_is_not_covered_in_its_place(
    chain: Chain, at: str, beyond: dict[str, int], rests: dict[str, int]
) -> None:
    """Or the site would have it open for ever, and its other name covered twice."""
    one = await two_spent(chain, **beyond)
    chain.at_epoch(2)
    await says(one, Covered(account=C9, amount=50_00), Directed(hq_epoch=1, m=77), *posts(at, 50_00))
    assert isinstance(await one.push(), Ack)
    await chain.conserved()
    async with chain.store.turn(chain.merchant, one.name, alone=True) as turn:
        (pot,) = await turn.pots({C9: [C8, C9]})
    assert {owed.account: owed.rest for owed in pot.overdrafts.values() if owed.site} == rests


@pytest.mark.parametrize(("at", "left"), [(C9, [(C8, 20_00), (C9, 5_00)]), (C8, [(C8, 5_00), (C9, 20_00)])])
async def test_what_is_covered_a_second_time_under_another_name_is_said_still(
    chain: Chain, at: str, left: list[tuple[str, int]]
) -> None:
    """In the order of the feed, where the site knows that both are one."""
    one = await two_spent(chain, c8=0, c9=0)
    orders = [
        Order(site=one.name, id=chain.ids.new(), directive=Covered(account=account, amount=20_00))
        for account in (C8, C9)
    ]
    async with chain.store.turn(chain.merchant, one.name, alone=True) as turn:
        await turn.direct(1, orders)
    chain.at_epoch(2)
    await says(one, Covered(account=C9, amount=15_00), Directed(hq_epoch=1, m=77), *posts(at, 15_00))
    assert isinstance(await one.push(), Ack)
    told = [one.directive for one in await one.told_now()]
    assert [(one.account, one.amount) for one in told if isinstance(one, Covered)] == left
