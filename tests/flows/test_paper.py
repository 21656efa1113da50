"""Paper balances, as dialogues; and that each can be left at every question."""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from terminal.core.commands import BookImport, Grant
from terminal.core.errors import (
    CardSwapped,
    LedgerClosed,
    OverLimit,
    OwnMembership,
    OwnSheet,
    SheetTaken,
    UnknownCard,
)
from terminal.core.screens import Keying
from terminal.core.sold import spelt
from terminal.core.values import StaffId
from terminal.flows.paper import paper
from tests.core.ledger.book import C1, TWO, W1, Book
from tests.flows.scripted import CANCEL, SKIP, Script, ScriptedDesk, play
from tests.flows.shop import POLICY, STRANGER, WANG, WANG_CARD
from tests.flows.test_uses import ARTICLES, CUT, TEN

HOLDER = replace(WANG, wallet=W1, card=C1)
SHEET: Script = (
    ("read_member", WANG_CARD),
    ("ask_text", "2019-0042"),
    ("choose", "principal"),
    ("ask_amount", 120_00),
    ("choose", "points:goods"),
    ("ask_text", "340"),
    ("choose", "done"),
    ("confirm", True),
    ("second", "E02"),
)


def at_the_desk(script: Script) -> ScriptedDesk:
    return ScriptedDesk(script, holders={WANG_CARD: HOLDER}, policy=POLICY)


def taken_over(desk: ScriptedDesk) -> BookImport:
    assert desk.finished
    (command,) = desk.booked
    assert isinstance(command, BookImport)
    return command


def test_what_stands_on_the_sheet_is_taken_over_under_two_signatures_and_the_ledger_takes_it() -> None:
    desk = at_the_desk(SHEET)
    assert play(paper(desk)) is None
    command = taken_over(desk)
    assert (command.paper, command.at.operator, command.at.second) == ("2019-0042", "E01", "E02")
    assert command.grants == (Grant(unit="principal", amount=120_00), Grant(unit="points:goods", amount=340))
    assert [(line.label.text, line.value) for line in desk.lines] == [
        ("Sheet", "2019-0042"), ("Principal", "¥120.00"), ("Goods points", "340"),
    ]  # fmt: skip
    assert desk.shown[-1] == 120_00
    assert list(desk.pads.values()) == [Keying.TEXT, Keying.COUNT]
    book = Book()
    book.with_member(card=C1)
    book.keep_command(replace(command, id=book.next_id()))
    assert (book.of(W1, "principal"), book.of(W1, "points:goods")) == (120_00, 340)


def test_each_kind_is_offered_once_and_points_are_whole() -> None:
    script = (
        *SHEET[:4],
        ("choose", "bonus"),
        ("ask_amount", 5_00),
        ("ask_text", "3.5"),
        ("ask_text", "0"),
        ("ask_text", "7"),
        *SHEET[6:],
    )
    desk = at_the_desk((*script[:6], ("choose", "points:goods"), *script[6:]))
    assert play(paper(desk)) is None
    assert [(one.unit, one.amount) for one in taken_over(desk).grants] == [
        ("principal", 120_00), ("bonus", 5_00), ("points:goods", 7),
    ]  # fmt: skip
    assert desk.offered == [
        ("principal", "bonus", "points:goods", "uses"),
        ("bonus", "points:goods", "uses", "done"),
        ("points:goods", "uses", "done"),
        ("uses", "done"),
    ]
    assert desk.refused == ["A121", "A121"]


USES: Script = (
    *SHEET[:2],
    ("choose", "uses"),
    ("ask_text", " K10 "),
    ("ask_text", "7"),
    ("ask_text", "20271231"),
    *SHEET[6:],
)
UNTIL = "2027-12-31"


def with_uses(script: Script) -> ScriptedDesk:
    desk = at_the_desk(script)
    desk.articles = ARTICLES
    return desk


def test_what_is_left_of_a_count_card_is_taken_over_with_its_last_day_as_it_is_sold_today() -> None:
    desk = with_uses(USES)
    assert play(paper(desk)) is None
    (grant,) = taken_over(desk).grants
    assert grant == Grant(unit="count:K10", amount=7, until=UNTIL, sold=spelt(TEN.sold_as))
    assert [(line.label.text, line.label.values, line.value) for line in desk.lines[1:]] == [
        ("Uses left, {name}", {"name": TEN.name}, "x7"), ("Usable until", {}, UNTIL),
    ]  # fmt: skip
    assert desk.shown[-1] == 0
    book = Book().with_member(card=C1)
    book.keep_command(replace(taken_over(desk), id=book.next_id()))
    assert book.of(W1, "count:K10") == 7
    assert list(desk.pads.values()) == [Keying.TEXT, Keying.TEXT, Keying.COUNT, Keying.DAY]


