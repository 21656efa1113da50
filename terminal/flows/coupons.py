"""Which coupon comes off a bill: one that was handed over, the best that is held, another, or none.

(product.md B5)
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import partial

from msgspec import Struct
from msgspec.structs import replace

from terminal.core import accounts as chart
from terminal.core.cart import Cart, Presented
from terminal.core.errors import (
    CouponAway,
    CouponElsewhere,
    CouponNotUsable,
    CouponOver,
    CouponUsed,
    CouponWithdrawn,
    PinRefused,
    Refused,
)
from terminal.core.held_coupons import ended_on, held_coupons, used_at
from terminal.core.ledger.withdrawals import is_withdrawn
from terminal.core.money import Fen, shown
from terminal.core.payment import off_by_coupons
from terminal.core.ports import Desk
from terminal.core.pricing import HeldCoupon, Priced
from terminal.core.rights import Want
from terminal.core.screens import Message, says
from terminal.core.trust import Credential, Holder, Medium
from terminal.flows.proving import proved
from terminal.flows.uses import paid_ahead

OFFERED_MAX = 6
"""Coupons on one screen: the best, and those that end first."""
_NONE = "none"


class Couponed(Struct, frozen=True, kw_only=True):
    bill: Priced
    by_pin: bool = False
    """The PIN was keyed, for the coupon or for what was taken before it."""


async def couponed(
    desk: Desk, cart: Cart, card: Credential, holder: Holder, *, by_pin: bool = False
) -> Couponed:
    """The member's bill. Nobody is asked anything where no coupon of theirs comes off it.

    `by_pin`: the PIN was keyed for the uses that pay a part of it.
    """
    handed = await _handed(desk, cart, card, holder)
    held: Sequence[HeldCoupon] = handed
    if await _may(desk, card, holder):  # What was handed over may have been brought here since.
        held = await _held(desk, holder) if handed or holder.may_have("coupon:") else ()
    best = await _best(desk, cart, holder, handed, held)
    if not best.coupons:
        return Couponed(bill=best, by_pin=by_pin)
    plain = await desk.price(cart, holder)
    bills = {best.coupons[0]: best}
    for one in _others(held, best):
        if len(bills) < OFFERED_MAX and (bill := await desk.price(cart, holder, (one,))).coupons:
            bills[one.coupon] = bill
    choices = {id_: _label(bill) for id_, bill in bills.items()}
    choices[_NONE] = says("Without a coupon: {sum}", sum=shown(plain.due))
    while True:
        chosen = await desk.choose("Which coupon comes off?", choices)
        if chosen == _NONE:
            return Couponed(bill=plain, by_pin=by_pin)
        bill = bills[chosen]
        if chosen in {one.coupon for one in handed}:
            return Couponed(bill=replace(bill, by_code=bill.coupons), by_pin=by_pin)
        try:
            by_pin = by_pin or await proved(desk, card, holder, _takes(desk, cart, bill))
        except PinRefused as refusal:
            await desk.decline(refusal)
        else:
            return Couponed(bill=bill, by_pin=by_pin)


async def set_aside(desk: Desk, cart: Cart, holder: Holder) -> str:
    """Which of theirs shall come off what flows, if that reaches its threshold; empty: none.

    `cart`: as much as may flow. Offered is what would come off that, what takes most off first.
    """
    held = await _held(desk, holder) if holder.may_have("coupon:") else ()
    found: dict[tuple[str, int, int, str], tuple[Fen, HeldCoupon, str]] = {}
    for one in held:
        if _terms(one) not in found and (bill := await desk.price(cart, holder, (one,))).coupons:
            found[_terms(one)] = (bill.due, one, bill.coupon)
    if not found:
        return ""
    best = sorted(found.values(), key=lambda one: one[0])[:OFFERED_MAX]
    choices = {
        one.coupon: says("{name}, from {sum}", name=name, sum=shown(Fen(one.threshold)))
        for _, one, name in best
    }
    choices[_NONE] = says("Without a coupon")
    chosen = await desk.choose("Which coupon comes off?", choices)
    return "" if chosen == _NONE else chosen


def _takes(desk: Desk, cart: Cart, bill: Priced) -> Fen:
    """What the coupon takes off, beside what uses of a count card pay: for both together a PIN is asked."""
    return Fen(off_by_coupons(bill) + sum(part.amount for part in paid_ahead(desk, cart, bill).parts))


async def _held(desk: Desk, holder: Holder) -> tuple[HeldCoupon, ...]:
    waiting = {one.coupon for one in desk.reserved}
    return await desk.ask_ledger(partial(held_coupons, wallet=holder.wallet, but_not=waiting))


async def _best(
    desk: Desk, cart: Cart, holder: Holder, handed: Sequence[HeldCoupon], held: Sequence[HeldCoupon]
) -> Priced:
    """By one that was handed over, if it comes off; why not is said."""
    if handed:
        bill = await desk.price(cart, holder, handed)
        if bill.coupons:
            return bill
        await _told_why(desk, handed, bill)
    return await desk.price(cart, holder, held)


async def _told_why(desk: Desk, handed: Sequence[HeldCoupon], bill: Priced) -> None:
    day = desk.occasion().business_day
    why = next((said for one in handed if (said := one.refuses(day))), None) or bill.hint
    if why is None:
        await desk.decline(CouponNotUsable("nothing that it is for is sold"))
    else:
        await desk.say(why.text, **why.values)


# What was handed over by its code


async def _handed(desk: Desk, cart: Cart, card: Credential, holder: Holder) -> tuple[HeldCoupon, ...]:
    """Those that are this member's and can be used here; of each other it is said why not."""
    found: list[HeldCoupon] = []
    for one in cart.coupons:
        try:
            found.append(await _one(desk, one, card, holder))
        except Refused as refusal:
            await desk.decline(refusal)
    return tuple(found)


