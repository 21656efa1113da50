"""The end of every sale: how it is paid, what it earns, and its one booking (product.md B1)."""

from __future__ import annotations

from msgspec import Struct
from msgspec.structs import replace

from terminal.core.card_kinds import CardUse
from terminal.core.cart import Fill
from terminal.core.commands import Booked, BookSale, Cashback, PointsEarned
from terminal.core.errors import NotPaidOutside
from terminal.core.ledger.state import Wallet
from terminal.core.payment import (
    Payments,
    brings_for,
    cashback_for,
    counts_for,
    coupons_for,
    marked,
    points_for,
    rewarded,
    sold_lines,
    vouchers_for,
)
from terminal.core.policy import Policy
from terminal.core.ports import Desk
from terminal.core.pricing import Priced
from terminal.core.trust import Credential, Holder
from terminal.core.uses import in_force
from terminal.flows.introducing import to_introducer
from terminal.flows.paying import agreed, paying


class Earned(Struct, frozen=True, kw_only=True):
    """What comes of a sale to whoever bought."""

    points: tuple[PointsEarned, ...] = ()
    cashback: Cashback | None = None


async def sold(  # noqa: PLR0913  what is paid of the bill already, and how it was proved
    desk: Desk,
    bill: Priced,
    card: Credential | None,
    holder: Holder | None,
    before: Payments = Payments(),  # noqa: B008  a frozen value
    *,
    by_pin: bool = False,
    fill: Fill | None = None,
) -> Booked | None:
    """None: somebody said no, and nothing was charged. `before`: what is paid already, as by a deposit.

    `by_pin`: the PIN was keyed for that. `fill`: what of it a dispenser recorded.
    """
    earns = holder is not None and rewarded(holder, desk.policy) and await _counts(desk, holder)
    while True:
        sale = await desk.sale_id(fill) if fill else desk.new_id()
        try:
            said = await agreed(desk, await paying(desk, bill, card, holder, before, by_pin=by_pin), sale)
        except NotPaidOutside as refusal:
            await desk.decline(refusal)  # Nothing is booked any more under the id that was asked for.
        else:
            break
    if said is None:
        return None
    holder, payments = said.holder, said.payments
    brings = Earned()
    if earns and holder is not None:
        known = await earning(desk, payments, holder)
        brings = earned(bill, known, holder, desk.policy, desk.occasion().business_day)
    named = holder if earns and holder is not None and holder.member is not None else None
    reward = await to_introducer(
        desk, named, brings_for(payments, desk.policy, desk.new_id, desk.occasion().business_day)
    )
    booked = await desk.book_sale(  # Point of no return.
        BookSale(
            id=sale,
            at=desk.occasion(second=desk.behind(bill.lines)),
            wallet=holder.wallet if holder else None,
            card=holder.card if holder else None,
            lines=sold_lines(bill, desk.new_id),
            due=bill.due,
            tenders=marked(payments.tenders, holder.wallet if holder else None),
            rounding=payments.rounding,
            received=payments.received,
            spend_order=desk.policy.spend_order,
            points=brings.points,
            cashback=brings.cashback,
            coupons_used=bill.coupons,
            by_code=bill.by_code,
            had=bill.had,
            locked=bill.locked,
            bringer=in_force(bill.bringer, desk.article) if holder else (),
            coupons=coupons_for(bill, desk.new_id) if earns else (),
            vouchers=vouchers_for(bill, desk.new_id) if earns else (),
            floor=said.floor if payments.beyond else None,
            by_pin=said.by_pin,
            reward=reward,
            record=fill.record if fill else None,
        )
    )
    if fill is not None:
        desk.fill_sold()
    return booked


async def earning(desk: Desk, payments: Payments, holder: Holder) -> Payments:
    """The same, with what of it earned before."""
    return replace(payments, earned_before=await desk.earned_before(holder, payments.principal_spent))


def earned(bill: Priced, payments: Payments, holder: Holder | None, policy: Policy, day: str) -> Earned:
    """What their card is for; None: a newcomer. Cashback in the place of points where policy says so.

    Towards the next tier it counts all the same: else whoever gets cashback instead would lose that tier.
    """
    tier, kind = (holder.tier, holder.card_kind) if holder else (Wallet().tier, "")
    cashes = policy.card_may(kind, CardUse.CASHBACK)
    points = points_for(bill, payments, policy, day)
    counts = counts_for(payments, points, policy, day) if holder is None or holder.member is not None else ()
    if not policy.card_may(kind, CardUse.POINTS) or (cashes and policy.cashback.instead_of_points(tier)):
        points = ()
    return Earned(
        points=(*points, *counts), cashback=cashback_for(payments, tier, policy, day) if cashes else None
    )


async def _counts(desk: Desk, holder: Holder) -> bool:
    """Whether what they buy is rewarded: what attendants sell to themselves is so where policy says it."""
    return desk.policy.own_points or not await desk.is_own(holder)
