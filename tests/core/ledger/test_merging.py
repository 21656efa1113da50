"""A merge of any size: in parts, and nothing is lost, doubled or spent twice, whatever comes between them."""

from __future__ import annotations

from collections import Counter
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from terminal.core import accounts as chart
from terminal.core.approval import Rules
from terminal.core.canonical import BODY_BYTES_MAX, encoded
from terminal.core.commands import (
    BookDirective,
    BookGrant,
    BookHold,
    BookInvoice,
    BookIssue,
    BookJoin,
    BookMerge,
    BookMergePart,
    BookRecharge,
    BookRechargeRefund,
    BookRefund,
    BookRelease,
    BookTier,
    BookTransfer,
    BookVoid,
    BookWithdrawal,
    CouponGrant,
    Grant,
    Private,
    RechargeRefundReason,
    Returned,
    Sells,
)
from terminal.core.directives import Directed, Merge
from terminal.core.entry import POSTINGS_MAX, Entry
from terminal.core.errors import (
    BadAmount,
    CouponNotUsable,
    MergeUnderWay,
    NamelessStays,
    NotBookable,
    Refused,
    UnknownCard,
)
from terminal.core.ledger import Lot, Wallet, merging
from terminal.core.ledger.merging import ROOM, begun, goes_ahead
from terminal.core.staff import Role
from terminal.core.values import CardId, MemberId, StaffId, WalletId
from tests.core.ledger.book import C1, M1, M2, TWO, W1, W2, Book, opening
from tests.core.ledger.test_value import line, load, sell

W3 = WalletId("w3")
WASH = "count:wash"


def part(book: Book, wallet: WalletId = W1, into: WalletId = W2, **more: Any) -> Entry:
    return book.book(BookMergePart, wallet=wallet, into=into, **more)


def merge_whole(book: Book, wallet: WalletId = W1, into: WalletId = W2) -> list[Entry]:
    """As a counter does it."""
    done = []
    if goes_ahead(book, wallet=wallet, into=into):
        done.append(part(book, wallet, into, begins=True))
    while goes_ahead(book, wallet=wallet, into=into):
        done.append(part(book, wallet, into))
    return [*done, book.book(BookMerge, wallet=wallet, into=into)]


def test_a_merge_sets_the_tier_that_it_names_and_no_other() -> None:
    book = Book().with_member().with_member(W2, M2)
    book.book(BookTier, wallet=W2, tier="silver", why="by hand")
    book.book(BookJoin, Private(), opens=opening(W3, MemberId("m3"), None))
    book.book(BookMerge, wallet=W3, into=W2)
    stays = book.wallet(W2)
    assert stays is not None
    assert stays.tier == "silver"
    with pytest.raises(NotBookable, match="tier"):
        book.book(BookMerge, wallet=W1, into=W2, tier="x" * 65)
    book.book(BookMerge, wallet=W1, into=W2, tier="gold")
    stays = book.wallet(W2)
    assert stays is not None
    assert stays.tier == "gold"


def filled(book: Book, wallet: WalletId) -> None:
    """With 1,300 lots of every kind that there is, and a hundred coupons."""
    invoiced = book.book(BookRecharge, wallet=wallet, card=None, principal=200, bonus=0, received=200)
    book.book(BookInvoice, wallet=wallet, lot=invoiced.id, number="FP-1")
    for n in range(260):
        day = f"2027-{n // 28 % 12 + 1:02d}-{n % 28 + 1:02d}"
        book.book(BookRecharge, wallet=wallet, card=None, principal=200, bonus=20, received=200)
        grants = [
            Grant(unit="cashback", amount=7, until="2099-12-31"),
            Grant(unit="points:goods", amount=5, since=f"2026-01-{n % 28 + 1:02d}", until=day),
            Grant(unit=("count:wash", "litres:92", f"voucher:{wallet}-{n}")[n % 3], amount=3),
        ]
        coupons = (CouponGrant(coupon=f"k-{wallet}-{n}", kind="x", face=100, threshold=0),) if n < 100 else ()
        book.book(BookGrant, wallet=wallet, why="x", grants=tuple(grants), coupons=coupons)


def worth(book: Book, *wallets: WalletId) -> Counter[str]:
    return Counter(
        {
            unit: sum(
                n for account, n in book.balances.items() if account.of in wallets and account.unit == unit
            )
            for wallet in wallets
            for unit, _ in book.holdings(wallet)
        }
    )


