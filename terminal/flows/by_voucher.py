"""Cash vouchers and cashback pay a part of a bill, or all of it (product.md B17)."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

from terminal.core.accounts import held_by
from terminal.core.commands import Tender, TenderKind
from terminal.core.errors import InsufficientFunds
from terminal.core.money import AMOUNT_MAX, Fen, shown
from terminal.core.payment import Payment
from terminal.core.ports import Desk
from terminal.core.rights import Want
from terminal.core.screens import Line, says
from terminal.core.trust import Holder
from terminal.core.vouchers import HeldVoucher, cashback, cashback_owed, vouchers
from terminal.flows.held import Paying, brought


class Vouchers:
    """Each is used whole: it gives no change, and has no rest."""

    kind = TenderKind.VOUCHER

    async def offered(self, desk: Desk, said: Paying, holder: Holder) -> bool:
        return bool(await self._left(desk, said, holder))

    async def part(self, desk: Desk, said: Paying, *, whole: bool) -> tuple[Paying, Payment]:
        """It pays what it can, whatever of the bill was meant."""
        del whole
        there = {one.voucher: one for one in await self._left(desk, said, said.holder)}
        if not there:
            raise InsufficientFunds("no voucher may be used today")
        buttons = {name: says("Voucher: {sum}", sum=shown(one.fen)) for name, one in there.items()}
        one = there[await desk.choose("Which cash voucher?", buttons)]
        tender = Tender(kind=self.kind, amount=min(one.fen, said.left_of_goods), of=one.voucher)
        return said, Payment(tender=tender, ends=one.fen - tender.amount)

    async def _left(self, desk: Desk, said: Paying, holder: Holder | None) -> Sequence[HeldVoucher]:
        """Those that were not said yet."""
        if holder is None or not said.left_of_goods or not holder.may_have("voucher:"):
            return ()
        day = desk.occasion().business_day
        held = await desk.ask_ledger(partial(vouchers, wallet=holder.wallet, business_day=day))
        used = {part.tender.of for part in said.payments.parts if part.kind is self.kind}
        return [one for one in held if one.voucher not in used]

    def after(self, part: Payment, holder: Holder) -> tuple[Line, ...]:
        del holder
        return (Line(label=says("The voucher's rest ends"), value=shown(part.ends)),) if part.ends else ()


class CashedBack:
    """What came back of earlier sales: of a bill no more than the shop's part."""

    kind = TenderKind.CASHBACK

    async def offered(self, desk: Desk, said: Paying, holder: Holder) -> bool:
        if self.kind in said.kinds:
            return False
        held = await self._held(desk, holder)
        if not held and desk.roams and desk.policy.cashback.rate_bp and not await self._owes(desk, holder):
            held = AMOUNT_MAX  # It may lie elsewhere.
        return self._most(desk, said, held) > 0

    async def part(self, desk: Desk, said: Paying, *, whole: bool) -> tuple[Paying, Payment]:
        wanted = self._most(desk, said, AMOUNT_MAX)
        if said.holder and await self._held(desk, said.holder) < wanted:
            want = Want(account=held_by(said.holder.wallet, self.kind).name, amount=wanted)
            said = await brought(desk, said, self.kind, (want,))
        most = self._most(desk, said, await self._held(desk, said.holder) if said.holder else 0)
        if not most:
            raise InsufficientFunds("no cashback may be used today")
        fen = most if whole else await desk.ask_part("How much of it?", self.kind, at_most=most)
        return said, Payment(tender=Tender(kind=self.kind, amount=fen))

    async def _held(self, desk: Desk, holder: Holder) -> int:
        if not holder.may_have(self.kind):
            return 0
        day = desk.occasion().business_day
        return await desk.ask_ledger(partial(cashback, wallet=holder.wallet, business_day=day))

    async def _owes(self, desk: Desk, holder: Holder) -> bool:
        """More than may be used here: what would come from elsewhere goes to that first."""
        if not holder.may_have(f"debt:{self.kind}"):
            return False
        return await desk.ask_ledger(partial(cashback_owed, wallet=holder.wallet)) > 0

    def _most(self, desk: Desk, said: Paying, held: int) -> Fen:
        return desk.policy.cashback.most(held, said.bill.goods, said.left_of_goods)

    def after(self, part: Payment, holder: Holder) -> tuple[Line, ...]:
        del part, holder
        return ()
