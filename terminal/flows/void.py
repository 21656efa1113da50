"""A whole transaction is undone in the shift that booked it (product.md B3)."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from msgspec.structs import replace

from terminal.core.cart import FUEL, called
from terminal.core.commands import BookSale, BookVoid
from terminal.core.errors import AlreadyUndone, OfAnotherShift
from terminal.core.money import Fen
from terminal.core.original import Original
from terminal.core.ports import Desk
from terminal.core.screens import Line, back_lines, says
from terminal.core.values import ShiftId
from terminal.flows.finding import found_by, named, proved_for, sum_of, uninvoiced
from terminal.flows.giving_back import free_of_carts, handed_back, points_lines, reason_shown, whose

_KINDS = frozenset({"sale", "recharge", "deposit", "redeem"})


async def void(desk: Desk) -> None:
    check = _of_shift(desk.occasion().shift)
    original, shown_by = await found_by(
        desk, "Scan the receipt that is void, or present the card", _KINDS, check
    )
    await uninvoiced(desk, original.command.id)
    free_of_carts(desk, original)
    reasons = {reason: reason_shown(reason) for reason in desk.policy.void_reasons}
    why = await desk.choose("Why is it void?", reasons)
    command = BookVoid(
        id=desk.new_id(), at=desk.occasion(), of=original.command.id, why=why, to_shelf=not original.waits
    )
    back = await desk.foresee(command)
    await proved_for(desk, back, shown_by)
    amount = Fen(back.money)
    moved = back_lines(back, partial(called, desk.article), desk.policy.measured)
    lines = (
        Line(label=named(original)),
        *_fuel_lines(original),
        *moved,
        *points_lines(original),
        *whose(original),
    )
    if not await desk.confirm("Undo all of it?", amount=amount, lines=lines):
        return await desk.say("Cancelled. Nothing was booked.")
    worth = Fen(sum_of(original.command))  # Also what a deposit or voucher paid, which is no money now.
    second = await desk.second(command, "Who approves that it is void?", amount=worth, lines=lines)
    booked = await desk.book_back(replace(command, at=desk.occasion(second=second)))  # Point of no return.
    return await handed_back(desk, booked)


def _fuel_lines(original: Original) -> tuple[Line, ...]:
    """What a dispenser recorded waits to be paid again; of what was keyed nobody is reminded."""
    sale = original.command
    if not isinstance(sale, BookSale) or not any(line.sku.startswith(FUEL) for line in sale.lines):
        return ()
    if sale.record is not None:
        return (Line(label=says("The fill waits under Fuel and join until it is paid")),)
    return (Line(label=says("Is the fuel still owed? Key its litres anew under Fuel and join")),)


def _of_shift(shift: ShiftId) -> Callable[[Original], None]:
    def check(original: Original) -> None:
        if original.undone:
            raise AlreadyUndone(original.receipt_no)
        if original.command.at.shift != shift:
            raise OfAnotherShift(original.receipt_no)

    return check
