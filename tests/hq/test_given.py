"""A wallet that was given to another person at one site, and sites that have not heard of it."""

from __future__ import annotations

from collections.abc import Collection

import pytest

from terminal.core.values import CardId
from terminal.core.wire.people import KeyToken
from tests.hq.shop import Chain

pytestmark = pytest.mark.hq

CARD, NEW_CARD = (KeyToken(token=f"{n:02d}" * 32, card=CardId(f"c{n}")) for n in (1, 2))
PHONE, OTHER_PHONE = (KeyToken(token=f"{n:02d}" * 32) for n in (3, 4))
ALL = (CARD, NEW_CARD, PHONE, OTHER_PHONE)


async def leading(chain: Chain) -> tuple[str | None, Collection[KeyToken]]:
    """Who holds the wallet, and what leads to it."""
    async with chain.store.turn(chain.merchant, "S1") as turn:
        (person,) = await turn.persons(["w1"])
        found = await turn.keys([key.token for key in ALL])
    return person.member, [key for key in ALL if key.token in found]


async def test_the_home_s_next_word_does_not_undo_a_transfer_made_elsewhere(chain: Chain) -> None:
    home, away = await chain.shop("S1"), await chain.shop("S2")
    await home.join("w1", member="m1")
    await home.sync()
    await home.profile("w1", CARD, PHONE, member="m1", turn=10)
    await away.profile("w1", CARD, OTHER_PHONE, member="m2", turn=20, since=20)
    told = await home.profile("w1", CARD, NEW_CARD, PHONE, member="m1", turn=30)
    assert len(told.ids) == 1  # It need not be sent again.
    assert await leading(chain) == ("m2", [CARD, OTHER_PHONE])  # What it gave out meanwhile leads nowhere.


async def test_it_may_be_given_back(chain: Chain) -> None:
    home, away = await chain.shop("S1"), await chain.shop("S2")
    await home.join("w1", member="m1")
    await home.sync()
    await away.profile("w1", CARD, OTHER_PHONE, member="m2", turn=20, since=20)
    await home.profile("w1", CARD, PHONE, member="m1", turn=30)
    await away.profile("w1", CARD, PHONE, member="m1", turn=40, since=40)
    assert await leading(chain) == ("m1", [CARD, PHONE])
    await away.profile("w1", PHONE, member="m1", turn=50, since=40)
    assert await leading(chain) == ("m1", [PHONE])


async def test_of_two_transfers_apart_the_later_stands_in_whichever_order_they_come(chain: Chain) -> None:
    home, away = await chain.shop("S1"), await chain.shop("S2")
    await home.join("w1", member="m1")
    await home.sync()
    await home.profile("w1", PHONE, member="m3", turn=60, since=60)
    await away.profile("w1", OTHER_PHONE, member="m2", turn=20, since=20)
    assert await leading(chain) == ("m3", [PHONE])
