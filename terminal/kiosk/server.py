"""The page of the counter: shows what the daemon says, carries touches back. It decides nothing.

`GET /enter` and `POST /enter` (204 with a cookie, 403 not the word of the link), and for who has the cookie
`GET /` and its files, `GET /texts/LANGUAGE`, `GET /events` (server-sent events: `hello` with this
run's token, then `view` and `beat`), `POST /intent` (204 taken, 409 not for this screen). Where there is a
second screen, `GET /display`, its files, its code to join and `/display/events`: what the customer sees.
"""

from __future__ import annotations

import asyncio
import logging
import secrets
import socket
from collections.abc import Iterator, Mapping
from contextlib import aclosing, contextmanager
from pathlib import Path
from typing import Annotated, Final, TypeVar

import msgspec
from aiohttp import web
from aiohttp.typedefs import Handler

from terminal.core.ports import Front
from terminal.core.screens import Intent
from terminal.kiosk.assets import Asset, answered, asset, code, font, loaded
from terminal.kiosk.guard import COOKIE, RUN_HEADER, guard_of, hosts_of, marked
from terminal.kiosk.latest import Latest
from terminal.kiosk.sessions import Sessions
from terminal.kiosk.settings import LANGUAGES, Settings
from terminal.kiosk.telling import faced, framed, hello, told
from terminal.runtime.connections import faults_of_server

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


_Told = TypeVar("_Told")


class Word(msgspec.Struct, frozen=True):
    """What a browser shows to be let in."""

    word: Annotated[str, msgspec.Meta(max_length=VALUE_CHARS_MAX)]


class Seats:
    """Pages that may watch at once."""

    def __init__(self, most: int) -> None:
        self._most = most
        self.watching = 0

    @contextmanager
    def taken(self) -> Iterator[None]:
        """Raises HTTPServiceUnavailable."""
        if self.watching >= self._most:
            raise web.HTTPServiceUnavailable(text="too many pages watch", headers={"Retry-After": "2"})
        self.watching += 1
        try:
            yield
        finally:
            self.watching -= 1


