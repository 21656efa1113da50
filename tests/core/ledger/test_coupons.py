"""Coupons in the ledger: used once, and back once all is back that they came off."""

from __future__ import annotations

from collections.abc import Callable
from itertools import permutations
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from terminal.core.commands import (
    BookDeposit,
    BookExpiry,
    BookGrant,
    BookMerge,
    BookRecharge,
    BookRechargeRefund,
    BookRefund,
    BookSale,
    BookVoid,
    CouponGrant,
    Discount,
    RechargeRefundReason,
    Returned,
    SaleLine,
)
from terminal.core.entry import Entry
from terminal.core.errors import CouponNotUsable, NotBookable
from tests.core.ledger.book import M2, W1, W2, Book
from tests.core.ledger.test_value import line, sell

SERUM = CouponGrant(coupon="serum", kind="serum15", face=0, threshold=0)
BIRTHDAY = CouponGrant(coupon="birth", kind="birthday50", face=0, threshold=0)


@pytest.fixture
def book() -> Book:
    book = Book().with_member()
    book.book(BookGrant, wallet=W1, why="x", coupons=(SERUM, BIRTHDAY))
    return book


def off(net: int, less: int, coupon: str = "serum", quantity: int = 1) -> SaleLine:
    return SaleLine(
        sku="P05",
        name="精华",
        category="serum",
        quantity=quantity,
        unit_price=net + less,
        gross=net + less,
        discounts=(Discount(name="coupon", amount=less, coupon=coupon),),
        net=net,
    )


def sold(book: Book, *lines: SaleLine, used: tuple[str, ...] = ("serum",)) -> Entry:
    return sell(book, *lines, coupons_used=used)


def back(book: Book, of: Entry, *returned: tuple[int, int]) -> Entry:
    some = tuple(Returned(line=at, net=net) for at, net in returned)
    return book.book(BookRefund, of=of.id, returned=some, why="x")


def test_a_coupon_comes_back_with_the_line_that_it_came_off(book: Book) -> None:
    sale = sold(book, off(850, 150), line(500))
    back(book, sale, (0, 850))
    assert (book.of(W1, "coupon:serum"), book.site_of("issued:coupon")) == (1, -2)


def test_it_stays_used_while_a_part_of_that_line_is_kept(book: Book) -> None:
    sale = sold(book, off(850, 150), line(500))
    back(book, sale, (1, 500))
    assert book.of(W1, "coupon:serum") == 0
    back(book, sale, (0, 849))
    assert book.of(W1, "coupon:serum") == 0
    back(book, sale, (0, 1))
    assert book.of(W1, "coupon:serum") == 1


@pytest.mark.parametrize("order", list(permutations(((0, 850), (1, 425), (2, 500)))))
def test_the_order_of_refunds_does_not_matter_and_it_comes_back_once(
    book: Book, order: tuple[tuple[int, int], ...]
) -> None:
    before = book.standing()
    sale = sold(book, off(850, 150), off(425, 75), line(500))
    theirs = {(0, 850), (1, 425)}
    for part in order:
        back(book, sale, part)
        theirs -= {part}
        assert book.of(W1, "coupon:serum") == (not theirs)
    assert book.standing() == before


def test_each_of_two_coupons_comes_back_with_its_own(book: Book) -> None:
    sale = sold(book, off(850, 150), off(950, 50, "birth"), used=("serum", "birth"))
    back(book, sale, (1, 950))
    assert (book.of(W1, "coupon:serum"), book.of(W1, "coupon:birth")) == (0, 1)
    back(book, sale, (0, 850))
    assert (book.of(W1, "coupon:serum"), book.of(W1, "coupon:birth")) == (1, 1)


def test_of_what_it_made_free_beside_what_it_made_cheaper_only_that_counts(book: Book) -> None:
    sale = sold(book, off(0, 100), off(850, 150), line(500))
    back(book, sale, (1, 850))
    assert book.of(W1, "coupon:serum") == 1
    back(book, sale, (0, 0))
    assert book.of(W1, "coupon:serum") == 1


def test_one_that_made_its_line_free_comes_back_with_that_line(book: Book) -> None:
    sale = sold(book, off(0, 100), line(500))
    back(book, sale, (1, 500))
    assert book.of(W1, "coupon:serum") == 0
    back(book, sale, (0, 0))
    assert book.of(W1, "coupon:serum") == 1


def test_one_that_no_line_names_comes_back_with_all_of_the_sale(book: Book) -> None:
    sale = sold(book, line(850, off=150), line(500))
    back(book, sale, (0, 850))
    assert book.of(W1, "coupon:serum") == 0
    back(book, sale, (1, 500))
    assert book.of(W1, "coupon:serum") == 1


