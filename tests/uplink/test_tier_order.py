"""A shop whose own tiers stand otherwise at headquarters is told."""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from terminal.core.tiers import Tiers, TierStep
from terminal.core.values import SiteId
from terminal.core.wire.sets import Row
from terminal.store.memory import MemoryLedger
from terminal.uplink.tier_order import chain_tiers, tiers_apart
from tests.desk.fakes import ManualTime
from tests.uplink.scripted_hq import ScriptedHq
from tests.uplink.test_uplink import settings_are

METAL = Row(key="tiers", value='{"order":["铜","银","金"]}'.encode())
OTHER = Row(key="greeting", value=b"{}")


def ladder(base: str, *above: str) -> Tiers:
    steps = tuple(TierStep(tier=tier, reach=reach) for reach, tier in enumerate(above, start=1))
    return Tiers(base=base, steps=steps)


async def apart(tiers: Tiers, *rows: Row, stage: bool = True) -> str:
    ledger = MemoryLedger(SiteId("S1"), "i1")
    if rows:
        await settings_are(ledger, ScriptedHq(ManualTime()), list(rows), stage=stage)
    await ledger.link.stands(replace(ledger.standing(), hq_epoch=1))
    return await tiers_apart(ledger.link, ledger.sets, tiers)


@pytest.mark.parametrize(
    ("tiers", "rows"),
    [
        (ladder("铜", "银", "金"), (METAL,)),
        (ladder("regular", "银", "金"), (OTHER, METAL)),
        (ladder("regular", "silver", "VIP"), (OTHER,)),
        (ladder("regular", "silver", "VIP"), ()),
        (Tiers(base="铜"), ()),  # Given by hand alone.
        (ladder("regular", "gold"), (Row(key="tiers", value=b"{}"),)),
    ],
)
async def test_who_agrees_hears_nothing(tiers: Tiers, rows: tuple[Row, ...]) -> None:
    assert await apart(tiers, *rows) == ""


async def test_who_has_others_or_another_order_is_told_which() -> None:
    assert await apart(ladder("铜", "金", "银"), METAL) == (
        "银 of policy.tiers: headquarters' order is 铜, 银, 金"
    )
    assert await apart(ladder("铜", "银", "金")) == (
        "铜, 银, 金 of policy.tiers: headquarters' order is regular, silver, gold, VIP"
    )
    assert (await apart(ladder("regular", "gold"), METAL)).startswith("gold of policy.tiers")


async def test_what_is_not_here_in_whole_says_nothing_yet() -> None:
    assert await apart(ladder("铜", "银"), METAL, stage=False) == ""


async def test_a_shop_without_a_headquarters_has_its_own() -> None:
    ledger = MemoryLedger(SiteId("S1"), "i1")
    assert await tiers_apart(ledger.link, ledger.sets, ladder("铜", "银")) == ""


@pytest.mark.parametrize(
    ("rows", "hq_epoch", "names"),
    [
        ((METAL,), 1, ("铜", "银", "金")), ((METAL,), 0, ()), ((), 1, ()),
        ((OTHER,), 1, ("regular", "silver", "gold", "VIP")),
    ],
)  # fmt: skip
async def test_the_chains_names_are_those_that_headquarters_published(
    rows: tuple[Row, ...], hq_epoch: int, names: tuple[str, ...]
) -> None:
    ledger = MemoryLedger(SiteId("S1"), "i1")
    if rows:
        await settings_are(ledger, ScriptedHq(ManualTime()), list(rows))
    await ledger.link.stands(replace(ledger.standing(), hq_epoch=hq_epoch))
    assert await chain_tiers(ledger.link, ledger.sets) == names
