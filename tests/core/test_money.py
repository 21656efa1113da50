from __future__ import annotations

from fractions import Fraction

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from terminal.core.errors import BadAmount
from terminal.core.money import (
    AMOUNT_MAX,
    Fen,
    Price,
    PriceOrNothing,
    amount,
    apportioned,
    half_up,
    plain,
    shown,
)


@pytest.mark.parametrize(
    ("text", "fen"),
    [("12", 1200), ("12.5", 1250), ("12.50", 1250), ("0.01", 1), (" 7 ", 700), ("100000", AMOUNT_MAX)],
)
def test_an_amount_as_people_key_it(text: str, fen: int) -> None:
    assert amount(text) == fen


@pytest.mark.parametrize(
    "text",
    [
        "",
        ".",
        "1.",
        ".5",
        "0",
        "0.00",
        "-1",
        "+1",
        "1e3",
        "1,000",
        "1.234",
        "nan",
        "inf",
        "１２",
        "1 2",
        "100000.01",
        "9" * 40,
        "1\n2",
        "¥5",
    ],
)
def test_what_is_no_amount_is_refused(text: str) -> None:
    with pytest.raises(BadAmount):
        amount(text)


def test_a_limit_of_its_own() -> None:
    assert amount("10", at_most=Fen(1000)) == 1000
    with pytest.raises(BadAmount):
        amount("10.01", at_most=Fen(1000))


def test_what_was_keyed_is_not_repeated_in_the_fault() -> None:
    with pytest.raises(BadAmount) as refused:
        amount("19000000301x")
    assert "19000000301" not in str(refused.value)


@given(st.integers(1, AMOUNT_MAX))
def test_shown_amounts_can_be_keyed_again(fen: int) -> None:
    assert amount(plain(fen)) == fen
    assert shown(-fen) == f"-¥{plain(fen)}"


@given(st.integers(-(10**15), 10**15), st.integers(1, 10**6))
def test_half_up_is_exact(numerator: int, denominator: int) -> None:
    error = Fraction(half_up(numerator, denominator)) - Fraction(numerator, denominator)
    assert abs(error) <= Fraction(1, 2)
    assert half_up(-numerator, denominator) == -half_up(numerator, denominator)


def test_halves_go_away_from_zero() -> None:
    assert [half_up(n, 2) for n in (-3, -1, 1, 3, 5)] == [-2, -1, 1, 2, 3]


WEIGHTS = st.lists(st.integers(1, 10_000), min_size=1, max_size=6)


@given(WEIGHTS, st.data())
def test_shares_add_up_and_none_shrinks_when_the_whole_grows(weights: list[int], data: st.DataObject) -> None:
    whole = data.draw(st.integers(0, sum(weights) - 1))
    less, more = apportioned(whole, weights), apportioned(whole + 1, weights)
    assert (sum(less), sum(more)) == (whole, whole + 1)
    assert all(0 <= one <= other <= weight for one, other, weight in zip(less, more, weights, strict=True))


@given(WEIGHTS)
def test_the_whole_gives_each_its_weight_and_nothing_gives_none(weights: list[int]) -> None:
    assert apportioned(sum(weights), weights) == weights
    assert apportioned(0, weights) == [0] * len(weights)
    assert apportioned(0, []) == []


@given(WEIGHTS, st.data())
def test_units_go_round_in_the_order_of_their_turns(weights: list[int], data: st.DataObject) -> None:
    """Webster: unit m of a weight w has its turn at (2m - 1) / w; who stands first goes first."""
    few = [min(weight, 60) for weight in weights]
    whole = data.draw(st.integers(0, sum(few)))
    turns = [(Fraction(2 * m - 1, w), one) for one, w in enumerate(few) for m in range(1, w + 1)]
    first = [one for _, one in sorted(turns)[:whole]]
    assert apportioned(whole, few) == [first.count(one) for one in range(len(few))]


def test_one_large_weight_gives_way_where_many_small_ones_have_their_turn_first() -> None:
    """By proportion alone the large one would have seven."""
    assert apportioned(10, [700, 56, 56, 56, 56, 56]) == [6, 1, 1, 1, 1, 0]


@pytest.mark.parametrize(
    ("fen", "written"), [(0, "0.00"), (5, "0.05"), (-5, "-0.05"), (105_07, "105.07"), (-105_07, "-105.07")]
)
def test_an_amount_as_it_is_written(fen: int, written: str) -> None:
    assert plain(fen) == written
    assert shown(fen) == (f"-¥{written[1:]}" if fen < 0 else f"¥{written}")


@pytest.mark.parametrize(("price", "may"), [(0, False), (1, True), (100_000_00, True), (100_000_01, False)])
def test_a_price_is_something_and_no_more_than_a_transaction(price: int, may: bool) -> None:  # noqa: FBT001
    for kind, allowed in ((Price, may), (PriceOrNothing, may or price == 0)):
        if allowed:
            assert msgspec.convert(price, kind) == price
        else:
            with pytest.raises(msgspec.ValidationError):
                msgspec.convert(price, kind)


def test_less_than_nothing_is_no_price() -> None:
    with pytest.raises(msgspec.ValidationError):
        msgspec.convert(-1, PriceOrNothing)
