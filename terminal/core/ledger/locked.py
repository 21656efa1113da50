"""Litres at a locked price are taken by the sale that sold at it, and come back with its line.

They pay nothing of it: the price is on the line already (product.md C4). What was paid for them is earned as
they are used, as of uses (`ledger.holds`).
"""

from __future__ import annotations

from collections.abc import Sequence

from terminal.core import accounts as chart
from terminal.core.commands import BookSale, Grant, Locked
from terminal.core.entry import Entry
from terminal.core.errors import BadAmount, NotBookable
from terminal.core.ledger.draft import Draft, Terms, between
from terminal.core.ledger.holds import earned_by, released_on, unearned
from terminal.core.ledger.rules import check_amount, current
from terminal.core.ledger.shares import Span, whole_of
from terminal.core.ledger.state import State
from terminal.core.locks import Lock, locked
from terminal.core.units import POURED
from terminal.core.values import EntryId, WalletId


def litres_of(state: State, *, wallet: WalletId, unit: str, day: str) -> int:
    """Hundredths of them that may be used on that business day."""
    return sum(lot.rest for lot in state.lots(current(wallet, state), unit) if lot.usable(day))


def locks_of(state: State, *, wallet: WalletId, day: str) -> tuple[Lock, ...]:
    """What of them may be used on that business day, the lowest price first."""
    found = []
    wallet = current(wallet, state)
    for unit, _ in state.holdings(wallet):
        if (terms := locked(unit)) and (left := litres_of(state, wallet=wallet, unit=unit, day=day)):
            found.append(Lock(unit=unit, grade=terms[0], price=terms[1], left=left))
    return tuple(sorted(found, key=lambda one: one.price))


def grant_locks(draft: Draft, wallet: WalletId, locks: Sequence[Grant]) -> None:
    """Raises NotBookable for what is no locked price, BadAmount for no litres."""
    for one in locks:
        if locked(one.unit) is None:
            raise NotBookable("no locked price")
        check_amount(one.amount, "litres", least=1)
        draft.lay(wallet, one.unit, one.amount, terms=Terms(one.since, one.until))
        draft.issue(one.unit, one.amount)


def take_locks(draft: Draft, wallet: WalletId, given_by: EntryId, locks: Sequence[Grant]) -> None:
    """What is left here of those that came with that entry. What was filled at them stays the member's."""
    for one in locks:
        left = sum(lot.rest for lot in draft.state.lots(wallet, one.unit) if lot.lot == given_by)
        draft.take_lot(wallet, one.unit, given_by, left)
        draft.issue(one.unit, -left)


def take_locked(draft: Draft, command: BookSale, wallet: WalletId) -> None:
    """Raises InsufficientFunds where less may be used that day: today, or when the fill was released."""
    units = [one.unit for one in command.locked]
    sells = {line.sells.unit for line in command.lines if line.sells}
    if len(set(units)) < len(units) or sells.intersection(units):
        raise BadAmount("a locked price twice, or sold with what uses it")
    day = released_on(command, draft.state)
    for one in command.locked:
        _check(command, one)
        taken = draft.take(wallet, one.unit, one.litres, day=day)
        earned = sum(earned_by(lot, litres) for lot, litres in taken)
        _move(draft, one.unit, -one.litres, earned)


def _check(command: BookSale, one: Locked) -> None:
    line = command.lines[one.place] if 0 <= one.place < len(command.lines) else None
    if locked(one.unit) is None or line is None or line.measured not in POURED:
        raise NotBookable("a locked price of what is not poured")
    if line.quantity != one.litres:
        raise BadAmount("other litres than its line sold")


def locked_back(
    draft: Draft, found: Entry, sale: BookSale, before: Sequence[int], after: Sequence[int]
) -> None:
    """Its share of what the line comes back by. `before`, `after`: of each line, what of its net is back."""
    if sale.wallet is None:
        return
    for one in sale.locked:
        whole = whole_of(sale.lines[one.place].net)
        back = Span(*(one.litres * undone[one.place] // whole for undone in (before, after)))
        lots = [lot for lot in found.lots if lot.unit == one.unit]
        owed = unearned(draft.state, sale.wallet, one.unit, between(lots, *back))
        draft.give_back(sale.wallet, one.unit, lots, after=back.begin, upto=back.end)
        _move(draft, one.unit, back.length, -owed)


def _move(draft: Draft, unit: str, litres: int, earned: int) -> None:
    draft.issue(unit, litres)
    draft.move(chart.deferred(draft.site, unit), -earned)
    draft.move(chart.prepaid_difference(draft.site), earned)
