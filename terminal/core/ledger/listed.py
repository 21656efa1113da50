"""What uses of a count card stand for at list price: each lot knows it of those that it gave (product.md B6).

A member who wishes that a begun card ends gets what was paid less what was taken, at list price. So a lot
adds up what its uses stood for on their bills, takes off what came back, and says it wherever it moves.
"""

from __future__ import annotations

from typing import NamedTuple

from terminal.core.cart import COUNTED
from terminal.core.commands import BookRefund, BookSale, RechargeRefundReason, Returned, Tender
from terminal.core.errors import BadAmount, NotBookable
from terminal.core.ledger.back import undoing
from terminal.core.ledger.rules import check_amount
from terminal.core.ledger.state import Lot, State
from terminal.core.values import EntryId


class Ended(NamedTuple):
    """What of a count card was paid back before: uses that ended then, and fen."""

    uses: int
    fen: int


def ended_before(state: State, sale: EntryId, unit: str, line: int) -> Ended:
    """By refunds of that line of the sale that sold it: what they took of its lot was never used."""
    uses = fen = 0
    for one in undoing(sale, state):
        uses -= sum(lot.amount for lot in one.lots if (lot.unit, lot.lot) == (unit, sale))
        if isinstance(one.payload, BookRefund):
            fen += sum(part.net for part in one.payload.returned if part.line == line)
    return Ended(uses, fen)


def listed_upto(sale: BookSale, tender: Tender, units: int) -> int:
    """Fen that the first so many uses of it pay: its lines one after the other; nothing of litres.

    A tender that names no lines pays a share of all: each of its uses stands for as much as the next.
    """
    if not tender.of.startswith(COUNTED):
        return 0
    if not tender.places:
        return tender.amount * units // tender.units
    fen, left = 0, units
    for line in (sale.lines[at] for at in tender.places):
        part = min(left, line.quantity)
        fen += line.net * part // line.quantity
        left -= part
    return fen


def used_of(lot: Lot, before: Ended) -> int:
    """How many uses were used; what ended before was not."""
    return lot.laid - lot.rest - before.uses


def taken_at_list(lot: Lot, before: Ended) -> int:
    """What was taken with it, at list price: never less than was paid for it.

    Uses that were booked before lots knew their list price count by what was paid for them.
    """
    return max(lot.listed, _paid_for(lot, before))


def _paid_for(lot: Lot, before: Ended) -> int:
    """Those that were used."""
    return lot.paid * used_of(lot, before) // lot.laid


def unused_of(lot: Lot, wish: RechargeRefundReason | None, before: Ended) -> int:
    """What is paid back for the uses that are left, in fen; a fen in doubt is the member's.

    Of a card that ended before, and to which uses came back: what it would have come to with these, less what
    was paid back. So it is all one which comes first.

    Raises:
        NotBookable: what cools off was not begun.
    """
    if wish is RechargeRefundReason.COOLING_OFF:
        raise NotBookable("a count card that was begun has cooled off")
    if wish is RechargeRefundReason.MEMBER:
        return max(0, lot.paid - taken_at_list(lot, before) - before.fen)
    return max(0, lot.paid - _paid_for(lot, before) - before.fen)


def check_unused(ended: Returned, lot: Lot, before: Ended) -> None:
    """Raises `Refused` above what the rule gives and what a second person stands behind (`core.approval`)."""
    check_amount(ended.favour, "in the member's favour")
    if ended.net - ended.favour > unused_of(lot, ended.wish, before):
        raise BadAmount("more than what is left of it comes to")
