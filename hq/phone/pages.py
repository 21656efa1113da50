"""The phone page over HTTPS, on a listener of its own: sign in, look, sign out.

A session is a cookie that only this host gets and no script reads. A form counts when it comes from a page of
ours (Origin), to a name of ours (Host), and, of a member, carries what follows from the session. What is
asked for without a session is answered the same for every phone.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Awaitable, Callable, Collection, Mapping
from datetime import timedelta
from http import HTTPStatus
from importlib import resources
from typing import Any
from zoneinfo import ZoneInfo

from aiohttp import hdrs, web

from hq.codes import same
from hq.phone import html
from hq.phone.channels import Channels
from hq.phone.member import receipt, shown
from hq.phone.settings import PhoneMerchant
from hq.phone.signing_in import SESSION_LIFE, Newcomer, PhoneSession, SigningIn
from hq.phone.store import PhoneStore
from hq.phone.texts import Language, language_of
from hq.refusal import Unread, in_time
from terminal.core.codes import phone
from terminal.core.errors import BadPhone
from terminal.core.ports import Clock
from terminal.runtime.connections import Connections, watched
from terminal.runtime.knocks import Knocks

log = logging.getLogger(__name__)

COOKIE = "__Host-member"
LANGUAGE_COOKIE = "__Host-language"
FORM_BYTES_MAX = 4_096
_TEXT_MAX = 100
_SECOND = timedelta(seconds=1)
_ID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")
_STYLE = resources.files("hq.phone").joinpath("phone.css").read_bytes()
_SCRIPT = resources.files("hq.phone").joinpath("phone.js").read_bytes()
_HEADERS = {
    "Content-Security-Policy": html.POLICY,
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",  # With `no-referrer` a browser hides the Origin of our own forms.
    "Cache-Control": "no-store",
    "Strict-Transport-Security": "max-age=31536000",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
}

_Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]
Fields = Mapping[str, str]
Codes = Callable[[str, bytes], str]
"""A member code as a phone shows it, of a merchant, by the token of a phone."""


class PhonePages:
    def __init__(  # noqa: PLR0913  what it needs of the outside, each by its name
        self,
        store: PhoneStore,
        signing_in: SigningIn,
        channels: Channels,
        clock: Clock,
        *,
        codes: Codes,
        knocks: Knocks,
        shows: Knocks,
        merchants: Mapping[str, PhoneMerchant],
        names: Collection[str],
    ) -> None:
        """`knocks`: of addresses; `shows`: of sessions; `names`: by which a browser may reach us."""
        self._store = store
        self._signing_in = signing_in
        self._channels = channels
        self._knocks = knocks
        self._shows = shows
        self._codes = codes
        self._clock = clock
        self._merchants = merchants
        self._names = frozenset(names)

    def application(self, connections: Connections) -> web.Application:
        """Nothing but these pages. `connections`: the server's own."""
        app = web.Application(
            client_max_size=FORM_BYTES_MAX, middlewares=[watched(connections), self._guarded()]
        )
        app.router.add_get(html.STYLE_PATH, _file(_STYLE, "text/css"))
        app.router.add_get(html.SCRIPT_PATH, _file(_SCRIPT, "text/javascript"))
        app.router.add_get("/favicon.ico", _no_icon)
        app.router.add_get("/m/{merchant}", self._home)
        app.router.add_post("/m/{merchant}/code", self._code)
        app.router.add_post("/m/{merchant}/in", self._in)
        app.router.add_post("/m/{merchant}/out", self._out)
        app.router.add_get("/m/{merchant}/receipt/{entry}", self._receipt)
        app.router.add_get("/m/{merchant}/show", self._show)
        app.router.add_get("/m/{merchant}/code.svg", self._shown)
        return app

    def _guarded(self) -> Any:  # noqa: ANN401  aiohttp's own kind of function
        """Only under our names; what goes wrong is told to nobody and logged without the request."""

        @web.middleware
        async def guard(request: web.Request, handler: _Handler) -> web.StreamResponse:
            host = request.headers.getall(hdrs.HOST, [])
            if len(host) != 1 or request.url.host not in self._names:
                return _plain(HTTPStatus.MISDIRECTED_REQUEST)
            try:
                return await handler(request)
            except web.HTTPException as refusal:
                return _plain(HTTPStatus(refusal.status))
            except Unread:
                return _plain(HTTPStatus.REQUEST_TIMEOUT)
            except Exception as fault:  # noqa: BLE001  its text might name the phone
                log.error("the phone page has a fault: %s", type(fault).__name__)  # noqa: TRY400
                return _plain(HTTPStatus.SERVICE_UNAVAILABLE)

        return guard

    # Looking

    async def _home(self, request: web.Request) -> web.Response:
        merchant, place = self._place(request)
        session = await self._session(request, merchant.id)
        if session is None:
            body = html.phone_page(place, join=merchant.join)
        else:
            zone, now_ms = ZoneInfo(merchant.time_zone), self._clock.wall_ms()
            seen = await shown(
                self._store,
                merchant.id,
                session.member,
                zone=zone,
                day_cut_min=merchant.day_cut_min,
                now_ms=now_ms,
            )
            body = html.member_page(place, session, seen, merchant.card_kinds)
        answer = _html(body)
        if "lang" in request.query:
            _remember(answer, LANGUAGE_COOKIE, place.language)
        return answer

    async def _receipt(self, request: web.Request) -> web.Response:
        merchant, place = self._place(request)
        session = await self._session(request, merchant.id)
        if session is None:
            return _to(place.at)
        entry = request.match_info["entry"]
        found = None
        if _ID.fullmatch(entry):
            found = await receipt(
                self._store,
                merchant.id,
                session.member,
                entry,
                shop=merchant.name,
                language=place.language,
            )
        if found is None:
            return _html(html.refused_page(place, "There is no such page."), HTTPStatus.NOT_FOUND)
        return _html(html.receipt_page(place, found))

    async def _show(self, request: web.Request) -> web.Response:
        merchant, place = self._place(request)
        if await self._session(request, merchant.id) is None:
            return _to(place.at)
        return _html(html.code_shown_page(place, str(self._clock.wall_ms())))

    async def _shown(self, request: web.Request) -> web.Response:
        """A new code each time, for a minute and a single use (product.md A9)."""
        merchant, _ = self._place(request)
        session = await self._session(request, merchant.id)
        if session is None:
            return _plain(HTTPStatus.FORBIDDEN)
        if not self._shows.allowed(session.token.hex()):
            return _plain(HTTPStatus.TOO_MANY_REQUESTS)
        text = self._codes(merchant.id, session.member.phone)
        return web.Response(text=html.qr_svg(text), content_type="image/svg+xml", headers=_HEADERS)

    # Coming and going

    async def _code(self, request: web.Request) -> web.Response:
        merchant, place = self._place(request)
        fields = await self._fields(request)
        if fields is None:
            return _lost(place)
        if not self._knocks.allowed(request.remote or ""):
            return _too_many(html.phone_page(place, "Too many attempts: wait a minute.", join=merchant.join))
        typed = fields.get("phone", "")
        try:
            number = phone(typed).number
            sent, paced = await self._signing_in.asked(merchant.id, number, join=merchant.join)
        except BadPhone:
            wrong = "A mobile number has 11 digits and begins with 1."
            return _html(html.phone_page(place, wrong, join=merchant.join), HTTPStatus.BAD_REQUEST)
        if sent is not None:
            self._channels.send(merchant, sent, place.language)
        return _html(html.code_page(place, number, join=merchant.join, paced=paced))

    async def _in(self, request: web.Request) -> web.Response:
        merchant, place = self._place(request)
        fields = await self._fields(request)
        if fields is None:
            return _lost(place)
        typed = fields.get("phone", "")
        if not self._knocks.allowed(request.remote or ""):
            return _too_many(
                html.code_page(place, typed, "Too many attempts: wait a minute.", join=merchant.join)
            )
        session = await self._signing_in.signed_in(merchant.id, typed, fields.get("code", ""))
        if session is None:
            wrong = "That code is wrong, used, or too old."
            return _html(html.code_page(place, typed, wrong, join=merchant.join), HTTPStatus.FORBIDDEN)
        if isinstance(session, Newcomer):
            return _html(html.join_page(place, session.phone))
        answer = _to(place.at)
        _remember(answer, COOKIE, session.cookie())
        return answer

    async def _out(self, request: web.Request) -> web.Response:
        merchant, place = self._place(request)
        session, _ = await self._meant(request, merchant.id)
        if session is None:
            return _lost(place)
        await self._signing_in.signed_out(session)
        answer = _to(place.at)
        answer.del_cookie(COOKIE, path="/", secure=True, httponly=True, samesite="Strict")
        return answer

    # Who asks

    def _place(self, request: web.Request) -> tuple[PhoneMerchant, html.Place]:
        merchant = self._merchants.get(request.match_info["merchant"])
        if merchant is None:
            raise web.HTTPNotFound
        asked = request.query.get("lang") or request.cookies.get(LANGUAGE_COOKIE)
        accepted = request.headers.get(hdrs.ACCEPT_LANGUAGE, "")[: _TEXT_MAX * 4]
        language = next((one for one in Language if one == asked), None) or language_of(accepted)
        return merchant, html.Place(merchant.id, merchant.name, language)

    async def _session(self, request: web.Request, merchant: str) -> PhoneSession | None:
        cookie = request.cookies.get(COOKIE)
        return None if cookie is None else await self._signing_in.session(merchant, cookie)

    async def _fields(self, request: web.Request) -> Fields | None:
        """Of a form that a page of ours has sent; None: of any other."""
        if request.headers.getall(hdrs.ORIGIN, []) != [f"https://{request.headers[hdrs.HOST]}"]:
            return None
        if request.content_type != "application/x-www-form-urlencoded":
            return None
        if request.content_length is None or request.content_length > FORM_BYTES_MAX:
            return None
        try:
            async with in_time():
                sent = await request.post()
        except (LookupError, ValueError):  # No such charset, or bytes that are none of it.
            return None
        return {name: value[:_TEXT_MAX] for name, value in sent.items() if isinstance(value, str)}

    async def _meant(self, request: web.Request, merchant: str) -> tuple[PhoneSession | None, Fields]:
        """Who has sent that form, where it is one that was given to them."""
        fields = await self._fields(request)
        session = await self._session(request, merchant)
        if fields is None or session is None or not same(fields.get("form_key", ""), session.form_key()):
            return None, {}
        return session, fields


