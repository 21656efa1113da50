"""Points that were taken for goods, a service or coupons come back whole (product.md B4)."""

from __future__ import annotations

from functools import partial

from msgspec.structs import replace

from terminal.core.cart import called
from terminal.core.commands import BookRedeem, BookRefund
from terminal.core.money import Fen
from terminal.core.original import Original
from terminal.core.ports import Desk
from terminal.core.screens import Line, back_lines
from terminal.flows.finding import named, sum_of
from terminal.flows.giving_back import free_of_carts, handed_back, in_time, points_lines, whose, why_back


async def points_back(desk: Desk, original: Original, redeemed: BookRedeem) -> None:
    """Raises CouponInCart, and what the ledger refuses it for, such as CouponGone."""
    free_of_carts(desk, original)
    reason = await why_back(desk)
    command = BookRefund(
        id=desk.new_id(),
        at=desk.occasion(),
        of=redeemed.id,
        returned=(),
        why=reason.reason,
        to_shelf=not (original.waits or reason.spoiled),
    )
    back = await desk.foresee(command)
    command, ended = await in_time(desk, command)
    moved = back_lines(back, partial(called, desk.article), desk.policy.measured)
    lines = (Line(label=named(original)), *moved, *ended, *points_lines(original), *whose(original))
    if not await desk.confirm("Give the points back?", amount=Fen(0), lines=lines):
        return await desk.say("Cancelled. Nothing was booked.")
    second = await desk.second(command, "Who approves the refund?", amount=Fen(sum_of(redeemed)), lines=lines)
    booked = await desk.book_back(replace(command, at=desk.occasion(second=second)))  # Point of no return.
    return await handed_back(desk, booked)
