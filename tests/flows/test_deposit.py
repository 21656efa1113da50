"""Deposits, as dialogues over what the ledger holds; and that each can be left at every question."""

from __future__ import annotations

from collections.abc import Mapping

import pytest
from msgspec.structs import replace

from terminal.core.approval import Approved
from terminal.core.cart import Cart
from terminal.core.commands import (
    BookDeposit,
    BookGrant,
    BookRefund,
    BookSale,
    Command,
    CouponGrant,
    Ordered,
    PaidBy,
    Returned,
    TenderKind,
)
from terminal.core.deposits import deposits, presale
from terminal.core.errors import CardGone, CardSwapped, LedgerClosed, Refused, UnknownCard, UnknownPhone
from terminal.core.pin import PinCause
from terminal.core.policy import Policy
from terminal.core.pricing import parsed
from terminal.core.screens import Message
from terminal.core.values import WalletId
from terminal.flows.deposit import deposit
from tests.core.ledger.book import C1, W1, Book
from tests.flows.scripted import CANCEL, Script, ScriptedDesk, play
from tests.flows.shop import BREAD, GOODS, GOODS_DUE, PHONE, POLICY, STRANGER, WANG, WANG_CARD

HOLDER = replace(WANG, wallet=W1, card=C1)
ALL_WAYS = replace(POLICY, recharge_by=tuple(PaidBy))
ONE_LOAF = Cart().scanned(BREAD)

ORDER: Script = (
    ("read_member", WANG_CARD),
    ("choose", "order"),
    ("ask_text", "生日蛋糕 12 寸"),
    ("ask_amount", 50_00),
    ("ask_cash", 100_00),
    ("confirm", True),
)
ARTICLES: Script = (
    ("read_member", WANG_CARD),
    ("choose", "articles"),
    ("fill_cart", GOODS),
    ("ask_amount", 10_00),
    ("choose", "code"),
    ("confirm", True),
)
SETTLED: Script = (
    ("read_member", WANG_CARD),
    ("choose", "settle"),
    ("fill_cart", GOODS),
    ("choose_tender", TenderKind.CASH),
    ("ask_cash", 10_00),
    ("confirm", True),
)
SETTLED_WHOLE: Script = (*SETTLED[:2], ("fill_cart", ONE_LOAF), ("confirm", True))
BACK: Script = (("read_member", WANG_CARD), ("choose", "back"), ("confirm", True))
BY_TWO: Script = (*BACK, ("second", "E02"))
TWO = replace(POLICY, second_person=(Approved.REFUND,))


def left(*amounts: int, wallet: WalletId = W1) -> Book:
    book = Book()
    book.with_member(card=C1)
    for amount in amounts:
        entry = book.next_id()
        book.keep_command(
            BookDeposit(
                id=entry,
                at=book.at,
                wallet=wallet,
                card=None,
                of=presale(entry),
                amount=amount,
                received=amount,
                what=f"蛋糕 {amount}",
            )
        )
    return book


def at_the_desk(script: Script, book: Book, policy: Policy = POLICY) -> ScriptedDesk:
    desk = ScriptedDesk(script, holders={WANG_CARD: HOLDER}, policy=policy)
    desk.sold.book = book
    return desk


DIALOGUES = (
    (ORDER, (), POLICY),
    (ARTICLES, (), ALL_WAYS),
    (SETTLED, (12_00,), POLICY),
    (SETTLED_WHOLE, (50_00,), POLICY),
    (BACK, (50_00,), POLICY),
    (BY_TWO, (50_00,), TWO),
)


def booked(desk: ScriptedDesk) -> Command:
    assert desk.finished
    (command,) = desk.booked
    return command


def shown(desk: ScriptedDesk) -> list[tuple[str, str]]:
    return [(line.label.values.get("name", line.label.text), line.value) for line in desk.lines]


def test_a_deposit_on_an_order_in_words_names_itself() -> None:
    desk = at_the_desk(ORDER, left())
    assert play(deposit(desk)) is None
    command = booked(desk)
    assert isinstance(command, BookDeposit)
    assert (command.wallet, command.card, command.of) == (W1, C1, presale(command.id))
    assert (command.what, command.amount, command.received, command.paid_by) == (
        "生日蛋糕 12 寸", 50_00, 100_00, PaidBy.CASH,
    )  # fmt: skip
    assert shown(desk) == [
        ("生日蛋糕 12 寸", ""), ("Deposit", "¥50.00"), ("Received", "¥100.00"), ("Change", "¥50.00"),
    ]  # fmt: skip
    assert desk.offered[0] == ("take",)
    assert desk.handed_over == ["The deposit is booked. Hand over the receipt."]


