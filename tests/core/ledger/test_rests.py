"""What of a voucher ended with its use was not lost: nobody owes it when what gave it comes back."""

from __future__ import annotations

from itertools import permutations
from typing import Any

import pytest
from hypothesis import given as always
from hypothesis import strategies as st
from msgspec.structs import replace

from terminal.core.accounts import HAD, ended, issued, named
from terminal.core.commands import (
    BookGrant,
    BookJoin,
    BookMerge,
    BookRecharge,
    BookRechargeRefund,
    BookRefund,
    BookReversal,
    BookSale,
    BookVoid,
    Cashback,
    Grant,
    PointsEarned,
    RechargeRefundReason,
    Returned,
    Sells,
    Tender,
    TenderKind,
)
from terminal.core.entry import Entry
from terminal.core.errors import InsufficientFunds, NotBookable, VoucherGone
from terminal.core.ledger import posted_again
from terminal.core.ledger.rests import ended_by, paid_by, undone_whole
from tests.core.ledger.book import M2, W1, W2, Book, opening
from tests.core.ledger.test_anew import AGAIN, ENDED, back, lies
from tests.core.ledger.test_redo import Branch
from tests.core.ledger.test_value import line, load, sell
from tests.core.ledger.test_vouchers import alone, redeemed

OVER, UNIT, DEBT = "2027-01-01", "voucher:v", "debt:voucher:v"
WHOLE = pytest.mark.parametrize("kind", [BookVoid, BookReversal])


@pytest.fixture
def book() -> Book:
    return alone()


def worth(fen: int = 50_00, name: str = "v") -> Grant:
    return Grant(unit=f"voucher:{name}", amount=fen, until=ENDED)


def bought(book: Book, *given: Grant, net: int = 100_00) -> Entry:
    return sell(book, line(net), vouchers=given or (worth(),))


def recharged(book: Book) -> Entry:
    return load(book, 100_00, vouchers=(worth(),))


def spent(book: Book, fen: int = 8_00, name: str = "v", **more: Any) -> Entry:
    return sell(book, line(fen), pays={"voucher": (fen, name, 0)}, **more)


def undo(book: Book, of: Entry) -> Entry:
    if of.kind == "recharge":
        return book.book(
            BookRechargeRefund, wallet=W1, lot=of.id, reason=RechargeRefundReason.COOLING_OFF, cash_step=1
        )
    return back(book, of, of.payload.due)  # type: ignore[union-attr]


def stands(book: Book) -> tuple[int, int]:
    """What lies there of it, and what is owed."""
    return book.of(W1, UNIT), book.of(W1, DEBT)


def rest(book: Book, unit: str = UNIT) -> int:
    """Fen of it that ended with its uses, whatever gave it."""
    counted = f":ever:rest.{unit.removeprefix('voucher:')}"
    return sum(
        balance
        for account, balance in book.balances.items()
        if account.unit.startswith(f"{HAD}:") and account.unit.endswith(counted)
    )


def rest_by(entry: Entry, unit: str = UNIT) -> int:
    return sum(fen for _, fen in ended_by(entry, unit))


def count(book: Book, gave: Entry, fen: int) -> None:
    """As if so much of it had been counted."""
    account = ended(book.site, gave.id, "v")
    news = fen - book.balances[account]
    book.balances[account] += news
    book.balances[issued(book.site, HAD)] -= news


def without_counts(standing: dict[str, int]) -> dict[str, int]:
    return {name: held for name, held in standing.items() if named(name).measure != HAD}


GIVES = pytest.mark.parametrize("gives", [bought, recharged])


@GIVES
def test_what_it_paid_is_owed_and_not_its_rest(book: Book, gives: Any) -> None:
    gave = gives(book)
    spent(book)
    undo(book, gave)
    assert stands(book) == (0, -8_00)
    assert (book.site_of("forfeited"), book.site_of("voucher_expense")) == (42_00, -42_00)


