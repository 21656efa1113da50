"""Carries one question to headquarters and brings its answer, or says that there was none.

Questions go out signed by the site key, over TLS with our certificate; an answer counts only when
headquarters has signed it for this very question.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import TYPE_CHECKING, Protocol

import msgspec

from terminal.core.values import Value
from terminal.core.wire.forms import ANSWER_BYTES_MAX, UNREADABLE
from terminal.core.wire.link import LinkTrouble
from terminal.core.wire.problem import Problem, ProblemCode
from terminal.core.wire.signing import SIGNATURE_HEADER, UNSIGNED, answer_signed, request_signed
from terminal.uplink.credentials import Credentials, tls_with

if TYPE_CHECKING:
    from aiohttp import ClientSession, StreamReader

_OK = 200
_FORBIDDEN = 403
_problem = msgspec.json.Decoder(Problem)


class Unreachable(Exception):
    """No usable answer. Whether headquarters took the question is unknown."""

    def __init__(self, why: str, trouble: LinkTrouble = LinkTrouble.UNREACHED) -> None:
        super().__init__(why)
        self.trouble = trouble


class Reply(Value, frozen=True, kw_only=True):
    status: int
    body: bytes


class Courier(Protocol):
    async def ask(
        self, path: str, body: bytes, *, bytes_max: int = ANSWER_BYTES_MAX, wait_s: float = 0.0
    ) -> Reply:
        """POST it. `wait_s`: so much longer than usual headquarters may think. Raises Unreachable."""
        ...

    async def close(self) -> None: ...


class HttpsCourier:
    """Kept connections. aiohttp, ssl and cryptography come with the first question: readers before them."""

    def __init__(self, url: Callable[[], str], credentials: Credentials, *, deadline_s: float) -> None:
        """`url`: of headquarters, as of now."""
        self._url = url
        self._credentials = credentials
        self._deadline_s = deadline_s
        self._session: ClientSession | None = None
        self._changes = -1
        """Of the credentials that the session was made with."""

    async def ask(
        self, path: str, body: bytes, *, bytes_max: int = ANSWER_BYTES_MAX, wait_s: float = 0.0
    ) -> Reply:
        import aiohttp  # noqa: PLC0415  0.1 s of processor time that a shop without headquarters never spends

        session = await self._opened()
        headers = {} if path in UNSIGNED else {SIGNATURE_HEADER: self._signed(path, body)}
        deadline_s = self._deadline_s + wait_s
        try:
            async with (
                asyncio.timeout(deadline_s),
                # A redirect would hand the journal to whoever sent it.
                session.post(
                    self._url().rstrip("/") + path, data=body, headers=headers, allow_redirects=False
                ) as answer,
            ):
                reply = Reply(status=answer.status, body=await _bounded(answer.content, bytes_max))
                signature = answer.headers.get(SIGNATURE_HEADER, "")
        except TimeoutError as fault:
            raise Unreachable(f"no answer within {deadline_s:g} s") from fault
        except (aiohttp.ClientError, OSError, ValueError) as fault:
            raise _unreachable(fault) from fault
        if reply.status == _OK and path not in UNSIGNED:
            self._check(path, body, reply.body, signature)
        if reply.status == _FORBIDDEN and _code_of(reply.body) == ProblemCode.CERTIFICATE:
            raise Unreachable("headquarters does not let this machine in", LinkTrouble.NOT_ENROLLED)
        return reply

    def _signed(self, path: str, body: bytes) -> str:
        return self._credentials.signature(request_signed(path, body))

    def _check(self, path: str, question: bytes, answer: bytes, signature: str) -> None:
        if not self._credentials.is_hqs(answer_signed(path, question, answer), signature):
            raise Unreachable("the answer is not signed by our headquarters", LinkTrouble.UNREADABLE)

    async def _opened(self) -> ClientSession:
        import aiohttp  # noqa: PLC0415

        if self._session is not None and self._changes == self._credentials.changes:
            return self._session
        await self.close()
        enrolment = self._credentials.kept
        if enrolment is None:
            raise Unreachable("this terminal is not enrolled", LinkTrouble.NOT_ENROLLED)
        try:
            context = tls_with(enrolment)
        except (OSError, ValueError) as fault:
            raise Unreachable(f"our certificate: {_said(fault)}", LinkTrouble.NOT_ENROLLED) from fault
        self._changes = self._credentials.changes
        self._session = aiohttp.ClientSession(
            connector=aiohttp.TCPConnector(ssl=context),
            timeout=aiohttp.ClientTimeout(total=None),
            cookie_jar=aiohttp.DummyCookieJar(),
            headers={"Content-Type": "application/json"},
        )
        return self._session

    async def close(self) -> None:
        if self._session is not None:
            await self._session.close()
            self._session = None


async def _bounded(content: StreamReader, bytes_max: int) -> bytes:
    """Whatever floods us is not headquarters."""
    read = bytearray()
    while chunk := await content.read(bytes_max):
        read += chunk
        if len(read) > bytes_max:
            raise Unreachable(f"the answer is longer than {bytes_max} bytes", LinkTrouble.UNREADABLE)
    return bytes(read)


def _unreachable(fault: Exception) -> Unreachable:
    """A wrong certificate there is told from no way there. Ours is refused by hanging up: dates tell that."""
    import ssl  # noqa: PLC0415

    from aiohttp import ClientError  # noqa: PLC0415

    cause: BaseException | None = fault  # aiohttp's own errors are of ssl's kinds too, and say less.
    while isinstance(cause, ClientError):
        cause = cause.__cause__ or cause.__context__
    if isinstance(cause, ssl.SSLCertVerificationError):
        why = f"what answers is not our headquarters: {cause.verify_message}"
        return Unreachable(why[:200], LinkTrouble.UNREADABLE)
    return Unreachable(_said(fault))


def _code_of(body: bytes) -> str:
    try:
        return _problem.decode(body).code
    except UNREADABLE:
        return ""


def _said(fault: Exception) -> str:
    return f"{type(fault).__name__}: {fault}"[:200]
