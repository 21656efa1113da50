"""An entry of the journal: its body, its canonical bytes, its place in the chain.

`hash(n) = SHA-256(hash(n-1) || body(n))`; the body is RFC 8785 canonical JSON, integers only. It is
encoded once; those bytes are stored, hashed and sent. The journal is the audit log, the outbox and
the idempotency key at once.
"""

from __future__ import annotations

import hashlib

from terminal.core.commands import Command, Occasion
from terminal.core.values import EntryId, SiteId, Value, WalletId

VERSION = 1
GENESIS = bytes(32)
"""The hash before the first entry of a site."""


POSTINGS_MAX = 1000
"""Of one entry, and as many lots: headquarters takes no more; the file has numbers for four times as many."""


class LotTaken(Value, frozen=True, kw_only=True, omit_defaults=True):
    """How much of which lot an entry took (negative) or laid down (positive)."""

    unit: str
    lot: str
    """Id of the entry that laid it down first."""
    amount: int
    wallet: WalletId | None = None
    """Where it is not the entry's own wallet, as in a merge."""
    paid: int = 0
    """Fen that were paid for all of it, when it is laid down."""
    since: str = ""
    until: str = ""
    """First and last business day of use, when it is laid down; empty: no bound."""
    invoice: str = ""
    """Number of its invoice, where it moves with it."""
    laid: int = 0
    """All that the lot once was, where it comes from another site or another wallet."""
    listed: int = 0
    """Fen at list price of the uses of a count card that were taken out of it; negative: that came back.

    Of principal that is laid down: all of it, where points were given for it.
    """
    sold: str = ""
    """What a count card was sold as (`core.sold`), when a lot of it is laid down; empty: nobody says."""


class Redo(Value, frozen=True, kw_only=True, omit_defaults=True):
    """Where a fact stood in a branch of the journal that was given up, when it is booked once more."""

    epoch: int
    seq: int
    receipt: str = ""
    """terminal-epoch-counter-HASH8, as it was printed then."""


class Entry(Value, frozen=True, kw_only=True, omit_defaults=True):
    """The body of one journal entry, immutable for ever."""

    v: int
    """`VERSION` when it was written. Fields that hold their default are left out of the body."""
    site: SiteId
    epoch: int
    seq: int
    id: EntryId
    kind: str
    at: Occasion
    receipt: str
    """terminal-epoch-counter, or empty. The eight hex digits of the hash cannot be inside it."""
    postings: tuple[tuple[str, int], ...]
    """(account name, credit). They sum to zero in every measure."""
    lots: tuple[LotTaken, ...] = ()
    uncovered: tuple[tuple[str, int], ...] = ()
    """(account of the wallet, amount) that was spent beyond the rights held here."""
    redo: Redo | None = None
    wallet: WalletId | None = None
    """Whose transaction it is, where the command does not name that wallet itself."""
    payload: Command


class Link(Value, frozen=True, kw_only=True):
    """An entry as it is stored and sent: its bytes and the hash that closes the chain up to it."""

    seq: int
    body: bytes
    hash: bytes


def chained(previous: bytes, body: bytes) -> bytes:
    """The hash of an entry whose predecessor has hash `previous`."""
    return hashlib.sha256(previous + body).digest()


def receipt_number(receipt: str, entry_hash: bytes) -> str:
    """What is printed: `T1-1-17-9F3A01BC`."""
    return f"{receipt}-{entry_hash[:4].hex().upper()}"


def printed_number(entry: Entry, entry_hash: bytes) -> str:
    """As it is on paper: what was booked again keeps the number of its first printing; empty: none."""
    if entry.redo is not None:
        return entry.redo.receipt
    return receipt_number(entry.receipt, entry_hash) if entry.receipt else ""
