"""Vouchers of a platform: verified for one sale, used by it alone, and never paid out twice."""

from __future__ import annotations

from typing import Any

import pytest
from msgspec.structs import replace

from terminal.core.acquirer import CODE_REFUND
from terminal.core.commands import (
    BookIntent,
    BookIntentEnd,
    BookRefund,
    BookSale,
    BookVoid,
    IntentEnd,
    PaidBy,
    Returned,
    Tender,
    TenderKind,
)
from terminal.core.entry import Entry
from terminal.core.errors import BadAmount, IntentUndone, NotBookable
from terminal.core.group_buy import VOUCHERS_MAX, begun_for, vouchers_of
from terminal.core.money import AMOUNT_MAX
from terminal.core.values import EntryId
from tests.core.ledger.book import Book
from tests.core.ledger.test_value import line

SALE = EntryId("01a0c450-6c01-7000-8000-0053310000f1")


@pytest.fixture
def book() -> Book:
    return Book().with_member()


def verify(book: Book, amount: int, platform: str = "meituan", sale: EntryId = SALE) -> EntryId:
    what = begun_for(platform, sale)
    return book.book(BookIntent, what=what, amount=amount, consumed_by=book.next_id()).id


def tender(amount: int, *vouchers: EntryId, **more: Any) -> Tender:
    return Tender(kind=TenderKind.GROUP_BUY, amount=amount, **{"of": "meituan", **more}, vouchers=vouchers)


def sell(book: Book, *tenders: Tender, due: int = 1000, **more: Any) -> Entry:
    rest = due - sum(one.amount for one in tenders)
    cash = (Tender(kind=TenderKind.CASH, amount=rest),) if rest else ()
    fields = {"id": SALE, "wallet": None, "card": None, "received": rest, **more}
    return book.book(BookSale, lines=(line(due),), due=due, tenders=(*tenders, *cash), **fields)


def test_the_platform_owes_what_they_paid_and_their_intents_end_with_the_sale(book: Book) -> None:
    first, second = verify(book, 400), verify(book, 500)
    sold = sell(book, tender(900, first, second, settles=846))
    assert (book.site_of("outside:meituan"), book.site_of("drawer:early")) == (-900, -100)
    assert [book.intents[one].end for one in (first, second)] == [IntentEnd.DONE] * 2
    assert vouchers_of(sold.payload) == (first, second)
    with pytest.raises(NotBookable, match="no such intent is open"):
        book.book(BookIntentEnd, intent=first, end=IntentEnd.UNDONE, evidence="")


def test_those_of_several_platforms_and_a_code_pay_one_bill(book: Book) -> None:
    code = book.book(BookIntent, what="code_payment", amount=300, consumed_by=SALE)
    ours, theirs = verify(book, 400), verify(book, 300, "douyin")
    paid = Tender(kind=TenderKind.CODE, amount=300, of="wechat")
    sell(book, tender(400, ours), tender(300, theirs, of="douyin"), paid)
    owed = [book.site_of(f"outside:{who}") for who in ("meituan", "douyin", "wechat")]
    assert owed == [-400, -300, -300]
    assert {book.intents[one].end for one in (code.id, ours, theirs)} == {IntentEnd.DONE}


def test_no_other_entry_is_paid_by_vouchers(book: Book) -> None:
    assert vouchers_of(book.book(BookVoid, of=sell(book).id, why="x").payload) == ()


def refused(book: Book, *tenders: Tender, why: type[Exception] = NotBookable, match: str = ".") -> None:
    before = book.standing(), dict(book.intents)
    with pytest.raises(why, match=match):
        sell(book, *tenders)
    assert (book.standing(), book.intents) == before


def test_without_one_nothing_is_paid(book: Book) -> None:
    refused(book, tender(400), match="no voucher")


def test_what_nobody_verified_pays_nothing(book: Book) -> None:
    refused(book, tender(400, book.next_id()), match="nobody verified")


OTHERS = ["code_payment", begun_for("douyin", SALE), begun_for("meituan", EntryId("x"))]


@pytest.mark.parametrize("what", OTHERS)
def test_nor_what_was_verified_for_something_else(book: Book, what: str) -> None:
    other = book.book(BookIntent, what=what, amount=400, consumed_by=book.next_id())
    refused(book, tender(400, other.id), match="for something else")


@pytest.mark.parametrize("amount", [399, 401])
def test_nor_another_sum(book: Book, amount: int) -> None:
    refused(book, tender(amount, verify(book, 400)), why=BadAmount, match="another sum")


def test_nor_one_twice(book: Book) -> None:
    one = verify(book, 400)
    refused(book, tender(800, one, one), match="one twice")


@pytest.mark.parametrize("of", ["", "wechat", "code", "Meituan"])
def test_nor_by_whom_nobody_knows(book: Book, of: str) -> None:
    what = f"group_buy:{of}:{SALE}"
    one = book.book(BookIntent, what=what, amount=400, consumed_by=book.next_id())
    refused(book, tender(400, one.id, of=of), match="no platform")


def test_nor_what_was_given_back(book: Book) -> None:
    one = verify(book, 400)
    book.book(BookIntentEnd, intent=one, end=IntentEnd.UNDONE, evidence="sim")
    refused(book, tender(400, one), why=IntentUndone)


def test_so_many_and_no_more(book: Book) -> None:
    many = [verify(book, 10) for _ in range(VOUCHERS_MAX + 1)]
    refused(book, tender(10 * (VOUCHERS_MAX + 1), *many), match="too many")
    sell(book, tender(10 * VOUCHERS_MAX, *many[:-1]))
    assert book.site_of("outside:meituan") == -10 * VOUCHERS_MAX == -200


