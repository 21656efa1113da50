"""Coupons that a member holds, as dialogues: at the counter, at the pump, and where a deposit is settled."""

from __future__ import annotations

from typing import Any

import pytest
from msgspec.structs import replace

from terminal.core.cart import Cart, Presented
from terminal.core.commands import BookExpiry, BookGrant, BookSale, BookWithdrawal, CouponGrant, TenderKind
from terminal.core.errors import (
    CouponAway,
    CouponElsewhere,
    CouponNotUsable,
    CouponOfMember,
    CouponOver,
    CouponUsed,
    CouponWithdrawn,
    PinLocked,
    Refused,
)
from terminal.core.pin import PinCause
from terminal.core.pricing import Tariff, parsed
from terminal.core.rights import Floor, Want
from terminal.core.trust import Credential
from terminal.core.visit import Usable
from terminal.flows.checkout import checkout
from terminal.flows.join import join
from tests.core.ledger.book import C1, W1, Book
from tests.flows.scripted import CANCEL, SKIP, Script, ScriptedDesk, play
from tests.flows.shop import BREAD, FILL, FILL_DUE, GOODS, GOODS_DUE, PHONE, POLICY, WANG, WANG_CARD

HOLDER = replace(WANG, wallet=W1, card=C1)
FIVE = CouponGrant(coupon="five", kind="c5", face=5_00, threshold=15_00)
THREE = CouponGrant(coupon="three", kind="c3", face=3_00, threshold=0)
FAR = CouponGrant(coupon="far", kind="c18", face=18_00, threshold=400_00)
CASH: Script = (("choose_tender", TenderKind.CASH), ("ask_cash", 20_00), ("confirm", True))


def tariff(**promotions: dict[str, Any]) -> Tariff:
    found, refused = parsed((id_, {"name": id_, **said}) for id_, said in promotions.items())
    assert not refused
    return found


def at_the_desk(
    *script: Any, held: tuple[CouponGrant, ...] = (), key: Credential = WANG_CARD
) -> ScriptedDesk:
    desk = ScriptedDesk(script, holders={key: HOLDER}, policy=POLICY, tariff=tariff())
    desk.sold.book = Book().with_member(card=C1)
    if held:
        desk.sold.book.book(BookGrant, wallet=W1, why="autumn", coupons=held)
    return desk


def counter(*then: Any, goods: Cart = GOODS, key: Credential = WANG_CARD) -> tuple[Any, ...]:
    return (("fill_cart", goods), ("offer_card", key), *then)


def sale_of(desk: ScriptedDesk) -> BookSale:
    assert desk.finished
    (booked,) = desk.booked
    assert isinstance(booked, BookSale)
    return booked


def test_a_coupon_comes_off_and_is_used_in_the_entry_of_the_sale() -> None:
    desk = at_the_desk(*counter(("choose", "five"), *CASH), held=(FIVE,))
    assert play(checkout(desk)) is None
    sale = sale_of(desk)
    assert (sale.coupons_used, sale.due, sale.wallet) == (("five",), GOODS_DUE - 5_00, W1)
    assert sum(off.amount for line in sale.lines for off in line.discounts) == 5_00
    desk.sold.book.keep_command(replace(sale, id=desk.sold.book.next_id()))
    assert desk.sold.book.of(W1, "coupon:five") == 0


def test_the_best_is_offered_first_then_the_others_and_none() -> None:
    desk = at_the_desk(*counter(("choose", "three"), *CASH), held=(THREE, FAR, FIVE))
    play(checkout(desk))
    assert desk.offered == [("five", "three", "none")]
    assert sale_of(desk).coupons_used == ("three",)


def test_of_coupons_that_are_alike_the_one_that_ends_first_is_offered() -> None:
    sooner = replace(FIVE, coupon="sooner", until="2026-11-30")
    desk = at_the_desk(*counter(("choose", "sooner"), *CASH), held=(FIVE, sooner, THREE))
    play(checkout(desk))
    assert desk.offered == [("sooner", "three", "none")]


def test_the_member_keeps_the_coupon_for_another_day() -> None:
    desk = at_the_desk(*counter(("choose", "none"), *CASH), held=(FIVE,))
    play(checkout(desk))
    assert (sale_of(desk).coupons_used, sale_of(desk).due) == ((), GOODS_DUE)


@pytest.mark.parametrize(
    "one",
    [
        FAR,
        replace(FIVE, until="2026-11-23"),
        replace(FIVE, since="2026-11-25"),
    ],
)
def test_nothing_is_asked_about_one_that_is_not_reached_or_not_of_today(one: CouponGrant) -> None:
    desk = at_the_desk(*counter(*CASH), held=(one,))
    play(checkout(desk))
    assert sale_of(desk).coupons_used == ()
    assert desk.offered == []


