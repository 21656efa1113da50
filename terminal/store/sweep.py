"""One fast pass over everything: says whether all agrees, not what does not. `verify` names the fault.

Accounts are checked without looking any posting up: what each posting leaves behind is counted in, what it
found is counted out, and what remains must be the accounts as they stand. Lots likewise: what entries laid
and took is what rests. Each amount counts times a number that follows from its place and the salt, so one
amount cannot stand for another, and nobody can write two faults that cancel: Python's hashes of text are
keyed anew for every process.
"""

from __future__ import annotations

import secrets
import sqlite3
from collections.abc import Iterator
from typing import Any

from terminal.core.accounts import measure_of
from terminal.core.canonical import NotCanonical, decoded
from terminal.core.entry import GENESIS, Entry, chained
from terminal.core.errors import NotBookable
from terminal.store.answers import POSTINGS_MAX, first_posting, id_bytes, wallet_in
from terminal.store.queries import queries

_BATCH = 1000
"""Entries of one read: a longer one would keep the log from being checkpointed."""
_MEASURES_MAX = 10_000
_NUMBERS_END = 2**60
"""Of postings; from 2^61 - 1 on Python's hashes of numbers repeat."""


class Disagreement(Exception):
    """Something does not agree."""


class Sweep:
    """Memory does not grow with the journal."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._run = connection.execute
        self._salt = secrets.randbits(60)
        self._left = 0
        self._in_lots = 0
        self._measures: dict[str, str] = {}
        self.seq = 0
        self.hash = GENESIS
        self.postings = 0

    def all(self) -> None:
        """Chain, ids, postings, sums, balances. Raises Disagreement."""
        for rows, postings in self._batches():
            place, end = 0, len(postings)
            for number, entry_id, body, kept in rows:
                entry = self._entry(number, entry_id, body, kept)
                mine = []
                limit = first_posting(number + 1)
                while place < end and postings[place][0] < limit:
                    mine.append(self._posting(postings[place]))
                    place += 1
                if mine != list(entry.postings):
                    raise Disagreement
                self.postings += len(mine)
            if place != end:
                raise Disagreement
        self._accounts()

    def _batches(self) -> Iterator[tuple[list[Any], list[Any]]]:
        sql, last = queries(), 0
        while rows := self._run(sql["entries_whole"], (last, _BATCH)).fetchall():
            span = (POSTINGS_MAX * last + POSTINGS_MAX, first_posting(rows[-1][0] + 1))
            last = rows[-1][0]
            yield rows, self._run(sql["postings_between"], span).fetchall()
        if self._run(sql["count_postings"]).fetchone()[0] != self.postings:
            raise Disagreement

    def _entry(self, number: int, entry_id: bytes, body: bytes, kept: bytes) -> Entry:
        self.seq += 1
        if number != self.seq or chained(self.hash, body) != kept:
            raise Disagreement
        self.hash = kept
        try:
            entry = decoded(body)
            said = id_bytes(entry.id)
        except (NotCanonical, NotBookable) as fault:
            raise Disagreement from fault
        if entry.seq != number or said != entry_id:
            raise Disagreement
        sums: dict[str, int] = {}
        for name, amount in entry.postings:
            measure = self._measures.get(name) or self._measure(name)
            sums[measure] = sums.get(measure, 0) + amount
        if any(sums.values()):
            raise Disagreement
        for lot in entry.lots:
            place = (lot.wallet or wallet_in(entry), lot.unit, lot.lot, self._salt)
            self._in_lots += hash(place) * lot.amount
        return entry

    def _measure(self, name: str) -> str:
        if len(self._measures) >= _MEASURES_MAX:
            self._measures.clear()
        try:
            found = measure_of(name.split(":", 2)[2])
        except IndexError as fault:
            raise Disagreement from fault
        self._measures[name] = found
        return found

    def _posting(self, row: tuple[Any, ...]) -> tuple[str, int]:
        posting, owner, unit, amount, balance, before = row
        salt = self._salt
        self._left += hash((owner, unit, posting, salt)) * (balance + salt)
        if before is not None and 0 < before < posting:
            self._left -= hash((owner, unit, before, salt)) * (balance - amount + salt)
        elif before is not None or balance != amount:
            raise Disagreement
        if owner.count(":") != 1:  # Else owner and unit could be cut elsewhere and still read alike.
            raise Disagreement
        return f"{owner}:{unit}", amount

    def _accounts(self) -> None:
        """What the journal left is what stands on accounts and rests in lots."""
        salt = self._salt
        for owner, unit, last, balance in self._run(queries()["accounts_whole"]):
            if not 0 < last < _NUMBERS_END:
                raise Disagreement
            self._left -= hash((owner, unit, last, salt)) * (balance + salt)
        for wallet, unit, lot, rest, _ in self._run(queries()["lots_whole"]):
            self._in_lots -= hash((wallet, unit, lot, salt)) * rest
        if self._left or self._in_lots:
            raise Disagreement


def swept(connection: sqlite3.Connection) -> Sweep | None:
    """The pass when all agrees, else None."""
    sweep = Sweep(connection)
    try:
        sweep.all()
    except (
        Disagreement,
        TypeError,
        AttributeError,
        ValueError,
    ):  # A column of another type is a fault like any.
        return None
    return sweep


def chain_reaches(rows: Iterator[tuple[int, bytes, bytes]], seq: int, before: bytes) -> int:
    """The seq up to which the rows, which follow `seq`, are a chain."""
    for number, body, kept in rows:
        if number != seq + 1 or chained(before, body) != kept:
            return seq
        seq, before = number, kept
    return seq
