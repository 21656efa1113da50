"""One fast pass over everything: says whether all agrees, not what does not. `verify` names the fault.

Batch by batch, and within a batch column by column, so that nearly all of it runs inside of SQLite, OpenSSL,
msgspec and the loops of Python's own library.

Accounts are checked without looking any posting up: what each posting leaves behind is counted in, what it
found is counted out, and what remains must be the accounts as they stand. Lots likewise: what entries laid
and took is what rests. What is counted is Python's hash of texts and bytes (SipHash, keyed anew for every
process), so nobody can write two faults that cancel.
"""

from __future__ import annotations

import sqlite3
import struct
from collections.abc import Callable, Iterable, Iterator, Sequence
from hashlib import sha256
from itertools import accumulate, chain, repeat
from operator import lt, mul, sub
from typing import Any

from msgspec import Struct
from msgspec.json import Decoder

from terminal.core.accounts import measure_of
from terminal.core.canonical import decoded
from terminal.core.entry import GENESIS, Entry, chained
from terminal.store.answers import POSTINGS_MAX, first_posting, wallet_in
from terminal.store.epochs import Epochs
from terminal.store.queries import queries
from terminal.store.unwritten import STUMBLES

_BATCH = 100
"""Entries of one read: more of them would not stay in the processor's cache."""
_ACCOUNTS_BATCH = 1000
_CHAIN_BATCH = 50
_MEASURES_MAX = 10_000
_LANE_BITS = 96
"""More than the sum of all postings of a batch can have: 63 bits each, 4096 of an entry."""

_NONE = 0
"""In place of a posting's number: there was none before."""
_STAND = struct.Struct("<qqq")

Columns = tuple[tuple[Any, ...], ...]


class Disagreement(Exception):
    """Something does not agree."""


class Sweep:
    """Memory does not grow with the journal."""

    def __init__(self, connection: sqlite3.Connection, seq: int = 0, before: bytes = GENESIS) -> None:
        """Begins after the entry `seq`, whose hash is `before`."""
        self._run = connection.execute
        self._left = 0
        self._in_lots = 0
        self._measures = _Measures()
        self._epochs = Epochs(connection)
        self.seq = seq
        self.hash = before
        self.postings = 0

    def all(self) -> None:
        """Chain, ids, postings, sums, balances, lots. Raises Disagreement."""
        self.entries()
        first, last = self._run(queries()["postings_from_to"]).fetchone()
        if first is not None and not POSTINGS_MAX <= first <= last < first_posting(self.seq + 1):
            raise Disagreement
        self._accounts()

    def entries(self) -> None:
        """To the last of them: chain, ids, postings, sums. Raises Disagreement."""
        sql = queries()
        while rows := self._run(sql["entries_whole"], (self.seq, _BATCH)).fetchall():
            span = (first_posting(self.seq + 1), first_posting(rows[-1][0] + 1))
            said, ends = self._chained(rows)
            postings = self._run(sql["postings_between"], span).fetchall()
            self._posted(tuple(zip(*postings, strict=True)) or ((),) * 6, said, ends)
            self.postings += len(postings)

    def _chained(self, rows: Sequence[tuple[Any, ...]]) -> tuple[list[tuple[str, int]], list[range]]:
        """What the bodies say is posted, and each one's numbers for it."""
        seq, before, epoch = self.seq, self.hash, self._epochs.at
        said: list[tuple[str, int]] = []
        numbers: list[range] = []
        for number, entry_id, kind, body, kept in rows:
            seq += 1
            if number != seq or chained(before, body) != kept:
                raise Disagreement
            before = kept
            entry = self._read(body)
            if (entry.seq, entry.id, entry.kind, entry.epoch) != (seq, _spelt(entry_id), kind, epoch(seq)):
                raise Disagreement
            said += entry.postings
            first = first_posting(seq)
            numbers.append(range(first, first + len(entry.postings)))
        self.seq, self.hash = seq, before
        return said, numbers

    def _read(self, body: bytes) -> Entry | _Said:
        entry = decoded(body)
        for lot in entry.lots:
            self._in_lots += _lot_hash(lot.wallet or wallet_in(entry), lot.unit, lot.lot) * lot.amount
        return entry

    def _posted(self, columns: Columns, said: list[tuple[str, int]], ranges: list[range]) -> None:
        """The postings are those of the bodies, numbered by them; both sides of each are counted."""
        numbers, owners, units, amounts, balances, befores = columns
        names = list(map(":".join, zip(owners, units, strict=True)))
        if list(zip(names, amounts, strict=True)) != said or list(numbers) != list(
            chain.from_iterable(ranges)
        ):
            raise Disagreement
        if _other_owners(owners) or 0 in befores:
            raise Disagreement
        before = [number or _NONE for number in befores]
        if not all(map(lt, before, numbers)):
            raise Disagreement
        sums = list(accumulate(map(mul, amounts, self._lanes(units)), initial=0))
        if any(map(sums.__getitem__, accumulate(map(len, ranges)))):
            raise Disagreement
        accounts = list(map(hash, names))
        self._left += _told(accounts, numbers, balances)
        self._left -= _told(accounts, before, map(sub, balances, amounts))

    def _lanes(self, units: Sequence[str]) -> Iterator[int]:
        """A factor for each unit that keeps the sums of its measure apart within one number."""
        measures = list(map(self._measures.__getitem__, units))
        lanes = {measure: 1 << _LANE_BITS * place for place, measure in enumerate(set(measures))}
        return map(lanes.__getitem__, measures)

    def _accounts(self) -> None:
        """What the journal left is what stands on accounts and rests in lots.

        Once, before its first posting, there was nothing on an account.
        """
        for owners, units, lasts, balances in self._in_columns("accounts_whole"):
            if _other_owners(owners):
                raise Disagreement
            accounts = list(map(hash, map(":".join, zip(owners, units, strict=True))))
            self._left += _told(accounts, repeat(_NONE), repeat(0)) - _told(accounts, lasts, balances)
        for wallet, unit, lot, rest, _ in self._run(queries()["lots_whole"]):
            self._in_lots -= _lot_hash(wallet, unit, lot) * rest
        if self._left or self._in_lots:
            raise Disagreement

    def _in_columns(self, query: str) -> Iterator[Columns]:
        cursor = self._run(queries()[query])
        while rows := cursor.fetchmany(_ACCOUNTS_BATCH):
            yield tuple(zip(*rows, strict=True))


