"""Points as a part of what pays a bill: how many, whose, in which order, and with which proof."""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from terminal.core.cart import Cart
from terminal.core.commands import (
    BookGrant,
    BookRedeem,
    BookSale,
    BookVoid,
    Grant,
    PointsEarned,
    Tender,
    TenderKind,
)
from terminal.core.errors import CardSwapped, NoPin
from terminal.core.ledger.state import Wallet
from terminal.core.pin import PinCause
from terminal.core.points import PointsWorth
from terminal.core.policy import Confirmed, Policy
from terminal.core.rights import Want
from terminal.core.trust import Holder
from terminal.core.visit import Usable
from terminal.flows.checkout import checkout
from tests.flows.scripted import CANCEL, IN_PARTS, Script, ScriptedDesk, play
from tests.flows.shop import GOODS, GOODS_DUE, HOLDERS, PHONE, POLICY, WANG, WANG_CARD

STORED, POINTS, CASH, CODE = TenderKind.STORED, TenderKind.POINTS, TenderKind.CASH, TenderKind.CODE
SHOP = replace(POLICY, confirmed=(Confirmed.CODE,))
RICH = replace(WANG, points=1_234)
MEMBER: Script = (("fill_cart", GOODS), ("offer_card", WANG_CARD))
HOW_MANY = "How many points does the member use?"


def by_points(points: int) -> Script:
    return (("choose_tender", POINTS), ("ask_points", points))


THEN_CASH: Script = (
    *MEMBER, *by_points(200), ("choose_tender", CASH), ("ask_cash", 10_00), ("confirm", True),
)  # fmt: skip
THEN_VALUE: Script = (*MEMBER, *by_points(300), ("choose_tender", STORED), ("confirm", True))
THEN_CODE: Script = (*MEMBER, *by_points(100), ("choose_tender", CODE), ("confirm", True), ("confirm", True))
DIALOGUES = (THEN_CASH, THEN_VALUE, THEN_CODE)


def desk_of(script: Script, *, wang: Holder = RICH, policy: Policy = SHOP) -> ScriptedDesk:
    return ScriptedDesk(script, holders=HOLDERS | {WANG_CARD: wang, PHONE: wang}, policy=policy)


def sold(desk: ScriptedDesk) -> BookSale:
    assert play(checkout(desk)) is None
    assert desk.finished
    (sale,) = desk.booked
    assert isinstance(sale, BookSale)
    assert sale.due == sum(tender.amount for tender in sale.tenders) + sale.rounding
    return sale


def keyed(fen: int) -> Script:
    return (("fill_cart", Cart().keyed(fen, POLICY.keyed_article)), ("offer_card", WANG_CARD))


def test_two_hundred_points_pay_ten_yuan_and_cash_the_rest_which_alone_earns() -> None:
    desk = desk_of(THEN_CASH)
    sale = sold(desk)
    assert sale.tenders == (
        Tender(kind=POINTS, amount=10_00, of="goods", units=200),
        Tender(kind=CASH, amount=9_30),
    )
    assert [(one.points, one.base) for one in sale.points] == [(9, 9_30)]
    assert desk.asked[-1] == ("confirm", "Charge the card, take the cash, give ¥0.70 back?")
    assert [(line.label.text, line.value) for line in desk.lines][-1] == ("Points after", "1034")


def test_the_rest_may_be_of_the_same_card_and_both_are_shown_before_it_is_charged() -> None:
    desk = desk_of(THEN_VALUE)
    sale = sold(desk)
    assert [(one.kind, one.amount) for one in sale.tenders] == [(POINTS, 15_00), (STORED, GOODS_DUE - 15_00)]
    assert desk.asked[-1] == ("confirm", "Charge the card?")
    assert [(line.label.text, line.value) for line in desk.lines][-2:] == [
        ("Points after", "934"),
        ("Balance after", "¥105.66"),
    ]