def test_it_comes_back_to_where_the_wallet_is_now(book: Book) -> None:
    sale = sold(book, off(850, 150))
    book.with_member(W2, M2)
    book.book(BookMerge, wallet=W1, into=W2)
    back(book, sale, (0, 850))
    assert (book.of(W1, "coupon:serum"), book.of(W2, "coupon:serum")) == (0, 1)


def test_once_back_it_is_used_again_in_its_time_and_never_after(book: Book) -> None:
    last = CouponGrant(coupon="last", kind="c", face=100, threshold=0, until=book.at.business_day)
    book.book(BookGrant, wallet=W1, why="x", coupons=(last,))
    sale = sold(book, off(900, 100, "last"), used=("last",))
    back(book, sale, (0, 900))
    again = sold(book, off(900, 100, "last"), used=("last",))
    book.book(BookVoid, of=again.id, why="x")
    book.on_day("2026-11-25")
    with pytest.raises(CouponNotUsable):
        sold(book, off(900, 100, "last"), used=("last",))


def test_it_is_used_from_its_first_day_and_from_its_threshold_on(book: Book) -> None:
    tomorrow = CouponGrant(coupon="t", kind="c", face=100, threshold=0, since="2026-11-25")
    ten = CouponGrant(coupon="ten", kind="c", face=100, threshold=1000)
    book.book(BookGrant, wallet=W1, why="x", coupons=(tomorrow, ten))
    with pytest.raises(CouponNotUsable):
        sold(book, off(900, 100, "t"), used=("t",))
    with pytest.raises(CouponNotUsable):
        sold(book, off(899, 100, "ten"), used=("ten",))
    sold(book, off(900, 100, "ten"), used=("ten",))
    book.on_day("2026-11-25")
    sold(book, off(900, 100, "t"), used=("t",))
    assert (book.of(W1, "coupon:t"), book.of(W1, "coupon:ten")) == (0, 0)


def test_what_came_with_a_sale_is_taken_once_and_not_again_with_what_cost_nothing(book: Book) -> None:
    came = CouponGrant(coupon="came", kind="c", face=100, threshold=0)
    sale = sell(book, line(900), line(0), coupons=(came,))
    back(book, sale, (0, 900))
    assert (book.of(W1, "coupon:came"), book.of(W1, "debt:coupon:came")) == (0, 0)
    back(book, sale, (1, 0))
    assert (book.of(W1, "coupon:came"), book.of(W1, "debt:coupon:came")) == (0, 0)


def test_a_void_gives_it_back_and_it_is_never_used_twice(book: Book) -> None:
    before = book.standing()
    sale = sold(book, off(850, 150), line(500))
    with pytest.raises(CouponNotUsable):
        sold(book, off(850, 150))
    book.book(BookVoid, of=sale.id, why="x")
    assert book.standing() == before


@pytest.mark.parametrize("used", [(), ("birth",)])
def test_what_a_coupon_takes_off_is_refused_where_it_is_not_used(book: Book, used: Any) -> None:
    with pytest.raises(NotBookable, match="a coupon takes something off and is not used"):
        sold(book, off(850, 150), used=used)


def test_a_stranger_has_nothing_given_back(book: Book) -> None:
    sale = sell(book, line(500), wallet=None)
    assert isinstance(sale.payload, BookSale)
    back(book, sale, (0, 500))
    assert book.of(W1, "coupon:serum") == 1


# Given with a recharge


PACK = (
    CouponGrant(coupon="p1", kind="c", face=100, threshold=0),
    CouponGrant(coupon="p2", kind="c", face=100, threshold=0),
)


def recharged(book: Book) -> Entry:
    return book.book(
        BookRecharge, wallet=W1, card=None, principal=10_000, bonus=0, received=10_000, coupons=PACK
    )


def ended(book: Book, recharge: Entry) -> None:
    reason = RechargeRefundReason.COOLING_OFF
    book.book(BookRechargeRefund, wallet=W1, lot=recharge.id, reason=reason)


def theirs(book: Book) -> tuple[int, int]:
    return book.of(W1, "coupon:p1"), book.of(W1, "coupon:p2")


def test_coupons_of_a_recharge_come_in_its_entry_and_end_with_its_money(book: Book) -> None:
    before = book.standing()
    recharge = recharged(book)
    assert theirs(book) == (1, 1)
    ended(book, recharge)
    assert theirs(book) == (0, 0)
    assert {name for name, n in book.standing().items() if before.get(name) != n} <= {
        "site:S1:drawer:early",
        "site:S1:outside:transfer",
    }, "the cash goes to an account of the same name"


