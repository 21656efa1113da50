"""What the customer sees of each screen on two short lines: the price before the card, never a phone."""

from __future__ import annotations

from terminal.core.screens import Line, Message, Screen, State, says
from terminal.core.values import Value


class FacingRow(Value, frozen=True, kw_only=True):
    """A label on the left, an amount on the right; where there is no room for both, the amount stands."""

    label: Message | None = None
    value: str = ""


BLANK = FacingRow()
Rows = tuple[FacingRow, FacingRow]
NOTHING: Rows = (BLANK, BLANK)

_DUE = {State.READY, State.CHOOSING, State.KEYING, State.READING, State.CONFIRM, State.PROCESSING}
_GIVES_BACK = frozenset({"refund", "void", "recharge_refund"})
"""Flows whose amount goes to the customer."""
_NEITHER = frozenset({"invoice", "company"})
"""Whose amount may be neither due nor paid: of an invoice, of credit that a company is given."""
_BACK = says("Given back")
_ASKED = FacingRow(label=says("Card or code, please"))
_AFTER = (says("Change"), says("Balance after"))
"""What of a booking is the customer's; the first that there is."""


def facing(screen: Screen, *, balance: bool) -> Rows:
    """Both rows. `balance`: what is on the member's card may be seen by whoever stands there."""
    if screen.flow == "shift":
        return NOTHING  # What lies in the drawer is the shop's.
    if screen.state is State.CART:
        return _cart(screen)
    if screen.state is State.APPROVED:
        return FacingRow(label=_named(screen, says("Paid")), value=_amount(screen)), _after(
            screen.lines, balance=balance
        )
    if screen.state is State.DECLINED:
        return FacingRow(label=says("Declined")), BLANK
    if screen.state in _DUE and screen.amount:
        return FacingRow(label=_named(screen, says("Amount due")), value=_amount(screen)), _below(
            screen, balance=balance
        )
    return (_ASKED, BLANK) if screen.state is State.READY else NOTHING


def _named(screen: Screen, otherwise: Message) -> Message:
    """What the amount is. Before a fill nothing is due and nothing paid: so much is held, and no more."""
    if screen.flow == "release":
        return says("Held at most")
    if screen.flow in _NEITHER:
        return says("Amount")
    return _BACK if screen.back or screen.flow in _GIVES_BACK else otherwise


def _cart(screen: Screen) -> Rows:
    """The article that was added last, and what all of them come to."""
    articles = [line for line in screen.lines if line.ref]
    if not articles:
        return NOTHING
    return _row(articles[-1]), FacingRow(label=says("Total"), value=_amount(screen))


def _below(screen: Screen, *, balance: bool) -> FacingRow:
    if screen.state is State.READY:
        return _ASKED
    if balance and screen.holder is not None:
        return FacingRow(label=says("Balance"), value=_bare(screen.holder.balance))
    return BLANK


def _after(lines: tuple[Line, ...], *, balance: bool) -> FacingRow:
    wanted = _AFTER if balance else _AFTER[:1]
    found = {line.label.text: line for line in lines if line.label in wanted}
    return next((_row(found[label.text]) for label in wanted if label.text in found), BLANK)


def _row(line: Line) -> FacingRow:
    return FacingRow(label=line.label, value=_bare(line.value))


def _amount(screen: Screen) -> str:
    return _bare(screen.amount)


def _bare(shown: str) -> str:
    """Without the sign that small displays have no letter for."""
    return shown.replace("¥", "")
