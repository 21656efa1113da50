"""Gas is kilograms or cubic metres on receipts too: held or paid ahead, what is left, what came back."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from msgspec.structs import replace

from lab.receipts.specimens import SPECIMENS
from terminal.core.commands import Balances, Booked, BookSale, Measured, Sells, Tender, TenderKind
from terminal.core.given_back import GivenBack
from terminal.core.receipts import ShopHead, as_text, document_of, drawn
from terminal.core.receipts.sections import Copy

MEASURED = {"LNG": Measured.DECAGRAM, "CNG": Measured.CENTICUBIC}
UNITS = {"LNG": "kg", "CNG": "m3", "95": "L"}
LINES = {line.sku: line for line in SPECIMENS["gas"].booked.command.lines}
UNDONE = next(one.booked for one in SPECIMENS.values() if one.booked.back is not None)


def in_its_unit(grade: str) -> Measured | None:
    return MEASURED.get(grade, Measured.CENTILITRE)


def printed(
    booked: Booked, language: str = "en", measured: Callable[[str], Measured | None] = in_its_unit
) -> str:
    paper = document_of(
        booked,
        ShopHead(name="x"),
        language=language,
        copy=Copy.ORIGINAL,
        measured=measured,
    )
    return as_text(drawn(paper, 48))


def sale() -> BookSale:
    command = SPECIMENS["gas"].booked.command
    assert isinstance(command, BookSale)
    return command


@pytest.mark.parametrize(("grade", "says"), [("LNG", "10.00 kg"), ("CNG", "10.00 m3")])
@pytest.mark.parametrize("of", ["hold", "litres"])
def test_what_was_held_or_paid_ahead_is_told_as_its_line(grade: str, says: str, of: str) -> None:
    line = LINES[f"fuel-{grade}"]
    kind, unit = (TenderKind.HELD, "h1") if of == "hold" else (TenderKind.USES, f"litres:{grade}")
    tender = Tender(kind=kind, amount=line.net, of=unit, units=10_00)
    command = replace(sale(), lines=(line,), due=line.net, tenders=(tender,), points=())
    told = printed(replace(SPECIMENS["gas"].booked, command=command, after=None, points_others=()))
    assert f"\n  {says}\n" in told
    assert " L" not in told


@pytest.mark.parametrize("grade", ["LNG", "CNG", "95"])
def test_what_is_left_of_it_and_what_was_sold_ahead(grade: str) -> None:
    unit = UNITS[grade]
    after = Balances(uses={f"litres:{grade}": 7_00, f"litres:{grade}@620": 3_00})
    told = printed(replace(SPECIMENS["gas"].booked, after=after))
    assert f"7.00 {unit}" in told
    assert f"3.00 {unit}" in told
    for of, says in (
        (f"litres:{grade}", f"Good for 9.00 {unit}"),
        (f"litres:{grade}@620", f"at 6.20/{unit}"),
    ):
        card = replace(LINES["fuel-LNG"], measured=Measured.PIECE, sells=Sells(unit=of, amount=9_00))
        assert says in printed(replace(SPECIMENS["gas"].booked, command=replace(sale(), lines=(card,))))


def test_what_came_back() -> None:
    back = GivenBack(value=(("litres:LNG", 5_00), ("litres:CNG@620", 4_00), ("litres:95@770", 3_00)))
    told = printed(replace(UNDONE, back=back))
    assert all(one in told for one in ("+5.00 kg", "+4.00 m3", "+3.00 L"))


@pytest.mark.parametrize("language", ["en", "zh-Hans", "zh-Hant"])
def test_of_a_grade_that_nobody_knows_no_unit_is_printed(language: str) -> None:
    after = Balances(uses={"litres:X": 7_00, "litres:X@620": 3_00})
    back = GivenBack(value=(("litres:X", 5_00),))
    cards = tuple(
        replace(LINES["fuel-LNG"], measured=Measured.PIECE, sells=Sells(unit=of, amount=9_00))
        for of in ("litres:X", "litres:X@620")
    )
    sold = replace(SPECIMENS["gas"].booked, command=replace(sale(), lines=cards), after=after)
    told = "".join(printed(one, language, lambda _: None) for one in (sold, replace(UNDONE, back=back)))
    for amount in ("7.00", "3.00", "+5.00", "6.20"):
        assert f"{amount}\n" in told
    assert not any(f"9.00 {unit}" in told for unit in ("L", "kg", "m3", "升", "公升"))
    assert "/L" not in told
