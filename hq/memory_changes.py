"""What every part of a turn in memory has: its books, and a note for the data sets."""

from __future__ import annotations

from collections.abc import Collection

from hq.memory_books import Books
from terminal.core.values import SiteId
from terminal.core.wire.sets import SetName


class MemoryChanges:
    def __init__(self, books: Books, merchant: str, site: SiteId) -> None:
        self._books = books
        self.merchant = merchant
        self.name = site

    async def note_changes(self, name: SetName, keys: Collection[str], site: SiteId) -> None:
        for key in keys:
            self._books.changed.put((name, key, site), None)
