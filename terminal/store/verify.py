"""Walks the journal and everything derived from it, and names the first thing that does not agree."""

from __future__ import annotations

import sqlite3
from collections import Counter
from collections.abc import Callable, Iterator
from typing import TypeVar

from terminal.core.accounts import measure_of
from terminal.core.canonical import NotCanonical, decoded
from terminal.core.entry import GENESIS, Entry, chained
from terminal.core.errors import LedgerDamaged
from terminal.core.values import Value
from terminal.store.answers import id_bytes
from terminal.store.queries import queries

_BATCH = 1000

T = TypeVar("T")


class Verified(Value, frozen=True, kw_only=True):
    """What was walked, all of it well."""

    entries: int
    checked: int
    postings: int
    """Of the entries checked."""
    head: str
    """Hex hash of the last entry."""


def verified_tail(connection: sqlite3.Connection, count: int) -> Verified:
    """Chain and postings of the last `count` entries: what a start looks at. Raises LedgerDamaged."""
    last = _damage_is_named(lambda: connection.execute(queries()["head"]).fetchone())
    head = last[0] if last else 0
    return _damage_is_named(lambda: _walked(connection, max(0, head - count)))


def verified(connection: sqlite3.Connection) -> Verified:
    """All of it: chain, postings, balances, lots. Memory does not grow with the journal.

    Raises:
        LedgerDamaged: the first fault and its seq.
    """

    def whole() -> Verified:
        for (fault,) in connection.execute("PRAGMA integrity_check(1)"):
            if fault != "ok":
                raise LedgerDamaged(f"the file itself: {fault}")
        found = _walked(connection, 0)
        count = connection.execute(queries()["count_postings"]).fetchone()[0]
        if count != found.postings:
            raise LedgerDamaged(f"{count} postings on accounts, {found.postings} in the journal")
        _check_postings(connection)
        _check_lots(connection)
        return found

    return _damage_is_named(whole)


def _damage_is_named(work: Callable[[], T]) -> T:
    try:
        return work()
    except sqlite3.DatabaseError as fault:
        raise LedgerDamaged(f"the file itself: {fault}") from fault


def _walked(connection: sqlite3.Connection, start: int) -> Verified:
    sql = queries()
    before = connection.execute(sql["entry_hash"], (start,)).fetchone()[0] if start else GENESIS
    seq, postings = start, 0
    for number, body, kept in _rows(connection, start):
        seq += 1
        if number != seq:
            raise LedgerDamaged(f"seq {seq}: missing, {number} follows {seq - 1}")
        if chained(before, body) != kept:
            raise LedgerDamaged(f"seq {seq}: the chain breaks here")
        postings += _check_entry(connection, seq, body)
        before = kept
    return Verified(entries=seq, checked=seq - start, postings=postings, head=before.hex())


def _rows(connection: sqlite3.Connection, start: int) -> Iterator[tuple[int, bytes, bytes]]:
    """In batches: one long read would keep the log from being checkpointed."""
    seq = start
    while rows := connection.execute(queries()["entries_after"], (seq, _BATCH)).fetchall():
        yield from rows
        seq = rows[-1][0]


def _check_entry(connection: sqlite3.Connection, seq: int, body: bytes) -> int:
    try:
        entry: Entry = decoded(body)
    except NotCanonical as fault:
        raise LedgerDamaged(f"seq {seq}: {fault}") from fault
    row = connection.execute(queries()["entry_by_id"], (id_bytes(entry.id),)).fetchone()
    if entry.seq != seq or row is None or row[0] != seq:
        raise LedgerDamaged(f"seq {seq}: the body is that of another entry")
    sums: Counter[str] = Counter()
    for account, amount in entry.postings:
        owner, of, unit = account.split(":", 2)
        sums[measure_of(unit)] += amount
        posting = connection.execute(queries()["posting"], (f"{owner}:{of}", unit, seq)).fetchone()
        if posting is None or posting[0] != amount:
            raise LedgerDamaged(f"seq {seq}: a posting of its body is not on its account")
    if any(sums.values()):
        raise LedgerDamaged(f"seq {seq}: postings do not sum to zero")
    return len(entry.postings)


def _check_postings(connection: sqlite3.Connection) -> None:
    """Each account is the running sum of its postings, in the order of the journal."""
    current, balance, seq = -1, 0, 0
    for account, number, amount, after in connection.execute(queries()["all_postings"]):
        if account != current:
            _check_account(connection, current, balance, seq)
            current, balance = account, 0
        seq = number
        balance += amount
        if after != balance:
            raise LedgerDamaged(f"seq {seq}: a posting's balance is not the sum up to it")
    _check_account(connection, current, balance, seq)
    untouched = connection.execute(queries()["accounts_without_postings"]).fetchone()[0]
    if untouched:
        raise LedgerDamaged(f"{untouched} accounts hold something that nothing posted")


def _check_account(connection: sqlite3.Connection, account: int, balance: int, seq: int) -> None:
    if account < 0:
        return
    row = connection.execute(queries()["account_balance"], (account,)).fetchone()
    if row is None or row[0] != balance:
        raise LedgerDamaged(f"seq {seq}: the balance of an account is not the sum of its postings")


def _check_lots(connection: sqlite3.Connection) -> None:
    """What lies in lots is what the wallet holds, unit by unit."""
    row = connection.execute(queries()["lots_astray"]).fetchone()
    if row is not None:
        raise LedgerDamaged(f"seq {row[0]}: lots hold {row[2]} where the account holds {row[1]}")
