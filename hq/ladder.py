"""How a chain's tiers rise: as its settings say that all its sites are given, else as by custom."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from hq.damage import PartDamaged, own_part
from hq.policy import Policy
from hq.ports import Turn
from hq.sets_ports import SHARED, Published
from hq.work import Work
from terminal.core.ranks import TIERS_ROW, TierOrder, rank
from terminal.core.tier_names import NO_NAMES, TIER_NAMES_ROW, Shown, TierNames
from terminal.core.wire.forms import UNREADABLE
from terminal.core.wire.sets import Row, SetName

_rows = msgspec.json.Decoder(list[Row])
_order = msgspec.json.Decoder(TierOrder)
_names = msgspec.json.Decoder(TierNames)


async def ranks(work: Work, tier: str) -> int:
    """Read once a transaction, and only where somebody speaks of a tier."""
    if work.tiers is None:
        work.tiers = await ladder(work.turn, work.policy, work.now_ms)
    return rank(tier, work.tiers)


async def ladder(turn: Turn, policy: Policy, now_ms: int) -> tuple[str, ...]:
    """Rising, by custom where nothing is published, or what is cannot be read."""
    order = await order_of(turn, now_ms)
    return order.order if order else policy.tiers


async def order_of(turn: Turn, now_ms: int) -> TierOrder | None:
    """One for the whole chain: settings of one site alone say nothing of it."""
    return order_in(await _shared(turn, now_ms))


async def names_of(turn: Turn, now_ms: int) -> Shown:
    """What they are called in the whole chain, likewise."""
    return names_in(await _shared(turn, now_ms))


async def _shared(turn: Turn, now_ms: int) -> Sequence[Row]:
    published = await turn.published()
    shared = [row for row in published if row.set == SetName.SETTINGS and row.site == SHARED]
    stands = [row for row in shared if row.not_before_ms <= now_ms]
    try:
        return await rows_of(turn, stands[-1]) if stands else ()
    except PartDamaged:  # Said by whoever gives it to a site.
        return ()


async def rows_of(turn: Turn, row: Published) -> list[Row]:
    """Of a set that is not sealed. Raises PartDamaged."""
    rows: list[Row] = []
    for part in row.parts:
        rows += _rows.decode(await own_part(turn, part))
    return rows


def order_in(rows: Sequence[Row]) -> TierOrder | None:
    """None too where a release before this one took a row of that name as it was."""
    row = next((row for row in rows if row.key == TIERS_ROW), None)
    try:
        return _order.decode(row.value) if row else None
    except UNREADABLE:
        return None


def names_in(rows: Sequence[Row]) -> Shown:
    """Those without a name are not among them."""
    row = next((row for row in rows if row.key == TIER_NAMES_ROW), None)
    try:
        return _names.decode(row.value).shown if row else NO_NAMES
    except UNREADABLE:
        return NO_NAMES