def test_one_that_was_used_is_owed_when_the_recharge_is_paid_back(book: Book) -> None:
    recharge = recharged(book)
    sold(book, off(900, 100, "p1"), used=("p1",))
    ended(book, recharge)
    assert (*theirs(book), book.of(W1, "debt:coupon:p1")) == (0, 0, -1)


def test_what_comes_back_to_a_recharge_later_takes_no_coupon_again(book: Book) -> None:
    recharge = recharged(book)
    sale = sell(book, line(500), pays={"stored": 500})
    ended(book, recharge)
    assert theirs(book) == (0, 0)
    back(book, sale, (0, 500))
    ended(book, recharge)
    assert (*theirs(book), book.of(W1, "debt:coupon:p1")) == (0, 0, 0)


def test_a_void_of_the_recharge_takes_them_too(book: Book) -> None:
    before = book.standing()
    recharge = recharged(book)
    book.book(BookVoid, of=recharge.id, why="x")
    assert book.standing() == before


# Whatever is sold, and in whatever pieces it comes back

LINES = st.lists(st.tuples(st.integers(1, 500), st.integers(1, 200), st.booleans()), min_size=1, max_size=4)


@given(LINES, st.data())
def test_pieces_in_any_order_give_each_coupon_back_once_and_leave_nothing_behind(
    lines: list[tuple[int, int, bool]], data: st.DataObject
) -> None:
    book = Book().with_member()
    book.book(BookGrant, wallet=W1, why="x", coupons=(SERUM, BIRTHDAY))
    before = book.standing()
    names = ["serum" if first else "birth" for _, _, first in lines]
    nets = [net for net, _, _ in lines]
    sale = sold(
        book,
        *(off(net, less, name) for (net, less, _), name in zip(lines, names, strict=True)),
        used=tuple(dict.fromkeys(names)),
    )
    left = dict(enumerate(nets))
    while left:
        at = data.draw(st.sampled_from(sorted(left)))
        some = data.draw(st.integers(1, left[at]))
        back(book, sale, (at, some))
        left[at] -= some
        if not left[at]:
            del left[at]
        for name in set(names):
            kept = any(names[line] == name for line in left)
            assert book.of(W1, f"coupon:{name}") == (not kept)
    assert book.standing() == before


# Those that have ended


LAST = "2026-11-30"
AFTER = "2026-12-01"


def ending(book: Book, count: int = 1, until: str = LAST, name: str = "e") -> None:
    some = tuple(
        CouponGrant(coupon=f"{name}{at}", kind="c", face=100, threshold=0, until=until) for at in range(count)
    )
    book.book(BookGrant, wallet=W1, why="x", coupons=some)


def over(book: Book) -> Entry:
    return book.book(BookExpiry, wallet=W1, unit="coupon")


def test_those_that_have_ended_end_by_an_entry_and_the_others_stay(book: Book) -> None:
    ending(book, 2)
    ending(book, until=AFTER, name="later")
    book.on_day(AFTER)
    issued = book.site_of("issued:coupon")
    entry = over(book)
    assert sorted(entry.postings) == [
        ("site:S1:issued:coupon", 2),
        ("wallet:w1:coupon:e0", -1),
        ("wallet:w1:coupon:e1", -1),
    ]
    assert (book.of(W1, "coupon:serum"), book.of(W1, "coupon:later0")) == (1, 1)
    assert book.site_of("issued:coupon") == issued + 2
    with pytest.raises(NotBookable, match="nothing of it has ended"):
        over(book)


def test_on_its_last_day_it_is_not_over(book: Book) -> None:
    ending(book)
    book.on_day(LAST)
    with pytest.raises(NotBookable, match="nothing of it has ended"):
        over(book)
    sold(book, off(900, 100, "e0"), used=("e0",))
    book.on_day(AFTER)
    with pytest.raises(NotBookable, match="nothing of it has ended"):
        over(book)


def test_nobody_ends_what_never_ends_or_is_somebody_elses(book: Book) -> None:
    book.with_member(W2, M2)
    ending(book)
    book.on_day("2036-12-01")
    with pytest.raises(NotBookable, match="nothing of it has ended"):
        book.book(BookExpiry, wallet=W2, unit="coupon")
    over(book)
    assert book.of(W1, "coupon:serum") == 1


def test_an_entry_ends_a_hundred_at_most(book: Book) -> None:
    ending(book, 100)
    ending(book, 1, name="one-more")
    book.on_day(AFTER)
    assert len(over(book).postings) == 101
    assert len(over(book).postings) == 2


