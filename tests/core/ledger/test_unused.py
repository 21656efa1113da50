"""A count card that ends before it is used up: money, earnings, points, and that it ends once."""

from __future__ import annotations

from typing import Any

import pytest
from msgspec.structs import replace

from terminal.core.canonical import encoded
from terminal.core.commands import (
    BookMerge,
    BookRefund,
    BookSale,
    BookVoid,
    Measured,
    PointsEarned,
    RechargeRefundReason,
    Returned,
    SaleLine,
    Sells,
    Tender,
    TenderKind,
)
from terminal.core.directives import Grant
from terminal.core.entry import LotTaken
from terminal.core.errors import BadAmount, InsufficientFunds, NotBookable
from terminal.core.ledger.draft import between
from terminal.core.ledger.listed import ended_before, listed_upto
from terminal.core.ledger.looked_up import original
from terminal.core.rights import LotPart, LotTerms, Right, SaleRight
from terminal.core.uses import Unused, unused
from terminal.core.values import EntryId, WalletId
from tests.core.ledger.book import AT, M2, W1, W2, Book
from tests.core.ledger.test_redo import Branch
from tests.core.ledger.test_rights import Site, principal
from tests.core.ledger.test_value import line, load, sell

UNIT = "count:K10"
PAID = 45_001


@pytest.fixture
def book() -> Book:
    return Book().with_member()


def ten(book: Book, **more: Any) -> EntryId:
    points = (PointsEarned(family="goods", points=450, base=PAID, step=100),)
    card = line(PAID, sells=Sells(unit=UNIT, amount=10, until="2027-11-24"))
    return sell(book, card, points=points, **more).id


def use(book: Book, times: int, listed: int = 6_800) -> None:
    for _ in range(times):
        sell(book, line(listed), pays={"uses": (listed, UNIT, 1)})


def ends(book: Book, sale: EntryId, net: int, at: int = 0, **more: Any) -> None:
    back = (Returned(line=at, net=net, **more),)
    book.book(BookRefund, of=sale, returned=back, why="unwanted", cash_step=1)


BY_SHOP = PAID - PAID * 3 // 10


@pytest.mark.parametrize(
    ("net", "favour"), [(31_500, 0), (BY_SHOP, 0), (20_000, 0), (40_000, 40_000 - BY_SHOP)]
)
def test_what_is_left_ends_and_what_was_used_stays_earned(book: Book, net: int, favour: int) -> None:
    sale = ten(book)
    use(book, 3)
    drawer = book.site_of("drawer:early")
    earned = PAID * 3 // 10
    assert book.site_of(f"deferred:{UNIT}") == PAID - earned
    ends(book, sale, net, favour=favour)
    assert book.site_of("drawer:early") - drawer == net
    assert book.site_of(f"deferred:{UNIT}") == 0
    assert book.of("w1", UNIT) == 0
    assert book.lots(W1, UNIT) == []
    more = PAID - earned - net
    assert (book.site_of("forfeited"), book.site_of("refund_compensation")) == (max(0, more), min(0, more))


def test_points_are_counted_again_on_what_is_not_paid_back(book: Book) -> None:
    sale = ten(book)
    use(book, 3)
    ends(book, sale, 31_500)
    assert book.of("w1", "points:goods") == (PAID - 31_500) // 100


def test_it_ends_once_and_not_after_the_last_use(book: Book) -> None:
    sale = ten(book)
    use(book, 3)
    ends(book, sale, 31_500)
    for net in (100, PAID - 31_500):
        with pytest.raises(InsufficientFunds):
            ends(book, sale, net)
    other = Book().with_member()
    sale = ten(other)
    use(other, 10)
    with pytest.raises(InsufficientFunds):
        ends(other, sale, 100)


def test_no_more_than_was_paid_comes_back(book: Book) -> None:
    sale = ten(book)
    use(book, 1)
    with pytest.raises(BadAmount):
        ends(book, sale, PAID + 1)


