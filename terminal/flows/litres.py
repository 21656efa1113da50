"""Fuel that was paid ahead, litre by litre, in the place of money (product.md C4)."""

from __future__ import annotations

from functools import partial

from terminal.core.card_kinds import CardUse
from terminal.core.cart import FUEL, Cart
from terminal.core.commands import Measured
from terminal.core.errors import PinRefused
from terminal.core.forecourt import Nozzle, Preset, centilitres_of
from terminal.core.ledger.locked import litres_of
from terminal.core.locks import LITRES
from terminal.core.money import Fen
from terminal.core.ports import Desk
from terminal.core.screens import quantity_shown, says
from terminal.core.trust import Credential, Holder
from terminal.core.units import POURED
from terminal.flows.proving import proved
from terminal.flows.uses import Used, paid_ahead


async def litres_used(
    desk: Desk, fill: Cart, card: Credential, holder: Holder, *, by_pin: bool = False
) -> Used:
    """A fill, as far as litres pay for it; what they do not reach is paid otherwise. Others are not asked.

    `fill`: beside goods or alone. `by_pin`: the PIN was keyed for uses that pay for some of those.
    """
    place = next((at for at, line in enumerate(fill.lines) if line.article.measured in POURED), None)
    if place is None:
        return Used(cart=fill, by_pin=by_pin)
    line = fill.lines[place]
    unit = f"{LITRES}{line.article.sku.removeprefix(FUEL)}"
    left = await _left(desk, holder, unit)
    if not left or not await _wanted(desk, left, line.article.measured):
        return Used(cart=fill, by_pin=by_pin)
    cart = fill.poured_ahead(place, unit, min(left, line.quantity))
    worth = sum(part.amount for part in paid_ahead(desk, cart, await desk.price(cart, holder)).parts)
    try:
        return Used(cart=cart, by_pin=by_pin or await proved(desk, card, holder, Fen(worth)))
    except PinRefused as refusal:
        await desk.decline(refusal)
        return Used(cart=fill)


async def litres_held(desk: Desk, holder: Holder, nozzle: Nozzle, preset: Preset) -> int:
    """So many hundredths of litres paid ahead are held for a fill: no more than may flow. 0: none."""
    left = await _left(desk, holder, f"{LITRES}{nozzle.grade}")
    if not left or not await _wanted(desk, left, desk.policy.measured(nozzle.grade)):
        return 0
    return min(left, centilitres_of(preset, nozzle.price))


async def _left(desk: Desk, holder: Holder, unit: str) -> int:
    if not holder.may_have(LITRES) or not desk.policy.card_may(holder.card_kind, CardUse.COUNT):
        return 0
    day = desk.occasion().business_day
    return await desk.ask_ledger(partial(litres_of, wallet=holder.wallet, unit=unit, day=day))


async def _wanted(desk: Desk, left: int, measured: Measured) -> bool:
    shown = quantity_shown(left, measured)
    ways = {"ahead": says("{litres} paid ahead", litres=shown), "pay": says("Pay for it")}
    return await desk.choose("Fuel was paid ahead. Is it used?", ways) == "ahead"