def test_no_single_coupon_is_ended_by_its_name(book: Book) -> None:
    ending(book)
    book.on_day(AFTER)
    with pytest.raises(NotBookable, match="a unit that cannot be given here"):
        book.book(BookExpiry, wallet=W1, unit="coupon:e0")


def test_what_lies_there_of_another_kind_under_its_name_is_left(book: Book) -> None:
    book.book(
        BookGrant,
        wallet=W1,
        why="x",
        coupons=(CouponGrant(coupon="principal", kind="c", face=1, threshold=0, until=LAST),),
    )
    sold(book, off(900, 100, "principal"), used=("principal",))
    book.book(BookRecharge, wallet=W1, card=None, principal=100, bonus=0, received=100)
    book.on_day(AFTER)
    with pytest.raises(NotBookable, match="nothing of it has ended"):
        over(book)


def test_one_of_which_nobody_knows_the_terms_does_not_end(book: Book) -> None:
    ending(book)
    del book.coupons["e0"]
    book.on_day(AFTER)
    with pytest.raises(NotBookable, match="nothing of it has ended"):
        over(book)


def test_what_a_refund_brings_back_after_its_last_day_is_over_and_ends_once_more(book: Book) -> None:
    before = book.standing()
    ending(book)
    sale = sold(book, off(900, 100, "e0"), used=("e0",))
    book.on_day(AFTER)
    back(book, sale, (0, 900))
    assert book.of(W1, "coupon:e0") == 1
    with pytest.raises(CouponNotUsable):
        sold(book, off(900, 100, "e0"), used=("e0",))
    over(book)
    assert book.standing() == before
    with pytest.raises(NotBookable):
        over(book)


def given_with(book: Book, how: str, until: str = LAST) -> tuple[Entry, Callable[[], Entry]]:
    """A coupon that came with something, and what undoes that."""
    ends = (CouponGrant(coupon="p1", kind="c", face=100, threshold=0, until=until),)
    if how == "recharge":
        some = {"principal": 10_000, "bonus": 0, "received": 10_000}
        one = book.book(BookRecharge, wallet=W1, card=None, coupons=ends, **some)
        shop = RechargeRefundReason.SHOP
        return one, lambda: book.book(BookRechargeRefund, wallet=W1, lot=one.id, reason=shop)
    one = sell(book, line(500), coupons=ends if how == "sale" else ())
    if how == "gift":
        book.book(BookGrant, wallet=W1, why="x", coupons=ends, with_entry=one.id)
    return one, lambda: back(book, one, (0, 500))


def owed(book: Book) -> tuple[int, int]:
    return book.of(W1, "coupon:p1"), book.of(W1, "debt:coupon:p1")


@pytest.mark.parametrize("how", ["recharge", "sale", "gift"])
def test_one_that_ended_is_owed_by_nobody_when_what_it_came_with_is_undone(book: Book, how: str) -> None:
    _, undo = given_with(book, how)
    book.on_day(AFTER)
    over(book)
    undo()
    assert owed(book) == (0, 0)


@pytest.mark.parametrize("how", ["recharge", "sale", "gift"])
def test_one_that_is_over_and_lies_there_goes_back(book: Book, how: str) -> None:
    issued = book.site_of("issued:coupon")
    _, undo = given_with(book, how)
    book.on_day(AFTER)
    undo()
    assert (owed(book), book.site_of("issued:coupon")) == ((0, 0), issued)


@pytest.mark.parametrize("how", ["recharge", "sale", "gift"])
@pytest.mark.parametrize(("until", "day", "owes"), [(LAST, LAST, -1), ("", AFTER, -1), (LAST, AFTER, 0)])
def test_one_that_was_used_is_owed_until_its_last_day_is_over(
    book: Book, how: str, until: str, day: str, owes: int
) -> None:
    _, undo = given_with(book, how, until)
    sold(book, off(900, 100, "p1"), used=("p1",))
    book.on_day(day)
    undo()
    assert owed(book) == (0, owes)


DAYS = st.integers(1, 20)


