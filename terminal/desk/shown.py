"""What the screen says of a transaction that is booked."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from terminal.core.cart import Family
from terminal.core.commands import Booked, BookRecharge, BookSale, Command
from terminal.core.money import shown
from terminal.core.screens import Line, Message, says

_POINTS: Mapping[str, Message] = MappingProxyType(
    {
        Family.GOODS: says("Goods points"),
        Family.PETROL: says("Petrol points"),
        Family.DIESEL: says("Diesel points"),
    }
)


def paid(command: Command) -> int:
    """The large number, in fen."""
    match command:
        case BookSale(tenders=tenders):
            return sum(tender.amount for tender in tenders)
        case BookRecharge(principal=principal):
            return principal
        case _:
            return 0


def approved_lines(booked: Booked) -> tuple[Line, ...]:
    """Change first: that is what the attendant needs now."""
    command = booked.command
    lines: list[Line] = []
    if isinstance(command, BookSale | BookRecharge) and command.received:
        lines.append(Line(label=says("Change"), value=shown(command.received - paid(command))))
    if isinstance(command, BookRecharge) and command.bonus:
        lines.append(Line(label=says("Bonus"), value=shown(command.bonus)))
    if isinstance(command, BookSale):
        lines += [
            Line(label=_POINTS.get(given.family, says("Points")), value=f"+{given.points}")
            for given in command.points
        ]
        if command.opens and command.opens.coupons:
            lines.append(Line(label=says("Coupons"), value=f"+{len(command.opens.coupons)}"))
    if booked.after is not None:
        lines.append(
            Line(label=says("Balance after"), value=shown(booked.after.principal + booked.after.bonus))
        )
    if booked.receipt_no:
        lines.append(Line(label=says("Number"), value=booked.receipt_no))
    return tuple(lines)
