"""What a PIN is checked against, how often it may be wrong, and what was spent without it: both ledgers."""

from __future__ import annotations

import asyncio
import sqlite3
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace

from terminal.core.commands import (
    BookDeposit,
    BookGrant,
    BookHold,
    BookJoin,
    BookMerge,
    BookPin,
    BookRecharge,
    BookRechargeRefund,
    BookRedeem,
    BookRefund,
    BookRelease,
    BookSale,
    BookVoid,
    CouponGrant,
    Discount,
    Grant,
    PointsEarned,
    Private,
    RechargeRefundReason,
    Reward,
    Tender,
    TenderKind,
)
from terminal.core.errors import NoPin, PinLocked, PinRefused, WrongPin
from terminal.core.pin import TRIES_MAX
from terminal.core.rights import Floor
from terminal.core.trust import Credential, Holder, Medium
from terminal.core.values import CardId, MemberId, WalletId
from terminal.core.wire.people import KeyToken, Known, MemberRow
from terminal.store import pins as of_file
from terminal.store.pins import holds, made
from terminal.store.sealed import Secret
from tests.store.conftest import opened_at
from tests.store.facts import AT, PHONE, an_id, issue, opens, recharge, sale, transfer

PIN, OTHER = "200731", "731200"
CARD = Credential(medium=Medium.EM4100, number="0A00BC0001")
FAR = Credential(medium=Medium.EM4100, number="0A00BC0009")


async def with_card(ledger: Any) -> Holder:
    await ledger.committer.submit(*issue(1))
    await ledger.committer.submit(recharge(2, principal=10_000, bonus=1_000))
    holder: Holder = await ledger.books.holder(CARD)
    return holder


async def choose(ledger: Any, entry: int, pin: str, wallet: str = "w1") -> None:
    chosen = BookPin(id=an_id(entry), at=AT, wallet=WalletId(wallet))
    await ledger.committer.submit(chosen, Private(pin=await ledger.pin_book.verifier(pin)))


async def tries(ledger: Any, holder: Holder, pin: str, count: int) -> list[int]:
    """How many more there are after each; after the last of them it is locked."""
    left = []
    for _ in range(count):
        with pytest.raises(PinRefused) as wrong:
            await ledger.pin_book.check(holder, CARD, pin)
        left.append(wrong.value.left if isinstance(wrong.value, WrongPin) else 0)
    return left


async def test_who_chose_none_has_none(ledger: Any) -> None:
    holder = await with_card(ledger)
    assert not await ledger.pin_book.has(holder, CARD)
    with pytest.raises(NoPin):
        await ledger.pin_book.check(holder, CARD, PIN)


async def test_the_pin_that_was_chosen_last_is_right_and_no_other(ledger: Any) -> None:
    holder = await with_card(ledger)
    await choose(ledger, 3, OTHER)
    await choose(ledger, 4, PIN)
    assert await ledger.pin_book.has(holder, CARD)
    await ledger.pin_book.check(holder, CARD, PIN)
    assert await tries(ledger, holder, OTHER, 1) == [TRIES_MAX - 1]


async def test_after_five_wrong_ones_in_a_row_not_even_the_right_one_is_looked_at(ledger: Any) -> None:
    holder = await with_card(ledger)
    await choose(ledger, 3, PIN)
    await tries(ledger, holder, OTHER, TRIES_MAX - 1)
    await ledger.pin_book.check(holder, CARD, PIN)
    assert await tries(ledger, holder, OTHER, TRIES_MAX) == [4, 3, 2, 1, 0]
    for _ in range(2):
        with pytest.raises(PinLocked):
            await ledger.pin_book.check(holder, CARD, PIN)
    await choose(ledger, 4, PIN)
    await ledger.pin_book.check(holder, CARD, PIN)


async def test_a_new_holder_has_none_until_one_is_chosen(ledger: Any) -> None:
    holder = await with_card(ledger)
    await choose(ledger, 3, PIN)
    await ledger.committer.submit(transfer(4))
    assert not await ledger.pin_book.has(holder, CARD)


async def merged(ledger: Any, *, one: str = "", other: str = "", wrong: int = 0) -> Holder:
    """The first into the second, each with its PIN or none; `wrong`: tries that were at the first's."""
    holder = await with_card(ledger)
    await ledger.committer.submit(*issue(10, 2))
    for number, pin in enumerate((one, other), 1):
        if pin:
            await choose(ledger, 10 + number, pin, f"w{number}")
    await tries(ledger, holder, "000111", wrong)
    await ledger.committer.submit(BookMerge(id=an_id(20), at=AT, wallet=WalletId("w1"), into=WalletId("w2")))
    both: Holder = await ledger.books.holder(CARD)
    assert both.wallet == "w2"
    return both


