"""What of a voucher ended at another shop is owed no more once heard of, and again where that was voided."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given as always
from hypothesis import strategies as st
from msgspec.structs import replace

from terminal.core.commands import BookDirective, BookGrant, BookMerge, BookVoid, Sells
from terminal.core.directives import Directed, Grant, HadCount, HadThere, Release
from terminal.core.entry import Entry
from terminal.core.ledger.effects import Refers
from terminal.core.ledger.rests import set_right_by, voucher_in
from terminal.core.rights import Right, Want
from terminal.core.values import EntryId, SiteId, WalletId
from terminal.store.answers import id_bytes
from tests.core.ledger.book import M2, W1, W2, Book, opening
from tests.core.ledger.test_anew import ENDED, LATER, back
from tests.core.ledger.test_rests import DEBT, OVER, UNIT, bought, recharged, stands, undo, worth
from tests.core.ledger.test_value import line, sell


@pytest.fixture
def book() -> Book:
    return Book().with_member()


def told(book: Book, directive: Any) -> Entry:
    directed = Directed(hq_epoch=1, m=book.seq + 1)
    return book.book(BookDirective, directed=directed, directive=directive)


def gone(book: Book, *names: str, wallet: WalletId = W1) -> None:
    """To another shop."""
    wants = tuple(Want(account=f"wallet:{wallet}:voucher:{one}", amount=60_00) for one in names or ("v",))
    told(book, Release(wants=wants))


def hear(book: Book, gave: Entry, fen: int = 42_00, *, site: str = "S2", **other: Any) -> Entry:
    one = HadCount(wallet=WalletId(gave.id), period="ever", what="rest.v", count=fen)
    return told(book, HadThere(site=SiteId(site), hads=(replace(one, **other),)))


def refers(book: Book, gave: Entry) -> bool:
    return Refers(of=gave.id) in book.done.effects


@pytest.mark.parametrize("gives", [bought, recharged])
@pytest.mark.parametrize("hears_first", [True, False])
def test_what_it_paid_there_is_owed_and_not_its_rest(book: Book, gives: Any, *, hears_first: bool) -> None:
    gave = gives(book)
    gone(book)
    if not hears_first:
        undo(book, gave)
    hear(book, gave)
    assert refers(book, gave) is not hears_first
    if hears_first:
        undo(book, gave)
    assert (stands(book), book.site_of("voucher_expense")) == ((0, -8_00), -42_00)


def test_told_again_it_counts_once_and_of_each_shop_by_itself(book: Book) -> None:
    gave = bought(book)
    gone(book)
    undo(book, gave)
    for site, fen, owed in (
        ("S2", 40_00, 10_00),
        ("S2", 40_00, 10_00),
        ("S3", 2_00, 8_00),
        ("S2", 41_00, 7_00),
        ("S3", 0, 9_00),
        ("S2", 0, 50_00),
        ("S2", 40_00, 10_00),
    ):
        hear(book, gave, fen, site=site)
        assert book.of(W1, DEBT) == -owed


STEP = st.integers(0, 50_00)


@always(st.lists(st.integers(1, 40_00), min_size=1, max_size=4), st.lists(STEP, max_size=4), STEP, st.data())
def test_in_whatever_order_parts_and_figures_come_what_it_paid_is_owed(
    giving: list[int], figures: list[int], last: int, data: Any
) -> None:
    book = Book().with_member()
    gave = bought(book, net=sum(giving))
    gone(book)
    steps: list[tuple[str, int]] = [("back", net) for net in giving] + [("hear", 0)] * (len(figures) + 1)
    said = [*figures, last]
    for what, net in data.draw(st.permutations(steps)):
        if what == "back":
            back(book, gave, net)
        else:
            hear(book, gave, said.pop(0))
        assert 0 <= -book.of(W1, DEBT) <= 50_00
    assert stands(book) == (0, last - 50_00)
    assert book.site_of("voucher_expense") == -last


def settled(book: Book) -> Entry:
    """What gave it and came back: of 50 that were owed headquarters settled 30."""
    gave = bought(book)
    gone(book)
    undo(book, gave)
    told(book, Grant(rights=(Right(account=f"wallet:w1:{DEBT}", amount=30_00),)))
    return gave


def test_of_what_is_settled_by_then_only_what_is_owed_still_is_set_right(book: Book) -> None:
    gave = settled(book)
    hear(book, gave)
    assert book.of(W1, DEBT) == 0


def test_what_was_settled_by_then_is_owed_no_second_time_when_its_use_is_voided(book: Book) -> None:
    gave = settled(book)
    hear(book, gave)
    for fen, owed in ((41_00, 0), (20_00, 0), (8_00, 12_00), (0, 20_00)):
        hear(book, gave, fen)
        assert book.of(W1, DEBT) == -owed


def test_what_is_told_again_sets_nothing_right_that_is_owed_since(book: Book) -> None:
    gave = settled(book)
    hear(book, gave)
    other = bought(book)
    gone(book)
    undo(book, other)
    hear(book, gave)
    assert book.of(W1, DEBT) == -50_00


def test_of_what_did_not_come_back_nothing_is_set_right_whatever_else_is_owed(book: Book) -> None:
    gave, kept = bought(book), bought(book)
    gone(book)
    undo(book, gave)
    hear(book, kept, 10_00)
    assert book.of(W1, DEBT) == -50_00


@pytest.mark.parametrize("fen", [1, 49_99, 50_00, 60_00])
def test_no_more_than_all_of_it_ends_and_no_less_than_a_fen(book: Book, fen: int) -> None:
    """More may have ended than was given, after a fork."""
    gave = bought(book)
    gone(book)
    undo(book, gave)
    book.on_day(OVER)
    hear(book, gave, fen)
    assert book.of(W1, DEBT) == min(0, fen - 50_00)


def test_what_is_over_is_told_by_the_last_day_of_the_voucher_itself(book: Book) -> None:
    gave = bought(book, worth(30_00, "w"), replace(worth(), until=LATER))
    gone(book, "v", "w")
    undo(book, gave)
    hear(book, gave)
    book.on_day(OVER)
    hear(book, gave, 41_00)
    assert book.of(W1, DEBT) == -9_00


def test_a_use_that_was_voided_after_the_last_day_is_owed_no_more(book: Book) -> None:
    gave = bought(book)
    gone(book)
    undo(book, gave)
    hear(book, gave)
    book.on_day(ENDED)
    hear(book, gave, 41_00)
    assert book.of(W1, DEBT) == -9_00
    book.on_day(OVER)
    hear(book, gave, 0)
    assert book.of(W1, DEBT) == -9_00


def test_one_that_a_campaign_gave_with_a_sale_is_followed_too(book: Book) -> None:
    sale = sell(book, line(100_00))
    gave = book.book(BookGrant, wallet=W1, why="x", with_entry=sale.id, grants=(worth(),))
    gone(book)
    back(book, sale, 99_99)
    hear(book, gave)
    assert book.of(W1, DEBT) == 0
    back(book, sale, 1)
    assert book.of(W1, DEBT) == -8_00
    hear(book, gave, 2_00)
    assert book.of(W1, DEBT) == -48_00
    hear(book, gave, 43_00)
    assert book.of(W1, DEBT) == -7_00


@pytest.mark.parametrize("heard", [True, False])
def test_one_of_a_welcome_pack_is_followed_too(book: Book, *, heard: bool) -> None:
    gave = sell(book, line(1_00), wallet=W2, opens=replace(opening(W2, M2, None), vouchers=(worth(),)))
    gone(book, wallet=W2)
    if heard:
        hear(book, gave)
    book.book(BookVoid, of=gave.id, why="x")
    if not heard:
        hear(book, gave)
    assert book.of(W2, DEBT) == -8_00


def test_what_is_owed_by_the_wallet_that_is_left_is_set_right_there(book: Book) -> None:
    book.with_member(W2, M2)
    gave = bought(book)
    gone(book)
    back(book, gave, 90_00)
    hear(book, gave)
    assert book.of(W1, DEBT) == -3_00
    book.book(BookMerge, wallet=W1, into=W2)
    back(book, gave, 10_00)
    assert book.of(W2, DEBT) == -8_00
    hear(book, gave, 45_00)
    assert book.of(W2, DEBT) == -5_00


def test_of_two_that_one_sale_gave_each_is_set_right_by_itself(book: Book) -> None:
    gave = bought(book, worth(), worth(30_00, "w"))
    gone(book, "v", "w")
    undo(book, gave)
    hads = [
        HadCount(wallet=WalletId(gave.id), period="ever", what=f"rest.{one}", count=10_00) for one in "vw"
    ]
    other = replace(hads[0], wallet=W1, what="drink")
    heard = told(book, HadThere(site=SiteId("S2"), hads=(other, *hads)))
    assert (book.of(W1, DEBT), book.of(W1, "debt:voucher:w")) == (-40_00, -20_00)
    assert [one for one in book.done.effects if one == Refers(of=gave.id)] == [Refers(of=gave.id)]
    assert list(set_right_by(heard)) == [gave.id]


ELSE = [{"wallet": WalletId("w1")}, {"period": "2026"}, {"what": "v"}]


@pytest.mark.parametrize(
    "other", [*ELSE, {"wallet": WalletId("01a0c450-6c00-7000-8000-00000000ffff")}, {"what": "rest.w"}]
)
def test_what_counts_something_else_sets_nothing_right(book: Book, other: dict[str, Any]) -> None:
    gave = bought(book)
    gone(book)
    undo(book, gave)
    heard = hear(book, gave, **other)
    assert (book.of(W1, DEBT), refers(book, gave), list(set_right_by(heard))) == (-50_00, False, [])


def test_the_rest_of_a_voucher_is_counted_for_ever_under_the_id_of_an_entry() -> None:
    id_ = WalletId("01a0c450-6c00-7000-8000-00000000ffff")
    one = HadCount(wallet=id_, period="ever", what="rest.v", count=1)
    assert voucher_in(one) == "voucher:v"
    assert [voucher_in(replace(one, **other)) for other in ELSE] == ["", "", ""]


def test_nothing_is_looked_up_by_what_is_no_id() -> None:
    """The file refuses it."""
    book = AsAFile().with_member()
    hear(book, bought(book), wallet=W1, what="drink")
    assert book.site_of(f"had_elsewhere:{W1}:ever:drink") == 42_00


class AsAFile(Book):
    def entry(self, entry: EntryId) -> Entry | None:
        id_bytes(entry)
        return super().entry(entry)


def test_an_entry_that_sold_one_is_left_alone(book: Book) -> None:
    sold = sell(book, line(45_00, sells=Sells(unit=UNIT, amount=50_00)))
    undo(book, sold)
    gave = bought(book)
    gone(book)
    undo(book, gave)
    hear(book, sold)
    assert book.of(W1, DEBT) == -50_00


def test_an_entry_that_gave_none_is_left_alone(book: Book) -> None:
    other = sell(book, line(1_00))
    gave = bought(book)
    gone(book)
    undo(book, gave)
    hear(book, other)
    assert book.of(W1, DEBT) == -50_00
