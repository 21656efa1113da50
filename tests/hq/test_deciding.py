"""Two people before the same page: who decides on what is not so any more is told, and nothing changes."""

from __future__ import annotations

import pytest

from hq.decisions import NotDecided, close, decide_instance
from hq.ports import Cause, Decision, ExceptionKind
from hq.refusal import RequestRefused
from terminal.core.values import SiteId
from tests.hq.shop import Chain, Shop
from tests.hq.test_forged import takes
from tests.hq.test_healing import with_value

S1 = SiteId("S1")


async def two_machines(chain: Chain) -> tuple[Shop, Shop]:
    home, _ = await with_value(chain)
    twin = Shop(chain, S1, "twin")
    with pytest.raises(RequestRefused):
        await twin.hello()
    return home, twin


async def decides(chain: Chain, instance: str, saw: int, by: str) -> int:
    chain.clock.now_ms += 1
    row = await decide_instance(chain.exchange, chain.merchant, S1, instance, saw=saw, by=by)
    return row.instance_no


async def said(chain: Chain) -> list[tuple[str, str]]:
    async with chain.store.turn(chain.merchant, S1) as turn:
        return [(act.who, act.what) for act in await turn.acts(10)]


async def test_of_two_who_name_different_machines_the_first_has_decided(chain: Chain) -> None:
    home, twin = await two_machines(chain)
    assert await decides(chain, "twin", 1, "Ann") == 2
    with pytest.raises(NotDecided, match="decided by Ann meanwhile: twin is the site"):
        await decides(chain, home.instance, 1, "Bob")
    assert (await twin.hello()).instance_no == 2
    with pytest.raises(RequestRefused):
        await home.hello()
    assert await said(chain) == [("Ann", "machine twin is site S1")]


async def test_the_same_decision_again_changes_nothing_whoever_takes_it(chain: Chain) -> None:
    await two_machines(chain)
    for saw, by in ((1, "Ann"), (1, "Ann"), (2, "Ann"), (1, "Bob")):
        assert await decides(chain, "twin", saw, by) == 2
    assert len(await said(chain)) == 1


async def test_who_has_seen_a_decision_may_take_another_and_the_record_has_both(chain: Chain) -> None:
    home, _ = await two_machines(chain)
    await decides(chain, "twin", 1, "Ann")
    assert await decides(chain, home.instance, 2, "Bob") == 3
    with pytest.raises(NotDecided, match=f"decided by Bob meanwhile: {home.instance} is the site"):
        await decides(chain, "twin", 2, "Ann")
    assert await said(chain) == [
        ("Bob", f"machine {home.instance} is site S1"),
        ("Ann", "machine twin is site S1"),
    ]
    assert await chain.open_exceptions("instance") == []


async def test_who_confirms_the_machine_that_is_the_site_closes_the_claim_of_the_other(chain: Chain) -> None:
    home, twin = await two_machines(chain)
    assert await decides(chain, home.instance, 1, "Ann") == 2
    assert await chain.open_exceptions("instance") == []
    with pytest.raises(RequestRefused):
        await twin.hello()
    assert await chain.open_exceptions("instance") == []


async def test_what_grew_since_somebody_looked_is_not_closed_by_them(chain: Chain) -> None:
    _, away = await with_value(chain)
    await takes(away, 10_00)
    cause = Cause(kind=ExceptionKind.RESTORE, site=SiteId(""), subject="wallet:x:principal@1")
    saw = await chain.seen(cause)
    chain.clock.now_ms += 1
    await takes(away, 90_000_00)
    with pytest.raises(NotDecided, match="otherwise by now"):
        await close(chain.exchange, chain.merchant, cause, Decision(words="small", by="Ann"), saw=saw)
    assert await chain.open_exceptions("restore") == [cause.subject]
    await chain.decide(cause, "called them", by="Ann")
    with pytest.raises(NotDecided, match="decided by Ann meanwhile: called them"):
        await close(chain.exchange, chain.merchant, cause, Decision(words="small", by="Bob"), saw=saw)
    assert await said(chain) == [("Ann", "restore wallet:x:principal@1: called them")]
