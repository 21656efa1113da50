from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from terminal.core.codes import ArticleCode, BadgeCode, JoinCode, MemberCode, phone, scanned
from terminal.core.errors import BadPhone, BadScan
from terminal.core.trust import Medium


@pytest.mark.parametrize("text", ["12345678", "123456789012", "6901234567892", "16901234567899"])
def test_articles(text: str) -> None:
    assert scanned(text) == ArticleCode(code=text)


def test_badges_members_and_drivers() -> None:
    assert scanned("ST-0301") == BadgeCode(staff="ST-0301")  # type: ignore[arg-type]
    member = scanned("MC-7K2M9QX1")
    assert isinstance(member, MemberCode)
    assert member.credential.medium is Medium.CODE
    assert scanned("JOIN:19000000301") == scanned("19000000301") == JoinCode(phone="19000000301")


@pytest.mark.parametrize(
    "text",
    [
        "", " ", "1", "123456789", "69012345678921234", "ST-1", "st-0301", "ST-0301 ", "MC-abc123",
        "MC-12345",
        "JOIN:29000000301", "http://example.com/6901234567892", "/etc/passwd", "6901234567892\n", "\x1b[A",
        "\u202e6901234567892", "６９０１２３４５６７８９２", "1" * 257, "'; drop table",
        "\x1d0106901234567892",
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
