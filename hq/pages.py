"""The operator's pages over HTTPS: login, what there is to see, what is decided.

A session is a cookie that only this host gets and no script reads. A form counts when it comes from a page of
ours (Origin), to a name of ours (Host), and carries what follows from the session.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Collection, Mapping
from datetime import timedelta
from http import HTTPStatus

from aiohttp import web

from hq import decisions, withdrawing
from hq.cloned import one_goes_on
from hq.codes import same
from hq.decisions import NotDecided
from hq.door import Door
from hq.exchange import Exchange
from hq.html import POLICY
from hq.operators import SESSION_LIFE, Operators, Session
from hq.overview import overview
from hq.page import login_page, operator_page
from hq.ports import Cause, Decision
from hq.postgres import PostgresStore
from hq.publishing import NotPublishable, limit
from hq.refusal import RequestRefused, in_time
from hq.rereading import read_again
from terminal.core.cards import CardState
from terminal.core.errors import BadAmount
from terminal.core.money import amount
from terminal.core.policy import Offline
from terminal.core.values import SiteId, TerminalId
from terminal.core.wire.problem import ProblemCode
from terminal.runtime.authority import Identity
from terminal.runtime.knocks import Knocks

COOKIE = "__Host-hq"
FORM_BYTES_MAX = 16_384
_TEXT_MAX = 300
_DIGITS = 19

_HEADERS = {
    "Content-Security-Policy": POLICY,
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",  # With `no-referrer` a browser hides the Origin of our own forms.
    "Cache-Control": "no-store",
    "Strict-Transport-Security": "max-age=31536000",
}

Fields = Mapping[str, str]


class Pages:
    def __init__(  # noqa: PLR0913  what it needs of the outside, each by its name
        self,
        store: PostgresStore,
        door: Door,
        exchange: Exchange,
        operators: Operators,
        knocks: Knocks,
        *,
        names: Collection[str],
    ) -> None:
        """`names`: by which a browser may reach us."""
        self._store = store
        self._door = door
        self._exchange = exchange
        self._operators = operators
        self._knocks = knocks
        self._names = frozenset(names)
        self._decisions: dict[str, Callable[[Session, Fields], Awaitable[str | None]]] = {
            "instance": self._instance,
            "clone": self._clone,
            "close": self._close,
            "merge": self._merge,
            "read_again": self._read_again,
            "write_off": self._write_off,
            "gone": self._gone,
            "revoke": self._revoke,
            "policy": self._policy,
            "card": self._card,
            "tier": self._tier,
            "withdraw": self._withdraw,
            "give_again": self._give_again,
        }

    def add_to(self, app: web.Application) -> None:
        app.router.add_get("/", self._overview)
        app.router.add_get("/login", self._login_form)
        app.router.add_post("/login", self._login)
        app.router.add_post("/logout", self._logout)
        app.router.add_post("/decide", self._decide)

    # What there is to see

    async def _overview(self, request: web.Request) -> web.Response:
        if not self._ours(request):
            return _plain(HTTPStatus.MISDIRECTED_REQUEST)
        session = await self._session(request)
        return _to("/login") if session is None else await self._shown(session)

    async def _shown(self, session: Session, wrong: str = "", told: str = "") -> web.Response:
        seen = await overview(
            self._store, session.merchant, self._exchange.policy, self._exchange.clock.wall_ms()
        )
        status = HTTPStatus.CONFLICT if wrong else HTTPStatus.OK
        return _html(operator_page(seen, session, wrong, told), status)

    # Coming and going

    async def _login_form(self, request: web.Request) -> web.Response:
        if not self._ours(request):
            return _plain(HTTPStatus.MISDIRECTED_REQUEST)
        return _html(login_page(request.query.get("merchant", "")[:_TEXT_MAX]))

    async def _login(self, request: web.Request) -> web.Response:
        fields = await self._fields(request)
        if fields is None:
            return _plain(HTTPStatus.FORBIDDEN)
        merchant = fields.get("merchant", "")
        if not self._knocks.allowed(request.remote or ""):
            return _html(
                login_page(merchant, "Too many attempts: wait a minute."), HTTPStatus.TOO_MANY_REQUESTS
            )
        session = await self._operators.login(merchant, fields.get("code", ""))
        if session is None:
            wrong = "That code is wrong, used, or too old."
            return _html(login_page(merchant, wrong), HTTPStatus.FORBIDDEN)
        answer = _to("/")
        answer.set_cookie(
            COOKIE,
            session.cookie(),
            max_age=SESSION_LIFE // timedelta(seconds=1),
            secure=True,
            httponly=True,
            samesite="Strict",
            path="/",
        )
        return answer

    async def _logout(self, request: web.Request) -> web.Response:
        session, _ = await self._meant(request)
        if session is None:
            return _plain(HTTPStatus.FORBIDDEN)
        await self._operators.logout(session)
        answer = _to("/login")
        answer.del_cookie(COOKIE, path="/", secure=True, httponly=True, samesite="Strict")
        return answer

    # Deciding

    async def _decide(self, request: web.Request) -> web.Response:
        session, fields = await self._meant(request)
        if session is None:
            return _plain(HTTPStatus.FORBIDDEN)
        decide = self._decisions.get(fields.get("do", ""))
        if decide is None:
            return _plain(HTTPStatus.BAD_REQUEST)
        try:
            told = await decide(session, fields)
        except (NotDecided, NotPublishable) as why:
            return await self._shown(session, f"Not decided: {why}.")
        return await self._shown(session, told=told) if told else _to("/")

    async def _instance(self, session: Session, fields: Fields) -> None:
        saw = fields.get("saw", "")
        await decisions.decide_instance(
            self._exchange,
            session.merchant,
            _site(fields),
            fields.get("subject", ""),
            saw=int(saw) if saw.isdecimal() and len(saw) < _DIGITS else 0,
            by=session.operator,
        )

    async def _clone(self, session: Session, fields: Fields) -> str:
        saw, site = fields.get("saw", ""), _site(fields)
        code = await one_goes_on(
            self._exchange, self._door, session.merchant, site, by=session.operator, saw=saw
        )
        return f"At the machine that goes on, type: terminal enrol {code} (within 24 hours, shown once)"

    async def _close(self, session: Session, fields: Fields) -> None:
        cause = Cause(kind=fields.get("kind", ""), site=_site(fields), subject=fields.get("subject", ""))
        decision = Decision(words=fields.get("words", ""), by=session.operator)
        await decisions.close(self._exchange, session.merchant, cause, decision, saw=fields.get("saw", ""))

    async def _merge(self, session: Session, fields: Fields) -> None:
        await decisions.merge_members(
            self._exchange,
            session.merchant,
            fields.get("subject", ""),
            fields.get("into", ""),
            by=session.operator,
        )

    async def _read_again(self, session: Session, fields: Fields) -> None:
        """All of that site on which nobody has decided."""
        told = await read_again(self._exchange, session.merchant, _site(fields), by=session.operator)
        if told.lying and not told.read:
            seq, why = told.lying[0]
            raise NotDecided(f"entry {seq} cannot be read yet: {why}")

    async def _write_off(self, session: Session, fields: Fields) -> None:
        second = await self._second(session, fields)
        await decisions.write_off(
            self._exchange, session.merchant, _site(fields), by=session.operator, second=second
        )

    async def _gone(self, session: Session, fields: Fields) -> None:
        second = await self._second(session, fields)
        await decisions.known_gone(
            self._exchange, session.merchant, _site(fields), by=session.operator, second=second
        )

    async def _second(self, session: Session, fields: Fields) -> str:
        """The second person, who signs with a code of their own."""
        second = await self._operators.by_code(session.merchant, fields.get("second", ""))
        if second is None:
            raise NotDecided("the second person's code is wrong, used, or too old")
        return second

    async def _revoke(self, session: Session, fields: Fields) -> None:
        identity = Identity(
            merchant=session.merchant, site=_site(fields), terminal=TerminalId(fields.get("terminal", ""))
        )
        why = f"{fields.get('words', '')} ({session.operator})"
        if not await self._door.store.revoke(identity, self._exchange.clock.wall_ms(), why):
            raise NotDecided("no such machine is let in")

    async def _policy(self, session: Session, fields: Fields) -> None:
        await limit(
            self._store,
            session.merchant,
            SiteId(fields.get("site", "")),
            Offline(
                secure=_fen(fields, "secure"),
                signed=_fen(fields, "signed"),
                open=_fen(fields, "open"),
                site=_fen(fields, "cap"),
            ),
            by=session.operator,
            now_ms=self._exchange.clock.wall_ms(),
        )

    async def _card(self, session: Session, fields: Fields) -> None:
        try:
            state = CardState(fields.get("state", ""))
        except ValueError as fault:
            raise NotDecided("a card has no such state") from fault
        await decisions.set_card(
            self._exchange, session.merchant, fields.get("card", ""), state, by=session.operator
        )

    async def _tier(self, session: Session, fields: Fields) -> None:
        await decisions.set_tier(
            self._exchange,
            session.merchant,
            fields.get("wallet", ""),
            fields.get("tier", ""),
            by=session.operator,
        )

    async def _withdraw(self, session: Session, fields: Fields) -> str:
        asked = {name: fields.get(name, "").strip() for name in ("coupon", "kind", "wallet")}
        told = await withdrawing.withdraw(
            self._exchange,
            session.merchant,
            withdrawing.Which(**asked),
            why=fields.get("words", ""),
            by=session.operator,
        )
        return f"Withdrawn: {told}"

    async def _give_again(self, session: Session, fields: Fields) -> None:
        await withdrawing.give_again(
            self._exchange, session.merchant, fields.get("kind", ""), by=session.operator
        )

    # Who asks

    def _ours(self, request: web.Request) -> bool:
        host = request.headers.getall("Host", [])
        return len(host) == 1 and request.url.host in self._names

    async def _session(self, request: web.Request) -> Session | None:
        cookie = request.cookies.get(COOKIE)
        return None if cookie is None else await self._operators.session(cookie)

    async def _fields(self, request: web.Request) -> Fields | None:
        """Of a form that a page of ours has sent; None: of any other."""
        origin = request.headers.getall("Origin", [])
        if not self._ours(request) or origin != [f"https://{request.headers['Host']}"]:
            return None
        if request.content_type != "application/x-www-form-urlencoded":
            return None
        if request.content_length is None or request.content_length > FORM_BYTES_MAX:
            return None
        try:
            async with in_time():
                sent = await request.post()
        except (
            LookupError,
            ValueError,
        ) as fault:  # No such charset, or bytes that are none of it.
            raise RequestRefused(ProblemCode.MALFORMED, "the form cannot be read") from fault
        fields = {name: value[:_TEXT_MAX] for name, value in sent.items() if isinstance(value, str)}
        return None if any("\0" in value for value in fields.values()) else fields

    async def _meant(self, request: web.Request) -> tuple[Session | None, Fields]:
        """Who has sent that form, where it is one that was given to them."""
        fields = await self._fields(request)
        session = await self._session(request)
        if fields is None or session is None or not same(fields.get("form_key", ""), session.form_key()):
            return None, {}
        return session, fields


def _site(fields: Fields) -> SiteId:
    return SiteId(fields.get("site", ""))


def _fen(fields: Fields, name: str) -> int:
    """Yuan as people write them. Raises NotDecided."""
    text = fields.get(name, "").strip()
    try:
        return 0 if text == "0" else amount(text)
    except BadAmount as fault:
        raise NotDecided("amounts are yuan, such as 0, 100 or 99.50") from fault


def _html(body: str, status: HTTPStatus = HTTPStatus.OK) -> web.Response:
    return web.Response(text=body, content_type="text/html", headers=_HEADERS, status=status)


def _plain(status: HTTPStatus) -> web.Response:
    return web.Response(text=f"{status.phrase}\n", content_type="text/plain", headers=_HEADERS, status=status)


def _to(place: str) -> web.Response:
    return web.Response(status=HTTPStatus.SEE_OTHER, headers={**_HEADERS, "Location": place})
