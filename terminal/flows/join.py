"""A driver becomes a member at the pump, in the transaction of the fill itself (product.md C1, C2)."""

from __future__ import annotations

from terminal.core.cart import Fill
from terminal.core.commands import BookSale, TenderKind
from terminal.core.membership import Newcomer, Recruited, joining
from terminal.core.money import shown
from terminal.core.payment import Payment, paid_by, payment_lines, points_for
from terminal.core.ports import Desk
from terminal.core.pricing import Priced, filled
from terminal.core.screens import sale_lines
from terminal.core.trust import Credential, Holder
from terminal.core.values import StaffId

_SALT_BYTES = 16


async def join(desk: Desk) -> None:
    attendant = await desk.read_badge("Scan your badge")
    phone = await desk.offer_phone("Scan the driver's code, or key the phone number", skip="Without joining")
    member = await desk.holder(phone) if phone else None
    bill = filled(await _fill(desk, phone, member))
    payment = await _payment(desk, bill, member)
    if not await _agreed(desk, bill, payment, member):
        return await desk.say("Cancelled. Nothing was charged.")
    begins = _newcomer(desk, phone, attendant) if phone and not member else None
    whose = member or begins
    booked = await desk.book_sale(  # Point of no return.
        BookSale(
            id=desk.new_id(),
            at=desk.occasion(attendant),
            wallet=whose.wallet if whose else None,
            card=whose.card if whose else None,
            lines=bill.lines,
            due=bill.due,
            tenders=(payment.tender,),
            rounding=payment.rounding,
            received=payment.received,
            spend_order=desk.policy.spend_order,
            points=points_for(bill, payment, desk.policy) if whose else (),
            opens=begins.opens if begins else None,
        ),
        begins.private if begins else None,
    )
    return await desk.hand_over(booked, _thanks(begins, member))


async def _fill(desk: Desk, phone: Credential | None, member: Holder | None) -> Fill:
    """Grade and litres, under a word for the driver: a member is greeted, never joined twice."""
    if member:
        return await desk.read_fill("Welcome back, {name}. Grade and litres?", name=member.name_shown)
    if phone:
        return await desk.read_fill("A new member. Grade and litres?")
    return await desk.read_fill("Grade and litres?")


async def _payment(desk: Desk, bill: Priced, member: Holder | None) -> Payment:
    kind = await desk.choose_tender(
        "How is it paid?",
        (TenderKind.CODE, TenderKind.CASH),
        due=bill.due,
        lines=sale_lines(bill.lines),
        holder=member,
    )
    payment = paid_by(kind, bill.due, None, desk.policy)
    if kind is TenderKind.CASH:
        return payment.handed(await desk.ask_cash("How much cash was given?", due=payment.amount))
    return payment


async def _agreed(desk: Desk, bill: Priced, payment: Payment, member: Holder | None) -> bool:
    lines = (*sale_lines(bill.lines), *payment_lines(payment))
    if payment.tender.kind is TenderKind.CODE:
        return await desk.confirm(
            "Has the outside payment arrived?", amount=payment.amount, lines=lines, holder=member
        )
    return await desk.confirm(
        "Take the cash, give {change} back?",
        amount=payment.amount,
        lines=lines,
        holder=member,
        change=shown(payment.change),
    )


def _newcomer(desk: Desk, phone: Credential, attendant: StaffId) -> Newcomer:
    return joining(
        phone,
        policy=desk.policy,
        recruited=Recruited(by=attendant, channel="forecourt"),
        new_id=desk.new_id,
        salt=desk.secret(_SALT_BYTES),
    )


def _thanks(begins: Newcomer | None, member: Holder | None) -> str:
    if begins:
        return "Paid, and a new member. Hand over the receipt with the coupons."
    if member:
        return "Paid. The sale went to the membership. Hand over the receipt."
    return "Paid. Hand over the receipt."
