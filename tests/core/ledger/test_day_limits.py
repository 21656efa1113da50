"""What companies' cards take of a day: counted with each use, refused beyond what is left, and heard."""

from __future__ import annotations

from typing import Any

import pytest

from terminal.core.accounts import company_credit, measure_of
from terminal.core.commands import (
    BookDirective,
    BookFleetFunds,
    BookHold,
    BookRefund,
    BookRelease,
    BookSale,
    BookVoid,
    DayLimits,
    FleetCard,
    Returned,
    Tender,
    TenderKind,
)
from terminal.core.directives import CardUse, DayUsed, Directed
from terminal.core.entry import Entry
from terminal.core.errors import BadAmount, InsufficientFunds, NotBookable, OverLimit, Refused
from terminal.core.fleet import DayLimit, Fill
from terminal.core.ledger import posted_again
from terminal.core.ledger.day_limits import MayTake, UsedToday, may_take, used_on
from terminal.core.money import AMOUNT_MAX
from terminal.core.values import SiteId
from tests.core.ledger.book import DAY, W1, Book
from tests.core.ledger.test_postings import posts
from tests.core.ledger.test_value import line, sell

NEXT = "2026-11-25"
LIMITS = DayLimits(card_fen=1000, card_litres=200, company_fen=1500, company_litres=300)


@pytest.fixture
def book() -> Book:
    book = Book()
    book.book(BookFleetFunds, company="haulage", amount=100_000, paid_by=None)
    return book


def card(name: str = "truck-7", litres: int = 0, limits: DayLimits = LIMITS) -> FleetCard:
    return FleetCard(card=name, litres=litres, limits=limits)


def takes(book: Book, fen: int, fleet: FleetCard | None = None, company: str = "haulage") -> Entry:
    tender = Tender(kind=TenderKind.FLEET, amount=fen, of=company, fleet=fleet or card())
    return pays(book, tender)


def pays(book: Book, tender: Tender) -> Entry:
    due = tender.amount
    return book.book(BookSale, wallet=None, card=None, lines=(line(due),), due=due, tenders=(tender,))


def holds(book: Book, fen: int, litres: int, **more: Any) -> Entry:
    fields = {"wallet": None, "card": None, "for_what": "pump:3", "company": "haulage", **more}
    return book.book(BookHold, amount=fen, **{"fleet": card(litres=litres), **fields})


def fills(book: Book, hold: Entry, fen: int, litres: int) -> Entry:
    return sell(book, line(fen), pays={"held": (fen, hold.id, litres)}, wallet=None)


def used(book: Book, name: str = "truck-7", day: str = DAY, company: str = "haulage") -> tuple[int, ...]:
    """(fen, hundredths) of the card, then of the company."""
    found = used_on(book, company, name, day)
    return found.card.fen, found.card.litres, found.company.fen, found.company.litres


def hears(book: Book, *uses: CardUse, site: str = "S2", day: str = DAY, company: str = "haulage") -> Entry:
    said = DayUsed(site=SiteId(site), company=company, day=day, uses=uses)
    return book.book(BookDirective, directed=Directed(hq_epoch=1, m=book.seq), directive=said)


def test_a_use_of_credit_is_counted_for_its_card_and_its_company_and_moves_no_money(book: Book) -> None:
    takes(book, 300, card(litres=40))
    assert posts(book) == {
        "company:haulage:credit": -300,
        f"used:fen:{DAY}:haulage:truck-7": 300,
        f"used:fen:{DAY}:haulage:": 300,
        "issued:used:fen": -600,
        f"used:litres:{DAY}:haulage:truck-7": 40,
        f"used:litres:{DAY}:haulage:": 40,
        "issued:used:litres": -80,
        "revenue:fruit": 300,
    }
    takes(book, 100, card("van-1", litres=5))
    assert used(book) == (300, 40, 400, 45)
    assert used(book, "van-1") == (100, 5, 400, 45)
    assert used_on(book, "haulage", "van-1", NEXT) == UsedToday(card=Fill(), company=Fill())
    assert used(book, company="other") == (0, 0, 0, 0)


@pytest.mark.parametrize("head", ["used", "elsewhere", "told"])
def test_what_is_counted_by_day_is_in_a_measure_of_its_own(head: str) -> None:
    assert measure_of(f"{head}:fen:{DAY}:haulage:truck-7") == "used:fen"
    assert measure_of(f"{head}:litres:{DAY}:haulage:") == "used:litres"
    assert measure_of("issued:used:litres") == "used:litres"


def test_goods_without_fuel_count_no_litres(book: Book) -> None:
    takes(book, 300)
    assert used(book) == (300, 0, 300, 0)
    assert not any("litres" in unit for unit in posts(book))


