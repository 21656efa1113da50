"""Many cards at once: cancelled by number, day of issue or tier, or issued by prefix (product.md B11)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import partial
from types import MappingProxyType

from msgspec.structs import replace

from terminal.core import particulars
from terminal.core.batches import (
    Batch,
    CardAccount,
    Chosen,
    CutShort,
    Numbers,
    Step,
    code_key,
    numbers,
    prefix,
)
from terminal.core.cancelling import Fact, cancelling, closing, facts
from terminal.core.commands import BookIssue, Measured, Opens, Private
from terminal.core.errors import BadDay, BadNumbers, NothingToCancel, NumbersTaken
from terminal.core.money import Fen, shown
from terminal.core.particulars import Calendar
from terminal.core.ports import Desk
from terminal.core.screens import Keying, Line, Message, says
from terminal.core.staff import Role
from terminal.core.tier_names import keyed, tier_said
from terminal.core.values import CardId, StaffId, WalletId
from terminal.flows.handing_out import kind_of_card
from terminal.flows.picking import picked

_ACTS = {"cancel": says("Cancel cards"), "issue": says("Issue new cards")}
_BY = {
    "numbers": says("By first and last number"),
    "day": says("Issued until a day"),
    "tier": says("Of one tier"),
    "all": says("All without value"),
}
_KEYED = "by name"
"""No tier is called so: they have no spaces."""
_OTHERWISE = {_KEYED: says("Of another name")}
_NUMBERS = {"next": says("The next ones"), "range": says("By first and last number")}
_SHOWN_MAX = 6
"""Accounts that are left out and stand on the screen; all are on the list."""
_ISSUED_MAX = 1_000
_FACTS: Mapping[Fact, Message] = MappingProxyType(
    {
        Fact.CANCELS: says("Cards without value"),
        Fact.POINTS: says("Of them with points that end"),
        Fact.PARTLY: says("Of them members', value elsewhere not known"),
        Fact.NEW: says("Of them not given out yet"),
        Fact.BEFORE: says("Cancelled before it was cut short"),
        Fact.LEFT_OUT: says("Left out, value on them"),
        Fact.OF_HEADQUARTERS: says("Of them for headquarters"),
    }
)
_CANCELLED = "The cards are cancelled. The list is printed."
_ISSUED = "The cards are issued. The list is printed."


async def many_cards(desk: Desk) -> None:
    manager = await desk.prove_staff("The manager scans the badge", role=Role.MANAGER)
    if await desk.choose("What about many cards?", _ACTS) == "cancel":
        return await _cancelled(desk, manager)
    return await _issued(desk, manager)


async def _cancelled(desk: Desk, manager: StaffId) -> None:
    batch = await desk.batch(await _chosen(desk))
    cut = await desk.cut_short("card_state")
    if not batch.cancels:
        if cut is None:
            raise NothingToCancel(f"{len(batch.left_out)} with value")
        note = closing(cut, desk.occasion(manager), desk.new_id)
        booked = await desk.book_batch((), batch.left_out, note, cut)
        return await desk.hand_over(booked, _CANCELLED)
    lines = tuple(_preview(batch, cut))
    count = str(len(batch.cancels))
    if not await desk.confirm("Cancel {count} cards?", amount=Fen(0), lines=lines, count=count):
        return await desk.say("Cancelled. Nothing was booked.")
    note = closing(cut, desk.occasion(manager), desk.new_id)
    steps = cancelling(batch, note, desk.new_id)
    second = await desk.second(
        steps[0].command, "Who approves that they are cancelled?", amount=Fen(0), lines=lines
    )
    at = desk.occasion(manager, second)
    steps = tuple(replace(one, command=replace(one.command, at=at)) for one in steps)
    # Point of no return.
    booked = await desk.book_batch(steps, batch.left_out, replace(note, at=at), cut)
    return await desk.hand_over(booked, _CANCELLED)


async def _chosen(desk: Desk) -> Chosen:
    match await desk.choose("Which cards?", _BY):
        case "numbers":
            keyed = await desk.ask_text("First and last number, such as PT0001-PT0100", _numbers)
            return Chosen(numbers=numbers(keyed or ""))
        case "day":
            today = desk.occasion().business_day
            keyed = await desk.ask_text(
                "Until which day, in eight digits?", partial(_day, today=today), keying=Keying.DAY
            )
            return Chosen(issued_until=keyed or "")
        case "tier":
            return Chosen(tier=await _tier(desk))
        case _:
            return Chosen()


async def _tier(desk: Desk) -> str:
    """One given by hand may be called otherwise."""
    shown = desk.tier_names
    names = {one: tier_said(one, shown) for one in dict.fromkeys((*desk.policy.tiers.names, *shown))}
    tier = await picked(desk, "Which tier?", {**names, **_OTHERWISE})
    return tier if tier != _KEYED else await desk.ask_text("Which tier?", partial(keyed, shown=shown)) or ""


def _numbers(text: str) -> str:
    numbers(text)
    return text


def _day(text: str, today: str) -> str:
    """Before today: what was issued this morning is in somebody's hand."""
    day = particulars.birthday(text, Calendar.SUN, today)
    if day == today:
        raise BadDay("today")
    return day


