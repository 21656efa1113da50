"""A member's tier, told anew when they come and when they paid: it counts from the next sale (B8)."""

from __future__ import annotations

import logging
from collections.abc import Callable
from functools import partial

from msgspec.structs import replace

from terminal.core.accounts import TIER_UNIT
from terminal.core.commands import Booked, BookExpiry, BookTier, Occasion
from terminal.core.errors import Refused, TerminalFault
from terminal.core.ledger.rules import current
from terminal.core.ledger.state import State
from terminal.core.policy import Policy
from terminal.core.ports import Committer, Ids
from terminal.core.tier_held import TierStands, tier_stands
from terminal.core.times import is_certain
from terminal.core.trust import Holder
from terminal.core.values import EntryId, WalletId
from terminal.runtime.log import told

ENDED_MAX = 100
"""So many lots that left the window may lie on a wallet before they are written off."""
log = logging.getLogger(__name__)


class TierDesk:
    def __init__(
        self, committer: Committer, ids: Ids, occasion: Callable[[], Occasion], policy: Policy
    ) -> None:
        self._committer = committer
        self._ids = ids
        self._occasion = occasion
        self._tiers = policy.tiers

    async def of(self, holder: Holder) -> Holder:
        """The same, in the tier that they have by now."""
        tier = await self.look(holder.wallet) if holder.member is not None else None
        return replace(holder, tier=tier) if tier else holder

    async def told(self, booked: Booked) -> Booked:
        """With the tier that it brings or takes. It is booked, and its receipt goes as it is if need be."""
        wallet = booked.wallet
        if not self._tiers.steps or wallet is None:
            return booked
        now = self._occasion()
        ask = partial(tier_stands, wallet=wallet, business_day=now.business_day)
        try:
            stands = await self._committer.ask(ask)
        except TerminalFault as fault:
            log.warning("the tier is not known: why=%s", told(fault))
            return booked
        tier = self._now(stands, certain=is_certain(now)) if stands else ""
        return replace(booked, tier_next=tier) if stands and tier != stands.tier else booked

    def _now(self, stands: TierStands, *, certain: bool) -> str:
        return self._tiers.after(stands.tier, stands.counted, falls=stands.falls and certain)

    async def look(self, wallet: WalletId) -> str | None:
        """Up at once; down where nobody else knows more, or the wallet began.

        None: it stays, or cannot be told now.
        """
        if not self._tiers.steps:
            return None
        now = self._occasion()
        ask = partial(_stands, wallet=wallet, business_day=now.business_day)
        try:
            wallet, stands = await self._committer.ask(ask)
            return await self._moved(wallet, stands, certain=is_certain(now)) if stands else None
        except (Refused, TerminalFault) as fault:  # The next look finds it.
            log.warning("the tier is not known: why=%s", told(fault))
            return None

    async def _moved(self, wallet: WalletId, stands: TierStands, *, certain: bool) -> str | None:
        """`certain`: somebody vouches for the day."""
        tier = self._now(stands, certain=certain)
        if tier != stands.tier:
            why = f"{self._tiers.by} {stands.counted} in {self._tiers.days} days"
            said = BookTier(
                id=EntryId(self._ids.new()),
                at=self._occasion(),
                wallet=wallet,
                tier=tier,
                why=why,
                fell_from=stands.tier if self._tiers.fell(stands.tier, tier) else "",
            )
            await self._committer.submit(said)
        if stands.ended > ENDED_MAX and certain:
            entry = EntryId(self._ids.new())
            await self._committer.submit(
                BookExpiry(id=entry, at=self._occasion(), wallet=wallet, unit=TIER_UNIT)
            )
        return tier if tier != stands.tier else None


def _stands(state: State, *, wallet: WalletId, business_day: str) -> tuple[WalletId, TierStands | None]:
    """And the wallet that it lies on: that one may have been merged into another just now."""
    return current(wallet, state), tier_stands(state, wallet=wallet, business_day=business_day)
