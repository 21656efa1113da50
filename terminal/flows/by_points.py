"""Points pay a part of a bill, or all of it (product.md B4)."""

from __future__ import annotations

from functools import partial

from terminal.core.accounts import points
from terminal.core.cart import Family
from terminal.core.commands import TenderKind
from terminal.core.errors import TooFewPoints
from terminal.core.payment import Payment, by_points
from terminal.core.points_held import points_held
from terminal.core.ports import Desk
from terminal.core.rights import Want
from terminal.core.screens import Line, says
from terminal.core.trust import Holder
from terminal.flows.held import Paying, brought


class Points:
    """Of goods: those of fuel are accounts of their own, and pay for nothing here."""

    kind = TenderKind.POINTS

    async def offered(self, desk: Desk, said: Paying, holder: Holder) -> bool:
        if self.kind in said.kinds:
            return False
        worth, left = desk.policy.points_worth, said.left
        if desk.roams and not await self._owes(desk, holder):
            return worth.wanted(left) > 0  # They may lie elsewhere.
        return worth.most(holder.points, left) > 0

    async def part(self, desk: Desk, said: Paying, *, whole: bool) -> tuple[Paying, Payment]:
        worth, left = desk.policy.points_worth, said.left
        wanted = worth.wanted(left)
        if said.holder and said.holder.points < wanted:
            want = Want(account=points(said.holder.wallet, Family.GOODS).name, amount=wanted)
            said = await brought(desk, said, self.kind, (want,))
        most = worth.most(said.holder.points if said.holder else 0, left)
        if not most:
            raise TooFewPoints("not one step of them is there")
        taken = most
        if not whole or worth.of(most) < left:
            taken = await desk.ask_points("How many points does the member use?", worth, at_most=most)
        return said, by_points(taken, worth)

    async def _owes(self, desk: Desk, holder: Holder) -> bool:
        """Here: what would come from elsewhere goes to that first."""
        if not holder.may_have("debt:points:"):
            return False
        held = partial(
            points_held,
            wallet=holder.wallet,
            family=Family.GOODS,
            business_day=desk.occasion().business_day,
            notice_days=0,
        )
        return (await desk.ask_ledger(held)).owed > 0

    def after(self, part: Payment, holder: Holder) -> tuple[Line, ...]:
        return (Line(label=says("Points after"), value=str(holder.points - part.tender.units)),)
