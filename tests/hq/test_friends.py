"""A free service for who brought a newcomer is value to headquarters: held, and taken back."""

from __future__ import annotations

from msgspec.structs import replace

from hq.decisions import write_off
from terminal.core.commands import (
    BookGrant,
    BookImport,
    BookJoin,
    BookRefund,
    BookSale,
    BookVoid,
    Grant,
    Opens,
    Private,
    Returned,
    SaleLine,
    Sells,
    Tender,
    TenderKind,
)
from terminal.core.directives import Release
from terminal.core.rights import Want
from terminal.core.values import EntryId, MemberId, SiteId, StaffId, WalletId
from terminal.core.wire.rights import AskOutcome
from tests.core.ledger.book import AT
from tests.hq.shop import Chain, Shop

OLD, NEW = WalletId("w1"), WalletId("w2")
FREE = Grant(unit="count:F02-free", amount=1, until="2026-12-24")
USES, DEBT = f"wallet:{OLD}:{FREE.unit}", f"wallet:{OLD}:debt:{FREE.unit}"
LINE = SaleLine(sku="T", name="t", category="drink", quantity=1, unit_price=100, gross=100, net=100)
USE = Tender(kind=TenderKind.USES, amount=100, of=FREE.unit, units=1)


def newcomer() -> Opens:
    return Opens(
        wallet=NEW, member=MemberId("m-w2"), card=None, commitment="", terms="1", channel="counter",
        recruiter=AT.operator, introduced_by=OLD,
    )  # fmt: skip


async def buys(shop: Shop, uses: int = 1) -> EntryId:
    cash = Tender(kind=TenderKind.CASH, amount=100)
    more = {"tenders": (cash,), "received": 100, "bringer": (replace(FREE, amount=uses),)}
    return await shop.book(BookSale, wallet=NEW, card=None, lines=(LINE,), due=100, **more)


async def test_it_is_held_where_it_was_given_until_the_sale_is_undone(chain: Chain) -> None:
    shop = await chain.shop("S1")
    await shop.join(OLD)
    await shop.book(BookJoin, Private(), opens=newcomer())
    sale = await buys(shop)
    await shop.sync()

    async def held() -> int:
        totals = await chain.store.totals(chain.merchant)
        return next((one.held for one in totals if one.account == USES), 0)

    assert await held() == 1
    await chain.conserved()
    await shop.book(BookVoid, of=sale, why="x")
    await shop.sync()
    assert await held() == 0
    await chain.conserved()
    assert await chain.exceptions() == {}


async def owed(chain: Chain) -> tuple[int, int]:
    """Of who brought the newcomer: held at shops, and owed there."""
    async with chain.store.turn(chain.merchant, "S1") as turn:
        (uses,) = await turn.pots({USES: [USES]})
        (debt,) = await turn.pots({DEBT: [DEBT]})
    assert (uses.balance, debt.balance) == (0, 0)
    return sum(one.balance for one in uses.held), sum(one.balance for one in debt.held)


async def test_what_was_used_elsewhere_and_is_owed_is_settled_where_the_next_is_given(chain: Chain) -> None:
    """Used at the other shop, and taken back at the one that gave it: that one settles it."""
    shop, other = await chain.shop("S1"), await chain.shop("S2")
    await shop.join(OLD)
    await shop.book(BookJoin, Private(), opens=newcomer())
    for told in (1, 2):
        sale = await buys(shop)
        await shop.sync()
        if told == 1:
            await other.ask((USES, 1))
            await shop.sync()
            await other.sync()
            await other.book(BookSale, wallet=OLD, card=None, lines=(LINE,), due=100, tenders=(USE,))
            await other.sync()
            assert await owed(chain) == (0, 0)
            await shop.book(BookVoid, of=sale, why="x")
            await shop.sync()
            assert await owed(chain) == (0, -1)
    assert await owed(chain) == (0, 0)
    await shop.book(BookVoid, of=sale, why="x")
    await shop.sync()
    assert await owed(chain) == (0, -1)
    await chain.conserved()
    assert await chain.exceptions() == {}


async def three_shops(chain: Chain) -> tuple[Shop, Shop, Shop]:
    """Both members begin at the first."""
    home, away, third = await chain.shop("S1"), await chain.shop("S2"), await chain.shop("S3")
    await home.join(OLD)
    await home.book(BookJoin, Private(), opens=newcomer())
    await home.sync()
    return home, away, third


async def brings_back(home: Shop, away: Shop, sale: EntryId) -> None:
    """All of it at the other shop, which takes what it does not hold as owed."""
    await home.sync()
    await away.ask(sales=(sale,))
    await home.sync()
    await away.sync()
    await away.book(BookRefund, of=sale, returned=(Returned(line=0, net=100),), why="x")
    await away.sync()


def lots(shop: Shop) -> dict[str, int]:
    return {lot.lot: lot.rest for lot in shop.ledger.lots(OLD, FREE.unit)}


async def releases(shop: Shop) -> list[tuple[int, tuple[str, ...]]]:
    told = [item.directive for item in await shop.apply()]
    return [(one.wants[0].amount, one.lots) for one in told if isinstance(one, Release)]


