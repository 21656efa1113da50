"""Holds what was booked against what stood on the page and was confirmed there."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from contextlib import closing
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Final

import msgspec
from msgspec.structs import replace

from terminal.core.canonical import decoded
from terminal.core.commands import (
    BATCH,
    STAFF_PIN,
    BookCardState,
    BookHold,
    BookIssue,
    BookMerge,
    BookNote,
    BookSale,
    BookTransfer,
    TenderKind,
)

if TYPE_CHECKING:
    from terminal.core.entry import Entry


BY_ITSELF: Final = frozenset(
    {
        "directive",
        "expiry",
        "guest",
        "rights_back",
        "intent_end",
        "release",
        "shift_open",
        "tier",
        "legal_hold",
    }
)
"""What is booked without anybody at the counter, or as the first of a shift, before what is confirmed; and
with a sale the tier that it reaches, and what the law keeps of somebody who asked to be forgotten."""
_BY_THE_CUSTOMER: Final = frozenset({"intent", "sale", "recharge"})
"""The attendant says what is to be paid, and the customer pays it at the bank's terminal or on a phone."""
_OF_A_PART: Final = "How much of it?"
"""Of a bill whose sum was said before."""
_NOTED: Final = frozenset({"pin", "profile"})
_ASKS: Final = frozenset({"pick", "key"})
_ANEW: Final = frozenset({"idle", "cart", "approved", "declined"})


class Violation(Exception):
    """Something was booked that nobody confirmed, or not as it stood there."""


class Said(msgspec.Struct, frozen=True, kw_only=True):
    """A touch that the terminal took."""

    step: int
    do: str
    value: str
    state: str
    amount: str
    """As it stood on the page that was touched."""
    title: str
    keying: str = ""
    """What is keyed there."""


class Books:
    """The journal, read beside the terminal that writes it."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self.head = self._head()

    def _head(self) -> int:
        with closing(sqlite3.connect(f"file:{self._path}?mode=ro", uri=True)) as database:
            return int(database.execute("SELECT max(seq) FROM entries").fetchone()[0])

    def new(self) -> list[Entry]:
        with closing(sqlite3.connect(f"file:{self._path}?mode=ro", uri=True)) as database:
            rows = database.execute("SELECT seq, body FROM entries WHERE seq > ? ORDER BY seq", (self.head,))
            found = rows.fetchall()
        self.head = found[-1][0] if found else self.head
        return [decoded(body) for _, body in found]


def keyed_alone(entry: Entry) -> bool:
    """What is said twice, or chosen, and moves nothing: a PIN, and what the shop notes of a member."""
    of_staff = isinstance(entry.payload, BookNote) and entry.payload.what == STAFF_PIN
    return not entry.postings and (of_staff or entry.kind in _NOTED)


def _fen(shown: str) -> int | None:
    """Of a sum as it stands on the page; None where there is none."""
    digits = shown.strip("-¥")
    return int(Decimal(digits) * 100) if digits else None


def _sums(entry: Entry) -> set[int]:
    """All that is of so many fen in it, whichever way it goes."""
    fields = msgspec.to_builtins(entry.payload).values()
    return {abs(credit) for _, credit in entry.postings} | {
        abs(value) for value in fields if isinstance(value, int)
    }


class Judge:
    """Holds what was booked against what was confirmed before it."""

    def __init__(self) -> None:
        self._agreed: Said | None = None
        self._held: dict[str, int] = {}
        """By the hold's id, what may be taken of it by itself, in its own unit."""
        self._batches: set[str] = set()
        """Work on many cards that was confirmed once for all of them, and for the note at its end."""
        self._onto: set[tuple[str, str]] = set()
        """Wallets that were given to a member, and theirs: they become one next."""

    def look(self, said: Sequence[Said], came: Sequence[Entry], state: str) -> None:
        """What was said and booked since the last time, and the screen that stands there now.

        Raises Violation: something of it was not confirmed, or not as it stood there.
        """
        for one in said:
            if one.do == "confirm":
                self._agreed = one if one.state == "confirm" else None
            elif one.do in _ASKS and one.amount and one.keying != "pin":
                self._agreed = one
            elif one.do == "key" and one.keying == "amount" and one.title != _OF_A_PART:
                # How it is paid is asked afterwards.
                self._agreed = replace(one, amount=one.value)
        by_hand = [
            entry
            for entry in came
            if entry.kind not in BY_ITSELF and not keyed_alone(entry) and not self._settles(entry)
        ]
        for entry in by_hand:
            if not self._goes_on(entry):
                self._weigh(entry)
                self._leads_to(entry)
        if any(entry.kind != "intent" for entry in by_hand) or state in _ANEW:
            self._agreed = None

    def _settles(self, entry: Entry) -> bool:
        """A fill that value was held for, and that takes no more: it is booked once it is hung up."""
        sale = entry.payload
        if not isinstance(sale, BookSale) or {one.kind for one in sale.tenders} != {TenderKind.HELD}:
            return False
        held = [(self._held.pop(one.of, 0), one.units or one.amount) for one in sale.tenders]
        return all(taken <= most for most, taken in held)

    def _leads_to(self, entry: Entry) -> None:
        match entry.payload:
            case BookHold(id=hold, amount=amount):
                self._held[hold] = amount
            case BookIssue(batch=str(batch)) | BookCardState(batch=str(batch)) if batch:
                self._batches.add(batch)
            case BookTransfer(wallet=wallet, onto=str(onto)) if onto:
                self._onto.add((wallet, onto))

    def _goes_on(self, entry: Entry) -> bool:
        """What was confirmed with an entry that is weighed already."""
        match entry.payload:
            case BookIssue(batch=batch) | BookCardState(batch=batch):
                return batch in self._batches
            case BookNote(id=of, what=what) if what == BATCH:
                return of in self._batches
            case BookMerge(wallet=wallet, into=into):
                return (wallet, into) in self._onto
        return False

    def _weigh(self, entry: Entry) -> None:
        agreed = self._agreed
        if agreed is None:
            raise Violation(f"{entry.kind} {entry.seq} was booked, and nobody confirmed it: {entry.postings}")
        if agreed.do != "confirm" and entry.kind not in _BY_THE_CUSTOMER:
            raise Violation(f"{entry.kind} {entry.seq} was booked upon {agreed}, which confirms nothing")
        sum_, sums = _fen(agreed.amount), _sums(entry)
        if entry.kind == "intent" and sum_ is not None and any(0 < one <= sum_ for one in sums):
            return  # A part of it; how much stands among the parts.
        if sum_ is not None and sum_ not in sums:
            raise Violation(f"{entry.kind} {entry.seq} is of {sorted(sums)}, but there stood {agreed}")
