"""A UID names a card only when it is whole and stays the same."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from terminal.drivers.codecs.uid import OK, broken, uid_of, unusable

SHORTEST = 2 * 4
"""Digits: less of a UID stands in any sentence by chance."""


@pytest.mark.parametrize("uid", ["DEADBEEF", "04A1B2C3D4E5F6", "E0040150123456AB", "0412345678901234567F"])
def test_whole_uids_of_every_size_are_taken(uid: str) -> None:
    answer = bytes.fromhex(uid) + OK
    assert not broken(answer)
    assert not unusable(answer)
    assert uid_of(answer) == uid


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
    assert why in unusable(bytes.fromhex(answer))


@pytest.mark.parametrize("answer", ["", "90", "6300"])
def test_an_answer_that_broke_off_is_no_answer(answer: str) -> None:
    assert broken(bytes.fromhex(answer))


@given(st.binary(max_size=300))
def test_no_answer_is_both_refused_and_told(answer: bytes) -> None:
    if not broken(answer) and not unusable(answer):
        assert answer.endswith(OK)
        assert bytes.fromhex(uid_of(answer)) + OK == answer
    else:
        uid = answer[: -len(OK)].hex()
        assert len(uid) < SHORTEST or uid not in unusable(answer).replace(answer[-len(OK) :].hex(), "")
