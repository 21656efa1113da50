"""What is said of a station's nozzles with a shift, and fuel that goes back into the tank (product.md C9)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import MappingProxyType

from msgspec.structs import replace

from terminal.core.cart import Fill
from terminal.core.commands import PUMP_TEST, AtNozzle, BookNote, Pumps
from terminal.core.errors import FillCame, ForecourtAway, NotBesideOneself
from terminal.core.filled import unpaid_of
from terminal.core.forecourt import Nozzle
from terminal.core.ledger.pumps import UNPAID_MAX
from terminal.core.money import Fen, plain, shown
from terminal.core.ports import Desk
from terminal.core.screens import Line, Message, quantity_shown, says
from terminal.core.values import StaffId

_KEYED = "keyed"


async def pumps_now(
    desk: Desk, *, keyed: bool, elsewhere: Mapping[int, int] = MappingProxyType({})
) -> Pumps | None:
    """As the controller tells it. None: this is no station.

    `keyed`: a person reads what it does not tell; `elsewhere`: what was read so already, by nozzle, in
    centilitres.
    """
    nozzles = await desk.nozzles()
    totals = []
    for one in nozzles:
        total = one.total or elsewhere.get(one.number, 0)
        is_read = one.number in elsewhere
        if not total and keyed and not is_read:
            total = await desk.ask_total("Totaliser of nozzle {number}?", one, number=str(one.number))
            is_read = True
        if total or is_read:
            totals.append(AtNozzle(nozzle=one.number, grade=one.grade, centilitres=total))
    unpaid = [_fill(fill) for fill in await desk.unpaid_fills()]
    if not nozzles:
        return None
    further = unpaid[UNPAID_MAX:]
    return Pumps(
        totals=tuple(totals),
        unpaid=tuple(unpaid[:UNPAID_MAX]),
        unclear=desk.unclear_fills(),
        further=len(further),
        further_fen=sum(one.fen for one in further),
    )


def _fill(fill: Fill) -> AtNozzle:
    return AtNozzle(
        nozzle=fill.nozzle, grade=fill.grade.grade, centilitres=fill.centilitres, fen=fill.fen or 0
    )


def read(desk: Desk, pumps: Pumps | None) -> Sequence[Line]:
    """For whoever confirms it."""
    if pumps is None:
        return ()
    lines = [
        Line(label=_called(desk, one.nozzle, one.grade), value=plain(total))
        for one in pumps.totals
        for total in (one.centilitres,)
    ]
    if (unpaid := unpaid_of(pumps)).count:
        left = says("{count} fills not paid", count=str(unpaid.count))
        lines.append(Line(label=left, value=shown(Fen(unpaid.amount))))
    return lines


async def fuel_flows(desk: Desk) -> bool:
    """Whether somebody may be filling, which training has no pumps for; of one that is away nobody knows."""
    try:
        return bool(await desk.flowing())
    except ForecourtAway:
        return False


async def pump_test(desk: Desk) -> None:
    """Dispensed for a check and poured back: no sale, and the totaliser moves."""
    nozzles = {str(one.number): one for one in await desk.nozzles()}
    names = {number: _called(desk, one.number, one.grade) for number, one in nozzles.items()}
    nozzle = nozzles[await desk.choose_number("Which nozzle was tested?", names)]
    fill, litres = await _dispensed(desk, nozzle)
    measured = desk.policy.measured(nozzle.grade)
    called = _called(desk, nozzle.number, nozzle.grade)
    lines = (Line(label=called, value=quantity_shown(litres, measured)),)
    if not await desk.confirm("It is back in the tank, and no sale?", amount=Fen(0), lines=lines):
        return await desk.say("Cancelled. Nothing was booked.")
    tested = AtNozzle(nozzle=nozzle.number, grade=nozzle.grade, centilitres=litres)
    note = BookNote(
        id=await desk.sale_id(fill) if fill else desk.new_id(),
        at=desk.occasion(),
        what=PUMP_TEST,
        pumps=Pumps(tested=(tested,)),
    )
    saw = await desk.second(note, "Who saw it? Scan that badge", amount=Fen(0), lines=lines)
    saw = saw or await _witness(desk)
    await desk.book_shift(replace(note, at=desk.occasion(second=saw)))  # Point of no return.
    desk.fill_sold()
    return await desk.say("Booked. It stands on the X and Z report.")


def _called(desk: Desk, nozzle: int, grade: str) -> Message:
    known = desk.policy.grade(grade)
    return says("Nozzle {number}: {name}", number=str(nozzle), name=known.name if known else grade)


async def _dispensed(desk: Desk, nozzle: Nozzle) -> tuple[Fill | None, int]:
    """What the dispenser recorded for it, which nobody pays then; or as it is keyed.

    Its nozzle may hang only now: were that one keyed by hand, its record would wait to be paid.
    """
    fills = await _recorded(desk, nozzle)
    while True:
        fill, litres = await _which(desk, nozzle, fills)
        known, fills = fills, await _recorded(desk, nozzle)
        if fill is not None or fills.keys() <= known.keys():
            return fill, litres
        await desk.decline(FillCame(f"at nozzle {nozzle.number}"))


async def _recorded(desk: Desk, nozzle: Nozzle) -> Mapping[str, Fill]:
    return {fill.of: fill for fill in await desk.unpaid_fills() if fill.nozzle == nozzle.number}


async def _which(desk: Desk, nozzle: Nozzle, fills: Mapping[str, Fill]) -> tuple[Fill | None, int]:
    measured = desk.policy.measured(nozzle.grade)
    shown_as = {
        of: says(
            "{litres}, {sum}", litres=quantity_shown(one.centilitres, measured), sum=shown(Fen(one.fen or 0))
        )
        for of, one in fills.items()
    }
    picked = _KEYED
    if fills:
        picked = await desk.choose("Which fill was it?", {**shown_as, _KEYED: says("Another: key how much")})
    if picked in fills:
        return fills[picked], fills[picked].centilitres
    return None, await desk.ask_litres("How much went back into the tank?", nozzle)


async def _witness(desk: Desk) -> StaffId:
    """By the badge alone: where nothing takes two, nobody has a PIN."""
    while True:
        witness = await desk.read_badge("Who saw it? Scan that badge")
        if witness != desk.occasion().operator:
            return witness
        await desk.decline(NotBesideOneself("the same person"))
