"""What a recharge brings and how its money may come in, decided before anybody pays (product.md B2)."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from terminal.core.commands import CouponGrant, PaidBy, PointsEarned
from terminal.core.errors import NeedsName
from terminal.core.money import Fen
from terminal.core.packs import PackVoucher
from terminal.core.points import recharged
from terminal.core.policy import PackCoupon, PointsBasis, Policy, Rung, RungLock
from terminal.core.pricing import rung_for
from terminal.core.values import Value


class Bonus(Value, frozen=True, kw_only=True):
    """What the shop adds."""

    amount: Fen = Fen(0)
    campaign: str = ""
    """By whose ladder; empty: by the usual one."""
    points: int = 0
    """Goods points that the campaign gives beside it."""
    until: str = ""
    """Last business day of those."""
    earned: tuple[PointsEarned, ...] = ()
    """What the money itself earns, where points are for recharging; also what of it counts towards a tier."""
    pack: tuple[PackCoupon, ...] = ()
    """Coupons that the campaign gives, too."""
    vouchers: tuple[PackVoucher, ...] = ()
    """Cash vouchers that it does."""
    lock: RungLock | None = None
    """A locked price that comes with the rung."""

    def coupons(self, business_day: str, new_id: Callable[[], str]) -> tuple[CouponGrant, ...]:
        """As they are booked on that day."""
        return tuple(coupon for one in self.pack for coupon in one.given(business_day, new_id))


def bonus_on(business_day: str, principal: Fen, policy: Policy) -> Bonus:
    """The best of all ladders that stand on that day, never two; of equal ones the usual, then the first."""
    running = [one for one in policy.recharge_campaigns if one.since <= business_day <= one.until]
    usual = not any(one.instead for one in running)
    ends, earned = policy.points_end, tuple[PointsEarned, ...]()
    if policy.points_basis is PointsBasis.RECHARGE:
        points = ends.ended(recharged(principal, policy.points), business_day)
        earned = (*points, *policy.tiers.counting(points, 0, business_day))
    best = Bonus(earned=earned)
    if usual and (rung := rung_for(principal, policy.recharge_ladder)):
        best = Bonus(amount=Fen(rung.bonus), earned=earned, lock=rung.lock)
    for campaign in running:
        rung = rung_for(principal, campaign.ladder)
        if rung is not None and _is_more(rung, best):
            best = Bonus(
                amount=Fen(rung.bonus),
                lock=rung.lock,
                campaign=campaign.name,
                points=campaign.points,
                until=ends.until(business_day) if campaign.points else "",
                earned=earned,
                pack=campaign.pack,
                vouchers=campaign.vouchers,
            )
    return best


def _is_more(rung: Rung, best: Bonus) -> bool:
    """Of equal sums a locked price is more than none."""
    return (rung.bonus, rung.lock is not None) > (best.amount, best.lock is not None)


def ways_in(principal: Fen, policy: Policy, *, company: bool) -> Sequence[PaidBy]:
    """How so much may be paid: by bank transfer alone where the preset says so."""
    from_here = policy.transfer_from_company if company else policy.transfer_from_person
    return (PaidBy.TRANSFER,) if principal >= from_here else policy.recharge_by


def check_identity(principal: Fen, policy: Policy, *, named: bool) -> None:
    """Raises NeedsName."""
    if not named and principal >= policy.identity_from:
        raise NeedsName(f"{principal} without a name")
