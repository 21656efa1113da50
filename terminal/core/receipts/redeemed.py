"""The receipt of points that were taken for something, and the code with which it is collected."""

from __future__ import annotations

from terminal.core.claim_codes import claim_shown
from terminal.core.commands import BookRedeem
from terminal.core.money import plain
from terminal.core.receipts.rows import Centred, Columns, QrCode, Row, Rule, Text
from terminal.core.receipts.sections import Issue, coupon_pack, foot, head, member, points_name, vouchers
from terminal.core.receipts.words import Words


def rows(redeemed: BookRedeem, issue: Issue, words: Words) -> list[Row]:
    made = [*head(issue, words, "Points taken"), Rule()]
    if redeemed.what:
        made.append(Text(text=redeemed.what))
    if redeemed.worth:
        made.append(Columns(left=words("At retail price"), right=plain(redeemed.worth), indent=2))
    taken = redeemed.points
    made.append(Columns(left=points_name(taken.family, words), right=f"-{taken.points}", big=True))
    if redeemed.coupons:
        made += [Rule(), *coupon_pack(redeemed.coupons, words, "Coupons")]
    if redeemed.vouchers:
        made += [Rule(), *vouchers(redeemed.vouchers, words)]
    if redeemed.claim:
        made += [
            Rule(),
            Centred(text=words("Collect it with this code, once")),
            Centred(text=claim_shown(redeemed.claim), big=True, bold=True),
            QrCode(text=redeemed.claim),
        ]
    if about := member(issue.booked, words):
        made += [Rule(), *about]
    return made + foot(issue, words)
