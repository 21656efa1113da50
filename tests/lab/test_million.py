"""What is made in bulk is what would have been booked, and the ledger's own walk finds it well."""

from __future__ import annotations

import asyncio
import json
import sqlite3
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from lab.crowd import make_crowd, member
from lab.environment import ROOT
from terminal.store.beside import check_beside
from terminal.store.verify import verified
from tests.store.conftest import opened_at

MEMBERS = 30
_SEALED = {"profiles": "member, shown, phone", "meta": "name"}
"""Of these only what is not random; tokens and traces follow from the secret."""


def rows(path: Path) -> dict[str, list[Any]]:
    connection = sqlite3.connect(path)
    names = connection.execute("SELECT name FROM sqlite_schema WHERE type = 'table' ORDER BY name").fetchall()
    tables = [name for (name,) in names if not name.startswith("sqlite_") and name != "checkpoints"]
    found = {
        table: sorted(connection.execute(f"SELECT {_SEALED.get(table, '*')} FROM {table}"))  # noqa: S608
        for table in tables
    }
    found["schema"] = sorted(connection.execute("SELECT type, name, sql FROM sqlite_schema"), key=str)
    connection.close()
    return found


async def test_members_made_in_bulk_are_as_if_each_had_been_booked(tmp_path: Path) -> None:
    made, booked = tmp_path / "made" / "ledger.db", tmp_path / "booked" / "ledger.db"
    booked.parent.mkdir()
    await asyncio.to_thread(make_crowd, made, MEMBERS)
    booked.with_suffix(".secret").write_bytes(made.with_suffix(".secret").read_bytes())
    ledger = await opened_at(booked)
    for n in range(MEMBERS):
        one = member(n)
        await ledger.committer.submit(one.join, one.private)
        await ledger.committer.submit(one.recharge)
        await ledger.print_jobs.printed(one.recharge.id)
    await ledger.close()
    assert rows(made) == rows(booked)


def test_members_made_in_bulk_verify_and_can_be_read(tmp_path: Path) -> None:
    path = tmp_path / "ledger.db"
    make_crowd(path, MEMBERS)
    connection = sqlite3.connect(path)
    assert verified(connection).entries == 2 * MEMBERS
    assert check_beside(connection)
    connection.close()


@pytest.mark.campaign
def test_a_large_ledger_is_verified_in_the_memory_of_a_small_one(tmp_path: Path) -> None:
    shown = subprocess.run(
        [sys.executable, "-m", "lab", "million", "--members", "20000", "--folder", str(tmp_path), "--json"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
        timeout=300,
    )
    assert shown.returncode == 0, shown.stderr
    said = json.loads(shown.stdout)
    assert said["entries"] == 40_000
    assert said["steps"]["journal"]["peak_kb"] < 1.1 * said["small"]["journal"]["peak_kb"]
    assert said["steps"]["beside"]["peak_kb"] < 1.3 * said["small"]["beside"]["peak_kb"]
    assert not list(tmp_path.iterdir())
