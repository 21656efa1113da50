"""Listening in the shop's network, where anybody may knock and nobody may keep others out for long.

How many connections there are, from one address and at all, is counted from the moment they are taken, also
while TLS is not agreed. How long one may wait is `runtime.connections`'.
"""

from __future__ import annotations

import asyncio
import socket
import ssl
from collections import Counter
from collections.abc import Callable
from typing import Final, NoReturn

from aiohttp import web

from terminal.runtime.connections import HANDSHAKE_S, Connections, Watched, faults_of_server
from terminal.runtime.knocks import Knocks

CONNECTIONS_MAX: Final = 128
"""At once: with these the process has open files to spare."""
FROM_ONE_MAX: Final = 12
"""From one address: a browser takes six."""
STRANGERS_MAX: Final = 64
"""Of those without a certificate; below all, so that who waits longest makes room."""
KNOWN_S: Final = 60.0
"""A device of ours may be so long at taking a large font."""

_BACKLOG: Final = 16
_SEND_BYTES: Final = 64 * 1024
_STOP_S: Final = 0.5
_KEPT_S: Final = 30.0


class Places:
    """How many connections there may be, from one address and at all."""

    def __init__(
        self, at_all: int = CONNECTIONS_MAX, from_one: int = FROM_ONE_MAX, *, knocks: Knocks | None = None
    ) -> None:
        """`knocks`: how often one address may connect; what it sends then may be no request to count."""
        self._at_all = at_all
        self._from_one = from_one
        self._knocks = knocks
        self._taken: Counter[str] = Counter()

    def take(self, address: str) -> bool:
        if self._taken.total() >= self._at_all or self._taken[address] >= self._from_one:
            return False
        if self._knocks is not None and not self._knocks.allowed(f"{address} connects"):
            return False
        self._taken[address] += 1
        return True

    def leave(self, address: str) -> None:
        self._taken[address] -= 1
        if not self._taken[address]:  # Addresses that came once are not kept.
            del self._taken[address]


class _Placed(Watched):
    """Gives its place back at its end."""

    def __init__(self, connections: Connections, inner: asyncio.Protocol, leave: Callable[[], None]) -> None:
        super().__init__(connections, inner)
        self.leave = leave
        self.begun = False

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.begun = True
        super().connection_made(transport)

    def connection_lost(self, exc: Exception | None) -> None:
        self.leave()
        super().connection_lost(exc)


def bound(address: str, port: int) -> socket.socket:
    """Listens. Raises OSError: the address is taken, or is not this machine's."""
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    listening = socket.create_server((address, port), family=family, backlog=_BACKLOG)
    listening.setblocking(False)  # noqa: FBT003  its own way of saying it
    # Accepted sockets inherit it: who stops reading is left with so much at most.
    listening.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, _SEND_BYTES)
    return listening


async def serve(
    listening: socket.socket,
    application: web.Application,
    connections: Connections,
    places: Places,
    tls: ssl.SSLContext | None = None,
) -> NoReturn:
    """Until cancelled. Raises OSError when no more connections can be taken."""
    runner = web.AppRunner(
        application,
        logger=faults_of_server(),
        access_log=None,
        shutdown_timeout=_STOP_S,
        keepalive_timeout=_KEPT_S,
        lingering_time=0.0,  # A body that nobody asked for is not waited for.
        auto_decompress=False,
    )
    await runner.setup()
    try:
        async with asyncio.TaskGroup() as group:
            while True:
                try:
                    came, (address, *_) = await asyncio.get_running_loop().sock_accept(listening)
                except ConnectionError:  # It went away before it was taken.
                    continue
                if not places.take(address):
                    came.close()
                    continue
                group.create_task(_begun(came, address, runner, connections, places, tls))
    finally:
        await runner.cleanup()


async def _begun(  # noqa: PLR0913, PLR0917  one connection and all that bounds it
    came: socket.socket,
    address: str,
    runner: web.AppRunner,
    connections: Connections,
    places: Places,
    tls: ssl.SSLContext | None,
) -> None:
    """Agrees on TLS where there is any; the place is given back when the connection ends, or never begins."""
    assert runner.server is not None  # noqa: S101
    placed = _Placed(connections, runner.server(), lambda: places.leave(address))
    begins = asyncio.get_running_loop().connect_accepted_socket(
        lambda: placed, came, ssl=tls, ssl_handshake_timeout=HANDSHAKE_S if tls else None
    )
    try:
        await begins
    except OSError:  # Also what TLS refused: they do not know us, or we not them.
        if not placed.begun:
            places.leave(address)