class _Said(Struct, frozen=True):
    """Of a body, what a start compares with its row and its postings."""

    seq: int
    epoch: int
    id: str
    kind: str
    postings: tuple[tuple[str, int], ...]


_SAID = Decoder(_Said)


class EndSweep(Sweep):
    """Of the last few entries, at a start: nothing that a power cut could not have touched.

    That a body is canonical, and of a known kind, was seen to before it was hashed.
    """

    def _read(self, body: bytes) -> _Said:
        return _SAID.decode(body)


class _Measures(dict[str, str]):
    """Of units, those seen lately."""

    def __missing__(self, unit: str) -> str:
        if len(self) >= _MEASURES_MAX:
            self.clear()
        measure = self[unit] = measure_of(unit)
        return measure


def _other_owners(owners: Iterable[str]) -> bool:
    """Whether one is not of the form `wallet:ID`: it could be cut elsewhere and still read alike."""
    return bool(set(map(str.count, owners, repeat(":"))) - {1})


def _spelt(stored: bytes) -> str:
    """An id as a body has it."""
    digits = stored.hex()
    return f"{digits[:8]}-{digits[8:12]}-{digits[12:16]}-{digits[16:20]}-{digits[20:]}"


def _told(accounts: Iterable[int], numbers: Iterable[int], balances: Iterable[int]) -> int:
    """How these accounts, by their hashes, stood after these postings, as one number."""
    return sum(map(hash, map(_STAND.pack, accounts, numbers, balances)))


def _lot_hash(wallet: str | None, unit: str, lot: str) -> int:
    return hash(f"{len(wallet or '')} {len(unit)} {wallet}{unit}{lot}")


def agrees(work: Callable[[], None]) -> bool:
    """Whether it came to its end without a disagreement."""
    try:
        work()
    except (Disagreement, *STUMBLES):
        return False
    return True


def chained_on(rows: sqlite3.Cursor, before: bytes, epoch: int) -> int:
    """How many of the rows (body, hash) are a chain, from the hash of the entry before them on.

    All of them of that epoch, to a batch; 0: that is not looked at.
    """
    mark = b'},"epoch":%d,"id":"' % epoch  # Behind `at`, which comes first and holds no object.
    hashed = sha256  # `entry.chained`, without a call for each: every start waits for a thousand of them.
    count = 0
    while some := rows.fetchmany(_CHAIN_BATCH):
        if epoch and not all(mark in body for body, _ in some):
            return count
        for body, kept in some:
            if hashed(before + body).digest() != kept:
                return count
            before = kept
            count += 1
    return count
