"""Three shops: a wallet that is given to another person at one of them, at the others."""

from __future__ import annotations

import asyncio

import pytest
from msgspec.structs import replace

from hq.conservation import astray
from terminal.core.commands import BookCard, BookPin, Private
from terminal.core.errors import CardNotUsable, CardReplaced
from terminal.core.trust import Credential, Medium
from terminal.core.values import CardId, MemberId, WalletId
from tests.store.facts import AT, an_id, issue, recharge, sale, transfer
from tests.uplink.test_feed import CARD1
from tests.uplink.test_two_shops import Company, Shop, _soon, company, open_shops

__all__ = ["company"]

WANG, LI = (Credential(medium=Medium.PHONE, number=f"1900000030{number}") for number in (1, 2))
CARD77 = replace(CARD1, number="0A00BC0077")


async def joins(shop: Shop) -> None:
    """Wang, with a card, a PIN and value."""
    issued, _ = issue(1)
    issued = replace(issued, opens=replace(issued.opens, member=MemberId("m1")))
    await shop.ledger.submit(issued, Private(name="Wang", phone=WANG.number, credentials=(WANG, CARD1)))
    await shop.ledger.submit(recharge(2, principal=500_00))
    pin = BookPin(id=an_id(3), at=AT, wallet=WalletId("w1"))
    await shop.ledger.submit(pin, Private(pin=await shop.ledger.pin_book.verifier("200731")))
    await shop.level()


async def given_to_li(shop: Shop) -> None:
    """With a card that this shop gave out."""
    assert await shop.desk.holder(WANG) is not None
    card = BookCard(id=an_id(77), at=AT, wallet=WalletId("w1"), card=CardId("c77"))
    await shop.ledger.submit(card, Private(credentials=(CARD77,)))
    await shop.ledger.submit(transfer(8), Private(name="Li Si", phone=LI.number, credentials=(LI,)))
    await shop.level()


async def led(shop: Shop, by: Credential) -> tuple[str, str | None, str] | None:
    found = await shop.desk.holder(by)
    return (found.wallet, found.member, found.name_shown) if found else None


async def is_dead(shop: Shop, card: Credential) -> bool:
    try:
        return await shop.desk.holder(card) is None
    except (CardReplaced, CardNotUsable):
        return True


LIS = ("w1", "m101", "L****")


@pytest.mark.parametrize("by_set", [True, False])
async def test_who_had_it_is_led_to_it_by_nothing_at_any_shop(company: Company, *, by_set: bool) -> None:
    async with open_shops(company, "S1", "S2", "S3") as (home, away, third):
        await joins(home)
        assert await third.desk.holder(WANG) is not None
        await third.level()
        if by_set:
            await company.hands_out(home, third)
        await given_to_li(away)
        for shop in (home, third):
            await shop.hears(company)
        for shop in (home, away, third):
            assert await led(shop, WANG) is None
            assert await is_dead(shop, CARD1)
            for key in (LI, CARD77):
                async with asyncio.timeout(60):
                    while await led(shop, key) != LIS:  # Until the next data set, where it has one.
                        company.clock.now_ms += 600_000
                        await company.maker.round()
                        await _soon(0)
                holder = await shop.desk.holder(key)
                assert holder is not None
                assert not await shop.ledger.pin_book.has(holder, key)
                assert await shop.ledger.pin_book.given_away(holder, key)
            assert await led(shop, WANG) is None


async def test_a_card_that_got_its_name_at_another_shop_shows_it_where_it_was_handed_out(
    company: Company,
) -> None:
    async with open_shops(company, "S1", "S2") as (home, away):
        await home.ledger.submit(*issue(1))
        await home.level()
        assert await away.desk.holder(CARD1) is not None
        await away.ledger.submit(transfer(8), Private(name="Li Si", phone=LI.number, credentials=(LI,)))
        await away.level()
        await home.hears(company)
        await home.level()
        assert await led(home, CARD1) == ("w1", "m101", "")
        assert await led(home, LI) == LIS
        await company.hands_out(home)
        assert await led(home, CARD1) == LIS
        async with open_shops(company, "S3") as (third,):
            assert await led(third, CARD1) == LIS


async def test_a_shop_that_is_cut_off_goes_on_as_it_knew_it_and_nothing_is_lost(company: Company) -> None:
    async with open_shops(company, "S2") as (away,):
        async with open_shops(company, "S1") as (home,):
            await joins(home)
        await given_to_li(away)
        assert await led(home, WANG) == ("w1", "m1", "W***")
        await home.ledger.submit(sale(10, 120_00, number=1, stored=120_00))
        running = asyncio.create_task(home.uplink.run())
        await home.level()
        await home.hears(company)
        assert await led(home, WANG) is None
        holder = await home.desk.holder(LI)
        assert holder is not None
        pool = company.store.merchants["m"].pool["wallet:w1:principal"].balance
        assert (holder.member, holder.principal + pool) == ("m101", 380_00)
        assert astray(await company.store.totals("m")) == []
        running.cancel()
