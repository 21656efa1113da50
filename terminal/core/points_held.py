"""Points as they lie on a wallet: what of them may be used, what ends when, what is owed (product.md B4)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta

from terminal.core import accounts as chart
from terminal.core.cart import FUELS
from terminal.core.ledger.rules import current
from terminal.core.ledger.state import State
from terminal.core.points_notice import PointsNotice
from terminal.core.values import Value, WalletId


class PointsHeld(Value, frozen=True, kw_only=True):
    usable: int = 0
    """Below zero where more is owed than lies there."""
    ended: int = 0
    """Their last day has passed, and nobody has written them off yet."""
    ending: int = 0
    """So many of the usable ones end next, within the days of notice."""
    ends: str = ""
    """The last business day of those."""
    owed: int = 0
    """What had to be taken back and was spent by then; the next that come settle it."""


def points_held(
    state: State, *, wallet: WalletId, family: str, business_day: str, notice_days: int
) -> PointsHeld:
    wallet = current(wallet, state)
    account = chart.points(wallet, family)
    return points_of(
        [(lot.until, lot.rest) for lot in state.lots(wallet, account.unit) if lot.until],
        balance=state.balance(account),
        owed=-state.balance(chart.debt(account)),
        business_day=business_day,
        notice_days=notice_days,
    )


def others_held(
    state: State, *, wallet: WalletId, business_day: str, notice_days: int
) -> tuple[PointsNotice, ...]:
    """Of points of fuel: what ends within the days of notice, what is owed."""
    found = []
    for family in FUELS:
        held = points_held(
            state, wallet=wallet, family=family, business_day=business_day, notice_days=notice_days
        )
        if held.ending or held.owed:
            said = PointsNotice(family=family, ending=held.ending, end=held.ends, owed=held.owed)
            found.append(said)
    return tuple(found)


def points_of(
    lots: Sequence[tuple[str, int]], *, balance: int, owed: int, business_day: str, notice_days: int
) -> PointsHeld:
    """The same of what was read already. `lots`: (last business day, rest) of those that end."""
    ended = sum(rest for until, rest in lots if until < business_day)
    last = (date.fromisoformat(business_day) + timedelta(days=notice_days)).isoformat()
    ends = min((until for until, _ in lots if business_day <= until <= last), default="")
    return PointsHeld(
        usable=balance - ended - owed,
        ended=ended,
        ending=sum(rest for until, rest in lots if until == ends),
        ends=ends,
        owed=owed,
    )
