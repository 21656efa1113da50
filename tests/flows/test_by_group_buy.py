"""A platform's vouchers at the end of a sale: asked about first, used last, booked at once, or given back."""

from __future__ import annotations

from typing import Any

import pytest
from msgspec.structs import replace

from terminal.core.acquirer import PayCode, Wallet
from terminal.core.commands import BookSale, Tender, TenderKind
from terminal.core.errors import (
    Cancelled,
    CardSwapped,
    NotPaidOutside,
    PaymentInDoubt,
    VoucherEnded,
    VoucherUnasked,
)
from terminal.core.group_buy import VOUCHERS_MAX, GroupCode, Offer
from terminal.core.policy import Confirmed
from terminal.core.values import EntryId
from terminal.flows.checkout import checkout
from tests.flows.scripted import CANCEL, IN_PARTS, PAID, SKIP, Script, ScriptedDesk, play
from tests.flows.shop import GOODS, GOODS_DUE, HOLDERS, POLICY, WANG, WANG_CARD

CODE = PayCode(wallet=Wallet.WECHAT, digits="134567890123456789")
ONE, TWO = GroupCode(text="012345678901"), GroupCode(text="012345678902")
CASH, BY_CODE, STORED, VOUCHER = TenderKind.CASH, TenderKind.CODE, TenderKind.STORED, TenderKind.GROUP_BUY
FIVE = Offer(platform="meituan", worth=5_00, settles=4_70, several=True)
THIRTY = Offer(platform="douyin", worth=30_00, settles=28_00)
BEGIN: Script = (("fill_cart", GOODS), ("offer_card", SKIP), ("choose_tender", VOUCHER))
WHOLE: Script = (
    *BEGIN,
    ("ask_voucher", ONE),
    ("verify", THIRTY),
    ("confirm", True),
    ("redeem", PAID),
)
WITH_CODE: Script = (
    *BEGIN,
    ("ask_voucher", ONE),
    ("verify", FIVE),
    ("choose_tender", VOUCHER),
    ("ask_voucher", TWO),
    ("verify", FIVE),
    ("choose_tender", BY_CODE),
    ("confirm", True),
    ("redeem", PAID),
    ("redeem", PAID),
    ("scan_pay_code", CODE),
    ("charge", PAID),
)
WITH_VALUE: Script = (
    ("fill_cart", GOODS),
    ("offer_card", WANG_CARD),
    ("choose_tender", VOUCHER),
    ("ask_voucher", ONE),
    ("verify", FIVE),
    ("choose_tender", STORED),
    ("confirm", True),
    ("redeem", PAID),
)


def desk_of(script: Script, **policy: Any) -> ScriptedDesk:
    desk = ScriptedDesk(script, holders=HOLDERS, policy=replace(POLICY, **policy))
    desk.acquirer = desk.group_buy = True
    return desk


def sold(desk: ScriptedDesk) -> BookSale:
    assert desk.finished
    (sale,) = desk.booked
    assert isinstance(sale, BookSale)
    return sale


def voucher(amount: int, *intents: str, of: str = "meituan", settles: int = 4_70) -> Tender:
    used = tuple(map(EntryId, intents))
    return Tender(kind=VOUCHER, amount=amount, of=of, vouchers=used, settles=settles)


def test_one_that_is_worth_more_pays_the_bill_without_change_and_its_rest_ends() -> None:
    desk = desk_of(WHOLE)
    assert play(checkout(desk)) is None
    sale = sold(desk)
    assert desk.redeemed == [(ONE, GOODS_DUE, sale.id, None)]
    assert sale.tenders == (voucher(GOODS_DUE, "voucher-1", of="douyin", settles=28_00),)
    assert [(row.label.text, row.value) for row in desk.lines][-1] == ("The voucher's rest ends", "¥10.66")
    assert ("confirm", "Use the vouchers?") in desk.asked


def test_several_and_a_code_pay_one_bill_and_the_code_comes_last() -> None:
    desk = desk_of(WITH_CODE)
    assert play(checkout(desk)) is None
    sale = sold(desk)
    assert [one[:3] for one in desk.redeemed] == [(ONE, 5_00, sale.id), (TWO, 5_00, sale.id)]
    assert desk.charged == [(CODE, GOODS_DUE - 10_00, sale.id, None)]
    assert sale.tenders == (
        voucher(10_00, "voucher-1", "voucher-2", settles=9_40),
        Tender(kind=BY_CODE, amount=9_34, of="wechat"),
    )
    assert not any(row.label.text == "The voucher's rest ends" for row in desk.lines)