async def _one(desk: Desk, handed: Presented, card: Credential, holder: Holder) -> HeldCoupon:
    """Raises CouponUsed, CouponWithdrawn, CouponOver, CouponElsewhere, CouponAway, CouponNotUsable."""
    coupon = handed.coupon
    if found := await _known(desk, holder, coupon):
        return found
    theirs = chart.coupon(holder.wallet, coupon).name
    if handed.account not in {"", theirs}:
        raise CouponNotUsable("another member's")
    if at := used_at(await desk.originals(holder.wallet, ("sale",)), coupon):
        raise CouponUsed(at)
    if await desk.ask_ledger(partial(is_withdrawn, coupon=coupon)):
        raise CouponWithdrawn("nobody holds it any more")
    day = desk.occasion().business_day
    if ended := await desk.ask_ledger(partial(ended_on, coupon=coupon, business_day=day)):
        raise CouponOver(ended)
    if not desk.roams:
        raise CouponNotUsable("no such coupon of this wallet")
    reached = (await desk.bring(card, holder, (Want(account=theirs, amount=1),))).floor is None
    if found := await _known(desk, holder, coupon):
        return found
    raise (CouponElsewhere if reached else CouponAway)("it did not come")


async def _known(desk: Desk, holder: Holder, coupon: str) -> HeldCoupon | None:
    return next((one for one in await _held(desk, holder) if one.coupon == coupon), None)


def _others(held: Sequence[HeldCoupon], best: Priced) -> Iterator[HeldCoupon]:
    """One of those that are worth the same: what ends first."""
    seen = {_terms(one) for one in held if one.coupon in best.coupons}
    for one in held:
        if _terms(one) not in seen and one.coupon not in best.coupons:
            seen.add(_terms(one))
            yield one


def _terms(one: HeldCoupon) -> tuple[str, int, int, str]:
    return one.kind, one.face, one.threshold, one.since


def _label(bill: Priced) -> Message:
    return says("{name}: {sum}", name=bill.coupon, sum=shown(bill.due))


async def _may(desk: Desk, card: Credential, holder: Holder) -> bool:
    """A phone number identifies, and pays nothing: not with a coupon either (product.md A10)."""
    return card.medium is not Medium.PHONE or await desk.has_pin(card, holder)
