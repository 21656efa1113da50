from __future__ import annotations

import pytest

from terminal.core.commands import Discount, Measured, SaleLine
from terminal.core.screens import NEXT, Keying, State, holder_shown, poured_by, sale_lines
from tests.flows.shop import WANG


@pytest.mark.parametrize(
    ("measured", "keying"),
    [
        (Measured.CENTILITRE, Keying.LITRES),
        (Measured.DECAGRAM, Keying.KILOGRAMS),
        (Measured.CENTICUBIC, Keying.CUBIC_METRES),
    ],
)
def test_a_fill_is_keyed_in_what_it_is_counted_in(measured: Measured, keying: Keying) -> None:
    assert poured_by(measured) is keying


def test_every_state_can_be_reached_and_left_towards_idle() -> None:
    assert set(NEXT) == set(State)
    for state in State:
        assert State.IDLE in _reached(state)
        assert state in _reached(State.IDLE)


def test_money_never_moves_without_a_question_before_it() -> None:
    assert State.PROCESSING not in NEXT[State.IDLE]
    assert {state for state in State if State.APPROVED in NEXT[state]} == {State.PROCESSING, State.APPROVED}


def test_what_was_approved_cannot_be_declined_afterwards() -> None:
    assert NEXT[State.APPROVED] == {State.APPROVED, State.IDLE, State.CLOSED}


def test_a_sale_line_as_a_screen_shows_it() -> None:
    line = SaleLine(
        sku="x", name="{米}", category="c", quantity=1250, measured=Measured.GRAM, unit_price=8_00,
        gross=10_00, discounts=(Discount(name="会员日", amount=1_00),), net=9_00,
    )  # fmt: skip
    first, second = sale_lines([line], [0])
    assert (first.label.values, first.value, first.ref) == (
        {"name": "{米}", "quantity": "1.250 kg"},
        "¥10.00",
        "0",
    )
    assert (second.label.values, second.value, second.ref) == ({"name": "会员日"}, "-¥1.00", "")


def test_a_holder_is_shown_masked() -> None:
    shown = holder_shown(WANG)
    assert (shown.name, shown.number, shown.balance, shown.points) == ("王**", "****E5F6", "¥110.00", "5")


def _reached(state: State) -> set[State]:
    found, todo = set[State](), [state]
    while todo:
        for following in NEXT[todo.pop()] - found:
            found.add(following)
            todo.append(following)
    return found
