"""The counter's page on a handheld, over the shop's network (product.md F8).

Nobody comes so far as to ask for anything without a certificate that this terminal gave (`kiosk.handhelds`).
With it a browser gets a cookie, and then what a page is made of and nothing else: no entrance, no second
screen. A handheld that is revoked is asked for nothing more, and what it has open ends.
"""

from __future__ import annotations

import asyncio
import logging
import secrets
import ssl
from collections.abc import Callable
from typing import Final, NoReturn

from aiohttp import web
from aiohttp.typedefs import Handler, Middleware
from cryptography.x509 import random_serial_number

from terminal.core.commands import ClockTrust
from terminal.core.ports import Clock
from terminal.kiosk.guard import check, hosts_of, marked
from terminal.kiosk.handhelds import Handhelds, fingerprint_of
from terminal.kiosk.listening import KNOWN_S, STRANGERS_MAX, Places, bound, serve
from terminal.kiosk.server import BODY_BYTES_MAX, Kiosk, Seats
from terminal.kiosk.sessions import fresh
from terminal.kiosk.settings import TillPage
from terminal.runtime.authority import Authority
from terminal.runtime.connections import Connections, watched
from terminal.runtime.knocks import Knocks
from terminal.runtime.tls import Server

log = logging.getLogger(__name__)

COOKIE: Final = "__Host-terminal_till"
LOOK_S: Final = 0.5
"""So often it is looked who is still enrolled: a handheld that is revoked works no longer than that."""
AT_ONCE, EVERY_MS = 60, 100
"""Requests of one handheld: a page that is loaded takes ten, and a quick hand five a second."""
PAGES_EACH: Final = 2
"""Pages of one handheld that may watch at once."""


