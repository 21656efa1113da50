"""What is on the counter before anybody pays."""

from __future__ import annotations

import re
from enum import StrEnum

from msgspec.structs import replace

from terminal.core.commands import Measured
from terminal.core.errors import BadLitres, CartFull, SoldByMeasure
from terminal.core.money import Price
from terminal.core.values import Value

LINES_MAX = 200
PIECES_MAX = 999
"""Of one article on one line."""

CENTILITRES_MAX = 1_000_00
"""The largest fill that may be keyed: 1,000 litres, a lorry with both tanks empty."""

_LITRES = re.compile(r"(\d{1,4})(?:\.(\d{1,2}))?", re.ASCII)


class Goods(Value, frozen=True, kw_only=True):
    """What goods are booked as."""

    sku: str
    name: str
    category: str


class Article(Goods, frozen=True, kw_only=True):
    """One thing in the catalogue."""

    price: Price
    """Fen a piece, a kilogram or a litre."""
    measured: Measured = Measured.PIECE
    barcodes: tuple[str, ...] = ()


class CartLine(Value, frozen=True, kw_only=True):
    article: Article
    quantity: int


class Cart(Value, frozen=True, kw_only=True):
    """Lines in the order they were added."""

    lines: tuple[CartLine, ...] = ()

    def scanned(self, article: Article) -> Cart:
        """One piece more of an article; the line it already has grows.

        Raises:
            SoldByMeasure: the article is sold by weight or litre, a scan does not say how much.
            CartFull: more lines or pieces than one sale may have.
        """
        if article.measured is not Measured.PIECE:
            raise SoldByMeasure(f"{article.sku} is counted in {article.measured}")
        for place, line in enumerate(self.lines):
            if line.article == article:
                more = replace(line, quantity=_pieces(line.quantity + 1))
                return Cart(lines=(*self.lines[:place], more, *self.lines[place + 1 :]))
        return self._longer(CartLine(article=article, quantity=1))

    def keyed(self, price: int, goods: Goods) -> Cart:
        """An amount keyed for goods without a code, as a line of its own under the name of `goods`."""
        article = Article(sku=goods.sku, name=goods.name, category=goods.category, price=price)
        return self._longer(CartLine(article=article, quantity=1))

    def without(self, place: int) -> Cart:
        """The line with that index taken out; the cart unchanged when it has no such line."""
        return Cart(lines=tuple(line for at, line in enumerate(self.lines) if at != place))

    def _longer(self, line: CartLine) -> Cart:
        if len(self.lines) >= LINES_MAX:
            raise CartFull(f"{LINES_MAX} lines")
        return Cart(lines=(*self.lines, line))


def _pieces(count: int) -> int:
    if count > PIECES_MAX:
        raise CartFull(f"{PIECES_MAX} pieces on one line")
    return count


class Family(StrEnum):
    """Points families; fuel grades belong to one of the latter two."""

    GOODS = "goods"
    PETROL = "petrol"
    DIESEL = "diesel"


class Grade(Value, frozen=True, kw_only=True):
    """A fuel grade as this station sells it."""

    grade: str
    """`92`, `95`, `98`, `0`, `-10`."""
    name: str
    family: Family
    price: Price
    """Fen a litre."""


class Fill(Value, frozen=True, kw_only=True):
    """A fill as it was keyed: the dispenser's litres and, once known, its own amount."""

    grade: Grade
    centilitres: int


def centilitres(text: str) -> int:
    """Litres as a person keys them off the pump, at most two places: "27.1" is 2710.

    Raises:
        BadLitres: not a number of that form, zero, or more than a fill may be.
    """
    found = _LITRES.fullmatch(text.strip())
    if found is None:
        raise BadLitres(f"not litres: {len(text)} characters")
    whole, places = found.groups(default="")
    counted = int(whole) * 100 + int(places.ljust(2, "0"))
    if not 0 < counted <= CENTILITRES_MAX:
        raise BadLitres(f"{counted} centilitres")
    return counted
