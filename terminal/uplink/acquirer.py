"""The shop's acquirer over HTTPS, in the small protocol of docs/acquirer.md.

Whatever is no clear answer about the very sum is `UNKNOWN`: no connection, no answer in time, another status
than 200, a body that does not say it, another amount than was asked for.
"""

from __future__ import annotations

import asyncio
import logging
from typing import TYPE_CHECKING

import msgspec
from msgspec import Struct

from terminal.core.acquirer import Order, Outcome, PayCode, Said
from terminal.core.values import EntryId
from terminal.uplink.settings import Acquirer as Settings

if TYPE_CHECKING:
    from aiohttp import ClientSession

log = logging.getLogger(__name__)

_OK = 200
_ANSWER_BYTES_MAX = 4_096
_SECRET_BYTES_MIN = 16
_EVIDENCE_CHARS_MAX = 64
UNKNOWN = Said(outcome=Outcome.UNKNOWN)


class _Answer(Struct, frozen=True, kw_only=True):
    outcome: Outcome
    amount: int = 0
    """Of PAID: what was taken in all, or given back, under this id."""
    number: str = ""


_answer = msgspec.json.Decoder(_Answer)


def secret_of(settings: Settings) -> str:
    """Raises ValueError or OSError where it is none."""
    if settings.secret_file is None:
        raise ValueError("acquirer.secret_file is not set")
    secret = settings.secret_file.read_text("ascii").strip()
    if len(secret) < _SECRET_BYTES_MIN or not secret.isprintable() or " " in secret:
        raise ValueError(f"{settings.secret_file}: not {_SECRET_BYTES_MIN} or more printable characters")
    return secret


class HttpAcquirer:
    """`core.acquirer.Acquirer`. aiohttp is imported with the first payment."""

    def __init__(self, settings: Settings, secret: str) -> None:
        self._url = settings.url.rstrip("/")
        self._deadline_s = settings.deadline_s
        self._ca_file = settings.ca_file
        self._headers = {"Authorization": f"Bearer {secret}"}
        self._session: ClientSession | None = None

    async def pay(self, order: Order, code: PayCode) -> Said:
        asked = {"id": order.id, "amount": order.amount, "wallet": code.wallet, "code": code.digits}
        return await self._asked("POST", "/payments", order, asked)

    async def query(self, order: Order) -> Said:
        return await self._asked("GET", f"/payments/{order.id}", order)

    async def reverse(self, order: Order) -> Said:
        return await self._asked("POST", f"/payments/{order.id}/reverse", order, {"amount": order.amount})

    async def refund(self, refund: Order, of: EntryId) -> Said:
        asked = {"id": refund.id, "amount": refund.amount}
        return await self._asked("POST", f"/payments/{of}/refunds", refund, asked)

    async def _asked(
        self, method: str, path: str, order: Order, body: dict[str, object] | None = None
    ) -> Said:
        try:
            async with asyncio.timeout(self._deadline_s):
                said = await self._answered(method, path, body)
        except Exception as fault:  # noqa: BLE001  whatever it was, nobody knows what became of the payment
            log.warning("no answer of the acquirer: id=%s why=%s", order.id, type(fault).__name__)
            return UNKNOWN
        if said.outcome is Outcome.PAID and said.amount != order.amount:
            log.error("the acquirer says another sum: id=%s asked=%d", order.id, order.amount)
            return UNKNOWN
        return Said(outcome=said.outcome, evidence=_plain(said.number))

    async def _answered(self, method: str, path: str, body: dict[str, object] | None) -> _Answer:
        data = None if body is None else msgspec.json.encode(body)
        headers = {**self._headers, "Content-Type": "application/json"}
        async with self._opened().request(
            method, self._url + path, data=data, headers=headers, allow_redirects=False
        ) as answer:
            if answer.status != _OK:
                raise ValueError(f"status {answer.status}")
            return _answer.decode(await answer.content.read(_ANSWER_BYTES_MAX))

    def _opened(self) -> ClientSession:
        import ssl  # noqa: PLC0415  with what follows 0.1 s of processor time that no start should spend

        import aiohttp  # noqa: PLC0415

        if self._session is None:
            trusted = ssl.create_default_context(cafile=self._ca_file) if self._ca_file else True
            self._session = aiohttp.ClientSession(
                connector=aiohttp.TCPConnector(ssl=trusted),
                timeout=aiohttp.ClientTimeout(total=None),
                cookie_jar=aiohttp.DummyCookieJar(),
            )
        return self._session

    async def close(self) -> None:
        if self._session is not None:
            await self._session.close()
            self._session = None


def _plain(number: str) -> str:
    """As it may stand in the journal: short, of letters and digits."""
    return "".join(sign for sign in number if sign.isascii() and (sign.isalnum() or sign in "-_"))[
        :_EVIDENCE_CHARS_MAX
    ]
