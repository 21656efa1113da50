"""A sale of fuel that nobody stands at the counter for, paid by what was held for it (product.md C7)."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from msgspec.structs import replace

from terminal.core.cart import Fill
from terminal.core.commands import BookSale, Reward, SpendOrder, Tender, TenderKind
from terminal.core.commission import credited
from terminal.core.forecourt import agree
from terminal.core.ledger import State
from terminal.core.ledger.draft import between
from terminal.core.ledger.earned import earned_of
from terminal.core.ledger.holds import Hold
from terminal.core.payment import Payment, Payments, brings_for, coupons_for, rewarded, vouchers_for
from terminal.core.policy import Policy
from terminal.core.ports import Committer
from terminal.core.pricing import HeldCoupon, Priced
from terminal.core.spending import split
from terminal.core.trust import Holder
from terminal.core.values import EntryId, StaffId, WalletId
from terminal.desk.prices import Prices
from terminal.flows.selling import earned


class HeldFills:
    """`desk.filling.Sells`. Prices and what is earned as at the counter; what was set aside comes off."""

    def __init__(  # noqa: PLR0913  what it needs of the counter, each by its name
        self,
        policy: Policy,
        *,
        prices: Callable[[Hold], Prices],
        committer: Committer,
        is_own: Callable[[Holder, StaffId], Awaitable[bool]],
        new_id: Callable[[], str],
        brings: Callable[[Holder | None, Reward | None], Awaitable[Reward | None]],
    ) -> None:
        """`prices`: of the moment of a release; `brings`: to who brought the member."""
        self._policy = policy
        self._prices = prices
        self._committer = committer
        self._is_own = is_own
        self._new_id = new_id
        self._brings = brings

    async def __call__(self, hold: Hold, fill: Fill, sale: EntryId) -> BookSale | None:
        """None: what is held does not pay it. Raises TerminalFault: not now."""
        if hold.command.company:
            return self._of_company(hold, fill, sale)
        if hold.wallet is None:
            return None
        holder = await self._committer.ask(lambda state: _holder(state, hold))
        if hold.unit:
            return await self._ahead(hold, fill, sale, holder)
        coupons = await self._committer.ask(lambda state: _coupons(state, hold))
        prices = self._prices(hold)
        bill = await prices.of(fill.cart, holder, coupons)
        if beyond := max(0, bill.due - hold.command.amount):
            fitting = _less(fill, beyond)
            bill = await prices.of(fitting.cart, holder, coupons) if fitting else bill
            if bill.due > hold.command.amount:
                return None
        operator = hold.entry.at.operator
        payments = await self._committer.ask(lambda state: _payments(state, hold, bill))
        at = prices.occasion(operator)
        earns = rewarded(holder, self._policy) and (
            self._policy.own_points or not await self._is_own(holder, operator)
        )
        return await self._earning(
            BookSale(
                id=sale,
                at=at,
                wallet=holder.wallet,
                card=holder.card,
                lines=credited(bill.lines, operator),
                due=bill.due,
                tenders=tuple(part.tender for part in payments.parts),  # Also one of nothing.
                received=0,
                coupons_used=bill.coupons,
                had=bill.had,
                locked=bill.locked,
                by_pin=hold.command.by_pin,
                record=fill.record,
            ),
            holder if earns else None,
            bill,
            payments,
        )

    def _of_company(self, hold: Hold, fill: Fill, sale: EntryId) -> BookSale | None:
        """At its tier's prices; it earns nothing."""
        company, fleet = hold.command.company, hold.command.fleet
        tier = next((one.tier for one in self._policy.companies if one.company == company), "")
        prices = self._prices(hold)
        bill = prices.by_tier(fill.cart, tier)
        if (beyond := bill.due - hold.command.amount) > 0 and (fitting := _less(fill, beyond)):
            bill = prices.by_tier(fitting.cart, tier)
        if not 0 < bill.due <= hold.command.amount or fleet is None or fill.centilitres > fleet.litres:
            return None
        tender = Tender(kind=TenderKind.HELD, amount=bill.due, of=hold.command.id, units=fill.centilitres)
        return BookSale(
            id=sale,
            at=prices.occasion(hold.entry.at.operator),
            wallet=None,
            card=None,
            lines=credited(bill.lines, hold.entry.at.operator),
            due=bill.due,
            tenders=(tender,),
            record=fill.record,
        )

    async def _ahead(self, hold: Hold, fill: Fill, sale: EntryId, holder: Holder) -> BookSale | None:
        """By litres: at list price, and it earns nothing, which their sale did (product.md B6)."""
        if fill.centilitres > hold.command.amount:
            return None
        prices = self._prices(hold)
        bill = await prices.of(fill.cart.poured_ahead(0, hold.unit, fill.centilitres), holder)
        return BookSale(
            id=sale,
            at=prices.occasion(hold.entry.at.operator),
            wallet=holder.wallet,
            card=holder.card,
            lines=credited(bill.lines, hold.entry.at.operator),
            due=bill.due,
            tenders=(
                Tender(
                    kind=TenderKind.HELD,
                    amount=bill.due,
                    of=hold.command.id,
                    units=fill.centilitres,
                ),
            ),
            by_pin=hold.command.by_pin,
            record=fill.record,
        )

    async def _earning(
        self, sale: BookSale, holder: Holder | None, bill: Priced, payments: Payments
    ) -> BookSale:
        if holder is None:
            return sale
        policy, day = self._policy, sale.at.business_day
        brings = earned(bill, payments, holder, policy, day)
        named = holder if holder.member is not None else None
        return replace(
            sale,
            points=brings.points,
            cashback=brings.cashback,
            coupons=coupons_for(bill, self._new_id),
            vouchers=vouchers_for(bill, self._new_id),
            reward=await self._brings(named, brings_for(payments, policy, self._new_id, day)),
        )