@given(st.lists(st.tuples(DAYS, st.booleans()), min_size=1, max_size=8), st.lists(DAYS, max_size=6))
def test_whenever_it_is_looked_each_ends_once_and_never_below_zero(
    coupons: list[tuple[int, bool]], looks: list[int]
) -> None:
    book = Book().with_member()
    for at, (day, _) in enumerate(coupons):
        ending(book, until=f"2026-12-{day:02d}", name=f"{at}-")
    for at, (_, used) in enumerate(coupons):
        if used:
            sold(book, off(900, 100, f"{at}-0"), used=(f"{at}-0",))
    for day in sorted(looks):
        book.on_day(f"2026-12-{day:02d}")
        try:
            over(book)
        except NotBookable:
            continue
        last = day
        for at, (until, used) in enumerate(coupons):
            assert book.of(W1, f"coupon:{at}-0") == (not used and until >= last)
    held = sum(book.of(W1, f"coupon:{at}-0") for at in range(len(coupons)))
    assert book.site_of("issued:coupon") == -held


# Given anew


ANEW = CouponGrant(coupon="anew", kind="c", face=100, threshold=0, until="2026-12-07")


def back_anew(book: Book, of: Entry, *anew: CouponGrant, net: int = 900) -> Entry:
    return book.book(BookRefund, of=of.id, returned=(Returned(line=0, net=net),), why="x", coupons=anew)


def used_and_over(book: Book, day: str = AFTER) -> Entry:
    ending(book)
    sale = sold(book, off(900, 100, "e0"), used=("e0",))
    book.on_day(day)
    return sale


def test_in_the_place_of_one_that_comes_back_over_another_is_given(book: Book) -> None:
    sale = used_and_over(book)
    entry = back_anew(book, sale, ANEW)
    assert (book.of(W1, "coupon:e0"), book.of(W1, "coupon:anew")) == (0, 1)
    assert [amount for name, amount in entry.postings if name == "site:S1:issued:coupon"] == [-1]
    again = sold(book, off(900, 100, "anew"), used=("anew",))
    back(book, again, (0, 900))
    assert book.of(W1, "coupon:anew") == 1


def test_a_part_brings_none_back_and_none_anew(book: Book) -> None:
    sale = used_and_over(book)
    with pytest.raises(NotBookable, match="other coupons than those that come back over"):
        back_anew(book, sale, ANEW, net=899)
    back_anew(book, sale, net=899)
    back_anew(book, sale, ANEW, net=1)
    assert book.of(W1, "coupon:anew") == 1


@pytest.mark.parametrize(
    "anew",
    [
        (replace(ANEW, kind="d"),),
        (replace(ANEW, face=101),),
        (replace(ANEW, threshold=1),),
        (ANEW, replace(ANEW, coupon="another")),
    ],
)
def test_another_coupon_or_one_more_is_not_given(book: Book, anew: tuple[CouponGrant, ...]) -> None:
    sale = used_and_over(book)
    with pytest.raises(NotBookable, match="other coupons than those that come back over"):
        back_anew(book, sale, *anew)


def test_one_that_is_not_over_comes_back_itself(book: Book) -> None:
    sale = used_and_over(book, LAST)
    with pytest.raises(NotBookable, match="other coupons than those that come back over"):
        back_anew(book, sale, ANEW)
    back_anew(book, sale)
    assert book.of(W1, "coupon:e0") == 1


def test_beside_one_that_is_over_another_comes_back_itself(book: Book) -> None:
    ending(book)
    sale = sold(book, off(900, 100, "e0"), off(850, 150), used=("serum", "e0"))
    book.on_day(AFTER)
    whole = (Returned(line=0, net=900), Returned(line=1, net=850))
    book.book(BookRefund, of=sale.id, returned=whole, why="x", coupons=(ANEW,))
    assert [book.of(W1, f"coupon:{name}") for name in ("e0", "serum", "anew")] == [0, 1, 1]


def test_with_what_used_none_none_is_given(book: Book) -> None:
    left = book.book(BookDeposit, wallet=W1, card=None, of="presale:1", amount=900, received=900)
    with pytest.raises(NotBookable, match="coupons with what used none"):
        back_anew(book, left, ANEW)
    stranger = sell(book, line(900), wallet=None)
    with pytest.raises(NotBookable, match="other coupons than those that come back over"):
        back_anew(book, stranger, ANEW)
    with pytest.raises(NotBookable, match="coupons with what used none"):
        book.book(
            BookRefund, of=book.next_id(), returned=(Returned(line=0, net=1),), why="x", coupons=(ANEW,)
        )


def test_of_one_that_nobody_knows_here_none_is_given_anew(book: Book) -> None:
    """Of a sale that came from another site to be undone."""
    sale = used_and_over(book)
    del book.coupons["e0"]
    with pytest.raises(NotBookable, match="other coupons than those that come back over"):
        back_anew(book, sale, ANEW)
    back_anew(book, sale)
    assert book.of(W1, "coupon:e0") == 1
