"""Undoing, derived from what was booked: the whole of an entry, or its share (product.md B3).

A whole entry is undone by its own postings, the other way round. A part of a sale is undone leg by leg, each
by the difference of a sum that only depends on how much is undone in all: cut in pieces it comes to the same.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from functools import partial

from msgspec.structs import replace

from terminal.core.accounts import (
    Account,
    Owner,
    deferred,
    ended,
    held_by,
    named,
    overdrawn,
    prepaid_difference,
    voucher_expense,
)
from terminal.core.cart import VOUCHER
from terminal.core.commands import BookGrant, BookRefund, BookReversal, BookSale, BookVoid
from terminal.core.entry import Entry
from terminal.core.errors import HeldElsewhere, NotBookable
from terminal.core.ledger.allowances import count
from terminal.core.ledger.back import take_back, undoing
from terminal.core.ledger.came_over import not_again, rests_stay
from terminal.core.ledger.coupons import check_unused
from terminal.core.ledger.debts import as_given
from terminal.core.ledger.draft import Draft
from terminal.core.ledger.effects import Refers
from terminal.core.ledger.friends import bringer_back, own_lots, without_brought
from terminal.core.ledger.gifts import gifts_back
from terminal.core.ledger.holds import earned_by, gone_since, unearned
from terminal.core.ledger.referral import rewards_back, without_rewards
from terminal.core.ledger.rests import ended_with, given_with
from terminal.core.ledger.rules import current
from terminal.core.ledger.state import Posted, State
from terminal.core.ledger.vouchers import check_whole
from terminal.core.ledger.withdrawals import end_again
from terminal.core.values import EntryId, WalletId

_UNDOABLE = frozenset({"sale", "recharge", "grant", "redeem", "deposit", "fleet_funds", "import"})
EARNED_BY_USE = ("count:", "litres:")


def void(command: BookVoid, state: State) -> Posted:
    """Raises `Refused` for another shift's entry, one that is undone, or one whose value was spent."""
    found = undoable(command.of, state)
    if found.at.shift != command.at.shift:
        raise NotBookable("only its own shift voids it; later it is a refund")
    return undone(command, found, state)


def reversal(command: BookReversal, state: State) -> Posted:
    return undone(command, undoable(command.of, state), state)


def undoable(of: EntryId, state: State) -> Entry:
    """The entry, when it is of a kind that can be undone and nothing of it is undone yet."""
    found = state.entry(of)
    if found is None or found.kind not in _UNDOABLE:
        raise NotBookable("no such entry to undo")
    if undoing(of, state):
        raise NotBookable("it was undone before, or a part of it")
    given = found.payload
    if isinstance(given, BookGrant) and given.with_entry and undoing(given.with_entry, state):
        raise NotBookable("it went back with what it came with, or a part of it")
    if state.sale_left(of):
        raise HeldElsewhere("the right to undo it lies elsewhere")
    return as_given(found)


def undone(command: BookVoid | BookReversal | BookRefund, found: Entry, state: State) -> Posted:
    """Raises `CouponGone` for points that became coupons, of which one is used or has ended."""
    draft = Draft(command.at, command.id, state)
    draft.anew = command.anew if isinstance(command, BookRefund) else ""
    draft.not_again = partial(not_again, draft)
    booked_on = wallet_in(found)
    wallet = current(booked_on, state) if booked_on else None
    if wallet is not None:
        check_unused(draft, wallet, found.payload)
        check_whole(draft, wallet, found.payload)
        _lots_undone(draft, found, wallet, _owed(command.of, found, state))
    in_lots = Counter[str]()
    for lot in own_lots(found):
        in_lots[lot.unit] += lot.amount
    postings = _to_undo(draft, found, wallet, in_lots)
    others = without_brought(without_rewards(postings, found, state), found, state)
    for account, posted in others.items():
        own = account.owner is Owner.WALLET and account.of == wallet
        amount = posted - in_lots[account.unit] if own else posted
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
        end_again(draft, wallet, found.payload.coupons_used)
    gifts_back(draft, found.id, lambda amount: amount, whole=True)
    rewards_back(draft, found, lambda amount: amount, whole=True)
    bringer_back(draft, found)
    draft.effects.append(Refers(of=command.of))
    return draft.posted(wallet)


