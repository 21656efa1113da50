"""A free service for whoever brought a newcomer: in the newcomer's sale, back with all of it."""

from __future__ import annotations

from typing import Any

import pytest
from msgspec.structs import replace

from terminal.core.accounts import debt, held_by
from terminal.core.commands import (
    BookGrant,
    BookMerge,
    BookRedeem,
    BookRefund,
    BookReversal,
    BookSale,
    BookTransfer,
    BookVoid,
    Grant,
    PointsEarned,
    Private,
    Returned,
    Sells,
    Tender,
    TenderKind,
)
from terminal.core.entry import Entry
from terminal.core.errors import BadAmount, NotBookable, Refused
from terminal.core.ledger import posted_again
from terminal.core.ledger.debts import settled_by
from terminal.core.ledger.friends import brought, own_lots
from terminal.core.money import AMOUNT_MAX
from terminal.core.values import MemberId, WalletId
from tests.core.ledger.book import Book, opening
from tests.core.ledger.test_referral import A, B, C, join
from tests.core.ledger.test_referral import brought as with_brought
from tests.core.ledger.test_value import line, sell

FREE = Grant(unit="count:F02-free", amount=1, until="2026-12-24")


@pytest.fixture
def book() -> Book:
    return with_brought()


def buy(book: Book, wallet: WalletId | None = B, *lines: Any, **more: Any) -> Entry:
    return sell(book, *(lines or (line(1000),)), wallet=wallet, **{"bringer": (FREE,), **more})


def free(book: Book) -> dict[str, int]:
    return {wallet: count for wallet in (A, B, C) if (count := book.of(wallet, FREE.unit))}


def use(book: Book, wallet: WalletId = A) -> Entry:
    tender = Tender(kind=TenderKind.USES, amount=500, of=FREE.unit, units=1)
    return book.book(BookSale, wallet=wallet, card=None, lines=(line(500),), due=500, tenders=(tender,))


def back(book: Book, of: Entry, *parts: tuple[int, int]) -> Entry:
    returned = tuple(Returned(line=at, net=net) for at, net in parts)
    return book.book(BookRefund, of=of.id, returned=returned, why="x")


def test_who_brought_the_buyer_has_it_in_a_lot_of_that_sale_until_its_last_day(book: Book) -> None:
    sale = buy(book)
    assert free(book) == {A: 1}
    assert (f"wallet:{A}:{FREE.unit}", 1) in sale.postings
    assert (f"site:S1:issued:{FREE.unit}", -1) in sale.postings
    (lot,) = brought(sale)
    assert (lot.wallet, lot.lot, lot.until, lot.since) == (A, sale.id, "2026-12-24", "")
    assert list(own_lots(sale)) == []
    use(book)
    assert free(book) == {}


def test_whoever_was_given_either_of_the_two_wallets_has_nothing_of_it(book: Book) -> None:
    given = {"card": None, "to": MemberId("m-new"), "commitment": "", "terms": "1"}
    book.book(BookTransfer, Private(phone="19000000401"), wallet=B, **given)
    buy(book)
    buy(book, C)
    assert free(book) == {}


def test_only_the_nearest_has_it(book: Book) -> None:
    buy(book, C)
    assert free(book) == {B: 1}


def test_who_was_brought_by_nobody_brings_nothing_and_buys_all_the_same(book: Book) -> None:
    sale = buy(book, A)
    assert (free(book), brought(sale), sale.lots) == ({}, (), ())


def test_who_joins_with_the_sale_names_them(book: Book) -> None:
    new = WalletId("e")
    opens = replace(opening(new, MemberId("m-e"), None), introduced_by=A)
    buy(book, new, opens=opens)
    assert free(book) == {A: 1}


def test_nobody_in_particular_brings_nothing(book: Book) -> None:
    with pytest.raises(NotBookable):
        buy(book, None)


@pytest.mark.parametrize(
    ("wrong", "refusal"),
    [
        ({"unit": "points:goods"}, NotBookable),
        ({"unit": "bonus"}, NotBookable),
        ({"amount": 0}, BadAmount),
        ({"amount": AMOUNT_MAX + 1}, BadAmount),
    ],
)
def test_only_uses_are_given_so(book: Book, wrong: dict[str, Any], refusal: type[Refused]) -> None:
    with pytest.raises(refusal):
        buy(book, bringer=(replace(FREE, **wrong),))


def test_two_lots_of_one_unit_are_not_given_in_one_sale(book: Book) -> None:
    with pytest.raises(NotBookable):
        buy(book, bringer=(FREE, FREE))
    sells = Sells(unit=FREE.unit, amount=10)
    with pytest.raises(NotBookable):
        buy(book, B, line(1000, sells=sells))
    buy(book, B, line(1000, sells=replace(sells, unit="count:F02")))
    assert (free(book), book.of(B, "count:F02")) == ({A: 1}, 10)


