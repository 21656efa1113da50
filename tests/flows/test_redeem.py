"""Points for something at the counter: at once, later with a code, beside money, and what is collected."""

from __future__ import annotations

from typing import Any

import pytest
from msgspec.structs import replace

from terminal.core.cart import Article, Family
from terminal.core.commands import (
    CLAIMED,
    BookGrant,
    BookNote,
    BookRedeem,
    BookSale,
    Grant,
    PointsEarned,
    TenderKind,
)
from terminal.core.errors import (
    CardSwapped,
    ClaimUsed,
    GiftTooCheap,
    NoPin,
    NoSuchClaim,
    TooFewPoints,
    UnknownCard,
    UnknownPhone,
)
from terminal.core.gifts import Gift, GiftCoupon
from terminal.core.money import Fen
from terminal.core.packs import PackVoucher
from terminal.core.pin import PinCause
from terminal.core.policy import Confirmed
from terminal.core.pricing import parsed
from terminal.core.rights import Want
from terminal.core.trust import Holder
from terminal.core.visit import Usable
from terminal.flows.redeem import redeem
from tests.core.ledger.book import W1
from tests.flows.scripted import CANCEL, Script, ScriptedDesk, play
from tests.flows.shop import HOLDERS, PHONE, POLICY, STRANGER, WANG, WANG_CARD

TONER = Gift(name="柔肤水", points=500, worth=25_00)
CREAM = Gift(name="护手霜", points=200, worth=25_00, money=15_00, sku="P07", category="care")
COUPON = Gift(name="五元券", points=100, coupon=GiftCoupon(kind="c5", face=5_00, count=2))
VOUCHER = Gift(name="二十元券", points=400, voucher=PackVoucher(worth=20_00, count=2, days=30))
SHOP = replace(POLICY, gifts=(TONER, CREAM, COUPON), confirmed=(Confirmed.CODE,))
RICH = replace(WANG, points=1_234)
CODE = TenderKind.CODE
CLAIM = "523061836"

TAKE: Script = (("choose", "take"), ("read_member", WANG_CARD))
YES: Script = (("confirm", True),)
AT_ONCE: Script = (*TAKE, ("choose", "0"), ("choose", "now"), *YES)
LATER: Script = (*TAKE, ("choose", "0"), ("choose", "later"), *YES)
COUPONS: Script = (*TAKE, ("choose", "2"), *YES)
MONEY: Script = (*TAKE, ("choose", "1"), ("choose_tender", CODE), *YES, *YES)
COLLECT: Script = (("choose", "collect"), ("ask_text", "523 061 836"), *YES)


def desk_of(script: Script, *, wang: Holder = RICH) -> ScriptedDesk:
    return ScriptedDesk(script, holders=HOLDERS | {WANG_CARD: wang, PHONE: wang}, policy=SHOP)


def waits(desk: ScriptedDesk) -> ScriptedDesk:
    """Something was taken before, and waits."""
    book = desk.sold.book.with_member()
    book.book(BookGrant, wallet=W1, why="x", grants=(Grant(unit="points:goods", amount=500),))
    points = PointsEarned(family="goods", points=500)
    book.book(BookRedeem, wallet=W1, card=None, points=points, what="柔肤水", worth=25_00, claim=CLAIM)
    return desk


def done(desk: ScriptedDesk, kind: type) -> Any:
    assert play(redeem(desk)) is None
    assert desk.finished
    (command,) = desk.booked
    assert isinstance(command, kind)
    return command


def test_points_are_taken_for_what_is_handed_over_at_once() -> None:
    desk = desk_of(AT_ONCE)
    taken = done(desk, BookRedeem)
    assert (taken.wallet, taken.card, taken.points.points, taken.points.family) == (
        WANG.wallet, WANG.card, 500, "goods",
    )  # fmt: skip
    assert (taken.what, taken.worth, taken.coupons, taken.claim, taken.by_pin) == (
        "柔肤水",
        25_00,
        (),
        "",
        False,
    )
    assert [(line.label.text, line.value) for line in desk.lines][1:] == [
        ("Points", "-500"),
        ("Points after", "734"),
    ]
    assert desk.handed_over == ["Booked. Hand over 柔肤水 and the receipt."]
    assert (desk.pin_fen, taken.costs) == ([25_00], 25_00)


def test_what_is_collected_later_gets_a_code_that_is_said() -> None:
    desk = desk_of(LATER)
    assert done(desk, BookRedeem).claim == CLAIM
    assert desk.handed_over == ["Hand over the receipt: it is collected with 523 061 836."]


def test_coupons_are_there_at_once_and_need_no_code() -> None:
    desk = desk_of(COUPONS)
    taken = done(desk, BookRedeem)
    assert ([one.kind for one in taken.coupons], taken.what, taken.claim) == (["c5", "c5"], "", "")


