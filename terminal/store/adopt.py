"""Facts of another machine that spoke for this site go into the ledger of the one that a person chose.

Goods left and money came in there, too. Each fact that is not here yet is booked again under its own id and
receipt number; what moved rights is not. A fact that is here already stays as it is, so it may be done twice.
"""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

from terminal.core.canonical import NotCanonical, decoded
from terminal.core.errors import LedgerClosed, LedgerDamaged
from terminal.core.site import check_selling
from terminal.core.values import SiteId, Value
from terminal.store.backup import read_only
from terminal.store.checkpoints import SiteKey
from terminal.store.file import Lock, connected
from terminal.store.meta import meta_of
from terminal.store.queries import queries
from terminal.store.sealed import MemberKeys, Secret
from terminal.store.shelf import Shelf
from terminal.store.unwritten import opening
from terminal.store.verify import verified_journal

_PAGE = 200


class Adopted(Value, frozen=True, kw_only=True):
    entries: int
    """In the other file."""
    again: int
    """Booked here now."""


def adopt(other: Path, ledger: Path, *, site: SiteId) -> Adopted:
    """While no terminal runs. A power cut leaves some of it done; the next attempt does the rest.

    Raises:
        LedgerDamaged: the other file does not verify, or is another site's. Nothing was booked.
        LedgerClosed: a terminal runs, there is no ledger here, or the disk does not let us.
        ChainsDiffer, AnotherMachine: this machine's own chain is not in order with headquarters yet.
    """
    if not ledger.exists():
        raise LedgerClosed(f"{ledger}: there is no ledger here")
    lock = Lock(ledger)
    try:
        with opening(str(other)), closing(read_only(other)) as theirs, closing(connected(ledger)) as ours:
            _check(theirs, other, site)
            with closing(
                MemberKeys(ledger.with_suffix(".keys"), Secret(ledger.with_suffix(".secret")))
            ) as keys:
                shelf = Shelf(ours, site, keys, SiteKey(ledger.with_suffix(".site")))
                check_selling(shelf.standing)
                return _adopted(theirs, shelf)
    finally:
        lock.release()


def _check(theirs: sqlite3.Connection, other: Path, site: SiteId) -> None:
    if meta_of(theirs).site != site:
        raise LedgerDamaged(f"{other}: is not a ledger of site {site}")
    verified_journal(theirs)


def _adopted(theirs: sqlite3.Connection, shelf: Shelf) -> Adopted:
    seq, again, run = 0, 0, shelf.connection.execute
    while rows := theirs.execute(queries()["entries_after"], (seq, _PAGE)).fetchall():
        run("BEGIN IMMEDIATE")
        try:
            again += sum(shelf.book_again(decoded(body), entry_hash) for _, body, entry_hash in rows)
        except NotCanonical as fault:
            run("ROLLBACK")
            raise LedgerDamaged(f"after seq {seq}: {fault}") from fault
        except BaseException:
            run("ROLLBACK")
            raise
        run("COMMIT")
        seq = rows[-1][0]
    return Adopted(entries=seq, again=again)
