"""A member is given a tier that they did not reach (product.md B10)."""

from __future__ import annotations

from functools import partial

from msgspec.structs import replace

from terminal.core.commands import BookGrant, BookTier
from terminal.core.errors import NoTierForThem, TierStays
from terminal.core.money import Fen
from terminal.core.ports import Desk
from terminal.core.screens import Line, says
from terminal.core.tier_held import tier_stands
from terminal.core.tier_names import keyed, tier_said, word_of
from terminal.core.tiers import Tiers
from terminal.core.trust import Holder
from terminal.flows.picking import picked

_WHY = "by hand"


async def given_tier(desk: Desk, holder: Holder) -> None:
    """One that is reached by what counts stays for as long as if they had reached it; another for good."""
    tiers, day = desk.policy.tiers, desk.occasion().business_day
    stands = await desk.ask_ledger(partial(tier_stands, wallet=holder.wallet, business_day=day))
    if stands is None:
        raise NoTierForThem("no such wallet here, or nobody's")
    tier = await _which(desk, tiers, stands.counted)
    missing = tiers.needs(tier) - stands.counted
    if tier == stands.tier and missing <= 0:
        raise TierStays("they have it")
    shown = desk.tier_names
    lines = (
        Line(label=says("Name"), value=holder.name_shown),
        Line(label=says("Tier until now"), value=stands.tier, word=word_of(stands.tier, shown)),
        Line(label=says("Tier"), value=tier, word=word_of(tier, shown)),
    )
    command = _command(desk, holder, tiers, tier, missing)
    if not await desk.confirm("Give this tier?", amount=Fen(0), lines=lines):
        return await desk.say("Cancelled. Nothing was booked.")
    second = await desk.second(command, "Who approves the tier?", amount=Fen(0), lines=lines)
    command = replace(command, at=desk.occasion(second=second))
    await desk.book_tier(command)  # Point of no return.
    return await desk.say("The tier is given, from the next sale on.")


async def _which(desk: Desk, tiers: Tiers, counted: int) -> str:
    """Of a ladder a rung above what they reached: they would be back on a lower one when they come next."""
    shown = desk.tier_names
    if not tiers.steps:
        return await desk.ask_text("Which tier?", partial(keyed, shown=shown)) or ""
    above = [one.tier for one in tiers.steps if one.reach > counted]
    if not above:
        raise TierStays("they reached the highest")
    return await picked(desk, "Which tier?", {one: tier_said(one, shown) for one in above})


def _command(desk: Desk, holder: Holder, tiers: Tiers, tier: str, missing: int) -> BookGrant | BookTier:
    """What is missing to a rung is given, and the tier follows from it as ever, until the window's end."""
    id_, at = desk.new_id(), desk.occasion()
    if not tiers.steps:
        return BookTier(id=id_, at=at, wallet=holder.wallet, tier=tier, why=_WHY)
    grant = tiers.granted(missing, at.business_day)
    return BookGrant(id=id_, at=at, wallet=holder.wallet, why=f"tier {tier} {_WHY}", grants=(grant,))
