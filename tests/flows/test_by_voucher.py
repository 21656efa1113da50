"""Cash vouchers and cashback as parts of what pays a bill: which, how much, with what proof, what is lost."""

from __future__ import annotations

from typing import Any

import pytest
from msgspec.structs import replace

from terminal.core.cart import Article, Cart
from terminal.core.cashback import CashbackRate
from terminal.core.commands import BookGrant, BookSale, BookVoid, Cashback, Grant, Tender, TenderKind
from terminal.core.pin import PinCause
from terminal.core.policy import Confirmed, Policy
from terminal.core.rights import Want
from terminal.core.trust import Credential
from terminal.flows.checkout import checkout
from tests.core.ledger.book import C1, DAY, W1, Book
from tests.core.ledger.test_value import line, sell
from tests.flows.scripted import CANCEL, IN_PARTS, Script, ScriptedDesk, play
from tests.flows.shop import GOODS, GOODS_DUE, PHONE, POLICY, WANG, WANG_CARD

HOLDER = replace(WANG, wallet=W1, card=C1)
VOUCHER, CASHBACK = TenderKind.VOUCHER, TenderKind.CASHBACK
STORED, CASH, CODE = TenderKind.STORED, TenderKind.CASH, TenderKind.CODE
RATE = CashbackRate(rate_bp=300, pays_percent=20)
SHOP = replace(POLICY, confirmed=(Confirmed.CODE,), cashback=RATE)
TEN = Grant(unit="voucher:ten", amount=10_00)
FIVE = Grant(unit="voucher:five", amount=5_00, until="2026-12-31")
FAR = Grant(unit="voucher:far", amount=50_00)
BACK = Grant(unit="cashback", amount=8_00)
MEMBER: Script = (("fill_cart", GOODS), ("offer_card", WANG_CARD))


def way(kind: TenderKind) -> tuple[str, TenderKind]:
    return ("choose_tender", kind)


IN_CASH: Script = (way(CASH), ("ask_cash", 20_00), ("confirm", True))
DIALOGUES: tuple[tuple[Script, tuple[Grant, ...]], ...] = (
    ((*MEMBER, way(VOUCHER), *IN_CASH), (TEN,)),
    ((*MEMBER, way(VOUCHER), ("choose", "five"), way(VOUCHER), *IN_CASH), (FIVE, TEN)),
    ((*MEMBER, way(CASHBACK), *IN_CASH), (BACK,)),
    ((*MEMBER, ("choose_tender", IN_PARTS), way(CASHBACK), ("ask_part", 1_00), *IN_CASH), (BACK,)),
)


def desk_of(
    script: Script, *grants: Grant, policy: Policy = SHOP, key: Credential = WANG_CARD
) -> ScriptedDesk:
    desk = ScriptedDesk(script, holders={key: HOLDER}, policy=policy)
    desk.sold.book = Book().with_member(card=C1)
    for one in grants:
        desk.sold.book.book(BookGrant, wallet=W1, why="x", grants=(one,))
    return desk


def sold(desk: ScriptedDesk) -> BookSale:
    assert play(checkout(desk)) is None
    assert desk.finished
    (sale,) = desk.booked
    assert isinstance(sale, BookSale)
    assert sale.due == sum(tender.amount for tender in sale.tenders) + sale.rounding
    desk.sold.book.keep_command(replace(sale, id=desk.sold.book.next_id()))
    return sale


def keyed(fen: int) -> Script:
    return (("fill_cart", Cart().keyed(fen, POLICY.keyed_article)), ("offer_card", WANG_CARD))


def shown(desk: ScriptedDesk) -> list[tuple[str, str]]:
    return [(line.label.text, line.value) for line in desk.lines]


# Vouchers.


PAPER = Article(sku="Q01", name="代金券", category="card", price=95_00, voucher=100_00)
BREAD = Article(sku="B01", name="面包", category="food", price=12_00)
ENOUGH = Grant(unit="voucher:enough", amount=95_00)
PLENTY = Grant(unit="cashback", amount=500_00)


def test_vouchers_and_cashback_buy_no_vouchers() -> None:
    cart = Cart().scanned(PAPER)
    script: Script = (way(CASH), ("ask_cash", 95_00), ("confirm", True))
    desk = desk_of((("fill_cart", cart), ("offer_card", WANG_CARD), *script), ENOUGH, PLENTY)
    sold(desk)
    assert desk.ways == [(STORED, CASH, CODE)]


