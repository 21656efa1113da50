"""One attendant's time at the drawer: counted in, money put in and taken out, counted out (product.md B12).

Whoever counts does not see what should be there: the report says it, once the count is booked.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import MappingProxyType

from msgspec.structs import replace

from terminal.core.commands import BookCashMove, BookNote, BookShiftClose, BookShiftOpen
from terminal.core.figures import ShiftNow
from terminal.core.money import Fen, shown
from terminal.core.policy import CashReason
from terminal.core.ports import Desk
from terminal.core.screens import Line, Message, says
from terminal.core.shift import DRAWER, X_REPORT
from terminal.core.staff import Role
from terminal.core.values import StaffId
from terminal.flows.by_hand import by_hand
from terminal.flows.pumps import pump_test, pumps_now, read

_IN_WORDS: Mapping[str, Message] = MappingProxyType(
    {
        "change": says("Change from the bank"),
        "safe": says("From the safe"),
        "other": says("Something else"),
    }
)
_OUT_WORDS: Mapping[str, Message] = MappingProxyType(
    {
        "safe": says("Into the safe"),
        "bank": says("To the bank"),
        "purchase": says("A small purchase"),
        "other": says("Something else"),
    }
)
_DRAWER_WORDS: Mapping[str, Message] = MappingProxyType(
    {
        "change": says("Give change"),
        "count": says("Count the cash"),
        "other": says("Something else"),
    }
)
_OPEN = says("Open the shift")
_ACTS: Mapping[str, Message] = MappingProxyType(
    {
        "x": says("X report"),
        "paid_in": says("Put cash in"),
        "paid_out": says("Take cash out"),
        "drawer": says("Open the drawer"),
        "close": says("Close the shift (Z)"),
    }
)


async def shift(desk: Desk) -> None:
    now = await desk.shift_now()
    match await desk.choose("What about the shift?", await _offered(desk, now)):
        case "open":
            await _counted_in(desk, now)
        case "x":
            await _x_report(desk)
        case "paid_in":
            await _paid_in(desk)
        case "paid_out":
            await _paid_out(desk)
        case "drawer":
            await _drawer(desk)
        case "tested":
            await pump_test(desk)
        case "by_hand":
            await by_hand(desk)
        case _:
            await _counted_out(desk)


async def _offered(desk: Desk, now: ShiftNow) -> Mapping[str, Message]:
    choices = _choices(now)
    if "close" in choices and await desk.nozzles():
        choices = {**choices, "tested": says("Fuel back into the tank")}
    if "close" in choices and (await desk.refunds_owed() or await desk.cards_in_doubt()):
        return {**choices, "by_hand": says("Refused, or not certain")}
    return choices


def _choices(now: ShiftNow) -> Mapping[str, Message]:
    """One that began by itself can be counted out, and counted in only while nothing lies in its drawer."""
    if now.open or now.in_drawer:
        return _ACTS
    return {"open": _OPEN} if now.after else {"open": _OPEN, **_ACTS}


async def _counted_in(desk: Desk, now: ShiftNow) -> None:
    who = await _at_the_drawer(desk)
    cash = await desk.count_cash("Count the cash in the drawer")
    lines = [Line(label=says("Counted"), value=shown(cash))]
    if now.after:
        lines.append(Line(label=says("Left by the shift before"), value=shown(now.left)))
    pumps = await pumps_now(desk, keyed=True)
    lines += read(desk, pumps)
    if not await desk.confirm("Open the shift with this cash?", amount=cash, lines=lines):
        return await desk.say("Cancelled. Nothing was booked.")
    booked = await desk.book_shift(  # Point of no return.
        BookShiftOpen(id=desk.new_id(), at=desk.occasion(who), opening_cash=cash, pumps=pumps)
    )
    return await desk.hand_over(booked, "The shift is open. Close the drawer.")


async def _at_the_drawer(desk: Desk) -> StaffId:
    if desk.policy.shift_by_pin:
        return await desk.prove_staff("Whose drawer is it? Scan your badge", role=Role.ATTENDANT)
    who = await desk.choose_attendant("Who is at the drawer?")
    await desk.prove_role(who)
    return who


async def _x_report(desk: Desk) -> None:
    if not await desk.confirm("Read the X report? That is on record.", amount=Fen(0)):
        return await desk.say("Cancelled. Nothing was booked.")
    pumps = await pumps_now(desk, keyed=False)
    note = BookNote(id=desk.new_id(), at=desk.occasion(), what=X_REPORT, pumps=pumps)
    second = await desk.second(note, "Who approves that the report is read?", amount=Fen(0))
    booked = await desk.book_shift(replace(note, at=desk.occasion(second=second)))
    return await desk.hand_over(booked, "So far in this shift. The drawer stays as it is.")


async def _paid_in(desk: Desk) -> None:
    reason = await _reason(desk, "Why is cash put in?", desk.policy.paid_in, _IN_WORDS)
    amount = await desk.ask_amount("How much is put in?", at_most=Fen(reason.at_most))
    lines = (Line(label=_words(reason.reason, _IN_WORDS), value=shown(amount)),)
    if not await desk.confirm("Put it into the drawer?", amount=amount, lines=lines):
        return await desk.say("Cancelled. Nothing was booked.")
    move = BookCashMove(id=desk.new_id(), at=desk.occasion(), amount=amount, reason=reason.reason)
    second = await desk.second(move, "Who approves that cash is put in?", amount=amount, lines=lines)
    booked = await desk.book_shift(replace(move, at=desk.occasion(second=second)))  # Point of no return.
    return await desk.hand_over(booked, "Booked. Put the cash in, with the receipt.")


async def _paid_out(desk: Desk) -> None:
    reason = await _reason(desk, "Why is cash taken out?", desk.policy.paid_out, _OUT_WORDS)
    amount = await desk.ask_amount("How much is taken out?", at_most=Fen(reason.at_most))
    lines = (Line(label=_words(reason.reason, _OUT_WORDS), value=shown(amount)),)
    if not await desk.confirm("Take it out of the drawer?", amount=amount, lines=lines):
        return await desk.say("Cancelled. Nothing was booked.")
    move = BookCashMove(id=desk.new_id(), at=desk.occasion(), amount=-amount, reason=reason.reason)
    second = await desk.second(move, "Who approves that cash is taken out?", amount=amount, lines=lines)
    booked = await desk.book_shift(replace(move, at=desk.occasion(second=second)))  # Point of no return.
    return await desk.hand_over(booked, "Booked. Take the cash out, and put the receipt in.")


async def _drawer(desk: Desk) -> None:
    words = {reason: _words(reason, _DRAWER_WORDS) for reason in desk.policy.drawer_reasons}
    reason = await desk.choose("Why is the drawer opened?", words)
    if not await desk.confirm("Open the drawer? That is on record.", amount=Fen(0)):
        return await desk.say("Cancelled. Nothing was booked.")
    lines = (Line(label=words[reason]),)
    note = BookNote(id=desk.new_id(), at=desk.occasion(), what=DRAWER, detail=reason)
    second = await desk.second(note, "Who approves that the drawer is opened?", amount=Fen(0), lines=lines)
    booked = await desk.book_shift(  # It opens after this, and not without it.
        replace(note, at=desk.occasion(second=second))
    )
    return await desk.hand_over(booked, "The drawer is open. Close it when you are done.")


async def _counted_out(desk: Desk) -> None:
    cash = await desk.count_cash("Count all the cash in the drawer")
    left = await desk.ask_rest("How much stays for the next shift?", at_most=cash)
    pumps = await pumps_now(desk, keyed=True)
    lines = (
        Line(label=says("Counted"), value=shown(cash)),
        Line(label=says("Stays in the drawer"), value=shown(left)),
        Line(label=says("Into the safe"), value=shown(cash - left)),
        *read(desk, pumps),
    )
    if not await desk.confirm("Close the shift? It cannot be opened again.", amount=cash, lines=lines):
        return await desk.say("Cancelled. Nothing was booked.")
    booked = await desk.book_shift(  # Point of no return.
        BookShiftClose(id=desk.new_id(), at=desk.occasion(), counted=cash, left=left, pumps=pumps)
    )
    return await desk.hand_over(
        booked, "The shift is closed. {sum} goes into the safe.", sum=shown(cash - left)
    )


async def _reason(
    desk: Desk, prompt: str, reasons: Sequence[CashReason], words: Mapping[str, Message]
) -> CashReason:
    known = {one.reason: one for one in reasons}
    return known[await desk.choose(prompt, {reason: _words(reason, words) for reason in known})]


def _words(reason: str, words: Mapping[str, Message]) -> Message:
    """The shop's own reasons are called as the shop calls them."""
    return words.get(reason, says("{name}", name=reason))
