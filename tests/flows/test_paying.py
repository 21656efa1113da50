"""A bill that is paid in parts, outside on the attendant's word, or by a member without a card."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from terminal.core.cart import Cart
from terminal.core.commands import BookSale, PointsEarned, Tender, TenderKind
from terminal.core.errors import CardSwapped, NoPin
from terminal.core.money import Fen
from terminal.core.pin import PinCause
from terminal.core.policy import Confirmed
from terminal.core.rights import Floor, Want
from terminal.core.trust import Credential, Holder
from terminal.core.visit import Usable
from terminal.flows.checkout import checkout
from tests.flows.scripted import CANCEL, IN_PARTS, SKIP, Script, ScriptedDesk, play
from tests.flows.shop import GOODS, GOODS_DUE, HOLDERS, PHONE, POLICY, WANG, WANG_CARD

STORED, CASH, CODE, CARD = TenderKind.STORED, TenderKind.CASH, TenderKind.CODE, TenderKind.CARD
POINTS = TenderKind.POINTS
SHOP = replace(POLICY, confirmed=(Confirmed.CODE, Confirmed.CARD))
MEMBER: Script = (("fill_cart", GOODS), ("offer_card", WANG_CARD))
NOBODY: Script = (("fill_cart", GOODS), ("offer_card", SKIP))


def part(kind: TenderKind, fen: int) -> Script:
    return (("choose_tender", IN_PARTS), ("choose_tender", kind), ("ask_part", fen))


def rest(kind: TenderKind) -> Script:
    return (("choose_tender", kind),)


def cash(fen: int) -> Script:
    return (("ask_cash", fen),)


YES: Script = (("confirm", True),)
VALUE_THEN_CASH = (*MEMBER, *part(STORED, 9_37), *rest(CASH), *cash(10_00), *YES)
CASH_THEN_CODE = (*NOBODY, *part(CASH, 10_00), *cash(10_00), *rest(CODE), *YES, *YES)
CODE_ALONE = (*NOBODY, *rest(CODE), *YES)
ALL_THREE = (
    *MEMBER,
    *part(CODE, 1_00),
    *part(STORED, 2_00),
    *cash(17_00),
    *YES,
    *YES,
)
DIALOGUES = (VALUE_THEN_CASH, CASH_THEN_CODE, CODE_ALONE)


def desk_of(script: Script, *, wang: Holder = WANG) -> ScriptedDesk:
    holders = HOLDERS | {WANG_CARD: wang, PHONE: wang}
    return ScriptedDesk(script, holders=holders, policy=SHOP)


def sold(script: Script, *, wang: Holder = WANG) -> tuple[BookSale, ScriptedDesk]:
    desk = desk_of(script, wang=wang)
    assert play(checkout(desk)) is None
    assert desk.finished
    (sale,) = desk.booked
    assert isinstance(sale, BookSale)
    assert sale.due == sum(tender.amount for tender in sale.tenders) + sale.rounding
    return sale, desk


def paid(sale: BookSale) -> list[tuple[TenderKind, int]]:
    return [(tender.kind, tender.amount) for tender in sale.tenders]


def test_a_part_is_paid_by_value_and_the_cash_of_the_rest_alone_is_rounded() -> None:
    sale, desk = sold(VALUE_THEN_CASH)
    assert paid(sale) == [(STORED, 9_37), (CASH, 9_90)]
    assert (sale.rounding, sale.received) == (7, 10_00)
    assert desk.asked[-1] == ("confirm", "Charge the card, take the cash, give ¥0.10 back?")
    assert [(line.label.text, line.value) for line in desk.lines][-6:] == [
        ("Stored value", "¥9.37"),
        ("Cash", "¥9.90"),
        ("Cash rounding", "-¥0.07"),
        ("Received", "¥10.00"),
        ("Change", "¥0.10"),
        ("Balance after", "¥100.63"),
    ]


def test_what_is_left_is_asked_for_next() -> None:
    _, desk = sold(CASH_THEN_CODE)
    assert desk.shown == [GOODS_DUE, GOODS_DUE, GOODS_DUE, 10_00, 9_34, GOODS_DUE, 9_34]
    assert [prompt for _, prompt in desk.asked[-3:]] == [
        "How is the rest paid?",
        "Take the cash, give ¥0.00 back?",
        "Has the outside payment arrived?",
    ]


def test_what_is_paid_outside_is_exact() -> None:
    sale, desk = sold(CODE_ALONE)
    assert sale.tenders == (Tender(kind=CODE, amount=GOODS_DUE),)
    assert (sale.rounding, sale.received) == (0, 0)
    assert desk.shown[-1] == GOODS_DUE


def test_each_way_pays_once_and_the_last_that_is_left_is_taken_unasked() -> None:
    sale, _ = sold(ALL_THREE)
    assert paid(sale) == [(CODE, 1_00), (STORED, 2_00), (CASH, 16_30)]
    assert sale.rounding == 4


@pytest.mark.parametrize(("first", "other"), [(CODE, CARD), (CARD, CODE)])
def test_of_what_is_paid_outside_there_is_one_part_because_one_is_asked_for_last(
    first: TenderKind, other: TenderKind
) -> None:
    desk = desk_of((*NOBODY, *part(first, 1_00), *cash(20_00), *YES, *YES))
    play(checkout(desk))
    assert desk.finished
    (sale,) = desk.booked
    assert isinstance(sale, BookSale)
    assert {kind for kind, _ in paid(sale)} == {first, CASH}
    assert other not in desk.ways[-1]


def test_after_a_part_in_cash_one_way_outside_takes_all_that_is_left() -> None:
    sale, _ = sold((*NOBODY, *part(CASH, 10_00), *cash(10_00), *rest(CARD), *YES, *YES))
    assert paid(sale) == [(CASH, 10_00), (CARD, 9_34)]


def test_points_are_of_all_parts_but_bonus() -> None:
    wang = replace(WANG, principal=5_00, bonus=4_00)
    sale, _ = sold((*MEMBER, *part(STORED, 9_00), *rest(CODE), *YES, *YES), wang=wang)
    # 5.00 of principal and 10.34 by code; 4.00 of bonus earn nothing.
    assert sale.points == (PointsEarned(family="goods", points=15, base=15_34, step=100),)


def test_value_that_does_not_reach_pays_to_its_last_fen_at_the_members_price() -> None:
    wang = replace(WANG, principal=10_00, bonus=9_33)
    script = (*MEMBER, *rest(STORED), *part(STORED, 19_33), *rest(CODE), *YES, *YES)
    sale, desk = sold(script, wang=wang)
    assert desk.declined == ["51"]
    assert paid(sale) == [(STORED, 19_33), (CODE, 1)]


def test_of_a_card_without_value_no_part_can_be_paid() -> None:
    wang = replace(WANG, principal=0, bonus=0)
    script = (*MEMBER, *part(STORED, 1)[:2], *rest(CODE), *YES)
    sale, desk = sold(script, wang=wang)
    assert desk.declined == ["51"]
    assert paid(sale) == [(CODE, GOODS_DUE)]


def test_where_the_last_way_that_is_left_does_not_reach_the_parts_are_said_anew() -> None:
    wang = replace(WANG, principal=5_00, bonus=0)
    holders = {WANG_CARD: wang}
    script = (*MEMBER, *part(CASH, 10_00), *cash(10_00), *part(STORED, 5_00), *cash(14_30), *YES)
    desk = ScriptedDesk(script, holders=holders, policy=POLICY)
    assert play(checkout(desk)) is None
    assert desk.declined == ["51"]
    (sale,) = desk.booked
    assert isinstance(sale, BookSale)
    assert (paid(sale), sale.received) == ([(STORED, 5_00), (CASH, 14_30)], 14_30)


def test_a_part_may_be_of_value_that_was_brought() -> None:
    wang = replace(WANG, principal=5_00, bonus=0)
    desk = desk_of((*MEMBER, *part(STORED, 15_00), *rest(CODE), *YES, *YES), wang=wang)
    desk.brings[WANG_CARD] = Usable(holder=replace(wang, principal=15_00))
    assert play(checkout(desk)) is None
    assert len(desk.wanted) == 1, "headquarters is asked once"
    assert desk.lines[-1].value != "¥0.00"
    (sale,) = desk.booked
    assert isinstance(sale, BookSale)
    assert sale.floor is None


def test_a_part_may_go_beyond_what_is_held_here_where_headquarters_was_not_reached() -> None:
    wang = replace(WANG, principal=5_00, bonus=0)
    desk = desk_of((*MEMBER, *part(STORED, 9_00), *rest(CODE), *YES, *YES), wang=wang)
    floor = Floor(wallet=5_00, site=50_00)
    desk.brings[WANG_CARD] = Usable(holder=wang, floor=floor)
    assert play(checkout(desk)) is None
    (sale,) = desk.booked
    assert isinstance(sale, BookSale)
    assert (sale.floor, paid(sale)) == (floor, [(STORED, 9_00), (CODE, 10_34)])


def test_how_far_it_goes_stands_though_headquarters_is_reached_for_the_next_part() -> None:
    wang, floor = replace(WANG, principal=5_00, bonus=0), Floor(wallet=5_00, site=50_00)
    by_points = (*rest(POINTS), ("ask_points", 200))
    desk = desk_of((*MEMBER, *part(STORED, 9_00), *by_points, *rest(CODE), *YES, *YES), wang=wang)
    desk.roams, bring = True, desk.bring

    async def flaps(card: Credential, holder: Holder, wants: Sequence[Want]) -> Usable:
        await bring(card, holder, wants)
        first = len(desk.wanted) == 1
        return Usable(holder=wang, floor=floor) if first else Usable(holder=replace(wang, points=1_000))

    desk.bring = flaps  # type: ignore[method-assign]
    assert play(checkout(desk)) is None
    (sale,) = desk.booked
    assert isinstance(sale, BookSale)
    assert (sale.floor, paid(sale)) == (floor, [(POINTS, 10_00), (STORED, 9_00), (CODE, 34)])


def test_a_swapped_card_is_noticed_where_it_pays_a_part() -> None:
    desk = desk_of(VALUE_THEN_CASH)
    desk.card_gone = CardSwapped("x")
    assert play(checkout(desk)) is desk.card_gone
    assert desk.booked == []


@pytest.mark.parametrize("no", range(2))
def test_a_no_to_either_of_the_last_questions_books_nothing(no: int) -> None:
    answers = [("confirm", True), ("confirm", True)]
    answers[no] = ("confirm", False)
    desk = desk_of((*CASH_THEN_CODE[:-2], *answers[: no + 1]))
    assert play(checkout(desk)) is None
    assert desk.finished
    assert (desk.booked, desk.said) == ([], ["Cancelled. Nothing was charged."])


@pytest.mark.parametrize(
    "script",
    [(*each[:at], (each[at][0], CANCEL)) for each in (*DIALOGUES, ALL_THREE) for at in range(len(each))],
)
def test_cancelled_at_any_step_it_books_nothing(script: Script) -> None:
    desk = desk_of(script)
    play(checkout(desk))
    assert desk.finished
    assert (desk.booked, desk.handed_over) == ([], [])


# A member without a card.

BY_PHONE: Script = (("fill_cart", GOODS), ("offer_card", PHONE))


def by_phone(script: Script, *, pin: str | None = "200731") -> ScriptedDesk:
    desk = desk_of((*BY_PHONE, *script))
    desk.pin = pin
    desk.pin_cause_is = PinCause.PHONE if pin else NoPin("PHONE")
    return desk


def test_a_member_found_by_phone_pays_with_the_pin() -> None:
    desk = by_phone((*rest(STORED), ("ask_pin", "200731"), *YES))
    assert play(checkout(desk)) is None
    (sale,) = desk.booked
    assert isinstance(sale, BookSale)
    assert (sale.wallet, sale.by_pin, paid(sale)) == (WANG.wallet, True, [(STORED, GOODS_DUE)])


def test_without_a_pin_a_phone_pays_nothing_and_earns_points_all_the_same() -> None:
    desk = by_phone((*rest(STORED), *rest(CODE), *YES), pin=None)
    assert play(checkout(desk)) is None
    assert desk.declined == ["A127"]
    (sale,) = desk.booked
    assert isinstance(sale, BookSale)
    assert (sale.by_pin, sale.points[0].points) == (False, 19)


def test_a_phone_of_nobody_is_declined_and_asked_again() -> None:
    stranger = replace(PHONE, number="19000000999")
    desk = desk_of((BY_PHONE[0], ("offer_card", stranger), *CODE_ALONE[1:]))
    assert play(checkout(desk)) is None
    assert desk.declined == ["A170"]


# Whatever the parts are.


class Whim(ScriptedDesk):
    """Pays in any parts there may be."""

    def __init__(self, data: st.DataObject, due: int, wang: Holder) -> None:
        cart = Cart().keyed(due, POLICY.keyed_article)
        script = (("fill_cart", cart), ("offer_card", WANG_CARD))
        super().__init__(script, holders={WANG_CARD: wang}, policy=SHOP)
        self._data = data

    def _kinds(self, kinds: Sequence[TenderKind]) -> list[TenderKind]:
        """Of a card that was declined no more is asked."""
        return [kind for kind in kinds if kind is not STORED or not self.declined]

    async def choose_way(self, prompt: str, kinds: Sequence[TenderKind], **shown: Any) -> TenderKind | None:
        if len(kinds) > 1 and not self.declined and self._data.draw(st.booleans(), "in parts"):
            return None
        return await self.choose_tender(prompt, kinds, **shown)

    async def choose_tender(self, prompt: str, kinds: Sequence[TenderKind], **shown: Any) -> TenderKind:
        self.shown.append(shown["due"])
        if len(kinds) == 1:
            return kinds[0]
        return self._data.draw(st.sampled_from(self._kinds(kinds)), prompt)

    async def ask_part(self, prompt: str, kind: TenderKind, *, at_most: Fen) -> Fen:
        assert kind in TenderKind
        self.shown.append(Fen(self._data.draw(st.integers(1, at_most), prompt)))
        return self.shown[-1]

    async def ask_cash(self, prompt: str, *, due: Fen) -> Fen:
        return Fen(due + self._data.draw(st.integers(0, 100_00), prompt))

    async def confirm(self, prompt: str, **_: Any) -> bool:
        assert prompt
        return True


@given(st.data(), st.integers(1, 50_00), st.integers(0, 20_00), st.integers(0, 9_00))
def test_parts_add_up_to_the_bill_whatever_they_are(
    data: st.DataObject, due: int, principal: int, bonus: int
) -> None:
    wang = replace(WANG, principal=principal, bonus=bonus)
    desk = Whim(data, due, wang)
    assert play(checkout(desk)) is None
    (sale,) = desk.booked
    assert isinstance(sale, BookSale)
    taken = dict(paid(sale))
    assert len(taken) == len(sale.tenders)
    assert not {CODE, CARD} <= set(taken)
    assert sum(taken.values()) + sale.rounding == sale.due == due
    assert taken.get(STORED, 0) <= wang.spendable
    assert 0 <= sale.rounding < 2 * SHOP.cash_step, "what is dropped, and what the change is rounded up by"
    dropped, change = due - taken.get(STORED, 0), sale.received - taken.get(CASH, 0)
    assert change % SHOP.cash_step == 0 or dropped < SHOP.cash_step or taken.get(CASH, 0) <= SHOP.cash_step
    assert sale.received >= taken.get(CASH, 0)
    assert CASH in taken or not (sale.rounding or sale.received)
