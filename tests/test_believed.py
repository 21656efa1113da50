"""The doctor says which time was believed last, by the entries."""

from __future__ import annotations

from pathlib import Path

import pytest
from msgspec.structs import replace

from terminal.checkup import ledger_facts
from terminal.core.commands import ClockTrust
from tests.store.conftest import opened_at
from tests.store.facts import AT, issue, recharge

UNKNOWN, NETWORK, HEADQUARTERS = ClockTrust.UNKNOWN, ClockTrust.NETWORK, ClockTrust.HEADQUARTERS


@pytest.mark.parametrize(
    ("clocks", "count", "believed", "signed"),
    [
        ((), 10, None, None),
        ((UNKNOWN, UNKNOWN), 10, None, None),
        ((NETWORK, UNKNOWN), 10, 0, None),
        ((NETWORK, HEADQUARTERS), 10, 1, 1),
        ((HEADQUARTERS, NETWORK), 10, 1, 0),
        ((HEADQUARTERS, NETWORK), 1, 1, None),
        ((NETWORK, UNKNOWN, UNKNOWN), 3, 0, None),
        ((NETWORK, UNKNOWN, UNKNOWN), 2, None, None),
    ],
)
async def test_the_latest_believed_time_of_those_that_were_looked_at(
    clocks: tuple[ClockTrust, ...], count: int, believed: int | None, signed: int | None, tmp_path: Path
) -> None:
    path = tmp_path / "ledger" / "ledger.db"
    ledger = await opened_at(path)
    await ledger.committer.submit(*issue(1))
    for turn, clock in enumerate(clocks):
        at = replace(AT, clock=clock, wall_ms=AT.wall_ms + turn)
        await ledger.committer.submit(replace(recharge(turn + 2), at=at))
    await ledger.close()
    facts = ledger_facts(path, count)
    assert facts.believed_ms == (None if believed is None else AT.wall_ms + believed)
    assert facts.signed_ms == (None if signed is None else AT.wall_ms + signed)