def test_uses_that_do_not_end_and_those_of_a_service_itself() -> None:
    desk = with_uses((*USES[:3], ("ask_text", CUT.sku), ("ask_text", "1"), ("ask_text", SKIP), *USES[6:]))
    assert play(paper(desk)) is None
    (grant,) = taken_over(desk).grants
    assert (grant.unit, grant.amount, grant.until) == (f"count:{CUT.sku}", 1, "")
    assert [line.label.text for line in desk.lines] == ["Sheet", "Uses left, {name}"]


def test_only_uses_of_something_that_are_left_today_are_taken_over_each_card_once() -> None:
    today = ScriptedDesk((), holders={}, policy=POLICY).occasion().business_day
    script = (
        *USES[:3],
        ("ask_text", "K99"),
        ("ask_text", "K10"),
        ("ask_text", "0"),
        ("ask_text", "1001"),
        ("ask_text", "1000"),
        ("ask_text", "20270229"),
        ("ask_text", "in spring"),
        ("ask_text", "2020-01-01"),
        ("ask_text", today),
        ("choose", "uses"),
        ("ask_text", "K10"),
        ("ask_text", "K20"),
        ("ask_text", "2"),
        ("ask_text", SKIP),
        *USES[6:],
    )
    desk = with_uses(script)
    assert play(paper(desk)) is None
    assert desk.refused == ["A360", "A121", "A121", "A162", "A162", "A162", "A361"]
    assert [(one.unit, one.amount, one.until) for one in taken_over(desk).grants] == [
        ("count:K10", 1_000, today), ("count:K20", 2, ""),
    ]  # fmt: skip


def test_ten_kinds_of_value_are_a_whole_sheet() -> None:
    services = {f"S{at}": replace(CUT, sku=f"S{at}") for at in range(10)}
    each = [
        (("choose", "uses"), ("ask_text", sku), ("ask_text", "1"), ("ask_text", SKIP)) for sku in services
    ]
    desk = at_the_desk((*SHEET[:2], *(one for some in each for one in some), *SHEET[7:]))
    desk.articles = services
    assert play(paper(desk)) is None
    assert len(taken_over(desk).grants) == 10


def test_the_card_holds_no_more_than_it_may() -> None:
    desk = ScriptedDesk(
        SHEET[:3], holders={WANG_CARD: HOLDER}, policy=replace(POLICY, recharge_at_most=HOLDER.principal)
    )
    assert isinstance(play(paper(desk)), OverLimit)
    assert desk.booked == []


def test_nobody_takes_over_their_own() -> None:
    desk = at_the_desk(SHEET[:1])
    desk.own = {StaffId("E01"): W1}
    assert isinstance(play(paper(desk)), OwnMembership)


def test_nobody_signs_for_their_own_as_the_second_either() -> None:
    desk = at_the_desk(SHEET)
    desk.own = {StaffId("E02"): W1}
    assert isinstance(play(paper(desk)), OwnSheet)
    assert (desk.finished, desk.booked) == (True, [])


def test_a_sheet_that_was_taken_over_is_refused_before_anything_of_it_is_keyed() -> None:
    desk = at_the_desk(SHEET[:2])
    desk.sold.book.with_member(card=C1)
    grants = (Grant(unit="principal", amount=120_00),)
    desk.sold.book.book(BookImport, at=TWO, wallet=W1, paper="2019-0042", grants=grants)
    assert isinstance(play(paper(desk)), SheetTaken)
    assert (desk.finished, desk.booked) == (True, [])


def test_who_is_nobody_has_no_sheet() -> None:
    assert isinstance(play(paper(at_the_desk((("read_member", STRANGER),)))), UnknownCard)


@pytest.mark.parametrize("fault", [LedgerClosed("disk full"), CardSwapped("x")])
def test_what_is_refused_at_the_end_is_not_handed_over(fault: LedgerClosed | CardSwapped) -> None:
    desk = at_the_desk(SHEET)
    desk.fails = fault if isinstance(fault, LedgerClosed) else None
    desk.card_gone = fault if isinstance(fault, CardSwapped) else None
    assert play(paper(desk)) is fault
    assert (desk.booked, desk.handed_over) == ([], [])


@pytest.mark.parametrize(
    "script",
    [(*sheet[:at], (sheet[at][0], CANCEL)) for sheet in (SHEET, USES) for at in range(len(sheet))],
)
def test_left_at_any_question_it_books_nothing(script: Script) -> None:
    desk = with_uses(script)
    play(paper(desk))
    assert desk.finished
    assert (desk.booked, desk.handed_over) == ([], [])