def _to_undo(
    draft: Draft, found: Entry, wallet: WalletId | None, in_lots: Iterable[str]
) -> dict[Account, int]:
    """What it posted, on the wallets of today, but for coupons that no hold gets back."""
    postings = dict[Account, int]()
    if wallet is not None:  # What came and went in equal parts, in lots and beside them, was not posted.
        postings = {held_by(wallet, unit): 0 for unit in in_lots}
    for name, posted in found.postings:
        account = _now(named(name), draft.state)
        postings[account] = postings.get(account, 0) + posted
    if wallet is not None and isinstance(found.payload, BookSale):
        for account in list(gone_since(draft, found.payload, wallet, postings)):
            del postings[account]
    return postings


def _covered_back(draft: Draft, account: Account, posted: int) -> None:
    """Headquarters covers it, or has: what comes back to a wallet is a lot of its own."""
    spent = _now(overdrawn(account.unit), draft.state)
    if spent.owner is Owner.WALLET:
        draft.lay(WalletId(spent.of), spent.unit, -posted, paid=-posted)
    else:
        draft.move(spent, -posted)


def _owed(of: EntryId, found: Entry, state: State) -> Counter[str]:
    """What of each unit becomes a debt where it is used by now."""
    return _settled_by(of, state) + Counter({one.unit: one.amount for one in given_with(found.payload)})


def _settled_by(of: EntryId, state: State) -> Counter[str]:
    """What of each unit had gone to an old debt when it was given."""
    booked = state.entry(of)
    debts = [(named(name), amount) for name, amount in booked.postings] if booked else []
    return Counter({one.unit.removeprefix("debt:"): amount for one, amount in debts if one.is_debt})


def _lots_undone(draft: Draft, found: Entry, wallet: WalletId, owed: Counter[str]) -> None:
    """What it took goes back into its lots; what it laid is taken back. One unit may see both."""
    lots, gifts = list(own_lots(found)), {one.unit for one in given_with(found.payload)}
    for unit in dict.fromkeys(lot.unit for lot in lots):
        mine = [lot for lot in lots if lot.unit == unit]
        taken = [lot for lot in mine if lot.amount < 0]
        laid = [lot for lot in mine if lot.amount > 0]
        if taken:
            stays = sum(_rests_stay(draft, found, wallet, unit))
            draft.give_back(wallet, unit, taken, after=0, upto=-sum(lot.amount for lot in taken) - stays)
            draft.move(voucher_expense(draft.site), stays)
        if laid:
            given = sum(lot.amount for lot in laid)
            gone = min(given, ended_with(draft.state, found.id, unit)) if unit in gifts else 0
            take_back(draft, held_by(wallet, unit), given - gone, laid, owed=owed[unit])
            draft.move(voucher_expense(draft.site), -gone)


def _rests_stay(draft: Draft, found: Entry, wallet: WalletId, unit: str) -> Iterator[int]:
    """Of the rest of a voucher that does not come back: it ended, whatever becomes of the sale."""
    for gave, stays in rests_stay(draft.state, wallet, unit, found):
        count(draft, ended(draft.site, gave, unit.removeprefix(VOUCHER)), stays)
        yield stays


def _now(account: Account, state: State) -> Account:
    if account.owner is not Owner.WALLET:
        return account
    return replace(account, of=current(WalletId(account.of), state))


def _earn_as_of_today(draft: Draft, found: Entry, sale: BookSale, wallet: WalletId) -> None:
    """Uses made since were counted after these: the last fen of the lot moves with their order."""
    others = [lot for lot in found.lots if lot.lot != found.id and lot.unit.startswith(EARNED_BY_USE)]
    for unit in dict.fromkeys(lot.unit for lot in others):
        mine = [lot for lot in others if lot.unit == unit]
        taken = [lot for lot in mine if lot.amount < 0]
        sold = sum(line.net for line in sale.lines if line.sells is not None and line.sells.unit == unit)
        then = sold - dict(found.postings).get(deferred(draft.site, unit).name, 0)
        less = unearned(draft.state, wallet, unit, taken) - then
        for back in mine:  # Of litres that were held, what the fill did not take.
            lot = draft.state.lot(wallet, unit, back.lot) if back.amount > 0 else None
            less -= earned_by(lot, back.amount) if lot is not None else 0
        draft.move(deferred(draft.site, unit), less)
        draft.move(prepaid_difference(draft.site), -less)


def wallet_in(entry: Entry) -> WalletId | None:
    """Whose wallet it is, by what it posted."""
    if isinstance(entry.payload, BookSale):
        return entry.payload.wallet
    for name, _ in entry.postings:
        account = named(name)
        if account.owner is Owner.WALLET:
            return WalletId(account.of)
    return None
