"""Backups, as whoever looks beside the ledger finds them."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from terminal.backups_seen import backup_facts
from terminal.maintenance.doctor_machine import EPOCH_MS
from terminal.maintenance.facts import BackupFacts
from terminal.store.backup_record import Try, record_path
from tests.store.test_backup_record import Nights


@pytest.fixture
def ledger(tmp_path: Path) -> Path:
    return tmp_path / "ledger.db"


@pytest.fixture
def timer(tmp_path: Path) -> Path:
    """A link that leads to a slot which is another one now."""
    link = tmp_path / "terminal-backup.timer"
    link.symlink_to("/opt/none/terminal-backup.timer")
    return link


def dated(link: Path, wall_ms: int) -> None:
    os.utime(link, (wall_ms / 1000, wall_ms / 1000), follow_symlinks=False)


def test_without_timer_and_try_nobody_expects_any(ledger: Path, tmp_path: Path) -> None:
    assert backup_facts(ledger, tmp_path / "none") is None


def test_a_timer_expects_them_since_it_was_installed(ledger: Path, timer: Path) -> None:
    dated(timer, EPOCH_MS + 5_000)
    assert backup_facts(ledger, timer) == BackupFacts(nightly=True, since_ms=EPOCH_MS + 5_000)
    dated(timer, EPOCH_MS - 5_000)
    assert backup_facts(ledger, timer) == BackupFacts(nightly=True)


def test_tries_are_told_as_they_were_noted(ledger: Path, timer: Path) -> None:
    clock = Nights()
    first = clock.wall_ms()
    begun = Try(ledger, clock)
    assert backup_facts(ledger, timer) == BackupFacts(nightly=True, since_ms=first, begun_ms=first)
    begun.failed("no stick")
    assert backup_facts(ledger, timer) == BackupFacts(nightly=True, since_ms=first, failed=1, why="no stick")
    clock.night = 1
    Try(ledger, clock).done(Path("/stick"), same_disk=True)
    now = clock.wall_ms()
    assert backup_facts(ledger, timer.with_name("none")) == BackupFacts(
        nightly=False, since_ms=now, done_ms=now, folder="/stick", same_disk=True
    )


def test_a_damaged_record_is_said_and_one_out_of_sight_is_not(ledger: Path, timer: Path) -> None:
    record_path(ledger).write_bytes(b"{")
    seen = backup_facts(ledger, timer)
    assert seen is not None
    assert seen.fault == f"{record_path(ledger)}: cannot be read"
    record_path(ledger).unlink()
    record_path(ledger).mkdir()
    assert backup_facts(ledger, timer) is None
