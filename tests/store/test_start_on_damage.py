"""A start on a file with damage anywhere: it opens and agrees in all money, or says what is damaged."""

from __future__ import annotations

import asyncio
import hashlib
import random
import shutil
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

import msgspec
import pytest

from terminal.checkup import ledger_facts, verdict_on
from terminal.core.errors import LedgerClosed, LedgerDamaged
from terminal.core.values import SiteId
from terminal.maintenance.facts import LedgerTrouble
from terminal.runtime.clock import SystemClock
from terminal.store.backup import LEDGER, MANIFEST, BackupRefused, back_up, manifest_of, secret_of
from terminal.store.restore import restore
from terminal.store.sealed import Secret
from terminal.store.settings import Settings
from tests.store.conftest import opened_at
from tests.store.facts import issue, recharge, sale

S1 = SiteId("S1")
NUMBERS = ("acked", "asked", "doubts", "fed_epoch", "fed_m", "hooked", "hq_epoch", "refused")
TEXTS = ("acked_mark", "edits_mark", "fed_mark")
GIVEN = ("openable_from", "site", "instance", "epoch", "acked", "proof", "identity")
NAMES = sorted({*GIVEN, *NUMBERS, *TEXTS})
NEVER_WRITTEN = (None, "odd", b"\x00\xff", -1, 77, 2**53, 2**63 - 1, -(2**63), 1.5)
ODDLY_READ = {*((name, 77) for name in NUMBERS if name != "refused"), *((name, "odd") for name in TEXTS)}
"""What might have been written there, and what only headquarters knows better."""

Stand = tuple[list[Any], list[Any]]


@pytest.fixture(scope="module")
def day(tmp_path_factory: pytest.TempPathFactory) -> Path:
    where = tmp_path_factory.mktemp("day") / "ledger.db"

    async def a_day() -> None:
        ledger = await opened_at(where)
        await ledger.committer.submit(*issue(1))
        await ledger.committer.submit(recharge(2, principal=10000, bonus=1000))
        for number in range(3, 40):
            await ledger.committer.submit(sale(number, 120, number=1, stored=120, points=1))
        await ledger.close()

    asyncio.run(a_day())
    with closing(sqlite3.connect(where, isolation_level=None)) as file:
        for name in (*NUMBERS, *TEXTS):
            file.execute("INSERT OR IGNORE INTO meta VALUES (?, ?)", (name, "" if name in TEXTS else 0))
    return where


@pytest.fixture
def path(day: Path, tmp_path: Path) -> Path:
    shutil.copytree(day.parent, tmp_path / "shop")
    return tmp_path / "shop" / day.name


def stand(path: Path) -> Stand:
    with closing(sqlite3.connect(path)) as file:
        accounts = file.execute("SELECT owner, unit, balance FROM accounts ORDER BY owner, unit").fetchall()
        return accounts, file.execute("SELECT seq, hash FROM entries ORDER BY seq").fetchall()


def overwritten(path: Path, name: str, value: object) -> None:
    """As a disk does, which asks no constraint."""
    with closing(sqlite3.connect(path, isolation_level=None)) as file:
        version = file.execute("PRAGMA schema_version").fetchone()[0]
        kept = file.execute("SELECT sql FROM sqlite_schema WHERE name = 'meta'").fetchone()[0]
        file.execute("PRAGMA writable_schema = ON")
        change = "UPDATE sqlite_schema SET sql = ? WHERE name = 'meta'"
        file.execute(change, (kept.replace("value ANY NOT NULL", "value ANY"),))
        file.execute(f"PRAGMA schema_version = {version + 1}")
    with closing(sqlite3.connect(path, isolation_level=None)) as file:
        file.execute("UPDATE meta SET value = ? WHERE name = ?", (value, name))
        file.execute("PRAGMA writable_schema = ON")
        file.execute(change, (kept,))


def started(path: Path) -> str:
    """What a start says; empty where it sells."""

    async def start() -> None:
        await (await opened_at(path)).close()

    try:
        asyncio.run(start())
    except (LedgerDamaged, LedgerClosed) as fault:
        return str(fault)
    return ""


