"""What a member has only so often: counted with the sale, back with it, never twice for one allowance."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from terminal.core.canonical import encoded
from terminal.core.commands import (
    BookDirective,
    BookGrant,
    BookIssue,
    BookJoin,
    BookMerge,
    BookRefund,
    BookReversal,
    BookSale,
    BookTransfer,
    BookVoid,
    Grant,
    Had,
    Private,
    Returned,
)
from terminal.core.directives import Directed, HadCount, HadThere, Merge
from terminal.core.directives import Grant as Granted
from terminal.core.entry import Entry
from terminal.core.errors import BadAmount, HadBefore, NotBookable, Refused
from terminal.core.ledger import posted_again
from terminal.core.ledger.allowances import counted_as, counted_for, had_back, had_of, theirs
from terminal.core.ledger.draft import Draft
from terminal.core.ledger.rules import allowance, merged_into
from terminal.core.money import AMOUNT_MAX
from terminal.core.rights import SaleRight
from terminal.core.values import INTEGER_MAX, CardId, EntryId, MemberId, SiteId, WalletId
from tests.core.ledger.book import C2, DAY, M1, M2, W1, W2, Book, opening
from tests.core.ledger.test_rights import Site
from tests.core.ledger.test_value import line, sell

DRINK = Had(what="drink", period=DAY, name="赠饮", count=1, most=1)
KEY = ("drink", DAY)
ACCOUNT = f"had:{W1}:{DAY}:drink"


@pytest.fixture
def book() -> Book:
    return Book().with_member()


def had(book: Book, wallet: WalletId = W1, key: tuple[str, str] = KEY) -> int:
    return had_of(book, wallet=wallet, counted=[key])[key]


def buy(book: Book, *had: Had, nets: tuple[int, ...] = (1000,), **more: Any) -> Entry:
    return sell(book, *(line(net, off=0 if net else 300) for net in nets), had=had, **more)


def back(book: Book, of: Entry, *parts: tuple[int, int]) -> Entry:
    returned = tuple(Returned(line=at, net=net) for at, net in parts)
    return book.book(BookRefund, of=of.id, returned=returned, why="x")


def test_it_is_counted_in_the_entry_of_the_sale_on_the_site_and_moves_no_money(book: Book) -> None:
    before = sell(book, line(1000))
    sale = buy(book, DRINK)
    assert [one for one in sale.postings if "had" in one[0]] == [
        (f"site:S1:{ACCOUNT}", 1),
        ("site:S1:issued:had", -1),
    ]
    assert [one for one in sale.postings if "had" not in one[0]] == list(before.postings)
    assert had(book) == 1


def test_it_comes_back_whatever_else_the_sale_counts(book: Book) -> None:
    """The rest of a voucher, too, under what gave it."""
    given = (Grant(unit="voucher:v", amount=50_00),)
    gave = book.book(BookGrant, wallet=W1, why="x", grants=given)
    sale = buy(book, DRINK, pays={"voucher": (8_00, "v", 0)})
    counted = {f"site:S1:had:{gave.id}:ever:rest.v": 42_00, f"site:S1:{ACCOUNT}": 1}
    assert {name: amount for name, amount in sale.postings if ":had:" in name} == counted
    back(book, sale, (0, 1000))
    assert had(book) == 0


def test_what_there_is_can_be_had_and_not_more(book: Book) -> None:
    three = replace(DRINK, most=3)
    buy(book, replace(three, count=2))
    with pytest.raises(HadBefore):
        buy(book, replace(three, count=2))
    buy(book, three)
    with pytest.raises(HadBefore):
        buy(book, three)
    assert had(book) == 3


def test_two_counts_of_one_thing_in_one_sale_are_added(book: Book) -> None:
    with pytest.raises(HadBefore):
        buy(book, DRINK, DRINK)
    buy(book, replace(DRINK, most=2), replace(DRINK, most=2))
    assert had(book) == 2


@pytest.mark.parametrize("other", [{"what": "trial"}, {"period": "2026-11"}, {"period": "v" + DAY}])
def test_another_thing_or_period_is_another_count(book: Book, other: dict[str, str]) -> None:
    buy(book, DRINK)
    buy(book, replace(DRINK, **other))
    assert had(book) == 1


def test_a_sale_that_has_nothing_of_it_counts_and_names_nothing(book: Book) -> None:
    sale = buy(book)
    assert (counted_for(sale), book.referring(allowance(W1))) == ((), [])
    assert counted_for(buy(book, DRINK)) == (W1,)


def test_only_the_first_is_named_for_merges(book: Book) -> None:
    first = buy(book, DRINK)
    buy(book, replace(DRINK, what="trial"))
    assert [one.id for one in book.referring(allowance(W1))] == [first.id]


@pytest.mark.parametrize(
    ("wrong", "refusal"),
    [
        ({"count": 0}, BadAmount),
        ({"count": -1}, BadAmount),
        ({"count": AMOUNT_MAX + 1, "most": AMOUNT_MAX}, BadAmount),
        ({"most": 0}, BadAmount),
        ({"most": AMOUNT_MAX + 1}, BadAmount),
        ({"what": ""}, NotBookable),
        ({"what": "a:b"}, NotBookable),
        ({"what": "x" * 65}, NotBookable),
        ({"period": ""}, NotBookable),
        ({"period": "never"}, NotBookable),
        ({"period": "2026-11-24-1"}, NotBookable),
        ({"period": "c2026"}, NotBookable),
        ({"places": (1,)}, BadAmount),
        ({"places": (-1,)}, BadAmount),
        ({"places": (0, 0)}, BadAmount),
    ],
)
def test_what_no_counter_counts_is_refused(book: Book, wrong: dict[str, Any], refusal: type[Refused]) -> None:
    with pytest.raises(refusal):
        buy(book, replace(DRINK, **wrong))


@pytest.mark.parametrize(
    "right",
    [
        {"period": "ever"},
        {"period": "2026"},
        {"period": "b2026"},
        {"period": "2026-11"},
        {"period": "v2026-11-24"},
        {"what": "x" * 64},
        {"what": "赠饮 1"},
        {"count": AMOUNT_MAX, "most": AMOUNT_MAX},
        {"places": (0,)},
    ],
)
def test_what_a_counter_counts_is_booked(book: Book, right: dict[str, Any]) -> None:
    one = replace(DRINK, **right)
    buy(book, one)
    assert had(book, key=(one.what, one.period)) == one.count


def test_nobody_in_particular_has_it(book: Book) -> None:
    with pytest.raises(NotBookable):
        buy(book, DRINK, wallet=None)


def test_who_joins_with_the_sale_has_it(book: Book) -> None:
    wallet = WalletId("w9")
    buy(book, DRINK, wallet=wallet, opens=opening(wallet, MemberId("m9"), None))
    assert had(book, wallet) == 1


@pytest.mark.parametrize("kind", [BookVoid, BookReversal])
def test_what_is_undone_makes_room_again(book: Book, kind: Any) -> None:
    standing = book.standing()
    sale = buy(book, DRINK)
    book.book(kind, of=sale.id, why="x")
    assert (book.standing(), had(book)) == (standing, 0)
    buy(book, DRINK)


def test_a_refund_on_another_day_gives_it_back_of_the_day_on_which_it_was_had(book: Book) -> None:
    sale = buy(book, DRINK)
    book.on_day("2026-11-25")
    back(book, sale, (0, 1000))
    assert had(book) == 0


def test_it_comes_back_with_the_lines_that_have_it_and_with_no_others(book: Book) -> None:
    sale = buy(book, replace(DRINK, places=(1,)), nets=(1000, 500))
    back(book, sale, (0, 1000))
    assert had(book) == 1
    back(book, sale, (1, 500))
    assert had(book) == 0


def test_of_a_line_that_cost_nothing_it_comes_back_when_the_line_does(book: Book) -> None:
    sale = buy(book, replace(DRINK, places=(1,)), nets=(1000, 0))
    back(book, sale, (0, 1000))
    assert had(book) == 1
    back(book, sale, (1, 0))
    assert had(book) == 0


def test_without_places_it_comes_back_with_all_that_cost_something(book: Book) -> None:
    sale = buy(book, DRINK, nets=(1000, 0, 500))
    back(book, sale, (0, 1000))
    assert had(book) == 1
    back(book, sale, (2, 500))
    assert had(book) == 0


def test_pieces_come_back_one_after_the_other(book: Book) -> None:
    sale = buy(book, replace(DRINK, count=2, most=2), nets=(1000,))
    counts = []
    for net in (499, 1, 499, 1):
        back(book, sale, (0, net))
        counts.append(had(book))
    assert counts == [2, 1, 1, 0]


@given(
    count=st.integers(1, 5),
    nets=st.lists(st.sampled_from([0, 1, 7, 1000]), min_size=1, max_size=4).filter(any),
    data=st.data(),
)
def test_the_order_of_refunds_does_not_matter_and_all_of_them_undo_the_sale(
    count: int, nets: list[int], data: st.DataObject
) -> None:
    parts = [(at, part) for at, net in enumerate(nets) for part in _split(net)]
    places = data.draw(st.lists(st.sampled_from(range(len(nets))), unique=True))
    one = replace(DRINK, count=count, most=count, places=tuple(places))
    order = data.draw(st.permutations(parts))
    some = data.draw(st.integers(0, len(parts)))
    ends = []
    for first in (order[:some], sorted(order[:some])):
        book = Book().with_member()
        standing = book.standing()
        sale = buy(book, one, nets=tuple(nets))
        left = [had(book)]
        for part in first:
            back(book, sale, part)
            left.append(had(book))
        ends.append(left[-1])
        for part in order[some:]:
            back(book, sale, part)
            left.append(had(book))
        assert left == sorted(left, reverse=True)
        assert (left[0], left[-1], book.standing()) == (count, 0, standing)
    assert ends[0] == ends[1]


def _split(net: int) -> list[int]:
    return [net] if net < 2 else [net // 2, net - net // 2]


@given(counts=st.lists(st.tuples(st.integers(1, 3), st.booleans()), max_size=8))
def test_never_more_than_there_is_whatever_is_had_and_comes_back(counts: list[tuple[int, bool]]) -> None:
    book = Book().with_member()
    mine = 0
    for count, undone in counts:
        try:
            sale = buy(book, replace(DRINK, count=count, most=3))
        except HadBefore:
            assert mine + count > 3
            continue
        mine += count
        assert mine <= 3
        if undone:
            book.book(BookVoid, of=sale.id, why="x")
            mine -= count
        assert had(book) == mine


def test_a_member_has_it_by_any_of_their_wallets(book: Book) -> None:
    book.book(BookIssue, opens=opening(W2, None, C2))
    book.book(BookIssue, opens=opening(WalletId("w3"), None, CardId("c3")))
    buy(book, DRINK, wallet=W2)
    assert had(book, WalletId("w3")) == 0
    assert (theirs(W2, book), had(book)) == ((W2,), 0)
    private = Private(phone="19000000377")
    transfer = {"wallet": W2, "card": C2, "to": M1, "commitment": "", "terms": "1"}
    book.book(BookTransfer, private, id=at_ms(5), **transfer)
    assert set(theirs(W1, book)) == {W1, W2}
    assert had(book) == had(book, W2) == 0  # That was had by whoever held the card of nobody's.
    buy(book, DRINK, wallet=W2)
    assert had(book) == had(book, W2) == 1
    with pytest.raises(HadBefore):
        buy(book, DRINK)


def test_of_a_wallet_that_is_not_there_nothing_was_had(book: Book) -> None:
    assert (theirs(W2, book), had(book, W2)) == ((W2,), 0)


def join(book: Book, wallet: WalletId) -> None:
    number = ord(wallet[-1]) % 10
    opens = opening(wallet, MemberId(f"m-{wallet}"), None)
    book.book(BookJoin, Private(phone=f"1900000040{number}"), opens=opens)


A, B, C = (WalletId(one) for one in "abc")


def merge(book: Book, wallet: WalletId, into: WalletId, *, told: bool = False) -> Entry:
    if told:
        what = Merge(wallet=wallet, into=into)
        at = Directed(hq_epoch=1, m=book.number)
        return book.book(BookDirective, directed=at, directive=what)
    return book.book(BookMerge, wallet=wallet, into=into)


@pytest.mark.parametrize("told", [False, True])
def test_what_two_wallets_had_that_are_one_persons_was_had_by_that_person(book: Book, *, told: bool) -> None:
    for wallet in (A, B, C):
        join(book, wallet)
    sale = buy(book, DRINK, wallet=A)
    merge(book, A, B, told=told)
    assert had(book, B) == 1
    merge(book, B, C, told=told)
    assert (had(book, C), set(theirs(C, book))) == (1, {A, B, C})
    with pytest.raises(HadBefore):
        buy(book, DRINK, wallet=C)
    back(book, sale, (0, 1000))
    assert had(book, C) == 0
    buy(book, DRINK, wallet=C)
    assert had(book, A) == had(book, C) == 1


def test_a_merge_of_who_had_nothing_names_nothing(book: Book) -> None:
    join(book, A)
    join(book, B)
    merge(book, A, B)
    assert book.referring(allowance(B)) == []


def test_a_fork_counts_it_again_though_it_was_had_on_the_other_branch(book: Book) -> None:
    sale = buy(book, DRINK)
    other = Book().with_member()
    buy(other, DRINK)
    done = posted_again(sale, other)
    assert (f"site:S1:{ACCOUNT}", 1) in [(account.name, amount) for account, amount in done.postings]
    fresh = Book().with_member()
    again = posted_again(sale, fresh)
    assert [(account.name, amount) for account, amount in again.postings] == list(sale.postings)


def test_more_that_came_back_than_was_had_is_nothing(book: Book) -> None:
    sale = buy(book, DRINK)
    assert isinstance(sale.payload, BookSale)
    draft = Draft(book.at, "x", book)
    had_back(draft, sale.payload, [0], [1000])
    had_back(draft, sale.payload, [0], [1000])
    account = next(one for one, _ in draft.posted(None).postings if one.unit == ACCOUNT)
    assert draft.balance(account) == -1


def test_of_a_sale_to_nobody_nothing_comes_back(book: Book) -> None:
    sale = buy(book, wallet=None)
    assert isinstance(sale.payload, BookSale)
    draft = Draft(book.at, "x", book)
    had_back(draft, replace(sale.payload, had=(DRINK,)), [0], [1000])
    assert draft.posted(None).postings == ()


def hears(book: Book, *counts: HadCount, site: str = "S2") -> Entry:
    what = HadThere(site=SiteId(site), hads=counts)
    at = Directed(hq_epoch=1, m=book.number)
    return book.book(BookDirective, directed=at, directive=what)


THERE = HadCount(wallet=W1, period=DAY, what="drink", count=1)


def test_what_was_had_elsewhere_is_had_and_each_figure_takes_the_place_of_the_one_before(book: Book) -> None:
    three = replace(DRINK, most=3)
    entry = hears(book, THERE)
    assert dict(entry.postings) == {
        f"site:S1:had_told:S2:{W1}:{DAY}:drink": 1,
        f"site:S1:had_elsewhere:{W1}:{DAY}:drink": 1,
        "site:S1:issued:had": -2,
    }
    assert had(book) == 1
    assert hears(book, THERE).postings == ()
    hears(book, replace(THERE, count=2))
    assert had(book) == 2
    with pytest.raises(HadBefore):
        buy(book, replace(three, count=2))
    buy(book, three)
    assert had(book) == 3
    hears(book, replace(THERE, count=1), site="S3")
    hears(book, replace(THERE, count=0))
    assert had(book) == 2


def test_a_sale_that_came_back_elsewhere_takes_away_from_what_was_had_here_and_never_below_nothing(
    book: Book,
) -> None:
    buy(book, DRINK)
    hears(book, replace(THERE, count=-1))
    assert had(book) == 0
    hears(book, replace(THERE, count=-2))
    assert had(book) == 0
    buy(book, replace(DRINK, most=2))
    assert had(book) == 0


def test_of_several_members_each_is_told(book: Book) -> None:
    join(book, A)
    entry = hears(book, THERE, replace(THERE, wallet=A, count=2), replace(THERE, what="trial"))
    assert (had(book), had(book, A), had(book, key=("trial", DAY))) == (1, 2, 1)
    assert counted_for(entry) == (W1, A)
    assert [one.id for one in book.referring(allowance(W1))] == [entry.id]
    assert book.referring(allowance(A)) == [entry]


def test_what_was_had_elsewhere_goes_with_a_merge_before_it_is_told_and_after(book: Book) -> None:
    join(book, A)
    join(book, B)
    hears(book, replace(THERE, wallet=A))
    merge(book, A, B)
    assert had(book, B) == 1
    hears(book, replace(THERE, wallet=A, count=2))
    assert (had(book, B), book.site_of(f"had_elsewhere:{B}:{DAY}:drink")) == (2, 1)
    join(book, C)
    merge(book, B, C)
    assert had(book, C) == 2


def test_a_wallet_that_is_not_known_here_may_have_had_it_elsewhere(book: Book) -> None:
    hears(book, replace(THERE, wallet=A))
    join(book, A)
    assert had(book, A) == 1


@pytest.mark.parametrize(
    "wrong",
    [
        {"wallet": "a:b"}, {"wallet": ""}, {"wallet": "x" * 65}, {"period": "v2026-11-24"}, {"period": ""},
        {"period": "evermore"}, {"what": "a:b"}, {"what": ""}, {"what": "x" * 65}, {"count": INTEGER_MAX + 1},
        {"count": -INTEGER_MAX - 1},
    ],
)  # fmt: skip
def test_what_headquarters_cannot_mean_is_not_read(wrong: dict[str, Any]) -> None:
    def said(one: HadCount) -> bytes:
        return msgspec.json.encode(HadThere(site=SiteId("S2"), hads=(one,)))

    assert msgspec.json.decode(said(THERE), type=HadThere).hads == (THERE,)
    edges = [{"count": INTEGER_MAX}, {"count": -INTEGER_MAX}, {"what": "x" * 64}, {"wallet": "x" * 64}]
    for right in (*edges, {"period": "ever"}, {"period": "b2026"}):
        msgspec.json.decode(said(replace(THERE, **right)), type=HadThere)
    with pytest.raises(msgspec.ValidationError):
        msgspec.json.decode(said(replace(THERE, **wrong)), type=HadThere)


def test_a_sale_of_another_site_that_comes_back_here_counts_below_nothing_here(book: Book) -> None:
    sold = buy(book, DRINK)
    here = Site()
    here.number = 1000
    here.told(Granted(sales=(SaleRight(sale=sold.id, entry=encoded(sold), undone=(), lots=()),)))
    back(here, sold, (0, 1000))
    assert here.site_of(ACCOUNT) == -1
    assert had(here) == 0
    hears(here, THERE)
    assert (had(here), here.site_of(f"had_elsewhere:{W1}:{DAY}:drink")) == (0, 1)


def at_ms(after_ms: int, number: int = 0) -> EntryId:
    """An id made so long after all others in the book."""
    ms = f"{1_790_000_000_000 + after_ms:012x}"
    return EntryId(f"{ms[:8]}-{ms[8:]}-7000-8000-{number:012x}")


def give(book: Book, after_ms: int, to: str, wallet: WalletId = W1) -> None:
    fields = {"wallet": wallet, "card": None, "to": MemberId(to), "commitment": "", "terms": "1"}
    book.book(BookTransfer, Private(phone=f"1900000{after_ms:04d}"), id=at_ms(after_ms), **fields)


@pytest.fixture(params=[False, True])
def shop(request: pytest.FixtureRequest, book: Book) -> Book:
    """Alone, and in a chain: it makes no difference."""
    book.with_headquarters = request.param
    return book


def test_whoever_is_given_a_card_has_what_is_had_once_a_person(shop: Book) -> None:
    first = buy(shop, DRINK)
    give(shop, 5, "m5")
    assert (had(shop), counted_as(W1, shop)) == (0, "w1.g1790000000005")
    second = buy(shop, DRINK, id=at_ms(6))
    assert dict(second.postings)[f"site:S1:had:w1.g1790000000005:{DAY}:drink"] == 1
    assert had(shop) == 1
    with pytest.raises(HadBefore):
        buy(shop, DRINK, id=at_ms(7))
    back(shop, first, (0, 1000))  # Of who had it before: it gives nothing to who has it now.
    assert had(shop) == 1
    back(shop, second, (0, 1000))
    assert had(shop) == 0
    give(shop, 9, "m9")
    assert had(shop) == 0
    third = buy(shop, DRINK, id=at_ms(10))
    assert had(shop) == 1
    back(shop, third, (0, 1000))
    assert had(shop) == 0


def test_what_comes_back_is_of_whoever_had_it_whatever_the_clock_said(shop: Book) -> None:
    """The sale says under what name it was counted: the clock was set back after the wallet was given."""
    give(shop, 5, "m5")
    sale = buy(shop, DRINK, id=at_ms(3))
    assert had(shop) == 1
    back(shop, sale, (0, 1000))
    assert had(shop) == 0


def test_of_two_things_in_one_sale_each_comes_back_by_itself(shop: Book) -> None:
    other, later = replace(DRINK, what="trial"), replace(DRINK, period="ever")
    buy(shop, DRINK)
    give(shop, 5, "m5")
    sale = buy(shop, other, DRINK, later, id=at_ms(6))
    back(shop, sale, (0, 1000))
    named = "site:S1:had:w1.g1790000000005"
    counted = [one for one, amount in book_of(shop, named) if amount]
    assert counted == []
    assert shop.site_of(ACCOUNT) == 1


def book_of(book: Book, name: str) -> list[tuple[str, int]]:
    return [(one.name, amount) for one, amount in book.balances.items() if one.name.startswith(name)]


def test_what_whoever_is_given_a_card_had_elsewhere_counts_under_the_name_it_was_counted(book: Book) -> None:
    """In a chain, too: each site says it under the same name, since all of them know when it was given."""
    hears(book, THERE)
    assert had(book) == 1
    give(book, 5, "m5")
    assert had(book) == 0
    hears(book, replace(THERE, wallet=WalletId("w1.g1790000000005"), count=2))
    assert had(book) == 2
    hears(book, replace(THERE, count=4))  # Of who had it before.
    assert had(book) == 2


@pytest.mark.parametrize("name", ["w1.g1790000000005", "w1"])
def test_what_was_had_elsewhere_is_found_by_a_merge_under_either_name(book: Book, name: str) -> None:
    give(book, 5, "m5")
    book.with_member(W2, M2)
    entry = hears(book, replace(THERE, wallet=WalletId(name)))
    assert counted_for(entry) == (W1,)
    assert [one.id for one in book.referring(allowance(W1))] == [entry.id]
    book.book(BookMerge, id=at_ms(6), wallet=W1, into=W2)
    assert had(book, W2) == (1 if name != "w1" else 0)


@pytest.mark.parametrize("name", ["w1.g0", "w1.g", "w1.g1x", "w1g1", "w.g1.g"])
def test_what_only_looks_like_the_name_of_who_was_given_a_wallet_is_one(book: Book, name: str) -> None:
    both = HadCount(wallet=WalletId(name), period=DAY, what="drink", count=1)
    assert counted_for(hears(book, both)) == (name,)


def test_of_one_wallet_under_two_names_is_named_once(book: Book) -> None:
    entry = hears(book, THERE, replace(THERE, wallet=WalletId("w1.g17")))
    assert counted_for(entry) == (W1,)


def test_under_its_own_name_counts_what_nobody_gave_or_has_no_room_for_more(shop: Book) -> None:
    assert counted_as(W1, shop) == W1
    assert counted_as(WalletId("w99"), shop) == "w99"
    for length, more in ((49, True), (50, False)):
        wallet = WalletId("w" * length)
        shop.with_member(wallet, MemberId(f"m{length}"))
        give(shop, length, f"n{length}", wallet)
        assert (counted_as(wallet, shop) != wallet) == more


@pytest.mark.parametrize(("merged_ms", "counts"), [(4, 0), (5, 0), (6, 1)])
def test_what_came_into_it_before_it_was_given_was_another_persons(
    shop: Book, merged_ms: int, counts: int
) -> None:
    shop.with_member(W2, M2)
    buy(shop, DRINK, wallet=W2)
    if merged_ms <= 5:
        shop.book(BookMerge, id=at_ms(merged_ms), wallet=W2, into=W1)
        assert had(shop) == 1
    give(shop, 5, "m5")
    if merged_ms > 5:
        shop.book(BookMerge, id=at_ms(merged_ms), wallet=W2, into=W1)
    assert had(shop) == counts
    assert (W2 in theirs(W1, shop)) == bool(counts)
    assert (W2 in theirs(W1, shop, merged_into)) == bool(counts)


def test_a_merge_after_it_was_given_is_theirs_though_the_clock_was_set_back(shop: Book) -> None:
    shop.with_member(W2, M2)
    buy(shop, DRINK, wallet=W2)
    give(shop, 5, "m5")
    shop.book(BookMerge, id=at_ms(2), wallet=W2, into=W1)
    assert had(shop) == 1


def test_what_came_into_it_after_it_was_given_counts_beside_what_came_before(shop: Book) -> None:
    for wallet, member in ((W2, "m2"), (C, "mc")):
        shop.with_member(wallet, MemberId(member))
        buy(shop, DRINK, wallet=wallet)
    shop.book(BookMerge, id=at_ms(4), wallet=W2, into=W1)
    give(shop, 5, "m5")
    shop.book(BookMerge, id=at_ms(6), wallet=C, into=W1)
    assert (set(theirs(W1, shop)), had(shop)) == ({W1, C}, 1)


def test_what_comes_back_of_the_moment_it_was_given_is_of_before(shop: Book) -> None:
    sale = buy(shop, DRINK, id=at_ms(5, 1))
    give(shop, 5, "m5")
    buy(shop, DRINK, id=at_ms(6))
    back(shop, sale, (0, 1000))
    assert had(shop) == 1