class Till:
    """The supervisor runs `run`."""

    def __init__(  # noqa: PLR0913, PLR0917  the counter's page, where, for whom, and what is passed in
        self,
        kiosk: Kiosk,
        settings: TillPage,
        handhelds: Handhelds,
        clock: Clock,
        serial: Callable[[], int] = random_serial_number,
        token: Callable[[], str] = fresh,
    ) -> None:
        self._kiosk = kiosk
        self._settings = settings
        self._handhelds = handhelds
        self._clock = clock
        self._serial = serial
        self._token = token
        self._knocks = Knocks(clock, at_once=AT_ONCE, every_ms=EVERY_MS)
        self._enrolled: frozenset[str] = frozenset()
        """Fingerprints of those whose certificate counts, as it was when it was looked last."""
        self._ends: dict[str, int] = {}
        """When each certificate ends, in ms, by fingerprint."""
        self._cookies: dict[str, str] = {}
        self._seats: dict[str, Seats] = {}
        self._port = settings.port
        self._bound = asyncio.Event()

    async def address(self) -> tuple[str, int]:
        """Where it listens, as soon as it does."""
        await self._bound.wait()
        return self._settings.address, self._port

    async def run(self) -> None:
        """Serves until cancelled.

        Raises:
            OSError: the address is taken, or not this machine's now; the keys cannot be read.
            ValueError: they are none.
        """
        await self._kiosk.url()  # Its files are read, and there is something to show.
        authority = await self._vouching()
        names = [self._settings.address]
        server = Server(authority, names, self._clock, self._serial, called="card-terminal", strict=True)
        connections = Connections(strangers=STRANGERS_MAX, known_s=KNOWN_S)
        await self._look(connections)
        with bound(self._settings.address, self._settings.port) as listening:
            self._port = listening.getsockname()[1]
            self._bound.set()
            log.info("handhelds come to https://%s:%d/", self._settings.address, self._port)
            async with asyncio.TaskGroup() as group:
                group.create_task(server.run())
                group.create_task(self._keep_looking(connections))
                application = self._application(connections)
                places = Places(knocks=self._knocks)  # A handshake costs the counter's own time.
                group.create_task(serve(listening, application, connections, places, server.context))

    async def _vouching(self) -> Authority:
        """As soon as there is one, or may be."""
        while True:
            authority = await asyncio.to_thread(self._authority)
            if authority is not None:
                return authority
            await asyncio.sleep(LOOK_S)

    def _authority(self) -> Authority | None:
        """None: nobody was enrolled yet, and by a clock that nobody believes it would be of another time."""
        if self._clock.trust is ClockTrust.UNKNOWN and not self._handhelds.has_authority:
            return None
        return self._handhelds.authority(serial=self._serial(), now_ms=self._clock.wall_ms())

    async def _keep_looking(self, connections: Connections) -> NoReturn:
        while True:
            await asyncio.sleep(LOOK_S)
            await self._look(connections)

    async def _look(self, connections: Connections) -> None:
        """Where it cannot be read who is enrolled, nobody is.

        A certificate ends by a clock that is believed: by another a box without a screen would sell nothing.
        """
        try:
            names = await asyncio.to_thread(self._handhelds.enrolled)
            if names.keys() != self._ends.keys():
                until = await asyncio.to_thread(self._handhelds.until)
                self._ends = {one: until.get(name, 0) for one, name in names.items()}
            certain = self._clock.trust is not ClockTrust.UNKNOWN
            now_ms = self._clock.wall_ms() if certain else 0
            self._enrolled = frozenset(one for one, ends_ms in self._ends.items() if ends_ms > now_ms)
        except OSError as fault:
            if self._enrolled:
                log.warning("no handheld is let in: why=%s", fault.strerror)
            self._enrolled = frozenset()
        for one in self._cookies.keys() - self._enrolled:
            del self._cookies[one]
        connections.drop(lambda transport: _shown(transport) not in self._enrolled)

    def _application(self, connections: Connections) -> web.Application:
        guard = self._guard(hosts_of(self._settings.address, self._port, "https"))
        application = web.Application(
            middlewares=[watched(connections), guard], client_max_size=BODY_BYTES_MAX
        )
        application.on_response_prepare.append(marked)
        application.add_routes([*self._kiosk.of_the_page(self._events), web.get("/enter", _to_the_page)])
        return application

    def _guard(self, hosts: frozenset[str]) -> Middleware:
        @web.middleware
        async def guard(request: web.Request, handler: Handler) -> web.StreamResponse:
            shown = _shown(request.transport)
            if shown not in self._enrolled:
                over = shown in self._ends
                raise web.HTTPForbidden(text=f"this handheld {'has ended' if over else 'is not enrolled'}")
            if not self._knocks.allowed(shown):
                raise web.HTTPTooManyRequests(text="too often", headers={"Retry-After": "2"})
            check(request, hosts, "/", "https")
            if request.path == "/":
                return self._let_in(shown, await handler(request))
            if request.path != "/enter" and not self._knows(shown, request.cookies.get(COOKIE, "")):
                raise web.HTTPUnauthorized(text="this page is not let in")
            return await handler(request)

        return guard

    def _let_in(self, shown: str, answer: web.StreamResponse) -> web.StreamResponse:
        """All pages of one handheld have one cookie, which ends with this run of the terminal."""
        cookie = self._cookies.setdefault(shown, self._token())
        answer.set_cookie(COOKIE, cookie, secure=True, httponly=True, samesite="Strict", path="/")
        return answer

    def _knows(self, shown: str, cookie: str) -> bool:
        given = self._cookies.get(shown, "")
        return bool(given) and secrets.compare_digest(given.encode(), cookie.encode(errors="replace"))

    async def _events(self, request: web.Request) -> web.StreamResponse:
        """Handhelds take no seat of the counter's own pages."""
        seats = self._seats.setdefault(_shown(request.transport), Seats(PAGES_EACH))
        return await self._kiosk.watched_from(request, seats)


async def _to_the_page(_: web.Request) -> web.Response:
    """The page goes to the entrance when its cookie is known no more; here that is the page itself."""
    raise web.HTTPSeeOther("/")


def _shown(transport: asyncio.BaseTransport | None) -> str:
    """The fingerprint of the certificate on that connection; empty: it shows none."""
    tls: ssl.SSLObject | None = transport.get_extra_info("ssl_object") if transport is not None else None
    certificate = tls.getpeercert(binary_form=True) if tls is not None else None
    return fingerprint_of(certificate) if certificate else ""