@GIVES
@pytest.mark.parametrize("gave_first", [True, False])
@pytest.mark.parametrize("alone", [True, False])
def test_in_either_order_all_comes_back_and_nothing_is_owed(
    gives: Any, *, gave_first: bool, alone: bool
) -> None:
    book = Book().with_member()
    book.with_headquarters = not alone
    gave, paid = gives(book), spent(book)
    assert rest(book) == 42_00
    assert list(ended_by(paid, UNIT)) == [(gave.id, 42_00)]
    for one in (gave, paid) if gave_first else (paid, gave):
        undo(book, one)
    settled_elsewhere = gave_first and not alone
    assert stands(book) == ((8_00, -8_00) if settled_elsewhere else (0, 0))
    assert book.site_of("forfeited") + book.site_of("voucher_expense") == 0
    assert rest(book) == 42_00


@pytest.mark.parametrize("fen", [1, 49_99, 50_00])
def test_a_rest_is_one_from_a_fen_on(book: Book, fen: int) -> None:
    gave = bought(book)
    paid = spent(book, fen)
    assert (rest(book), rest_by(paid)) == (50_00 - fen, 50_00 - fen)
    assert bool(list(ended_by(paid, UNIT))) is (fen < 50_00)
    undo(book, gave)
    assert stands(book) == (0, -fen)