def test_a_deposit_on_articles_is_at_most_their_price_and_names_them() -> None:
    desk = at_the_desk(ARTICLES, left(), ALL_WAYS)
    assert play(deposit(desk)) is None
    command = booked(desk)
    assert isinstance(command, BookDeposit)
    assert (command.what, command.paid_by, command.received) == ("牛奶、面包", PaidBy.CODE, 10_00)
    assert ("Price", f"¥{GOODS_DUE // 100}.{GOODS_DUE % 100}") in shown(desk)
    assert (command.price, command.rest) == (GOODS_DUE, GOODS_DUE - 10_00)

    desk = at_the_desk((*ARTICLES[:3], ("ask_amount", GOODS_DUE + 1)), left(), ALL_WAYS)
    with pytest.raises(AssertionError, match="never lets such an amount"):
        play(deposit(desk))


def test_the_ledger_takes_what_the_dialogue_made_and_finds_it_again() -> None:
    book = left()
    desk = at_the_desk(ORDER, book)
    play(deposit(desk))
    book.keep_command(replace(booked(desk), id=(entry := book.next_id()), of=presale(entry)))
    back = at_the_desk(BACK, book)
    assert play(deposit(back)) is None
    assert isinstance(booked(back), BookRefund)


def test_what_is_picked_up_is_paid_by_the_deposit_first_and_the_rest_otherwise() -> None:
    book = left(12_00)
    desk = at_the_desk(SETTLED, book)
    assert play(deposit(desk)) is None
    command = booked(desk)
    assert isinstance(command, BookSale)
    assert [(one.kind, one.amount) for one in command.tenders] == [
        (TenderKind.DEPOSIT, 12_00), (TenderKind.CASH, 7_30),
    ]  # fmt: skip
    assert (command.due, command.rounding, command.received) == (GOODS_DUE, 4, 10_00)
    assert command.points[0].points == 19
    assert desk.pin_fen == [12_00]
    book.keep_command(replace(command, id=book.next_id()))


def test_a_deposit_above_the_bill_settles_it_and_the_rest_stays() -> None:
    book = left(50_00)
    desk = at_the_desk(SETTLED_WHOLE, book)
    assert play(deposit(desk)) is None
    command = booked(desk)
    assert isinstance(command, BookSale)
    assert [(one.kind, one.amount) for one in command.tenders] == [(TenderKind.DEPOSIT, 12_34)]
    assert desk.asked[-1] == ("confirm", "Settle it with the deposit?")
    book.keep_command(replace(command, id=book.next_id()))
    rest = at_the_desk(BACK, book)
    play(deposit(rest))
    refund = booked(rest)
    assert isinstance(refund, BookRefund)
    assert refund.returned == (Returned(line=0, net=37_66),)


@pytest.mark.parametrize("cause", [None, PinCause.ABOVE])
def test_whether_the_pin_was_keyed_for_it_is_booked_and_what_was_not_proved_counts_with_the_rest(
    cause: PinCause | None,
) -> None:
    pin: Script = (("ask_pin", "200731"),) if cause else ()
    book = left(12_00)
    script = (*SETTLED[:3], *pin, ("choose_tender", TenderKind.STORED), *pin, ("confirm", True))
    desk = at_the_desk(script, book)
    desk.pin_cause_is = cause
    desk.pin = "200731"
    assert play(deposit(desk)) is None
    command = booked(desk)
    assert isinstance(command, BookSale)
    assert [one.kind for one in command.tenders] == [TenderKind.DEPOSIT, TenderKind.STORED]
    assert command.by_pin is (cause is not None)
    assert desk.pin_fen == [12_00, GOODS_DUE - (12_00 if cause else 0)]


@pytest.mark.parametrize("by_pin", [False, True])
def test_a_coupon_beside_the_deposit_counts_with_it(*, by_pin: bool) -> None:
    book = left(12_00)
    coupon = CouponGrant(coupon="five", kind="c5", face=5_00, threshold=0)
    book.book(BookGrant, wallet=W1, why="autumn", coupons=(coupon,))
    pin: Script = (("ask_pin", "200731"),) if by_pin else ()
    desk = at_the_desk((*SETTLED[:3], ("choose", "five"), *pin, *SETTLED[3:]), book)
    desk.pin_cause_is, desk.pin = PinCause.ABOVE if by_pin else None, "200731"
    play(deposit(desk))
    command = booked(desk)
    assert isinstance(command, BookSale)
    assert (command.due, command.by_pin) == (GOODS_DUE - 5_00, by_pin)
    assert desk.pin_fen == ([5_00] if by_pin else [5_00, 17_00])


