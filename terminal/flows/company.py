"""A company pays for its vehicle's fuel: no more than its card may take that day (product.md C5)."""

from __future__ import annotations

from functools import partial

from terminal.core.cart import Fill
from terminal.core.commands import BookSale, FleetCard, Tender, TenderKind
from terminal.core.commission import credited
from terminal.core.companies import Fleet, fleet_of, part_of, tighter
from terminal.core.errors import CardLost, NothingLeftToday, NotPaidOutside, NotThatGrade
from terminal.core.fleet import DayLimits, fits, held_for
from terminal.core.fleet import Fill as Taken
from terminal.core.forecourt import Nozzle, Preset, exact_of, most_of
from terminal.core.ledger.day_limits import MayTake, may_take
from terminal.core.payment import Payment, Payments
from terminal.core.ports import Desk
from terminal.core.screens import Line, says
from terminal.core.trust import Credential
from terminal.core.values import StaffId
from terminal.flows.paying import agreed, paying


def company_of(desk: Desk, card: Credential) -> Fleet | None:
    """None: it is no card of a company here."""
    return fleet_of(desk.policy.companies, card.number, desk.mark)


def about(fleet: Fleet) -> tuple[Line, ...]:
    """What the attendant compares with the car."""
    lines = (Line(label=says("Company"), value=fleet.company.name),)
    return (*lines, Line(label=says("Number plate"), value=fleet.card.plate)) if fleet.card.plate else lines


async def company_held(desk: Desk, fleet: Fleet, nozzle: Nozzle, preset: Preset) -> tuple[int, FleetCard]:
    """Fen that are held of the company's credit, and which card takes it, for how many litres.

    Raises CardLost, NotThatGrade, NothingLeftToday.
    """
    _check(fleet, nozzle.grade)
    limits, may = await _may(desk, fleet)
    part = fits(may.left, fen=min(exact_of(preset, nozzle.price), may.credit), price=nozzle.price)
    if not part.fen:
        raise NothingLeftToday(f"{may.credit} of credit")
    most = min(most_of(preset, nozzle.price), may.credit)
    held = held_for(part, may.left, most=most, price=nozzle.price)
    return held, FleetCard(card=fleet.card.card, litres=part.litres, limits=limits)


async def company_fill(desk: Desk, attendant: StaffId, fleet: Fleet, fill: Fill) -> None:
    """What flowed before anybody asked: the part that fits, the rest is paid otherwise."""
    _check(fleet, fill.grade.grade)
    bill = await desk.price_tier(fill.cart, fleet.company.tier)
    limits, may = await _may(desk, fleet)
    part = (
        part_of(may.left, may.credit, Taken(fen=bill.due, litres=fill.centilitres)) if bill.due else Taken()
    )
    if not part.fen:
        raise NothingLeftToday(f"{may.credit} of credit")
    taken = FleetCard(card=fleet.card.card, litres=part.litres, limits=limits)
    tender = Tender(kind=TenderKind.FLEET, amount=part.fen, of=fleet.company.company, fleet=taken)
    before = Payments(parts=(Payment(tender=tender),))
    while True:
        sale = await desk.sale_id(fill)
        said = await paying(desk, bill, None, None, before, also=(TenderKind.CODE,), about=about(fleet))
        try:
            way = await agreed(desk, said, sale)
        except NotPaidOutside as refusal:
            await desk.decline(refusal)  # Nothing is booked any more under the id that was asked for.
        else:
            break
    if way is None:
        return await desk.say("Cancelled. Nothing was charged.")
    booked = await desk.book_sale(  # Point of no return.
        BookSale(
            id=sale,
            at=desk.occasion(attendant),
            wallet=None,
            card=None,
            lines=credited(bill.lines, attendant),
            due=bill.due,
            tenders=tuple(way.payments.tenders),
            rounding=way.payments.rounding,
            received=way.payments.received,
            record=fill.record,
        )
    )
    desk.fill_sold()
    return await desk.hand_over(booked, "Paid by the company. Hand over the receipt.")


def _check(fleet: Fleet, grade: str) -> None:
    if fleet.card.lost:
        raise CardLost("the terminal's file says so")
    if fleet.card.grades and grade not in fleet.card.grades:
        raise NotThatGrade(f"grade {grade} not permitted on this card")


async def _may(desk: Desk, fleet: Fleet) -> tuple[DayLimits, MayTake]:
    company, card = fleet.company.company, fleet.card.card
    limits = tighter(fleet.company.limits(fleet.card), await desk.day_limits(company, card))
    day = desk.occasion().business_day
    return limits, await desk.ask_ledger(
        partial(may_take, company=company, card=card, day=day, limits=limits)
    )
