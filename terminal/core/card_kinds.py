"""What a card is used for: any mix of kinds of value, as the shop names them (product.md A)."""

from __future__ import annotations

from collections.abc import Sequence
from enum import StrEnum
from typing import Annotated

from msgspec import Meta

from terminal.core.values import Value

KIND_MAX = 40


class CardUse(StrEnum):
    """What is earned or paid with a card, of all that may lie on its wallet."""

    STORED = "stored"  # principal and bonus: recharged, and paid with
    POINTS = "points"  # earned, and paid or redeemed with
    DISCOUNT = "discount"  # what members pay less: prices, promotions, coupons
    CASHBACK = "cashback"  # comes back of sales, and pays a part of later ones
    COUNT = "count"  # uses that were paid ahead


class CardKind(Value, frozen=True, kw_only=True):
    """Cards of one kind. What lies on their wallet stays there, whichever card leads to it."""

    name: Annotated[str, Meta(pattern=r"^[A-Za-z0-9_.-]{1,40}\Z")]
    """By which a card has it, in the journal too."""
    shown: Annotated[str, Meta(pattern="^[^\\x00-\\x1f]{1,40}\\Z")]
    """As the counter calls it."""
    uses: Annotated[tuple[CardUse, ...], Meta(min_length=1, max_length=len(CardUse))]


def kind_of(kinds: Sequence[CardKind], name: str) -> CardKind | None:
    """The one of that name. Cards of none, or of one that is not there any more, are of the first.

    None: the shop makes no difference.
    """
    return next((one for one in kinds if one.name == name), kinds[0] if kinds else None)


def may(kinds: Sequence[CardKind], name: str, use: CardUse) -> bool:
    """Whether a card of that kind is for it. Where the shop makes no difference every card is."""
    kind = kind_of(kinds, name)
    return kind is None or use in kind.uses
