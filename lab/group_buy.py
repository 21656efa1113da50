"""A verification service that can lie: it knows vouchers by their form, and answers as it is told.

`python -m lab group_buy --port 0` serves docs/group-buy.md on this machine and prints its address;
`GET /books` says which ids use a voucher, `POST /whims` how it answers from then on. With `--books FILE` it
knows after its next start what was used.

A code is `MT` (Meituan) or `DY` (Douyin), its worth in yuan, perhaps `S` (goes with others) and `F` (pays
fruit alone), and any ending: `MT30S-0001`. One that ends in `OLD` is out of date.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Callable, Sequence
from pathlib import Path
from random import Random

import msgspec
from aiohttp import web
from msgspec import Struct

from lab.acquirer import AtRandom, InOrder, Whim, Whims
from lab.wire import Lost, answered, parsed, serve
from terminal.core.acquirer import Order, Outcome, Said
from terminal.core.group_buy import GroupCode, Offer, WhyNot
from terminal.runtime.durable import put

SECRET = "simulated-group-buy"  # noqa: S105  of no use anywhere else
FRUIT = "fruit"
_FORM = re.compile(r"(MT|DY)(\d{1,4})(S?)(F?)-([0-9A-Z]{3,12})", re.ASCII)
_PLATFORMS = {"MT": "meituan", "DY": "douyin"}
CONFIRMED_AFTER = 2
"""Questions about a redemption until a slow platform has done it."""


def known_as(code: str) -> Offer | None:
    """The voucher of that code; None: there is none."""
    found = _FORM.fullmatch(code)
    if found is None or not int(found[2]):
        return None
    worth = int(found[2]) * 100
    return Offer(
        platform=_PLATFORMS[found[1]],
        worth=worth,
        settles=worth * 94 // 100,
        title=f"{found[2]} yuan",
        only=(FRUIT,) if found[4] else (),
        several=bool(found[3]),
    )


class Redeemed(Struct):
    """What it knows of one id."""

    code: str = ""
    amount: int = 0
    times: int = 0
    """How often the voucher is used under it."""
    asked: int = 0
    """Questions until it is done, of a slow one."""
    closed: bool = False
    refused: bool = False


class GroupBuyBooks:
    """Which vouchers are used, by the shops' ids. Raises Lost where no answer comes."""

    def __init__(self, whims: Whims) -> None:
        self.whims = whims
        self.redeemed: dict[str, Redeemed] = {}
        self.elsewhere: set[str] = set()
        """Codes that another shop has verified."""

    def used(self, code: str) -> int:
        """How often a voucher is used, by all ids together."""
        return sum(one.times for one in self.redeemed.values() if one.code == code)

    def offer(self, code: str) -> Offer | WhyNot:
        whim = self.whims.next()
        if whim in {Whim.DEAF, Whim.MUTE}:
            raise Lost
        if whim is Whim.VAGUE:
            return WhyNot.AWAY
        offer = known_as(code)
        if offer is None:
            return WhyNot.UNKNOWN
        if code.endswith("OLD"):
            return WhyNot.ENDED
        return WhyNot.USED if code in self.elsewhere or self.used(code) or whim is Whim.NO else offer

    def redeem(self, id_: str, code: str, amount: int) -> tuple[Outcome, int]:
        whim = self.whims.next()
        if whim is Whim.DEAF:
            raise Lost
        if whim is Whim.VAGUE:
            return Outcome.UNKNOWN, 0
        known = self.redeemed.setdefault(id_, Redeemed())
        if not (known.closed or known.times or known.refused or known.asked):
            self._use(known, code, amount, whim)
        if whim is Whim.MUTE:
            raise Lost
        return self._said(known)

    def _use(self, known: Redeemed, code: str, amount: int, whim: Whim | None) -> None:
        offer = known_as(code)
        known.code, known.amount = code, amount
        if offer is None or amount > offer.worth or code in self.elsewhere or self.used(code):
            known.refused = True
        elif whim is Whim.NO:
            self.elsewhere.add(code)
            known.refused = True
        elif whim is Whim.SLOW:
            known.asked = CONFIRMED_AFTER
        else:
            known.times = 2 if whim is Whim.TWICE else 1

    def query(self, id_: str) -> tuple[Outcome, int]:
        whim = self.whims.next()
        if whim in {Whim.DEAF, Whim.MUTE}:
            raise Lost
        known = self.redeemed.get(id_)
        if whim is Whim.VAGUE or known is None:
            return Outcome.UNKNOWN, 0
        if known.asked and not known.closed:
            known.asked -= 1
            known.times = 0 if known.asked else 1
        return self._said(known)

    def cancel(self, id_: str) -> tuple[Outcome, int]:
        """Also of an id that it never heard of: that is closed, and never redeemed."""
        whim = self.whims.next()
        if whim is Whim.DEAF:
            raise Lost
        if whim is Whim.VAGUE:
            return Outcome.UNKNOWN, 0
        known = self.redeemed.setdefault(id_, Redeemed())
        if whim is Whim.NO and known.times:
            return Outcome.REFUSED, 0
        known.times, known.closed = 0, True
        if whim is Whim.MUTE:
            raise Lost
        return Outcome.UNDONE, 0

    @staticmethod
    def _said(known: Redeemed) -> tuple[Outcome, int]:
        if known.closed:
            return Outcome.UNDONE, 0
        if known.refused:
            return Outcome.REFUSED, 0
        return (Outcome.PAID, known.amount * known.times) if known.times else (Outcome.WAITING, 0)


