"""A member claims what a campaign gives with its code, once (product.md B5, B17)."""

from __future__ import annotations

from functools import partial

from terminal.core.campaigns import campaign_of, coupons_of
from terminal.core.commands import BookGrant, Claim
from terminal.core.errors import ClaimNeedsName, UnknownCard, UnknownPhone
from terminal.core.given_lines import given_lines
from terminal.core.money import Fen
from terminal.core.packs import packed
from terminal.core.ports import Desk
from terminal.core.screens import Line, says
from terminal.core.trust import Medium


async def claim(desk: Desk) -> None:
    """It takes nothing from anybody: no PIN is asked for."""
    day = desk.occasion().business_day
    known = partial(campaign_of, policy=desk.policy, business_day=day)
    campaign = await desk.ask_campaign("Scan the campaign's code, or key it", known)
    card = await desk.read_member("Present the member card or code")
    holder = await desk.holder(card)
    if holder is None:
        raise (UnknownPhone if card.medium is Medium.PHONE else UnknownCard)(f"{card}")
    if holder.member is None:
        raise ClaimNeedsName("a card without a name")
    coupons = coupons_of(campaign, day, desk.new_id)
    vouchers = packed(campaign.vouchers, day, desk.new_id)
    lines = (Line(label=says("{name}", name=campaign.name)), *given_lines(coupons, vouchers))
    prompt = "Give these coupons and vouchers?" if vouchers else "Give these coupons?"
    if not await desk.confirm(prompt, amount=Fen(0), lines=lines, holder=holder):
        return await desk.say("Cancelled. Nothing was booked.")
    booked = await desk.book_grant(  # Point of no return.
        BookGrant(
            id=desk.new_id(),
            at=desk.occasion(),
            wallet=holder.wallet,
            why=campaign.name,
            grants=vouchers,
            coupons=coupons,
            claim=Claim(code=campaign.code, most=campaign.most),
        )
    )
    count = str(len(coupons) + len(vouchers))
    if vouchers:
        return await desk.hand_over(
            booked, "The coupons and vouchers are the member's: {count}. Hand over the slip.", count=count
        )
    return await desk.hand_over(
        booked, "The coupons are the member's: {count}. Hand over the slip.", count=count
    )
