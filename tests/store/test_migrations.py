"""A file goes from one schema to the next whole or not at all, and programs of two releases share it."""

from __future__ import annotations

import os
import random
import shutil
import sqlite3
import subprocess
import sys
import zipfile
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any
from unittest import mock

import pytest

from lab.crashdisk import Disk, Kind, Operation, Style, recording
from lab.sickdisk import Fault, sick
from terminal.checkup import ledger_facts
from terminal.core.errors import LedgerClosed, LedgerDamaged, LedgerNewer
from terminal.core.values import SiteId
from terminal.maintenance.facts import LedgerTrouble
from terminal.store.backup import BackupRefused, back_up, digest_of
from terminal.store.file import connected
from terminal.store.migrations import OURS, Schema, statements
from terminal.store.restore import restore
from terminal.store.verify import verified
from tests.store.conftest import opened_at
from tests.store.copies import At
from tests.store.facts import an_id, issue, recharge, sale

ROOT = Path(__file__).parents[2]

EXPANDS = """
-- Who wrapped it; a semicolon; in a comment.
ALTER TABLE cards ADD COLUMN sleeve TEXT NOT NULL DEFAULT 'none; yet';
CREATE TABLE days (day TEXT PRIMARY KEY, entries INTEGER NOT NULL) STRICT, WITHOUT ROWID;
INSERT INTO days
SELECT json_extract(CAST(body AS TEXT), '$.at.business_day'), count(*) FROM entries GROUP BY 1;
CREATE TRIGGER days_count AFTER INSERT ON entries
BEGIN
    INSERT INTO days VALUES (json_extract(CAST(NEW.body AS TEXT), '$.at.business_day'), 1)
    ON CONFLICT (day) DO UPDATE SET entries = entries + 1;
END;
"""
CONTRACTS = """
CREATE TABLE wallets_new (
    wallet TEXT PRIMARY KEY,
    member TEXT,
    tier   TEXT NOT NULL DEFAULT 'regular',
    into_wallet TEXT REFERENCES wallets_new,
    pin    TEXT NOT NULL DEFAULT '',
    given  INTEGER NOT NULL DEFAULT 0,
    seq    INTEGER NOT NULL CHECK (seq > 0)
) STRICT, WITHOUT ROWID;
INSERT INTO wallets_new SELECT wallet, member, tier, into_wallet, pin, given, seq FROM wallets;
DROP TABLE wallets;
ALTER TABLE wallets_new RENAME TO wallets;
UPDATE meta SET value = {least} WHERE name = 'openable_from';
"""
"""Builds anew a table that others refer to, as sqlite.org/lang_altertable.html section 7 says."""

MELTS = "UPDATE cards SET state = 'melted';"

Made = Callable[..., Schema]


@pytest.fixture
def made(tmp_path: Path) -> Made:
    """A schema folder with ours and so many more steps."""

    def folder(*more: str) -> Schema:
        where = tmp_path / f"schema-{len(more)}-{abs(hash(more))}"
        shutil.copytree(ROOT / "terminal/store/schema", where)
        for number, script in enumerate(more, OURS.version + 1):
            (where / f"{number:04}_more.sql").write_text(script.format(least=number))
        return Schema(where)

    return folder


@pytest.fixture
async def path(tmp_path: Path) -> Path:
    where = tmp_path / "ledger" / "ledger.db"
    ledger = await opened_at(where)
    await ledger.committer.submit(*issue(1))
    await ledger.committer.submit(recharge(2))
    await ledger.close()
    return where


def look(path: Path, statement: str) -> list[Any]:
    with closing(sqlite3.connect(path)) as connection:
        return connection.execute(statement).fetchall()


def version(path: Path) -> int:
    return int(look(path, "PRAGMA user_version")[0][0])


def shape(path: Path) -> list[Any]:
    return look(path, "SELECT name, sql FROM sqlite_schema ORDER BY name")


# Two releases


async def test_a_program_brings_the_file_of_the_release_before_to_its_own_schema(
    path: Path, made: Made
) -> None:
    newer = made(EXPANDS)
    ledger = await opened_at(path, schema=newer)
    assert (await ledger.committer.look_up(an_id(2))).seq == 2
    assert (await ledger.committer.submit(sale(3, 1000, number=1, stored=1000))).after.principal == 9000
    await ledger.close()
    assert version(path) == newer.version
    assert look(path, "SELECT day, entries FROM days") == [("2026-11-24", 3)]


async def test_the_release_before_still_books_in_a_file_that_was_expanded(path: Path, made: Made) -> None:
    newer = made(EXPANDS)
    await (await opened_at(path, schema=newer)).close()
    ledger = await opened_at(path)
    await ledger.committer.submit(sale(3, 1000, number=1, stored=1000))
    await ledger.close()
    assert version(path) == newer.version
    ledger = await opened_at(path, schema=newer)
    assert (await ledger.committer.look_up(an_id(3))).seq == 3
    await ledger.close()
    assert look(path, "SELECT entries FROM days") == [(3,)]


