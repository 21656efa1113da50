"""Signed codes: one spelling, one merchant, one minute, and never more trust than they have earned."""

from __future__ import annotations

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given
from hypothesis import strategies as st

from terminal.core.codes import SCAN_CHARS_MAX, scanned
from terminal.core.errors import BadScan, CodeExpired, CodeNotGenuine
from terminal.core.member_codes import (
    LIFE_S,
    UNSURE_MS_MAX,
    Claim,
    Once,
    SignedCode,
    body_of,
    credential_of,
    parsed,
    signed_message,
    text_of,
)
from terminal.core.trust import Credential, Medium, Trust

NOW_S = 1_795_478_400
KEY, OTHER = (Ed25519PrivateKey.from_private_bytes(bytes([seed]) * 32) for seed in (1, 2))
NUMBER = "MC-000123"
NUMBERS = st.from_regex(r"MC-[0-9A-Z]{6,32}", fullmatch=True)
ONCE = st.builds(Once, nonce=st.binary(min_size=8, max_size=8), issued_s=st.integers(0, (1 << 40) - 1))
PHONES = st.builds(Claim, phone=st.binary(min_size=32, max_size=32), once=ONCE)
CLAIMS = st.builds(Claim, number=NUMBERS, once=st.none() | ONCE) | PHONES


def public(key: Ed25519PrivateKey) -> bytes:
    return key.public_key().public_bytes_raw()


def signed(claim: Claim, key: Ed25519PrivateKey = KEY, merchant: str = "M1") -> str:
    body = body_of(claim)
    return text_of(body, key.sign(signed_message(merchant, body)))


def judged(
    text: str, *, now_ms: int = NOW_S * 1000, unsure_ms: int | None = 0, merchant: str = "M1"
) -> Credential:
    keys = [public(OTHER), public(KEY)]
    return credential_of(parsed(text), merchant, keys, now_ms=now_ms, unsure_ms=unsure_ms)


def dynamic(issued_s: int = NOW_S) -> Claim:
    return Claim(number=NUMBER, once=Once(nonce=b"nonce123", issued_s=issued_s))


@given(CLAIMS)
def test_every_claim_comes_back_from_its_text_which_a_scan_may_hold(claim: Claim) -> None:
    text = signed(claim)
    assert len(text) <= SCAN_CHARS_MAX
    assert text.isascii()
    found = scanned(text)
    assert isinstance(found, SignedCode)
    assert found.claim == claim


@given(st.text(max_size=200) | st.from_regex(r"MS-[A-Z2-7]{1,200}", fullmatch=True))
def test_anything_is_a_signed_code_or_refused(text: str) -> None:
    try:
        code = parsed(text)
    except BadScan:
        return
    with pytest.raises(CodeNotGenuine):
        credential_of(code, "M1", [public(KEY)], now_ms=NOW_S * 1000, unsure_ms=0)


@given(CLAIMS, st.data())
def test_no_other_text_is_believed_in_its_place(claim: Claim, data: st.DataObject) -> None:
    """One character changed, in the signature or before it: no code, or none of ours."""
    text = signed(claim)
    at = data.draw(st.integers(3, len(text) - 1))
    char = data.draw(st.sampled_from("ABCDEFGHIJKLMNOPQRSTUVWXYZ234567").filter(lambda one: one != text[at]))
    now_ms = 1000 * (claim.once.issued_s if claim.once else NOW_S)
    with pytest.raises((BadScan, CodeNotGenuine)):
        judged(text[:at] + char + text[at + 1 :], now_ms=now_ms)


def test_a_static_code_is_signed_and_never_secure() -> None:
    card = Credential(medium=Medium.CODE, number=NUMBER, trust=Trust.SIGNED)
    assert judged(signed(Claim(number=NUMBER))) == card
    assert judged(signed(Claim(number=NUMBER)), unsure_ms=None) == card


def test_a_dynamic_code_is_secure_under_a_clock_that_is_believed_and_open_under_another() -> None:
    assert judged(signed(dynamic())).trust is Trust.SECURE
    assert judged(signed(dynamic()), unsure_ms=None).trust is Trust.OPEN
    assert judged(signed(dynamic(NOW_S - 86_400)), unsure_ms=None).trust is Trust.OPEN


