"""Carries one question to headquarters and brings its answer, or says that there was none.

Questions go out signed by the site key, over TLS with our certificate; an answer counts only when
headquarters has signed it for this very question.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Protocol

import msgspec

from terminal.core.values import Value
from terminal.core.wire.forms import ANSWER_BYTES_MAX, UNREADABLE
from terminal.core.wire.link import LinkTrouble
from terminal.core.wire.problem import Problem, ProblemCode
from terminal.core.wire.signing import SIGNATURE_HEADER, UNSIGNED, answer_signed, request_signed
from terminal.uplink.answers import NotAnAnswer
from terminal.uplink.credentials import Credentials, tls_with
from terminal.uplink.lines import Lines

_OK = 200
_FORBIDDEN = 403
_SIGNATURE = SIGNATURE_HEADER.lower()
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
    """Kept connections. ssl and cryptography come with the first question: readers before them."""

    def __init__(self, url: Callable[[], str], credentials: Credentials, *, deadline_s: float) -> None:
        """`url`: of headquarters, as of now."""
        self._url = url
        self._credentials = credentials
        self._deadline_s = deadline_s
        self._lines: Lines | None = None
        self._made_for: tuple[str, int] | None = None
        """The URL, and the changes of the credentials, that the connections were made with."""

    async def ask(
        self, path: str, body: bytes, *, bytes_max: int = ANSWER_BYTES_MAX, wait_s: float = 0.0
    ) -> Reply:
        lines = self._opened()
        headers = {} if path in UNSIGNED else {SIGNATURE_HEADER: self._signed(path, body)}
        deadline_s = self._deadline_s + wait_s
        try:
            async with asyncio.timeout(deadline_s):
                answer = await lines.post(path, body, headers, bytes_max=bytes_max)
        except TimeoutError as fault:
            raise Unreachable(f"no answer within {deadline_s:g} s") from fault
        except NotAnAnswer as fault:
            raise Unreachable(_said(fault), LinkTrouble.UNREADABLE) from fault
        except (OSError, EOFError, ValueError) as fault:
            raise _unreachable(fault) from fault
        reply = Reply(status=answer.status, body=answer.body)
        if reply.status == _OK and path not in UNSIGNED:
            self._check(path, body, reply.body, answer.headers.get(_SIGNATURE, ""))
        if reply.status == _FORBIDDEN and _code_of(reply.body) == ProblemCode.CERTIFICATE:
            raise Unreachable("headquarters does not let this machine in", LinkTrouble.NOT_ENROLLED)
        return reply

    def _signed(self, path: str, body: bytes) -> str:
        return self._credentials.signature(request_signed(path, body))

    def _check(self, path: str, question: bytes, answer: bytes, signature: str) -> None:
        if not self._credentials.is_hqs(answer_signed(path, question, answer), signature):
            why = "the answer is not signed by our headquarters: where it has new keys, enrol again"
            raise Unreachable(why, LinkTrouble.UNREADABLE)

    def _opened(self) -> Lines:
        now = (self._url(), self._credentials.changes)
        if self._lines is not None and self._made_for == now:
            return self._lines
        self._end()
        enrolment = self._credentials.kept
        if enrolment is None:
            raise Unreachable("this terminal is not enrolled", LinkTrouble.NOT_ENROLLED)
        try:
            self._lines = Lines(now[0], tls_with(enrolment))
        except (OSError, ValueError) as fault:
            raise Unreachable(f"our certificate: {_said(fault)}", LinkTrouble.NOT_ENROLLED) from fault
        self._made_for = now
        return self._lines

    async def close(self) -> None:
        self._end()

    def _end(self) -> None:
        if self._lines is not None:
            self._lines.close()
            self._lines = None


def _unreachable(fault: Exception) -> Unreachable:
    """A wrong certificate there is told from no way there. Ours is refused by hanging up: dates tell that."""
    import ssl  # noqa: PLC0415

    if isinstance(fault, ssl.SSLCertVerificationError):
        why = f"what answers is not our headquarters: {fault.verify_message}"
        return Unreachable(why[:200], LinkTrouble.UNREADABLE)
    return Unreachable(_said(fault))


def _code_of(body: bytes) -> str:
    try:
        return _problem.decode(body).code
    except UNREADABLE:
        return ""


def _said(fault: Exception) -> str:
    return f"{type(fault).__name__}: {fault}"[:200]
