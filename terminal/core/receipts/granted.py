"""The slip of what a member claimed: coupons and cash vouchers, with their days."""

from __future__ import annotations

from terminal.core.commands import BookGrant
from terminal.core.receipts.rows import Row, Rule, Text
from terminal.core.receipts.sections import Issue, coupon_pack, foot, head, member, vouchers
from terminal.core.receipts.words import Words


def rows(given: BookGrant, issue: Issue, words: Words) -> list[Row]:
    made = [*head(issue, words, "Claimed"), Rule(), Text(text=given.why)]
    if given.coupons:
        made += coupon_pack(given.coupons, words, "Coupons")
    made += vouchers(given.grants, words)
    made += [Rule(), *member(issue.booked, words), Text(text=words("They lie on the member's account."))]
    return made + foot(issue, words)
