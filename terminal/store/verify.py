"""Walks the journal and everything derived from it, and names the first thing that does not agree."""

from __future__ import annotations

import itertools
import sqlite3
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator
from typing import TypeVar

from msgspec.structs import replace

from terminal.core.accounts import measure_of
from terminal.core.canonical import NotCanonical, decoded
from terminal.core.entry import GENESIS, Entry, chained
from terminal.core.errors import LedgerClosed, LedgerDamaged, NotBookable
from terminal.core.values import Value
from terminal.store.answers import POSTINGS_MAX, first_posting, id_bytes, wallet_in
from terminal.store.checkpoints import check_signatures
from terminal.store.file import UNREACHED, primary_code
from terminal.store.queries import queries
from terminal.store.sweep import chain_reaches, swept

_BATCH = 1000
_LOOKED_AT = 20
"""Entries whose postings a start looks up: those that a power cut could have touched."""

T = TypeVar("T")


class Verified(Value, frozen=True, kw_only=True):
    """What was walked, all of it well."""

    entries: int
    checked: int
    postings: int
    """Of the entries checked."""
    head: str
    """Hex hash of the last entry."""
    unfollowed: int = 0
    """Marks of the postings that no later one names as the one before it, summed up."""


def verified_tail(connection: sqlite3.Connection, count: int) -> Verified:
    """Chain and postings of the last `count` entries: what a start looks at. Raises LedgerDamaged."""
    last = _damage_is_named(lambda: connection.execute(queries()["head"]).fetchone())
    head = last[0] if last else 0
    return _damage_is_named(lambda: _tail(connection, max(0, head - count), max(0, head - _LOOKED_AT)))


def _tail(connection: sqlite3.Connection, start: int, looked_at: int) -> Verified:
    """The chain from `start`; the last few entries with all that belongs to them."""
    between = max(start, looked_at)
    rows = itertools.takewhile(lambda row: row[0] <= between, _rows(connection, start))
    if chain_reaches(rows, start, _hash_at(connection, start)) < between:
        return _walked(connection, start)
    found = _walked(connection, between)
    return replace(found, checked=found.entries - start)


def verified(connection: sqlite3.Connection) -> Verified:
    """All of it: chain, postings, balances, lots. Memory does not grow with the journal.

    Raises:
        LedgerDamaged: the first fault and its seq.
    """

    def whole() -> Verified:
        for (fault,) in connection.execute("PRAGMA integrity_check(1)"):
            if fault != "ok":
                raise LedgerDamaged(f"the file itself: {fault}")
        if (sweep := swept(connection)) is not None:
            found = Verified(
                entries=sweep.seq, checked=sweep.seq, postings=sweep.postings, head=sweep.hash.hex()
            )
        else:
            found = _named(connection)
        _check_lots(connection)
        check_signatures(connection)
        return found

    return _damage_is_named(whole)


def _named(connection: sqlite3.Connection) -> Verified:
    """Slowly, entry by entry, until the first fault."""
    found = _walked(connection, 0)
    count = connection.execute(queries()["count_postings"]).fetchone()[0]
    if count != found.postings:
        raise LedgerDamaged(f"{count} postings on accounts, {found.postings} in the journal")
    _check_accounts(connection, found.unfollowed)
    _check_lots(connection)
    _check_each_lot(connection)
    raise LedgerDamaged("accounts and postings are not each other's")


def _damage_is_named(work: Callable[[], T]) -> T:
    try:
        return work()
    except sqlite3.DatabaseError as fault:
        if primary_code(fault) in UNREACHED:
            raise LedgerClosed(f"the ledger cannot be read: {fault}") from fault
        raise LedgerDamaged(f"the file itself: {fault}") from fault


def _walked(connection: sqlite3.Connection, start: int) -> Verified:
    before = _hash_at(connection, start)
    seq, postings, unfollowed = start, 0, 0
    for number, body, kept in _rows(connection, start):
        seq += 1
        if number != seq:
            raise LedgerDamaged(f"seq {seq}: missing, {number} follows {seq - 1}")
        if chained(before, body) != kept:
            raise LedgerDamaged(f"seq {seq}: the chain breaks here")
        count, marks = _check_entry(connection, seq, body)
        postings += count
        unfollowed += marks
        before = kept
    return Verified(
        entries=seq, checked=seq - start, postings=postings, head=before.hex(), unfollowed=unfollowed
    )


def _hash_at(connection: sqlite3.Connection, seq: int) -> bytes:
    if not seq:
        return GENESIS
    row = connection.execute(queries()["entry_hash"], (seq,)).fetchone()
    if row is None:
        raise LedgerDamaged(f"seq {seq}: missing")
    return bytes(row[0])


def _rows(connection: sqlite3.Connection, start: int) -> Iterator[tuple[int, bytes, bytes]]:
    """In batches: one long read would keep the log from being checkpointed."""
    seq = start
    while rows := connection.execute(queries()["entries_after"], (seq, _BATCH)).fetchall():
        yield from rows
        seq = rows[-1][0]


