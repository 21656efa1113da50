"""What the doctor says of the shop's own: members who wait, cards' keys, articles, promotions, tiers."""

from __future__ import annotations

from collections.abc import Iterator

from terminal.maintenance.facts import CardKeyFacts, Facts, StockFacts
from terminal.maintenance.finding import Finding, day

_SHORT_SHOWN = 5


def erased(facts: Facts) -> Iterator[Finding]:
    """What the law keeps longer, or headquarters sees to, is no fault; value that is left is owed."""
    waiting = facts.ledger.erasures
    if not waiting:
        return
    today = day(facts.clock.wall_ms)
    due = [one for one in waiting if one.until < today and not one.told]
    first = waiting[0]
    reason = f"members who wait to be forgotten: {len(waiting)}, {first.member} since {first.since}"
    step = (
        f"Pay out or settle what {due[0].member} has or owes; within an hour they are forgotten."
        if due
        else ""
    )
    yield Finding(subject="erasures", well=not due, reason=reason, next_step=step)


def keys_of_cards(found: CardKeyFacts) -> Finding:
    if not found.fault:
        return Finding(subject="card keys", well=True, reason=f"{found.keys} keys of cards")
    return Finding(
        subject="card keys",
        well=False,
        reason=f"{found.fault}; no card can prove itself here",
        next_step="Move that file away, then take the issuer's list again: terminal cards FILE",
    )


def stocked(found: StockFacts) -> Finding:
    """Well if it can be told: what is short is the shop's to order, and sold as long as somebody finds it."""
    if found.fault:
        step = "Import a damaged catalogue anew with --whole; move a damaged .stock file away, count again."
        return Finding(subject="stock", well=False, reason=f"cannot be told: {found.fault}", next_step=step)
    said = f"; little is left of: {_first(found.short)}" if found.short else ""
    return Finding(subject="stock", well=True, reason=f"{found.counted} articles counted{said}")


def promoted(strays: tuple[str, ...]) -> Finding:
    """Well: the shop may sell it again. Until then such a promotion takes nothing off."""
    return Finding(subject="promotions", well=True, reason=f"for what nobody sells: {_first(strays)}")


def _first(some: tuple[str, ...]) -> str:
    more = f" and {len(some) - _SHORT_SHOWN} more" if len(some) > _SHORT_SHOWN else ""
    return ", ".join(some[:_SHORT_SHOWN]) + more


def tiers_ordered(apart: str) -> Finding:
    step = (
        "Set the order of all tiers at headquarters (python -m hq tiers set), or mend policy.tiers here:"
        " until then members rise and fall by another order elsewhere."
    )
    return Finding(subject="tiers", well=False, reason=apart, next_step=step)