def test_cash_vouchers_are_there_at_once_and_their_last_day_is_shown() -> None:
    desk = ScriptedDesk(
        (*TAKE, *YES),
        holders=HOLDERS | {WANG_CARD: RICH},
        policy=replace(SHOP, gifts=(VOUCHER,)),
    )
    taken = done(desk, BookRedeem)
    assert [(one.amount, one.since, one.until) for one in taken.vouchers] == [(20_00, "", "2026-12-23")] * 2
    assert len({one.unit for one in taken.vouchers}) == 2
    assert (taken.what, taken.worth, taken.coupons, taken.claim, taken.costs) == (
        "二十元券",
        0,
        (),
        "",
        40_00,
    )
    assert [(line.label.text.format(**line.label.values), line.value) for line in desk.lines] == [
        ("二十元券", ""),
        ("Voucher: ¥20.00, until 2026-12-23", "+2"),
        ("Points", "-400"),
        ("Points after", "834"),
    ]
    assert desk.handed_over == ["Booked. Hand over 二十元券 and the receipt."]


def test_beside_money_it_is_a_sale_of_which_points_pay_the_first_part() -> None:
    desk = desk_of(MONEY)
    sale = done(desk, BookSale)
    assert [(one.kind, one.amount, one.units) for one in sale.tenders] == [
        (TenderKind.POINTS, 10_00, 200),
        (CODE, 15_00, 0),
    ]
    assert (sale.due, sale.lines[0].sku, sale.wallet) == (25_00, "P07", WANG.wallet)
    assert [one.points for one in sale.points] == [15]
    assert TenderKind.POINTS not in desk.ways[0]
    assert desk.handed_over == ["Paid. Hand over the goods and the receipt."]


def test_what_is_paid_beside_points_earns_by_what_multiplies_points_and_costs_no_less() -> None:
    rows = {
        "times": {"rule": "points_times", "name": "x 1.2", "times": 6, "per": 5, "tiers": ["regular"]},
        "gold": {"rule": "points_times", "name": "x 3", "times": 3, "tiers": ["gold"]},
        "less": {"rule": "percent_off", "name": "half", "pay": 50, "members": True},
        "more": {"rule": "spend_get", "name": "gift", "sku": "G", "article": "G", "price": 1},
    }
    promotions, refused = parsed(rows.items())
    assert not refused
    desk = ScriptedDesk(MONEY, holders=HOLDERS | {WANG_CARD: RICH}, policy=SHOP, tariff=promotions)
    sale = done(desk, BookSale)
    assert [(line.net, line.discounts) for line in sale.lines] == [(25_00, ())]
    assert [one.points for one in sale.points] == [18]


TONIC = Article(sku="P08", name="柔肤水 200 ml", category="care", price=Fen(30_00), tax_bp=1300)


def test_what_the_shop_sells_too_has_that_price_and_tax_and_leaves_the_shelf() -> None:
    desk = desk_of(AT_ONCE)
    desk.change(replace(SHOP, gifts=(replace(TONER, sku="P08"), TONER)))
    desk.articles["P08"] = TONIC
    taken = done(desk, BookRedeem)
    assert (taken.what, taken.worth, taken.sku, taken.tax_bp, taken.costs) == (
        "柔肤水", 30_00, "P08", 1300, 30_00,
    )  # fmt: skip
    money = desk_of(MONEY)
    money.articles["P07"] = replace(TONIC, sku="P07")
    sale = done(money, BookSale)
    assert (sale.due, sale.lines[0].tax_bp) == (30_00, 1300)
    assert [one.amount for one in sale.tenders] == [15_00, 15_00]


def test_coupons_and_what_is_no_article_have_no_tax_and_lie_on_no_shelf() -> None:
    for script, gift in ((AT_ONCE, TONER), (COUPONS, replace(COUPON, sku="P08"))):
        desk = desk_of(script)
        desk.change(replace(SHOP, gifts=(gift, gift, gift)))
        desk.articles = {"": TONIC, "P08": TONIC}
        taken = done(desk, BookRedeem)
        assert (taken.sku, taken.tax_bp, taken.worth) == ("", 0, gift.worth)


def test_what_costs_no_more_than_the_money_beside_the_points_is_not_sold_for_points() -> None:
    desk = desk_of(MONEY[:3])
    desk.articles["P07"] = replace(TONIC, sku="P07", price=Fen(15_00))
    assert isinstance(play(redeem(desk)), GiftTooCheap)
    assert desk.booked == []


def test_points_of_petrol_are_of_their_own_account_and_goods_points_are_none_of_them() -> None:
    wash = Gift(name="洗车", points=300, worth=30_00, family=Family.PETROL)
    desk = desk_of((*TAKE, ("choose", "now"), *YES))
    desk.change(replace(SHOP, gifts=(wash,)))
    book = desk.sold.book.with_member(WANG.wallet)
    book.book(BookGrant, wallet=WANG.wallet, why="x", grants=(Grant(unit="points:petrol", amount=320),))
    taken = done(desk, BookRedeem)
    assert (taken.points.family, taken.points.points) == ("petrol", 300)
    assert [line.value for line in desk.lines][2] == "20"
    none = desk_of(TAKE)
    none.change(replace(SHOP, gifts=(wash,)))
    assert isinstance(play(redeem(none)), TooFewPoints)


