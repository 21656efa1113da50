"""The floor under `bench tap`: a bare UID read, then a bare commit of the rows that a sale leaves.

One thread of a process that does nothing else: PC/SC's plain functions on a virtual reader, SQLite as it
comes with Python on a file beside the ledger, with the same page size, durability (WAL, synchronous FULL)
and rows. No rules, no reading back, no checkpoint, nothing shown, printed or forwarded. Nothing of the
terminal is used here.

    python -m bench.floor_tap READER FILE SHAPE

The first line says `ready`; each card that is put on the reader is one more, in milliseconds:
`{"read": 1.2, "commit": 0.4}`.
"""

from __future__ import annotations

import json
import os
import sqlite3
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

_GET_UID = [0xFF, 0xCA, 0x00, 0x00, 0x00]
_OK = [0x90, 0x00]
_WAIT_MS = 60_000
_PAGE_BYTES = 1024
_HELD = 20_000_00
_OWNER = "wallet:01890000-0000-7000-8000-00000000000"
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
    wallet TEXT NOT NULL, unit TEXT NOT NULL, seq INTEGER NOT NULL, lot TEXT NOT NULL, rest INTEGER NOT NULL,
    PRIMARY KEY (wallet, unit, seq, lot)
) STRICT, WITHOUT ROWID;
CREATE TABLE print_jobs (
    terminal TEXT NOT NULL, epoch INTEGER NOT NULL, number INTEGER NOT NULL, seq INTEGER NOT NULL,
    state TEXT NOT NULL, PRIMARY KEY (terminal, epoch, number)
) STRICT, WITHOUT ROWID;
"""


@dataclass(frozen=True, slots=True)
class Shape:
    """Of what one sale writes."""

    body_bytes: int
    postings: int
    lots: int
    """Of a wallet's value that it takes from."""
    receipt: bool
    """It leaves a print job with its number."""

    @classmethod
    def of(cls, text: str) -> Self:
        return cls(**json.loads(text))


class Rows:
    """The file. Each `commit` is one transaction, durable when it returns."""

    def __init__(self, path: Path, shape: Shape) -> None:
        self._shape = shape
        self._seq = 0
        self._run = sqlite3.connect(path, isolation_level=None).execute
        self._run(f"PRAGMA page_size = {_PAGE_BYTES}")
        self._run("PRAGMA journal_mode = WAL")
        self._run("PRAGMA synchronous = FULL")
        self._run("PRAGMA wal_autocheckpoint = 0")
        for statement in _TABLES.split(";"):
            self._run(statement)
        for number in range(shape.postings):
            self._run("INSERT INTO accounts VALUES (?, 'principal', ?, 1)", (f"{_OWNER}{number}", _HELD))
        for number in range(shape.lots):
            self._run("INSERT INTO lots VALUES ('w', 'principal', ?, 'l', ?)", (number, _HELD))

    def commit(self) -> None:
        shape, run = self._shape, self._run
        self._seq += 1
        body = os.urandom(shape.body_bytes)
        key, digest = body[:16], body[16:48]
        run("BEGIN IMMEDIATE")
        run("INSERT INTO entries VALUES (?, ?, 'sale', ?, ?)", (self._seq, key, digest, body))
        if shape.receipt:
            run("INSERT INTO print_jobs VALUES ('T1', 1, ?, ?, 'waiting')", (self._seq, self._seq))
        for number in range(shape.postings):
            posting, owner = self._seq * 4096 + number, f"{_OWNER}{number}"
            run("UPDATE accounts SET balance = balance - 1, last = ? WHERE owner = ?", (posting, owner))
            run(
                "INSERT INTO postings VALUES (?, ?, 'principal', -1, ?, ?)",
                (posting, owner, _HELD - self._seq, posting - 4096),
            )
        for number in range(shape.lots):
            run(
                "UPDATE lots SET rest = rest - 1 WHERE wallet = 'w' AND unit = 'principal' AND seq = ?",
                (number,),
            )
        run("COMMIT")


class Reader:
    """The first reader with that name."""

    def __init__(self, name: str) -> None:
        from smartcard import scard

        self._scard: Any = scard
        self._context = self._well(scard.SCardEstablishContext(scard.SCARD_SCOPE_USER))
        names = self._well(scard.SCardListReaders(self._context, []))
        self._reader = next(one for one in sorted(names) if name in one)
        self._state = scard.SCARD_STATE_UNAWARE

    def come(self) -> int:
        """Waits for a card to come; monotonic nanoseconds when pcscd had said so."""
        scard = self._scard
        while True:
            result, states = scard.SCardGetStatusChange(
                self._context, _WAIT_MS, [(self._reader, self._state)]
            )
            seen_ns = time.monotonic_ns()
            if result:
                continue
            before, self._state = self._state, states[0][1]
            if self._state & scard.SCARD_STATE_PRESENT and not before & scard.SCARD_STATE_PRESENT:
                return seen_ns

    def read(self) -> int:
        """The card's UID was read; what to hang up with."""
        scard = self._scard
        result, card, protocol = scard.SCardConnect(
            self._context, self._reader, scard.SCARD_SHARE_SHARED, scard.SCARD_PROTOCOL_ANY
        )
        self._well((result, card))
        answer = self._well(scard.SCardTransmit(card, protocol, _GET_UID))
        if answer[-2:] != _OK:
            raise RuntimeError("no UID")
        return int(card)

    def hang_up(self, card: int) -> None:
        self._scard.SCardDisconnect(card, self._scard.SCARD_LEAVE_CARD)

    def _well(self, answer: Any) -> Any:  # noqa: ANN401  pyscard has no types
        result, what = answer
        if result:
            raise RuntimeError(self._scard.SCardGetErrorMessage(result))
        return what


def main(reader_name: str, path: str, shape: str) -> None:
    """Until it is ended."""
    reader, rows = Reader(reader_name), Rows(Path(path), Shape.of(shape))
    print("ready", flush=True)
    while True:
        seen_ns = reader.come()
        card = reader.read()
        read_ns = time.monotonic_ns()
        rows.commit()
        committed_ns = time.monotonic_ns()
        reader.hang_up(card)
        took = {"read": (read_ns - seen_ns) / 1e6, "commit": (committed_ns - read_ns) / 1e6}
        print(json.dumps(took), flush=True)


if __name__ == "__main__":
    main(*sys.argv[1:])
