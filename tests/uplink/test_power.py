"""The power fails in a terminal with its real ledger, or in headquarters, at every named place."""

from __future__ import annotations

import asyncio
import os
import signal
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import asyncpg
import pytest

from tests.hq.process import END_S, Headquarters

pytestmark = pytest.mark.hq

ENTRIES = 20


def at_the_site(folder: Path) -> list[bytes]:
    with closing(sqlite3.connect(folder / "ledger.db")) as ledger:
        return [bytes(body) for (body,) in ledger.execute("SELECT body FROM entries ORDER BY seq")]


async def at_headquarters(hq: Headquarters, merchant: str) -> list[bytes]:
    connection = await asyncpg.connect(hq.dsn())
    sql = "SELECT body FROM entries WHERE merchant_id = $1 ORDER BY seq"
    rows = await connection.fetch(sql, merchant)
    exceptions = await connection.fetch("SELECT * FROM exceptions WHERE merchant_id = $1", merchant)
    await connection.close()
    assert exceptions == []
    return [row["body"] for row in rows]


async def sold(hq: Headquarters, folder: Path, die_at: str = "") -> int:
    guest = hq.guest(folder.name).saved(folder / "guest")
    command = [sys.executable, "-m", "tests.uplink.sell", str(guest), str(folder), str(ENTRIES)]
    env = {**os.environ, "TERMINAL_DIE_AT": die_at}
    done = await asyncio.to_thread(subprocess.run, command, env=env, timeout=END_S, check=False)
    return done.returncode


@pytest.mark.parametrize(
    "die_at",
    [
        "ledger.before_commit:4",
        "ledger.committed:4",
        "uplink.before_send:2",
        "uplink.sent:1",
        "uplink.sent:3",
        "uplink.before_ack:2",
    ],
)
async def test_what_the_terminal_had_booked_is_at_headquarters_once(
    standing_hq: Headquarters, tmp_path: Path, die_at: str
) -> None:
    folder = tmp_path / die_at.replace(":", " ")
    folder.mkdir()
    assert await sold(standing_hq, folder, die_at) == -signal.SIGKILL
    assert await sold(standing_hq, folder) == 0
    booked = at_the_site(folder)
    assert len(booked) == ENTRIES
    assert await at_headquarters(standing_hq, folder.name) == booked


async def test_the_power_fails_again_and_again_until_the_day_is_done(
    standing_hq: Headquarters, tmp_path: Path
) -> None:
    folder = tmp_path / "unlucky shop"
    folder.mkdir()
    lives = 0
    while await sold(standing_hq, folder, "uplink.sent:2") != 0:
        lives += 1
        assert lives < ENTRIES
    assert lives > 1
    assert await at_headquarters(standing_hq, folder.name) == at_the_site(folder)
