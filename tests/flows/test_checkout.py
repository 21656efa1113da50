from __future__ import annotations

import pytest
from msgspec.structs import replace

from terminal.core.cart import Cart
from terminal.core.commands import (
    BookGrant,
    BookSale,
    Discount,
    Grant,
    PointsEarned,
    SpendOrder,
    Tender,
    TenderKind,
)
from terminal.core.errors import CardGone, CardSwapped, InsufficientFunds, LedgerClosed
from terminal.core.ledger.state import Wallet
from terminal.core.override import Override
from terminal.core.pricing import parsed
from terminal.core.trust import Holder
from terminal.core.values import StaffId
from terminal.flows.checkout import checkout
from tests.flows.scripted import CANCEL, SKIP, Script, ScriptedDesk, play
from tests.flows.shop import (
    BREAD,
    FILL,
    FILL_DUE,
    GOODS,
    GOODS_DUE,
    HOLDERS,
    MILK,
    POLICY,
    STRANGER,
    UNNAMED_CARD,
    WANG,
    WANG_CARD,
)

PAYS_FROM_CARD: Script = (
    ("fill_cart", GOODS),
    ("offer_card", WANG_CARD),
    ("choose_tender", TenderKind.STORED),
    ("confirm", True),
)
MEMBER_PAYS_CASH: Script = (
    ("fill_cart", GOODS),
    ("offer_card", WANG_CARD),
    ("choose_tender", TenderKind.CASH),
    ("ask_cash", 20_00),
    ("confirm", True),
)
STRANGER_PAYS_CASH: Script = (
    ("fill_cart", GOODS),
    ("offer_card", SKIP),
    ("ask_cash", 19_30),
    ("confirm", True),
)
DIALOGUES = (PAYS_FROM_CARD, MEMBER_PAYS_CASH, STRANGER_PAYS_CASH)


FUEL = replace(FILL, fen=FILL_DUE, nozzle=1, of="f")
BOTH = GOODS.filled(FUEL)


def test_goods_and_fuel_are_one_sale_and_their_points_are_apart() -> None:
    desk = at_the_desk(
        (
            ("fill_cart", BOTH),
            ("offer_card", WANG_CARD),
            ("choose_tender", TenderKind.CASH),
            ("ask_cash", 300_00),
            ("confirm", True),
        )
    )
    assert play(checkout(desk)) is None
    sale = sold(desk)
    assert sale.due == GOODS_DUE + FILL_DUE
    assert [one.sku for one in sale.lines] == [*(one.article.sku for one in GOODS.lines), "fuel-92"]
    assert sale.tenders == (Tender(kind=TenderKind.CASH, amount=GOODS_DUE + FILL_DUE - sale.rounding),)
    assert {one.family: one.points for one in sale.points} == {"goods": 19, "petrol": 27}
    assert (desk.fills_asked, desk.fills_sold) == ([FUEL], 1)


def test_goods_alone_are_no_fill() -> None:
    desk = at_the_desk(MEMBER_PAYS_CASH)
    play(checkout(desk))
    assert (desk.fills_asked, desk.fills_sold) == ([], 0)


def test_a_fill_that_was_not_paid_waits_on() -> None:
    desk = at_the_desk((("fill_cart", BOTH), ("offer_card", SKIP), ("ask_cash", 300_00), ("confirm", False)))
    play(checkout(desk))
    assert (desk.booked, desk.fills_sold) == ([], 0)


def with_litres(script: Script, litres: int = 10_00) -> ScriptedDesk:
    desk = at_the_desk(script)
    desk.sold.book.wallets.setdefault(WANG.wallet, Wallet(member=WANG.member))
    grants = (Grant(unit="litres:92", amount=litres),)
    desk.sold.book.book(BookGrant, wallet=WANG.wallet, why="x", grants=grants)
    desk.pin, desk.pin_cause_is = "135790", None
    return desk


def test_litres_paid_ahead_pay_of_both_what_is_theirs() -> None:
    paid: Script = (("choose_tender", TenderKind.CASH), ("ask_cash", 300_00), ("confirm", True))
    desk = with_litres((("fill_cart", BOTH), ("offer_card", WANG_CARD), ("choose", "ahead"), *paid))
    assert play(checkout(desk)) is None
    sale = sold(desk)
    assert (sale.lines[0].sku, sale.lines[0].quantity) == ("fuel-92", 10_00)
    assert sale.tenders[0] == Tender(
        kind=TenderKind.USES, amount=73_80, of="litres:92", units=10_00, places=(0,)
    )
    assert sum(one.amount for one in sale.tenders) + sale.rounding == GOODS_DUE + FILL_DUE


