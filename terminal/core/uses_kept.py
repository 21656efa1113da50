"""Uses and litres as they are told to whom they belong: how many are good, what they were sold as."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence

from terminal.core.accounts import TIER_UNIT
from terminal.core.cart import COUNTED
from terminal.core.commands import UsesKept
from terminal.core.ledger.rules import current
from terminal.core.ledger.sold_for import sold_as
from terminal.core.ledger.state import Lot, State
from terminal.core.locks import LITRES
from terminal.core.values import WalletId


def kept_uses(state: State, wallet: WalletId) -> tuple[UsesKept, ...]:
    """All that lie there, ended or not."""
    wallet = current(wallet, state)
    return tuple(
        UsesKept(unit=unit, amount=lot.rest, until=lot.until, name=_called(state, unit, lot))
        for unit, _ in state.holdings(wallet)
        if unit.startswith((COUNTED, LITRES))
        for lot in state.lots(wallet, unit)
    )


def _called(state: State, unit: str, lot: Lot) -> str:
    version = sold_as(state, unit, lot)
    return version.name if version is not None else ""


def of_the_day(uses: Iterable[UsesKept], day: str) -> tuple[dict[str, int], dict[str, str]]:
    """By SKU, of litres by unit, how many may be used on that business day, and what each was sold as."""
    counts, names = dict[str, int](), dict[str, str]()
    for one in uses:
        sku = one.unit.removeprefix(COUNTED)
        if one.name:
            names[sku] = one.name
        if not one.ended(day):
            counts[sku] = counts.get(sku, 0) + one.amount
    return counts, names


def staying(state: State, wallet: WalletId, *, business_day: str) -> Sequence[tuple[str, int]]:
    """(unit, amount) of what a member keeps under their name without a card; without uses that are over."""
    over = Counter[str]()
    for one in kept_uses(state, wallet):
        if one.ended(business_day):
            over[one.unit] += one.amount
    held = [one for one in state.holdings(wallet) if _lies_there(one[0])]
    return [(unit, amount - over[unit]) for unit, amount in held if amount > over[unit]]


def _lies_there(unit: str) -> bool:
    """Not what is owed, what a nozzle holds until its fill ends, or what only counts for tiers."""
    return unit.partition(":")[0] not in {"debt", "held"} and unit != TIER_UNIT
