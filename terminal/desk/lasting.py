"""The `Lasting` port: what members bought of what has a cycle, and their last visits, read from the journal.

That is done behind sales. It lies in memory, so much of it and no more, and is read anew with each start,
with another state of the catalogue, and where another journal took the ledger's place. Until it is read so
far, less is told; nobody at the counter waits for it.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import NoReturn, Protocol

from terminal.core.calls import Cycles, Purchases, UsedUp, called, cycles_of, lasting
from terminal.core.canonical import decoded
from terminal.core.cart import Article
from terminal.core.catalogue import Articles
from terminal.core.entry import GENESIS, Entry, Link
from terminal.core.errors import TerminalFault
from terminal.core.habits import Habits, Visits
from terminal.core.values import WalletId

log = logging.getLogger(__name__)

LOOKED_BACK = 5_000
"""Entries that are read where nothing has a cycle: for the last visits alone."""
PAUSE_S = 2.0
"""Between two reads: what is sold meanwhile is read at once."""
_AT_ONCE = 200


class Journal(Protocol):
    """What of the ledger is read: see `core.ports.Outbox`."""

    async def head(self) -> tuple[int, bytes]: ...

    async def after(self, seq: int, limit: int) -> Sequence[Link]: ...

    async def hash_at(self, seq: int) -> bytes: ...


class LastingGoods:
    """Call `run` under supervision, `look` after each entry; one reads at a time."""

    def __init__(
        self,
        journal: Journal,
        articles: Callable[[], Articles],
        categories: Mapping[str, int] | None = None,
        keyed: str = "",
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        """`articles`: by which the counter sells now; `categories`, `keyed`: see `Cycles` and `Visits`."""
        self._journal = journal
        self._articles = articles
        self._categories = categories or {}
        self._keyed = keyed
        self._sleep = sleep
        self._news = asyncio.Event()
        self._news.set()
        self._read_by: Articles | None = None
        self._known: Mapping[str, Article] = {}
        self._cycles = Cycles({})
        self._begin()

    def _begin(self, seq: int = 0, hash_there: bytes = GENESIS) -> None:
        self._purchases = Purchases(self._cycles)
        self._visits = Visits(self._keyed)
        self._seq, self._hash = seq, hash_there

    def of(self, wallet: WalletId, /) -> Sequence[UsedUp]:
        return [
            UsedUp(name=called(one.what, self._known), day=one.due(self._cycles.days(one.what)))
            for one in self._purchases.of(wallet)
        ]

    def habits(self, wallet: WalletId, /) -> Habits:
        return self._visits.of(wallet)

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
            await self._sleep(PAUSE_S)

    async def catch_up(self) -> None:
        """Reads all that is booked by now. Raises TerminalFault."""
        if (articles := self._articles()) is not self._read_by:
            self._known = await asyncio.to_thread(lasting, articles)
            self._cycles, self._read_by = cycles_of(self._known, self._categories), articles
            await self._anew()
        elif not await self._is_there():
            await self._anew()
        while links := await self._journal.after(self._seq, _AT_ONCE):
            # Added here and not on the thread: the counter may be looking just now.
            for entry in await asyncio.to_thread(_entries, links):
                self._purchases.add(entry)
                self._visits.add(entry)
            self._seq, self._hash = links[-1].seq, links[-1].hash

    async def _anew(self) -> None:
        """From the beginning where anything has a cycle: nobody knows how long ago it was bought last."""
        self._begin()
        head, _ = await self._journal.head()
        if not self._cycles and head > LOOKED_BACK:
            seq = head - LOOKED_BACK
            self._begin(seq, await self._journal.hash_at(seq))

    async def _is_there(self) -> bool:
        """Whether it is still the journal that was read."""
        try:
            return await self._journal.hash_at(self._seq) == self._hash
        except LookupError:
            return False


def _entries(links: Sequence[Link]) -> list[Entry]:
    return [decoded(link.body) for link in links]
