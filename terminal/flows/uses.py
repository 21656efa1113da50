"""Services that the member paid for ahead: a use of a count card in the place of money (product.md B6)."""

from __future__ import annotations

from functools import partial

from msgspec import Struct

from terminal.core.card_kinds import CardUse
from terminal.core.cart import COUNTED, Cart
from terminal.core.commands import Measured
from terminal.core.errors import PinRefused, TerminalFault, UsesElsewhere, UsesOtherDays, UsesOtherHours
from terminal.core.money import Fen
from terminal.core.payment import Payment, Payments
from terminal.core.ports import Desk
from terminal.core.pricing import Priced
from terminal.core.screens import Message, says
from terminal.core.sold import Out
from terminal.core.times import clock_of
from terminal.core.trust import Credential, Holder
from terminal.core.uses import (
    MayUse,
    NotNow,
    UsesLeft,
    may_use,
    not_now,
    tenders_of,
    uses_left,
    version_of,
    without,
)
from terminal.flows.proving import proved


class Used(Struct, frozen=True, kw_only=True):
    """The cart, with what uses pay for marked in it."""

    cart: Cart
    by_pin: bool = False


async def used(desk: Desk, cart: Cart, card: Credential, holder: Holder) -> Used:
    """Asked for each service of which a use is left. Nobody else is asked anything."""
    if not holder.may_have(COUNTED) or not desk.policy.card_may(holder.card_kind, CardUse.COUNT):
        return Used(cart=cart)
    at = desk.occasion()
    day, clock = at.business_day, clock_of(at)
    left = await desk.ask_ledger(partial(uses_left, wallet=holder.wallet, day=day, clock=clock))
    for out in not_now(cart, left, desk.article):
        await desk.decline(_why(out))
    before, asked = cart, set[tuple[str, UsesLeft]]()
    while (one := may_use(cart, left, desk.article, asked)) is not None:
        asked.add((one.service.sku, version_of(one.left)))
        if pieces := await _pieces(desk, one):
            left = without(left, one.left, pieces)
            offered = clock if one.left.scope is not None and one.left.scope.at_hours else ""
            cart = cart.paid_by_uses(one.place, one.left.unit, pieces, offered)
    if cart == before:
        return Used(cart=before)
    worth = sum(part.amount for part in paid_ahead(desk, cart, await desk.price(cart, holder)).parts)
    try:
        return Used(cart=cart, by_pin=await proved(desk, card, holder, Fen(worth)))
    except PinRefused as refusal:
        await desk.decline(refusal)
        return Used(cart=before)


def _why(one: NotNow) -> TerminalFault:
    match one.out:
        case Out.SITE:
            return UsesElsewhere(one.name)
        case Out.WEEKDAY:
            return UsesOtherDays(one.name)
        case Out.HOUR:
            return UsesOtherHours(one.name, one.opens, one.closes)


async def _pieces(desk: Desk, one: MayUse) -> int:
    words = {
        "use": _label(one),
        "pay": says("Pay for it"),
    }
    if await desk.choose("{name}: use the count card?", words, name=one.service.name) == "pay":
        return 0
    if one.quantity == 1:
        return 1
    return await desk.ask_quantity("How many uses?", Measured.PIECE, at_most=one.quantity)


def _label(one: MayUse) -> Message:
    left = str(one.left.left)
    if one.left.until:
        return says("{name}, {left} left until {day}", name=one.name, left=left, day=one.left.until)
    return says("{name}, {left} left", name=one.name, left=left)


def paid_ahead(desk: Desk, cart: Cart, bill: Priced) -> Payments:
    """What of a bill uses pay."""
    return Payments(parts=tuple(Payment(tender=tender) for tender in tenders_of(cart, bill, desk.article)))
