"""Of two members who are one person what each said is kept once, notes about health by their word."""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from terminal.core.commands import Private
from terminal.core.one_person import together

STAYS = Private(
    name="王小明", phone="19000000301", plate="沪A12345", salt="01", told=(("hair", "细软"), ("skin", "干"))
)
GOES = Private(
    name="王明",
    phone="19000000302",
    plate="沪B12345",
    salt="02",
    told=(("hair", "粗"), ("allergy", "青霉素"), ("document", "citizen:x")),
)


def test_what_the_one_who_stays_said_is_so_and_the_rest_comes_from_the_other() -> None:
    assert together(STAYS, GOES, health=True) == replace(
        STAYS, told=(*STAYS.told, ("allergy", "青霉素"), ("document", "citizen:x"))
    )


def test_without_their_word_nothing_about_health_stays() -> None:
    assert together(STAYS, GOES, health=False).told == (("hair", "细软"), ("document", "citizen:x"))


@pytest.mark.parametrize("what", ["name", "phone", "plate"])
def test_what_one_of_them_did_not_say_the_other_did(what: str) -> None:
    nameless = replace(STAYS, **{what: ""})
    found = together(nameless, GOES, health=True)
    assert getattr(found, what) == getattr(GOES, what)
    assert replace(found, **{what: getattr(STAYS, what)}) == together(STAYS, GOES, health=True)


def test_of_who_said_nothing_nothing_comes() -> None:
    assert together(STAYS, Private(), health=True) == STAYS
