"""What headquarters failed on, or could not read yet, counts after it learned to read it; and once."""

from __future__ import annotations

from typing import Any

import pytest

from hq.decisions import NotDecided, write_off
from hq.ingest import understand
from hq.memory import MemoryStore
from hq.ports import Cause, ExceptionKind
from hq.rereading import Reread, read_again
from hq.taken import Taken
from hq.verify import verified
from hq.work import Work
from terminal.core.values import SiteId
from tests.hq.shop import Chain, Shop

FAILED = "headquarters failed on it: ValueError"


async def again(shop: Shop, *seqs: int) -> Reread:
    told = await read_again(shop.exchange, shop.merchant, shop.name, by="Chen", seqs=seqs)
    await shop.chain.conserved()
    return told


@pytest.fixture
def fails(monkeypatch: pytest.MonkeyPatch) -> set[str]:
    """Ids on which headquarters has a defect."""
    bad: set[str] = set()

    async def understood(work: Work, taken: list[Taken], **more: Any) -> None:
        if bad & {one.id for one in taken}:
            raise ValueError
        await understand(work, taken, **more)

    for place in ("hq.exchange.understand", "hq.rereading.understand"):
        monkeypatch.setattr(place, understood)
    return bad


async def opened(chain: Chain) -> Shop:
    """With two members, by its first two entries."""
    here = await chain.shop("S1")
    await here.join("w1")
    await here.join("w2")
    await here.push()
    return here


async def held(chain: Chain, account: str) -> int:
    return sum(one.held for one in await chain.store.totals(chain.merchant) if one.account == account)


async def verifies(chain: Chain, lying: list[str]) -> None:
    if isinstance(chain.store, MemoryStore):
        return
    verdict = await verified(chain.store)
    mine = [site for site in verdict.sites if site.merchant == chain.merchant]
    assert [fault for site in mine for fault in site.faults] == []
    assert [one for site in mine for one in site.lying] == lying


async def test_what_it_failed_on_counts_in_order_once_it_does_not_fail(chain: Chain, fails: set[str]) -> None:
    here = await opened(chain)
    fails |= {await here.join("w3"), await here.recharge("w3", 500_00), await here.sell("w3", 100_00)}
    await here.recharge("w2", 30_00)
    await here.push()
    assert await chain.open_exceptions("quarantine") == ["3", "4", "5"]
    await verifies(chain, [f"{seq}: {FAILED}" for seq in (3, 4, 5)])
    assert await again(here) == Reread(lying=tuple((seq, FAILED) for seq in (3, 4, 5)))
    fails.clear()
    assert await again(here) == Reread(read=(3, 4, 5))
    assert await held(chain, "wallet:w3:principal") == 400_00
    assert await chain.exceptions() == {}
    await verifies(chain, [])
    await here.sync()
    there = await chain.shop("S2")
    await there.ask(("wallet:w3:principal", 50_00))
    await here.sync()
    await there.sync()
    assert there.holds("wallet:w3:principal") == 50_00


async def test_the_same_word_again_changes_nothing(chain: Chain, fails: set[str]) -> None:
    here = await opened(chain)
    fails.add(await here.recharge("w1", 500_00))
    await here.push()
    fails.clear()
    assert await again(here) == Reread(read=(3,))
    assert await again(here) == await again(here, 3) == Reread()
    assert await held(chain, "wallet:w1:principal") == 500_00


async def test_one_that_fails_again_holds_up_none_of_the_others(chain: Chain, fails: set[str]) -> None:
    here = await opened(chain)
    bad = await here.recharge("w1", 500_00)
    fails |= {bad, await here.recharge("w2", 70_00)}
    await here.push()
    fails.intersection_update({bad})
    assert await again(here) == Reread(read=(4,), lying=((3, FAILED),))
    assert await held(chain, "wallet:w1:principal") == 0
    assert await held(chain, "wallet:w2:principal") == 70_00
    assert await chain.open_exceptions("quarantine") == ["3"]


async def test_what_was_booked_elsewhere_meanwhile_under_its_id_stays_where_it_is(
    chain: Chain, fails: set[str]
) -> None:
    here, there = await opened(chain), await chain.shop("S2")
    bad = await here.recharge("w1", 500_00)
    fails.add(bad)
    await here.push()
    fails.clear()
    async with chain.store.turn(chain.merchant, there.name) as turn:
        one = Taken(seq=1, hash=b"", body=b"", id=bad, command=b"x" * 32)
        assert await turn.claim([one]) == {}
    told = await again(here)
    assert told.read == ()
    assert "its id was booked before with another command: S2 1" in told.lying[0][1]
    assert "S2 1" in (await chain.why("quarantine"))[0]
    assert await held(chain, "wallet:w1:principal") == 0


async def test_what_a_person_decided_on_is_read_only_where_it_is_named(chain: Chain, fails: set[str]) -> None:
    here = await opened(chain)
    fails.add(await here.recharge("w1", 500_00))
    await here.push()
    fails.clear()
    await chain.decide(Cause(kind=ExceptionKind.QUARANTINE, site=here.name, subject="3"), "paid back in cash")
    assert await again(here) == Reread()
    assert await again(here, 3) == Reread(read=(3,))
    async with chain.store.turn(chain.merchant, SiteId("")) as turn:
        (act, *_) = await turn.acts(5)
    assert (act.who, act.what) == ("Chen", f"entry 3 of S1 was read again; it lay in quarantine: {FAILED}")


async def test_a_right_that_was_given_back_unread_is_the_pools_then(chain: Chain, fails: set[str]) -> None:
    here = await opened(chain)
    await here.recharge("w1", 500_00)
    await here.sync()
    fails.add(await here.give_back(("wallet:w1:principal", 200_00)))
    await here.push()
    assert await chain.pool("wallet:w1:principal") == 0
    fails.clear()
    await again(here)
    assert await chain.pool("wallet:w1:principal") == 200_00
    assert await held(chain, "wallet:w1:principal") == 300_00


async def test_of_a_site_that_was_written_off_it_is_the_pools(chain: Chain, fails: set[str]) -> None:
    here = await opened(chain)
    await here.recharge("w1", 500_00)
    fails.add(await here.sell("w1", 120_00))
    fails.add(await here.recharge("w2", 40_00))
    await here.push()
    await write_off(chain.exchange, chain.merchant, here.name, by="Chen", second="Li")
    fails.clear()
    assert await again(here) == Reread(read=(4, 5))
    assert await chain.pool("wallet:w1:principal") == 380_00
    assert await chain.pool("wallet:w2:principal") == 40_00


async def test_somebody_signs_and_the_site_is_known(chain: Chain) -> None:
    here = await opened(chain)
    with pytest.raises(NotDecided, match="sign"):
        await read_again(chain.exchange, chain.merchant, here.name, by=" ")
    with pytest.raises(NotDecided, match="no such site"):
        await read_again(chain.exchange, chain.merchant, SiteId("S9"), by="Chen")
