"""What stands on a visual card after a transaction: whose shop, when, and what is on it now."""

from __future__ import annotations

from collections.abc import Callable

from terminal.core.commands import Booked, Measured
from terminal.core.receipts.page import PageLine, drawn, text_of
from terminal.core.receipts.rows import Columns, Document, Row, Text
from terminal.core.receipts.sections import ShopHead, balances
from terminal.core.receipts.words import Words
from terminal.core.times import local_time


def face_of(  # noqa: PLR0913  what is said of it, each by its name
    booked: Booked,
    shop: ShopHead,
    *,
    language: str,
    columns: int,
    measured: Callable[[str], Measured],
    article: Callable[[str], str] = str,
) -> tuple[str, ...]:
    """Its lines, legible. Nothing where no card took part.

    `measured`: in what a grade is; `article`: what it is called, by its SKU.
    """
    if booked.after is None or not booked.card_shown:
        return ()
    words = Words(language, article, measured=measured)
    rows: list[Row] = [
        Text(text=shop.name),
        Columns(left=words("Card"), right=booked.card_shown),
        Columns(left=words("Time"), right=local_time(booked.command.at)),
        *balances(booked.after, words),
    ]
    page = drawn(Document(language=language, rows=tuple(rows)), columns)
    return tuple(text_of(line, columns) for line in page.lines if isinstance(line, PageLine))