def _check_entry(connection: sqlite3.Connection, seq: int, body: bytes) -> tuple[int, int]:
    """How many postings it has, and their marks."""
    try:
        entry: Entry = decoded(body)
        entry_id = id_bytes(entry.id)
    except (NotCanonical, NotBookable) as fault:
        raise LedgerDamaged(f"seq {seq}: {fault}") from fault
    row = connection.execute(queries()["entry_by_id"], (entry_id,)).fetchone()
    if entry.seq != seq or row is None or row[0] != seq:
        raise LedgerDamaged(f"seq {seq}: the body is that of another entry")
    sums: Counter[str] = Counter()
    for account, amount in entry.postings:
        sums[measure_of(account.split(":", 2)[2])] += amount
    if any(sums.values()):
        raise LedgerDamaged(f"seq {seq}: postings do not sum to zero")
    return len(entry.postings), _check_postings(connection, entry)


def _check_postings(connection: sqlite3.Connection, entry: Entry) -> int:
    """They are those of the body, and each goes on from the one before it on its account."""
    first, marks = first_posting(entry.seq), 0
    rows = connection.execute(queries()["postings_of"], (first, first + POSTINGS_MAX - 1)).fetchall()
    if [(f"{owner}:{unit}", amount) for owner, unit, amount, _, _ in rows] != list(entry.postings) or any(
        row[0].count(":") != 1 for row in rows
    ):
        raise LedgerDamaged(f"seq {entry.seq}: the postings are not those of its body")
    for number, (owner, unit, amount, balance, before) in enumerate(rows, first):
        stood = (owner, unit, 0, 0, None)
        if before is not None:
            stood = connection.execute(queries()["posting"], (before,)).fetchone()
        if (
            stood is None
            or stood[:2] != (owner, unit)
            or stood[3] + amount != balance
            or (before or 0) >= number
        ):
            raise LedgerDamaged(f"seq {entry.seq}: a balance is not the sum of the postings up to it")
        marks += _mark(number) - _mark(before or 0)
    return marks


def _mark(posting: int) -> int:
    """Sums of cubes agree when the numbers do; all of them in memory would be too many."""
    return posting * posting * posting


def _check_accounts(connection: sqlite3.Connection, unfollowed: int) -> None:
    """Each account stands where its last posting left it, and no posting is on no account."""
    marks = 0
    for owner, unit, balance, last, *posted in connection.execute(queries()["all_accounts"]):
        if posted != [owner, unit, balance]:
            raise LedgerDamaged(
                f"seq {last // POSTINGS_MAX}: {unit} does not stand where its last posting left it"
            )
        marks += _mark(last)
    if marks != unfollowed:
        raise LedgerDamaged("accounts and postings are not each other's")


def _check_lots(connection: sqlite3.Connection) -> None:
    """What lies in lots is what the wallet holds, unit by unit."""
    held = connection.execute(queries()["all_in_lots"])
    for seq, unit, balance, rest in held:
        if balance != rest:
            raise LedgerDamaged(f"seq {seq}: lots of {unit} hold {rest} where the account holds {balance}")


_SHARES = 256
"""Lots are looked at in shares, so that no more than one share of them is in memory."""

Lots = Iterator[tuple[tuple[str | None, str, str], int, int]]
"""Wallet, unit and lot; what came or went; seq."""


def _check_each_lot(connection: sqlite3.Connection) -> None:
    """Lot by lot, when something is wrong: the sums of a wallet do not show what lies in which."""
    wrong = [0] * _SHARES
    for place, amount, _ in _lots_both_ways(connection):
        key = hash(place)
        wrong[key % _SHARES] += key * amount
    astray: list[tuple[int, str]] = []
    for share in (number for number, left in enumerate(wrong) if left):
        rests: defaultdict[tuple[str | None, str, str], int] = defaultdict(int)
        seqs: dict[tuple[str | None, str, str], int] = {}
        for place, amount, seq in _lots_both_ways(connection):
            if hash(place) % _SHARES == share:
                rests[place] += amount
                seqs.setdefault(place, seq)
        astray += [min((seqs[place], place[1]) for place, rest in rests.items() if rest)]
    if astray:
        seq, unit = min(astray)
        raise LedgerDamaged(f"seq {seq}: a lot of {unit} is not what entries left in it")


def _lots_both_ways(connection: sqlite3.Connection) -> Lots:
    """What entries laid and took, then, counted against it, what rests."""
    for seq, body, _ in _rows(connection, 0):
        entry = decoded(body)
        for lot in entry.lots:
            yield (lot.wallet or wallet_in(entry), lot.unit, lot.lot), lot.amount, seq
    for wallet, unit, name, rest, seq in connection.execute(queries()["lots_whole"]):
        yield (wallet, unit, name), -rest, seq
