"""The slip of work on a card: what it was, which card it is now, and what lies on the membership."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from terminal.core.cards import CardState
from terminal.core.commands import BookCard, BookCardState, BookMerge, BookNote, BookTransfer
from terminal.core.money import shown
from terminal.core.receipts.rows import Columns, Feed, Row, Rule, Text
from terminal.core.receipts.sections import Issue, foot, head, member, valid
from terminal.core.receipts.words import Words

_LISTED_MAX = 2_000
"""Lines of a list: as long as a roll of paper."""
_BECAME: Mapping[CardState, str] = MappingProxyType(
    {
        CardState.ACTIVE: "Card in use again",
        CardState.LOST: "Card reported lost",
        CardState.FROZEN: "Card frozen",
        CardState.CANCELLED: "Card cancelled",
        CardState.EXPIRED: "Card expired",
    }
)


_AGAIN: Mapping[CardState, str] = MappingProxyType(
    {CardState.NEW: "Card given out", CardState.EXPIRED: "Card renewed"}
)
"""What became of one that pays from now on, by what it was."""


def card(one: BookCard, issue: Issue, words: Words) -> list[Row]:
    made = head(issue, words, "New card")
    if one.replaces:
        made.append(Text(text=words("The number of the card until now is dead.")))
    return _signed(made + valid(one.until, words), issue, words)


def card_state(one: BookCardState, issue: Issue, words: Words) -> list[Row]:
    became = _BECAME.get(one.state, "Card")
    title = _AGAIN.get(one.was, became) if one.was and one.state is CardState.ACTIVE else became
    made = head(issue, words, title) + valid(one.until, words)
    return _signed(made, issue, words)


def transferred(one: BookTransfer, issue: Issue, words: Words) -> list[Row]:
    made = head(issue, words, "Transfer to another person")
    if one.terms:  # Of who was a member nobody was asked, before.
        made.append(Columns(left=words("Terms accepted"), right=one.terms))
    if one.cancels:
        made.append(Columns(left=words("Cards cancelled with it"), right=str(len(one.cancels))))
    return _signed(made, issue, words)


def merged(_one: BookMerge, issue: Issue, words: Words) -> list[Row]:
    return _signed(head(issue, words, "Two memberships made one"), issue, words)


def listed(note: BookNote, issue: Issue, words: Words) -> list[Row]:
    """Of work on many cards: what was done, and what was left out with what lies on it, or how many."""
    made = head(issue, words, "Many cards")
    found = issue.booked.listed
    made.append(Columns(left=words("Done"), right=note.detail, bold=True))
    if found is None:  # Of before such lists were kept: no entry says which cards of a new batch they were.
        made.append(Text(text=words("The list itself was printed when it was done.")))
        return _signed(made, issue, words)
    made += [Rule(), Text(text=words("Cards that were done"), bold=True)]
    made += [Text(text=number) for number in found.done[:_LISTED_MAX]]
    if found.left_out:
        made += [Rule(), Text(text=words("Accounts that were left out"), bold=True)]
        made += [
            Columns(left=number, right=_lies(fen, words)) for number, fen in found.left_out[:_LISTED_MAX]
        ]
        left = sum(fen or 0 for _, fen in found.left_out)
        made.append(Columns(left=words("Sum of what is left out"), right=shown(left), bold=True))
    elif found.left:
        made += [Rule(), Columns(left=words("Accounts that were left out"), right=str(found.left), bold=True)]
    if (more := max(len(found.done), len(found.left_out)) - _LISTED_MAX) > 0:
        made.append(Text(text=words("and {count} more", count=str(more))))
    return _signed(made, issue, words)


def _lies(fen: int | None, words: Words) -> str:
    if fen is None:
        return words("Not known")
    return shown(fen) if fen else words("Not money")


def _signed(made: list[Row], issue: Issue, words: Words) -> list[Row]:
    if about := member(issue.booked, words):
        made += [Rule(), *about]
    made += [Rule(), Text(text=words("Signature")), Feed(lines=2)]
    return made + foot(issue, words)
