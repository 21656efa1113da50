"""What each kind of transaction does to value, as a bookkeeper would say it."""

from __future__ import annotations

from typing import Any

import pytest
from msgspec.structs import replace

from terminal.core.commands import (
    BookDeposit,
    BookExpiry,
    BookGrant,
    BookHold,
    BookImport,
    BookInvoice,
    BookMerge,
    BookNote,
    BookRecharge,
    BookRechargeRefund,
    BookRedeem,
    BookRefund,
    BookRelease,
    BookSale,
    BookVoid,
    Cashback,
    CouponGrant,
    Discount,
    Grant,
    PaidBy,
    PointsEarned,
    RechargeRefundReason,
    Returned,
    SaleLine,
    Sells,
    Tender,
    TenderKind,
)
from terminal.core.entry import Entry
from terminal.core.errors import (
    BadAmount,
    CouponNotUsable,
    InsufficientFunds,
    NotBookable,
    OverLimit,
    Refused,
    UnknownCard,
)
from terminal.core.money import AMOUNT_MAX
from tests.core.ledger.book import M2, TWO, W1, W2, Book


def line(net: int, *, off: int = 0, category: str = "fruit", **more: Any) -> SaleLine:
    return SaleLine(
        sku="A1",
        name="苹果",
        category=category,
        quantity=1,
        unit_price=net + off,
        gross=net + off,
        discounts=(Discount(name="会员价", amount=off),) if off else (),
        net=net,
        **more,
    )


def sell(book: Book, *lines: SaleLine, pays: dict[str, Any] | None = None, **more: Any) -> Entry:
    """`pays` maps a tender's kind to its amount, or to (amount, of, units); the rest is cash."""
    due = sum(one.net for one in lines)
    tenders = []
    for kind, asked in (pays or {}).items():
        amount, of, units = (asked, "", 0) if isinstance(asked, int) else asked
        tenders.append(Tender(kind=TenderKind(kind), amount=amount, of=of, units=units))
    if rest := due - sum(tender.amount for tender in tenders) - more.get("rounding", 0):
        tenders.append(Tender(kind=TenderKind.CASH, amount=rest))
    asked_wallet = more.pop("wallet", W1)
    return book.book(
        BookSale,
        wallet=asked_wallet,
        card=more.pop("card", None),
        lines=lines,
        due=due,
        tenders=tuple(tenders),
        received=max(0, rest),
        **more,
    )


def load(book: Book, principal: int, bonus: int = 0, **more: Any) -> Entry:
    return book.book(
        BookRecharge, wallet=W1, card=None, principal=principal, bonus=bonus, received=principal, **more
    )


@pytest.fixture
def book() -> Book:
    return Book().with_member()


def test_a_sale_books_gross_discount_and_tax_apart(book: Book) -> None:
    sell(book, line(900, off=100, tax_bp=1300), line(500, category="milk"))
    assert book.site_of("revenue:fruit") == 1000 - 104
    assert book.site_of("tax") == 104  # 900 * 13/113, half up
    assert book.site_of("discount") == -100
    assert book.site_of("revenue:milk") == 500
    assert book.site_of("drawer:early") == -1400


def test_a_sample_costs_what_it_would_have_cost(book: Book) -> None:
    sell(book, line(0, off=300, sample=True), line(100))
    assert (book.site_of("samples"), book.site_of("discount")) == (-300, 0)


def test_stored_value_is_taken_from_the_oldest_recharge_first(book: Book) -> None:
    first, second = load(book, 1000), load(book, 1000)
    sale = sell(book, line(1500), pays={"stored": 1500})
    assert [(lot.lot, lot.amount) for lot in sale.lots] == [(first.id, -1000), (second.id, -500)]


def test_points_pay_their_worth_and_cost_the_shop_as_much(book: Book) -> None:
    sell(book, line(20000), points=(PointsEarned(family="goods", points=200),))
    sell(book, line(1000), pays={"points": (500, "goods", 100)})
    assert book.of(W1, "points:goods") == 100
    assert book.site_of("points_expense") == -500
    with pytest.raises(InsufficientFunds):
        sell(book, line(1000), pays={"points": (500, "goods", 101)})


