"""Sheets of paper whose balance was taken over: each once, unless it was undone (product.md B14)."""

from __future__ import annotations

from hashlib import sha256
from unicodedata import normalize

from terminal.core.commands import BookReversal, BookVoid
from terminal.core.entry import Entry
from terminal.core.ledger.state import State
from terminal.core.values import EntryId


def sheet(paper: str) -> EntryId:
    """What entries that take it over refer to: no entry has that id. However its number is spelt."""
    spelt = "".join(normalize("NFKC", paper).casefold().split())
    name = sha256(f"sheet of paper: {spelt}".encode()).hexdigest()
    return EntryId(f"{name[:8]}-{name[8:12]}-{name[12:16]}-{name[16:20]}-{name[20:32]}")


def taken_over(state: State, paper: str) -> Entry | None:
    """By which entry of this site it was, and still is."""
    return next((one for one in state.referring(sheet(paper)) if not _undone(state, one.id)), None)


def _undone(state: State, entry: EntryId) -> bool:
    return any(isinstance(one.payload, BookVoid | BookReversal) for one in state.referring(entry))
