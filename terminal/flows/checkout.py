"""Goods, card, price, money, receipt (product.md B1)."""

from __future__ import annotations

from terminal.core.card_kinds import CardUse
from terminal.core.errors import (
    CardNotFor,
    CardNotUsable,
    CouponOfMember,
    MemberNeeded,
    UnknownCard,
    UnknownPhone,
)
from terminal.core.payment import Payments
from terminal.core.ports import Desk
from terminal.core.pricing import Priced
from terminal.core.trust import Credential, Holder, Medium
from terminal.core.uses import check_sells, sells_anything, sells_uses
from terminal.flows.coupons import couponed
from terminal.flows.litres import litres_used
from terminal.flows.selling import sold
from terminal.flows.uses import paid_ahead, used


async def checkout(desk: Desk) -> None:
    cart = await desk.fill_cart("Scan the goods, or key an amount")
    bill = await desk.price(cart)
    check_sells(bill)
    card, holder = await _customer(desk, bill)
    if holder is None and cart.coupons:
        await desk.decline(CouponOfMember("no card was presented"))
        card, holder = await _customer(desk, bill)
    by_pin, before = False, Payments()
    if card is not None and holder is not None:
        goods = await used(desk, cart, card, holder)
        ahead = await litres_used(desk, goods.cart, card, holder, by_pin=goods.by_pin)
        said = await couponed(desk, ahead.cart, card, holder, by_pin=ahead.by_pin)
        bill, by_pin = said.bill, said.by_pin
        before = paid_ahead(desk, ahead.cart, bill)
    booked = await sold(desk, bill, card, holder, before, by_pin=by_pin, fill=cart.fill)
    if booked is None:
        return await desk.say("Cancelled. Nothing was charged.")
    return await desk.hand_over(booked, "Paid. Hand over the goods and the receipt.")


async def _customer(desk: Desk, bill: Priced) -> tuple[Credential, Holder] | tuple[None, None]:
    """Whose card it is, or phone; nobody's when they have none."""
    while True:
        card = await desk.offer_card("Present the member card or code", skip="No card", amount=bill.due)
        if card is None:
            if sells_anything(bill):
                await desk.decline(MemberNeeded("what is used later"))
                continue
            return None, None
        try:
            holder = await desk.holder(card)
        except CardNotUsable as refusal:
            await desk.decline(refusal)
            continue
        if holder is not None:
            if not sells_uses(bill) or desk.policy.card_may(holder.card_kind, CardUse.COUNT):
                return card, holder
            await desk.decline(CardNotFor("it takes no uses"))
            continue
        unknown = UnknownPhone if card.medium is Medium.PHONE else UnknownCard
        await desk.decline(unknown(f"{card}"))