def test_each_platform_is_a_tender_of_its_own() -> None:
    other = replace(FIVE, platform="douyin", worth=6_00, settles=0)
    desk = desk_of((*WITH_CODE[:7], ("verify", other), *WITH_CODE[8:]))
    assert play(checkout(desk)) is None
    assert sold(desk).tenders[:2] == (
        voucher(5_00, "voucher-1"),
        voucher(6_00, "voucher-2", of="douyin", settles=0),
    )


def test_value_and_a_voucher_earn_points_on_value_alone() -> None:
    desk = desk_of(WITH_VALUE)
    assert play(checkout(desk)) is None
    sale = sold(desk)
    assert desk.redeemed == [(ONE, 5_00, sale.id, WANG.wallet)]
    assert [(one.kind, one.amount) for one in sale.tenders] == [(VOUCHER, 5_00), (STORED, 14_34)]
    assert [one.points for one in sale.points] == [14]
    assert ("confirm", "Charge the card?") in desk.asked


def test_a_voucher_is_paid_before_cash_whenever_it_was_said() -> None:
    desk = desk_of(
        (
            ("fill_cart", GOODS),
            ("offer_card", SKIP),
            ("choose_tender", IN_PARTS),
            ("choose_tender", CASH),
            ("ask_part", 4_34),
            ("ask_cash", 10_00),
            ("choose_tender", VOUCHER),
            ("ask_voucher", ONE),
            ("verify", replace(THIRTY, worth=15_00)),
            ("confirm", True),
            ("redeem", PAID),
        ),
        cash_step=1,
    )
    assert play(checkout(desk)) is None
    assert [(one.kind, one.amount) for one in sold(desk).tenders] == [(VOUCHER, 15_00), (CASH, 4_34)]
    assert any(prompt.startswith("Take the cash") for _, prompt in desk.asked)


def ending(*answers: tuple[str, Any]) -> Script:
    """What comes after a voucher that was refused: cash."""
    return (*BEGIN, *answers, ("choose_tender", CASH), ("ask_cash", 20_00), ("confirm", True))


@pytest.mark.parametrize("fault", [VoucherEnded("x"), VoucherUnasked("x")])
def test_one_that_is_refused_is_said_so_and_another_way_pays(fault: Any) -> None:
    desk = desk_of(ending(("ask_voucher", ONE), ("verify", fault)), cash_step=1)
    assert play(checkout(desk)) is None
    assert desk.declined == [fault.code]
    assert [one.kind for one in sold(desk).tenders] == [CASH]


def second(code: GroupCode, *verify: tuple[str, Any], first: Offer = FIVE) -> Script:
    """A second voucher after one that pays 5.00."""
    asked = (("ask_voucher", ONE), ("verify", first), ("choose_tender", VOUCHER), ("ask_voucher", code))
    end = (("choose_tender", CASH), ("ask_cash", 20_00), ("confirm", True), ("redeem", PAID))
    return (*BEGIN, *asked, *verify, *end)


def test_one_is_not_shown_twice() -> None:
    desk = desk_of(second(ONE), cash_step=1)
    assert play(checkout(desk)) is None
    assert (desk.declined, desk.verified) == (["A261"], [ONE])
    assert [one.amount for one in sold(desk).tenders] == [5_00, 14_34]


@pytest.mark.parametrize(
    ("first", "other"),
    [(FIVE, THIRTY), (replace(FIVE, several=False), FIVE), (replace(FIVE, several=False), THIRTY)],
)
def test_those_that_go_alone_do_not_go_together(first: Offer, other: Offer) -> None:
    desk = desk_of(second(TWO, ("verify", other), first=first), cash_step=1)
    assert play(checkout(desk)) is None
    assert desk.declined == ["A265"]
    assert [one.amount for one in sold(desk).tenders] == [5_00, 14_34]


@pytest.mark.parametrize(
    ("only", "pays"),
    [(("dairy",), 7_00), (("M01",), 7_00), (("bakery",), 12_34), (("B01", "dairy"), GOODS_DUE)],
)
def test_it_pays_no_more_than_its_goods_cost(only: tuple[str, ...], pays: int) -> None:
    rest = () if pays == GOODS_DUE else (("choose_tender", CASH), ("ask_cash", 20_00))
    offer = replace(THIRTY, only=only)
    script = (*BEGIN, ("ask_voucher", ONE), ("verify", offer), *rest, ("confirm", True), ("redeem", PAID))
    desk = desk_of(script, cash_step=1)
    assert play(checkout(desk)) is None
    assert sold(desk).tenders[0].amount == pays


def test_nor_what_others_have_paid_of_the_same_goods() -> None:
    milk = replace(FIVE, only=("dairy",))
    desk = desk_of(second(TWO, ("verify", milk), first=milk)[:-1] + (("redeem", PAID),) * 2, cash_step=1)
    assert play(checkout(desk)) is None
    assert [(one.kind, one.amount) for one in sold(desk).tenders] == [(VOUCHER, 7_00), (CASH, 12_34)]
    assert [fen for _, fen, _, _ in desk.redeemed] == [5_00, 2_00]


