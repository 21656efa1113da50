"""One small question to a service of the shop's over HTTPS, and its whole answer (acquirer, group buys)."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

import msgspec

if TYPE_CHECKING:
    from aiohttp import ClientSession

_OK = 200
_ANSWER_BYTES_MAX = 4_096
_SECRET_BYTES_MIN = 16
_EVIDENCE_CHARS_MAX = 64


class Known(Protocol):
    """Where it is, and what proves who asks."""

    @property
    def url(self) -> str: ...
    @property
    def secret_file(self) -> Path | None: ...
    @property
    def ca_file(self) -> Path | None: ...
    @property
    def deadline_s(self) -> float: ...


def secret_of(settings: Known, section: str) -> str:
    """Raises ValueError or OSError where it is none."""
    if settings.secret_file is None:
        raise ValueError(f"{section}.secret_file is not set")
    secret = (
        settings.secret_file.read_bytes().decode("ascii", "replace").strip()
    )  # No fault says a byte of it.
    sound = secret.isascii() and secret.isprintable() and " " not in secret
    if len(secret) < _SECRET_BYTES_MIN or not sound:
        raise ValueError(f"{settings.secret_file}: not {_SECRET_BYTES_MIN} or more printable characters")
    return secret


class Bearer:
    """aiohttp is imported with the first question."""

    def __init__(self, settings: Known, secret: str) -> None:
        self._url = settings.url.rstrip("/")
        self._deadline_s = settings.deadline_s
        self._ca_file = settings.ca_file
        self._headers = {"Authorization": f"Bearer {secret}"}
        self._session: ClientSession | None = None

    async def asked(self, method: str, path: str, body: dict[str, object] | None = None) -> bytes:
        """What was answered with status 200. Raises whatever went wrong, also too late an answer."""
        async with asyncio.timeout(self._deadline_s):
            return await self._answered(method, path, body)

    async def _answered(self, method: str, path: str, body: dict[str, object] | None) -> bytes:
        data = None if body is None else msgspec.json.encode(body)
        headers = {**self._headers, "Content-Type": "application/json"}
        async with self._opened().request(
            method, self._url + path, data=data, headers=headers, allow_redirects=False
        ) as answer:
            if answer.status != _OK:
                raise ValueError(f"status {answer.status}")
            return await answer.content.read(_ANSWER_BYTES_MAX)

    def _opened(self) -> ClientSession:
        import ssl  # noqa: PLC0415  with what follows 0.1 s of processor time that no start should spend

        import aiohttp  # noqa: PLC0415

        if self._session is None:
            trusted = ssl.create_default_context(cafile=self._ca_file) if self._ca_file else True
            self._session = aiohttp.ClientSession(
                connector=aiohttp.TCPConnector(ssl=trusted),
                timeout=aiohttp.ClientTimeout(total=None),
                cookie_jar=aiohttp.DummyCookieJar(),
            )
        return self._session

    async def close(self) -> None:
        if self._session is not None:
            await self._session.close()
            self._session = None


def plain(number: str) -> str:
    """As it may stand in the journal: short, of letters and digits."""
    return "".join(sign for sign in number if sign.isascii() and (sign.isalnum() or sign in "-_"))[
        :_EVIDENCE_CHARS_MAX
    ]
