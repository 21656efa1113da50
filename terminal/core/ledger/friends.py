"""Who brought a newcomer has uses of a service for it, in the newcomer's own sale (product.md B7, B9).

They lie in a lot of that entry on the other's wallet, and come back with all of the sale: a part of a use
cannot be told from the whole.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from msgspec.structs import replace

from terminal.core import accounts as chart
from terminal.core.accounts import Account
from terminal.core.commands import BookSale, Grant
from terminal.core.entry import Entry, LotTaken
from terminal.core.errors import NotBookable
from terminal.core.ledger.back import take_back
from terminal.core.ledger.draft import Draft
from terminal.core.ledger.gifts import check_grants
from terminal.core.ledger.payers import paid_before, payers
from terminal.core.ledger.referral import bringer_of
from terminal.core.ledger.rules import current
from terminal.core.ledger.state import State
from terminal.core.values import WalletId


def give_bringer(draft: Draft, command: BookSale, wallet: WalletId) -> None:
    """Nothing where nobody is known here who brought them, or whoever did has paid for it.

    Raises `NotBookable`: what is no use, or what the sale sells too: their lots would have one name.
    """
    check_grants(command.bringer, "count")
    laid = {line.sells.unit for line in command.lines if line.sells is not None}
    for one in command.bringer:
        if one.unit in laid:
            raise NotBookable("uses of one service, of two kinds")
        laid.add(one.unit)
        by = bringer_of(wallet, command.opens, draft.state)
        if by is not None and not paid_before(draft.state, by, payers(draft, command)):
            _give(draft, by, one)


def _give(draft: Draft, by: WalletId, one: Grant) -> None:
    lot = LotTaken(
        unit=one.unit,
        lot=draft.entry,
        amount=one.amount,
        since=one.since,
        until=one.until,
        wallet=by,
        sold=one.sold,
    )
    draft.move_lot(lot, of=by)
    draft.move(chart.held_by(by, one.unit), one.amount)
    draft.issue(one.unit, one.amount)


def brought(entry: Entry) -> tuple[LotTaken, ...]:
    """Lots of who had brought the buyer that it laid; each names its wallet, as it was then."""
    if not isinstance(entry.payload, BookSale):
        return ()
    units = {one.unit for one in entry.payload.bringer}
    return tuple(lot for lot in entry.lots if lot.unit in units and lot.lot == entry.id)


def bringer_back(draft: Draft, found: Entry) -> None:
    """All of it; what was used by now is owed."""
    for lot in brought(found):
        wallet = current(_wallet(lot), draft.state)
        laid = [replace(lot, wallet=wallet)]
        take_back(draft, chart.held_by(wallet, lot.unit), lot.amount, laid, owed=lot.amount)
        draft.issue(lot.unit, -lot.amount)


def without_brought(postings: Mapping[Account, int], found: Entry, state: State) -> dict[Account, int]:
    """What else it did; `postings`: by the wallets of today."""
    left = dict(postings)
    for lot in brought(found):
        held = chart.held_by(current(_wallet(lot), state), lot.unit)
        for account, part in ((held, lot.amount), (chart.issued(found.site, lot.unit), -lot.amount)):
            left[account] = left.get(account, 0) - part
    return left


def own_lots(found: Entry) -> Iterator[LotTaken]:
    """Those of the buyer."""
    others = brought(found)
    yield from (lot for lot in found.lots if lot not in others)


def _wallet(lot: LotTaken) -> WalletId:
    return WalletId(str(lot.wallet))