def test_of_other_goods_it_pays_beside_them() -> None:
    milk, bread = replace(FIVE, only=("dairy",)), replace(FIVE, only=("bakery",))
    desk = desk_of(second(TWO, ("verify", bread), first=milk)[:-1] + (("redeem", PAID),) * 2, cash_step=1)
    assert play(checkout(desk)) is None
    assert [fen for _, fen, _, _ in desk.redeemed] == [5_00, 5_00]


def test_what_is_for_other_goods_or_for_what_is_paid_pays_nothing() -> None:
    desk = desk_of(ending(("ask_voucher", ONE), ("verify", replace(FIVE, only=("tea",)))), cash_step=1)
    assert play(checkout(desk)) is None
    assert (desk.declined, desk.redeemed) == (["A264"], [])


def test_so_many_of_them_and_no_more_are_asked_for() -> None:
    small = replace(FIVE, worth=10)
    shown = [
        (("ask_voucher", GroupCode(text=f"{at:012}")), ("verify", small), ("choose_tender", VOUCHER))
        for at in range(VOUCHERS_MAX)
    ]
    answers = [answer for each in shown for answer in each][:-1]
    paid = [("choose_tender", CASH), ("ask_cash", 20_00), ("confirm", True)]
    desk = desk_of((*BEGIN, *answers, *paid, *[("redeem", PAID)] * VOUCHERS_MAX), cash_step=1)
    assert play(checkout(desk)) is None
    assert VOUCHER in desk.ways[-2]
    assert VOUCHER not in desk.ways[-1]
    assert len(sold(desk).tenders[0].vouchers) == VOUCHERS_MAX


def test_where_nobody_verifies_them_they_are_not_asked_for() -> None:
    desk = desk_of((*BEGIN[:2], ("choose_tender", CASH), ("ask_cash", 20_00), ("confirm", True)), cash_step=1)
    desk.group_buy = False
    assert play(checkout(desk)) is None
    assert desk.ways == [(CASH, BY_CODE)]


@pytest.mark.parametrize("at", [9, 11])
def test_a_refusal_at_the_last_answer_begins_payment_anew_under_another_id(at: int) -> None:
    refused = (*WITH_CODE[:at], (WITH_CODE[at][0], NotPaidOutside("x")))
    desk = desk_of((*refused, *WITH_CODE[2:]))
    assert play(checkout(desk)) is None
    sale = sold(desk)
    assert desk.declined == ["A171"]
    assert [consumer == sale.id for _, _, consumer, _ in desk.redeemed][-2:] == [True, True]
    assert not any(consumer == sale.id for _, _, consumer, _ in desk.redeemed[:-2])
    assert sale.tenders[0].vouchers == tuple(f"voucher-{len(desk.redeemed) - back}" for back in (1, 0))


@pytest.mark.parametrize("fault", [PaymentInDoubt("x"), Cancelled()])
def test_what_nobody_knows_or_was_given_back_is_not_booked(fault: PaymentInDoubt | Cancelled) -> None:
    desk = desk_of((*WHOLE[:-1], ("redeem", fault)))
    assert play(checkout(desk)) is fault
    assert (desk.booked, desk.handed_over) == ([], [])


def test_a_swapped_card_is_noticed_before_one_is_used() -> None:
    desk = desk_of(WITH_VALUE[:-1])
    desk.card_gone = CardSwapped("x")
    assert play(checkout(desk)) is desk.card_gone
    assert desk.finished
    assert (desk.redeemed, desk.booked) == ([], [])


def test_nothing_is_used_when_the_customer_says_no() -> None:
    desk = desk_of((*WHOLE[:-2], ("confirm", False)))
    play(checkout(desk))
    assert desk.finished
    assert (desk.redeemed, desk.booked) == ([], [])


def test_nothing_is_booked_when_the_code_beside_it_has_not_arrived() -> None:
    script = (*WITH_CODE[:-2], ("scan_pay_code", SKIP), ("confirm", False))
    desk = desk_of(script, confirmed=(Confirmed.CODE,))
    play(checkout(desk))
    assert desk.finished
    assert (len(desk.redeemed), desk.booked) == (2, [])


ALL = (WHOLE, WITH_CODE, WITH_VALUE)


@pytest.mark.parametrize(
    "script", [(*each[:at], (each[at][0], CANCEL)) for each in ALL for at in range(len(each))]
)
def test_cancelled_at_any_step_it_books_nothing(script: Script) -> None:
    desk = desk_of(script)
    play(checkout(desk))
    assert desk.finished
    assert (desk.booked, desk.handed_over) == ([], [])
