"""The slip of who joined: what they agreed to and what they were given. It names nobody."""

from __future__ import annotations

from terminal.core.commands import BookJoin, Opens
from terminal.core.receipts.own import PURPOSES
from terminal.core.receipts.rows import Centred, Columns, Feed, Row, Rule, Text
from terminal.core.receipts.sections import Issue, coupon_pack, foot, head, introducer, vouchers
from terminal.core.receipts.words import Words


def rows(join: BookJoin, issue: Issue, words: Words) -> list[Row]:
    opens, made = join.opens, head(issue, words, "Welcome as a member")
    made.append(Columns(left=words("Terms accepted"), right=opens.terms))
    if issue.booked.card_shown:
        made.append(Columns(left=words("Card"), right=issue.booked.card_shown))
    if opens.pin:
        made.append(Text(text=words("A PIN was chosen.")))
    made += introducer(issue.booked, words)
    made += agreed(opens, words)
    if opens.coupons:
        made += [Rule(), *coupon_pack(opens.coupons, words)]
    if opens.vouchers:
        made += [Rule(), *vouchers(opens.vouchers, words)]
    made += [Rule(), Centred(text=words("Signature")), Feed(lines=2)]
    return made + foot(issue, words)


def agreed(opens: Opens, words: Words) -> list[Row]:
    """To which purposes, each apart; nothing where nobody was asked."""
    if not opens.consents:
        return []
    made: list[Row] = [Rule(), Text(text=words("Agreed to, and may be taken back"), bold=True)]
    return made + [
        Columns(
            left=words(PURPOSES[one.purpose]) if one.purpose in PURPOSES else one.purpose,
            right=words("Yes" if one.given else "No"),
            indent=2,
        )
        for one in opens.consents
    ]
