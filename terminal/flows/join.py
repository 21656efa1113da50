"""A driver becomes a member at the pump, in the transaction of the fill itself (product.md C1, C2)."""

from __future__ import annotations

from collections.abc import Mapping

from msgspec.structs import replace

from terminal.core.cart import Fill
from terminal.core.commands import BookSale, Consent, TenderKind
from terminal.core.commission import credited
from terminal.core.errors import CardNotUsable, NotPaidOutside, UnknownCard
from terminal.core.fill_words import fill_of_anybody, fill_of_member, fill_of_newcomer
from terminal.core.membership import Driver, Newcomer, Recruited, Told, joining, without_pack
from terminal.core.particulars import Asked, Particular
from terminal.core.payment import Payments, brings_for, coupons_for, marked, rewarded, vouchers_for
from terminal.core.ports import Desk
from terminal.core.pricing import Priced
from terminal.core.screens import Line, Toggles, says
from terminal.core.trust import Credential, Holder, Medium
from terminal.core.values import EntryId, StaffId
from terminal.flows.company import company_fill, company_of
from terminal.flows.coupons import couponed
from terminal.flows.held import Paying
from terminal.flows.introducing import to_introducer
from terminal.flows.join_here import answer, fields, toggle, winner
from terminal.flows.litres import litres_used
from terminal.flows.paying import agreed, paying
from terminal.flows.selling import Earned, earned, earning
from terminal.flows.uses import paid_ahead
from terminal.flows.usual import car_of, usual_of

_SALT_BYTES = 16


async def join(desk: Desk) -> None:
    attendant = await desk.read_badge("Scan your badge")
    card, member, driver = await _driver(desk)
    if card and (fleet := company_of(desk, card)) and not member:
        return await company_fill(desk, attendant, fleet, await desk.read_fill(fill_of_anybody(desk.policy)))
    answers = await _plate(desk, driver) if driver and not member else {}
    fill = await _fill(desk, card, member, driver.plate if driver else "")
    said, before = None, Payments()
    if card and member:
        ahead = await litres_used(desk, fill.cart, card, member)
        said = await couponed(desk, ahead.cart, card, member, by_pin=ahead.by_pin)
        before = paid_ahead(desk, ahead.cart, said.bill)
    bill = said.bill if said else await desk.price(fill.cart)
    by_pin, toggles = bool(said and said.by_pin), _consents(desk) if card and not member else None
    paid = await _paid(
        desk,
        fill,
        bill,
        card if member else None,
        member,
        before,
        by_pin=by_pin,
        toggles=toggles,
        terms=_terms(desk) if card and not member else (),
    )
    if paid is None:
        return await desk.say("Cancelled. Nothing was charged.")
    sale, way = paid
    member, payment = way.holder, way.payments
    begins = None
    if driver and not member:
        member, is_free = await _meanwhile(desk, driver.card)
        begins = _newcomer(desk, driver, attendant, answers, toggles) if is_free else None
    whose = member or begins
    earns = member is None or await _counts(desk, member, attendant)
    day = desk.occasion().business_day
    known = await earning(desk, payment, member) if member else payment
    brings = earned(bill, known, member, desk.policy, day) if whose and earns else Earned()
    reward = await to_introducer(
        desk,
        member if earns else None,
        brings_for(payment, desk.policy, desk.new_id, day),
    )
    booked = await desk.book_sale(  # Point of no return.
        BookSale(
            id=sale,
            at=desk.occasion(attendant),
            wallet=whose.wallet if whose else None,
            card=whose.card if whose else None,
            lines=credited(bill.lines, attendant),
            due=bill.due,
            tenders=marked(payment.tenders, whose.wallet if whose else None),
            rounding=payment.rounding,
            received=payment.received,
            spend_order=desk.policy.spend_order,
            points=brings.points,
            cashback=brings.cashback,
            coupons_used=bill.coupons,
            by_code=bill.by_code,
            had=bill.had,
            locked=bill.locked,
            coupons=coupons_for(bill, desk.new_id) if member and earns else (),
            vouchers=vouchers_for(bill, desk.new_id) if member and earns else (),
            opens=begins.opens if begins else None,
            floor=way.floor if payment.beyond else None,
            by_pin=way.by_pin,
            reward=reward,
            record=fill.record,
            car=car_of(desk, whose.wallet, _said_plate(driver, answers)) if whose else "",
        ),
        begins.private if begins else None,
    )
    desk.fill_sold()
    return await desk.hand_over(booked, _thanks(driver, begins, member))


async def _driver(desk: Desk) -> tuple[Credential | None, Holder | None, Driver | None]:
    """Who it is: nobody, a member, or a phone that nobody has yet."""
    while True:
        driver = await _offered(desk)
        if driver is None:
            return None, None, None
        card = driver.card
        try:
            member = await desk.holder(card)
        except CardNotUsable as refusal:
            await desk.decline(refusal)
            continue
        if member is None and card.medium is Medium.PHONE:
            return card, None, replace(driver, before=await desk.was_members(card))
        if member is not None or company_of(desk, card):
            return card, member, driver
        await desk.decline(UnknownCard(f"{card}"))