def test_the_pin_that_a_deposit_alone_asked_for_is_booked_with_it() -> None:
    desk = at_the_desk((*SETTLED_WHOLE[:3], ("ask_pin", "200731"), SETTLED_WHOLE[3]), left(50_00))
    desk.pin_cause_is = PinCause.ABOVE
    desk.pin = "200731"
    assert play(deposit(desk)) is None
    command = booked(desk)
    assert isinstance(command, BookSale)
    assert command.by_pin


def test_of_several_one_is_chosen() -> None:
    book = left(50_00, 80_00)
    second = list(book.entries)[-1]
    script = (*BACK[:2], ("choose", presale(second)), BACK[2])
    desk = at_the_desk(script, book)
    assert play(deposit(desk)) is None
    command = booked(desk)
    assert isinstance(command, BookRefund)
    assert command.of == second
    assert [one.left for one in deposits(book, W1)] == [50_00]


def test_what_promotions_take_off_today_is_no_promise_for_the_day_of_pick_up() -> None:
    rows = [("less", {"rule": "percent_off", "name": "今日九折", "pay": 90})]
    tariff, refused = parsed(rows)
    assert not refused
    desk = ScriptedDesk(ARTICLES, holders={WANG_CARD: HOLDER}, policy=ALL_WAYS, tariff=tariff)
    desk.sold.book = left()
    assert play(deposit(desk)) is None
    command = booked(desk)
    assert isinstance(command, BookDeposit)
    assert command.price == GOODS_DUE
    dear = (*ARTICLES[:3], ("ask_amount", GOODS_DUE))
    desk = ScriptedDesk(dear, holders={WANG_CARD: HOLDER}, policy=ALL_WAYS, tariff=tariff)
    desk.sold.book = left()
    with pytest.raises(AssertionError, match="never lets such an amount"):
        play(deposit(desk))


def named(book: Book) -> dict[str, dict[str, str]]:
    """By which words each can be chosen."""
    found: dict[str, dict[str, str]] = {}

    class Noting(ScriptedDesk):
        async def choose(self, prompt: str, choices: Mapping[str, Message], **values: str) -> str:
            if prompt == "Which deposit?":
                found.update({place: dict(label.values) for place, label in choices.items()})
            return await super().choose(prompt, choices, **values)

    desk = Noting((*BACK[:2], ("choose", CANCEL)), holders={WANG_CARD: HOLDER}, policy=POLICY)
    desk.sold.book = book
    play(deposit(desk))
    assert desk.finished
    return found


def test_each_of_several_is_named_by_the_number_of_its_receipt() -> None:
    book = left(50_00, 80_00)
    first, second = list(book.entries.values())[-2:]
    assert named(book) == {
        presale(first.id): {"number": f"T1-1-{first.seq}", "name": "蛋糕 5000", "price": "¥50.00"},
        presale(second.id): {"number": f"T1-1-{second.seq}", "name": "蛋糕 8000", "price": "¥80.00"},
    }


def test_one_that_no_receipt_is_known_of_is_named_without_a_number() -> None:
    book = left(50_00)
    book.book(BookDeposit, wallet=W1, card=None, of="presale:order-7", amount=10_00, received=10_00)
    assert named(book)["presale:order-7"] == {"name": "order-7", "price": "¥10.00"}


def test_it_goes_back_whole_as_it_came_and_by_two_where_policy_says() -> None:
    book = left(50_00)
    desk = at_the_desk(BY_TWO, book, TWO)
    assert play(deposit(desk)) is None
    command = booked(desk)
    assert isinstance(command, BookRefund)
    assert (command.at.second, command.why, command.cash_step) == ("E02", "deposit", POLICY.cash_step)
    assert shown(desk)[0] == ("蛋糕 5000", "")
    assert shown(desk)[2] == ("Cash", "¥50.00")
    assert deposits(book, W1) == ()


def test_one_that_no_counter_took_cannot_be_given_back_here() -> None:
    book = left()
    book.book(BookDeposit, wallet=W1, card=None, of="presale:order-7", amount=10_00, received=10_00)
    desk = at_the_desk(BACK[:2], book)
    assert isinstance(play(deposit(desk)), Refused)
    assert desk.booked == []


