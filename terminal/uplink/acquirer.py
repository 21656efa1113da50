"""The shop's acquirer over HTTPS, in the small protocol of docs/acquirer.md.

Whatever is no clear answer about the very sum is `UNKNOWN`: no connection, no answer in time, another status
than 200, a body that does not say it, another amount than was asked for.
"""

from __future__ import annotations

import logging

import msgspec
from msgspec import Struct

from terminal.core.acquirer import Order, Outcome, PayCode, Said
from terminal.core.values import EntryId
from terminal.uplink import bearer as by
from terminal.uplink.bearer import Bearer, plain
from terminal.uplink.settings import Acquirer as Settings

log = logging.getLogger(__name__)

UNKNOWN = Said(outcome=Outcome.UNKNOWN)


class Answer(Struct, frozen=True, kw_only=True):
    """Of an acquirer, and of whoever verifies vouchers."""

    outcome: Outcome
    amount: int = 0
    """Of PAID: what was taken in all, or given back, under this id."""
    number: str = ""
    payer: str = ""
    """Of PAID, where it knows: the same text for the same payer of a wallet."""


_answer = msgspec.json.Decoder(Answer)


def secret_of(settings: Settings) -> str:
    """Raises ValueError or OSError where it is none."""
    return by.secret_of(settings, "acquirer")


async def said_of(
    bearer: Bearer, method: str, path: str, order: Order, body: dict[str, object] | None = None
) -> Said:
    """What is answered about the very sum; all else is UNKNOWN."""
    try:
        said = _answer.decode(await bearer.asked(method, path, body))
    except Exception as fault:  # noqa: BLE001  whatever it was, nobody knows what became of the payment
        log.warning("no answer about a payment outside: id=%s why=%s", order.id, type(fault).__name__)
        return UNKNOWN
    if said.outcome is Outcome.PAID and said.amount != order.amount:
        log.error("another sum is said of a payment outside: id=%s asked=%d", order.id, order.amount)
        return UNKNOWN
    return Said(outcome=said.outcome, evidence=plain(said.number), payer=said.payer)


class HttpAcquirer:
    """`core.acquirer.Acquirer`."""

    def __init__(self, settings: Settings, secret: str) -> None:
        self._bearer = Bearer(settings, secret)

    async def pay(self, order: Order, code: PayCode) -> Said:
        asked = {"id": order.id, "amount": order.amount, "wallet": code.wallet, "code": code.digits}
        return await said_of(self._bearer, "POST", "/payments", order, asked)

    async def query(self, order: Order) -> Said:
        return await said_of(self._bearer, "GET", f"/payments/{order.id}", order)

    async def reverse(self, order: Order) -> Said:
        asked: dict[str, object] = {"amount": order.amount}
        return await said_of(self._bearer, "POST", f"/payments/{order.id}/reverse", order, asked)

    async def refund(self, refund: Order, of: EntryId) -> Said:
        asked = {"id": refund.id, "amount": refund.amount}
        return await said_of(self._bearer, "POST", f"/payments/{of}/refunds", refund, asked)

    async def close(self) -> None:
        await self._bearer.close()
