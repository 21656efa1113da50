"""One fast pass over everything: says whether all agrees, not what does not. `verify` names the fault.

Accounts are checked without looking any posting up: what each posting leaves behind is counted in, what it
found is counted out, and what remains must be the accounts as they stand. The hashes are Python's own, salted
anew for every process, so that nobody can write two faults that cancel.
"""

from __future__ import annotations

import secrets
import sqlite3
from collections.abc import Iterator
from typing import Any

import msgspec

from terminal.core.accounts import measure_of
from terminal.core.entry import GENESIS, chained
from terminal.store.answers import POSTINGS_MAX, first_posting
from terminal.store.queries import queries

_BATCH = 1000
"""Entries of one read: a longer one would keep the log from being checkpointed."""
_MEASURES_MAX = 10_000


class Seen(msgspec.Struct, frozen=True, gc=False):
    """What a pass looks at in a body; the hash vouches for the rest."""

    seq: int
    id: str
    postings: tuple[tuple[str, int], ...]


_SEEN = msgspec.json.Decoder(Seen)


class Disagreement(Exception):
    """Something does not agree."""


class Sweep:
    """Memory does not grow with the journal."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._run = connection.execute
        self._salt = secrets.randbits(64)
        self._left = 0
        self._measures: dict[str, str] = {}
        self.seq = 0
        self.hash = GENESIS
        self.postings = 0

    def all(self) -> None:
        """Chain, ids, postings, sums, balances. Raises Disagreement."""
        for rows, postings in self._batches():
            place, end = 0, len(postings)
            for number, entry_id, body, kept in rows:
                seen = self._entry(number, entry_id, body, kept)
                mine = []
                limit = first_posting(number + 1)
                while place < end and postings[place][0] < limit:
                    mine.append(self._posting(postings[place]))
                    place += 1
                if mine != list(seen.postings):
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

    def _entry(self, number: int, entry_id: bytes, body: bytes, kept: bytes) -> Seen:
        self.seq += 1
        if number != self.seq or chained(self.hash, body) != kept:
            raise Disagreement
        self.hash = kept
        try:
            seen = _SEEN.decode(body)
        except (msgspec.MsgspecError, UnicodeError, RecursionError) as fault:
            raise Disagreement from fault
        if seen.seq != number or seen.id.replace("-", "") != entry_id.hex():
            raise Disagreement
        sums: dict[str, int] = {}
        for name, amount in seen.postings:
            measure = self._measures.get(name) or self._measure(name)
            sums[measure] = sums.get(measure, 0) + amount
        if any(sums.values()):
            raise Disagreement
        return seen

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
        self._left += hash((owner, unit, posting, balance, self._salt))
        if before is not None and before < posting:
            self._left -= hash((owner, unit, before, balance - amount, self._salt))
        elif before is not None or balance != amount:
            raise Disagreement
        return f"{owner}:{unit}", amount

    def _accounts(self) -> None:
        salt = self._salt
        for owner, unit, last, balance in self._run(queries()["accounts_whole"]):
            self._left -= hash((owner, unit, last, balance, salt))
        if self._left:
            raise Disagreement


def swept(connection: sqlite3.Connection) -> Sweep | None:
    """The pass when all agrees, else None."""
    sweep = Sweep(connection)
    try:
        sweep.all()
    except (Disagreement, TypeError, AttributeError):  # A column of another type is a fault like any.
        return None
    return sweep


def chain_reaches(rows: Iterator[tuple[int, bytes, bytes]], seq: int, before: bytes) -> int:
    """The seq up to which the rows, which follow `seq`, are a chain."""
    for number, body, kept in rows:
        if number != seq + 1 or chained(before, body) != kept:
            return seq
        seq, before = number, kept
    return seq
