"""What the ledger takes of nozzles: readings and fills in bounds, and a pump test that somebody else saw."""

from __future__ import annotations

from typing import Any

import pytest
from msgspec.structs import replace

from terminal.core.commands import (
    PUMP_TEST,
    AtNozzle,
    BookNote,
    BookShiftClose,
    BookShiftOpen,
    PumpRecord,
    Pumps,
)
from terminal.core.errors import NotBookable, SecondPersonNeeded
from terminal.core.forecourt import CENTILITRES_MAX, FEN_MAX, NOZZLES_MAX, TOTAL_MAX
from terminal.core.ledger.pumps import UNPAID_MAX
from terminal.core.shift import X_REPORT
from tests.core.ledger.book import AT, TWO, Book
from tests.core.ledger.test_value import line, sell


def at(nozzle: int = 1, centilitres: int = 100, fen: int = 0, grade: str = "92") -> AtNozzle:
    return AtNozzle(nozzle=nozzle, grade=grade, centilitres=centilitres, fen=fen)


WITH: list[tuple[Any, dict[str, Any]]] = [
    (BookShiftOpen, {"opening_cash": 0}),
    (BookShiftClose, {"counted": 0}),
    (BookNote, {"what": X_REPORT}),
]
TAKEN = [
    None,
    Pumps(),
    Pumps(totals=(at(1, 0), at(NOZZLES_MAX, TOTAL_MAX, grade="98-long1"))),
    Pumps(unpaid=(at(1, 0, 0), at(1, CENTILITRES_MAX, FEN_MAX))),
    Pumps(unpaid=(at(fen=1),) * UNPAID_MAX),
    Pumps(unclear=1),
    Pumps(unclear=UNPAID_MAX + 1),
    Pumps(unpaid=(at(fen=1),) * UNPAID_MAX, further=1),
    Pumps(unpaid=(at(fen=1),) * UNPAID_MAX, further=2, further_fen=2 * FEN_MAX),
]
REFUSED = [
    Pumps(tested=(at(),)),
    Pumps(totals=(at(1), at(1, 101))),
    Pumps(totals=(at(0),)),
    Pumps(totals=(at(NOZZLES_MAX + 1),)),
    Pumps(totals=(at(1, -1),)),
    Pumps(totals=(at(1, TOTAL_MAX + 1),)),
    Pumps(totals=(at(1, 1, 1),)),
    Pumps(totals=(at(grade=""),)),
    Pumps(totals=(at(grade="123456789"),)),
    Pumps(totals=(at(grade="a b"),)),
    Pumps(totals=(at(grade="92:1"),)),
    Pumps(unpaid=(at(1, CENTILITRES_MAX + 1, 1),)),
    Pumps(unpaid=(at(1, -1, 1),)),
    Pumps(unpaid=(at(1, 1, FEN_MAX + 1),)),
    Pumps(unpaid=(at(1, 1, -1),)),
    Pumps(unpaid=(at(fen=1),) * (UNPAID_MAX + 1)),
    Pumps(unclear=-1),
    Pumps(unpaid=(at(fen=1),) * (UNPAID_MAX - 1), further=1),
    Pumps(unpaid=(at(fen=1),) * UNPAID_MAX, further=-1),
    Pumps(unpaid=(at(fen=1),) * UNPAID_MAX, further=1, further_fen=-1),
    Pumps(unpaid=(at(fen=1),) * UNPAID_MAX, further=2, further_fen=2 * FEN_MAX + 1),
    Pumps(further_fen=1),
]


@pytest.mark.parametrize(("kind", "fields"), WITH)
@pytest.mark.parametrize("pumps", TAKEN)
def test_what_a_controller_can_say_is_kept_and_moves_nothing(
    kind: Any, fields: dict[str, Any], pumps: Pumps | None
) -> None:
    entry = Book().book(kind, pumps=pumps, **fields)
    assert entry.payload.pumps == pumps  # type: ignore[union-attr]
    assert entry.postings == Book().book(kind, **fields).postings


