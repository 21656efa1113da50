"""Entries that only the second copy holds go back into the ledger, by the ledger's own rules, or not at all.

Each command is decided again where the journal ends, under its own id and in its own epoch. What comes out
must be the very bytes that were copied: then all that follows from the entry (postings, lots, receipts, what
headquarters is sent) is what it was. Personal data is in no journal: a card or phone that came with such an
entry is not found any more until somebody presents it again. Its value is there.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable
from itertools import islice
from typing import NamedTuple

from terminal.core.canonical import NotCanonical, decoded
from terminal.core.commands import BookCardState
from terminal.core.entry import Entry, Link
from terminal.core.errors import LedgerDamaged, TerminalFault
from terminal.core.ledger import effects as of
from terminal.core.ledger import posted
from terminal.core.ledger.debts import settled_by
from terminal.store.shelf import Shelf

_PERSONAL = (of.KeysAdded, of.ProfileKept, of.PinKept, of.StaffPinKept)
_AT_ONCE = 256


class Replayed(NamedTuple):
    """What came back."""

    entries: int
    nameless: int
    """Of them, how many brought cards, phones, names or a PIN that are not here any more."""
    why: str
    """Why it ended before the copy did; empty when all of it came back."""


def replay(shelf: Shelf, links: Iterable[Link]) -> Replayed:
    """Commits in groups. Outside of a transaction, before anybody else writes. Raises sqlite3.Error."""
    run, done, nameless = shelf.connection.execute, 0, 0
    why = ""
    waiting = iter(links)
    while not why and (group := list(islice(waiting, _AT_ONCE))):
        run("BEGIN IMMEDIATE")
        for link in group:
            epoch = shelf.epoch
            run("SAVEPOINT one")
            try:
                personal = _again(shelf, link)
            except (TerminalFault, NotCanonical, sqlite3.IntegrityError) as fault:
                why = f"entry {link.seq} does not come out as it was: {fault}"
                run("ROLLBACK TO one")
                shelf.epoch = epoch
                break
            run("RELEASE one")
            done, nameless = done + 1, nameless + personal
        run("COMMIT")
    shelf.settled = None
    shelf.forget()
    return Replayed(done, nameless, why)


def _again(shelf: Shelf, link: Link) -> bool:
    """Whether it brought personal data. Raises what a booking raises, and when the bytes are others."""
    entry: Entry = decoded(link.body)
    if entry.epoch > shelf.epoch:  # A restore lies between; there the epoch had begun.
        shelf.begin_epoch(entry.epoch)
    shelf.forget()  # Balances that the entry before it had found.
    shelf.settled = settled_by(entry)  # The site may have joined a headquarters in between.
    # Whether a card might be cancelled was judged then, as in `core.ledger.redo`.
    shelf.was_alone = bool(shelf.settled) or isinstance(entry.payload, BookCardState)
    personal = any(isinstance(one, _PERSONAL) for one in posted(entry.payload, shelf).effects)
    shelf.book(entry.payload, None)
    if (shelf.seq, shelf.hash) != (link.seq, link.hash):
        raise LedgerDamaged("its body is another")
    return personal