def test_no_more_are_offered_than_a_screen_holds() -> None:
    many = tuple(CouponGrant(coupon=f"c{n}", kind=f"c{n}", face=n, threshold=0) for n in range(1, 9))
    desk = at_the_desk(*counter(("choose", "c8"), *CASH), held=many)
    play(checkout(desk))
    assert desk.offered == [("c8", "c1", "c2", "c3", "c4", "c5", "none")]


def test_a_coupon_that_pays_it_all_is_handed_over_for_nothing() -> None:
    desk = at_the_desk(
        *counter(("choose", "all"), ("confirm", True)),
        held=(CouponGrant(coupon="all", kind="free", face=GOODS_DUE, threshold=0),),
    )
    play(checkout(desk))
    assert (sale_of(desk).due, sale_of(desk).tenders) == (0, ())


def test_nothing_is_booked_when_the_question_is_left() -> None:
    desk = at_the_desk(*counter(("choose", CANCEL)), held=(FIVE,))
    play(checkout(desk))
    assert desk.booked == []


# A phone number identifies, and pays nothing.


def by_phone(*then: Any) -> ScriptedDesk:
    desk = at_the_desk(*counter(("choose", "five"), *then, key=PHONE), held=(FIVE,), key=PHONE)
    desk.pin_cause_is, desk.pin = PinCause.PHONE, "246810"
    return desk


def test_found_by_phone_the_coupon_wants_the_pin() -> None:
    desk = by_phone(("ask_pin", "246810"), *CASH)
    assert play(checkout(desk)) is None
    assert (sale_of(desk).coupons_used, sale_of(desk).by_pin) == (("five",), True)
    assert desk.pin_fen == [5_00]


def test_who_has_no_pin_is_asked_for_none() -> None:
    desk = at_the_desk(*counter(*CASH, key=PHONE), held=(FIVE,), key=PHONE)
    play(checkout(desk))
    assert (sale_of(desk).coupons_used, desk.offered) == ((), [])


def test_once_the_pin_is_locked_the_sale_goes_on_without_the_coupon() -> None:
    desk = by_phone(("choose", "none"), *CASH)
    desk.pin_cause_is = PinLocked("5 tries were wrong")
    play(checkout(desk))
    assert desk.declined == [PinLocked.code]
    assert (sale_of(desk).coupons_used, sale_of(desk).by_pin) == ((), False)


def test_what_a_coupon_takes_off_is_asked_for_as_all_else_that_a_wallet_spends() -> None:
    desk = at_the_desk(*counter(("choose", "five"), *CASH), held=(FIVE,))
    assert play(checkout(desk)) is None
    assert (sale_of(desk).by_pin, sale_of(desk).by_code, desk.pin_fen) == (False, (), [5_00])
    above = at_the_desk(*counter(("choose", "five"), ("ask_pin", "246810"), *CASH), held=(FIVE,))
    above.pin_cause_is, above.pin = PinCause.ABOVE, "246810"
    assert play(checkout(above)) is None
    assert sale_of(above).by_pin is True


def test_what_replaces_another_discount_counts_as_it_stands_in_the_lines() -> None:
    desk = at_the_desk(*counter(("choose", "five"), *CASH), held=(FIVE,))
    less = {"rule": "spend_less", "rungs": [{"reach": 10_00, "less": 2_00}]}
    terms = {"rule": "coupon_amount", "less": 5_00, "alone": True}
    desk._tariff = tariff(c5=terms, less=less)
    play(checkout(desk))
    assert (sale_of(desk).due, desk.pin_fen) == (GOODS_DUE - 5_00, [5_00])


def stored(*pin: Any) -> Script:
    return (("choose_tender", TenderKind.STORED), *pin, ("confirm", True))


@pytest.mark.parametrize("by_pin", [False, True])
def test_stored_value_beside_a_coupon_that_no_pin_was_keyed_for_is_asked_with_it(*, by_pin: bool) -> None:
    pin: Script = (("ask_pin", "246810"),) if by_pin else ()
    desk = at_the_desk(*counter(("choose", "five"), *pin, *stored(*pin)), held=(FIVE,))
    desk.pin_cause_is, desk.pin = PinCause.ABOVE if by_pin else None, "246810"
    assert play(checkout(desk)) is None
    assert desk.pin_fen == [5_00, GOODS_DUE - 5_00 if by_pin else GOODS_DUE]
    assert sale_of(desk).by_pin is by_pin


