"""From commands to postings: one function for each kind of transaction.

`posted(command, state)` is all that a store needs: it says what a command does to accounts and lots, or
refuses. Adding a kind touches its own file and one line of the table here.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable
from typing import Any, Final

from terminal.core.accounts import measure_of
from terminal.core.commands import BookIssue, BookRecharge, BookSale, Command
from terminal.core.ledger.issue import issue
from terminal.core.ledger.recharge import recharge
from terminal.core.ledger.sale import sale
from terminal.core.ledger.state import Card, Lot, Posted, State, Unbalanced

__all__ = ["Card", "Lot", "Posted", "State", "Unbalanced", "kind_of", "posted", "prints"]

_KINDS: Final[dict[type[Any], tuple[str, Callable[[Any, State], Posted]]]] = {
    BookSale: ("sale", sale),
    BookRecharge: ("recharge", recharge),
    BookIssue: ("issue", issue),
}

_SILENT: Final = frozenset({"issue"})
"""Kinds that have no receipt."""


def kind_of(command: Command) -> str:
    return _KINDS[type(command)][0]


def prints(kind: str) -> bool:
    """Whether an entry of that kind has a receipt number and a print job."""
    return kind not in _SILENT


def posted(command: Command, state: State) -> Posted:
    """What the command does, decided inside the transaction.

    Raises:
        Refused: the rules of the ledger say no.
        Unbalanced: a defect of ours: the postings do not sum to zero.
    """
    found = _KINDS[type(command)][1](command, state)
    sums: defaultdict[str, int] = defaultdict(int)
    for account, amount in found.postings:
        sums[measure_of(account.unit)] += amount
    if wrong := {measure: total for measure, total in sums.items() if total}:
        raise Unbalanced(f"{kind_of(command)}: {wrong}")
    return found
