"""What stands beside accounts and postings is what the journal says: wallets, cards, coupons, lots and so on.

A step of its own after the walk of the journal: it tells everything anew (`retold`) and compares row by row.
It needs as much room for temporary files as those tables take, and little memory.

What no entry says is not compared: shown names, PIN verifiers, sealed data, search tokens. Of these only that
they lead nowhere where an entry ended them; they are missing where the journal was brought back without them.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from typing import Any, NamedTuple

import msgspec

from terminal.core.entry import Entry
from terminal.core.errors import LedgerClosed, LedgerDamaged
from terminal.core.values import EntryId
from terminal.store.answers import id_bytes
from terminal.store.checkpoints import Voucher
from terminal.store.claim import check_claimed
from terminal.store.migrations import OURS
from terminal.store.queries import queries
from terminal.store.retold import Retold
from terminal.store.verify import Verified, damage_is_named, one_view, verified

_BATCH = 200
_ENTRY = msgspec.json.Decoder(Entry)

Row = tuple[Any, ...]


class _Table(NamedTuple):
    name: str
    key: tuple[str, ...]
    more: tuple[str, ...]
    what: str
    where: str = "1"

    @property
    def whole(self) -> str:
        columns, order = ", ".join((*self.key, *self.more)), ", ".join(self.key)
        return f"SELECT {columns} FROM {self.name} WHERE {self.where} ORDER BY {order}"  # noqa: S608  constants

    @property
    def one(self) -> str:
        columns, key = ", ".join((*self.key, *self.more)), " AND ".join(f"{one} = ?" for one in self.key)
        return f"SELECT {columns} FROM {self.name} WHERE {key}"  # noqa: S608  constants


_SAME = (
    _Table("wallets", ("wallet",), ("member", "tier", "into_wallet", "seq"), "a wallet"),
    _Table("cards", ("card",), ("wallet", "state", "until", "kind"), "a card"),
    _Table("coupons", ("coupon",), ("wallet", "kind", "face", "threshold", "since", "until"), "a coupon"),
    _Table(
        "lots",
        ("wallet", "unit", "seq", "lot"),
        ("laid", "rest", "paid", "since", "until", "invoice"),
        "a lot",
    ),
    _Table("referring", ("entry", "seq"), (), "what it undoes or came with"),
    _Table("intents", ("intent",), ("consumer", "amount", "ended"), "an intent"),
    _Table("shifts", ("shift",), ("open",), "a shift"),
    _Table("records_kept", ("member",), ("until",), "a legal hold"),
    _Table("consents", ("member", "purpose"), ("version", "given", "seq"), "a consent"),
    _Table("hot", ("card",), ("state",), "a card of the hot list"),
    _Table("trusted", ("use", "public"), ("believed",), "a trusted key"),
    _Table("sets", ("name",), ("version", "manifest"), "a data set"),
    _Table("sales_left", ("sale",), (), "a sale whose right went elsewhere"),
    _Table("sales_came", ("sale",), ("body",), "a sale of another site"),
    _Table("undone_elsewhere", ("sale", "entry"), ("body",), "what undid a sale elsewhere"),
)
_AT_LEAST = (
    # A restore forgets again whom the ledger before it had forgotten. Receipts wait until they are printed;
    # the last one of this epoch stays.
    _Table("erased", ("member",), (), "an erasure"),
    _Table("print_jobs", ("terminal", "epoch", "number"), ("seq",), "the last receipt's number"),
)


def verified_whole(connection: sqlite3.Connection, by: Voucher) -> tuple[Verified, int]:
    """The file, the journal, what it left on accounts and in lots; `check_beside`, with its rows; the schema.

    What `terminal ledger verify` says of a file, a backup is held to, and a restore.

    Raises:
        LedgerDamaged: the first fault.
        LedgerClosed: it could not be read, or there is no room to tell it anew.
    """
    damage_is_named(lambda: check_claimed(connection, by.secret if by else None))
    found, rows = verified(connection, by), check_beside(connection)
    OURS.check(connection)
    return found, rows


def check_beside(connection: sqlite3.Connection) -> int:
    """How many rows were compared. After `verified`, which alone says whether the journal can be believed.

    Raises:
        LedgerDamaged: the first row that is not what the journal says, and the seq of the entry that says so.
        LedgerClosed: it could not be read, or there is no room to tell it anew.
    """
    return damage_is_named(lambda: _checked(connection))


def _checked(connection: sqlite3.Connection) -> int:
    with closing(_retold(connection)) as retold:
        for _ in _tellings(connection, retold):
            pass
        with one_view(connection):
            for _ in _tellings(connection, retold):  # What was booked meanwhile.
                pass
            rows = sum(_same(connection, retold, table) for table in _SAME)
            for table in _AT_LEAST:
                _at_least(connection, retold, table)
            _check_feed(connection, retold)
            _check_people(connection, retold)
            _check_printed(connection)
    return rows


def _retold(connection: sqlite3.Connection) -> Retold:
    def seq_of(entry: EntryId) -> int | None:
        row = connection.execute(queries()["entry_by_id"], (id_bytes(entry),)).fetchone()
        return int(row[0]) if row else None

    (epoch,) = connection.execute(queries()["meta"], ("epoch",)).fetchone()
    return Retold(seq_of, epoch)


def _tellings(connection: sqlite3.Connection, retold: Retold) -> Iterator[int]:
    """Entry by entry, from where it was told up to now; gives the seq of each that was told."""
    while rows := connection.execute(queries()["entries_after"], (retold.seq, _BATCH)).fetchall():
        for seq, body, _ in rows:
            try:
                retold.add(_ENTRY.decode(body))
            except sqlite3.IntegrityError as fault:
                raise LedgerDamaged(f"seq {seq}: contradicts the entries before it: {fault}") from fault
            except sqlite3.OperationalError as fault:
                raise LedgerClosed(f"no room to tell the journal anew: {fault}") from fault
            yield seq


def _same(connection: sqlite3.Connection, retold: Retold, table: _Table) -> int:
    rows, keys = 0, len(table.key)
    told, stands = retold.connection.execute(table.whole), connection.execute(table.whole)
    said, there = told.fetchone(), stands.fetchone()
    while said is not None or there is not None:
        key = min(row[:keys] for row in (said, there) if row is not None)
        if said != there and not retold.is_unsure(table.name, key[0]):
            raise _astray(connection, table, key)
        if said is not None and said[:keys] == key:
            said = told.fetchone()
        if there is not None and there[:keys] == key:
            there = stands.fetchone()
        rows += 1
    return rows


def _at_least(connection: sqlite3.Connection, retold: Retold, table: _Table) -> None:
    """There may be more of them than the journal says."""
    keys = len(table.key)
    for said in retold.connection.execute(table.whole):
        if connection.execute(table.one, said[:keys]).fetchone() != said:
            raise _astray(connection, table, said[:keys])


def _astray(connection: sqlite3.Connection, table: _Table, key: Row) -> LedgerDamaged:
    """Told once more, to see which entry was the last that changed that row."""
    seq, row = 0, None
    with closing(_retold(connection)) as retold:
        for number in _tellings(connection, retold):
            now = retold.connection.execute(table.one, key).fetchone()
            if now != row:
                seq, row = number, now
    if not seq:
        return LedgerDamaged(f"{table.what}: no entry says so ({table.name})")
    return LedgerDamaged(f"seq {seq}: {table.what} does not stand as this entry left it ({table.name})")


def _check_feed(connection: sqlite3.Connection, retold: Retold) -> None:
    """Read as far as the entries say, or farther: not every directive needs an entry."""
    told, stands = (dict(run.execute(queries()["link_meta"])) for run in (retold.connection, connection))
    said, there = ((known.get("fed_epoch", 0), known.get("fed_m", 0)) for known in (told, stands))
    if there < said:
        raise LedgerDamaged(f"headquarters' feed was read to {said}, {there} stands there (meta)")


def _check_people(connection: sqlite3.Connection, retold: Retold) -> None:
    """Nothing leads to whom it must not."""
    for query, what in (
        ("profiles_of_erased", "personal data of somebody who was erased (profiles)"),
        ("services_of_erased", "what was done for somebody who was erased (services)"),
        ("tokens_astray", "a number that leads to another wallet than its card, or to none (tokens)"),
        ("traces_astray", "a search that leads to no wallet (traces)"),
    ):
        if connection.execute(queries()[query]).fetchone() is not None:
            raise LedgerDamaged(what)
    if retold.connection.execute("SELECT 1 FROM keys_dropped").fetchone() is None:
        return
    for (card,) in connection.execute("SELECT card FROM tokens WHERE card IS NOT NULL"):
        if retold.connection.execute("SELECT 1 FROM keys_dropped WHERE card = ?", (card,)).fetchone():
            raise LedgerDamaged("a replaced or cancelled card's number still leads somewhere (tokens)")


def _check_printed(connection: sqlite3.Connection) -> None:
    for terminal, epoch, number, seq, body in connection.execute(queries()["print_jobs_whole"]):
        if body is None or _ENTRY.decode(body).receipt != f"{terminal}-{epoch}-{number}":
            raise LedgerDamaged(f"seq {seq}: a receipt's number is not this entry's (print_jobs)")
