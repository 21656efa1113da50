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
from aiohttp import hdrs, http_exceptions, web
from aiohttp.typedefs import Middleware
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from hq import openapi
from hq.admission import Admission, presented_by
from hq.calls import Call
from hq.door import Machine
from hq.keys import Keys
from hq.pages import Pages
from hq.refusal import REQUEST_S, RequestRefused, Unread, in_time
from hq.room import READ_AHEAD_BYTES, RETRY_S, SMALL_BYTES, Crowded, Room
from hq.unreadable import Unreadable
from terminal.core.values import Value
from terminal.core.wire.enrol import Enrol
from terminal.core.wire.forms import REQUEST_BYTES_MAX, UNREADABLE, FromSite
from terminal.core.wire.problem import Problem, ProblemCode
from terminal.core.wire.signing import SIGNATURE_HEADER, answer_signed, request_signed
from terminal.runtime.connections import Connections, faults_of_server, watched
from terminal.runtime.knocks import Knocks

log = logging.getLogger(__name__)

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
    ProblemCode.REUSED: 409,
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


_UNREADABLE = (web.RequestPayloadError, http_exceptions.HttpProcessingError)
"""Of aiohttp: before a body is ours to read."""

_LATER = frozenset({ProblemCode.TOO_MANY, ProblemCode.AWAY})


_Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


class Front:
    """What stands before every call: certificate, size, signature, form; and signs what goes out.

    Who may be shut out while a body arrives or an answer is waited for is asked for again after that.
    """

    def __init__(self, keys: Keys, admission: Admission, knocks: Knocks, room: Room | None = None) -> None:
        self._keys = keys
        self._admission = admission
        self._knocks = knocks
        self._room = room or Room()

    def handler(self, call: Call) -> _Handler:
        decoder = msgspec.json.Decoder(call.question)

        async def handle(request: web.Request) -> web.Response:
            who = presented_by(request.get_extra_info("peercert"))
            machine = await self._admission.machine(who) if call.certified else None
            if machine is None:
                self._knocked(request)
            # A body whose length nobody said may be as long as any.
            length = REQUEST_BYTES_MAX if request.content_length is None else request.content_length
            waits = length > SMALL_BYTES or not request.content.is_eof()
            async with self._room.place(length):
                body = await _whole(request)
                if machine is not None and waits:
                    await self._admission.machine(who)
                answer = await answered(request, machine, body)
            if call.waits:
                await self._admission.machine(who)
            return self._signed(call, body, answer)

        async def answered(request: web.Request, machine: Machine | None, body: bytes) -> Value | bytes:
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
            return await call.answer(question, machine)

        return handle

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


def application(  # noqa: PLR0913  what stands before and behind the calls
    front: Front,
    calls: tuple[Call, ...],
    admission: Admission,
    pages: Pages | None = None,
    connections: Connections | None = None,
    *,
    unreadable: Unreadable,
) -> web.Application:
    """Without a database to look at there are no pages. `connections`: the server's own."""
    watching = [] if connections is None else [watched(connections)]
    app = web.Application(client_max_size=REQUEST_BYTES_MAX, middlewares=[*watching, _refusals(unreadable)])
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


def runner_of(app: web.Application, *, stop_s: float) -> web.AppRunner:
    """`stop_s`: how long what is under way may still take at the end.

    Nothing is unpacked on arrival: bodies are taken as long as they are said to be, and no longer.
    """
    return web.AppRunner(
        app,
        logger=faults_of_server(),
        shutdown_timeout=stop_s,
        access_log=None,
        read_bufsize=READ_AHEAD_BYTES,
        auto_decompress=False,
    )


def _described(document: bytes) -> _Handler:
    async def describe(_request: web.Request) -> web.Response:
        return web.Response(body=document, content_type="application/json")

    return describe


async def _whole(request: web.Request) -> bytes:
    async with in_time():
        return await request.read()


def _must_be_plain(request: web.Request) -> None:
    """Eight megabytes are a request of eight kilobytes where they are compressed."""
    if request.headers.get(hdrs.CONTENT_ENCODING, "identity").lower() != "identity":
        raise RequestRefused(ProblemCode.MALFORMED, "bodies are sent as they are, not compressed")


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
    """A second terminal of the site has a certificate too, and speaks for itself alone."""
    named = (question.merchant, question.site, question.instance)
    if (machine.merchant, machine.site, machine.instance) != named:
        raise RequestRefused(ProblemCode.CERTIFICATE, "the client certificate is another machine's")


_KNOWN: tuple[tuple[type[Exception] | tuple[type[Exception], ...], ProblemCode, str], ...] = (
    (web.HTTPMethodNotAllowed, ProblemCode.METHOD, "this call takes another method"),
    (web.HTTPRequestEntityTooLarge, ProblemCode.TOO_LARGE, f"more than {REQUEST_BYTES_MAX} bytes"),
    (_UNREADABLE, ProblemCode.MALFORMED, "the body is not of the length or the encoding that its head says"),
    (Crowded, ProblemCode.TOO_MANY, "too many at once: come again later"),
    (Unread, ProblemCode.SLOW, f"the request did not arrive within {REQUEST_S:g} s"),
    (_DATABASE_AWAY, ProblemCode.AWAY, "the database does not answer now"),
)


def _refusals(unreadable: Unreadable) -> Middleware:
    """Turns whatever went wrong into a `Problem`, and counts what could not be read.

    Only who sent a malformed body is told what is wrong in it: the words for that quote its names.
    """

    @web.middleware
    async def refusals(request: web.Request, handler: _Handler) -> web.StreamResponse:
        try:
            unreadable.check(request)
            _must_be_plain(request)
            return await handler(request)
        except RequestRefused as refusal:
            unreadable.note(request, refusal.code)
            why = "the body" if refusal.code is ProblemCode.MALFORMED else str(refusal)
            log.warning("refused %s: %s", refusal.code, why)
            return _problem(refusal.code, str(refusal))
        except web.HTTPNotFound:
            return _not_there(request.path)
        except Exception as fault:
            for kind, code, why in _KNOWN:
                if isinstance(fault, kind):
                    unreadable.note(request, code)
                    log.warning("refused %s: %s", code, type(fault).__name__)
                    return _problem(code, why)
            log.exception("a defect")
            return _problem(ProblemCode.FAULT, "headquarters has a fault")

    return refusals


def _not_there(path: str) -> web.Response:
    version = path.split("/")[1]
    if version[:1] == "v" and version[1:].isdecimal() and version != f"v{VERSION}":
        return _problem(ProblemCode.VERSION, f"this headquarters speaks version {VERSION}")
    return _problem(ProblemCode.NOT_FOUND, "there is no such call")


def _problem(code: ProblemCode, why: str) -> web.Response:
    body = msgspec.json.encode(Problem(code=code, why=why))
    later = {"Retry-After": str(RETRY_S)} if code in _LATER else {}
    return web.Response(body=body, content_type="application/json", status=STATUS[code], headers=later)
