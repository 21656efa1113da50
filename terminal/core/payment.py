"""How a bill is paid, decided before anything is booked."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from types import MappingProxyType

from msgspec.structs import replace

from terminal.core.cart import VOUCHER, Family
from terminal.core.commands import (
    Cashback,
    CouponGrant,
    Grant,
    PointsEarned,
    Reward,
    SaleLine,
    Tender,
    TenderKind,
)
from terminal.core.errors import InsufficientFunds, NotBookable, TooLittleCash
from terminal.core.group_buy import Bought
from terminal.core.money import Fen, shown
from terminal.core.pin import coupons_off
from terminal.core.points import EARN_NOTHING, PointsWorth, earned
from terminal.core.policy import PointsBasis, Policy
from terminal.core.pricing import Priced, in_cash
from terminal.core.rights import Floor
from terminal.core.screens import Line, Message, says
from terminal.core.spending import Spent, split
from terminal.core.trust import Holder
from terminal.core.values import Value, WalletId

OUTSIDE = frozenset({TenderKind.CODE, TenderKind.CARD})
"""What is paid to somebody else, for us: it never lies in the drawer."""

TENDERS: Mapping[TenderKind, Message] = MappingProxyType(
    {
        TenderKind.STORED: says("Stored value"),
        TenderKind.VOUCHER: says("Voucher"),
        TenderKind.POINTS: says("Points"),
        TenderKind.CASHBACK: says("Cashback"),
        TenderKind.CASH: says("Cash"),
        TenderKind.CODE: says("Outside code payment"),
        TenderKind.CARD: says("Bank terminal"),
        TenderKind.DEPOSIT: says("Deposit"),
        TenderKind.USES: says("Count card"),
        TenderKind.GROUP_BUY: says("Group-buy voucher"),
        TenderKind.FLEET: says("Company account"),
    }
)
"""As screens call them."""


AHEAD = frozenset({TenderKind.DEPOSIT, TenderKind.USES})
"""What was paid before this bill was."""
_FIRST = frozenset({*AHEAD, TenderKind.VOUCHER, TenderKind.POINTS, TenderKind.GROUP_BUY})
"""What pays before all else, whenever it was said (product.md B1)."""


class Payment(Value, frozen=True, kw_only=True):
    """One tender for a bill or a part of it: that part is `tender.amount + rounding`."""

    tender: Tender
    rounding: int = 0
    received: int = 0
    """Cash that was handed over."""
    spent: Spent = Spent(principal=0, bonus=0)
    beyond: int = 0
    """Of a payment by stored value, what is spent beyond what is held here."""
    step: int = 1
    """Fen of which cash is a whole multiple, where it is given back."""
    ends: int = 0
    """Of a voucher, what is left of it and ends."""
    voucher: Bought | None = None
    """Of a platform: used at the last answer."""

    @property
    def kind(self) -> TenderKind:
        return self.tender.kind

    @property
    def tenders(self) -> tuple[Tender, ...]:
        """None where promotions left nothing to pay."""
        return (self.tender,) if self.tender.amount else ()

    @property
    def amount(self) -> Fen:
        return Fen(self.tender.amount)

    @property
    def change(self) -> Fen:
        return Fen(self.received - self.tender.amount if self.received else 0)

    def handed(self, received: int) -> Payment:
        """The same payment, with the cash that came over the counter; the change is rounded to the customer.

        Raises:
            TooLittleCash: less than the amount.
        """
        amount = self.tender.amount
        if received < amount:
            raise TooLittleCash(f"{received} for {amount}")
        more = -(received - amount) % self.step
        if more >= amount:  # Rounding never gives goods away.
            return replace(self, received=received)
        tender = replace(self.tender, amount=amount - more)
        return replace(self, tender=tender, rounding=self.rounding + more, received=received)


def paid_by(
    kind: TenderKind, due: Fen, holder: Holder | None, policy: Policy, floor: Floor | None = None
) -> Payment:
    """What each way of paying takes for `due`. `floor`: how far beyond what is held here.

    Raises:
        InsufficientFunds: there is no wallet, or not enough in it.
    """
    match kind:
        case TenderKind.CASH:
            payable, dropped = in_cash(due, policy.cash_step)
            return Payment(tender=Tender(kind=kind, amount=payable), rounding=dropped, step=policy.cash_step)
        case TenderKind.STORED:
            if holder is None:
                raise InsufficientFunds("no wallet")
            beyond = min(max(0, due - holder.spendable), floor.wallet if floor else 0)
            held = due - beyond
            spent = split(held, principal=holder.principal, bonus=holder.bonus, order=policy.spend_order)
            return Payment(tender=Tender(kind=kind, amount=due), spent=spent, beyond=beyond)
        case TenderKind.CODE | TenderKind.CARD:
            return Payment(tender=Tender(kind=kind, amount=due))
        case _:
            raise NotBookable(f"{kind} pays no whole bill")


def by_points(points: int, worth: PointsWorth) -> Payment:
    """What so many points pay."""
    tender = Tender(kind=TenderKind.POINTS, amount=worth.of(points), of=Family.GOODS, units=points)
    return Payment(tender=tender)


class Payments(Value, frozen=True, kw_only=True):
    """A bill paid in parts, each another way, in the order in which they were said."""

    parts: tuple[Payment, ...] = ()
    earned_before: int = 0
    """Fen of the principal among them that earned points as they were recharged; known once all is said."""

    def then(self, part: Payment) -> Payments:
        """The same and one more; vouchers and points before the others, as every receipt says it."""
        before = [one for one in self.parts if one.kind in _FIRST or part.kind not in _FIRST]
        others = [one for one in self.parts if one not in before]
        return Payments(parts=(*before, part, *others))

    def paid(self, part: Payment, tender: Tender) -> Payments:
        """The same, with what turned out of that part."""
        return Payments(
            parts=tuple(replace(one, tender=tender) if one is part else one for one in self.parts)
        )

    def by(self, *kinds: TenderKind) -> Payment | None:
        """The part that is paid one of these ways."""
        return next((part for part in self.parts if part.kind in kinds), None)

    @property
    def tenders(self) -> tuple[Tender, ...]:
        """One for each way; a platform's vouchers together."""
        found: dict[str | int, Tender] = {}
        for at, tender in enumerate(one for part in self.parts for one in part.tenders):
            key = tender.of if tender.kind is TenderKind.GROUP_BUY else at
            found[key] = _together(found[key], tender) if key in found else tender
        return tuple(found.values())

    @property
    def vouchers(self) -> tuple[Bought, ...]:
        """Of platforms."""
        return tuple(part.voucher for part in self.parts if part.voucher)

    @property
    def amount(self) -> Fen:
        """What is taken, all ways together."""
        return Fen(sum(part.amount for part in self.parts))

    @property
    def rounding(self) -> int:
        """Of the cash alone."""
        return sum(part.rounding for part in self.parts)

    @property
    def covered(self) -> Fen:
        """How much of the bill these parts pay."""
        return Fen(self.amount + self.rounding)

    @property
    def received(self) -> int:
        return sum(part.received for part in self.parts)

    @property
    def change(self) -> Fen:
        return Fen(sum(part.change for part in self.parts))

    @property
    def bonus_spent(self) -> int:
        return sum(part.spent.bonus for part in self.parts)

    @property
    def principal_spent(self) -> int:
        return sum(part.spent.principal for part in self.parts)

    @property
    def beyond(self) -> int:
        return sum(part.beyond for part in self.parts)


