"""By what a merchant's sites find whoever somebody is known by."""

from __future__ import annotations

from terminal.core.codes import phone
from terminal.core.trust import Credential, Medium
from terminal.core.wire.people import token_of

KEY = bytes(range(32))


def test_a_token_is_of_the_medium_the_number_and_the_merchants_key() -> None:
    found = token_of(KEY, phone("19000000301"))
    assert found.hex() == "f38a68c60cc1fd4874c49f2c035c0ab421a92bb64e90904f273b3ca5172a233b"
    assert token_of(bytes(32), phone("19000000301")) != found
    assert token_of(KEY, Credential(medium=Medium.CODE, number="19000000301")) != found


def test_what_a_phone_page_shows_is_its_token_under_every_key() -> None:
    token = token_of(KEY, phone("19000000301"))
    shown = Credential(medium=Medium.SHOWN, number=token.hex())
    assert token_of(KEY, shown) == token_of(bytes(32), shown) == token
