"""Headquarters over HTTPS. Every answer is a value of `core.wire`, also when it is a refusal."""

from __future__ import annotations

import asyncio
import logging
from base64 import b64decode, b64encode
from binascii import Error as NotBase64
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import suppress
from typing import Any

import asyncpg
import msgspec
from aiohttp import web
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from hq import openapi
from hq.admission import Admission, presented_by
from hq.calls import Call
from hq.door import Machine
from hq.exchange import RequestRefused
from hq.keys import Keys
from hq.limits import Knocks
from hq.pages import Pages
from terminal.core.values import Value
from terminal.core.wire.enrol import Enrol
from terminal.core.wire.forms import REQUEST_BYTES_MAX, UNREADABLE, FromSite
from terminal.core.wire.problem import Problem, ProblemCode
from terminal.core.wire.signing import SIGNATURE_HEADER, answer_signed, request_signed

log = logging.getLogger(__name__)

REQUEST_S = 30.0
"""For a whole request to arrive."""

VERSION = 1
"""Of the protocol; the first part of every path."""

STATUS = {
    ProblemCode.MALFORMED: 400,
    ProblemCode.SPOILT: 400,
    ProblemCode.UNSIGNED: 401,
    ProblemCode.CERTIFICATE: 403,
    ProblemCode.CODE: 403,
    ProblemCode.NOT_FOUND: 404,
    ProblemCode.VERSION: 404,
    ProblemCode.METHOD: 405,
    ProblemCode.SLOW: 408,
    ProblemCode.INSTANCE: 409,
    ProblemCode.TOO_LARGE: 413,
    ProblemCode.TOO_MANY: 429,
    ProblemCode.FAULT: 500,
    ProblemCode.AWAY: 503,
}

_DATABASE_AWAY = (
    OSError,
    TimeoutError,
    asyncpg.InterfaceError,
    asyncpg.PostgresConnectionError,
    asyncpg.OperatorInterventionError,
    asyncpg.InsufficientResourcesError,
    asyncpg.ObjectNotInPrerequisiteStateError,
    asyncpg.TransactionRollbackError,
)


class _Unread(Exception):
    """The request stopped arriving."""


_Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


class Front:
    """What stands before every call: certificate, size, signature, form; and signs what goes out."""

    def __init__(self, keys: Keys, admission: Admission, knocks: Knocks) -> None:
        self._keys = keys
        self._admission = admission
        self._knocks = knocks

    def handler(self, call: Call) -> _Handler:
        decoder = msgspec.json.Decoder(call.question)

        async def handle(request: web.Request) -> web.Response:
            machine = await self._admitted(request) if call.certified else None
            if machine is None:
                self._knocked(request)
            body = await _whole(request)
            if machine is not None and call.signed:
                _check_signature(request, machine.site_key, body)
            try:
                question = decoder.decode(body)
            except UNREADABLE as fault:
                raise RequestRefused(ProblemCode.MALFORMED, str(fault)[:300]) from fault
            if machine is None:
                _check_signature(request, _named_key(question), body)
            else:
                _must_be(machine, question)
            return self._signed(call, body, await call.answer(question, machine))

        return handle

    async def _admitted(self, request: web.Request) -> Machine:
        return await self._admission.machine(presented_by(request.get_extra_info("peercert")))

    def _knocked(self, request: web.Request) -> None:
        if not self._knocks.allowed(request.remote or ""):
            raise RequestRefused(ProblemCode.TOO_MANY, "too many attempts: wait a minute")

    def _signed(self, call: Call, question: bytes, answer: Value | bytes) -> web.Response:
        body = answer if isinstance(answer, bytes) else msgspec.json.encode(answer)
        kind = "application/octet-stream" if isinstance(answer, bytes) else "application/json"
        headers = {}
        if call.signed:
            signature = self._keys.sign(answer_signed(call.path, question, body))
            headers[SIGNATURE_HEADER] = b64encode(signature).decode()
        return web.Response(body=body, content_type=kind, headers=headers)


