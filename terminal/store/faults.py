"""Names what is wrong: slowly, entry by entry, until the first fault. Asked only when there is one."""

from __future__ import annotations

import sqlite3
from collections import Counter, defaultdict
from collections.abc import Iterator
from typing import NoReturn

from terminal.core.accounts import measure_of
from terminal.core.canonical import NotCanonical, decoded
from terminal.core.entry import GENESIS, Entry, chained
from terminal.core.errors import LedgerDamaged, NotBookable
from terminal.store.answers import POSTINGS_MAX, first_posting, id_bytes, wallet_in
from terminal.store.epochs import Epochs
from terminal.store.queries import queries

_BATCH = 1000


_POSTINGS_ASTRAY = (
    ("posting_of_no_entry", "a posting of no entry"),
    ("posting_beside", "goes on from what another posting went on from"),
    ("posting_on_no_account", "a posting that no account knows"),
)


def named(connection: sqlite3.Connection) -> NoReturn:
    """What is wrong with a journal of which something is. Raises LedgerDamaged."""
    head = walked(connection, 0)
    for query, what in _POSTINGS_ASTRAY:
        wanted = {"first": POSTINGS_MAX, "end": first_posting(head + 1)}
        (posting,) = connection.execute(queries()[query], wanted).fetchone()
        if posting is not None:
            raise LedgerDamaged(f"seq {posting // POSTINGS_MAX}: {what}")
    _check_accounts(connection)
    _check_each_lot(connection)  # It knows which entry laid the lot; the sums of a wallet do not.
    check_lots(connection)
    raise LedgerDamaged("accounts and postings are not each other's")


def walked(connection: sqlite3.Connection, start: int) -> int:
    """Entry by entry, to the last seq. Raises LedgerDamaged at the first fault."""
    before, epochs = hash_at(connection, start), Epochs(connection)
    seq = start
    for number, kind, body, kept in _rows(connection, start):
        seq += 1
        if number != seq:
            raise LedgerDamaged(f"seq {seq}: missing, {number} follows {seq - 1}")
        if not isinstance(body, bytes) or chained(before, body) != kept:
            raise LedgerDamaged(f"seq {seq}: the chain breaks here")
        _check_entry(connection, seq, kind, body, epochs.at(seq))
        before = kept
    return seq


def hash_at(connection: sqlite3.Connection, seq: int) -> bytes:
    if not seq:
        return GENESIS
    row = connection.execute(queries()["entry_hash"], (seq,)).fetchone()
    if row is None:
        raise LedgerDamaged(f"seq {seq}: missing")
    return bytes(row[0])


def _rows(connection: sqlite3.Connection, start: int) -> Iterator[tuple[int, str, bytes, bytes]]:
    """In batches: one long read would keep the log from being checkpointed."""
    seq = start
    while rows := connection.execute(queries()["entries_kinds_after"], (seq, _BATCH)).fetchall():
        yield from rows
        seq = rows[-1][0]


def _check_entry(connection: sqlite3.Connection, seq: int, kind: str, body: bytes, epoch: int) -> None:
    try:
        entry: Entry = decoded(body)
        entry_id = id_bytes(entry.id)
    except (NotCanonical, NotBookable) as fault:
        raise LedgerDamaged(f"seq {seq}: {fault}") from fault
    row = connection.execute(queries()["entry_by_id"], (entry_id,)).fetchone()
    if (entry.seq, entry.kind) != (seq, kind) or row is None or row[0] != seq:
        raise LedgerDamaged(f"seq {seq}: the body is that of another entry")
    if entry.epoch != epoch:
        raise LedgerDamaged(f"seq {seq}: is of epoch {entry.epoch}, and {epoch} was the last that had begun")
    sums: Counter[str] = Counter()
    for account, amount in entry.postings:
        sums[measure_of(account.partition(":")[2].partition(":")[2])] += amount
    if any(sums.values()):
        raise LedgerDamaged(f"seq {seq}: postings do not sum to zero")
    _check_postings(connection, entry)


def _check_postings(connection: sqlite3.Connection, entry: Entry) -> None:
    """They are those of the body, and each goes on from the one before it on its account."""
    span = (first_posting(entry.seq), first_posting(entry.seq + 1))
    rows = connection.execute(queries()["postings_between"], span).fetchall()
    said = [(number, *posting) for number, posting in enumerate(entry.postings, span[0])]
    if [(number, f"{owner}:{unit}", amount) for number, owner, unit, amount, _, _ in rows] != said or any(
        row[1].count(":") != 1 for row in rows
    ):
        raise LedgerDamaged(f"seq {entry.seq}: the postings are not those of its body")
    for number, owner, unit, amount, balance, before in rows:
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


def _check_accounts(connection: sqlite3.Connection) -> None:
    """Each account stands where its last posting left it."""
    for owner, unit, balance, last, *posted in connection.execute(queries()["all_accounts"]):
        if posted != [owner, unit, balance]:
            raise LedgerDamaged(
                f"seq {last // POSTINGS_MAX}: {unit} does not stand where its last posting left it"
            )


def check_lots(connection: sqlite3.Connection) -> None:
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
    for seq, _, body, _ in _rows(connection, 0):
        entry = decoded(body)
        for lot in entry.lots:
            yield (lot.wallet or wallet_in(entry), lot.unit, lot.lot), lot.amount, seq
    for wallet, unit, name, rest, seq in connection.execute(queries()["lots_whole"]):
        yield (wallet, unit, name), -rest, seq