def test_where_no_fuel_is_bought_nobody_asks_about_litres() -> None:
    desk = with_litres(MEMBER_PAYS_CASH)
    assert play(checkout(desk)) is None
    assert desk.finished


def at_the_desk(script: Script) -> ScriptedDesk:
    return ScriptedDesk(script, holders=HOLDERS, policy=POLICY)


def wang(*, principal: int, bonus: int) -> Holder:
    return replace(WANG, principal=principal, bonus=bonus)


def sold(desk: ScriptedDesk) -> BookSale:
    assert desk.finished
    assert len(desk.booked) == 1
    assert isinstance(desk.booked[0], BookSale)
    return desk.booked[0]


def test_a_member_pays_from_the_card() -> None:
    desk = at_the_desk(PAYS_FROM_CARD)
    assert play(checkout(desk)) is None
    sale = sold(desk)
    assert (sale.wallet, sale.card, sale.due) == (WANG.wallet, WANG.card, GOODS_DUE)
    assert sale.tenders == (Tender(kind=TenderKind.STORED, amount=GOODS_DUE),)
    assert (sale.rounding, sale.received, sale.opens) == (0, 0, None)
    assert sale.points == (PointsEarned(family="goods", points=19, base=1934, step=100),)
    assert [(line.sku, line.quantity, line.net) for line in sale.lines] == [
        ("M01", 2, 7_00),
        ("B01", 1, 12_34),
    ]
    assert desk.handed_over == ["Paid. Hand over the goods and the receipt."]


def test_the_price_is_shown_before_the_card_and_before_it_is_charged() -> None:
    desk = at_the_desk(PAYS_FROM_CARD)
    play(checkout(desk))
    assert desk.shown == [GOODS_DUE, GOODS_DUE, GOODS_DUE]
    assert [(line.label.text, line.value) for line in desk.lines][-1] == ("Balance after", "¥90.66")


def test_cash_drops_its_last_fen_and_gives_change() -> None:
    desk = at_the_desk(MEMBER_PAYS_CASH)
    play(checkout(desk))
    sale = sold(desk)
    assert (sale.tenders[0].amount, sale.rounding, sale.received) == (19_30, 4, 20_00)
    assert sale.due == sale.tenders[0].amount + sale.rounding
    assert sale.points == (PointsEarned(family="goods", points=19, base=1930, step=100),)
    assert desk.asked[-1] == ("confirm", "Take the cash, give ¥0.70 back?")
    shown = [(line.label.text, line.value) for line in desk.lines]
    assert ("Cash rounding", "-¥0.04") in shown
    assert ("Change", "¥0.70") in shown


def test_somebody_without_a_card_pays_cash_and_earns_nothing() -> None:
    desk = at_the_desk(STRANGER_PAYS_CASH)
    play(checkout(desk))
    sale = sold(desk)
    assert (sale.wallet, sale.card, sale.points) == (None, None, ())


def test_bonus_earns_no_points() -> None:
    poor = HOLDERS | {WANG_CARD: wang(principal=10_00, bonus=50_00)}
    desk = ScriptedDesk(PAYS_FROM_CARD, holders=poor, policy=POLICY)
    play(checkout(desk))
    assert sold(desk).points == (PointsEarned(family="goods", points=10, base=1000, step=100),)


def test_principal_whose_recharge_earned_points_earns_no_more() -> None:
    desk = at_the_desk(PAYS_FROM_CARD)
    desk.principal_earned = 10_00
    play(checkout(desk))
    assert sold(desk).points == (PointsEarned(family="goods", points=9, base=934, step=100),)


def test_cash_earns_whatever_lies_on_the_card() -> None:
    desk = at_the_desk(MEMBER_PAYS_CASH)
    desk.principal_earned = 10_00
    play(checkout(desk))
    assert sold(desk).points == (PointsEarned(family="goods", points=19, base=1930, step=100),)


def test_points_follow_the_order_in_which_value_is_spent() -> None:
    policy = replace(POLICY, spend_order=SpendOrder.PROPORTIONAL)
    desk = ScriptedDesk(PAYS_FROM_CARD, holders=HOLDERS, policy=policy)
    play(checkout(desk))
    # 1934 x 10000 / 11000 = 1758.2, the bonus its whole fen: 17 whole yuan of principal.
    assert sold(desk).points == (PointsEarned(family="goods", points=17, base=1759, step=100),)
    assert sold(desk).spend_order is SpendOrder.PROPORTIONAL


@pytest.mark.parametrize("rewards", [True, False])
def test_unnamed_cards_earn_where_the_shop_says_so(rewards: bool) -> None:  # noqa: FBT001  a parameter
    script = (PAYS_FROM_CARD[0], ("offer_card", UNNAMED_CARD), *PAYS_FROM_CARD[2:])
    policy = replace(POLICY, unnamed_rewards=rewards)
    desk = ScriptedDesk(script, holders=HOLDERS, policy=policy)
    play(checkout(desk))
    assert bool(sold(desk).points) is rewards


