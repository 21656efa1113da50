"""A TCP proxy that does to each request what a bad network, or a bad server, would."""

from __future__ import annotations

import asyncio
import ssl
from collections import deque
from collections.abc import AsyncGenerator, Iterable
from contextlib import asynccontextmanager

from hq.tls import Server
from terminal.runtime.clock import SystemClock
from tests.hq.guest import Guest, keys_of
from tests.hq.process import Headquarters

FAULTS = (
    "cut before",
    "cut in the middle",
    "cut after",
    "answer dropped",
    "answer cut",
    "answer late",
    "answered 500",
    "answered 500 after",
    "answered garbage",
    "answered garbage after",
    "sent twice",
)

_OOPS = b"HTTP/1.1 500 Oops\r\nContent-Length: 4\r\n\r\noops"
_GARBAGE = b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n\xff\x00{]\x1b"


class Proxy:
    """Each request meets the next fault of the list; beyond its end all goes well."""

    def __init__(self, hq: Headquarters, guest: Guest, faults: Iterable[str] = ()) -> None:
        """Only with headquarters' own authority can it stand between, so it has that, and the guest's key."""
        self.port = 0
        self._server, self._client_side = _headquarters_tls(hq), guest.tls()
        self.requests = 0
        self.met: list[str] = []
        self._upstream = hq.port
        self._faults = deque(faults)

    @asynccontextmanager
    async def listening(self) -> AsyncGenerator[Proxy, None]:
        async with await asyncio.start_server(
            self._client, "127.0.0.1", 0, limit=1 << 24, ssl=self._server
        ) as server:
            self.port = server.sockets[0].getsockname()[1]
            yield self

    async def _client(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while (fault := self._next()) != "cut before":
                request = await _message(reader)
                if not await self._one(fault, request, reader, writer):
                    break
        except (OSError, asyncio.IncompleteReadError):
            pass
        finally:
            writer.transport.abort()

    def _next(self) -> str:
        fault = self._faults.popleft() if self._faults else ""
        self.met.append(fault)
        return fault

    async def _one(
        self, fault: str, request: bytes, client: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> bool:
        """Whether the client's connection goes on."""
        self.requests += 1
        if fault in {"answered 500", "answered garbage"}:
            writer.write(_OOPS if fault == "answered 500" else _GARBAGE)
            return True
        if fault == "cut in the middle":
            await self._forward(request[: len(request) // 2], listen=False)
            return False
        if fault == "cut after":
            await self._forward(request, listen=False)
            return False
        answer = await self._forward(request)
        if fault == "sent twice":
            await self._forward(request)
        if fault == "answer late":
            await client.read(1)  # Until the client gives up.
        if fault in {"answer dropped", "answer late"}:
            return False
        if fault == "answer cut":
            writer.write(answer[: len(answer) - 5])
            await writer.drain()
            writer.write_eof()
            return False
        writer.write({"answered 500 after": _OOPS, "answered garbage after": _GARBAGE}.get(fault, answer))
        await writer.drain()
        return True

    async def _forward(self, request: bytes, *, listen: bool = True) -> bytes:
        reader, writer = await asyncio.open_connection(
            "127.0.0.1", self._upstream, limit=1 << 24, ssl=self._client_side
        )
        try:
            writer.write(request)
            await writer.drain()
            return await _message(reader) if listen else b""
        finally:
            writer.close()


def _headquarters_tls(hq: Headquarters) -> ssl.SSLContext:
    return Server(keys_of(hq.data).authority, ["127.0.0.1"], SystemClock(), lambda: 7).context


async def _message(reader: asyncio.StreamReader) -> bytes:
    """One whole HTTP/1.1 message with a Content-Length."""
    head = await reader.readuntil(b"\r\n\r\n")
    length = next(
        (
            int(line.split(b":")[1])
            for line in head.split(b"\r\n")
            if line.lower().startswith(b"content-length:")
        ),
        0,
    )
    return head + await reader.readexactly(length)
