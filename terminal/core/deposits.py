"""What a wallet left for later and has not picked up (product.md B16). Nothing is decided or changed here."""

from __future__ import annotations

from collections.abc import Iterator

from terminal.core.commands import BookDeposit, Ordered, PaidBy
from terminal.core.ledger.rules import current
from terminal.core.ledger.state import State
from terminal.core.values import EntryId, Value, WalletId

_LEFT = "deposit:"
PRESALE = "presale:"


class Deposited(Value, frozen=True, kw_only=True):
    """One deposit of which something is left."""

    of: str
    """`presale:ID`, as the tender that settles it names it."""
    left: int
    entry: EntryId | None = None
    """By which it is given back; None where it was left otherwise than at a counter."""
    amount: int = 0
    what: str = ""
    paid_by: PaidBy = PaidBy.CASH
    business_day: str = ""
    ordered: tuple[Ordered, ...] = ()
    """What its first pick-up pays no more for than was agreed; empty once something of it was taken."""


def presale(entry: EntryId) -> str:
    """What a deposit of that entry is called: it names itself."""
    return f"{PRESALE}{entry}"


def deposits(state: State, wallet: WalletId) -> tuple[Deposited, ...]:
    """Of presales, the oldest first."""
    found = _deposits(state, current(wallet, state))
    return tuple(sorted(found, key=lambda one: (one.business_day, one.of)))


def _deposits(state: State, wallet: WalletId) -> Iterator[Deposited]:
    for unit, left in state.holdings(wallet):
        of = unit.removeprefix(_LEFT)
        if of == unit or not of.startswith(PRESALE) or left <= 0:
            continue
        entry = EntryId(of.removeprefix(PRESALE))
        began = state.entry(entry)
        if began is None or not isinstance(began.payload, BookDeposit) or began.payload.of != of:
            yield Deposited(of=of, left=left)
            continue
        put = began.payload
        yield Deposited(
            of=of,
            left=left,
            entry=entry,
            amount=put.amount,
            what=put.what,
            paid_by=put.paid_by,
            business_day=put.at.business_day,
            ordered=put.ordered if left == put.amount else (),
        )