@pytest.mark.parametrize(
    ("fen", "litres", "limits"),
    [
        (1001, 0, DayLimits(card_fen=1000)),
        (1, 201, DayLimits(card_litres=200)),
        (1001, 0, DayLimits(company_fen=1000)),
        (1, 201, DayLimits(company_litres=200)),
        (1, 0, DayLimits(card_fen=0)),
    ],
)
def test_what_does_not_fit_is_refused(book: Book, fen: int, litres: int, limits: DayLimits) -> None:
    with pytest.raises(OverLimit):
        takes(book, fen, card(litres=litres, limits=limits))
    with pytest.raises(OverLimit):
        holds(book, fen, litres, fleet=card(litres=litres, limits=limits))
    assert used(book) == (0, 0, 0, 0)


def test_all_that_is_left_may_be_taken_and_then_nothing(book: Book) -> None:
    takes(book, 400, card(litres=150))
    takes(book, 600, card(litres=50))
    for fleet in (card(), card(litres=1)):
        with pytest.raises(OverLimit):
            takes(book, 1, fleet)
    with pytest.raises(OverLimit):
        takes(book, 501, card("van-1"))
    with pytest.raises(OverLimit):
        takes(book, 1, card("van-1", litres=101))
    takes(book, 500, card("van-1", litres=100))
    with pytest.raises(OverLimit):
        takes(book, 1, card("van-2"))
    book.on_day(NEXT)
    takes(book, 1000, card(litres=200))


def test_without_limits_all_that_the_company_has_may_be_taken_and_is_counted(book: Book) -> None:
    takes(book, 100_000, card(litres=90_000, limits=DayLimits()))
    assert used(book) == (100_000, 90_000, 100_000, 90_000)
    with pytest.raises(InsufficientFunds):
        takes(book, 1, card(limits=DayLimits()))


def test_without_a_card_nothing_is_counted(book: Book) -> None:
    pays(book, Tender(kind=TenderKind.FLEET, amount=300, of="haulage"))
    assert posts(book) == {"company:haulage:credit": -300, "revenue:fruit": 300}


def test_what_a_hold_did_not_use_may_be_used_again(book: Book) -> None:
    hold = holds(book, 900, 120)
    assert used(book) == (900, 120, 900, 120)
    with pytest.raises(OverLimit):
        takes(book, 101)
    fills(book, hold, 700, 90)
    assert used(book) == (700, 90, 700, 90)
    book.book(BookRelease, hold=holds(book, 300, 110).id)
    assert used(book) == (700, 90, 700, 90)


def test_a_hold_that_is_used_whole_gives_nothing_back(book: Book) -> None:
    fills(book, holds(book, 900, 120), 900, 120)
    assert used(book) == (900, 120, 900, 120)
    assert not any(unit.startswith(("used", "issued")) for unit in posts(book))


def test_more_litres_than_are_held_are_not_captured(book: Book) -> None:
    hold = holds(book, 900, 120)
    for litres in (121, -1):
        with pytest.raises(InsufficientFunds):
            fills(book, hold, 700, litres)
    fills(book, hold, 700, 0)
    assert used(book) == (700, 0, 700, 0)


def test_a_fill_after_midnight_gives_back_of_the_day_on_which_it_was_held(book: Book) -> None:
    hold = holds(book, 900, 120)
    book.on_day(NEXT)
    fills(book, hold, 700, 90)
    assert used(book) == (700, 90, 700, 90)
    assert used(book, day=NEXT) == (0, 0, 0, 0)


def test_a_hold_of_nobodys_card_counts_nothing_when_it_ends(book: Book) -> None:
    hold = holds(book, 900, 0, fleet=None)
    fills(book, hold, 700, 5)
    assert used(book) == (0, 0, 0, 0)


def test_a_void_gives_the_day_back_and_a_refund_does_not(book: Book) -> None:
    before = book.standing()
    book.book(BookVoid, of=takes(book, 700, card(litres=90)).id, why="x")
    assert book.standing() == before
    hold = holds(book, 900, 120)
    held = book.standing()
    book.book(BookVoid, of=fills(book, hold, 700, 90).id, why="x")
    assert book.standing() == held
    sale = fills(book, hold, 700, 90)
    book.book(BookRefund, of=sale.id, returned=(Returned(line=0, net=700),), why="x")
    assert used(book) == (700, 90, 700, 90)


def test_what_others_used_counts_as_if_it_had_been_used_here(book: Book) -> None:
    takes(book, 100, card(litres=10))
    hears(book, CardUse(card="truck-7", fen=400, litres=50), CardUse(card="", fen=700, litres=60))
    assert posts(book) == {
        f"told:fen:{DAY}:haulage:truck-7:S2": 400,
        f"elsewhere:fen:{DAY}:haulage:truck-7": 400,
        f"told:litres:{DAY}:haulage:truck-7:S2": 50,
        f"elsewhere:litres:{DAY}:haulage:truck-7": 50,
        f"told:fen:{DAY}:haulage::S2": 700,
        f"elsewhere:fen:{DAY}:haulage:": 700,
        f"told:litres:{DAY}:haulage::S2": 60,
        f"elsewhere:litres:{DAY}:haulage:": 60,
        "issued:used:fen": -2200,
        "issued:used:litres": -220,
    }
    assert used(book) == (500, 60, 800, 70)
    with pytest.raises(OverLimit):
        takes(book, 501)
    takes(book, 500)


