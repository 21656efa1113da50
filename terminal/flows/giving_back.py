"""What the screens of refund and void have in common: what goes back as what, and to whom."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from types import MappingProxyType

from msgspec.structs import replace

from terminal.core.cards import CardState
from terminal.core.claim_codes import claim_shown
from terminal.core.commands import Booked, BookRedeem, BookRefund, BookSale, TenderKind
from terminal.core.coupons import window
from terminal.core.errors import CouponInCart
from terminal.core.given_back import GivenBack
from terminal.core.ledger.looked_up import over_back
from terminal.core.money import shown
from terminal.core.original import Original
from terminal.core.policy import RefundReason
from terminal.core.ports import Desk
from terminal.core.screens import Line, Message, says

_WORDS: Mapping[str, Message] = MappingProxyType(
    {
        "spoiled": says("Spoiled"),
        "wrong": says("The wrong goods"),
        "unwanted": says("Not wanted any more"),
        "keyed_wrong": says("Keyed wrong"),
        "left": says("The customer left"),
        "other": says("Something else"),
    }
)


def reason_shown(reason: str) -> Message:
    """The shop's own reasons are called as the shop calls them."""
    return _WORDS.get(reason, says("{name}", name=reason))


async def why_back(desk: Desk) -> RefundReason:
    known = {one.reason: one for one in desk.policy.refund_reasons}
    return known[
        await desk.choose("Why does it come back?", {reason: reason_shown(reason) for reason in known})
    ]


async def in_time(desk: Desk, command: BookRefund) -> tuple[BookRefund, tuple[Line, ...]]:
    """What comes back and has ended does so; points, cashback and vouchers are good again by policy.

    But for what came with goods that came back too: the command has the days all the same, as what it leaves
    over counts for those that come later.
    """
    over = await desk.ask_ledger(partial(over_back, command=command))
    if over.may_be_again and (days := desk.policy.points_anew_days):
        _, until = window(desk.occasion().business_day, 0, days)
        command = replace(command, anew=until)
        over = await desk.ask_ledger(partial(over_back, command=command))  # Not all may be good again.
    told = (
        (over.again, says("Points, cashback, vouchers that had ended: until {day}", day=over.again)),
        (
            over.may_be_again,
            says("Points, cashback or vouchers come back that ended on {day}", day=over.may_be_again),
        ),
        (over.uses, says("Uses or litres come back that ended on {day}", day=over.uses)),
    )
    return command, tuple(Line(label=label) for day, label in told if day)


def free_of_carts(desk: Desk, original: Original) -> None:
    """Raises CouponInCart: a parked cart keeps a coupon that points became."""
    given = original.command.coupons if isinstance(original.command, BookRedeem) else ()
    if {one.coupon for one in given} & {one.coupon for one in desk.reserved}:
        raise CouponInCart("it waits in a cart")


def points_lines(original: Original) -> tuple[Line, ...]:
    """Of points that were taken for something: whether there is anything to take back."""
    redeemed = original.command
    if not isinstance(redeemed, BookRedeem) or not redeemed.what:
        return ()
    if original.waits:
        return (Line(label=says("Its claim code ends"), value=claim_shown(redeemed.claim)),)
    return (Line(label=says("Take back: {name}", name=redeemed.what)),)


def paid_by_hand(original: Original, back: GivenBack) -> tuple[Line, ...]:
    """Of vouchers that come back in part what people pay: a platform takes back none but whole ones."""
    if not isinstance(original.command, BookSale):
        return ()
    goes = dict(back.outside)
    used = {one.of: one.amount for one in original.command.tenders if one.kind is TenderKind.GROUP_BUY}
    return tuple(
        Line(
            label=says("A voucher comes back only whole: pay this by hand, under Shift"),
            value=shown(goes[platform]),
        )
        for platform, whole in used.items()
        if 0 < goes.get(platform, 0) < whole
    )


def whose(original: Original) -> tuple[Line, ...]:
    """Of which receipt it is, and what the attendant should know of the card that paid then."""
    of = Line(label=says("Of receipt"), value=original.receipt_no)
    if original.card in {None, CardState.ACTIVE}:
        return (of,)
    return of, Line(label=says("That card is not in use any more. Its value waits on the member's account."))


async def handed_back(desk: Desk, booked: Booked) -> None:
    """Cash first: that is what the attendant needs now."""
    cash = booked.back.cash if booked.back else 0
    if cash > 0:
        return await desk.hand_over(booked, "Booked. Give {cash} back, with the receipt.", cash=shown(cash))
    return await desk.hand_over(booked, "Booked. Hand over the receipt.")
