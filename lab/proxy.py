"""A TCP proxy that does to each request what a bad network, or a bad server, would."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import AsyncGenerator, Callable, Iterable
from contextlib import asynccontextmanager
from pathlib import Path

from hq.keys import keys_in
from terminal.runtime.clock import SystemClock
from terminal.runtime.tls import Server

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
    "sent again later",
    "delayed",
)

_DELAY_S = 0.05

_OOPS = b"HTTP/1.1 500 Oops\r\nContent-Length: 4\r\n\r\noops"
_GARBAGE = b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n\xff\x00{]\x1b"


class Proxy:
    """Each request meets the next fault of the list; beyond its end all goes well."""

    def __init__(
        self,
        server: ssl.SSLContext,
        client: Callable[[], ssl.SSLContext],
        upstream: int,
        faults: Iterable[str] = (),
    ) -> None:
        """`server`: as headquarters; `client`: as the terminal, as of now; `upstream`: headquarters' port."""
        self.port = 0
        self.requests = 0
        self.met: list[str] = []
        self._server, self._client_side = server, client
        self._upstream = upstream
        self._faults = iter(faults)
        self._clients: set[asyncio.Task[None]] = set()
        self._later = b""
        """A request that comes once more, after others."""

    @asynccontextmanager
    async def listening(self) -> AsyncGenerator[Proxy, None]:
        async with await asyncio.start_server(
            self._client, "127.0.0.1", 0, limit=1 << 24, ssl=self._server
        ) as server:
            self.port = server.sockets[0].getsockname()[1]
            try:
                yield self
            finally:
                for client in self._clients:
                    client.cancel()
                await asyncio.gather(*self._clients, return_exceptions=True)

    async def _client(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        mine = asyncio.current_task()
        assert mine is not None  # noqa: S101  a task for each connection
        self._clients.add(mine)
        try:
            while (fault := self._next()) != "cut before":
                request = await _message(reader)
                if not await self._one(fault, request, reader, writer):
                    break
        except (OSError, asyncio.IncompleteReadError):
            pass
        finally:
            self._clients.discard(mine)
            writer.transport.abort()

    def _next(self) -> str:
        fault = next(self._faults, "")
        self.met.append(fault)
        return fault

    async def _one(
        self, fault: str, request: bytes, client: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> bool:
        """Whether the client's connection goes on."""
        self.requests += 1
        if fault == "delayed":
            await asyncio.sleep(_DELAY_S)
        late, self._later = self._later, request if fault == "sent again later" else b""
        if late:
            await self._forward(late)
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
            return False
        writer.write({"answered 500 after": _OOPS, "answered garbage after": _GARBAGE}.get(fault, answer))
        await writer.drain()
        return True

    async def _forward(self, request: bytes, *, listen: bool = True) -> bytes:
        reader, writer = await asyncio.open_connection(
            "127.0.0.1", self._upstream, limit=1 << 24, ssl=self._client_side()
        )
        try:
            writer.write(request)
            await writer.drain()
            return await _message(reader) if listen else b""
        finally:
            writer.close()


def headquarters_tls(data: Path) -> ssl.SSLContext:
    """Only with headquarters' own authority can anybody stand between: that of its folder."""
    clock = SystemClock()
    authority = keys_in(data, serial=1, now_ms=clock.wall_ms()).authority
    return Server(authority, ["127.0.0.1"], clock, lambda: 7).context


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