def test_at_the_pump_a_coupon_of_the_member_comes_off_the_fill() -> None:
    off = CouponGrant(coupon="fuel", kind="fuel", face=10_00, threshold=200_00)
    desk = at_the_desk(
        ("read_badge", "ST-0301"),
        ("offer_driver", PHONE),
        ("read_fill", FILL),
        ("choose", "fuel"),
        ("ask_pin", "246810"),
        ("choose_tender", TenderKind.CASH),
        ("ask_cash", 200_00),
        ("confirm", True),
        held=(off,),
        key=PHONE,
    )
    desk.pin_cause_is, desk.pin = PinCause.PHONE, "246810"
    assert play(join(desk)) is None
    sale = sale_of(desk)
    assert (sale.coupons_used, sale.due, sale.by_pin) == (("fuel",), FILL_DUE - 10_00, True)


def test_a_discount_on_the_order_that_is_better_stays_and_the_coupon_too() -> None:
    terms = {"rule": "coupon_amount", "less": 5_00, "alone": True}
    less = {"rule": "spend_less", "rungs": [{"reach": 10_00, "less": 6_00}]}
    desk = at_the_desk(*counter(*CASH, goods=Cart().scanned(BREAD)), held=(FIVE,))
    desk._tariff = tariff(c5=terms, less=less)
    play(checkout(desk))
    assert (sale_of(desk).due, sale_of(desk).coupons_used) == (6_34, ())


# Handed over by their codes


def handed(*coupons: str, account: str = "", goods: Cart = GOODS) -> Cart:
    for one in coupons:
        goods = goods.presented(Presented(coupon=one, account=account))
    return goods


def roaming(desk: ScriptedDesk, *, brings: bool, reached: bool = True) -> ScriptedDesk:
    """Headquarters may have it."""

    async def bring(card: Credential, holder: Any, wants: Any) -> Usable:
        assert card == WANG_CARD
        desk.wanted.append(tuple(wants))
        if brings:
            desk.sold.book.book(BookGrant, wallet=W1, why="brought", coupons=(THREE,))
        return Usable(holder=holder, floor=None if reached else Floor(wallet=0, site=0))

    desk.roams = True
    desk.bring = bring  # type: ignore[method-assign]
    return desk


def test_what_is_handed_over_is_offered_before_what_is_worth_more() -> None:
    desk = at_the_desk(*counter(("choose", "three"), *CASH, goods=handed("three")), held=(THREE, FIVE))
    play(checkout(desk))
    assert desk.offered == [("three", "five", "none")]
    assert sale_of(desk).coupons_used == ("three",)


def test_whoever_has_the_code_has_the_coupon_and_keys_no_pin_for_it() -> None:
    script = counter(("choose", "five"), *CASH, goods=handed("five"), key=PHONE)
    desk = at_the_desk(*script, held=(FIVE, THREE), key=PHONE)
    desk.pin_cause_is = PinCause.PHONE
    play(checkout(desk))
    assert desk.offered == [("five", "none")], "of what was not handed over nothing is said"
    assert (sale_of(desk).coupons_used, sale_of(desk).by_pin) == (("five",), False)
    assert (sale_of(desk).by_code, desk.pin_fen) == (("five",), [])


def test_stored_value_beside_one_that_was_handed_over_is_asked_for_alone() -> None:
    desk = at_the_desk(*counter(("choose", "five"), *stored(), goods=handed("five")), held=(FIVE,))
    play(checkout(desk))
    assert (sale_of(desk).by_code, desk.pin_fen) == (("five",), [GOODS_DUE - 5_00])


def test_one_that_is_held_is_asked_for_though_another_was_handed_over() -> None:
    desk = at_the_desk(*counter(("choose", "three"), *CASH, goods=handed("five")), held=(FIVE, THREE))
    play(checkout(desk))
    assert (sale_of(desk).coupons_used, sale_of(desk).by_code, desk.pin_fen) == (("three",), (), [3_00])


def test_one_that_was_used_is_refused_with_its_time_and_the_sale_goes_on_without() -> None:
    desk = at_the_desk(*counter(("choose", "five"), *CASH), held=(FIVE,))
    play(checkout(desk))
    desk.sold.book.keep_command(replace(sale_of(desk), id=desk.sold.book.next_id()))
    desk.booked.clear()
    desk.answers(counter(*CASH, goods=handed("five")))
    play(checkout(desk))
    assert desk.declined == [CouponUsed.code]
    assert sale_of(desk).coupons_used == ()


def test_one_that_was_withdrawn_is_taken_back_and_the_sale_goes_on_without() -> None:
    desk = at_the_desk(*counter(*CASH, goods=handed("five")), held=(FIVE,))
    desk.sold.book.book(BookWithdrawal, coupon="five", why="printed twice")
    play(checkout(roaming(desk, brings=False)))
    assert (desk.declined, sale_of(desk).coupons_used) == ([CouponWithdrawn.code], ())
    assert desk.wanted == [], "nobody else has it"


