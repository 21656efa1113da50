"""People who come with a table, beside the same rows by `executemany`: the import of `bench members`.

A CSV in UTF-8 goes the way of `terminal members import`, from its first byte to the last commit, but for the
socket between its two processes: read and checked in one thread, booked by a ledger in another. After every
twenty parts the rows that they left are put into files of the floor, as many members a commit.
"""

from __future__ import annotations

import asyncio
import csv
import os
import sqlite3
import threading
import time
from collections import defaultdict
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

from bench.floor_members import Filled, Rows
from lab.crowd import SITE, Member
from terminal.core.commands import ClockTrust, Occasion
from terminal.core.policy import Policy
from terminal.core.register import Entered, Reading
from terminal.core.values import EntryId, ShiftId, StaffId, TerminalId
from terminal.members import AT_ONCE, Came, Outcome, booked, imported
from terminal.runtime.clock import SystemClock
from terminal.runtime.ids import Uuid7
from terminal.store.ledger import Ledger, open_ledger
from terminal.store.settings import Settings
from terminal.store.tables import Report

_PARTS = 20
_AMONG = " WHERE w.seq > ? AND w.seq <= ?"
_ROWS = {
    "entries": "SELECT w.*, w.seq FROM entries w",
    "wallets": "SELECT w.*, w.seq FROM wallets w",
    "profiles": "SELECT p.*, w.seq FROM wallets w JOIN profiles p ON p.member = w.member",
    "tokens": "SELECT t.*, w.seq FROM wallets w JOIN tokens t USING (wallet)",
    "traces": "SELECT t.*, w.seq FROM wallets w JOIN traces t USING (wallet)",
    "profile_edits": "SELECT e.*, w.seq FROM wallets w JOIN profile_edits e USING (wallet)",
}
_KEYS = {"keys": "SELECT k.*, w.seq FROM wallets w JOIN keys.keys k ON k.member = w.member"}


def rates(folder: Path, people: Iterator[Member], count: int) -> tuple[float, float]:
    """Members a second: by the floor, and by the product."""
    table, path = folder / "people.csv", folder / "brought.db"
    _write(table, people)
    floor_s = took_s = 0.0
    with _opened(path) as send:
        floor = Filled(folder / "floor-rows.db", path)
        done, report = Outcome(), Report()
        reading = Reading(today="2026-11-26", consent_version="1")
        beside: Filled | None = None
        parts = imported(table, reading, report, done, send)
        seen, more = 0, True
        while more:
            begun = time.perf_counter()
            more = all(next(parts, None) is not None for _ in range(_PARTS))
            took_s += time.perf_counter() - begun
            beside = beside or Filled(folder / "floor-keys.db", path.with_suffix(".keys"), beside=True)
            for rows, keys in _commits(path, seen, done.new):
                floor_s += beside.put(keys) + floor.put(rows)
            seen = done.new
        floor.close()
        if beside is not None:
            beside.close()
    if (done.new, report.count) != (count, 0):
        raise RuntimeError(f"{done.new} of {count} joined, {report.count} refused")
    return count / floor_s, count / took_s


def _write(table: Path, people: Iterator[Member]) -> None:
    with table.open("w", encoding="utf-8", newline="") as file:
        rows = csv.writer(file)
        rows.writerow(("手机号", "姓名", "生日"))
        for n, one in enumerate(people):
            born = f"19{n % 60 + 40}-{n % 12 + 1:02}-{n % 28 + 1:02}"
            rows.writerow((one.private.phone, one.private.name, born))


def _commits(path: Path, after: int, upto: int) -> list[tuple[Rows, Rows]]:
    """What the entries after one and up to another left, as many in each as the product commits at once."""
    with closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True)) as file:
        file.execute("ATTACH ? AS keys", (str(path.with_suffix(".keys")),))
        of = {table: _grouped(file, query, after, upto) for table, query in {**_ROWS, **_KEYS}.items()}
    return [
        ({table: of[table][part] for table in _ROWS}, {table: of[table][part] for table in _KEYS})
        for part in sorted(of["entries"])
    ]


def _grouped(file: sqlite3.Connection, query: str, after: int, upto: int) -> dict[int, list[Any]]:
    found: defaultdict[int, list[Any]] = defaultdict(list)
    for *row, seq in file.execute(query + _AMONG, (after, upto)):
        found[(seq - 1) // AT_ONCE].append(tuple(row))
    return found


@contextmanager
def _opened(path: Path) -> Iterator[Callable[[list[Entered]], Came]]:
    """A new ledger in a thread of its own, as in the terminal's process."""
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever)
    thread.start()

    def there(work: Any) -> Any:  # noqa: ANN401  whatever it answers
        answer: Future[Any] = asyncio.run_coroutine_threadsafe(work, loop)
        return answer.result()

    clock = SystemClock()
    ids = Uuid7(clock, os.urandom)

    async def opened() -> Ledger:
        return await open_ledger(Settings(path=path), site=SITE, clock=clock, ids=ids)

    ledger: Ledger = there(opened())

    def send(part: list[Entered]) -> Came:
        came: Came = there(booked(part, ledger.intake, Policy(), lambda: EntryId(ids.new()), at(clock)))
        return came

    try:
        yield send
    finally:
        there(ledger.close())
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
        loop.close()


def at(clock: SystemClock) -> Occasion:
    return Occasion(
        terminal=TerminalId("T1"),
        shift=ShiftId("T1-1"),
        operator=StaffId("console"),
        business_day="2026-11-26",
        wall_ms=clock.wall_ms(),
        utc_offset_min=480,
        clock=ClockTrust.NETWORK,
        mono_ms=clock.mono_ms(),
        boot="b1",
    )
