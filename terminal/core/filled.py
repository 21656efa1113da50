"""Litres of a shift: what was sold and poured back, beside what the totalisers say (product.md C9)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

from terminal.core.cart import FUEL
from terminal.core.commands import (
    PUMP_TEST,
    AtNozzle,
    BookNote,
    BookReversal,
    BookSale,
    BookShiftClose,
    BookShiftOpen,
    BookVoid,
    Command,
    Pumps,
)
from terminal.core.figures import GradeFigures, NozzleFigures, Tallied
from terminal.core.values import EntryId


def pumps_of(command: Command) -> Pumps | None:
    """What was said of the nozzles when a shift began or ended, or was reported."""
    return command.pumps if isinstance(command, BookShiftOpen | BookShiftClose | BookNote) else None


def unpaid_of(pumps: Pumps | None) -> Tallied:
    """All of them, also those that an entry only counts."""
    if pumps is None:
        return Tallied()
    return Tallied(
        count=len(pumps.unpaid) + pumps.further,
        amount=sum(one.fen for one in pumps.unpaid) + pumps.further_fen,
    )


class Filled:
    """Adds litres up, command by command of one shift."""

    def __init__(self, stood: Pumps | None) -> None:
        """`stood`: what the shift before said at its end; it counts where this one does not say."""
        self._began = _totals(stood)
        self._unpaid = _by_grade(stood.unpaid) if stood else Counter[str]()
        self._sold = Counter[str]()
        self._tested = Counter[str]()
        self._sales: dict[EntryId, Counter[str]] = {}

    def add(self, command: Command) -> None:
        match command:
            case BookShiftOpen(pumps=Pumps() as pumps) if pumps.totals:
                self._began = _totals(pumps)
                self._unpaid = _by_grade(pumps.unpaid)
            case BookSale() as sale:
                self._sell(sale)
            case BookVoid(of=of) | BookReversal(of=of):
                self._sold.subtract(self._sales.pop(of, {}))
            case BookNote(what=what, pumps=Pumps() as pumps) if what == PUMP_TEST:
                self._tested.update(_by_grade(pumps.tested))

    def _sell(self, sale: BookSale) -> None:
        litres = Counter[str]()
        for line in sale.lines:
            if line.sku.startswith(FUEL):
                litres[line.sku.removeprefix(FUEL)] += line.quantity
        self._sales[sale.id] = litres
        self._sold.update(litres)

    def nozzles(self, now: Pumps | None) -> tuple[NozzleFigures, ...]:
        ended = _totals(now)
        return tuple(
            NozzleFigures(
                nozzle=number,
                grade=(ended.get(number) or self._began[number]).grade,
                began=_count(self._began.get(number)),
                ended=_count(ended.get(number)),
            )
            for number in sorted({*self._began, *ended})
        )

    def grades(self, now: Pumps | None) -> tuple[GradeFigures, ...]:
        nozzles = self.nozzles(now)
        unpaid = _by_grade(now.unpaid) if now else Counter[str]()
        names = dict.fromkeys([*(one.grade for one in nozzles), *self._sold, *self._tested])
        return tuple(
            GradeFigures(
                grade=grade,
                sold=self._sold[grade],
                tested=self._tested[grade],
                flowed=_flowed([one for one in nozzles if one.grade == grade]),
                unpaid_first=self._unpaid[grade],
                unpaid_last=unpaid[grade],
            )
            for grade in names
        )


def _totals(pumps: Pumps | None) -> dict[int, AtNozzle]:
    return {one.nozzle: one for one in pumps.totals} if pumps else {}


def _by_grade(those: Iterable[AtNozzle]) -> Counter[str]:
    found = Counter[str]()
    for one in those:
        found[one.grade] += one.centilitres
    return found


def _count(one: AtNozzle | None) -> int | None:
    return one.centilitres if one else None


def _flowed(nozzles: Iterable[NozzleFigures]) -> int | None:
    """Of a nozzle that was not read, or whose totaliser began again, nobody knows, and so of its grade."""
    found = None
    for one in nozzles:
        if one.began is None or one.ended is None or one.began_again:
            return None
        found = (found or 0) + one.ended - one.began
    return found