def _preview(batch: Batch, cut: CutShort | None) -> Iterator[Line]:
    """How many and how much first, then what is left out."""
    for fact, count in facts(batch, cut):
        yield Line(label=_FACTS[fact], value=str(count))
    if batch.left_out:
        yield Line(label=says("Sum of what is left out"), value=shown(batch.left_fen))
    for one in batch.left_out[:_SHOWN_MAX]:
        yield _left(one)


def _left(one: CardAccount) -> Line:
    label = says("{card}", card=one.shown)
    if not one.known:
        return Line(label=label, word=says("Perhaps at other shops"))
    return Line(label=label, value=shown(one.fen) if one.fen else "✓")


async def _issued(desk: Desk, manager: StaffId) -> None:
    if await desk.choose("Which numbers?", _NUMBERS) == "next":
        of = await desk.ask_text("Letters before the number, such as PT", prefix) or ""
        count = await desk.ask_quantity("How many cards?", Measured.PIECE, at_most=_ISSUED_MAX)
        numbered = await desk.next_numbers(of, count)
        fresh, there = list(numbered), 0
    else:
        numbered = numbers(await desk.ask_text("First and last number, such as PT0001-PT0100", _new) or "")
        fresh = await _free(desk, numbered)
        there = len(numbered) - len(fresh)
    cut = await desk.cut_short("issue")
    if not fresh:
        if cut is None:
            raise NumbersTaken(f"all {there}")
        return await desk.hand_over(
            await desk.book_batch((), (), closing(cut, desk.occasion(manager), desk.new_id), cut), _ISSUED
        )
    kind = await kind_of_card(desk)
    lines = [Line(label=says("New numbers"), value=numbered.shown)]
    if there:
        lines.append(Line(label=says("Of them there already"), value=str(there)))
    if not await desk.confirm("Issue {count} cards?", amount=Fen(0), lines=lines, count=str(len(fresh))):
        return await desk.say("Cancelled. Nothing was booked.")
    note = closing(cut, desk.occasion(manager), desk.new_id)
    steps = [
        Step(
            command=BookIssue(id=desk.new_id(), at=note.at, opens=_opens(desk, manager, kind), batch=note.id),
            private=Private(credentials=(code_key(number),)),
            shown=number,
        )
        for number in fresh
    ]
    booked = await desk.book_batch(steps, (), note, cut)  # Point of no return.
    return await desk.hand_over(booked, _ISSUED)


async def _free(desk: Desk, of: Numbers) -> list[str]:
    """Those that lead to no account: what a power cut left of a range is issued by asking for it again."""
    found = await desk.batch(Chosen(numbers=of))
    taken = {one.shown for one in (*found.cancels, *found.left_out)}
    return [number for number in of if number not in taken]


def _new(text: str) -> str:
    """So many as are issued at once, each of them a code that scanners read. Raises BadNumbers."""
    found = numbers(text)
    if len(found) > _ISSUED_MAX:
        raise BadNumbers(f"{len(found)} at once")
    code_key(found.spelt(found.first))
    return text


def _opens(desk: Desk, manager: StaffId, kind: str) -> Opens:
    """Of a card that lies in a box until it is given out."""
    return Opens(
        wallet=WalletId(desk.new_id()),
        member=None,
        card=CardId(desk.new_id()),
        commitment="",
        terms=desk.policy.terms,
        channel="counter",
        recruiter=manager,
        kind=kind,
        new=True,
    )