def _together(one: Tender, more: Tender) -> Tender:
    return replace(
        one,
        amount=one.amount + more.amount,
        vouchers=one.vouchers + more.vouchers,
        settles=one.settles + more.settles,
    )


def points_for(
    bill: Priced, payments: Payments, policy: Policy, business_day: str
) -> tuple[PointsEarned, ...]:
    """What a member earns with it on that day: nothing, where recharging does, or did for what is spent."""
    if policy.points_basis is PointsBasis.RECHARGE:
        return ()
    found = earned(  # What uses pay earned its points when the count card was bought.
        bill.lines[bill.ahead :],
        [one for one in payments.tenders if one.kind is not TenderKind.USES],
        bonus_spent=payments.bonus_spent + payments.earned_before,
        rates=policy.points,
        times=bill.times,
    )
    placed = (replace(one, places=tuple(at + bill.ahead for at in one.places)) for one in found)
    return policy.points_end.ended(tuple(placed), business_day)


def counts_for(
    payments: Payments, points: Sequence[PointsEarned], policy: Policy, business_day: str
) -> tuple[PointsEarned, ...]:
    """What of it brings a member towards the next tier."""
    return policy.tiers.counting(points, spent_of(payments), business_day)


def brings_for(
    payments: Payments, policy: Policy, new_id: Callable[[], str], business_day: str
) -> Reward | None:
    """What it brings to whoever brought the buyer: uses, vouchers and points are no spend of theirs."""
    return policy.referral.spent(spent_of(payments), new_id, business_day)