def test_a_figure_takes_the_place_of_the_one_before_it_of_the_same_site(book: Book) -> None:
    hears(book, CardUse(card="truck-7", fen=400, litres=50))
    hears(book, CardUse(card="truck-7", fen=100, litres=10), site="S3")
    assert used(book) == (500, 60, 0, 0)
    hears(book, CardUse(card="truck-7", fen=300, litres=50))
    assert used(book) == (400, 60, 0, 0)
    hears(book, CardUse(card="truck-7", fen=300, litres=50))
    assert not posts(book)
    assert used(book, day=NEXT) == (0, 0, 0, 0)


def test_a_fact_that_is_booked_again_is_counted_though_the_day_is_used_up_by_now(book: Book) -> None:
    one = Book()
    one.book(BookFleetFunds, company="haulage", amount=5000, paid_by=None)
    lost = takes(one, 800, card(litres=100))
    hears(book, CardUse(card="truck-7", fen=900, litres=150))
    with pytest.raises(OverLimit):
        takes(book, 800, card(litres=100))
    again = posted_again(lost, book)
    done = {account.unit: amount for account, amount in again.postings}
    assert done[f"used:fen:{DAY}:haulage:truck-7"] == 800
    assert done[f"used:litres:{DAY}:haulage:"] == 100
    assert not again.uncovered


@pytest.mark.parametrize(
    ("company", "fleet", "error"),
    [
        ("haulage", card(""), NotBookable),
        ("haulage", card("a:b"), NotBookable),
        ("haulage", card("a" * 37), NotBookable),
        ("b" * 37, card(), NotBookable),
        ("haulage", card(litres=-1), BadAmount),
        ("haulage", card(litres=AMOUNT_MAX + 1, limits=DayLimits()), BadAmount),
        *(
            ("haulage", card(limits=DayLimits(**{name: most})), BadAmount)
            for name in ("card_fen", "card_litres", "company_fen", "company_litres")
            for most in (-1, AMOUNT_MAX + 1)
        ),
    ],
)
def test_what_no_card_of_a_company_is(
    book: Book, company: str, fleet: FleetCard, error: type[Refused]
) -> None:
    book.book(BookFleetFunds, company="b" * 37, amount=5000, paid_by=None)
    with pytest.raises(error):
        takes(book, 100, fleet, company)


def test_the_longest_ids_are_counted() -> None:
    book = Book()
    book.book(BookFleetFunds, company="b" * 36, amount=5000, paid_by=None)
    most = DayLimits(**dict.fromkeys(DayLimits.__struct_fields__, AMOUNT_MAX))
    takes(book, 100, card("a" * 36, limits=most), "b" * 36)
    takes(book, 100, card("a" * 36, limits=DayLimits(card_fen=100 + 100, company_litres=0)), "b" * 36)
    assert used(book, "a" * 36, company="b" * 36) == (200, 0, 200, 0)


@pytest.mark.parametrize(("length", "counted"), [(40, True), (41, False)])
def test_a_site_whose_name_is_too_long_counts_no_days(length: int, counted: bool) -> None:  # noqa: FBT001
    book = Book()
    book.site = SiteId("s" * length)
    book.book(BookFleetFunds, company="haulage", amount=5000, paid_by=None)
    if counted:
        takes(book, 100)
    else:
        with pytest.raises(NotBookable):
            takes(book, 100)


def test_a_companys_card_takes_nothing_but_its_credit(book: Book) -> None:
    with pytest.raises(NotBookable):
        pays(book, Tender(kind=TenderKind.CODE, amount=5, fleet=card()))
    book.with_member()
    sell(book, line(100), wallet=W1)
    with pytest.raises(NotBookable):
        holds(book, 5, 0, wallet=W1, company="")


def test_what_a_card_may_take_is_told_with_its_companys_credit(book: Book) -> None:
    def told(name: str) -> MayTake:
        return may_take(book, company="haulage", card=name, day=DAY, limits=LIMITS)

    credit = book.balance(company_credit("haulage"))
    assert told("truck-7") == MayTake(left=DayLimit(fen=1000, litres=200), credit=credit)
    takes(book, 700, card(litres=150))
    assert told("truck-7") == MayTake(left=DayLimit(fen=300, litres=50), credit=credit - 700)
    assert told("van-1") == MayTake(left=DayLimit(fen=800, litres=150), credit=credit - 700)
    other = may_take(book, company="taxi", card="truck-7", day="2026-11-25", limits=DayLimits())
    assert other == MayTake(left=DayLimit(), credit=0)
