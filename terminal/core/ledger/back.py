"""Steps that all undoing shares: what has undone an entry, and taking out again what it had given."""

from __future__ import annotations

from collections.abc import Sequence

from terminal.core import accounts as chart
from terminal.core.accounts import Account, debt, named
from terminal.core.commands import BookRecharge
from terminal.core.entry import Entry, LotTaken
from terminal.core.errors import InsufficientFunds
from terminal.core.ledger.draft import BESIDE_LOTS, Draft
from terminal.core.ledger.shares import Span
from terminal.core.ledger.state import State
from terminal.core.money import up_to_step
from terminal.core.values import EntryId, WalletId

_BECOMES_DEBT = frozenset({"points", "cashback", "coupon"})
"""What was given and is spent by now is owed; money is never taken where it no longer is."""
_MONEY = ("drawer:", "outside:", "deposit:")
"""Where it comes in, and where it was left before."""
_BESIDE = frozenset({"directive", "grant", "invoice", "rights_back"})
"""Kinds that came with the entry that they name, or moved its lots, and undo nothing of it."""


def undoing(of: EntryId, state: State) -> list[Entry]:
    """What has undone that entry, wholly or in part, oldest first."""
    return [one for one in state.referring(of) if one.kind not in _BESIDE]


def money_in(entry: Entry) -> int:
    """Fen that came in with it; negative: went out."""
    return -sum(amount for name, amount in entry.postings if named(name).unit.startswith(_MONEY))


def rounded_by(lot: EntryId, state: State) -> int:
    """Fen that its change was rounded up by: so much of a recharge was never paid in."""
    began = state.entry(lot)
    return began.payload.rounding if began and isinstance(began.payload, BookRecharge) else 0


def pay_cash_back(draft: Draft, of: EntryId, share: Span, step: int, *, at_most: int) -> None:
    """What cash is due, in whole steps of all that came back: never less than its share, nor above `at_most`.

    `share`: of the cash that came in, what was due before and what is due now. What earlier refunds were
    rounded up by is in what they paid already, so that a refund in pieces pays no more than one.
    """
    before = -sum(cash_in(one) for one in undoing(of, draft.state))
    paid = max(before, min(at_most, up_to_step(share.end, step))) - before
    if paid:
        draft.cash(-paid)
    draft.move(chart.cash_rounding(draft.site), share.length - paid)


def cash_in(entry: Entry) -> int:
    """Fen of cash that came in with it; negative: went out."""
    return -sum(amount for name, amount in entry.postings if named(name).unit.startswith("drawer:"))


def take_back(
    draft: Draft, account: Account, amount: int, laid: Sequence[LotTaken], *, owed: int = 0
) -> None:
    """What was given, out of the lots that were laid with it; what is gone is refused or owed.

    Of each lot no more than was laid in it then: more may lie there by now, and is not of this entry. Nor is
    what lies in lots, where it was given beside them.

    `owed` of any unit becomes a debt: of a gift all, else what had settled a debt, which is there again.
    """
    parts = [(lot, min(lot.amount, lies_in(draft, account, lot.lot))) for lot in laid]
    wallet = WalletId(account.of)
    if laid:
        there = min(draft.balance(account), sum(part for _, part in parts))
    elif account.unit.startswith(BESIDE_LOTS):
        there = draft.beside_lots(wallet, account.unit)
    else:
        there = draft.balance(account)
    short = max(0, amount - there)
    if short > owed and account.unit.partition(":")[0] not in _BECOMES_DEBT:
        raise InsufficientFunds("it was spent by now")
    left = amount - short
    draft.move(account, -left)
    if short:
        draft.move(debt(account), -short)
    for lot, part in parts:
        some = min(left, part)
        if some:
            draft.move_lot(LotTaken(unit=lot.unit, lot=lot.lot, amount=-some, wallet=lot.wallet), of=wallet)
            left -= some


def has_ended(draft: Draft, laid: Sequence[LotTaken]) -> bool:
    """One entry lays one lot of a kind; what lies in none does not end."""
    return bool(laid) and "" < laid[0].until < draft.at.business_day


def still_due(draft: Draft, wallet: WalletId, unit: str, part: int, laid: Sequence[LotTaken]) -> int:
    """So much of `part` comes back: of what has ended, used or not, only what lies there."""
    if not has_ended(draft, laid):
        return part
    account = chart.held_by(wallet, unit)
    return min(part, sum(min(lot.amount, lies_in(draft, account, lot.lot)) for lot in laid))


def lies_in(draft: Draft, account: Account, lot: str) -> int:
    known = draft.state.lot(WalletId(account.of), account.unit, lot)
    return known.rest if known else 0