def test_what_there_is_too_little_of_is_asked_for_elsewhere_and_refused_if_it_does_not_come() -> None:
    desk = desk_of(AT_ONCE, wang=WANG)
    desk.brings[WANG_CARD] = Usable(holder=RICH)
    done(desk, BookRedeem)
    assert desk.wanted == [(Want(account="wallet:w-wang:points:goods", amount=500),)]
    poor = desk_of(AT_ONCE[:3], wang=WANG)
    assert isinstance(play(redeem(poor)), TooFewPoints)
    assert poor.booked == []


@pytest.mark.parametrize(
    ("card", "fault"), [(STRANGER, UnknownCard), (replace(PHONE, number="1"), UnknownPhone)]
)
def test_whose_nobody_knows_is_said(card: Any, fault: type) -> None:
    desk = desk_of((TAKE[0], ("read_member", card)))
    assert isinstance(play(redeem(desk)), fault)


@pytest.mark.parametrize("script", [AT_ONCE, MONEY])
def test_a_phone_takes_them_by_its_pin_only(script: Script) -> None:
    desk = desk_of((TAKE[0], ("read_member", PHONE), *script[2:]))
    desk.pin_cause_is = NoPin("PHONE")
    assert isinstance(play(redeem(desk)), NoPin)
    assert desk.booked == []


def test_the_pin_that_was_keyed_is_noted() -> None:
    desk = desk_of((*AT_ONCE, ("ask_pin", "200731")))
    desk.pin, desk.pin_cause_is = "200731", PinCause.PHONE
    assert done(desk, BookRedeem).by_pin
    assert desk.pin_asked_for == [(Fen(25_00), 500)]
    sold = desk_of((*TAKE, ("choose", "1"), ("ask_pin", "200731"), *MONEY[3:]))
    sold.pin, sold.pin_cause_is = "200731", PinCause.PHONE
    assert done(sold, BookSale).by_pin
    assert sold.pin_asked_for == [(Fen(10_00), 200)]


def test_a_swapped_card_is_noticed() -> None:
    desk = desk_of(AT_ONCE)
    desk.card_gone = CardSwapped("x")
    assert play(redeem(desk)) is desk.card_gone
    assert desk.booked == []


@pytest.mark.parametrize("script", [(*AT_ONCE[:-1], ("confirm", False)), (*MONEY[:-1], ("confirm", False))])
def test_a_no_books_nothing(script: Script) -> None:
    desk = desk_of(script)
    assert play(redeem(desk)) is None
    assert desk.booked == []
    assert desk.said[0].startswith("Cancelled.")


def test_what_waits_is_collected_once_and_it_is_said_what_it_is() -> None:
    desk = waits(desk_of(COLLECT))
    note = done(desk, BookNote)
    assert (note.what, note.detail) == (CLAIMED, CLAIM)
    (taken,) = (one for one in desk.sold.book.entries.values() if isinstance(one.payload, BookRedeem))
    assert note.of == taken.id
    assert [(line.label.text, line.value) for line in desk.lines][1] == ("Points", "500")
    assert desk.handed_over == ["Booked. Hand over 柔肤水."]
    again = waits(desk_of(COLLECT[:2]))
    again.sold.book.book(BookNote, what=CLAIMED, detail=CLAIM)
    assert isinstance(play(redeem(again)), ClaimUsed)
    assert again.booked == []


def test_a_code_that_is_keyed_wrong_is_asked_for_again_and_one_of_nothing_is_refused() -> None:
    desk = desk_of((COLLECT[0], ("ask_text", "523061837"), COLLECT[1]))
    assert isinstance(play(redeem(desk)), NoSuchClaim)
    assert desk.refused == ["A250"]


def test_a_no_to_handing_over_leaves_it_waiting() -> None:
    desk = waits(desk_of((*COLLECT[:-1], ("confirm", False))))
    assert play(redeem(desk)) is None
    assert (desk.booked, desk.said) == ([], ["Cancelled. Nothing was booked."])


@pytest.mark.parametrize(
    "script",
    [
        (*each[:at], (each[at][0], CANCEL))
        for each in (AT_ONCE, LATER, COUPONS, MONEY, COLLECT)
        for at in range(len(each))
    ],
)
def test_cancelled_at_any_step_it_books_nothing(script: Script) -> None:
    desk = waits(desk_of(script))
    play(redeem(desk))
    assert desk.finished
    assert (desk.booked, desk.handed_over) == ([], [])