class NearGroupBuy:
    """`core.group_buy.GroupBuy` over its books without a wire, answering as the adapter does."""

    def __init__(self, books: GroupBuyBooks) -> None:
        self.books = books

    async def offer(self, code: GroupCode) -> Offer | WhyNot:
        try:
            return self.books.offer(code.text)
        except Lost:
            return WhyNot.AWAY

    async def redeem(self, order: Order, code: GroupCode) -> Said:
        return self._heard(order, lambda: self.books.redeem(order.id, code.text, order.amount))

    async def query(self, order: Order) -> Said:
        return self._heard(order, lambda: self.books.query(order.id))

    async def cancel(self, order: Order) -> Said:
        return self._heard(order, lambda: self.books.cancel(order.id))

    async def close(self) -> None:
        """Nothing is open."""

    @staticmethod
    def _heard(order: Order, ask: Callable[[], tuple[Outcome, int]]) -> Said:
        try:
            outcome, amount = ask()
        except Lost:
            return Said(outcome=Outcome.UNKNOWN)
        if outcome is Outcome.PAID and amount != order.amount:
            return Said(outcome=Outcome.UNKNOWN)
        return Said(outcome=outcome, evidence=f"sim-{order.id[-12:]}")


class _Code(Struct, frozen=True, forbid_unknown_fields=True):
    code: str


class _Redeem(Struct, frozen=True, forbid_unknown_fields=True):
    id: str
    amount: int
    code: str


class _Kept(Struct):
    redeemed: dict[str, Redeemed]
    elsewhere: set[str]


class Server:
    """docs/group-buy.md over HTTP, on this machine alone."""

    def __init__(self, books: GroupBuyBooks, keep: Callable[[GroupBuyBooks], None] = lambda _: None) -> None:
        """`keep` is called before each answer."""
        self.books = books
        self._keep = keep

    def application(self) -> web.Application:
        app = web.Application()
        app.add_routes(
            [
                web.post("/offers", self._offer),
                web.post("/redemptions", self._redeem),
                web.get("/redemptions/{id}", self._query),
                web.post("/redemptions/{id}/cancel", self._cancel),
                web.get("/books", self._books),
                web.post("/whims", self._whims),
            ]
        )
        return app

    async def _offer(self, request: web.Request) -> web.Response:
        asked = msgspec.json.decode(await request.read(), type=_Code)
        return self._answer(request, lambda: _told(self.books.offer(asked.code)))

    async def _redeem(self, request: web.Request) -> web.Response:
        asked = msgspec.json.decode(await request.read(), type=_Redeem)
        return self._answer(
            request, lambda: _outcome(asked.id, self.books.redeem(asked.id, asked.code, asked.amount))
        )

    async def _query(self, request: web.Request) -> web.Response:
        id_ = request.match_info["id"]
        return self._answer(request, lambda: _outcome(id_, self.books.query(id_)))

    async def _cancel(self, request: web.Request) -> web.Response:
        id_ = request.match_info["id"]
        return self._answer(request, lambda: _outcome(id_, self.books.cancel(id_)))

    async def _books(self, _: web.Request) -> web.Response:
        return web.json_response(
            {id_: one.amount * one.times for id_, one in self.books.redeemed.items() if one.times}
        )

    async def _whims(self, request: web.Request) -> web.Response:
        said = msgspec.json.decode(await request.read(), type=list[Whim | None])
        self.books.whims = InOrder(*said)
        return web.Response(status=204)

    def _answer(self, request: web.Request, ask: Callable[[], dict[str, object]]) -> web.Response:
        return answered(request, SECRET, ask, lambda: self._keep(self.books))


def _outcome(id_: str, said: tuple[Outcome, int]) -> dict[str, object]:
    return {"outcome": said[0], "amount": said[1], "number": f"sim-{id_[-12:]}"}


def _told(offer: Offer | WhyNot) -> dict[str, object]:
    if isinstance(offer, WhyNot):
        return {"refused": offer}
    found: dict[str, object] = msgspec.to_builtins(offer)
    return found


def kept(file: Path, whims: Whims) -> tuple[GroupBuyBooks, Callable[[GroupBuyBooks], None]]:
    """The books that lie in that file, and how they are written there again."""
    books = GroupBuyBooks(whims)
    if file.exists():
        lay = msgspec.json.decode(file.read_bytes(), type=_Kept)
        books.redeemed, books.elsewhere = lay.redeemed, lay.elsewhere
    return books, lambda now: put(file, msgspec.json.encode(_Kept(now.redeemed, now.elsewhere)))


def main(arguments: Sequence[str]) -> int:
    """Serves until it is ended."""
    typed = parsed("python -m lab group_buy", arguments)
    whims = AtRandom(Random(typed.seed), typed.share)
    server = Server(*kept(typed.books, whims)) if typed.books else Server(GroupBuyBooks(whims))
    asyncio.run(serve(server, typed.port))
    return 0