def lots_of(book: Book, wallet: WalletId) -> dict[tuple[str, str], Lot]:
    return {(unit, lot.lot): lot for unit, _ in book.holdings(wallet) for lot in book.lots(wallet, unit)}


def two(*, filled_up: bool = False) -> Book:
    book = Book().with_member(W1, M1, C1)
    book.with_member(W2, M2)
    for wallet in (W1, W2) if filled_up else ():
        filled(book, wallet)
    return book


def test_two_memberships_of_1300_lots_each_become_one_and_every_lot_stays_what_it_was() -> None:
    book = two(filled_up=True)
    before, lots = worth(book, W1, W2), lots_of(book, W1) | lots_of(book, W2)
    assert len(lots) > 2_600 - 10
    done = merge_whole(book)
    assert [entry.kind for entry in done] == ["merge_part"] * (len(done) - 1) + ["merge"]
    assert worth(book, W2) == before
    assert lots_of(book, W2) == lots
    assert (book.holdings(W1), lots_of(book, W1), begun(book)) == ([], {}, [])
    for entry in done:
        assert max(len(entry.postings), len(entry.lots)) <= POSTINGS_MAX
        assert len(encoded(entry)) < BODY_BYTES_MAX
    for coupon in ("k-w1-0", "k-w1-99"):
        held = book.coupon(coupon)
        assert held is not None
        assert held[0] == W2
    assert len(done) == 5


def recharged(times: int) -> Book:
    """With a bonus each; two accounts, and twice so many lots."""
    book = two()
    for _ in range(times):
        book.book(BookRecharge, wallet=W1, card=None, principal=10, bonus=1, received=10)
    return book


