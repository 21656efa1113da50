"""What a card is for, by the shop's kinds."""

from __future__ import annotations

import msgspec
import pytest
from msgspec.structs import replace

from terminal.core.card_kinds import KIND_MAX, CardKind, CardUse, kind_of, may
from terminal.core.policy import Policy
from terminal.core.values import CardId
from terminal.core.wire.people import KeyToken, kind_led_by

MEMBER = CardKind(name="member", shown="积分卡", uses=(CardUse.STORED, CardUse.POINTS))
BACK = CardKind(name="back", shown="返现卡", uses=(CardUse.CASHBACK,))
BOTH = (MEMBER, BACK)


def test_where_the_shop_makes_no_difference_every_card_is_for_all() -> None:
    assert kind_of((), "") is None
    assert kind_of((), "back") is None
    assert all(may((), name, use) for name in ("", "back") for use in CardUse)
    assert all(Policy().card_may("", use) for use in CardUse)


def test_a_card_is_for_what_its_kind_says_and_nothing_else() -> None:
    assert kind_of(BOTH, "back") is BACK
    assert [use for use in CardUse if may(BOTH, "back", use)] == [CardUse.CASHBACK]
    assert [use for use in CardUse if may(BOTH, "member", use)] == [CardUse.STORED, CardUse.POINTS]
    assert [use for use in CardUse if Policy(card_kinds=BOTH).card_may("back", use)] == [CardUse.CASHBACK]


def test_cards_that_were_given_no_kind_or_one_that_is_gone_are_of_the_first() -> None:
    assert kind_of(BOTH, "") is kind_of(BOTH, "gone") is MEMBER
    assert kind_of((BACK, MEMBER), "") is BACK


def test_uses_are_called_as_settings_call_them() -> None:
    assert [str(use) for use in CardUse] == ["stored", "points", "discount", "cashback", "count"]


def test_a_name_is_there_once() -> None:
    with pytest.raises(ValueError, match="card_kinds: one name is there twice"):
        Policy(card_kinds=(MEMBER, replace(BACK, name="member")))


def test_a_kind_has_a_name_that_the_journal_can_hold_and_is_for_something() -> None:
    said = {"name": "n" * KIND_MAX, "shown": "积分卡", "uses": ["points"]}
    assert msgspec.convert(said, CardKind).name == "n" * KIND_MAX
    long = {"name": "n" * (KIND_MAX + 1)}
    for wrong in (long, {"name": ""}, {"name": "a b"}, {"name": "a:b"}, {"shown": ""}, {"uses": []}):
        with pytest.raises(msgspec.ValidationError):
            msgspec.convert(said | wrong, CardKind)


def test_what_headquarters_told_says_the_kind_of_a_card_and_of_a_phone_that_of_the_first() -> None:
    phone = KeyToken(token="aa" * 32)
    second = KeyToken(token="bb" * 32, card=CardId("c2"), kind="member")
    first = KeyToken(token="cc" * 32, card=CardId("c1"), kind="back")
    keys = (phone, second, first)
    assert [kind_led_by(keys, one) for one in (second, first, phone, None)] == [
        "member",
        "back",
        "back",
        "back",
    ]
    assert kind_led_by((phone,), phone) == ""