@pytest.mark.parametrize("settles", [-1, AMOUNT_MAX + 1])
def test_what_the_platform_pays_is_a_sum(book: Book, settles: int) -> None:
    refused(book, tender(400, verify(book, 400), settles=settles), why=BadAmount)
    sell(book, tender(400, verify(book, 400), settles=AMOUNT_MAX))


@pytest.mark.parametrize("more", [{"vouchers": ("v",)}, {"settles": 1}])
def test_nothing_else_is_a_platforms(book: Book, more: dict[str, Any]) -> None:
    refused(book, Tender(kind=TenderKind.CODE, amount=400, of="wechat", **more), match="pay nothing")


def test_for_a_sale_that_is_booked_none_is_verified(book: Book) -> None:
    sell(book)
    with pytest.raises(NotBookable, match="is booked"):
        verify(book, 400)


def test_used_is_what_its_sale_says_and_nobody_else(book: Book) -> None:
    one = verify(book, 400)
    with pytest.raises(NotBookable, match="by its sale alone"):
        book.book(BookIntentEnd, intent=one, end=IntentEnd.DONE, evidence="sim")
    assert not book.intents[one].end


# It comes back.


def test_a_void_and_a_refund_give_the_platform_what_it_owes_no_more(book: Book) -> None:
    sell(book, tender(400, verify(book, 400)))
    book.book(BookRefund, of=SALE, returned=(Returned(line=0, net=500),), why="x")
    assert book.site_of("outside:meituan") == -200
    other = EntryId("01a0c450-6c01-7000-8000-0053310000f2")
    sell(book, tender(400, verify(book, 400, sale=other)), id=other)
    book.book(BookVoid, of=other, why="x")
    assert book.site_of("outside:meituan") == -200


def owing(book: Book, of: str, amount: int, *, returned: int = 1000) -> Entry:
    """So much of the sale is undone, and `of` is to give so much of it back."""
    id_ = book.next_id()
    begun = book.book(BookIntent, what=f"{CODE_REFUND}{id_}:{of}", amount=amount, consumed_by=book.next_id())
    book.book(BookRefund, id=id_, of=SALE, returned=(Returned(line=0, net=returned),), why="x")
    return begun


def pays(book: Book, begun: Entry, amount: int, **more: Any) -> Entry:
    fields = {"end": IntentEnd.DONE, "evidence": "", "by_hand": PaidBy.CASH, "why": "too_late", **more}
    return book.book(BookIntentEnd, intent=begun.id, amount=amount, **fields)


def test_what_a_platform_does_not_take_back_is_paid_by_hand_and_it_still_owes_it(book: Book) -> None:
    first, second = verify(book, 400), verify(book, 500)
    sell(book, tender(900, first, second))
    begun = owing(book, second, 500)
    drawer = book.site_of("drawer:early")
    pays(book, begun, 500)
    assert (book.site_of("drawer:early") - drawer, book.site_of("outside:meituan")) == (500, -500)


def test_so_is_a_part_of_one(book: Book) -> None:
    sell(book, tender(1000, verify(book, 1000)))
    pays(book, owing(book, "meituan", 300, returned=300), 300, by_hand=PaidBy.TRANSFER)
    assert (book.site_of("outside:meituan"), book.site_of("outside:transfer")) == (-1000, 300)


@pytest.mark.parametrize("amount", [299, 301])
def test_by_hand_all_of_it_and_no_more(book: Book, amount: int) -> None:
    sell(book, tender(1000, verify(book, 1000)))
    begun = owing(book, "meituan", 300, returned=300)
    with pytest.raises(NotBookable, match="another sum"):
        pays(book, begun, amount)


def test_nor_more_than_came_back_of_it(book: Book) -> None:
    sell(book, tender(1000, verify(book, 1000)))
    begun = owing(book, "meituan", 301, returned=300)
    with pytest.raises(NotBookable, match="another sum"):
        pays(book, begun, 301)


def test_nor_through_another_platform(book: Book) -> None:
    sell(book, tender(1000, verify(book, 1000)))
    begun = owing(book, "douyin", 300, returned=300)
    with pytest.raises(NotBookable, match="another sum"):
        pays(book, begun, 300)


def test_what_a_code_paid_beside_them_is_told_apart(book: Book) -> None:
    code = book.book(BookIntent, what="code_payment", amount=600, consumed_by=SALE)
    one = verify(book, 400)
    sell(book, tender(400, one), Tender(kind=TenderKind.CODE, amount=600, of="wechat"))
    id_ = book.next_id()
    owed = [
        book.book(BookIntent, what=f"{CODE_REFUND}{id_}:{of}", amount=fen, consumed_by=book.next_id())
        for of, fen in ((one, 400), (code.id, 600))
    ]
    book.book(BookVoid, id=id_, of=SALE, why="x")
    assert (book.site_of("outside:meituan"), book.site_of("outside:wechat")) == (0, 0)
    pays(book, owed[0], 400)
    assert (book.site_of("outside:meituan"), book.site_of("outside:wechat")) == (-400, 0)
    pays(book, owed[1], 600)
    assert (book.site_of("outside:meituan"), book.site_of("outside:wechat")) == (-400, -600)
    assert book.site_of("drawer:early") == 1000


def test_booked_again_on_another_branch_it_is_never_refused(book: Book) -> None:
    from terminal.core.ledger import posted_again

    sold = sell(book, tender(400, verify(book, 400)))
    again = posted_again(replace(sold, id=SALE), Book().with_member())
    assert sum(amount for account, amount in again.postings if account.unit == "outside:meituan") == -400
