"""What lies on the shelves: counted by people, down with each sale and up with goods that came back.

It warns and never blocks (product.md D3, G5). It is told from the journal's entries, and told anew from them
whenever somebody doubts it: a count, and what went since.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from typing import Protocol

from terminal.core.cart import Article
from terminal.core.commands import (
    BookNote,
    BookRedeem,
    BookRefund,
    BookReversal,
    BookSale,
    BookVoid,
    Command,
    Returned,
    SaleLine,
)
from terminal.core.screens import quantity_shown
from terminal.core.units import UNITS

LOW = 20
"""Pieces, kilograms or litres under which people are told, where the article says nothing else."""
COUNT_MAX = 1_000_000_00
"""Of one article, in what its quantity is counted."""


class Stock(Protocol):
    def left(self, sku: str, /) -> int | None:
        """In what its quantity is counted; None: nobody counted it, or it cannot be seen now."""
        ...


class Uncounted:
    """A shop that counts nothing."""

    def left(self, _sku: str) -> int | None:
        return None


def low(article: Article) -> int:
    """Under which people are told."""
    return LOW * UNITS[article.measured] if article.low is None else article.low


def shown_stock(article: Article, left: int) -> str:
    """`7`, or `1.250 kg`; never less than nothing, whatever was sold."""
    return quantity_shown(max(0, left), article.measured)


def went(command: Command, *undone: Command) -> Mapping[str, int]:
    """By SKU, what left the shelves with it; below zero: it came back.

    `undone`: what it undoes, and what that undid in its turn, as far as they are known here; of what was
    collected, what had taken the points for it. Goods that are spoiled come back to no shelf.
    """
    match command:
        case BookSale(lines=lines):
            found: Counter[str] = Counter()
            for line in lines:
                if line.sells is None:
                    found[line.sku] += line.quantity
            return found
        case BookRedeem(claim="", sku=sku):
            return _piece(sku)
        case _:
            return _after(command, *undone) if undone else {}


def _after(command: Command, first: Command, *more: Command) -> Mapping[str, int]:
    match command, first:
        case BookNote(), BookRedeem(sku=sku):
            return _piece(sku)
        case BookVoid(to_shelf=to_shelf) | BookRefund(to_shelf=to_shelf), BookRedeem(sku=sku):
            return _less(_piece(sku)) if to_shelf else {}
        case BookVoid() | BookReversal(), _:
            return _less(went(first, *more))
        case BookRefund(returned=returned), BookSale():
            return _back(returned, first)
        case _:
            return {}


def _less(gone: Mapping[str, int]) -> Mapping[str, int]:
    return {sku: -count for sku, count in gone.items()}


def _piece(sku: str) -> Mapping[str, int]:
    return {sku: 1} if sku else {}


def _back(returned: tuple[Returned, ...], sale: BookSale) -> Mapping[str, int]:
    found: Counter[str] = Counter()
    for one in returned:
        line = sale.lines[one.line]
        if not one.spoiled and line.sells is None:
            found[line.sku] -= one.quantity or _share(one, line)
    return found


def _share(one: Returned, line: SaleLine) -> int:
    """Nobody counted: as much of the goods as of the money, and no piece that is not whole."""
    return line.quantity * one.net // line.net if line.net else line.quantity
