"""How a wallet pays: the one arithmetic for what the counter shows and what the ledger books."""

from __future__ import annotations

from typing import assert_never

from terminal.core.commands import SpendOrder
from terminal.core.errors import InsufficientFunds
from terminal.core.money import Fen
from terminal.core.policy import Policy
from terminal.core.trust import Holder
from terminal.core.values import Value


class Spent(Value, frozen=True, kw_only=True):
    """A stored-value payment by the kind of money it takes, in fen."""

    principal: int
    bonus: int


def split(amount: int, *, principal: int, bonus: int, order: SpendOrder) -> Spent:
    """How `amount` fen are taken from a wallet that holds `principal` and `bonus` (product.md B2).

    In proportion: the bonus' part is rounded down, the principal pays the rest, so that the two always
    add up and the last fen of the wallet can be spent.

    Raises:
        InsufficientFunds: the wallet holds less than `amount`.
    """
    if amount < 0 or principal < 0 or bonus < 0:
        raise ValueError(f"cannot take {amount} from {principal} + {bonus}")
    if amount > principal + bonus:
        raise InsufficientFunds(f"{amount} asked, {principal} + {bonus} there")
    if not amount:
        return Spent(principal=0, bonus=0)
    match order:
        case SpendOrder.BONUS_LAST:
            paid = min(amount, principal)
        case SpendOrder.PROPORTIONAL:
            paid = amount - amount * bonus // (principal + bonus)
        case _:  # pragma: no cover
            assert_never(order)
    return Spent(principal=paid, bonus=amount - paid)


def room(holder: Holder | None, policy: Policy) -> Fen:
    """How much principal may still be put on a card; None is one that gets its wallet now, unnamed."""
    named = holder is not None and holder.member is not None
    limit = policy.recharge_at_most if named else policy.unnamed_at_most
    return Fen(max(0, limit - (holder.principal if holder else 0)))
