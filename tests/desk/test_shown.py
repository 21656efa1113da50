"""What stands large on the screen once something is booked."""

from __future__ import annotations

from terminal.core.commands import BookInvoice
from terminal.core.values import EntryId
from terminal.desk.shown import paid_shown
from tests.core.ledger.book import AT, W1

NUMBER = "24312000000012345678"


def invoice(**more: object) -> BookInvoice:
    return BookInvoice(id=EntryId("i"), at=AT, wallet=W1, lot=EntryId("s"), **more)  # type: ignore[arg-type]


def test_an_invoice_shows_its_amount_and_a_red_letter_none() -> None:
    assert paid_shown(invoice(number=NUMBER, amount=100_00)) == "¥100.00"
    assert paid_shown(invoice(number="24312000000087654321", red=NUMBER)) == ""
