"""Uses pay for what their card was sold for: out of lots that fit, line by line, and back into these."""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from terminal.core.canonical import encoded
from terminal.core.commands import (
    BookGrant,
    BookImport,
    BookMerge,
    BookRefund,
    BookSale,
    BookVoid,
    Grant,
    Returned,
    SaleLine,
    Sells,
    Tender,
    TenderKind,
)
from terminal.core.directives import Grant as Directed
from terminal.core.entry import Entry
from terminal.core.errors import BadAmount, InsufficientFunds
from terminal.core.ledger.sold_for import sold_as
from terminal.core.ledger.state import Lot
from terminal.core.rights import LotPart, LotTerms, Right, SaleRight
from terminal.core.sold import Scope, SoldAs, read, spelt
from terminal.core.times import clock_of
from terminal.core.values import StaffId, WalletId
from tests.core.ledger.book import AT, M1, M2, W1, W2, Book
from tests.core.ledger.test_rights import Site, principal
from tests.core.ledger.test_value import line, sell

UNIT = "count:K10"


@pytest.fixture
def book() -> Book:
    return Book().with_member()


def card(book: Book, amount: int, *services: str, until: str = "", paid: int = 1_000) -> Entry:
    sells = Sells(unit=UNIT, amount=amount, until=until, uses_of=services)
    return sell(book, line(paid, sells=sells))


