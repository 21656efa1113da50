"""The customer sees the price before the card, then what was paid; never a phone number or a reason."""

from __future__ import annotations

import pytest

from terminal.core.facing import NOTHING, FacingRow, Rows, facing
from terminal.core.screens import HolderShown, Keying, Line, Screen, State, says

HOLDER = HolderShown(name="王*", number="****E5F6", tier="gold", balance="¥110.00", points="7")
MILK = Line(label=says("{name} x {quantity}", name="牛奶", quantity="2"), value="¥7.00", ref="0")
OFF = Line(label=says("{name}", name="会员价"), value="-¥0.50")
CHANGE = Line(label=says("Change"), value="¥3.50")
AFTER = Line(label=says("Balance after"), value="¥103.50")


def _facing(state: State, *, balance: bool = True, amount: str = "", **parts: object) -> Rows:
    screen = Screen(state=state, step=1, title=says("How is it paid?"), amount=amount, **parts)  # type: ignore[arg-type]
    return facing(screen, balance=balance)


def _row(label: str, value: str = "", **values: str) -> FacingRow:
    return FacingRow(label=says(label, **values), value=value)


def test_the_cart_shows_its_last_article_and_the_total() -> None:
    shown = _facing(State.CART, amount="¥6.50", lines=(MILK, OFF))
    assert shown == (
        _row("{name} x {quantity}", "7.00", name="牛奶", quantity="2"),
        _row("Total", "6.50"),
    )
    assert _facing(State.CART, amount="¥0.00") == NOTHING


def test_the_price_stands_there_before_the_card_is_asked_for() -> None:
    assert _facing(State.READY, amount="¥6.50") == (
        _row("Amount due", "6.50"),
        _row("Card or code, please"),
    )
    assert _facing(State.READY)[0] == _row("Card or code, please")


@pytest.mark.parametrize("state", [State.CHOOSING, State.KEYING, State.CONFIRM, State.PROCESSING])
def test_the_price_stays_until_it_is_paid_and_the_balance_where_it_may(state: State) -> None:
    due = _row("Amount due", "6.50")
    assert _facing(state, amount="¥6.50", holder=HOLDER) == (due, _row("Balance", "110.00"))
    assert _facing(state, amount="¥6.50", holder=HOLDER, balance=False) == (due, FacingRow())


def test_what_was_paid_comes_with_the_change_or_with_what_is_left() -> None:
    paid = _row("Paid", "6.50")
    assert _facing(State.APPROVED, amount="¥6.50", lines=(AFTER, CHANGE)) == (paid, _row("Change", "3.50"))
    assert _facing(State.APPROVED, amount="¥6.50", lines=(AFTER,))[1] == _row("Balance after", "103.50")
    assert _facing(State.APPROVED, amount="¥6.50", lines=(AFTER,), balance=False) == (paid, FacingRow())


@pytest.mark.parametrize("flow", ["refund", "void", "recharge_refund"])
@pytest.mark.parametrize("state", [State.CONFIRM, State.PROCESSING, State.APPROVED])
def test_what_is_given_back_is_not_called_due_or_paid(state: State, flow: str) -> None:
    back = Screen(state=state, step=1, title=says("x"), flow=flow, amount="¥3.50")
    first, _ = facing(back, balance=False)
    assert first == FacingRow(label=says("Given back"), value="3.50")


@pytest.mark.parametrize("flow", ["invoice", "company"])
@pytest.mark.parametrize("state", [State.CONFIRM, State.PROCESSING, State.APPROVED])
def test_what_may_be_neither_due_nor_paid_is_an_amount(state: State, flow: str) -> None:
    assert _facing(state, amount="¥3.50", flow=flow)[0] == _row("Amount", "3.50")


def test_a_refusal_gives_no_reason() -> None:
    shown = _facing(State.DECLINED, code="41", advice=says("This card is not known here."))
    assert shown == (_row("Declined"), FacingRow())


@pytest.mark.parametrize("state", [State.IDLE, State.SAYING, State.CLOSED, State.KEYING, State.CHOOSING])
def test_otherwise_it_is_dark(state: State) -> None:
    assert _facing(state, keying=Keying.PHONE, holder=HOLDER, lines=(MILK,)) == NOTHING


@pytest.mark.parametrize("state", State)
def test_what_lies_in_the_drawer_is_nothing_of_the_customers(state: State) -> None:
    assert _facing(state, flow="shift", amount="¥298.00", lines=(CHANGE, AFTER)) == NOTHING


@pytest.mark.parametrize("state", [State.READY, State.CONFIRM, State.PROCESSING, State.APPROVED])
def test_before_a_fill_nothing_is_due_and_nothing_paid(state: State) -> None:
    first, _ = _facing(state, amount="¥738.00", flow="release")
    assert first == _row("Held at most", "738.00")