async def test_the_release_before_refuses_a_file_that_was_contracted_and_leaves_it_alone(
    path: Path, made: Made
) -> None:
    newer = made(EXPANDS, CONTRACTS)
    await (await opened_at(path, schema=newer)).close()
    before = digest_of(path)
    for older in (OURS, made(EXPANDS)):
        with pytest.raises(
            LedgerNewer, match=f"program of schema {newer.version} or newer, this one has {older.version}"
        ):
            await opened_at(path, schema=older)
    assert digest_of(path) == before
    ledger = await opened_at(path, schema=newer)
    await ledger.committer.submit(sale(3, 1000, number=1, stored=1000))
    await ledger.close()


async def test_a_step_whose_rows_would_refer_to_nothing_is_not_taken(path: Path, made: Made) -> None:
    shaped = shape(path)
    with pytest.raises(LedgerDamaged, match="refers to nothing in wallets"):
        await opened_at(path, schema=made("DELETE FROM wallets;"))
    assert (version(path), shape(path)) == (OURS.version, shaped)
    await (await opened_at(path)).close()


@pytest.mark.parametrize("said", [f"SET value = {OURS.version + 2}", "SET value = 0", "SET value = 'later'"])
async def test_a_step_that_says_nonsense_about_who_may_open_is_not_taken(
    path: Path, made: Made, said: str
) -> None:
    with pytest.raises(LedgerDamaged, match="openable_from"):
        await opened_at(path, schema=made(f"UPDATE meta {said} WHERE name = 'openable_from';"))
    await (await opened_at(path)).close()


async def test_a_step_that_fails_in_its_middle_leaves_what_was_there(path: Path, made: Made) -> None:
    shaped = shape(path)
    with pytest.raises(LedgerDamaged, match="CHECK constraint failed"):
        await opened_at(path, schema=made(EXPANDS + MELTS))
    assert (version(path), shape(path)) == (OURS.version, shaped)
    await (await opened_at(path)).close()


# Power and disks


def cuts(before: bytes, operations: list[Operation]) -> Iterator[dict[str, bytes]]:
    """The disk as it would be had the power failed before each operation, and after the last."""
    disk, dice = Disk(durable={"ledger.db": bytearray(before)}), random.Random(1)
    for done in operations:
        if done.kind is not Kind.MARK:
            for style in Style:
                yield disk.after_power_cut(style, dice)
        disk.take(done)
    yield disk.after_power_cut(Style.NONE, dice)


@pytest.mark.campaign
def test_the_power_may_fail_anywhere_in_a_migration(tmp_path: Path, path: Path, made: Made) -> None:
    between, newest = made(EXPANDS), made(EXPANDS, CONTRACTS)
    before, shapes = path.read_bytes(), {OURS.version: shape(path)}
    for schema in (between, newest):
        whole = tmp_path / f"{schema.version}.db"
        whole.write_bytes(before)
        connected(whole, schema=schema).close()
        shapes[schema.version] = shape(whole)
    with recording() as recorder:
        connected(path, schema=newest).close()
    seen, where = set(), tmp_path / "cut"
    for images in cuts(before, recorder.operations):
        shutil.rmtree(where, ignore_errors=True)
        where.mkdir()
        for name, image in images.items():
            (where / name).write_bytes(image)
        found = version(where / "ledger.db")
        seen.add(found)
        assert shape(where / "ledger.db") == shapes[found]
        with closing(connected(where / "ledger.db", schema=newest)) as connection:
            assert verified(connection).entries == 2
        assert shape(where / "ledger.db") == shapes[newest.version]
    assert seen == set(shapes)


@pytest.mark.parametrize("fault", Fault)
def test_whichever_operation_fails_the_file_has_one_whole_schema(
    tmp_path: Path, path: Path, made: Made, fault: Fault
) -> None:
    between, newest = made(EXPANDS), made(EXPANDS, CONTRACTS)
    before, shapes, refused = path.read_bytes(), {OURS.version: shape(path)}, 0
    for schema in (between, newest):
        connected(path, schema=schema).close()
        shapes[schema.version] = shape(path)
    with sick(fault) as disk:
        for first in range(1, 10_000):
            where = tmp_path / "sick.db"
            where.write_bytes(before)
            for left in ("-wal", "-shm"):
                where.with_name(f"{where.name}{left}").unlink(missing_ok=True)
            failed = disk.failed
            disk.arm(first, lasting=True)
            try:
                connected(where, schema=newest).close()
            except LedgerClosed:
                refused += 1
            finally:
                disk.heal()
            if disk.failed == failed:
                break
            assert shape(where) == shapes[version(where)]
            if version(where) == OURS.version:  # The release before sells on.
                with closing(connected(where)) as connection:
                    assert verified(connection).entries == 2
            with closing(connected(where, schema=newest)) as connection:
                assert verified(connection).entries == 2
    assert refused


