"""Connections of those whom nobody knows: how long they may stay, and how many there may be."""

from __future__ import annotations

import asyncio
import logging
import ssl
from collections.abc import AsyncGenerator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from terminal.runtime.connections import Connections
from terminal.uplink.lines import Lines
from tests.hq.guest import knocked, named
from tests.hq.standing import Stood, standing
from tests.hq.test_crowd import SMALL, sent

HELLO = "/v1/hello"


@asynccontextmanager
async def stood(folder: Path, **bounds: float) -> AsyncGenerator[Stood, None]:
    """Ends what hangs."""
    connections = Connections(**bounds)  # type: ignore[arg-type]  numbers, each of its own kind
    async with asyncio.timeout(60), standing(folder, connections=connections) as there:
        yield there


class Stranger:
    """Knows the authority, brings no certificate."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reader, self.writer = reader, writer

    async def says(self, *lines: str) -> None:
        self.writer.write("".join(f"{line}\r\n" for line in lines).encode())
        await self.writer.drain()

    async def answered(self) -> str:
        """The status line; the rest is read over."""
        head = (await self.reader.readuntil(b"\r\n\r\n")).decode()
        length = next(int(line[16:]) for line in head.split("\r\n") if line.startswith("Content-Length: "))
        await self.reader.readexactly(length)
        return head.split("\r\n")[0]

    async def ended(self) -> bool:
        """Waits until headquarters closes it."""
        try:
            return await self.reader.read() == b""
        except ConnectionError:
            return True

    def close(self) -> None:
        self.writer.transport.abort()


async def came(there: Stood) -> Stranger:
    context = ssl.create_default_context(cadata=there.keys.authority.pem)
    port = int(there.url.rpartition(":")[2])
    return Stranger(*await asyncio.open_connection("127.0.0.1", port, ssl=context))


WAITING: Sequence[tuple[str, ...]] = (
    (),
    ("POST /v1/enrol HTTP/1.1",),
    ("POST /v1/enrol HTTP/1.1", "Host: x", "X-Slow: 1"),
)


@pytest.mark.parametrize("lines", WAITING, ids=["nothing", "one line", "a header without end"])
async def test_whoever_sends_no_whole_header_is_closed(tmp_path: Path, lines: tuple[str, ...]) -> None:
    async with stood(tmp_path, stranger_s=1) as there:
        slow = await came(there)
        await slow.says(*lines)
        assert await slow.ended()


async def test_a_header_byte_by_byte_gains_no_time(tmp_path: Path) -> None:
    async with stood(tmp_path, stranger_s=1) as there:
        slow = await came(there)
        await slow.says("POST /v1/enrol HTTP/1.1")
        ended = asyncio.ensure_future(slow.ended())
        while not ended.done():
            slow.writer.write(b"X: y\r\n")
            await asyncio.wait({ended}, timeout=0.05)
        assert ended.result()


async def test_after_an_answer_the_next_header_has_its_own_time(tmp_path: Path) -> None:
    async with stood(tmp_path, stranger_s=2) as there:
        one = await came(there)
        for _ in range(3):
            await one.says("GET /nothing HTTP/1.1", "Host: x", "")
            assert await one.answered() == "HTTP/1.1 404 Not Found"
        assert await one.ended()


async def test_the_one_that_waited_longest_makes_room_for_the_next(tmp_path: Path) -> None:
    async with stood(tmp_path, strangers=3) as there:
        crowd = [await came(there) for _ in range(3)]
        await crowd[0].says("GET /nothing HTTP/1.1", "Host: x", "")  # It asks, and begins to wait anew.
        assert await crowd[0].answered() == "HTTP/1.1 404 Not Found"
        next_one = await came(there)
        assert await crowd[1].ended()
        for one in (crowd[0], crowd[2], next_one):
            await one.says("GET /nothing HTTP/1.1", "Host: x", "")
            assert await one.answered() == "HTTP/1.1 404 Not Found"
            one.close()


async def test_strangers_are_never_in_the_way_of_machines(tmp_path: Path) -> None:
    async with stood(tmp_path, strangers=2, stranger_s=2) as there:
        guest = await knocked(there.door, named("m"))
        lines = Lines(there.url, guest.tls())
        assert (await sent(lines, guest, HELLO, SMALL)).status == 200
        crowd = [await came(there) for _ in range(6)]
        assert (await sent(lines, guest, HELLO, SMALL)).status == 200
        assert [await one.ended() for one in crowd] == [True] * 6
        assert (await sent(lines, guest, HELLO, SMALL)).status == 200
        lines.close()


ENROL = ("POST /v1/enrol HTTP/1.1", "Host: x")


@pytest.mark.parametrize(
    "lines",
    [
        (*ENROL, "Content-Encoding: gzip", "Content-Length: 2", "", "{}"),
        (*ENROL, "Content-Encoding: deflate", "Content-Length: 2", "", "{}"),
        (*ENROL, "Content-Encoding: nonsense", "Content-Length: 2", "", "{}"),
        (*ENROL, "Content-Length: -1", ""),
        (*ENROL, "Content-Length: 1_0", ""),
        (*ENROL, "Content-Length: many", ""),
        (*ENROL, "Content-Length: 99999999999999999999999", ""),
        (*ENROL, "Transfer-Encoding: chunked", "", "zz", ""),
    ],
)
async def test_a_head_that_lies_about_its_body_is_a_refusal_and_no_defect(
    tmp_path: Path, lines: tuple[str, ...]
) -> None:
    async with stood(tmp_path, stranger_s=30) as there:
        one = await came(there)
        await one.says(*lines)
        status = (await one.reader.readline()).decode().split()[1]
        assert status in {"400", "413"}
        one.close()


async def test_what_is_no_request_writes_no_error_line(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    async with stood(tmp_path) as there:
        for _ in range(3):
            stranger = await came(there)
            await stranger.says("GET / HTTP/1.1", "X\x00: 1", "")
            assert (await stranger.reader.readline()).startswith(b"HTTP/1.0 400")
            stranger.close()
    said = [one for one in caplog.records if one.name.startswith(("aiohttp", "terminal.runtime"))]
    assert [one.getMessage() for one in said] == ["what came was no request: times=1"]