def test_points_stand_before_value_whichever_was_said_first() -> None:
    value: Script = (("choose_tender", IN_PARTS), ("choose_tender", STORED), ("ask_part", 3_34))
    sale = sold(desk_of((*MEMBER, *value, *by_points(200), ("choose_tender", CODE), *THEN_CODE[-2:])))
    assert [one.kind for one in sale.tenders] == [POINTS, STORED, CODE]


def test_a_bill_of_whole_steps_is_paid_by_points_alone_and_nobody_is_asked_how_many() -> None:
    desk = desk_of((*keyed(25_00), ("choose_tender", POINTS), ("confirm", True)))
    sale = sold(desk)
    assert sale.tenders == (Tender(kind=POINTS, amount=25_00, of="goods", units=500),)
    assert sale.points == ()
    assert desk.asked[-1] == ("confirm", "Charge the card?")


def test_in_parts_it_is_asked_how_many_even_of_whole_steps() -> None:
    script = (
        *keyed(25_00),
        ("choose_tender", IN_PARTS),
        *by_points(100),
        ("choose_tender", STORED),
        ("confirm", True),
    )
    assert [one.amount for one in sold(desk_of(script)).tenders] == [5_00, 20_00]


@pytest.mark.parametrize(
    ("points", "due", "there"),
    [(99, 50_00, False), (100, 4_99, False), (100, 5_00, True), (250, 50_00, True)],
)
def test_points_are_offered_where_a_step_of_them_is_there_and_can_pay(
    points: int,
    due: int,
    there: bool,  # noqa: FBT001  as it is told
) -> None:
    script = (*keyed(due), ("choose_tender", CODE), ("confirm", True))
    desk = desk_of(script, wang=replace(WANG, points=points))
    sold(desk)
    assert (POINTS in desk.ways[0]) is there


def test_where_they_pay_for_nothing_they_are_not_offered() -> None:
    policy = replace(SHOP, points_worth=PointsWorth(fen=0))
    desk = desk_of((*MEMBER, ("choose_tender", CODE), ("confirm", True)), policy=policy)
    sold(desk)
    assert POINTS not in desk.ways[0]


def test_who_has_none_here_may_have_some_elsewhere_and_headquarters_is_asked_for_as_many_as_can_pay() -> None:
    desk = desk_of((*MEMBER, *by_points(300), *THEN_CODE[-3:]), wang=WANG)
    desk.roams = True
    desk.brings[WANG_CARD] = Usable(holder=replace(WANG, points=1_234))
    sale = sold(desk)
    assert sale.tenders[0].units == 300
    assert desk.wanted == [(Want(account="wallet:w-wang:points:goods", amount=300),)]


def test_where_none_came_it_is_said_and_another_way_chosen() -> None:
    desk = desk_of((*MEMBER, ("choose_tender", POINTS), *THEN_CODE[-3:-2], ("confirm", True)), wang=WANG)
    desk.roams = True
    assert [one.kind for one in sold(desk).tenders] == [CODE]
    assert desk.declined == ["A195"]


@pytest.mark.parametrize(
    ("owed", "units", "points", "there"),
    [
        (1, None, 0, False),
        (1, None, 99, False),
        (1, None, 100, True),
        (0, None, 0, True),
        (1, ("debt:points:goods",), 0, False),
        (1, ("points:petrol",), 0, True),
    ],
)
def test_where_some_are_owed_only_what_lies_here_beyond_them_is_offered(
    owed: int,
    units: tuple[str, ...] | None,
    points: int,
    there: bool,  # noqa: FBT001  as it is told
) -> None:
    """`units`: as the ledger had them at the tap; what is not among them is not asked for."""
    wang = replace(WANG, points=points, units=units)
    desk = desk_of((*MEMBER, ("choose_tender", CODE), ("confirm", True)), wang=wang)
    desk.roams = True
    if owed:
        book = desk.sold.book
        book.wallets[WANG.wallet] = Wallet(member=WANG.member)
        given = Grant(unit="points:goods", amount=owed)
        grant = book.book(BookGrant, wallet=WANG.wallet, why="x", grants=(given,))
        taken = PointsEarned(family="goods", points=owed)
        book.book(BookRedeem, wallet=WANG.wallet, card=None, points=taken, what="cup")
        book.book(BookVoid, of=grant.id, why="x")
        assert book.of(WANG.wallet, "debt:points:goods") == -owed
    sold(desk)
    assert (POINTS in desk.ways[0]) is there
    assert (desk.wanted, desk.declined) == ([], [])


