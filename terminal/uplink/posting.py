"""One entry to the shop's own cloud over HTTPS, and what that answered. See docs/webhook.md."""

from __future__ import annotations

import asyncio
import re
import ssl
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

import msgspec
from msgspec import Struct

from terminal.core.receipts.legible import legible
from terminal.uplink.courier import Unreachable

if TYPE_CHECKING:
    from aiohttp import ClientResponse, ClientSession

_TAKEN = range(200, 300)
NO_ANSWER = 0
"""Stands for the status where there was none."""
_SAID_BYTES_MAX = 2_048
_TOLD_CHARS_MAX = 160
_TELLING = ("detail", "title", "message", "error")
"""Where an answer in JSON says why: RFC 9457, and what most others use."""
_TAG = re.compile(r"<[^<>]*>?")
_NUMBER = re.compile(r"\d{7,}")
"""Long enough to be somebody's card or phone."""


class Unanswered(Unreachable):
    """The request may have come there, and what came back was silence or a cut connection."""


class Answer(Struct, frozen=True):
    status: int
    """Or `NO_ANSWER`."""
    told: str = ""
    """What it says itself of why not: one line that anybody may see."""
    said: bytes = b""
    """How its answer begins, where it took it and was asked for more."""

    @property
    def taken(self) -> bool:
        return self.status in _TAKEN

    def __str__(self) -> str:
        if self.status == NO_ANSWER:
            return self.told
        return f"answered {self.status}: {self.told}" if self.told else f"answered {self.status}"


class Post(Protocol):
    async def __call__(self, body: bytes, headers: dict[str, str]) -> Answer:
        """Raises Unreachable, also as Unanswered."""
        ...

    async def close(self) -> None: ...


class HttpsPost:
    """One kept connection. aiohttp is imported with the first entry."""

    def __init__(
        self, url: str, *, deadline_s: float, ca_file: Path | None = None, hears: bool = False
    ) -> None:
        """`ca_file`: the authority that is believed instead of the system's.

        `hears`: what is said by whoever takes it is read, too.
        """
        self._hears = hears
        self._url = url
        self._deadline_s = deadline_s
        self._ca_file = ca_file
        self._session: ClientSession | None = None

    async def __call__(self, body: bytes, headers: dict[str, str]) -> Answer:
        import aiohttp  # noqa: PLC0415  0.1 s of processor time that a shop without a webhook never spends

        try:
            async with (
                asyncio.timeout(self._deadline_s),
                # A redirect would hand the journal to whoever sent it.
                self._opened().post(self._url, data=body, headers=headers, allow_redirects=False) as answer,
            ):
                if answer.status in _TAKEN:
                    return Answer(answer.status, said=await _beginning(answer) if self._hears else b"")
                return Answer(answer.status, told_of(await _beginning(answer)))
        except TimeoutError as fault:
            raise Unanswered(f"no answer within {self._deadline_s:g} s") from fault
        except (aiohttp.ClientError, OSError, ValueError) as fault:
            if _was_cut(fault):
                raise Unanswered(f"the connection was cut: {type(fault).__name__}") from fault
            raise Unreachable(f"{type(fault).__name__}: {fault}"[:200]) from fault

    def _opened(self) -> ClientSession:
        """Raises OSError: the authority's file cannot be read, or holds none."""
        import aiohttp  # noqa: PLC0415  loaded already

        if self._session is None:
            trusted = ssl.create_default_context(cafile=self._ca_file) if self._ca_file else True
            self._session = aiohttp.ClientSession(
                connector=aiohttp.TCPConnector(limit=1, ssl=trusted),
                timeout=aiohttp.ClientTimeout(total=None),
                cookie_jar=aiohttp.DummyCookieJar(),
            )
        return self._session

    async def close(self) -> None:
        if self._session is not None:
            await self._session.close()
            self._session = None


def _was_cut(fault: Exception) -> bool:
    """After there had been one."""
    import aiohttp  # noqa: PLC0415  loaded already

    if isinstance(fault, aiohttp.ClientConnectorError):
        return False
    cut = (aiohttp.ServerDisconnectedError, aiohttp.ClientOSError, aiohttp.ClientPayloadError)
    return isinstance(fault, (*cut, ConnectionError))


async def _beginning(answer: ClientResponse) -> bytes:
    """So much of the body as a reason may take; whatever comes after it is not waited for."""
    said = bytearray()
    while len(said) < _SAID_BYTES_MAX and (chunk := await answer.content.read(_SAID_BYTES_MAX - len(said))):
        said += chunk
    return bytes(said)


def told_of(said: bytes) -> str:
    """The first line of an answer as people may see it: cut, nothing that a screen obeys, no long number."""
    try:
        found = msgspec.json.decode(said, type=dict[str, object])
    except (msgspec.DecodeError, RecursionError):
        text = _TAG.sub(" ", said.decode("utf-8", "replace"))
    else:
        texts = (found.get(name) for name in _TELLING)
        text = next((one for one in texts if isinstance(one, str) and one.strip()), "")
    line = next((one.strip() for one in text.splitlines() if one.strip()), "")
    return _NUMBER.sub("...", legible(line))[:_TOLD_CHARS_MAX].strip()