def of(sku: str, net: int, quantity: int = 1) -> SaleLine:
    return replace(line(net), sku=sku, quantity=quantity, unit_price=net // quantity)


def use(book: Book, *lines: SaleLine, as_sold: tuple[int, ...] = (), offered: str = "") -> Entry:
    due, units = sum(one.net for one in lines), sum(one.quantity for one in lines)
    paid = Tender(kind=TenderKind.USES, amount=due, of=UNIT, units=units, places=tuple(range(len(lines))))
    paid = replace(paid, as_sold=as_sold, offered=offered)
    return book.book(BookSale, wallet=W1, card=None, lines=lines, due=due, tenders=(paid,))


def rests(book: Book, *cards: Entry) -> list[tuple[int, int]]:
    """What is left of each, and what was taken at list price."""
    lots = [book.lot(W1, UNIT, one.id) for one in cards]
    return [(lot.rest, lot.listed) for lot in lots if lot is not None]


def test_a_use_is_taken_from_a_card_that_was_sold_for_it(book: Book) -> None:
    old, new = card(book, 2, "F01"), card(book, 3, "F02", "F03")
    use(book, of("F02", 500))
    assert rests(book, old, new) == [(2, 0), (2, 500)]
    use(book, of("F01", 300))
    assert rests(book, old, new) == [(1, 300), (2, 500)]
    with pytest.raises(InsufficientFunds, match="1 of 2 count"):
        use(book, of("F01", 600, 2))
    with pytest.raises(InsufficientFunds):
        use(book, of("F04", 600))
    assert rests(book, old, new) == [(1, 300), (2, 500)]


def test_one_bill_takes_of_each_what_fits_and_gives_it_back_there(book: Book) -> None:
    old, new = card(book, 2, "F01", paid=1_001), card(book, 9, "F01", "F02", until="2026-12-01")
    before = book.standing()
    sale = use(book, of("F02", 700), of("F01", 800, 8), of("F01", 100), of("F01", 50))
    assert [(lot.lot, lot.amount, lot.listed) for lot in sale.lots] == [
        (new.id, -9, 1_500),
        (old.id, -2, 150),
    ]
    assert rests(book, old, new) == [(0, 150), (0, 1_500)]
    assert book.site_of(f"deferred:{UNIT}") == 0
    back(book, sale, (1, 100), (3, 50))
    assert rests(book, old, new) == [(1, 100), (1, 1_400)]
    back(book, sale, (0, 700), (1, 700), (2, 100))
    assert rests(book, old, new) == [(2, 0), (9, 0)]
    assert book.standing() == before


def test_a_card_that_gives_twice_to_one_bill_gets_both_back(book: Book) -> None:
    first, other = card(book, 3, "F01", paid=1_000), card(book, 3, "F02", paid=500)
    use(book, of("F01", 300))
    before = book.standing()
    for undo in (BookVoid, None):
        sale = use(book, of("F01", 300), of("F02", 400), of("F01", 300))
        assert [(lot.lot, lot.amount) for lot in sale.lots] == [
            (first.id, -1),
            (other.id, -1),
            (first.id, -1),
        ]
        assert book.site_of(f"deferred:{UNIT}") == 334
        if undo:
            book.book(undo, of=sale.id, why="wrong")
        else:
            back(book, sale, (2, 300), (0, 300))
            assert rests(book, first, other) == [(2, 300), (2, 400)]
            back(book, sale, (1, 400))
        assert book.standing() == before
        assert rests(book, first, other) == [(2, 300), (3, 0)]


def test_no_line_takes_a_use_that_another_needs_and_it_could_do_without(book: Book) -> None:
    first, other = card(book, 1, "F01", "F02", until="2026-12-01"), card(book, 5, "F01")
    before = book.standing()
    sale = use(book, of("F01", 600), of("F02", 400))
    assert [(lot.lot, lot.amount, lot.listed) for lot in sale.lots] == [
        (other.id, -1, 600),
        (first.id, -1, 400),
    ]
    back(book, sale, (0, 600))
    assert rests(book, first, other) == [(0, 400), (5, 0)]
    back(book, sale, (1, 400))
    assert (rests(book, first, other), book.standing()) == ([(1, 0), (5, 0)], before)
    with pytest.raises(InsufficientFunds, match="1 of 2 count"):
        use(book, of("F01", 600), of("F02", 400, 2))


def back(book: Book, sale: Entry, *returned: tuple[int, int]) -> None:
    parts = tuple(Returned(line=at, net=net) for at, net in returned)
    book.book(BookRefund, of=sale.id, returned=parts, why="unwanted")


def kept(lot: str) -> Lot:
    """A lot of before, which says nothing itself."""
    return Lot(lot=lot, rest=1)


def test_of_what_nobody_says_what_it_was_sold_for_the_counter_decides(book: Book) -> None:
    old = sell(book, line(1_000, sells=Sells(unit=UNIT, amount=2)))
    use(book, of("F09", 500))
    assert rests(book, old) == [(1, 500)]
    assert sold_as(book, UNIT, kept(old.id)) is None
    assert sold_as(book, UNIT, kept("lot-1")) is None


LUNCH = Scope(sites=("S1",), weekdays=(2,), closes="17:00")
SOLD = SoldAs(name="十次卡", uses_of=("F01",), scope=LUNCH)


def lot_of(book: Book, entry: Entry, wallet: WalletId = W1) -> Lot:
    lot = book.lot(wallet, UNIT, entry.id)
    assert lot is not None
    return lot


def test_each_lot_says_what_it_was_sold_as_however_it_came(book: Book) -> None:
    sells = Sells(unit=UNIT, amount=2, uses_of=("F01",), scope=LUNCH)
    sold = sell(book, replace(line(1_000, sells=sells), name="十次卡"))
    more = (Grant(unit=UNIT, amount=1, sold=spelt(SOLD)),)
    given = book.book(BookGrant, wallet=W1, why="gift", grants=more)
    paper = book.book(BookImport, at=replace(AT, second=StaffId("E02")), wallet=W1, paper="B1", grants=more)
    lots = [lot_of(book, one) for one in (sold, given, paper)]
    assert [sold_as(book, UNIT, lot) for lot in lots] == [SOLD] * 3
    assert [read(lot.sold) for lot in lots] == [SOLD] * 3
    book.with_member(W2, M2)
    book.book(BookMerge, wallet=W1, into=W2)
    assert [read(lot_of(book, one, W2).sold) for one in (sold, given, paper)] == [SOLD] * 3


def test_a_card_that_says_of_nothing_what_it_is_for_says_nothing(book: Book) -> None:
    sale = sell(book, line(1_000, sells=Sells(unit=UNIT, amount=2, scope=LUNCH)))
    assert lot_of(book, sale).sold == ""
    bare = spelt(SoldAs(name="x"))
    given = book.book(BookGrant, wallet=W1, why="gift", grants=(Grant(unit=UNIT, amount=1, sold=bare),))
    assert sold_as(book, UNIT, lot_of(book, given)) is None


def test_what_a_lot_of_before_was_sold_as_stands_in_its_sale(book: Book) -> None:
    sells = Sells(unit=UNIT, amount=1, uses_of=("F01",), scope=LUNCH)
    sale = sell(book, replace(line(300, sells=sells), name="十次卡"))
    assert sold_as(book, UNIT, kept(sale.id)) == SOLD


def test_what_comes_from_headquarters_is_for_what_it_was_sold_for() -> None:
    here = Site()
    terms = LotTerms(unit=UNIT, lot="lot-1", laid=10, paid=1_000, sold=spelt(SOLD))
    part = LotPart(terms=terms, amount=7)
    here.told(Directed(rights=(Right(account=f"wallet:w1:{UNIT}", amount=7, lots=(part,)),), member=M1))
    lot = here.lot(W1, UNIT, "lot-1")
    assert lot is not None
    assert sold_as(here, UNIT, lot) == SOLD


def test_a_sale_that_comes_to_be_undone_says_it_too() -> None:
    sold = sell(Book().with_member(), line(1_000, sells=Sells(unit=UNIT, amount=10, uses_of=("F01",))))
    here = Site()
    here.number = 1_000
    terms = LotTerms(unit=UNIT, lot=sold.id, laid=10, paid=1_000, sold=spelt(SOLD))
    right = SaleRight(sale=sold.id, entry=encoded(sold), undone=(), lots=(terms,))
    here.told(Directed(rights=(principal(1_00),), sales=(right,), member=None))
    lot = here.lot(W1, UNIT, sold.id)
    assert lot is not None
    assert (lot.rest, lot.sold) == (0, spelt(SOLD))


@pytest.mark.parametrize(
    ("scope", "good"),
    [
        (None, True),
        (Scope(), True),
        (Scope(sites=("S1", "S2")), True),
        (Scope(sites=("S2",)), False),
        (Scope(weekdays=(2,)), True),
        (Scope(weekdays=(1, 3)), False),
        (Scope(opens=clock_of(AT)), True),
        (Scope(closes=clock_of(AT)), False),
    ],
)
def test_a_use_is_good_where_and_when_its_card_was_sold_for(
    book: Book, scope: Scope | None, *, good: bool
) -> None:
    """The 24th of November 2026 is a Tuesday."""
    sale = sell(book, line(1_000, sells=Sells(unit=UNIT, amount=2, uses_of=("F01",), scope=scope)))
    if good:
        use(book, of("F01", 300))
        assert rests(book, sale) == [(1, 300)]
    else:
        with pytest.raises(InsufficientFunds):
            use(book, of("F01", 300))


def test_a_use_that_was_offered_in_time_is_good_though_it_is_booked_later(book: Book) -> None:
    closes = Scope(closes=clock_of(AT))
    early, late = ("00:00", "23:59")
    sell(book, line(1_000, sells=Sells(unit=UNIT, amount=2, uses_of=("F01",), scope=closes)))
    with pytest.raises(InsufficientFunds):
        use(book, of("F01", 300), offered=late)
    use(book, of("F01", 300), offered=early)
    assert book.of("w1", UNIT) == 1


def test_of_two_versions_the_one_gives_that_is_good_now(book: Book) -> None:
    never = Scope(sites=("S9",))
    first = sell(
        book, line(1_000, sells=Sells(unit=UNIT, amount=2, uses_of=("F01",), scope=never, until="2026-12-01"))
    )
    other = card(book, 2, "F01")
    use(book, of("F01", 300))
    assert rests(book, first, other) == [(2, 0), (1, 300)]


def test_where_the_counter_says_so_only_a_use_that_was_sold_for_it_pays(book: Book) -> None:
    grants = (Grant(unit=UNIT, amount=1, until="2026-12-01"),)
    given = book.book(BookGrant, wallet=W1, why="gift", grants=grants)
    old = card(book, 5, "F01")
    use(book, of("F01", 300), as_sold=(0,))
    assert rests(book, given, old) == [(1, 0), (4, 300)]
    use(book, of("F02", 200), of("F01", 300), as_sold=(1,))
    assert rests(book, given, old) == [(0, 200), (3, 600)]
    with pytest.raises(InsufficientFunds):
        use(book, of("F01", 1_200, 4), as_sold=(0,))


@pytest.mark.parametrize("as_sold", [(1,), (-1,), (0, 1)])
def test_of_a_line_that_it_does_not_pay_a_use_says_nothing(book: Book, as_sold: tuple[int, ...]) -> None:
    card(book, 5, "F01")
    with pytest.raises(BadAmount, match="as it was sold"):
        use(book, of("F01", 300), as_sold=as_sold)


def test_the_line_that_sold_it_is_found_among_others(book: Book) -> None:
    sells = Sells(unit=UNIT, amount=1, uses_of=("F01",))
    lines = line(100), line(200, sells=replace(sells, unit="count:K20")), line(300, sells=sells)
    sale = sell(book, *lines)
    assert sold_as(book, UNIT, kept(sale.id)) == SoldAs(name="苹果", uses_of=("F01",))
    assert sold_as(book, "count:K30", kept(sale.id)) is None
    recharge = book.entries[next(iter(book.entries))]
    assert sold_as(book, UNIT, kept(recharge.id)) is None
