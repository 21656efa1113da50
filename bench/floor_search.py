"""The floor under `bench search` and the reads of `bench members`: rows read by their primary key.

SQLite as it comes with Python: as many rows as the product searches, each as long as one of its own, in a
file that the operating system holds in memory, read one after the other through one connection that cannot
write. Nothing of the product is used here.
"""

from __future__ import annotations

import random
import sqlite3
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path


@contextmanager
def reads(
    path: Path, rows: int, seed: int, *, body_bytes: int, page_bytes: int = 4096
) -> Iterator[Iterator[float]]:
    """Microseconds of one read after the other, of rows in no order, without end."""
    with closing(sqlite3.connect(path)) as file, file:
        file.execute(f"PRAGMA page_size = {page_bytes}")
        file.execute("CREATE TABLE bodies (place INTEGER PRIMARY KEY, body BLOB NOT NULL)")
        file.executemany(
            "INSERT INTO bodies VALUES (?, ?)", ((place, bytes(body_bytes)) for place in range(rows))
        )
    with closing(sqlite3.connect(f"file:{path}?mode=ro&immutable=1", uri=True)) as file:
        yield _read(file, rows, random.Random(seed))


def _read(file: sqlite3.Connection, rows: int, chance: random.Random) -> Iterator[float]:
    while True:
        place = chance.randrange(rows)
        begun = time.perf_counter_ns()
        file.execute("SELECT body FROM bodies WHERE place = ?", (place,)).fetchone()
        yield (time.perf_counter_ns() - begun) / 1e3
