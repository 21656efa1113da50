"""What headquarters' settings in force here say that a company's card may take in a day."""

from __future__ import annotations

import logging

import msgspec

from terminal.core.errors import CardLost, TerminalFault
from terminal.core.fleet import DayLimit, DayLimits, card_row, company_row, limits_of
from terminal.core.sets import DataSets
from terminal.core.site import SiteLedger
from terminal.core.wire.forms import UNREADABLE
from terminal.core.wire.sets import SetName

log = logging.getLogger(__name__)

NOTHING_A_DAY = limits_of(DayLimit(fen=0, litres=0), None)
_limit = msgspec.json.Decoder(DayLimit)


class FleetLimits:
    """For whoever takes a company's credit; it holds offline and after a restore, as all settings do."""

    def __init__(self, ledger: SiteLedger, sets: DataSets) -> None:
        self._ledger = ledger
        self._sets = sets

    async def of(self, company: str, card: str) -> DayLimits:
        """What cannot be read allows nothing. Raises CardLost."""
        manifest = self._ledger.standing().sets.get(SetName.SETTINGS)
        if manifest is None:
            return DayLimits()
        try:
            if not await self._sets.whole(manifest):
                return NOTHING_A_DAY
            whole = await self._sets.row(manifest, company_row(company))
            own = await self._sets.row(manifest, card_row(company, card))
            limits = _read(whole), _read(own)
        except (TerminalFault, *UNREADABLE) as fault:
            log.warning("what a company's card may take in a day cannot be read: %s", type(fault).__name__)
            return NOTHING_A_DAY
        if any(one.lost for one in limits if one):
            raise CardLost("headquarters says so")
        return limits_of(*limits)


def _read(row: bytes | None) -> DayLimit | None:
    return _limit.decode(row) if row is not None else None
