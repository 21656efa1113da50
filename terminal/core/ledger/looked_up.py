"""What a counter asks of the ledger before it undoes something: nothing is decided or changed by it."""

from __future__ import annotations

from typing import NamedTuple

from terminal.core.commands import (
    BookDeposit,
    BookRecharge,
    BookRedeem,
    BookRefund,
    BookSale,
    PaidBy,
    card_of,
)
from terminal.core.entry import Entry
from terminal.core.ledger.again import good_until
from terminal.core.ledger.back import money_in, rounded_by, undoing
from terminal.core.ledger.claimed import still_waits
from terminal.core.ledger.draft import GOOD_AGAIN
from terminal.core.ledger.recharge import elsewhere
from terminal.core.ledger.refund import refund
from terminal.core.ledger.rules import current
from terminal.core.ledger.state import State
from terminal.core.ledger.undo import EARNED_BY_USE
from terminal.core.original import Original
from terminal.core.recharged import Recharged
from terminal.core.values import EntryId, WalletId


def original(state: State, entry: EntryId, receipt_no: str) -> Original | None:
    """What a counter may undo, with what of it is undone; None: no such one is known here."""
    found = state.entry(entry)
    if found is None or not isinstance(found.payload, BookSale | BookRecharge | BookDeposit | BookRedeem):
        return None
    card = card_of(found.payload)
    known = state.card(card) if card else None
    return Original(
        command=found.payload,
        receipt_no=receipt_no,
        undone=tuple(one.payload for one in undoing(entry, state)),
        elsewhere=state.sale_left(entry),
        card=known.state if known else None,
        waits=isinstance(found.payload, BookRedeem) and still_waits(state, found.payload.claim),
        came_back=_came_back(state, found),
    )


def _came_back(state: State, found: Entry) -> tuple[int, ...]:
    """Lines whose count card ended, and holds uses: what they were used for came back since."""
    sale = found.payload
    if not isinstance(sale, BookSale) or sale.wallet is None or not undoing(found.id, state):
        return ()
    wallet = current(sale.wallet, state)
    sold = ((at, line.sells.unit) for at, line in enumerate(sale.lines) if line.sells is not None)
    counted = ((at, state.lot(wallet, unit, found.id)) for at, unit in sold if unit.startswith(EARNED_BY_USE))
    return tuple(at for at, lot in counted if lot is not None and lot.rest)


class OverBack(NamedTuple):
    """Last days of what comes back and has ended, of each the latest; empty: nothing has."""

    may_be_again: str
    """Of points, cashback and vouchers; where the command gives them days, of those that stay over."""
    uses: str
    """Of uses of count cards and of litres: they lie there over, as what is left of them."""
    again: str
    """Last day of what is good again."""


def over_back(state: State, command: BookRefund) -> OverBack:
    done = refund(command, state)
    days = {GOOD_AGAIN: "", EARNED_BY_USE: ""}
    for row in done.lots:
        known = state.lot(done.wallet, row.unit, row.lot) if done.wallet and row.amount > 0 else None
        if known is None or known.until >= command.at.business_day:
            continue
        for units, latest in days.items():
            if row.unit.startswith(units):
                days[units] = max(latest, known.until)
    return OverBack(days[GOOD_AGAIN], days[EARNED_BY_USE], good_until(done.lots))


def recharges(state: State, wallet: WalletId) -> tuple[Recharged, ...]:
    """Of which something is left, the oldest first."""
    wallet = current(wallet, state)
    left = (*state.lots(wallet, "principal"), *state.lots(wallet, "bonus"))
    found = (_recharged(state, wallet, EntryId(lot)) for lot in dict.fromkeys(lot.lot for lot in left))
    return tuple(one for one in found if one is not None)


def _recharged(state: State, wallet: WalletId, lot: EntryId) -> Recharged | None:
    """None: it was given and not paid for, or paid back whole; of one that was voided nothing is left."""
    paid_in, given = state.lot(wallet, "principal", lot), state.lot(wallet, "bonus", lot)
    before = undoing(lot, state)
    if paid_in is None or not paid_in.paid:
        return None
    if before and not paid_in.rest:
        return None
    began = state.entry(lot)
    return Recharged(
        lot=lot,
        business_day=began.at.business_day if began else "",
        principal=paid_in.paid,
        bonus=given.laid if given else 0,
        principal_left=paid_in.rest,
        bonus_left=given.rest if given else 0,
        elsewhere=elsewhere(paid_in, given, state),
        paid_back=-sum(map(money_in, before)),
        rounding=rounded_by(lot, state),
        paid_by=_way(began),
    )


def _way(began: Entry | None) -> PaidBy | None:
    return began.payload.paid_by if began and isinstance(began.payload, BookRecharge) else None
