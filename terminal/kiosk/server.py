"""The page of the counter: shows what the daemon says, carries touches back. It decides nothing.

`GET /` and its files, `GET /texts/LANGUAGE`, `GET /events` (server-sent events: `hello` with this
run's token, then `view` and `beat`), `POST /intent` (204 taken, 409 not for this screen).
"""

from __future__ import annotations

import asyncio
import logging
import secrets
import socket
from collections.abc import Mapping
from contextlib import aclosing
from typing import Final

import msgspec
from aiohttp import web

from terminal.core.ports import Front
from terminal.core.screens import Intent
from terminal.kiosk.assets import Asset, asset, font, loaded
from terminal.kiosk.guard import RUN_HEADER, guard_of, hosts_of, marked
from terminal.kiosk.latest import Latest
from terminal.kiosk.settings import LANGUAGES, Settings
from terminal.kiosk.telling import framed, hello, told

log = logging.getLogger(__name__)

Texts = Mapping[str, Mapping[str, str]]
"""By BCP 47 language, then by English sentence. A sentence without translation shows in English."""

BODY_BYTES_MAX: Final = 1_024
BODY_S: Final = 2.0
VALUE_CHARS_MAX: Final = 64
DO_CHARS_MAX: Final = 16

_SHUTDOWN_S: Final = 0.5
_BACKLOG: Final = 16
_SEND_BYTES: Final = 64 * 1024
"""What a page that reads nothing may leave in the kernel and in the transport, each."""


