"""Which epoch each entry must be of: it only rises, and only where one began."""

from __future__ import annotations

import sqlite3
from bisect import bisect_left
from collections.abc import Iterator
from itertools import pairwise

from terminal.store.queries import queries


class Epochs:
    """As the file says they began."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        rows = connection.execute(queries()["epochs"]).fetchall()
        self._epochs = [epoch for epoch, _ in rows]
        self._afters = [after for _, after in rows]

    @property
    def last(self) -> int:
        """0: none began."""
        return self._epochs[-1] if self._epochs else 0

    @property
    def several(self) -> bool:
        """In one alone nothing goes back; the last few entries, which are read whole, show another."""
        return len(self._epochs) > 1

    def rise(self, head: int) -> bool:
        """Whether each began where the one before it had, or later, and none after what is to come."""
        return all(one <= other for one, other in pairwise([0, *self._afters, head]))

    def at(self, seq: int) -> int:
        """Of the entry with that number; 0 where none had begun."""
        place = bisect_left(self._afters, seq)
        return self._epochs[place - 1] if place else 0

    def spans(self, start: int, upto: int) -> Iterator[tuple[int, int, int]]:
        """From after which entry to which one, and the epoch of all of them."""
        ends = [*sorted({after for after in self._afters if start < after < upto}), upto]
        for end in ends:
            if start < end:
                yield start, end, self.at(end)
                start = end
