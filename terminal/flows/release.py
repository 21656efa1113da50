"""A nozzle is released: value is held first, or it is paid afterwards (product.md C2, C7)."""

from __future__ import annotations

from msgspec import Struct

from terminal.core.card_kinds import CardUse
from terminal.core.cart import Family, Fill
from terminal.core.commands import BookHold, FleetCard, Measured
from terminal.core.companies import Fleet
from terminal.core.errors import (
    CardNotFor,
    CardNotUsable,
    InsufficientFunds,
    NothingLeftToday,
    NotThatGrade,
    NozzlePrice,
    PinRefused,
    UnknownCard,
)
from terminal.core.forecourt import FEN_MAX, Nozzle, Preset, exact_of, hold_of, most_of
from terminal.core.locks import LITRES
from terminal.core.money import Fen, shown
from terminal.core.ports import Desk
from terminal.core.released import for_pump
from terminal.core.screens import Line, Message, a_unit, quantity_shown, says
from terminal.core.trust import Credential, Holder
from terminal.core.usual import usually
from terminal.core.values import StaffId
from terminal.core.visit import stored_wants
from terminal.flows.company import about, company_held, company_of
from terminal.flows.coupons import set_aside
from terminal.flows.litres import litres_held
from terminal.flows.proving import proved
from terminal.flows.usual import usual_of

_FULL, _SUM, _LITRES = "full", "sum", "litres"
_LESS, _OTHER, _LATER = "less", "other", "later"


class Covered(Struct, frozen=True, kw_only=True):
    """On whose value it flows."""

    preset: Preset
    """As it was said."""
    card: Credential | None = None
    holder: Holder | None = None
    """None: it is paid afterwards."""
    held: Fen = Fen(0)
    fleet: Fleet | None = None
    """Whose vehicle it is, where a company pays."""
    takes: FleetCard | None = None
    litres: int = 0
    """Hundredths of what was paid ahead that are held in the place of value."""
    coupon: str = ""
    """Set aside with it, to come off what flows."""
    by_pin: bool = False
    """The PIN was keyed for it."""
    pays_later: Holder | None = None
    """Whose card did not reach."""


async def release(desk: Desk) -> None:
    attendant = await desk.read_badge("Scan your badge")
    nozzle = await desk.choose_nozzle("Which nozzle?")
    _check_price(desk, nozzle)
    preset = await _preset(desk, nozzle)
    while True:
        said = await _covered(desk, nozzle, preset)
        preset = said.preset
        if not await _sure(desk, nozzle, said):
            return await desk.say("Cancelled. Nothing was charged.")
        try:
            await _released(desk, attendant, nozzle, said)
        except (InsufficientFunds, CardNotUsable) as refusal:  # Spent elsewhere or reported lost meanwhile.
            await desk.decline(refusal)
        else:
            break
    if said.holder is None and said.fleet is None:
        return await desk.say("Released. It is paid afterwards, under Fuel and join.")
    return await desk.say("Released. What flows is settled by itself.")


def _check_price(desk: Desk, nozzle: Nozzle) -> None:
    """Raises NozzlePrice: the driver would pay another than the station's, or none."""
    known = (one.as_sold(desk.article).price for one in desk.policy.grades if one.grade == nozzle.grade)
    stands = next(known, nozzle.price)
    if not nozzle.price or nozzle.price != stands:
        raise NozzlePrice(f"nozzle {nozzle.number} shows {nozzle.price}, the station's is {stands}")


