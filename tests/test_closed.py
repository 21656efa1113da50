from __future__ import annotations

import asyncio
from pathlib import Path
from typing import cast

import pytest

from terminal import closed
from terminal.closed import Closed
from terminal.config import Settings, load
from terminal.core.errors import (
    DiskFailing,
    DiskFull,
    DiskReadOnly,
    LedgerClosed,
    LedgerDamaged,
    LedgerHeld,
    LedgerMismatched,
    TerminalFault,
)
from terminal.core.receipts.sections import ShopHead
from terminal.core.values import ShiftId, StaffId, TerminalId
from terminal.desk.session import Duty
from terminal.maintenance.facts import DiskFacts
from terminal.runtime.notify import Notifier
from terminal.store.ledger import Ledger
from tests.counter_config import COUNTER

_DUTY = Duty(
    terminal=TerminalId("T1"),
    shift=ShiftId("T1-1"),
    operator=StaffId("ST-0301"),
    attendant="",
    shop=ShopHead(name="便利店"),
)


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    (tmp_path / "terminal.toml").write_text(COUNTER)
    return load(tmp_path / "terminal.toml")


FULL, READ_ONLY, WELL = (0, False), (1 << 30, True), (1 << 30, False)


@pytest.mark.parametrize(
    ("disk", "fault", "code"),
    [
        (FULL, DiskFailing("disk I/O error"), DiskFull.code),
        (FULL, LedgerClosed("unable to open database file"), DiskFull.code),
        (READ_ONLY, DiskFailing("unable to open database file"), DiskReadOnly.code),
        (WELL, DiskFailing("disk I/O error"), DiskFailing.code),
        (FULL, LedgerHeld("held by process 7"), LedgerHeld.code),
        (FULL, LedgerDamaged("seq 7: the chain breaks here"), LedgerDamaged.code),
    ],
)
def test_a_start_on_a_full_disk_says_that_it_is_full_however_sqlite_fails_of_it(
    settings: Settings,
    monkeypatch: pytest.MonkeyPatch,
    disk: tuple[int, bool],
    fault: TerminalFault,
    code: str,
) -> None:
    """Where there is no room for the index of the log, SQLite speaks of an I/O error."""
    free, read_only = disk
    seen = DiskFacts(path="/var", free_bytes=free, total_bytes=1 << 31, read_only=read_only)
    monkeypatch.setattr(closed, "disk_of", lambda _: seen)
    shown = Closed(settings, Notifier(), _DUTY, fault).view()
    assert shown.status.halted_code == code
    assert str(fault) in str(shown)


async def test_a_file_that_is_put_back_while_the_ledger_is_tried_is_not_missed(
    tmp_path: Path, settings: Settings, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(closed, "LOOK_S", 0.01)
    monkeypatch.setattr(closed, "TRY_S", (0.02,))
    secret = tmp_path / "data" / "ledger.secret"
    secret.parent.mkdir()
    whole = cast("Ledger", object())
    tries = 0

    async def opened() -> Ledger:
        """Reads the secret before somebody replaces it; what it finds is what stood there."""
        nonlocal tries
        tries += 1
        found = secret.read_bytes()
        if tries == 1:
            secret.write_bytes(b"the right one")
        if found != b"the right one":
            raise LedgerDamaged("the secret is not the one this ledger was made with")
        return whole

    fault = LedgerMismatched("the secret is gone")
    terminal = Closed(settings, Notifier(), _DUTY, fault)
    running = asyncio.create_task(terminal.until(opened, asyncio.Event()))
    async with asyncio.timeout(60):
        await asyncio.sleep(0)
        secret.write_bytes(b"another")
        assert await running is whole
    assert tries == 2
    first, second = caplog.messages
    assert first.endswith(
        "the secret is gone. Put right what the reason names; the terminal then opens it by itself"
    )
    assert "sudo terminal ledger restore DIR" in second
