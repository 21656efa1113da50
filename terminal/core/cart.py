"""What is on the counter before anybody pays."""

from __future__ import annotations

from enum import StrEnum

from terminal.core.commands import Measured
from terminal.core.values import Value


class Article(Value, frozen=True, kw_only=True):
    """One thing in the catalogue."""

    sku: str
    name: str
    category: str
    price: int
    """Fen a piece, a kilogram or a litre."""
    measured: Measured = Measured.PIECE
    barcodes: tuple[str, ...] = ()
    name_en: str = ""


class CartLine(Value, frozen=True, kw_only=True):
    article: Article
    quantity: int


class Cart(Value, frozen=True, kw_only=True):
    """Lines in the order they were added."""

    lines: tuple[CartLine, ...] = ()


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
    price: int
    """Fen a litre."""


class Fill(Value, frozen=True, kw_only=True):
    """A fill as it was keyed: the dispenser's litres and, once known, its own amount."""

    grade: Grade
    centilitres: int