async def test_a_pin_goes_along_to_a_membership_that_has_none_with_the_tries_that_are_left(
    ledger: Any,
) -> None:
    both = await merged(ledger, one=PIN, wrong=3)
    assert await ledger.pin_book.has(both, CARD)
    assert await tries(ledger, both, OTHER, 1) == [TRIES_MAX - 4]
    await ledger.pin_book.check(both, CARD, PIN)


async def test_a_pin_that_nobody_tried_has_all_its_tries_where_it_goes_along(ledger: Any) -> None:
    both = await merged(ledger, one=PIN)
    assert await tries(ledger, both, OTHER, 1) == [TRIES_MAX - 1]


async def test_of_two_pins_that_of_the_membership_that_stays_is_right(ledger: Any) -> None:
    both = await merged(ledger, one=PIN, other=OTHER, wrong=TRIES_MAX)
    assert await tries(ledger, both, PIN, 1) == [TRIES_MAX - 1]
    await ledger.pin_book.check(both, CARD, OTHER)


async def test_where_only_the_one_that_stays_has_a_pin_or_neither_it_is_as_it_was(ledger: Any) -> None:
    both = await merged(ledger, other=OTHER)
    await ledger.pin_book.check(both, CARD, OTHER)


async def test_two_without_a_pin_have_none_when_they_are_one(ledger: Any) -> None:
    assert not await ledger.pin_book.has(await merged(ledger), CARD)


async def test_what_is_spent_without_pin_adds_up_for_a_wallet_and_a_business_day(ledger: Any) -> None:
    holder = await with_card(ledger)
    spent = ledger.pin_book.spent
    await ledger.committer.submit(sale(3, 1_000, number=1, stored=700))
    await ledger.committer.submit(sale(4, 10_100, number=1, stored=10_100))  # of the bonus, too
    assert await spent(holder, "2026-11-24") == 10_800
    await ledger.committer.submit(replace(sale(5, 100, number=1, stored=100), by_pin=True))
    await ledger.committer.submit(sale(6, 500, number=1))
    await ledger.committer.submit(*issue(7, 2))
    await ledger.committer.submit(recharge(8, number=2))
    await ledger.committer.submit(sale(9, 300, number=2, stored=300))
    assert await spent(holder, "2026-11-24") == 10_800
    tomorrow = replace(AT, business_day="2026-11-25")
    await ledger.committer.submit(replace(sale(10, 50, number=1, stored=50), at=tomorrow))
    assert await spent(holder, "2026-11-25") == 50
    assert await spent(holder, "2026-11-26") == 0


async def test_what_a_deposit_settled_without_pin_counts_too_and_with_pin_not(ledger: Any) -> None:
    holder = await with_card(ledger)
    of = ("presale:1", "presale:2")
    for number, one in enumerate(of):
        await ledger.committer.submit(
            BookDeposit(
                id=an_id(3 + number), at=AT, wallet=holder.wallet, card=None, of=one, amount=600, received=600
            )
        )

    def settled(number: int, of: str, put: int, stored: int = 0) -> BookSale:
        sold = sale(number, put + stored, number=1, stored=stored)
        deposit = Tender(kind=TenderKind.DEPOSIT, amount=put, of=of)
        others = tuple(one for one in sold.tenders if one.kind is TenderKind.STORED)
        return replace(sold, tenders=(deposit, *others))

    spent = ledger.pin_book.spent
    assert await spent(holder, "2026-11-24") == 0
    await ledger.committer.submit(settled(5, of[0], 200))
    assert await spent(holder, "2026-11-24") == 200
    await ledger.committer.submit(settled(6, of[0], 400))
    await ledger.committer.submit(settled(7, of[1], 100, stored=50))
    assert await spent(holder, "2026-11-24") == 750
    await ledger.committer.submit(replace(settled(8, of[1], 100), by_pin=True))
    tomorrow = replace(AT, business_day="2026-11-25")
    await ledger.committer.submit(replace(settled(9, of[1], 7), at=tomorrow))
    assert await spent(holder, "2026-11-24") == 750
    assert await spent(holder, "2026-11-25") == 7


