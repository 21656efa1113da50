"""Goods, card, price, money, receipt (product.md B1)."""

from __future__ import annotations

from terminal.core.commands import BookSale, TenderKind
from terminal.core.errors import CardNotUsable, InsufficientFunds, UnknownCard
from terminal.core.money import Fen, shown
from terminal.core.payment import Payment, paid_by, payment_lines, points_for, rewarded
from terminal.core.ports import Desk
from terminal.core.pricing import Priced, priced
from terminal.core.screens import Line, sale_lines, says
from terminal.core.trust import Credential, Holder
from terminal.core.visit import Usable, stored_wants


async def checkout(desk: Desk) -> None:
    bill = priced(await desk.fill_cart("Scan the goods, or key an amount"))
    card, holder = await _customer(desk, bill.due)
    payment, usable = await _payment(desk, bill, card, holder)
    if usable is not None:
        holder = usable.holder
    if not await _agreed(desk, bill, payment, holder):
        return await desk.say("Cancelled. Nothing was charged.")
    if card and payment.tender.kind is TenderKind.STORED:
        desk.still_there(card)
    earns = holder is not None and rewarded(holder, desk.policy)
    booked = await desk.book_sale(  # Point of no return.
        BookSale(
            id=desk.new_id(),
            at=desk.occasion(),
            wallet=holder.wallet if holder else None,
            card=holder.card if holder else None,
            lines=bill.lines,
            due=bill.due,
            tenders=(payment.tender,),
            rounding=payment.rounding,
            received=payment.received,
            spend_order=desk.policy.spend_order,
            points=points_for(bill, payment, desk.policy) if earns else (),
            floor=usable.floor if usable and payment.beyond else None,
        )
    )
    return await desk.hand_over(booked, "Paid. Hand over the goods and the receipt.")


async def _customer(desk: Desk, due: Fen) -> tuple[Credential, Holder] | tuple[None, None]:
    """Whose card it is; nobody's when they have none."""
    while True:
        card = await desk.offer_card("Present the member card or code", skip="No card", amount=due)
        if card is None:
            return None, None
        try:
            holder = await desk.holder(card)
        except CardNotUsable as refusal:
            await desk.decline(refusal)
            continue
        if holder is not None:
            return card, holder
        await desk.decline(UnknownCard(f"{card}"))


async def _payment(
    desk: Desk, bill: Priced, card: Credential | None, holder: Holder | None
) -> tuple[Payment, Usable | None]:
    """How it is paid; asked again when the card holds too little. And what is usable, once it was asked."""
    usable: Usable | None = None
    kinds = (TenderKind.STORED, TenderKind.CASH) if holder else (TenderKind.CASH,)
    while True:
        kind = await desk.choose_tender(
            "How is it paid?", kinds, due=bill.due, lines=sale_lines(bill.lines), holder=holder
        )
        try:
            if kind is TenderKind.STORED and card and holder and holder.spendable < bill.due:
                usable = await desk.bring(card, holder, stored_wants(holder, bill.due))
                holder = usable.holder
            payment = paid_by(kind, bill.due, holder, desk.policy, usable.floor if usable else None)
        except (InsufficientFunds, CardNotUsable) as refusal:
            await desk.decline(refusal)
            continue
        if kind is TenderKind.CASH:
            payment = payment.handed(await desk.ask_cash("How much cash was given?", due=payment.amount))
        return payment, usable


async def _agreed(desk: Desk, bill: Priced, payment: Payment, holder: Holder | None) -> bool:
    lines = (*sale_lines(bill.lines), *payment_lines(payment))
    if payment.tender.kind is TenderKind.STORED and holder:
        spent = payment.spent.principal + payment.spent.bonus
        left = [Line(label=says("Balance after"), value=shown(holder.spendable - spent))]
        if payment.beyond:
            left.append(Line(label=says("Beyond what is held here"), value=shown(payment.beyond)))
        return await desk.confirm(
            "Charge the card?", amount=payment.amount, lines=(*lines, *left), holder=holder
        )
    return await desk.confirm(
        "Take the cash, give {change} back?",
        amount=payment.amount,
        lines=lines,
        holder=holder,
        change=shown(payment.change),
    )
