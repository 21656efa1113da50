"""Goods come back, all or some, and each kind of value goes back as it was taken (product.md B3)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial

from msgspec.structs import replace

from terminal.core.cart import called
from terminal.core.commands import BookRedeem, BookRefund, BookSale, CouponGrant, Measured, Returned
from terminal.core.errors import AlreadyUndone
from terminal.core.given_back import GivenBack
from terminal.core.held_coupons import given_anew
from terminal.core.ledger.coupons import over_of
from terminal.core.money import Fen, shown
from terminal.core.original import Original, Rest, all_of, parts, some_of, whole_of
from terminal.core.policy import RefundReason
from terminal.core.ports import Desk
from terminal.core.screens import Line, Message, back_lines, quantity_shown, says
from terminal.core.uses import Unused
from terminal.flows.finding import found_by, proved_for, uninvoiced
from terminal.flows.giving_back import handed_back, in_time, paid_by_hand, whose, why_back
from terminal.flows.picking import picked
from terminal.flows.points_back import points_back
from terminal.flows.unused import partly_used, what_is_left

_KINDS = frozenset({"sale", "redeem"})


async def refund(desk: Desk) -> None:
    sale, shown_by = await found_by(
        desk, "Scan the receipt of what comes back, or present the card", _KINDS, _open
    )
    if isinstance(sale.command, BookRedeem):
        return await points_back(desk, sale, sale.command)
    await uninvoiced(desk, sale.command.id)
    reason = await why_back(desk)
    returned = await _chosen(desk, sale, reason)
    command = BookRefund(
        id=desk.new_id(),
        at=desk.occasion(),
        of=sale.command.id,
        returned=returned,
        why=reason.reason,
        cash_step=desk.policy.cash_step,
    )
    back = await desk.foresee(command)
    over = await _over(desk, sale, back)
    if over and (days := desk.policy.coupon_anew_days):
        day = desk.occasion().business_day
        anew = given_anew(over, business_day=day, days=days, new_id=desk.new_id)
        command = replace(command, coupons=anew)
        back = await desk.foresee(command)
    command, ended = await in_time(desk, command)
    await proved_for(desk, back, shown_by)
    lines = (
        *_goods(sale, returned),
        *back_lines(back, partial(called, desk.article), desk.policy.measured),
        *_coupons_told(over, command),
        *ended,
        *paid_by_hand(sale, back),
        *whose(sale),
    )
    if not await desk.confirm("Take the goods, and give this back?", amount=Fen(back.money), lines=lines):
        return await desk.say("Cancelled. Nothing was booked.")
    worth = Fen(sum(one.net for one in returned))
    second = await desk.second(command, "Who approves the refund?", amount=worth, lines=lines)
    booked = await desk.book_back(replace(command, at=desk.occasion(second=second)))  # Point of no return.
    return await handed_back(desk, booked)


async def _over(desk: Desk, sale: Original, back: GivenBack) -> tuple[CouponGrant, ...]:
    """Coupons that come back, and whose last day is over."""
    used = sale.command.coupons_used if isinstance(sale.command, BookSale) else ()
    come = tuple(one for one in used if back.of(f"coupon:{one}") > 0)
    if not come:
        return ()
    day = desk.occasion().business_day
    return await desk.ask_ledger(partial(over_of, coupons=come, business_day=day))


def _coupons_told(over: Sequence[CouponGrant], command: BookRefund) -> tuple[Line, ...]:
    if command.coupons:
        return tuple(Line(label=says("A coupon anew, until {day}", day=one.until)) for one in command.coupons)
    return tuple(Line(label=says("A coupon comes back that ended on {day}", day=one.until)) for one in over)


def _open(sale: Original) -> None:
    if sale.gone:
        raise AlreadyUndone(sale.receipt_no)


async def _chosen(desk: Desk, sale: Original, reason: RefundReason) -> tuple[Returned, ...]:
    """Line by line, until that is all; what has no parts is not asked about."""
    spoiled = reason.spoiled
    left = {at: rest for at, rest in enumerate(sale.rests) if not rest.gone}
    begun = await partly_used(desk, sale)
    if len(left) == 1 and not any(parts(sale.lines[at], rest) for at, rest in left.items()):
        return await _all(desk, sale, begun, spoiled=spoiled)
    taken: dict[int, Returned] = {}
    while len(taken) < len(left):
        always = {"done": says("Nothing else")} if taken else {"all": says("Everything")}
        open_now = {str(at): _left(sale, at, rest) for at, rest in left.items() if at not in taken}
        answer = await picked(desk, "What comes back?", open_now, always)
        if answer == "all":
            return await _all(desk, sale, begun, spoiled=spoiled)
        if answer == "done":
            break
        at = int(answer)
        taken[at] = (
            await what_is_left(desk, begun[at])
            if at in begun
            else await _of_line(desk, sale, at, spoiled=spoiled)
        )
    return tuple(taken.values())


async def _all(
    desk: Desk, sale: Original, begun: Mapping[int, Unused], *, spoiled: bool
) -> tuple[Returned, ...]:
    """Of a count card that was used what is left of it."""
    return tuple(
        [
            await what_is_left(desk, begun[one.line]) if one.line in begun else one
            for one in all_of(sale, spoiled=spoiled)
        ]
    )


async def _of_line(desk: Desk, sale: Original, at: int, *, spoiled: bool) -> Returned:
    line, rest = sale.lines[at], sale.rests[at]
    if rest.quantity is None or not parts(line, rest):
        return whole_of(at, rest, spoiled=spoiled)
    asks = "How many {name} come back?" if line.measured is Measured.PIECE else "How much {name} comes back?"
    quantity = await desk.ask_quantity(asks, line.measured, at_most=rest.quantity, name=line.name)
    return some_of(sale, at, quantity, spoiled=spoiled)


def _left(sale: Original, at: int, rest: Rest) -> Message:
    """What of a line can still come back, and what did before."""
    line, worth = sale.lines[at], shown(rest.net)
    if not rest.day:
        count = quantity_shown(line.quantity, line.measured)
        return says("{name} x {quantity}  {sum}", name=line.name, quantity=count, sum=worth)
    if rest.quantity is None:
        return says("{name}: {sum} left, a part came back on {day}", name=line.name, sum=worth, day=rest.day)
    return says(
        "{name}: of {sold} {back} came back on {day}, {sum} left",
        name=line.name,
        sold=quantity_shown(line.quantity, line.measured),
        back=quantity_shown(rest.came_back, line.measured),
        day=rest.day,
        sum=worth,
    )


def _goods(sale: Original, returned: tuple[Returned, ...]) -> tuple[Line, ...]:
    return tuple(_row(sale, one) for one in returned)


def _row(sale: Original, one: Returned) -> Line:
    line = sale.lines[one.line]
    if not one.quantity:
        return Line(label=says("{name}", name=line.name), value=shown(one.net))
    count = quantity_shown(one.quantity, line.measured)
    return Line(label=says("{name} x {quantity}", name=line.name, quantity=count), value=shown(one.net))