@pytest.mark.parametrize("kind", [BookVoid, BookReversal])
def test_what_is_undone_takes_it_back(book: Book, kind: Any) -> None:
    standing = book.standing()
    sale = buy(book, B, line(1000, sells=Sells(unit="count:F02", amount=10)))
    book.book(kind, of=sale.id, why="x")
    assert (book.standing(), free(book)) == (standing, {})


def test_a_refund_takes_it_back_with_the_last_of_the_sale(book: Book) -> None:
    standing = book.standing()
    sale = buy(book, B, line(1000), line(500))
    back(book, sale, (0, 1000))
    assert free(book) == {A: 1}
    back(book, sale, (1, 499))
    assert free(book) == {A: 1}
    back(book, sale, (1, 1))
    assert (free(book), book.standing()) == ({}, standing)


@pytest.mark.parametrize("how", ["void", "refund"])
def test_what_was_used_by_then_is_owed(book: Book, how: str) -> None:
    sale = buy(book)
    use(book)
    if how == "void":
        book.book(BookVoid, of=sale.id, why="x")
    else:
        back(book, sale, (0, 1000))
    assert (free(book), book.of(A, f"debt:{FREE.unit}")) == ({}, -1)


def test_of_several_uses_what_is_left_is_taken_and_the_rest_owed(book: Book) -> None:
    sale = buy(book, bringer=(replace(FREE, amount=3),))
    use(book)
    book.book(BookVoid, of=sale.id, why="x")
    assert (free(book), book.of(A, f"debt:{FREE.unit}")) == ({}, -1)


def test_other_uses_of_theirs_stay(book: Book) -> None:
    first = buy(book)
    buy(book)
    book.book(BookVoid, of=first.id, why="x")
    assert free(book) == {A: 1}
    use(book)


def test_it_goes_with_the_value_of_who_was_merged_and_comes_back_from_there(book: Book) -> None:
    join(book, WalletId("f"))
    sale, later = buy(book), buy(book)
    book.book(BookMerge, wallet=A, into=WalletId("f"))
    assert book.of("f", FREE.unit) == 2
    book.book(BookVoid, of=sale.id, why="x")
    assert book.of("f", FREE.unit) == 1
    back(book, later, (0, 1000))
    assert book.of("f", FREE.unit) == 0
    buy(book)
    assert book.of("f", FREE.unit) == 1


def test_a_fork_gives_it_again(book: Book) -> None:
    sale = buy(book)
    done = posted_again(sale, with_brought())
    assert done.lots == sale.lots
    assert [(account.name, amount) for account, amount in done.postings] == list(sale.postings)


def test_an_entry_that_says_nothing_of_it_lays_nothing_of_it(book: Book) -> None:
    sells = Sells(unit="count:F02", amount=10)
    sale = buy(book, B, line(1000, sells=sells), bringer=())
    assert (brought(sale), tuple(own_lots(sale))) == ((), sale.lots)
    assert brought(back(book, sale, (0, 1000))) == ()


def test_it_begins_when_it_is_said_to(book: Book) -> None:
    (lot,) = brought(buy(book, bringer=(replace(FREE, since="2026-11-25"),)))
    assert (lot.since, lot.until) == ("2026-11-25", "2026-12-24")
    with pytest.raises(Refused):
        use(book)


def test_who_pays_with_such_a_use_themselves_gives_one_and_brings_one(book: Book) -> None:
    buy(book, C)
    assert free(book) == {B: 1}
    standing = book.standing()
    tender = Tender(kind=TenderKind.USES, amount=500, of=FREE.unit, units=1)
    sale = sell_by(book, B, tender)
    assert (free(book), [lot.wallet for lot in brought(sale)]) == ({A: 1}, [A])
    assert len(tuple(own_lots(sale))) == 1
    book.book(BookVoid, of=sale.id, why="x")
    assert (free(book), book.standing()) == ({B: 1}, standing)


def sell_by(book: Book, wallet: WalletId, tender: Tender) -> Entry:
    more = {"lines": (line(500),), "due": 500, "tenders": (tender,), "bringer": (FREE,)}
    return book.book(BookSale, wallet=wallet, card=None, **more)


def owing(used: int = 1, *, alone: bool = True) -> Book:
    """So many given, used, and owed since what brought them came back."""
    book = with_brought()
    book.with_headquarters = not alone
    sale = buy(book, bringer=(replace(FREE, amount=used),))
    for _ in range(used):
        use(book)
    back(book, sale, (0, 1000))
    assert stands(book) == (0, -used)
    return book


