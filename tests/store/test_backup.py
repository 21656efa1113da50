"""A backup is whole or it is none, and making one stops nobody from selling."""

from __future__ import annotations

import asyncio
import errno
import json
import os
import signal
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest

from terminal.core.commands import ClockTrust
from terminal.core.values import SiteId
from terminal.store import backup as backups
from terminal.store.backup import KEPT_MAX, KEPT_MS, BackupRefused, back_up, checked, member_keys, secret_of
from terminal.store.restore import restore
from terminal.store.sealed import Secret
from tests.store.conftest import opened_at
from tests.store.copies import NAME, NUMBER, At, join
from tests.store.facts import issue, opens, recharge, sale

STEPS = ("backup.copied", "backup.written", "backup.before_rename")


@pytest.fixture
async def path(tmp_path: Path) -> Path:
    where = tmp_path / "data" / "ledger.db"
    ledger = await opened_at(where)
    await ledger.committer.submit(*issue(1))
    await ledger.committer.submit(recharge(2, principal=1_000_000))
    await ledger.committer.submit(*join(3))
    await ledger.close()
    return where


def killed_at(step: str, path: Path, stick: Path) -> int:
    script = (
        "import sys; from pathlib import Path; from terminal.runtime.clock import SystemClock;"
        "from terminal.store.backup import back_up;"
        "back_up(Path(sys.argv[1]), Path(sys.argv[2]), clock=SystemClock())"
    )
    run = [sys.executable, "-c", script, str(path), str(stick)]
    killed = subprocess.run(run, check=False, env={**os.environ, "TERMINAL_DIE_AT": step}, timeout=60)
    return killed.returncode


async def test_a_backup_beside_the_running_terminal_holds_what_was_booked(path: Path, tmp_path: Path) -> None:
    ledger = await opened_at(path)
    await ledger.committer.submit(sale(10, 1000, number=1, stored=1000))
    made = await asyncio.to_thread(back_up, path, tmp_path / "stick", clock=At())
    seq, head = await ledger.outbox.head()
    await ledger.close()
    manifest = checked(made, secret_of(path))
    assert (manifest.site, manifest.instance, manifest.epoch) == ("S1", ledger.instance, 1)
    assert (manifest.seq, manifest.head, manifest.keys) == (seq, head.hex(), 1)
    assert sorted(one.name for one in made.iterdir()) == ["keys.sealed", "ledger.db", "manifest.json"]


