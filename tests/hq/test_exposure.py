from __future__ import annotations

import pytest

from hq.exposure import exposed
from hq.policy import Policy
from hq.postgres import connected
from tests.hq.process import Headquarters
from tests.hq.shop import FLOOR, Chain


@pytest.mark.hq
async def test_the_owner_sees_what_can_be_lost_at_worst(standing_hq: Headquarters) -> None:
    store = await connected(standing_hq.dsn())
    policy = Policy(floor=100_00, cap=250_00)
    chain = Chain(store, policy)
    one, other = await chain.shop("S1"), await chain.shop("S2")
    for number in range(3):
        await one.join(f"w{number}")
    await one.sync()
    chain.clock.now_ms += 10 * 60_000
    await other.join("w3")
    await other.sell("w3", 40_00, floor=FLOOR)
    await other.push(1)
    (first,) = [
        one for one in await exposed(store, policy, chain.clock.now_ms) if one.merchant == chain.merchant
    ]
    assert (first.wallets, first.worst, first.worst_now) == (4, 500_00, 250_00)
    assert (first.open, first.tail) == (0, 1)
    await other.push()
    (then,) = [
        one for one in await exposed(store, policy, chain.clock.now_ms) if one.merchant == chain.merchant
    ]
    assert (then.open, then.tail) == (40_00, 0)
    assert [site.offline for site in then.sites] == [True, False]
    await store.close()
