"""The books of a terminal that lies dead, compared with what people were told and hold in their hands."""

from __future__ import annotations

import contextlib
import json
import sqlite3
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from lab.shop.load import NUMBER, Confirmed
from terminal.core.errors import LedgerDamaged
from terminal.core.values import SiteId
from terminal.store.segments import put_aside
from terminal.store.standing import compared
from terminal.store.verify import verified

SITE = SiteId("S1")
"""Of the shop, as in its file."""
_UNASKED = frozenset({"directive"})
"""Entries that nobody at the counter agrees to."""
_COPY = ("DUPLICATE", "重打印")


class Violated(Exception):
    """A promise was broken; says which."""


@dataclass(frozen=True)
class Booked:
    seq: int
    kind: str
    amount: int
    """Fen that changed hands."""
    number: str
    """Of its receipt, in full."""


class Books:
    """Follows one ledger file from kill to kill. Read only: the next start finds what the last one left."""

    def __init__(self, path: Path, morning: int, stick: Path) -> None:
        """`morning`: seq of the last entry before the first sale. `stick`: where the second copy lies."""
        self._path = path
        self._stick = stick
        self._seq = morning
        self._hash = ""
        self._numbers: set[str] = set()
        self._originals: Counter[str] = Counter()
        self.duplicates = 0
        self.unseen = 0
        """Booked, though the page never came to say so."""

    @property
    def booked(self) -> int:
        return len(self._numbers)

    @property
    def originals(self) -> int:
        return self._originals.total()

    def entries(self) -> int:
        """How many there are."""
        with contextlib.closing(sqlite3.connect(f"file:{self._path}?mode=ro", uri=True)) as connection:
            return int(connection.execute("SELECT count(*) FROM entries").fetchone()[0])

    def look(self, confirmed: Sequence[Confirmed], papers: Sequence[str]) -> None:
        """`confirmed` and `papers`: since the last look. Raises Violated."""
        with contextlib.closing(sqlite3.connect(f"file:{self._path}?mode=ro", uri=True)) as connection:
            try:
                head = verified(connection)
            except (LedgerDamaged, sqlite3.Error) as fault:
                raise Violated(f"I3 or I7: {fault}") from fault
            self._same_past(connection)
            new = [one for one in _booked(connection, self._seq) if one.kind not in _UNASKED]
            self._compare_copy(connection, new, {one.number for one in confirmed if one.number})
        self._numbers |= {one.number for one in new}
        self._compare(new, confirmed)
        self._compare_papers(papers)
        self._seq, self._hash = head.entries, head.head

    def _compare_copy(self, connection: sqlite3.Connection, new: list[Booked], approved: set[str]) -> None:
        found = compared(self._stick, SITE, connection)
        if found.fault or put_aside(self._stick, SITE):
            raise Violated(f"the second copy contradicts the ledger: {found.fault}")
        for one in new:
            if one.number in approved and one.seq > found.entries:
                raise Violated(f"I1: entry {one.seq} was approved, the second copy ends with {found.entries}")

    def _same_past(self, connection: sqlite3.Connection) -> None:
        """The last entry of the last look stands, and the chain holds all before it."""
        found = connection.execute("SELECT hash FROM entries WHERE seq = ?", (self._seq,)).fetchone()
        if found is None or (self._hash and found[0].hex() != self._hash):
            raise Violated(f"I1: entry {self._seq} was there at the last start and is gone, or another")

    def _compare(self, new: Sequence[Booked], confirmed: Sequence[Confirmed]) -> None:
        """In order: each entry is one confirmation, each approval is one entry."""
        left = list(confirmed)
        for entry in new:
            place = _place(entry, left)
            if place is None:
                raise Violated(f"I2: entry {entry.seq} ({entry.kind}, {entry.amount}) was not confirmed")
            self._none_approved(left[:place])
            self.unseen += not left[place].number
            del left[: place + 1]
        self._none_approved(left)

    def _none_approved(self, passed_over: Sequence[Confirmed]) -> None:
        for one in passed_over:
            if one.number:
                raise Violated(f"I1: {one.number} was approved and is not booked as it was shown")

    def _compare_papers(self, papers: Sequence[str]) -> None:
        for paper in papers:
            for number in NUMBER.findall(paper)[:1]:  # Torn above its number, a paper says nothing.
                if number not in self._numbers:
                    raise Violated(f"I8: {number} is on paper and belongs to no entry")
                if any(mark in paper for mark in _COPY):
                    self.duplicates += 1
                else:
                    self._originals[number] += 1
                if self._originals[number] > 1:
                    raise Violated(f"I8: two originals of {number}")


def _place(entry: Booked, confirmed: Sequence[Confirmed]) -> int | None:
    """By its number if the page showed one, otherwise the first of that kind and amount without."""
    for place, one in enumerate(confirmed):
        if (one.kind, one.amount) == (entry.kind, entry.amount) and one.number in {entry.number, ""}:
            if not one.number and any(later.number == entry.number for later in confirmed):
                continue
            return place
    return None


def _booked(connection: sqlite3.Connection, after: int) -> Iterator[Booked]:
    rows = connection.execute(
        "SELECT seq, kind, hash, body FROM entries WHERE seq > ? ORDER BY seq", (after,)
    )
    for seq, kind, digest, body in rows:
        entry = json.loads(body)
        receipt = entry["receipt"]
        number = f"{receipt}-{digest[:4].hex().upper()}" if receipt else ""
        yield Booked(seq, kind, _amount(entry["payload"]), number)


def _amount(payload: dict[str, Any]) -> int:
    if payload["type"] == "sale":
        return sum(tender["amount"] for tender in payload["tenders"])
    return int(payload.get("principal", 0))
