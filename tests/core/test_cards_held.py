"""Until when cards without a name pay, and how theirs stand on a day."""

from __future__ import annotations

import pytest
from msgspec import ValidationError, convert
from msgspec.structs import replace

from terminal.core.cards import CardState
from terminal.core.cards_held import CardHeld, CardsHeld
from terminal.core.membership import valid_until
from terminal.core.policy import Policy
from terminal.core.values import CardId
from tests.flows.shop import UNNAMED, WANG

LAST, AFTER = "2029-11-24", "2029-11-25"
ONE = CardHeld(card=CardId("c1"), shown="****1", state=CardState.ACTIVE, until=LAST)


@pytest.mark.parametrize(
    ("day", "years", "last"),
    [
        ("2026-11-24", 3, "2029-11-24"),
        ("2028-02-29", 3, "2031-03-01"),
        ("2028-02-28", 3, "2031-02-28"),
        ("2028-03-29", 4, "2032-03-29"),
        ("2026-01-29", 5, "2031-01-29"),
    ],
)
def test_an_unnamed_card_is_valid_no_less_than_so_many_years(day: str, years: int, last: str) -> None:
    assert valid_until(day, years) == last


@pytest.mark.parametrize("years", [2, 101])
def test_no_policy_says_less_than_three_years(years: int) -> None:
    with pytest.raises(ValidationError):
        convert({"unnamed_valid_years": years}, Policy)
    assert convert({"unnamed_valid_years": 3}, Policy).unnamed_valid_years == 3


def test_it_is_over_on_the_day_after_its_last() -> None:
    holder = replace(UNNAMED, card_until=LAST)
    assert [holder.card_ended(day) for day in (LAST, AFTER)] == [False, True]
    assert replace(UNNAMED, card_until="").card_ended(AFTER) is False


def test_a_card_with_a_name_never_is() -> None:
    assert replace(WANG, card_until=LAST).card_ended(AFTER) is False
    assert CardsHeld(holder=WANG, cards=(ONE,)).on(AFTER).cards == (ONE,)


def test_on_a_day_those_that_are_over_are_expired_whatever_card_was_presented() -> None:
    other = replace(ONE, card=CardId("c2"), until="")
    frozen = replace(ONE, card=CardId("c3"), state=CardState.FROZEN)
    held = CardsHeld(holder=UNNAMED, cards=(ONE, other, frozen))
    assert held.on(LAST) == held
    assert held.on(AFTER).cards == (replace(ONE, state=CardState.EXPIRED), other, frozen)
    assert [held.ended(one, AFTER) for one in held.cards] == [True, False, True]
