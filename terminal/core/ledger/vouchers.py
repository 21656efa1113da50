"""Cash vouchers that come with an entry, and go back with it (product.md B17)."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator

from terminal.core import accounts as chart
from terminal.core.commands import BookRedeem, Command, Grant, opens_of
from terminal.core.entry import Entry, LotTaken
from terminal.core.errors import VoucherGone
from terminal.core.ledger.back import take_back
from terminal.core.ledger.came_over import gift_due
from terminal.core.ledger.draft import Draft
from terminal.core.ledger.state import Lot, State
from terminal.core.values import EntryId, WalletId


def take_vouchers(
    draft: Draft, wallet: WalletId, found: Entry, given: Iterable[Grant], share: Callable[[int], int]
) -> None:
    """Of each that came with `found` its `share`, in fen; what was used by then is owed.

    Not what ended with its use. Of what is over only what lies there, there as good again too.
    """
    for one in given:
        laid = [lot for lot in found.lots if lot.unit == one.unit]
        held = chart.held_by(wallet, one.unit)
        due, laid = gift_due(draft, held, found, share(one.amount), laid)
        take_back(draft, held, due, laid, owed=due)
        draft.move(chart.voucher_expense(draft.site), due)


def check_whole(draft: Draft, wallet: WalletId, redeemed: Command) -> None:
    """Raises `VoucherGone`: of vouchers that points became one is used, or its last day is over."""
    for one in redeemed.vouchers if isinstance(redeemed, BookRedeem) else ():
        there = draft.balance(chart.held_by(wallet, one.unit))
        if there != one.amount or (one.until and draft.at.business_day > one.until):
            raise VoucherGone("used, ended or elsewhere")


def pack_of(state: State, wallet: WalletId, holder: WalletId) -> Iterator[tuple[str, Lot]]:
    """Vouchers that were given because `wallet` was opened, with their units, as they lie on `holder`.

    Known where it was opened, by the entry that laid them.
    """
    for unit, _ in state.holdings(holder):
        for lot in state.lots(holder, unit) if unit.startswith("voucher:") else ():
            began = state.entry(EntryId(lot.lot))
            opens = opens_of(began.payload) if began is not None else None
            if opens is not None and opens.wallet == wallet and unit in {one.unit for one in opens.vouchers}:
                yield unit, lot


def end_voucher(draft: Draft, wallet: WalletId, unit: str, lot: Lot) -> None:
    """What is left of it ends, at no cost of the shop any more."""
    draft.move_lot(LotTaken(unit=unit, lot=lot.lot, amount=-lot.rest, wallet=wallet), of=wallet)
    draft.move(chart.held_by(wallet, unit), -lot.rest)
    draft.move(chart.voucher_expense(draft.site), lot.rest)
