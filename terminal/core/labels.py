"""What a shop's scale prints: an article's short number, and an amount or a weight, as digits of a bar code.

In-store codes begin with 20 to 29 (GS1 General Specifications, section 2.1.10): an EAN-13, or the 18 digits
of Chinese scales. Which digit means what is the shop's own layout. Such a code is read only among goods.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Annotated

from msgspec import Meta

from terminal.core.cart import GRAMS_MAX, Article
from terminal.core.commands import Measured
from terminal.core.errors import BadScan
from terminal.core.gs1 import checks
from terminal.core.money import AMOUNT_MAX, half_up
from terminal.core.units import UNITS
from terminal.core.values import Value

LENGTHS = (13, 18)
_FORM = re.compile(r"2[0-9X][0-9X]*(?:P+X*)(?:(?:A+|W+)X*){1,2}C?", re.ASCII)
_LABEL = re.compile(r"2\d{17}", re.ASCII)


def long_label(text: str) -> str | None:
    """As it is, if it may be one of 18 digits; customers' payment codes of that length begin with 1."""
    return text if _LABEL.fullmatch(text) else None


class Layout(Value, frozen=True, kw_only=True):
    """`22PPPPPAAAAAC`: digits as they are, P an article, A amount, W weight, C check digit, X whatever."""

    form: str
    amount_unit: Annotated[int, Meta(ge=1, le=100)] = 1
    """Fen of its last digit."""
    weight_unit: Annotated[int, Meta(ge=1, le=100)] = 1
    """Grams of its last digit."""

    def __post_init__(self) -> None:
        if len(self.form) not in LENGTHS or not _FORM.fullmatch(self.form):
            raise ValueError("not a form like 22PPPPPAAAAAC or 22PPPPPAAAAAWWWWWC")
        runs = re.findall("A+|W+", self.form)
        if len({run[0] for run in runs}) != len(runs):
            raise ValueError("an amount or a weight twice")

    def fits(self, code: str) -> bool:
        return len(code) == len(self.form) and all(
            mine in "PAWCX" or mine == theirs for mine, theirs in zip(self.form, code, strict=True)
        )

    def of(self, letter: str, code: str) -> int | None:
        """What the digits under a letter say; None: it has none."""
        digits = "".join(theirs for mine, theirs in zip(self.form, code, strict=True) if mine == letter)
        return int(digits) if digits else None


class Label(Value, frozen=True, kw_only=True):
    """A label as it was read: fen, grams, or both."""

    plu: int
    amount: int | None = None
    grams: int | None = None


def label_in(code: str, layouts: Sequence[Layout]) -> Label | None:
    """By the first layout that fits; None: none does.

    Raises:
        BadScan: the check digit is wrong.
    """
    for layout in layouts:
        if not layout.fits(code):
            continue
        if "C" in layout.form and not checks(code):
            raise BadScan("a scale label whose check digit is wrong")
        amount, grams = layout.of("A", code), layout.of("W", code)
        return Label(
            plu=layout.of("P", code) or 0,
            amount=None if amount is None else amount * layout.amount_unit,
            grams=None if grams is None else grams * layout.weight_unit,
        )
    return None


class Weighed(Value, frozen=True, kw_only=True):
    """What a label puts on the counter."""

    quantity: int
    labelled: int | None
    """Fen that stand on it, and win over weight times price."""
    by_weight: int
    """Weight times price, as we have it."""

    @property
    def differs(self) -> bool:
        return self.labelled is not None and self.labelled != self.by_weight


def weighed(label: Label, article: Article) -> Weighed:
    """Where it names no weight, the weight follows from the amount.

    Raises:
        BadScan: it comes to nothing, to more than a sale may, or to a weight of what is sold by the piece.
    """
    if article.measured is Measured.PIECE and label.amount is not None and label.grams is None:
        quantity = 1
    elif article.measured is not Measured.GRAM:
        raise BadScan(f"a weight of {article.sku}, which is counted in {article.measured}")
    elif label.grams is not None:
        quantity = label.grams
    else:
        quantity = half_up((label.amount or 0) * UNITS[Measured.GRAM], article.price)
    by_weight = half_up(quantity * article.price, UNITS[article.measured])
    if not 0 < quantity <= GRAMS_MAX or label.amount == 0 or max(label.amount or 0, by_weight) > AMOUNT_MAX:
        raise BadScan(f"a label of {quantity} for {label.amount}")
    return Weighed(quantity=quantity, labelled=label.amount, by_weight=by_weight)