def test_they_pay_what_is_bought_beside_it() -> None:
    bill: Script = (("fill_cart", Cart().scanned(PAPER).scanned(BREAD)), ("offer_card", WANG_CARD))
    rest: Script = (way(CASH), ("ask_cash", 100_00), ("confirm", True))
    desk = desk_of((*bill, way(VOUCHER), *rest), ENOUGH, PLENTY)
    sale = sold(desk)
    assert [(one.kind, one.amount) for one in sale.tenders] == [(VOUCHER, 12_00), (CASH, 95_00)]
    assert [VOUCHER in ways or CASHBACK in ways for ways in desk.ways] == [True, False]
    assert desk.sold.book.site_of("forfeited") == 83_00


def test_what_else_pays_more_than_the_voucher_on_it_leaves_them_less() -> None:
    bill: Script = (("fill_cart", Cart().scanned(PAPER).scanned(BREAD)), ("offer_card", WANG_CARD))
    most: Script = (("choose_tender", IN_PARTS), way(CASH), ("ask_part", 100_00), ("ask_cash", 100_00))
    sale = sold(desk_of((*bill, *most, way(VOUCHER), ("confirm", True)), TEN))
    assert {one.kind: one.amount for one in sale.tenders} == {VOUCHER: 7_00, CASH: 100_00}


def test_of_cashback_the_shop_s_part_of_what_is_beside_it_and_a_voucher_the_rest() -> None:
    bill: Script = (("fill_cart", Cart().scanned(PAPER).scanned(BREAD)), ("offer_card", WANG_CARD))
    rest: Script = (way(VOUCHER), way(CASH), ("ask_cash", 100_00), ("confirm", True))
    sale = sold(desk_of((*bill, way(CASHBACK), *rest), TEN, PLENTY))
    assert {one.kind: one.amount for one in sale.tenders} == {VOUCHER: 9_60, CASHBACK: 2_40, CASH: 95_00}


def test_a_voucher_pays_its_worth_and_cash_the_rest_which_alone_earns() -> None:
    desk = desk_of((*MEMBER, way(VOUCHER), *IN_CASH), TEN)
    sale = sold(desk)
    assert sale.tenders == (
        Tender(kind=VOUCHER, amount=10_00, of="ten"),
        Tender(kind=CASH, amount=9_30),
    )
    assert [(one.points, one.base) for one in sale.points] == [(9, 9_30)]
    assert ("Voucher", "¥10.00") in shown(desk)
    assert desk.sold.book.of(W1, "voucher:ten") == 0


def test_one_that_is_worth_more_gives_no_change_and_that_is_said_before() -> None:
    desk = desk_of((*MEMBER, way(VOUCHER), ("confirm", True)), FAR)
    assert sold(desk).tenders == (Tender(kind=VOUCHER, amount=GOODS_DUE, of="far"),)
    assert shown(desk)[-1] == ("The voucher's rest ends", "¥30.66")
    assert desk.sold.book.site_of("forfeited") == 30_66


def test_two_vouchers_pay_one_bill_and_none_twice() -> None:
    desk = desk_of((*MEMBER, way(VOUCHER), ("choose", "five"), way(VOUCHER), *IN_CASH), TEN, FIVE)
    sale = sold(desk)
    assert [(one.kind, one.amount, one.of) for one in sale.tenders] == [
        (VOUCHER, 5_00, "five"),
        (VOUCHER, 10_00, "ten"),
        (CASH, 4_30, ""),
    ]
    assert desk.offered == [("five", "ten"), ("ten",)]
    assert [VOUCHER in ways for ways in desk.ways] == [True, True, False]


def test_where_the_rest_is_value_the_voucher_stands_first_on_the_receipt() -> None:
    bonus = Grant(unit="bonus", amount=100_00)
    sale = sold(desk_of((*keyed(30_00), way(VOUCHER), way(STORED), ("confirm", True)), TEN, bonus))
    assert [one.kind for one in sale.tenders] == [VOUCHER, STORED]


def test_nobody_is_offered_a_voucher_that_is_not_there_or_not_of_today() -> None:
    late = replace(TEN, until="2026-11-23")
    desk = desk_of((*MEMBER, *IN_CASH), late)
    sold(desk)
    assert desk.ways == [(STORED, CASH, CODE)]


def test_found_by_phone_a_voucher_wants_the_pin() -> None:
    script = (("fill_cart", GOODS), ("offer_card", PHONE), way(VOUCHER), ("ask_pin", "246810"), *IN_CASH)
    desk = desk_of(script, TEN, key=PHONE)
    desk.pin_cause_is, desk.pin = PinCause.PHONE, "246810"
    assert sold(desk).by_pin is True
    assert desk.pin_fen == [10_00]


# Cashback.


