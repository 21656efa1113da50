"""What a technician is told of the way to headquarters, beside what the forwarder itself says of it."""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncGenerator
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest

from terminal.config import load
from terminal.core.wire.link import LinkCondition, LinkState
from terminal.outside import Inside, Outside
from terminal.runtime.clock import SystemClock
from terminal.runtime.ids import Uuid7
from terminal.runtime.supervisor import Supervisor
from terminal.uplink.far_prover import FarProver
from tests.counter_config import COUNTER
from tests.store.conftest import opened_at

HOUR_MS = 3_600_000


class Turned(SystemClock):
    """Somebody sets the machine's."""

    by_ms = 0

    def wall_ms(self) -> int:
        return super().wall_ms() + self.by_ms


@pytest.fixture
def clock() -> Turned:
    return Turned()


@pytest.fixture
async def outside(tmp_path: Path, clock: Turned) -> AsyncGenerator[Outside, None]:
    config = tmp_path / "terminal.toml"
    config.write_text(COUNTER, encoding="utf-8")
    ledger = await opened_at(tmp_path / "ledger.db")
    counter = SimpleNamespace(uplink_changed=lambda **_said: None)
    async with asyncio.TaskGroup() as group:
        inside = Inside(
            file=load(config).file,
            ledger=ledger,
            counter=cast("Any", counter),
            supervisor=Supervisor(
                group, clock=clock, sleep=asyncio.sleep, chance=lambda: 0.5, on_health=lambda *_: None
            ),
            prover=FarProver(),
            clock=clock,
            ids=Uuid7(clock, os.urandom),
        )
        yield Outside(inside, lambda: None)
    await ledger.close()


async def test_a_clock_that_jumps_while_headquarters_is_away_is_not_said_to_be_right(
    outside: Outside, clock: Turned
) -> None:
    def off_by(condition: LinkCondition, drift_ms: int, why: str = "") -> int:
        """Whole hours."""
        outside._link_changed(LinkState(condition=condition, why=why, drift_ms=drift_ms))
        assert outside.drift_ms is not None
        return round(outside.drift_ms / HOUR_MS)

    assert outside.drift_ms is None
    assert off_by(LinkCondition.ONLINE, 0) == 0
    clock.by_ms = HOUR_MS
    for why in ("", "no answer in time", "no route to host"):
        assert off_by(LinkCondition.OFFLINE, 0, why) == 1
    assert off_by(LinkCondition.ONLINE, HOUR_MS) == 1
    clock.by_ms = 0
    assert off_by(LinkCondition.OFFLINE, HOUR_MS) == 0
    assert off_by(LinkCondition.ONLINE, 0) == 0
