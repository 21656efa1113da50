"""What was heard and not yet answered. Only what somebody waits for gets in."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable

from terminal.core.codes import ArticleCode, CouponCode, JoinCode
from terminal.core.errors import BadScan
from terminal.desk.heard import Badge, Card, Heard, Pays, Touched, Trouble, Voucher

WAITING_MAX = 32
"""Scans that may run ahead of the screen."""
_NS_PER_MS = 1_000_000


class Inbox:
    """One taker, bounded.

    A card, a touch or a scan that comes while nobody waits for its kind is gone: a late tap must never
    pay for the next customer. Goods and badges scanned in a hurry, and scans that failed, stay as long as
    they are still wanted.

    Args:
        now_ms: monotonic.
        most: that may wait.
    """

    def __init__(self, now_ms: Callable[[], int] = lambda: 0, most: int = WAITING_MAX) -> None:
        self._now_ms = now_ms
        self._most = most
        self._since_ms = 0
        self._wanted: tuple[type[Heard], ...] = ()
        self._heard: deque[Heard] = deque()
        self._taker: asyncio.Future[None] | None = None
        self.presented = False
        """What was taken last came from a device, and can be used."""

    def want(self, *kinds: type[Heard]) -> None:
        """From now on only these kinds; nothing at all with none."""
        self._wanted = kinds
        self._since_ms = self._now_ms()
        kept = [
            heard for heard in self._heard if isinstance(heard, ArticleCode | CouponCode | Badge | Trouble)
        ]
        self._heard = deque(heard for heard in kept if isinstance(heard, kinds))

    @property
    def wanted(self) -> tuple[type[Heard], ...]:
        return self._wanted

    @property
    def waits(self) -> bool:
        """Whether something was heard that nobody took yet."""
        return bool(self._heard)

    def wants(self, kind: type[Heard]) -> bool:
        return kind in self._wanted

    def asked_before(self, seen_ns: int) -> bool:
        """Whether what is wanted now was wanted when a reader saw a card; 0 where it does not say when.

        Talking to a chip takes a while, and meanwhile the next customer's question may have come.
        """
        return not seen_ns or seen_ns >= self._since_ms * _NS_PER_MS

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
        self.presented = False
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
        heard = self._heard.popleft()
        by_code = isinstance(heard, Touched) and heard.scanned
        self.presented = by_code or isinstance(heard, Card | Badge | ArticleCode | JoinCode | Pays | Voucher)
        return heard

    def _wake(self) -> None:
        if self._taker is not None and not self._taker.done():
            self._taker.set_result(None)
