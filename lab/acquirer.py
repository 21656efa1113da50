"""An acquirer that can lie: it takes nobody's money, keeps books of it, and answers as it is told.

`python -m lab acquirer --port 0 --seed 1 --share 0.3` serves docs/acquirer.md on this machine and prints its
address; `GET /books` says what it has taken, `POST /whims` how it answers from then on. With `--books FILE`
it knows after its next start what it took.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from enum import StrEnum
from pathlib import Path
from random import Random
from typing import Protocol

import msgspec
from aiohttp import web
from msgspec import Struct

from lab.wire import Lost, answered, parsed, serve
from terminal.core.acquirer import Order, Outcome, PayCode, Said
from terminal.core.values import EntryId
from terminal.runtime.durable import put

SECRET = "simulated-acquirer"  # noqa: S105  of no use anywhere else


class Whim(StrEnum):
    """What may happen to one question."""

    DEAF = "deaf"  # it never arrives
    MUTE = "mute"  # it is done, and the answer is lost
    VAGUE = "vague"  # nothing is done, and "unknown" is the answer
    SLOW = "slow"  # the customer has still to confirm
    TWICE = "twice"  # what is paid is taken twice
    NO = "no"  # the code is refused


class Whims(Protocol):
    def next(self) -> Whim | None: ...


class AtRandom:
    """Each question its own fate, by a seed. `share`: of the questions that go wrong."""

    def __init__(self, random: Random, share: float) -> None:
        self._random = random
        self._share = share

    def next(self) -> Whim | None:
        return self._random.choice(list(Whim)) if self._random.random() < self._share else None


class InOrder:
    """What a test says, and then no whims any more."""

    def __init__(self, *whims: Whim | None) -> None:
        self._whims = list(whims)

    def next(self) -> Whim | None:
        return self._whims.pop(0) if self._whims else None


def payer_of(code: str) -> str:
    """A code is new each minute; here its last four digits are whose it is."""
    return f"sim-payer-{code[-_WHOSE:]}"


class Paid(Struct):
    """What it knows of one id."""

    amount: int
    taken: int = 0
    given_back: int = 0
    asked: int = 0
    """Times it was asked about, while the customer has still to confirm."""
    closed: bool = False
    refused: bool = False
    payer: str = ""
    refunds: dict[str, int] = {}

    @property
    def kept(self) -> int:
        return self.taken - self.given_back


_WHOSE = 4

CONFIRMED_AFTER = 2
"""Questions about a payment until a slow customer has confirmed it."""


class AcquirerBooks:
    """What it has taken, by the shops' ids. Raises Lost where no answer comes."""

    def __init__(self, whims: Whims) -> None:
        self.whims = whims
        self.payments: dict[str, Paid] = {}

    def pay(self, id_: str, amount: int, payer: str = "") -> tuple[Outcome, int]:
        whim = self.whims.next()
        if whim is Whim.DEAF:
            raise Lost
        if whim is Whim.VAGUE:
            return Outcome.UNKNOWN, 0
        known = self.payments.setdefault(id_, Paid(amount=amount, payer=payer))
        if known.closed:
            return Outcome.UNDONE, 0
        if whim is Whim.NO and not known.taken:
            known.refused = True
        elif whim is Whim.SLOW and not known.taken:
            known.asked = CONFIRMED_AFTER
        elif not known.taken and not known.refused:
            known.taken = amount * 2 if whim is Whim.TWICE else amount
        if whim is Whim.MUTE:
            raise Lost
        return self._said(known)

    def query(self, id_: str) -> tuple[Outcome, int]:
        whim = self.whims.next()
        if whim in {Whim.DEAF, Whim.MUTE}:
            raise Lost
        known = self.payments.get(id_)
        if whim is Whim.VAGUE or known is None:
            return Outcome.UNKNOWN, 0
        if known.asked and not known.closed:
            known.asked -= 1
            if not known.asked:
                known.taken = known.amount
        return self._said(known)

    def reverse(self, id_: str, amount: int) -> tuple[Outcome, int]:
        """Also of an id that it never heard of: that is closed, and never paid."""
        whim = self.whims.next()
        if whim is Whim.DEAF:
            raise Lost
        if whim is Whim.VAGUE:
            return Outcome.UNKNOWN, 0
        known = self.payments.setdefault(id_, Paid(amount=amount))
        known.given_back, known.closed = known.taken, True
        if whim is Whim.MUTE:
            raise Lost
        return Outcome.UNDONE, 0

    def refund(self, of: str, id_: str, amount: int) -> tuple[Outcome, int]:
        whim = self.whims.next()
        if whim is Whim.DEAF:
            raise Lost
        known = self.payments.get(of)
        if whim is Whim.VAGUE or known is None:
            return Outcome.UNKNOWN, 0
        if id_ not in known.refunds:
            if amount > known.kept:
                return Outcome.REFUSED, 0
            known.refunds[id_] = amount
            known.given_back += amount
        if whim is Whim.MUTE:
            raise Lost
        return Outcome.PAID, known.refunds[id_]

    def payer(self, id_: str) -> str:
        """Of what was paid; else empty."""
        known = self.payments.get(id_)
        return known.payer if known is not None and self._said(known)[0] is Outcome.PAID else ""

    def kept(self, id_: str) -> int:
        """Fen that the customer is without."""
        return self.payments[id_].kept if id_ in self.payments else 0

    @staticmethod
    def _said(known: Paid) -> tuple[Outcome, int]:
        if known.closed:
            return Outcome.UNDONE, 0
        if known.refused:
            return Outcome.REFUSED, 0
        return (Outcome.PAID, known.taken) if known.taken else (Outcome.WAITING, 0)


