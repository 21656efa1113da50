"""What of a voucher ended with its use at another shop: once that is heard of, what is owed is set right.

What gave it may have come back here before: then all was owed that did not lie here. And a use that is voided
after that had no rest, so that it is owed again, and is taken from what came back there.
"""

from __future__ import annotations

from collections.abc import Sequence

from terminal.core import accounts as chart
from terminal.core.accounts import debt, held_by
from terminal.core.commands import BookGrant, Grant, wallet_of
from terminal.core.directives import HadThere
from terminal.core.entry import Entry
from terminal.core.ledger.back import has_ended
from terminal.core.ledger.came_over import came_so_far
from terminal.core.ledger.draft import Draft
from terminal.core.ledger.effects import Refers
from terminal.core.ledger.rests import ended_with, given_with, named_with, voucher_in
from terminal.core.ledger.rules import current
from terminal.core.values import EntryId


def hear_of_rests(draft: Draft, said: HadThere) -> None:
    """After the figures themselves were heard (`allowances.hear_of_had`).

    It refers to what gave them, so that it is found when more of that comes back.
    """
    right = set[str]()
    for one in said.hads:
        unit = voucher_in(one)
        gave = draft.state.entry(EntryId(one.wallet)) if unit else None
        if gave is None or not any(grant.unit == unit for grant in _given(gave)):
            continue
        told = chart.had_told(draft.site, one.wallet, one.period, one.what, said.site)
        if _set_right(draft, gave, unit, draft.balance(told) - draft.state.balance(told)):
            right.add(f"debt:{unit}")
    draft.effects += [Refers(of=gave) for gave in named_with(said.hads, right)]


def _given(gave: Entry) -> Sequence[Grant]:
    given = gave.payload
    return given.grants if isinstance(given, BookGrant) else given_with(given)


def _set_right(draft: Draft, gave: Entry, unit: str, news: int) -> bool:
    """`news`: fen by which more of it has ended elsewhere than was known. Answers whether anything was."""
    wallet = wallet_of(gave.payload)
    if wallet is None:
        return False
    held = held_by(current(wallet, draft.state), unit)
    due, came = came_so_far(draft.state, held, gave)
    beyond = came - max(0, due - ended_with(draft, gave.id, unit))
    if news > 0:
        amount = min(max(0, beyond), -draft.balance(debt(held)))
    elif has_ended(draft, [lot for lot in gave.lots if lot.unit == unit]):
        amount = 0  # What comes back to a lot that is over is not due.
    else:
        amount = max(news, min(0, beyond))
    draft.move(debt(held), amount)
    draft.move(chart.voucher_expense(draft.site), -amount)
    return amount != 0