async def test_a_full_disk_is_named_with_the_step_that_did_not_fit(path: Path, made: Made) -> None:
    newer = made(EXPANDS)
    with sick(Fault.FULL) as disk:
        disk.arm(2, lasting=True)  # The log itself still begins.
        steps = f"from schema {OURS.version} to {newer.version}"
        with pytest.raises(LedgerClosed, match=f"{steps}, and is as it was: database or disk is full"):
            await opened_at(path, schema=newer)
        disk.heal()
    ledger = await opened_at(path)
    await ledger.committer.submit(sale(3, 1000, number=1, stored=1000))
    await ledger.close()


# Tools beside it


@contextmanager
def running(schema: Schema) -> Iterator[None]:
    """This program is the one with that schema."""
    with mock.patch.object(OURS, "_steps", schema._steps):
        yield


async def test_a_backup_of_the_release_before_is_restored_into_the_new_schema(
    tmp_path: Path, path: Path, made: Made
) -> None:
    kept = back_up(path, tmp_path / "stick", clock=At())
    os.unlink(path)  # noqa: PTH108  the loop has nothing else to do
    newer = made(EXPANDS)
    with running(newer):
        assert restore(kept, path, site=SiteId("S1")).seq == 2
    assert look(path, "SELECT entries FROM days") == [(2,)]


async def test_a_ledger_of_the_release_before_is_walked_before_its_backup_is_called_verified(
    tmp_path: Path, path: Path, made: Made
) -> None:
    before = version(path)
    with running(made(EXPANDS)):
        kept = back_up(path, tmp_path / "stick", clock=At())
        assert sorted(one.name for one in kept.iterdir()) == ["keys.sealed", "ledger.db", "manifest.json"]
        assert version(kept / "ledger.db") == before
        with closing(sqlite3.connect(path)) as connection:
            connection.execute("DROP TRIGGER entries_are_immutable")
            connection.execute("UPDATE entries SET hash = zeroblob(32) WHERE seq = 1")
            connection.commit()
        with pytest.raises(BackupRefused, match="seq 1: the chain breaks here"):
            back_up(path, tmp_path / "stick", clock=At(1_795_000_000_001))
    assert list((tmp_path / "stick").iterdir()) == [kept]


async def test_the_doctor_tells_an_older_and_a_newer_file_from_a_damaged_one(path: Path, made: Made) -> None:
    newer = made(EXPANDS, CONTRACTS)
    older = f"schema {OURS.version}, brought to {newer.version} by the next start"
    with running(newer):
        seen = ledger_facts(path, 10)
        assert (seen.trouble, seen.fault) == (LedgerTrouble.OLDER, older)
        await (await opened_at(path)).close()
        seen = ledger_facts(path, 10)
        assert (seen.fault, seen.openable_from) == ("", newer.openable_from)
    seen = ledger_facts(path, 10)
    assert seen.trouble is LedgerTrouble.NEWER
    assert "L105" in seen.fault


# What a folder of steps must be


@pytest.mark.parametrize("names", [[], ["0002_more.sql"], ["0001_a.sql", "0003_b.sql"], ["1_a.sql"]])
def test_steps_are_numbered_without_a_gap(tmp_path: Path, names: list[str]) -> None:
    for name in names:
        (tmp_path / name).write_text("")
    with pytest.raises(ValueError, match="0001"):
        Schema(tmp_path)


@pytest.mark.parametrize(
    "script",
    [
        "COMMIT;",
        "CREATE TABLE a (b); -- x\n  commit ;",
        "PRAGMA foreign_keys = ON;",
        "VACUUM;",
        "SELECT 1",
        "--\nx",
    ],
)
def test_a_step_ends_no_transaction_and_leaves_nothing_over(script: str) -> None:
    with pytest.raises(ValueError, match="step"):
        list(statements(script))


def test_our_own_steps_are_allowed() -> None:
    for step in (ROOT / "terminal/store/schema").glob("*.sql"):
        assert list(statements(step.read_text()))


def test_an_installed_terminal_finds_its_steps(tmp_path: Path) -> None:
    """Built as a device gets it, and imported from there alone."""
    source = tmp_path / "source"
    for package in ("terminal", "hq"):
        shutil.copytree(ROOT / package, source / package, ignore=shutil.ignore_patterns("__pycache__"))
    for name in ("pyproject.toml", "README.md", "LICENSE"):
        shutil.copy(ROOT / name, source)
    build = "import sys; from setuptools.build_meta import build_wheel; build_wheel(sys.argv[1])"
    subprocess.run(
        [sys.executable, "-W", "ignore", "-c", build, str(tmp_path)],
        cwd=source,
        check=True,
        capture_output=True,
    )
    (wheel,) = tmp_path.glob("*.whl")
    with zipfile.ZipFile(wheel) as packed:
        packed.extractall(tmp_path / "installed")
    code = "from terminal.store.migrations import OURS, __file__ as where; print(OURS.version, where)"
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=tmp_path / "installed", check=True, capture_output=True, text=True
    )
    assert done.stdout.split() == [
        str(OURS.version),
        str(tmp_path / "installed/terminal/store/migrations.py"),
    ]
