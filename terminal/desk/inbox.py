"""What was heard and not yet answered. Only what somebody waits for gets in."""

from __future__ import annotations

import asyncio
from collections import deque

from terminal.core.codes import ArticleCode
from terminal.core.errors import BadScan
from terminal.desk.heard import Badge, Heard, Trouble

WAITING_MAX = 32
"""Scans that may run ahead of the screen."""


class Inbox:
    """One taker, bounded.

    A card, a touch or a scan that comes while nobody waits for its kind is gone: a late tap must never
    pay for the next customer. Goods and badges scanned in a hurry, and scans that failed, stay as long as
    they are still wanted.
    """

    def __init__(self, most: int = WAITING_MAX) -> None:
        self._most = most
        self._wanted: tuple[type[Heard], ...] = ()
        self._heard: deque[Heard] = deque()
        self._taker: asyncio.Future[None] | None = None

    def want(self, *kinds: type[Heard]) -> None:
        """From now on only these kinds; nothing at all with none."""
        self._wanted = kinds
        kept = [heard for heard in self._heard if isinstance(heard, ArticleCode | Badge | Trouble)]
        self._heard = deque(heard for heard in kept if isinstance(heard, kinds))

    def wants(self, kind: type[Heard]) -> bool:
        return kind in self._wanted

    def put(self, heard: Heard) -> bool:
        """False when nobody waits for it."""
        if not isinstance(heard, self._wanted):
            return False
        if len(self._heard) >= self._most:
            # Whoever scans faster than that hears that something was not taken.
            self._heard[-1] = Trouble.of(BadScan(f"more than {self._most} waiting"))
            return False
        self._heard.append(heard)
        self._wake()
        return True

    def put_first(self, heard: Heard) -> None:
        """What opened a flow is the first thing that its own question hears."""
        self._heard.appendleft(heard)
        self._wake()

    async def take(self) -> Heard:
        """The oldest. One at a time may wait here."""
        while not self._heard:
            if self._taker is not None:
                raise RuntimeError("two wait for one inbox")
            self._taker = asyncio.get_running_loop().create_future()
            try:
                await self._taker
            finally:
                self._taker = None
        return self._heard.popleft()

    def _wake(self) -> None:
        if self._taker is not None and not self._taker.done():
            self._taker.set_result(None)
