"""What the shop gives, and how it comes back with the entry that it came with (product.md B9, B17)."""

from __future__ import annotations

from collections.abc import Callable

from msgspec.structs import replace

from terminal.core import accounts as chart
from terminal.core.commands import BookGrant, Grant
from terminal.core.entry import Entry
from terminal.core.errors import NotBookable
from terminal.core.ledger.back import take_back, undoing
from terminal.core.ledger.campaigns import count_claim
from terminal.core.ledger.coupons import take_coupons
from terminal.core.ledger.debts import as_given
from terminal.core.ledger.draft import Draft, Terms
from terminal.core.ledger.effects import Refers
from terminal.core.ledger.rests import ended_with
from terminal.core.ledger.rules import check_amount, check_unit, current, grant_coupons, open_wallet
from terminal.core.ledger.state import Posted, State
from terminal.core.values import EntryId, SiteId, WalletId

GRANTS_MAX = 50
GIVEN = ("bonus", "cashback", "points", "count", "litres", "voucher")
_IN_PARTS = frozenset({"bonus", "cashback", "points"})
"""Of the others a part cannot be told from the whole by whoever got it: they come back with all of it."""


def grant(command: BookGrant, state: State) -> Posted:
    """Raises `Refused` for what cannot be given."""
    open_wallet(command.wallet, state)
    if not command.grants and not command.coupons:
        raise NotBookable("nothing is given")
    draft = Draft(command.at, command.id, state)
    if command.with_entry is not None:
        if state.entry(command.with_entry) is None:
            raise NotBookable("comes with an entry that is not here")
        if any(one.kind != "refund" for one in undoing(command.with_entry, state)):
            raise NotBookable("comes with an entry that was undone")
        draft.effects.append(Refers(of=command.with_entry))
    if command.claim is not None:
        count_claim(draft, command.wallet, command.claim)
    check_grants(command.grants, *GIVEN)
    for one in command.grants:
        draft.lay(command.wallet, one.unit, one.amount, terms=Terms(one.since, one.until, one.sold))
        draft.move(cost_of(state.site, one.unit), -one.amount)
    grant_coupons(draft, command.wallet, command.coupons)
    return draft.posted(command.wallet)


def check_grants(grants: tuple[Grant, ...], *heads: str) -> None:
    if len(grants) > GRANTS_MAX:
        raise NotBookable("too many grants")
    for one in grants:
        check_unit(one.unit, *heads)
        check_amount(one.amount, "a grant", least=1)


def cost_of(site: SiteId, unit: str) -> chart.Account:
    head = unit.partition(":")[0]
    if head == "bonus":
        return chart.bonus_expense(site)
    if head == "cashback":
        return chart.cashback_expense(site)
    if head == "voucher":
        return chart.voucher_expense(site)
    return chart.issued(site, head if head == "coupon" else unit)


def write_off(draft: Draft, wallet: WalletId) -> None:
    """What had to be given back and never was stays given: at the cost of the shop."""
    for unit, owed in draft.state.holdings(wallet):
        if unit.startswith("debt:"):
            draft.move(chart.held_by(wallet, unit), -owed)
            draft.move(cost_of(draft.site, unit.removeprefix("debt:")), owed)


def gifts_back(draft: Draft, of: EntryId, share: Callable[[int], int], *, whole: bool) -> None:
    """All grants that came with `of`: of each `share` of it, and the rest of it when `whole`.

    What is spent by now is owed by whoever got it: whether a sale is undone is not for a gift to decide.
    """
    for found in draft.state.referring(of):
        if isinstance(found.payload, BookGrant) and not undoing(found.id, draft.state):
            _gift_back(draft, as_given(found), found.payload, share, whole=whole)


def _gift_back(
    draft: Draft, found: Entry, given: BookGrant, share: Callable[[int], int], *, whole: bool
) -> None:
    wallet = current(given.wallet, draft.state)
    for one in given.grants:
        in_parts = one.unit.partition(":")[0] in _IN_PARTS
        lost = max(0, one.amount - ended_with(draft.state, found.id, one.unit))
        part = share(one.amount) if in_parts else lost * whole
        if not part:
            continue
        laid = [replace(lot, wallet=wallet) for lot in found.lots if lot.unit == one.unit]
        take_back(draft, chart.held_by(wallet, one.unit), part, laid, owed=part)
        draft.move(cost_of(draft.site, one.unit), part)
    if whole:
        take_coupons(draft, wallet, given.coupons)
