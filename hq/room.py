"""How much of what arrives at once is held in memory.

Thousands of terminals come back together when a line is repaired. What they send is read and answered in the
order in which they came, as much at once as there is room for; the others wait with their bytes on their side
of the network, and whoever would wait too long is told to come later.
"""

from __future__ import annotations

import asyncio
from asyncio import sslproto
from collections import deque
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

ROOM_BYTES = 16 << 20
"""Of bodies that are read or answered; what is made of them is three times as much."""
SMALL_BYTES = 16 << 10
"""Smaller ones need no room: an ASK does not queue behind the journals of others."""
WAIT_S = 8.0
"""Less than a terminal waits for its answer."""
RETRY_S = 5
READ_AHEAD_BYTES = 16 << 10
"""Of a body that nobody reads yet."""
_TLS_BUFFER_BYTES = 16 << 10


class Crowded(Exception):
    """There was no room in time; nothing was taken."""


class Room:
    def __init__(self, bytes_max: int = ROOM_BYTES, wait_s: float = WAIT_S) -> None:
        self._bytes_max = self._free = bytes_max
        self._wait_s = wait_s
        self._waiting: deque[tuple[int, asyncio.Future[None]]] = deque()

    @asynccontextmanager
    async def place(self, size: int) -> AsyncGenerator[None, None]:
        """For a body of so many bytes, until it is answered. Raises Crowded."""
        size = 0 if size <= SMALL_BYTES else min(size, self._bytes_max)
        if size:
            await self._entered(size)
        try:
            yield
        finally:
            self._free += size
            self._let_in()

    async def _entered(self, size: int) -> None:
        if not self._waiting and size <= self._free:
            self._free -= size
            return
        turn: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting.append((size, turn))
        try:
            async with asyncio.timeout(self._wait_s):
                await turn
        except BaseException as fault:
            if turn.done() and not turn.cancelled():  # It came in the same moment.
                self._free += size
            else:
                self._waiting.remove((size, turn))
            self._let_in()
            if isinstance(fault, TimeoutError):
                raise Crowded from fault
            raise

    def _let_in(self) -> None:
        while self._waiting and self._waiting[0][0] <= self._free:
            size, turn = self._waiting.popleft()
            self._free -= size
            turn.set_result(None)


def small_tls_buffers() -> None:
    """Else asyncio writes over 256 KiB for each TLS connection that is made: half a gigabyte for 2,000."""
    sslproto.SSLProtocol.max_size = _TLS_BUFFER_BYTES