async def test_what_points_paid_without_pin_counts_too_and_with_pin_not(ledger: Any) -> None:
    holder = await with_card(ledger)
    await ledger.committer.submit(
        BookGrant(
            id=an_id(3),
            at=AT,
            wallet=holder.wallet,
            why="x",
            grants=(Grant(unit="points:goods", amount=1_000),),
        )
    )

    def by_points(number: int, units: int, stored: int = 0) -> BookSale:
        sold = sale(number, units * 5 + stored, number=1, stored=stored)
        points = Tender(kind=TenderKind.POINTS, amount=units * 5, of="goods", units=units)
        others = tuple(one for one in sold.tenders if one.kind is TenderKind.STORED)
        return replace(sold, tenders=(points, *others))

    spent = ledger.pin_book.spent
    await ledger.committer.submit(by_points(4, 200))
    assert await spent(holder, "2026-11-24") == 1_000
    await ledger.committer.submit(by_points(5, 100, stored=50))
    await ledger.committer.submit(replace(by_points(6, 100), by_pin=True))
    taken = BookRedeem(
        id=an_id(8),
        at=AT,
        wallet=holder.wallet,
        card=None,
        points=PointsEarned(family="goods", points=100),
        what="x",
        worth=700,
    )
    await ledger.committer.submit(taken)
    assert await spent(holder, "2026-11-24") == 2_250
    tomorrow = replace(AT, business_day="2026-11-25")
    await ledger.committer.submit(replace(by_points(7, 100), at=tomorrow))
    assert await spent(holder, "2026-11-24") == 2_250
    assert await spent(holder, "2026-11-25") == 500


async def test_what_points_that_became_coupons_come_to_counts_and_what_coupons_take_off(ledger: Any) -> None:
    holder = await with_card(ledger)
    of_wallet = {"at": AT, "wallet": holder.wallet}
    points = (Grant(unit="points:goods", amount=900),)
    coupons = tuple(CouponGrant(coupon=f"c{n}", kind="c", face=300, threshold=0) for n in range(6))
    given = BookGrant(id=an_id(3), why="x", grants=points, coupons=coupons, **of_wallet)
    await ledger.committer.submit(given)
    spent = ledger.pin_book.spent
    assert await spent(holder, "2026-11-24") == 0
    taken = PointsEarned(family="goods", points=400)
    became = (CouponGrant(coupon="new", kind="c", face=2_000, threshold=0),)
    fields = {"card": None, "points": taken, "what": "", "coupons": became, "costs": 2_000, **of_wallet}
    await ledger.committer.submit(BookRedeem(id=an_id(4), **fields))
    assert await spent(holder, "2026-11-24") == 2_000

    def by_coupon(number: int, coupon: str, *, day: str = "2026-11-24", **fields: Any) -> BookSale:
        sold = sale(number, 700, number=1)
        off = (Discount(name="x", amount=300, coupon=coupon),)
        line = replace(sold.lines[0], gross=1_000, unit_price=1_000, discounts=off)
        at = replace(AT, business_day=day)
        return replace(sold, at=at, lines=(line,), points=(), coupons_used=(coupon,), **fields)

    await ledger.committer.submit(by_coupon(5, "c0"))
    assert await spent(holder, "2026-11-24") == 2_300
    await ledger.committer.submit(by_coupon(6, "c1", by_code=("c1",)))
    await ledger.committer.submit(by_coupon(7, "c2", by_pin=True))
    await ledger.committer.submit(by_coupon(8, "c3"))
    assert await spent(holder, "2026-11-24") == 2_600
    await ledger.committer.submit(by_coupon(9, "c4", day="2026-11-25"))
    assert await spent(holder, "2026-11-25") == 300
    await ledger.committer.submit(by_coupon(10, "c5", day="2026-11-25"))
    assert await spent(holder, "2026-11-25") == 600
    assert await spent(holder, "2026-11-26") == 0
    again(ledger)
    assert await spent(holder, "2026-11-24") == 2_600


def again(ledger: Any) -> None:
    """As after a start: nothing is remembered of any day."""
    if isinstance(ledger.pin_book, of_file.FilePins):
        ledger.pin_book._days = of_file._Days()