def application(
    front: Front, calls: tuple[Call, ...], admission: Admission, pages: Pages | None = None
) -> web.Application:
    """Without a database to look at there are no pages."""
    app = web.Application(client_max_size=REQUEST_BYTES_MAX, middlewares=[_refusals])
    for call in calls:
        app.router.add_post(call.path, front.handler(call))

    app.router.add_get(openapi.PATH, _described(openapi.described(calls, STATUS, VERSION)))
    if pages is not None:
        pages.add_to(app)

    async def admitting(_app: web.Application) -> AsyncGenerator[None, None]:
        running = asyncio.create_task(admission.run())
        yield
        running.cancel()
        with suppress(asyncio.CancelledError):
            await running

    app.cleanup_ctx.append(admitting)
    return app


def _described(document: bytes) -> _Handler:
    async def describe(_request: web.Request) -> web.Response:
        return web.Response(body=document, content_type="application/json")

    return describe


async def _whole(request: web.Request) -> bytes:
    try:
        async with asyncio.timeout(REQUEST_S):
            return await request.read()
    except TimeoutError as fault:
        raise _Unread from fault


def _check_signature(request: web.Request, key: bytes, body: bytes) -> None:
    try:
        signature = b64decode(request.headers.get(SIGNATURE_HEADER, ""), validate=True)
        Ed25519PublicKey.from_public_bytes(key).verify(signature, request_signed(request.path, body))
    except (InvalidSignature, NotBase64, ValueError) as fault:
        why = f"{SIGNATURE_HEADER} is missing, or is not the site key's over this request"
        raise RequestRefused(ProblemCode.UNSIGNED, why) from fault


def _named_key(question: Any) -> bytes:  # noqa: ANN401  the one call that no certificate vouches for
    assert isinstance(question, Enrol)  # noqa: S101
    return bytes.fromhex(question.site_key)


def _must_be(machine: Machine, question: FromSite) -> None:
    if (machine.merchant, machine.site) != (question.merchant, question.site):
        raise RequestRefused(ProblemCode.CERTIFICATE, "the client certificate is another site's")


_KNOWN: tuple[tuple[type[Exception] | tuple[type[Exception], ...], ProblemCode, str], ...] = (
    (web.HTTPMethodNotAllowed, ProblemCode.METHOD, "this call takes another method"),
    (web.HTTPRequestEntityTooLarge, ProblemCode.TOO_LARGE, f"more than {REQUEST_BYTES_MAX} bytes"),
    (_Unread, ProblemCode.SLOW, f"the request did not arrive within {REQUEST_S:g} s"),
    (_DATABASE_AWAY, ProblemCode.AWAY, "the database does not answer now"),
)


@web.middleware
async def _refusals(request: web.Request, handler: _Handler) -> web.StreamResponse:
    """Turns whatever went wrong into a `Problem`; what it says holds nothing of the request's content."""
    try:
        return await handler(request)
    except RequestRefused as refusal:
        log.warning("refused %s: %s", refusal.code, refusal)
        return _problem(refusal.code, str(refusal))
    except web.HTTPNotFound:
        return _not_there(request.path)
    except Exception as fault:
        for kind, code, why in _KNOWN:
            if isinstance(fault, kind):
                log.warning("refused %s: %s", code, type(fault).__name__)
                return _problem(code, why)
        log.exception("a defect")
        return _problem(ProblemCode.FAULT, "headquarters has a fault")


def _not_there(path: str) -> web.Response:
    version = path.split("/")[1]
    if version[:1] == "v" and version[1:].isdecimal() and version != f"v{VERSION}":
        return _problem(ProblemCode.VERSION, f"this headquarters speaks version {VERSION}")
    return _problem(ProblemCode.NOT_FOUND, "there is no such call")


def _problem(code: ProblemCode, why: str) -> web.Response:
    body = msgspec.json.encode(Problem(code=code, why=why))
    return web.Response(body=body, content_type="application/json", status=STATUS[code])