def test_points_that_end_soonest_go_first_and_those_that_ended_pay_nothing(book: Book) -> None:
    sell(book, line(100), points=(PointsEarned(family="goods", points=10),))
    sell(book, line(100), points=(PointsEarned(family="goods", points=20, until="2027-01-31"),))
    sell(book, line(100), points=(PointsEarned(family="goods", points=30, until="2026-12-31"),))
    sell(book, line(500), pays={"points": (500, "goods", 35)})
    assert [lot.rest for lot in book.laid[W1, "points:goods"].values()] == [15, 0]
    book.on_day("2027-02-01")
    with pytest.raises(InsufficientFunds):
        sell(book, line(500), pays={"points": (500, "goods", 11)})
    book.book(BookExpiry, wallet=W1, unit="points:goods")
    assert book.of(W1, "points:goods") == 10
    with pytest.raises(NotBookable):
        book.book(BookExpiry, wallet=W1, unit="points:goods")


def test_a_voucher_gives_no_change_and_leaves_no_rest(book: Book) -> None:
    sell(book, line(4500, sells=Sells(unit="voucher:v1", amount=5000)))
    assert (book.of(W1, "voucher:v1"), book.site_of("voucher_expense")) == (5000, -500)
    sell(book, line(4000), pays={"voucher": (4000, "v1", 0)})
    assert (book.of(W1, "voucher:v1"), book.site_of("forfeited")) == (0, 1000)
    with pytest.raises(InsufficientFunds):
        sell(book, line(4000), pays={"voucher": (4000, "v1", 0)})


def test_cashback_can_be_used_from_the_next_day(book: Book) -> None:
    sell(book, line(10000), cashback=Cashback(amount=300, since="2026-11-25", until="2026-12-24"))
    with pytest.raises(InsufficientFunds):
        sell(book, line(300), pays={"cashback": 300})
    book.on_day("2026-11-25")
    sell(book, line(300), pays={"cashback": 300})
    assert book.site_of("cashback_expense") == -300


def test_a_count_card_is_owed_when_sold_and_earned_use_by_use(book: Book) -> None:
    sell(book, line(10000, sells=Sells(unit="count:haircut", amount=3)))
    assert (book.site_of("deferred:count:haircut"), book.site_of("revenue:fruit")) == (10000, 0)
    earned = []
    for _ in range(3):
        before = book.site_of("deferred:count:haircut")
        sell(book, line(3800, category="hair"), pays={"uses": (3800, "count:haircut", 1)})
        earned.append(before - book.site_of("deferred:count:haircut"))
    assert earned == [3333, 3333, 3334]
    assert book.site_of("revenue:hair") + book.site_of("prepaid_difference") == 10000
    with pytest.raises(InsufficientFunds):
        sell(book, line(3800), pays={"uses": (3800, "count:haircut", 1)})


def test_uses_undone_out_of_order_still_earn_it_all(book: Book) -> None:
    sell(book, line(10000, sells=Sells(unit="count:haircut", amount=3)))
    uses = [sell(book, line(100), pays={"uses": (100, "count:haircut", 1)}) for _ in range(3)]
    book.book(BookVoid, of=uses[0].id, why="wrong member")
    sell(book, line(100), pays={"uses": (100, "count:haircut", 1)})
    assert book.site_of("deferred:count:haircut") == 0


def test_litres_paid_ahead_are_counted_in_hundredths(book: Book) -> None:
    sell(book, line(70000, sells=Sells(unit="litres:92", amount=10000)))
    sell(book, line(31400, category="petrol"), pays={"uses": (23550, "litres:92", 3000)})
    assert book.of(W1, "litres:92") == 7000
    assert book.site_of("deferred:litres:92") == 49000


def test_a_coupon_is_used_once_within_its_days_and_from_its_threshold(book: Book) -> None:
    coupon = CouponGrant(coupon="k1", kind="c3", face=300, threshold=1000, until="2026-12-31")
    book.book(BookGrant, wallet=W1, why="pack", coupons=(coupon,))
    with pytest.raises(CouponNotUsable):
        sell(book, line(600, off=300), coupons_used=("k1",))
    sell(book, line(700, off=300), coupons_used=("k1",))
    with pytest.raises(CouponNotUsable):
        sell(book, line(700, off=300), coupons_used=("k1",))
    with pytest.raises(NotBookable):
        book.book(BookGrant, wallet=W1, why="again", coupons=(coupon,))


