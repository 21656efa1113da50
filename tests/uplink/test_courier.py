"""HTTP as it is, against servers that are not headquarters."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

import pytest

from terminal.core.wire.forms import ANSWER_BYTES_MAX
from terminal.uplink.courier import HttpCourier, Unreachable


@asynccontextmanager
async def answering(data: bytes, *, then_hang: bool = False) -> AsyncGenerator[HttpCourier, None]:
    """A server that says `data` to whatever it is asked."""
    ended = asyncio.Event()

    async def client(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(data)
        if then_hang:
            await ended.wait()
        writer.close()

    async with await asyncio.start_server(client, "127.0.0.1", 0) as server:
        port = server.sockets[0].getsockname()[1]
        courier = HttpCourier(f"http://127.0.0.1:{port}/", deadline_s=0.2 if then_hang else 20)
        try:
            yield courier
        finally:
            ended.set()
            await courier.close()


async def test_an_answer_is_brought_with_its_status() -> None:
    async with answering(b"HTTP/1.1 503 Away\r\nContent-Length: 2\r\n\r\n{}") as courier:
        reply = await courier.ask("/v1/hello", b"{}")
    assert (reply.status, reply.body) == (503, b"{}")


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"\x00\xff\x1b[2J",
        b"HTTP/1.1 200 OK\r\nContent-Length: 900\r\n\r\n{}",
        b"HTTP/1.1 200 OK\r\nContent-Length: minus one\r\n\r\n{}",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 4\r\n\r\nnope",
        b"HTTP/1.1 200 OK\r\n" + b"X: " + b"y" * 100_000 + b"\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % (ANSWER_BYTES_MAX + 1)
        + b" " * (ANSWER_BYTES_MAX + 1),
    ],
)
async def test_what_is_no_answer_is_no_answer(data: bytes) -> None:
    async with answering(data) as courier:
        with pytest.raises(Unreachable):
            await courier.ask("/v1/hello", b"{}")


async def test_an_answer_that_never_ends_is_cut_off_at_the_deadline() -> None:
    async with answering(b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n{", then_hang=True) as courier:
        with pytest.raises(Unreachable, match=r"no answer within 0\.2 s"):
            await courier.ask("/v1/hello", b"{}")


async def test_a_redirect_is_not_followed() -> None:
    moved = b"HTTP/1.1 307 Moved\r\nLocation: http://127.0.0.1:1/\r\nContent-Length: 0\r\n\r\n"
    async with answering(moved) as courier:
        assert (await courier.ask("/v1/push", b"{}")).status == 307


async def test_nobody_there_is_said_in_words() -> None:
    async with answering(b"") as courier:
        pass
    with pytest.raises(Unreachable, match="Connect"):
        await courier.ask("/v1/hello", b"{}")
    await courier.close()
