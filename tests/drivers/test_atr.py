"""What an answer to reset says chooses the conversation, and any bytes may come."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from terminal.drivers.codecs.atr import Chip, chip_of

REAL = {
    "3B8F8001804F0CA000000306030001000000006A": Chip.CLASSIC,
    "3B8F8001804F0CA0000003060300020000000069": Chip.CLASSIC,
    "3B8F8001804F0CA0000003060300030000000068": Chip.STORAGE,
    "3B04A2131091": Chip.SLE4442,
    "3B0492231091": Chip.SLE4428,
    "3B8180018080": Chip.CONTACTLESS,
    "3B6500002063CB6800": Chip.CONTACT,
    "3B9F94801FC78031A073BE21136743200718000001A5": Chip.CONTACT,
}


@pytest.mark.parametrize("atr", REAL)
def test_a_chip_is_told_by_what_readers_send_for_it(atr: str) -> None:
    assert chip_of(bytes.fromhex(atr)) is REAL[atr]


@given(st.binary(max_size=40))
def test_any_bytes_are_some_chip(atr: bytes) -> None:
    assert chip_of(atr) in Chip


@pytest.mark.parametrize("atr", REAL)
def test_an_answer_that_is_cut_anywhere_is_some_chip(atr: str) -> None:
    whole = bytes.fromhex(atr)
    assert all(chip_of(whole[:size]) in Chip for size in range(len(whole)))
