"""A nozzle is released: value is held first, or it is paid afterwards (product.md C2, C7)."""

from __future__ import annotations

from collections import Counter
from typing import Final

from terminal.core.card_kinds import CardUse
from terminal.core.commands import BookHold
from terminal.core.errors import CardNotFor, CardNotUsable, InsufficientFunds, UnknownCard
from terminal.core.forecourt import Nozzle, Preset, hold_of, most_of
from terminal.core.money import AMOUNT_MAX, Fen, shown
from terminal.core.ports import Desk
from terminal.core.screens import Line, says
from terminal.core.trust import Credential, Holder
from terminal.core.visit import stored_wants
from terminal.flows.proving import proved

_FULL, _SUM, _LITRES = "full", "sum", "litres"
_FUEL: Final = "fuel-"


async def release(desk: Desk) -> None:
    attendant = await desk.read_badge("Scan your badge")
    nozzle = await desk.choose_nozzle("Which nozzle?")
    preset = await _preset(desk, nozzle)
    card, holder = await _customer(desk, Fen(most_of(preset, nozzle.price)))
    held = Fen(0)
    if card is not None and holder is not None:
        holder, held = await _held(desk, card, holder, nozzle, preset)
        await proved(desk, card, holder, held)
        preset = Preset(fen=held, centilitres=preset.centilitres)
    if not await _sure(desk, nozzle, held, holder):
        return await desk.say("Cancelled. Nothing was charged.")
    if card is not None:
        desk.still_there(card)
    fill, hold = desk.new_id(), None
    if holder is not None:
        hold = BookHold(
            id=hold_of(fill),
            at=desk.occasion(attendant),
            wallet=holder.wallet,
            card=holder.card,
            amount=held,
            for_what=f"pump:{nozzle.number}",
            kind=holder.card_kind,
        )
    await desk.release(fill, nozzle, preset, hold)
    if hold is None:
        return await desk.say("Released. It is paid afterwards, under Fuel and join.")
    return await desk.say("Released. What flows is settled by itself.")


async def _preset(desk: Desk, nozzle: Nozzle) -> Preset:
    ways = {_FULL: says("Full tank"), _SUM: says("For a sum"), _LITRES: says("So many litres")}
    match await desk.choose("How much fuel?", ways):
        case "sum":
            return Preset(fen=await desk.ask_amount("For how much?", at_most=Fen(AMOUNT_MAX)))
        case "litres":
            return Preset(centilitres=await desk.ask_litres("How many litres?", nozzle))
        case _:
            return Preset()


async def _customer(desk: Desk, most: Fen) -> tuple[Credential, Holder] | tuple[None, None]:
    """Whose value is held; nobody's where it is paid afterwards."""
    while True:
        card = await desk.offer_card("Present the member card or code", skip="Paid afterwards", amount=most)
        if card is None:
            return None, None
        try:
            holder = await desk.holder(card)
        except CardNotUsable as refusal:
            await desk.decline(refusal)
            continue
        if holder is None:
            await desk.decline(UnknownCard(f"{card}"))
        elif not desk.policy.card_may(holder.card_kind, CardUse.STORED):
            await desk.decline(CardNotFor("it pays no stored value"))
        else:
            return card, holder


async def _held(
    desk: Desk, card: Credential, holder: Holder, nozzle: Nozzle, preset: Preset
) -> tuple[Holder, Fen]:
    """All that may flow, or for a full tank what is there. Raises InsufficientFunds."""
    most = most_of(preset, nozzle.price)
    if holder.spendable < most:
        holder = (await desk.bring(card, holder, stored_wants(holder, Fen(most)))).holder
    if preset == Preset():
        most = min(most, holder.spendable)
    if not 0 < most <= holder.spendable:
        raise InsufficientFunds(f"{most} to hold")
    return holder, Fen(most)


async def _sure(desk: Desk, nozzle: Nozzle, held: Fen, holder: Holder | None) -> bool:
    """The last answer before fuel may flow; another grade than the car's usual is said."""
    lines = [Line(label=says("A litre"), value=shown(nozzle.price))]
    usual = await _usual(desk, holder) if holder else ""
    if usual and usual != nozzle.grade:
        lines.append(Line(label=says("Usually they take {grade}", grade=usual)))
    return await desk.confirm(
        "Release nozzle {number}, grade {grade}?",
        amount=held,
        lines=lines,
        holder=holder,
        number=str(nozzle.number),
        grade=nozzle.grade,
    )


async def _usual(desk: Desk, holder: Holder) -> str:
    """Which grade they took most often of late, the later where two are even; empty: none."""
    took = Counter(
        line.sku.removeprefix(_FUEL)
        for sale in await desk.originals(holder.wallet, ("sale",))
        for line in sale.lines
        if line.sku.startswith(_FUEL)
    )
    return took.most_common(1)[0][0] if took else ""
