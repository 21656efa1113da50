"""A free service for who brought a newcomer is value to headquarters: held, and taken back."""

from __future__ import annotations

from msgspec.structs import replace

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


async def buys(shop: Shop) -> EntryId:
    line = SaleLine(sku="T", name="t", category="drink", quantity=1, unit_price=100, gross=100, net=100)
    cash = Tender(kind=TenderKind.CASH, amount=100)
    more = {"tenders": (cash,), "received": 100, "bringer": (FREE,)}
    return await shop.book(BookSale, wallet=NEW, card=None, lines=(line,), due=100, **more)


async def test_it_is_held_where_it_was_given_until_the_sale_is_undone(chain: Chain) -> None:
    shop = await chain.shop("S1")
    await shop.join(OLD)
    opens = Opens(
        wallet=NEW, member=MemberId("m-w2"), card=None, commitment="", terms="1", channel="counter",
        recruiter=AT.operator,
    )  # fmt: skip
    await shop.book(BookJoin, Private(), opens=replace(opens, introduced_by=OLD))
    sale = await buys(shop)
    await shop.sync()
    account = f"wallet:{OLD}:{FREE.unit}"

    async def held() -> int:
        totals = await chain.store.totals(chain.merchant)
        return next((one.held for one in totals if one.account == account), 0)

    assert await held() == 1
    await chain.conserved()
    await shop.book(BookVoid, of=sale, why="x")
    await shop.sync()
    assert await held() == 0
    await chain.conserved()
    assert await chain.exceptions() == {}
