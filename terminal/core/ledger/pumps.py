"""What may be said of a station's nozzles: with a shift, its reports and pump tests (product.md C9)."""

from __future__ import annotations

import re

from terminal.core.cart import FUEL
from terminal.core.commands import PUMP_TEST, AtNozzle, BookNote, BookSale, Pumps
from terminal.core.errors import NotBookable, SecondPersonNeeded
from terminal.core.forecourt import CENTILITRES_MAX, FEN_MAX, NOZZLES_MAX, TOTAL_MAX

UNPAID_MAX = 128
"""Fills one by one in an entry; further ones are counted."""

_GRADE = re.compile(r"[0-9A-Za-z-]{1,8}")


def check_pumps(pumps: Pumps | None) -> None:
    """Of a shift's begin or end, or of a report. Raises NotBookable."""
    if pumps is None:
        return
    if pumps.tested:
        raise NotBookable("a pump test is a note of its own")
    if len({one.nozzle for one in pumps.totals}) < len(pumps.totals):
        raise NotBookable("a nozzle has one totaliser")
    if len(pumps.unpaid) > UNPAID_MAX:
        raise NotBookable("so many fills stand in no entry")
    if pumps.further and len(pumps.unpaid) < UNPAID_MAX:
        raise NotBookable("a fill is counted that has room of its own")
    if not 0 <= pumps.further_fen <= pumps.further * FEN_MAX:
        raise NotBookable("no number of fills, or no sum of them")
    if pumps.unclear < 0:
        raise NotBookable("no number of records that are not clear")
    for one in pumps.totals:
        _check(one, TOTAL_MAX, 0)
    for one in pumps.unpaid:
        _check(one, CENTILITRES_MAX, FEN_MAX)


def check_record(sale: BookSale) -> None:
    """Of the fill that a sale says a dispenser recorded. Raises NotBookable."""
    one = sale.record
    if one is None:
        return
    poured = AtNozzle(nozzle=one.nozzle, grade=one.grade, centilitres=one.centilitres, fen=one.fen)
    _check(poured, CENTILITRES_MAX, FEN_MAX, least=1)
    if not 0 <= one.price <= FEN_MAX or one.fen < 1:
        raise NotBookable("no price of a nozzle")
    if all(line.sku != f"{FUEL}{one.grade}" for line in sale.lines):
        raise NotBookable("the record of a grade that is not sold")


def check_note(note: BookNote) -> None:
    """Raises NotBookable; SecondPersonNeeded: nobody else saw a pump test."""
    if note.what != PUMP_TEST:
        return check_pumps(note.pumps)
    if (
        note.pumps is None
        or len(note.pumps.tested) != 1
        or note.pumps.totals
        or note.pumps.unpaid
        or note.pumps.unclear
        or note.pumps.further
        or note.pumps.further_fen
    ):
        raise NotBookable("a pump test is of one nozzle")
    _check(note.pumps.tested[0], CENTILITRES_MAX, 0, least=1)
    if note.at.second is None:
        raise SecondPersonNeeded("a pump test has a witness")
    return None


def _check(one: AtNozzle, centilitres: int, fen: int, least: int = 0) -> None:
    if (
        not 1 <= one.nozzle <= NOZZLES_MAX
        or not _GRADE.fullmatch(one.grade)
        or not least <= one.centilitres <= centilitres
        or not 0 <= one.fen <= fen
    ):
        raise NotBookable("no quantity of a nozzle")
