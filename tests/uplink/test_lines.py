"""Connections that are kept, and those that are not; over plain TCP, since TLS is the courier's."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

import pytest

from terminal.uplink.answers import NotAnAnswer
from terminal.uplink.lines import Lines

YES = b"HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nyes"


class Server:
    """Answers every question with the next of its answers; remembers what came on which connection."""

    def __init__(self, *answers: bytes, hangs_up: bool = False) -> None:
        self.answers = [*answers]
        self.hangs_up = hangs_up
        self.heard: list[list[bytes]] = []
        self.gone: list[asyncio.Event] = []
        self.asked = asyncio.Event()

    async def client(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        mine: list[bytes] = []
        gone = asyncio.Event()
        self.heard.append(mine)
        self.gone.append(gone)
        try:
            while True:
                mine.append(await reader.readuntil(b"\r\n\r\n") + await reader.readexactly(2))
                self.asked.set()
                writer.write(self.answers.pop(0))
                if self.hangs_up:
                    break
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        finally:
            writer.close()
            gone.set()


@asynccontextmanager
async def lines_to(server: Server) -> AsyncGenerator[Lines, None]:
    async with await asyncio.start_server(server.client, "127.0.0.1", 0) as listening:
        port = listening.sockets[0].getsockname()[1]
        lines = Lines(f"http://127.0.0.1:{port}/", None)
        try:
            yield lines
        finally:
            lines.close()


async def asked(lines: Lines) -> bytes:
    return (await lines.post("/v1/ask", b"{}", {"CT-Signature": "c2ln"}, bytes_max=10)).body


async def test_a_question_is_one_post_with_its_length_and_headers() -> None:
    server = Server(YES)
    async with lines_to(server) as lines:
        assert await asked(lines) == b"yes"
    head, _, body = server.heard[0][0].partition(b"\r\n\r\n")
    first, *headers = head.split(b"\r\n")
    assert (first, body) == (b"POST /v1/ask HTTP/1.1", b"{}")
    assert {b"Content-Length: 2", b"Content-Type: application/json", b"CT-Signature: c2ln"} < {*headers}
    assert any(header.startswith(b"Host: 127.0.0.1:") for header in headers)


async def test_the_next_question_goes_on_the_same_connection() -> None:
    server = Server(YES, YES, YES)
    async with lines_to(server) as lines:
        for _ in range(3):
            await asked(lines)
    assert [len(mine) for mine in server.heard] == [3]


async def test_two_questions_at_once_have_a_connection_each() -> None:
    server = Server(YES, YES)
    async with lines_to(server) as lines:
        await asyncio.gather(asked(lines), asked(lines))
    assert [len(mine) for mine in server.heard] == [1, 1]


async def test_a_connection_that_the_server_closed_is_not_used_again() -> None:
    server = Server(YES, YES, hangs_up=True)
    async with lines_to(server) as lines:
        await asked(lines)
        await server.gone[0].wait()
        while lines._idle[0].serves(0.0):  # noqa: ASYNC110  until the news has come here; a line has no event
            await asyncio.sleep(0)
        assert await asked(lines) == b"yes"
    assert [len(mine) for mine in server.heard] == [1, 1]


async def test_a_server_that_says_it_hangs_up_is_believed() -> None:
    server = Server(YES.replace(b"\r\n\r\n", b"\r\nConnection: close\r\n\r\n"), YES)
    async with lines_to(server) as lines:
        await asked(lines)
        await asked(lines)
    assert [len(mine) for mine in server.heard] == [1, 1]


async def test_what_is_no_answer_ends_its_connection() -> None:
    server = Server(b"nonsense\r\n\r\n", YES)
    async with lines_to(server) as lines:
        with pytest.raises(NotAnAnswer):
            await asked(lines)
        await server.gone[0].wait()
        assert await asked(lines) == b"yes"


async def test_a_question_that_is_given_up_takes_its_connection_along() -> None:
    """Its answer would be taken for the next one's."""
    server = Server(b"", YES)
    async with lines_to(server) as lines:
        asking = asyncio.ensure_future(asked(lines))
        await server.asked.wait()
        asking.cancel()
        with pytest.raises(asyncio.CancelledError):
            await asking
        await server.gone[0].wait()
        assert await asked(lines) == b"yes"


async def test_an_answer_that_is_cut_off_is_none() -> None:
    server = Server(YES[:-1], hangs_up=True)
    async with lines_to(server) as lines:
        with pytest.raises(EOFError):
            await asked(lines)
