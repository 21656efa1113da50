"""A count card ends before it is used up: what is left is paid back, by whose wish it is (product.md B6)."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from types import MappingProxyType

from terminal.core.commands import RechargeRefundReason, Returned
from terminal.core.errors import NothingPaidIn
from terminal.core.money import Fen, shown
from terminal.core.original import Original
from terminal.core.ports import Desk
from terminal.core.screens import Message, quantity_shown, says
from terminal.core.uses import Unused, unused

_WISHES: Mapping[str, Message] = MappingProxyType(
    {
        RechargeRefundReason.MEMBER: says("The member wishes it"),
        RechargeRefundReason.SHOP: says("The shop ends it"),
    }
)


async def partly_used(desk: Desk, sale: Original) -> dict[int, Unused]:
    """By line."""
    found = await desk.ask_ledger(partial(unused, sale=sale.command.id))
    return {one.line: one for one in found if not sale.rests[one.line].gone}


async def what_is_left(desk: Desk, one: Unused) -> Returned:
    """All uses that are left, for what the rule gives, or the terms where they give more.

    Raises NothingPaidIn.
    """
    said = {"name": one.name, "used": quantity_shown(one.used, one.measured), "listed": shown(one.listed)}
    asks = "{name}, {used} used, {listed} at list price: whose wish is it?"
    wish = RechargeRefundReason(await desk.choose(asks, _WISHES, **said))
    favour = await _favour(desk, one) if wish is RechargeRefundReason.MEMBER else 0
    net = one.by_member + favour if wish is RechargeRefundReason.MEMBER else one.by_shop
    if not net:
        raise NothingPaidIn(f"{one.listed} was taken")
    return Returned(line=one.line, net=net, wish=wish, favour=favour)


async def _favour(desk: Desk, one: Unused) -> int:
    """Terms that are better for the member win; no more than the shop pays back that ends it by itself."""
    if one.by_member >= one.by_shop:
        return 0
    by = {
        "rule": says("By the rule: {sum}", sum=shown(one.by_member)),
        "terms": says("The terms give more"),
    }
    if await desk.choose("How much is paid back?", by) == "rule":
        return 0
    agreed = await desk.ask_amount("How much do the terms give?", at_most=Fen(one.by_shop))
    return max(0, agreed - one.by_member)
