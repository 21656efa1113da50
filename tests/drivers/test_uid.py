"""A UID names a card only when it is whole and stays the same."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from terminal.core.errors import CardSwapped, CardTorn, TerminalFault, UnknownCard
from terminal.core.trust import Credential, Medium
from terminal.drivers.codecs.apdu import Conversation
from terminal.drivers.codecs.uid import GET_UID, is_random, known_by, still, uid
from tests.drivers.chips import answered

OK = b"\x90\x00"
SHORTEST = 2 * 4
"""Digits: less of a UID stands in any sentence by chance."""


def named() -> Conversation[Credential]:
    return known_by((yield from uid()))


def said(answer: str) -> Credential:
    talk = named()
    assert next(talk) == GET_UID
    with pytest.raises(StopIteration) as done:
        talk.send(bytes.fromhex(answer))
    found: Credential = done.value.value
    return found


@pytest.mark.parametrize("number", ["DEADBEEF", "04A1B2C3D4E5F6", "E0040150123456AB", "0412345678901234567F"])
def test_whole_uids_of_every_size_are_taken(number: str) -> None:
    assert said(number + "9000") == Credential(medium=Medium.UID, number=number)


@pytest.mark.parametrize(
    ("answer", "why"),
    [
        ("08112233 9000", "random"),
        ("88040102 9000", "cut short"),
        ("9000", "0 bytes"),
        ("0102030405 9000", "5 bytes"),
        ("6A81", "6a81"),
        ("04A1B2C3D4E5F6 6282", "6282"),
    ],
)
def test_what_names_nobody_is_refused_with_the_reason(answer: str, why: str) -> None:
    with pytest.raises(UnknownCard, match=why):
        said(answer)


@pytest.mark.parametrize("answer", ["", "90", "6300"])
def test_an_answer_that_broke_off_is_no_answer(answer: str) -> None:
    with pytest.raises(CardTorn):
        said(answer)


def test_a_random_uid_is_told_from_one_that_is_whole() -> None:
    assert is_random(bytes.fromhex("08112233"))
    assert not is_random(bytes.fromhex("08112233445566"))


def test_two_cards_that_answer_by_turns_are_seen() -> None:
    talk = still(bytes.fromhex("DEADBEEF"))
    next(talk)
    with pytest.raises(CardSwapped, match="two cards"):
        talk.send(bytes.fromhex("04A1B2C3D4E5F6 9000"))


@given(st.binary(max_size=300))
def test_any_answer_names_its_own_uid_or_is_refused_without_it(answer: bytes) -> None:
    talk = named()
    next(talk)
    with pytest.raises((StopIteration, TerminalFault)) as end:
        talk.send(answer)
    digits = answer[:-2].hex()
    if isinstance(end.value, StopIteration):
        assert bytes.fromhex(end.value.value.number) + OK == answer
    else:
        assert len(digits) < SHORTEST or digits not in str(end.value).replace(answer[-2:].hex(), "")


@given(st.lists(st.binary(max_size=20), max_size=3))
def test_a_card_that_says_anything_gives_faults_with_words(answers: list[bytes]) -> None:
    answered(named(), answers)
