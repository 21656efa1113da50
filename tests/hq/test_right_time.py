"""A terminal whose clock nobody keeps, beside a headquarters, as processes."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path
from typing import Any

import pytest

from terminal.runtime.clock import SystemClock
from tests.hq.process import END_S, Headquarters
from tests.hq.test_given_over_the_line import opened
from tests.test_app import terminal
from tests.test_clock_moves import HOUR_NS, YEAR_NS, Kernel, near

pytestmark = pytest.mark.hq


async def clock(folder: Path) -> dict[str, Any]:
    """As the doctor was told by the terminal that runs."""
    said = await asyncio.to_thread(terminal, folder, "doctor", "--json")
    found: dict[str, Any] = json.loads(said.stdout)["facts"]["clock"]
    return found


async def heard(folder: Path, *trusts: str) -> dict[str, Any]:
    """Its time counts a moment before the drift is shown."""
    async with asyncio.timeout(END_S):
        while (found := await clock(folder))["trust"] not in trusts or found["drift_ms"] is None:
            pass
    return found


@pytest.mark.parametrize("off_ns", [-26 * YEAR_NS, 72 * HOUR_NS])
async def test_headquarters_time_is_gone_by_until_the_network_keeps_the_clock(
    own_hq: Headquarters, tmp_path: Path, off_ns: int
) -> None:
    kernel = Kernel(tmp_path)
    kernel.turn(off_ns)
    own_hq.start()
    async with opened(own_hq, tmp_path, "S1", **kernel.environ):
        found = await heard(tmp_path, "headquarters")
        assert near(found["right_ms"], -off_ns // 1_000_000)
        assert near(found["wall_ms"], SystemClock().wall_ms())
        assert abs(found["drift_ms"]) < 60_000
        kernel.turn(0, synchronised=True)
        found = await heard(tmp_path, "network", "headquarters")  # It may have said the same meanwhile.
        assert found["right_ms"] == 0
        assert near(found["wall_ms"], SystemClock().wall_ms())