def test_a_fleet_card_takes_from_its_company_and_never_more_than_it_has(book: Book) -> None:
    from terminal.core.commands import BookFleetFunds

    book.book(BookFleetFunds, company="haulage", amount=50000, paid_by=PaidBy.TRANSFER)
    book.book(BookFleetFunds, company="haulage", amount=10000, paid_by=None)
    sell(book, line(55000), pays={"fleet": (55000, "haulage", 0)}, wallet=None)
    assert book.of("haulage", "credit") == 5000
    assert book.site_of("receivable:haulage") == -10000
    with pytest.raises(InsufficientFunds):
        sell(book, line(5001), pays={"fleet": (5001, "haulage", 0)}, wallet=None)


def test_a_hold_is_settled_once_and_gives_back_what_it_did_not_need(book: Book) -> None:
    load(book, 10000, 2000)
    hold = book.book(BookHold, wallet=W1, card=None, amount=11000, for_what="pump:3")
    assert (book.of(W1, "principal"), book.of(W1, "bonus")) == (0, 1000)
    with pytest.raises(InsufficientFunds):
        sell(book, line(1500), pays={"stored": 1500})
    sell(book, line(9000), pays={"held": (9000, hold.id, 0)})
    assert (book.of(W1, "principal"), book.of(W1, "bonus")) == (1000, 2000)
    for again in (
        lambda: sell(book, line(100), pays={"held": (100, hold.id, 0)}),
        lambda: book.book(BookRelease, hold=hold.id),
    ):
        with pytest.raises(InsufficientFunds):
            again()


def test_a_hold_that_is_not_needed_goes_back_whole(book: Book) -> None:
    load(book, 10000, 2000)
    before = book.standing()
    hold = book.book(BookHold, wallet=W1, card=None, amount=11000, for_what="pump:3")
    book.book(BookRelease, hold=hold.id)
    assert book.standing() == before
    with pytest.raises(InsufficientFunds):
        book.book(BookRelease, hold=hold.id)


def test_a_deposit_is_owed_until_what_it_was_left_for_is_picked_up(book: Book) -> None:
    book.book(BookDeposit, wallet=W1, card=None, of="presale:cake", amount=5000, received=10000)
    sell(book, line(8000), pays={"deposit": (5000, "presale:cake", 0)})
    assert book.of(W1, "deposit:presale:cake") == 0
    with pytest.raises(InsufficientFunds):
        sell(book, line(8000), pays={"deposit": (1, "presale:cake", 0)})


def test_what_a_deposit_is_for_costs_no_less_than_was_left(book: Book) -> None:
    left: dict[str, Any] = {"wallet": W1, "card": None, "of": "presale:cake"}
    left |= {"amount": 5000, "received": 5000}
    for price in (-1, 1, 4999, AMOUNT_MAX + 1):
        with pytest.raises(BadAmount):
            book.book(BookDeposit, **left, price=price)
    rests = []
    for price in (0, 5000, 5001, 25_600):
        deposit = book.book(BookDeposit, **left, price=price).payload
        assert isinstance(deposit, BookDeposit)
        rests.append(deposit.rest)
    assert rests == [0, 0, 1, 20_600]


def test_points_become_coupons_and_goods(book: Book) -> None:
    sell(book, line(30000), points=(PointsEarned(family="goods", points=300),))
    coupon = CouponGrant(coupon="k1", kind="c5", face=500, threshold=0)
    book.book(
        BookRedeem,
        wallet=W1,
        card=None,
        points=PointsEarned(family="goods", points=200),
        what="毛巾",
        worth=1500,
        coupons=(coupon,),
    )
    assert (book.of(W1, "points:goods"), book.of(W1, "coupon:k1")) == (100, 1)
    assert (book.site_of("revenue:redeemed"), book.site_of("points_expense")) == (1500, -1500)


def test_nobody_approves_what_they_do_themselves(book: Book) -> None:
    with pytest.raises(NotBookable):
        book.book(BookNote, at=replace(book.at, second=book.at.operator), what="x")
    assert book.book(BookNote, at=TWO, what="x").at.second == "ST-9"


def test_paper_balances_need_two_signatures(book: Book) -> None:
    grants = (Grant(unit="principal", amount=8000), Grant(unit="count:haircut", amount=4))
    with pytest.raises(NotBookable):
        book.book(BookImport, wallet=W1, paper="17", grants=grants)
    with pytest.raises(NotBookable):
        book.book(
            BookImport, wallet=W1, at=replace(book.at, second=book.at.operator), paper="17", grants=grants
        )
    book.book(BookImport, at=TWO, wallet=W1, paper="17", grants=grants)
    assert (book.of(W1, "principal"), book.site_of("imported")) == (8000, -8000)