COUPONS = {
    "rule": "spend_coupon",
    "name": "next time",
    "reach": 1_00,
    "kind": "autumn",
    "face": 5_00,
    "threshold": 30_00,
    "count": 2,
    "use_since": "2026-12-01",
    "use_until": "2026-12-31",
}


def test_a_member_is_given_coupons_for_another_day() -> None:
    tariff, _ = parsed([("next", COUPONS)])
    desk = ScriptedDesk(PAYS_FROM_CARD, holders=HOLDERS, policy=POLICY, tariff=tariff)
    play(checkout(desk))
    given = sold(desk).coupons
    assert [(one.kind, one.face, one.threshold, one.since, one.until) for one in given] == [
        ("autumn", 5_00, 30_00, "2026-12-01", "2026-12-31")
    ] * 2
    assert len({one.coupon for one in given}) == 2


VOUCHER = {
    "rule": "spend_voucher",
    "name": "back",
    "worth": 20_00,
    "members": False,
    "count": 2,
    "use_days": 30,
}


def test_a_member_is_given_cash_vouchers_that_pay_from_tomorrow() -> None:
    tariff, _ = parsed([("back", VOUCHER)])
    desk = ScriptedDesk(PAYS_FROM_CARD, holders=HOLDERS, policy=POLICY, tariff=tariff)
    play(checkout(desk))
    given = sold(desk).vouchers
    assert [(one.amount, one.since, one.until) for one in given] == [(20_00, "2026-11-25", "2026-12-24")] * 2
    assert len({one.unit for one in given}) == 2
    assert all(one.unit.startswith("voucher:") for one in given)
    nobody = ScriptedDesk(STRANGER_PAYS_CASH, holders=HOLDERS, policy=POLICY, tariff=tariff)
    play(checkout(nobody))
    assert sold(nobody).vouchers == ()


def test_who_earns_nothing_is_given_none() -> None:
    tariff, _ = parsed([("next", {**COUPONS, "members": False})])
    nobody = ScriptedDesk(STRANGER_PAYS_CASH, holders=HOLDERS, policy=POLICY, tariff=tariff)
    play(checkout(nobody))
    assert sold(nobody).coupons == ()


def test_an_unknown_card_is_declined_and_another_may_be_presented() -> None:
    desk = at_the_desk((PAYS_FROM_CARD[0], ("offer_card", STRANGER), *PAYS_FROM_CARD[1:]))
    play(checkout(desk))
    assert desk.declined == ["14"]
    assert sold(desk).wallet == WANG.wallet


def test_too_little_on_the_card_is_declined_and_cash_may_be_taken() -> None:
    poor = {WANG_CARD: wang(principal=10_00, bonus=9_33)}
    script = (*PAYS_FROM_CARD[:3], *MEMBER_PAYS_CASH[2:])
    desk = ScriptedDesk(script, holders=poor, policy=POLICY)
    play(checkout(desk))
    assert desk.declined == ["51"]
    assert sold(desk).tenders[0].kind is TenderKind.CASH


def test_the_last_fen_of_a_card_can_be_spent() -> None:
    exactly = {WANG_CARD: wang(principal=10_00, bonus=9_34)}
    desk = ScriptedDesk(PAYS_FROM_CARD, holders=exactly, policy=POLICY)
    play(checkout(desk))
    assert sold(desk).tenders == (Tender(kind=TenderKind.STORED, amount=GOODS_DUE),)


@pytest.mark.parametrize("fault", [CardSwapped("x"), CardGone("x")])
def test_a_card_that_was_swapped_or_taken_away_pays_nothing(fault: CardSwapped | CardGone) -> None:
    desk = at_the_desk(PAYS_FROM_CARD)
    desk.card_gone = fault
    assert play(checkout(desk)) is fault
    assert desk.booked == []


def test_a_swapped_card_does_not_matter_to_cash() -> None:
    desk = at_the_desk(MEMBER_PAYS_CASH)
    desk.card_gone = CardSwapped("x")
    assert play(checkout(desk)) is None
    assert sold(desk)


@pytest.mark.parametrize("fault", [InsufficientFunds("spent elsewhere"), LedgerClosed("disk full")])
def test_what_the_ledger_refuses_is_not_handed_over(fault: InsufficientFunds | LedgerClosed) -> None:
    desk = at_the_desk(PAYS_FROM_CARD)
    desk.fails = fault
    assert play(checkout(desk)) is fault
    assert desk.handed_over == []