@pytest.mark.parametrize("part", [1, 42_00, 83_99, 84_00, 84_02, 90_00, 99_99])
def test_of_a_part_that_comes_back_only_what_it_paid_beyond_the_other_is_owed(book: Book, part: int) -> None:
    """A voucher of 50 for 100: of 84 that come back 42 were due, which is what nobody lost."""
    gave = bought(book)
    spent(book)
    back(book, gave, part)
    assert stands(book) == (0, -max(0, part // 2 - 42_00 + part % 2))
    back(book, gave, 100_00 - part)
    assert stands(book) == (0, -8_00)


@pytest.mark.parametrize("order", sorted(set(permutations("gguu"))))
@pytest.mark.parametrize("cut", [(90_00, 3_00), (10_00, 7_99), (84_00, 1)])
def test_cut_in_pieces_it_comes_to_the_same_in_any_order(
    book: Book, order: tuple[str, ...], cut: tuple[int, int]
) -> None:
    gave, paid = bought(book), spent(book)
    pieces = {
        "g": [(gave, cut[0]), (gave, 100_00 - cut[0])],
        "u": [(paid, cut[1]), (paid, 8_00 - cut[1])],
    }
    for which in order:
        back(book, *pieces[which].pop())
        there, owed = stands(book)
        assert 0 <= there <= 8_00
        assert -8_00 <= owed <= 0
    assert stands(book) == (0, 0)


FEN = st.integers(1, 60_00)


@always(FEN, FEN, FEN, st.lists(st.integers(1, 40_00), min_size=1, max_size=4), st.data())
def test_whatever_paid_and_in_whatever_pieces_it_comes_back_nothing_is_left(
    fen: int, first: int, again: int, giving: list[int], data: Any
) -> None:
    """Used, brought back, and used once more for less: then all of it comes back."""
    book = alone()
    gave = bought(book, worth(fen), net=sum(giving))
    first = min(fen, first)
    back(book, spent(book, first), first)
    again = min(first, again)
    paid = spent(book, again)
    assert rest(book) == fen - again
    cut = data.draw(st.integers(1, again))
    pieces = [(gave, net) for net in giving] + [(paid, cut)] + ([(paid, again - cut)] if again > cut else [])
    for of, net in data.draw(st.permutations(pieces)):
        back(book, of, net)
        assert sum(stands(book)) <= again
    assert stands(book) == (0, 0)
    assert book.site_of("forfeited") + book.site_of("voucher_expense") == 0


def test_a_part_that_came_back_before_its_use_is_counted_once(book: Book) -> None:
    gave = bought(book)
    back(book, gave, 50_00)
    assert stands(book) == (25_00, 0)
    paid = spent(book)
    assert rest(book) == 17_00
    back(book, gave, 50_00)
    assert stands(book) == (0, -8_00)
    undo(book, paid)
    assert stands(book) == (0, 0)


def test_a_part_that_is_owed_already_is_counted_once(book: Book) -> None:
    gave = bought(book)
    paid = spent(book, 50_00)
    back(book, gave, 50_00)
    assert stands(book) == (0, -25_00)
    undo(book, paid)
    spent(book)
    assert (stands(book), rest(book)) == ((0, 0), 17_00)
    back(book, gave, 50_00)
    assert stands(book) == (0, -8_00)


@WHOLE
@GIVES
@pytest.mark.parametrize("whole", [True, False])
def test_a_sale_that_never_was_brings_no_rest_of_what_came_back(
    book: Book, gives: Any, kind: Any, *, whole: bool
) -> None:
    before = book.standing()
    gave, paid = gives(book), spent(book)
    if whole:
        book.book(kind, of=gave.id, why="x")
    else:
        undo(book, gave)
    assert stands(book) == (0, -8_00)
    book.book(kind, of=paid.id, why="x")
    assert stands(book) == (0, 0)
    assert rest(book) == 42_00
    assert (book.site_of("forfeited"), book.site_of("voucher_expense")) == (0, 0)
    if whole or gives is bought:
        assert without_counts(book.standing()) == before


@WHOLE
@GIVES
def test_a_sale_that_never_was_had_no_rest(book: Book, gives: Any, kind: Any) -> None:
    gave, paid = gives(book), spent(book)
    book.book(kind, of=paid.id, why="x")
    assert (stands(book), rest(book)) == ((50_00, 0), 0)
    undo(book, gave)
    assert stands(book) == (0, 0)
    assert (book.site_of("forfeited"), book.site_of("voucher_expense")) == (0, 0)


@WHOLE
def test_a_sale_that_never_was_had_no_rest_of_what_a_campaign_gave(book: Book, kind: Any) -> None:
    gave = sell(book, line(100_00))
    book.book(BookGrant, wallet=W1, why="x", with_entry=gave.id, grants=(worth(),))
    paid = spent(book)
    book.book(kind, of=paid.id, why="x")
    assert (stands(book), rest(book)) == ((50_00, 0), 0)
    undo(book, gave)
    assert stands(book) == (0, 0)


@WHOLE
@pytest.mark.parametrize("part", [20_00, 84_00, 90_00])
def test_of_a_part_that_came_back_the_rest_of_it_stays_away(book: Book, kind: Any, part: int) -> None:
    gave, paid = bought(book), spent(book)
    back(book, gave, part)
    book.book(kind, of=paid.id, why="x")
    assert stands(book) == (50_00 - part // 2, 0)
    back(book, gave, 100_00 - part)
    assert stands(book) == (0, 0)
    assert (book.site_of("forfeited"), book.site_of("voucher_expense")) == (0, 0)


@WHOLE
def test_of_two_each_is_counted_by_itself(book: Book, kind: Any) -> None:
    gave = bought(book, worth(), worth(30_00, "w"))
    paid = sell(book, line(20_00), pays={"voucher": (20_00, "v", 0)})
    other = sell(book, line(5_00), pays={"voucher": (5_00, "w", 0)})
    assert (rest(book), rest(book, "voucher:w")) == (30_00, 25_00)
    assert rest_by(paid, "voucher:w") == 0
    book.book(kind, of=other.id, why="x")
    undo(book, gave)
    assert (stands(book), book.of(W1, "voucher:w"), book.of(W1, "debt:voucher:w")) == ((0, -20_00), 0, 0)


@WHOLE
def test_of_what_gave_two_each_rest_stays_away_by_itself(book: Book, kind: Any) -> None:
    gave = bought(book, worth(), worth(30_00, "w"))
    paid = spent(book)
    book.book(kind, of=gave.id, why="x")
    book.book(kind, of=paid.id, why="x")
    assert (stands(book), book.of(W1, "voucher:w"), book.of(W1, "debt:voucher:w")) == ((0, 0), 0, 0)


def test_of_two_in_one_sale_each_has_its_own_rest(book: Book) -> None:
    """Also where points have the same name."""
    gave = bought(book, worth(), worth(30_00, "goods"))
    sell(book, line(1), points=(PointsEarned(family="goods", points=3),))
    tenders = (
        Tender(kind=TenderKind.VOUCHER, amount=8_00, of="v"),
        Tender(kind=TenderKind.VOUCHER, amount=5_00, of="goods"),
        Tender(kind=TenderKind.POINTS, amount=1_00, of="goods", units=3),
    )
    lines = (line(14_00),)
    paid = book.book(BookSale, wallet=W1, card=None, lines=lines, due=14_00, tenders=tenders, received=0)
    assert (rest(book), rest(book, "voucher:goods")) == (42_00, 25_00)
    assert paid_by(paid.payload, "voucher:goods") == 5_00
    undo(book, gave)
    assert (stands(book), book.of(W1, "debt:voucher:goods")) == ((0, -8_00), -5_00)


@pytest.mark.parametrize("part", [1_00, 100_00])
def test_cashback_has_no_rest_though_a_voucher_has_its_name(book: Book, part: int) -> None:
    cashback = Cashback(amount=70_00, since=book.at.business_day, until=ENDED)
    gave = sell(book, line(100_00), cashback=cashback, vouchers=(worth(name="cashback"),))
    spent(book, name="cashback")
    sell(book, line(70_00), pays={"cashback": 70_00})
    assert rest(book, "voucher:cashback") == 42_00
    back(book, gave, part)
    assert book.of(W1, "debt:cashback") == -70_00 * part // 100_00


@WHOLE
def test_nor_does_a_rest_keep_it_away_where_both_paid_one_sale(book: Book, kind: Any) -> None:
    cashback = Cashback(amount=70_00, since=book.at.business_day, until=ENDED)
    gave = sell(book, line(100_00), cashback=cashback, vouchers=(worth(name="cashback"),))
    before = book.standing()
    paid = sell(book, line(28_00), pays={"voucher": (8_00, "cashback", 0), "cashback": 20_00})
    assert list(ended_by(paid, "voucher:cashback")) == [(gave.id, 42_00)]
    book.book(kind, of=paid.id, why="x")
    assert book.standing() == before


@WHOLE
def test_of_two_uses_of_one_each_has_its_own_rest(book: Book, kind: Any) -> None:
    gave = bought(book)
    back(book, spent(book), 8_00)
    paid = spent(book, 5_00)
    assert (rest(book), rest_by(paid)) == (45_00, 3_00)
    undo(book, gave)
    assert stands(book) == (0, -5_00)
    book.book(kind, of=paid.id, why="x")
    assert (stands(book), rest(book)) == ((0, 0), 45_00)


@WHOLE
def test_one_of_a_welcome_pack_is_followed_too(book: Book, kind: Any) -> None:
    opens = replace(opening(W2, M2, None), vouchers=(worth(),))
    gave = sell(book, line(1_00), wallet=W2, opens=opens)
    paid = spent(book, wallet=W2)
    book.book(kind, of=gave.id, why="x")
    assert (book.of(W2, UNIT), book.of(W2, DEBT)) == (0, -8_00)
    book.book(kind, of=paid.id, why="x")
    assert (book.of(W2, UNIT), book.of(W2, DEBT)) == (0, 0)


def test_one_of_a_welcome_pack_stays_when_the_sale_is_brought_back(book: Book) -> None:
    opens = replace(opening(W2, M2, None), vouchers=(worth(),))
    gave = sell(book, line(1_00), wallet=W2, opens=opens)
    paid = spent(book, wallet=W2)
    back(book, gave, 1_00)
    book.book(BookVoid, of=paid.id, why="x")
    assert (book.of(W2, UNIT), book.of(W2, DEBT)) == (50_00, 0)


def test_one_that_a_join_gave_comes_back_whole(book: Book) -> None:
    book.book(BookJoin, opens=replace(opening(W2, M2, None), vouchers=(worth(),)))
    paid = spent(book, wallet=W2)
    book.book(BookVoid, of=paid.id, why="x")
    assert book.of(W2, UNIT) == 50_00


@pytest.mark.parametrize("alone", [True, False])
@pytest.mark.parametrize("gave_first", [True, False])
def test_what_a_campaign_gave_with_a_sale_is_owed_without_its_rest(*, gave_first: bool, alone: bool) -> None:
    book = Book().with_member()
    book.with_headquarters = not alone
    gave = sell(book, line(100_00))
    book.book(BookGrant, wallet=W1, why="x", with_entry=gave.id, grants=(worth(),))
    paid = spent(book)
    for one in (gave, paid) if gave_first else (paid, gave):
        undo(book, one)
        if one is gave and gave_first:
            assert stands(book) == (0, -8_00)
    assert sum(stands(book)) == 0
    assert book.site_of("forfeited") + book.site_of("voucher_expense") == 0


def test_what_a_campaign_gave_stays_while_a_part_of_the_sale_does(book: Book) -> None:
    gave = sell(book, line(100_00))
    book.book(BookGrant, wallet=W1, why="x", with_entry=gave.id, grants=(worth(),))
    spent(book)
    back(book, gave, 99_99)
    assert stands(book) == (0, 0)
    back(book, gave, 1)
    assert stands(book) == (0, -8_00)


def test_one_that_was_bought_comes_back_whole_or_not_at_all(book: Book) -> None:
    sale = sell(book, line(45_00, sells=Sells(unit=UNIT, amount=50_00)))
    paid = spent(book)
    assert rest(book) == 0, "nobody ever owes it"
    back(book, paid, 8_00)
    assert stands(book) == (8_00, 0)
    with pytest.raises(InsufficientFunds):
        back(book, sale, 45_00)
    with pytest.raises(InsufficientFunds):
        book.book(BookVoid, of=sale.id, why="x")


@WHOLE
def test_one_that_was_given_by_hand_is_taken_back_whole_or_not_at_all(book: Book, kind: Any) -> None:
    gift = book.book(BookGrant, wallet=W1, why="x", grants=(worth(),))
    back(book, spent(book), 8_00)
    assert stands(book) == (8_00, 0)
    with pytest.raises(InsufficientFunds):
        book.book(kind, of=gift.id, why="x")


def test_points_do_not_come_back_for_one_whose_rest_ended(book: Book) -> None:
    gift = redeemed(book, worth())
    back(book, spent(book), 8_00)
    with pytest.raises(VoucherGone):
        book.book(BookVoid, of=gift.id, why="x")


# After its last day.


@pytest.mark.parametrize("gave_first", [True, False])
@pytest.mark.parametrize(("part", "left"), [(50_00, 8_00), (84_00, 8_00), (90_00, 5_00), (100_00, 0)])
def test_what_came_back_after_its_last_day_is_good_again_as_far_as_nothing_was_lost(
    book: Book, part: int, left: int, *, gave_first: bool
) -> None:
    gave, paid = bought(book), spent(book)
    book.on_day(OVER)
    if gave_first:
        back(book, gave, part, anew=AGAIN)
    back(book, paid, 8_00, anew=AGAIN)
    if not gave_first:
        back(book, gave, part, anew=AGAIN)
    assert dict(lies(book, UNIT)).get(AGAIN, 0) == left
    assert book.of(W1, DEBT) == 0


def test_the_rest_of_what_was_good_again_however_often_is_counted_under_what_gave_it(book: Book) -> None:
    gave, paid = bought(book), spent(book)
    book.on_day(OVER)
    back(book, paid, 8_00, anew=AGAIN)
    paid = spent(book, 7_00)
    assert list(ended_by(paid, UNIT)) == [(gave.id, 1_00)]
    book.on_day("2027-02-01")
    back(book, paid, 7_00, anew="2027-02-28")
    assert list(ended_by(spent(book, 4_00), UNIT)) == [(gave.id, 3_00)]
    assert rest(book) == 46_00


def test_the_rest_of_what_was_good_again_after_a_sale_that_is_not_known_is_counted_under_its_refund(
    book: Book,
) -> None:
    bought(book)
    paid = spent(book)
    book.on_day(OVER)
    refund = back(book, paid, 8_00, anew=AGAIN)
    del book.entries[paid.id]
    assert list(ended_by(spent(book, 5_00), UNIT)) == [(refund.id, 3_00)]


@WHOLE
def test_of_one_that_is_over_no_more_stays_away_than_had_ended(book: Book, kind: Any) -> None:
    gave, paid = bought(book), spent(book)
    book.on_day(OVER)
    back(book, gave, 100_00)
    assert stands(book) == (0, 0)
    book.book(kind, of=paid.id, why="x")
    assert lies(book, UNIT) == [(ENDED, 8_00)]


def test_what_somebody_else_owes_of_it_is_not_counted(book: Book) -> None:
    """Cashback has one name on all wallets."""
    book.with_member(W2, M2)
    cashback = Cashback(amount=70, since=book.at.business_day, until=ENDED)
    gave = sell(book, line(100), cashback=cashback)
    given = (Grant(unit="cashback", amount=70),)
    book.book(BookGrant, wallet=W2, why="x", with_entry=gave.id, grants=given)
    for wallet in (W1, W2):
        sell(book, line(70), wallet=wallet, pays={"cashback": 70})
    for _ in range(2):
        back(book, gave, 50)
    assert [book.of(wallet, "debt:cashback") for wallet in (W1, W2)] == [-70, -70]


def test_what_was_taken_beyond_its_lots_is_not_taken_again(book: Book) -> None:
    """A part that was brought back, and was booked again where the voucher did not lie any more."""
    gave = bought(book)
    again = replace(back(book, gave, 50_00), lots=())
    book.refer[gave.id][:] = [again]
    back(book, gave, 20_00)
    assert stands(book) == (15_00, 0)


# Elsewhere, and in other books.


def test_it_is_found_on_the_wallet_that_is_left(book: Book) -> None:
    book.with_member(W2, M2)
    gave, paid = bought(book), spent(book)
    book.book(BookMerge, wallet=W1, into=W2)
    back(book, gave, 90_00)
    assert book.of(W2, DEBT) == -3_00
    back(book, paid, 8_00)
    assert (book.of(W2, UNIT), book.of(W2, DEBT)) == (5_00, 0)
    back(book, gave, 10_00)
    assert (book.of(W2, UNIT), book.of(W2, DEBT)) == (0, 0)


def test_what_was_owed_by_its_wallet_of_before_is_counted_once(book: Book) -> None:
    book.with_member(W2, M2)
    gave = bought(book)
    spent(book)
    back(book, gave, 90_00)
    book.book(BookMerge, wallet=W1, into=W2)
    assert book.of(W2, DEBT) == -3_00
    back(book, gave, 10_00)
    assert book.of(W2, DEBT) == -8_00


def test_a_sale_of_before_that_did_not_count_it_is_owed_whole(book: Book) -> None:
    gave, paid = bought(book), spent(book)
    count(book, gave, 0)
    moved = tuple((name, amount) for name, amount in paid.postings if named(name).measure != HAD)
    book.entries[paid.id] = replace(paid, postings=moved)
    assert rest(book) == 0
    undo(book, gave)
    assert stands(book) == (0, -50_00)
    book.book(BookVoid, of=paid.id, why="x")
    assert stands(book) == (0, 0)


def test_booked_again_where_it_was_not_there_nothing_of_it_ended(book: Book) -> None:
    other = alone()
    for each in (book, other):
        bought(each)
    paid = spent(other)
    spent(book)
    again = posted_again(paid, book)
    assert [(account.unit, amount) for account, amount in again.uncovered] == [(UNIT, 50_00)]
    assert HAD not in {account.measure for account, _ in again.postings}


def test_booked_again_where_less_lay_than_it_paid_no_rest_ended(book: Book) -> None:
    other = alone()
    for each in (book, other):
        gave = bought(each)
    paid = spent(other, 25_00)
    back(book, gave, 60_00)
    again = posted_again(paid, book)
    assert [(account.unit, amount) for account, amount in again.uncovered] == [(UNIT, 30_00)]
    assert HAD not in {account.measure for account, _ in again.postings}


def test_booked_again_where_only_something_else_was_lacking_its_rest_ended(book: Book) -> None:
    other = alone()
    for each in (book, other):
        gave = bought(each)
    other.book(BookGrant, wallet=W1, why="x", grants=(Grant(unit="cashback", amount=3_00),))
    paid = sell(other, line(11_00), pays={"voucher": (8_00, "v", 0), "cashback": 3_00})
    again = posted_again(paid, book)
    assert [(account.unit, amount) for account, amount in again.uncovered] == [("cashback", 3_00)]
    counted = {account: amount for account, amount in again.postings if account.measure == HAD}
    assert counted == {ended(book.site, gave.id, "v"): 42_00, issued(book.site, HAD): -42_00}


def test_booked_again_after_a_fork_of_a_fork_what_was_beyond_then_ends_where_it_lies() -> None:
    """Where only 20 of it lay and no cashback did, 12 had ended; where all lies 42 have."""
    first, second, third = Branch(1), Branch(2), Branch(3)
    gave = bought(first)
    first.book(BookGrant, wallet=W1, why="x", grants=(Grant(unit="cashback", amount=3_00),))
    paid = sell(first, line(11_00), pays={"voucher": (8_00, "v", 0), "cashback": 3_00})
    second.again(gave)
    back(second, gave, 60_00)
    owing = second.again(paid)
    assert rest(second) == 12_00
    third.again(gave)
    third.again(owing)
    assert (rest(third), stands(third)) == (42_00, (0, 0))


@pytest.mark.parametrize("how", ["refund", "void", "gift"])
def test_after_a_fork_more_may_have_ended_than_was_given_and_nothing_is_due(book: Book, how: str) -> None:
    gave = sell(book, line(100_00)) if how == "gift" else bought(book)
    if how == "gift":
        gift = book.book(BookGrant, wallet=W1, why="x", with_entry=gave.id, grants=(worth(),))
    spent(book)
    count(book, gave if how != "gift" else gift, 84_00)
    assert rest(book) == 84_00
    if how == "void":
        book.book(BookVoid, of=gave.id, why="x")
    else:
        undo(book, gave)
    assert stands(book) == (0, 0)
    assert book.site_of("voucher_expense") == -50_00


def test_what_a_command_says_of_it(book: Book) -> None:
    gave, paid = bought(book), spent(book)
    assert (paid_by(gave.payload, UNIT), paid_by(paid.payload, UNIT)) == (0, 8_00)
    assert (paid_by(paid.payload, "voucher:w"), paid_by(recharged(alone()).payload, UNIT)) == (0, 0)
    refund = back(book, paid, 1_00)
    assert isinstance(refund.payload, BookRefund)
    assert not undone_whole(refund.payload)
    void = book.book(BookVoid, of=gave.id, why="x")
    assert undone_whole(void.payload)
    with pytest.raises(NotBookable):
        book.book(BookRefund, of=gave.id, returned=(Returned(line=0, net=1),), why="x")
    assert isinstance(recharged(book).payload, BookRecharge)