def test_what_one_entry_has_room_for_is_merged_by_one() -> None:
    book = recharged(ROOM // 2 - 1)
    assert not goes_ahead(book, wallet=W1, into=W2)
    assert [entry.kind for entry in merge_whole(book)] == ["merge"]
    assert begun(book) == []


def test_one_lot_more_and_it_goes_in_parts() -> None:
    book = recharged(ROOM // 2 - 1)
    load(book, 10)
    assert goes_ahead(book, wallet=W1, into=W2)
    begins, first = part(book, begins=True), part(book)
    assert (begins.postings, begins.lots, begins.wallet) == ((), (), W2)
    assert len(first.lots) == 2 * (ROOM - 2)
    assert len(first.postings) == 4
    assert not goes_ahead(book, wallet=W1, into=W2)
    assert [payload.wallet for payload in begun(book)] == [W1]


def test_what_is_promised_or_owed_moves_with_the_merge_itself() -> None:
    book = recharged(ROOM)
    hold = book.book(BookHold, wallet=W1, card=C1, amount=5, for_what="pump:1")
    gift = book.book(BookGrant, wallet=W1, why="x", grants=(Grant(unit="points:goods", amount=9),))
    held = chart.held(W1, hold.id).unit
    part(book)
    part(book)
    part(book)
    assert not book.lots(W1, "principal")
    assert not book.lots(W1, "bonus")
    assert (book.of(W1, held), book.of(W2, held)) == (5, 0)
    assert (book.of(W1, "points:goods"), book.of(W2, "points:goods")) == (9, 0), "lies in no lot"
    assert not goes_ahead(book, wallet=W1, into=W2)
    nothing = part(book)
    assert (nothing.postings, nothing.lots) == ((), ())
    book.book(BookMerge, wallet=W1, into=W2)
    assert (book.of(W2, held), book.of(W2, "points:goods")) == (5, 9)
    book.book(BookRelease, hold=hold.id)
    book.book(BookVoid, of=gift.id, why="x")
    assert worth(book, W2) == Counter({"principal": 10 * ROOM, "bonus": ROOM})


def test_where_all_that_lies_there_is_promised_nothing_goes_ahead() -> None:
    book = two()
    lot = load(book, ROOM)
    for _ in range(ROOM):
        book.book(BookHold, wallet=W1, card=C1, amount=1, for_what="pump:1")
    assert not goes_ahead(book, wallet=W1, into=W2)
    load(book, 1)
    assert goes_ahead(book, wallet=W1, into=W2)
    del lot


def test_a_coupon_that_went_ahead_is_used_with_the_one_that_stays_and_not_with_the_other() -> None:
    book = two()
    coupons = tuple(CouponGrant(coupon=one, kind="x", face=10, threshold=0) for one in ("k1", "k2"))
    book.book(BookGrant, wallet=W1, why="x", coupons=coupons)
    part(book)
    assert [book.coupon(one) for one in ("k1", "k2")] == [(W2, coupons[0]), (W2, coupons[1])]
    with pytest.raises(CouponNotUsable):
        sell(book, line(100), coupons_used=("k1",))
    book.book(BookWithdrawal, coupon="k2", why="misprinted")
    assert worth(book, W1, W2) == Counter({"coupon:k1": 1})


def test_what_a_count_card_was_sold_as_takes_room_too(monkeypatch: pytest.MonkeyPatch) -> None:
    lots = [Lot(lot="x", rest=1, sold="x" * chars) for chars in (0, 149, 150, 299, 300)]
    assert [merging._rows([lot]) for lot in lots] == [1, 1, 2, 2, 3]
    assert merging._rows(lots) == 9
    book = two()
    sold = Sells(unit=WASH, amount=10, uses_of=("剪" * 40, "洗" * 100))
    for _ in range(3):
        sell(book, line(1000, sells=sold))
    assert {len(lot.sold) // 150 for lot in book.lots(W1, WASH)} == {1}
    monkeypatch.setattr(merging, "ROOM", 7)
    assert not goes_ahead(book, wallet=W1, into=W2)
    monkeypatch.setattr(merging, "ROOM", 6)
    assert goes_ahead(book, wallet=W1, into=W2)
    before = book.lots(W1, WASH)
    assert len(part(book).lots) == 4
    assert not goes_ahead(book, wallet=W1, into=W2)
    book.book(BookMerge, wallet=W1, into=W2)
    assert sorted(book.lots(W2, WASH), key=lambda lot: lot.lot) == before


def test_as_many_accounts_as_there_is_room_for_and_no_more(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(merging, "ROOM", 5)
    book = two()
    coupons = tuple(CouponGrant(coupon=f"k{n}", kind="x", face=10, threshold=0) for n in range(7))
    book.book(BookGrant, wallet=W1, why="x", coupons=coupons)
    assert len(part(book).postings) == 10
    assert len(part(book).postings) == 4
    for _ in range(6):
        load(book, 10)
    first, second, third = part(book), part(book), part(book)
    assert [len(one.lots) for one in (first, second, third)] == [8, 4, 0]


def test_a_lot_needs_room_for_its_account_too(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(merging, "ROOM", 2)
    book = two()
    for unit in ("cashback", "count:a", "count:b"):
        book.book(BookGrant, wallet=W1, why="x", grants=(Grant(unit=unit, amount=3),))
    moved = [{name for name, _ in part(book).postings} for _ in range(3)]
    assert sorted(map(sorted, moved)) == [
        [f"wallet:{wallet}:{unit}" for wallet in ("w1", "w2")] for unit in ("cashback", "count:a", "count:b")
    ]
    monkeypatch.setattr(merging, "ROOM", 1)
    load(book, 10)
    assert part(book).lots == ()
    assert not goes_ahead(book, wallet=W1, into=W2)


# What is refused, and what is not.


def test_a_merge_in_parts_begins_only_where_the_merge_may_be() -> None:
    book = two()
    book.book(BookIssue, opens=opening(W3, None, CardId("c3")))
    with pytest.raises(NamelessStays):
        part(book, W1, W3, begins=True)
    with pytest.raises(BadAmount):
        part(book, W1, W1, begins=True)
    for wallet, into in ((WalletId("w9"), W1), (W1, WalletId("w9"))):
        with pytest.raises(UnknownCard):
            part(book, wallet, into, begins=True)
    assert begun(book) == []


def test_of_what_is_one_wallet_nothing_moves() -> None:
    book = two()
    load(book, 100)
    itself = part(book, W1, W1)
    assert (itself.postings, itself.lots) == ((), ())
    book.book(BookMerge, wallet=W1, into=W2)
    for wallet, into in ((W1, W2), (W2, W1)):
        assert part(book, wallet, into).postings == ()
    assert book.of(W2, "principal") == 100


def test_nothing_goes_ahead_from_a_wallet_into_itself_though_the_other_went_into_it() -> None:
    """It would never end."""
    book = recharged(ROOM)
    book.with_member(W3, "m3")  # type: ignore[arg-type]
    book.book(BookMerge, wallet=W2, into=W3)
    assert goes_ahead(book, wallet=W1, into=W2)
    book.book(BookMerge, wallet=W3, into=W1)
    assert [goes_ahead(book, wallet=W1, into=into) for into in (W1, W2, W3)] == [False] * 3


def test_it_goes_to_where_the_one_that_stays_went_itself() -> None:
    book = two()
    book.with_member(W3, "m3")  # type: ignore[arg-type]
    load(book, 100)
    book.book(BookMerge, wallet=W2, into=W3)
    part(book)
    assert (book.of(W1, "principal"), book.of(W3, "principal")) == (0, 100)


def test_a_directed_merge_goes_ahead_to_a_wallet_that_is_not_known_here_yet() -> None:
    book = two()
    load(book, 100)
    entry = part(book, W1, W3)
    known = book.wallet(W3)
    assert known is not None
    assert (known.member, book.of(W3, "principal"), entry.wallet) == (None, 100, W3)
    load(book, 50)
    part(book, W1, W3)
    directed = Directed(hq_epoch=1, m=1)
    book.book(BookDirective, directed=directed, directive=Merge(wallet=W1, into=W3))
    assert (book.of(W3, "principal"), book.wallet(W1).into) == (150, W3)  # type: ignore[union-attr]


def test_what_was_begun_is_found_by_the_same_name_in_every_version() -> None:
    assert merging.begun_merges() == "8a445482-e46d-e25b-fec2-78cc15597b32"


def test_what_lies_on_a_wallet_that_is_not_known_here_moves_as_of_any() -> None:
    """Booked again on another disk, say. Else the feed would stand at its merge for ever."""
    book, far = two(), WalletId("far")
    book.balances[chart.held_by(far, "points:goods")] += 5
    book.balances[chart.issued(book.site, "points:goods")] -= 5
    part(book, far, W2)
    assert book.wallet(far) == Wallet()
    part(book, far, far)
    part(book, WalletId("farther"), WalletId("farther"))
    assert book.wallet(WalletId("farther")) is None
    book.book(BookMerge, wallet=far, into=W2)
    assert book.of(W2, "points:goods") == 5


def test_of_those_that_were_begun_the_last_is_gone_on_with_first_and_none_twice() -> None:
    book = two()
    book.with_member(W3, "m3")  # type: ignore[arg-type]
    first, last = part(book, begins=True), part(book, W1, W3, begins=True)
    assert begun(book) == [last.payload, first.payload]
    assert begun(book)[0].begins
    part(book)
    assert begun(book) == [last.payload, first.payload]
    book.book(BookMerge, wallet=W2, into=W1)
    assert begun(book) == [last.payload], "the other way round it is done as well"
    book.with_member(WalletId("w4"), "m4")  # type: ignore[arg-type]
    book.book(BookMerge, wallet=W3, into=WalletId("w4"))
    assert [(one.wallet, one.into) for one in begun(book)] == [(W1, "w4")]
    book.book(BookMerge, wallet=W1, into=WalletId("w4"))
    assert begun(book) == []


def gives_away(book: Book, wallet: WalletId) -> None:
    book.book(BookTransfer, Private(), wallet=wallet, card=None, to=MemberId("m9"), commitment="", terms="1")


@pytest.mark.parametrize("wallet", [W1, W2])
def test_neither_goes_to_another_person_until_the_merge_is_done(wallet: WalletId) -> None:
    book = two()
    book.with_member(W3, MemberId("m3"))
    load(book, 100)
    part(book, begins=True)
    with pytest.raises(MergeUnderWay):
        gives_away(book, wallet)
    gives_away(book, W3)
    part(book)
    with pytest.raises(MergeUnderWay):
        gives_away(book, wallet)
    book.book(BookMerge, wallet=W1, into=W2)
    gives_away(book, W2)
    whose = book.wallet(W2)
    assert whose is not None
    assert whose.member == "m9"


def goes_onto(book: Book, onto: WalletId | None, tier: str = "", wallet: WalletId = W1) -> Entry:
    fields = {"wallet": wallet, "card": None, "to": MemberId("m9"), "commitment": "", "terms": ""}
    return book.book(BookTransfer, Private(), onto=onto, tier=tier, **fields)


def test_what_is_given_to_a_member_is_one_with_their_membership_next() -> None:
    book = two()
    book.with_member(W3, MemberId("m3"))
    load(book, 100)
    given = goes_onto(book, W2, tier="gold")
    (next_,) = begun(book)
    assert (next_.id, next_.at, next_.wallet, next_.into, next_.tier, next_.begins) == (
        given.id, given.payload.at, W1, W2, "gold", True
    )  # fmt: skip
    for wallet in (W1, W2):
        with pytest.raises(MergeUnderWay):
            gives_away(book, wallet)
    book.book(BookMerge, wallet=W2, into=W3)
    assert [(one.wallet, one.into) for one in begun(book)] == [(W1, W3)]
    book.book(BookMerge, wallet=W1, into=W3)
    assert begun(book) == []
    assert book.of(W3, "principal") == 100


def test_nothing_follows_a_transfer_to_somebody_who_is_no_member_yet() -> None:
    book = two()
    goes_onto(book, None)
    assert begun(book) == []
    assert book.referring(merging.begun_merges()) == []


def test_what_goes_ahead_of_it_is_no_second_merge() -> None:
    book = two()
    goes_onto(book, W2, tier="gold")
    part(book, begins=True)
    assert [(one.wallet, one.into) for one in begun(book)] == [(W1, W2)]


def test_two_that_go_into_one_are_both_gone_on_with() -> None:
    book = two()
    book.with_member(W3, MemberId("m3"))
    goes_onto(book, W3)
    part(book, W2, W3, begins=True)
    assert [(one.wallet, one.into) for one in begun(book)] == [(W2, W3), (W1, W3)]


@pytest.mark.parametrize("onto", [W1, W3])
def test_nothing_goes_onto_itself_or_a_membership_without_a_name(onto: WalletId) -> None:
    book = two()
    book.book(BookIssue, opens=opening(W3, None, CardId("c3")))
    with pytest.raises(NotBookable):
        goes_onto(book, onto)


def test_nor_onto_one_that_is_not_known_or_went_into_another() -> None:
    book = two()
    book.with_member(W3, MemberId("m3"))
    book.book(BookMerge, wallet=W3, into=W2)
    for onto in (W3, WalletId("w-far")):
        with pytest.raises(UnknownCard):
            goes_onto(book, onto)


def test_nor_does_the_one_that_the_other_went_into() -> None:
    book = two()
    book.with_member(W3, MemberId("m3"))
    part(book, begins=True)
    book.book(BookMerge, wallet=W2, into=W3)
    with pytest.raises(MergeUnderWay):
        gives_away(book, W3)


def test_a_part_needs_whoever_the_merge_needs() -> None:
    rules = Rules(second_person=["merge"], roles={TWO.operator: Role.ATTENDANT})  # type: ignore[list-item]
    for kind in (BookMerge, BookMergePart):
        command = kind(id=Book().next_id(), at=TWO, wallet=W1, into=W2)
        assert rules.beside(command, 0) is Role.SHIFT_LEAD
    assert StaffId("ST-9") == TWO.second


# What comes between the parts.


def test_what_comes_back_between_the_parts_goes_along_into_its_lot() -> None:
    book = two()
    lot = load(book, 1000)
    washes = sell(book, line(1000, sells=Sells(unit=WASH, amount=10)))
    used = sell(book, line(90), pays={"uses": (90, WASH, 1)})
    sale = sell(book, line(400), pays={"stored": 400})
    part(book)
    for one, net in ((sale, 300), (used, 90)):
        book.book(BookRefund, of=one.id, returned=(Returned(line=0, net=net),), why="sour")
    assert (book.of(W1, "principal"), book.of(W1, WASH)) == (300, 1)
    book.book(BookMerge, wallet=W1, into=W2)
    assert book.laid[W2, "principal"][lot.id] == Lot(lot=lot.id, rest=900, laid=1000, paid=1000)
    assert book.laid[W2, WASH][washes.id] == Lot(lot=washes.id, rest=10, laid=10, paid=1000)
    book.book(BookRefund, of=sale.id, returned=(Returned(line=0, net=100),), why="sour")
    book.book(BookRechargeRefund, wallet=W2, lot=lot.id, reason=RechargeRefundReason.COOLING_OFF)
    assert worth(book, W2) == Counter({WASH: 10})


@pytest.mark.parametrize("wallet", [W1, W2])
def test_a_recharge_is_invoiced_once_though_it_was_between_the_parts(wallet: WalletId) -> None:
    book = two()
    lot = load(book, 1000)
    part(book)
    book.book(BookInvoice, wallet=wallet, lot=lot.id, number="1")
    book.book(BookMerge, wallet=W1, into=W2)
    with pytest.raises(Refused):
        book.book(BookInvoice, wallet=W2, lot=lot.id, number="2")


def test_a_lot_that_goes_ahead_takes_the_number_of_its_invoice_along() -> None:
    book = two()
    lot = load(book, 1000)
    book.book(BookInvoice, wallet=W1, lot=lot.id, number="1")
    assert [one.invoice for one in part(book).lots] == ["", "1"]
    assert book.laid[W2, "principal"][lot.id].invoice == "1"


def test_a_recharge_of_which_something_went_ahead_is_paid_back_whole_after_the_merge() -> None:
    book = two()
    lot = book.book(BookRecharge, wallet=W1, card=None, principal=1000, bonus=100, received=1000)
    part(book)
    with pytest.raises(Refused):
        book.book(BookVoid, of=lot.id, why="x")
    book.book(BookMerge, wallet=W1, into=W2)
    book.book(BookVoid, of=lot.id, why="x")
    assert worth(book, W1, W2) == Counter()


STEPS = st.lists(
    st.tuples(
        st.sampled_from(["load", "sell", "back", "coupon", "gift", "uses", "part"]), st.integers(1, 60)
    ),
    max_size=25,
)


@given(room=st.integers(2, 6), steps=STEPS, last=STEPS)
@settings(max_examples=60, deadline=None)
def test_whatever_happens_between_the_parts_all_of_it_is_there_once(
    room: int, steps: list[tuple[str, int]], last: list[tuple[str, int]]
) -> None:
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(merging, "ROOM", room)
        shop = Shop()
        for what, amount in steps:
            shop.took(what, amount, (W1, W2))
        merge_whole(shop.book)
        assert (shop.book.holdings(W1), lots_of(shop.book, W1)) == ([], {})
        for what, amount in last:
            shop.took(what, amount, (W2,))
        while shop.sales:
            shop.took("back", 0, (W2,))
        found = worth(shop.book, W2)
        coupons = Counter(unit.partition(":")[0] for unit in found)["coupon"]
        assert (found["principal"], found["cashback"], found[WASH], coupons) == tuple(
            shop.left[one] for one in ("principal", "cashback", WASH, "coupon")
        )


class Shop:
    """Two of its members, and what must be left of all that they got."""

    def __init__(self) -> None:
        self.book = two()
        self.sales: list[tuple[Entry, int]] = []
        self.left: Counter[str] = Counter()

    def took(self, what: str, amount: int, wallets: tuple[WalletId, ...]) -> None:
        """One step."""
        book, wallet = self.book, wallets[amount % len(wallets)]
        if what == "load":
            book.book(BookRecharge, wallet=wallet, card=None, principal=amount, bonus=0, received=amount)
            self.left["principal"] += amount
        elif what == "sell" and book.of(wallet, "principal") >= amount:
            self.sales.append((sell(book, line(amount), pays={"stored": amount}, wallet=wallet), amount))
            self.left["principal"] -= amount
        elif what == "back" and self.sales:
            sale, net = self.sales.pop(amount % len(self.sales))
            book.book(BookRefund, of=sale.id, returned=(Returned(line=0, net=net),), why="sour")
            self.left["principal"] += net
        elif what == "coupon":
            coupon = CouponGrant(coupon=f"k{book.number}", kind="x", face=1, threshold=0)
            book.book(BookGrant, wallet=wallet, why="x", coupons=(coupon,))
            self.left["coupon"] += 1
        elif what in {"gift", "uses"}:
            unit = "cashback" if what == "gift" else WASH
            book.book(BookGrant, wallet=wallet, why="x", grants=(Grant(unit=unit, amount=amount),))
            self.left[unit] += amount
        elif what == "part" and len(wallets) > 1:
            part(book)