class Kiosk:
    """The server of one terminal's pages; the supervisor runs `run`."""

    def __init__(self, front: Front, settings: Settings, *, texts: Texts) -> None:
        self._front = front
        self._settings = settings
        self._texts = texts
        self._said: dict[str, Asset] = {}
        """By language, once a page has asked for it."""
        self._watchers = 0
        self._latest = Latest()
        self._run = ""
        self._assets: dict[str, Asset] = {}
        self._version = ""
        self._bound: asyncio.Future[str] | None = None

    @property
    def watchers(self) -> int:
        """Pages that are watching now."""
        return self._watchers

    @property
    def token(self) -> str:
        """Of this run, as its pages are told; empty before the first."""
        return self._run

    async def url(self) -> str:
        """Where the page is, as soon as `run` listens."""
        return await asyncio.shield(self._bound_future())

    async def run(self) -> None:
        """Serves until cancelled.

        Raises:
            OSError: the address is taken.
        """
        self._latest, self._run = Latest(), secrets.token_urlsafe(24)
        self._assets, self._version = await asyncio.to_thread(loaded, self._settings.language)
        listening = self._listening()
        address, port = listening.getsockname()[:2]
        runner = web.AppRunner(
            self._application(hosts_of(address, port)),
            access_log=None,
            shutdown_timeout=_SHUTDOWN_S,
            keepalive_timeout=30.0,
        )
        try:
            await runner.setup()
            await web.SockSite(runner, listening, backlog=_BACKLOG).start()
            self._say_where(address, port)
            await self._follow()
        finally:
            self._latest.close()
            if self._bound_future().done():  # The next run may listen elsewhere.
                self._bound = None
            await runner.cleanup()
            listening.close()

    def _listening(self) -> socket.socket:
        family = socket.AF_INET6 if ":" in self._settings.address else socket.AF_INET
        listening = socket.create_server((self._settings.address, self._settings.port), family=family)
        # Accepted sockets inherit it: a page that stops reading is left with old news of this size at most.
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, _SEND_BYTES)
        return listening

    def _application(self, hosts: frozenset[str]) -> web.Application:
        application = web.Application(middlewares=[guard_of(hosts)], client_max_size=BODY_BYTES_MAX)
        application.on_response_prepare.append(marked)
        application.add_routes(
            [
                web.get("/", self._file),
                web.get("/{name:page\\.(?:css|js)|icon\\.svg|inter\\.woff2}", self._file),
                web.get("/{name:(?:hans|hant)(?:-bold)?\\.woff2|more\\.woff2}", self._font),
                web.get("/texts/{language}", self._sentences),
                web.get("/events", self._events, allow_head=False),
                web.post("/intent", self._intent),
            ]
        )
        return application

    def _say_where(self, address: str, port: int) -> None:
        shown = f"[{address}]" if ":" in address else address
        self._bound_future().set_result(f"http://{shown}:{port}/")
        log.info("page served at http://%s:%d/", shown, port)

    def _bound_future(self) -> asyncio.Future[str]:
        if self._bound is None:
            self._bound = asyncio.get_running_loop().create_future()
        return self._bound

    async def _follow(self) -> None:
        """Encodes each view once, for all pages. Ends only if the counter does, which is a crash."""
        async with aclosing(self._front.changes()) as changes:
            async for view in changes:
                self._latest.show(framed(view))
        raise RuntimeError("the counter stopped telling its pages")

    async def _file(self, request: web.Request) -> web.Response:
        return _answer(request, self._assets[request.match_info.get("name", "page.html")])

    async def _font(self, request: web.Request) -> web.Response:
        """A megabyte and more, of which a page asks for one or two: not kept in memory."""
        return _answer(request, await asyncio.to_thread(font, request.match_info["name"]))

    async def _sentences(self, request: web.Request) -> web.Response:
        language = request.match_info["language"]
        if language not in LANGUAGES:
            raise web.HTTPNotFound(text="no such language")
        if language not in self._said:
            self._said[language] = _text_asset(self._texts.get(language, {}))
        return _answer(request, self._said[language])

    async def _events(self, request: web.Request) -> web.StreamResponse:
        if self._watchers >= self._settings.watchers_max:
            raise web.HTTPServiceUnavailable(text="too many pages watch", headers={"Retry-After": "2"})
        self._watchers += 1
        try:
            return await self._watched(request)
        finally:
            self._watchers -= 1

    async def _watched(self, request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse(
            headers={"Content-Type": "text/event-stream", "Cache-Control": "no-store"}
        )
        await response.prepare(request)
        try:
            await told(response.write, self._latest, hello(self._run, self._version), self._settings)
        except ConnectionError:
            log.debug("page closed")
        except TimeoutError:
            log.warning("page let go: it took nothing for %.1f s", self._settings.send_s)
            if request.transport is not None:
                request.transport.abort()
        return response

    async def _intent(self, request: web.Request) -> web.Response:
        if not secrets.compare_digest(request.headers.get(RUN_HEADER, "").encode(), self._run.encode()):
            raise web.HTTPForbidden(text="not a page of this run")
        if request.content_type != "application/json":
            raise web.HTTPUnsupportedMediaType(text="application/json, please")
        try:
            async with asyncio.timeout(BODY_S):
                intent = msgspec.json.decode(await request.read(), type=Intent)
        except msgspec.MsgspecError:  # Its text may hold what was keyed.
            raise web.HTTPBadRequest(text="not an intent") from None
        except TimeoutError:
            raise web.HTTPRequestTimeout(text="the body did not come") from None
        if len(intent.do) > DO_CHARS_MAX or len(intent.value) > VALUE_CHARS_MAX:
            raise web.HTTPBadRequest(text="too long")
        return web.Response(status=204 if self._front.intend(intent) else 409)


def _text_asset(sentences: Mapping[str, str]) -> Asset:
    return asset("application/json", msgspec.json.encode(dict(sentences)))


def _answer(request: web.Request, asset: Asset) -> web.Response:
    """The file, or 304 when the browser has this very one. Always asked for: a page is never stale."""
    headers = {"ETag": f'"{asset.etag}"', "Cache-Control": "no-cache"}
    if request.headers.get("If-None-Match") == headers["ETag"]:
        return web.Response(status=304, headers=headers)
    return web.Response(body=asset.body, content_type=asset.type, charset="utf-8", headers=headers)