@pytest.mark.parametrize(("key", "fault"), [(STRANGER, UnknownCard), (PHONE, UnknownPhone)])
def test_who_is_nobody_leaves_nothing(key: object, fault: type[Refused]) -> None:
    desk = at_the_desk((("read_member", key),), left())
    assert type(play(deposit(desk))) is fault


@pytest.mark.parametrize(("script", "amounts", "policy"), DIALOGUES)
@pytest.mark.parametrize("fault", [LedgerClosed("disk full"), CardSwapped("x"), CardGone("x")])
def test_what_is_refused_at_the_end_is_not_handed_over(
    script: Script, amounts: tuple[int, ...], policy: Policy, fault: LedgerClosed | CardSwapped | CardGone
) -> None:
    desk = at_the_desk(script, left(*amounts), policy)
    if isinstance(fault, LedgerClosed):
        desk.fails = fault
    else:
        desk.card_gone = fault
    assert play(deposit(desk)) is fault
    assert (desk.booked, desk.handed_over) == ([], [])


@pytest.mark.parametrize(
    ("script", "amounts", "policy"),
    [
        ((*each[:at], (each[at][0], CANCEL)), amounts, policy)
        for each, amounts, policy in DIALOGUES
        for at in range(len(each))
    ],
)
def test_left_at_any_question_it_books_nothing(
    script: Script, amounts: tuple[int, ...], policy: Policy
) -> None:
    desk = at_the_desk(script, left(*amounts), policy)
    play(deposit(desk))
    assert desk.finished
    assert (desk.booked, desk.handed_over) == ([], [])


def test_change_in_cash_is_rounded_to_the_member() -> None:
    desk = at_the_desk((*ORDER[:3], ("ask_amount", 12_34), ("ask_cash", 20_00), ORDER[5]), book := left())
    assert play(deposit(desk)) is None
    command = booked(desk)
    assert isinstance(command, BookDeposit)
    assert (command.amount, command.received, command.rounding) == (12_34, 20_00, 4)
    assert shown(desk)[-1] == ("Change", "¥7.70")
    book.keep_command(replace(command, id=(entry := book.next_id()), of=presale(entry)))


DEAR_BREAD = replace(BREAD, price=15_00)
PICKED_UP: Script = (("read_member", WANG_CARD), ("choose", "settle"))


def ordered_bread(amount: int) -> Book:
    """Two loaves at 12.34, and so much left for them."""
    book = left()
    script: Script = (
        *ARTICLES[:2],
        ("fill_cart", Cart().scanned(BREAD).scanned(BREAD)),
        ("ask_amount", amount),
        *ARTICLES[4:],
    )
    desk = at_the_desk(script, book, ALL_WAYS)
    assert play(deposit(desk)) is None
    command = booked(desk)
    assert isinstance(command, BookDeposit)
    assert command.ordered == (Ordered(sku="B01", quantity=2, unit_price=12_34),)
    book.keep_command(replace(command, id=(entry := book.next_id()), of=presale(entry)))
    return book


def test_what_went_up_in_price_meanwhile_costs_what_was_agreed_and_one_more_what_it_does_today() -> None:
    cart = Cart().scanned(DEAR_BREAD).scanned(DEAR_BREAD).scanned(DEAR_BREAD)
    script: Script = (
        *PICKED_UP,
        ("fill_cart", cart),
        ("choose_tender", TenderKind.CASH),
        ("ask_cash", 40_00),
        ("confirm", True),
    )
    book = ordered_bread(10_00)
    desk = at_the_desk(script, book)
    assert play(deposit(desk)) is None
    command = booked(desk)
    assert isinstance(command, BookSale)
    assert [(line.quantity, line.unit_price, line.net) for line in command.lines] == [
        (2, 12_34, 24_68), (1, 15_00, 15_00),
    ]  # fmt: skip
    assert command.due == 39_68
    book.keep_command(replace(command, id=book.next_id()))


def test_what_went_down_in_price_costs_what_it_does_today() -> None:
    cheap = replace(BREAD, price=5_00)
    desk = at_the_desk(
        (*PICKED_UP, ("fill_cart", Cart().scanned(cheap)), ("confirm", True)), ordered_bread(10_00)
    )
    assert play(deposit(desk)) is None
    command = booked(desk)
    assert isinstance(command, BookSale)
    assert [(line.quantity, line.net) for line in command.lines] == [(1, 5_00)]
