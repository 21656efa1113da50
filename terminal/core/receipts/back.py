"""Receipts of what was undone: goods that came back, a transaction that is void, a recharge paid out."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from terminal.core.claim_codes import claim_shown
from terminal.core.commands import (
    BookDeposit,
    BookRechargeRefund,
    BookRedeem,
    BookRefund,
    BookSale,
    BookVoid,
    RechargeRefundReason,
    Returned,
    SaleLine,
)
from terminal.core.given_back import Counted, Told, rows_of
from terminal.core.money import plain, shown
from terminal.core.receipts.rows import Columns, Feed, Row, Rule, Text
from terminal.core.receipts.sections import Issue, coupon_pack, foot, head, member
from terminal.core.receipts.words import Words
from terminal.core.screens import quantity_shown

_WHY: Mapping[str, str] = MappingProxyType(
    {
        "spoiled": "Spoiled",
        "wrong": "The wrong goods",
        "unwanted": "Not wanted any more",
        "keyed_wrong": "Keyed wrong",
        "left": "The customer left",
        "other": "Other",
    }
)
_WISH: Mapping[RechargeRefundReason, str] = MappingProxyType(
    {
        RechargeRefundReason.COOLING_OFF: "Within days, never had it before",
        RechargeRefundReason.MEMBER: "The member wishes it",
        RechargeRefundReason.SHOP: "The shop ends it",
    }
)


def refunded(refund: BookRefund, issue: Issue, words: Words) -> list[Row]:
    undid = issue.booked.undid
    if undid and isinstance(undid.command, BookDeposit):
        return _given(_deposit(undid.command, refund, issue, words), issue, words)
    sold = undid.command.lines if undid and isinstance(undid.command, BookSale) else ()
    made = [*_head("Refund", _why(refund.why, words), issue, words), *_redeemed(issue, words)]
    if refund.returned:
        made.append(Rule())
    for one in refund.returned:
        made += _returned(one, sold[one.line] if one.line < len(sold) else None, words)
    if until := issue.booked.back.anew if issue.booked.back else "":
        again = words("Points, cashback and vouchers that had ended: until {day}", day=until)
        made += [Rule(), Text(text=again)]
    if refund.coupons:
        made += [Rule(), *coupon_pack(refund.coupons, words, "Coupons given anew")]
    return _given(made, issue, words)


def voided(void: BookVoid, issue: Issue, words: Words) -> list[Row]:
    undid = issue.booked.undid
    made = [*_head("Void", _why(void.why, words), issue, words), *_redeemed(issue, words)]
    if undid and isinstance(undid.command, BookSale):
        made.append(Rule())
        for line in undid.command.lines:
            count = quantity_shown(line.quantity, line.measured)
            made += [Text(text=line.name), Columns(left=f"x {count}", right=plain(line.net), indent=2)]
    return _given(made, issue, words)


def recharge_refunded(refund: BookRechargeRefund, issue: Issue, words: Words) -> list[Row]:
    return _given(_head("Recharge refund", words(_WISH[refund.reason]), issue, words), issue, words)


def _deposit(deposit: BookDeposit, refund: BookRefund, issue: Issue, words: Words) -> list[Row]:
    """No goods come back, and nobody asks why."""
    made = [*_head("Deposit given back", "", issue, words), Rule()]
    if deposit.what:
        made.append(Text(text=deposit.what))
    made += [Columns(left=words("Deposit"), right=plain(one.net)) for one in refund.returned]
    return made


def _head(title: str, why: str, issue: Issue, words: Words) -> list[Row]:
    made = head(issue, words, title)
    if undid := issue.booked.undid:
        made.append(Columns(left=words("Of receipt"), right=undid.receipt_no))
    if why:
        made.append(Columns(left=words("Reason"), right=why))
    return made


def _redeemed(issue: Issue, words: Words) -> list[Row]:
    """What the points had become."""
    undid = issue.booked.undid
    if undid is None or not isinstance(undid.command, BookRedeem):
        return []
    made: list[Row] = [Rule(), Text(text=undid.command.called)]
    if undid.command.claim:
        made.append(
            Columns(left=words("Claim code, not good any more"), right=claim_shown(undid.command.claim))
        )
    return made


def _why(why: str, words: Words) -> str:
    """The shop's own reasons are printed as they are."""
    return words(_WHY[why]) if why in _WHY else why


def _returned(one: Returned, line: SaleLine | None, words: Words) -> list[Row]:
    if line is None:  # What was sold cannot be read now.
        return [Columns(left=words("Goods"), right=plain(one.net))]
    made: list[Row] = [Text(text=line.name)]
    count = f"x {quantity_shown(one.quantity, line.measured)}" if one.quantity else ""
    made.append(Columns(left=count, right=plain(one.net), indent=2))
    if one.spoiled:
        made.append(Text(text=words("Not to be sold again"), indent=2))
    return made


def _given(made: list[Row], issue: Issue, words: Words) -> list[Row]:
    """What goes back as what, and a line for whoever gets it to sign."""
    back = issue.booked.back
    if back is not None:
        made.append(Rule())
        if back.money or not _redeemed(issue, words):
            made.append(Columns(left=words("Given back"), right=shown(back.money), big=True))
        called = issue.booked.after.called if issue.booked.after is not None else {}
        made += [
            Columns(left=words(row.text, name=row.name), right=_amount(row, words))
            for row in rows_of(back, lambda sku: called.get(sku) or words.article(sku))
        ]
    if about := member(issue.booked, words):
        made += [Rule(), *about]
    made += [Feed(), Text(text=words("Signature")), Feed(lines=2)]
    return made + foot(issue, words)


def _amount(row: Told, words: Words) -> str:
    sign = "+" if row.signed and row.amount > 0 else ""
    match row.counted:
        case Counted.MONEY:
            return f"{sign}{plain(row.amount)}"
        case Counted.LITRES:
            return sign + words.poured(row.amount, grade=row.grade)
        case Counted.PIECES:
            return f"{sign}{row.amount}"
