"""A member asks at one shop of a chain to be forgotten: all shops do it, once nothing is left at any."""

from __future__ import annotations

import asyncio

import pytest
from msgspec.structs import replace

from hq.wishes import granted
from terminal.core.commands import BookErasure, BookJoin, BookRecharge, ErasureReason, Private
from terminal.core.errors import ErasureDecidedElsewhere
from terminal.core.rights import Want
from terminal.core.trust import Credential, Holder, Medium
from terminal.core.values import CardId, MemberId, WalletId
from terminal.core.visit import stored_wants
from tests.store.facts import AT, an_id, opens, sale
from tests.uplink.test_feed import CARD1
from tests.uplink.test_two_shops import Company, Shop, _soon, open_shops

PHONE = Credential(medium=Medium.PHONE, number="19000000301")
ASKS = BookErasure(
    id=an_id(50),
    at=AT,
    wallet=WalletId("w1"),
    member=MemberId("m1"),
    why=ErasureReason.ASKED,
    waits=True,
)


async def joins(shop: Shop, fen: int) -> None:
    join = BookJoin(id=an_id(1), at=AT, opens=replace(opens(1, member=True), card=CardId("c1")))
    private = Private(
        credentials=(PHONE, CARD1), name="王小明", phone=PHONE.number, initials="wxm", salt="00" * 16
    )
    await shop.ledger.submit(join, private)
    if fen:
        await shop.ledger.submit(loads(2, fen))
    await shop.level()


def loads(entry: int, fen: int) -> BookRecharge:
    return BookRecharge(
        id=an_id(entry), at=AT, wallet=WalletId("w1"), card=None, principal=fen, bonus=0, received=fen
    )


async def met(shop: Shop) -> None:
    async with asyncio.timeout(60):
        while await shop.desk.holder(PHONE) is None:
            await _soon(0)
    await shop.level()


async def heard(company: Company, *shops: Shop) -> None:
    """By headquarters' clock of now, and what it directed since."""
    async with asyncio.timeout(60):
        while any(not shop.heard(company) for shop in shops):
            await _soon(0)
    for shop in shops:
        await shop.hears(company)
        await shop.level()


async def looks(company: Company, *shops: Shop) -> int:
    company.clock.now_ms += 600_000
    await heard(company, *shops)
    told = await granted(company.exchange, "m")
    await heard(company, *shops)
    return told


async def gone_everywhere(company: Company, *shops: Shop) -> None:
    books = company.store.merchants["m"]
    async with asyncio.timeout(60):
        while books.profiles["w1"].sealed or books.keys:
            await _soon(0)
    async with asyncio.timeout(60):  # Until the next set is there.
        while any([await shop.desk.holder(one) for shop in shops for one in (PHONE, CARD1)]):
            await company.maker.round()
            await _soon(0)
    for shop in shops:
        assert await shop.ledger.kept_of(MemberId("m1")) is None


async def test_asked_at_a_shop_where_nothing_lies_it_waits_for_what_lies_elsewhere() -> None:
    company = Company()
    async with open_shops(company, "S1", "S2", "S3") as (home, away, third):
        await joins(home, 500_00)
        await met(away)
        with pytest.raises(ErasureDecidedElsewhere):
            await away.ledger.submit(replace(ASKS, waits=False))
        await away.ledger.submit(ASKS)
        await away.level()
        assert await looks(company, home, away, third) == 0
        assert await home.ledger.kept_of(MemberId("m1")) is not None
        for shop in (home, away, third):
            assert await shop.desk.holder(PHONE) is not None
        holder = await home.desk.holder(CARD1)
        assert holder is not None
        async with asyncio.timeout(60):
            while (await home.ledger.holder(CARD1)).principal < 500_00:
                await home.desk.bring(CARD1, holder, home_wants(holder))
        await home.ledger.submit(sale(3, 500_00, number=1, stored=500_00))
        await home.level()
        assert await looks(company, home, away, third) == 1
        await gone_everywhere(company, home, away, third)
        assert await looks(company, home, away, third) == 0
        assert not company.store.merchants["m"].lapses.wishes


def home_wants(holder: Holder) -> tuple[Want, ...]:
    return stored_wants(holder, 500_00)


async def test_a_shop_that_is_cut_off_keeps_the_wish_in_its_journal() -> None:
    company = Company()
    async with open_shops(company, "S1", "S2") as (home, away):
        await joins(home, 0)
        await met(away)
        company.down.add("S2")
        await away.ledger.submit(ASKS)
        company.clock.now_ms += 600_000
        await heard(company, home)
        assert await granted(company.exchange, "m") == 0
        assert not company.store.merchants["m"].lapses.wishes
        company.down.clear()
        await away.level()
        assert await looks(company, home, away) == 1
        await gone_everywhere(company, home, away)


async def test_whoever_tops_up_before_it_is_done_waits_on_and_loses_nothing() -> None:
    company = Company()
    async with open_shops(company, "S1", "S2") as (home, away):
        await joins(home, 0)
        await met(away)
        await away.ledger.submit(ASKS)
        await away.level()
        company.clock.now_ms += 600_000
        await heard(company, home, away)
        company.down.add("S1")
        await home.ledger.submit(loads(5, 80_00))  # Headquarters has not heard of it when it looks.
        assert await granted(company.exchange, "m") == 1
        company.down.clear()
        await heard(company, home, away)
        assert await home.ledger.kept_of(MemberId("m1")) is not None
        assert (await home.ledger.holder(CARD1)).principal == 80_00
        assert await looks(company, home, away) == 0
        await home.ledger.submit(sale(6, 80_00, number=1, stored=80_00))
        await home.level()
        assert await looks(company, home, away) == 1
        await gone_everywhere(company, home, away)
