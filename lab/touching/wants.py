"""What the hands of a walk are drawn to: the change of a card that was booked least so far."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import TYPE_CHECKING, Final

from terminal.core.cards import CardState
from terminal.core.commands import BookCard, BookCardState, BookIssue, BookMerge, BookPin, BookTransfer

if TYPE_CHECKING:
    from terminal.core.entry import Entry

CARE: Final = (
    "replace",
    "activate",
    "lost",
    "freeze",
    "thaw",
    "another",
    "transfer",
    "merge",
    "cancel",
)
"""Changes of one card, by the button for each; a card is renewed only years after it was given out."""
LEADS: Final[Mapping[str, Sequence[str]]] = MappingProxyType(
    {"card": CARE, "cards": ("issue",), "pin": ("pin",)}
)
"""By the flow in which they are made."""
_STRONG: Final = 36
_SELDOM: Final = frozenset({"activate", "thaw"})
"""Offered only of a card that something else was done with before."""
_OFTENER: Final = 4
_STATES: Final[Mapping[CardState, str]] = MappingProxyType(
    {CardState.LOST: "lost", CardState.FROZEN: "freeze", CardState.CANCELLED: "cancel"}
)
_KINDS: Final[Mapping[type, str]] = MappingProxyType(
    {BookIssue: "issue", BookTransfer: "transfer", BookMerge: "merge", BookPin: "pin"}
)


class Wants:
    def __init__(self) -> None:
        self.booked: Counter[str] = Counter()
        self._begun: Counter[str] = Counter()

    def begins(self, change: str) -> None:
        self._begun[change] += 1

    def books(self, entry: Entry) -> str:
        """Which change of a card it is; empty: none."""
        change = change_of(entry)
        if change:
            self.booked[change] += 1
        return change

    def weight(self, change: str) -> float:
        """Less each time it was booked, and a little less each time it was begun."""
        drawn = _STRONG * (_OFTENER if change in _SELDOM else 1)
        return drawn / (1 + self.booked[change]) ** 2 / (1 + self._begun[change] / 3)

    def leads(self, flow: str) -> float:
        """How much more often than else a flow is begun, for what it leads to."""
        return sum(
            self.weight(change) / (_OFTENER if change in _SELDOM else 1) for change in LEADS.get(flow, ())
        )


def change_of(entry: Entry) -> str:
    """As its button is called; empty: it changes no card, or many at once."""
    match entry.payload:
        case BookCard(replaces=old):
            return "replace" if old else "another"
        case BookCardState(batch="", state=CardState.ACTIVE, was=was):
            return "activate" if was is CardState.NEW else "thaw"
        case BookCardState(batch="", state=state):
            return _STATES.get(state, "")
        case other:
            return _KINDS.get(type(other), "")