async def _meanwhile(desk: Desk, phone: Credential) -> tuple[Holder | None, bool]:
    """Whose that phone is by now, and whether it is nobody's: they may have joined elsewhere while they paid.

    What is paid stays paid: it goes to that membership, or to nobody where that cannot be used.
    """
    try:
        member = await desk.holder(phone)
    except CardNotUsable:
        return None, False
    return member, member is None


async def _offered(desk: Desk) -> Driver | None:
    if desk.policy.phones_at_pumps:
        prompt = "Scan the driver's code or card, or key the phone number"
    else:
        prompt = "The driver's card, or key the phone number. By phone: in the shop"
    return await desk.offer_driver(prompt, skip="Without joining")


async def _plate(desk: Desk, driver: Driver) -> Mapping[Particular, str]:
    """Of a newcomer, where the shop asks for it at all; nobody must say it to fuel or to pay.

    Whoever comes by a code of their phone is not asked: one without a plate (left out on the shop's page;
    never asked for on headquarters') must cost no step at the car.
    """
    if Particular.PLATE not in {one.of for one in fields(desk)}:
        return {}
    is_asked = not driver.plate and not driver.by_code
    said = await answer(desk, Asked(of=Particular.PLATE)) if is_asked else driver.plate
    return {Particular.PLATE: said} if said else {}


def _said_plate(driver: Driver | None, answers: Mapping[Particular, str]) -> str:
    """As the driver's phone shows it, or it was keyed."""
    return answers.get(Particular.PLATE, "") or (driver.plate if driver else "")


async def _fill(desk: Desk, phone: Credential | None, member: Holder | None, plate: str) -> Fill:
    """Grade and litres, under a word for the driver: a member is greeted, never joined twice."""
    if member:
        usual = await usual_of(desk, member, plate)
        name = member.name_shown or member.number_shown  # Of a card without a name its number.
        return await desk.read_fill(fill_of_member(desk.policy, name), usual=usual)
    if phone:
        return await desk.read_fill(fill_of_newcomer(desk.policy))
    return await desk.read_fill(fill_of_anybody(desk.policy))


async def _paid(  # noqa: PLR0913, PLR0917  whose fill it is, what was paid ahead, and how they proved it
    desk: Desk,
    fill: Fill,
    bill: Priced,
    card: Credential | None,
    member: Holder | None,
    before: Payments,
    *,
    by_pin: bool,
    toggles: Toggles | None,
    terms: tuple[Line, ...],
) -> tuple[EntryId, Paying] | None:
    """In whatever way, as every bill; under which id it is then booked. None: the last answer was no."""
    while True:
        sale = await desk.sale_id(fill)
        said = await paying(
            desk,
            bill,
            card,
            member,
            before,
            by_pin=by_pin,
            also=(TenderKind.CODE,),
            toggles=toggles,
            below=terms,
        )
        try:
            way = await agreed(desk, said, sale)
        except NotPaidOutside as refusal:
            await desk.decline(refusal)  # Nothing is booked any more under the id that was asked for.
        else:
            return (sale, way) if way else None


async def _counts(desk: Desk, member: Holder, attendant: StaffId) -> bool:
    """Whether what they buy is rewarded, as at the counter; whoever joins with it is."""
    if not rewarded(member, desk.policy):
        return False
    return desk.policy.own_points or not await desk.is_own(member, attendant)


def _terms(desk: Desk) -> tuple[Line, ...]:
    """Joining and paying are one step: by what terms stands where it is taken."""
    return (Line(label=says("Who pays becomes a member, by the terms"), value=desk.policy.terms),)


def _consents(desk: Desk) -> Toggles | None:
    """Who joins agrees to each purpose apart, on the screen that asks how it is paid: a touch is a yes."""
    asked = {one: toggle(one) for one in desk.policy.consents}
    return Toggles(asked=asked, yes=set()) if asked else None


def _newcomer(
    desk: Desk,
    driver: Driver,
    attendant: StaffId,
    answers: Mapping[Particular, str],
    toggles: Toggles | None,
) -> Newcomer:
    version = desk.policy.consent_version
    consents = [
        Consent(purpose=one, version=version, given=toggles is not None and one in toggles.yes)
        for one in (toggles.asked if toggles else ())
    ]
    return joining(
        driver.card,
        policy=without_pack(desk.policy) if driver.before else desk.policy,
        recruited=Recruited(by=winner(desk, driver) or attendant, channel="forecourt"),
        new_id=desk.new_id,
        salt=desk.secret(_SALT_BYTES),
        business_day=desk.occasion().business_day,
        told=Told(answers=answers, consents=tuple(consents)),
    )


def _thanks(driver: Driver | None, begins: Newcomer | None, member: Holder | None) -> str:
    if begins and driver and driver.before:
        return "Paid, and a member again, without gifts for joining. Hand over the receipt."
    if begins:
        return "Paid, and a new member. Hand over the receipt with the coupons."
    if member:
        return "Paid. The sale went to the membership. Hand over the receipt."
    return "Paid. Hand over the receipt."