class NearAcquirer:
    """`core.acquirer.Acquirer` over its books without a wire, answering as the adapter does."""

    def __init__(self, books: AcquirerBooks) -> None:
        self.books = books

    async def pay(self, order: Order, code: PayCode) -> Said:
        return self._heard(order, lambda: self.books.pay(order.id, order.amount, payer_of(code.digits)))

    async def query(self, order: Order) -> Said:
        return self._heard(order, lambda: self.books.query(order.id))

    async def reverse(self, order: Order) -> Said:
        return self._heard(order, lambda: self.books.reverse(order.id, order.amount))

    async def refund(self, refund: Order, of: EntryId) -> Said:
        return self._heard(refund, lambda: self.books.refund(of, refund.id, refund.amount))

    async def close(self) -> None:
        """Nothing is open."""

    def _heard(self, order: Order, ask: Callable[[], tuple[Outcome, int]]) -> Said:
        try:
            outcome, amount = ask()
        except Lost:
            return Said(outcome=Outcome.UNKNOWN)
        if outcome is Outcome.PAID and amount != order.amount:
            return Said(outcome=Outcome.UNKNOWN)
        return Said(outcome=outcome, evidence=f"sim-{order.id[-12:]}", payer=self.books.payer(order.id))


class _Charge(Struct, frozen=True, forbid_unknown_fields=True):
    id: str
    amount: int
    wallet: str
    code: str


class _Sum(Struct, frozen=True, forbid_unknown_fields=True):
    amount: int
    id: str = ""


class Server:
    """docs/acquirer.md over HTTP, on this machine alone."""

    def __init__(self, books: AcquirerBooks, keep: Callable[[AcquirerBooks], None] = lambda _: None) -> None:
        """`keep` is called before each answer."""
        self.books = books
        self._keep = keep

    def application(self) -> web.Application:
        app = web.Application()
        app.add_routes(
            [
                web.post("/payments", self._pay),
                web.get("/payments/{id}", self._query),
                web.post("/payments/{id}/reverse", self._reverse),
                web.post("/payments/{id}/refunds", self._refund),
                web.get("/books", self._books),
                web.post("/whims", self._whims),
            ]
        )
        return app

    async def _pay(self, request: web.Request) -> web.Response:
        asked = msgspec.json.decode(await request.read(), type=_Charge)
        payer = payer_of(asked.code)
        return self._answer(request, asked.id, lambda: self.books.pay(asked.id, asked.amount, payer))

    async def _query(self, request: web.Request) -> web.Response:
        id_ = request.match_info["id"]
        return self._answer(request, id_, lambda: self.books.query(id_))

    async def _reverse(self, request: web.Request) -> web.Response:
        id_ = request.match_info["id"]
        asked = msgspec.json.decode(await request.read(), type=_Sum)
        return self._answer(request, id_, lambda: self.books.reverse(id_, asked.amount))

    async def _refund(self, request: web.Request) -> web.Response:
        of = request.match_info["id"]
        asked = msgspec.json.decode(await request.read(), type=_Sum)
        return self._answer(request, asked.id, lambda: self.books.refund(of, asked.id, asked.amount))

    async def _books(self, _: web.Request) -> web.Response:
        return web.json_response({id_: paid.kept for id_, paid in self.books.payments.items()})

    async def _whims(self, request: web.Request) -> web.Response:
        said = msgspec.json.decode(await request.read(), type=list[Whim | None])
        self.books.whims = InOrder(*said)
        return web.Response(status=204)

    def _answer(self, request: web.Request, id_: str, ask: Callable[[], tuple[Outcome, int]]) -> web.Response:
        def said() -> dict[str, object]:
            outcome, amount = ask()
            payer = self.books.payer(id_)
            return {"outcome": outcome, "amount": amount, "number": f"sim-{id_[-12:]}", "payer": payer}

        return answered(request, SECRET, said, lambda: self._keep(self.books))


def kept(file: Path, whims: Whims) -> tuple[AcquirerBooks, Callable[[AcquirerBooks], None]]:
    """The books that lie in that file, and how they are written there again."""
    books = AcquirerBooks(whims)
    if file.exists():
        books.payments = msgspec.json.decode(file.read_bytes(), type=dict[str, Paid])
    return books, lambda now: put(file, msgspec.json.encode(now.payments))


def main(arguments: Sequence[str]) -> int:
    """Serves until it is ended."""
    typed = parsed("python -m lab acquirer", arguments)
    whims = AtRandom(Random(typed.seed), typed.share)
    server = Server(*kept(typed.books, whims)) if typed.books else Server(AcquirerBooks(whims))
    asyncio.run(serve(server, typed.port))
    return 0
