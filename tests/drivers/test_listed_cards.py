"""Cards of a table are what a reader here finds, or refused: another tag must never be this member."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from terminal.core.cells import BadCell
from terminal.core.codes import MemberCode, scanned
from terminal.core.trust import Credential, Medium
from terminal.drivers.codecs.em4100 import Spelling, Tag, tag_of
from terminal.drivers.codecs.listed import MEDIA, Form, form_of

PRINTED = "0012345678"
"""Of the tag whose bytes are 0A 00 BC 61 4E."""


def read(said: str, text: str, number_bytes: int | None = None) -> str:
    found = form_of(said, number_bytes).read(text)
    assert found.medium == said.partition(":")[0]
    return found.number


def refused(said: str, text: str, number_bytes: int | None = None) -> BadCell:
    with pytest.raises(BadCell) as bad:
        form_of(said, number_bytes).read(text)
    assert text not in f"{bad.value.why} {bad.value.do}"
    assert bad.value.column == "card"
    return bad.value


@pytest.mark.parametrize(
    ("spelling", "text"),
    [
        ("em4100:10d", PRINTED), ("em4100", f"{PRINTED} 188,24910"), ("em4100", "0A00BC614E"),
        ("em4100", "0a00bc614e"), ("em4100:8h", "00BC614E"), ("em4100:10h", "0A00BC614E"),
        ("em4100", "00188,24910"), ("em4100:auto", "0042962018638"), ("em4100:13d", "0042962018638"),
    ],
)  # fmt: skip
def test_each_way_to_write_a_tag_leads_to_the_number_that_the_reader_tells(spelling: str, text: str) -> None:
    assert tag_of(PRINTED, Spelling.DECIMAL_10) == Tag(number="0000BC614E")
    assert read(spelling, text, number_bytes=4) == "0000BC614E"


def test_a_tag_is_known_by_as_many_bytes_as_the_readers_here_tell() -> None:
    assert read("em4100", "0A00BC614E") == "0A00BC614E"
    assert read("em4100", "0A00BC614E", number_bytes=5) == "0A00BC614E"
    assert read("em4100:10d", PRINTED, number_bytes=3) == "0000BC614E"
    bad = refused("em4100:10d", PRINTED, number_bytes=5)
    assert "4 bytes of the tag, and 5" in bad.why
    assert "number_bytes" in bad.do


def test_ten_digits_alone_may_be_two_tags_and_are_taken_as_neither() -> None:
    assert "may mean two things" in refused("em4100", PRINTED).why
    assert "em4100:10d" in refused("em4100", PRINTED).do
    assert read("em4100:10h", PRINTED) == PRINTED
    assert read("em4100:10d", PRINTED) == "0000BC614E"


@pytest.mark.parametrize(
    ("said", "text"),
    [
        ("em4100", "GGGGGGGG"), ("em4100", "188"), ("em4100:10d", "12345678"), ("em4100:10d", "4294967296"),
        ("em4100", f"{PRINTED} 188,24911"), ("uid", "HELLO-WORLD"), ("uid", "04A1B2"), ("uid", "04A1B2C3D"),
        ("uid", "04A1B2C3D4"), ("uid", "08A1B2C3"), ("uid", "88A1B2C3"), ("uid", "04A1B2C3D4E5F6A7B8C9D0"),
        ("code", "80001234"), ("code", "VIP00123"), ("code", "8001"), ("code", "MC-80001"),
        ("code", "6901234567892"), ("code", "MC-" + "8" * 33), ("stripe", "123"), ("stripe", "8" * 33),
        ("stripe", "卡0001"), ("sector", "A_0001"), ("stripe", "4111111111111111"),
        ("code", "4111-1111-1111-1111"),
    ],
)  # fmt: skip
def test_what_no_reader_finds_is_refused(said: str, text: str) -> None:
    assert refused(said, text).do


@pytest.mark.parametrize(
    ("said", "text", "number"),
    [
        ("uid", "04a1b2c3", "04A1B2C3"), ("uid", "04:A1:B2:C3:D4:E5:F6", "04A1B2C3D4E5F6"),
        ("uid", "04-A1-B2-C3", "04A1B2C3"), ("uid", "04 A1 B2 C3", "04A1B2C3"),
        ("uid", "E004010012345678", "E004010012345678"),
        ("uid", "04A1B2C3D4E5F6A7B8C9", "04A1B2C3D4E5F6A7B8C9"),
        ("uid", "08A1B2C3D4E5F6", "08A1B2C3D4E5F6"), ("uid", "88A1B2C3D4E5F6", "88A1B2C3D4E5F6"),
        ("code", "mc-800001", "MC-800001"), ("code", "MC-" + "8" * 32, "MC-" + "8" * 32),
        ("stripe", "pt 0001", "PT0001"), ("stripe", "0001", "0001"), ("sector", "8" * 32, "8" * 32),
        ("cpu", "GY-00042", "GY-00042"),
    ],
)  # fmt: skip
def test_a_card_is_kept_as_its_reader_finds_it(said: str, text: str, number: str) -> None:
    assert read(said, text) == number


def test_a_code_of_a_table_is_one_that_the_scanner_reads() -> None:
    found = Form(medium=Medium.CODE).read("MC-800001")
    assert scanned("MC-800001") == MemberCode(credential=found)
    assert found == Credential(medium=Medium.CODE, number="MC-800001")
    assert "scanner" in refused("code", "80001234").why


@pytest.mark.parametrize(
    ("said", "why"),
    [
        ("paper", "one of uid, em4100, stripe, code, sector"), ("phone", "one of"), ("shown", "one of"),
        ("", "one of"), ("stripe:10d", "one of"), ("em4100:", "such as em4100:10d"),
        ("em4100:raw", "10d"), ("em4100:12d", "such as em4100:10d"),
    ],
)  # fmt: skip
def test_how_they_are_written_is_one_of_what_there_is(said: str, why: str) -> None:
    with pytest.raises(ValueError, match=why):
        form_of(said, None)


@given(st.sampled_from(MEDIA), st.text(max_size=40))
def test_no_text_at_all_brings_about_anything_but_a_refusal(medium: Medium, text: str) -> None:
    try:
        found = Form(medium=medium).read(text)
    except BadCell:
        return
    assert found.number == found.number.upper()
    assert found.number.isascii()
