"""The cable between the shop and headquarters, with a hand on it."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable

_CHUNK_BYTES = 65_536


class Road:
    """Forwards one TCP port to another while `open`; cut, it drops what is under way and refuses the rest."""

    def __init__(self, host: str, port: int) -> None:
        self._there = host, port
        self._server: asyncio.Server | None = None
        self._under_way: set[asyncio.StreamWriter] = set()
        self.open = True
        self.port = 0
        self.asked = 0
        """Portions that came from the shop: a question is one, or a few."""

    async def start(self) -> int:
        self._server = await asyncio.start_server(self._carry, "127.0.0.1", 0)
        self.port = int(self._server.sockets[0].getsockname()[1])
        return self.port

    def lead_to(self, port: int) -> None:
        """From now on: what it led to came back elsewhere."""
        self._there = self._there[0], port

    def cut(self) -> None:
        self.open = False
        for writer in tuple(self._under_way):
            writer.transport.abort()

    def mend(self) -> None:
        self.open = True

    async def close(self) -> None:
        self.cut()
        if self._server is not None:
            self._server.close()
            await self._server.wait_closed()

    async def _carry(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if not self.open:
            writer.transport.abort()
            return
        self._under_way.add(writer)
        far_writer = None
        try:
            far_reader, far_writer = await asyncio.open_connection(*self._there)
            self._under_way.add(far_writer)
            await asyncio.gather(_pour(reader, far_writer, self._count), _pour(far_reader, writer))
        except OSError:
            writer.transport.abort()
        finally:
            for one in (writer, far_writer):
                if one is not None:
                    self._under_way.discard(one)
                    one.close()

    def _count(self) -> None:
        self.asked += 1


async def _pour(
    source: asyncio.StreamReader, sink: asyncio.StreamWriter, told: Callable[[], None] | None = None
) -> None:
    with contextlib.suppress(OSError):
        while chunk := await source.read(_CHUNK_BYTES):
            if told is not None:
                told()
            sink.write(chunk)
            await sink.drain()
    with contextlib.suppress(OSError, RuntimeError):
        sink.write_eof()
