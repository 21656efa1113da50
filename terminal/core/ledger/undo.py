"""Undoing, derived from what was booked: the whole of an entry, or its share (product.md B3).

A whole entry is undone by its own postings, the other way round. A part of a sale is undone leg by leg, each
by the difference of a sum that only depends on how much is undone in all: cut in pieces it comes to the same.
"""

from __future__ import annotations

from collections import Counter

from msgspec.structs import replace

from terminal.core.accounts import Account, Owner, debt, deferred, held_by, named, prepaid_difference
from terminal.core.commands import BookReversal, BookSale, BookVoid, TenderKind
from terminal.core.entry import Entry, LotTaken
from terminal.core.errors import HeldElsewhere, InsufficientFunds, NotBookable
from terminal.core.ledger.draft import Draft
from terminal.core.ledger.effects import Undoes
from terminal.core.ledger.rules import current
from terminal.core.ledger.state import Posted, State
from terminal.core.ledger.tenders import unearned
from terminal.core.values import EntryId, WalletId

_UNDOABLE = frozenset({"sale", "recharge", "grant", "redeem", "deposit", "fleet_funds", "import"})
_BECOMES_DEBT = frozenset({"points", "cashback", "coupon"})
"""What was given and is spent by now is owed; money is never taken where it no longer is."""


def void(command: BookVoid, state: State) -> Posted:
    """Raises `Refused` for another shift's entry, one that is undone, or one whose value was spent."""
    found = undoable(command.of, state)
    if found.at.shift != command.at.shift:
        raise NotBookable("only its own shift voids it; later it is a refund")
    return _undone(command, found, state)


def reversal(command: BookReversal, state: State) -> Posted:
    return _undone(command, undoable(command.of, state), state)


def undoable(of: EntryId, state: State) -> Entry:
    """The entry, when it is of a kind that can be undone and nothing of it is undone yet."""
    found = state.entry(of)
    if found is None or found.kind not in _UNDOABLE:
        raise NotBookable("no such entry to undo")
    if state.referring(of):
        raise NotBookable("it was undone before, or a part of it")
    if state.sale_left(of):
        raise HeldElsewhere("the right to undo it lies elsewhere")
    return found


def _undone(command: BookVoid | BookReversal, found: Entry, state: State) -> Posted:
    draft = Draft(command.at, command.id, state)
    booked_on = wallet_in(found)
    wallet = current(booked_on, state) if booked_on else None
    if wallet is not None:
        _lots_undone(draft, found, wallet)
    in_lots = Counter[str]()
    for lot in found.lots:
        in_lots[lot.unit] += lot.amount
    postings = dict(found.postings)
    if booked_on is not None:  # What came and went in equal parts, in lots and beside them, was not posted.
        postings = {held_by(booked_on, unit).name: 0 for unit in in_lots} | postings
    for name, posted in postings.items():
        account, amount = _now(named(name), state), posted
        if account.owner is Owner.WALLET:
            amount -= in_lots[account.unit]
        if account.unit.startswith("overdraft:"):
            _covered_back(draft, account, amount)
        elif account.unit == f"drawer:{found.at.shift}":
            draft.cash(amount)
        elif account.owner is Owner.SITE or amount < 0:
            draft.move(account, -amount)
        else:
            take_back(draft, account, amount, [])
    if wallet is not None and isinstance(found.payload, BookSale):
        _earn_as_of_today(draft, found, found.payload, wallet)
    draft.effects.append(Undoes(of=command.of))
    return draft.posted(wallet)


def _covered_back(draft: Draft, account: Account, posted: int) -> None:
    """Headquarters covers it, or has: what comes back is the member's principal, a lot of its own."""
    _, wallet, unit = account.unit.split(":", 2)
    draft.lay(current(WalletId(wallet), draft.state), unit, -posted, paid=-posted)


def _lots_undone(draft: Draft, found: Entry, wallet: WalletId) -> None:
    """What it took goes back into its lots; what it laid is taken back. One unit may see both."""
    for unit in dict.fromkeys(lot.unit for lot in found.lots):
        mine = [lot for lot in found.lots if lot.unit == unit]
        taken = [lot for lot in mine if lot.amount < 0]
        laid = [lot for lot in mine if lot.amount > 0]
        if taken:
            draft.give_back(wallet, unit, taken, after=0, upto=-sum(lot.amount for lot in taken))
        if laid:
            take_back(draft, held_by(wallet, unit), sum(lot.amount for lot in laid), laid)


def _now(account: Account, state: State) -> Account:
    if account.owner is not Owner.WALLET:
        return account
    return replace(account, of=current(WalletId(account.of), state))


def _earn_as_of_today(draft: Draft, found: Entry, sale: BookSale, wallet: WalletId) -> None:
    """Uses made since were counted after these: the last fen of the lot moves with their order."""
    for tender in sale.tenders:
        if tender.kind is not TenderKind.USES:
            continue
        taken = [lot for lot in found.lots if lot.unit == tender.of and lot.amount < 0]
        sold = sum(line.net for line in sale.lines if line.sells is not None and line.sells.unit == tender.of)
        then = sold - dict(found.postings).get(deferred(draft.site, tender.of).name, 0)
        less = unearned(draft.state, wallet, tender.of, taken) - then
        draft.move(deferred(draft.site, tender.of), less)
        draft.move(prepaid_difference(draft.site), -less)


def take_back(draft: Draft, account: Account, amount: int, laid: list[LotTaken]) -> None:
    """What was given, out of the lots that were laid with it; what is gone is refused or owed."""
    wallet = WalletId(account.of)
    there = draft.balance(account)
    if laid:
        lots = [draft.state.lot(wallet, account.unit, lot.lot) for lot in laid]
        there = min(there, sum(lot.rest for lot in lots if lot is not None))
    short = max(0, amount - there)
    if short and account.unit.partition(":")[0] not in _BECOMES_DEBT:
        raise InsufficientFunds("it was spent by now")
    left = amount - short
    draft.move(account, -left)
    if short:
        draft.move(debt(account), -short)
    for lot in laid:
        known = draft.state.lot(wallet, account.unit, lot.lot)
        part = min(left, known.rest if known else 0)
        if part:
            draft.move_lot(LotTaken(unit=account.unit, lot=lot.lot, amount=-part))
            left -= part


def wallet_in(entry: Entry) -> WalletId | None:
    """Whose wallet it is, by what it posted."""
    if isinstance(entry.payload, BookSale):
        return entry.payload.wallet
    for name, _ in entry.postings:
        account = named(name)
        if account.owner is Owner.WALLET:
            return WalletId(account.of)
    return None
