"""A refund that the acquirer refuses is paid by people, and stands on no Z any more (product.md B3, B18)."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from msgspec.structs import replace

from terminal.core.acquirer import Outcome
from terminal.core.commands import BookIntent, BookIntentEnd, IntentEnd, PaidBy
from terminal.core.errors import RefundUndecided
from terminal.core.money import Fen, shown
from terminal.core.ports import Desk
from terminal.core.screens import Line, Message, says
from terminal.core.times import clock_of
from terminal.flows.picking import picked

_WAYS: Mapping[str, Message] = MappingProxyType(
    {
        PaidBy.CASH: says("In cash"),
        PaidBy.TRANSFER: says("By bank transfer"),
    }
)
_WHY: Mapping[str, Message] = MappingProxyType(
    {
        "too_late": says("It was paid too long ago"),
        "account": says("The customer's account is closed"),
        "other": says("Something else"),
    }
)


async def by_hand(desk: Desk) -> None:
    owed = await _which(desk)
    said = await desk.refund_again(owed)
    if said.outcome in {Outcome.PAID, Outcome.UNDONE}:
        return await desk.say("It has gone back by itself just now. Pay nothing.")
    if said.outcome is not Outcome.REFUSED:
        raise RefundUndecided(f"{said.outcome}")
    way = PaidBy(await desk.choose("It was refused. How do you pay it back?", _WAYS))
    why = await desk.choose("Why was it refused?", _WHY)
    amount = Fen(owed.amount)
    lines = (Line(label=_named(owed)), Line(label=_WAYS[way], value=shown(amount)), Line(label=_WHY[why]))
    question = "Give it back in cash?" if way is PaidBy.CASH else "Has the transfer been sent?"
    if not await desk.confirm(question, amount=amount, lines=lines):
        return await desk.say("Cancelled. Nothing was booked.")
    command = BookIntentEnd(
        id=desk.new_id(),
        at=desk.occasion(),
        intent=owed.id,
        end=IntentEnd.DONE,
        evidence=said.evidence,
        by_hand=way,
        amount=amount,
        why=why,
    )
    second = await desk.second(command, "Who approves that it is paid by hand?", amount=amount, lines=lines)
    booked = await desk.book_by_hand(replace(command, at=desk.occasion(second=second)))  # No way back.
    if way is PaidBy.CASH:
        return await desk.hand_over(booked, "Booked. Give {cash} back, with the slip.", cash=shown(amount))
    return await desk.hand_over(booked, "Booked. Keep the slip with the transfer.")


async def _which(desk: Desk) -> BookIntent:
    by_id: dict[str, BookIntent] = {one.id: one for one in await desk.refunds_owed()}
    return by_id[await picked(desk, "Which refund?", {id_: _named(one) for id_, one in by_id.items()})]


def _named(owed: BookIntent) -> Message:
    at = owed.at
    return says("{day} {time}  {sum}", day=at.business_day[5:], time=clock_of(at), sum=shown(owed.amount))
