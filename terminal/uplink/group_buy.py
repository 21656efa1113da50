"""Whoever verifies group-buy vouchers for the shop, over HTTPS, in the small protocol of docs/group-buy.md.

Hostile until parsed, as an acquirer: what is no clear answer is `UNKNOWN`, and of an offer `AWAY`.
"""

from __future__ import annotations

import logging

import msgspec
from msgspec import Struct

from terminal.core.acquirer import Order, Said
from terminal.core.group_buy import GroupCode, Offer, WhyNot
from terminal.uplink import bearer as by
from terminal.uplink.acquirer import said_of
from terminal.uplink.bearer import Bearer, plain
from terminal.uplink.settings import GroupBuy as Settings

log = logging.getLogger(__name__)

_TITLE_CHARS_MAX = 60
_ONLY_MAX = 50


class _Answer(Struct, frozen=True, kw_only=True):
    """An offer, or why there is none."""

    refused: WhyNot | None = None
    platform: str = ""
    worth: int = 0
    settles: int = 0
    title: str = ""
    only: tuple[str, ...] = ()
    several: bool = False


_answer = msgspec.json.Decoder(_Answer)


def secret_of(settings: Settings) -> str:
    """Raises ValueError or OSError where it is none."""
    return by.secret_of(settings, "group_buy")


class HttpGroupBuy:
    """`core.group_buy.GroupBuy`."""

    def __init__(self, settings: Settings, secret: str) -> None:
        self._bearer = Bearer(settings, secret)

    async def offer(self, code: GroupCode) -> Offer | WhyNot:
        try:
            said = _answer.decode(await self._bearer.asked("POST", "/offers", {"code": code.text}))
            return said.refused or _offer(said)
        except Exception as fault:  # noqa: BLE001  whatever it was, nothing is known of the voucher
            log.warning("no answer about a voucher: why=%s", type(fault).__name__)
            return WhyNot.AWAY

    async def redeem(self, order: Order, code: GroupCode) -> Said:
        asked: dict[str, object] = {"id": order.id, "amount": order.amount, "code": code.text}
        said = await said_of(self._bearer, "POST", "/redemptions", order, asked)
        return Said(outcome=said.outcome) if plain(code.text) in said.evidence else said

    async def query(self, order: Order) -> Said:
        return await said_of(self._bearer, "GET", f"/redemptions/{order.id}", order)

    async def cancel(self, order: Order) -> Said:
        return await said_of(self._bearer, "POST", f"/redemptions/{order.id}/cancel", order, {})

    async def close(self) -> None:
        await self._bearer.close()


def _offer(said: _Answer) -> Offer:
    """Raises ValueError."""
    if len(said.only) > _ONLY_MAX:
        raise ValueError("for too many things")
    return Offer(
        platform=said.platform,
        worth=said.worth,
        settles=said.settles,
        title="".join(sign for sign in said.title if sign.isprintable())[:_TITLE_CHARS_MAX],
        only=said.only,
        several=said.several,
    )