def test_one_whose_last_day_is_over_is_taken_back_with_that_day_and_nobody_is_asked_for_it() -> None:
    last = replace(FIVE, coupon="last", until="2026-11-23")
    desk = at_the_desk(*counter(*CASH, goods=handed("last")), held=(last,))
    desk.sold.book.book(BookExpiry, wallet=W1, unit="coupon")
    play(checkout(roaming(desk, brings=False)))
    assert (desk.declined, sale_of(desk).coupons_used) == ([CouponOver.code], ())
    assert desk.wanted == [], "nobody else has it"
    assert CouponOver("2026-11-23").values == {"day": "2026-11-23"}


def test_another_members_is_refused_and_nobody_is_asked_for_it() -> None:
    cart = handed("theirs", account="wallet:w2:coupon:theirs")
    desk = roaming(at_the_desk(*counter(*CASH, goods=cart)), brings=False)
    play(checkout(desk))
    assert (desk.declined, desk.wanted) == ([CouponNotUsable.code], [])


def test_one_that_nobody_gave_is_refused_where_there_is_no_headquarters() -> None:
    desk = at_the_desk(*counter(*CASH, goods=handed("nobodys")))
    play(checkout(desk))
    assert (desk.declined, sale_of(desk).coupons_used) == ([CouponNotUsable.code], ())


def test_one_that_another_shop_holds_comes_while_both_are_online() -> None:
    cart = handed("three")
    desk = roaming(at_the_desk(*counter(("choose", "three"), *CASH, goods=cart)), brings=True)
    play(checkout(desk))
    assert desk.wanted == [(Want(account="wallet:w1:coupon:three", amount=1),)]
    assert sale_of(desk).coupons_used == ("three",)


@pytest.mark.parametrize("why", [CouponElsewhere, CouponAway])
def test_one_that_does_not_come_is_refused_by_why(why: type[Refused]) -> None:
    desk = at_the_desk(*counter(*CASH, goods=handed("three")))
    play(checkout(roaming(desk, brings=False, reached=why is CouponElsewhere)))
    assert (desk.declined, sale_of(desk).coupons_used) == ([why.code], ())


@pytest.mark.parametrize(
    ("one", "said"),
    [
        (FAR, "¥380.66 more for c18"),
        (replace(FIVE, until="2026-11-23"), "It ended on 2026-11-23"),
        (replace(FIVE, since="2026-11-25"), "From 2026-11-25"),
    ],
)
def test_why_one_that_was_handed_over_does_not_come_off_is_said(one: CouponGrant, said: str) -> None:
    desk = at_the_desk(*counter(*CASH, goods=handed(one.coupon)), held=(one,))
    play(checkout(desk))
    assert (desk.said, sale_of(desk).coupons_used) == ([said], ())


def test_one_for_other_goods_is_refused_and_another_that_is_held_is_offered() -> None:
    desk = at_the_desk(
        *counter(("choose", "three"), *CASH, goods=handed("far")), held=(THREE, replace(FAR, kind="wine"))
    )
    desk._tariff = tariff(wine={"rule": "coupon_amount", "less": 5_00, "skus": ["WINE"]})
    play(checkout(desk))
    assert desk.declined == [CouponNotUsable.code]
    assert sale_of(desk).coupons_used == ("three",)


def test_what_a_parked_cart_keeps_is_not_offered_to_the_next_customer() -> None:
    desk = at_the_desk(*counter(("choose", "three"), *CASH), held=(FIVE, THREE))
    desk.parked_coupons = (Presented(coupon="five"),)
    play(checkout(desk))
    assert desk.offered == [("three", "none")]


def test_without_a_card_a_coupon_is_asked_about_once_and_then_left_out() -> None:
    script = (("fill_cart", handed("five")), ("offer_card", SKIP), ("offer_card", SKIP), *CASH[1:])
    desk = at_the_desk(*script, held=(FIVE,))
    play(checkout(desk))
    assert desk.declined == [CouponOfMember.code]
    assert (sale_of(desk).coupons_used, sale_of(desk).wallet) == ((), None)


def test_the_card_that_comes_then_brings_the_coupon() -> None:
    script = (("fill_cart", handed("five")), ("offer_card", SKIP), ("offer_card", WANG_CARD))
    desk = at_the_desk(*script, ("choose", "five"), *CASH, held=(FIVE,))
    play(checkout(desk))
    assert sale_of(desk).coupons_used == ("five",)