def spent_of(payments: Payments) -> int:
    """Fen of it that were paid in cash, by code or card, or from principal."""
    given = sum(one.amount for one in payments.tenders if one.kind in EARN_NOTHING)
    return payments.amount - payments.bonus_spent - given


def coupons_for(bill: Priced, new_id: Callable[[], str]) -> tuple[CouponGrant, ...]:
    """What a member is given with it for another day."""
    return tuple(
        CouponGrant(
            coupon=new_id(),
            kind=given.kind,
            face=given.face,
            threshold=given.threshold,
            since=given.since,
            until=given.until,
        )
        for given in bill.gives
        for _ in range(given.count)
    )


def vouchers_for(bill: Priced, new_id: Callable[[], str]) -> tuple[Grant, ...]:
    """Cash vouchers that a member is given with it."""
    return tuple(
        Grant(unit=f"voucher:{new_id()}", amount=given.worth, since=given.since, until=given.until)
        for given in bill.vouchers
        for _ in range(given.count)
    )


def sold_lines(bill: Priced, new_id: Callable[[], str]) -> tuple[SaleLine, ...]:
    """As they are booked: each cash voucher that is sold under an id of its own."""
    return tuple(
        replace(line, sells=replace(line.sells, unit=f"{VOUCHER}{new_id()}"))
        if line.sells is not None and line.sells.unit == VOUCHER
        else line
        for line in bill.lines
    )


def cashback_for(payments: Payments, tier: str, policy: Policy, business_day: str) -> Cashback | None:
    """What comes back of it to a member of that tier; None: nothing."""
    rate = policy.cashback
    return rate.of(payments.tenders, business_day) if rate.gives(tier) else None


def rewarded(holder: Holder | None, policy: Policy) -> bool:
    """Whether a wallet earns points and bonus; None is an unnamed one that begins now."""
    return policy.unnamed_rewards or (holder is not None and holder.member is not None)


def payment_lines(payments: Payments) -> tuple[Line, ...]:
    """What a screen shows below the goods: each part, where there are several; what became of the cash."""
    lines = paid_lines(payments.parts) if len(payments.parts) > 1 else ()
    if payments.by(TenderKind.CASH) is None:
        return lines
    rows = (
        ("Cash rounding", -payments.rounding),
        ("Received", payments.received),
        ("Change", payments.change),
    )
    cash = (Line(label=says(key), value=shown(fen)) for key, fen in rows if fen or key != "Cash rounding")
    return (*lines, *cash)


def off_by_coupons(bill: Priced) -> int:
    """Fen that it is less by coupons which the member's card or code, and no code of their own, led to."""
    return coupons_off(bill.lines, by_code=bill.by_code)


def coupon_lines(bill: Priced) -> tuple[Line, ...]:
    """A word below the goods on a coupon that a little more would bring, and on what was had before."""
    said = (bill.had_before, bill.coupon_hint)
    return (*had_lines(bill), *(Line(label=one) for one in said if one))


def had_lines(bill: Priced) -> tuple[Line, ...]:
    """What of the bill the member has only so often, and how much of it there is in all."""
    return tuple(
        Line(label=says("{name}: {count} of {most}", name=one.name, count=str(one.count), most=str(one.most)))
        for one in bill.had
    )


def marked(tenders: Sequence[Tender], wallet: WalletId | None) -> tuple[Tender, ...]:
    """As they are booked on that wallet; of a stranger nobody keeps by whom it was paid."""
    return tuple(tenders) if wallet is not None else tuple(replace(one, payer="") for one in tenders)


def paid_lines(parts: Sequence[Payment]) -> tuple[Line, ...]:
    """One for each part."""
    return tuple(Line(label=TENDERS[part.kind], value=shown(part.amount)) for part in parts)