def test_a_merge_moves_everything_lot_by_lot_and_closes_the_old_wallet(book: Book) -> None:
    book.with_member(W2, M2)
    load(book, 1000, 100)
    sell(book, line(300, sells=Sells(unit="count:haircut", amount=3)))
    sell(book, line(100), pays={"uses": (100, "count:haircut", 1)})
    sale = sell(book, line(500), pays={"stored": 500}, points=(PointsEarned(family="goods", points=5),))
    book.book(BookMerge, wallet=W1, into=W2)
    assert (book.of(W2, "principal"), book.of(W2, "bonus"), book.of(W2, "points:goods")) == (500, 100, 5)
    assert not book.holdings(W1)
    with pytest.raises(UnknownCard):
        load(book, 100)
    # What was bought before comes back to where the value is now.
    book.book(BookRefund, of=sale.id, returned=(Returned(line=0, net=500),), why="sour")
    assert (book.of(W2, "principal"), book.of(W2, "points:goods")) == (1000, 0)
    sell(book, line(200), pays={"uses": (200, "count:haircut", 2)}, wallet=W2)
    assert book.site_of("deferred:count:haircut") == 0


def test_a_lot_has_one_invoice(book: Book) -> None:
    lot = load(book, 1000)
    book.book(BookInvoice, wallet=W1, lot=lot.id, number="24312000000012345678")
    with pytest.raises(NotBookable):
        book.book(BookInvoice, wallet=W1, lot=lot.id, number="2")
    book.with_member(W2, M2)
    book.book(BookMerge, wallet=W1, into=W2)
    with pytest.raises(NotBookable):
        book.book(BookInvoice, wallet=W2, lot=lot.id, number="3")


