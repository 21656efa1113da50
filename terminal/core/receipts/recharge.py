"""The receipt of a recharge: cash into the drawer, value onto the card."""

from __future__ import annotations

from terminal.core.commands import BookRecharge
from terminal.core.money import plain, shown
from terminal.core.receipts.rows import Centred, Columns, Row, Rule
from terminal.core.receipts.sections import Issue, coupon_pack, foot, head, member
from terminal.core.receipts.words import Words


def rows(recharge: BookRecharge, issue: Issue, words: Words) -> list[Row]:
    made = head(issue, words, "Recharge")
    made += [Rule(), Columns(left=words("Principal"), right=plain(recharge.principal))]
    if recharge.bonus:
        made.append(Columns(left=words("Bonus"), right=plain(recharge.bonus)))
    made += [
        Columns(left=words("Added"), right=shown(recharge.principal + recharge.bonus), big=True),
        Rule(),
        Columns(left=words("Cash"), right=plain(recharge.principal)),
        Columns(left=words("Received"), right=plain(recharge.received)),
        Columns(left=words("Change"), right=plain(recharge.received - recharge.principal)),
    ]
    about = member(issue.booked, words)
    if about:
        made += [Rule(), *about]
    if recharge.opens is not None and recharge.opens.coupons:
        made += [Rule(), Centred(text=words("Welcome as a member"), bold=True)]
        made += coupon_pack(recharge.opens.coupons, words)
    return made + foot(issue, words)