def _file(body: bytes, kind: str) -> _Handler:
    async def handle(_request: web.Request) -> web.Response:
        headers = {**_HEADERS, "Cache-Control": "max-age=3600"}
        return web.Response(body=body, content_type=kind, charset="utf-8", headers=headers)

    return handle


async def _no_icon(_request: web.Request) -> web.Response:
    """Browsers ask for one by themselves, and complain of a page that is not there."""
    return web.Response(status=HTTPStatus.NO_CONTENT, headers=_HEADERS)


def _remember(answer: web.Response, name: str, value: str) -> None:
    answer.set_cookie(
        name,
        value,
        max_age=SESSION_LIFE // _SECOND,
        secure=True,
        httponly=True,
        samesite="Strict",
        path="/",
    )


def _html(body: str, status: HTTPStatus = HTTPStatus.OK) -> web.Response:
    return web.Response(text=body, content_type="text/html", headers=_HEADERS, status=status)


def _lost(place: html.Place) -> web.Response:
    wrong = html.refused_page(place, "That did not work. Open the page again.")
    return _html(wrong, HTTPStatus.FORBIDDEN)


def _too_many(body: str) -> web.Response:
    return _html(body, HTTPStatus.TOO_MANY_REQUESTS)


def _plain(status: HTTPStatus) -> web.Response:
    return web.Response(text=f"{status.phrase}\n", content_type="text/plain", headers=_HEADERS, status=status)


def _to(place: str) -> web.Response:
    return web.Response(status=HTTPStatus.SEE_OTHER, headers={**_HEADERS, "Location": place})
