"""Hex of somebody else's is taken only as it is written."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from terminal.core.hexes import hex_bytes


@given(st.binary(max_size=40))
def test_pairs_of_digits_are_bytes(data: bytes) -> None:
    assert hex_bytes(data.hex()) == hex_bytes(data.hex().upper()) == data


@pytest.mark.parametrize("text", ["0", "00 00", " 00", "00\n", "0x00", "0g", "００", "00-00"])
def test_anything_else_is_refused_without_being_told(text: str) -> None:
    with pytest.raises(ValueError, match=f"^{len(text)} characters that are not pairs of hex digits$"):
        hex_bytes(text)


@given(st.text(alphabet="0123456789abcdefABCDEF \t\n\r\f\v", max_size=40))
def test_there_is_a_byte_for_every_two_characters(text: str) -> None:
    try:
        assert 2 * len(hex_bytes(text)) == len(text)
    except ValueError:
        assert len(text) % 2 or any(char.isspace() for char in text)
