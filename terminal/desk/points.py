"""Members' points here: what has ended is written off when its member comes, what ends next is said.

Uses of count cards are never written off; the receipt leaves out those that have ended.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from functools import partial

from msgspec.structs import replace

from terminal.core import accounts as chart
from terminal.core.cart import FUELS, Family
from terminal.core.commands import Booked, BookExpiry, Occasion
from terminal.core.errors import Refused, TerminalFault
from terminal.core.held_coupons import held_coupons
from terminal.core.points_held import PointsHeld, others_held, points_held, points_of
from terminal.core.points_notice import PointsNotice
from terminal.core.policy import Policy
from terminal.core.ports import Committer, Ids
from terminal.core.times import is_certain
from terminal.core.trust import Holder
from terminal.core.uses_kept import kept_uses, of_the_day
from terminal.core.values import EntryId, WalletId

log = logging.getLogger(__name__)


class PointsDesk:
    def __init__(
        self, committer: Committer, ids: Ids, occasion: Callable[[], Occasion], policy: Policy
    ) -> None:
        self._committer = committer
        self._ids = ids
        self._occasion = occasion
        self._notice_days = policy.points_end.notice_days

    async def of(self, holder: Holder) -> Holder:
        """The same, with what of the goods points may be used today."""
        held = self._told_with(holder) or await self._held(holder.wallet)
        if held.ended and is_certain(self._occasion()):
            await self._written_off(holder.wallet)
        return replace(
            holder,
            points=held.usable,
            points_ending=held.ending,
            points_end=held.ends,
            points_others=await self._others(holder.wallet) if _may_hold_others(holder) else (),
            points_read=None,
        )

    def _told_with(self, holder: Holder) -> PointsHeld | None:
        """From what the ledger said with whose card it is; None: it must be asked."""
        if holder.points_read is None:
            return None
        return points_of(
            holder.points_read.lots,
            balance=holder.points,
            owed=holder.points_read.owed,
            business_day=self._occasion().business_day,
            notice_days=self._notice_days,
        )

    async def told(self, booked: Booked) -> Booked:
        """With what its receipt says of points that end soon; of points, coupons and uses the good ones.

        It is booked, and goes as it is if need be.
        """
        wallet, after = booked.wallet, booked.after
        if wallet is None or after is None:
            return booked
        try:
            held, others = await self._held(wallet), await self._others(wallet)
            uses, called = await self._uses(wallet) if after.uses else ({}, {})
            over = await self._coupons_over(wallet) if after.coupons else 0
        except TerminalFault as fault:
            log.warning("which points, coupons and uses end is not known: %s", fault)
            return booked
        points = {**after.points, Family.GOODS: after.points.get(Family.GOODS, 0) - held.ended}
        left = {family: count for family, count in points.items() if count}
        return replace(
            booked,
            after=replace(after, points=left, coupons=after.coupons - over, uses=uses, called=called),
            points_ending=held.ending,
            points_end=held.ends,
            points_owed=held.owed,
            points_others=others,
        )

    async def _held(self, wallet: WalletId) -> PointsHeld:
        return await self._committer.ask(
            partial(
                points_held,
                wallet=wallet,
                family=Family.GOODS,
                business_day=self._occasion().business_day,
                notice_days=self._notice_days,
            )
        )

    async def _others(self, wallet: WalletId) -> tuple[PointsNotice, ...]:
        return await self._committer.ask(
            partial(
                others_held,
                wallet=wallet,
                business_day=self._occasion().business_day,
                notice_days=self._notice_days,
            )
        )

    async def _uses(self, wallet: WalletId) -> tuple[dict[str, int], dict[str, str]]:
        """Of each count card, by its SKU, and what it was sold as."""
        day = self._occasion().business_day
        return of_the_day(await self._committer.ask(partial(kept_uses, wallet=wallet)), day)

    async def _coupons_over(self, wallet: WalletId) -> int:
        """Of those that lie there: what comes back may come after its last day."""
        day = self._occasion().business_day
        held = await self._committer.ask(partial(held_coupons, wallet=wallet))
        return sum(1 for one in held if one.until and day > one.until)

    async def _written_off(self, wallet: WalletId) -> None:
        unit = chart.points(wallet, Family.GOODS).unit
        ended = BookExpiry(id=EntryId(self._ids.new()), at=self._occasion(), wallet=wallet, unit=unit)
        try:
            await self._committer.submit(ended)
        except Refused as refusal:  # Another counter of the shop was first.
            log.info("points were written off already: %s", refusal)


def _may_hold_others(holder: Holder) -> bool:
    """Whether the ledger is asked: by what it said lies there when it said whose card it is."""
    others = {f"points:{family}" for family in FUELS}
    return holder.units is None or any(unit in others for unit in holder.units)
