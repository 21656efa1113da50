"""A balance that stood on paper is taken over, under two signatures (product.md B14)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial
from types import MappingProxyType

from msgspec.structs import replace

from terminal.core import particulars
from terminal.core.cart import COUNTED, USES_MAX, called
from terminal.core.commands import BookImport, Grant
from terminal.core.errors import (
    BadDay,
    BadQuantity,
    OverLimit,
    OwnMembership,
    OwnSheet,
    SheetTaken,
    UnknownCard,
    UnknownPhone,
    UsesOfNothing,
    UsesTwice,
)
from terminal.core.ledger.sheets import taken_over
from terminal.core.money import AMOUNT_MAX, Fen, shown
from terminal.core.ports import Desk
from terminal.core.screens import Keying, Line, Message, says
from terminal.core.spending import room
from terminal.core.trust import Credential, Holder, Medium
from terminal.core.uses import good_for, in_force

_UNITS: Mapping[str, Message] = MappingProxyType(
    {
        "principal": says("Principal"),
        "bonus": says("Bonus"),
        "points:goods": says("Goods points"),
    }
)
_MONEY = ("principal", "bonus")
_USES = "uses"
_GRANTS_MAX = 10
"""On one sheet; more count cards stand on a second one."""


async def paper(desk: Desk) -> None:
    card, holder = await _whose(desk)
    sheet = await desk.ask_text("Number of the sheet", particulars.words) or ""
    if (first := await desk.ask_ledger(partial(taken_over, paper=sheet))) is not None:
        raise SheetTaken(f"on {first.at.business_day}, by {first.id}")
    grants = await _read_off(desk, holder)
    lines = (Line(label=says("Sheet"), value=sheet), *_lines(desk, grants))
    if not await desk.confirm(
        "Take over what stands on the sheet?", amount=Fen(0), lines=lines, holder=holder
    ):
        return await desk.say("Cancelled. Nothing was booked.")
    money = Fen(sum(one.amount for one in grants if one.unit in _MONEY))
    command = BookImport(
        id=desk.new_id(), at=desk.occasion(), wallet=holder.wallet, paper=sheet, grants=tuple(grants)
    )
    second = await desk.second(command, "Who signs for the sheet too?", amount=money, lines=lines)
    if second is not None and await desk.is_own(holder, second):
        raise OwnSheet("its second signature is its own holder's")
    desk.still_there(card)
    booked = await desk.book_import(replace(command, at=desk.occasion(second=second)))  # Point of no return.
    return await desk.hand_over(booked, "Taken over. Both sign the slip; keep it with the sheet.")


async def _whose(desk: Desk) -> tuple[Credential, Holder]:
    card = await desk.read_member("Present the member card or code")
    holder = await desk.holder(card)
    if holder is None:
        unknown = UnknownPhone if card.medium is Medium.PHONE else UnknownCard
        raise unknown(f"{card}")
    if await desk.is_own(holder):
        raise OwnMembership("a sheet of its own holder's")
    return card, holder


async def _read_off(desk: Desk, holder: Holder) -> list[Grant]:
    """Each kind of value once, and the uses of each count card, until that is all."""
    grants: list[Grant] = []
    while len(grants) < _GRANTS_MAX:
        rest = {unit: words for unit, words in _UNITS.items() if unit not in {one.unit for one in grants}}
        done = {"done": says("Nothing else")} if grants else {}
        unit = await desk.choose("What stands on the sheet?", {**rest, _USES: says("Count card"), **done})
        if unit == "done":
            break
        found = await _uses(desk, grants) if unit == _USES else None
        grants.append(found or Grant(unit=unit, amount=await _amount(desk, unit, holder)))
    return grants


async def _uses(desk: Desk, before: Sequence[Grant]) -> Grant:
    """What is left of a count card, as the version that is sold today; nobody pays for it again."""
    unit = await desk.ask_text(
        "Of which count card or service? Key its article number", partial(_unit, desk, before)
    )
    count = await desk.ask_text("How many uses are left?", _count, keying=Keying.COUNT)
    today = desk.occasion().business_day
    until = await desk.ask_text(
        "The last day of use, as 20271231",
        partial(_last_day, today),
        skip="They do not end",
        keying=Keying.DAY,
    )
    (grant,) = in_force((Grant(unit=unit or "", amount=int(count or 0), until=until or ""),), desk.article)
    return grant


def _unit(desk: Desk, before: Sequence[Grant], text: str) -> str:
    """Raises UsesOfNothing, UsesTwice."""
    unit = f"{COUNTED}{text.strip()}"
    if not good_for(unit, desk.article):
        raise UsesOfNothing(f"{len(text)} characters")
    if unit in {one.unit for one in before}:
        raise UsesTwice(unit)
    return unit


def _count(text: str) -> str:
    """Raises BadQuantity: also of more than any count card has."""
    count = particulars.points(text)
    if int(count) > USES_MAX:
        raise BadQuantity(f"{count} uses")
    return count


def _last_day(today: str, text: str) -> str:
    """Raises BadDay: also one that is over."""
    day = particulars.day(text)
    if day < today:
        raise BadDay("it is over")
    return day


async def _amount(desk: Desk, unit: str, holder: Holder) -> int:
    if unit not in _MONEY:
        return int(await desk.ask_text("How many points?", particulars.points, keying=Keying.COUNT) or 0)
    at_most = room(holder, desk.policy) if unit == "principal" else AMOUNT_MAX
    if not at_most:
        raise OverLimit("the card holds all it may")
    return await desk.ask_amount("How much stands on the sheet?", at_most=at_most, holder=holder)


def _lines(desk: Desk, grants: Sequence[Grant]) -> list[Line]:
    return [line for one in grants for line in _of_uses(desk, one) or [_of_value(one)]]


def _of_value(one: Grant) -> Line:
    return Line(label=_UNITS[one.unit], value=shown(one.amount) if one.unit in _MONEY else str(one.amount))


def _of_uses(desk: Desk, one: Grant) -> list[Line]:
    """None of another kind of value."""
    if not one.unit.startswith(COUNTED):
        return []
    name = called(desk.article, one.unit.removeprefix(COUNTED))
    left = Line(label=says("Uses left, {name}", name=name), value=f"x{one.amount}")
    return [left, *([Line(label=says("Usable until"), value=one.until)] if one.until else [])]
