"""Receipts as documents, and how a document becomes lines, text and the page's preview.

`drawn(document_of(booked, shop, language="zh-Hans", copy=Copy.ORIGINAL), columns)` is a page;
`as_text` and `as_html` show it, `terminal.drivers.codecs.escpos.encoded` makes a printer's bytes of it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any

from terminal.core.commands import (
    BATCH,
    OWN_DATA,
    BookCard,
    BookCardState,
    BookCashMove,
    BookDeposit,
    Booked,
    BookFleetFunds,
    BookGrant,
    BookImport,
    BookIntent,
    BookIntentEnd,
    BookIssue,
    BookJoin,
    BookMerge,
    BookNote,
    BookRecharge,
    BookRechargeRefund,
    BookRedeem,
    BookRefund,
    BookSale,
    BookShiftClose,
    BookTransfer,
    BookVoid,
    Command,
    Measured,
)
from terminal.core.consents import ConsentText
from terminal.core.invoicing import invoices
from terminal.core.receipts import (
    back,
    care,
    company,
    deposit,
    granted,
    imported,
    invoice,
    join,
    own,
    recharge,
    redeemed,
    sale,
    shift,
)
from terminal.core.receipts.html import as_html
from terminal.core.receipts.page import Page, PageCode, PageLine, as_text, drawn, text_of
from terminal.core.receipts.rows import Document, Row
from terminal.core.receipts.sections import Copy, Issue, ShopHead
from terminal.core.receipts.words import Words
from terminal.core.shift import X_REPORT
from terminal.core.tier_names import NO_NAMES, Shown
from terminal.core.units import in_litres

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
    "has_paper",
    "text_of",
]


def _nothing(_command: BookIssue, _issue: Issue, _words: Words) -> list[Row]:
    return []


_NOTES: Mapping[str, Callable[[BookNote, Issue, Words], list[Row]]] = MappingProxyType(
    {X_REPORT: shift.noted, BATCH: care.listed, OWN_DATA: own.rows}
)


def _granted(given: BookGrant, issue: Issue, words: Words) -> list[Row]:
    """What nobody claimed prints nothing."""
    return granted.rows(given, issue, words) if given.claim is not None else []


def _noted(note: BookNote, issue: Issue, words: Words) -> list[Row]:
    """Other notes print nothing."""
    return _NOTES[note.what](note, issue, words) if note.what in _NOTES else []


LAYOUTS: Mapping[type, Callable[[Any, Issue, Words], list[Row]]] = MappingProxyType(
    {
        BookSale: sale.rows,
        BookRecharge: recharge.rows,
        BookRefund: back.refunded,
        BookVoid: back.voided,
        BookRechargeRefund: back.recharge_refunded,
        BookShiftClose: shift.closed,
        BookCashMove: shift.moved,
        BookNote: _noted,
        BookDeposit: deposit.rows,
        BookFleetFunds: company.rows,
        BookRedeem: redeemed.rows,
        BookImport: imported.rows,
        BookGrant: _granted,
        BookJoin: join.rows,
        BookCard: care.card,
        BookCardState: care.card_state,
        BookTransfer: care.transferred,
        BookMerge: care.merged,
        BookIntent: invoice.asked,  # Of intents a request for an invoice alone.
        BookIntentEnd: shift.by_hand,  # Of their ends what people paid.
        BookIssue: _nothing,  # A card given out moves no money.
    }
)
"""One layout for each kind of command."""


def has_paper(command: Command) -> bool:
    """Whether anything is printed of it at all."""
    match command:
        case BookNote(what=what):
            return what in _NOTES
        case BookIntentEnd(by_hand=by_hand):
            return by_hand is not None
        case BookGrant(claim=claim):
            return claim is not None
        case BookIntent():
            return invoices(command) is not None
        case _:
            return type(command) in LAYOUTS


def document_of(  # noqa: PLR0913  what a print may differ by, each by its name
    booked: Booked,
    shop: ShopHead,
    *,
    language: str,
    copy: Copy,
    training: bool = False,
    claim: str = "",
    consent_texts: tuple[ConsentText, ...] = (),
    on_screen: bool = False,
    article: Callable[[str], str] = str,
    coupon: Callable[[str], str] = str,
    tiers: Shown = NO_NAMES,
    company: Callable[[str], str] = str,
    measured: Callable[[str], Measured | None] = in_litres,
) -> Document:
    """The receipt of what was booked; without rows where its kind prints nothing.

    An answer that is given again (`booked.again`) never becomes an original, whatever was asked for.
    `article`: what the shop calls it, by its SKU; `coupon`: by its kind; `tiers` and `company`: by their ids.
    `measured`: in what a grade is; None: nobody here knows, and no unit is printed.
    """
    first = copy is Copy.ORIGINAL and not booked.again
    issue = Issue(
        booked=booked,
        shop=shop,
        language=language,
        copy=Copy.ORIGINAL if first else Copy.DUPLICATE,
        training=training,
        claim=claim,
        consent_texts=consent_texts,
        on_screen=on_screen,
    )
    words = Words(language, article, coupon, tiers, company, measured)
    rows = LAYOUTS.get(type(booked.command), _nothing)(booked.command, issue, words)
    return Document(language=language, rows=tuple(rows))
