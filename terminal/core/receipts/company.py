"""The receipt of a company: it paid ahead for its vehicles, was given credit, or paid that back."""

from __future__ import annotations

from terminal.core.commands import BookFleetFunds
from terminal.core.money import plain, shown
from terminal.core.receipts.recharge import WAYS
from terminal.core.receipts.rows import Columns, Row, Rule
from terminal.core.receipts.sale import WALLETS
from terminal.core.receipts.sections import Issue, foot, head
from terminal.core.receipts.words import Words


def rows(funds: BookFleetFunds, issue: Issue, words: Words) -> list[Row]:
    made = [*head(issue, words, "Company account"), Rule()]
    made.append(Columns(left=words("Company"), right=words.company(funds.company)))
    made.append(Columns(left=words(_what(funds)), right=shown(funds.amount), big=True))
    if funds.paid_by is not None:
        way = WALLETS.get(funds.through, WAYS[funds.paid_by])
        made += [Rule(), Columns(left=words(way), right=plain(funds.amount))]
    return made + foot(issue, words)


def _what(funds: BookFleetFunds) -> str:
    if funds.paid_by is None:
        return "Credit given"
    return "Debt paid" if funds.settles else "Paid into the account"
