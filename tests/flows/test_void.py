"""A transaction is undone in its own shift, as a dialogue; and that it can be left at every question."""

from __future__ import annotations

from typing import Any

import pytest
from msgspec.structs import replace

from terminal.core.approval import Approved, Permit
from terminal.core.commands import (
    BookDeposit,
    BookInvoice,
    BookRefund,
    BookVoid,
    PaidBy,
    PointsEarned,
    PumpRecord,
    Returned,
)
from terminal.core.entry import Entry
from terminal.core.errors import (
    AlreadyUndone,
    InsufficientFunds,
    LedgerClosed,
    NoPin,
    OfAnotherShift,
    RedLetterFirst,
    StaffPinLocked,
)
from terminal.core.pin import PinCause
from terminal.core.policy import Policy
from terminal.core.staff import Role
from terminal.core.values import StaffId
from terminal.flows.void import void
from tests.core.ledger.book import C1, W1, Book
from tests.core.ledger.test_value import line, load, sell
from tests.flows.scripted import CANCEL, SKIP, Script, ScriptedDesk, play
from tests.flows.shop import WANG, WANG_CARD

HOLDERS = {WANG_CARD: replace(WANG, wallet=W1, card=C1)}
TWO = Policy(second_person=(Approved.VOID,))
PIN = "200731"


class Shop:
    def __init__(self, policy: Policy | None = None) -> None:
        self.desk = ScriptedDesk((), holders=HOLDERS, policy=policy)
        self.book: Book = self.desk.sold.book.with_card()

    def plays(self, *script: tuple[str, Any]) -> Any:
        self.desk.answers(script)
        return play(void(self.desk))

    def by_receipt(self, of: Entry, *script: tuple[str, Any]) -> Any:
        return self.plays(("ask_original", self.desk.sold.number_of(of)), *script)

    @property
    def booked(self) -> BookVoid:
        assert self.desk.finished
        (command,) = self.desk.booked
        assert isinstance(command, BookVoid)
        return command

    @property
    def shown(self) -> list[tuple[str, str]]:
        return [(one.label.text.format(**one.label.values), one.value) for one in self.desk.lines]


def test_a_sale_is_undone_whole_with_all_that_it_gave() -> None:
    shop = Shop()
    before = shop.book.standing()
    sale = sell(shop.book, line(1934), rounding=4, points=(PointsEarned(family="goods", points=19),))
    shop.by_receipt(sale, ("choose", "keyed_wrong"), ("confirm", True))
    assert (shop.booked.of, shop.booked.why) == (sale.id, "keyed_wrong")
    assert shop.shown == [
        ("11-24 08:00  ¥19.34  苹果", ""),
        ("Cash back", "¥19.30"),
        ("Cash rounding", "-¥0.04"),
        ("Goods points", "-19"),
        ("Of receipt", "T1-1-2-9F3A01BC"),
    ]
    assert shop.book.standing() == before
    assert shop.desk.handed_over == ["Booked. Give ¥19.30 back, with the receipt."]


def test_of_fuel_it_is_said_that_nobody_is_reminded_of_what_is_still_owed() -> None:
    reminder = ("Is the fuel still owed? Key its litres anew under Fuel and join", "")
    for sku, said in (("fuel-92", True), ("A1", False)):
        shop = Shop()
        sale = sell(shop.book, line(500), replace(line(1934), sku=sku))
        shop.by_receipt(sale, ("choose", "keyed_wrong"), ("confirm", True))
        assert (reminder in shop.shown) is said
    assert shop.shown[0][0].startswith("11-24 08:00")


def test_of_what_a_dispenser_recorded_it_is_said_that_it_waits() -> None:
    shop = Shop()
    record = PumpRecord(nozzle=1, grade="92", price=7_38, centilitres=2_62, fen=19_34)
    sale = sell(shop.book, replace(line(1934), sku="fuel-92"), record=record)
    shop.by_receipt(sale, ("choose", "keyed_wrong"), ("confirm", True))
    assert ("The fill waits under Fuel and join until it is paid", "") in shop.shown


def test_cash_for_what_was_found_by_card_or_phone_alone_needs_the_pin() -> None:
    shop = Shop()
    lot = load(shop.book, 5000, 500)
    shop.desk.pin, shop.desk.pin_cause_is = PIN, PinCause.PHONE
    shop.plays(("ask_original", WANG_CARD), ("choose", "other"), ("ask_pin", PIN), ("confirm", True))
    assert shop.booked.of == lot.id
    assert shop.desk.pin_fen == [50_00]


@pytest.mark.parametrize("ends", [NoPin("none"), CANCEL])
def test_whoever_found_the_card_gets_no_cash_for_what_it_was_recharged_with(ends: NoPin | str) -> None:
    shop = Shop()
    load(shop.book, 5000, 500)
    shop.desk.pin_cause_is = ends if isinstance(ends, NoPin) else PinCause.ABOVE
    keyed = () if isinstance(ends, NoPin) else (("ask_pin", CANCEL),)
    assert shop.plays(("ask_original", WANG_CARD), ("choose", "other"), *keyed) is not None
    assert (shop.desk.finished, shop.desk.booked) == (True, [])


def test_by_its_receipt_or_back_onto_the_card_nobody_keys_a_pin() -> None:
    for by_card in (False, True):
        shop = Shop()
        load(shop.book, 5000)
        sale = sell(shop.book, line(500), pays={"stored": 500}) if by_card else load(shop.book, 1000)
        shop.desk.pin_cause_is = NoPin("none")
        which = (("choose", sale.id),) if by_card else ()
        asked = WANG_CARD if by_card else shop.desk.sold.number_of(sale)
        shop.plays(("ask_original", asked), *which, ("choose", "other"), ("confirm", True))
        assert shop.booked.of == sale.id
        assert shop.desk.pin_fen == []


