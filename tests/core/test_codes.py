from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from terminal.core.codes import (
    ArticleCode,
    BadgeCode,
    CouponCode,
    JoinCode,
    MemberCode,
    ReceiptNumber,
    phone,
    receipt_number,
    scanned,
    spoken,
)
from terminal.core.errors import BadPhone, BadScan
from terminal.core.trust import Medium
from terminal.core.values import StaffId, TerminalId


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("12345670", "12345670"),
        ("036000291452", "0036000291452"),
        ("0036000291452", "0036000291452"),
        ("6901234567892", "6901234567892"),
        ("06901234567892", "6901234567892"),
        ("16901234567899", "16901234567899"),
        ("00000012345670", "12345670"),
        ("]E06901234567892", "6901234567892"),
        ("]E412345670", "12345670"),
        ("]C06901234567892", "6901234567892"),
    ],
)
def test_articles_have_one_number_whatever_stands_in_front(text: str, code: str) -> None:
    assert scanned(text) == ArticleCode(code=code)


LABEL = "0106901234567892" + "17271231" + "10AB-7"


@pytest.mark.parametrize(
    "text", [LABEL, f"\x1d{LABEL}", f"]C1{LABEL}", f"]e0{LABEL}", f"]d2\x1d{LABEL}", f"]Q3{LABEL}"]
)
def test_a_label_is_its_article_and_says_more(text: str) -> None:
    code = scanned(text)
    assert isinstance(code, ArticleCode)
    assert code.code == "6901234567892"
    assert code.elements is not None
    assert code.elements.batch == "AB-7"


COUPON = "01a1ee56-5e32-7000-b6e6-772983daf498"


@pytest.mark.parametrize("text", [f"CP-{COUPON}", f"CP-{COUPON}".upper(), f"cp-{COUPON}", f"]Q1CP-{COUPON}"])
def test_a_coupon_is_named_by_its_own_id(text: str) -> None:
    assert scanned(text) == CouponCode(coupon=COUPON)


@pytest.mark.parametrize(
    "text", [COUPON, f"CP{COUPON}", f"CP-{COUPON}0", f"CP-{COUPON[1:]}", f"CP-g{COUPON[1:]}"]
)
def test_what_is_no_id_is_no_coupon(text: str) -> None:
    with pytest.raises(BadScan):
        scanned(text)


def test_badges_members_and_drivers() -> None:
    assert scanned("ST-0301") == BadgeCode(staff="ST-0301")  # type: ignore[arg-type]
    member = scanned("MC-7K2M9QX1")
    assert isinstance(member, MemberCode)
    assert member.credential.medium is Medium.CODE
    assert scanned("JOIN:19000000301") == scanned("19000000301") == JoinCode(phone="19000000301")


@pytest.mark.parametrize(
    ("text", "plate", "won_by"),
    [
        ("JOIN:19000000301:.6D59A12345", "浙A12345", None),
        ("JOIN:19000000301:.65B0AD12345", "新AD12345", None),
        ("JOIN:19000000301:.7CA4Z1234.6E2F", "粤Z1234港", None),
        ("JOIN:19000000301:.6D59A12345:ST-0301", "浙A12345", "ST-0301"),
        ("JOIN:19000000301::ST-00000301", "", "ST-00000301"),
        ("JOIN:19000000301:", "", None),
    ],
)
def test_a_driver_says_plate_and_attendant_beside_the_phone(
    text: str, plate: str, won_by: str | None
) -> None:
    said = scanned(text)
    assert said == JoinCode(phone="19000000301", plate=plate, won_by=StaffId(won_by) if won_by else None)
    assert repr(said) == "JoinCode(...)"


