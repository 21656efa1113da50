from __future__ import annotations

import pytest

from hq.exposure import Exposure, exposed
from hq.operators import Session
from hq.overview import COVERED_MS, Overview, overview
from hq.page import operator_page
from hq.policy import Policy
from hq.postgres import connected
from tests.hq.process import Headquarters
from tests.hq.shop import FLOOR, Chain


@pytest.mark.hq
async def test_the_owner_sees_what_can_be_lost_at_worst(standing_hq: Headquarters) -> None:
    store = await connected(standing_hq.dsn())
    chain = Chain(store)

    async def seen() -> Exposure:
        found = await exposed(store, chain.merchant, Policy(), chain.clock.now_ms)
        assert found is not None
        return found

    assert await exposed(store, chain.merchant, Policy(), chain.clock.now_ms) is None
    one, other = await chain.shop("S1"), await chain.shop("S2")
    for number in range(3):
        await one.join(f"w{number}")
    await one.sync()
    chain.clock.now_ms += 10 * 60_000
    await other.join("w3")
    await other.sell("w3", 40_00, floor=FLOOR)
    await other.push(1)
    first = await seen()
    assert (first.wallets, first.worst, first.worst_now) == (4, 800_00, 400_00)  # F of 100 yuan, four times.
    assert (first.open, first.tail, first.tail_fen) == (0, 1, 0)  # What is there moved no money.
    await other.push()
    then = await seen()
    assert (then.open, then.tail) == (40_00, 0)
    assert [site.offline for site in then.sites] == [True, False]
    for number in range(3):
        await other.recharge("w3", 60_00 + number)
    await other.push(1)
    last = await seen()
    (there,) = [site.an_entry for site in last.sites if site.site == "S2"]
    assert (last.tail, last.tail_fen) == (2, 2 * there)
    assert there == (60_00 + 0) // 3  # A join and a sale beyond rights moved none, a recharge did.
    await store.close()


@pytest.mark.hq
async def test_people_are_asked_of_what_was_spent_beyond_rights_when_it_is_open_after_seven_days(
    standing_hq: Headquarters,
) -> None:
    store = await connected(standing_hq.dsn())
    chain = Chain(store)

    async def seen(later_ms: int) -> Overview:
        return await overview(store, chain.merchant, Policy(), chain.clock.now_ms + later_ms)

    shop = await chain.shop("S1")
    await shop.join("w1")
    sale = await shop.sell("w1", 40_00, floor=FLOOR)
    await shop.push()
    young, old = await seen(COVERED_MS - 1), await seen(COVERED_MS)
    assert (young.exceptions, young.exceptions_open, young.beyond_rights) == ((), 0, 1)
    assert [(one.kind, one.subject) for one in old.exceptions] == [("uncovered", sale)]
    assert (old.exceptions_open, old.beyond_rights) == (1, 0)
    session = Session(merchant=chain.merchant, operator="Li Wei", token=b"t")
    assert sale not in operator_page(young, session)
    assert "1 spent beyond rights" in operator_page(young, session)
    assert sale in operator_page(old, session)
    await shop.recharge("w1", 300_00)
    await shop.sync()
    after = await seen(COVERED_MS)
    assert (after.exceptions, after.exceptions_open, after.beyond_rights) == ((), 0, 0)
    await store.close()
