"""Carries one question to headquarters and brings its answer, or says that there was none."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Protocol

from terminal.core.values import Value
from terminal.core.wire.forms import ANSWER_BYTES_MAX
from terminal.core.wire.link import LinkTrouble

if TYPE_CHECKING:
    from aiohttp import ClientSession, StreamReader


class Unreachable(Exception):
    """No usable answer. Whether headquarters took the question is unknown."""

    def __init__(self, why: str, trouble: LinkTrouble = LinkTrouble.UNREACHED) -> None:
        super().__init__(why)
        self.trouble = trouble


class Reply(Value, frozen=True, kw_only=True):
    status: int
    body: bytes


class Courier(Protocol):
    async def ask(self, path: str, body: bytes) -> Reply:
        """POST it; raises Unreachable."""
        ...

    async def close(self) -> None: ...


class HttpCourier:
    """One kept connection. aiohttp is imported with the first question: readers come up before it."""

    def __init__(self, url: str, *, deadline_s: float) -> None:
        self._url = url.rstrip("/")
        self._deadline_s = deadline_s
        self._session: ClientSession | None = None

    async def ask(self, path: str, body: bytes) -> Reply:
        import aiohttp  # noqa: PLC0415  0.1 s of processor time that a shop without headquarters never spends

        if self._session is None:
            self._session = aiohttp.ClientSession(
                connector=aiohttp.TCPConnector(limit=1),
                timeout=aiohttp.ClientTimeout(total=None),
                cookie_jar=aiohttp.DummyCookieJar(),
                headers={"Content-Type": "application/json"},
            )
        try:
            async with (
                asyncio.timeout(self._deadline_s),
                # A redirect would hand the journal to whoever sent it.
                self._session.post(self._url + path, data=body, allow_redirects=False) as answer,
            ):
                return Reply(status=answer.status, body=await _bounded(answer.content))
        except TimeoutError as fault:
            raise Unreachable(f"no answer within {self._deadline_s:g} s") from fault
        except (aiohttp.ClientError, OSError, ValueError) as fault:
            raise Unreachable(_said(fault)) from fault

    async def close(self) -> None:
        if self._session is not None:
            await self._session.close()
            self._session = None


async def _bounded(content: StreamReader) -> bytes:
    """Headquarters' answers are short; whatever floods us is not headquarters."""
    read = bytearray()
    while chunk := await content.read(ANSWER_BYTES_MAX):
        read += chunk
        if len(read) > ANSWER_BYTES_MAX:
            raise Unreachable(f"the answer is longer than {ANSWER_BYTES_MAX} bytes", LinkTrouble.UNREADABLE)
    return bytes(read)


def _said(fault: Exception) -> str:
    return f"{type(fault).__name__}: {fault}"[:200]
