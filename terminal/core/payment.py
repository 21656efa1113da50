"""How a bill is paid, decided before anything is booked."""

from __future__ import annotations

from msgspec.structs import replace

from terminal.core.commands import PointsEarned, Tender, TenderKind
from terminal.core.errors import InsufficientFunds, NotBookable, TooLittleCash
from terminal.core.money import Fen, shown
from terminal.core.points import earned
from terminal.core.policy import Policy
from terminal.core.pricing import Priced, in_cash
from terminal.core.rights import Floor
from terminal.core.screens import Line, says
from terminal.core.spending import Spent, split
from terminal.core.trust import Holder
from terminal.core.values import Value


class Payment(Value, frozen=True, kw_only=True):
    """One tender for the whole bill: `due = tender.amount + rounding`."""

    tender: Tender
    rounding: int = 0
    received: int = 0
    """Cash that was handed over."""
    spent: Spent = Spent(principal=0, bonus=0)
    beyond: int = 0
    """Of a payment by stored value, what is spent beyond what is held here."""

    @property
    def amount(self) -> Fen:
        return Fen(self.tender.amount)

    @property
    def change(self) -> Fen:
        return Fen(self.received - self.tender.amount if self.received else 0)

    def handed(self, received: int) -> Payment:
        """The same payment, with the cash that came over the counter.

        Raises:
            TooLittleCash: less than the amount.
        """
        if received < self.tender.amount:
            raise TooLittleCash(f"{received} for {self.tender.amount}")
        return replace(self, received=received)


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
            return Payment(tender=Tender(kind=kind, amount=payable), rounding=dropped)
        case TenderKind.STORED:
            if holder is None:
                raise InsufficientFunds("no wallet")
            beyond = min(max(0, due - holder.spendable), floor.wallet if floor else 0)
            held = due - beyond
            spent = split(held, principal=holder.principal, bonus=holder.bonus, order=policy.spend_order)
            return Payment(tender=Tender(kind=kind, amount=due), spent=spent, beyond=beyond)
        case TenderKind.CODE:
            return Payment(tender=Tender(kind=kind, amount=due))
        case _:
            raise NotBookable(f"{kind} pays no whole bill")


def points_for(bill: Priced, payment: Payment, policy: Policy) -> tuple[PointsEarned, ...]:
    """What a member earns with it."""
    return earned(bill.lines, [payment.tender], bonus_spent=payment.spent.bonus, rates=policy.points)


def rewarded(holder: Holder | None, policy: Policy) -> bool:
    """Whether a wallet earns points and bonus; None is an unnamed one that begins now."""
    return policy.unnamed_rewards or (holder is not None and holder.member is not None)


def payment_lines(payment: Payment) -> tuple[Line, ...]:
    """What a screen shows below the goods: cash dropped, given and given back."""
    rows = (("Cash rounding", -payment.rounding), ("Received", payment.received), ("Change", payment.change))
    if payment.tender.kind is not TenderKind.CASH:
        return ()
    return tuple(
        Line(label=says(key), value=shown(fen)) for key, fen in rows if fen or key != "Cash rounding"
    )
