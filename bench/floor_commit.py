"""The floor under `bench commit`: plain sqlite3 committing the rows that a checkout leaves.

One thread, one transaction each, WAL and synchronous FULL, the same page size and rows as the ledger's, no
rules, nothing read back, no journal hashed, no checkpoint. Nothing of the terminal is used here.

    python -m bench.floor_commit FOLDER COUNT BODY_BYTES

Prints one line of JSON: `rate` a second, `p99_ms` of a transaction, `sync_p99_ms` of a bare fdatasync,
`cpu_us` of processor time and `wal_bytes` for each transaction.
"""

from __future__ import annotations

import json
import os
import random
import sqlite3
import sys
import time
from pathlib import Path
from uuid import UUID

WALLETS = 1000
_PAGE_BYTES = 1024
_SYNCS = 200
_SITE = "site:S1"
_SITE_UNITS = ("revenue:fruit", "revenue:drinks", "issued:points:goods")
_TABLES = """
CREATE TABLE entries (
    seq INTEGER PRIMARY KEY, id BLOB NOT NULL UNIQUE, kind TEXT NOT NULL, hash BLOB NOT NULL,
    body BLOB NOT NULL
) STRICT;
CREATE TABLE accounts (
    owner TEXT NOT NULL, unit TEXT NOT NULL, balance INTEGER NOT NULL, last INTEGER NOT NULL,
    PRIMARY KEY (owner, unit)
) STRICT, WITHOUT ROWID;
CREATE TABLE postings (
    posting INTEGER PRIMARY KEY, owner TEXT NOT NULL, unit TEXT NOT NULL, amount INTEGER NOT NULL,
    balance INTEGER NOT NULL, before INTEGER
) STRICT;
CREATE TABLE lots (
    wallet TEXT NOT NULL, unit TEXT NOT NULL, seq INTEGER NOT NULL, lot TEXT NOT NULL, laid INTEGER NOT NULL,
    rest INTEGER NOT NULL, PRIMARY KEY (wallet, unit, seq, lot)
) STRICT, WITHOUT ROWID;
CREATE TABLE print_jobs (
    terminal TEXT NOT NULL, epoch INTEGER NOT NULL, number INTEGER NOT NULL, seq INTEGER NOT NULL,
    state TEXT NOT NULL, why TEXT NOT NULL, PRIMARY KEY (terminal, epoch, number)
) STRICT, WITHOUT ROWID;
"""


class Rows:
    def __init__(self, path: Path, body_bytes: int) -> None:
        self.connection = sqlite3.connect(path, isolation_level=None, cached_statements=256)
        self._run = self.connection.execute
        self._run(f"PRAGMA page_size = {_PAGE_BYTES}")
        self._run("PRAGMA journal_mode = WAL")
        self._run("PRAGMA synchronous = FULL")
        self._run("PRAGMA wal_autocheckpoint = 0")
        self.connection.executescript(f"BEGIN; {_TABLES} COMMIT;")
        self._dice = random.Random(1)
        self._body = bytes(body_bytes)
        self._wallets = [str(UUID(int=self._dice.getrandbits(128))) for _ in range(WALLETS)]
        self._run("BEGIN")
        for number, wallet in enumerate(self._wallets):
            for unit in ("principal", "bonus", "points:goods"):
                self._run("INSERT INTO accounts VALUES (?, ?, 100000000, 1)", (f"wallet:{wallet}", unit))
            for unit in ("principal", "bonus"):
                lot = str(UUID(int=number))
                self._run("INSERT INTO lots VALUES (?, ?, 1, ?, 100000000, 100000000)", (wallet, unit, lot))
        for unit in _SITE_UNITS:
            self._run("INSERT INTO accounts VALUES (?, ?, 0, 1)", (_SITE, unit))
        self._run("COMMIT")

    def commit(self, seq: int) -> None:
        number = self._dice.randrange(WALLETS)
        wallet = self._wallets[number]
        owner = f"wallet:{wallet}"
        run = self._run
        run("BEGIN IMMEDIATE")
        run(
            "INSERT INTO entries VALUES (?, ?, 'sale', ?, ?)",
            (seq, seq.to_bytes(16, "big"), bytes(32), self._body),
        )
        run("INSERT INTO print_jobs VALUES ('T1', 1, ?, ?, 'waiting', '')", (seq, seq))
        moves = [
            (owner, "principal", -1),
            (owner, "points:goods", 1),
            *((_SITE, unit, 1) for unit in _SITE_UNITS),
        ]
        run("UPDATE lots SET rest = rest - 1 WHERE wallet = ? AND unit = 'principal'", (wallet,))
        first = seq * 4096
        for place, (who, unit, amount) in enumerate(moves):
            run(
                "UPDATE accounts SET balance = balance + ?, last = ? WHERE owner = ? AND unit = ?",
                (amount, first + place, who, unit),
            )
            run(
                "INSERT INTO postings VALUES (?, ?, ?, ?, ?, ?)",
                (first + place, who, unit, amount, 100_000, first - 4096),
            )
        run("COMMIT")


def syncs(path: Path) -> list[float]:
    """Milliseconds of bare fdatasyncs after a page was written."""
    took = []
    with path.open("wb", buffering=0) as file:
        for _ in range(_SYNCS):
            begun = time.perf_counter()
            file.write(bytes(_PAGE_BYTES))
            os.fdatasync(file.fileno())
            took.append((time.perf_counter() - begun) * 1000)
    return took


def p99(values: list[float]) -> float:
    return sorted(values)[int(len(values) * 0.99)]


def main(folder: Path, count: int, body_bytes: int) -> None:
    rows = Rows(folder / "floor.db", body_bytes)
    log = folder / "floor.db-wal"
    before, took = log.stat().st_size, []
    begun, worked = time.perf_counter(), time.process_time()
    for seq in range(1, count + 1):
        at = time.perf_counter()
        rows.commit(seq)
        took.append((time.perf_counter() - at) * 1000)
    elapsed, worked = time.perf_counter() - begun, time.process_time() - worked
    found = {
        "rate": count / elapsed,
        "p99_ms": p99(took),
        "sync_p99_ms": p99(syncs(folder / "sync")),
        "cpu_us": worked / count * 1e6,
        "wal_bytes": (log.stat().st_size - before) / count,
    }
    rows.connection.close()
    print(json.dumps(found))


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3]))