@pytest.mark.parametrize("asked_between", [True, False])
async def test_what_came_back_whole_on_its_day_is_spent_no_more(ledger: Any, asked_between: bool) -> None:  # noqa: FBT001
    """By a void, or as points that were taken; whether it was counted before, at once with it, or anew."""
    holder = await with_card(ledger)
    submit = ledger.committer.submit

    async def spent(day: str = "2026-11-24", *, always: bool = False) -> int | None:
        return await ledger.pin_book.spent(holder, day) if asked_between or always else None

    of_wallet: dict[str, Any] = {"at": AT, "wallet": holder.wallet}
    points = (Grant(unit="points:goods", amount=900),)
    await submit(BookGrant(id=an_id(3), why="x", grants=points, **of_wallet))
    fields = {"card": None, "points": PointsEarned(family="goods", points=100), "what": "x", "worth": 700}
    for number in (4, 5, 6):
        await submit(BookRedeem(id=an_id(number), **fields, **of_wallet))
    await submit(sale(7, 1_000, number=1, stored=400))
    assert await spent() in {None, 2_500}
    await submit(BookVoid(id=an_id(8), at=AT, of=an_id(4), why="x"))
    assert await spent() in {None, 1_800}
    await submit(BookRefund(id=an_id(9), at=AT, of=an_id(5), returned=(), why="x"))
    assert await spent() in {None, 1_100}
    await submit(BookVoid(id=an_id(10), at=AT, of=an_id(7), why="x"))
    assert await spent(always=True) == 700
    tomorrow = replace(AT, business_day="2026-11-25")
    await submit(BookRefund(id=an_id(11), at=tomorrow, of=an_id(6), returned=(), why="x"))
    assert await spent(always=True) == 700
    assert await spent("2026-11-25", always=True) == 0
    again(ledger)
    assert await spent(always=True) == 700


@pytest.mark.parametrize("asked_between", [True, False])
async def test_what_is_held_for_fills_counts_until_they_are_sold_or_it_goes_back(
    ledger: Any,
    asked_between: bool,  # noqa: FBT001
) -> None:
    holder = await with_card(ledger)
    submit = ledger.committer.submit

    async def spent(day: str = "2026-11-24", *, always: bool = False) -> int | None:
        return await ledger.pin_book.spent(holder, day) if asked_between or always else None

    def hold(number: int, **more: Any) -> BookHold:
        fields: dict[str, Any] = {"at": AT, "wallet": holder.wallet, "card": None, "for_what": "pump:1"}
        return BookHold(id=an_id(number), amount=2_000, **fields, **more)

    def filled(number: int, fen: int, of: int) -> BookSale:
        return replace(
            sale(number, fen, number=1), tenders=(Tender(kind=TenderKind.HELD, amount=fen, of=an_id(of)),)
        )

    for number in (3, 4, 5, 6):
        await submit(hold(number, by_pin=number == 6))
    assert await spent() in {None, 6_000}
    await submit(filled(7, 1_500, 3))
    assert await spent() in {None, 5_500}
    await submit(filled(8, 2_000, 4))
    assert await spent() in {None, 5_500}
    await submit(BookRelease(id=an_id(9), at=AT, hold=an_id(5)))
    assert await spent() in {None, 3_500}
    await submit(replace(filled(10, 1_000, 6), by_pin=True))
    assert await spent() in {None, 3_500}
    await submit(BookVoid(id=an_id(11), at=AT, of=an_id(7), why="x"))
    assert await spent() in {None, 4_000}
    await submit(BookVoid(id=an_id(12), at=AT, of=an_id(8), why="x"))
    assert await spent() in {None, 4_000}
    for number, of in ((13, 3), (14, 4)):
        await submit(BookRelease(id=an_id(number), at=AT, hold=an_id(of)))
    assert await spent(always=True) == 0
    again(ledger)
    assert await spent(always=True) == 0


async def test_what_brings_points_to_another_wallet_is_not_spent_by_that_one(ledger: Any) -> None:
    bringer, brought = opens(1, member=True), opens(2, member=True)
    brought = replace(brought, introduced_by=bringer.wallet)
    people = [Private(credentials=(replace(PHONE, number=f"1900000030{n}"),)) for n in (1, 2)]
    for number, (begins, private) in enumerate(zip((bringer, brought), people, strict=True), 1):
        await ledger.committer.submit(BookJoin(id=an_id(number), at=AT, opens=begins), private)
    money = BookRecharge(
        id=an_id(3), at=AT, wallet=brought.wallet, card=None, principal=500, bonus=0, received=500
    )
    await ledger.committer.submit(money)
    reward = Reward(points=5, a_day=10, a_month=10, always=True)
    sold = replace(sale(4, 300, number=2, stored=300), card=None, reward=reward)
    await ledger.committer.submit(sold)
    first, second = [await ledger.books.holder(one.credentials[0]) for one in people]
    assert (first.points, second.spendable) == (5, 200)
    assert await ledger.pin_book.spent(first, "2026-11-24") == 0
    assert await ledger.pin_book.spent(second, "2026-11-24") == 300


