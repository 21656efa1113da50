"""The page where people join, for phones in the shop's network (product.md C1).

Who keys a phone number there is shown a code of it, which the attendant scans: the membership begins at the
counter. The code is drawn on the phone, so no number travels. The listener knows the files of that page and
nothing else: no counter, no ledger, no member.
"""

from __future__ import annotations

import asyncio
import logging
from functools import partial
from typing import Final

import msgspec
from aiohttp import web
from aiohttp.typedefs import Handler, Middleware

from terminal.kiosk.assets import Asset, answered, asset, joining
from terminal.kiosk.guard import check, hosts_of, marked
from terminal.kiosk.listening import STRANGERS_MAX, Places, bound, serve
from terminal.kiosk.server import Texts
from terminal.kiosk.settings import LANGUAGES, JoinPage
from terminal.runtime.connections import Connections, watched
from terminal.runtime.knocks import Knocks

log = logging.getLogger(__name__)

AT_ONCE, EVERY_MS = 40, 500
"""Requests from one address, and connections: the page takes five, and asks for nothing while it is used."""
SENTENCES: Final = (
    "Become a member",
    "Phone number",
    "It stays on this phone until the attendant scans it.",
    "Show the code",
    "This is not a mobile phone number.",
    "Show this to the attendant.",
    "Show this in the shop, not at the pumps.",
    "Another number",
    "Number plate, if you like",
    "This is not a number plate.",
)


class Joining:
    """The supervisor runs `run`."""

    def __init__(  # noqa: PLR0913  what the page says, each by its name
        self,
        settings: JoinPage,
        shop: str,
        *,
        texts: Texts,
        knocks: Knocks,
        cars: bool,
        at_pumps: bool = True,
    ) -> None:
        """`shop`: its name, as people know it. `cars`: whether it asks for a number plate.

        `at_pumps`: whether phones are used there.
        """
        self._at_pumps = at_pumps
        self._settings = settings
        self._shop = shop
        self._cars = cars
        self._texts = texts
        self._knocks = knocks
        self._assets: dict[str, Asset] = {}
        self._bound = asyncio.Event()
        self._port = settings.port

    async def address(self) -> tuple[str, int]:
        """Where it listens, as soon as it does."""
        await self._bound.wait()
        return self._settings.address, self._port

    async def run(self) -> None:
        """Serves until cancelled. Raises OSError: the address is taken, or not this machine's now."""
        files = await asyncio.to_thread(
            partial(joining, self._settings.language, self._shop, cars=self._cars, at_pumps=self._at_pumps)
        )
        self._assets = files | {language: self._sentences(language) for language in LANGUAGES}
        with bound(self._settings.address, self._settings.port) as listening:
            self._port = listening.getsockname()[1]
            self._bound.set()
            log.info("people join at http://%s:%d/", self._settings.address, self._port)
            connections = Connections(strangers=STRANGERS_MAX)
            await serve(listening, self._application(connections), connections, Places(knocks=self._knocks))

    def _sentences(self, language: str) -> Asset:
        said = self._texts.get(language, {})
        return asset("application/json", msgspec.json.encode({key: said.get(key, key) for key in SENTENCES}))

    def _application(self, connections: Connections) -> web.Application:
        guard = self._guard(hosts_of(self._settings.address, self._port))
        application = web.Application(middlewares=[watched(connections), guard], client_max_size=1)
        application.on_response_prepare.append(marked)
        languages = "|".join(LANGUAGES)
        application.add_routes(
            [
                web.get("/", self._file),
                web.get("/{name:join\\.(?:css|js)|qr\\.js|icon\\.svg}", self._file),
                web.get(f"/texts/{{name:{languages}}}", self._file),
            ]
        )
        return application

    def _guard(self, hosts: frozenset[str]) -> Middleware:
        @web.middleware
        async def guard(request: web.Request, handler: Handler) -> web.StreamResponse:
            if not self._knocks.allowed(request.remote or ""):
                raise web.HTTPTooManyRequests(text="too often", headers={"Retry-After": "5"})
            check(request, hosts, "/")
            return await handler(request)

        return guard

    async def _file(self, request: web.Request) -> web.Response:
        return answered(request, self._assets[request.match_info.get("name", "join.html")])