async def test_sales_go_on_between_the_steps_of_a_backup(
    path: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(backups, "_STEP_PAGES", 4)
    ledger, loop = await opened_at(path), asyncio.get_running_loop()
    left: list[int] = []

    def between(_: int, remaining: int, __: int) -> None:
        left.append(remaining)
        number = 100 + len(left)
        booking = ledger.committer.submit(sale(number, 10, number=1, stored=10))
        asyncio.run_coroutine_threadsafe(booking, loop).result(timeout=60)

    made = await asyncio.to_thread(back_up, path, tmp_path / "stick", clock=At(), progress=between)
    assert left == sorted(left, reverse=True)
    assert len(left) > 5
    assert checked(made, secret_of(path)).seq == 3
    assert (await ledger.outbox.head())[0] == 3 + len(left)
    await ledger.close()


async def test_neither_names_nor_keys_nor_the_secret_are_readable_in_a_backup(
    path: Path, tmp_path: Path
) -> None:
    made = back_up(path, tmp_path / "stick", clock=At())
    whole = b"".join(one.read_bytes() for one in made.iterdir())
    secret = path.with_suffix(".secret").read_bytes()
    connection = sqlite3.connect(path.with_suffix(".keys"))
    rows = connection.execute("SELECT member, wrapped FROM keys").fetchall()
    connection.close()
    assert rows
    assert all(wrapped not in whole for _, wrapped in rows)
    assert secret[:32] not in whole
    assert secret[32:] not in whole
    assert NAME.encode() not in whole
    assert NUMBER.encode() not in whole
    manifest = checked(made, secret_of(path))
    assert list(member_keys(made, manifest, secret_of(path))) == rows


@pytest.mark.parametrize("step", STEPS)
async def test_a_power_cut_in_the_middle_leaves_the_old_backup_whole(
    path: Path, tmp_path: Path, step: str
) -> None:
    stick = tmp_path / "stick"
    first = back_up(path, stick, clock=At())
    assert killed_at(step, path, stick) == -signal.SIGKILL
    assert [one for one, _ in backups.backups_in(stick, secret_of(path))] == [first]
    checked(first, secret_of(path))
    second = back_up(path, stick, clock=At(1_795_000_000_001))
    assert sorted(stick.iterdir()) == sorted([first, second])


@pytest.mark.parametrize("name", ["ledger.db", "keys.sealed", "manifest.json"])
async def test_every_changed_or_missing_part_is_refused_by_its_name(
    path: Path, tmp_path: Path, name: str
) -> None:
    made = back_up(path, tmp_path / "stick", clock=At())
    raw = (made / name).read_bytes()
    for place in range(0, len(raw), max(1, len(raw) // 40)):
        (made / name).write_bytes(raw[:place] + bytes([raw[place] ^ 1]) + raw[place + 1 :])
        with pytest.raises(BackupRefused, match=name):
            checked(made, secret_of(path))
    (made / name).write_bytes(raw[:-7])
    with pytest.raises(BackupRefused, match=name):
        checked(made, secret_of(path))
    (made / name).unlink()
    with pytest.raises(BackupRefused, match=f"{name}: is not there"):
        checked(made, secret_of(path))


async def test_a_backup_is_refused_under_another_secret(path: Path, tmp_path: Path) -> None:
    made = back_up(path, tmp_path / "stick", clock=At())
    with pytest.raises(BackupRefused, match="another secret"):
        checked(made, Secret(tmp_path / "other.secret"))


async def test_a_ledger_that_does_not_verify_makes_no_backup(path: Path, tmp_path: Path) -> None:
    first = back_up(path, tmp_path / "stick", clock=At())
    connection = sqlite3.connect(path)
    connection.execute("UPDATE accounts SET balance = balance + 1 WHERE unit = 'principal'")
    connection.commit()
    connection.close()
    with pytest.raises(BackupRefused, match="principal"):
        back_up(path, tmp_path / "stick", clock=At(1_795_000_000_001))
    assert list((tmp_path / "stick").iterdir()) == [first]


ASTRAY = (
    "UPDATE cards SET wallet = 'w7' WHERE card = 'c1'",
    "UPDATE tokens SET wallet = 'w7' WHERE card = 'c1'",
)
"""Somebody's card leads to another's wallet: chain, postings and balances agree."""


def change(path: Path, *statements: str) -> None:
    connection = sqlite3.connect(path)
    for statement in statements:
        assert connection.execute(statement).rowcount == 1, statement
    connection.commit()
    connection.close()


async def test_a_card_that_leads_elsewhere_makes_no_backup(path: Path, tmp_path: Path) -> None:
    change(path, *ASTRAY)
    with pytest.raises(BackupRefused, match="a card does not stand as this entry left it"):
        back_up(path, tmp_path / "stick", clock=At())
    assert list((tmp_path / "stick").iterdir()) == []


async def test_a_backup_in_which_a_card_leads_elsewhere_is_not_restored(
    path: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Made by a program that did not look there."""
    change(path, *ASTRAY)
    monkeypatch.setattr(backups, "check_whole", lambda *_: None)
    made = back_up(path, tmp_path / "stick", clock=At())
    monkeypatch.undo()
    with pytest.raises(BackupRefused, match="a card does not stand"):
        checked(made, secret_of(path))
    with pytest.raises(BackupRefused, match="a card does not stand"):
        restore(made, path, site=SiteId("S1"), over_whole=True)


def test_without_a_ledger_or_its_secret_nothing_is_made(tmp_path: Path) -> None:
    with pytest.raises(BackupRefused, match="secret: is not there"):
        back_up(tmp_path / "ledger.db", tmp_path / "stick", clock=At())
    Secret(tmp_path / "ledger.secret")
    with pytest.raises(BackupRefused, match="no ledger yet"):
        back_up(tmp_path / "ledger.db", tmp_path / "stick", clock=At())
    assert list((tmp_path / "stick").iterdir()) == []


async def test_no_backup_stays_longer_than_the_keys_in_it_may(path: Path, tmp_path: Path) -> None:
    stick = tmp_path / "stick"
    foreign = stick / "ledger-photos"
    foreign.mkdir(parents=True)
    clock = At()
    clock.trust = ClockTrust.NETWORK
    first = back_up(path, stick, clock=clock)
    clock.ms += KEPT_MS
    second = back_up(path, stick, clock=clock)
    assert first.exists()
    clock.ms += 1
    third = back_up(path, stick, clock=clock)
    assert sorted(stick.iterdir()) == sorted([foreign, second, third])
    for _ in range(KEPT_MAX + 1):
        clock.ms += 1
        back_up(path, stick, clock=clock)
    assert len(backups.backups_in(stick, secret_of(path))) == KEPT_MAX
    assert foreign.exists()


async def test_a_clock_that_nobody_believes_ends_no_backup_by_its_age(path: Path, tmp_path: Path) -> None:
    stick, clock = tmp_path / "stick", At()
    made = []
    for _ in range(KEPT_MAX - 1):
        clock.ms += 24 * 3600 * 1000
        made.append(back_up(path, stick, clock=clock))
    clock.ms += 10 * 365 * 24 * 3600 * 1000
    made.append(back_up(path, stick, clock=clock))
    assert sorted(stick.iterdir()) == sorted(made)


@pytest.mark.parametrize("inside", [False, True])
async def test_a_link_to_a_backup_whose_time_is_over_is_named_and_costs_nobody_the_next(
    path: Path, tmp_path: Path, caplog: pytest.LogCaptureFixture, *, inside: bool
) -> None:
    stick, clock = tmp_path / "stick", At()
    clock.trust = ClockTrust.NETWORK
    first = back_up(path, stick, clock=clock)
    link, target = stick / "ledger-latest", first
    if not inside:
        target = first.rename(tmp_path / "elsewhere")
    link.symlink_to(target)
    for _ in range(KEPT_MAX):
        clock.ms += 1
        back_up(path, stick, clock=clock)
    assert len([one for one in stick.iterdir() if one != link]) == KEPT_MAX, "a link counts as none"
    assert (target.exists(), caplog.messages) == (not inside, [])
    clock.ms += KEPT_MS + 1
    made = back_up(path, stick, clock=clock)
    assert sorted(stick.iterdir()) == sorted([link, made])
    named = [] if inside else [f"{link}: leads to a backup whose time is over: take both away"]
    assert caplog.messages == named
    assert target.exists() is not inside


async def test_what_cannot_be_taken_away_is_named_and_costs_nobody_the_next(
    path: Path, tmp_path: Path, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    stick, clock = tmp_path / "stick", At()
    clock.trust = ClockTrust.NETWORK
    first = back_up(path, stick, clock=clock)
    left = stick / f"{backups._UNFINISHED}1"
    left.write_text("no folder")
    taken_away = backups.shutil.rmtree

    def rmtree(where: Path, **how: bool) -> None:
        if where == first:
            raise OSError(errno.EIO, os.strerror(errno.EIO))
        taken_away(where, **how)

    monkeypatch.setattr(backups.shutil, "rmtree", rmtree)
    clock.ms += KEPT_MS + 1
    made = back_up(path, stick, clock=clock)
    assert checked(made, secret_of(path)).seq == 3
    assert caplog.messages == [
        f"{left}: cannot be taken away: Not a directory",
        f"{first}: its time is over, and it cannot be taken away: Input/output error",
    ]


async def test_the_manifest_says_what_is_in_it_in_words_a_person_can_read(path: Path, tmp_path: Path) -> None:
    made = back_up(path, tmp_path / "stick", clock=At())
    said = json.loads((made / "manifest.json").read_text())
    assert said["site"] == "S1"
    assert said["seq"] == 3
    assert [part["name"] for part in said["parts"]] == ["ledger.db", "keys.sealed"]
    assert opens().wallet not in json.dumps(said)


async def test_a_ledger_whose_schema_is_no_text_any_more_is_not_backed_up(path: Path, tmp_path: Path) -> None:
    connection = sqlite3.connect(path)
    connection.execute("PRAGMA writable_schema = ON")
    broken = "sql = CAST(x'435245415445205441424C4520A1A2' AS TEXT), name = CAST(x'A1A2' AS TEXT)"
    connection.execute(f"UPDATE sqlite_schema SET {broken} WHERE name = 'meta'")  # noqa: S608  constants
    connection.commit()
    connection.close()
    with pytest.raises(BackupRefused, match="its schema cannot be read"):
        back_up(path, tmp_path / "stick", clock=At())