@pytest.mark.parametrize(("kind", "fields"), WITH)
@pytest.mark.parametrize("pumps", REFUSED)
def test_what_no_controller_says_is_refused(kind: Any, fields: dict[str, Any], pumps: Pumps) -> None:
    with pytest.raises(NotBookable):
        Book().book(kind, pumps=pumps, **fields)


def checked(book: Book, *tests: AtNozzle, **more: Any) -> Any:
    fields = {"at": TWO, "what": PUMP_TEST, "pumps": Pumps(tested=tests)} | more
    return book.book(BookNote, **fields)


@pytest.mark.parametrize("centilitres", [1, CENTILITRES_MAX])
def test_a_pump_test_is_on_record_with_its_witness(centilitres: int) -> None:
    entry = checked(Book(), at(1, centilitres))
    assert entry.payload.pumps.tested == (at(1, centilitres),)
    assert (entry.at.second, entry.postings) == ("ST-9", ())


def test_nobody_tests_a_pump_alone() -> None:
    with pytest.raises(SecondPersonNeeded):
        checked(Book(), at(), at=AT)
    with pytest.raises(NotBookable):
        checked(Book(), at(), at=replace(AT, second=AT.operator))


@pytest.mark.parametrize(
    "pumps",
    [
        None,
        Pumps(),
        Pumps(tested=(at(1), at(2))),
        Pumps(tested=(at(1, 0),)),
        Pumps(tested=(at(1, CENTILITRES_MAX + 1),)),
        Pumps(tested=(at(1, 1, 1),)),
        Pumps(tested=(at(0),)),
        Pumps(tested=(at(),), totals=(at(),)),
        Pumps(tested=(at(),), unpaid=(at(),)),
        Pumps(tested=(at(),), unclear=1),
        Pumps(tested=(at(),), further=1),
        Pumps(tested=(at(),), further_fen=1),
    ],
)
def test_a_pump_test_is_of_one_nozzle_and_of_nothing_else(pumps: Pumps | None) -> None:
    with pytest.raises(NotBookable):
        checked(Book(), pumps=pumps)


def test_what_a_note_of_a_pump_test_is_called_stands_in_journals_for_ever() -> None:
    assert (PUMP_TEST, UNPAID_MAX) == ("pump_test", 128)


RECORD = PumpRecord(nozzle=1, grade="92", price=7_38, centilitres=2_62, fen=19_34)


@pytest.mark.parametrize(
    "record",
    [
        RECORD,
        replace(RECORD, nozzle=NOZZLES_MAX, price=0, centilitres=1, fen=1),
        replace(RECORD, price=FEN_MAX, centilitres=CENTILITRES_MAX, fen=FEN_MAX),
    ],
)
def test_a_sale_says_the_record_of_its_fill_and_moves_nothing_by_it(record: PumpRecord) -> None:
    book, plain = Book().with_card(), Book().with_card()
    lines = (line(3_00), replace(line(19_34), sku="fuel-92"))
    for one, said in ((book, record), (plain, None)):
        sell(one, *lines, record=said)
    assert book.standing() == plain.standing()


@pytest.mark.parametrize(
    "wrong",
    [
        {"nozzle": 0},
        {"nozzle": NOZZLES_MAX + 1},
        {"grade": "95"},
        {"grade": "9 2"},
        {"price": -1},
        {"price": FEN_MAX + 1},
        {"centilitres": 0},
        {"centilitres": CENTILITRES_MAX + 1},
        {"fen": 0},
        {"fen": FEN_MAX + 1},
    ],
)
def test_a_record_that_no_dispenser_makes_of_what_is_sold_is_refused(wrong: dict[str, Any]) -> None:
    book = Book().with_card()
    with pytest.raises(NotBookable):
        sell(book, replace(line(19_34), sku="fuel-92"), record=replace(RECORD, **wrong))
