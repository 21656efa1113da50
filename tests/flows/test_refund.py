"""Goods come back, as a dialogue; and that it can be left at every question."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from terminal.core.approval import Approved, Permit
from terminal.core.codes import ReceiptNumber
from terminal.core.commands import (
    BookCardState,
    BookGrant,
    BookInvoice,
    BookRefund,
    BookSale,
    BookVoid,
    CardState,
    CouponGrant,
    Discount,
    Grant,
    Measured,
    PointsEarned,
    RechargeRefundReason,
    Returned,
    Sells,
    Tender,
    TenderKind,
)
from terminal.core.entry import Entry
from terminal.core.errors import (
    AlreadyUndone,
    HeadquartersAway,
    HeldElsewhere,
    LedgerClosed,
    NoPin,
    NotBookable,
    NothingPaidIn,
    OfAnotherKind,
    OfAnotherTill,
    RedLetterFirst,
    StaffPinLocked,
)
from terminal.core.ledger import kind_of
from terminal.core.pin import PinCause
from terminal.core.policy import Policy, RefundReason
from terminal.core.staff import Role
from terminal.core.trust import Credential, Holder
from terminal.core.values import StaffId, TerminalId
from terminal.flows.refund import refund
from tests.core.ledger.book import C1, W1, Book
from tests.core.ledger.test_value import line, load, sell
from tests.flows.scripted import CANCEL, SKIP, Script, ScriptedDesk, play
from tests.flows.shop import STRANGER, WANG, WANG_CARD

POLICY = Policy(cash_step=10)
HOLDER = replace(WANG, wallet=W1, card=C1)
HOLDERS: dict[Credential, Holder] = {WANG_CARD: HOLDER}
THREE_AND_ONE = (replace(line(1000), quantity=3, name="苹果"), replace(line(234), name="梨"))
PIN = "200731"
NO_RECEIPT = ReceiptNumber(terminal=TerminalId("T9"), epoch=1, number=1, mark="9F3A01BC")


class Shop:
    """A desk with a member, 50 yuan on their card, and what they bought."""

    def __init__(self, *lines: Any, policy: Policy = POLICY, **how: Any) -> None:
        self.desk = ScriptedDesk((), holders=HOLDERS, policy=policy)
        self.book.with_card()
        load(self.book, 5000)
        self.sale = sell(self.book, *lines, **how)

    @property
    def book(self) -> Book:
        return self.desk.sold.book

    def number(self, sale: Entry | None = None) -> ReceiptNumber:
        return self.desk.sold.number_of(sale or self.sale)

    def by_receipt(self, *script: tuple[str, Any]) -> Any:
        """How the dialogue ends that begins with the receipt and the first reason of the policy."""
        return self.plays(("ask_original", self.number()), ("choose", "other"), *script)

    def plays(self, *script: tuple[str, Any]) -> Any:
        self.desk.answers(script)
        return play(refund(self.desk))

    @property
    def booked(self) -> BookRefund:
        assert self.desk.finished
        (command,) = self.desk.booked
        assert isinstance(command, BookRefund)
        return command

    @property
    def shown(self) -> list[tuple[str, str]]:
        return [(one.label.text.format(**one.label.values), one.value) for one in self.desk.lines]


def test_everything_comes_back_by_its_receipt_in_cash() -> None:
    shop = Shop(*THREE_AND_ONE, rounding=4)
    shop.by_receipt(("choose", "all"), ("confirm", True))
    assert shop.booked.returned == (
        Returned(line=0, net=1000, quantity=3),
        Returned(line=1, net=234, quantity=1),
    )
    assert (shop.booked.of, shop.booked.why, shop.booked.cash_step) == (shop.sale.id, "other", 10)
    assert shop.shown == [
        ("苹果 x 3", "¥10.00"),
        ("梨 x 1", "¥2.34"),
        ("Cash back", "¥12.30"),
        ("Cash rounding", "-¥0.04"),
        ("Of receipt", "T1-1-3-9F3A01BC"),
    ]
    assert shop.desk.shown == [12_30]
    assert shop.desk.handed_over == ["Booked. Give ¥12.30 back, with the receipt."]


def test_some_pieces_of_one_line_come_back() -> None:
    shop = Shop(*THREE_AND_ONE)
    shop.by_receipt(("choose", "0"), ("ask_quantity", 1), ("choose", "done"), ("confirm", True))
    assert shop.booked.returned == (Returned(line=0, net=333, quantity=1),)
    assert shop.shown[1:3] == [("Cash back", "¥3.40"), ("Cash rounding", "+¥0.07")]


def test_line_by_line_until_nothing_is_left() -> None:
    shop = Shop(*THREE_AND_ONE)
    shop.by_receipt(("choose", "1"), ("choose", "0"), ("ask_quantity", 3), ("confirm", True))
    assert shop.desk.offered[1:] == [("all", "0", "1"), ("done", "0")]
    assert sum(one.net for one in shop.booked.returned) == 1234


def test_one_piece_of_one_line_is_not_asked_about() -> None:
    shop = Shop(line(500))
    shop.by_receipt(("confirm", True))
    assert shop.booked.returned == (Returned(line=0, net=500, quantity=1),)


def test_spoiled_goods_by_weight_are_marked_and_go_back_in_part() -> None:
    shop = Shop(replace(line(11317), quantity=2745, measured=Measured.GRAM), pays={"stored": 5000})
    shop.plays(
        ("ask_original", shop.number()),
        ("choose", "spoiled"),
        ("choose", "0"),
        ("ask_quantity", 745),
        ("confirm", True),
    )
    assert shop.booked.returned == (Returned(line=0, net=3071, quantity=745, spoiled=True),)
    assert shop.shown[0] == ("苹果 x 0.745 kg", "¥30.71")


def test_goods_paid_with_value_go_back_to_the_card_and_never_as_cash() -> None:
    shop = Shop(line(2000), pays={"stored": 2000})
    shop.by_receipt(("confirm", True))
    assert shop.shown[1] == ("Back to the card: principal", "¥20.00")
    assert shop.desk.handed_over == ["Booked. Hand over the receipt."]
    assert shop.book.of(W1, "principal") == 5000


def test_rewards_that_are_spent_by_now_are_shown_as_owed_before_anybody_agrees() -> None:
    shop = Shop(line(10000), points=(PointsEarned(family="goods", points=100),))
    sell(shop.book, line(500), pays={"points": (450, "goods", 90)})
    shop.by_receipt(("confirm", True))
    assert shop.shown[2:4] == [("Goods points", "-10"), ("Goods points owed", "+90")]


def test_what_came_back_before_is_said_with_its_day() -> None:
    shop = Shop(*THREE_AND_ONE)
    first = (Returned(line=0, net=333, quantity=1),)
    shop.book.book(BookRefund, of=shop.sale.id, returned=first, why="other", cash_step=10)
    labels: list[str] = []

    class Noting(ScriptedDesk):
        async def choose(self, prompt: str, choices: Any) -> str:
            labels.extend(one.text.format(**one.values) for one in choices.values())
            return await super().choose(prompt, choices)

    shop.desk.__class__ = Noting
    shop.by_receipt(("choose", "all"), ("confirm", True))
    assert "苹果: of 3 1 came back on 2026-11-24, ¥6.67 left" in labels
    assert shop.booked.returned[0] == Returned(line=0, net=667, quantity=2)
    assert shop.book.of("S1", "revenue:fruit") == 0


def test_what_nobody_counted_before_comes_back_as_the_rest() -> None:
    shop = Shop(*THREE_AND_ONE)
    first = (Returned(line=0, net=400),)
    shop.book.book(BookRefund, of=shop.sale.id, returned=first, why="other", cash_step=10)
    shop.by_receipt(("choose", "0"), ("choose", "done"), ("confirm", True))
    assert shop.booked.returned == (Returned(line=0, net=600),)


# How it is found.


def test_it_is_found_by_the_members_card_among_their_last_purchases() -> None:
    shop = Shop(line(500))
    other = sell(shop.book, line(700))
    shop.plays(("ask_original", WANG_CARD), ("choose", other.id), ("choose", "other"), ("confirm", True))
    assert shop.desk.offered[0] == (other.id, shop.sale.id)
    assert shop.booked.of == other.id


def test_the_only_one_is_not_chosen() -> None:
    shop = Shop(line(500))
    shop.plays(("ask_original", WANG_CARD), ("choose", "other"), ("confirm", True))
    assert shop.booked.of == shop.sale.id


def test_cash_for_what_was_found_by_card_or_phone_alone_needs_the_pin() -> None:
    shop = Shop(line(500))
    shop.desk.pin, shop.desk.pin_cause_is = PIN, PinCause.PHONE
    shop.plays(("ask_original", WANG_CARD), ("choose", "other"), ("ask_pin", PIN), ("confirm", True))
    assert shop.desk.pin_fen == [5_00]
    assert shop.booked.of == shop.sale.id


def test_without_the_pin_no_cash_goes_out_for_what_was_found_by_card_alone() -> None:
    shop = Shop(line(500))
    shop.desk.pin_cause_is = NoPin("none")
    ended = shop.plays(("ask_original", WANG_CARD), ("choose", "other"))
    assert ended is shop.desk.pin_cause_is
    assert shop.desk.booked == []


def test_by_its_receipt_or_back_onto_the_card_nobody_keys_a_pin() -> None:
    for by_card, how in ((False, {}), (True, {"pays": {"stored": 500}})):
        shop = Shop(line(500), **how)
        shop.desk.pin_cause_is = NoPin("none")
        asked = WANG_CARD if by_card else shop.number()
        shop.plays(("ask_original", asked), ("choose", "other"), ("confirm", True))
        assert shop.booked.of == shop.sale.id
        assert shop.desk.pin_fen == []


def test_it_is_found_among_those_of_today_by_its_sum() -> None:
    shop = Shop(line(500))
    wanted = sell(shop.book, line(700))
    shop.plays(("ask_original", 700), ("choose", "other"), ("confirm", True))
    assert shop.booked.of == wanted.id


def test_of_many_more_are_shown_and_the_first_again() -> None:
    shop = Shop(line(500))
    sales = [sell(shop.book, line(500 + at)).id for at in range(9)]
    shop.plays(
        ("ask_original", SKIP),
        ("choose", "more"),
        ("choose", "more"),
        ("choose", "more"),
        ("choose", shop.sale.id),
        ("choose", "other"),
        ("confirm", True),
    )
    assert shop.desk.offered[0] == (*reversed(sales[1:]), "more")
    assert shop.desk.offered[1] == (sales[0], shop.sale.id, "more")
    assert shop.desk.offered[2] == shop.desk.offered[0]
    assert shop.booked.of == shop.sale.id


def test_what_is_gone_is_not_offered_among_others() -> None:
    shop = Shop(line(500))
    voided = sell(shop.book, line(700))
    shop.book.book(BookVoid, of=voided.id, why="x")
    shop.plays(("ask_original", SKIP), ("choose", "other"), ("confirm", True))
    assert shop.booked.of == shop.sale.id


@pytest.mark.parametrize(
    ("presented", "code"),
    [
        (NO_RECEIPT, OfAnotherTill.code),
        (replace(NO_RECEIPT, terminal=TerminalId("T1")), "A180"),
        (replace(NO_RECEIPT, terminal=TerminalId("t1")), "A180"),
        (STRANGER, "14"),
        (99_99, "A180"),
    ],
)
def test_what_is_not_found_is_said_and_asked_for_again(presented: Any, code: str) -> None:
    shop = Shop(line(500))
    shop.plays(
        ("ask_original", presented), ("ask_original", shop.number()), ("choose", "other"), ("confirm", True)
    )
    assert shop.desk.declined == [code]
    assert shop.booked.of == shop.sale.id


# What is refused.


def test_a_recharge_is_nothing_that_comes_back_as_goods() -> None:
    shop = Shop(line(500))
    recharge = next(one for one in shop.book.entries.values() if kind_of(one.payload) == "recharge")
    shop.plays(("ask_original", shop.number(recharge)), ("ask_original", CANCEL))
    assert shop.desk.declined == [OfAnotherKind.code]
    assert shop.desk.booked == []


def test_nothing_comes_back_twice() -> None:
    shop = Shop(line(500))
    shop.book.book(BookRefund, of=shop.sale.id, returned=(Returned(line=0, net=500),), why="x")
    shop.plays(("ask_original", shop.number()), ("ask_original", CANCEL))
    assert shop.desk.declined == [AlreadyUndone.code]
    assert shop.desk.booked == []


def test_a_sale_that_was_voided_does_not_come_back() -> None:
    shop = Shop(line(500))
    shop.book.book(BookVoid, of=shop.sale.id, why="x")
    shop.plays(("ask_original", shop.number()), ("ask_original", CANCEL))
    assert shop.desk.declined == [AlreadyUndone.code]


@pytest.mark.parametrize("fault", [HeadquartersAway, HeldElsewhere])
def test_of_a_sale_that_lies_elsewhere_it_is_said_why_it_does_not_come(fault: type[HeldElsewhere]) -> None:
    shop = Shop(line(500))
    shop.desk.sold.lies_elsewhere(shop.sale, fault)
    shop.plays(("ask_original", shop.number()), ("ask_original", CANCEL))
    assert shop.desk.declined == [fault.code]


def test_the_right_to_undo_a_sale_is_brought_when_headquarters_is_there() -> None:
    shop = Shop(line(500))
    shop.desk.sold.lies_elsewhere(shop.sale, None)
    shop.by_receipt(("confirm", True))
    assert shop.booked.of == shop.sale.id


def test_of_a_card_that_is_cancelled_the_value_waits_on_the_account_and_that_is_said() -> None:
    shop = Shop(line(1000), pays={"stored": 1000})
    sale = sell(shop.book, line(4000), pays={"stored": 4000}, card=C1)
    shop.book.with_headquarters = False  # In a chain its value may lie elsewhere.
    shop.book.book(BookCardState, card=C1, state=CardState.CANCELLED)
    shop.plays(("ask_original", shop.number(sale)), ("choose", "other"), ("confirm", True))
    assert shop.shown[-1][0].startswith("That card is not in use any more.")
    assert shop.book.of(W1, "principal") == 4000


def test_what_the_ledger_would_refuse_is_refused_before_anybody_agrees(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    shop = Shop(line(500))

    async def refuses(command: BookRefund) -> Any:
        raise NotBookable(f"{command.id}")

    monkeypatch.setattr(shop.desk, "foresee", refuses)
    ended = shop.by_receipt()
    assert isinstance(ended, NotBookable)
    assert shop.desk.booked == []


def test_what_the_ledger_refuses_in_the_end_is_not_handed_over() -> None:
    shop = Shop(line(500))
    shop.desk.fails = LedgerClosed("disk full")
    assert shop.by_receipt(("confirm", True)) is shop.desk.fails
    assert shop.desk.handed_over == []


# The second person.

TWO = replace(POLICY, second_person=(Approved.REFUND,))


def test_where_policy_names_it_a_second_person_approves_what_comes_back() -> None:
    shop = Shop(line(503), policy=TWO)
    shop.by_receipt(("confirm", True), ("second", "E09"))
    assert shop.booked.at.second == "E09"
    assert shop.desk.shown[-1] == 503


@pytest.mark.parametrize("answer", [CANCEL, StaffPinLocked("x")])
def test_without_the_second_person_nothing_is_booked(answer: Any) -> None:
    shop = Shop(line(500), policy=TWO)
    shop.by_receipt(("confirm", True), ("second", answer))
    assert shop.desk.booked == []


def test_the_shops_own_reasons_are_called_as_it_calls_them() -> None:
    reasons = (RefundReason(reason="虫咬", spoiled=True), RefundReason(reason="wrong"))
    shop = Shop(line(500), policy=replace(POLICY, refund_reasons=reasons))
    shop.plays(("ask_original", shop.number()), ("choose", "虫咬"), ("confirm", True))
    assert (shop.booked.why, shop.booked.returned[0].spoiled) == ("虫咬", True)


def test_of_one_reason_nobody_is_asked() -> None:
    shop = Shop(line(500), policy=replace(POLICY, refund_reasons=(RefundReason(reason="wrong"),)))
    shop.plays(("ask_original", shop.number()), ("confirm", True))
    assert shop.booked.why == "wrong"


# Left at every question.

LONGEST: Script = (
    ("ask_original", SKIP),
    ("choose", "other"),
    ("choose", "0"),
    ("ask_quantity", 2),
    ("choose", "done"),
    ("confirm", True),
    ("second", "E09"),
)


@pytest.mark.parametrize("at", range(len(LONGEST)))
def test_cancelled_at_any_step_it_books_nothing(at: int) -> None:
    shop = Shop(*THREE_AND_ONE, policy=TWO)
    before = shop.book.standing()
    shop.plays(*LONGEST[:at], (LONGEST[at][0], CANCEL))
    assert shop.desk.finished
    assert (shop.desk.booked, shop.desk.handed_over) == ([], [])
    assert shop.book.standing() == before


def test_a_no_at_the_last_question_books_nothing() -> None:
    shop = Shop(line(500))
    shop.by_receipt(("confirm", False))
    assert shop.desk.said == ["Cancelled. Nothing was booked."]
    assert shop.desk.booked == []


# Whatever is sold, and however it comes back.

GOODS = st.lists(st.tuples(st.integers(1, 5000), st.integers(1, 6)), min_size=1, max_size=4)


@given(GOODS, st.integers(0, 4000), st.integers(0, 9), st.data())
def test_however_it_is_refunded_it_adds_up_to_the_sale_and_never_to_more(
    goods: list[tuple[int, int]], stored: int, dropped: int, data: st.DataObject
) -> None:
    due = sum(net for net, _ in goods)
    stored = min(stored, due)
    dropped = min(dropped, max(0, due - stored - 1))
    lines = [replace(line(net), quantity=quantity) for net, quantity in goods]
    shop = Shop(*lines, pays={"stored": stored} if stored else {}, rounding=dropped)
    before = shop.book.standing()
    cash, came, least = due - stored - dropped, 0, 0
    while not shop.desk.sold.originals(shop.number(), {"sale"})[0].gone:
        _one_dialogue(shop, data)
        came += sum(one.net for one in shop.booked.returned)
        paid_out = shop.book.of("S1", f"drawer:{shop.book.at.shift}") + 5000 + cash
        assert least <= paid_out <= cash
        assert paid_out % 10 == 0 or paid_out == cash
        assert came <= due
        least = paid_out
        shop.desk.booked.clear()
    assert came == due
    assert shop.book.of(W1, "principal") == 5000
    sums = {name: fen for name, fen in shop.book.standing().items() if not name.startswith("wallet:")}
    assert sums == {"site:S1:drawer:S1": -5000}, before


def _one_dialogue(shop: Shop, data: st.DataObject) -> None:
    """One or a few lines, a part of each, or everything."""
    (original,) = shop.desk.sold.originals(shop.number(), {"sale"})
    left = {at: rest for at, rest in enumerate(original.rests) if not rest.gone}
    divisible = [at for at, rest in left.items() if (rest.quantity or 1) > 1]
    script: list[tuple[str, Any]] = [("ask_original", shop.number()), ("choose", "other")]
    if len(left) > 1 or divisible:
        if data.draw(st.booleans()):
            script.append(("choose", "all"))
        else:
            lines = data.draw(st.lists(st.sampled_from(list(left)), min_size=1, unique=True))
            for at in lines:
                script.append(("choose", str(at)))
                if at in divisible:
                    script.append(("ask_quantity", data.draw(st.integers(1, left[at].quantity or 1))))
            if len(lines) < len(left):
                script.append(("choose", "done"))
    ended = shop.plays(*script, ("confirm", True))
    assert ended is None


def test_what_came_back_that_day_counts_to_what_a_role_gives_back_alone() -> None:
    permit = Permit(what=Approved.REFUND, role=Role.SHIFT_LEAD, above=8_99)
    shop = Shop(replace(line(9_00), quantity=3), line(3_00), policy=replace(POLICY, permits=(permit,)))
    shop.desk.roles = {StaffId("E09"): Role.SHIFT_LEAD}
    half = (Returned(line=0, net=6_00, quantity=2),)
    shop.book.book(BookRefund, of=shop.sale.id, returned=half, why="other")
    shop.by_receipt(("choose", "0"), ("choose", "done"), ("confirm", True), ("second", "E09"))
    assert shop.booked.at.second == "E09"


def test_goods_that_have_their_invoice_come_back_only_after_a_red_letter() -> None:
    shop = Shop(*THREE_AND_ONE)
    asked = {"wallet": shop.sale.payload.wallet, "lot": shop.sale.id}  # type: ignore[union-attr]
    shop.book.book(BookInvoice, **asked, number="24000001", amount=12_34)
    assert isinstance(shop.plays(("ask_original", shop.number())), RedLetterFirst)
    shop.book.book(BookInvoice, **asked, number="24000002", red="24000001")
    shop.by_receipt(("choose", "all"), ("confirm", True))
    assert shop.booked.of == shop.sale.id


TEN = line(45_000, sells=Sells(unit="count:K10", amount=10))


def begun(times: int, *more: Any) -> Shop:
    shop = Shop(replace(TEN, name="十次卡"), *more)
    for _ in range(times):
        sell(shop.book, line(6_800), pays={"uses": (6_800, "count:K10", 1)})
    return shop


def test_a_count_card_that_nobody_used_comes_back_whole() -> None:
    shop = begun(0)
    assert shop.by_receipt(("confirm", True)) is None
    assert shop.booked.returned == (Returned(line=0, net=45_000, quantity=1),)


def test_what_is_left_of_a_count_card_comes_back_by_whose_wish_it_is() -> None:
    shop = begun(3)
    assert shop.by_receipt(("choose", "shop"), ("confirm", True)) is None
    assert shop.booked.returned == (Returned(line=0, net=31_500, wish=RechargeRefundReason.SHOP),)
    assert ("choose", "十次卡, 3 used, ¥204.00 at list price: whose wish is it?") in shop.desk.asked
    shop = begun(3)
    assert shop.by_receipt(("choose", "member"), ("choose", "rule"), ("confirm", True)) is None
    assert shop.booked.returned == (Returned(line=0, net=24_600, wish=RechargeRefundReason.MEMBER),)
    assert shop.book.of(W1, "count:K10") == 0


@pytest.mark.parametrize(("agreed", "net"), [(31_500, 31_500), (24_601, 24_601), (24_599, 24_600)])
def test_terms_that_give_the_member_more_are_approved_by_a_second_person(agreed: int, net: int) -> None:
    """Never keyed is what was taken: it stands on the bills that the uses paid."""
    shop = begun(3)
    script = (("choose", "member"), ("choose", "terms"), ("ask_amount", agreed), ("confirm", True))
    second = (("second", "E09"),) if net > 24_600 else ()
    assert shop.by_receipt(*script, *second) is None
    favour = net - 24_600
    back = Returned(line=0, net=net, wish=RechargeRefundReason.MEMBER, favour=favour)
    assert shop.booked.returned == (back,)
    assert shop.booked.at.second == ("E09" if favour else None)


def test_no_more_is_agreed_than_the_shop_pays_back_by_itself() -> None:
    shop = begun(3)
    script = (("choose", "member"), ("choose", "terms"), ("ask_amount", 31_501))
    with pytest.raises(AssertionError):
        shop.by_receipt(*script)


def test_where_as_much_was_taken_as_paid_nothing_is_paid_back() -> None:
    shop = begun(7)
    assert isinstance(shop.by_receipt(("choose", "member"), ("choose", "rule")), NothingPaidIn)
    assert not shop.desk.booked


def test_where_list_price_is_what_was_paid_there_is_nothing_to_agree_on() -> None:
    shop = begun(0)
    sell(shop.book, line(4_500), pays={"uses": (4_500, "count:K10", 1)})
    assert shop.by_receipt(("choose", "member"), ("confirm", True)) is None
    assert shop.booked.returned == (Returned(line=0, net=40_500, wish=RechargeRefundReason.MEMBER),)


def test_once_it_ended_nothing_of_it_can_come_back() -> None:
    shop = begun(3)
    shop.by_receipt(("choose", "shop"), ("confirm", True))
    again = ScriptedDesk((), holders=HOLDERS, policy=POLICY)
    again.sold = shop.desk.sold
    again.answers((("ask_original", shop.number()), ("ask_original", CANCEL)))
    play(refund(again))
    assert again.declined == [AlreadyUndone.code]


def test_a_use_that_comes_back_to_a_card_that_ended_is_paid_back_by_another_refund() -> None:
    shop = begun(3)
    shop.by_receipt(("choose", "member"), ("choose", "rule"), ("confirm", True))
    shop.desk.booked.clear()
    *_, use = (one.payload for one in shop.book.entries.values() if isinstance(one.payload, BookSale))
    shop.book.book(BookRefund, of=use.id, returned=(Returned(line=0, net=6_800),), why="other")
    assert shop.by_receipt(("choose", "member"), ("choose", "rule"), ("confirm", True)) is None
    assert shop.booked.returned == (Returned(line=0, net=6_800, wish=RechargeRefundReason.MEMBER),)
    assert shop.book.of(W1, "count:K10") == 0


def test_of_what_the_shop_ended_nothing_is_paid_twice() -> None:
    shop = begun(9)
    shop.book.book(
        BookRefund,
        of=shop.sale.id,
        returned=(Returned(line=0, net=4_500, wish=RechargeRefundReason.MEMBER, favour=4_500),),
        why="other",
    )
    *_, use = (one.payload for one in shop.book.entries.values() if isinstance(one.payload, BookSale))
    shop.book.book(BookRefund, of=use.id, returned=(Returned(line=0, net=6_800),), why="other")
    assert isinstance(shop.by_receipt(("choose", "member"), ("choose", "rule")), NothingPaidIn)
    assert shop.by_receipt(("choose", "shop"), ("confirm", True)) is None
    assert shop.booked.returned == (Returned(line=0, net=4_500, wish=RechargeRefundReason.SHOP),)


def test_of_everything_the_count_card_is_asked_about_by_itself() -> None:
    shop = begun(1, line(500))
    assert shop.by_receipt(("choose", "all"), ("choose", "shop"), ("confirm", True)) is None
    ended = Returned(line=0, net=40_500, wish=RechargeRefundReason.SHOP)
    assert shop.booked.returned == (ended, Returned(line=1, net=500, quantity=1))
    shop = begun(1, line(500))
    script = (
        ("choose", "0"),
        ("choose", "member"),
        ("choose", "rule"),
        ("choose", "done"),
        ("confirm", True),
    )
    assert shop.by_receipt(*script) is None
    assert shop.booked.returned == (Returned(line=0, net=38_200, wish=RechargeRefundReason.MEMBER),)


@pytest.mark.parametrize("leaves", [(("choose", CANCEL),), (("choose", "member"), ("choose", CANCEL))])
def test_whose_wish_it_is_can_be_left_unanswered(leaves: Script) -> None:
    shop = begun(2)
    shop.by_receipt(*leaves)
    assert not shop.desk.booked


# Coupons that come back over


def with_a_coupon(until: str, days: int = 0) -> Shop:
    """Used on the 20th; it comes back on the 24th."""
    shop = Shop(line(500), policy=replace(POLICY, coupon_anew_days=days))
    shop.book.on_day("2026-11-20")
    some = (CouponGrant(coupon="k1", kind="c3", face=300, threshold=0, until=until),)
    shop.book.book(BookGrant, wallet=W1, why="x", coupons=some)
    off = (Discount(name="三元券", amount=300, coupon="k1"),)
    cheaper = replace(line(700), gross=1000, discounts=off, name="苹果")
    shop.sale = sell(shop.book, cheaper, coupons_used=("k1",))
    shop.book.on_day("2026-11-24")
    return shop


def coupon_rows(shop: Shop) -> list[tuple[str, str]]:
    return [(label, value) for label, value in shop.shown if "oupon" in label]


def test_a_coupon_that_comes_back_over_is_said_to_be() -> None:
    shop = with_a_coupon("2026-11-23")
    shop.by_receipt(("confirm", True))
    assert coupon_rows(shop) == [
        ("Coupons", "+1"),
        ("A coupon comes back that ended on 2026-11-23", ""),
    ]
    assert shop.booked.coupons == ()
    assert shop.book.of(W1, "coupon:k1") == 1


@pytest.mark.parametrize(
    ("unit", "pays"), [("voucher:v1", TenderKind.VOUCHER), ("count:K1", TenderKind.USES)]
)
@pytest.mark.parametrize("days", [0, 7])
def test_a_voucher_or_a_use_that_comes_back_over_is_said_to_be(
    unit: str, pays: TenderKind, days: int
) -> None:
    shop = Shop(line(500), policy=replace(POLICY, points_anew_days=days))
    shop.book.on_day("2026-11-20")
    size = 500 if pays is TenderKind.VOUCHER else 1
    grants = (Grant(unit=unit, amount=size, until="2026-11-23"),)
    shop.book.book(BookGrant, wallet=W1, why="x", grants=grants)
    uses = pays is TenderKind.USES
    of, units, places = (unit, 1, (0,)) if uses else ("v1", 0, ())
    tender = Tender(kind=pays, amount=500, of=of, units=units, places=places)
    shop.sale = shop.book.book(BookSale, wallet=W1, card=None, lines=(line(500),), due=500, tenders=(tender,))
    shop.book.on_day("2026-11-24")
    shop.by_receipt(("confirm", True))
    said = "Points, cashback or vouchers come back that ended on 2026-11-23"
    if uses:
        said = "Uses or litres come back that ended on 2026-11-23"
    elif days:
        said = "Points, cashback, vouchers that had ended: until 2026-11-30"
    assert [label for label, _ in shop.shown if "ended" in label] == [said]
    again = "2026-11-30" if days and not uses else ""
    assert shop.booked.anew == again
    lots = [(lot.until, lot.rest) for lot in shop.book.lots(W1, unit) if lot.rest]
    assert lots == [(again or "2026-11-23", size)]


def test_where_the_shop_says_so_another_is_given_in_its_place() -> None:
    shop = with_a_coupon("2026-11-23", days=7)
    shop.by_receipt(("confirm", True))
    assert coupon_rows(shop) == [("Coupons", "+1"), ("A coupon anew, until 2026-11-30", "")]
    (anew,) = shop.booked.coupons
    assert (anew.kind, anew.face, anew.until) == ("c3", 300, "2026-11-30")
    assert (shop.book.of(W1, "coupon:k1"), shop.book.of(W1, f"coupon:{anew.coupon}")) == (0, 1)


@pytest.mark.parametrize("until", ["", "2026-11-24"])
def test_one_that_is_not_over_comes_back_as_it_is(until: str) -> None:
    shop = with_a_coupon(until, days=7)
    shop.by_receipt(("confirm", True))
    assert coupon_rows(shop) == [("Coupons", "+1")]
    assert (shop.booked.coupons, shop.book.of(W1, "coupon:k1")) == ((), 1)