async def _released(desk: Desk, attendant: StaffId, nozzle: Nozzle, said: Covered) -> None:
    if said.card is not None:
        desk.still_there(said.card)
    fill, preset, hold = desk.new_id(), said.preset, None
    if said.holder is not None:
        stops = min(said.held, exact_of(preset, nozzle.price))
        preset = Preset(fen=stops or preset.fen, centilitres=said.litres or preset.centilitres)
        hold = BookHold(
            id=hold_of(fill),
            at=desk.occasion(attendant),
            wallet=said.holder.wallet,
            card=said.holder.card,
            amount=said.litres or said.held,
            for_what=for_pump(nozzle.number),
            unit=f"{LITRES}{nozzle.grade}" if said.litres else "",
            kind=said.holder.card_kind,
            coupon=said.coupon,
            by_pin=said.by_pin,
            grade=nozzle.grade,
            price=nozzle.price,
        )
    elif said.fleet is not None and said.takes is not None:
        stops = min(said.held, said.takes.litres * nozzle.price // 100)
        preset = Preset(fen=stops, centilitres=said.takes.litres)
        hold = BookHold(
            id=hold_of(fill),
            at=desk.occasion(attendant),
            wallet=None,
            card=None,
            amount=said.held,
            for_what=for_pump(nozzle.number),
            company=said.fleet.company.company,
            fleet=said.takes,
            grade=nozzle.grade,
            price=nozzle.price,
        )
    await desk.release(fill, nozzle, preset, hold)


async def _preset(desk: Desk, nozzle: Nozzle) -> Preset:
    ways = {
        _FULL: says("Full tank"),
        _SUM: says("For a sum"),
        _LITRES: _so_many(desk.policy.measured(nozzle.grade)),
    }
    match await desk.choose("How much fuel?", ways):
        case "sum":
            return Preset(fen=await desk.ask_amount("For how much?", at_most=Fen(FEN_MAX)))
        case "litres":
            return Preset(centilitres=await _quantity(desk, nozzle))
        case _:
            return Preset()


def _so_many(measured: Measured) -> Message:
    match measured:
        case Measured.DECAGRAM:
            return says("So many kilograms")
        case Measured.CENTICUBIC:
            return says("So many cubic metres")
        case _:
            return says("So many litres")


async def _quantity(desk: Desk, nozzle: Nozzle) -> int:
    match desk.policy.measured(nozzle.grade):
        case Measured.DECAGRAM:
            return await desk.ask_litres("How many kilograms?", nozzle)
        case Measured.CENTICUBIC:
            return await desk.ask_litres("How many cubic metres?", nozzle)
        case _:
            return await desk.ask_litres("How many litres?", nozzle)


async def _covered(desk: Desk, nozzle: Nozzle, preset: Preset) -> Covered:
    """Nothing that was said is said again: only what does not go is asked anew."""
    card, holder = await _customer(desk, Fen(exact_of(preset, nozzle.price)))
    while card is not None:
        try:
            if holder is None:
                return await _of_company(desk, card, nozzle, preset)
            if litres := await litres_held(desk, holder, nozzle, preset):
                worth = Fen(exact_of(Preset(centilitres=litres), nozzle.price))
                by_pin = await proved(desk, card, holder, worth)
                return Covered(preset=preset, card=card, holder=holder, litres=litres, by_pin=by_pin)
            _check_stored(desk, holder)
            holder = await _brought(desk, card, holder, nozzle, preset)
            held = _held(holder, nozzle, preset)
            by_pin = await proved(desk, card, holder, held)
        except InsufficientFunds as refusal:
            await desk.decline(refusal)
            match holder and await _otherwise(desk, holder):
                case "less":
                    preset = await _preset(desk, nozzle)
                case "later":
                    return Covered(preset=preset, pays_later=holder)
                case _:
                    card, holder = await _customer(desk, Fen(exact_of(preset, nozzle.price)))
        except (CardNotFor, CardNotUsable, PinRefused, NotThatGrade, NothingLeftToday) as refusal:
            await desk.decline(refusal)
            card, holder = await _customer(desk, Fen(exact_of(preset, nozzle.price)))
        else:
            coupon = await _coupon(desk, nozzle, held, holder)
            return Covered(preset=preset, card=card, holder=holder, held=held, coupon=coupon, by_pin=by_pin)
    return Covered(preset=preset)


async def _of_company(desk: Desk, card: Credential, nozzle: Nozzle, preset: Preset) -> Covered:
    """Raises NotThatGrade, NothingLeftToday."""
    fleet = company_of(desk, card)
    if fleet is None:
        raise UnknownCard(f"{card}")
    held, takes = await company_held(desk, fleet, nozzle, preset)
    return Covered(preset=preset, card=card, held=Fen(held), fleet=fleet, takes=takes)


async def _otherwise(desk: Desk, holder: Holder) -> str:
    """What is done where a card does not reach."""
    ways = {_OTHER: says("Another card")}
    if holder.spendable:
        ways = {_LESS: says("Less: {sum} can be used", sum=shown(holder.spendable)), **ways}
    if desk.policy.postpay:
        ways[_LATER] = says("Paid afterwards")
    return await desk.choose("Too little is on this card. How does it go on?", ways)


async def _customer(desk: Desk, most: Fen) -> tuple[Credential | None, Holder | None]:
    """Whose value is held; nobody's where it is paid afterwards, if this shop lets fuel go so.

    A card without a holder is a company's.
    """
    prompt = "Present the member card or code" if desk.policy.phones_at_pumps else "Present the member card"
    while True:
        if desk.policy.postpay:
            card = await desk.offer_card(prompt, skip="Paid afterwards", amount=most, at_pumps=True)
        else:
            card = await desk.read_member(prompt, at_pumps=True)
        if card is None:
            return None, None
        try:
            holder = await desk.holder(card)
        except CardNotUsable as refusal:
            await desk.decline(refusal)
            continue
        if holder is None:
            if company_of(desk, card) is not None:
                return card, None
            await desk.decline(UnknownCard(f"{card}"))
        else:
            return card, holder


def _check_stored(desk: Desk, holder: Holder) -> None:
    """Raises CardNotFor: nothing but what was paid ahead, litre by litre, flows on such a card."""
    if not desk.policy.card_may(holder.card_kind, CardUse.STORED):
        raise CardNotFor("it pays no stored value")


async def _brought(desk: Desk, card: Credential, holder: Holder, nozzle: Nozzle, preset: Preset) -> Holder:
    """With what lies elsewhere, as far as it is wanted."""
    if holder.spendable >= exact_of(preset, nozzle.price):
        return holder
    wants = stored_wants(holder, Fen(most_of(preset, nozzle.price)))
    return (await desk.bring(card, holder, wants)).holder


def _held(holder: Holder, nozzle: Nozzle, preset: Preset) -> Fen:
    """All that may flow, as far as it is there; for a full tank what is there. Raises InsufficientFunds."""
    exact = 1 if preset == Preset() else exact_of(preset, nozzle.price)
    most = min(most_of(preset, nozzle.price), holder.spendable)
    if not 0 < exact <= most:
        raise InsufficientFunds(f"{exact} to hold")
    return Fen(most)


async def _coupon(desk: Desk, nozzle: Nozzle, held: Fen, holder: Holder) -> str:
    """Which is set aside, of those that would come off all that may flow; empty: none."""
    grade = desk.policy.grade(nozzle.grade)
    if grade is None or not desk.policy.card_may(holder.card_kind, CardUse.DISCOUNT):
        return ""
    most = Fill(grade=grade.priced(nozzle.price), centilitres=max(1, held * 100 // nozzle.price), fen=held)
    return await set_aside(desk, most.cart, holder)


async def _sure(desk: Desk, nozzle: Nozzle, said: Covered) -> bool:
    """The last answer before fuel may flow; another grade than the car's usual is said."""
    holder, lines = (
        said.holder,
        [Line(label=a_unit(desk.policy.measured(nozzle.grade)), value=shown(nozzle.price))],
    )
    if said.litres:
        ahead = quantity_shown(said.litres, desk.policy.measured(nozzle.grade))
        lines.append(Line(label=says("{litres} paid ahead", litres=ahead)))
    if said.fleet is not None:
        lines += about(said.fleet)
    whose = holder or said.pays_later
    usual = await usual_of(desk, whose) if whose else ""
    if usual and usual != nozzle.grade:
        lines.append(usually(desk.policy, usual))
    grade = desk.policy.grade(nozzle.grade)
    if grade is not None and grade.family is Family.GAS:  # Nobody calls it by a number.
        called, names = "Release nozzle {number}, {name}?", {"name": grade.name}
    else:
        called, names = "Release nozzle {number}, grade {grade}?", {"grade": nozzle.grade}
    return await desk.confirm(
        called, amount=said.held, lines=lines, holder=holder, number=str(nozzle.number), **names
    )
