"""Codes with which is collected what points paid for."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from terminal.core.claim_codes import SECRET_BYTES, claim_keyed, claim_shown, is_claim, new_claim
from terminal.core.errors import BadClaim


@given(st.binary(min_size=8, max_size=8))
def test_a_new_one_is_of_nine_digits_and_is_read_as_it_is_shown(secret: bytes) -> None:
    code = new_claim(secret)
    assert len(code) == 9
    assert is_claim(code)
    assert claim_keyed(claim_shown(code)) == code


def test_it_is_made_of_the_secret_alone() -> None:
    assert new_claim(bytes(range(8))) == "523061836"
    assert new_claim(bytes(8)) == "000000000"
    assert new_claim((12_345_678).to_bytes(8)) == "123456782"
    assert new_claim((55_555_555).to_bytes(8)) == "555555556"
    assert SECRET_BYTES == 8
    assert claim_shown("123456782") == "123 456 782"


@pytest.mark.parametrize("at", range(9))
def test_a_digit_that_is_keyed_wrong_is_seen(at: int) -> None:
    code = "123456782"
    wrong = [code[:at] + digit + code[at + 1 :] for digit in "0123456789" if digit != code[at]]
    assert not any(map(is_claim, wrong))


@pytest.mark.parametrize("text", ["", "12345678", "1234567820", "12345678a", "１23456782", "123456781"])
def test_what_is_none_is_refused(text: str) -> None:
    with pytest.raises(BadClaim):
        claim_keyed(text)


@pytest.mark.parametrize("text", ["123456782", " 123 456 782 ", "123-456-782", "12 3456 782"])
def test_it_may_be_keyed_in_groups(text: str) -> None:
    assert claim_keyed(text) == "123456782"
