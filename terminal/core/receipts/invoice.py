"""The slip of a request for an invoice: what the customer checks, and no invoice."""

from __future__ import annotations

from terminal.core.commands import BookIntent
from terminal.core.invoicing import invoices
from terminal.core.money import shown
from terminal.core.receipts.rows import Columns, Row, Rule, Text
from terminal.core.receipts.sections import Issue, foot, head
from terminal.core.receipts.words import Words


def asked(begun: BookIntent, issue: Issue, words: Words) -> list[Row]:
    """Nothing of an intent that is about something else, and of one whose buyer is not in hand any more."""
    found = issue.booked.asked
    if invoices(begun) is None or found is None:
        return []
    buyer = found.buyer
    made = [*head(issue, words, "Invoice asked for"), Columns(left=words("Of receipt"), right=found.receipt)]
    made += [Rule(), Columns(left=words("Title"), right=buyer.title)]
    if buyer.tax_number:
        made.append(Columns(left=words("Tax number"), right=buyer.tax_number))
    made += [
        Columns(left=words("Amount of the invoice"), right=shown(begun.amount), big=True),
        Rule(),
        Text(text=words("This is no invoice. Ask the shop if it has not come after some days.")),
    ]
    return made + foot(issue, words)
