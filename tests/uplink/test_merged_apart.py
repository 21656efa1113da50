"""Two memberships that began at two shops, and that headquarters makes one: who it is, at each of them."""

from __future__ import annotations

import asyncio

from msgspec.structs import replace

from hq.decisions import merge_members
from terminal.core.commands import BookCard, Private
from terminal.core.trust import Credential, Medium
from terminal.core.values import CardId, MemberId, WalletId
from tests.store.facts import AT, an_id, issue
from tests.uplink.test_feed import CARD1
from tests.uplink.test_given_away import led
from tests.uplink.test_two_shops import Company, Shop, company, open_shops
from tests.uplink.test_two_shops import _soon as soon

__all__ = ["company"]

PHONES = [Credential(medium=Medium.PHONE, number=f"1900000030{number}") for number in (1, 2)]
CARD2 = replace(CARD1, number="0A00BC0002")
CARD77 = replace(CARD1, number="0A00BC0077")
LI = ("w2", "m2", "L****")


async def joins(shop: Shop, number: int, name: str) -> None:
    issued, private = issue(number, number)
    issued = replace(issued, opens=replace(issued.opens, member=MemberId(f"m{number}")))
    phone = PHONES[number - 1]
    keys = (*private.credentials, phone)
    await shop.ledger.submit(issued, Private(name=name, phone=phone.number, credentials=keys))
    await shop.level()


async def test_where_one_of_two_was_not_known_it_is_known_whose_it_is_and_nobody_loses_their_name(
    company: Company,
) -> None:
    async with open_shops(company, "S1", "S2", "S3") as (home, away, third):
        await joins(away, 2, "Li Si")
        await joins(home, 1, "Wang")
        await merge_members(company.exchange, "m", "w1", "w2", by="Chen")
        for shop in (home, away, third):
            await shop.hears(company)
        assert await led(home, CARD1) == ("w2", "m2", "")
        card = BookCard(id=an_id(77), at=AT, wallet=WalletId("w2"), card=CardId("c77"))
        await home.ledger.submit(card, Private(credentials=(CARD77,)))
        await home.level()
        assert company.store.merchants["m"].profiles["w2"].sealed
        for key in (CARD1, CARD2, CARD77, *PHONES):
            assert await led(third, key) == LI
        await company.hands_out(home)
        async with asyncio.timeout(60):
            while await led(home, CARD1) != LI:
                company.clock.now_ms += 600_000
                await company.maker.round()
                await soon(0)
        assert await led(home, PHONES[0]) == LI
