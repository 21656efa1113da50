"""Connections of those whom nobody knows: how many there may be, and how long one may stay without asking.

At headquarters only enrolling and the pages are for who brings no certificate, at a shop the page to join.
Who opens a connection and sends nothing, or a header byte by byte, keeps no place: what waits is closed after
some seconds, and the one that has waited longest makes room for the next.
"""

from __future__ import annotations

import asyncio
import logging
import math
import ssl
from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager
from typing import cast

from aiohttp import web
from aiohttp.http_exceptions import HttpProcessingError
from aiohttp.typedefs import Handler, Middleware

from terminal.runtime.knocks import Knocks

log = logging.getLogger(__name__)

STRANGERS_MAX = 512
"""Connections without a certificate, at once."""
STRANGER_S = 10.0
"""So long one of them may be without a whole header, also between two requests."""
KNOWN_S = 90.0
"""The same for a machine of ours: longer than it is kept alive between two heartbeats."""
HANDSHAKE_S = 10.0
SPELLING_SAID_S = 60.0
"""Between two lines about what is no request."""
BACKLOG = 1_024
"""Connections that the kernel holds for us while we are busy."""


class _Spelling(logging.Filter):
    """What a stranger spells wrongly is answered, and is no fault of ours: they could write a log full."""

    def __init__(self) -> None:
        super().__init__()
        self._unsaid = 0
        self._said_at_s = -math.inf

    def filter(self, record: logging.LogRecord) -> bool:
        if not record.exc_info or not isinstance(record.exc_info[1], HttpProcessingError):
            return True
        self._unsaid += 1
        if record.created - self._said_at_s >= SPELLING_SAID_S:
            log.info("what came was no request: times=%d", self._unsaid)
            self._unsaid, self._said_at_s = 0, record.created
        return False


def faults_of_server() -> logging.Logger:
    """For aiohttp's runner, one each: faults of ours are told, what is no request is counted."""
    faults = logging.Logger("aiohttp.server")  # noqa: LOG001  a shared one would count for all runs together
    faults.parent = logging.getLogger("aiohttp")
    faults.addFilter(_Spelling())
    return faults


class Connections:
    """Of one server."""

    def __init__(
        self,
        *,
        strangers: int = STRANGERS_MAX,
        stranger_s: float = STRANGER_S,
        known_s: float = KNOWN_S,
        nonsense: Knocks | None = None,
    ) -> None:
        """`strangers`: connections without a certificate, at once; seconds without a whole header.

        `nonsense`: how many of them may come from one address and ask for nothing; None: as many as come.
        """
        self._nonsense = nonsense
        self._inner: Callable[[], asyncio.Protocol]
        self._strangers_max = strangers
        self._stranger_s = stranger_s
        self._known_s = known_s
        self._open: dict[asyncio.BaseTransport, Watched] = {}
        self._strangers: dict[Watched, None] = {}
        """Those that have asked for nothing yet or have been answered, the longest first."""

    async def listen(
        self, runner: web.AppRunner, host: str, port: int, tls: ssl.SSLContext
    ) -> asyncio.Server:
        """Until it is closed. `runner` was set up. Raises OSError."""
        assert runner.server is not None  # noqa: S101
        self._inner = runner.server
        return await asyncio.get_running_loop().create_server(
            lambda: Watched(self, self._inner()),
            host,
            port,
            ssl=tls,
            ssl_handshake_timeout=HANDSHAKE_S,
            backlog=BACKLOG,
            reuse_address=True,
        )

    @asynccontextmanager
    async def asking(self, transport: asyncio.BaseTransport | None) -> AsyncGenerator[None, None]:
        """While a request whose header came in whole is answered on that connection."""
        watched = self._open.get(transport) if transport is not None else None
        if watched is None:
            yield
            return
        watched.asked = True
        self._busy(watched)
        try:
            yield
        finally:
            if watched.transport in self._open:
                self._wait(watched)

    def drop(self, unwanted: Callable[[asyncio.BaseTransport], bool]) -> None:
        """Ends those at once, whatever they are doing."""
        for watched in [one for transport, one in self._open.items() if unwanted(transport)]:
            self._close(watched)

    def opened(self, watched: Watched) -> bool:
        """False: there is no room for another that nobody knows, or too much nonsense came from there."""
        if not watched.known and self._nonsense is not None and self._nonsense.spent(watched.address):
            return False
        if not watched.known and sum(not one.known for one in self._open.values()) >= self._strangers_max:
            longest = next(iter(self._strangers), None)
            if longest is None:
                return False
            self._close(longest)
        self._open[watched.transport] = watched
        self._wait(watched)
        return True

    def closed(self, watched: Watched) -> None:
        self._busy(watched)
        there = self._open.pop(watched.transport, None) is not None
        if there and self._nonsense is not None and not (watched.known or watched.asked):
            self._nonsense.allowed(watched.address)

    def _wait(self, watched: Watched) -> None:
        self._busy(watched)
        if not watched.known:
            self._strangers[watched] = None
        seconds = self._known_s if watched.known else self._stranger_s
        watched.timer = asyncio.get_running_loop().call_later(seconds, self._close, watched)

    def _busy(self, watched: Watched) -> None:
        self._strangers.pop(watched, None)
        if watched.timer is not None:
            watched.timer.cancel()
            watched.timer = None

    def _close(self, watched: Watched) -> None:
        self.closed(watched)
        watched.transport.abort()


class Watched(asyncio.Protocol):
    """Passes everything on to what speaks HTTP."""

    transport: asyncio.Transport

    def __init__(self, connections: Connections, inner: asyncio.Protocol) -> None:
        self._connections = connections
        self._inner = inner
        self._let_in = False
        self.address = ""
        """As requests have it. Once it is closed TLS does not say it any more."""
        self.asked = False
        """A request came whole."""
        self.known = False
        """TLS has found a certificate of our authority; whether it still counts is asked for each request."""
        self.timer: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = cast("asyncio.Transport", transport)
        self.known = bool(transport.get_extra_info("peercert"))
        peer = transport.get_extra_info("peername")
        self.address = str(peer[0]) if isinstance(peer, tuple) else ""
        self._let_in = self._connections.opened(self)
        if self._let_in:
            self._inner.connection_made(transport)
        else:
            self.transport.abort()

    def data_received(self, data: bytes) -> None:
        if self._let_in:
            self._inner.data_received(data)

    def eof_received(self) -> bool | None:
        return self._inner.eof_received() if self._let_in else None

    def connection_lost(self, exc: Exception | None) -> None:
        if self._let_in:
            self._connections.closed(self)
            self._inner.connection_lost(exc)

    def pause_writing(self) -> None:
        self._inner.pause_writing()

    def resume_writing(self) -> None:
        self._inner.resume_writing()


def watched(connections: Connections) -> Middleware:
    """In front of all that answers."""

    @web.middleware
    async def watch(request: web.Request, handler: Handler) -> web.StreamResponse:
        async with connections.asking(request.transport):
            return await handler(request)

    return watch
