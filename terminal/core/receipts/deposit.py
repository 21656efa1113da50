"""The receipt of a deposit: the shop owes it until the goods are picked up."""

from __future__ import annotations

from terminal.core.commands import BookDeposit, PaidBy
from terminal.core.money import plain, shown
from terminal.core.receipts.recharge import WAYS
from terminal.core.receipts.rows import Columns, Row, Rule, Text
from terminal.core.receipts.sale import WALLETS
from terminal.core.receipts.sections import Issue, foot, head, member
from terminal.core.receipts.words import Words


def rows(deposit: BookDeposit, issue: Issue, words: Words) -> list[Row]:
    made = [*head(issue, words, "Deposit"), Rule()]
    if deposit.what:
        made.append(Text(text=deposit.what))
    if deposit.price:
        made.append(Columns(left=words("Price"), right=plain(deposit.price)))
    made += [
        Columns(left=words("Deposit"), right=shown(deposit.amount), big=True),
        Rule(),
    ]
    paid = deposit.amount - deposit.rounding
    if deposit.rounding:
        made.append(Columns(left=words("Cash rounding"), right=plain(-deposit.rounding)))
    way = WALLETS.get(deposit.through, WAYS[deposit.paid_by])
    made.append(Columns(left=words(way), right=plain(paid)))
    if deposit.paid_by is PaidBy.CASH:
        made += [
            Columns(left=words("Received"), right=plain(deposit.received)),
            Columns(left=words("Change"), right=plain(deposit.received - paid)),
        ]
    if deposit.price:
        made.append(Columns(left=words("Rest at pick-up"), right=plain(deposit.rest)))
    if issue.booked.card_shown:
        made += [Rule(), *member(issue.booked, words)]
    made += [Rule(), Text(text=words("It pays when the goods are picked up. Bring this receipt."))]
    return made + foot(issue, words)