def stands(book: Book) -> tuple[int, int]:
    """What there is to use of who brought them, and what is owed."""
    lots = sum(lot.rest for lot in book.lots(A, FREE.unit))
    assert lots == book.of(A, FREE.unit)
    return lots, book.of(A, f"debt:{FREE.unit}")


@pytest.mark.parametrize("alone", [True, False])
@pytest.mark.parametrize("used", [1, 2, 3])
@pytest.mark.parametrize("amount", [1, 2, 3])
def test_what_is_owed_is_settled_from_the_next_that_a_newcomer_brings(
    used: int, amount: int, *, alone: bool
) -> None:
    book = owing(used, alone=alone)
    sale = buy(book, bringer=(replace(FREE, amount=amount),))
    assert stands(book) == (max(0, amount - used), min(0, amount - used))
    assert [(lot.wallet, lot.amount) for lot in sale.lots] == [(A, amount), (A, -min(amount, used))]
    assert sum(lot.amount for lot in brought(sale)) == max(0, amount - used)
    assert (f"site:S1:issued:{FREE.unit}", -amount) in sale.postings


@pytest.mark.parametrize("alone", [True, False])
@pytest.mark.parametrize("how", ["void", "refund"])
@pytest.mark.parametrize(("used", "amount"), [(1, 1), (1, 3), (3, 1)])
def test_what_had_settled_is_owed_again_when_it_comes_back_too(
    how: str, used: int, amount: int, *, alone: bool
) -> None:
    book = owing(used, alone=alone)
    standing = book.standing()
    for _ in range(2):
        sale = buy(book, bringer=(replace(FREE, amount=amount),))
        if how == "void":
            book.book(BookVoid, of=sale.id, why="x")
        else:
            back(book, sale, (0, 1000))
        assert (stands(book), book.standing()) == ((0, -used), standing)


def test_of_what_was_left_and_used_all_is_owed() -> None:
    book = owing(1)
    sale = buy(book, bringer=(replace(FREE, amount=3),))
    use(book)
    book.book(BookVoid, of=sale.id, why="x")
    assert stands(book) == (0, -2)


def test_where_there_is_a_headquarters_it_alone_settles_all_else_that_is_owed() -> None:
    book = owing(1, alone=False)
    goods = Grant(unit="points:goods", amount=100)
    gift = book.book(BookGrant, wallet=A, why="x", grants=(goods,))
    spent = PointsEarned(family="goods", points=100)
    book.book(BookRedeem, wallet=A, card=None, points=spent, what="mug")
    book.book(BookReversal, of=gift.id, why="x")
    both = book.book(BookGrant, wallet=A, why="x", grants=(FREE, goods))
    assert [(lot.unit, lot.amount) for lot in both.lots] == [(FREE.unit, 1), (FREE.unit, -1)]
    assert stands(book) == (0, 0)
    assert (book.of(A, goods.unit), book.of(A, f"debt:{goods.unit}")) == (100, -100)
    assert settled_by(both) == {debt(held_by(A, FREE.unit))}


@pytest.mark.parametrize("alone", [True, False])
def test_uses_that_are_bought_settle_nothing_and_those_that_are_given_do(*, alone: bool) -> None:
    book = owing(2, alone=alone)
    sells = Sells(unit=FREE.unit, amount=3)
    buy(book, A, line(9000, sells=sells), bringer=())
    assert stands(book) == (3, -2)
    gift = book.book(BookGrant, wallet=A, why="x", grants=(FREE,))
    assert stands(book) == (3, -1)
    assert [(lot.wallet, lot.amount) for lot in gift.lots] == [(None, 1), (None, -1)]
    book.book(BookReversal, of=gift.id, why="x")
    assert stands(book) == (3, -2)


def test_who_pays_with_such_a_use_and_brings_one_settles_for_the_other_alone() -> None:
    book = owing(1)
    buy(book, C)
    assert free(book) == {B: 1}
    standing = book.standing()
    tender = Tender(kind=TenderKind.USES, amount=500, of=FREE.unit, units=1)
    sale = sell_by(book, B, tender)
    assert (free(book), stands(book)) == ({}, (0, 0))
    book.book(BookVoid, of=sale.id, why="x")
    assert (free(book), book.standing()) == ({B: 1}, standing)


def test_a_fork_gives_all_of_it_where_nothing_is_owed() -> None:
    settled = buy(owing(1))
    book = with_brought()
    book.with_headquarters = False
    done = posted_again(settled, book)
    assert [(lot.wallet, lot.amount) for lot in done.lots] == [(A, 1)]
    assert not any(account.is_debt for account, _ in done.postings)
