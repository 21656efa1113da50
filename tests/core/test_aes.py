"""The ciphers, by the examples that their authors published."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from terminal.core.aes import cmac, decrypted, diversified, encrypted, encrypted_3des, truncated

KEY = bytes.fromhex("2B7E151628AED2A6ABF7158809CF4F3C")
TEXT = bytes.fromhex(
    "6BC1BEE22E409F96E93D7E117393172AAE2D8A571E03AC9C9EB76FAC45AF8E5130C81C46A35CE411E5FBC1191A0A52EF"
)


@pytest.mark.parametrize(
    ("size", "mac"),
    [
        (0, "BB1D6929E95937287FA37D129B756746"),
        (16, "070A16B46B4D4144F79BDD9DD04A287C"),
        (40, "DFA66747DE9AE63030CA32611497C827"),
    ],
)
def test_cmac_is_that_of_rfc_4493_section_4(size: int, mac: str) -> None:
    assert cmac(KEY, TEXT[:size]) == bytes.fromhex(mac)


def test_a_cards_own_key_is_that_of_an10922_section_2_2_1() -> None:
    """UID 04782E21801D80, application 3042F5, system "NXP Abu"."""
    master = bytes.fromhex("00112233445566778899AABBCCDDEEFF")
    own = diversified(master, bytes.fromhex("04782E21801D80 3042F5 4E585020416275"))
    assert own == bytes.fromhex("A8DD63A3B89D54B37CA802473FDA9175")


@given(st.binary(min_size=16, max_size=31))
def test_from_sixteen_bytes_on_it_is_cmac_itself(about: bytes) -> None:
    assert diversified(KEY, about) == cmac(KEY, b"\x01" + about)


@given(st.binary(min_size=1, max_size=15))
def test_a_short_name_is_filled_up_to_two_blocks(about: bytes) -> None:
    """AN10922, section 2.2: unlike CMAC, which would make one block of it."""
    assert diversified(KEY, about) != cmac(KEY, b"\x01" + about)


@pytest.mark.parametrize("about", [b"", bytes(32)])
def test_what_cannot_be_diversified_by_is_refused(about: bytes) -> None:
    with pytest.raises(ValueError, match="bytes to diversify by"):
        diversified(KEY, about)


def test_cbc_is_that_of_nist_sp_800_38a_section_f_2_1() -> None:
    iv = bytes(range(16))
    sealed = bytes.fromhex("7649ABAC8119B246CEE98E9B12E9197D5086CB9B507219EE95DB113A917678B2")
    assert encrypted(KEY, TEXT[:32], iv) == sealed
    assert decrypted(KEY, sealed, iv) == TEXT[:32]


def test_triple_des_with_one_key_twice_is_des() -> None:
    """FIPS 81, table B1: ECB of "Now is the time for all "."""
    key = bytes.fromhex("0123456789ABCDEF") * 2
    said = encrypted_3des(key, b"Now is the time for all ")
    assert said == bytes.fromhex("3FA40E8A984D48156A271787AB8883F9893D51EC4B563B53")


def test_a_mac_is_cut_to_every_second_byte_as_in_an12196_table_7() -> None:
    assert truncated(bytes.fromhex("B565AC978FA46D5784C845CD1444102C")) == bytes.fromhex("6597A457C8CD442C")
