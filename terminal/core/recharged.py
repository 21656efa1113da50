"""What a recharge is paid back by whose wish it is, step by step (product.md B3)."""

from __future__ import annotations

from msgspec import Struct

from terminal.core.commands import PaidBy, RechargeRefundReason
from terminal.core.values import EntryId, Value


class Recharged(Value, frozen=True, kw_only=True):
    """One recharge of a wallet as it lies there now, in fen."""

    lot: EntryId
    business_day: str = ""
    """Empty: it was booked at another site."""
    principal: int
    """What was paid in."""
    bonus: int
    """What was given with it."""
    principal_left: int
    bonus_left: int
    elsewhere: int = 0
    """Of both, what lies with headquarters or another site, or was spent there."""
    paid_back: int = 0
    """By earlier refunds of it."""
    rounding: int = 0
    """What of it was never paid in: its change was rounded up by so much."""
    paid_by: PaidBy | None = None

    @property
    def spent(self) -> int:
        return self.principal + self.bonus - self.principal_left - self.bonus_left - self.elsewhere

    @property
    def at_most(self) -> int:
        """What can be paid back of it at all."""
        return max(0, self.principal - self.rounding - self.paid_back)


class Step(Struct, frozen=True):
    """One row of the arithmetic."""

    text: str
    """English; the key of `core.texts`."""
    fen: int


def steps(of: Recharged, reason: RechargeRefundReason, listed: int = 0) -> tuple[Step, ...]:
    """From what was paid in to what the rule pays back, which is the last step.

    What the ledger pays is decided there; this shows why. `listed`: as in `BookRechargeRefund`.
    """
    if of.paid_back:
        left = min(of.principal_left, of.at_most)
        return (
            Step("Paid in", of.principal),
            Step("Paid back before", -of.paid_back),
            Step("Came back to it since", of.principal_left),
            Step("By the rule", left),
        )
    if reason is RechargeRefundReason.COOLING_OFF:
        return (
            Step("Paid in", of.principal),
            Step("Of it spent", of.principal_left - of.principal),
            Step("By the rule", min(of.principal_left, of.at_most)),
        )
    if reason is RechargeRefundReason.MEMBER:
        return (
            Step("Paid in", of.principal),
            Step("Taken, at list price", -listed),
            Step("By the rule", min(max(0, of.principal - listed), of.at_most)),
        )
    share = of.spent * of.principal // (of.principal + of.bonus)
    return (
        Step("Paid in", of.principal),
        Step("Bonus given with it", of.bonus),
        Step("Spent of both", of.spent),
        Step("Of it principal, in proportion", -share),
        Step("By the rule", min(of.principal - share, of.at_most)),
    )