async def test_what_vouchers_and_cashback_paid_without_pin_counts_too(ledger: Any) -> None:
    holder = await with_card(ledger)
    grants = (Grant(unit="voucher:ten", amount=1_000), Grant(unit="cashback", amount=500))
    await ledger.committer.submit(BookGrant(id=an_id(3), at=AT, wallet=holder.wallet, why="x", grants=grants))
    voucher = Tender(kind=TenderKind.VOUCHER, amount=700, of="ten")
    cashback = Tender(kind=TenderKind.CASHBACK, amount=200)
    for number, tender in enumerate((voucher, cashback)):
        sold = sale(4 + number, tender.amount, number=1, stored=tender.amount)
        await ledger.committer.submit(replace(sold, tenders=(tender,)))
    assert await ledger.pin_book.spent(holder, "2026-11-24") == 900


@pytest.mark.parametrize("unit", ["count:cut", "litres:92"])
async def test_what_uses_and_litres_paid_without_pin_counts_too(ledger: Any, unit: str) -> None:
    holder = await with_card(ledger)
    grants = (Grant(unit=unit, amount=500),)
    await ledger.committer.submit(BookGrant(id=an_id(3), at=AT, wallet=holder.wallet, why="x", grants=grants))
    uses = Tender(kind=TenderKind.USES, amount=700, of=unit, units=100)
    for number, by_pin in ((4, False), (5, True), (6, False)):
        sold = replace(sale(number, 700, number=1, stored=700), tenders=(uses,), by_pin=by_pin)
        await ledger.committer.submit(sold)
    assert await ledger.pin_book.spent(holder, "2026-11-24") == 1_400


async def test_what_a_recharges_refund_pays_out_without_pin_counts_too_and_with_pin_not(ledger: Any) -> None:
    holder = await with_card(ledger)
    await ledger.committer.submit(recharge(3, number=1))
    spent = ledger.pin_book.spent
    await ledger.committer.submit(sale(4, 700, number=1, stored=700))
    before = await spent(holder, "2026-11-24")
    for number, (lot, paid, by_pin) in enumerate(((2, 9_300, False), (3, 10_000, True))):
        paid_out = BookRechargeRefund(
            id=an_id(5 + number),
            at=AT,
            wallet=holder.wallet,
            lot=an_id(lot),
            reason=RechargeRefundReason.COOLING_OFF,
            by_pin=by_pin,
        )
        await ledger.committer.submit(paid_out)
        before += 0 if by_pin else paid
        assert await spent(holder, "2026-11-24") == before


async def test_what_was_spent_beyond_what_is_held_here_counts_too(ledger: Any) -> None:
    holder = await with_card(ledger)
    beyond = replace(sale(3, 11_500, number=1, stored=11_500), floor=Floor(wallet=1_000, site=10_000))
    await ledger.committer.submit(beyond)
    await ledger.committer.submit(
        replace(sale(4, 200, number=1, stored=200), floor=Floor(wallet=1_000, site=10_000))
    )
    assert await ledger.pin_book.spent(holder, "2026-11-24") == 11_700


async def test_when_headquarters_was_heard_last_is_known(ledger: Any) -> None:
    assert await ledger.pin_book.heard() is None
    await ledger.pin_book.hear(AT)
    later = replace(AT, mono_ms=AT.mono_ms + 5)
    await ledger.pin_book.hear(later)
    assert await ledger.pin_book.heard() == later


def dated(ledger: Any, ms: int, pin: str) -> str:
    """A verifier as another site of the merchant would have made it then."""
    if hasattr(ledger, "_secret"):
        return made(pin, ledger._secret, at_ms=ms, salt=bytes(16))
    return f"twin.{ms}.{sha256(pin.encode()).hexdigest()}"


async def told(ledger: Any, key: Credential, wallet: str, pin: str) -> None:
    """Headquarters answers who that is."""
    token = KeyToken(token=ledger.books.token(key), card=CardId("c9"), shown="")
    row = MemberRow(wallet=WalletId(wallet), member=MemberId("m9"), keys=(token,), known=Known(pin=pin))
    await ledger.books.keep_asked(row)


async def test_a_visitor_s_pin_is_checked_against_what_headquarters_told(ledger: Any) -> None:
    await told(ledger, FAR, "w9", dated(ledger, 1, PIN))
    holder = await ledger.books.holder(FAR)
    await ledger.pin_book.check(holder, FAR, PIN)
    with pytest.raises(WrongPin):
        await ledger.pin_book.check(holder, FAR, OTHER)