@pytest.mark.parametrize(
    ("reason", "more", "back"),
    [
        (RechargeRefundReason.COOLING_OFF, {}, 40000),
        # 300 of 1,100 yuan spent, of which the bonus is a eleventh.
        (RechargeRefundReason.SHOP, {}, 100000 - 60000 * 100000 // 110000),
        (RechargeRefundReason.MEMBER, {"listed": 60000}, 40000),
        (RechargeRefundReason.MEMBER, {"listed": 75000}, 25000),
        (RechargeRefundReason.MEMBER, {"listed": 100000 - 1}, 1),
        (RechargeRefundReason.MEMBER, {"listed": 9_999_999}, 0),
        (RechargeRefundReason.MEMBER, {"listed": 75000, "agreed": 50000}, 50000),
    ],
)
def test_a_recharge_is_refunded_by_its_reason(
    book: Book, reason: RechargeRefundReason, more: dict[str, int], back: int
) -> None:
    lot = load(book, 100000, 10000)
    sell(book, line(60000), pays={"stored": 60000})
    book.book(BookRechargeRefund, wallet=W1, lot=lot.id, reason=reason, **more)
    assert book.site_of("outside:transfer") == back
    assert (book.of(W1, "principal"), book.of(W1, "bonus"), book.site_of("bonus_expense")) == (0, 0, 0)
    with pytest.raises(NotBookable):
        book.book(BookRechargeRefund, wallet=W1, lot=lot.id, reason=reason, **more)


def paid_back(book: Book, lot: Entry, **more: Any) -> int:
    """How much; `cooling_off` unless another reason is given."""
    before = book.site_of("outside:transfer")
    more = {"reason": RechargeRefundReason.COOLING_OFF, **more}
    book.book(BookRechargeRefund, wallet=W1, lot=lot.id, **more)
    return book.site_of("outside:transfer") - before


def test_what_a_fill_releases_after_its_recharge_was_paid_back_is_paid_back_too(book: Book) -> None:
    lot = load(book, 10000)
    held = book.book(BookHold, wallet=W1, card=None, amount=4000, for_what="pump:3")
    assert paid_back(book, lot, reason=RechargeRefundReason.MEMBER, listed=4000) == 6000
    with pytest.raises(NotBookable):
        paid_back(book, lot)
    book.book(BookRelease, hold=held.id)
    with pytest.raises(BadAmount):
        paid_back(book, lot, agreed=4001)
    assert paid_back(book, lot, reason=RechargeRefundReason.MEMBER) == 4000
    with pytest.raises(NotBookable):
        paid_back(book, lot)
    assert (book.of(W1, "principal"), book.site_of("forfeited")) == (0, 0)


@pytest.mark.parametrize("pieces", [(10000,), (1, 9999), (500, 9000, 500)])
def test_goods_that_come_back_after_the_shop_compensated_for_them_bring_no_more_than_was_paid(
    book: Book, pieces: tuple[int, ...]
) -> None:
    lot = load(book, 10000, 1000)
    sale = sell(book, line(10000), pays={"stored": 10000})
    assert paid_back(book, lot, reason=RechargeRefundReason.SHOP) == 910
    for net in pieces:
        book.book(BookRefund, of=sale.id, returned=(Returned(line=0, net=net),), why="soft")
    assert book.of(W1, "principal") == 10000
    assert paid_back(book, lot, reason=RechargeRefundReason.SHOP) == 9090
    assert book.site_of("outside:transfer") == 10000
    assert (book.of(W1, "principal"), book.of(W1, "bonus")) == (0, 0)


def test_no_more_is_paid_back_than_was_paid_though_more_was_laid(book: Book) -> None:
    lot = load(book, 10000)
    laid = book.laid[W1, "principal"]
    laid[lot.id] = replace(laid[lot.id], paid=9000)
    with pytest.raises(BadAmount):
        paid_back(book, lot, agreed=9001)
    assert paid_back(book, lot, agreed=9000, reason=RechargeRefundReason.MEMBER, listed=1000) == 9000


def test_what_comes_back_piece_by_piece_is_paid_back_piece_by_piece_up_to_what_was_paid(book: Book) -> None:
    lot = load(book, 10000, 1000)
    sale = sell(book, line(10000), pays={"stored": 10000})
    paid_back(book, lot, reason=RechargeRefundReason.SHOP)
    found = []
    for net in (9000, 500, 500):
        book.book(BookRefund, of=sale.id, returned=(Returned(line=0, net=net),), why="soft")
        found.append(paid_back(book, lot))
    assert found == [9000, 90, 0]
    with pytest.raises((BadAmount, NotBookable)):
        book.book(BookInvoice, wallet=W1, lot=lot.id, number="17")


@pytest.mark.parametrize("spent", [1, 60000, 105000, 110000])
def test_what_a_recharge_was_used_for_has_no_list_price_below_what_was_spent_of_it(
    book: Book, spent: int
) -> None:
    lot = load(book, 100000, 10000)
    sell(book, line(spent), pays={"stored": spent})
    refund: dict[str, Any] = {"wallet": W1, "lot": lot.id, "reason": RechargeRefundReason.MEMBER}
    for fields in ({}, {"listed": spent - 1}, {"listed": spent - 1, "agreed": 100000}):
        with pytest.raises(BadAmount):
            book.book(BookRechargeRefund, **refund, **fields)
    book.book(BookRechargeRefund, **refund, listed=spent)
    assert book.site_of("outside:transfer") == max(0, 100000 - spent)


def test_no_more_than_100_yuan_of_a_recharge_is_paid_back_in_cash(book: Book) -> None:
    lot = load(book, 10001)
    reason = RechargeRefundReason.COOLING_OFF
    with pytest.raises(OverLimit):
        book.book(BookRechargeRefund, wallet=W1, lot=lot.id, reason=reason, in_cash=True)
    with pytest.raises(BadAmount):
        book.book(BookRechargeRefund, wallet=W1, lot=lot.id, reason=reason, agreed=10002)
    sell(book, line(1), pays={"stored": 1})
    book.book(BookRechargeRefund, wallet=W1, lot=lot.id, reason=reason, in_cash=True)
    assert book.site_of("drawer:early") == -1


@pytest.mark.parametrize(
    "grant",
    [
        Grant(unit="principal", amount=1),
        Grant(unit="bonus", amount=0),
        Grant(unit="bonus", amount=-1),
        Grant(unit="bonus:x", amount=1),
        Grant(unit="points", amount=1),
        Grant(unit="points:\n", amount=1),
        Grant(unit="held:x", amount=1),
        Grant(unit="debt:points:goods", amount=1),
        Grant(unit="drawer:early", amount=1),
        Grant(unit="count:x", amount=2**60),
    ],
)
def test_what_cannot_be_given_is_refused(book: Book, grant: Grant) -> None:
    with pytest.raises(Refused):
        book.book(BookGrant, wallet=W1, why="x", grants=(grant,))
    assert not book.standing()