class Kiosk:
    """The server of one terminal's pages; the supervisor runs `run`."""

    def __init__(self, front: Front, settings: Settings, *, texts: Texts, sessions: Sessions) -> None:
        self._front = front
        self._settings = settings
        self._texts = texts
        self._sessions = sessions
        self._entering = asyncio.Lock()
        self._said: dict[str, Asset] = {}
        """By language, once a page has asked for it."""
        self._seats = Seats(settings.watchers_max)
        self._latest = Latest()
        self._faced = Latest()
        """For the second screen."""
        self._join: Asset | None = None
        self._run = ""
        self._assets: dict[str, Asset] = {}
        self._version = ""
        self._bound: asyncio.Future[str] | None = None

    @property
    def watchers(self) -> int:
        """Pages of this listener that are watching now."""
        return self._seats.watching

    @property
    def token(self) -> str:
        """Of this run, as its pages are told; empty before the first."""
        return self._run

    @property
    def link(self) -> Path:
        """The file that says how the next browser gets in, written before `url` is known."""
        return self._sessions.link

    async def url(self) -> str:
        """Where the page is, as soon as `run` listens."""
        return await asyncio.shield(self._bound_future())

    async def run(self) -> None:
        """Serves until cancelled.

        Raises:
            OSError: the address is taken, or the link cannot be written.
        """
        self._latest, self._faced, self._run = Latest(), Latest(), secrets.token_urlsafe(24)
        self._assets, self._version = await asyncio.to_thread(loaded, self._settings.language)
        listening = self._listening()
        address, port = listening.getsockname()[:2]
        runner = web.AppRunner(
            self._application(hosts_of(address, port)),
            logger=faults_of_server(),
            access_log=None,
            shutdown_timeout=_SHUTDOWN_S,
            keepalive_timeout=30.0,
        )
        try:
            await runner.setup()
            url = _url(address, port)
            await asyncio.to_thread(self._sessions.open, url)
            await web.SockSite(runner, listening, backlog=_BACKLOG).start()
            self._bound_future().set_result(url)
            log.info("page served at %s", url)
            await self._follow()
        finally:
            self._sessions.close()
            self._latest.close()
            self._faced.close()
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
        guard = guard_of(hosts, self._sessions.knows)
        application = web.Application(middlewares=[guard], client_max_size=BODY_BYTES_MAX)
        application.on_response_prepare.append(marked)
        application.add_routes(
            [
                *self.of_the_page(self._events),
                web.get("/{name:enter\\.js}", self._file),
                web.get("/enter", self._entrance),
                web.post("/enter", self._enter),
            ]
        )
        if self._settings.display:
            application.add_routes(
                [
                    web.get("/display", self._display),
                    web.get("/{name:display\\.(?:css|js)}", self._file),
                    web.get("/display/join.svg", self._join_code),
                    web.get("/display/events", self._display_events, allow_head=False),
                ]
            )
        return application

    def of_the_page(self, events: Handler) -> list[web.RouteDef]:
        """What a page needs that was let in, here or on the listener of the handhelds."""
        return [
            web.get("/", self._file),
            web.get("/{name:page\\.(?:js|css)|icon\\.svg|inter\\.woff2}", self._file),
            web.get("/{name:(?:hans|hant)(?:-bold)?\\.woff2|more\\.woff2}", self._font),
            web.get("/texts/{language}", self._sentences),
            web.get("/events", events, allow_head=False),
            web.post("/intent", self._intent),
        ]

    def _bound_future(self) -> asyncio.Future[str]:
        if self._bound is None:
            self._bound = asyncio.get_running_loop().create_future()
        return self._bound

    async def _follow(self) -> None:
        """Encodes each view once, for all pages. Ends only if the counter does, which is a crash."""
        async with aclosing(self._front.changes()) as changes:
            async for view in changes:
                self._latest.show(framed(view))
                if self._settings.display:
                    self._faced.show(faced(view, self._settings))
        raise RuntimeError("the counter stopped telling its pages")

    async def _file(self, request: web.Request) -> web.Response:
        return answered(request, self._assets[request.match_info.get("name", "page.html")])

    async def _entrance(self, request: web.Request) -> web.Response:
        return answered(request, self._assets["enter.html"])

    async def _enter(self, request: web.Request) -> web.Response:
        """Who is known already stays so, whatever the word: a link may be opened twice in one browser."""
        word = (await _told_as(request, Word)).word
        if self._sessions.knows(request.cookies.get(COOKIE, "")):
            return web.Response(status=204)
        async with self._entering:  # Who comes second with a word finds it used, and the next one written.
            cookie = await asyncio.to_thread(self._sessions.enter, word)
        if cookie is None:
            raise web.HTTPForbidden(text="not the word of the newest link")
        log.info("a screen was let in")
        answer = web.Response(status=204)
        answer.set_cookie(COOKIE, cookie, httponly=True, samesite="Strict", path="/")
        return answer

    async def _font(self, request: web.Request) -> web.Response:
        """A megabyte and more, of which a page asks for one or two: not kept in memory."""
        return answered(request, await asyncio.to_thread(font, request.match_info["name"]))

    async def _sentences(self, request: web.Request) -> web.Response:
        language = request.match_info["language"]
        if language not in LANGUAGES:
            raise web.HTTPNotFound(text="no such language")
        if language not in self._said:
            self._said[language] = _text_asset(self._texts.get(language, {}))
        return answered(request, self._said[language])

    async def _display(self, request: web.Request) -> web.Response:
        return answered(request, self._assets["display.html"])

    async def _join_code(self, request: web.Request) -> web.Response:
        if not self._settings.display_join:
            raise web.HTTPNotFound(text="nowhere to join")
        if self._join is None:
            self._join = await asyncio.to_thread(code, self._settings.display_join)
        return answered(request, self._join)

    async def _events(self, request: web.Request) -> web.StreamResponse:
        return await self.watched_from(request, self._seats)

    async def watched_from(self, request: web.Request, seats: Seats) -> web.StreamResponse:
        """What the counter shows. Raises HTTPServiceUnavailable: those seats are taken."""
        with seats.taken():
            return await self._watched(request, self._latest, self._run)

    async def _display_events(self, request: web.Request) -> web.StreamResponse:
        """Without the token: it has nothing to touch."""
        with self._seats.taken():
            return await self._watched(request, self._faced, "")

    async def _watched(self, request: web.Request, latest: Latest, run: str) -> web.StreamResponse:
        response = web.StreamResponse(
            headers={"Content-Type": "text/event-stream", "Cache-Control": "no-store"}
        )
        await response.prepare(request)
        try:
            await told(response.write, latest, hello(run, self._version), self._settings)
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
        intent = await _told_as(request, Intent)
        if len(intent.do) > DO_CHARS_MAX or len(intent.value) > VALUE_CHARS_MAX:
            raise web.HTTPBadRequest(text="too long")
        return web.Response(status=204 if self._front.intend(intent) else 409)


async def _told_as(request: web.Request, type: type[_Told]) -> _Told:  # noqa: A002  the decoder's own word
    """The body. Raises HTTPUnsupportedMediaType, HTTPBadRequest or HTTPRequestTimeout."""
    if request.content_type != "application/json":
        raise web.HTTPUnsupportedMediaType(text="application/json, please")
    try:
        async with asyncio.timeout(BODY_S):
            return msgspec.json.decode(await request.read(), type=type)
    except msgspec.MsgspecError:  # Its text may hold what was keyed.
        raise web.HTTPBadRequest(text="not what is asked for here") from None
    except TimeoutError:
        raise web.HTTPRequestTimeout(text="the body did not come") from None


def _url(address: str, port: int) -> str:
    shown = f"[{address}]" if ":" in address else address
    return f"http://{shown}:{port}/"


def _text_asset(sentences: Mapping[str, str]) -> Asset:
    return asset("application/json", msgspec.json.encode(dict(sentences)))
