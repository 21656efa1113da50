"""A card was given out: a wallet begins, with nothing but its coupons in it."""

from __future__ import annotations

from terminal.core.commands import BookIssue
from terminal.core.ledger.rules import opening
from terminal.core.ledger.state import Posted, State


def issue(command: BookIssue, state: State) -> Posted:
    """Raises `Refused` when the wallet or the card exists."""
    return Posted(postings=tuple(opening(command.opens, state)), wallet=command.opens.wallet)
