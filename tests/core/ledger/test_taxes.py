"""What uses pay bears the tax of what they earn; what comes back takes back what was posted (decision 46)."""

from __future__ import annotations

from itertools import permutations

from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from terminal.core.commands import (
    BookGrant,
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
from terminal.core.entry import Entry
from terminal.core.ledger.taxes import tax_of, taxes_booked
from tests.core.ledger.book import W1, Book
from tests.core.ledger.test_value import line, sell

UNIT = "count:K10"
SIX, THIRTEEN = 600, 1_300


def with_card(paid: int = 30_000, uses: int = 10, *more: tuple[int, int]) -> Book:
    book = Book().with_member()
    for price, amount in ((paid, uses), *more):
        sell(book, replace(line(price, sells=Sells(unit=UNIT, amount=amount)), tax_bp=THIRTEEN))
    return book


def service(net: int, tax_bp: int = SIX, quantity: int = 1) -> SaleLine:
    return replace(line(net), quantity=quantity, unit_price=net // quantity, tax_bp=tax_bp)


def bill(book: Book, *lines: SaleLine, cash: tuple[SaleLine, ...] = ()) -> Entry:
    """Uses pay the first lines, cash the others."""
    due, units = sum(one.net for one in lines), sum(one.quantity for one in lines)
    paid = Tender(kind=TenderKind.USES, amount=due, of=UNIT, units=units, places=tuple(range(len(lines))))
    rest = sum(one.net for one in cash)
    tenders = (paid, Tender(kind=TenderKind.CASH, amount=rest)) if rest else (paid,)
    fields = {"wallet": W1, "card": None, "lines": (*lines, *cash), "due": due + rest, "received": rest}
    return book.book(BookSale, **fields, tenders=tenders)


def back(book: Book, sale: Entry, *returned: tuple[int, int]) -> None:
    parts = tuple(Returned(line=at, net=net) for at, net in returned)
    book.book(BookRefund, of=sale.id, returned=parts, why="unwanted")


def test_all_uses_of_a_card_bear_the_tax_of_its_price() -> None:
    """300.00 at 6 % has 16.98 in it; ten times 38.00 would have 21.50."""
    book = with_card()
    assert book.site_of("tax") == 0
    taxes = []
    for _ in range(10):
        before = book.site_of("tax")
        bill(book, service(3_800))
        taxes.append(book.site_of("tax") - before)
    assert taxes == [170, 170, 169, 170, 170, 170, 170, 169, 170, 170]
    assert sum(taxes) == 1_698
    assert book.site_of("revenue:fruit") + book.site_of("prepaid_difference") == 30_000 - 1_698
    assert book.site_of(f"deferred:{UNIT}") == 0


def test_each_line_has_its_own_rate_and_what_is_paid_beside_it_its_own_tax() -> None:
    book = with_card(1_000, 1, (5_000, 4))
    sale = bill(
        book,
        service(7_600, SIX, 2),
        service(100, 0),
        service(3_000, THIRTEEN),
        cash=(service(1_130, THIRTEEN),),
    )
    # Of the first line one use earns 10.00, the other 12.50; the third earns 12.50.
    six = round(1_000 * 6 / 106) + round(1_250 * 6 / 106)
    thirteen = round(3_750 * 13 / 113) - round(2_500 * 13 / 113)
    assert (six, thirteen) == (128, 143)
    assert book.site_of("tax") == 128 + 143 + 130
    (_, entry) = list(book.entries.items())[-1]
    assert taxes_booked(entry, entry.payload)[1::2] == [0, 130]  # type: ignore[arg-type]
    assert sum(taxes_booked(entry, entry.payload)) == 401  # type: ignore[arg-type]
    back(book, sale, (3, 1_130))
    assert book.site_of("tax") == 271
    back(book, sale, (1, 100))
    assert book.site_of("tax") == 271
    back(book, sale, (0, 7_600), (2, 3_000))
    assert book.site_of("tax") == 0


def test_uses_that_nobody_paid_for_bear_no_tax() -> None:
    book = Book().with_member()
    book.book(BookGrant, wallet=W1, why="gift", grants=(Grant(unit=UNIT, amount=2),))
    before = book.standing()
    sale = bill(book, service(3_800), cash=(service(1_060),))
    assert book.site_of("tax") == 60
    back(book, sale, (0, 3_800))
    assert book.site_of("tax") == 60
    back(book, sale, (1, 1_060))
    assert book.standing() == before


def test_a_use_of_what_has_no_tax_in_its_list_price_gives_back_what_it_bore() -> None:
    book = with_card(30_000, 1)
    before = book.standing()
    sale = bill(book, service(5))
    assert (tax_of(service(5)), book.site_of("tax")) == (0, 1_698)
    back(book, sale, (0, 5))
    assert book.standing() == before


def test_what_was_booked_by_the_rule_of_before_comes_back_as_it_was_booked() -> None:
    """It bore the tax of its list price."""
    book = with_card()
    before = book.standing()
    sale = bill(book, service(3_800), service(1_000, THIRTEEN))
    then = replace(
        sale, postings=tuple((name, 330 if name == "site:S1:tax" else fen) for name, fen in sale.postings)
    )
    assert taxes_booked(then, then.payload) == [215, 115]  # type: ignore[arg-type]
    assert taxes_booked(sale, sale.payload) == [170, 345]  # type: ignore[arg-type]
    book.book(BookVoid, of=sale.id, why="wrong")
    assert book.standing() == before


def test_a_count_card_that_uses_pay_for_is_taxed_when_it_is_used() -> None:
    book = with_card(1_000_000)
    before = book.standing()
    other = replace(service(90_000), sells=Sells(unit="count:K5", amount=5))
    sale = bill(book, other, service(1_060))
    assert book.site_of("tax") == 5_661
    assert taxes_booked(sale, sale.payload) == [0, 5_661]  # type: ignore[arg-type]
    back(book, sale, (0, 90_000), (1, 1_060))
    assert book.standing() == before


LINES = st.lists(
    st.builds(
        lambda each, bp, quantity: service(each * quantity, bp, quantity),
        st.integers(min_value=1, max_value=9_999),
        st.sampled_from((0, 1, SIX, THIRTEEN, 10_000)),
        st.integers(min_value=1, max_value=2),
    ),
    min_size=1,
    max_size=3,
)


@given(bills=st.lists(LINES, min_size=1, max_size=3), paid=st.integers(min_value=0, max_value=99_999))
def test_what_all_uses_earn_and_what_comes_back_is_what_was_paid(
    bills: list[list[SaleLine]], paid: int
) -> None:
    """Whatever the prices: income in all is what the uses earned; each refund undoes, in any order alike."""
    uses = sum(one.quantity for lines in bills for one in lines)
    ends = []
    for order in permutations(range(len(bills))):
        book = with_card(paid + 1, uses + 1, (paid + 7, 1))
        before = book.standing()
        sales = [bill(book, *lines) for lines in bills]
        income = sum(book.site_of(unit) for unit in ("tax", "revenue:fruit", "prepaid_difference"))
        assert income + book.site_of(f"deferred:{UNIT}") == 2 * paid + 8
        middle = []
        for at in order:
            back(book, sales[at], *((place, one.net) for place, one in enumerate(bills[at])))
            middle.append(book.standing())
        assert book.standing() == before
        ends.append((frozenset(order[:2]), middle[min(1, len(middle) - 1)]))
    for first, stood in ends:
        assert all(stood == other for undone, other in ends if undone == first)


@given(
    lists=st.lists(st.integers(min_value=1, max_value=9_999), min_size=1, max_size=9),
    paid=st.integers(min_value=1, max_value=99_999),
)
def test_what_uses_earned_and_what_is_paid_back_for_the_others_is_what_was_paid(
    lists: list[int], paid: int
) -> None:
    book = Book().with_member()
    card = sell(book, line(paid, sells=Sells(unit=UNIT, amount=10)))
    for net in lists:
        bill(book, service(net))
    drawer = -book.site_of("drawer:early")
    assert drawer == paid
    left = paid - paid * len(lists) // 10
    if left == paid:  # Nothing was earned by so few of so little: it cannot be told from a whole.
        return
    if left:
        back(book, card, (0, left))
    income = sum(book.site_of(unit) for unit in ("tax", "revenue:fruit", "prepaid_difference"))
    assert income == -book.site_of("drawer:early") if left else income == paid