def test_value_is_brought_by_itself_after_points_were() -> None:
    poor = replace(WANG, principal=0, bonus=0)
    desk = desk_of((*MEMBER, *by_points(100), ("choose_tender", STORED), ("confirm", True)), wang=poor)
    desk.roams = True
    desk.brings[WANG_CARD] = Usable(holder=replace(poor, points=300, principal=50_00))
    sold(desk)
    assert len(desk.wanted) == 1, "what came with them is enough"
    less = desk_of((*MEMBER, *by_points(100), ("choose_tender", STORED), ("choose_tender", CODE)), wang=poor)
    less.roams = True
    less.brings[WANG_CARD] = Usable(holder=replace(poor, points=300))
    less.answers((*MEMBER, *by_points(100), ("choose_tender", STORED), *THEN_CODE[-3:]))
    sold(less)
    assert [[one.account.rpartition("w-wang:")[2] for one in each] for each in less.wanted] == [
        ["points:goods"],
        ["principal", "bonus"],
    ]


def test_the_pin_is_asked_for_once_and_counts_for_all_that_the_member_pays_with() -> None:
    script = (*MEMBER, *by_points(300), ("ask_pin", "200731"), ("choose_tender", STORED), ("confirm", True))
    desk = desk_of(script)
    desk.pin, desk.pin_cause_is = "200731", PinCause.ABOVE
    assert sold(desk).by_pin
    assert desk.pin_fen == [15_00]


def test_what_goes_off_the_card_without_pin_is_judged_together() -> None:
    desk = desk_of(THEN_VALUE)
    assert not sold(desk).by_pin
    assert desk.pin_fen == [15_00, GOODS_DUE]


def test_a_phone_pays_with_points_by_its_pin_only() -> None:
    script: Script = (("fill_cart", GOODS), ("offer_card", PHONE), *by_points(100), *THEN_CODE[-3:-2])
    desk = desk_of((*script, ("confirm", True)))
    desk.pin_cause_is = NoPin("PHONE")
    assert [one.kind for one in sold(desk).tenders] == [CODE]
    assert desk.declined == ["A127"]


def test_a_swapped_card_is_noticed_where_it_pays_in_points() -> None:
    desk = desk_of(THEN_CASH)
    desk.card_gone = CardSwapped("x")
    assert play(checkout(desk)) is desk.card_gone
    assert desk.booked == []


def test_where_points_are_the_last_way_and_do_not_reach_the_parts_are_said_anew() -> None:
    part: Script = (
        ("choose_tender", IN_PARTS),
        ("choose_tender", CASH),
        ("ask_part", 10_00),
        ("ask_cash", 10_00),
    )
    value: Script = (("choose_tender", IN_PARTS), ("choose_tender", STORED), ("ask_part", 1_00))
    again: Script = (("choose_tender", STORED), ("confirm", True))
    desk = desk_of((*MEMBER, *part, *value, ("ask_points", 100), *again), policy=POLICY)
    assert [one.kind for one in sold(desk).tenders] == [STORED]
    assert desk.declined == ["51"]


@pytest.mark.parametrize(
    "script", [(*each[:at], (each[at][0], CANCEL)) for each in DIALOGUES for at in range(len(each))]
)
def test_cancelled_at_any_step_it_books_nothing(script: Script) -> None:
    desk = desk_of(script)
    play(checkout(desk))
    assert desk.finished
    assert (desk.booked, desk.handed_over) == ([], [])
