"""What a company's card may take in a day, by the settings that are in force at a site."""

from __future__ import annotations

import pytest

from terminal.core.commands import DayLimits
from terminal.core.errors import CardLost
from terminal.core.values import SiteId
from terminal.core.wire.sets import Row
from terminal.store.memory import MemoryLedger
from terminal.uplink.day_limits import FleetLimits
from tests.desk.fakes import ManualTime
from tests.uplink.scripted_hq import ScriptedHq
from tests.uplink.test_uplink import settings_are

NOTHING = DayLimits(card_fen=0, card_litres=0, company_fen=0, company_litres=0)
HAULAGE = Row(key="company:haulage", value=b'{"fen":90000,"litres":12000}')
TRUCK = Row(key="company:haulage:truck-7", value=b'{"fen":50000}')


@pytest.mark.parametrize(
    "parts",
    [
        [[HAULAGE, Row(key=TRUCK.key, value=b'{"fen":50000,"lost":true}')]],
        [[HAULAGE, Row(key=TRUCK.key, value=b'{"lost":true}')]],
        [[Row(key=HAULAGE.key, value=b'{"lost":true}'), TRUCK]],
        [[Row(key=HAULAGE.key, value=b'{"lost":true}')]],
    ],
)
async def test_what_headquarters_says_is_lost_is_refused(parts: list[list[Row]]) -> None:
    ledger = MemoryLedger(SiteId("S1"), "i1")
    await settings_are(ledger, ScriptedHq(ManualTime()), *parts, stage=True)
    with pytest.raises(CardLost):
        await FleetLimits(ledger.link, ledger.sets).of("haulage", "truck-7")


async def test_a_card_that_was_found_takes_again_what_it_may() -> None:
    ledger = MemoryLedger(SiteId("S1"), "i1")
    found = Row(key=TRUCK.key, value=b'{"fen":50000,"lost":false}')
    await settings_are(ledger, ScriptedHq(ManualTime()), [found], stage=True)
    limits = await FleetLimits(ledger.link, ledger.sets).of("haulage", "truck-7")
    assert limits == DayLimits(card_fen=50000)


@pytest.mark.parametrize(
    ("parts", "stage", "limits"),
    [
        (None, True, DayLimits()),
        ([[Row(key="greeting", value=b"{}")]], True, DayLimits()),
        ([[HAULAGE, TRUCK]], True, DayLimits(card_fen=50000, company_fen=90000, company_litres=12000)),
        ([[HAULAGE], [TRUCK]], True, DayLimits(card_fen=50000, company_fen=90000, company_litres=12000)),
        ([[TRUCK]], True, DayLimits(card_fen=50000)),
        (
            [[HAULAGE]],
            True,
            DayLimits(card_fen=0, card_litres=0, company_fen=90000, company_litres=12000),
        ),
        ([[HAULAGE, Row(key=TRUCK.key, value=b'{"fen":50000,"later":1}')]], True, NOTHING),
        ([[HAULAGE, TRUCK]], False, NOTHING),
    ],
    ids=[
        "told nothing",
        "settings that say nothing",
        "both",
        "both, in two parts",
        "the card alone",
        "a card that its company does not name",
        "of a newer form",
        "not here any more",
    ],
)
async def test_the_settings_in_force_say_what_a_card_may_take(
    parts: list[list[Row]] | None, *, stage: bool, limits: DayLimits
) -> None:
    ledger = MemoryLedger(SiteId("S1"), "i1")
    if parts is not None:
        await settings_are(ledger, ScriptedHq(ManualTime()), *parts, stage=stage)
    assert await FleetLimits(ledger.link, ledger.sets).of("haulage", "truck-7") == limits
