"""Vouchers of a platform pay a part of a sale: each was verified for it under an intent of its own (B18)."""

from __future__ import annotations

from terminal.core import accounts as chart
from terminal.core.commands import BookIntent, BookSale, IntentEnd, Tender
from terminal.core.entry import Entry
from terminal.core.errors import BadAmount, IntentUndone, NotBookable
from terminal.core.group_buy import VOUCHERS_MAX, begun_for, is_platform
from terminal.core.ledger.draft import Draft
from terminal.core.ledger.effects import IntentEnded
from terminal.core.ledger.rules import check_amount
from terminal.core.ledger.state import Intent


def verified(draft: Draft, command: BookSale, tender: Tender) -> None:
    """The platform owes the shop what its vouchers paid, and their intents end with the sale.

    Raises IntentUndone: one was given back. NotBookable, BadAmount: it was not verified for this sale.
    """
    if not is_platform(tender.of):
        raise NotBookable("no platform is called so")
    if not 1 <= len(set(tender.vouchers)) == len(tender.vouchers) <= VOUCHERS_MAX:
        raise NotBookable("no voucher, one twice, or too many of them")
    check_amount(tender.settles, "what the platform pays")
    begun = [_begun(draft, command, tender, each) for each in map(draft.state.intent, tender.vouchers)]
    if sum(one.amount for one in begun) != tender.amount:
        raise BadAmount("vouchers pay another sum than they were verified for")
    draft.move(chart.outside(draft.site, tender.of), -tender.amount)
    draft.effects += (IntentEnded(intent=one.intent, end=IntentEnd.DONE) for one in begun)


def _begun(draft: Draft, command: BookSale, tender: Tender, known: Intent | None) -> Intent:
    if known is None:
        raise NotBookable("a voucher that nobody verified here")
    match draft.state.entry(known.intent):
        case Entry(payload=BookIntent(what=what)) if what == begun_for(tender.of, command.id):
            pass
        case _:
            raise NotBookable("a voucher that was verified for something else")
    if known.end:
        raise IntentUndone("the voucher was given back, or has paid before")
    return known
