"""What the screens of refund and void have in common: what goes back as what, and to whom."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from terminal.core.cards import CardState
from terminal.core.commands import Booked, BookSale, TenderKind
from terminal.core.given_back import GivenBack
from terminal.core.money import shown
from terminal.core.original import Original
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
