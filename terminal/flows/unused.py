"""A count card ends before it is used up: what is left is paid back, by whose wish it is (product.md B6)."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from types import MappingProxyType

from terminal.core.commands import Returned
from terminal.core.errors import BadAmount, NothingPaidIn
from terminal.core.money import AMOUNT_MAX
from terminal.core.original import Original
from terminal.core.ports import Desk
from terminal.core.screens import Message, says
from terminal.core.uses import Unused, unused

_WISHES: Mapping[str, Message] = MappingProxyType(
    {
        "member": says("The member wishes it"),
        "shop": says("The shop ends it"),
    }
)


async def partly_used(desk: Desk, sale: Original) -> dict[int, Unused]:
    """By line."""
    found = await desk.ask_ledger(partial(unused, sale=sale.command.id))
    return {one.line: one for one in found if not sale.rests[one.line].gone}


async def what_is_left(desk: Desk, one: Unused) -> Returned:
    """All uses that are left, for what the rule gives. Raises NothingPaidIn."""
    used = str(one.used)
    wish = await desk.choose("{name}, {used} used: whose wish is it?", _WISHES, name=one.name, used=used)
    if wish == "shop":
        return Returned(line=one.line, net=one.by_shop)
    listed = await _listed(desk, one)
    net = one.by_member(listed)
    if not net:
        raise NothingPaidIn(f"{listed} was taken of {one.paid}")
    return Returned(line=one.line, net=net)


async def _listed(desk: Desk, one: Unused) -> int:
    """What was taken with it, at list price: never less than was paid for it."""
    while True:
        listed = await desk.ask_amount("What was taken with it, at list price?", at_most=AMOUNT_MAX)
        if listed >= one.spent:
            return listed
        await desk.decline(BadAmount(f"{listed} of {one.spent}"))