async def test_what_was_given_at_one_shop_and_is_owed_at_another_waits_until_that_one_settled_it(
    chain: Chain,
) -> None:
    home, away, _ = await three_shops(chain)
    first = await buys(home)
    await brings_back(home, away, first)
    assert (lots(home), away.holds(DEBT)) == ({first: 1}, -1)
    assert await releases(home) == [(1, (first,))]
    await home.sync()
    assert (lots(home), await chain.pool(USES)) == ({}, 1)
    for shop in (home, away):
        assert (await shop.ask((USES, 1))).outcome is AskOutcome.SHORT
        await shop.sync()
    assert (lots(home), lots(away), away.holds(DEBT)) == ({}, {}, -1)
    await home.recharge(OLD, 10_00)
    await home.sync()
    await away.ask((f"wallet:{OLD}:principal", 100))  # So they are known there.
    await home.sync()
    await away.sync()
    later = await away.book(BookGrant, wallet=OLD, why="x", grants=(FREE,))
    assert (lots(away), away.holds(DEBT)) == ({}, 0)
    await away.sync()
    assert (await home.ask((USES, 1))).outcome is AskOutcome.DIRECTED
    await home.sync()
    assert (lots(home), await chain.pool(USES), later in lots(away)) == ({first: 1}, 0, False)
    assert await chain.exceptions() == {}


async def test_the_next_that_is_given_waits_where_the_first_was_used(chain: Chain) -> None:
    home, away, _ = await three_shops(chain)
    first = await buys(home)
    await home.book(BookSale, wallet=OLD, card=None, lines=(LINE,), due=100, tenders=(USE,))
    await brings_back(home, away, first)
    assert await releases(home) == []
    later = [await buys(home), await buys(home)]
    await home.push()
    assert await releases(home) == [(1, (later[0],))]
    await home.sync()
    assert (lots(home), await chain.pool(USES)) == ({later[1]: 1}, 1)
    await home.book(BookVoid, of=later[1], why="x")
    await home.sync()
    assert (home.holds(DEBT), home.holds(USES), await chain.pool(USES)) == (0, 0, 1)


async def test_what_was_paid_for_what_came_from_paper_and_more_than_is_owed_stays(chain: Chain) -> None:
    home, away, _ = await three_shops(chain)
    sells = replace(LINE, sells=Sells(unit=FREE.unit, amount=1))
    cash = Tender(kind=TenderKind.CASH, amount=100)
    bought = await home.book(
        BookSale, wallet=OLD, card=None, lines=(sells,), due=100, tenders=(cash,), received=100
    )
    signed = replace(AT, second=StaffId("E02"))
    command = BookImport(id=EntryId(chain.ids.new()), at=signed, wallet=OLD, paper="7", grants=(FREE,))
    await home.ledger.submit(command)
    two = await buys(home, 2)
    first = await buys(home)
    await brings_back(home, away, first)
    assert lots(home) == {bought: 1, command.id: 1, two: 2, first: 1}
    assert await releases(home) == [(1, (first,))]
    await home.sync()
    assert lots(home) == {bought: 1, command.id: 1, two: 2}
    await brings_back(home, away, two)
    assert away.holds(DEBT) == -3
    assert await releases(home) == [(2, (two,))]
    await home.sync()
    assert (lots(home), await chain.pool(USES)) == ({bought: 1, command.id: 1}, 3)
    assert (await away.ask((USES, 1))).outcome is AskOutcome.WAITING
    assert await releases(home) == [(1, ())]
    await home.sync()
    await away.sync()
    assert (lots(away), await chain.pool(USES)) == ({bought: 1}, 3)


async def test_what_a_customer_is_about_to_use_is_asked_for_again_with_the_next(chain: Chain) -> None:
    home, away, _ = await three_shops(chain)
    first = await buys(home)
    await brings_back(home, away, first)
    kept = Want(account=USES, amount=1)
    assert [item.directive for item in await home.apply(kept)] == [
        Release(wants=(Want(account=USES, amount=1),), lots=(first,))
    ]
    await home.push()
    assert lots(home) == {first: 1}
    second = await buys(home)
    await home.push()
    assert await releases(home) == [], "it has just kept it"
    chain.clock.now_ms += chain.policy.again_ms
    third = await buys(home)
    await home.push()
    assert await releases(home) == [(1, (first,))]
    await home.sync()
    assert lots(home) == {second: 1, third: 1}


async def test_several_shops_are_asked_each_once_at_a_time_and_the_dead_are_not(chain: Chain) -> None:
    home, away, third = await three_shops(chain)
    sales = [await buys(home) for _ in range(3)]
    await home.sync()
    await third.ask((USES, 1))
    await home.sync()
    await third.sync()
    assert (lots(home), lots(third)) == (dict.fromkeys(sales[1:], 1), {sales[0]: 1})
    await brings_back(home, away, sales[0])
    await brings_back(home, away, sales[1])
    assert await releases(third) == [(1, (sales[0],))]
    assert await releases(home) == [(1, (sales[1],))]
    await third.sync()
    await home.sync()
    assert lots(home) == {sales[2]: 1}
    assert (await chain.pool(USES), away.holds(DEBT)) == (2, -2)
    await write_off(chain.exchange, chain.merchant, SiteId("S1"), by="Chen", second="Li")
    await away.join("w9")
    await away.sync()
    assert await chain.exceptions() != {}
    await chain.conserved()


async def test_a_gift_of_the_shop_is_one_that_nobody_paid_for(chain: Chain) -> None:
    home, away, _ = await three_shops(chain)
    gift = await home.book(BookGrant, wallet=OLD, why="x", grants=(replace(FREE, unit=FREE.unit),))
    first = await buys(home)
    await home.book(BookSale, wallet=OLD, card=None, lines=(LINE,), due=100, tenders=(USE,))
    assert lots(home) == {first: 1}
    await brings_back(home, away, first)
    assert await releases(home) == [(1, (first,))]
    assert gift not in lots(home)
