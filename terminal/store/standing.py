"""How the second copy of the journal stands to the ledger: looked at, changed by nothing here."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple

from terminal.core.entry import GENESIS
from terminal.core.values import SiteId
from terminal.store import segments
from terminal.store.queries import queries
from terminal.store.segments import Record, Segment

_TORN_BYTES_MAX = 4096
"""A file that a power cut left before its head was synced is not longer than the head."""
_AT_ONCE = 10_000


class Standing(NamedTuple):
    """The copy agrees with the ledger up to `seq`, and goes on in `path` from offset `end`."""

    seq: int
    hash: bytes
    path: Path | None
    """None: it goes on in a new file."""
    end: int
    head: int
    """The ledger's last entry."""
    ahead: int
    """How many entries the copy holds that would follow the ledger's last one."""
    contradicting: tuple[Path, ...]
    """Files with entries that are not the ledger's."""
    empty: tuple[Path, ...]
    """Files that a power cut left without anything in them."""


class Compared(NamedTuple):
    """What a walk over all of the copy found."""

    entries: int
    fault: str
    """The first thing that does not agree; empty when everything that is there does."""


def standing(folder: Path, site: SiteId, ledger: sqlite3.Connection) -> Standing:
    """Reads the last file, and those before it as long as one contradicts. Raises OSError; sqlite3.Error."""
    run = ledger.execute
    head, head_hash = run(queries()["head"]).fetchone() or (0, GENESIS)

    def ours(record: Record) -> bool:
        if record.seq == 0:
            return record.hash == GENESIS
        row = run(queries()["entry_hash"], (record.seq,)).fetchone()
        return row is not None and row[0] == record.hash

    contradicting, empty = [], []
    agreed, where, end = Record(0, GENESIS, b"", 0), None, 0
    for path in reversed(segments.paths(folder, site)):
        segment = segments.read(path)
        if _nothing_in(segment):
            empty.append(path)
        elif segment.head is not None and segment.head.site == site and _all_ours(segment, ours):
            agreed, where, end = segment.records[-1], path, segment.records[-1].end
            break
        elif segment.head is None and all(map(ours, segment.beyond)):
            empty.append(path)  # Its head is spoilt; all the rest of it is in the ledger.
        else:
            contradicting.append(path)
    ahead = sum(1 for _ in segments.links(folder, site, head, head_hash)) if contradicting else 0
    return Standing(agreed.seq, agreed.hash, where, end, head, ahead, tuple(contradicting), tuple(empty))


def _nothing_in(segment: Segment) -> bool:
    return segment.head is None and not segment.beyond and segment.size <= _TORN_BYTES_MAX


def _all_ours(segment: Segment, ours: Callable[[Record], bool]) -> bool:
    """A chain whose last entry is ours is ours; behind its end may lie what is to be written again."""
    return ours(segment.records[-1]) and all(map(ours, segment.beyond))


def compared(folder: Path, site: SiteId, ledger: sqlite3.Connection) -> Compared:
    """All of the copy, entry by entry, in constant memory. Raises OSError; sqlite3.Error.

    What the copy lacks at its end is no fault: it may be behind.
    """
    count, at = 0, 0
    for path in segments.paths(folder, site):
        segment = segments.read(path)
        if _nothing_in(segment):
            continue
        if segment.head is None or segment.head.site != site:
            return Compared(count, f"{path}: its head cannot be read, or is another site's")
        first, last = segment.records[0].seq, segment.records[-1].seq
        if at and first != at:
            return Compared(count, f"{path}: follows entry {first}, the file before it ends with {at}")
        kept = _hashes(ledger, first)
        for record in segment.records:
            if next(kept, None) != (record.seq, record.hash):
                return Compared(count, f"{path}: seq {record.seq} is not the ledger's")
        for record in segment.beyond:  # Behind a torn end may lie what was written with it.
            if next(_hashes(ledger, record.seq), None) != (record.seq, record.hash):
                return Compared(count, f"{path}: seq {record.seq} is not the ledger's")
        count, at = count + last - first, last
    return Compared(count, "")


def _hashes(ledger: sqlite3.Connection, seq: int) -> Iterator[tuple[int, bytes]]:
    """From that entry on."""
    if seq == 0:
        yield 0, GENESIS
    seq = max(seq, 1) - 1
    while rows := ledger.execute(queries()["hashes_after"], (seq, _AT_ONCE)).fetchall():
        yield from rows
        seq = rows[-1][0]