@pytest.mark.parametrize(("ms", "right"), [(1, PIN), (9_000_000_000_000, OTHER)])
async def test_of_two_that_were_chosen_apart_the_later_counts(ledger: Any, ms: int, right: str) -> None:
    holder = await with_card(ledger)
    verifier = dated(ledger, 5_000, PIN)
    await ledger.committer.submit(BookPin(id=an_id(3), at=AT, wallet=WalletId("w1")), Private(pin=verifier))
    await told(ledger, CARD, "w1", dated(ledger, ms, OTHER))
    await ledger.pin_book.check(holder, CARD, right)


async def test_what_headquarters_has_of_the_holder_before_opens_nothing_after_a_transfer(
    ledger: Any,
) -> None:
    await ledger.committer.submit(*issue(1))
    await choose(ledger, 3, PIN)
    await ledger.committer.submit(transfer(4))
    await told(ledger, CARD, "w1", dated(ledger, 1, PIN))
    holder = await ledger.books.holder(CARD)
    assert not await ledger.pin_book.has(holder, CARD)


async def test_a_try_is_on_the_disk_before_anything_is_compared(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "ledger.db"
    ledger = await opened_at(path)
    holder = await with_card(ledger)
    await choose(ledger, 3, PIN)
    seen: list[int] = []

    def looks(*_: object) -> bool:
        with sqlite3.connect(f"file:{path}?mode=ro", uri=True) as beside:
            seen.append(beside.execute("SELECT tries FROM pin_tries").fetchone()[0])
        beside.close()
        raise RuntimeError("the power is gone")

    monkeypatch.setattr(of_file, "holds", looks)
    with pytest.raises(RuntimeError):
        await ledger.pin_book.check(holder, CARD, PIN)
    assert seen == [1]
    await ledger.close()
    monkeypatch.undo()
    ledger = await opened_at(path)
    assert await tries(ledger, holder, OTHER, 4) == [3, 2, 1, 0]
    await ledger.close()


async def test_two_counters_at_once_have_five_tries_together(tmp_path: Path) -> None:
    ledger = await opened_at(tmp_path / "ledger.db")
    holder = await with_card(ledger)
    await choose(ledger, 3, PIN)
    ends = await asyncio.gather(
        *(ledger.pin_book.check(holder, CARD, OTHER) for _ in range(8)), return_exceptions=True
    )
    assert sorted(type(end).__name__ for end in ends) == ["PinLocked"] * 4 + ["WrongPin"] * 4
    await ledger.close()


async def test_when_it_was_heard_outlives_a_restart(tmp_path: Path) -> None:
    ledger = await opened_at(tmp_path / "ledger.db")
    await ledger.pin_book.hear(AT)
    await ledger.close()
    ledger = await opened_at(tmp_path / "ledger.db")
    assert await ledger.pin_book.heard() == AT
    await ledger.close()


async def test_no_pin_is_in_the_file_nor_in_the_journal(tmp_path: Path) -> None:
    ledger = await opened_at(tmp_path / "ledger.db")
    await with_card(ledger)
    await choose(ledger, 3, PIN)
    await ledger.close()
    assert _holding(tmp_path, b"w1")
    assert _holding(tmp_path, PIN.encode()) == []


def _holding(folder: Path, what: bytes) -> list[str]:
    return [one.name for one in folder.iterdir() if one.is_file() and what in one.read_bytes()]


def test_a_verifier_needs_the_merchant_s_key_also_one_of_before(tmp_path: Path) -> None:
    secret, stranger = Secret(tmp_path / "one"), Secret(tmp_path / "two")
    verifier = made(PIN, secret, at_ms=1, salt=bytes(range(16)))
    assert holds(verifier, PIN, secret)
    assert not holds(verifier, OTHER, secret)
    assert not holds(verifier, PIN, stranger)
    secret.adopt(bytes(32))
    assert holds(verifier, PIN, secret)
    assert made(PIN, secret, at_ms=1, salt=bytes(16)) != made(PIN, secret, at_ms=1, salt=bytes(range(16)))


@pytest.mark.parametrize("said", ["", "a1", "a1.1.x.y", "v1:00", "a1.1.00000000.!.!", "a2.1.k.AA==.AA=="])
def test_what_is_no_verifier_opens_to_nobody(tmp_path: Path, said: str) -> None:
    assert not holds(said, PIN, Secret(tmp_path / "one"))
