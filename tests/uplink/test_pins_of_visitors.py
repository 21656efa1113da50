"""A PIN that is chosen where the member only visits is theirs at home and at every other shop."""

from __future__ import annotations

import asyncio

from terminal.core.commands import BookCard, BookPin, Private
from terminal.core.errors import WrongPin
from terminal.core.trust import Credential
from terminal.core.values import CardId, WalletId
from tests.store.facts import AT, an_id, issue, recharge
from tests.uplink.test_feed import CARD1
from tests.uplink.test_given_away import CARD77, WANG, joins
from tests.uplink.test_two_shops import Company, Shop, _soon, company, open_shops

__all__ = ["company"]

OLD, NEW = "200731", "731200"


async def chooses(company: Company, shop: Shop, key: Credential, pin: str, entry: int) -> None:
    company.clock.now_ms += 60_000
    assert await shop.desk.holder(key) is not None
    verifier = f"a1.{company.clock.now_ms}.{(await shop.ledger.pin_book.verifier(pin)).split('.', 2)[2]}"
    chosen = BookPin(id=an_id(entry), at=AT, wallet=WalletId("w1"))
    await shop.ledger.submit(chosen, Private(pin=verifier))
    await shop.level()


async def is_it(shop: Shop, key: Credential, pin: str) -> bool:
    holder = await shop.desk.holder(key)
    assert holder is not None
    if not await shop.ledger.pin_book.has(holder, key):
        return False
    try:
        await shop.ledger.pin_book.check(holder, key, pin)
    except WrongPin:
        return False
    return True


async def heard(company: Company, shop: Shop, key: Credential, pin: str) -> None:
    async with asyncio.timeout(60):
        while not await is_it(shop, key, pin):
            company.clock.now_ms += 600_000
            await company.maker.round()
            await shop.ledger.pin_book.verifier(pin)
            shop.ledger.pin_tries.clear()
            await _soon(0)


async def test_of_a_member_it_holds_at_home_and_elsewhere_until_they_choose_another(company: Company) -> None:
    async with open_shops(company, "S1", "S2", "S3") as (home, away, third):
        await joins(home)
        await company.hands_out(home, third)
        assert await is_it(home, WANG, OLD)
        await chooses(company, away, WANG, NEW, 30)
        await heard(company, home, WANG, NEW)
        await heard(company, third, WANG, NEW)
        assert not await is_it(home, WANG, OLD)
        await chooses(company, home, WANG, OLD, 31)
        await heard(company, third, WANG, OLD)
        assert await is_it(home, WANG, OLD)


async def test_of_a_card_without_a_name_it_holds_at_home_and_every_card_leads_on(company: Company) -> None:
    async with open_shops(company, "S1", "S2", "S3") as (home, away, third):
        await home.ledger.submit(*issue(1))
        await home.ledger.submit(recharge(2, principal=500_00))
        card = BookCard(id=an_id(77), at=AT, wallet=WalletId("w1"), card=CardId("c77"))
        await home.ledger.submit(card, Private(credentials=(CARD77,)))
        await home.level()
        await company.hands_out(home, third)
        await chooses(company, away, CARD1, NEW, 30)
        for key in (CARD1, CARD77):
            await heard(company, home, key, NEW)
            await heard(company, third, key, NEW)
