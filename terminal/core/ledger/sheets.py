"""Sheets of paper whose balance was taken over: each once, unless it was undone (product.md B14)."""

from __future__ import annotations

from unicodedata import normalize

from terminal.core.commands import BookReversal, BookVoid
from terminal.core.entry import Entry
from terminal.core.ledger.rules import standing_for
from terminal.core.ledger.state import State
from terminal.core.values import EntryId


def sheet(paper: str) -> EntryId:
    """What entries that take it over refer to: no entry has that id. However its number is spelt."""
    spelt = "".join(normalize("NFKC", paper).casefold().split())
    return standing_for(f"sheet of paper: {spelt}")


def taken_over(state: State, paper: str) -> Entry | None:
    """By which entry of this site it was, and still is."""
    return next((one for one in state.referring(sheet(paper)) if not _undone(state, one.id)), None)


def _undone(state: State, entry: EntryId) -> bool:
    return any(isinstance(one.payload, BookVoid | BookReversal) for one in state.referring(entry))
