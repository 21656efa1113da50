"""What is left of a recharge is paid out, by whose wish it is, and its bonus ends (product.md B3)."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from types import MappingProxyType

from msgspec.structs import replace

from terminal.core.commands import BookRechargeRefund, RechargeRefundReason
from terminal.core.errors import BadAmount, NothingPaidIn, UnknownCard
from terminal.core.ledger.recharge import CASH_BACK_MAX
from terminal.core.money import AMOUNT_MAX, Fen, shown
from terminal.core.ports import Desk
from terminal.core.recharged import Recharged, Step, steps
from terminal.core.screens import Line, Message, back_lines, says
from terminal.core.trust import Credential, Holder
from terminal.flows.finding import uninvoiced
from terminal.flows.giving_back import handed_back
from terminal.flows.picking import picked
from terminal.flows.proving import proved

_REASONS: Mapping[RechargeRefundReason, Message] = MappingProxyType(
    {
        RechargeRefundReason.COOLING_OFF: says("Within days, never had it before"),
        RechargeRefundReason.MEMBER: says("The member wishes it"),
        RechargeRefundReason.SHOP: says("The shop ends it"),
    }
)


async def recharge_refund(desk: Desk) -> None:
    card, holder = await _presented(desk)
    of = await _recharge(desk, holder)
    await uninvoiced(desk, of.lot, holder.wallet)
    reason = await _reason(desk, of)
    listed = await _listed(desk, of) if reason is RechargeRefundReason.MEMBER and not of.paid_back else 0
    shown_steps = steps(of, reason, listed)
    agreed = await _agreed(desk, of, rule=shown_steps[-1].fen)
    command = BookRechargeRefund(
        id=desk.new_id(),
        at=desk.occasion(),
        wallet=holder.wallet,
        lot=of.lot,
        reason=reason,
        listed=listed,
        agreed=agreed,
        cash_step=desk.policy.cash_step,
    )
    command = replace(command, in_cash=await _in_cash(desk, max(agreed, shown_steps[-1].fen)))
    back = await desk.foresee(command)
    lines = (*_rows(shown_steps, agreed), *back_lines(back, measured=desk.policy.measured))
    amount = Fen(back.money)
    by_pin = await proved(desk, card, holder, amount)  # Whoever found the card would carry it away as cash.
    if not await desk.confirm("Pay this back, and end the recharge?", amount=amount, lines=lines):
        return await desk.say("Cancelled. Nothing was booked.")
    second = await desk.second(command, "Who approves that it is paid back?", amount=amount, lines=lines)
    command = replace(command, at=desk.occasion(second=second), by_pin=by_pin)
    booked = await desk.book_back(command)  # Point of no return.
    return await handed_back(desk, booked)


async def _presented(desk: Desk) -> tuple[Credential, Holder]:
    card = await desk.read_card("Present the card that is paid back")
    holder = await desk.holder(card)
    if holder is None:
        raise UnknownCard(f"{card}")
    return card, holder


async def _recharge(desk: Desk, holder: Holder) -> Recharged:
    by_lot: dict[str, Recharged] = {one.lot: one for one in await desk.recharges(holder.wallet)}
    if not by_lot:
        raise NothingPaidIn("no lot that was paid for")
    return by_lot[await picked(desk, "Which recharge?", {lot: _named(one) for lot, one in by_lot.items()})]


def _named(of: Recharged) -> Message:
    left = shown(of.principal_left)
    if not of.business_day:
        return says("Another shop  {sum}, {left} left", sum=shown(of.principal), left=left)
    return says("{day}  {sum}, {left} left", day=of.business_day, sum=shown(of.principal), left=left)


async def _reason(desk: Desk, of: Recharged) -> RechargeRefundReason:
    """Cooling off ends with its days; of another shop's recharge nobody knows here when it was."""
    words: dict[str, Message] = dict(_REASONS.items())
    if not _cools(of.business_day, desk.occasion().business_day, desk.policy.cooling_off_days):
        del words[RechargeRefundReason.COOLING_OFF]
    return RechargeRefundReason(await desk.choose("Whose wish is it?", words))


def _cools(since: str, today: str, days: int) -> bool:
    return bool(since) and (date.fromisoformat(today) - date.fromisoformat(since)).days <= days


async def _listed(desk: Desk, of: Recharged) -> int:
    """What was taken with it, at list price: never less than was spent."""
    if of.spent <= 0:
        return 0
    while True:
        listed = await desk.ask_amount("What was taken with it, at list price?", at_most=AMOUNT_MAX)
        if listed >= of.spent:
            return listed
        await desk.decline(BadAmount(f"{listed} of {of.spent}"))


async def _agreed(desk: Desk, of: Recharged, *, rule: int) -> int:
    """Terms that are better for the member win."""
    if rule >= of.at_most:
        return 0
    by = {
        "rule": says("By the rule: {sum}", sum=shown(rule)),
        "terms": says("The terms give more"),
    }
    if await desk.choose("How much is paid back?", by) == "rule":
        return 0
    return await desk.ask_amount("How much do the terms give?", at_most=Fen(of.at_most))


async def _in_cash(desk: Desk, back: int) -> bool:
    if not 0 < back <= CASH_BACK_MAX:
        return False
    ways = {
        "cash": says("In cash"),
        "account": says("The way it came, or to an account of the same name"),
    }
    return await desk.choose("How is it paid back?", ways) == "cash"


def _rows(of: tuple[Step, ...], agreed: int) -> tuple[Line, ...]:
    rows = tuple(Line(label=says(one.text), value=shown(one.fen)) for one in of)
    if agreed > of[-1].fen:
        return *rows, Line(label=says("By the terms"), value=shown(agreed))
    return rows
