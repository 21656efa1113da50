"""Kept connections to one server, and questions on them: POST of HTTP/1.1, one at a time on each.

A general client costs three times as much processor for each question as all else that sending a batch takes
(docs/performance.md), and follows, decodes and remembers things that must not happen here.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Mapping
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from terminal.uplink.answers import AnswerDecoder, Answered, NotAnAnswer

if TYPE_CHECKING:
    import ssl

_IDLE_S = 15.0
"""A connection that was silent for longer is not trusted: what lies between may have forgotten it."""
_IDLE_MAX = 4
_EYEBALLS_S = 0.25
"""Before the next address of a name is tried as well (RFC 8305)."""


class Lines:
    def __init__(self, url: str, tls: ssl.SSLContext | None) -> None:
        """`url`: `https://HOST[:PORT]`; without `tls` plain HTTP."""
        where = urlsplit(url)
        self._host = where.hostname or ""
        self._port = where.port or (443 if tls else 80)
        self._tls = tls
        self._path = where.path.rstrip("/")
        self._head = f"Host: {where.netloc}\r\nContent-Type: application/json\r\n"
        self._idle: deque[_Line] = deque()

    async def post(self, path: str, body: bytes, headers: Mapping[str, str], *, bytes_max: int) -> Answered:
        """Cancelling it closes its connection. Nothing is sent twice.

        Raises:
            NotAnAnswer: what came is none, or too long.
            OSError, EOFError: no way there, or it broke off.
        """
        line = self._kept() or await self._opened()
        try:
            answer = await line.asked(self._question(path, body, headers), body, bytes_max)
        except BaseException:
            line.close()
            raise
        if answer.keeps and len(self._idle) < _IDLE_MAX:
            self._idle.append(line)
        else:
            line.close()
        return answer

    def _question(self, path: str, body: bytes, headers: Mapping[str, str]) -> bytes:
        more = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
        head = f"POST {self._path}{path} HTTP/1.1\r\n{self._head}{more}Content-Length: {len(body)}\r\n\r\n"
        return head.encode("latin-1")

    def _kept(self) -> _Line | None:
        """The one that was used last; the others time out."""
        now_s = asyncio.get_running_loop().time()
        while self._idle and not self._idle[0].serves(now_s):
            self._idle.popleft().close()
        while self._idle:
            line = self._idle.pop()
            if line.serves(now_s):
                return line
            line.close()
        return None

    async def _opened(self) -> _Line:
        _, line = await asyncio.get_running_loop().create_connection(
            _Line, self._host, self._port, ssl=self._tls, happy_eyeballs_delay=_EYEBALLS_S
        )
        return line

    def close(self) -> None:
        while self._idle:
            self._idle.pop().close()


class _Line(asyncio.Protocol):
    """One connection."""

    def __init__(self) -> None:
        self._transport: asyncio.Transport | None = None
        self._decoder: AnswerDecoder | None = None
        self._answer: asyncio.Future[Answered] | None = None
        self._used_s = 0.0
        self._over = False

    def serves(self, now_s: float) -> bool:
        return not self._over and now_s - self._used_s <= _IDLE_S

    async def asked(self, head: bytes, body: bytes, bytes_max: int) -> Answered:
        assert self._transport is not None  # noqa: S101  connected
        if self._over:
            raise EOFError("the connection was closed")
        loop = asyncio.get_running_loop()
        self._decoder = AnswerDecoder(bytes_max)
        self._answer = loop.create_future()
        self._transport.writelines((head, body))
        try:
            return await self._answer
        finally:
            self._answer = self._decoder = None
            self._used_s = loop.time()

    def close(self) -> None:
        self._over = True
        if self._transport is not None:
            self._transport.abort()  # Nothing of ours waits to be sent: an answer was read, or given up.

    # asyncio.Protocol

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)  # noqa: S101  as asyncio promises for streams
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        if self._decoder is None or self._answer is None or self._answer.done():
            self.close()  # Nobody asked.
            return
        try:
            answer = self._decoder.feed(data)
        except NotAnAnswer as fault:
            self._answer.set_exception(fault)
            return
        if answer is not None:
            self._answer.set_result(answer)

    def eof_received(self) -> None:
        self._lost(EOFError("the connection was closed before the answer was whole"))

    def connection_lost(self, exc: Exception | None) -> None:
        self._lost(exc or EOFError("the connection was closed before the answer was whole"))

    def _lost(self, why: Exception) -> None:
        self._over = True
        if self._answer is not None and not self._answer.done():
            self._answer.set_exception(why)
