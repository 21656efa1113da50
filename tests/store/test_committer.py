"""The writer keeps house when nobody waits for it."""

from __future__ import annotations

import asyncio
import threading
from pathlib import Path
from typing import Any

import pytest

from terminal.store import committer
from tests.store.conftest import opened_at
from tests.store.facts import sale

SALES = 20


async def ran(path: Path) -> list[str]:
    """Statements of a writer that has that many sales waiting, and commits them one by one."""
    ledger = await opened_at(path, batch_max=1)
    seen: list[str] = []
    gate = threading.Event()

    def held_up(shelf: Any) -> None:
        shelf.connection.set_trace_callback(seen.append)
        gate.wait()

    submit = ledger.committer.submit
    waiting = asyncio.gather(
        ledger.committer.do(held_up), *(submit(sale(n, 1000)) for n in range(1, 1 + SALES))
    )
    await asyncio.sleep(0)  # All of them are submitted.
    gate.set()
    await waiting
    await ledger.close()
    return [one for one in seen if one == "COMMIT" or one.startswith("PRAGMA wal_checkpoint")]


@pytest.fixture(autouse=True)
def _a_log_that_is_soon_long(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(committer, "_LOG_IDLE_KIB", 1)
    monkeypatch.setattr(committer, "_LOG_DUE_KIB", 1)
    monkeypatch.setattr(committer, "_PAUSE_S", 0.0)


async def test_a_log_is_written_back_in_a_pause_and_not_while_somebody_waits(tmp_path: Path) -> None:
    statements = await ran(tmp_path / "ledger.db")
    assert statements[: 1 + SALES] == ["COMMIT"] * (1 + SALES)
    assert statements[1 + SALES :] == ["PRAGMA wal_checkpoint(PASSIVE)"]


async def test_a_log_that_fills_the_disk_is_written_back_though_somebody_waits(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(committer, "_LOG_FULL_KIB", 60)
    statements = await ran(tmp_path / "ledger.db")
    between = statements[: len(statements) - statements[::-1].index("COMMIT")]
    assert between.count("PRAGMA wal_checkpoint(PASSIVE)") == (1 + SALES) // 6  # Each is held to be 11 KiB.
