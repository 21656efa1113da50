"""What may leave a disk that is nearly full, as it lies there."""

from __future__ import annotations

import asyncio
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from terminal import spare
from terminal.maintenance.facts import BackupFacts, DiskFacts, SpareFacts
from terminal.spare import spare_facts
from tests.counter_config import COUNTER
from tests.store.conftest import opened_at

MIB = 1 << 20
FULL = DiskFacts(path="/", free_bytes=MIB, total_bytes=8 << 30, read_only=False)
ROOM = DiskFacts(path="/", free_bytes=1 << 30, total_bytes=8 << 30, read_only=False)


@pytest.fixture
def ledger(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(spare, "_BACKUPS", tmp_path / "mnt")
    (tmp_path / "data").mkdir()
    return tmp_path / "data/ledger.db"


def filled(path: Path, mib: int) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(os.urandom(mib * MIB))
    return path


def seen(ledger: Path, backups: BackupFacts | None = None) -> list[tuple[str, int]]:
    """What, and whole MiB."""
    root = ledger.parent.parent / "root"
    return [(one.what, one.bytes // MIB) for one in spare_facts(ledger, FULL, backups, root)]


def test_the_ledger_and_what_it_needs_stay(ledger: Path) -> None:
    for ending in (".db", ".keys", ".articles", ".chips", ".stock"):
        filled(ledger.with_suffix(ending), 2)
    assert seen(ledger) == []


def test_ledgers_put_aside_and_unreadable_files_are_named_the_largest_first(ledger: Path) -> None:
    data = ledger.parent
    filled(ledger, 1)
    filled(data / "ledger.before-epoch-2.db", 3)
    filled(data / "ledger.before-epoch-2.db-wal", 2)
    filled(data / "ledger.before-epoch-13.db", 2)
    filled(data / "ledger.keys-damaged", 4)
    (data / "ledger.parked-unreadable").write_bytes(b"small")
    assert seen(ledger) == [
        (f"{data}/ledger.before-epoch-2.db*", 5),
        (f"{data}/ledger.keys-damaged", 4),
        (f"{data}/ledger.before-epoch-13.db*", 2),
    ]


def test_a_healing_that_was_cut_off_has_the_ledger_itself_under_that_name(ledger: Path) -> None:
    os.link(filled(ledger, 2), ledger.with_name("ledger.before-epoch-2.db"))
    assert seen(ledger) == []


@pytest.mark.parametrize("known", [True, False])
def test_backups_on_the_same_disk_are_named(ledger: Path, tmp_path: Path, *, known: bool) -> None:
    folder = tmp_path / ("kept" if known else "mnt")
    filled(folder / "ledger-S1-1-7-1/ledger.db", 2)
    filled(folder / ".unfinished-8/ledger.db", 1)
    (folder / "ledger-link").symlink_to(ledger.parent)
    backups = BackupFacts(nightly=True, folder=str(folder)) if known else None
    assert seen(ledger, backups) == [(str(folder), 3)]


@pytest.mark.parametrize("folder", ["/proc", "/none"])
def test_those_on_another_disk_free_nothing(ledger: Path, folder: str) -> None:
    assert seen(ledger, BackupFacts(nightly=True, folder=folder)) == []


def test_what_the_system_keeps_on_the_same_disk_goes_by_its_own_commands(
    ledger: Path, tmp_path: Path
) -> None:
    filled(tmp_path / "root/var/cache/apt/archives/a.deb", 2)
    filled(tmp_path / "root/var/log/journal/1/system.journal", 3)
    found = spare_facts(ledger, FULL, None, tmp_path / "root")
    assert [(one.what, one.command) for one in found] == [
        ("sudo journalctl --vacuum-size=50M", True),
        ("sudo apt-get clean", True),
    ]


def test_while_there_is_room_nothing_is_looked_for(ledger: Path) -> None:
    filled(ledger.with_name("ledger.before-epoch-2.db"), 2)
    assert spare_facts(ledger, ROOM, None) == ()
    assert spare_facts(ledger, FULL, None, ledger.parent) == (
        SpareFacts(
            what=f"{ledger.parent}/ledger.before-epoch-2.db*",
            bytes=ledger.with_name("ledger.before-epoch-2.db").stat().st_blocks * 512,
        ),
    )
    assert spare_facts(ledger.parent / "none/ledger.db", FULL, None, ledger.parent) == ()


@pytest.mark.skipif(os.geteuid() != 0, reason="only root may mount")
async def test_the_doctor_of_a_small_disk_names_what_lies_there(tmp_path: Path) -> None:
    (tmp_path / "terminal.toml").write_text(COUNTER)
    await (await opened_at(tmp_path / "made/ledger.db")).close()
    data = tmp_path / "data"
    data.mkdir()
    line = (
        f"mount -t tmpfs -o size=48m t {data} && cp -a {tmp_path}/made/. {data}"
        f" && head -c 5M /dev/urandom > {data}/ledger.before-epoch-2.db"
        f" && {sys.executable} -m terminal doctor --json --config {tmp_path}/terminal.toml"
    )
    ran = await asyncio.to_thread(
        subprocess.run,
        ["/usr/bin/unshare", "--mount", "/bin/sh", "-c", line],
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    (disk,) = [one for one in json.loads(ran.stdout)["findings"] if one["subject"] == "disk"]
    assert disk["next_step"] == f"Make room: move to another disk {data}/ledger.before-epoch-2.db* (5 MiB)."