def test_a_no_to_the_last_question_books_nothing() -> None:
    desk = at_the_desk((*PAYS_FROM_CARD[:-1], ("confirm", False)))
    assert play(checkout(desk)) is None
    assert desk.booked == []
    assert desk.said == ["Cancelled. Nothing was charged."]


@pytest.mark.parametrize(
    "script", [(*each[:at], (each[at][0], CANCEL)) for each in DIALOGUES for at in range(len(each))]
)
def test_cancelled_at_any_step_it_books_nothing(script: Script) -> None:
    desk = at_the_desk(script)
    play(checkout(desk))
    assert desk.finished
    assert desk.booked == []
    assert desk.handed_over == []


def test_a_sum_below_the_cash_step_is_paid_as_it_is() -> None:
    bag = Cart().keyed(5, POLICY.keyed_article)
    desk = at_the_desk((("fill_cart", bag), ("offer_card", SKIP), ("ask_cash", 5), ("confirm", True)))
    play(checkout(desk))
    sale = sold(desk)
    assert (sale.due, sale.tenders[0].amount, sale.rounding) == (5, 5, 0)


def test_goods_and_keyed_amounts_stand_on_one_bill() -> None:
    mixed = Cart().scanned(MILK).keyed(9_90, POLICY.keyed_article).scanned(BREAD)
    desk = at_the_desk(
        (("fill_cart", mixed), *STRANGER_PAYS_CASH[1:2], ("ask_cash", 30_00), ("confirm", True))
    )
    play(checkout(desk))
    assert [line.name for line in sold(desk).lines] == ["牛奶", "商品", "面包"]
    assert sold(desk).due == 3_50 + 9_90 + 12_34


TENTH = {"rule": "percent_off", "name": "会员日", "members": True, "pay": 90}


def with_promotions(script: Script, **promotions: dict[str, object]) -> ScriptedDesk:
    tariff, refused = parsed(promotions.items())
    assert not refused
    return ScriptedDesk(script, holders=HOLDERS, policy=POLICY, tariff=tariff)


def test_a_member_pays_the_members_price_and_each_promotion_is_booked_by_name() -> None:
    desk = with_promotions(PAYS_FROM_CARD, day=TENTH)
    assert play(checkout(desk)) is None
    sale = sold(desk)
    assert [[(off.name, off.amount) for off in line.discounts] for line in sale.lines] == [
        [("会员日", 70)],
        [("会员日", 1_23)],
    ]
    assert (sale.due, sale.tenders[0].amount) == (17_41, 17_41)
    assert desk.shown == [GOODS_DUE, 17_41, 17_41]
    assert [line.value for line in desk.lines][:2] == ["¥7.00", "-¥0.70"]


def test_somebody_without_a_card_pays_the_list_price() -> None:
    desk = with_promotions(STRANGER_PAYS_CASH, day=TENTH)
    assert play(checkout(desk)) is None
    assert sold(desk).due == GOODS_DUE


def test_where_promotions_leave_nothing_to_pay_nothing_is_taken() -> None:
    script: Script = (("fill_cart", GOODS), ("offer_card", WANG_CARD), ("confirm", True))
    desk = with_promotions(script, free={**TENTH, "pay": 0})
    assert play(checkout(desk)) is None
    sale = sold(desk)
    assert (sale.due, sale.tenders, sale.received, sale.points) == (0, (), 0, ())
    assert desk.asked[-1] == ("confirm", "Nothing is due. Hand over the goods?")


@pytest.mark.parametrize(
    ("whose", "own_points", "earned"), [("E01", False, 0), ("E01", True, 1), ("E07", False, 1)]
)
def test_what_attendants_sell_to_themselves_earns_where_policy_says_so(
    whose: str, earned: int, *, own_points: bool
) -> None:
    desk = ScriptedDesk(PAYS_FROM_CARD, holders=HOLDERS, policy=replace(POLICY, own_points=own_points))
    desk.own = {StaffId(whose): WANG.wallet}
    assert play(checkout(desk)) is None
    assert len(sold(desk).points) == earned


@pytest.mark.parametrize(("by", "second"), [("E01", None), ("E02", "E02")])
def test_whoever_approved_what_was_taken_off_is_in_the_entry(by: str, second: str | None) -> None:
    cart = GOODS.overridden(1, Override(reason="破损", by=StaffId(by), percent=50))
    pays: Script = (("fill_cart", cart), ("offer_card", SKIP), ("ask_cash", 13_10), ("confirm", True))
    desk = at_the_desk(pays)
    assert play(checkout(desk)) is None
    sale = sold(desk)
    assert sale.at.second == second
    assert sale.lines[1].discounts == (Discount(name="破损", amount=6_17, by=StaffId(by)),)
    assert (sale.due, sale.rounding) == (13_17, 7)