def test_all_of_it_comes_back_only_while_nothing_was_used(book: Book) -> None:
    sale = ten(book)
    use(book, 1)
    with pytest.raises(InsufficientFunds):
        ends(book, sale, PAID)
    fresh = Book().with_member()
    sale = ten(fresh)
    with pytest.raises(NotBookable):
        ends(fresh, sale, PAID - 1)
    ends(fresh, sale, PAID)
    assert (fresh.of("w1", UNIT), fresh.site_of(f"deferred:{UNIT}")) == (0, 0)


def test_litres_that_were_paid_ahead_come_back_whole_as_ever(book: Book) -> None:
    litres = line(10_000, sells=Sells(unit="litres:92", amount=1_000))
    sale = sell(book, litres).id
    with pytest.raises(NotBookable):
        ends(book, sale, 5_000)


@pytest.mark.parametrize("wish", [RechargeRefundReason.MEMBER, RechargeRefundReason.SHOP])
def test_of_litres_what_is_not_used_is_paid_back(book: Book, wish: RechargeRefundReason) -> None:
    litres = line(10_000, sells=Sells(unit="litres:92", amount=1_000))
    sale = sell(book, litres).id
    sell(book, line(3_100), pays={"uses": (3_100, "litres:92", 301)})
    (one,) = unused(book, sale=sale)
    assert (one.used, one.measured, one.listed) == (301, Measured.CENTILITRE, 3_010)
    assert one.by_member == one.by_shop == 6_990
    with pytest.raises(BadAmount):
        ends(book, sale, 6_991, wish=wish)
    ends(book, sale, 6_990, wish=wish)
    assert (book.of(W1, "litres:92"), book.site_of("deferred:litres:92")) == (0, 0)


def test_where_a_card_is_not_held_nothing_of_it_ends(book: Book) -> None:
    card = line(PAID, sells=Sells(unit=UNIT, amount=10, until="2027-11-24"))
    sale = sell(book, card)
    right = SaleRight(sale=sale.id, entry=encoded(sale), undone=(), lots=())
    here = Site()
    here.number = 1000
    here.told(Grant(rights=(principal(1_00),), sales=(right,), member=None))
    with pytest.raises(InsufficientFunds):
        ends(here, sale.id, 100)


def test_what_a_refund_asks_is_told_of_cards_that_are_begun_and_not_ended(book: Book) -> None:
    fresh = ten(book)
    assert unused(book, sale=fresh) == ()
    use(book, 3)
    (one,) = unused(book, sale=fresh)
    assert one == Unused(
        line=0, name="苹果", used=3, listed=20_400, by_member=PAID - 20_400, by_shop=PAID - PAID * 3 // 10
    )
    use(book, 7)
    assert unused(book, sale=fresh) == ()
    assert unused(book, sale=sell(book, line(100)).id) == ()
    assert unused(book, sale=sell(book, line(100), wallet=None).id) == ()
    assert unused(book, sale=book.next_id()) == ()


# What was taken, at list price: each lot knows it of its uses.

MEMBER, SHOP = RechargeRefundReason.MEMBER, RechargeRefundReason.SHOP


def listed(book: Book, sale: EntryId, wallet: WalletId = W1, unit: str = UNIT) -> int:
    lot = book.lot(wallet, unit, sale)
    assert lot is not None
    return lot.listed


def lines_used(book: Book, *lines: SaleLine, unit: str = UNIT) -> EntryId:
    """One bill that uses of one card pay, line by line."""
    due, units = sum(one.net for one in lines), sum(one.quantity for one in lines)
    places = tuple(range(len(lines)))
    paid = Tender(kind=TenderKind.USES, amount=due, of=unit, units=units, places=places)
    return book.book(BookSale, wallet=W1, card=None, lines=lines, due=due, tenders=(paid,), received=0).id


