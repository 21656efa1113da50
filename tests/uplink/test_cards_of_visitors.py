"""Card care at a shop that a member of another one visits (product.md B10)."""

from __future__ import annotations

import msgspec
import pytest

from terminal.core.cards import CardState
from terminal.core.commands import BookCard, BookCardState, Private
from terminal.core.errors import CardLost, CardNotUsable
from terminal.core.trust import Credential, Medium
from terminal.core.values import CardId, WalletId
from tests.store.facts import AT, an_id
from tests.uplink.test_feed import CARD1
from tests.uplink.test_two_shops import Company, company, issued_to_a_member, open_shops

__all__ = ["company"]


async def test_what_is_done_about_a_card_at_a_shop_that_its_member_visits_holds_at_all(
    company: Company,
) -> None:
    """Lost, found, and in the place of another: also by the phone, of a card that was never here."""
    phone = Credential(medium=Medium.PHONE, number="19000000301")
    second, new = (msgspec.structs.replace(CARD1, number=f"0A00BC007{n}") for n in (7, 8))
    issued, _ = issued_to_a_member()
    async with open_shops(company, "S1", "S2", "S3") as (home, away, third):
        keys = Private(name="Wang", phone=phone.number, credentials=(phone, CARD1))
        await home.ledger.submit(issued, keys)
        more = BookCard(id=an_id(2), at=AT, wallet=WalletId("w1"), card=CardId("c2"))
        await home.ledger.submit(more, Private(credentials=(second,)))
        await home.level()
        held = await away.desk.cards_held(phone)
        assert held is not None
        assert (held.visitor, held.presented) == (True, None)
        assert [(one.card, one.shown) for one in held.cards] == [("c1", "******0001"), ("c2", "******0077")]

        lost = BookCardState(id=an_id(20), at=AT, card=CardId("c1"), state=CardState.LOST)
        await away.ledger.submit(lost)
        await away.level()
        await home.hears(company)
        for shop in (home, away, third):
            with pytest.raises(CardLost):
                await shop.desk.holder(CARD1)
        held = await away.desk.cards_held(CARD1)
        assert held is not None
        assert held.blocked

        found = BookCardState(id=an_id(21), at=AT, card=CardId("c1"), state=CardState.ACTIVE)
        await away.ledger.submit(found)
        await away.level()
        await home.hears(company)
        for shop in (home, away):
            assert (await shop.desk.holder(CARD1)) is not None

        instead = BookCard(
            id=an_id(22), at=AT, wallet=WalletId("w1"), card=CardId("c3"), replaces=CardId("c2")
        )
        await away.ledger.submit(instead, Private(credentials=(new,)))
        await away.level()
        for shop in (home, third):
            await shop.hears(company)
        for shop in (home, away, third):
            for asked in (shop.desk.holder(second), shop.desk.cards_held(second)):
                with pytest.raises(CardNotUsable):  # Or headquarters says so, where it leads nowhere by now.
                    await asked
            holder = await shop.desk.holder(new)
            assert holder is not None
            assert (holder.wallet, holder.member) == ("w1", "m1")
