"""How tiers rise, and which of a shop's own stand otherwise elsewhere."""

from __future__ import annotations

import re

import pytest
from msgspec import ValidationError, convert, json

from terminal.core.ranks import BY_CUSTOM, TIER_PATTERN, TIERS_ROW, TierOrder, misplaced, rank

METAL = ("铜", "银", "金")


def test_they_rise_in_their_order_and_whatever_else_was_given_by_hand_is_above() -> None:
    assert [rank(tier, METAL) for tier in (*METAL, "钻")] == [0, 1, 2, 3]
    assert [rank(tier, BY_CUSTOM) for tier in ("regular", "silver", "gold", "VIP", "vip")] == [0, 1, 2, 3, 4]


def test_what_every_membership_begins_with_is_the_lowest_unless_it_has_a_place_of_its_own() -> None:
    assert rank("regular", METAL) == 0
    assert rank("regular", ("basic", "regular")) == 1


@pytest.mark.parametrize(
    ("names", "found"),
    [
        (METAL, ()),
        (("regular", "银", "金"), ()),
        (("铜", "金"), ()),
        (("regular", "铜", "银"), ("铜",)),  # There it is the lowest itself.
        (("铜", "金", "银"), ("银",)),
        (("金", "银", "铜"), ("银", "铜")),
        (("铜", "gold", "金"), ("gold",)),
        (("铜", "铜"), ("铜",)),
        ((), ()),
    ],
)
def test_it_is_said_which_of_a_shops_own_do_not_rise_so(
    names: tuple[str, ...], found: tuple[str, ...]
) -> None:
    assert misplaced(names, METAL) == found


@pytest.mark.parametrize("order", [[], ["a", "a"], ["a b"], [""], ["x" * 41], [f"t{n}" for n in range(22)]])
def test_an_order_of_no_names_of_tiers_is_none(order: list[str]) -> None:
    with pytest.raises(ValidationError):
        convert({"order": order}, TierOrder)


def test_headquarters_and_the_sites_read_it_by_one_name() -> None:
    assert TIERS_ROW == "tiers"


def test_an_order_has_up_to_21_names_of_up_to_40_characters() -> None:
    names = [f"t{n}" for n in range(20)] + ["金" * 40]
    assert convert({"order": names}, TierOrder).order == tuple(names)
    assert json.encode(TierOrder(order=("铜",))) == '{"order":["铜"]}'.encode()
    assert re.match(TIER_PATTERN, "a.b-c_1") is not None