def test_cashback_pays_its_part_of_the_bill_and_something_comes_back_of_the_rest() -> None:
    desk = desk_of((*keyed(168_00), way(CASHBACK), way(CODE), ("confirm", True), ("confirm", True)), BACK)
    sale = sold(desk)
    assert sale.tenders == (Tender(kind=CASHBACK, amount=8_00), Tender(kind=CODE, amount=160_00))
    assert sale.cashback == Cashback(amount=4_80, since="2026-11-25")
    assert sale.points != ()


def test_no_more_of_a_bill_than_the_shop_lets_it_pay() -> None:
    desk = desk_of((*MEMBER, way(CASHBACK), *IN_CASH), BACK)
    assert sold(desk).tenders[0] == Tender(kind=CASHBACK, amount=GOODS_DUE * 20 // 100)
    assert [CASHBACK in ways for ways in desk.ways] == [True, False]


def test_less_of_it_is_said_in_parts() -> None:
    desk = desk_of((*MEMBER, ("choose_tender", IN_PARTS), way(CASHBACK), ("ask_part", 1_00), *IN_CASH), BACK)
    assert sold(desk).tenders[0] == Tender(kind=CASHBACK, amount=1_00)


def test_in_the_place_of_points_it_is_for_its_tiers_alone() -> None:
    silver = replace(SHOP, cashback=replace(RATE, tiers=("silver",)))
    sale = sold(desk_of((*MEMBER, *IN_CASH), policy=silver))
    assert (sale.cashback, len(sale.points)) == (None, 1)
    regular = replace(SHOP, cashback=replace(RATE, tiers=("regular",)))
    sale = sold(desk_of((*MEMBER, *IN_CASH), policy=regular))
    assert (sale.cashback, sale.points) == (Cashback(amount=57, since="2026-11-25"), ())


def test_attendants_earn_none_with_what_they_sell_themselves() -> None:
    desk = desk_of((*MEMBER, *IN_CASH))
    desk.own = {desk.occasion().operator: W1}
    assert sold(desk).cashback is None


def test_what_came_today_is_offered_tomorrow() -> None:
    desk = desk_of((*MEMBER, *IN_CASH), replace(BACK, since="2026-11-25"))
    sold(desk)
    assert desk.ways == [(STORED, CASH, CODE)]


def test_what_lies_elsewhere_is_asked_for_and_what_does_not_come_is_refused() -> None:
    desk = desk_of((*MEMBER, way(CASHBACK), *IN_CASH))
    desk.roams = True
    assert sold(desk).tenders[0].kind is CASH
    assert desk.wanted == [(Want(account="wallet:w1:cashback", amount=3_86),)]
    assert desk.declined == ["51"]


def owing(desk: ScriptedDesk, owed: int, there: int) -> ScriptedDesk:
    """Of cashback that came back after it was spent, at a shop of a chain; `there` came since."""
    book = desk.sold.book
    sale = sell(book, line(100_00), cashback=Cashback(amount=owed, since=DAY))
    sell(book, line(owed), pays={"cashback": owed})
    book.book(BookVoid, of=sale.id, why="x")
    if there:
        book.book(BookGrant, wallet=W1, why="x", grants=(replace(BACK, amount=there),))
    assert (book.of(W1, "debt:cashback"), book.of(W1, "cashback")) == (-owed, there)
    desk.roams = True
    return desk


@pytest.mark.parametrize(
    ("owed", "there", "offered"),
    [(1, 0, False), (8_00, 7_99, False), (8_00, 8_00, False), (8_00, 8_10, True)],
)
def test_where_some_is_owed_only_what_lies_here_beyond_it_is_offered(
    owed: int, there: int, *, offered: bool
) -> None:
    desk = owing(desk_of((*MEMBER, *IN_CASH)), owed, there)
    sold(desk)
    assert [CASHBACK in ways for ways in desk.ways] == [offered]
    assert (desk.wanted, desk.declined) == ([], [])


def test_where_nothing_comes_back_it_is_looked_for_nowhere() -> None:
    desk = desk_of((*MEMBER, *IN_CASH), policy=replace(SHOP, cashback=CashbackRate()))
    desk.roams = True
    sold(desk)
    assert CASHBACK not in desk.ways[0]


@pytest.mark.parametrize(("script", "grants"), DIALOGUES)
def test_every_question_can_be_left_and_nothing_is_booked(script: Script, grants: tuple[Grant, ...]) -> None:
    for at, (question, _) in enumerate(script):
        answer: Any = False if question == "confirm" else CANCEL
        desk = desk_of((*script[:at], (question, answer)), *grants)
        play(checkout(desk))
        assert desk.booked == []
