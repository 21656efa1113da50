"""Headquarters over HTTP. Every answer is a value of `core.wire`, also when it is a refusal."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from typing import TypeVar

import asyncpg
import msgspec
from aiohttp import web

from hq.exchange import Exchange, RequestRefused
from hq.page import operator_page
from hq.postgres import PostgresStore
from hq.report import reported
from terminal.core.values import Value
from terminal.core.wire.forms import REQUEST_BYTES_MAX, UNREADABLE
from terminal.core.wire.journal import HELLO_PATH, PUSH_PATH, Hello, Push
from terminal.core.wire.problem import Problem, ProblemCode

log = logging.getLogger(__name__)

REQUEST_S = 30.0
"""For a whole request to arrive."""

_STATUS = {
    ProblemCode.MALFORMED: 400,
    ProblemCode.SPOILT: 400,
    ProblemCode.NOT_FOUND: 404,
    ProblemCode.METHOD: 405,
    ProblemCode.SLOW: 408,
    ProblemCode.INSTANCE: 409,
    ProblemCode.TOO_LARGE: 413,
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

_PAGE_HEADERS = {
    "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'",
    "X-Content-Type-Options": "nosniff",
    "Cache-Control": "no-store",
}


class _Unread(Exception):
    """The request stopped arriving."""


_Asked = TypeVar("_Asked")
_Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


def application(exchange: Exchange, store: PostgresStore) -> web.Application:
    app = web.Application(client_max_size=REQUEST_BYTES_MAX, middlewares=[_refusals])
    app.router.add_post(HELLO_PATH, _answering(Hello, exchange.hello))
    app.router.add_post(PUSH_PATH, _answering(Push, exchange.push))

    async def page(_request: web.Request) -> web.Response:
        body = operator_page(await reported(store))
        return web.Response(text=body, content_type="text/html", headers=_PAGE_HEADERS)

    app.router.add_get("/", page)
    return app


def _answering(asked: type[_Asked], answer: Callable[[_Asked], Awaitable[Value]]) -> _Handler:
    decoder = msgspec.json.Decoder(asked)

    async def handle(request: web.Request) -> web.Response:
        try:
            async with asyncio.timeout(REQUEST_S):
                body = await request.read()
        except TimeoutError as fault:
            raise _Unread from fault
        try:
            question = decoder.decode(body)
        except UNREADABLE as fault:
            raise RequestRefused(ProblemCode.MALFORMED, str(fault)[:300]) from fault
        return _json(await answer(question), status=200)

    return handle


_KNOWN: tuple[tuple[type[Exception] | tuple[type[Exception], ...], ProblemCode, str], ...] = (
    (web.HTTPNotFound, ProblemCode.NOT_FOUND, "there is no such call"),
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
    except Exception as fault:
        for kind, code, why in _KNOWN:
            if isinstance(fault, kind):
                log.warning("refused %s: %s", code, type(fault).__name__)
                return _problem(code, why)
        log.exception("a defect")
        return _problem(ProblemCode.FAULT, "headquarters has a fault")


def _problem(code: ProblemCode, why: str) -> web.Response:
    return _json(Problem(code=code, why=why), status=_STATUS[code])


def _json(answer: Value, *, status: int) -> web.Response:
    return web.Response(body=msgspec.json.encode(answer), content_type="application/json", status=status)
