"""A request for an invoice as it goes out, and what is answered. See docs/invoices.md."""

from __future__ import annotations

import re
from typing import Annotated, Final

import msgspec
from msgspec import Meta, Struct

from terminal.core.buyer import Buyer
from terminal.core.errors import BadInvoiceNumber
from terminal.core.invoicing import Asker, Outcome, Request, Said
from terminal.core.particulars import invoice_number
from terminal.core.receipts.legible import legible
from terminal.core.values import EntryId

ANSWER_BYTES_MAX: Final = 2_048
WHY_CHARS_MAX: Final = 60
_NUMBER = re.compile(r"[0-9A-Za-z]*\d{7}[0-9A-Za-z]*", re.ASCII)
"""Long enough to be somebody's."""


def body_of(request: Request, asker: Asker) -> bytes:
    """The request as JSON, the same bytes each time. See docs/invoices.md."""
    buyer = request.buyer or Buyer(title="")
    return msgspec.json.encode(
        {
            "v": 1,
            "id": request.id,
            "merchant": asker.merchant,
            "site": asker.site,
            "terminal": asker.terminal,
            "entry": request.of,
            "receipt": request.receipt,
            "day": request.at.business_day,
            "amount": request.amount,
            "lots": request.lots,
            "title": buyer.title,
            "tax_number": buyer.tax_number,
        }
    )


class _Answer(Struct, frozen=True, kw_only=True):
    id: Annotated[str, Meta(max_length=64)]
    outcome: Outcome
    number: Annotated[str, Meta(max_length=64)] = ""
    why: str = ""


_answer = msgspec.json.Decoder(_Answer)


def said_of(body: bytes, request: EntryId) -> Said:
    """What somebody answers of that request; UNKNOWN where it is no answer, another's, or has no number."""
    try:
        answer = _answer.decode(body)
        if answer.id != request:
            return Said(outcome=Outcome.UNKNOWN, why="it answers another request")
        if answer.outcome is Outcome.WRITTEN:
            return Said(outcome=Outcome.WRITTEN, number=invoice_number(answer.number))
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        return Said(outcome=Outcome.UNKNOWN, why="it is no answer that can be read")
    except BadInvoiceNumber:
        return Said(outcome=Outcome.UNKNOWN, why="what it says is no invoice number")
    return Said(outcome=answer.outcome, why=_plain(answer.why))


def _plain(why: str) -> str:
    """As people may see it: one line, and nobody's number."""
    return _NUMBER.sub("...", legible(why))[:WHY_CHARS_MAX].strip()