def test_a_recharge_and_a_deposit_are_undone_too() -> None:
    shop = Shop()
    lot = load(shop.book, 5000, 500)
    shop.by_receipt(lot, ("choose", "other"), ("confirm", True))
    assert shop.shown[1:4] == [
        ("Cash back", "¥50.00"),
        ("Principal that ends", "-¥50.00"),
        ("Bonus that ends", "-¥5.00"),
    ]
    shop.desk.booked.clear()
    left = shop.book.book(BookDeposit, wallet=W1, card=None, of="presale:p1", amount=700, received=700)
    shop.by_receipt(left, ("choose", "other"), ("confirm", True))
    assert [label for label, _ in shop.shown[1:]] == ["Cash back", "Of receipt"]


def test_it_is_found_by_card_and_among_those_of_today() -> None:
    shop = Shop()
    sale, lot = sell(shop.book, line(500)), load(shop.book, 900)
    for by in (WANG_CARD, SKIP):
        shop.plays(("ask_original", by), ("choose", lot.id), ("choose", CANCEL))
        assert shop.desk.offered[-2] == (lot.id, sale.id)
    shop.plays(("ask_original", 900), ("choose", "other"), ("confirm", True))
    assert shop.booked.of == lot.id


def test_what_another_shift_booked_is_not_voided() -> None:
    shop = Shop()
    shop.book.in_shift("S0")
    sale = sell(shop.book, line(500))
    shop.book.in_shift("S1")
    shop.by_receipt(sale, ("ask_original", SKIP), ("ask_original", CANCEL))
    assert shop.desk.declined == [OfAnotherShift.code, "A180"]
    assert shop.desk.booked == []


def test_what_came_back_in_part_is_not_voided() -> None:
    shop = Shop()
    sale = sell(shop.book, line(500))
    shop.book.book(BookRefund, of=sale.id, returned=(Returned(line=0, net=100),), why="x")
    shop.by_receipt(sale, ("ask_original", CANCEL))
    assert shop.desk.declined == [AlreadyUndone.code]


def test_a_recharge_that_is_spent_is_refused_before_anybody_agrees() -> None:
    shop = Shop()
    lot = load(shop.book, 5000)
    sell(shop.book, line(100), pays={"stored": 100})
    ended = shop.by_receipt(lot, ("choose", "other"))
    assert isinstance(ended, InsufficientFunds)
    assert shop.desk.booked == []


def test_what_the_ledger_refuses_in_the_end_is_not_handed_over() -> None:
    shop = Shop()
    sale = sell(shop.book, line(500))
    shop.desk.fails = LedgerClosed("disk full")
    assert shop.by_receipt(sale, ("choose", "other"), ("confirm", True)) is shop.desk.fails
    assert shop.desk.handed_over == []


def test_where_policy_names_it_a_second_person_approves_it() -> None:
    shop = Shop(TWO)
    sale = sell(shop.book, line(500))
    shop.by_receipt(sale, ("choose", "other"), ("confirm", True), ("second", "E09"))
    assert shop.booked.at.second == "E09"


def test_what_a_deposit_paid_counts_to_what_a_role_may_void_alone() -> None:
    permit = Permit(what=Approved.VOID, role=Role.SHIFT_LEAD, above=4_99)
    shop = Shop(Policy(permits=(permit,)))
    shop.desk.roles = {StaffId("E09"): Role.SHIFT_LEAD}
    shop.book.book(
        BookDeposit,
        wallet=W1,
        card=C1,
        of="presale:1",
        amount=500,
        received=500,
        paid_by=PaidBy.CASH,
        what="x",
    )
    sale = sell(shop.book, line(500), pays={"deposit": (500, "presale:1", 0)})
    shop.by_receipt(sale, ("choose", "other"), ("confirm", True), ("second", "E09"))
    assert shop.booked.at.second == "E09"
    assert shop.desk.shown == [0, 5_00]


LONGEST: Script = (("ask_original", SKIP), ("choose", "left"), ("confirm", True), ("second", "E09"))


@pytest.mark.parametrize("answer", [CANCEL, StaffPinLocked("x")])
@pytest.mark.parametrize("at", range(len(LONGEST)))
def test_left_at_any_step_it_books_nothing(at: int, answer: Any) -> None:
    shop = Shop(TWO)
    sell(shop.book, line(500))
    if answer != CANCEL and LONGEST[at][0] != "second":
        answer = False if LONGEST[at][0] == "confirm" else CANCEL
    shop.plays(*LONGEST[:at], (LONGEST[at][0], answer))
    assert shop.desk.finished
    assert (shop.desk.booked, shop.desk.handed_over) == ([], [])


def test_what_has_its_invoice_is_void_only_after_a_red_letter() -> None:
    shop = Shop()
    lot = load(shop.book, 5000, 500)
    shop.book.book(BookInvoice, wallet=W1, lot=lot.id, number="24000001")
    assert isinstance(shop.by_receipt(lot), RedLetterFirst)
    assert shop.desk.booked == []
    shop.book.book(BookInvoice, wallet=W1, lot=lot.id, number="24000002", red="24000001")
    shop.by_receipt(lot, ("choose", "keyed_wrong"), ("confirm", True))
    assert shop.booked.of == lot.id
