"""The `Lasting` port: what members bought of articles that have a cycle, read from the journal behind sales.

It lies in memory, and is read anew with each start, with another state of the catalogue, and where another
journal took the ledger's place. Until it is read so far, less is told; nobody at the counter waits for it.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Mapping, Sequence
from typing import NoReturn, Protocol

from terminal.core.calls import Purchases, UsedUp, cycles_of, lasting
from terminal.core.canonical import decoded
from terminal.core.cart import Article
from terminal.core.catalogue import Articles
from terminal.core.entry import GENESIS, Entry, Link
from terminal.core.errors import TerminalFault
from terminal.core.values import WalletId

log = logging.getLogger(__name__)

_AT_ONCE = 200


class Journal(Protocol):
    """What of the ledger is read: see `core.ports.Outbox`."""

    async def after(self, seq: int, limit: int) -> Sequence[Link]: ...

    async def hash_at(self, seq: int) -> bytes: ...


class LastingGoods:
    """Call `run` under supervision, `look` after each entry; one reads at a time."""

    def __init__(self, journal: Journal, articles: Callable[[], Articles]) -> None:
        """`articles`: by which the counter sells now."""
        self._journal = journal
        self._articles = articles
        self._news = asyncio.Event()
        self._news.set()
        self._read_by: Articles | None = None
        self._known: Mapping[str, Article] = {}
        self._cycles: Mapping[str, int] = {}
        self._begin()

    def _begin(self) -> None:
        self._purchases = Purchases(self._cycles)
        self._seq, self._hash = 0, GENESIS

    def of(self, wallet: WalletId, /) -> Sequence[UsedUp]:
        last = self._purchases.of(wallet)
        return [UsedUp(name=self._known[one.sku].name, day=one.due(self._cycles[one.sku])) for one in last]

    def look(self) -> None:
        """Something was booked."""
        self._news.set()

    async def run(self) -> NoReturn:
        while True:
            await self._news.wait()
            self._news.clear()
            try:
                await self.catch_up()
            except TerminalFault as fault:
                log.warning("what members have used up waits: %s", fault)

    async def catch_up(self) -> None:
        """Reads all that is booked by now. Raises TerminalFault."""
        if (articles := self._articles()) is not self._read_by:
            self._known = await asyncio.to_thread(lasting, articles)
            self._cycles, self._read_by = cycles_of(self._known), articles
            self._begin()
        if not self._cycles:
            return
        if not await self._is_there():
            self._begin()
        while links := await self._journal.after(self._seq, _AT_ONCE):
            # Added here and not on the thread: the counter may be looking just now.
            for entry in await asyncio.to_thread(_entries, links):
                self._purchases.add(entry)
            self._seq, self._hash = links[-1].seq, links[-1].hash

    async def _is_there(self) -> bool:
        """Whether it is still the journal that was read."""
        try:
            return await self._journal.hash_at(self._seq) == self._hash
        except LookupError:
            return False


def _entries(links: Sequence[Link]) -> list[Entry]:
    return [decoded(link.body) for link in links]
