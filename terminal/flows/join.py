"""A driver becomes a member at the pump, in the transaction of the fill itself (product.md C1, C2)."""

from __future__ import annotations

from terminal.core.cart import Fill
from terminal.core.commands import BookSale, TenderKind
from terminal.core.errors import NotPaidOutside
from terminal.core.membership import Newcomer, Recruited, joining
from terminal.core.money import shown
from terminal.core.payment import Payments, coupons_for, marked, paid_by, payment_lines, vouchers_for
from terminal.core.ports import Desk
from terminal.core.pricing import Priced
from terminal.core.screens import sale_lines
from terminal.core.trust import Credential, Holder
from terminal.core.values import EntryId, StaffId
from terminal.flows.coupons import couponed
from terminal.flows.introducing import to_introducer
from terminal.flows.outside import arrived
from terminal.flows.selling import Earned, earned, earning

_SALT_BYTES = 16


async def join(desk: Desk) -> None:
    attendant = await desk.read_badge("Scan your badge")
    phone = await desk.offer_phone("Scan the driver's code, or key the phone number", skip="Without joining")
    member = await desk.holder(phone) if phone else None
    fill = await _fill(desk, phone, member)
    said = await couponed(desk, fill.cart, phone, member) if phone and member else None
    bill = said.bill if said else await desk.price(fill.cart)
    sale = await desk.sale_id(fill)
    while True:
        try:
            payment = await _agreed(desk, bill, await _payment(desk, bill, member), member, sale)
        except NotPaidOutside as refusal:
            await desk.decline(refusal)
            sale = await desk.sale_id(
                fill
            )  # Nothing is booked any more under the id that the acquirer was asked for.
        else:
            break
    if payment is None:
        return await desk.say("Cancelled. Nothing was charged.")
    begins = _newcomer(desk, phone, attendant) if phone and not member else None
    whose = member or begins
    own = member is not None and not desk.policy.own_points and await desk.is_own(member, attendant)
    day = desk.occasion().business_day
    paid = await earning(desk, payment, member) if member else payment
    brings = earned(bill, paid, member, desk.policy, day) if whose and not own else Earned()
    reward = await to_introducer(
        desk,
        None if own else member,
        desk.policy.referral.spent(bill.due, desk.new_id, day),
    )
    booked = await desk.book_sale(  # Point of no return.
        BookSale(
            id=sale,
            at=desk.occasion(attendant),
            wallet=whose.wallet if whose else None,
            card=whose.card if whose else None,
            lines=bill.lines,
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
            coupons=coupons_for(bill, desk.new_id) if member and not own else (),
            vouchers=vouchers_for(bill, desk.new_id) if member and not own else (),
            opens=begins.opens if begins else None,
            by_pin=said is not None and said.by_pin,
            reward=reward,
        ),
        begins.private if begins else None,
    )
    desk.fill_sold()
    return await desk.hand_over(booked, _thanks(begins, member))


async def _fill(desk: Desk, phone: Credential | None, member: Holder | None) -> Fill:
    """Grade and litres, under a word for the driver: a member is greeted, never joined twice."""
    if member:
        return await desk.read_fill("Welcome back, {name}. Grade and litres?", name=member.name_shown)
    if phone:
        return await desk.read_fill("A new member. Grade and litres?")
    return await desk.read_fill("Grade and litres?")


async def _payment(desk: Desk, bill: Priced, member: Holder | None) -> Payments:
    kind = await desk.choose_tender(
        "How is it paid?",
        (TenderKind.CODE, TenderKind.CASH),
        due=bill.due,
        lines=sale_lines(bill.lines),
        holder=member,
    )
    payment = paid_by(kind, bill.due, None, desk.policy)
    if kind is TenderKind.CASH:
        payment = payment.handed(await desk.ask_cash("How much cash was given?", due=payment.amount))
    return Payments(parts=(payment,))


async def _agreed(
    desk: Desk, bill: Priced, payment: Payments, member: Holder | None, sale: EntryId
) -> Payments | None:
    """As it was paid in the end; None when the last answer was no. Raises what `Desk.charge` raises."""
    lines = (*sale_lines(bill.lines), *payment_lines(payment))
    if outside := payment.by(TenderKind.CODE):
        tender = await arrived(desk, outside.tender, sale, lines=lines, holder=member)
        return payment.paid(outside, tender) if tender else None
    taken = await desk.confirm(
        "Take the cash, give {change} back?",
        amount=payment.amount,
        lines=lines,
        holder=member,
        change=shown(payment.change),
    )
    return payment if taken else None


def _newcomer(desk: Desk, phone: Credential, attendant: StaffId) -> Newcomer:
    return joining(
        phone,
        policy=desk.policy,
        recruited=Recruited(by=attendant, channel="forecourt"),
        new_id=desk.new_id,
        salt=desk.secret(_SALT_BYTES),
        business_day=desk.occasion().business_day,
    )


def _thanks(begins: Newcomer | None, member: Holder | None) -> str:
    if begins:
        return "Paid, and a new member. Hand over the receipt with the coupons."
    if member:
        return "Paid. The sale went to the membership. Hand over the receipt."
    return "Paid. Hand over the receipt."
