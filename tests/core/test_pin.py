"""When stored value needs the PIN: by what was presented and spent, and how old the news of lost cards is."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from msgspec.structs import replace

from terminal.core.canonical import decoded
from terminal.core.commands import (
    BookHold,
    BookRechargeRefund,
    BookRedeem,
    BookRefund,
    BookRelease,
    BookReversal,
    BookSale,
    BookVoid,
    ClockTrust,
    Discount,
    SaleLine,
    Tender,
    TenderKind,
)
from terminal.core.entry import Entry
from terminal.core.errors import PinLocked, WeakPin, WrongPin
from terminal.core.pin import (
    HOT_LIST_MS,
    OF_WALLET,
    TRIES_MAX,
    PinCause,
    chosen,
    counted,
    coupons_off,
    made_ms,
    pin_cause,
    since_heard,
    unproved,
    wrong,
)
from terminal.core.policy import WithoutPin
from terminal.core.texts import translated
from terminal.core.trust import Credential, Medium, Trust
from terminal.core.values import EntryId, WalletId
from tests.core.ledger.book import AT

KINDS = Path(__file__).parents[1] / "vectors" / "canonical" / "kinds.json"
NOW = replace(AT, clock=ClockTrust.NETWORK, wall_ms=1_795_478_400_000, mono_ms=500_000, boot="now")
BEFORE = replace(NOW, wall_ms=NOW.wall_ms - 7_000, mono_ms=900_000, boot="before")


def asked(trust: Trust, fen: int, *, spent: int = 0, hot_list_ms: int | None = 0) -> PinCause | None:
    card = Credential(medium=Medium.UID, number="04AB", trust=trust)
    return pin_cause(card, fen, spent=spent, limits=WithoutPin(), hot_list_ms=hot_list_ms)


@pytest.mark.parametrize(
    ("trust", "most"), [(Trust.SECURE, 200_00), (Trust.SIGNED, 50_00), (Trust.OPEN, 50_00)]
)
def test_so_much_is_paid_without_pin_on_a_day_by_how_far_a_card_is_believed(trust: Trust, most: int) -> None:
    assert asked(trust, most) is None
    assert asked(trust, most + 1) is PinCause.ABOVE
    assert asked(trust, 30_00, spent=most - 30_00) is None
    assert asked(trust, 30_01, spent=most - 30_00) is PinCause.ABOVE


def test_each_trust_has_a_limit_of_its_own() -> None:
    limits = WithoutPin(secure=3, signed=2, open=1)
    for trust, most in ((Trust.SECURE, 3), (Trust.SIGNED, 2), (Trust.OPEN, 1)):
        card = Credential(medium=Medium.UID, number="04AB", trust=trust)
        assert pin_cause(card, most, spent=0, limits=limits, hot_list_ms=0) is None
        assert pin_cause(card, most + 1, spent=0, limits=limits, hot_list_ms=0) is PinCause.ABOVE


def test_what_anybody_could_have_copied_needs_it_always_once_the_hot_list_is_older_than_a_day() -> None:
    assert HOT_LIST_MS == 86_400_000
    assert asked(Trust.OPEN, 1, hot_list_ms=HOT_LIST_MS) is None
    assert asked(Trust.OPEN, 1, hot_list_ms=HOT_LIST_MS + 1) is PinCause.HOT_LIST
    assert asked(Trust.OPEN, 1, hot_list_ms=None) is PinCause.HOT_LIST


@pytest.mark.parametrize("trust", [Trust.SECURE, Trust.SIGNED])
def test_what_proved_itself_needs_it_for_its_amount_alone(trust: Trust) -> None:
    for hot_list_ms in (None, HOT_LIST_MS + 1):
        assert asked(trust, 50_00, hot_list_ms=hot_list_ms) is None


@pytest.mark.parametrize("trust", list(Trust))
def test_a_phone_number_needs_it_from_the_first_fen(trust: Trust) -> None:
    phone = Credential(medium=Medium.PHONE, number="19000000301", trust=trust)
    assert pin_cause(phone, 1, spent=0, limits=WithoutPin(), hot_list_ms=0) is PinCause.PHONE


def test_five_tries_may_be_wrong() -> None:
    assert TRIES_MAX == 5  # queries.sql and the schema count to it, too.


def test_within_one_run_of_the_machine_nobody_asks_its_wall_clock() -> None:
    heard = replace(NOW, mono_ms=NOW.mono_ms - 2_000, wall_ms=NOW.wall_ms + 99, clock=ClockTrust.UNKNOWN)
    assert since_heard(heard, NOW) == 2_000
    assert since_heard(heard, replace(NOW, clock=ClockTrust.UNKNOWN)) == 2_000


def test_across_a_restart_two_clocks_that_are_believed_tell() -> None:
    assert since_heard(BEFORE, NOW) == 7_000
    assert since_heard(replace(BEFORE, wall_ms=NOW.wall_ms), NOW) == 0
    assert since_heard(replace(BEFORE, clock=ClockTrust.HEADQUARTERS), NOW) == 7_000


def test_nobody_can_say_without_a_clock_that_is_believed_or_before_anything_was_heard() -> None:
    assert since_heard(None, NOW) is None
    assert since_heard(replace(BEFORE, clock=ClockTrust.UNKNOWN), NOW) is None
    assert since_heard(BEFORE, replace(NOW, clock=ClockTrust.UNKNOWN)) is None
    assert since_heard(replace(BEFORE, wall_ms=NOW.wall_ms + 1), NOW) is None


def test_each_cause_has_words_of_its_own_for_the_member() -> None:
    words = [translated(cause.value.text, "zh-Hans") for cause in PinCause]
    assert words == [
        "仅凭手机号支付，须输入密码。",
        "挂失名单已超过一天未更新，此卡须输入密码才能支付。",
        "已超过今日免密额度，请输入密码。",
    ]


@pytest.mark.parametrize("pin", ["200731", "112233", "012344", "909090"])
def test_six_digits_may_be_chosen(pin: str) -> None:
    assert chosen(pin) == pin


@pytest.mark.parametrize(
    "pin",
    ["", "12345", "1234567", "123456", "654321", "890123", "135791", "210987", "000000", "12345a", "٢٠٠٧٣١"],
)
def test_what_anybody_would_try_first_may_not(pin: str) -> None:
    with pytest.raises(WeakPin):
        chosen(pin)


def test_each_wrong_one_says_how_many_tries_are_left_and_the_last_that_it_is_locked() -> None:
    refused = [wrong(tried) for tried in range(1, TRIES_MAX + 1)]
    assert [one.left for one in refused if isinstance(one, WrongPin)] == [4, 3, 2, 1]
    assert isinstance(refused[-1], PinLocked)
    assert str(refused[-1]) == str(PinLocked("5 tries were wrong"))


def test_all_that_lies_on_a_wallet_is_what_may_be_spent_without_it() -> None:
    given = {TenderKind.POINTS, TenderKind.VOUCHER, TenderKind.CASHBACK}
    mine = {TenderKind.STORED, TenderKind.DEPOSIT, TenderKind.USES, TenderKind.HELD}
    assert mine | given == OF_WALLET


def entries(kind: str) -> list[Entry]:
    return [decoded(one["body"].encode()) for one in json.loads(KINDS.read_bytes()) if one["kind"] == kind]


def test_of_a_sale_what_the_wallet_paid_counts_unless_the_pin_was_keyed() -> None:
    entry = entries("sale")[0]
    assert isinstance(entry.payload, BookSale)
    kinds = {TenderKind.STORED: 700, TenderKind.DEPOSIT: 50, TenderKind.CASH: 3_000}
    tenders = tuple(Tender(kind=kind, amount=fen) for kind, fen in kinds.items())
    without = replace(entry.payload, tenders=tenders, by_pin=False)
    assert unproved(replace(entry, payload=without)) == 750
    assert unproved(replace(entry, payload=replace(without, by_pin=True))) == 0


def test_of_a_recharges_refund_what_is_paid_out_counts_unless_the_pin_was_keyed() -> None:
    by_pin, counted = [], []
    for entry in entries("recharge_refund"):
        assert isinstance(entry.payload, BookRechargeRefund)
        by_pin.append(entry.payload.by_pin)
        counted.append(unproved(entry))
    assert by_pin == [False, False, False, False, True]
    assert counted == [2_867, 10_000, 4_500, 5_000, 0]


def test_of_points_that_were_taken_their_worth_counts_unless_the_pin_was_keyed() -> None:
    entry = entries("redeem")[0]
    assert isinstance(entry.payload, BookRedeem)
    without = replace(entry.payload, worth=2_500, by_pin=False)
    assert unproved(replace(entry, payload=without)) == 2_500
    assert unproved(replace(entry, payload=replace(without, by_pin=True))) == 0


def test_of_points_that_became_coupons_what_they_come_to_counts() -> None:
    entry = entries("redeem")[0]
    assert isinstance(entry.payload, BookRedeem)
    coupons = replace(entry.payload, worth=0, costs=4_500, by_pin=False)
    assert unproved(replace(entry, payload=coupons)) == 4_500
    assert unproved(replace(entry, payload=replace(coupons, worth=4_501))) == 4_501
    assert unproved(replace(entry, payload=replace(coupons, by_pin=True))) == 0


def off(fen: int, coupon: str = "") -> Discount:
    return Discount(name="x", amount=fen, coupon=coupon)


def lines(*discounts: tuple[Discount, ...]) -> tuple[SaleLine, ...]:
    net = [10_000 - sum(one.amount for one in some) for some in discounts]
    line = SaleLine(sku="x", name="x", category="x", quantity=1, unit_price=10_000, gross=10_000, net=0)
    return tuple(replace(line, discounts=some, net=fen) for some, fen in zip(discounts, net, strict=True))


def test_what_coupons_take_off_is_what_their_discounts_say_but_for_those_handed_over_by_code() -> None:
    sold = lines((off(100), off(300, "a")), (off(50, "a"), off(7, "b")), ())
    assert coupons_off(sold, by_code=()) == 357
    assert coupons_off(sold, by_code=("a",)) == 7
    assert coupons_off(sold, by_code=("a", "b")) == 0
    assert coupons_off((), by_code=()) == 0


def test_of_a_sale_what_coupons_took_off_counts_too_unless_the_pin_was_keyed() -> None:
    entry = entries("sale")[0]
    assert isinstance(entry.payload, BookSale)
    sold = lines((off(100), off(300, "a")))
    tenders = (Tender(kind=TenderKind.STORED, amount=9_000), Tender(kind=TenderKind.CASH, amount=600))
    without = replace(entry.payload, lines=sold, tenders=tenders, coupons_used=("a",), by_pin=False)
    assert unproved(replace(entry, payload=without)) == 9_300
    assert unproved(replace(entry, payload=replace(without, by_code=("a",)))) == 9_000
    assert unproved(replace(entry, payload=replace(without, by_pin=True))) == 0


def test_what_no_wallet_spends_counts_nothing() -> None:
    assert [unproved(one) for one in entries("recharge")] == [0] * len(entries("recharge"))


def taken(day: str = "2026-11-24") -> Entry:
    entry = entries("redeem")[0]
    assert isinstance(entry.payload, BookRedeem)
    payload = replace(entry.payload, wallet=MINE, worth=2_500, costs=0, by_pin=False)
    return replace(entry, at=replace(entry.at, business_day=day), payload=payload)


def undoing(payload: object, day: str = "2026-11-24") -> Entry:
    entry = entries("redeem")[0]
    return replace(entry, at=replace(entry.at, business_day=day), payload=payload)


MINE, OTHER = WalletId("mine"), WalletId("other")
ID, OF = EntryId("e2"), EntryId("e1")
VOID = BookVoid(id=ID, at=AT, of=OF, why="x")
REVERSAL = BookReversal(id=ID, at=AT, of=OF, why="x")
REFUND = BookRefund(id=ID, at=AT, of=OF, returned=(), why="x")


def found(entry: Entry | None) -> Callable[[EntryId], Entry | None]:
    return lambda of: entry if of == OF else None


def test_what_a_wallet_spent_counts_for_that_one_alone() -> None:
    nobody = found(None)
    sold = entries("sale")[0]
    assert isinstance(sold.payload, BookSale)
    tenders = (Tender(kind=TenderKind.STORED, amount=700),)
    sold = replace(sold, payload=replace(sold.payload, wallet=MINE, lines=(), tenders=tenders, by_pin=False))
    out = entries("recharge_refund")[0]
    assert isinstance(out.payload, BookRechargeRefund)
    out = replace(out, payload=replace(out.payload, wallet=MINE))
    assert [counted(one, MINE, nobody) for one in (taken(), sold, out)] == [2_500, 700, 2_867]
    assert [counted(one, OTHER, nobody) for one in (taken(), sold, out)] == [0, 0, 0]
    assert counted(entries("recharge")[0], MINE, found(taken())) == 0
    assert counted(undoing(VOID), MINE, found(sold)) == -700
    assert counted(undoing(REFUND), MINE, found(sold)) == 0  # Perhaps a piece of it.


@pytest.mark.parametrize("undo", [VOID, REVERSAL, REFUND])
def test_points_that_came_back_on_their_day_are_spent_no_more(
    undo: BookVoid | BookReversal | BookRefund,
) -> None:
    assert counted(undoing(undo), MINE, found(taken())) == -2_500
    assert counted(undoing(undo), OTHER, found(taken())) == 0
    assert counted(undoing(undo), MINE, found(None)) == 0
    assert counted(undoing(undo, "2026-11-25"), MINE, found(taken())) == 0
    assert counted(undoing(undo), MINE, found(taken("2026-11-23"))) == 0
    by_pin = taken()
    assert isinstance(by_pin.payload, BookRedeem)
    by_pin = replace(by_pin, payload=replace(by_pin.payload, by_pin=True))
    assert counted(undoing(undo), MINE, found(by_pin)) == 0


TODAY, TOMORROW = "2026-11-24", "2026-11-25"
RELEASE = BookRelease(id=ID, at=AT, hold=OF)


def held(fen: int = 5_000, day: str = TODAY, **more: object) -> Entry:
    """For a fill, by `OF`."""
    hold = BookHold(id=OF, at=AT, wallet=MINE, card=None, amount=fen, for_what="pump:1")
    return undoing(replace(hold, **more), day)  # type: ignore[arg-type]


def filled(fen: int, day: str = TODAY, *, coupon: int = 0, by_pin: bool = False) -> Entry:
    """A sale that `OF` was held for, with so many fen taken off by a coupon."""
    sold = entries("sale")[0].payload
    assert isinstance(sold, BookSale)
    tenders = (Tender(kind=TenderKind.HELD, amount=fen, of=OF),)
    taken_off = lines((off(coupon, "a"),)) if coupon else ()
    return undoing(replace(sold, wallet=MINE, lines=taken_off, tenders=tenders, by_pin=by_pin), day)


def test_what_is_held_for_a_fill_counts_at_once_unless_the_pin_was_keyed() -> None:
    assert unproved(held()) == counted(held(), MINE, found(None)) == 5_000
    assert counted(held(), OTHER, found(None)) == 0
    assert unproved(held(by_pin=True)) == 0
    assert counted(held(wallet=None, company="x"), MINE, found(None)) == 0


@pytest.mark.parametrize(("price", "fen"), [(0, 0), (1, 10), (738, 7_373), (800, 7_992), (801, 8_002)])
def test_litres_that_are_held_count_by_the_price_of_the_dispenser_rounded_up(price: int, fen: int) -> None:
    ahead = held(999, unit="litres:92", price=price)
    assert unproved(ahead) == fen
    assert unproved(held(999, price=price)) == 999  # Fen are fen at any price.


def test_of_what_was_held_what_flowed_is_left_on_that_day() -> None:
    assert counted(filled(3_000), MINE, found(held())) == -2_000
    assert counted(filled(2_900, coupon=100), MINE, found(held())) == -2_000
    assert counted(filled(5_000), MINE, found(held())) == 0
    assert counted(filled(3_000), OTHER, found(held())) == 0
    assert counted(undoing(RELEASE), MINE, found(held())) == -5_000
    assert counted(undoing(RELEASE), OTHER, found(held())) == 0
    assert counted(undoing(RELEASE), MINE, found(None)) == 0
    keyed = held(by_pin=True)
    assert counted(filled(3_000, by_pin=True), MINE, found(keyed)) == 0
    assert counted(undoing(RELEASE), MINE, found(keyed)) == 0


def test_a_fill_counts_on_the_day_when_its_nozzle_was_released() -> None:
    assert counted(filled(3_000, TOMORROW), MINE, found(held())) == 0
    assert counted(filled(4_900, TOMORROW, coupon=200), MINE, found(held())) == 100
    assert counted(undoing(RELEASE, TOMORROW), MINE, found(held())) == 0


def test_two_fills_of_which_one_was_released_on_another_day_count_nothing_off() -> None:
    sold, before = filled(3_000), EntryId("before")
    assert isinstance(sold.payload, BookSale)
    tenders = (*sold.payload.tenders, Tender(kind=TenderKind.HELD, amount=1_000, of=before))
    known = {OF: held(), before: held(day="2026-11-23")}
    assert counted(replace(sold, payload=replace(sold.payload, tenders=tenders)), MINE, known.get) == 0


def test_a_fill_that_was_held_by_another_wallet_or_by_nothing_that_is_known_counts_as_any_sale() -> None:
    assert counted(filled(3_000), MINE, found(held(wallet=OTHER))) == 3_000
    assert counted(filled(3_000, TOMORROW), MINE, found(held(wallet=OTHER))) == 3_000
    assert counted(filled(3_000), MINE, found(None)) == 3_000


def test_what_is_paid_by_another_way_than_what_was_held_counts_whole() -> None:
    sold = filled(3_000)
    assert isinstance(sold.payload, BookSale)
    tenders = (replace(sold.payload.tenders[0], kind=TenderKind.STORED),)
    assert (
        counted(replace(sold, payload=replace(sold.payload, tenders=tenders)), MINE, found(held())) == 3_000
    )


def test_a_fill_that_is_voided_is_held_again_until_that_goes_back() -> None:
    known = {OF: held(), EntryId("sold"): filled(3_000)}
    void = undoing(replace(VOID, of=EntryId("sold")))
    assert counted(void, MINE, known.get) == 2_000
    assert sum(counted(one, MINE, known.get) for one in (*known.values(), void, undoing(RELEASE))) == 0


@pytest.mark.parametrize(
    ("verifier", "ms"),
    [
        ("a1.1795000000000.0011aabb.c2FsdA==.aGFzaA==", 1795000000000),
        ("a1.0.x", 0),
        ("a1.7", 7),
        ("a1.", -1),
        ("a1", -1),
        ("", -1),
        ("a2.7.x", -1),
        ("a1.-7.x", -1),
        ("a1.٧.x", -1),
        ("a1.x.7", -1),
    ],
)
def test_a_verifier_says_when_it_was_made(verifier: str, ms: int) -> None:
    assert made_ms(verifier) == ms
