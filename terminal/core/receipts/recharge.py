"""The receipt of a recharge: cash into the drawer, value onto the card."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from terminal.core.commands import BookRecharge, PaidBy, PointsEarned
from terminal.core.money import plain, shown
from terminal.core.receipts.rows import Centred, Columns, Row, Rule, Text
from terminal.core.receipts.sale import WALLETS
from terminal.core.receipts.sections import (
    Issue,
    coupon_pack,
    earned,
    foot,
    head,
    locked_price,
    member,
    valid,
    vouchers,
)
from terminal.core.receipts.words import Words

WAYS: Mapping[PaidBy, str] = MappingProxyType(
    {
        PaidBy.CASH: "Cash",
        PaidBy.CODE: "Code payment",
        PaidBy.CARD: "Bank card",
        PaidBy.TRANSFER: "Bank transfer",
    }
)


def rows(recharge: BookRecharge, issue: Issue, words: Words) -> list[Row]:
    made = head(issue, words, "Recharge")
    made += [Rule(), Columns(left=words("Principal"), right=plain(recharge.principal))]
    if recharge.bonus:
        made.append(Columns(left=words("Bonus"), right=plain(recharge.bonus)))
    if recharge.campaign:
        made.append(Text(text=recharge.campaign, indent=2))
    gift = (PointsEarned(family="goods", points=recharge.gift_points),)
    made += [
        Columns(left=words("Added"), right=shown(recharge.principal + recharge.bonus), big=True),
        Rule(),
        *_paid(recharge, words),
    ]
    about = earned((*recharge.points, *gift), issue.booked.points_settle, words) + member(issue.booked, words)
    about += valid(recharge.opens.until, words) if recharge.opens else []
    if about:
        made += [Rule(), *about]
    if recharge.coupons:
        made += [Rule(), *coupon_pack(recharge.coupons, words, "Coupons for another day")]
    if recharge.vouchers:
        made += [Rule(), *vouchers(recharge.vouchers, words)]
    for lock in recharge.locks:
        made += [Rule(), *locked_price(lock, words)]
    if recharge.opens is not None and recharge.opens.coupons:
        made += [Rule(), Centred(text=words("Welcome as a member"), bold=True)]
        made += coupon_pack(recharge.opens.coupons, words)
    return made + foot(issue, words)


def _paid(recharge: BookRecharge, words: Words) -> list[Row]:
    paid = recharge.principal - recharge.rounding
    made: list[Row] = [
        Columns(left=words(WALLETS.get(recharge.through, WAYS[recharge.paid_by])), right=plain(paid))
    ]
    if recharge.by_company:
        made.append(Text(text=words("Paid by a company"), indent=2))
    if recharge.rounding:
        made.insert(0, Columns(left=words("Cash rounding"), right=plain(-recharge.rounding)))
    if recharge.paid_by is PaidBy.CASH:
        made += [
            Columns(left=words("Received"), right=plain(recharge.received)),
            Columns(left=words("Change"), right=plain(recharge.received - paid)),
        ]
    return made
