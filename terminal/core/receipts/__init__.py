"""Receipts as documents, and how a document becomes lines, text and the page's preview.

`drawn(document_of(booked, shop, language="zh-Hans", copy=Copy.ORIGINAL), columns)` is a page;
`as_text` and `as_html` show it, `terminal.drivers.codecs.escpos.encoded` makes a printer's bytes of it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any

from terminal.core.commands import Booked, BookIssue, BookRecharge, BookSale
from terminal.core.receipts import recharge, sale
from terminal.core.receipts.html import as_html
from terminal.core.receipts.page import Page, PageCode, PageLine, as_text, drawn, text_of
from terminal.core.receipts.rows import Document, Row
from terminal.core.receipts.sections import Copy, Issue, ShopHead
from terminal.core.receipts.words import Words

__all__ = [
    "LAYOUTS",
    "Copy",
    "Document",
    "Page",
    "PageCode",
    "PageLine",
    "ShopHead",
    "as_html",
    "as_text",
    "document_of",
    "drawn",
    "text_of",
]


def _nothing(_command: BookIssue, _issue: Issue, _words: Words) -> list[Row]:
    return []


LAYOUTS: Mapping[type, Callable[[Any, Issue, Words], list[Row]]] = MappingProxyType(
    {
        BookSale: sale.rows,
        BookRecharge: recharge.rows,
        BookIssue: _nothing,  # A card given out moves no money.
    }
)
"""One layout for each kind of command."""


def document_of(
    booked: Booked, shop: ShopHead, *, language: str, copy: Copy, training: bool = False
) -> Document:
    """The receipt of what was booked; without rows where its kind prints nothing.

    An answer that is given again (`booked.again`) never becomes an original, whatever was asked for.
    """
    first = copy is Copy.ORIGINAL and not booked.again
    issue = Issue(
        booked=booked,
        shop=shop,
        language=language,
        copy=Copy.ORIGINAL if first else Copy.DUPLICATE,
        training=training,
    )
    rows = LAYOUTS.get(type(booked.command), _nothing)(booked.command, issue, Words(language))
    return Document(language=language, rows=tuple(rows))
