"""The floor under `bench checkout`: a bare commit of a sale, where a sync takes 5 ms more.

SQLite as it comes with Python, one transaction a sale of twenty lines, durable (WAL,
synchronous FULL). Nothing of the product is used here.

    LD_PRELOAD=slowsync.so SLOWSYNC_US=5000 python -m bench.floor_checkout FILE

Each line that comes in is answered with the milliseconds of one commit.
"""

from __future__ import annotations

import sqlite3
import sys
import time
from pathlib import Path

_PAGE_BYTES = 1024
_BODY_BYTES = 1400
"""About what a sale of twenty lines leaves."""
_POSTINGS = 46
_ACCOUNTS = 12


def _opened(path: Path) -> sqlite3.Connection:
    file = sqlite3.connect(path, isolation_level=None)
    file.execute(f"PRAGMA page_size = {_PAGE_BYTES}")
    file.execute("PRAGMA journal_mode = WAL")
    file.execute("PRAGMA synchronous = FULL")
    file.execute("CREATE TABLE entries (seq INTEGER PRIMARY KEY, hash BLOB NOT NULL, body BLOB NOT NULL)")
    file.execute("CREATE TABLE postings (seq INTEGER, place INTEGER, account INTEGER, amount INTEGER)")
    file.execute("CREATE TABLE accounts (account INTEGER PRIMARY KEY, balance INTEGER NOT NULL)")
    file.executemany("INSERT INTO accounts VALUES (?, 0)", [(account,) for account in range(_ACCOUNTS)])
    return file


def _sale(file: sqlite3.Connection, seq: int) -> None:
    file.execute("BEGIN IMMEDIATE")
    file.execute("INSERT INTO entries VALUES (?, ?, ?)", (seq, bytes(32), bytes(_BODY_BYTES)))
    rows = [(seq, place, place % _ACCOUNTS, 100) for place in range(_POSTINGS)]
    file.executemany("INSERT INTO postings VALUES (?, ?, ?, ?)", rows)
    moves = [(100, account) for account in range(_ACCOUNTS)]
    file.executemany("UPDATE accounts SET balance = balance + ? WHERE account = ?", moves)
    file.execute("COMMIT")


def main(path: Path) -> None:
    file = _opened(path)
    for seq, _ in enumerate(sys.stdin, start=1):
        begun = time.perf_counter_ns()
        _sale(file, seq)
        sys.stdout.write(f"{(time.perf_counter_ns() - begun) / 1e6:.3f}\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main(Path(sys.argv[1]))