@pytest.mark.parametrize("unsure_ms", [0, 1, 1_700, UNSURE_MS_MAX, UNSURE_MS_MAX + 1, 10 * UNSURE_MS_MAX])
def test_a_dynamic_code_holds_for_a_minute_and_what_the_clock_says_that_it_may_be_off(unsure_ms: int) -> None:
    slack_ms, text = min(unsure_ms, UNSURE_MS_MAX), signed(dynamic())
    issued_ms = NOW_S * 1000
    for age_ms in (-slack_ms, 0, LIFE_S * 1000, LIFE_S * 1000 + slack_ms):
        assert judged(text, now_ms=issued_ms + age_ms, unsure_ms=unsure_ms).trust is Trust.SECURE
    for age_ms in (-slack_ms - 1, LIFE_S * 1000 + slack_ms + 1, 86_400_000):
        with pytest.raises(CodeExpired):
            judged(text, now_ms=issued_ms + age_ms, unsure_ms=unsure_ms)


def test_another_merchants_code_and_another_signers_are_none_here() -> None:
    stranger = Ed25519PrivateKey.from_private_bytes(bytes([3]) * 32)
    for text in (signed(Claim(number=NUMBER), merchant="M2"), signed(Claim(number=NUMBER), stranger)):
        with pytest.raises(CodeNotGenuine):
            judged(text)
    with pytest.raises(CodeNotGenuine):
        credential_of(parsed(signed(dynamic())), "M1", [], now_ms=NOW_S * 1000, unsure_ms=0)


@pytest.mark.parametrize("number", ["MC-12345", "mc-123456", "000123", "MC-" + "A" * 33, "MC-12345é"])
def test_what_is_no_members_number_is_signed_by_nobody(number: str) -> None:
    with pytest.raises(ValueError, match="member's code"):
        body_of(Claim(number=number))


def test_a_code_shows_nothing_that_could_be_shown_again() -> None:
    text = signed(dynamic())
    assert NUMBER not in repr(parsed(text)) + repr(parsed(text).claim)
    with pytest.raises(BadScan) as refused:
        parsed(text[:-1])
    assert text[:-1] not in str(refused.value)
    assert parsed(text).signature.hex() not in repr(parsed(text))


PHONE = bytes(range(32))


def of_phone(**more: object) -> Claim:
    return Claim(**{"phone": PHONE, "once": Once(nonce=b"nonce123", issued_s=NOW_S), **more})  # type: ignore[arg-type]


def test_a_code_of_a_phone_page_names_the_phone_by_its_token() -> None:
    body = body_of(of_phone())
    assert body == b"\x03" + NOW_S.to_bytes(5, "big") + b"nonce123" + PHONE
    found = judged(signed(of_phone()))
    assert found == Credential(medium=Medium.SHOWN, number=PHONE.hex(), trust=Trust.SECURE)
    assert judged(signed(of_phone()), unsure_ms=None).trust is Trust.OPEN


def test_a_code_of_a_phone_page_ends_like_any_other() -> None:
    text = signed(of_phone())
    assert judged(text, now_ms=(NOW_S + LIFE_S) * 1000)
    with pytest.raises(CodeExpired):
        judged(text, now_ms=(NOW_S + LIFE_S) * 1000 + 1)


@pytest.mark.parametrize(
    "more",
    [
        {"once": None},
        {"number": NUMBER},
        {"phone": PHONE[:31]},
        {"phone": PHONE + b"x"},
        {"once": Once(nonce=b"nonce12", issued_s=NOW_S)},
        {"once": Once(nonce=b"nonce1234", issued_s=NOW_S)},
    ],
)
def test_a_phone_is_named_by_a_whole_token_alone_and_for_once(more: dict[str, object]) -> None:
    with pytest.raises(ValueError, match=r"phone.s code|nonce"):
        body_of(of_phone(**more))


@pytest.mark.parametrize("token", [b"", PHONE[:31], PHONE + b"x"])
def test_a_token_of_another_length_is_no_code(token: bytes) -> None:
    body = b"\x03" + NOW_S.to_bytes(5, "big") + b"nonce123" + token
    with pytest.raises(BadScan):
        parsed(text_of(body, KEY.sign(signed_message("M1", body))))


def test_a_claim_of_a_phone_is_told_without_it() -> None:
    assert str(of_phone()) == "Claim(dynamic)"