@pytest.mark.parametrize(
    "text",
    [
        "", " ", "1", "123456789", "69012345678921234", "ST-1", "st-0301", "ST-0301 ", "MC-abc123",
        "MC-12345",
        "JOIN:29000000301", "19000000301:.6D59A12345", "JOIN:19000000301:A12345",
        "JOIN:19000000301:.6D59I12345",
        "JOIN:19000000301:.7CA4Z1234.6E2F5", "JOIN:19000000301:.6D59A1234567",
        "JOIN:19000000301:.6D5",
        "JOIN:19000000301:.D800A12345", "JOIN:19000000301:浙A12345", "JOIN:19000000301:.6D59A12345:",
        "JOIN:19000000301::E01", "JOIN:19000000301::ST-0301:", "JOIN:19000000301::ST-301",
        "JOIN:19000000301:.6D59a12345", "JOIN:19000000301ST-0301",
        "http://example.com/6901234567892", "/etc/passwd", "6901234567892\n", "\x1b[A",
        "\u202e6901234567892", "６９０１２３４５６７８９２", "1" * 257, "'; drop table",
        "\x1d0106901234567893", "]C16901234567892", "]C110AB", "69012345\x1d67892", "ST-0301\x1d", "]Q1",
        "]C1",
        "6901234567893", "12345678", "123456789013", "MC-7K2M9QX1\x1d", "]d217991231", "01069012345678921",
    ],
)  # fmt: skip
def test_everything_else_is_refused(text: str) -> None:
    with pytest.raises(BadScan):
        scanned(text)


@given(st.text(min_size=8, max_size=300))
def test_a_scan_is_understood_or_refused_and_never_repeated_in_the_fault(text: str) -> None:
    try:
        scanned(text)
    except BadScan as refusal:
        said = str(refusal)
    else:
        return
    assert text not in said


def test_who_a_code_is_stays_out_of_its_repr() -> None:
    assert "19000000301" not in repr(scanned("19000000301"))
    assert "MC-7K2M9QX1" not in repr(scanned("MC-7K2M9QX1"))


@pytest.mark.parametrize("text", ["19000000301", " 19000000301 ", "190-0000-0301", "190 0000 0301"])
def test_a_phone_number_as_people_key_it(text: str) -> None:
    assert phone(text).number == "19000000301"
    assert phone(text).medium is Medium.PHONE


@pytest.mark.parametrize(
    "text", ["", "1900000030", "190000003011", "09000000301", "+8619000000301", "1９000000301"]
)
def test_what_is_no_phone_number_is_refused(text: str) -> None:
    with pytest.raises(BadPhone) as refused:
        phone(text)
    assert "000003" not in str(refused.value)


@pytest.mark.parametrize(
    ("text", "known"),
    [
        ("T1-1-17-9F3A01BC", ("T1", 1, 17, "9F3A01BC")),
        ("T1-1-17-9f3a01bc", ("T1", 1, 17, "9F3A01BC")),
        ("T1-1-17-12345678", ("T1", 1, 17, "12345678")),
        ("shop-3.T1-2-17-00000000", ("shop-3.T1", 2, 17, "00000000")),
    ],
)
def test_a_receipt_is_known_by_its_code(text: str, known: tuple[str, int, int, str]) -> None:
    found = scanned(text)
    assert isinstance(found, ReceiptNumber)
    assert (found.terminal, found.epoch, found.number, found.mark) == known
    assert receipt_number(f" {text} ") == found


@pytest.mark.parametrize(
    "text", ["T1-1-17", "T1-1-17-9F3A01B", "T1-1-17-9F3A01BCD", "T1-17-9F3A01BC", "-1-17-9F3A01BC"]
)
def test_what_is_not_whole_is_no_scanned_receipt(text: str) -> None:
    with pytest.raises(BadScan):
        scanned(text)


def test_a_number_may_be_keyed_without_its_last_digits() -> None:
    assert receipt_number("T1-1-17") == ReceiptNumber(terminal=TerminalId("T1"), epoch=1, number=17)
    for text in ("", "T1", "17", "T1-17", "T1-1-", "T1-1-x"):
        assert receipt_number(text) is None


def test_the_number_of_a_receipt_is_named_without_its_mark() -> None:
    assert [spoken(text) for text in ("T1-2-17-9F3A01BC", "T1-2-17", "", "17", "PT1-1-9-00000000")] == [
        "T1-2-17", "T1-2-17", "", "", "PT1-1-9",
    ]  # fmt: skip