def _less(fill: Fill, beyond: int) -> Fill | None:
    """The same litres for so many fen less, where a dispenser may show that for them too (decision 126).

    None: more flowed than what is held pays.
    """
    fen = (fill.fen or 0) - beyond
    return replace(fill, fen=fen) if fen > 0 and agree(fill.centilitres, fen, fill.grade.price) else None


def _coupons(state: State, hold: Hold) -> tuple[HeldCoupon, ...]:
    """What was set aside with it comes off whatever day it is by now."""
    known = state.coupon(hold.command.coupon) if hold.command.coupon else None
    if known is None:
        return ()
    one = known[1]
    return (HeldCoupon(coupon=one.coupon, kind=one.kind, face=one.face, threshold=one.threshold),)


def _payments(state: State, hold: Hold, bill: Priced) -> Payments:
    """What is held gave principal first, and so it is spent."""
    held = {"principal": 0, "bonus": 0}
    for lot in hold.lots:
        held[lot.unit] -= lot.amount
    spent = split(bill.due, principal=held["principal"], bonus=held["bonus"], order=SpendOrder.BONUS_LAST)
    tender = Tender(kind=TenderKind.HELD, amount=bill.due, of=hold.command.id)
    return Payments(
        parts=(Payment(tender=tender, spent=spent),),
        earned_before=earned_of(state, hold.wallet or WalletId(""), between(hold.lots, 0, spent.principal)),
    )


def _holder(state: State, hold: Hold) -> Holder:
    """As far as prices and points ask. A card lost meanwhile is not named; its kind stands in the hold."""
    wallet = hold.wallet or WalletId("")
    known = state.wallet(wallet)
    card = hold.command.card
    named = state.card(card) if card is not None else None
    return Holder(
        wallet=wallet,
        member=known.member if known else None,
        card=card if named is not None and named.active and named.wallet == wallet else None,
        name_shown="",
        number_shown="",
        tier=known.tier if known else "regular",
        principal=0,
        bonus=0,
        points=0,
        coupons=0,
        card_kind=hold.command.kind,
    )