def pieces(net: int, quantity: int) -> SaleLine:
    return replace(line(net), quantity=quantity, unit_price=net // quantity)


def comes_back(book: Book, sale: EntryId, *returned: tuple[int, int]) -> None:
    parts = tuple(Returned(line=at, net=net) for at, net in returned)
    book.book(BookRefund, of=sale, returned=parts, why="unwanted", cash_step=1)


@pytest.mark.parametrize(("wish", "most"), [(MEMBER, PAID - 20_400), (SHOP, BY_SHOP), (None, BY_SHOP)])
def test_the_ledger_pays_no_more_than_the_rule_of_that_wish(
    book: Book, wish: RechargeRefundReason | None, most: int
) -> None:
    sale = ten(book)
    use(book, 3)
    for net, favour in ((most + 1, 0), (most + 2, 1), (most, -1), (1, -1)):
        with pytest.raises(BadAmount):
            ends(book, sale, net, wish=wish, favour=favour)
    ends(book, sale, most, wish=wish)
    assert book.of("w1", UNIT) == 0


def test_with_approval_the_member_gets_more(book: Book) -> None:
    sale = ten(book)
    use(book, 3)
    ends(book, sale, PAID - 20_400 + 1, wish=MEMBER, favour=1)
    assert book.of("w1", UNIT) == 0


def test_what_was_taken_for_less_than_was_paid_counts_by_what_was_paid(book: Book) -> None:
    sale = ten(book)
    use(book, 3, listed=100)
    assert listed(book, sale) == 300
    (one,) = unused(book, sale=sale)
    assert (one.listed, one.by_member) == (PAID * 3 // 10, BY_SHOP)


def test_a_member_who_took_more_than_they_paid_gets_nothing(book: Book) -> None:
    sale = ten(book)
    use(book, 9)
    (one,) = unused(book, sale=sale)
    assert (one.listed, one.by_member) == (61_200, 0)


# Uses that come back to a card that has ended.


def one_more_comes_back(book: Book, fen: int = 6_800) -> None:
    comes_back(book, one_use(book), (0, fen))


def one_use(book: Book) -> EntryId:
    return sell(book, line(6_800), pays={"uses": (6_800, UNIT, 1)}).id


IN_ALL = {MEMBER: PAID - 13_600, SHOP: PAID - PAID * 2 // 10}
"""Of a card of which two are used."""


@pytest.mark.parametrize("wish", [MEMBER, SHOP])
@pytest.mark.parametrize("first", [True, False])
def test_it_is_all_one_whether_a_use_comes_back_before_its_card_ends_or_after(
    book: Book, wish: RechargeRefundReason, *, first: bool
) -> None:
    sale, drawer = ten(book), book.site_of("drawer:early")
    use(book, 2)
    other = one_use(book)
    if first:
        comes_back(book, other, (0, 6_800))
    (one,) = unused(book, sale=sale)
    ends(book, sale, one.by_member if wish is MEMBER else one.by_shop, wish=wish)
    if not first:
        assert unused(book, sale=sale) == ()
        comes_back(book, other, (0, 6_800))
        (one,) = unused(book, sale=sale)
        back = PAID - 20_400 if wish is MEMBER else BY_SHOP
        assert one == Unused(
            line=0,
            name="苹果",
            used=2,
            listed=13_600,
            by_member=max(0, IN_ALL[MEMBER] - back),
            by_shop=IN_ALL[SHOP] - back,
        )
        more = IN_ALL[wish] - back
        with pytest.raises(BadAmount):
            ends(book, sale, more + 1, wish=wish)
        ends(book, sale, more, wish=wish)
    assert drawer - book.site_of("drawer:early") == -IN_ALL[wish]
    assert (book.of("w1", UNIT), book.site_of(f"deferred:{UNIT}")) == (0, 0)
    with pytest.raises(InsufficientFunds):
        ends(book, sale, 1, wish=wish)


def test_whoever_has_all_uses_back_gets_what_they_paid_and_not_a_fen_more(book: Book) -> None:
    sale, paid = ten(book), 0
    used = [one_use(book) for _ in range(4)]
    for other in (None, *used):
        if other is not None:
            comes_back(book, other, (0, 6_800))
        (one,) = unused(book, sale=sale)
        assert one.by_member <= one.by_shop
        ends(book, sale, one.by_member, wish=MEMBER)
        paid += one.by_member
    assert paid == PAID
    assert (book.of("w1", "points:goods"), book.site_of(f"deferred:{UNIT}")) == (0, 0)
    with pytest.raises(BadAmount):
        ends(book, sale, 1, wish=MEMBER)


def test_a_part_that_makes_the_whole_with_what_came_before_is_still_a_part(book: Book) -> None:
    """Six of ten were used: 400 came back, and 600 in all once two of these did."""
    sale = sell(book, line(1_000, sells=Sells(unit=UNIT, amount=10))).id
    used = [one_use(book) for _ in range(6)]
    ends(book, sale, 400, wish=SHOP)
    for other in used[:2]:
        comes_back(book, other, (0, 6_800))
    ends(book, sale, 200, wish=SHOP)
    assert (book.of("w1", UNIT), book.site_of(f"deferred:{UNIT}")) == (0, 0)


def test_what_was_given_in_favour_is_in_what_was_paid_back(book: Book) -> None:
    sale, other = ten(book), one_use(book)
    use(book, 2)
    ends(book, sale, BY_SHOP, wish=MEMBER, favour=BY_SHOP - (PAID - 20_400))
    comes_back(book, other, (0, 6_800))
    (one,) = unused(book, sale=sale)
    assert (one.by_member, one.by_shop) == (0, IN_ALL[SHOP] - BY_SHOP)


@pytest.mark.parametrize(("favour", "left"), [(4_499, 1), (4_500, 0), (4_501, 0)])
def test_where_the_shop_gave_as_much_before_it_owes_nothing_more(book: Book, favour: int, left: int) -> None:
    sale, other = ten(book), one_use(book)
    use(book, 2)
    ends(book, sale, BY_SHOP + favour, wish=SHOP, favour=favour)
    comes_back(book, other, (0, 6_800))
    (one,) = unused(book, sale=sale)
    assert (one.by_member, one.by_shop) == (0, left)


def test_what_was_voided_did_not_end(book: Book) -> None:
    sale = ten(book)
    book.book(BookVoid, of=sale, why="x")
    assert ended_before(book, sale, UNIT, 0) == (10, 0)


def test_other_lines_that_came_back_are_not_what_was_paid_for_the_card(book: Book) -> None:
    card = line(PAID, sells=Sells(unit=UNIT, amount=10))
    more = line(500, sells=Sells(unit="count:K5", amount=5))
    sale, other = sell(book, line(700), card, more).id, one_use(book)
    comes_back(book, sale, (0, 700))
    assert unused(book, sale=sale)[0].by_shop == PAID - PAID // 10
    comes_back(book, sale, (2, 500))
    assert unused(book, sale=sale)[0].by_shop == PAID - PAID // 10
    ends(book, sale, PAID - PAID // 10, at=1, wish=SHOP)
    comes_back(book, other, (0, 6_800))
    (one,) = unused(book, sale=sale)
    assert (one.line, one.used, one.by_shop) == (1, 0, PAID // 10)


def test_a_counter_is_told_where_a_card_that_ended_holds_uses_again(book: Book) -> None:
    sale = sell(book, line(500), line(PAID, sells=Sells(unit=UNIT, amount=10))).id
    other = one_use(book)

    def came_back() -> tuple[int, ...]:
        known = original(book, sale, "T1-1-1")
        assert known is not None
        assert known.gone is (known.came_back == () and all(one.gone for one in known.rests))
        return known.came_back

    assert came_back() == ()  # Nobody ended it.
    comes_back(book, sale, (0, 500))
    assert came_back() == (1,)
    ends(book, sale, PAID - PAID // 10, at=1, wish=SHOP)
    assert came_back() == ()
    comes_back(book, other, (0, 6_800))
    assert came_back() == (1,)
    ends(book, sale, PAID // 10, at=1, wish=SHOP)
    assert came_back() == ()


def test_a_card_that_is_not_held_here_holds_nothing_again(book: Book) -> None:
    card = line(PAID, sells=Sells(unit=UNIT, amount=10))
    sale = sell(book, line(500), card)
    comes_back(book, sale.id, (0, 500))
    *_, undone = book.entries.values()
    here = Site()
    here.number = 1000
    right = SaleRight(sale=sale.id, entry=encoded(sale), undone=(encoded(undone),), lots=())
    here.told(Grant(rights=(principal(1_00),), sales=(right,), member=None))
    known = original(here, sale.id, "T1-1-1")
    assert known is not None
    assert (len(known.undone), known.came_back) == (1, ())


def test_litres_that_come_back_to_what_had_ended_are_paid_back_too(book: Book) -> None:
    sale = sell(book, line(10_000, sells=Sells(unit="litres:92", amount=1_000))).id
    fill = sell(book, line(3_000), pays={"uses": (3_000, "litres:92", 300)}).id
    ends(book, sale, 7_000, wish=SHOP)
    comes_back(book, fill, (0, 3_000))
    known = original(book, sale, "T1-1-1")
    assert known is not None
    assert (known.came_back, known.rests[0].net) == ((0,), 3_000)
    ends(book, sale, 3_000, wish=SHOP)
    assert (book.of("w1", "litres:92"), book.site_of("deferred:litres:92")) == (0, 0)


def test_nothing_but_what_was_paid_ahead_holds_uses_again(book: Book) -> None:
    voucher = line(10_000, sells=Sells(unit="voucher:v1", amount=20_000))
    for sale in (sell(book, voucher, line(1)).id, sell(book, line(2), line(1), wallet=None).id):
        comes_back(book, sale, (1, 1))
        known = original(book, sale, "T1-1-1")
        assert known is not None
        assert known.came_back == ()
    recharge = load(book, 1_00).id
    book.book(BookVoid, of=recharge, why="x")
    known = original(book, recharge, "T1-1-1")
    assert known is not None
    assert known.came_back == ()


def test_what_was_begun_has_cooled_off(book: Book) -> None:
    sale = ten(book)
    use(book, 1)
    with pytest.raises(NotBookable, match="cooled"):
        ends(book, sale, 1, wish=RechargeRefundReason.COOLING_OFF)


def test_one_card_ends_once_in_a_refund(book: Book) -> None:
    sale = ten(book)
    use(book, 1)
    with pytest.raises(NotBookable, match="once"):
        comes_back(book, sale, (0, 1), (0, 1))


def test_uses_that_come_back_were_not_taken(book: Book) -> None:
    sale = ten(book)
    first = lines_used(book, pieces(7_600, 2), pieces(5_800, 1), pieces(300, 3))
    assert listed(book, sale) == 13_700
    comes_back(book, first, (1, 5_800))
    assert listed(book, sale) == 7_900
    comes_back(book, first, (0, 3_800), (2, 100))
    assert listed(book, sale) == 4_000
    comes_back(book, first, (2, 200), (0, 3_800))
    assert (listed(book, sale), book.of("w1", UNIT)) == (0, 10)


def test_each_use_comes_back_to_the_card_that_gave_it(book: Book) -> None:
    """Two cards of one kind paid one bill: the last use of the first, and two of the second."""
    old = sell(book, line(1_000, sells=Sells(unit=UNIT, amount=1))).id
    new = sell(book, line(1_000, sells=Sells(unit=UNIT, amount=5))).id
    first = lines_used(book, pieces(3_800, 1), pieces(11_601, 2))
    assert (listed(book, old), listed(book, new)) == (3_800, 11_601)
    with pytest.raises(NotBookable, match="whole"):
        comes_back(book, first, (1, 5_801))
    comes_back(book, first, (1, 11_601))
    assert [lot.rest for lot in book.lots(W1, UNIT)] == [5]
    assert (listed(book, old), listed(book, new)) == (3_800, 0)
    comes_back(book, first, (0, 3_800))
    assert [lot.rest for lot in book.lots(W1, UNIT)] == [1, 5]
    assert (listed(book, old), listed(book, new)) == (0, 0)


def test_a_line_may_be_paid_by_two_cards(book: Book) -> None:
    old = sell(book, line(1_000, sells=Sells(unit=UNIT, amount=1))).id
    new = sell(book, line(1_000, sells=Sells(unit=UNIT, amount=5))).id
    first = lines_used(book, pieces(10_000, 3))
    assert (listed(book, old), listed(book, new)) == (3_333, 6_667)
    book.book(BookVoid, of=first, why="wrong")
    assert (listed(book, old), listed(book, new)) == (0, 0)


def test_a_bill_that_names_no_lines_shares_what_uses_pay(book: Book) -> None:
    old = sell(book, line(1_000, sells=Sells(unit=UNIT, amount=1))).id
    new = sell(book, line(1_000, sells=Sells(unit=UNIT, amount=5))).id
    sell(book, replace(line(10_001), quantity=3), pays={"uses": (10_001, UNIT, 3)})
    assert (listed(book, old), listed(book, new)) == (3_333, 6_668)


def test_what_the_first_uses_of_a_bill_stand_for() -> None:
    lines = (pieces(7_600, 2), line(50), pieces(5_801, 3))
    paid = Tender(kind=TenderKind.USES, amount=13_401, of=UNIT, units=5, places=(0, 2))
    fields = {"id": EntryId("x"), "at": AT, "wallet": W1, "card": None, "lines": lines, "due": 13_451}
    sale = BookSale(**fields, tenders=(paid,))  # type: ignore[arg-type]
    assert [listed_upto(sale, paid, units) for units in range(6)] == [0, 3_800, 7_600, 9_533, 11_467, 13_401]
    shared = replace(paid, places=())
    assert [listed_upto(sale, shared, units) for units in range(6)] == [
        0,
        2_680,
        5_360,
        8_040,
        10_720,
        13_401,
    ]
    assert [listed_upto(sale, replace(one, of="litres:92"), 5) for one in (paid, shared)] == [0, 0]


def test_of_what_was_taken_out_of_a_lot_a_part_is_listed_by_its_units() -> None:
    taken = [
        LotTaken(unit=UNIT, lot="a", amount=-3, listed=100),
        LotTaken(unit=UNIT, lot="b", amount=-2, listed=9),
    ]
    rows = [
        (one.lot, one.amount, one.listed) for begin in range(5) for one in between(taken, begin, begin + 1)
    ]
    assert rows == [("a", -1, 33), ("a", -1, 33), ("a", -1, 34), ("b", -1, 4), ("b", -1, 5)]
    assert between(taken, 0, 5) == taken


def test_uses_of_before_that_said_no_list_price_take_none_off_when_they_come_back(book: Book) -> None:
    sale = ten(book)
    first = lines_used(book, pieces(7_600, 2))
    entry, lot = book.entries[first], book.laid[W1, UNIT][sale]
    book.entries[first] = replace(entry, lots=tuple(replace(one, listed=0) for one in entry.lots))
    book.laid[W1, UNIT][sale] = replace(lot, listed=0)
    lines_used(book, pieces(3_800, 1))
    comes_back(book, first, (0, 7_600))
    assert listed(book, sale) == 3_800


def test_a_card_ends_beside_other_goods_of_its_sale(book: Book) -> None:
    card = line(PAID, sells=Sells(unit=UNIT, amount=10))
    sale = sell(book, line(500), card, line(700)).id
    use(book, 1)
    comes_back(book, sale, (0, 500), (1, 30_000), (2, 700))
    assert (book.of("w1", UNIT), book.site_of("drawer:early")) == (0, 30_000 - PAID)


def test_litres_have_no_list_price(book: Book) -> None:
    sale = sell(book, line(10_000, sells=Sells(unit="litres:92", amount=1_000))).id
    sell(book, line(3_000), pays={"uses": (3_000, "litres:92", 300)})
    assert listed(book, sale, unit="litres:92") == 0


def test_what_was_taken_goes_along_with_a_merge(book: Book) -> None:
    book.with_member(W2, M2)
    sale = ten(book)
    use(book, 3)
    book.book(BookMerge, wallet=W1, into=W2)
    assert listed(book, sale, W2) == 20_400
    (one,) = unused(book, sale=sale)
    assert one.by_member == PAID - 20_400


@pytest.mark.parametrize(
    ("before", "after"), [(0, 20_400), (3_000, 20_400), (30_000, 20_400), (20_400, 1), (1, 0), (0, 0)]
)
def test_what_was_taken_elsewhere_comes_with_the_card(before: int, after: int) -> None:
    """And takes the place of what this site knew of it."""
    here = Site()
    here.number = 1000
    here.told(uses_of(7, before))
    assert listed(here, EntryId("lot-1")) == before
    here.told(uses_of(7, after, more=1))
    assert listed(here, EntryId("lot-1")) == after


def uses_of(amount: int, listed: int, more: int = 0) -> Grant:
    terms = LotTerms(unit=UNIT, lot="lot-1", laid=10, paid=PAID, listed=listed)
    amount = more or amount
    part = LotPart(terms=terms, amount=amount)
    return Grant(rights=(Right(account=f"wallet:w1:{UNIT}", amount=amount, lots=(part,)),), member=M2)


def test_what_was_taken_is_told_again_where_a_branch_is_given_up() -> None:
    lost, kept = Branch(1), Branch(2)
    sold = ten(lost)
    first = lines_used(lost, pieces(7_600, 2))
    last = lines_used(lost, pieces(3_800, 1), pieces(100, 1))
    comes_back(lost, last, (1, 100))
    undone = list(lost.entries.values())[-1]
    for entry in (lost.entries[sold], lost.entries[first], lost.entries[last], undone):
        kept.again(entry)
    assert listed(kept, sold) == listed(lost, sold) == 11_400


def test_a_card_that_gave_twice_to_one_bill_is_told_again_with_both() -> None:
    lost, kept = Branch(1), Branch(2)
    sells = Sells(unit=UNIT, amount=5, uses_of=("F01",))
    cut = sell(lost, line(1_000, sells=sells))
    wash = sell(lost, line(1_000, sells=replace(sells, uses_of=("F02",))))
    lines = [replace(pieces(net, 1), sku=sku) for net, sku in ((300, "F01"), (400, "F02"), (50, "F01"))]
    bill = lines_used(lost, *lines)
    for entry in (cut, wash, lost.entries[bill]):
        kept.again(entry)
    assert (listed(kept, cut.id), listed(kept, wash.id)) == (350, 400)


def test_what_goes_beyond_a_card_where_it_is_told_again_stays_listed_on_that_card() -> None:
    lost, kept = Branch(1), Branch(2)
    sold = ten(lost)
    first = lines_used(lost, pieces(11_400, 3))
    kept.again(lost.entries[sold])
    use(kept, 9, listed=100)
    other = sell(kept, line(100, sells=Sells(unit=UNIT, amount=1))).id
    kept.again(lost.entries[first])
    assert (listed(kept, sold), listed(kept, other), kept.of("w1", UNIT)) == (900 + 11_400, 0, 0)
