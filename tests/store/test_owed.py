"""What an answer says of value that came while some of it is owed: alone, and with a headquarters."""

from __future__ import annotations

from typing import Any

import pytest
from msgspec.structs import replace

from terminal.core.commands import (
    Balances,
    Booked,
    BookSale,
    BookVoid,
    Cashback,
    CouponGrant,
    Discount,
    Grant,
    Tender,
    TenderKind,
)
from terminal.core.given_back import GivenBack
from tests.store.facts import AT, an_id, issue, sale

ALONE, CHAIN = 0, 1
OWED = pytest.mark.parametrize("hq_epoch", [ALONE, CHAIN])
COUPON = CouponGrant(coupon="k1", kind="c3", face=300, threshold=0)
VOUCHER = Grant(unit="voucher:v1", amount=10_00)


async def began(ledger: Any, hq_epoch: int) -> None:
    await ledger.link.stands(replace(ledger.link.standing(), hq_epoch=hq_epoch))
    await ledger.committer.submit(*issue(1))


def earns(number: int, fen: int) -> BookSale:
    return replace(sale(number, 100_00, number=1), cashback=Cashback(amount=fen, since=AT.business_day))


def pays(number: int, *parts: Tender) -> BookSale:
    """Of a bill of 100 yuan."""
    cash = 100_00 - sum(one.amount for one in parts)
    tenders = (*parts, Tender(kind=TenderKind.CASH, amount=cash))
    return replace(sale(number, 100_00, number=1), tenders=tenders, received=cash)


async def same_again(ledger: Any, booked: Booked) -> Booked:
    """It is told from the file as it was when it was booked, whatever came since."""
    told = await ledger.books.booked(booked.command.id)
    assert (told.after, told.back) == (booked.after, booked.back)
    assert told.cashback_settles == booked.cashback_settles
    return booked


@OWED
async def test_cashback_that_comes_while_some_is_owed_says_how_much_goes_to_that(
    ledger: Any, hq_epoch: int
) -> None:
    submit = ledger.committer.submit
    await began(ledger, hq_epoch)
    assert (await submit(earns(3, 8_64))).cashback_settles == 0
    spent = await submit(pays(4, Tender(kind=TenderKind.CASHBACK, amount=8_64)))
    assert (spent.cashback_settles, spent.after.owed) == (0, {})
    void = await submit(BookVoid(id=an_id(5), at=AT, of=an_id(3), why="x"))
    assert (void.cashback_settles, void.after.owed) == (0, {"cashback": (8_64, 0)})
    assert void.back == GivenBack(cash=100_00, owed=(("cashback", 8_64),))
    came = [await submit(earns(number, fen)) for number, fen in ((6, 6_57), (7, 3_00), (8, 1))]
    assert [one.cashback_settles for one in came] == [6_57, 2_07, 0]
    assert [one.after.owed for one in came] == (
        [{"cashback": (2_07, 0)}, {}, {}]
        if hq_epoch == ALONE
        else [{"cashback": (8_64, there)} for there in (6_57, 9_57, 9_58)]
    )
    for one in (spent, void, *came):
        await same_again(ledger, one)


@OWED
async def test_of_a_sale_that_also_pays_with_cashback_all_that_came_with_it_counts(
    ledger: Any, hq_epoch: int
) -> None:
    submit = ledger.committer.submit
    await began(ledger, hq_epoch)
    await submit(earns(3, 8_64))
    both = replace(
        pays(4, Tender(kind=TenderKind.CASHBACK, amount=8_64)),
        cashback=Cashback(amount=50, since=AT.business_day),
    )
    assert (await submit(both)).cashback_settles == 0
    await submit(BookVoid(id=an_id(5), at=AT, of=an_id(3), why="x"))
    assert (await submit(earns(6, 20_00))).cashback_settles == (8_64 if hq_epoch == ALONE else 8_14)


@OWED
async def test_a_coupon_and_a_voucher_that_come_back_and_are_owed_are_told_as_settled(
    ledger: Any, hq_epoch: int
) -> None:
    submit = ledger.committer.submit
    await began(ledger, hq_epoch)
    gave = await submit(replace(sale(3, 100_00, number=1), coupons=(COUPON,), vouchers=(VOUCHER,)))
    assert gave.after == Balances(coupons=1)
    using = pays(4, Tender(kind=TenderKind.VOUCHER, amount=10_00, of="v1"))
    (line,) = using.lines
    off = Discount(name="off", amount=300, coupon="k1")
    line = replace(line, unit_price=103_00, gross=103_00, discounts=(off,))
    await submit(replace(using, lines=(line,), coupons_used=("k1",)))
    void = await submit(BookVoid(id=an_id(5), at=AT, of=an_id(3), why="x"))
    assert void.back.owed == (("coupon:k1", 1), ("voucher:v1", 10_00))
    assert void.after.coupons == 0
    back = await submit(BookVoid(id=an_id(6), at=AT, of=an_id(4), why="x"))
    assert back.back == GivenBack(cash=90_00, owed=(("coupon:k1", -1), ("voucher:v1", -10_00)))
    assert back.after.coupons == 0
    assert back.after.owed == (
        {} if hq_epoch == ALONE else {"coupon:k1": (1, 1), "voucher:v1": (10_00, 10_00)}
    )
    await same_again(ledger, back)


@OWED
async def test_where_nothing_is_owed_they_come_back_whole(ledger: Any, hq_epoch: int) -> None:
    submit = ledger.committer.submit
    await began(ledger, hq_epoch)
    await submit(replace(sale(3, 100_00, number=1), vouchers=(VOUCHER,)))
    await submit(pays(4, Tender(kind=TenderKind.VOUCHER, amount=10_00, of="v1")))
    back = await submit(BookVoid(id=an_id(5), at=AT, of=an_id(4), why="x"))
    assert back.back == GivenBack(cash=90_00, value=(("voucher:v1", 10_00),))
    assert back.after.owed == {}
