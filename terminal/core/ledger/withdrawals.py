"""Coupons that end before their time: headquarters says so, or a person at the site (product.md B5).

What withdrew a coupon is found by the coupon's id, so that whoever brings it is told why it is worth nothing.
"""

from __future__ import annotations

from collections.abc import Iterable

from terminal.core import accounts as chart
from terminal.core.accounts import Owner, named
from terminal.core.commands import BookWithdrawal
from terminal.core.entry import Entry
from terminal.core.errors import NotBookable, NothingToWithdraw
from terminal.core.ledger.draft import Draft
from terminal.core.ledger.effects import Refers
from terminal.core.ledger.rules import current, standing_for
from terminal.core.ledger.state import Posted, State
from terminal.core.values import EntryId, WalletId

WHY_CHARS_MAX = 100


def withdrawal(command: BookWithdrawal, state: State) -> Posted:
    """Raises `NothingToWithdraw` where the coupon is not held here, `NotBookable` without a reason.

    One that was used at a site that knows no headquarters is marked, so that it does not come back.
    """
    if not 1 <= len(command.why.strip()) <= WHY_CHARS_MAX:
        raise NotBookable("withdrawn without a reason, or with too long a one")
    draft = Draft(command.at, command.id, state)
    known = state.coupon(command.coupon)
    if known is None:
        raise NothingToWithdraw("no such coupon")
    marks = state.alone() and not is_withdrawn(state, coupon=command.coupon)
    if not end_coupon(draft, known[0], command.coupon) and not marks:
        raise NothingToWithdraw("it was used, has ended, or is held by another shop")
    draft.effects.append(Refers(of=ending(command.coupon)))
    return draft.posted(current(known[0], state))


def end_coupon(draft: Draft, wallet: WalletId, coupon: str) -> bool:
    """On that wallet, or on the one that it was merged into. False: it is not held there."""
    account = chart.coupon(current(wallet, draft.state), coupon)
    if draft.balance(account) != 1:
        return False
    draft.move(account, -1)
    draft.issue("coupon", -1)
    return True


def end_again(draft: Draft, wallet: WalletId, coupons: Iterable[str]) -> None:
    """Those of them that come back with what is drafted, and were withdrawn meanwhile; not what is owed.

    With a headquarters, that ends them anew.
    """
    for one in coupons if draft.state.alone() else ():
        account = chart.coupon(wallet, one)
        if is_withdrawn(draft.state, coupon=one) and not draft.balance(chart.debt(account)):
            end_coupon(draft, wallet, one)


def ending(coupon: str) -> EntryId:
    """What withdrew that coupon refers to it: no entry has that id."""
    return standing_for(f"withdrawn: {coupon}")


def is_withdrawn(state: State, *, coupon: str) -> bool:
    """Whether it ended here that way. Where it came back since, its account says so."""
    return bool(state.referring(ending(coupon)))


def ended_by(entry: Entry) -> set[str]:
    """The coupons that headquarters' directive took from whoever held them: nothing else is posted then."""
    accounts = (named(name) for name, _ in entry.postings)
    return {one.unit.removeprefix("coupon:") for one in accounts if one.owner is Owner.WALLET}
