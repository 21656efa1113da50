"""What was begun outside and only people can end, so that it stands on no Z any more (product.md B3, B18)."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from msgspec.structs import replace

from terminal.core.acquirer import Outcome
from terminal.core.card_terminal import before_of
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


_SEEN: Mapping[str, Message] = MappingProxyType(
    {
        "not_taken": says("It was not taken"),
        "reversed": says("It was taken, and I reversed it there"),
    }
)


async def by_hand(desk: Desk) -> None:
    owed = await _which(desk)
    if before_of(owed.what) is not None:
        return await _in_doubt(desk, owed)
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


async def _in_doubt(desk: Desk, begun: BookIntent) -> None:
    """What the bank's terminal may have taken and nobody booked: its journal says it, to whoever looks."""
    amount = Fen(begun.amount)
    seen = await desk.choose("Look at the bank terminal's journal. Was this taken?", _SEEN)
    lines = (Line(label=_named(begun)), Line(label=_SEEN[seen]))
    if not await desk.confirm("Is nothing of it kept?", amount=amount, lines=lines):
        return await desk.say("Cancelled. Nothing was booked.")
    evidence = f"seen: {seen}"
    await desk.book_by_hand(
        BookIntentEnd(
            id=desk.new_id(), at=desk.occasion(), intent=begun.id, end=IntentEnd.UNDONE, evidence=evidence
        )
    )
    return await desk.say("Noted. It stands on no report any more.")


async def _which(desk: Desk) -> BookIntent:
    begun = (*await desk.refunds_owed(), *await desk.cards_in_doubt())
    by_id: dict[str, BookIntent] = {one.id: one for one in begun}
    return by_id[await picked(desk, "Which one?", {id_: _named(one) for id_, one in by_id.items()})]


def _named(owed: BookIntent) -> Message:
    at = owed.at
    if before_of(owed.what) is not None:
        time, amount = clock_of(at), shown(owed.amount)
        return says("Bank card {day} {time}  {sum}", day=at.business_day[5:], time=time, sum=amount)
    return says("{day} {time}  {sum}", day=at.business_day[5:], time=clock_of(at), sum=shown(owed.amount))
