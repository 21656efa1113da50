"""A balance that stood on paper is taken over, under two signatures (product.md B14)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial
from types import MappingProxyType

from msgspec.structs import replace

from terminal.core import particulars
from terminal.core.commands import BookImport, Grant
from terminal.core.errors import OverLimit, OwnMembership, OwnSheet, SheetTaken, UnknownCard, UnknownPhone
from terminal.core.ledger.sheets import taken_over
from terminal.core.money import AMOUNT_MAX, Fen, shown
from terminal.core.ports import Desk
from terminal.core.screens import Line, Message, says
from terminal.core.spending import room
from terminal.core.trust import Credential, Holder, Medium

_UNITS: Mapping[str, Message] = MappingProxyType(
    {
        "principal": says("Principal"),
        "bonus": says("Bonus"),
        "points:goods": says("Goods points"),
    }
)
_MONEY = ("principal", "bonus")


async def paper(desk: Desk) -> None:
    card, holder = await _whose(desk)
    sheet = await desk.ask_text("Number of the sheet", particulars.words) or ""
    if (first := await desk.ask_ledger(partial(taken_over, paper=sheet))) is not None:
        raise SheetTaken(f"on {first.at.business_day}, by {first.id}")
    grants = await _read_off(desk, holder)
    lines = (Line(label=says("Sheet"), value=sheet), *_lines(grants))
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
    """Each kind of value once, until that is all."""
    grants: list[Grant] = []
    while len(grants) < len(_UNITS):
        rest = {unit: words for unit, words in _UNITS.items() if unit not in {one.unit for one in grants}}
        done = {"done": says("Nothing else")} if grants else {}
        unit = await desk.choose("What stands on the sheet?", {**rest, **done})
        if unit == "done":
            break
        grants.append(Grant(unit=unit, amount=await _amount(desk, unit, holder)))
    return grants


async def _amount(desk: Desk, unit: str, holder: Holder) -> int:
    if unit not in _MONEY:
        return int(await desk.ask_text("How many points?", particulars.points) or 0)
    at_most = room(holder, desk.policy) if unit == "principal" else AMOUNT_MAX
    if not at_most:
        raise OverLimit("the card holds all it may")
    return await desk.ask_amount("How much stands on the sheet?", at_most=at_most, holder=holder)


def _lines(grants: Sequence[Grant]) -> list[Line]:
    return [
        Line(label=_UNITS[one.unit], value=shown(one.amount) if one.unit in _MONEY else str(one.amount))
        for one in grants
    ]
