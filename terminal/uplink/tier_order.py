"""How the chain's tiers rise, as headquarters' settings in force here say it, and the shop's own."""

from __future__ import annotations

import logging

import msgspec

from terminal.core.errors import TerminalFault
from terminal.core.ranks import BY_CUSTOM, TIERS_ROW, TierOrder, misplaced
from terminal.core.sets import DataSets
from terminal.core.site import SiteLedger
from terminal.core.tiers import Tiers
from terminal.core.wire.forms import UNREADABLE
from terminal.core.wire.sets import SetName

log = logging.getLogger(__name__)

_order = msgspec.json.Decoder(TierOrder)


async def tiers_apart(ledger: SiteLedger, sets: DataSets, tiers: Tiers) -> str:
    """In which of the shop's own tiers headquarters sees others; empty: in none, or the shop has no ladder.

    A shop without a headquarters is its own.
    """
    standing = ledger.standing()
    if not tiers.steps or not standing.hq_epoch:
        return ""
    order = await _order_of(sets, standing.sets.get(SetName.SETTINGS))
    found = misplaced(tiers.names, order) if order else ()
    if not found:
        return ""
    return f"{', '.join(found)} of policy.tiers: headquarters' order is {', '.join(order)}"


async def chain_tiers(ledger: SiteLedger, sets: DataSets) -> tuple[str, ...]:
    """As headquarters published their order; none, where it did not or there is none."""
    standing = ledger.standing()
    manifest = standing.sets.get(SetName.SETTINGS) if standing.hq_epoch else None
    return await _order_of(sets, manifest) if manifest else ()


async def _order_of(sets: DataSets, manifest: str | None) -> tuple[str, ...]:
    """None of it: it is being fetched."""
    try:
        if manifest and not await sets.whole(manifest):
            return ()
        row = await sets.row(manifest, TIERS_ROW) if manifest else None
        return _order.decode(row).order if row else BY_CUSTOM
    except (TerminalFault, *UNREADABLE) as fault:
        log.warning("how the chain's tiers rise cannot be read: %s", type(fault).__name__)
        return BY_CUSTOM