@pytest.mark.parametrize("name", NAMES)
def test_whatever_lies_in_a_cell_of_what_the_file_says_of_itself_is_read_or_named(
    path: Path, tmp_path: Path, name: str
) -> None:
    whole, before = path.read_bytes(), stand(path)
    for value in NEVER_WRITTEN:
        overwritten(path, name, value)
        said, verdict = started(path), verdict_on(Settings(path=path), S1)
        if (name, value) in ODDLY_READ:
            assert said == "", value
            assert stand(path) == before
        else:
            assert "the file itself" in said, (name, value, said)
            assert verdict.damaged, (name, value, verdict)
            assert ledger_facts(path, 10).trouble is LedgerTrouble.DAMAGED
            with pytest.raises(BackupRefused):
                back_up(path, tmp_path / "stick", clock=SystemClock())
        path.write_bytes(whole)
        path.with_name("ledger.db-wal").unlink(missing_ok=True)


@pytest.mark.parametrize("name", NAMES)
def test_a_name_that_is_another_is_named(path: Path, name: str) -> None:
    with closing(sqlite3.connect(path, isolation_level=None)) as file:
        file.execute("UPDATE meta SET name = replace(name, 'e', 'f') || 'x' WHERE name = ?", (name,))
    assert "the file itself" in started(path)
    assert verdict_on(Settings(path=path), S1).damaged


@pytest.mark.parametrize("version", [0, -1, 1])
def test_a_schema_number_that_the_file_has_not_is_damage(path: Path, version: int) -> None:
    with closing(sqlite3.connect(path, isolation_level=None)) as file:
        file.execute(f"PRAGMA user_version = {version:d}")
    with pytest.raises(LedgerDamaged, match="the file itself"):
        asyncio.run(opened_at(path))


@pytest.mark.parametrize("name", ["epoch", "instance", "site", "acked"])
@pytest.mark.parametrize("value", [None, "odd", 2**62, -1])
def test_a_backup_takes_the_place_of_a_file_that_says_nonsense_of_itself(
    path: Path, tmp_path: Path, name: str, value: object
) -> None:
    back_up(path, tmp_path / "stick", clock=SystemClock())
    before = stand(path)
    overwritten(path, name, value)
    done = restore(tmp_path / "stick", path, site=S1)
    assert (done.epoch, stand(path)) == (2, before)
    assert started(path) == ""


def as_if_backed_up_so(backup: Path, secret: Secret) -> None:
    """Its manifest anew, as the site would have made it of a ledger that was damaged by then."""
    file = backup / LEDGER
    kept = manifest_of(backup, secret)
    part = msgspec.structs.replace(
        kept.parts[0], size=file.stat().st_size, sha256=hashlib.sha256(file.read_bytes()).hexdigest()
    )
    fresh = msgspec.structs.replace(kept, parts=(part, kept.parts[1]))
    fresh = msgspec.structs.replace(fresh, mac=secret.mac(fresh.sealed_bytes()).hex())
    (backup / MANIFEST).write_bytes(msgspec.json.encode(fresh))


@pytest.mark.parametrize("name", NAMES)
def test_a_backup_that_says_nonsense_of_itself_is_refused_and_changes_nothing(
    path: Path, tmp_path: Path, name: str
) -> None:
    made, before = back_up(path, tmp_path / "stick", clock=SystemClock()), path.read_bytes()
    whole = (made / LEDGER).read_bytes()
    for value in (None, "odd", b"\x00\xff", -1, 2**63 - 1):
        if (name, value) in ODDLY_READ:
            continue
        overwritten(made / LEDGER, name, value)
        as_if_backed_up_so(made, secret_of(path))
        with pytest.raises(BackupRefused):
            restore(made, path, site=S1, over_whole=True)
        assert path.read_bytes() == before
        (made / LEDGER).write_bytes(whole)


def test_whatever_region_a_disk_loses_a_start_and_verify_say_so_or_all_money_is_as_it_was(
    path: Path, tmp_path: Path
) -> None:
    chance = random.Random(20261126)
    whole, before, refused = path.read_bytes(), stand(path), 0
    for _ in range(120):
        size = chance.choice((1, 16, 512, 1024))
        place = chance.randrange(len(whole) // size) * size
        left = chance.choice((bytes(size), b"\xff" * size, chance.randbytes(size)))
        path.write_bytes(whole[:place] + left + whole[place + size :])
        path.with_name("ledger.db-wal").unlink(missing_ok=True)
        said = started(path)
        verdict = verdict_on(Settings(path=path), S1)
        ledger_facts(path, 10)  # Whatever it says, it says.
        if said or verdict.fault:
            refused += 1
        else:
            assert stand(path) == before, (place, left)
        if said and verdict.fault:
            with pytest.raises(BackupRefused):
                back_up(path, tmp_path / "stick", clock=SystemClock())
    assert refused > 60
