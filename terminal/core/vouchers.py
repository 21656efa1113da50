"""Cash vouchers and cashback as they lie on a wallet: what of them may be used when (product.md B17)."""

from __future__ import annotations

from terminal.core import accounts as chart
from terminal.core.cart import VOUCHER
from terminal.core.ledger.rules import current
from terminal.core.ledger.state import State
from terminal.core.values import Value, WalletId


class HeldVoucher(Value, frozen=True, kw_only=True):
    """Worth so much, once: it gives no change, and its rest ends with its use."""

    voucher: str
    """As a tender names it."""
    fen: int
    until: str = ""
    """Last business day of use; empty: no bound."""


def vouchers(state: State, *, wallet: WalletId, business_day: str) -> tuple[HeldVoucher, ...]:
    """Those that may be used on that day, less what is owed of them, what ends first in front."""
    wallet = current(wallet, state)
    found: list[HeldVoucher] = []
    for unit, fen in state.holdings(wallet):
        lots = state.lots(wallet, unit) if unit.startswith(VOUCHER) else ()
        left = fen + state.balance(chart.debt(chart.held_by(wallet, unit)))
        if lots and left > 0 and all(lot.usable(business_day) for lot in lots):
            until = min((lot.until for lot in lots if lot.until), default="")
            found.append(HeldVoucher(voucher=unit.removeprefix(VOUCHER), fen=left, until=until))
    return tuple(sorted(found, key=lambda one: (not one.until, one.until)))


def cashback(state: State, *, wallet: WalletId, business_day: str) -> int:
    """Fen of it that may be used on that day: what is owed of it is left alone."""
    wallet = current(wallet, state)
    owed = cashback_owed(state, wallet=wallet)
    there = sum(lot.rest for lot in state.lots(wallet, "cashback") if lot.usable(business_day))
    return max(0, there - owed)


def cashback_owed(state: State, *, wallet: WalletId) -> int:
    """Fen of it that had to be given back here and were spent by then; the next that comes settles them."""
    return -state.balance(chart.debt(chart.held_by(current(wallet, state), "cashback")))
