"""What is left of a recharge is paid out, as a dialogue; and that it can be left at every question."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from terminal.core.approval import Approved
from terminal.core.commands import BookInvoice, BookRechargeRefund, PaidBy, RechargeRefundReason
from terminal.core.errors import (
    BadAmount,
    LedgerClosed,
    NoPin,
    NothingPaidIn,
    PartElsewhere,
    PinLocked,
    RedLetterFirst,
    StaffPinLocked,
    UnknownCard,
)
from terminal.core.pin import PinCause
from terminal.core.policy import Policy
from terminal.flows.recharge_refund import recharge_refund
from tests.core.ledger.book import C1, W1, Book
from tests.core.ledger.test_value import line, load, sell
from tests.flows.scripted import CANCEL, Script, ScriptedDesk, play
from tests.flows.shop import STRANGER, WANG, WANG_CARD

HOLDERS = {WANG_CARD: replace(WANG, wallet=W1, card=C1)}
TWO = Policy(second_person=(Approved.RECHARGE_REFUND,))
PIN = "200731"
TODAY = "2026-11-24"
COOLING_OFF, MEMBER, SHOP = RechargeRefundReason


class Counter:
    def __init__(self, policy: Policy | None = None) -> None:
        self.desk = ScriptedDesk((), holders=HOLDERS, policy=policy)
        self.book: Book = self.desk.sold.book.with_card()

    def used(self, principal: int, bonus: int, spent: int, on: str = TODAY, **more: Any) -> Counter:
        self.book.on_day(on)
        load(self.book, principal, bonus, **more)
        if spent:
            sell(self.book, line(spent), pays={"stored": spent})
        self.book.on_day(TODAY)
        return self

    def plays(self, *script: tuple[str, Any]) -> Any:
        self.desk.answers((("read_card", WANG_CARD), *script))
        return play(recharge_refund(self.desk))

    @property
    def booked(self) -> BookRechargeRefund:
        assert self.desk.finished
        (command,) = self.desk.booked
        assert isinstance(command, BookRechargeRefund)
        return command

    @property
    def shown(self) -> list[tuple[str, str]]:
        return [(one.label.text.format(**one.label.values), one.value) for one in self.desk.lines]


def test_within_its_days_the_principal_comes_back() -> None:
    desk = Counter().used(1000_00, 100_00, 0)
    desk.plays(("choose", "cooling_off"), ("confirm", True))
    assert (desk.booked.reason, desk.booked.listed, desk.booked.agreed) == (COOLING_OFF, 0, 0)
    assert not desk.booked.in_cash
    assert desk.shown == [
        ("Paid in", "¥1000.00"),
        ("Of it spent", "¥0.00"),
        ("By the rule", "¥1000.00"),
        ("By transfer to an account of the same name", "¥1000.00"),
        ("Principal that ends", "-¥1000.00"),
        ("Bonus that ends", "-¥100.00"),
    ]
    assert desk.desk.handed_over == ["Booked. Hand over the receipt."]


def test_by_the_members_wish_what_was_taken_counts_at_list_price() -> None:
    desk = Counter().used(1000_00, 0, 600_00)
    desk.plays(("choose", "member"), ("ask_amount", 750_00), ("choose", "rule"), ("confirm", True))
    assert (desk.booked.reason, desk.booked.listed) == (MEMBER, 750_00)
    assert desk.shown[:3] == [
        ("Paid in", "¥1000.00"),
        ("Taken, at list price", "-¥750.00"),
        ("By the rule", "¥250.00"),
    ]


def test_a_list_price_below_what_was_spent_is_asked_for_again() -> None:
    desk = Counter().used(1000_00, 0, 600_00)
    desk.plays(
        ("choose", "member"),
        ("ask_amount", 599_99),
        ("ask_amount", 600_00),
        ("choose", "rule"),
        ("confirm", True),
    )
    assert desk.desk.declined == [BadAmount.code]
    assert desk.booked.listed == 600_00


def test_of_what_was_not_used_nobody_asks_a_list_price() -> None:
    desk = Counter().used(1000_00, 0, 0)
    desk.plays(("choose", "member"), ("confirm", True))
    assert desk.booked.listed == 0


def test_where_the_shop_ends_it_principal_comes_back_in_proportion_and_cash_is_rounded_to_the_member() -> (
    None
):
    desk = Counter().used(50_00, 5_00, 10_01)
    desk.plays(("choose", "shop"), ("choose", "rule"), ("choose", "cash"), ("confirm", True))
    assert desk.booked.in_cash
    assert desk.shown == [
        ("Paid in", "¥50.00"),
        ("Bonus given with it", "¥5.00"),
        ("Spent of both", "¥10.01"),
        ("Of it principal, in proportion", "-¥9.10"),
        ("By the rule", "¥40.90"),
        ("Cash back", "¥40.90"),
        ("Principal that ends", "-¥39.99"),
        ("Bonus that ends", "-¥5.00"),
    ]
    assert desk.desk.handed_over == ["Booked. Give ¥40.90 back, with the receipt."]


def test_terms_that_are_better_for_the_member_win() -> None:
    desk = Counter().used(1000_00, 0, 600_00)
    desk.plays(("choose", "cooling_off"), ("choose", "terms"), ("ask_amount", 500_00), ("confirm", True))
    assert desk.booked.agreed == 500_00
    assert desk.shown[3] == ("By the terms", "¥500.00")
    assert desk.book.site_of("outside:transfer") == 500_00


def test_terms_that_are_worse_change_nothing() -> None:
    desk = Counter().used(1000_00, 0, 600_00)
    desk.plays(("choose", "cooling_off"), ("choose", "terms"), ("ask_amount", 1_00), ("confirm", True))
    assert desk.book.site_of("outside:transfer") == 400_00
    assert "By the terms" not in dict(desk.shown)


@pytest.mark.parametrize(("principal", "asked"), [(100_00, True), (100_01, False)])
def test_cash_up_to_100_yuan(principal: int, *, asked: bool) -> None:
    desk = Counter().used(principal, 0, 0)
    way = (("choose", "account"),) if asked else ()
    desk.plays(("choose", "cooling_off"), *way, ("confirm", True))
    assert not desk.booked.in_cash


def test_it_goes_back_the_way_it_came() -> None:
    desk = Counter().used(1000_00, 0, 0, paid_by=PaidBy.CODE, through="wechat")
    desk.plays(("choose", "cooling_off"), ("confirm", True))
    assert desk.shown[3] == ("Back to WeChat Pay", "¥1000.00")


@pytest.mark.parametrize(("day", "offered"), [("2026-11-17", True), ("2026-11-16", False)])
def test_the_days_of_cooling_off_end(day: str, *, offered: bool) -> None:
    desk = Counter().used(1000_00, 0, 0, on=day)
    desk.plays(("choose", CANCEL))
    assert ("cooling_off" in desk.desk.offered[-1]) is offered


def test_which_of_several_recharges_it_is_is_chosen() -> None:
    desk = Counter().used(300_00, 0, 0, on="2026-11-20").used(200_00, 0, 0)
    first, second = (one.lot for one in desk.desk.sold.book.lots(W1, "principal"))
    desk.plays(("choose", second), ("choose", "cooling_off"), ("confirm", True))
    assert desk.desk.offered[0] == (first, second)
    assert desk.booked.lot == second


def test_a_card_that_nobody_knows_or_with_nothing_left_is_refused() -> None:
    desk = Counter()
    assert isinstance(desk.plays(), NothingPaidIn)
    desk.desk.answers((("read_card", STRANGER),))
    assert isinstance(play(recharge_refund(desk.desk)), UnknownCard)
    assert desk.desk.booked == []


def test_where_a_part_lies_elsewhere_it_is_refused_before_anybody_agrees(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    desk = Counter().used(1000_00, 0, 0)

    async def refuses(command: BookRechargeRefund) -> Any:
        raise PartElsewhere(f"{command.lot}")

    monkeypatch.setattr(desk.desk, "foresee", refuses)
    assert isinstance(desk.plays(("choose", "cooling_off")), PartElsewhere)
    assert desk.desk.booked == []


def test_what_the_ledger_refuses_in_the_end_is_not_handed_over() -> None:
    desk = Counter().used(1000_00, 0, 0)
    desk.desk.fails = LedgerClosed("disk full")
    assert desk.plays(("choose", "cooling_off"), ("confirm", True)) is desk.desk.fails
    assert desk.desk.handed_over == []


LONGEST: Script = (
    ("choose", "member"),
    ("ask_amount", 20_00),
    ("choose", "terms"),
    ("ask_amount", 90_00),
    ("choose", "cash"),
    ("confirm", True),
    ("second", "E09"),
)


def test_where_policy_names_it_a_second_person_approves_it() -> None:
    desk = Counter(TWO).used(100_00, 0, 20_00)
    desk.plays(*LONGEST)
    assert (desk.booked.at.second, desk.booked.agreed, desk.booked.in_cash) == ("E09", 90_00, True)


@pytest.mark.parametrize("cause", [PinCause.ABOVE, None])
def test_the_pin_is_keyed_for_what_is_paid_out_before_anybody_agrees(cause: PinCause | None) -> None:
    desk = Counter().used(50_00, 5_00, 10_00)
    desk.desk.pin, desk.desk.pin_cause_is = PIN, cause
    keyed = (("ask_pin", PIN),) if cause else ()
    desk.plays(("choose", "shop"), ("choose", "rule"), ("choose", "cash"), *keyed, ("confirm", True))
    assert desk.booked.by_pin is (cause is not None)
    assert desk.desk.pin_fen == desk.desk.shown == [41_00]


@pytest.mark.parametrize("fault", [NoPin("none"), PinLocked("five")])
def test_whoever_found_the_card_gets_nothing_of_it(fault: NoPin | PinLocked) -> None:
    desk = Counter().used(100_00, 0, 0)
    desk.desk.pin_cause_is = fault
    assert desk.plays(("choose", "cooling_off"), ("choose", "cash")) is fault
    assert (desk.desk.booked, desk.desk.handed_over) == ([], [])


def test_left_at_the_pin_it_books_nothing() -> None:
    desk = Counter().used(100_00, 0, 0)
    desk.desk.pin, desk.desk.pin_cause_is = PIN, PinCause.ABOVE
    desk.plays(("choose", "cooling_off"), ("choose", "cash"), ("ask_pin", CANCEL))
    assert desk.desk.finished
    assert desk.desk.booked == []


@pytest.mark.parametrize("at", range(len(LONGEST)))
def test_cancelled_at_any_step_it_books_nothing(at: int) -> None:
    desk = Counter(TWO).used(100_00, 0, 20_00)
    desk.plays(*LONGEST[:at], (LONGEST[at][0], CANCEL))
    assert desk.desk.finished
    assert (desk.desk.booked, desk.desk.handed_over) == ([], [])


def test_a_no_or_a_locked_pin_at_the_end_books_nothing() -> None:
    for last in (("confirm", False),), (("confirm", True), ("second", StaffPinLocked("x"))):
        desk = Counter(TWO).used(100_00, 0, 20_00)
        desk.plays(*LONGEST[:5], *last)
        assert desk.desk.booked == []


@given(
    st.integers(1, 300_00),
    st.integers(0, 50_00),
    st.integers(0, 300_00),
    st.sampled_from(["cash", "account"]),
)
def test_whatever_is_shown_as_the_rule_is_paid_and_never_more_than_was_paid_in(
    principal: int, bonus: int, spent: int, way: str
) -> None:
    spent = min(spent, principal + bonus - 1)
    desk = Counter().used(principal, bonus, spent)
    rule = principal - spent * principal // (principal + bonus)
    script: list[tuple[str, Any]] = [("choose", "shop")]
    script += [("choose", "rule")] if rule < principal else []
    script += [("choose", way)] if 0 < rule <= 100_00 else []
    assert desk.plays(*script, ("confirm", True)) is None
    assert dict(desk.shown)["By the rule"] == f"¥{rule // 100}.{rule % 100:02d}"
    paid = desk.book.site_of("drawer:S1") + principal + desk.book.site_of("outside:transfer")
    assert rule <= paid <= min(principal, rule + 9)
    assert desk.book.of(W1, "principal") == desk.book.of(W1, "bonus") == 0


def test_a_recharge_that_has_its_invoice_is_paid_back_only_after_a_red_letter() -> None:
    desk = Counter().used(1000_00, 0, 0)
    (lot,) = desk.book.lots(W1, "principal")
    desk.book.book(BookInvoice, wallet=W1, lot=lot.lot, number="24000001")
    assert isinstance(desk.plays(), RedLetterFirst)
    assert desk.desk.booked == []
    desk.book.book(BookInvoice, wallet=W1, lot=lot.lot, number="24000002", red="24000001")
    desk.plays(("choose", "cooling_off"), ("confirm", True))
    assert desk.booked.lot == lot.lot
