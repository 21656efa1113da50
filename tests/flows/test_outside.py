"""A customer's payment code at the end of a sale: charged last, booked at once, and never twice."""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from typing import Any

import pytest
from msgspec.structs import replace

from terminal.core.acquirer import PayCode, Wallet
from terminal.core.commands import BookRecharge, BookSale, Tender, TenderKind
from terminal.core.errors import Cancelled, CardSwapped, NotPaidOutside, PaymentInDoubt
from terminal.core.policy import Confirmed, Policy
from terminal.core.referral import Referral, Trigger
from terminal.flows.checkout import checkout
from terminal.flows.join import join
from terminal.flows.recharge import recharge
from tests.core.pricing.goods import tariff
from tests.flows.scripted import CANCEL, IN_PARTS, PAID, SKIP, Script, ScriptedDesk, play
from tests.flows.shop import FILL, FILL_DUE, GOODS, GOODS_DUE, HOLDERS, PHONE, POLICY, WANG, WANG_CARD
from tests.flows.test_recharge import ALL_WAYS

CODE = PayCode(wallet=Wallet.WECHAT, digits="134567890123456789")
OTHER = PayCode(wallet=Wallet.ALIPAY, digits="2812345678901234")
STORED, CASH, BY_CODE = TenderKind.STORED, TenderKind.CASH, TenderKind.CODE
ALONE: Script = (
    ("fill_cart", GOODS),
    ("offer_card", SKIP),
    ("choose_tender", BY_CODE),
    ("scan_pay_code", CODE),
    ("charge", PAID),
)
WITH_VALUE: Script = (
    ("fill_cart", GOODS),
    ("offer_card", WANG_CARD),
    ("choose_tender", IN_PARTS),
    ("choose_tender", STORED),
    ("ask_part", 9_00),
    ("choose_tender", BY_CODE),
    ("confirm", True),
    ("scan_pay_code", CODE),
    ("charge", PAID),
)


def desk_of(script: Script) -> ScriptedDesk:
    desk = ScriptedDesk(script, holders=HOLDERS, policy=POLICY)
    desk.acquirer = True
    return desk


def sold(desk: ScriptedDesk) -> BookSale:
    assert desk.finished
    (sale,) = desk.booked
    assert isinstance(sale, BookSale)
    return sale


def test_what_is_charged_is_what_is_booked_under_the_id_that_the_acquirer_waits_for() -> None:
    desk = desk_of(ALONE)
    assert play(checkout(desk)) is None
    sale = sold(desk)
    assert desk.charged == [(CODE, GOODS_DUE, sale.id, None)]
    assert sale.tenders == (Tender(kind=BY_CODE, amount=GOODS_DUE, of="wechat"),)
    assert desk.shown[-1] == GOODS_DUE


def test_of_a_split_bill_the_code_comes_last_and_pays_its_part_alone() -> None:
    desk = desk_of(WITH_VALUE)
    assert play(checkout(desk)) is None
    sale = sold(desk)
    assert desk.charged == [(CODE, 10_34, sale.id, WANG.wallet)]
    assert [(one.kind, one.amount, one.of) for one in sale.tenders] == [
        (STORED, 9_00, ""),
        (BY_CODE, 10_34, "wechat"),
    ]


def test_a_refused_code_books_nothing_and_the_next_one_goes_by_another_id() -> None:
    script = (*ALONE[:-1], ("charge", NotPaidOutside("x")), ALONE[2], ("scan_pay_code", OTHER), ALONE[-1])
    desk = desk_of(script)
    assert play(checkout(desk)) is None
    sale = sold(desk)
    assert desk.declined == ["A171"]
    assert [consumer == sale.id for _, _, consumer, _ in desk.charged] == [False, True]
    assert sale.tenders[0].of == "alipay"


@pytest.mark.parametrize("fault", [PaymentInDoubt("x"), Cancelled()])
def test_what_nobody_knows_or_was_taken_back_is_not_booked(fault: PaymentInDoubt | Cancelled) -> None:
    desk = desk_of((*ALONE[:-1], ("charge", fault)))
    assert play(checkout(desk)) is fault
    assert (desk.booked, desk.handed_over) == ([], [])


def test_a_swapped_card_is_noticed_before_money_moves_outside() -> None:
    desk = desk_of(WITH_VALUE[:-2])
    desk.card_gone = CardSwapped("x")
    assert play(checkout(desk)) is desk.card_gone
    assert desk.finished
    assert (desk.charged, desk.booked) == ([], [])


