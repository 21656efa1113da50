"""The steps in which money comes in for something other than goods (product.md B2, B16)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import MappingProxyType

from msgspec.structs import replace

from terminal.core.commands import PaidBy
from terminal.core.money import Fen, shown
from terminal.core.ports import Desk
from terminal.core.recharging import ways_in
from terminal.core.screens import Line, Message, says
from terminal.core.trust import Holder
from terminal.core.values import EntryId, Value
from terminal.flows.outside import by_card, by_code

_PAYERS: Mapping[str, Message] = MappingProxyType({"person": says("A person"), "company": says("A company")})
WAYS: Mapping[PaidBy, Message] = MappingProxyType(
    {
        PaidBy.CASH: says("Cash"),
        PaidBy.CODE: says("Outside code payment"),
        PaidBy.CARD: says("Bank card"),
        PaidBy.TRANSFER: says("Bank transfer"),
    }
)


class Paid(Value, frozen=True, kw_only=True):
    """How the money for it comes in."""

    amount: Fen
    by: PaidBy
    company: bool
    received: Fen
    """What is handed over; of all but cash exactly the amount."""
    rounding: int = 0
    """Fen that the change is rounded up by."""
    through: str = ""
    """Whose code was charged; empty: people saw the money."""
    payer: str = ""
    """Mark of who paid, where it is known and anything is judged by it."""

    @property
    def change(self) -> int:
        return self.received - self.amount + self.rounding


async def paid_in(desk: Desk, amount: Fen, *, step: int = 1) -> Paid:
    """By whom and how. Who pays is asked only where a company may not pay as a person may.

    `step`: the change is rounded up to a whole multiple of so many fen.
    """
    company = False
    if amount >= desk.policy.transfer_from_company:
        company = await desk.choose("Who pays?", _PAYERS) == "company"
    ways = ways_in(amount, desk.policy, company=company)
    by = PaidBy(await desk.choose("How is it paid?", {way: WAYS[way] for way in ways}))
    received = await desk.ask_cash("How much cash was given?", due=amount) if by is PaidBy.CASH else amount
    more = -(received - amount) % step
    rounding = more if more < amount else 0  # Rounding never gives value away.
    return Paid(amount=amount, by=by, company=company, received=received, rounding=rounding)


async def taken_in(
    desk: Desk, paid: Paid, consumer: EntryId, *, lines: Sequence[Line], holder: Holder | None
) -> Paid | None:
    """The last question: the cash is counted, or the money is where it should be; None: it is not.

    A code is charged then, for `consumer`: nothing may come between this and booking that. Raises what
    `Desk.charge` raises.
    """
    if paid.by is PaidBy.CODE:
        came = await by_code(desk, paid.amount, consumer, lines=lines, holder=holder)
        return None if came is None else replace(paid, through=came.through, payer=came.payer)
    if paid.by is PaidBy.CARD:
        taken = await by_card(desk, paid.amount, consumer, lines=lines, holder=holder)
        return paid if taken else None
    change = shown(paid.change)
    match paid.by:
        case PaidBy.CASH:
            prompt = "Take the cash, give {change} back?"
            received = (says("Received"), shown(paid.received)), (says("Change"), change)
            lines = (*lines, *(Line(label=label, value=value) for label, value in received))
        case _:
            prompt = "Is the transfer on the shop's account?"
            payer = _PAYERS["company" if paid.company else "person"]
            lines = (*lines, Line(label=says("Payer"), word=payer))
    values = {"change": change} if paid.by is PaidBy.CASH else {}
    return (
        paid if await desk.confirm(prompt, amount=paid.amount, lines=lines, holder=holder, **values) else None
    )
