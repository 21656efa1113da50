"""Points for goods, a service or coupons, at once or with a claim code, or beside money (product.md B4)."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from types import MappingProxyType

from terminal.core.accounts import points
from terminal.core.card_kinds import CardUse
from terminal.core.cart import Cart, Family
from terminal.core.claim_codes import SECRET_BYTES, claim_keyed, claim_shown, new_claim
from terminal.core.commands import CLAIMED, BookNote, BookRedeem, PointsEarned
from terminal.core.errors import CardNotFor, TooFewPoints, UnknownCard, UnknownPhone
from terminal.core.gifts import Gift, SoldGift
from terminal.core.given_lines import given_lines
from terminal.core.ledger.claimed import waiting
from terminal.core.money import Fen, shown
from terminal.core.payment import Payment, Payments
from terminal.core.points_held import points_held
from terminal.core.ports import Desk
from terminal.core.rights import Want
from terminal.core.screens import Line, Message, says
from terminal.core.trust import Credential, Holder, Medium
from terminal.flows.picking import picked
from terminal.flows.proving import proved
from terminal.flows.selling import sold

_ACTS: Mapping[str, Message] = MappingProxyType(
    {"take": says("Points for something"), "collect": says("Collect with a claim code")}
)
_WHEN: Mapping[str, Message] = MappingProxyType(
    {"now": says("Handed over now"), "later": says("Collected later, with a claim code")}
)


async def redeem(desk: Desk) -> None:
    if await desk.choose("What about the points?", _ACTS) == "collect":
        return await _collected(desk)
    card, holder = await _whose(desk)
    gift = await _which(desk)
    holder = await _with_enough(desk, card, holder, gift)
    priced = gift.sold_as(desk.article(gift.sku) if gift.sku and not gift.coupon else None)
    if gift.money:
        return await _with_money(desk, card, holder, priced)
    return await _for_points(desk, card, holder, priced)


async def _whose(desk: Desk) -> tuple[Credential, Holder]:
    card = await desk.read_member("Present the member card or code")
    holder = await desk.holder(card)
    if holder is None:
        unknown = UnknownPhone if card.medium is Medium.PHONE else UnknownCard
        raise unknown(f"{card}")
    if not desk.policy.card_may(holder.card_kind, CardUse.POINTS):
        raise CardNotFor("points are nothing of it")
    return card, holder


async def _which(desk: Desk) -> Gift:
    gifts = {str(at): gift for at, gift in enumerate(desk.policy.gifts)}
    return gifts[await picked(desk, "Points for what?", {at: _named(gift) for at, gift in gifts.items()})]


def _named(gift: Gift) -> Message:
    if not gift.money:
        return says("{name}: {points} points", name=gift.name, points=str(gift.points))
    return says(
        "{name}: {points} points and {sum}",
        name=gift.name,
        points=str(gift.points),
        sum=shown(gift.money),
    )


async def _with_enough(desk: Desk, card: Credential, holder: Holder, gift: Gift) -> Holder:
    """What is not here and lies elsewhere is asked for. Raises TooFewPoints."""
    there = await _there(desk, holder, gift)
    if there < gift.points:
        want = Want(account=points(holder.wallet, gift.family).name, amount=gift.points)
        holder = (await desk.bring(card, holder, (want,))).holder
        there = await _there(desk, holder, gift)
    if there < gift.points:
        raise TooFewPoints(f"{there} of {gift.points}")
    return holder


async def _there(desk: Desk, holder: Holder, gift: Gift) -> int:
    """How many of that family may be used here today; the screen shows those of goods."""
    if gift.family is Family.GOODS:
        return holder.points
    day = desk.occasion().business_day
    held = partial(points_held, wallet=holder.wallet, family=gift.family, business_day=day, notice_days=0)
    return (await desk.ask_ledger(held)).usable


async def _with_money(desk: Desk, card: Credential, holder: Holder, gift: SoldGift) -> None:
    """A sale at retail price, of which points pay the first part; what is paid in money earns as ever."""
    bill = await desk.price_listed(Cart().scanned(gift.article), holder)
    part = Payment(tender=gift.tender)
    by_pin = await proved(desk, card, holder, part.amount, points=gift.gift.points)
    booked = await sold(desk, bill, card, holder, Payments(parts=(part,)), by_pin=by_pin)
    if booked is None:
        return await desk.say("Cancelled. Nothing was charged.")
    return await desk.hand_over(booked, "Paid. Hand over the goods and the receipt.")


async def _for_points(desk: Desk, card: Credential, holder: Holder, priced: SoldGift) -> None:
    gift = priced.gift
    later = not gift.is_paper and await desk.choose("When is it handed over?", _WHEN) == "later"
    left = await _there(desk, holder, gift) - gift.points
    day = desk.occasion().business_day
    coupons, vouchers = gift.coupons(day, desk.new_id), gift.vouchers(day, desk.new_id)
    lines = (
        Line(label=says("{name}", name=gift.name)),
        *given_lines(coupons, vouchers),
        Line(label=says("Points"), value=str(-gift.points)),
        Line(label=says("Points after"), value=str(left)),
    )
    if not await desk.confirm("Take the points?", amount=Fen(0), lines=lines, holder=holder):
        return await desk.say("Cancelled. Nothing was booked.")
    costs = priced.costs(desk.policy.points_worth)
    by_pin = await proved(desk, card, holder, costs, points=gift.points)
    desk.still_there(card)
    claim = new_claim(desk.secret(SECRET_BYTES)) if later else ""
    booked = await desk.book_redeem(  # Point of no return.
        BookRedeem(
            id=desk.new_id(),
            at=desk.occasion(),
            wallet=holder.wallet,
            card=holder.card,
            points=PointsEarned(family=gift.family, points=gift.points),
            what="" if gift.coupon else gift.name,
            worth=priced.worth,
            coupons=coupons,
            claim=claim,
            by_pin=by_pin,
            costs=costs,
            sku="" if gift.coupon else gift.sku,
            tax_bp=priced.tax_bp,
            vouchers=vouchers,
        )
    )
    if later:
        return await desk.hand_over(
            booked, "Hand over the receipt: it is collected with {code}.", code=claim_shown(claim)
        )
    return await desk.hand_over(booked, "Booked. Hand over {name} and the receipt.", name=gift.name)


async def _collected(desk: Desk) -> None:
    """Whoever has the code is who it was given to; it is good once."""
    code = await desk.ask_text("Key the claim code", claim_keyed) or ""
    claim = await desk.ask_ledger(partial(waiting, code=code))
    lines = (
        Line(label=says("{name}", name=claim.what)),
        Line(label=says("Points"), value=str(claim.points.points)),
        Line(label=says("Booked on {day}", day=claim.at.business_day)),
    )
    if not await desk.confirm("Hand it over?", amount=Fen(0), lines=lines):
        return await desk.say("Cancelled. Nothing was booked.")
    booked = await desk.book_claimed(  # Point of no return.
        BookNote(id=desk.new_id(), at=desk.occasion(), what=CLAIMED, detail=code, of=claim.id)
    )
    return await desk.hand_over(booked, "Booked. Hand over {name}.", name=claim.what)
