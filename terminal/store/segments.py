"""The journal once more, outside of SQLite: files that are only ever added to, each record with a checksum.

A file `SITE-FIRSTSEQ.journal` is a row of records: mark (4 bytes), length of the content (4), seq (8), hash
(32), content, CRC-32 over all of that but the mark (4); numbers big-endian. The first record is the file's
head: seq and hash before its first entry, and what it is as JSON. The content of every other is an entry's
stored bytes, and its hash is that of the ledger: SHA-256 of the hash before and the content. What a power cut
left unfinished shows in length and checksum; what follows a damaged stretch is found again by its mark.
"""

from __future__ import annotations

import os
import struct
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import NamedTuple
from urllib.parse import quote
from zlib import crc32

import msgspec

from terminal.core.entry import Link, chained
from terminal.core.values import SiteId, Value
from terminal.runtime.durable import give_to_owner, sync_folder

VERSION = 1
SUFFIX = ".journal"
ASIDE = ".aside-"
SEGMENT_BYTES = 16 << 20
"""Then the next file begins. A start reads the last one whole."""

_MARK = b"\xc3CTJ"
_HEAD = struct.Struct(">IQ32s")
_CRC = struct.Struct(">I")
_CONTENT_BYTES_MAX = 4 << 20


class Head(Value, frozen=True, kw_only=True):
    """What stands at the beginning of a file."""

    v: int
    site: SiteId
    instance: str


class Record(NamedTuple):
    seq: int
    hash: bytes
    content: bytes
    end: int
    """Offset in the file behind it."""


class Segment(NamedTuple):
    """One file, read up to the first record that is not whole or does not follow."""

    path: Path
    head: Head | None
    """None where it has no readable head; then it has no records either."""
    records: list[Record]
    """Without content. The first one is what the file begins after."""
    beyond: list[Record]
    """Whole records behind the first damage, of whatever is there."""
    size: int


def paths(folder: Path, site: SiteId) -> list[Path]:
    """Files of that site in the order of their entries. Raises OSError."""
    begins = f"{quote(site, safe='')}-"
    found = (one for one in folder.iterdir() if one.name.startswith(begins) and one.suffix == SUFFIX)
    return sorted(one for one in found if one.stem[len(begins) :].isdigit())


def put_aside(folder: Path, site: SiteId) -> list[Path]:
    """What was kept because it contradicts the ledger."""
    begins = f"{quote(site, safe='')}-"
    return sorted(one for one in folder.iterdir() if one.name.startswith(begins) and ASIDE in one.name)


def read(path: Path) -> Segment:
    """Raises OSError."""
    data = path.read_bytes()
    rows = _whole(data, 0)
    first = next(rows, None)
    head = _head(first)
    if first is None or head is None:
        return Segment(path, None, [], list(_scattered(data, 0)), len(data))
    records = [first._replace(content=b"")]
    for row in rows:
        before = records[-1]
        if row.seq != before.seq + 1 or row.hash != chained(before.hash, row.content):
            break
        records.append(row._replace(content=b""))
    return Segment(path, head, records, list(_scattered(data, records[-1].end)), len(data))


def links(folder: Path, site: SiteId, seq: int, before: bytes) -> Iterator[Link]:
    """Entries after that one, as far as the chain goes on. Raises OSError."""
    for path in paths(folder, site):
        for row in _whole(path.read_bytes(), 0):
            if row.seq == seq + 1 and row.hash == chained(before, row.content):
                yield Link(seq=row.seq, body=row.content, hash=row.hash)
                seq, before = row.seq, row.hash


def hashes(path: Path) -> Iterator[tuple[int, bytes]]:
    """Seq and hash of every record, the head's too, as long as they are whole and follow. Raises OSError."""
    segment = read(path)
    yield from ((record.seq, record.hash) for record in segment.records)


def begun(folder: Path, head: Head, seq: int, before: bytes) -> tuple[int, Path, int]:
    """A new file for the entries after `seq`: descriptor, path, size. Raises OSError."""
    path = folder / f"{quote(head.site, safe='')}-{seq + 1:012}{SUFFIX}"
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_APPEND | os.O_CLOEXEC, 0o600)
    try:
        give_to_owner(path)
        size = added(descriptor, [(seq, before, msgspec.json.encode(head))])
        synced(descriptor)
        sync_folder(folder)
    except BaseException:
        os.close(descriptor)
        path.unlink(missing_ok=True)
        raise
    return descriptor, path, size


def added(descriptor: int, rows: Iterable[tuple[int, bytes, bytes]]) -> int:
    """Writes records (seq, hash, content) at the end; how many bytes. Raises OSError."""
    data = b"".join(_packed(*row) for row in rows)
    written(descriptor, data)
    return len(data)


def written(descriptor: int, data: bytes) -> None:
    view = memoryview(data)
    while view:
        view = view[os.write(descriptor, view) :]


def synced(descriptor: int) -> None:
    os.fdatasync(descriptor)


def cut(descriptor: int, size: int) -> None:
    """Takes away what lies behind that offset. Raises OSError."""
    os.ftruncate(descriptor, size)


def moved_aside(path: Path) -> Path:
    """Keeps a file under a name that nothing here writes to. Raises OSError."""
    number = 1
    while (kept := path.with_name(f"{path.name}{ASIDE}{number}")).exists():
        number += 1
    path.rename(kept)
    sync_folder(path.parent)
    return kept


def _packed(seq: int, entry_hash: bytes, content: bytes) -> bytes:
    body = _HEAD.pack(len(content), seq, entry_hash) + content
    return _MARK + body + _CRC.pack(crc32(body))


def _whole(data: bytes, at: int) -> Iterator[Record]:
    """Record after record, until one is not whole."""
    while (record := _record(data, at)) is not None:
        yield record
        at = record.end


def _record(data: bytes, at: int) -> Record | None:
    body = at + len(_MARK)
    content = body + _HEAD.size
    if data[at:body] != _MARK or content > len(data):
        return None
    length, seq, entry_hash = _HEAD.unpack_from(data, body)
    end = content + length
    if length > _CONTENT_BYTES_MAX or end + _CRC.size > len(data):
        return None
    if _CRC.unpack_from(data, end)[0] != crc32(memoryview(data)[body:end]):
        return None
    return Record(seq, entry_hash, data[content:end], end + _CRC.size)


def _scattered(data: bytes, at: int) -> Iterator[Record]:
    """Every whole record, wherever it begins."""
    while (at := data.find(_MARK, at)) >= 0:
        record = _record(data, at)
        if record is not None:
            yield record._replace(content=b"")
        at = record.end if record else at + 1


def _head(first: Record | None) -> Head | None:
    try:
        head = msgspec.json.decode(first.content, type=Head) if first else None
    except (msgspec.DecodeError, UnicodeError):
        return None
    return head if head is not None and head.v == VERSION else None
