"""Walks the journal and everything derived from it, and names the first thing that does not agree."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from typing import TypeVar

from terminal.core.errors import LedgerClosed, LedgerDamaged
from terminal.core.values import Value
from terminal.store.answers import first_posting
from terminal.store.checkpoints import Voucher, check_signatures
from terminal.store.epochs import Epochs
from terminal.store.faults import check_lots, hash_at, named, walked
from terminal.store.queries import queries
from terminal.store.sweep import Disagreement, EndSweep, Sweep, agrees, chained_on
from terminal.store.unwritten import STUMBLES, UNREACHED, primary_code

_LOOKED_AT = 20
"""Entries whose postings a start looks up: those that a power cut could have touched."""
_ONCE_KIB = -128
"""SQLite's cache while a start reads the journal; negative: KiB."""

T = TypeVar("T")


class Verified(Value, frozen=True, kw_only=True):
    """What was walked, all of it well."""

    entries: int
    checked: int
    postings: int
    """Of the entries whose postings were looked at."""
    head: str
    """Hex hash of the last entry."""


def verified(connection: sqlite3.Connection, by: Voucher | None = None) -> Verified:
    """The file itself, then `verified_journal`. Memory does not grow with the journal.

    Raises:
        LedgerDamaged: the first fault and its seq.
    """
    check_file(connection)
    return verified_journal(connection, by)


def check_file(connection: sqlite3.Connection) -> None:
    """SQLite's own check: pages, indexes, types, constraints. Raises LedgerDamaged."""

    def check() -> None:
        for (fault,) in connection.execute("PRAGMA integrity_check(1)"):
            if fault != "ok":
                raise LedgerDamaged(f"the file itself: {fault}")

    damage_is_named(check)


def verified_journal(connection: sqlite3.Connection, by: Voucher | None = None) -> Verified:
    """The journal and what it left on accounts and in lots: chain, postings, balances, lots, checkpoints.

    `by`: who must have vouched for it; without, that the checkpoints agree with each other.

    Raises:
        LedgerDamaged: the first fault and its seq.
    """

    def walk() -> Verified:
        sweep = Sweep(connection)
        well = agrees(sweep.entries)
        with one_view(connection):  # Of what was booked meanwhile, too.
            if not (well and agrees(sweep.all)):
                named(connection)
            check_lots(connection)
            check_signatures(connection, by)
            _check_acked(connection, sweep.seq)
        return _found(sweep, 0)

    return damage_is_named(walk)


def _check_acked(connection: sqlite3.Connection, head: int) -> None:
    """Headquarters cannot hold what was never here: the disk has lost it. Raises LedgerDamaged."""
    row = connection.execute(queries()["meta"], ("acked",)).fetchone()
    if row is not None and row[0] > head:
        raise LedgerDamaged(
            f"seq {head + 1}: is missing, and headquarters holds entries up to {row[0]}: this disk went back."
            " Leave it online: it heals by itself"
        )


def verified_tail(connection: sqlite3.Connection, count: int) -> Verified:
    """What a start looks at: the chain of the last `count` entries, the last few with all that is theirs.

    Raises:
        LedgerDamaged: the first fault and its seq.
    """

    def walk() -> Verified:
        last = connection.execute(queries()["head"]).fetchone()
        head = last[0] if last else 0
        return _tail(connection, max(0, head - count), max(0, head - _LOOKED_AT))

    return damage_is_named(walk)


def _tail(connection: sqlite3.Connection, start: int, looked_at: int) -> Verified:
    between = max(start, looked_at)
    with _small_cache(connection):
        whole = agrees(partial(_check_chain, connection, start, between))
    if whole:
        end = EndSweep(connection, between, hash_at(connection, between))
        if agrees(partial(_check_end, connection, end)):
            return _found(end, start)
    walked(connection, start)
    raise LedgerDamaged("entries and postings are not each other's")


def _check_chain(connection: sqlite3.Connection, start: int, upto: int) -> None:
    """Raises Disagreement."""
    epochs = Epochs(connection)
    for begin, end, epoch in epochs.spans(start, upto):
        rows = connection.execute(queries()["entries_between"], (begin, end))
        # As many as that: none is missing.
        if chained_on(rows, hash_at(connection, begin), epoch if epochs.several else 0) != end - begin:
            raise Disagreement


def _check_end(connection: sqlite3.Connection, end: Sweep) -> None:
    """Few enough to look up what each posting goes on from. Raises Disagreement."""
    begun = end.seq
    end.entries()
    for query, place in (("ids_astray", begun), ("balances_astray", first_posting(begun + 1))):
        if connection.execute(queries()[query], (place,)).fetchone() != (0,):
            raise Disagreement


def _found(sweep: Sweep, start: int) -> Verified:
    return Verified(
        entries=sweep.seq, checked=sweep.seq - start, postings=sweep.postings, head=sweep.hash.hex()
    )


@contextmanager
def one_view(connection: sqlite3.Connection) -> Iterator[None]:
    """All that is read meanwhile is of one moment, whatever is booked; the log is not checkpointed beyond."""
    if connection.in_transaction:
        yield
        return
    connection.execute("BEGIN")
    try:
        yield
    finally:
        connection.execute("ROLLBACK")


@contextmanager
def _small_cache(connection: sqlite3.Connection) -> Iterator[None]:
    """What is read once is not worth new memory from the kernel for each of its pages."""
    kept = connection.execute("PRAGMA cache_size").fetchone()[0]
    connection.execute(f"PRAGMA cache_size = {_ONCE_KIB}")
    try:
        yield
    finally:
        connection.execute(f"PRAGMA cache_size = {kept}")


def damage_is_named(work: Callable[[], T]) -> T:
    """Raises LedgerDamaged where SQLite or we find the file damaged, LedgerClosed where it cannot be read."""
    try:
        return work()
    except sqlite3.DatabaseError as fault:
        if primary_code(fault) in UNREACHED:
            raise LedgerClosed(f"the ledger cannot be read: {fault}") from fault
        raise LedgerDamaged(f"the file itself: {fault}") from fault
    except MemoryError as fault:  # What a spoilt length asks for, as a rule.
        raise LedgerClosed("there is not as much memory as the ledger asks for") from fault
    except STUMBLES as odd:
        raise LedgerDamaged("the file itself: a row holds what was never written there") from odd
