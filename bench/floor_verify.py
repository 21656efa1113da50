"""The floor under `bench verify`: SQLite's own integrity check of the same file.

Nothing of the terminal is used here; nothing is hashed, decoded or compared with anything else.

    python -m bench.floor_verify PATH

Prints one line of JSON: `cpu_ms` of processor time, and beside it `bare_cpu_ms`: each entry and each posting
read once by Python's sqlite3 and each body hashed, which no walk of a chain and its postings can go below.
"""

from __future__ import annotations

import json
import sqlite3
import sys
import time
from hashlib import sha256

_ENTRIES = "SELECT seq, id, body, hash FROM entries ORDER BY seq"
_POSTINGS = "SELECT posting, owner, unit, amount, balance, before FROM postings ORDER BY posting"


def checked(path: str) -> float:
    """Milliseconds of SQLite's own check."""
    connection = sqlite3.connect(path)
    begun = time.process_time()
    found = connection.execute("PRAGMA integrity_check").fetchall()
    worked = time.process_time() - begun
    connection.close()
    if found != [("ok",)]:
        raise SystemExit(f"bench verify: {path}: {found[0][0]}")
    return worked * 1000


def read(path: str) -> float:
    """Milliseconds of reading and hashing."""
    connection = sqlite3.connect(path)
    begun = time.process_time()
    before = bytes(32)
    for _, _, body, _ in connection.execute(_ENTRIES):
        before = sha256(before + body).digest()
    for _ in connection.execute(_POSTINGS):
        pass
    worked = time.process_time() - begun
    connection.close()
    return worked * 1000


if __name__ == "__main__":
    print(json.dumps({"cpu_ms": checked(sys.argv[1]), "bare_cpu_ms": read(sys.argv[1])}))
