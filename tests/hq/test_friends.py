"""A free service for who brought a newcomer is value to headquarters: held, and taken back."""

from __future__ import annotations

from terminal.core.commands import (
    BookJoin,
    BookSale,
    BookVoid,
    Grant,
    Opens,
    Private,
    SaleLine,
    Tender,
    TenderKind,
)
from terminal.core.values import EntryId, MemberId, WalletId
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


async def buys(shop: Shop) -> EntryId:
    cash = Tender(kind=TenderKind.CASH, amount=100)
    more = {"tenders": (cash,), "received": 100, "bringer": (FREE,)}
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