def test_by_the_shops_own_code_the_attendants_word_counts_where_policy_says_so() -> None:
    desk = ScriptedDesk(
        (*ALONE[:-2], ("scan_pay_code", SKIP), ("confirm", True)),
        holders=HOLDERS,
        policy=replace(POLICY, confirmed=(Confirmed.CODE,)),
    )
    desk.acquirer = True
    assert play(checkout(desk)) is None
    assert (sold(desk).tenders[0].of, desk.charged) == ("", [])


@pytest.mark.parametrize(
    "script", [(*each[:at], (each[at][0], CANCEL)) for each in (ALONE, WITH_VALUE) for at in range(len(each))]
)
def test_cancelled_at_any_step_it_books_nothing(script: Script) -> None:
    desk = desk_of(script)
    play(checkout(desk))
    assert desk.finished
    assert (desk.booked, desk.handed_over) == ([], [])


FUEL: Script = (
    ("read_badge", "E01"),
    ("offer_driver", PHONE),
    ("read_fill", FILL),
    ("choose_tender", BY_CODE),
    ("scan_pay_code", CODE),
    ("charge", PAID),
)


def test_fuel_is_charged_the_same_way() -> None:
    script = (*FUEL[:-1], ("charge", NotPaidOutside("x")), *FUEL[3:])
    desk = desk_of(script)
    assert play(join(desk)) is None
    sale = sold(desk)
    assert desk.declined == ["A171"]
    assert desk.charged[-1] == (CODE, FILL_DUE, sale.id, None)
    assert (sale.tenders[0].of, sale.opens is not None) == ("wechat", True)


@pytest.mark.parametrize("at", range(len(FUEL)))
def test_cancelled_at_any_step_of_a_fill_it_books_nothing(at: int) -> None:
    desk = desk_of((*FUEL[:at], (FUEL[at][0], CANCEL)))
    play(join(desk))
    assert desk.finished
    assert desk.booked == []


MARK = "a" * 32
BRINGS = replace(POLICY, referral=Referral(on=(Trigger.FIRST_SPEND,)))


def tender_of(desk: ScriptedDesk, flow: Callable[[ScriptedDesk], Coroutine[Any, Any, None]]) -> Tender:
    desk.payer = MARK
    assert play(flow(desk)) is None
    return next(one for one in sold(desk).tenders if one.kind is BY_CODE)


def test_who_paid_is_marked_where_bringing_members_is_rewarded() -> None:
    desk = desk_of(WITH_VALUE)
    desk.change(BRINGS)
    assert tender_of(desk, checkout).payer == MARK


def test_and_where_a_service_is_given_for_it() -> None:
    desk = ScriptedDesk(
        WITH_VALUE,
        holders=HOLDERS,
        policy=POLICY,
        tariff=tariff(gets={"rule": "friend_gets", "unit": "count:F02"}),
    )
    desk.acquirer = True
    assert desk.gives_bringers
    assert tender_of(desk, checkout).payer == MARK


def test_nobody_is_marked_where_nothing_is_judged_by_it() -> None:
    assert tender_of(desk_of(WITH_VALUE), checkout).payer == ""


def test_a_stranger_is_never_marked() -> None:
    desk = desk_of(ALONE)
    desk.change(BRINGS)
    assert tender_of(desk, checkout).payer == ""


def test_a_fill_is_marked_with_who_joins_by_it_and_of_a_stranger_not() -> None:
    desk = desk_of(FUEL)
    desk.change(BRINGS)
    assert tender_of(desk, join).payer == MARK
    desk = desk_of(tuple(("offer_driver", SKIP) if one[0] == "offer_driver" else one for one in FUEL))
    desk.change(BRINGS)
    assert tender_of(desk, join).payer == ""


@pytest.mark.parametrize(("policy", "mark"), [(BRINGS, MARK), (POLICY, "")])
def test_so_is_who_paid_a_recharge(policy: Policy, mark: str) -> None:
    script: Script = (
        ("read_card", WANG_CARD),
        ("ask_amount", 500_00),
        ("choose", "code"),
        ("scan_pay_code", CODE),
        ("charge", PAID),
    )
    desk = desk_of(script)
    desk.change(replace(policy, recharge_by=ALL_WAYS.recharge_by))
    desk.payer = MARK
    assert play(recharge(desk)) is None
    (command,) = desk.booked
    assert isinstance(command, BookRecharge)
    assert (command.through, command.payer) == ("wechat", mark)


def test_money_that_the_attendant_saw_is_of_nobody() -> None:
    desk = ScriptedDesk(
        (*WITH_VALUE[:-2], ("scan_pay_code", SKIP), ("confirm", True)),
        holders=HOLDERS,
        policy=replace(BRINGS, confirmed=(Confirmed.CODE,)),
    )
    desk.acquirer = True
    tender = tender_of(desk, checkout)
    assert (tender.of, tender.payer) == ("", "")
