"""The floor under the import of `bench members`: rows of a ledger put in by the thousand.

SQLite as it comes with Python, on files in the same folder, with the same page size and durability (WAL,
synchronous FULL; for the file that is told of its own, a rollback journal and EXTRA) and as many members in
each commit. Tables and indexes are those of the file that the rows come from, without its triggers. Nothing
of the product is used here.
"""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Mapping, Sequence
from contextlib import closing
from pathlib import Path
from typing import Any

PAGE_BYTES = 1024

Rows = Mapping[str, Sequence[tuple[Any, ...]]]
"""By table."""


class Filled:
    """A file with the tables and indexes of another, into which rows go by `executemany`."""

    def __init__(self, path: Path, like: Path, *, beside: bool = False) -> None:
        """`beside`: in the durability of the file of keys."""
        self._file = sqlite3.connect(path, isolation_level=None)
        run = self._file.execute
        run(f"PRAGMA page_size = {PAGE_BYTES if not beside else 4096}")
        run(f"PRAGMA journal_mode = {'DELETE' if beside else 'WAL'}")
        run(f"PRAGMA synchronous = {'EXTRA' if beside else 'FULL'}")
        if beside:
            run("PRAGMA secure_delete = ON")
        with closing(sqlite3.connect(f"file:{like}?mode=ro", uri=True)) as other:
            made = "SELECT sql FROM sqlite_schema WHERE type IN ('table', 'index') AND sql IS NOT NULL"
            for (statement,) in other.execute(made):
                run(statement)

    def put(self, rows: Rows) -> float:
        """Seconds until all of them are durable, in one commit."""
        run = self._file.execute
        begun = time.perf_counter()
        run("BEGIN IMMEDIATE")
        for table, values in rows.items():
            if values:
                places = ", ".join("?" * len(values[0]))
                self._file.executemany(f"INSERT INTO {table} VALUES ({places})", values)  # noqa: S608  no input
        run("COMMIT")
        return time.perf_counter() - begun

    def close(self) -> None:
        self._file.close()
